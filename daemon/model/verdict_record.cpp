#include "model/verdict_record.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace enrichd {
namespace {

using nlohmann::json;

/// Walks the fields of a verdict, once for writing and once for reading: what is written is what is read.
class Writer {
  public:
    template <class T>
    void operator()(const char* name, const T& value) {
        if (value != T()) out_[name] = value;
    }
    std::string text() const { return out_.dump(-1, ' ', false, json::error_handler_t::replace); }
    json& value() { return out_; }

  private:
    json out_ = json::object();
};

class Reader {
  public:
    explicit Reader(const json& in) : in_(in) {}
    template <class T>
    void operator()(const char* name, T& value) {
        if (const auto found = in_.find(name); found != in_.end()) found->get_to(value);
    }
    /// Nothing that would have to be rounded, or is no count.
    void operator()(const char* name, std::size_t& value) {
        if (const auto found = in_.find(name); found != in_.end())
            value = found->get_ref<const json::number_unsigned_t&>();
    }

  private:
    const json& in_;
};

template <class Visitor, class Verdict>
void visit_domain_stats(Visitor&& field, Verdict& verdict) {
    field("alerts", verdict.alerts);
    field("category", verdict.category);
    field("freq_scores", verdict.freq_scores);
    field("freq_text", verdict.freq_text);
    field("seen_by_isc", verdict.seen_by_isc);
    field("seen_by_web", verdict.seen_by_web);
    field("seen_by_you", verdict.seen_by_you);
    field("age_failure", verdict.age_failure);
    field("truncated", verdict.truncated);
}

template <class Visitor, class PulseType>
void visit_pulse(Visitor&& field, PulseType& pulse) {
    field("id", pulse.id);
    field("name", pulse.name);
    field("author", pulse.author);
    field("modified", pulse.modified);
    field("tags", pulse.tags);
    field("malware_families", pulse.malware_families);
    field("attack_ids", pulse.attack_ids);
    field("adversary", pulse.adversary);
    field("tlp", pulse.tlp);
    field("cloned_from", pulse.cloned_from);
}

template <class Visitor, class Verdict>
void visit_otx(Visitor&& field, Verdict& verdict) {
    field("pulse_count", verdict.pulse_count);
    field("reasons", verdict.reasons);
    field("sections", verdict.sections);
    field("type", verdict.type);
    field("refused", verdict.refused);
}

/// What an event can hold: an object, and no larger than parse_otx leaves one.
bool base_indicator(std::string_view text) {
    constexpr std::size_t most = 2048;
    return text.size() <= most && text.starts_with('{') && json::accept(text);
}

/// Reads a record that may be of any make: the library's exceptions end here.
template <class Verdict, class Read>
result<Verdict> read_record(std::string_view record, Read read) {
    const json in = json::parse(record, nullptr, false);
    if (in.is_discarded()) return errc::body_not_json;
    if (!in.is_object()) return errc::body_wrong_shape;
    try {
        Verdict verdict;
        read(in, verdict);
        return verdict;
    } catch (const json::exception&) {
        return errc::body_wrong_shape;
    }
}

}  // namespace

std::string to_record(const OtxVerdict& verdict) {
    Writer out;
    visit_otx(out, verdict);
    out("confidence", static_cast<int>(verdict.confidence));
    out("base_indicator", verdict.base_indicator);
    for (const Pulse& pulse : verdict.pulses) {
        Writer one;
        visit_pulse(one, pulse);
        one.value()["active"] = pulse.active;
        out.value()["pulses"].push_back(std::move(one.value()));
    }
    return out.text();
}

result<DomainStatsVerdict> domain_stats_verdict_of(std::string_view record) {
    return read_record<DomainStatsVerdict>(
        record, [](const json& in, DomainStatsVerdict& verdict) { visit_domain_stats(Reader(in), verdict); });
}

result<OtxVerdict> otx_verdict_of(std::string_view record) {
    auto read = read_record<OtxVerdict>(record, [](const json& in, OtxVerdict& verdict) {
        Reader field(in);
        visit_otx(field, verdict);
        field("base_indicator", verdict.base_indicator);
        std::size_t confidence = 0;
        field("confidence", confidence);
        if (confidence <= static_cast<std::size_t>(Confidence::high))
            verdict.confidence = static_cast<Confidence>(confidence);
        const json none = json::array();
        for (const json& one : in.contains("pulses") ? in["pulses"] : none) {
            Reader pulse_field(one);
            Pulse& pulse = verdict.pulses.emplace_back();
            visit_pulse(pulse_field, pulse);
            pulse_field("active", pulse.active);
        }
    });
    if (read && !base_indicator(read->base_indicator)) return errc::body_wrong_shape;
    return read;
}

}  // namespace enrichd
