// The source of verdicts on domains, as the configuration has it: a Domain Stats server, or the embedded
// engine; with all that it needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stages/domain_stats/domain_stats.hpp"
#include "stages/domain_stats/domain_stats_config.hpp"
#include "stages/domain_stats/embedded/engine.hpp"

namespace enrichd {

class VerdictSource {
  public:
    /// The mode is not `off`, and the files that the configuration names are good. Reads them.
    VerdictSource(asio::io_context& io, Lookup& lookup, const DomainStatsConfig& config);

    /// All but the mode and the files.
    void configure(const DomainStatsConfig& config);

    Provider& provider();

    /// The same text for as long as the same questions get the same verdicts: mode, server, files as they
    /// were read, thresholds.
    std::string rules(const DomainStatsConfig& config) const;

    /// Without it the engine knows of no first contact, and a server's word is taken for each.
    void remember_in(Domains& domains);
    void share(SharedState& shared);

    /// Domains that the engine treats as established.
    void know(const KnownNames& known);

    /// Null for the other mode, the registries also when they are not to be asked.
    HttpClient* http() { return http_ ? &*http_ : nullptr; }
    DomainStats* server() { return server_ ? &*server_ : nullptr; }
    Engine* engine() { return engine_ ? &*engine_ : nullptr; }
    bool embedded() const { return engine_.has_value(); }
    Rdap* rdap() { return rdap_ ? &*rdap_ : nullptr; }

    /// For the end: a kept connection keeps the loop alive.
    void close_idle();

  private:
    std::string files_;  // and their versions
    std::optional<HttpClient> http_;
    std::optional<DomainStats> server_;
    std::optional<Rdap> rdap_;
    std::optional<Engine> engine_;
};

/// What is wrong with the files that the configuration names, by key.
struct WrongFile {
    const char* key;
    std::string why;
};
std::vector<WrongFile> wrong_files(const EmbeddedConfig& config);

}  // namespace enrichd
