#include "config/given.hpp"

namespace enrichd {

std::string looks_cut(const Given& running, const Given& fresh) {
    if (fresh.keys.empty() && !running.keys.empty())
        return "the configuration file gives no key, as if by mistake; the old one stays";
    if (!fresh.last_line_ends && running.last_line_ends && !running.keys.empty())
        return "the last line of the configuration file does not end, as if it were cut; the old one stays";
    return {};
}

namespace {

/// A number names an entry, which is another one when an entry before it comes or goes.
bool is_in_list(const std::string& key) {
    return key.find('[') != std::string::npos;
}

}  // namespace

std::string keys_gone(const Given& running, const Given& fresh) {
    std::string gone;
    for (const std::string& key : running.keys)
        if (!is_in_list(key) && !fresh.keys.contains(key)) gone.append(gone.empty() ? "" : ", ").append(key);
    return gone;
}

}  // namespace enrichd
