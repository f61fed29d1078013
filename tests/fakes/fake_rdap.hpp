// The RDAP server of registries, and IANA's bootstrap file that names it, which can misbehave on command.
// Runs in a thread of its own, on a free port of 127.0.0.1.
//
// It tells by the beginning of a domain's name: "new…" was registered five days ago, "missing…" is not found,
// "broken…" is status 500, "refused…" 403, "limited…" 429 with Retry-After, "page…" HTML, "undated…" has no
// date of registration, "noexpiry…" none of expiry, "expired…" has expired, "future…" is registered tomorrow,
// "moved…" is redirected to another path here, "away…" to a server that no bootstrap file names, "loop…" to
// itself, "far…" to a path of 4,000 bytes here, where it is not found, "silent…" is never answered, "cut…"
// gets no answer, "drip…", "endless…", "extension…", "trailer…", "header…", "bomb…" and "deep…" get one of
// fakes/hostile_answers.hpp; all others were registered in 2009.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "fakes/http_server.hpp"

namespace enrichd::fakes {

class FakeRdap {
  public:
    explicit FakeRdap(TlsContext tls = nullptr);
    ~FakeRdap();
    FakeRdap(const FakeRdap&) = delete;
    FakeRdap& operator=(const FakeRdap&) = delete;

    std::string url() const;

    /// A bootstrap file by which it tells of com, net, org and co.uk. It serves it at /dns.json
    /// too, at /broken.json with status 500, and at /empty.json one that names nobody.
    std::string bootstrap(const std::string& published = "2026-11-01T00:00:00Z") const;

    void delay(std::chrono::milliseconds each_answer);

    /// How often each target was asked for; those of domains alone.
    std::map<std::string, unsigned> asked() const;
    unsigned requests() const;
    unsigned bootstraps() const;  // how often /dns.json was fetched
    Connections connections() const;

  private:
    struct Server;
    std::unique_ptr<Server> server_;
};

}  // namespace enrichd::fakes
