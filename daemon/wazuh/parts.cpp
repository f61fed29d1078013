#include "wazuh/parts.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <system_error>

#include "cli/terminal.hpp"
#include "pipeline/alert_reader.hpp"
#include "wazuh/event_rules.hpp"
#include "wazuh/ossec_conf.hpp"
#include "wazuh/place_file.hpp"

namespace enrichd::wazuh {
namespace {

constexpr unsigned program_mode = 0750;
constexpr unsigned rules_mode = 0660;
constexpr std::string_view in_each_shim = WIRE_DEFAULT_SOCKET;  // tells our shim of another program
// Of 0.1.0: an installation may have lost the record of what it put there.
constexpr std::array<std::uint64_t, 1> released_rules{0xddd83eb4706b97abU};

std::uint64_t hash_of(std::string_view bytes) {
    return content_hash(bytes, Destination::siem);
}

bool are_shipped_rules(const std::string& rules) {
    return rules == rules_for(AlertSource::integration) || rules == rules_for(AlertSource::archives) ||
           std::find(released_rules.begin(), released_rules.end(), hash_of(rules)) != released_rules.end();
}

/// Nobody has changed them since we put them there, or since they were released.
bool unchanged(const std::string& rules, const RuleFile& file, std::uint64_t put_before) {
    return hash_of(rules) == put_before || file.is_shipped(rules);
}

std::string before_ours(const std::filesystem::path& where) {
    return where.string() + ".before-enrichd";
}

/// Of the original integration's rule files, which ours replace.
bool is_of_the_original(const Rule& rule) {
    return rule.fields.find("integration=") != std::string::npos ||
           rule.group_text.find("dnsstat") != std::string::npos ||
           rule.group_text.find("alienvault") != std::string::npos;
}

/// What has to be said when rules of ours would not be accepted, or cannot be written.
std::string put_rules(const Home& home, const RuleFile& file, const std::optional<std::string>& there) {
    const passwd* user = ::getpwnam(home.account.c_str());
    const auto put = [&](std::string_view text) {
        return place_file(file.path, text, user ? user->pw_uid : 0, static_cast<unsigned>(home.group()),
                          rules_mode);
    };
    if (std::string why = put(file.text); !why.empty()) return why;
    // A mistake in a rule would keep the whole manager from starting.
    const std::string no = objection(home);
    if (no.empty()) return {};
    const std::string not_back = there ? put(*there) : std::string();
    if (!there) ::unlink(file.path.c_str());
    return no + (not_back.empty() ? "; it is as it was" : "; and it is not as it was: " + not_back);
}

}  // namespace

RuleSet rules_of(const Home& home) {
    const auto text = bytes_of(home.conf_file().path);
    std::string unused;
    return RuleSet::load(home, text ? read_ossec_conf(*text, unused) : std::nullopt);
}

RuleFile rule_file(const Home& home, AlertSource source) {
    return {home.rules(), rules_for(source), are_shipped_rules};
}

RuleFile event_rule_file(const Home& home, const std::string& text) {
    return {home.event_rules(), text, are_shipped_event_rules};
}

bool is_our_shim(const std::string& bytes) {
    return bytes.find(in_each_shim) != std::string::npos;
}

void place_shim(const Home& home, const std::filesystem::path& where, const std::string& shim, Steps& steps) {
    const auto there = bytes_of(where);
    if (is_there(where) && !(there && is_our_shim(*there))) {  // a link is a program too
        const std::string old = before_ours(where);
        if (is_there(old))
            return steps.failed(
                where, "is another program, and " + old + " is there already: move one of them away");
        std::error_code failure;
        std::filesystem::rename(where, old, failure);
        if (failure)
            return steps.failed(where, "is another program, and cannot be moved away: " + failure.message());
        steps.done(old, "the program that was there");
    }
    const auto group = static_cast<unsigned>(home.group());
    const std::string why = place_file(where, shim, 0, group, program_mode);
    if (why.empty())
        steps.done(where, rights(where));
    else
        steps.failed(where, why);
}

void remove_shim(const std::filesystem::path& where, Steps& steps) {
    if (!is_there(where)) return;
    const auto there = bytes_of(where);
    if (!there || !is_our_shim(*there)) return steps.kept(where, "is not ours");
    if (::unlink(where.c_str()) != 0) return steps.failed(where, last_error().message());
    const std::string old = before_ours(where);
    if (!is_there(old)) return steps.done(where, "removed");
    std::error_code failure;
    std::filesystem::rename(old, where, failure);
    if (failure) return steps.failed(where, old + " cannot be put back: " + failure.message());
    steps.done(where, "the program that was there before is back");
}

std::uint64_t place_rules(const Home& home, const RuleFile& file, std::uint64_t put_before, Steps& steps) {
    const auto there = bytes_of(file.path);
    if (file.text.empty()) {
        remove_rules(file, put_before, steps);
        return 0;
    }
    if (!there && is_there(file.path)) {
        steps.failed(file.path, "is no regular file that can be read: move it away");
        return put_before;
    }
    if (there && !unchanged(*there, file, put_before)) {
        const auto beside = file.path.string() + ".new";
        const std::string why =
            place_file(beside, file.text, 0, static_cast<unsigned>(home.group()), rules_mode);
        steps.kept(file.path, "somebody has changed it; the new one is " + (why.empty() ? beside : why));
        return put_before;
    }
    if (const std::string why = put_rules(home, file, there); !why.empty()) {
        steps.failed(file.path, why);
        return put_before;
    }
    steps.done(file.path, rights(file.path));
    return hash_of(file.text);
}

void remove_rules(const RuleFile& file, std::uint64_t put_before, Steps& steps) {
    std::error_code none_then;
    std::filesystem::remove(file.path.string() + ".new", none_then);
    if (!is_there(file.path)) return;
    const auto there = bytes_of(file.path);
    if (!there || !unchanged(*there, file, put_before))
        return steps.kept(file.path, "somebody has changed it");
    if (::unlink(file.path.c_str()) != 0) return steps.failed(file.path, last_error().message());
    steps.done(file.path, "removed");
}

void note_orphans(const Home& home, Steps& steps) {
    const RuleSet set = rules_of(home);
    std::string unused;
    for (const std::string_view text : {rules_text(), event_rules_text()}) {
        const auto ours = read_rules(std::string(text), unused);
        for (const LostRule& one : set.lost())
            if (ours && std::any_of(ours->begin(), ours->end(),
                                    [&](const Rule& rule) { return rule.id == one.parent; }))
                steps.note(
                    "\nRule " + fit_for_terminal(one.id) + " in " + fit_for_terminal(one.file.string()) +
                    " refers to rule " + one.parent +
                    " of enrichd, which is removed. Remove that reference: Wazuh leaves such a rule out, or "
                    "does not start\n");
    }
}

void look_at_other_rules(const Home& home, Steps& steps) {
    const RuleSet set = rules_of(home);
    std::map<std::filesystem::path, std::string> same;
    std::map<std::filesystem::path, std::filesystem::path> ours;
    std::map<std::filesystem::path, bool> original;
    const auto is_ours = [&](const std::filesystem::path& file) {
        return file == home.rules() || file == home.event_rules();
    };
    for (const SkippedRule& one : set.skipped()) {
        const bool ours_is_taken = is_ours(one.taken);
        if (!is_ours(one.file) && !ours_is_taken) continue;
        const auto& theirs = ours_is_taken ? one.file : one.taken;
        const LoadedRule* taken = set.find(one.id);
        ours[theirs] = ours_is_taken ? one.taken : one.file;
        same[theirs].append(same[theirs].empty() ? "" : ", ").append(one.id);
        original[theirs] = original[theirs] || is_of_the_original(ours_is_taken ? one.rule : taken->rule);
    }
    for (const auto& [file, ids] : same)
        steps.failed(file, "has rules with ids of ours (" + ids + "); Wazuh loads only the first of two. " +
                               (original[file]
                                    ? "If this is the original integration's file, ours replaces it: move it "
                                      "out of etc/rules (docs/migration.md)"
                                    : "Keep your rules, and change these ids in " + ours[file].string() +
                                          ": a changed file is not overwritten"));
    for (const LostRule& one : set.lost())
        if (const std::string now = new_id_of(one.parent); !now.empty())
            steps.note("\nRule " + fit_for_terminal(one.id) + " in " + fit_for_terminal(one.file.string()) +
                       " refers to rule " + one.parent + ", whose id is " + now +
                       " now: change it there (docs/migration.md)\n");
}

}  // namespace enrichd::wazuh
