// A secret in a file of its own.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace enrichd {

struct SecretFile {
    Secret secret;        // empty when there is a problem
    std::string problem;  // a sentence, without the secret
};

/// A regular file of at most 4 KiB that others may not read or write, unless it is `ours`: systemd made it
/// for this service alone. It holds printable ASCII; white space around that is left out.
SecretFile read_secret_file(const std::string& path, bool ours = false);

/// The same of a text that comes from `source`.
SecretFile secret_of(std::string_view text, const std::string& source);

}  // namespace enrichd
