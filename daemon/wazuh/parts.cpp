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
#include "wazuh/ossec_conf.hpp"
#include "wazuh/place_file.hpp"
#include "wazuh/rule_set.hpp"

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

/// Nobody has changed them since we put them there, or since they were released.
bool unchanged(const std::string& rules, std::uint64_t put_before) {
    const std::uint64_t hash = hash_of(rules);
    return hash == put_before || hash == hash_of(rules_text()) ||
           std::find(released_rules.begin(), released_rules.end(), hash) != released_rules.end();
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

RuleSet rules_of(const Home& home) {
    const auto text = bytes_of(home.conf_file().path);
    std::string unused;
    return RuleSet::load(home, text ? read_ossec_conf(*text, unused) : std::nullopt);
}

}  // namespace

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

std::uint64_t place_rules(const Home& home, std::uint64_t put_before, Steps& steps) {
    const auto there = bytes_of(home.rules());
    if (!there && is_there(home.rules())) {
        steps.failed(home.rules(), "is no regular file that can be read: move it away");
        return put_before;
    }
    if (there && !unchanged(*there, put_before)) {
        const auto beside = home.rules().string() + ".new";
        const std::string why =
            place_file(beside, rules_text(), 0, static_cast<unsigned>(home.group()), rules_mode);
        steps.kept(home.rules(), "somebody has changed it; the new one is " + (why.empty() ? beside : why));
        return put_before;
    }
    const passwd* user = ::getpwnam(home.account.c_str());
    const auto put = [&](std::string_view text) {
        return place_file(home.rules(), text, user ? user->pw_uid : 0, static_cast<unsigned>(home.group()),
                          rules_mode);
    };
    const std::string why = put(rules_text());
    if (!why.empty()) {
        steps.failed(home.rules(), why);
        return put_before;
    }
    // A mistake in a rule would keep the whole manager from starting.
    if (const std::string no = objection(home); !no.empty()) {
        const std::string not_back = there ? put(*there) : std::string();
        if (!there) ::unlink(home.rules().c_str());
        steps.failed(home.rules(), no + (not_back.empty() ? "; it is as it was"
                                                          : "; and it is not as it was: " + not_back));
        return put_before;
    }
    steps.done(home.rules(), rights(home.rules()));
    return hash_of(rules_text());
}

void remove_rules(const Home& home, std::uint64_t put_before, Steps& steps) {
    std::error_code none_then;
    std::filesystem::remove(home.rules().string() + ".new", none_then);
    if (!is_there(home.rules())) return;
    const auto there = bytes_of(home.rules());
    if (!there || !unchanged(*there, put_before)) return steps.kept(home.rules(), "somebody has changed it");
    if (::unlink(home.rules().c_str()) != 0) return steps.failed(home.rules(), last_error().message());
    steps.done(home.rules(), "removed");
}

void note_orphans(const Home& home, Steps& steps) {
    if (is_there(home.rules())) return;
    std::string unused;
    const auto ours = read_rules(std::string(rules_text()), unused);
    const RuleSet set = rules_of(home);
    for (const LostRule& one : set.lost())
        if (ours &&
            std::any_of(ours->begin(), ours->end(), [&](const Rule& rule) { return rule.id == one.parent; }))
            steps.note(
                "\nRule " + fit_for_terminal(one.id) + " in " + fit_for_terminal(one.file.string()) +
                " refers to rule " + one.parent +
                " of enrichd, which is removed. Remove that reference: Wazuh leaves such a rule out, or does "
                "not start\n");
}

void look_at_other_rules(const Home& home, Steps& steps) {
    const RuleSet set = rules_of(home);
    std::map<std::filesystem::path, std::string> same;
    std::map<std::filesystem::path, bool> original;
    for (const SkippedRule& one : set.skipped()) {
        if (one.file != home.rules() && one.taken != home.rules()) continue;
        const bool ours_is_taken = one.taken == home.rules();
        const auto& theirs = ours_is_taken ? one.file : one.taken;
        const LoadedRule* taken = set.find(one.id);
        same[theirs].append(same[theirs].empty() ? "" : ", ").append(one.id);
        original[theirs] = original[theirs] || is_of_the_original(ours_is_taken ? one.rule : taken->rule);
    }
    for (const auto& [file, ids] : same)
        steps.failed(file, "has rules with ids of ours (" + ids + "); Wazuh loads only the first of two. " +
                               (original[file]
                                    ? "If this is the original integration's file, ours replaces it: move it "
                                      "out of etc/rules (docs/migration.md)"
                                    : "Keep your rules, and change these ids in " + home.rules().string() +
                                          ": a changed file is not overwritten"));
    for (const LostRule& one : set.lost())
        if (const std::string now = new_id_of(one.parent); !now.empty())
            steps.note("\nRule " + fit_for_terminal(one.id) + " in " + fit_for_terminal(one.file.string()) +
                       " refers to rule " + one.parent + ", whose id is " + now +
                       " now: change it there (docs/migration.md)\n");
}

}  // namespace enrichd::wazuh
