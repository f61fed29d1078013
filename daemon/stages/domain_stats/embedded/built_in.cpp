#include "stages/domain_stats/embedded/built_in.hpp"

#include "base/incbin.hpp"

ENRICHD_INCBIN(frequency_table, ENRICHD_BUILT_IN "/frequency_table.json");
ENRICHD_INCBIN(name_model, ENRICHD_BUILT_IN "/name_model.bin");
ENRICHD_INCBIN(rdap_bootstrap, ENRICHD_BUILT_IN "/rdap_bootstrap.json");
