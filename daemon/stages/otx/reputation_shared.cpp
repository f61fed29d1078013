// Reputation: what hosts that share state say of a question, and what they are told.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "stages/otx/otx_record.hpp"
#include "stages/otx/reputation.hpp"

namespace enrichd {
namespace {

/// For a verdict that was to be forgotten while another host's was fetched.
constexpr Clock::duration soonest_again = std::chrono::milliseconds(100);

}  // namespace

/// Whether this host asks, by what the others do. Else the question was answered, or waits.
task<bool> Reputation::may_ask(QuestionPtr question) {
    if (!shared_ || !shared_->on()) co_return true;
    const std::uint64_t flushes = cache_.flushes();
    const std::uint64_t generation = questions_.generation();
    const SharedQuestion what{provider_name, *learnt_with_, question->key};
    SharedGrant grant =
        co_await shared_->questions().begin(what, options_.requests_per_hour, options_.asks_for);
    take_share();
    if (grant.kind == SharedGrant::Kind::ask) co_return true;
    if (grant.kind == SharedGrant::Kind::alone) {
        ++asked_alone_;
        co_return true;
    }
    const bool known = grant.kind == SharedGrant::Kind::known;
    const bool outdated = generation != questions_.generation() || flushes != cache_.flushes();
    const bool unreadable = known && !outdated && !take_known(question, grant);
    if (unreadable) {  // of a later version
        ++asked_alone_;
        co_return true;
    }
    queue_.give_back();
    const bool spent = grant.kind == SharedGrant::Kind::later && !grant.by_another;
    if (spent) queue_.hold_until(Clock::now() + grant.time);  // of all hosts
    if (known && !outdated) co_return false;
    question->under_way = false;
    const Clock::duration wait = known ? soonest_again : Clock::duration(grant.time);
    queue_.order().add(question->position, question->key, Clock::now() + wait);
    co_return false;
}

/// Of the quota this host has all while the server sees to it that all hosts stay within it, else a part.
void Reputation::take_share() {
    const std::size_t share = shared_->share_of(options_.requests_per_hour);
    if (share == share_) return;
    share_ = share;
    const std::size_t left = shared_->questions().quota_left().value_or(share);
    queue_.limit(share, share < options_.requests_per_hour ? left / shared_->hosts() : share);
}

/// False when it is none.
bool Reputation::take_known(const QuestionPtr& question, const SharedGrant& grant) {
    auto verdict = otx_verdict_of(grant.verdict);
    if (!verdict) return false;
    const auto shared = std::make_shared<const OtxVerdict>(*std::move(verdict));
    const Clock::duration good_for = std::min<Clock::duration>(grant.time, options_.keep_for.of(*shared));
    cache_.put(question->key, shared, good_for, Clock::now(), {OtxTimes::kind(*shared)});
    if (learnt_) learnt_(question->key, *shared, good_for);
    questions_.settle(question, shared);
    return true;
}

/// For the other hosts; nothing waits for it.
void Reputation::note_shared(const std::string& key, const OtxReply& reply, bool not_good_any_more) {
    if (!shared_ || !shared_->on()) return;
    std::string record;
    std::chrono::milliseconds good_for{};
    const bool good = reply.verdict && reply.in_service && !not_good_any_more;
    if (good) {
        record = to_record(*reply.verdict);
        good_for = std::chrono::floor<std::chrono::milliseconds>(options_.keep_for.of(*reply.verdict));
    }
    const std::size_t more = (reply.requests > 1 ? reply.requests - 1 : 0) + std::exchange(asked_alone_, 0);
    tasks_.spawn("otx verdict for others", tell_others(key, std::move(record), good_for, more));
}

task<void> Reputation::tell_others(std::string key, std::string record, std::chrono::milliseconds good_for,
                                   std::size_t more) {
    const SharedQuestion what{provider_name, *learnt_with_, key};
    const bool done = co_await shared_->questions().finish(what, std::move(record), good_for, more);
    if (!done) asked_alone_ += more;
}

}  // namespace enrichd
