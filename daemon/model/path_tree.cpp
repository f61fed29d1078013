#include "model/path_tree.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace enrichd {
namespace {

constexpr std::string_view any_element = "-";

/// RFC 6901 4: no leading zeros.
std::size_t place_of(std::string_view token) {
    std::size_t place = PathTree::none;
    if (token.size() > 9 || (token.size() > 1 && token.front() == '0')) return place;
    const auto [rest, ec] = std::from_chars(token.data(), token.data() + token.size(), place);
    return ec == std::errc{} && rest == token.data() + token.size() ? place : PathTree::none;
}

std::string unescaped(std::string_view token) {
    std::string key;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1'))
            key.push_back(token[++i] == '0' ? '~' : '/');
        else
            key.push_back(token[i]);
    }
    return key;
}

}  // namespace

void PathTree::add(std::span<const std::string> path, std::uint32_t target) {
    Node node = root;
    for (const std::string& token : path) node = child(node, token);
    branches_[node].targets.push_back(target);
}

PathTree::Node PathTree::child(Node parent, const std::string& token) {
    const auto& children = branches_[parent].children;
    const auto found = std::find_if(children.begin(), children.end(),
                                    [&](const Child& child) { return child.token == token; });
    if (found != children.end()) return found->node;
    const Node node = static_cast<Node>(branches_.size());
    branches_.emplace_back();
    branches_[parent].children.push_back({token, node, place_of(token), token == any_element});
    return node;
}

std::vector<std::string> keys_of(std::string_view pointer) {
    std::vector<std::string> keys;
    for (std::size_t at = 0; at < pointer.size();) {
        const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
        keys.push_back(unescaped(pointer.substr(at + 1, end - at - 1)));
        at = end;
    }
    return keys;
}

}  // namespace enrichd
