// The ends of the pipeline as tests play them: a provider and an HTTP server that answer from lists, a sink
// that remembers.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "net/tasks.hpp"
#include "pipeline/sink.hpp"
#include "stages/domain_stats/provider.hpp"

namespace enrichd::test {

class ScriptedProvider final : public Provider {
  public:
    task<result<DomainStatsAnswer>> ask(const HostName& name, Ticket& ticket) override {
        const error forbidden = ticket.may_send ? ticket.may_send() : error();
        if (forbidden) co_return forbidden;
        asked_for.emplace_back(name.registrable());
        names.push_back(name.text());
        for_alert.push_back(ticket.for_alert);
        ticket.asked.first = ticket.asked.first.value_or(wall_seconds(WallClock::now()));
        ++ticket.asked.times;
        const unsigned number = ++in_flight;
        most_in_flight = std::max(most_in_flight, number);
        auto answer_now = co_await answer_to(asked_for.back());
        --in_flight;
        co_return answer_now;
    }
    task<result<DomainStatsAnswer>> answer_to(std::string domain) {
        if (hanging && hanging(domain)) {
            const auto woken = wakes;
            bool slept = true;
            while (slept && woken == wakes)
                slept = co_await sleep_until(Clock::now() + std::chrono::milliseconds(1));
            co_return slept ? errc::deadline : errc::cancelled;
        }
        if (silent) {
            co_await sleep_until(Clock::now() + std::chrono::hours(1));
            co_return errc::cancelled;
        }
        if (takes > Clock::duration::zero()) co_await sleep_until(Clock::now() + takes);
        if (failing)
            if (const error failure = failing(domain)) co_return failure;
        if (answers.empty()) co_return answer("ESTABLISHED", true);
        auto next = std::move(answers.front());
        answers.pop_front();
        co_return next;
    }
    task<result<void>> probe() override {
        ++probes;
        if (!there) co_return errc::refused;
        co_return result<void>();
    }

    static DomainStatsAnswer answer(std::string category, bool first_contact) {
        DomainStatsAnswer out;
        out.verdict.category = std::move(category);
        out.first_contact = first_contact;
        return out;
    }

    std::deque<result<DomainStatsAnswer>> answers;     // when it is empty: a first contact
    std::function<error(const std::string&)> failing;  // by the domain
    std::function<bool(const std::string&)> hanging;   // by the domain: a timeout, when wakes goes up
    unsigned wakes = 0;
    std::vector<std::string> asked_for;
    std::vector<std::string> names;  // the same, whole
    std::vector<bool> for_alert;
    unsigned in_flight = 0;
    unsigned most_in_flight = 0;
    Clock::duration takes{};
    bool silent = false;
    bool there = true;
    int probes = 0;
};

class ScriptedHttp final : public Http {
  public:
    task<result<HttpResponse>> call(HttpCall call) override {
        const std::string target = std::move(call.target);
        while (before_send) {  // a connection is being opened
            const bool slept = co_await sleep_until(Clock::now() + std::chrono::milliseconds(1));
            if (!slept) co_return errc::cancelled;
        }
        const error forbidden = call.before_send ? call.before_send() : error();
        if (forbidden) co_return forbidden;
        targets.push_back(target);
        if (silent) {
            const auto woken = wakes;
            bool slept = true;
            while (slept && woken == wakes)
                slept = co_await sleep_until(Clock::now() + std::chrono::milliseconds(1));
            if (!slept) co_return errc::cancelled;
        }
        for (const auto& [name, failure] : failing)
            if (target.find("/" + name + "/") != std::string::npos) co_return failure;
        if (answers.empty()) co_return otherwise;
        auto answer = std::move(answers.front());
        answers.pop_front();
        co_return answer;
    }

    static HttpResponse json(std::string body, unsigned status = 200) {
        return {status, "application/json", "Tue, 24 Nov 2026 12:00:10 GMT", {}, std::move(body)};
    }

    /// Those that were asked in silence are answered.
    void wake(result<HttpResponse> answer) {
        answers.push_front(std::move(answer));
        ++wakes;
    }

    bool before_send = false;
    unsigned wakes = 0;
    std::map<std::string, error> failing;  // by what stands in the target
    std::deque<result<HttpResponse>> answers;
    result<HttpResponse> otherwise = errc::refused;  // when the list is empty
    std::vector<std::string> targets;
    bool silent = false;
};

class ListSink final : public Sink {
  public:
    explicit ListSink(Outbox& outbox) : outbox_(outbox) {}

    std::vector<Undelivered> deliver(Event event) override {
        if (full || std::exchange(fails_once, false)) {
            outbox_.claim(name);
            return {{name, std::move(event)}};
        }
        events.push_back(std::move(event));
        return {};
    }
    std::size_t copies(const Event&) const override { return places; }
    bool deliver_or_refuse(const Event& event) override {
        (full ? refused : events).push_back(event);
        return !full;
    }
    std::size_t with(std::string_view text) const {
        std::size_t count = 0;
        for (const Event& event : events) count += event.json.find(text) != std::string::npos ? 1 : 0;
        return count;
    }

    static constexpr std::string_view name = "list";
    std::vector<Event> events;
    std::vector<Event> refused;
    std::size_t places = 1;  // that an event needs in the outbox
    bool full = false;
    bool fails_once = false;  // nobody knew that it would

  private:
    Outbox& outbox_;
};

}  // namespace enrichd::test
