#include "enrich/reputation.hpp"

#include <algorithm>
#include <utility>

#include "policy/failure.hpp"

namespace enrichd {
namespace {

/// Longer than this nobody is believed who says when to come back.
constexpr std::chrono::seconds longest_retry_after = std::chrono::hours(1);

std::string_view outcome(const OtxReply& reply) {
    if (!reply.verdict) return label(reply.verdict.error());
    if (reply.verdict->refused) return "name_refused";
    return reply.verdict->hit() ? "hit" : "miss";
}

}  // namespace

/// One alert and one subject: what is known of it, or the wait for the answer, for as long as this lives.
class Reputation::Waiter {
  public:
    Waiter(Reputation& reputation, OtxSubject subject, Clock::time_point limit)
        : subject(subject), wake(reputation.io_, limit), reputation_(reputation) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
        const auto question = reputation_.questions_.find(key_);
        if (question != reputation_.questions_.end())
            reputation_.waiting_ -= question->second.waiting.remove(this);
    }

    void wait_for(const std::string& key) {
        key_ = key;
        ++reputation_.waiting_;
        reputation_.questions_.at(key_).waiting.push_back(this);
    }
    void tell(const result<OtxVerdictPtr>& what) {
        answer = what;
        wake.cancel();
    }

    const OtxSubject subject;
    asio::steady_timer wake;
    std::optional<result<OtxVerdictPtr>> answer;

  private:
    Reputation& reputation_;
    std::string key_;
};

/// One of the requests that may be on the wire at once. However it ends, its question does not hang.
class Reputation::InFlight {
  public:
    InFlight(Reputation& reputation, const std::string& key) : reputation_(reputation), key_(key) {}
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
        if (!done_)
            reputation_.line_.add(reputation_.questions_.at(key_).place, key_,
                                  reputation_.now_() + std::chrono::minutes(1));
        --reputation_.in_flight_;
        reputation_.pump();
    }
    void done() { done_ = true; }

  private:
    Reputation& reputation_;
    const std::string& key_;
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
      away_(options_.away),
      limited_(options_.limited),
      refused_(options_.refused),
      due_(io),
      random_(std::random_device()()) {}

void Reputation::configure(const ReputationOptions& options, bool new_key) {
    if (options.requests_per_hour != options_.requests_per_hour) quota_.configure(options.requests_per_hour);
    options_ = options;
    if (new_key) key_changed_ = now_();
    if (new_key && refused_.open()) {
        refused_.succeeded();
        held_back_.reset();
        trouble_.reset();
    }
    pump();
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
    for (const OtxQuestion& question : questions_about(name)) {
        const OtxVerdictPtr* verdict = cache_.find(question.key(), now_());
        if (!verdict) return std::nullopt;
        finding = {question.subject, *verdict};
        if (finding.hit()) break;
    }
    return finding;
}

task<result<Finding>> Reputation::ask(HostName name, Suspicion suspicion, Clock::time_point limit) {
    if (stopping_) co_return errc::cancelled;
    std::list<Waiter> waiters;
    for (const OtxQuestion& question : questions_about(name)) {
        Waiter& waiter = waiters.emplace_back(*this, question.subject, limit);
        if (const OtxVerdictPtr* verdict = cache_.peek(question.key(), now_())) {
            waiter.answer = *verdict;
        } else {
            stand_in_line(question, suspicion, limit);
            waiter.wait_for(question.key());
        }
    }
    make_room();
    pump();

    Finding finding;
    error failure;
    for (Waiter& waiter : waiters) {
        bool cancelled = false;
        if (!waiter.answer) {
            auto [ec] = co_await waiter.wake.async_wait(nothrow);
            cancelled = ec && !waiter.answer;
        }
        const result<OtxVerdictPtr> answer = waiter.answer.value_or(errc::deadline);
        if (cancelled || (!answer && answer.error() == errc::cancelled)) co_return errc::cancelled;
        if (!answer) {
            failure = answer.error();
            continue;
        }
        finding = {waiter.subject, *answer};
        if (finding.hit()) co_return finding;
    }
    if (failure) co_return failure;
    co_return finding;
}

void Reputation::stand_in_line(const OtxQuestion& what, Suspicion suspicion, Clock::time_point limit) {
    const std::string key = what.key();
    const auto there = questions_.find(key);
    if (there == questions_.end()) {
        const Line::Place place = line_.next_place(suspicion);
        questions_.emplace(key, Question{what, place, limit, Backoff(options_.backoff, random_), {}, 0, {}});
        line_.add(place, key, Clock::time_point::min());
        return;
    }
    Question& question = there->second;
    question.expires = std::max(question.expires, limit);
    if (suspicion <= question.place.suspicion) return;
    const Line::Place ahead{suspicion, question.place.arrival};
    line_.move(question.place, ahead);
    question.place = ahead;
}

/// When more wait than may, the last in line go.
void Reputation::make_room() {
    const std::size_t most = options_.max_waiting * options_.ask.size();
    while (waiting_ > most || line_.size() > most) {
        const auto last = line_.drop_last(now_());
        if (!last) return;
        give_up(*last, "queue_full", errc::queue_full);
    }
}

bool Reputation::may_begin(Clock::time_point now) {
    if (stopping_ || in_flight_ >= options_.at_once) return false;
    if (held_back_ && (now < held_back_->until || in_flight_ > 0)) return false;
    return quota_.next(now) <= now;
}

void Reputation::pump() {
    if (std::exchange(pumping_, true)) return;  // a try that ends at once comes back here
    const Clock::time_point now = now_();
    while (may_begin(now) && begin_next(now)) {
    }
    pumping_ = false;
    wake_when_due(now);
}

/// Begins the first in line. False when nobody may be asked now.
bool Reputation::begin_next(Clock::time_point now) {
    auto key = line_.take(now);
    if (!key) return false;
    const Question& question = questions_.at(*key);
    if (question.expires <= now) {
        give_up(*key, "too_late", question.last_failure ? question.last_failure : error(errc::deadline));
        return true;
    }
    quota_.take(now);
    ++in_flight_;
    tasks_.spawn("otx question", try_once(*std::move(key)));
    return true;
}

void Reputation::wake_when_due(Clock::time_point now) {
    due_.cancel();
    const auto first = line_.next(now);
    // The end of a try comes back here by itself.
    if (stopping_ || !first || in_flight_ >= options_.at_once || (held_back_ && in_flight_ > 0)) return;
    const Clock::time_point not_before = held_back_ ? held_back_->until : now;
    due_.expires_after(std::max({*first, quota_.next(now), not_before}) - now);
    due_.async_wait([this](const boost::system::error_code& ec) {
        if (!ec) pump();
    });
}

task<void> Reputation::try_once(std::string key) {
    InFlight slot(*this, key);
    const Clock::time_point begun = now_();
    OtxQuestion what = questions_.at(key).what;
    OtxReply reply = co_await otx_.ask(std::move(what));
    counts_.duration.observe(std::chrono::duration<double>(now_() - begun).count());
    counts_.requests.add(outcome(reply));
    if (reply.verdict)
        answered(key, *std::move(reply.verdict));
    else
        failed(key, reply.verdict.error(), reply, begun);
    slot.done();
}

void Reputation::answered(const std::string& key, OtxVerdict verdict) {
    for (Breaker* breaker : {&away_, &limited_, &refused_}) breaker->succeeded();
    if (held_back_) log::info("OTX answers again", {{"questions_waiting", questions_.size()}});
    held_back_.reset();
    trouble_.reset();
    const Clock::duration good_for = options_.keep_for.of(verdict);
    const auto shared = std::make_shared<const OtxVerdict>(std::move(verdict));
    cache_.put(key, shared, good_for, now_());
    settle(key, shared);
}

void Reputation::failed(const std::string& key, const error& failure, const OtxReply& reply,
                        Clock::time_point begun) {
    if (failure == errc::cancelled) {
        settle(key, failure);
        return;
    }
    Question& question = questions_.at(key);
    question.last_failure = failure;
    trouble_ = failure;
    hold_back(failure, reply, begun);
    // An outage is not the question's fault; an answer that nobody can read may be.
    const bool counts = !unanswered(failure) && &breaker_of(failure) == &away_;
    if (counts || !held_back_) ++question.failures;
    if (question.failures >= options_.max_failures) {
        give_up(key, "failures", failure);
        return;
    }
    const bool paused = held_back_ && held_back_->until > now_();
    Clock::time_point again = now_();
    if (!paused) again += question.backoff.next();
    line_.add(question.place, key, again);
}

Breaker& Reputation::breaker_of(const error& failure) {
    if (failure == errc::rate_limited) return limited_;
    if (failure == errc::key_refused || failure == errc::blocked) return refused_;
    return away_;
}

/// A failure may be one too many. What was begun before OTX was held back says nothing new.
void Reputation::hold_back(const error& failure, const OtxReply& reply, Clock::time_point begun) {
    Breaker& breaker = breaker_of(failure);
    if (&breaker == &refused_ && begun <= key_changed_) return;  // it was the old key's failure
    const bool opened = breaker.failed(&breaker != &away_ || out_of_reach(failure));
    if (!breaker.open() || (held_back_ && begun <= held_back_->since)) return;
    std::uniform_real_distribution<double> factor(1.0, 1.1);
    Clock::duration pause =
        std::chrono::duration_cast<Clock::duration>(breaker.next_pause() * factor(random_));
    if (reply.retry_after)
        pause = std::max<Clock::duration>(std::min(*reply.retry_after, longest_retry_after),
                                          std::chrono::seconds(1));
    held_back_ = {failure, now_(), now_() + pause};
    if (opened) say_held_back(failure);
}

void Reputation::say_held_back(const error& failure) const {
    if (failure == errc::key_refused)
        log::error(
            "OTX refuses the key; put a good one in its place and reload. Until then one question in 15 "
            "minutes or more finds out whether it still does",
            {{"reason", label(failure)}, {"detail", failure.message()}});
    else
        log::warning("OTX is held back; names wait, the most suspicious will be asked first",
                     {{"reason", label(failure)}, {"detail", failure.message()}});
}

void Reputation::settle(const std::string& key, const result<OtxVerdictPtr>& outcome) {
    const auto question = questions_.extract(key);
    waiting_ -= question.mapped().waiting.size();
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
