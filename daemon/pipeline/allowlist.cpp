#include "pipeline/allowlist.hpp"

#include <string_view>
#include <utility>

namespace enrichd {

task<error> Allowlist::restore() {
    auto found = co_await stored_.load();
    if (!found) co_return found.error();
    names_.clear();
    for (AllowedName& one : *found) {
        Key key(one.name, one.below);
        names_.insert_or_assign(std::move(key), std::move(one));
    }
    co_return error();
}

task<error> Allowlist::add(AllowedName name) {
    Key key(name.name, name.below);
    if (!names_.contains(key) && names_.size() >= AllowedNames::most) co_return errc::queue_full;
    AllowedName stored = name;
    const error failure = co_await stored_.add(std::move(stored));
    if (failure) co_return failure;
    names_.insert_or_assign(std::move(key), std::move(name));
    co_return error();
}

task<result<std::size_t>> Allowlist::remove(std::string name, bool below) {
    const Key key(name, below);
    if (!names_.contains(key)) co_return std::size_t{0};
    const error failure = co_await stored_.remove(std::move(name), below);
    if (failure) co_return failure;
    names_.erase(key);
    co_return std::size_t{1};
}

/// Calls `each` for the entries that hold now.
template <class Each>
void Allowlist::each_for(const HostName& name, Each each) const {
    const WallTime now = wall_seconds(WallClock::now());
    const auto look = [&](std::string_view suffix, bool below) {
        const auto found = names_.find(Key(std::string(suffix), below));
        if (found != names_.end() && (!found->second.until || now < *found->second.until))
            each(found->second);
    };
    look(name.text(), false);
    for (std::string_view rest = name.text();;) {
        if (rest.size() <= 253) look(rest, true);
        const std::size_t dot = rest.find('.');
        if (dot == std::string_view::npos) return;
        rest.remove_prefix(dot + 1);
    }
}

void Allowlist::mark(const HostName& name, NameMarks& marks) const {
    if (names_.empty()) return;
    each_for(name, [&marks](const AllowedName& one) {
        marks.allowed = marks.allowed | KindSet::of_bits(one.kinds);
        if (marks.allowed_by.empty()) marks.allowed_by = "allow";
    });
}

std::vector<AllowedName> Allowlist::find(const HostName& name) const {
    std::vector<AllowedName> out;
    each_for(name, [&out](const AllowedName& one) { out.push_back(one); });
    return out;
}

std::vector<AllowedName> Allowlist::all() const {
    std::vector<AllowedName> out;
    for (const auto& [key, one] : names_) out.push_back(one);
    return out;
}

}  // namespace enrichd
