// What the fuzz targets share.
#pragma once

#include <sys/time.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <source_location>
#include <string_view>

#include "base/log.hpp"
#include "base/utf8.hpp"
#include "model/event.hpp"

namespace enrichd::fuzz {

/// A property that holds of every input. When it does not, libFuzzer keeps the input.
inline void require(bool holds, std::source_location where = std::source_location::current()) {
    if (holds) return;
    std::fprintf(stderr, "%s:%u: a property does not hold\n", where.file_name(), where.line());
    std::abort();
}

/// Ends the process when one input takes five seconds of the processor. libFuzzer's own limit is of the wall
/// clock, and says nothing on a machine that has something else to do.
class Watch {
  public:
    Watch() {
        std::signal(SIGPROF, [](int) {
            if (seen_ == begun_) require(false);
            seen_ = begun_.load();
        });
        const itimerval period{{5, 0}, {5, 0}};
        require(::setitimer(ITIMER_PROF, &period, nullptr) == 0);
    }
    static void begin() { ++begun_; }

  private:
    static inline std::atomic<std::uint64_t> begun_{0};
    static inline std::atomic<std::uint64_t> seen_{0};
};

/// What a target is called with, once each time.
inline std::string_view input(const std::uint8_t* data, std::size_t size) {
    static const Watch watch;
    Watch::begin();
    return {reinterpret_cast<const char*>(data), size};
}

inline bool control_character(char c) {
    return static_cast<unsigned char>(c) < ' ';
}

/// As short as cut, and no half of a character at its end.
inline void require_text(std::string_view text, std::size_t most,
                         std::source_location where = std::source_location::current()) {
    require(text.size() <= most && valid_utf8(text), where);
}

/// Longer than the usual limit an event becomes by nothing but control characters, and never so long.
inline constexpr std::size_t longest_event = 24 * 1024;

/// One line of JSON that Wazuh reads, with a location that nobody has forged.
inline void require_event(const Event& event, std::source_location where = std::source_location::current()) {
    require(event.json.starts_with("{\"") && event.json.ends_with('}'), where);
    require(event.json.size() < longest_event && valid_utf8(event.json), where);
    require(std::none_of(event.json.begin(), event.json.end(), control_character), where);
    require(nlohmann::json::accept(event.json), where);
    require(valid_utf8(event.location), where);
    require(std::none_of(event.location.begin(), event.location.end(), control_character), where);
}

/// Log lines would be most of the work.
inline const bool quiet = (log::set_level(log::Level::off), true);

}  // namespace enrichd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
