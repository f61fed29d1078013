#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/alert.hpp"

namespace enrichd {
namespace {

using Path = std::vector<std::string>;

std::string unescaped(std::string_view token) {
    std::string key;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1'))
            key.push_back(token[++i] == '0' ? '~' : '/');
        else
            key.push_back(token[i]);
    }
    return key;
}

}  // namespace

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
        "/data/qname"};
    return pointers;
}

AlertFields::AlertFields() : AlertFields(default_pointers()) {}

AlertFields::AlertFields(const std::vector<std::string>& pointers) {
    for (const std::string& pointer : pointers) {
        if (paths_.size() == most) return;
        Path path;
        for (std::size_t at = 0; at < pointer.size();) {
            const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
            path.push_back(unescaped(std::string_view(pointer).substr(at + 1, end - at - 1)));
            at = end;
        }
        paths_.push_back(std::move(path));
    }
}

bool AlertFields::valid(std::string_view pointer) {
    if (pointer.size() < 2 || pointer.front() != '/') return false;
    for (std::size_t at = pointer.find('~'); at != std::string_view::npos; at = pointer.find('~', at + 1))
        if (const std::string_view escape = pointer.substr(at, 2); escape != "~0" && escape != "~1")
            return false;
    return true;
}

AlertFields AlertFields::within_active_response() const {
    AlertFields out{std::vector<std::string>{"/parameters/alert/data/dnsstat/query"}};
    for (const Path& path : paths_) {
        Path within{"parameters", "alert"};
        within.insert(within.end(), path.begin(), path.end());
        out.paths_.push_back(std::move(within));
    }
    return out;
}

}  // namespace enrichd
