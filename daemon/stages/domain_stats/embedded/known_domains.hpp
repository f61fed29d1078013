// A list of domains that are treated as established, such as a list of the million most visited.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace enrichd {

/// Its texts one behind the other, and four-byte places in them, found by hash: exact, with 6 to 12 bytes a
/// domain beside its own.
class KnownDomains {
  public:
    /// Reads a file of at most 1 GiB, one domain a line: "example.com", or with its rank "17,example.com",
    /// quoted or not; "*.example.com" and ".example.com" are "example.com". A host name counts for its
    /// domain. A suffix below which a provider gives out names ("cloudfront.net") counts for all of them;
    /// with a rank for itself alone, since that one is popular says nothing of the others. Empty lines and
    /// those that begin with `#` do not count; what is no domain, or a public suffix such as "co.uk", is
    /// counted and left out. Errors: file_too_large, no_domains when lines are there and none is one, system
    /// errors. Blocks.
    [[nodiscard]] static result<KnownDomains> load(const std::string& file);

    /// `domain` is a HostName's registrable domain.
    bool contains(std::string_view domain) const;

    /// Of the list: its file's name without directory and ending.
    const std::string& name() const { return name_; }
    std::size_t size() const { return size_; }
    std::size_t left_out() const { return left_out_; }
    std::size_t bytes() const { return text_.capacity() + slots_.capacity() * sizeof(std::uint32_t); }

  private:
    void add(std::string_view domain, bool with_names_below);
    void grow();
    std::size_t slot_of(std::string_view domain) const;
    std::string_view at(std::uint32_t slot) const;

    std::string name_;
    std::string text_;                  // each domain and a line feed
    std::vector<std::uint32_t> slots_;  // 1 + where a domain begins, 0: free; a power of two; the highest
                                        // bit: it counts for the names below it
    std::size_t size_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace enrichd
