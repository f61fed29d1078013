#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/terminal_text.hpp"

namespace enrichd::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
        case Level::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

Level current = Level::info;
Format format = Format::text;

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> one = [] {
        auto made = spdlog::stderr_logger_st("enrichd");
        made->set_pattern("%v");
        return made;
    }();
    return *one;
}

std::function<void(std::string_view)> captured;

/// journald stamps its lines itself.
bool under_journald() {
    static const bool is = std::getenv("JOURNAL_STREAM") != nullptr;
    return is;
}

std::string escaped(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

bool plain(std::string_view value) {
    if (value.empty()) return false;
    for (const char c : value)
        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') return false;
    return true;
}

/// RFC 3339, to the millisecond.
std::string timestamp() {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(WallClock::now());
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       now.time_since_epoch().count() % 1000);
}

std::string text_line(Level level, std::string_view sentence, std::span<const Field> fields) {
    std::string line;
    if (!under_journald()) line = timestamp() + " ";
    line.append(name(level)).append(": ").append(fit_for_terminal(sentence));
    for (const Field& field : fields)
        line.append(" ")
            .append(field.name)
            .append("=")
            .append(plain(field.value) ? field.value : escaped(field.value));
    return line;
}

std::string json_line(Level level, std::string_view sentence, std::span<const Field> fields) {
    nlohmann::ordered_json line{{"time", timestamp()}, {"level", name(level)}, {"message", sentence}};
    for (const Field& field : fields) {
        auto& member = line[std::string(field.name)];
        if (field.is_number)
            member = nlohmann::ordered_json::parse(field.value);
        else
            member = field.value;
    }
    return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string_view name(Level level) {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
        case Level::off:
            break;
    }
    return "info";
}

void configure(const Options& options) {
    format = options.format;
    set_level(options.level);
}

void set_level(Level level) {
    current = level;
    logger().set_level(to_spdlog(level));
}

Level level() {
    return current;
}

bool enabled(Level level) {
    return logger().should_log(to_spdlog(level));
}

void write(Level level, std::string_view sentence, std::span<const Field> fields) {
    if (!enabled(level)) return;
    const std::string line =
        format == Format::json ? json_line(level, sentence, fields) : text_line(level, sentence, fields);
    if (captured)
        captured(line);
    else
        logger().log(to_spdlog(level), "{}", line);
}

Capture::Capture(std::function<void(std::string_view line)> take) {
    captured = std::move(take);
}

Capture::~Capture() {
    captured = nullptr;
}

}  // namespace enrichd::log
