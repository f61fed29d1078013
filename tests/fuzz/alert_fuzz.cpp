// Alerts of the integrator and lines of active responses, to the events that are made of them.
#include "fuzz.hpp"
#include "pipeline/alert_reader.hpp"
#include "sources/files/field_filter.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/otx/otx_event.hpp"

namespace enrichd::fuzz {
namespace {

AlertReaderOptions options() {
    AlertReaderOptions out;
    out.fields.emplace_back("/data/~1a~0b");
    out.fields.emplace_back("/");
    return out;
}

DomainStatsAnswer verdict() {
    DomainStatsAnswer out;
    out.verdict.alerts = {"LOW-FREQ-SCORES"};
    out.verdict.category = "NEW";
    out.first_contact = true;
    return out;
}

OtxVerdict hit() {
    OtxVerdict out;
    Pulse& pulse = out.pulses.emplace_back();
    pulse.id = "65f0a1b2c3d4e5f60718293a";
    pulse.tags = {"loader"};
    out.pulse_count = 1;
    out.reasons = {"1 pulse counted"};
    return out;
}

void look_at(const Job& job) {
    const Alert& alert = job.alert;
    require_text(alert.id, 64);
    require_text(alert.query, 1024);
    require_text(alert.agent.id, 255);
    require_text(alert.agent.name, 255);
    require_text(alert.agent.ip, 255);
    require_text(alert.context, max_context_bytes);
    require(sound_context(alert.context) == alert.context);

    static const DomainStatsAnswer answer = verdict();
    static const OtxVerdict otx = hit();
    const EventDomain domain{"harbour.com"};
    require_event(domain_stats_event(alert, domain, answer));
    require_event(domain_stats_error(alert, domain.name, alert.query));
    require_event(otx_event(alert, domain, OtxSubject::domain, otx, job.destination));
}

void require_same(const Job& one, const Job& other) {
    require(one.alert.id == other.alert.id && one.alert.agent == other.alert.agent &&
            one.alert.query == other.alert.query && one.alert.context == other.alert.context &&
            one.rank == other.rank);
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    static const AlertReader reader(fuzz::options());
    const std::string_view bytes = fuzz::input(data, size);
    // A line of a file that is followed is never held back when a name can be read in it.
    static const AlertReader plain({});
    static const FieldFilter filter(AlertFields::default_pointers());
    if (bytes.find('\n') == std::string_view::npos && plain.read(bytes, Destination::siem))
        fuzz::require(filter.may_hold_name(bytes));
    for (const Destination destination : {Destination::siem, Destination::active_response}) {
        const auto job = reader.read(bytes, destination);
        if (!job) continue;
        fuzz::look_at(*job);
        fuzz::require((job->rank == Suspicion::requested) == (destination == Destination::active_response));
        // Repaired and with blanks behind it, it is the same alert.
        const auto again = reader.read(repaired_utf8(bytes) + " \r\n", destination);
        fuzz::require(again.has_value());
        fuzz::require_same(*job, *again);
        fuzz::require(content_hash(std::string(bytes) + "\n ", destination) == job->hash);
    }
    return 0;
}
