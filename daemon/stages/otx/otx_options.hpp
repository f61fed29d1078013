// What the section otx of the configuration means to the parts. It was checked: its URLs are some.
#pragma once

#include <cstddef>

#include "net/http_client.hpp"
#include "stages/otx/otx.hpp"
#include "stages/otx/otx_config.hpp"
#include "stages/otx/otx_stage.hpp"

namespace enrichd {

HttpClientOptions otx_http(const OtxConfig& config);
OtxOptions otx_options(const OtxConfig& config);
OtxStageOptions otx_stage_options(const OtxConfig& config);

/// `max_pending`: alerts that the state file may hold.
ReputationOptions reputation_options(const OtxConfig& config, const OtxTimes& times, std::size_t max_pending);

/// Memory for so many verdicts. A hit with its pulses is larger, and there are few.
CacheOptions otx_cache_options(std::size_t entries);

}  // namespace enrichd
