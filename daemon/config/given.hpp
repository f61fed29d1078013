// Whether a configuration file that is valid may still be only the beginning of one.
#pragma once

#include <functional>
#include <set>
#include <string>

namespace enrichd {

/// What a document holds.
struct Given {
    std::set<std::string, std::less<>> keys;  // "intake.socket"; sections too
    bool last_line_ends = true;
};

/// Why a document is refused at a reload though it is valid: it looks cut. Empty when it does not.
std::string looks_cut(const Given& running, const Given& fresh);

/// Keys that are not given any more, "gate.skip_suffixes, log.level"; without those of a list's entries,
/// whose numbers change when one comes or goes.
std::string keys_gone(const Given& running, const Given& fresh);

}  // namespace enrichd
