// What Wazuh's analysisd makes of a JSON event with the rules that we ship and show: its regular expressions
// and its way through the rules, as its documentation describes them. What we do not use is refused, not
// guessed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace enrichd::test {

/// Wazuh's default for <field> and <regex>: `\.` is any character, a bare dot is a dot, case does not count,
/// and only a backslash expression may repeat. Throws std::invalid_argument for what is no such pattern, or
/// needs the backtracking that Wazuh does not do.
bool os_regex(const std::string& pattern, const std::string& text);

/// Wazuh's type="osmatch": a text with `^`, `$` and `|`.
bool os_match(const std::string& pattern, const std::string& text);

/// type="pcre2", as far as ECMAScript says the same; `(?i)` at the begin.
bool pcre2(const std::string& pattern, const std::string& text);

struct Fired {
    std::string id;  // empty: none
    int level = 0;
    std::string description;  // with its $(fields) filled in
};

class WazuhRules {
  public:
    /// The rules of one more file. Throws std::invalid_argument when Wazuh would not take them.
    void load(const std::string& xml);

    /// The rule that an event fires. Of another decoder than that of JSON: its fields, and the line as
    /// "full_log".
    Fired fire(const nlohmann::json& event, const std::string& decoder = "json") const;

    std::vector<std::string> ids() const;

  private:
    struct Condition {
        std::string field;
        std::string type;
        std::string pattern;
        bool negated = false;
    };
    struct Rule {
        std::string id;
        int level = 0;
        std::string decoder;
        std::string description;
        std::string groups;
        std::vector<std::string> parents;
        std::vector<std::string> parent_groups;
        std::vector<Condition> conditions;
        std::vector<std::size_t> children{};
    };
    struct Event;
    void attach(std::size_t fresh);
    bool fits(const Rule& rule, const Event& event) const;
    const Rule* first_of(const std::vector<std::size_t>& rules, const Event& event) const;
    void put_in_order(std::vector<std::size_t>& list, std::size_t fresh) const;

    std::vector<Rule> rules_;
    std::vector<std::size_t> roots_;
};

}  // namespace enrichd::test
