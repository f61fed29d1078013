#include "soak/mix.hpp"

#include <algorithm>
#include <array>

#include "support/alerts.hpp"

namespace enrichd::test {
namespace {

constexpr std::size_t hot_domains = 300;
constexpr std::size_t farthest_again = 20'000;  // fewer than the daemon knows again

/// SplitMix64: as good as independent for neighbouring numbers.
std::uint64_t scatter(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

struct Share {
    unsigned of_thousand;
    Kind kind;
};
constexpr unsigned again_of_thousand = 20;
/// So few have an event because Wazuh, when it was away, is told at most 1,000 a second of what has waited.
constexpr std::array<Share, 15> shares{{{680, Kind::hot_established},
                                        {15, Kind::hot_new},
                                        {5, Kind::hot_bad},
                                        {3, Kind::hot_idn},
                                        {60, Kind::seen},
                                        {8, Kind::own_new},
                                        {4, Kind::own_bad},
                                        {4, Kind::new_host},
                                        {80, Kind::internal},
                                        {40, Kind::address},
                                        {40, Kind::single_label},
                                        {30, Kind::unknown_suffix},
                                        {10, Kind::nameless},
                                        {15, Kind::not_json},
                                        {6, Kind::response}}};

Kind kind_of(std::uint64_t lot) {
    auto left = static_cast<unsigned>(lot % 1000);
    for (const Share& share : shares) {
        if (left < share.of_thousand) return share.kind;
        left -= share.of_thousand;
    }
    return Kind::hot_established;
}

std::string name_of(Kind kind, std::size_t number, std::uint64_t lot) {
    const std::string own = std::to_string(number);
    const std::string hot = std::to_string(lot % hot_domains);
    const std::string host = std::to_string(lot / hot_domains % 3);
    switch (kind) {
        case Kind::hot_new:
            return "www" + host + ".new-hot" + hot + ".com";
        case Kind::hot_established:
            return "www" + host + ".hot" + hot + ".net";
        case Kind::hot_bad:
            return "bad" + host + ".new-hot" + hot + ".com";
        case Kind::hot_idn:
            return "b\u00fccher" + host + ".new-hot" + hot + ".com";
        case Kind::seen:
            return "www.seen" + own + ".org";
        case Kind::own_new:
            return "new-own" + own + ".com";
        case Kind::own_bad:
            return "bad-own" + own + ".com";
        case Kind::new_host:
            return "host" + own + ".new-shared" + hot + ".com";
        case Kind::internal:
            return "pc" + own + "." + Mix::internal_suffix;
        case Kind::address:
            return "10." + std::to_string(lot % 256) + ".0.1";
        case Kind::single_label:
            return "wpad" + host;
        case Kind::unknown_suffix:
            return "server" + own + ".fabrik";
        case Kind::response:
            return (lot % 2 == 0 ? "bad" : "www") + host + ".new-hot" + hot + ".com";
        case Kind::nameless:
        case Kind::not_json:
            break;
    }
    return {};
}

/// A text with a place for an alert's id and one for its name, in this order.
class Form {
  public:
    Form(const std::string& text, const std::string& id, const std::string& name) {
        const std::size_t at_id = text.find(id);
        const std::size_t at_name = text.find(name);
        begin_ = text.substr(0, at_id);
        middle_ = text.substr(at_id + id.size(), at_name - at_id - id.size());
        end_ = text.substr(at_name + name.size());
    }
    std::string with(const std::string& id, const std::string& name) const {
        std::string out;
        out.reserve(begin_.size() + id.size() + middle_.size() + name.size() + end_.size());
        return out.append(begin_).append(id).append(middle_).append(name).append(end_);
    }

  private:
    std::string begin_;
    std::string middle_;
    std::string end_;
};

constexpr const char* response =
    R"({"version":1,"origin":{"name":"node01","module":"wazuh-execd"},"command":"add","parameters":{)"
    R"("extra_args":[],"alert":{"timestamp":"2026-11-24T04:04:22.734+0000","rule":{"level":5,"groups":)"
    R"(["dnsstat"]},"agent":{"id":"001","name":"pc-17","ip":"10.0.0.1"},"id":"ALERT-ID","data":{)"
    R"("integration":"dnsstat","dnsstat":{"query":"ALERT-NAME","alerts":["YOUR-FIRST-CONTACT"],)"
    R"("category":"NEW"}},"location":"dns_stats"},"program":"active-response/bin/enrich-otx"}})"
    "\n";

}  // namespace

std::string_view MixedAlert::domain() const {
    const std::string_view whole = name;
    const std::size_t one_before = whole.rfind('.', whole.rfind('.') - 1);
    return one_before == std::string_view::npos ? whole : whole.substr(one_before + 1);
}

MixedAlert Mix::alert(std::size_t number) const {
    for (bool again = false;; again = true) {
        const std::uint64_t lot = scatter(seed_ ^ scatter(number));
        if (number > 1 && lot % 1000 < again_of_thousand) {
            number -= 1 + (lot >> 32) % std::min(number - 1, farthest_again);
            continue;
        }
        const Kind kind = kind_of(scatter(lot));
        return {number, kind, again, name_of(kind, number, lot >> 16)};
    }
}

std::string Mix::text(const MixedAlert& alert) {
    static const Form sysmon(alert_for("ALERT-NAME", "ALERT-ID"), "ALERT-ID", "ALERT-NAME");
    static const Form active(response, "ALERT-ID", "ALERT-NAME");
    const std::string id = std::to_string(alert.number);
    switch (alert.kind) {
        case Kind::response:
            return active.with(id, alert.name);
        case Kind::nameless:
            return R"({"id":")" + id +
                   R"(","agent":{"id":"001","name":"pc-17"},"data":{"srcip":"10.0.0.7"}})" + "\n";
        case Kind::not_json:
            return R"({"id":")" + id + R"(","agent":{"id":"001","na)";
        default:
            return sysmon.with(id, alert.name);
    }
}

}  // namespace enrichd::test
