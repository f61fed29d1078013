#include "stages/otx/reputation.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>

#include "asking/failure.hpp"
#include "base/clock.hpp"

namespace enrichd {
namespace {

void log_pause(const error& failure) {
    if (failure == errc::key_refused)
        log::error(
            "OTX refuses the key; put a good one in its place and reload. Until then one question in 15 "
            "minutes or more finds out whether it still does",
            {{"reason", label(failure)}, {"detail", failure.message()}});
    else
        log::warning("OTX is paused; names wait, the most suspicious will be asked first",
                     {{"reason", label(failure)}, {"detail", failure.message()}});
}

}  // namespace

/// One of the requests that may be on the wire at once. However it ends, its question does not hang.
class Reputation::InFlight {
  public:
    InFlight(Reputation& reputation, const QuestionPtr& question)
        : reputation_(reputation), question_(*question), connection_(reputation.queue_, question->suspect) {}
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
        if (done_ || !reputation_.questions_.is_open(question_)) return;
        question_.under_way = false;
        reputation_.queue_.order().add(question_.position, question_.key,
                                       Clock::now() + std::chrono::minutes(1));
    }
    void done() { done_ = true; }

  private:
    Reputation& reputation_;
    Open::Question& question_;
    PacedQueue::InFlight connection_;
    bool done_ = false;
};

Reputation::Reputation(asio::io_context& io, Tasks& tasks, VerdictCache<OtxVerdictPtr>& cache, Otx& otx,
                       ReputationOptions options)
    : tasks_(tasks),
      cache_(cache),
      otx_(otx),
      options_(std::move(options)),
      queue_(io, *this, options_.requests_per_hour, options_.at_once, options_.cooldown),
      server_{Answers(options_.answered_lately)},
      random_(random_generator()) {
    cache_.limit(options_.keep_for.all());
}

void Reputation::configure(const ReputationOptions& options, bool new_key, bool new_server) {
    options_ = options;
    queue_.configure(options_.requests_per_hour, options_.at_once);
    share_ = 0;
    cache_.limit(options_.keep_for.all());
    if (new_server) {
        questions_.upstream_changed();
        server_.strange = 0;
        server_.trouble.reset();
        server_.answers.forget_verdicts();
        queue_.cooldown().forget();
        queue_.order().recall();
    }
    // Nobody knows but the operator whether what was wrong is fixed: one question finds out.
    queue_.cooldown().try_again(new_key, Clock::now());
    queue_.begin_due();
}

void Reputation::try_now() {
    queue_.cooldown().try_now(Clock::now());
    queue_.begin_due();
}

void Reputation::filter(const GateOptions& gate) {
    for (const QuestionPtr& question : questions_.filter(gate)) {
        questions_.close(*question);
        queue_.order().remove(question->position);
    }
}

/// The filter as it is when the request is about to be sent.
BeforeSend Reputation::filter_for(const OtxQuestion& what) const {
    return [this, text = what.name] {
        const auto name = HostName::parse(text);
        return name ? questions_.refusal_of(*name) : make_error_code(errc::filtered);
    };
}

std::vector<OtxQuestion> Reputation::questions_about(const HostName& name) const {
    std::vector<OtxQuestion> out;
    for (const OtxSubject subject : options_.ask) {
        // The registrable domain is no host name to OTX, and of two questions about one name the second would
        // learn nothing; a host name with odd characters would be refused.
        const bool host = subject == OtxSubject::hostname;
        const bool also_domain =
            std::find(options_.ask.begin(), options_.ask.end(), OtxSubject::domain) != options_.ask.end();
        if (host && (!name.plain() || (also_domain && name.text() == name.registrable()))) continue;
        out.push_back({subject, host ? name.text() : std::string(name.registrable())});
    }
    return out;
}

std::optional<Finding> Reputation::known(const HostName& name) {
    Finding finding;
    bool all_known = true;
    for (const OtxQuestion& question : questions_about(name)) {
        const OtxVerdictPtr* verdict = cache_.find(question.key(), Clock::now());
        all_known = all_known && verdict;
        if (!verdict) continue;
        finding = {question.subject, *verdict};
        if (finding.hit()) return finding;
    }
    if (!all_known) return std::nullopt;
    return finding;
}

std::optional<Finding> Reputation::known_hit(const HostName& name) const {
    const Clock::time_point now = Clock::now();
    std::array<char, 512> key{};
    for (const OtxSubject subject : options_.ask) {
        const std::string_view about = subject == OtxSubject::hostname ? name.text() : name.registrable();
        const std::string_view kind = label(subject);
        if (about.empty() || kind.size() + 1 + about.size() > key.size()) continue;
        // As OtxQuestion::key().
        char* const end =
            std::copy(about.begin(), about.end(), std::copy(kind.begin(), kind.end(), key.data()) + 1);
        key.at(kind.size()) = '/';
        const OtxVerdictPtr* verdict =
            cache_.peek({key.data(), static_cast<std::size_t>(end - key.data())}, now);
        if (verdict && (*verdict)->hit()) return Finding(subject, *verdict);
    }
    return std::nullopt;
}

bool Reputation::would_ask(const HostName& name) const {
    bool all_known = true;
    for (const OtxQuestion& question : questions_about(name)) {
        const OtxVerdictPtr* verdict = cache_.peek(question.key(), Clock::now());
        if (verdict && (*verdict)->hit()) return false;
        all_known = all_known && verdict;
    }
    return !all_known;
}

bool Reputation::hit(const Waiter& waiter) {
    return waiter.answer && *waiter.answer && (**waiter.answer)->hit();
}

task<result<Finding>> Reputation::ask(HostName name, Suspicion suspicion, Clock::time_point limit) {
    auto state = co_await asio::this_coro::cancellation_state;
    if (questions_.stopping() || state.cancelled() != asio::cancellation_type::none)
        co_return errc::cancelled;
    if (questions_.refusal_of(name)) co_return errc::filtered;
    auto executor = co_await asio::this_coro::executor;
    Timer wake(executor, limit);
    std::list<Waiter> waiters;
    for (const OtxQuestion& question : questions_about(name)) {
        Waiter& waiter = waiters.emplace_back(questions_, name, wake, question.subject);
        if (const OtxVerdictPtr* verdict = cache_.peek(question.key(), Clock::now()))
            waiter.answer = *verdict;
        else
            wait_in_queue(question, suspicion, limit, waiter);
    }
    make_room();
    queue_.begin_due();

    const auto is_open = [](const Waiter& waiter) { return !waiter.answer; };
    for (;;) {
        const auto open = std::count_if(waiters.begin(), waiters.end(), is_open);
        if (open == 0 || std::any_of(waiters.begin(), waiters.end(), hit)) break;
        state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return errc::cancelled;
        auto [ec] = co_await wake.async_wait(nothrow);
        if (open != std::count_if(waiters.begin(), waiters.end(), is_open)) continue;
        if (ec) co_return errc::cancelled;
        counts_.dropped.add("too_late");  // the limit
        break;
    }

    Finding finding;
    error failure;
    for (const Waiter& waiter : waiters) {
        const result<OtxVerdictPtr> answer = waiter.answer.value_or(errc::deadline);
        if (hit(waiter)) co_return Finding(waiter.context, *answer);
        if (answer)
            finding = Finding(waiter.context, *answer);
        else if (failure != errc::cancelled)
            failure = answer.error();
    }
    if (failure) co_return failure;
    co_return finding;
}

void Reputation::wait_in_queue(const OtxQuestion& what, Suspicion suspicion, Clock::time_point limit,
                               Waiter& waiter) {
    const std::string key = what.key();
    PriorityQueue& order = queue_.order();
    QuestionPtr question = questions_.find(key);
    if (question) {
        ++counts_.joined;
    } else {
        const PriorityQueue::Position position = order.next_position(suspicion);
        question = questions_.open(key, {what, position, limit, Backoff(options_.backoff, random_)});
        order.add(position, key);
    }
    question->expires = std::max(question->expires, limit);
    if (suspicion > question->position.suspicion) {
        const PriorityQueue::Position ahead{suspicion, question->position.arrival};
        order.move(question->position, ahead);
        question->position = ahead;
    }
    // Those on the wire cannot be dropped: all of them together must leave room.
    const std::size_t most = std::min(options_.max_sharing, options_.max_waiting / (2 * options_.at_once));
    if (question->waiting.size() < most || suspicion == Suspicion::requested) {
        waiter.join(question);
        return;
    }
    // One name that many alerts share must not take the room of all others.
    waiter.answer = errc::queue_full;
}

/// When more wait than may, the last in the queue give way.
void Reputation::make_room() {
    PriorityQueue& order = queue_.order();
    while (waiting() > options_.max_waiting || order.size() > options_.max_questions) {
        const auto last = order.drop_last(Clock::now());
        if (!last) return;
        questions_.settle(questions_.find(*last), errc::queue_full);
    }
}

std::optional<bool> Reputation::prepare(const std::string& key) {
    const QuestionPtr question = questions_.find(key);
    if (question->waiting.empty()) {  // all of them have given up
        questions_.close(*question);
        return std::nullopt;
    }
    if (question->expires <= Clock::now()) {
        give_up(question, "too_late",
                question->last_failure ? question->last_failure : error(errc::deadline));
        return std::nullopt;
    }
    return question->suspect;
}

void Reputation::begin(std::string key) {
    const QuestionPtr question = questions_.find(key);
    question->under_way = true;
    tasks_.spawn("otx question", try_once(question));
}

task<void> Reputation::try_once(QuestionPtr question) {
    InFlight flight(*this, question);
    const std::uint64_t flushes = cache_.flushes();
    const std::uint64_t generation = questions_.generation();
    const bool to_be_asked = co_await may_ask(question);
    if (!to_be_asked) {
        flight.done();
        co_return;
    }
    const Cooldown::Number number = queue_.cooldown().begin();
    const Clock::time_point begun = Clock::now();
    OtxQuestion what = question->what;
    BeforeSend may_send = filter_for(what);
    OtxReply reply = co_await otx_.ask(std::move(what), std::move(may_send));
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - begun).count());
    counts_.requests.add(reply.outcome);
    if (reply.requests > 1) queue_.charge(reply.requests - 1);
    const bool flushed = flushes != cache_.flushes();
    note_shared(question->key, reply, flushed || generation != questions_.generation());
    question->under_way = false;
    if (generation != questions_.generation()) {  // another server is asked by now
        queue_.order().add(question->position, question->key);
        flight.done();
        co_return;
    }
    if (reply.in_service) in_service(number);
    if (!reply.verdict)
        failed(question, reply.verdict.error(), reply, number);
    else if (!reply.in_service && (++server_.strange > options_.max_strange || queue_.cooldown().holds()))
        failed(question, errc::http_status, reply, number);  // no page for any name: that is not OTX
    else
        answered(question, *std::move(reply.verdict), flushed);
    flight.done();
}

/// `flushed`: meanwhile an operator had verdicts forgotten; this one must not bring them back.
void Reputation::answered(const QuestionPtr& question, OtxVerdict verdict, bool flushed) {
    const Clock::duration good_for = options_.keep_for.of(verdict);
    const auto shared = std::make_shared<const OtxVerdict>(std::move(verdict));
    if (!flushed) cache_.put(question->key, shared, good_for, Clock::now(), {OtxTimes::kind(*shared)});
    if (!flushed && learnt_) learnt_(question->key, *shared, good_for);
    questions_.settle(question, shared);
}

void Reputation::in_service(Cooldown::Number number) {
    server_.answers.note();
    server_.answers.note_verdict(Clock::now());
    server_.strange = 0;
    if (queue_.cooldown().answered(number))
        log::info("OTX answers again", {{"questions_waiting", questions_.size()}});
    if (paused()) return;
    queue_.order().recall();
    server_.trouble.reset();
}

void Reputation::failed(const QuestionPtr& question, const error& failure, const OtxReply& reply,
                        Cooldown::Number number) {
    if (failure == errc::cancelled || failure == errc::filtered) {
        questions_.settle(question, failure);
        return;
    }
    question->last_failure = failure;
    const auto name = HostName::parse(question->what.name);
    const std::string domain(name ? name->registrable() : question->what.name);
    const bool for_all = reply.certain || failure == errc::rate_limited || out_of_reach(failure);
    if (queue_.cooldown().failed({failure, domain, reply.certain, reply.retry_after}, number, Clock::now()))
        log_pause(failure);
    if (paused() || for_all || !server_.answers.lately(Clock::now())) server_.trouble = failure;
    question->suspect = question->suspect || !for_all;
    question->own_failures.add(server_.answers);
    if (question->own_failures.count() >= options_.max_failures) {
        give_up(question, "failures", failure);
        return;
    }
    // While OTX is paused the next to find out whether it is there is another question, if there is one.
    if (paused() && for_all)
        queue_.order().send_back(question->position, question->key);
    else
        queue_.order().add(question->position, question->key, Clock::now() + question->backoff.next());
}

void Reputation::give_up(const QuestionPtr& question, std::string_view reason, const error& failure) {
    counts_.dropped.add(reason);
    if (drops_.allows(Clock::now()))
        log::warning("a name was not checked against OTX", {{"question", question->key},
                                                            {"reason", reason},
                                                            {"detail", failure.message()},
                                                            {"kept_back", drops_.kept_back()}});
    questions_.settle(question, failure);
}

void Reputation::stop() {
    questions_.stop();
    queue_.stop();
    while (auto key = queue_.order().drop_last(Clock::now()))
        questions_.settle(questions_.find(*key), errc::cancelled);
}

}  // namespace enrichd
