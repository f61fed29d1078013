#include "admin/label_values.hpp"

#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "base/errc.hpp"
#include "model/gate.hpp"

namespace enrichd {
namespace {

struct Row {
    std::string_view value;
    std::string_view meaning;
};

/// Those that are no error's label.
constexpr std::array rows{
    Row{"ok", "the request succeeded"},
    Row{"failed", "the request failed"},
    Row{"hit", "the cache had the verdict; of requests: the upstream lists the name"},
    Row{"miss", "the cache did not have the verdict; of requests: the upstream does not list the name"},
    Row{"not_found", "the server does not know the name or page (404)"},
    Row{"name_refused", "the upstream does not take the name for one (400)"},
    Row{"stats", "the page of statistics was requested"},
    Row{"answered", "the request was answered"},
    Row{"bad", "no request of HTTP, or a TLS handshake that failed"},
    Row{"without_password", "the request had no password, or a wrong one"},
    Row{"refused", "the name is not looked up"},
    Row{"accept_failed", "a connection could not be accepted"},
    Row{"too_late", "the time to wait for an answer was over"},
    Row{"failures", "the upstream failed for this name again and again, and answered others"},
    Row{"log_damaged", "the write-ahead log of the state file was damaged when it was opened"},
    Row{"full", "to make room for others"},
    Row{"expired", "too old"},
    Row{"copy", "the last good copy of the list could not be written"},
    Row{"repeat",
        "the same findings were reported within policy.repeat_after; or another list gave events for the "
        "name"},
    Row{"too_many", "one load of a list had more of them than give events"},
    Row{"allowed", "the name is allowed, by a list or the allowlist"},
    Row{"known", "the domain is treated as established; of shared questions: another host had the answer"},
    Row{"alone", "this host decided by itself: the shared state server was down, or did not answer in time"},
    Row{"ask", "this host was to ask"},
    Row{"asked_by_another", "another host was asking"},
    Row{"quota", "the quota of all hosts was spent"},
    Row{"ours", "this host reports it"},
    Row{"another_host", "another host reports the same alert"},
    Row{"reported", "another host has reported the first contact"},
    Row{"claimed", "another host was about to report the first contact"},
    Row{"learning", "the time of policy.learn_for is not over"},
    Row{"off", "policy.report says off"},
    Row{"label", "policy.report says label"},
    Row{"first_contact", "nobody here asked for the domain before"},
    Row{"low_frequency", "the name looks random"},
    Row{"suspect_frequency", "the name looks unusual"},
    Row{"new", "the domain was registered lately"},
    Row{"list", "a local list has the name"},
    Row{"otx", "OTX lists the name"},
    Row{"isc_first_seen", "the Internet Storm Center saw the domain lately for the first time"},
    Row{"isc_warning", "the Internet Storm Center warns of the domain"},
    Row{"nxdomain_burst", "an agent asked for many new domains that do not exist"},
    Row{"tunnel", "names below one domain carry data"},
    Row{"other", "another alert of a Domain Stats server"},
    Row{"system", "an error of the operating system; the log has it"},
};

constexpr std::array<std::pair<Refusal, std::string_view>, 7> filtered{
    std::pair{Refusal::skip_suffix, "the name is under one of gate.skip_suffixes"},
    {Refusal::ip_literal, "the name is an IP address"},
    {Refusal::single_label, "the name has one label"},
    {Refusal::reverse_zone, "the name is in a reverse zone"},
    {Refusal::special_use, "the name is reserved (RFC 6761 and others)"},
    {Refusal::unknown_suffix, "the public suffix list does not know the last label"},
    {Refusal::public_suffix, "the name is a public suffix, so nobody registered it"},
};

}  // namespace

std::string label_values() {
    std::map<std::string_view, std::string> meanings;
    const auto add = [&](std::string_view value, const std::string& meaning) {
        std::string& all = meanings[value];
        if (all.find(meaning) == std::string::npos) all += (all.empty() ? "" : "; or ") + meaning;
    };
    for (const Row& row : rows) add(row.value, std::string(row.meaning));
    for (const auto& [reason, meaning] : filtered) add(label(reason), std::string(meaning));
    for (int value = 1; value < static_cast<int>(errc::last_); ++value) {
        const error one(static_cast<errc>(value));
        add(label(one), one.message());
    }
    std::string out = "| value | meaning |\n| --- | --- |\n";
    for (const auto& [value, meaning] : meanings)
        out.append("| `").append(value).append("` | ").append(meaning).append(" |\n");
    return out;
}

}  // namespace enrichd
