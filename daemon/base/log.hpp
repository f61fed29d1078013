// The log: one line an event, a sentence and fields, as text or JSON. Values are escaped here, so a name from
// outside can neither forge a line nor hide one. Secrets are never passed in.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace enrichd::log {

enum class Level { debug, info, warning, error, off };
enum class Format { text, json };

struct Options {
    Level level = Level::info;
    Format format = Format::text;
    bool operator==(const Options&) const = default;
};

struct Field {
    Field(std::string_view name, std::string_view value) : name(name), value(value) {}
    Field(std::string_view name, std::integral auto value)
        : name(name), value(std::to_string(value)), is_number(true) {}

    std::string_view name;
    std::string value;
    bool is_number = false;  // and so in JSON
};
using Fields = std::initializer_list<Field>;

/// Takes effect at once. Lines go to stderr, where systemd hands them to the journal.
void configure(const Options& options);

/// The level alone, until the next configure.
void set_level(Level level);
Level level();

/// "debug", as the configuration has it. Lives for ever.
std::string_view name(Level level);

/// Takes all lines, without their ends, for as long as it lives. For tests; one at a time.
class Capture {
  public:
    explicit Capture(std::function<void(std::string_view line)> take);
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    ~Capture();
};

bool enabled(Level level);
void write(Level level, std::string_view sentence, std::span<const Field> fields);

inline void debug(std::string_view sentence, Fields fields = {}) {
    if (enabled(Level::debug)) write(Level::debug, sentence, {fields.begin(), fields.size()});
}
inline void info(std::string_view sentence, Fields fields = {}) {
    write(Level::info, sentence, {fields.begin(), fields.size()});
}
inline void warning(std::string_view sentence, Fields fields = {}) {
    write(Level::warning, sentence, {fields.begin(), fields.size()});
}
inline void error(std::string_view sentence, Fields fields = {}) {
    write(Level::error, sentence, {fields.begin(), fields.size()});
}

/// For an event that a stranger can cause as often as he likes: lets one through in `interval`, and tells it
/// how many it kept back since the last.
class Limit {
  public:
    explicit Limit(Clock::duration interval = std::chrono::seconds(10)) : interval_(interval) {}

    bool allows(Clock::time_point now) {
        if (now < next_) {
            ++kept_back_;
            return false;
        }
        next_ = now + interval_;
        return true;
    }
    /// How many were kept back before the one now allowed; starts again at 0.
    std::uint64_t kept_back() { return std::exchange(kept_back_, 0); }

  private:
    Clock::duration interval_;
    Clock::time_point next_{};
    std::uint64_t kept_back_ = 0;
};

}  // namespace enrichd::log
