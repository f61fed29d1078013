// What the reports of all sources have in common.
#pragma once

#include "base/reporting.hpp"
#include "pipeline/ack.hpp"

namespace enrichd::source_report {

void add(Metrics& metrics, const SourceCounts& counts);
void add(StatusJson& status, const SourceCounts& counts);
void add(Totals& totals, const SourceCounts& counts);

}  // namespace enrichd::source_report
