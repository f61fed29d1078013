// The registries, by RDAP (RFC 7480, 9082, 9083): when was a domain registered?
//
// Each registry is asked for itself: so many requests an hour, so many at a time, and not at all while it
// limits us or is away. Nobody waits for that: what cannot be asked now is not known now.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "asking/cooldown.hpp"
#include "asking/quota.hpp"
#include "asking/slots.hpp"
#include "base/counters.hpp"
#include "base/log.hpp"
#include "model/registration.hpp"
#include "net/http_client.hpp"
#include "net/tasks.hpp"
#include "stages/domain_stats/embedded/rdap_bootstrap.hpp"

namespace enrichd {

struct RdapOptions {
    std::size_t requests_per_hour = 3600;  // of one registry; a tenth of them may come at once
    std::size_t connections = 2;           // to one registry
    std::size_t max_waiting = 100;         // for one registry, none longer than twice the timeout
    std::chrono::milliseconds timeout = std::chrono::seconds(8);  // of one request
    Proxy proxy;
    std::string ca_file;
    CooldownOptions cooldown{{5, std::chrono::seconds(30), std::chrono::minutes(10)}};
    std::optional<UpstreamUrl> bootstrap_url;  // none: the bootstrap file stays as it is
};

struct RdapAnswer {
    result<Registration> registration = errc::cancelled;

    /// What the registry's answer was, for people, when it had no registration: "RDAP lookup to … returned
    /// 404". Empty when no answer came, or nobody was asked.
    std::string failure{};
    bool about_the_domain = false;  // of a failure: the registry will most likely say the same tomorrow

    /// Of a failure that says nothing of the domain: when the registry may be asked again.
    std::optional<std::chrono::milliseconds> again_in{};
};

struct RdapCounts {
    Counters requests;   // by outcome: "ok", "not_found", an error's label
    Histogram duration;  // of a request, waiting for a connection included
};

class Rdap {
  public:
    Rdap(asio::io_context& io, Lookup& lookup, RdapBootstrap bootstrap, RdapOptions options);
    ~Rdap();

    void configure(RdapOptions options);
    void use(RdapBootstrap bootstrap) { bootstrap_ = std::move(bootstrap); }
    const RdapBootstrap& bootstrap() const { return bootstrap_; }

    /// Asks the registry of `domain`, which is a HostName's registrable domain, and where it sends us, at
    /// most three times and only to servers that the bootstrap file lists. Errors: no_registry,
    /// registry_rests, queue_full (nobody was asked); those of Http and of parse_registration, rate_limited,
    /// blocked, gateway_status, http_status, content_type, redirect_refused; and those of `may_send`, which
    /// is asked before each request. Who asks for no alert is served while there is plenty.
    task<RdapAnswer> ask(std::string domain, bool for_alert, BeforeSend may_send = {});

    /// Whom ask() would ask first, for people and for the quota: "https://rdap.example"; empty: nobody.
    std::string registry_for(const std::string& domain) const;
    std::chrono::milliseconds timeout() const { return options_.timeout; }
    std::size_t requests_per_hour() const { return options_.requests_per_hour; }

    /// The quotas are divided by this number of hosts.
    void be_one_of(std::uint64_t hosts);

    bool fetches_bootstrap() const { return options_.bootstrap_url.has_value(); }
    std::string bootstrap_url() const;  // of one that is fetched

    /// Told of a bootstrap file that was fetched: where, and what.
    using Learnt = std::function<void(const std::string& url, const std::string& text)>;

    /// Fetches the bootstrap file daily, first after a while, until it is cancelled.
    task<void> keep_current(std::chrono::seconds first_after, Learnt learnt);
    static constexpr std::chrono::hours bootstrap_good_for{24};

    /// Why no registry answers, when the last three tries, whoever was tried, all failed of that.
    const std::optional<error>& trouble() const { return trouble_; }
    const RdapCounts& counts() const { return counts_; }
    std::size_t in_flight() const;
    std::size_t resting() const;  // registries that are asked no more for now
    void close_idle();

  private:
    struct Registry;
    Registry& registry_of(const UpstreamUrl& server);
    std::size_t share() const;
    void make_room();
    HttpClientOptions http_options(const UpstreamUrl& server) const;
    /// What is asked, for whom, and whether it still may be.
    struct Question {
        std::string domain;
        bool for_alert = true;
        BeforeSend may_send;
    };
    task<RdapAnswer> follow(const Question& question, UpstreamUrl where);
    std::optional<std::chrono::milliseconds> again_in(const RdapAnswer& answer, const UpstreamUrl& authority);
    error crowded(const Registry& registry, bool for_alert) const;
    task<result<HttpResponse>> get(const Question& question, UpstreamUrl where);
    task<result<HttpResponse>> get_in_turn(const Question& question, Registry& registry, std::string target);
    void note(const Question& question, Registry& registry, Cooldown::Number number,
              const result<HttpResponse>& response);
    void adjust_slots(Registry& registry);
    void note_reach(const error& failure);
    task<error> fetch_bootstrap(Learnt learnt);

    asio::io_context& io_;
    Lookup& lookup_;
    RdapBootstrap bootstrap_;
    RdapOptions options_;
    std::unordered_map<std::string, std::unique_ptr<Registry>> registries_;  // by origin
    std::uint64_t hosts_ = 1;
    unsigned unanswered_ = 0;  // tries in a row
    std::optional<error> trouble_;
    log::Limit complaints_;
    RdapCounts counts_;
};

}  // namespace enrichd
