// What a Valkey or Redis server answers to enrichd, for a simulation: its scripts by their text, without Lua.
// Times are those of Clock. tests/e2e/shared_test.cpp has the real server.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "shared/resp.hpp"

namespace enrichd::fakes {

class FakeRedis {
  public:
    /// The reply, as bytes, to a command that was read as if it were a reply: a list of texts.
    std::string answer(const RedisReply& command);

    /// All is lost, as by FLUSHALL.
    void flush() { values_.clear(); }

    /// What it holds, for a test: nothing when it has run out.
    std::optional<std::string> get(const std::string& key);

  private:
    struct Value {
        std::string text;
        std::optional<Clock::time_point> expires;
    };
    struct Call {
        std::vector<std::string> keys;
        std::vector<std::string> arguments;
    };
    std::string call(std::size_t script, const Call& call);
    std::string meet(const Call& call);
    std::string claim(const Call& call);
    std::string report(const Call& call);
    std::string begin(const Call& call);
    std::string finish(const Call& call);
    std::string alerts(const Call& call);
    void set(const std::string& key, std::string text, const std::string& milliseconds = {});
    std::int64_t time_left(const std::string& key);

    std::map<std::string, Value> values_;
};

}  // namespace enrichd::fakes
