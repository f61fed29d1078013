// Alerts that come out of the journal: what an earlier run had in hand, and what did not fit into memory.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "enrich/enricher.hpp"
#include "net/tasks.hpp"
#include "policy/recent.hpp"
#include "store/journal.hpp"

namespace enrichd {

class Backlog {
  public:
    Backlog(asio::io_context& io, Tasks& work, Enricher& enricher, Journal& journal, Recent& recent);
    ~Backlog();
    Backlog(const Backlog&) = delete;
    Backlog& operator=(const Backlog&) = delete;

    /// Once, before alerts are taken: reads the journal and goes on with what was in hand, so that questions
    /// which were on the wire are there before others for the same domain. An error leaves all as it was.
    task<error> resume();

    /// Goes on with alerts that wait, oldest first, as far as memory has room for them, until it is
    /// cancelled.
    task<void> watch();

  private:
    task<bool> refill(WaitsFor what, std::size_t most);
    task<bool> something_to_do();
    Clock::time_point next_look() const;
    void note();
    task<void> drop_what_must_go();
    task<void> work_on(KeptAlert kept);

    Tasks& work_;
    Enricher& enricher_;
    Journal& journal_;
    Recent& recent_;
    asio::steady_timer wake_;
    bool noted_ = false;  // there may be alerts that wait, and room for them
    Clock::time_point next_for_later_{};
    Clock::time_point next_for_otx_{};
    Clock::time_point next_look_{};
};

}  // namespace enrichd
