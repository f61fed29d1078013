// Rules as Wazuh loads them: which files, in which order, and which rule is tried after which.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "wazuh/home.hpp"
#include "wazuh/xml.hpp"

namespace enrichd::wazuh {

constexpr const char* sysmon_22_rule = "61650";  // of the stock rules; it has level 0
constexpr const char* sysmon_22_file = "0595-win-sysmon_rules.xml";

struct LoadedRule {
    Rule rule;
    std::filesystem::path file;
    std::vector<std::size_t> children{};  // in the order in which they are tried
};

/// What a file or a rule is not loaded for.
struct UnreadableFile {
    std::filesystem::path file;
    std::string problem;
};
struct SkippedRule {
    std::string id;
    std::filesystem::path file;
    std::filesystem::path taken;  // where the rule with this id is that Wazuh takes
    Rule rule;
};
struct LostRule {
    std::string id;
    std::filesystem::path file;
    std::string parent;  // which is not there
};

/// A rule that an event may fire. `always`: it does whenever nothing before it fits.
struct Outcome {
    const LoadedRule* fired;
    bool always;
};

class RuleSet {
  public:
    /// As ossec.conf says; nothing: as Wazuh comes.
    static RuleSet load(const Home& home, const std::optional<OssecConf>& conf);

    const LoadedRule* find(const std::string& id) const;
    const std::vector<LoadedRule>& rules() const { return rules_; }
    const std::vector<std::filesystem::path>& files() const { return files_; }
    const std::vector<UnreadableFile>& unreadable() const { return unreadable_; }
    const std::vector<SkippedRule>& skipped() const { return skipped_; }
    const std::vector<LostRule>& lost() const { return lost_; }

    /// Whether Wazuh reads a file of this name.
    bool reads(const std::string& file_name) const;

    /// The stock rule for Sysmon's event 22 was there; else one like it is made up.
    bool has_sysmon_22() const { return has_sysmon_22_; }

    /// What an event that reaches a rule may fire, in the order in which it is tried. The last one is always.
    std::vector<Outcome> outcomes(const LoadedRule& rule) const;

  private:
    struct Read {
        Rule rule;
        std::filesystem::path file;
    };
    void read_files(std::vector<Read>& out);
    void add(const Read& one);
    void attach(std::size_t fresh);
    void put_child(std::size_t parent, std::size_t fresh);
    void collect(std::size_t rule, bool always, std::vector<Outcome>& out) const;

    std::vector<std::filesystem::path> files_;
    std::vector<LoadedRule> rules_;
    std::vector<UnreadableFile> unreadable_;
    std::vector<SkippedRule> skipped_;
    std::vector<LostRule> lost_;
    bool has_sysmon_22_ = false;
};

/// The id that a rule of ours had in version 0.1.0 has another one now; empty: it has not.
std::string new_id_of(const std::string& old_id);

}  // namespace enrichd::wazuh
