#include "stages/domain_stats/verdict_source.hpp"

#include "stages/domain_stats/domain_stats_options.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "stages/domain_stats/embedded/built_in.hpp"

namespace enrichd {
namespace {

result<FrequencyTable> table_of(const EmbeddedConfig& config) {
    if (config.frequency_table.empty()) return FrequencyTable::built_in();
    return FrequencyTable::load(config.frequency_table);
}

/// It is loaded as a list; here it only has to be there.
result<std::string> known_is_there(const EmbeddedConfig& config) {
    if (!config.known.empty() && ::access(config.known.c_str(), R_OK) != 0) return last_error();
    return config.known;
}

result<RdapBootstrap> bootstrap_of(const EmbeddedConfig& config) {
    if (!config.rdap.bootstrap.starts_with('/')) return RdapBootstrap::built_in();
    return RdapBootstrap::load(config.rdap.bootstrap);
}

/// Which file it is, and of which state.
std::string version_of(const std::string& file) {
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0) return file;
    return file + " " + std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
           std::to_string(status.st_mtim.tv_nsec);
}

}  // namespace

VerdictSource::VerdictSource(asio::io_context& io, Lookup& lookup, const DomainStatsConfig& config) {
    if (config.mode == DomainStatsMode::http) {
        http_.emplace(io, lookup, domain_stats_http(config));
        server_.emplace(*http_, domain_stats_options(config));
        return;
    }
    const EmbeddedConfig& embedded = config.embedded;
    const std::hash<std::string_view> hash;
    const auto built_in = hash(built_in::frequency_table());
    files_ = "\nmodel " + std::to_string(hash(built_in::name_model())) + "\n" +
             (embedded.frequency_table.empty() ? "built in " + std::to_string(built_in)
                                               : version_of(embedded.frequency_table));
    engine_.emplace(table_of(embedded).value(), engine_options(embedded));
    if (!embedded.rdap.enabled) return;
    rdap_.emplace(io, lookup, bootstrap_of(embedded).value(), rdap_options(embedded));
    engine_->ask(*rdap_);
}

void VerdictSource::configure(const DomainStatsConfig& config) {
    if (http_) http_->configure(domain_stats_http(config));
    if (server_) server_->configure(domain_stats_options(config));
    if (engine_) engine_->configure(engine_options(config.embedded));
    if (rdap_) rdap_->configure(rdap_options(config.embedded));
}

Provider& VerdictSource::provider() {
    if (server_) return *server_;
    return *engine_;
}

void VerdictSource::remember_in(Domains& domains) {
    if (server_) server_->remember_in(domains);
    if (engine_) engine_->remember_in(domains);
}

void VerdictSource::share(SharedState& shared) {
    if (server_) server_->share(shared.contacts());
    if (engine_) engine_->share(shared);
}

void VerdictSource::know(const KnownNames& known) {
    if (engine_) engine_->know(known);
}

void VerdictSource::close_idle() {
    if (http_) http_->close_idle();
    if (rdap_) rdap_->close_idle();
}

std::string VerdictSource::rules(const DomainStatsConfig& config) const {
    if (server_) return "http " + config.url;
    const EmbeddedConfig& embedded = config.embedded;
    std::ostringstream out;
    out << "embedded " << (embedded.scores == ScoresBy::model ? "model " : "table ") << embedded.model_fpr
        << " " << embedded.average_alert << " " << embedded.word_alert << " "
        << embedded.established_after.count() << (rdap_ ? " rdap" : "") << files_;
    return out.str();
}

std::vector<WrongFile> wrong_files(const EmbeddedConfig& config) {
    std::vector<WrongFile> wrong;
    const auto look = [&](const char* key, const std::string& file, const auto& read) {
        if (!read) wrong.push_back({key, file + ": " + read.error().message()});
    };
    look("domain_stats.embedded.frequency_table", config.frequency_table, table_of(config));
    look("domain_stats.embedded.known", config.known, known_is_there(config));
    if (config.rdap.enabled)
        look("domain_stats.embedded.rdap_bootstrap", config.rdap.bootstrap, bootstrap_of(config));
    return wrong;
}

}  // namespace enrichd
