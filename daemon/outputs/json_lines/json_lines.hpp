// Events as a file of JSON lines: {"location":…,"agent":{…},"event":{…}}. For dry runs, the demo and tests.
#pragma once

#include <string>
#include <utility>

#include "outputs/line_file.hpp"
#include "outputs/output.hpp"

namespace enrichd {

/// The document of one event, with the end of its line.
std::string json_line(const Event& event);

class JsonLines final : public Output {
  public:
    /// `-` is standard output.
    explicit JsonLines(std::string path) : file_(std::move(path), 0640) {}

    std::string_view name() const override { return "file"; }
    std::string_view advice() const override {
        return "Check the directory and the disk of outputs.file. Events wait in the state file.";
    }
    std::string address() const override { return file_.path(); }
    bool takes(const Event&) const override { return true; }
    [[nodiscard]] result<void> try_now(const Event& event) override;
    [[nodiscard]] result<void> probe() override { return file_.probe(); }

  private:
    LineFile file_;
};

}  // namespace enrichd
