#include "sources/files/field_filter.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "model/alert.hpp"

namespace enrichd {
namespace {

/// Keys that many alerts have, whatever they are about.
bool is_common(std::string_view key) {
    static constexpr std::array<std::string_view, 14> common{
        "data", "win",  "eventdata", "system",   "agent", "rule",    "id",
        "name", "type", "location",  "hostname", "host",  "manager", "decoder"};
    return std::find(common.begin(), common.end(), key) != common.end();
}

/// Leads into an object, not to an element of a list.
bool is_key(std::string_view token) {
    return token != "-" &&
           !std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// JSON may write it in one way only, as all that we know of do.
bool written_plainly(std::string_view key) {
    return std::all_of(key.begin(), key.end(),
                       [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '/'; });
}

}  // namespace

FieldFilter::FieldFilter(const std::vector<std::string>& pointers) {
    const AlertFields fields(pointers);
    for (const std::vector<std::string>& path : fields.paths()) {
        const auto good = [](const std::string& token) { return is_key(token) && written_plainly(token); };
        auto key = std::find_if(path.rbegin(), path.rend(),
                                [&](const std::string& one) { return good(one) && !is_common(one); });
        if (key == path.rend()) key = std::find_if(path.rbegin(), path.rend(), good);
        if (key == path.rend()) {
            all_ = true;
            continue;
        }
        std::string quoted = '"' + *key;
        if (std::find(keys_.begin(), keys_.end(), quoted) != keys_.end()) continue;
        last_[static_cast<unsigned char>(quoted.back())] = true;
        keys_.push_back(std::move(quoted));
    }
}

bool FieldFilter::ends_with_key(std::string_view before_quote) const {
    return std::any_of(keys_.begin(), keys_.end(),
                       [&](const std::string& key) { return before_quote.ends_with(key); });
}

bool FieldFilter::may_hold_name(std::string_view line) const {
    if (all_) return true;
    const char* const begin = line.data();
    const char* const end = begin + line.size();
    for (const char* at = begin; at < end; ++at) {
        at = static_cast<const char*>(std::memchr(at, ':', static_cast<std::size_t>(end - at)));
        if (!at) break;
        const char* close = at;
        while (close > begin && (close[-1] == ' ' || close[-1] == '\t' || close[-1] == '\r')) --close;
        if (close - begin < 3 || close[-1] != '"' || !last_[static_cast<unsigned char>(close[-2])]) continue;
        if (ends_with_key({begin, static_cast<std::size_t>(close - 1 - begin)})) return true;
    }
    // A key may be hidden behind an escape for a plain character.
    return line.find("\\u00") != std::string_view::npos;
}

}  // namespace enrichd
