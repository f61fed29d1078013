#include "stages/otx/reputation.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include "asking/failure.hpp"
#include "base/clock.hpp"

namespace enrichd {
namespace {

void say_held_back(const error& failure) {
    if (failure == errc::key_refused)
        log::error(
            "OTX refuses the key; put a good one in its place and reload. Until then one question in 15 "
            "minutes or more finds out whether it still does",
            {{"reason", label(failure)}, {"detail", failure.message()}});
    else
        log::warning("OTX is held back; names wait, the most suspicious will be asked first",
                     {{"reason", label(failure)}, {"detail", failure.message()}});
}

}  // namespace

/// One alert and one subject: what is known of it, or the wait for the answer, for as long as this lives.
class Reputation::Waiter {
  public:
    Waiter(Reputation& reputation, OtxSubject subject, const HostName& name, Timer& wake)
        : subject(subject), name(name), wake_(wake), reputation_(reputation) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
        if (!question_) return;
        --reputation_.waiting_;
        question_->waiting.erase(place_);
    }

    void wait_for(Question& question) {
        ++reputation_.waiting_;
        question_ = &question;
        place_ = question.waiting.insert(question.waiting.end(), this);
    }
    /// The question goes with this.
    void tell(const result<OtxVerdictPtr>& what) {
        --reputation_.waiting_;
        question_ = nullptr;
        answer = what;
        wake_.cancel();
    }
    bool hit() const { return answer && *answer && (**answer)->hit(); }

    const OtxSubject subject;
    const HostName& name;
    std::optional<result<OtxVerdictPtr>> answer;

  private:
    Timer& wake_;
    Reputation& reputation_;
    Question* question_ = nullptr;  // nodes of a map stay where they are
    std::list<Waiter*>::iterator place_;
};

/// One of the requests that may be on the wire at once. However it ends, its question does not hang.
class Reputation::InFlight {
  public:
    /// It was counted when it was begun.
    InFlight(Reputation& reputation, const std::string& key)
        : reputation_(reputation), key_(key), suspect_(reputation.questions_.at(key).suspect) {}
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
        if (!done_) {
            Question& question = reputation_.questions_.at(key_);
            question.on_wire = false;
            reputation_.line_.add(question.place, key_, reputation_.now_() + std::chrono::minutes(1));
        }
        --reputation_.in_flight_;
        reputation_.suspects_in_flight_ -= suspect_ ? 1 : 0;
        reputation_.pump();
    }
    void done() { done_ = true; }

  private:
    Reputation& reputation_;
    const std::string& key_;
    const bool suspect_;
    bool done_ = false;
};

Reputation::Reputation(asio::io_context& io, Tasks& tasks, VerdictCache<OtxVerdictPtr>& cache, Otx& otx,
                       ReputationOptions options, Now now)
    : io_(io),
      tasks_(tasks),
      cache_(cache),
      otx_(otx),
      options_(std::move(options)),
      now_(std::move(now)),
      quota_(options_.requests_per_hour),
      answers_(options_.answered_lately),
      hold_back_(options_.hold_back),
      due_(io),
      random_(random_generator()) {
    cache_.limit(options_.keep_for.all());
}

void Reputation::configure(const ReputationOptions& options, bool new_key, bool new_server) {
    if (options.requests_per_hour != options_.requests_per_hour) quota_.configure(options.requests_per_hour);
    options_ = options;
    cache_.limit(options_.keep_for.all());
    if (new_server) {
        for (auto& [key, question] : questions_) {
            question.outdated = question.on_wire;
            question.failures.clear();
        }
        strange_ = 0;
        trouble_.reset();
        answers_.forget_verdicts();
        hold_back_.forget();
        line_.recall();
    }
    // Nobody knows but the operator whether what was wrong is fixed: one question finds out.
    hold_back_.try_again(new_key, now_());
    pump();
}

void Reputation::filter(const GateOptions& gate) {
    if (gate == gate_) return;
    gate_ = gate;
    std::vector<std::string> nobody_waits;
    for (auto& [key, question] : questions_) {
        const std::size_t before = question.waiting.size();
        for (auto at = question.waiting.begin(); at != question.waiting.end();) {
            Waiter* const waiter = *at;
            if (refusal(waiter->name, gate_)) {
                at = question.waiting.erase(at);
                waiter->tell(errc::filtered);
            } else {
                ++at;
            }
        }
        if (before > 0 && question.waiting.empty() && !question.on_wire) nobody_waits.push_back(key);
    }
    for (const std::string& key : nobody_waits) {
        const auto question = questions_.extract(key);
        line_.remove(question.mapped().place);
    }
}

/// The filter as it is when the request is about to be sent.
BeforeSend Reputation::filter_for(const OtxQuestion& what) const {
    return [this, text = what.name] {
        const auto name = HostName::parse(text);
        return name && !refusal(*name, gate_) ? error() : make_error_code(errc::filtered);
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
        const OtxVerdictPtr* verdict = cache_.find(question.key(), now_());
        all_known = all_known && verdict;
        if (!verdict) continue;
        finding = {question.subject, *verdict};
        if (finding.hit()) return finding;
    }
    if (!all_known) return std::nullopt;
    return finding;
}

bool Reputation::would_ask(const HostName& name) const {
    bool all_known = true;
    for (const OtxQuestion& question : questions_about(name)) {
        const OtxVerdictPtr* verdict = cache_.peek(question.key(), now_());
        if (verdict && (*verdict)->hit()) return false;
        all_known = all_known && verdict;
    }
    return !all_known;
}

task<result<Finding>> Reputation::ask(HostName name, Suspicion suspicion, Clock::time_point limit) {
    auto state = co_await asio::this_coro::cancellation_state;
    if (stopping_ || state.cancelled() != asio::cancellation_type::none) co_return errc::cancelled;
    if (refusal(name, gate_)) co_return errc::filtered;
    Timer wake(io_, limit);
    std::list<Waiter> waiters;
    for (const OtxQuestion& question : questions_about(name)) {
        Waiter& waiter = waiters.emplace_back(*this, question.subject, name, wake);
        if (const OtxVerdictPtr* verdict = cache_.peek(question.key(), now_()))
            waiter.answer = *verdict;
        else
            stand_in_line(question, suspicion, limit, waiter);
    }
    make_room();
    pump();

    const auto is_open = [](const Waiter& waiter) { return !waiter.answer; };
    const auto is_hit = [](const Waiter& waiter) { return waiter.hit(); };
    for (;;) {
        const auto open = std::count_if(waiters.begin(), waiters.end(), is_open);
        if (open == 0 || std::any_of(waiters.begin(), waiters.end(), is_hit)) break;
        state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return errc::cancelled;
        auto [ec] = co_await wake.async_wait(nothrow);
        if (!ec) {  // the limit
            counts_.dropped.add("too_late");
            break;
        }
        if (open == std::count_if(waiters.begin(), waiters.end(), is_open)) co_return errc::cancelled;
    }

    Finding finding;
    error failure;
    for (const Waiter& waiter : waiters) {
        const result<OtxVerdictPtr> answer = waiter.answer.value_or(errc::deadline);
        if (waiter.hit()) co_return Finding(waiter.subject, *answer);
        if (answer)
            finding = Finding(waiter.subject, *answer);
        else if (failure != errc::cancelled)
            failure = answer.error();
    }
    if (failure) co_return failure;
    co_return finding;
}

void Reputation::stand_in_line(const OtxQuestion& what, Suspicion suspicion, Clock::time_point limit,
                               Waiter& waiter) {
    const std::string key = what.key();
    auto there = questions_.find(key);
    if (there == questions_.end()) {
        const Line::Place place = line_.next_place(suspicion);
        Question fresh{what, place, limit, Backoff(options_.backoff, random_), {}};
        there = questions_.emplace(key, std::move(fresh)).first;
        line_.add(place, key);
    } else {
        ++counts_.joined;
    }
    Question& question = there->second;
    question.expires = std::max(question.expires, limit);
    if (suspicion > question.place.suspicion) {
        const Line::Place ahead{suspicion, question.place.arrival};
        line_.move(question.place, ahead);
        question.place = ahead;
    }
    // Those on the wire cannot be dropped: all of them together must leave room.
    const std::size_t most = std::min(options_.max_sharing, options_.max_waiting / (2 * options_.at_once));
    if (question.waiting.size() < most || suspicion == Suspicion::requested) {
        waiter.wait_for(question);
        return;
    }
    // One name that many alerts share must not take the room of all others.
    waiter.answer = errc::queue_full;
}

/// When more wait than may, the last in line give way.
void Reputation::make_room() {
    while (waiting_ > options_.max_waiting || line_.size() > options_.max_questions) {
        const auto last = line_.drop_last(now_());
        if (!last) return;
        settle(*last, errc::queue_full);
    }
}

task<void> Reputation::try_once(std::string key) {
    InFlight slot(*this, key);
    const HoldBack::Number number = hold_back_.begin();
    const Clock::time_point begun = now_();
    const std::uint64_t flushes = cache_.flushes();
    OtxQuestion what = questions_.at(key).what;
    BeforeSend may_send = filter_for(what);
    OtxReply reply = co_await otx_.ask(std::move(what), std::move(may_send));
    counts_.duration.observe(std::chrono::duration<double>(now_() - begun).count());
    counts_.requests.add(reply.outcome);
    if (reply.requests > 1) quota_.charge(reply.requests - 1, now_());
    Question& question = questions_.at(key);
    question.on_wire = false;
    if (std::exchange(question.outdated, false)) {  // another server is asked by now
        line_.add(question.place, key);
        slot.done();
        co_return;
    }
    if (reply.in_service) in_service(number);
    if (!reply.verdict)
        failed(key, reply.verdict.error(), reply, number);
    else if (!reply.in_service && (++strange_ > options_.max_strange || hold_back_.holds()))
        failed(key, errc::http_status, reply, number);  // no page for any name: that is not OTX
    else
        answered(key, std::move(reply), flushes != cache_.flushes());
    slot.done();
}

/// `flushed`: meanwhile an operator had verdicts forgotten; this one must not bring them back.
void Reputation::answered(const std::string& key, OtxReply reply, bool flushed) {
    const Clock::duration good_for = options_.keep_for.of(*reply.verdict);
    const auto shared = std::make_shared<const OtxVerdict>(*std::move(reply.verdict));
    if (!flushed) cache_.put(key, shared, good_for, now_(), {OtxTimes::kind(*shared)});
    if (!flushed && learnt_) learnt_(key, *shared, good_for);
    settle(key, shared);
}

void Reputation::in_service(HoldBack::Number number) {
    answers_.note();
    answers_.note_verdict(now_());
    strange_ = 0;
    if (hold_back_.answered(number))
        log::info("OTX answers again", {{"questions_waiting", questions_.size()}});
    if (hold_back_.holds()) return;
    line_.recall();
    trouble_.reset();
}

void Reputation::failed(const std::string& key, const error& failure, const OtxReply& reply,
                        HoldBack::Number number) {
    if (failure == errc::cancelled || failure == errc::filtered) {
        settle(key, failure);
        return;
    }
    Question& question = questions_.at(key);
    question.last_failure = failure;
    const auto name = HostName::parse(question.what.name);
    const std::string domain(name ? name->registrable() : question.what.name);
    const bool for_all = reply.certain || failure == errc::rate_limited || out_of_reach(failure);
    if (hold_back_.failed({failure, domain, reply.certain, reply.retry_after}, number, now_()))
        say_held_back(failure);
    if (hold_back_.holds() || for_all || !answers_.lately(now_())) trouble_ = failure;
    question.suspect = question.suspect || !for_all;
    question.failures.add(answers_);
    if (question.failures.count() >= options_.max_failures) {
        give_up(key, "failures", failure);
        return;
    }
    // While OTX is held back the next to find out whether it is there is another question, if there is one.
    if (hold_back_.holds() && for_all)
        line_.send_back(question.place, key);
    else
        line_.add(question.place, key, now_() + question.backoff.next());
}

void Reputation::settle(const std::string& key, const result<OtxVerdictPtr>& outcome) {
    const auto question = questions_.extract(key);
    for (Waiter* waiter : question.mapped().waiting) waiter->tell(outcome);
}

void Reputation::give_up(const std::string& key, std::string_view reason, const error& failure) {
    counts_.dropped.add(reason);
    if (drops_.allows(Clock::now()))
        log::warning("a name was not checked against OTX", {{"question", key},
                                                            {"reason", reason},
                                                            {"detail", failure.message()},
                                                            {"kept_back", drops_.kept_back()}});
    settle(key, failure);
}

void Reputation::stop() {
    stopping_ = true;
    due_.cancel();
    while (auto key = line_.drop_last(now_())) settle(*key, errc::cancelled);
}

}  // namespace enrichd
