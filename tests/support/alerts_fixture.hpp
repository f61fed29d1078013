// A fixture for the whole way of many alerts, each between a scripted provider, a sink in memory and a real
// state file.
#pragma once

#include <list>
#include <memory>

#include "support/call_when_settled.hpp"
#include "support/pipeline_fixture.hpp"

namespace enrichd::test {

class AlertsFixture : public PipelineFixture {
  protected:
    Job& job(const std::string& query) {
        Job& one = jobs_.emplace_back();
        one.alert = {std::to_string(jobs_.size()), {"001", "pc", "10.0.0.1"}, query};
        one.received = Clock::now();
        one.ack.report_to(
            std::make_unique<CallWhenSettled>([this](bool safe) { ++(safe ? safe_ : refused_); }));
        return one;
    }
    /// Starts an alert; it goes on while the loop runs.
    Job& start(const std::string& query) {
        Job& one = job(query);
        work_.spawn("alert", process(one));
        io_.restart();
        io_.poll();
        return one;
    }
    task<void> process(Job& one) {
        const bool done = co_await pipeline_.run(one);
        if (done) ++finished_;
    }

    task<void> wait_as_client(Job& one, HostName name) { co_await verdicts_.ask(std::move(name), one); }

    /// Ten thousand wait in memory.
    static ReputationOptions roomy() {
        ReputationOptions options;
        options.max_questions = options.max_waiting = 20'000;
        return options;
    }

    int safe_ = 0;
    int refused_ = 0;
    int finished_ = 0;
    std::list<Job> jobs_;  // the last: they tell how they ended
};

}  // namespace enrichd::test
