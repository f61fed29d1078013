#include "wazuh/rule_set.hpp"

#include <algorithm>
#include <system_error>

namespace enrichd::wazuh {
namespace {

constexpr std::size_t max_outcomes = 10'000;  // of rules that were made to be many

bool excluded(const OssecConf* conf, const std::string& name, const std::string& relative) {
    if (!conf) return false;
    const auto& list = conf->excluded_rule_files;
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& one) { return one == name || one == relative; });
}

/// Of one directory in the order of their names.
std::vector<std::string> rule_files_in(const std::filesystem::path& directory) {
    std::vector<std::string> names;
    std::error_code none_then;
    for (const auto& entry : std::filesystem::directory_iterator(directory, none_then))
        if (entry.path().extension() == ".xml") names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
}

/// Level 0 is tried before all others, then the higher level.
int rank(const Rule& rule) {
    constexpr int before_all = 1000;
    return rule.level == 0 ? before_all : rule.level;
}

bool has_word_in_group(const Rule& rule, const std::vector<std::string>& words) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        if (word.starts_with('^')) return rule.group_text.starts_with(word.substr(1));
        return rule.group_text.find(word) != std::string::npos;
    });
}

}  // namespace

std::string new_id_of(const std::string& old_id) {
    if (old_id == "100600") return "100300";
    if (old_id == "100616") return "100301";
    return {};
}

RuleSet RuleSet::load(const Home& home, const std::optional<OssecConf>& conf) {
    RuleSet set;
    const bool as_it_comes = !conf || !conf->has_ruleset;
    const OssecConf* said = as_it_comes ? nullptr : &*conf;
    if (said)
        for (const std::string& file : said->rule_files)
            set.files_.push_back(home.path /
                                 (file.find('/') == std::string::npos ? "ruleset/rules/" + file : file));
    const std::vector<std::string> stock{"ruleset/rules", "etc/rules"};
    for (std::string directory : said ? said->rule_directories : stock) {
        while (directory.ends_with('/')) directory.pop_back();
        for (const std::string& name : rule_files_in(home.path / directory)) {
            const auto file = (home.path / directory / name).lexically_normal();
            const std::string relative = std::filesystem::path(directory) / name;
            if (!excluded(said, name, relative) &&
                std::find(set.files_.begin(), set.files_.end(), file) == set.files_.end())
                set.files_.push_back(file);
        }
    }
    std::vector<Read> read;
    set.read_files(read);
    set.has_sysmon_22_ = std::any_of(read.begin(), read.end(), [](const Read& one) {
        return one.rule.id == sysmon_22_rule && !one.rule.overwrite;
    });
    if (!set.has_sysmon_22_) {
        Rule made_up;
        made_up.id = sysmon_22_rule;
        made_up.group_text = "windows,sysmon,sysmon_event_22,";
        made_up.groups = split(made_up.group_text);
        read.insert(read.begin(), {made_up, "ruleset/rules"});
    }
    for (const Read& one : read) set.add(one);
    return set;
}

void RuleSet::read_files(std::vector<Read>& out) {
    for (const auto& file : files_) {
        const auto text = bytes_of(file);
        std::string problem;
        const auto rules = text ? read_rules(*text, problem) : std::nullopt;
        if (!rules) {
            unreadable_.push_back({file, text ? "is no XML, " + problem : "cannot be read"});
            continue;
        }
        for (const Rule& rule : *rules) out.push_back({rule, file});
    }
}

void RuleSet::add(const Read& one) {
    const auto there = std::find_if(rules_.begin(), rules_.end(),
                                    [&](const LoadedRule& loaded) { return loaded.rule.id == one.rule.id; });
    if (one.rule.overwrite) {  // it keeps its parents, its children, and its place among those beside it
        if (there == rules_.end()) return lost_.push_back({one.rule.id, one.file, one.rule.id});
        there->rule = one.rule;
        there->file = one.file;
    } else if (there != rules_.end()) {
        skipped_.push_back({one.rule.id, one.file, there->file, one.rule});
    } else {
        rules_.push_back({one.rule, one.file});
        attach(rules_.size() - 1);
    }
}

void RuleSet::attach(std::size_t fresh) {
    const Rule rule = rules_[fresh].rule;
    for (const std::string& id : rule.if_sids) {
        const LoadedRule* parent = find(id);
        if (parent && parent->rule.id != rule.id)
            put_child(static_cast<std::size_t>(parent - rules_.data()), fresh);
        else
            lost_.push_back({rule.id, rules_[fresh].file, id});
    }
    if (!rule.if_sids.empty()) return;
    for (std::size_t i = 0; i < fresh; ++i) {
        const bool by_level = rule.if_level > 0 && rules_[i].rule.level >= rule.if_level;
        if (by_level || has_word_in_group(rules_[i].rule, rule.if_groups)) put_child(i, fresh);
    }
}

void RuleSet::put_child(std::size_t parent, std::size_t fresh) {
    auto& children = rules_[parent].children;
    const auto before = std::find_if(children.begin(), children.end(), [&](std::size_t there) {
        return rank(rules_[there].rule) < rank(rules_[fresh].rule);
    });
    children.insert(before, fresh);
}

const LoadedRule* RuleSet::find(const std::string& id) const {
    const auto found =
        std::find_if(rules_.begin(), rules_.end(), [&](const LoadedRule& one) { return one.rule.id == id; });
    return found == rules_.end() ? nullptr : &*found;
}

bool RuleSet::reads(const std::string& file_name) const {
    return std::any_of(files_.begin(), files_.end(),
                       [&](const std::filesystem::path& file) { return file.filename() == file_name; });
}

void RuleSet::collect(std::size_t rule, bool always, std::vector<Outcome>& out) const {
    for (const std::size_t child : rules_[rule].children) {
        if (out.size() >= max_outcomes) return;
        collect(child, always && rules_[child].rule.always, out);
        if (rules_[child].rule.always) return;
    }
    out.push_back({&rules_[rule], always});
}

std::vector<Outcome> RuleSet::outcomes(const LoadedRule& rule) const {
    std::vector<Outcome> out;
    collect(static_cast<std::size_t>(&rule - rules_.data()), true, out);
    return out;
}

}  // namespace enrichd::wazuh
