// Questions to an upstream with a quota, of all hosts: a verdict is asked for once, and all hosts together
// stay within the quota.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/task.hpp"
#include "shared/redis.hpp"

namespace enrichd {

/// What the shared state server says of a question.
struct SharedGrant {
    enum class Kind : std::uint8_t {
        alone,  // nothing: the server is off or away, and this host decides by itself
        ask,    // this host is to ask
        known,  // another host has asked: the verdict, and how long it is good
        later   // another host asks now, or the quota of all is spent: not before `time` has passed
    };
    Kind kind = Kind::alone;
    std::string verdict{};
    std::chrono::milliseconds time{};  // of known and later
    bool by_another = false;           // of later: another host asks now
};

/// What a question is about. `learnt_with` is what verdicts depend on beside it.
struct SharedQuestion {
    std::string_view provider;
    std::string_view learnt_with;
    std::string_view key;
    std::string_view registry = {};  // which of the provider's servers has a quota of its own
};

class SharedQuestions {
  public:
    explicit SharedQuestions(Redis& redis) : redis_(redis) {}

    void configure(std::string prefix, std::string node);

    /// Whether to ask. After `ask` finish() is called, however that ends; when it is not, another host may
    /// ask after `asks_for`.
    task<SharedGrant> begin(SharedQuestion question, std::size_t per_hour,
                            std::chrono::milliseconds asks_for);

    /// `verdict`: empty when there is none. `more`: requests that were made beside the one that was granted.
    /// False when the server did not take it.
    task<bool> finish(SharedQuestion question, std::string verdict, std::chrono::milliseconds good_for,
                      std::size_t more);

    /// An operator has had verdicts forgotten: one, or all of a provider.
    task<void> forget(std::string provider, std::string learnt_with, std::string key);
    task<void> forget_all(std::string provider, std::string learnt_with);

    /// How many requests all hosts might still make at once, as far as is known.
    std::optional<std::size_t> quota_left() const { return quota_left_; }
    /// The server gave the last question no answer.
    bool alone() const { return alone_; }
    const Counters& outcomes() const { return outcomes_; }

  private:
    std::vector<std::string> keys_of(const SharedQuestion& question) const;
    SharedGrant grant_of(const result<RedisReply>& reply);

    Redis& redis_;
    std::string prefix_;
    std::string node_;
    std::optional<std::size_t> quota_left_;
    bool alone_ = false;
    Counters outcomes_;
};

}  // namespace enrichd
