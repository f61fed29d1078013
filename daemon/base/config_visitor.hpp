// How a section of the configuration says which keys it has, once for all who walk over them: the reader, the
// reference, `check --show`.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace enrichd {

struct Key {
    std::string_view name;
    std::string_view about;
    bool delicate = false;  // what is given by mistake may be a secret: it is not shown
    bool restart = false;   // a change takes effect at the next start, not at a reload
};

/// Marks a key.
constexpr Key at_start(Key key) {
    key.restart = true;
    return key;
}

/// Says what was expected of a text, or nothing when it is fine. May normalise the text.
using TextCheck = std::function<std::optional<std::string>(std::string&)>;

/// The entries of a list of sections.
struct Sections {
    std::size_t count;                              // that there are
    std::size_t most;                               // that there may be
    std::function<void(std::size_t count)> resize;  // to entries with their defaults
    std::function<void(std::size_t entry)> visit;   // visits the keys of one
};

class ConfigVisitor {
  public:
    virtual ~ConfigVisitor() = default;

    virtual void section(Key key, const std::function<void()>& keys) = 0;
    virtual void text(Key key, std::string& value, const TextCheck& check) = 0;
    /// A text that may hold a password: never shown as it is.
    virtual void secret_url(Key key, Secret& value, const TextCheck& check) = 0;
    virtual void texts(Key key, std::vector<std::string>& value, const TextCheck& check) = 0;
    virtual void flag(Key key, bool& value) = 0;
    virtual void number(Key key, std::size_t& value, std::size_t least, std::size_t most) = 0;
    virtual void decimal(Key key, double& value, double least, double most) = 0;
    virtual void mode(Key key, unsigned& value) = 0;  // of a file, in octal
    virtual void duration(Key key, std::chrono::milliseconds& value, std::chrono::milliseconds least,
                          std::chrono::milliseconds most) = 0;
    virtual void choice(Key key, std::size_t& value, std::span<const std::string_view> names) = 0;

    /// A list of sections with the same keys. `entries` outlives the call.
    virtual void sections(Key key, const Sections& entries) = 0;
};

/// Visits an enumeration or a flag that is written as a word.
template <class T>
void choice(ConfigVisitor& visitor, Key key, T& value, std::span<const std::string_view> names) {
    auto index = static_cast<std::size_t>(value);
    visitor.choice(key, index, names);
    value = static_cast<T>(index);
}

/// The longest time that a key may give.
inline constexpr std::chrono::milliseconds year = std::chrono::hours(24 * 365);

/// Takes what is wrong with keys, each by its path ("intake.socket").
struct KeyProblems {
    std::function<void(const std::string& key, std::string message)> error;    // it must not be used so
    std::function<void(const std::string& key, std::string message)> warning;  // it can be used, and is odd
};

}  // namespace enrichd
