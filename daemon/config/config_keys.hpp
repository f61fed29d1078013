// Every key of the configuration, once: its place in Config, its bounds and what it means. The reader, `check
// --show` and the reference walk the same list.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

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
};

void visit(Config& config, ConfigVisitor& visitor);

}  // namespace enrichd
