// Places in a JSON document, as one tree: a reader compares a key only with those that can follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace enrichd {

/// The keys of JSON pointers (RFC 6901), unescaped. A number leads into a list too, `-` to any element of it.
class PathTree {
  public:
    using Node = std::uint32_t;
    static constexpr Node root = 0;

    struct Child {
        std::string token;
        Node node;
        std::size_t place;  // as an element of a list; none: it is no number
        bool any;           // of the elements of a list
    };
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// `target` stands at the end of `path`.
    void add(std::span<const std::string> path, std::uint32_t target);

    std::span<const Child> children(Node node) const { return branches_[node].children; }
    std::span<const std::uint32_t> targets(Node node) const { return branches_[node].targets; }

  private:
    struct Branch {
        std::vector<Child> children{};
        std::vector<std::uint32_t> targets{};
    };
    Node child(Node parent, const std::string& token);

    std::vector<Branch> branches_{1};
};

/// The keys of a pointer: "/a~1b/c" leads to "a/b" and to "c" in it.
std::vector<std::string> keys_of(std::string_view pointer);

}  // namespace enrichd
