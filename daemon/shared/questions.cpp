#include "shared/questions.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "asking/quota.hpp"
#include "pipeline/sha256.hpp"
#include "shared/scripts.hpp"

namespace enrichd {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr milliseconds soonest = 100ms;
constexpr int most_pages = 100'000;
constexpr std::int64_t longest_ms = 31'536'000'000;  // a year
constexpr milliseconds asked_again_after = 500ms;    // while another host asks

/// Verdicts that depend on something else are others.
std::string digest(std::string_view text) {
    std::string out;
    const Sha256 hash = sha256(text);
    for (std::size_t at = 0; at < 8; ++at) {
        out.push_back("0123456789abcdef"[hash.at(at) >> 4U]);
        out.push_back("0123456789abcdef"[hash.at(at) & 15U]);
    }
    return out;
}

}  // namespace

void SharedQuestions::configure(std::string prefix, std::string node) {
    prefix_ = std::move(prefix);
    node_ = std::move(node);
}

std::vector<std::string> SharedQuestions::keys_of(const SharedQuestion& question) const {
    const std::string provider = prefix_ + ":" + std::string(question.provider) + ":";
    const std::string about = digest(question.learnt_with) + ":" + std::string(question.key);
    const std::string quota = question.registry.empty() ? "quota" : "quota:" + std::string(question.registry);
    return {provider + "v:" + about, provider + "q:" + about, provider + quota};
}

task<SharedGrant> SharedQuestions::begin(SharedQuestion question, std::size_t per_hour,
                                         milliseconds asks_for) {
    if (!redis_.on()) co_return SharedGrant();
    const Quota quota(per_hour);
    const std::chrono::duration<double, std::milli> interval = quota.interval();
    std::vector<std::string> arguments{node_, std::to_string(asks_for.count()), std::to_string(quota.most()),
                                       std::to_string(interval.count())};
    auto reply = co_await redis_.run_script(shared_scripts::begin, keys_of(question), std::move(arguments));
    SharedGrant grant = grant_of(reply);
    alone_ = grant.kind == SharedGrant::Kind::alone;
    co_return grant;
}

SharedGrant SharedQuestions::grant_of(const result<RedisReply>& reply) {
    if (!reply || reply->list.empty()) {
        outcomes_.add("alone");
        return {};
    }
    const std::vector<RedisReply>& said = reply->list;
    const std::string& outcome = said.front().text;
    if (outcome == "known" && said.size() == 3 && said[2].number > 0) {
        outcomes_.add("known");
        return {SharedGrant::Kind::known, said[1].text, milliseconds(std::min(said[2].number, longest_ms))};
    }
    if (outcome == "ask" && said.size() == 2) {
        outcomes_.add("ask");
        quota_left_ = static_cast<std::size_t>(std::max<std::int64_t>(0, said[1].number));
        return {SharedGrant::Kind::ask};
    }
    if ((outcome == "asked" || outcome == "quota") && said.size() == 2) {
        const bool asked = outcome == "asked";
        outcomes_.add(asked ? "asked_by_another" : "quota");
        if (!asked) quota_left_ = 0;
        const milliseconds wait(std::clamp<std::int64_t>(said[1].number, 0, longest_ms));
        const milliseconds longest = asked ? asked_again_after : milliseconds(1h);
        return {SharedGrant::Kind::later, {}, std::clamp(wait, soonest, longest), asked};
    }
    outcomes_.add("alone");
    return {};
}

task<void> SharedQuestions::forget(std::string provider, std::string learnt_with, std::string key) {
    if (!redis_.on()) co_return;
    RedisCommand command{"DEL", keys_of({provider, learnt_with, key}).front()};
    co_await redis_.run(std::move(command), Redis::Kind::background);
}

task<void> SharedQuestions::forget_all(std::string provider, std::string learnt_with) {
    if (!redis_.on()) co_return;
    const std::string pattern = keys_of({provider, learnt_with, "*"}).front();
    std::string cursor = "0";
    for (int pages = 0; pages < most_pages; ++pages) {
        RedisCommand scan{"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"};
        auto page = co_await redis_.run(std::move(scan), Redis::Kind::background);
        if (!page || page->list.size() != 2) co_return;
        cursor = page->list[0].text;
        RedisCommand remove{"UNLINK"};
        for (const RedisReply& key : page->list[1].list) remove.push_back(key.text);
        if (remove.size() > 1) co_await redis_.run(std::move(remove), Redis::Kind::background);
        if (cursor == "0") co_return;
    }
}

task<bool> SharedQuestions::finish(SharedQuestion question, std::string verdict, milliseconds good_for,
                                   std::size_t more) {
    std::vector<std::string> arguments{node_, std::move(verdict),
                                       std::to_string(std::max<std::int64_t>(1, good_for.count())),
                                       std::to_string(more)};
    auto reply = co_await redis_.run_script(shared_scripts::finish, keys_of(question), std::move(arguments),
                                            Redis::Kind::background);
    co_return reply.has_value();
}

}  // namespace enrichd
