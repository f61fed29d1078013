#include "pipeline/component.hpp"

namespace enrichd {

bool Component::CacheFilter::wants(std::string_view key, bool is_negative) const {
    if (negative && !is_negative) return false;
    const std::string_view name = key.substr(key.find('/') + 1);
    if (suffix.empty() || name == suffix) return true;
    return name.ends_with(suffix) && name.size() > suffix.size() &&
           name[name.size() - suffix.size() - 1] == '.';
}

}  // namespace enrichd
