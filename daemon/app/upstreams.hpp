// What the configuration means to the parts that ask upstreams. The daemon and the verbs build the same ones.
#pragma once

#include "app/config.hpp"
#include "enrich/reputation.hpp"
#include "net/http_client.hpp"
#include "providers/domain_stats.hpp"
#include "providers/embedded/engine.hpp"
#include "providers/otx.hpp"

namespace enrichd {

/// The configuration was checked: its URLs are some.
HttpClientOptions domain_stats_http(const DomainStatsConfig& config);
DomainStatsOptions domain_stats_options(const DomainStatsConfig& config);
HttpClientOptions otx_http(const OtxConfig& config);
OtxOptions otx_options(const OtxConfig& config);
RdapOptions rdap_options(const EmbeddedConfig& config);
EngineOptions engine_options(const EmbeddedConfig& config);
ReputationOptions reputation_options(const Config& config);

}  // namespace enrichd
