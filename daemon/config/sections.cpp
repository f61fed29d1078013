#include "config/sections.hpp"

#include <array>
#include <utility>
#include <vector>

#include "pipeline/repeats.hpp"
#include "stages/bursts/bursts_event.hpp"
#include "stages/bursts/bursts_keys.hpp"
#include "stages/bursts/carried_bytes.hpp"
#include "stages/bursts/missing_domains.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/domain_stats/domain_stats_keys.hpp"
#include "stages/domain_stats/domain_stats_options.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "stages/lists/lists_event.hpp"
#include "stages/lists/lists_keys.hpp"
#include "stages/otx/api_key.hpp"
#include "stages/otx/otx_event.hpp"
#include "stages/otx/otx_keys.hpp"
#include "stages/otx/otx_options.hpp"

namespace enrichd {

std::span<const OwnEvents> own_events() {
    static constexpr std::array all{domain_stats_events, otx_events, list_events, burst_events};
    return all;
}

std::string titles_of_stages() {
    std::string out;
    for (const OwnEvents& own : own_events()) out.append(out.empty() ? "" : " and ").append(own.title);
    return out;
}

AlertReaderOptions reader_options() {
    AlertReaderOptions options;
    options.own.assign(own_events().begin(), own_events().end());
    return options;
}

void visit_stages(Config& config, ConfigVisitor& v) {
    v.section({"domain_stats", ""}, [&] { visit_domain_stats(config.domain_stats, v); });
    v.section({"otx", ""}, [&] { visit_otx(config.otx, v); });
    std::vector<ListConfig>& lists = config.lists.lists;
    v.sections({"lists", "lists of names: files or URLs; docs/lists.md"},
               {lists.size(), ListsConfig::most, [&](std::size_t count) { lists.assign(count, {}); },
                [&](std::size_t entry) { visit_list(lists[entry], v); }});
    v.section({"bursts", "what many queries show together; docs/judgement.md"},
              [&] { visit_bursts(config.bursts, v); });
}

void visit_times(Config& config, ConfigVisitor& v) {
    visit_domain_times(config.cache.domain_times, v);
    visit_otx_times(config.cache.otx_times, v);
}

void settle_stages(Config& config, const std::function<bool(std::string_view key)>& given) {
    settle_domain_stats(config.domain_stats, given("domain_stats.url"));
}

void check_stages(const Config& config, const KeyProblems& problems) {
    check_domain_stats(config.domain_stats, problems);
    const std::string& serve = config.domain_stats.serve;
    if (!serve.empty() && (serve == config.admin.listen || serve.ends_with(":0")))
        problems.error("domain_stats.serve", "expected an address and a port of its own");
    check_otx(config.otx, problems);
    check_lists(config.lists, problems);
    if (config.domain_stats.mode == DomainStatsMode::off && config.otx.mode != OtxMode::off &&
        !config.otx.always)
        problems.warning("otx.when",
                         "'suspicious' is what Domain Stats finds, which is off: OTX is asked by "
                         "active responses alone");
}

void load_stages(Config& config, const Config* running, const KeyProblems& problems) {
    load_otx(config.otx, problems);
    load_domain_stats(config.domain_stats, running ? &running->domain_stats : nullptr, problems);
}

void leave_until_restart(const Config& was, const Config& wants, Config& config,
                         std::vector<std::string>& keys) {
    // What is wanted of another mode says nothing to the one that goes on, and its server is not to be asked
    // instead.
    std::string& serve = config.domain_stats.serve;
    if (wants.domain_stats.mode != was.domain_stats.mode) {
        std::string wanted = std::move(serve);
        config.domain_stats = was.domain_stats;
        serve = std::move(wanted);
    }
    if (was.domain_stats.mode == DomainStatsMode::off && serve != was.domain_stats.serve) {
        keys.emplace_back("domain_stats.serve");
        serve = was.domain_stats.serve;
    }
    // The same: the key that goes on being used must not go elsewhere.
    if (config.otx.key.empty() != was.otx.key.empty()) {
        keys.emplace_back("otx.mode");
        config.otx = was.otx;
    }
}

std::vector<std::pair<std::string_view, std::string_view>> environment_of_stages() {
    return {{otx_key_variable,
             "The key for OTX, when neither otx.api_key_file nor a credential of systemd gives one."}};
}

std::string summary_of_stages(const Config& config) {
    return summary_of(config.domain_stats) + "\n" + summary_of(config.otx) + "\n" + summary_of(config.lists) +
           "\n" + summary_of(config.bursts) + "\n" + summary_of(config.shared) + "\n";
}

std::size_t memory_of_stages(const Config& config) {
    std::size_t bytes = Repeats::bounds.bytes;
    if (config.domain_stats.mode != DomainStatsMode::off)
        bytes +=
            domain_stats_cache_options(config.cache.memory.entries).bytes + Verdicts::failing_bounds.bytes;
    if (config.otx.mode != OtxMode::off && !config.otx.key.empty())
        bytes += otx_cache_options(config.cache.memory.entries).bytes;
    if (config.bursts.nxdomain.domains > 0) bytes += MissingDomains::bounds.bytes;
    if (config.bursts.tunnel.bytes > 0) bytes += CarriedBytes::bounds.bytes;
    return bytes;
}

std::vector<ConfiguredServer> servers_of_stages(const Config& config) {
    std::vector<ConfiguredServer> servers = servers_of(config.domain_stats);
    for (ConfiguredServer& server : servers_of(config.otx)) servers.push_back(std::move(server));
    for (ConfiguredServer& server : servers_of(config.lists)) servers.push_back(std::move(server));
    for (ConfiguredServer& server : servers_of(config.shared)) servers.push_back(std::move(server));
    return servers;
}

void mask_stages(Config& config, const std::function<void(std::string& url, const std::string& usual)>& mask,
                 const std::function<void(Secret& url)>& mask_secret) {
    const Config usual;
    mask(config.domain_stats.url, usual.domain_stats.url);
    mask(config.domain_stats.embedded.rdap.bootstrap, usual.domain_stats.embedded.rdap.bootstrap);
    mask_secret(config.domain_stats.embedded.rdap.proxy);
    mask(config.otx.server.url, usual.otx.server.url);
    mask_secret(config.otx.server.proxy);
    for (ListConfig& list : config.lists.lists) {
        mask(list.from, {});
        mask_secret(list.proxy);
    }
}

}  // namespace enrichd
