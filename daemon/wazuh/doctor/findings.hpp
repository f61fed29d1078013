// What doctor looked at, what it found, and how to fix it.
#pragma once

#include <string>
#include <vector>

#include "cli/report.hpp"

namespace enrichd::wazuh {

enum class Finding { ok, warning, problem };

class Findings {
  public:
    void ok(const std::string& what, const std::string& detail = {}) { add(Finding::ok, what, detail, {}); }
    void warning(const std::string& what, const std::string& detail, const std::string& fix) {
        add(Finding::warning, what, detail, fix);
    }
    void problem(const std::string& what, const std::string& detail, const std::string& fix) {
        add(Finding::problem, what, detail, fix);
    }

    /// `all_good` is the last line when nothing was found.
    Report report(const std::string& all_good = "Nothing keeps alerts from their way.\n") const;

  private:
    struct One {
        Finding finding;
        std::string what;
        std::string detail;
        std::string fix;
    };
    /// Texts may come from files: what a terminal would obey is taken out.
    void add(Finding finding, const std::string& what, const std::string& detail, const std::string& fix);

    std::vector<One> list_;
};

}  // namespace enrichd::wazuh
