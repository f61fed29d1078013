#include "app/restart_keys.hpp"

namespace enrichd {

std::string restart_keys(const Config& before, const Config& after) {
    std::string keys;
    const auto compare = [&](bool same, const char* key) {
        if (!same) keys.append(keys.empty() ? "" : ", ").append(key);
    };
    compare(before.wazuh_home == after.wazuh_home, "wazuh.home");
    compare(before.spool == after.spool, "intake.spool");
    compare(before.domain_stats.mode == after.domain_stats.mode, "domain_stats.mode");
    const bool served_anew = before.domain_stats.serve != after.domain_stats.serve;
    compare(!served_anew || before.domain_stats.mode != DomainStatsMode::off, "domain_stats.serve");
    const EmbeddedConfig& old_engine = before.domain_stats.embedded;
    const EmbeddedConfig& engine = after.domain_stats.embedded;
    compare(old_engine.frequency_table == engine.frequency_table, "domain_stats.embedded.frequency_table");
    compare(old_engine.known == engine.known, "domain_stats.embedded.known");
    compare(old_engine.rdap == engine.rdap, "domain_stats.embedded.rdap");
    compare(old_engine.rdap_bootstrap == engine.rdap_bootstrap, "domain_stats.embedded.rdap_bootstrap");
    compare(before.otx.key.empty() == after.otx.key.empty(), "otx.mode");
    compare(before.outputs == after.outputs, "outputs");
    compare(before.state.directory == after.state.directory, "state.directory");
    compare(before.state.full_sync == after.state.full_sync, "state.sync");
    return keys;
}

}  // namespace enrichd
