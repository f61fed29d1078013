#include "model/alert_fields.hpp"

#include <algorithm>
#include <utility>

namespace enrichd {
namespace {

using Kind = AlertTarget::Kind;

constexpr std::string_view zeek_prefix = "zeek:";
constexpr std::string_view from_port_53_prefix = "from_port_53:";

/// Wazuh's decoder leaves one more level of JSON's escapes in the data of Windows' events.
bool of_windows(std::string_view pointer) {
    return pointer.find("/eventdata/") != std::string_view::npos;
}

/// What an event of our own says of the alert that it was made for.
std::string in_own_event(std::string_view name) {
    return "/data/dnsstat/source/" + std::string(name);
}

}  // namespace

FieldEntry field_entry(std::string_view entry) {
    if (entry.starts_with(zeek_prefix)) return {Condition::zeek, entry.substr(zeek_prefix.size())};
    if (entry.starts_with(from_port_53_prefix))
        return {Condition::from_port_53, entry.substr(from_port_53_prefix.size())};
    return {Condition::none, entry};
}

bool valid_field(std::string_view entry) {
    const std::string_view pointer = field_entry(entry).pointer;
    if (pointer.size() < 2 || pointer.front() != '/') return false;
    for (std::size_t at = pointer.find('~'); at != std::string_view::npos; at = pointer.find('~', at + 1))
        if (const std::string_view escape = pointer.substr(at, 2); escape != "~0" && escape != "~1")
            return false;
    return true;
}

const std::vector<std::string>& AlertFields::default_pointers() {
    static const std::vector<std::string> pointers{
        "/data/win/eventdata/queryName",  // Sysmon and the DNS client of Windows
        "/data/win/eventdata/QueryName",
        "/data/dnsstat/query",         // an event of our own, for an active response
        "/data/dns/question/name",     // packetbeat
        "/data/dns/rrname",            // Suricata, version 2 of its events
        "/data/dns/queries/-/rrname",  // version 3
        "/data/dns/query/-/rrname",    // alerts of Suricata 6 and 7
        "/data/dns/question/-/name",
        "/data/dns/question/questionName",  // Technitium
        "/data/eventdata/queryName",
        "/data/gcp/jsonPayload/queryName",
        "/data/query/hostname",  // Route 53 by Amazon Security Lake
        "/data/qname",
        "zeek:/data/query",              // dns.log
        "/data/tls/sni",                 // Suricata
        "/data/tls/client/server_name",  // packetbeat
        "/data/http/hostname",           // Suricata
        "zeek:/data/server_name",        // ssl.log
        "zeek:/data/host"};              // http.log
    return pointers;
}

ContextPointers::ContextPointers()
    : process{"/data/win/eventdata/image", "/data/eventdata/image", "/data/process/executable",
              "/data/process/name"},
      user{"/data/win/eventdata/user", "/data/eventdata/user"},
      query_status{"/data/win/eventdata/queryStatus",
                   "/data/eventdata/queryStatus",
                   "/data/dns/rcode",          // Suricata
                   "/data/dns/response_code",  // packetbeat
                   "/data/dns/rCode",          // Technitium
                   "zeek:/data/rcode_name",
                   "/data/gcp/jsonPayload/responseCode"},
      answers{"/data/win/eventdata/queryResults",
              "/data/eventdata/queryResults",
              "/data/dns/answers/-/rdata",       // Suricata
              "/data/dns/answers/-/data",        // packetbeat
              "/data/dns/answers/-/recordData",  // Technitium
              "/data/dns/grouped/A",
              "/data/dns/grouped/AAAA",
              "/data/dns/grouped/CNAME",
              "/data/dns/rdata",
              "zeek:/data/answers",
              "/data/answers/-/rdata"},     // Route 53
      client{"from_port_53:/data/dest_ip",  // of an answer that Suricata 8 saw, src_ip is the server
             "/data/src_ip",
             "/data/client/ip",     // packetbeat
             "/data/dns/clientIp",  // Technitium
             "zeek:/data/id.orig_h",
             "zeek:/data/id/orig_h",  // Wazuh makes objects of dots
             "zeek:/data/id_orig_h",
             "/data/srcip",  // decoders of Wazuh's own: unbound, named, FortiGate
             "/data/gcp/jsonPayload/sourceIP",
             "/data/src_endpoint/ip"} {}  // Route 53

AlertFields::AlertFields() : AlertFields(default_pointers()) {}

AlertFields::AlertFields(std::vector<std::string> names, ContextPointers context)
    : AlertFields(std::move(names), std::move(context), false) {}

AlertFields::AlertFields(std::vector<std::string> names, ContextPointers context, bool response)
    : names_(std::move(names)), context_(std::move(context)), response_(response) {
    names_.resize(std::min(names_.size(), most));
    add("/id", {Kind::id});
    add("/agent/id", {Kind::agent_id});
    add("/agent/name", {Kind::agent_name});
    add("/agent/ip", {Kind::agent_ip});
    add("/data/integration", {Kind::integration});
    if (response) {
        targets_.push_back({Kind::command});
        tree_.add(keys_of("/command"), static_cast<std::uint32_t>(targets_.size() - 1));
    }
    add_conditions();
    add_names();
    add_context(ContextField::rule, {"/rule/id"});
    add_context(ContextField::level, {"/rule/level"});
    add_context(ContextField::time, {"/timestamp"});
    add_context(ContextField::process, context_.process);
    add_context(ContextField::user, context_.user);
    add_context(ContextField::query_status, context_.query_status);
    add_context(ContextField::answers, context_.answers);
    add_context(ContextField::client, context_.client);
}

AlertFields AlertFields::within_active_response() const {
    return AlertFields(names_, context_, true);
}

void AlertFields::add(std::string_view pointer, AlertTarget target) {
    std::vector<std::string> path = keys_of(pointer);
    if (response_) path.insert(path.begin(), {"parameters", "alert"});
    targets_.push_back(target);
    tree_.add(path, static_cast<std::uint32_t>(targets_.size() - 1));
    if (target.kind == Kind::name) paths_.push_back(std::move(path));
}

void AlertFields::add_conditions() {
    for (const char* pointer :
         {"/data/uid", "/data/bro_engine", "/data/id.orig_h", "/data/id/orig_h", "/data/id_orig_h"})
        add(pointer, {Kind::condition, Condition::zeek});
    AlertTarget port{Kind::condition, Condition::from_port_53};
    port.value = "53";
    add("/data/src_port", port);
}

void AlertFields::add_names() {
    AlertTarget target{Kind::name};
    if (response_) add("/data/dnsstat/query", target);
    for (const std::string& name : names_) {
        const FieldEntry entry = field_entry(name);
        target.needs = entry.needs;
        ++target.preference;
        add(entry.pointer, target);
    }
}

void AlertFields::add_context(ContextField field, const std::vector<std::string>& entries) {
    AlertTarget target{Kind::context};
    target.field = field;
    if (response_ && field >= ContextField::process) add(in_own_event(name_of(field)), target);
    for (std::size_t i = 0; i < std::min(entries.size(), ContextPointers::most); ++i) {
        const FieldEntry entry = field_entry(entries[i]);
        target.needs = entry.needs;
        target.escaped_twice = of_windows(entry.pointer);
        ++target.preference;
        add(entry.pointer, target);
    }
}

}  // namespace enrichd
