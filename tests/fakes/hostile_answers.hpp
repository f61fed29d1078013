// What an upstream can send to wear a client out, with a good status and type in front.
#pragma once

#include <string>

#include "fakes/http_server.hpp"

namespace enrichd::fakes {

/// A proper answer, a byte at a time and ever so slowly.
Reply dripping(const std::string& type, const std::string& body);

/// An answer in chunks that has no end: of the chunks, of the first chunk's extension, or of the trailer.
Reply endless_chunks(const std::string& type);
Reply endless_chunk_extension(const std::string& type);
Reply endless_trailer(const std::string& type);

/// 64 KiB of header.
Reply huge_header(const std::string& type);

/// 64 MiB of blanks in as many KiB.
Reply gzip_bomb(const std::string& type);

/// So many lists in each other.
Reply deep_json(const std::string& type, std::size_t lists);

}  // namespace enrichd::fakes
