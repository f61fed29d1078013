// What the admin side may look at. Everything runs on one thread, so it looks at the parts themselves.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "admin/history.hpp"
#include "admin/reloads.hpp"
#include "enrich/enricher.hpp"
#include "enrich/reputation.hpp"
#include "enrich/verdicts.hpp"
#include "intake/domain_stats_server.hpp"
#include "intake/intake.hpp"
#include "intake/spool.hpp"
#include "net/http_client.hpp"
#include "net/tasks.hpp"
#include "output/outputs.hpp"
#include "policy/verdict_cache.hpp"
#include "providers/embedded/engine.hpp"
#include "store/journal.hpp"

namespace enrichd {

struct ControlCounts {
    std::map<std::string_view, Tally> requests;  // by verb, then result
};

/// A provider's parts; all null when it is off.
struct DomainStatsView {
    const Verdicts* verdicts = nullptr;
    const VerdictCache<PackedVerdict>* cache = nullptr;
    const HttpClient* http = nullptr;           // null when the engine is embedded
    const Engine* engine = nullptr;             // null when it is not
    const Domains* domains = nullptr;           // with it
    const Rdap* rdap = nullptr;                 // with it, unless it is off
    const OpenAges* open_ages = nullptr;        // with the registries
    const DomainStatsServer* server = nullptr;  // null when nothing is served
    const HttpServer* connections = nullptr;    // with it
};
struct OtxView {
    const Reputation* reputation = nullptr;
    const HttpClient* http = nullptr;
    const VerdictCache<OtxVerdictPtr>* cache = nullptr;
    std::string_view off_because{};  // when it is off
};

/// What is wrong with the UNIX sockets that others connect to, in words; empty when nothing is.
struct ListenersView {
    std::string intake;
    std::string control;
};

struct View {
    const Intake& intake;
    const Spool& spool;
    const Database& database;
    const Journal& journal;
    const Outbox& outbox;
    const Enricher& enricher;
    DomainStatsView domain_stats;
    OtxView otx;
    const Outputs& outputs;
    const Tasks& work;
    const Tasks& services;
    const Tasks& clients;
    const History& history;
    const Reloads& reloads;
    const ControlCounts& control;
    std::string_view version;
    WallClock::time_point started;
    ListenersView listeners{};
};

}  // namespace enrichd
