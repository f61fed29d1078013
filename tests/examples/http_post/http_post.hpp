// An example of an output, which docs/dev/adding-an-output.md walks through: events are sent to an HTTP
// server by POST, several in one request, as JSON lines.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"
#include "outputs/output.hpp"

namespace enrichd::examples {

class HttpPost final : public Output {
  public:
    HttpPost(Http& http, std::string target) : http_(http), target_(std::move(target)) {}

    std::string_view name() const override { return "http_post"; }
    std::string_view advice() const override {
        return "Start or fix the server. Events wait in the state file.";
    }
    std::string address() const override { return target_; }
    bool takes(const Event& event) const override { return event.destination == Destination::siem; }
    bool immediate() const override { return false; }
    [[nodiscard]] result<void> try_now(const Event&) override { return errc::output_absent; }  // never called
    task<Sent> send(std::vector<Event> events) override;
    [[nodiscard]] result<void> probe() override { return {}; }  // nothing waits, and the next event finds out

  private:
    Http& http_;
    std::string target_;
};

}  // namespace enrichd::examples
