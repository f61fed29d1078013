// Wazuh's log of active responses, which its logcollector reads: a line that begins {" is decoded as JSON.
#pragma once

#include <string>
#include <utility>

#include "outputs/line_file.hpp"
#include "outputs/output.hpp"

namespace enrichd {

class ActiveResponsesLog final : public Output {
  public:
    /// `path` is `<wazuh.home>/logs/active-responses.log`, 0660 as Wazuh makes it. Other programs append to
    /// it too, each line in one write.
    explicit ActiveResponsesLog(std::string path) : file_(std::move(path), 0660) {}

    std::string_view name() const override { return "active_responses"; }
    std::string_view advice() const override {
        return "Check the rights of <wazuh.home>/logs/active-responses.log.";
    }
    std::string address() const override { return file_.path(); }
    bool takes(const Event& event) const override {
        return event.destination == Destination::active_response;
    }
    [[nodiscard]] result<void> try_now(const Event& event) override {
        return file_.append(event.json + "\n");
    }
    [[nodiscard]] result<void> probe() override { return file_.probe(); }

  private:
    LineFile file_;
};

}  // namespace enrichd
