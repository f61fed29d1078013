// The keys of the section otx: what they are, and what is wrong with them together.
#pragma once

#include <string>
#include <vector>

#include "base/config_visitor.hpp"
#include "net/upstream.hpp"
#include "stages/otx/otx_config.hpp"
#include "stages/otx/otx_times.hpp"

namespace enrichd {

void visit_otx(OtxConfig& config, ConfigVisitor& visitor);
void visit_otx_times(OtxTimes& times, ConfigVisitor& visitor);

void check_otx(const OtxConfig& config, const KeyProblems& problems);

/// Finds the key, and looks at the files that the section names.
void load_otx(OtxConfig& config, const KeyProblems& problems);

/// For `enrichd check`: "OTX: on, key from …".
std::string summary_of(const OtxConfig& config);

std::vector<ConfiguredServer> servers_of(const OtxConfig& config);

}  // namespace enrichd
