// A Domain Stats server that can misbehave on command. Runs in a thread of its own, on a free port of
// 127.0.0.1.
//
// It judges by the beginning of a domain's name: "new…" is NEW, "qz…" has low frequency scores, "err…" is an
// RDAP error, "odd…" has fields of odd types; all others are ESTABLISHED, and "seen…" was asked for long ago.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace enrichd::fakes {

enum class Fault {
    cut,          // notes the domain as seen, then closes without an answer
    cut_in_body,  // the same, after half of the answer
    html,         // 200 with a page
    status_500,   // 500 with a page
    status_503,
    empty,              // 200 without a body
    text_type,          // JSON declared as text/plain
    not_json,           // declared as JSON
    other_json,         // a JSON object that is no verdict
    redirect,           // 308
    huge_body,          // 1 MiB
    endless_body,       // chunks for ever
    endless_extension,  // of a chunk
    endless_trailer,
    huge_header,  // 64 KiB
    gzip_bomb,    // 64 MiB
    deep,         // 10,000 lists in each other
    drip,         // a byte, and then a byte
    unframed,     // no length: ends with the connection
    not_http,
    silence,  // reads and never answers
};

/// What the server answers about a domain, at this time, that it saw first then. `first`: this is the
/// question by which it does. Times in Unix seconds; `offset_hours` is how far its clock is from UTC.
std::string domain_stats_verdict(const std::string& domain, std::time_t now, std::time_t seen_at, bool first,
                                 int offset_hours);

struct Counts {
    std::uint64_t requests = 0;  // without probes
    std::uint64_t probes = 0;    // GET /localhost
    std::uint64_t connections = 0;
    std::uint64_t open = 0;
    std::uint64_t most_open = 0;
    std::uint64_t answers = 0;  // written, probes too
    std::map<std::string, std::uint64_t> by_target;
};

class FakeDomainStats {
  public:
    /// Port 0 is any free one.
    explicit FakeDomainStats(std::uint16_t port = 0);
    ~FakeDomainStats();
    FakeDomainStats(const FakeDomainStats&) = delete;
    FakeDomainStats& operator=(const FakeDomainStats&) = delete;

    std::uint16_t port() const;
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

    void delay(std::chrono::milliseconds each_answer);
    void timezone_offset(int hours);
    void close_idle_after(std::chrono::milliseconds idle);

    /// The next `times` requests fail so; probes do not.
    void fail_next(Fault fault, unsigned times = 1);
    /// All do, probes too, until it is called with nothing.
    void fail_always(std::optional<Fault> fault);
    /// Neither of both any more.
    void fail_no_more();

    Counts counts() const;

    /// As in counts(), without its cost.
    std::uint64_t answers() const;

    /// Nobody listens any more; then somebody does again, on the same port, with all that he knew. Not for
    /// two threads at once.
    void leave();
    void come_back();

  private:
    struct Server;
    std::unique_ptr<Server> server_;
};

}  // namespace enrichd::fakes
