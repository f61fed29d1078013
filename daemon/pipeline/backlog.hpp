// Alerts that come out of the journal: what was in progress when an earlier run ended, and what did not fit
// into memory.
#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/tasks.hpp"
#include "pipeline/dedup_window.hpp"
#include "pipeline/pipeline.hpp"
#include "store/journal.hpp"

namespace enrichd {

class Backlog {
  public:
    Backlog(asio::io_context& io, Tasks& work, Pipeline& pipeline, Journal& journal, Recent& recent);
    ~Backlog();
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;

    /// Once, before alerts are taken: reads the journal and goes on with what was in progress, so that
    /// questions which were on the wire are there before others for the same domain. An error leaves all as
    /// it was.
    task<error> resume();

    /// Goes on with alerts that wait, oldest first, as far as memory has room for them, until it is
    /// cancelled.
    task<void> watch();

  private:
    /// When a stage is looked at next.
    struct Times {
        Clock::time_point next{};
        Clock::time_point next_deferred{};
    };
    task<bool> refill(const std::string& stage);
    bool go_on(result<std::vector<KeptAlert>> taken, std::size_t most);
    task<bool> something_to_do();
    Clock::time_point next_look() const;
    bool hurries(const std::string& stage) const;
    std::size_t room(const std::string& stage) const;
    void note();
    task<void> drop_what_must_go();
    task<void> work_on(KeptAlert kept);

    Tasks& work_;
    Pipeline& pipeline_;
    Journal& journal_;
    Recent& recent_;
    Timer wake_;
    bool noted_ = false;  // there may be alerts that wait, and room for them
    std::map<std::string, Times, std::less<>> times_;
    Clock::time_point next_drop_{};
    Clock::time_point next_count_{};
};

}  // namespace enrichd
