// What install and uninstall did, line by line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/report.hpp"

namespace enrichd::wazuh {

class Steps {
  public:
    void done(const std::filesystem::path& what, const std::string& how) { add("done", what, how); }
    void kept(const std::filesystem::path& what, const std::string& why) { add("kept", what, why); }
    void failed(const std::filesystem::path& what, const std::string& why) {
        add("FAILED", what, why);
        good_ = false;
    }
    /// Text of ours: it may have several lines.
    void note(const std::string& text) { notes_ += text; }
    bool good() const { return good_; }

    Report report() const;

  private:
    struct Step {
        std::string state;
        std::string what;
        std::string detail;
    };
    void add(const char* state, const std::filesystem::path& what, const std::string& detail) {
        steps_.push_back({state, what.string(), detail});
    }

    std::vector<Step> steps_;
    std::string notes_;
    bool good_ = true;
};

/// Nothing was done, and why.
Report cannot(const std::string& why);

}  // namespace enrichd::wazuh
