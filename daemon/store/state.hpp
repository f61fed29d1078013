// The state file, by what it keeps.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>

#include "store/asked_names.hpp"
#include "store/database.hpp"
#include "store/domains.hpp"
#include "store/journal.hpp"
#include "store/outbox.hpp"
#include "store/prevalence.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

struct State {
    struct Bounds {
        std::size_t max_pending;  // alerts and events
        std::size_t verdicts;     // of each stage
        std::size_t domains;
        std::size_t seen;       // domains of which it is known which agents asked
        std::size_t names = 0;  // names of which it is known when they were asked for
    };
    State(asio::io_context& io, const DatabaseOptions& options, const Bounds& bounds)
        : database(io, options),
          journal(database, outbox, bounds.max_pending),
          snapshot(database, bounds.verdicts),
          domains(database, bounds.domains),
          prevalence(database, bounds.seen),
          asked_names(database, prevalence, bounds.names) {}

    Database database;
    Outbox outbox{database};
    Journal journal;
    Snapshot snapshot;
    Domains domains;
    Prevalence prevalence;
    AskedNames asked_names;
};

}  // namespace enrichd
