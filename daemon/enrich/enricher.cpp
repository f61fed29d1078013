#include "enrich/enricher.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.hpp"

namespace enrichd {
namespace {

/// Failures to reach the server are one cause with the original integration's text; rules match on it.
constexpr std::string_view connection_error = "Connection Error to DNS Stats API";

bool not_reached(const error& failure) {
    return failure == errc::refused || failure == errc::unreachable || failure == errc::name_lookup ||
           failure == errc::cut || failure == errc::gateway_status;
}

std::string_view cause(const error& failure) {
    return not_reached(failure) ? "connection" : label(failure);
}

/// For the log: what makes a domain worth an event.
std::string_view mark_of(const DomainStatsAnswer& answer) {
    switch (suspicion_of(answer)) {
        case Suspicion::new_domain:
            return "NEW";
        case Suspicion::low_frequency:
            return "LOW-FREQ-SCORES";
        case Suspicion::suspect_frequency:
            return "SUSPECT-FREQ-SCORE";
        case Suspicion::first_contact:
            return "YOUR-FIRST-CONTACT";
        case Suspicion::requested:
        case Suspicion::none:
            break;
    }
    return "alert of the server";
}

std::string text(const error& failure) {
    return not_reached(failure) ? std::string(connection_error) : "DNS Stats API: " + failure.message();
}

}  // namespace

Enricher::Enricher(Sink& sink, EnricherOptions options)
    : sink_(sink), options_(std::move(options)), notices_(options_.error_event_every) {}

void Enricher::ask(Verdicts& verdicts) {
    verdicts_ = &verdicts;
    verdicts.on_outage([this](const Alert& alert, const error& failure) { tell_outage(alert, failure); });
    verdicts.filter(options_.gate);
}

void Enricher::ask(Reputation& reputation) {
    reputation_ = &reputation;
    reputation.filter(options_.gate);
}

void Enricher::configure(EnricherOptions options) {
    options_ = std::move(options);
    notices_.configure(options_.error_event_every);
    // Also for what waits already, and for what is about to be sent.
    if (verdicts_) verdicts_->filter(options_.gate);
    if (reputation_) reputation_->filter(options_.gate);
}

std::size_t Enricher::room(WaitsFor what) const {
    if (what == WaitsFor::otx) return reputation_ ? reputation_->room() : options_.in_hand;
    const std::size_t waiting = verdicts_ ? verdicts_->waiting() : 0;
    return options_.in_hand - std::min(options_.in_hand, waiting);
}

void Enricher::was_asked(const KeptAlert& kept) {
    const auto name = HostName::parse(kept.alert.query);
    if (verdicts_ && name && kept.taken) verdicts_->was_asked(*name, *kept.taken);
}

/// Whoever brought the alert hears how it ended, even when it ends by an exception.
class Settled {
  public:
    explicit Settled(Job& job) : job_(job) {}
    Settled(const Settled&) = delete;
    Settled& operator=(const Settled&) = delete;
    ~Settled() { job_.ack.settle(finished); }

    bool finished = false;

  private:
    Job& job_;
};

bool Enricher::at_once(Job& job) {
    if (job.judged || !verdicts_) return false;
    auto name = acceptable(job);
    if (name) {
        job.begun.emplace(*std::move(name), std::nullopt);
        job.begun->known = verdicts_->cached(job.begun->name, Clock::now());
        if (!job.begun->known) return false;
        const DomainStatsAnswer& answer = *job.begun->known;
        std::optional<Finding> finding;
        if (reputation_ && suspicious(answer)) {
            if (reputation_->would_ask(job.begun->name)) return false;
            finding = reputation_->known(job.begun->name);
        }
        const bool hit = finding && finding->hit();
        std::array<Event, 2> events;
        std::size_t count = 0;
        if (worth_an_event(answer)) events[count++] = domain_stats_event(job.alert, answer);
        if (hit) events[count++] = otx_event(job.alert, finding->subject, *finding->verdict, job.destination);
        job.begun->told = tell(job, std::span(events).first(count));
        job.begun->refused = !job.begun->told;
        if (job.begun->told && worth_an_event(answer)) job.reason = mark_of(answer);
        if (job.begun->refused || !job.step.events.empty()) return false;
    }
    count_finished(job);
    return true;
}

task<bool> Enricher::trip(Job& job) {
    // A cancellation ends a wait, and nothing else: what was told is always written down.
    co_await asio::this_coro::throw_if_cancelled(false);
    Settled settled(job);
    settled.finished = co_await whole_trip(job);
    co_return settled.finished;
}

task<bool> Enricher::whole_trip(Job& job) {
    if (!job.begun && !job.number && at_once(job)) co_return true;
    if (job.begun && job.begun->refused) co_return false;
    const auto name = left_to_ask(job);
    if (name && !job.judged) {
        const bool judged = co_await ask_domain_stats(job, *name);
        if (!judged) co_return false;
    }
    if (name && job.judged) {
        const bool answered = co_await ask_otx(job, *name);
        if (!answered) co_return false;
    }
    co_return co_await finish(job);
}

/// The name, when it is one and may leave the machine.
std::optional<HostName> Enricher::acceptable(Job& job) {
    auto name = HostName::parse(job.alert.query);
    if (!name) {
        counts_.rejected.add(label(name.error()));
        job.decision = "refused";
        job.reason = label(name.error());
        return std::nullopt;
    }
    if (filtered(job, *name)) return std::nullopt;
    return *std::move(name);
}

/// Counted, so asked once for an alert.
bool Enricher::filtered(Job& job, const HostName& name) {
    const auto reason = refusal(name, options_.gate);
    if (!reason) return false;
    counts_.gated.add(label(*reason));
    job.decision = "filtered";
    job.reason = label(*reason);
    return true;
}

/// The name that is to be asked for, unless at_once has told all that there is to tell.
std::optional<HostName> Enricher::left_to_ask(Job& job) {
    if (!job.begun) return acceptable(job);
    if (job.begun->told) return std::nullopt;
    return std::move(job.begun->name);
}

std::optional<DomainStatsAnswer> Enricher::known_answer(Job& job, const HostName& name) {
    if (job.begun) return std::move(job.begun->known);
    return verdicts_->cached(name, Clock::now());
}

bool Enricher::suspicious(const DomainStatsAnswer& answer) const {
    return options_.otx_always || worth_an_event(answer);
}

/// Tells what Domain Stats says, and leaves in `job` whether OTX is to be asked.
task<bool> Enricher::ask_domain_stats(Job& job, const HostName& name) {
    DomainStatsAnswer answer;
    if (!verdicts_) {
        if (options_.otx_always) note_judged(job, Suspicion::none);
        co_return true;
    } else if (auto known = known_answer(job, name)) {
        answer = *std::move(known);
    } else {
        if (const auto due = journal_ ? verdicts_->put_off(name, job) : std::nullopt) {
            co_await put_off(job, *due);
            co_return false;
        }
        // Those that wait already come first.
        const bool its_turn =
            room(WaitsFor::domain_stats) > 0 && (!journal_ || journal_->waiting(WaitsFor::domain_stats) == 0);
        const bool kept = co_await keep(job, its_turn);
        if (!kept) co_return false;
        auto asked = co_await verdicts_->ask(name, job);
        note_backlog();
        if (!asked && asked.error() == errc::put_off) {
            const auto due = verdicts_->put_off(name, job);
            co_await put_off(job, due.value_or(Clock::now()));
            co_return false;
        }
        if (!asked && asked.error() == errc::cancelled) {
            if (!job.asked.first) put_back(job);  // else the next run finds a first contact by it
            co_return false;
        }
        if (!asked && asked.error() == errc::filtered) {  // by a reload, while it waited
            filtered(job, name);
            co_return true;
        }
        if (!asked) {
            Event event = domain_stats_error(job.alert, text(asked.error()));
            const bool told = tell(job, std::span(&event, 1));
            if (told) given_up(job, asked.error());
            if (options_.otx_always) note_judged(job, Suspicion::none);
            co_return told;
        }
        answer = *std::move(asked);
    }

    const bool is_suspicious = suspicious(answer);
    if (is_suspicious && reputation_ && reputation_->would_ask(name)) {
        // It has to be kept for that: before its event, or a journal that refuses would have it told again.
        const bool kept = co_await keep(job, true);
        if (!kept) co_return false;
    }
    if (worth_an_event(answer)) {
        Event event = domain_stats_event(job.alert, answer);
        if (!tell(job, std::span(&event, 1))) co_return false;
        job.reason = mark_of(answer);
    }
    note_open_age(job, name, answer);
    if (is_suspicious) note_judged(job, suspicion_of(answer));
    co_return true;
}

/// Tells what OTX says, if it says anything. The wait may be long: Domain Stats' event is out already.
task<bool> Enricher::ask_otx(Job& job, const HostName& name) {
    if (!reputation_) co_return true;
    auto known = reputation_->known(name);
    if (!known) {
        const bool kept = co_await keep(job, true);
        if (!kept) co_return false;
        const Clock::time_point limit = job.received + options_.otx_retry_for;
        auto asked = co_await reputation_->ask(name, *job.judged, limit);
        note_backlog();
        if (!asked && asked.error() == errc::cancelled) co_return false;
        if (!asked && asked.error() == errc::queue_full && job.number) {
            put_back(job);  // to the others that do not fit
            co_return false;
        }
        if (!asked && asked.error() == errc::filtered) filtered(job, name);
        if (!asked) co_return true;  // else counted and logged where it was given up
        known = *std::move(asked);
    }
    if (!known->hit()) co_return true;
    Event event = otx_event(job.alert, known->subject, *known->verdict, job.destination);
    co_return tell(job, std::span(&event, 1));
}

/// Before the trip waits for anything the alert is made durable and its sender let go. False when the trip
/// does not go on: it could not be kept, or it is kept and it is not its turn.
task<bool> Enricher::keep(Job& job, bool in_hand, std::optional<Clock::time_point> due) {
    if (job.number || !journal_) co_return true;
    KeptAlert kept{0, job.alert, job.destination, job.received, job.asked.first, due, job.judged, job.hash};
    if (in_hand && !job.judged) kept.taken = wall_seconds(WallClock::now());
    Step step = std::exchange(job.step, Step());
    auto number = co_await journal_->add(std::move(kept), in_hand, std::move(step));
    if (number)
        job.number = *number;
    else if (refusals_.allows(Clock::now()))
        log::warning("alerts that have to wait cannot be kept; they stay in the spool until they can",
                     {{"reason", label(number.error())}, {"detail", number.error().message()}});
    job.ack.settle(number.has_value());
    if (number && !in_hand) note_backlog();
    const bool goes_on = number.has_value() && in_hand;
    co_return goes_on;
}

/// The alert leaves the journal with what it has left; one that never was there leaves only that.
task<bool> Enricher::finish(Job& job) {
    if (job.number) {
        journal_->finish(*job.number, std::exchange(job.step, Step()));
    } else if (!job.step.events.empty() && journal_) {
        Step step = std::exchange(job.step, Step());
        const error failure = co_await journal_->add(std::move(step));
        if (failure) co_return false;
    }
    count_finished(job);
    co_return true;
}

void Enricher::count_finished(const Job& job) {
    ++counts_.finished;
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - job.received).count());
    if (log::enabled(log::Level::debug))
        log::debug("alert finished", {{"id", job.alert.id},
                                      {"agent", job.alert.agent.id},
                                      {"query", job.alert.query},
                                      {"decision", job.decision},
                                      {"reason", job.reason}});
}

/// Nobody answered for retry_for: the alert ends in an error event, and the log says how many did.
void Enricher::given_up(Job& job, const error& failure) {
    ++counts_.given_up;
    job.decision = "error";
    job.reason = label(failure);
    if (given_up_.allows(Clock::now()))
        log::warning("alerts are given up: Domain Stats did not answer within retry_for",
                     {{"given_up", counts_.given_up},
                      {"reason", label(failure)},
                      {"detail", failure.message()},
                      {"kept_back", given_up_.kept_back()}});
}

/// Back into the journal until then, or into it for the first time.
task<void> Enricher::put_off(Job& job, Clock::time_point due) {
    if (job.number)
        put_back(job, due);
    else
        co_await keep(job, false, due);
}

/// Its registry could not be asked: that is done later, and a new domain gives a second event.
void Enricher::note_open_age(Job& job, const HostName& name, const DomainStatsAnswer& answer) {
    if (!ages_ || !answer.age_again_in || answer.verdict.category != unknown_category) return;
    if (ages_->size() >= OpenAges::most) {
        if (ages_refused_.allows(Clock::now()))
            log::warning("too many domains wait for their age; one that is new will not be reported later",
                         {{"domains", ages_->size()}, {"kept_back", ages_refused_.kept_back()}});
        return;
    }
    ages_->expect_one();
    const WallTime now = wall_seconds(WallClock::now());
    job.step.open_age = OpenAge{std::string(name.registrable()), job.alert, now,
                                now + std::chrono::ceil<std::chrono::seconds>(*answer.age_again_in)};
}

bool Enricher::report_late(Job& job, const DomainStatsAnswer& answer) {
    Event event = domain_stats_event(job.alert, answer);
    return tell(job, std::span(&event, 1));
}

/// Domain Stats' part is done: from here on only OTX is left, if it is asked at all.
void Enricher::note_judged(Job& job, Suspicion suspicion) {
    if (!reputation_) return;
    job.judged = suspicion;
    if (job.number) journal_->judged(*job.number, suspicion, std::exchange(job.step, Step()));
}

void Enricher::put_back(const Job& job, std::optional<Clock::time_point> due) {
    if (!job.number) return;
    const auto asked = due ? job.asked.first : std::nullopt;
    journal_->put_back(
        {*job.number, job.alert, job.destination, job.received, asked, due, job.judged, job.hash});
    note_backlog();
}

void Enricher::note_backlog() const {
    if (on_backlog_) on_backlog_();
}

/// Gives all events of an alert to the outputs. It is known before the first is written whether those that
/// an output does not take can be kept. False when they cannot: the alert has to come again.
bool Enricher::tell(Job& job, std::span<Event> events) {
    if (!events.empty()) {
        job.decision = "reported";
        job.reason = events.back().kind;
    }
    std::size_t places = 0;
    for (const Event& event : events) places += sink_.copies(event);
    if (!job.number && journal_ && journal_->room() < places)
        return std::all_of(events.begin(), events.end(),
                           [this](const Event& event) { return sink_.deliver_or_refuse(event); });
    for (Event& event : events)
        for (Undelivered& left : sink_.deliver(std::move(event))) job.step.events.push_back(std::move(left));
    return true;
}

void Enricher::tell_outage(const Alert& alert, const error& failure) {
    if (!notices_.due(cause(failure), Clock::now())) return;
    log::warning("a question to Domain Stats failed",
                 {{"reason", label(failure)}, {"detail", failure.message()}, {"query", alert.query}});
    Step step{sink_.deliver(domain_stats_error(alert, text(failure))), std::nullopt};
    if (!step.events.empty() && journal_) journal_->tell(std::move(step));
}

}  // namespace enrichd
