#include "wazuh/event_rules.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace enrichd::wazuh {
namespace {

constexpr std::string_view block_begin = "<!-- events: ";
constexpr std::string_view comment_end = " -->";

/// A rule or a group that must be loaded before ours, or must not be.
struct RuleCondition {
    bool wanted = true;
    bool is_group = false;
    std::string name{};
};

/// One kind's rules that stand or fall together: from one mark to the next.
struct Block {
    std::string kind{};
    std::vector<RuleCondition> conditions{};
    std::string text{};
};

struct Shipped {
    std::string head{};  // a comment
    std::vector<Block> blocks{};
};

/// "named; needs rule 12138; unless group other"
Block block_of(std::string mark) {
    Block block;
    mark += ';';
    for (std::size_t from = 0, end = 0; (end = mark.find(';', from)) != std::string::npos; from = end + 1) {
        const std::string part = trimmed(mark.substr(from, end - from));
        const std::size_t last = part.rfind(' ');
        if (from == 0)
            block.kind = part;
        else
            block.conditions.push_back({part.starts_with("needs "), part.find(" group ") != std::string::npos,
                                        part.substr(last + 1)});
    }
    return block;
}

Shipped read_shipped() {
    const std::string text(event_rules_text());
    Shipped out;
    std::size_t at = text.find(block_begin);
    out.head = text.substr(0, at);
    while (at != std::string::npos) {
        const std::size_t next = text.find(block_begin, at + 1);
        const std::size_t from = at + block_begin.size();
        Block block = block_of(text.substr(from, text.find(comment_end, from) - from));
        block.text = text.substr(at, next == std::string::npos ? next : next - at);
        out.blocks.push_back(std::move(block));
        at = next;
    }
    return out;
}

const Shipped& shipped() {
    static const Shipped once = read_shipped();
    return once;
}

/// Wazuh attaches a rule to those that it has read before.
bool is_read_before_ours(const LoadedRule& one, const Home& home) {
    return one.file.parent_path() != home.rules_directory() ||
           one.file.filename() < home.event_rules().filename();
}

bool is_loaded(const RuleCondition& condition, const RuleSet& rules, const Home& home) {
    const auto fits = [&](const LoadedRule& one) {
        if (one.file == home.event_rules() || !is_read_before_ours(one, home)) return false;
        const auto& groups = one.rule.groups;
        return condition.is_group ? std::find(groups.begin(), groups.end(), condition.name) != groups.end()
                                  : one.rule.id == condition.name;
    };
    return std::any_of(rules.rules().begin(), rules.rules().end(), fits);
}

/// The first condition that does not hold.
std::optional<RuleCondition> obstacle_of(const Block& block, const RuleSet& rules, const Home& home) {
    for (const RuleCondition& one : block.conditions)
        if (is_loaded(one, rules, home) != one.wanted) return one;
    return std::nullopt;
}

}  // namespace

const std::vector<EventKind>& event_kinds() {
    static const std::vector<EventKind> kinds{
        {"suricata", {"/data/dns/rrname", "/data/dns/queries/-/rrname", "/data/dns/query/-/rrname"}},
        {"suricata-tls", {"/data/tls/sni"}},
        {"suricata-http", {"/data/http/hostname"}},
        {"packetbeat", {"/data/dns/question/name"}},
        {"packetbeat-tls", {"/data/tls/client/server_name"}},
        {"zeek", {"zeek:/data/query"}},
        {"zeek-tls", {"zeek:/data/server_name"}},
        {"dns-client",
         {"/data/win/eventdata/queryName"},
         "the agents must collect the channel Microsoft-Windows-DNS-Client/Operational"},
        {"unbound", {"/data/url"}, "unbound needs log-queries: yes"},
        {"named", {"/data/url"}, "BIND needs querylog yes; check with wazuh-logtest that data.url is there"},
        {"technitium", {"/data/dns/question/questionName", "/data/dns/question/-/name", "/data/qname"}},
        {"pihole",
         {"/data/data"},
         "Wazuh has no decoder for dnsmasq: yours must fill in action (query); the name is expected in data"},
    };
    return kinds;
}

std::vector<std::string> event_kind_names() {
    std::vector<std::string> out;
    for (const EventKind& one : event_kinds()) out.push_back(one.name);
    return out;
}

bool is_event_kind(const std::string& name) {
    const auto& all = event_kinds();
    return std::any_of(all.begin(), all.end(), [&](const EventKind& one) { return one.name == name; });
}

std::vector<EventKind> event_kinds_named(const std::vector<std::string>& names) {
    std::vector<EventKind> out;
    for (const EventKind& one : event_kinds())
        if (std::find(names.begin(), names.end(), one.name) != names.end()) out.push_back(one);
    return out;
}

EventRules event_rules_for(const std::vector<std::string>& kinds, const RuleSet& rules, const Home& home) {
    EventRules out;
    for (const EventKind& kind : event_kinds_named(kinds)) {
        bool any = false;
        std::string lacks;
        for (const Block& block : shipped().blocks) {
            if (block.kind != kind.name) continue;
            const auto obstacle = obstacle_of(block, rules, home);
            if (!obstacle) {
                any = true;
                out.text += block.text;
            } else if (obstacle->wanted) {
                lacks = kind.name + ": " + (obstacle->is_group ? "a rule of group " : "rule ") +
                        obstacle->name + " is not loaded before " + home.event_rules().filename().string();
            }
        }
        (any ? out.kinds : out.missing).push_back(any ? kind.name : lacks);
    }
    if (!out.text.empty()) out.text = shipped().head + out.text;
    return out;
}

bool are_shipped_event_rules(const std::string& text) {
    std::string again = shipped().head;
    for (const Block& block : shipped().blocks)
        if (text.find(block.text) != std::string::npos) again += block.text;
    return text == again;
}

}  // namespace enrichd::wazuh
