// Alerts that come out of the journal: what an earlier run had in hand, and what did not fit into memory.
#pragma once

#include <boost/asio/io_context.hpp>

#include "enrich/enricher.hpp"
#include "net/tasks.hpp"
#include "policy/recent.hpp"
#include "store/journal.hpp"

namespace enrichd {

class Backlog {
  public:
    Backlog(Tasks& work, Enricher& enricher, Journal& journal, Recent& recent)
        : work_(work), enricher_(enricher), journal_(journal), recent_(recent) {}

    /// Once, before alerts are taken: reads the journal and goes on with what was in hand, so that questions
    /// which were on the wire are there before others for the same domain. An error leaves all as it was.
    task<error> resume();

    /// Goes on with alerts that wait, oldest first, as far as memory has room for them, until it is
    /// cancelled.
    task<void> watch();

  private:
    task<void> refill(WaitsFor what, std::size_t most);
    task<void> drop_what_must_go();
    task<void> work_on(KeptAlert kept);

    Tasks& work_;
    Enricher& enricher_;
    Journal& journal_;
    Recent& recent_;
    Clock::time_point next_for_later_{};
    Clock::time_point next_for_otx_{};
    Clock::time_point next_look_{};
};

}  // namespace enrichd
