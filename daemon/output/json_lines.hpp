// Events as a file of JSON lines: {"location":…,"agent":{…},"event":{…}}. For dry runs, the demo and tests.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "output/output.hpp"

namespace enrichd {

class JsonLines final : public Output {
  public:
    /// `-` is standard output. A file is opened for appending at the first event, and again when it was moved
    /// away.
    explicit JsonLines(std::string path) : path_(std::move(path)) {}

    std::string_view name() const override { return "file"; }
    [[nodiscard]] result<void> write(const Event& event) override;

  private:
    bool open();

    std::string path_;
    Fd file_;
    std::string rest_;  // of a line that was written in part
};

}  // namespace enrichd
