#include "pipeline/submit.hpp"

#include <utility>

namespace enrichd {

result<Submit::Taken> Submit::take(std::string_view bytes, Destination destination, SourceCounts& counts) {
    auto job = reader_.read(bytes, destination);
    if (!job) {
        const bool nothing = asks_for_nothing(job.error()) || job.error() == errc::own_event;
        if (counts.brings_all && nothing) return job.error();
        counts.count_received(destination);
        counts.rejected.add(label(job.error()));
        return job.error();
    }
    job->source = counts.source;
    const Recent::Seen seen = recent_.take(job->hash);
    if (seen == Recent::Seen::in_work) return Taken{Outcome::in_work};
    if (seen == Recent::Seen::safe) {
        ++counts.duplicates;
        return Taken{Outcome::seen};
    }
    job->ack = Ack(recent_, counts, job->hash, destination);
    if (!pipeline_.at_once(*job)) return Taken{Outcome::waits, *std::move(job)};
    job->ack.settle(true);
    return Taken{Outcome::safe, {}, job->decision.what != Decision().what};
}

void Submit::go_on(Job job, std::unique_ptr<Receiver> receiver) {
    job.ack.report_to(std::move(receiver));
    work_.spawn("alert", finish(std::move(job)));
}

task<void> Submit::finish(Job job) {
    co_await pipeline_.run(job);
}

}  // namespace enrichd
