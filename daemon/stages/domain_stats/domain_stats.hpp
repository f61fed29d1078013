// A Domain Stats server (github.com/MarkBaggett/domain_stats) over HTTP.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "net/http.hpp"
#include "shared/first_contacts.hpp"
#include "stages/domain_stats/provider.hpp"
#include "store/domains.hpp"

namespace enrichd {

struct DomainStatsOptions {
    std::string base_path;      // of the URL, without a trailing slash
    bool ask_hostname = false;  // else, and of odd names, the registrable domain, for which it answers anyway
    std::string address{};      // "host:port", for the log
    bool operator==(const DomainStatsOptions&) const = default;
};

class DomainStats final : public Provider {
  public:
    DomainStats(Http& http, DomainStatsOptions options) : http_(http), options_(std::move(options)) {}

    void configure(DomainStatsOptions options) { options_ = std::move(options); }

    /// Another server is asked from now on: the zone of the old one's times says nothing.
    void forget_zone() { zone_ = {}; }

    /// The server says a first contact again when a registration is renewed, or a new domain becomes
    /// established, and not again when nobody heard it; with this it is reported once. A state file that
    /// fails keeps none back.
    void remember_in(Domains& domains) { domains_ = &domains; }
    /// Which of the hosts that share state reports a first contact. Without it this one does.
    void share(SharedContacts& contacts) { contacts_ = &contacts; }

    /// The zone of the server's times: reported when it is learnt, for the next run to begin with.
    void on_zone(std::function<void(std::chrono::seconds)> call) { zone_learnt_ = std::move(call); }
    void set_zone(std::chrono::seconds offset) { zone_.set_offset(offset); }

    /// Errors: those of Http, and http_status, gateway_status, content_type, body_empty, body_not_json,
    /// body_wrong_shape. Redirects are not followed.
    task<result<DomainStatsAnswer>> ask(const HostName& name, Ticket& ticket) override;

    /// `GET /localhost`: answered at once and touches no record. (`/stats` would switch on a write per
    /// look-up.)
    task<result<void>> probe() override;

    std::string address() const override { return options_.address; }

  private:
    Http& http_;
    DomainStatsOptions options_;
    Domains* domains_ = nullptr;
    SharedContacts* contacts_ = nullptr;
    ServerZone zone_;
    std::function<void(std::chrono::seconds)> zone_learnt_;
};

}  // namespace enrichd
