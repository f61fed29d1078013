// The command line: which verbs there are, what each takes and what it does. The manual page and the
// completions of shells are made from the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/arguments.hpp"

namespace CLI {
class App;
}

namespace enrichd {

class CommandLine {
  public:
    CommandLine();
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// Runs the verb that is named; its exit code.
    int run(int argc, char** argv);

    const CLI::App& app() const { return *app_; }

  private:
    Arguments arguments_;
    std::vector<std::string> words_;  // after help
    int code_ = 0;
    std::unique_ptr<CLI::App> app_;
};

/// A completion script. `shell` is bash or zsh.
std::string completion(const CLI::App& app, const std::string& shell);

/// enrichd(1) in man(7)'s language.
std::string manual_page(const CLI::App& app);

}  // namespace enrichd
