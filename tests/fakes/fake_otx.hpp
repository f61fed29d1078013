// An AlienVault OTX that can misbehave on command, in every way that was seen or must be feared.
//
// It judges by the beginning of the value it is asked for, host name or domain alike: "bad…" is in two
// pulses, one of AlienVault and one of somebody; "popular…" is in fifty and whitelisted; "clone…" in one and
// two copies of it; all others are unknown. "odd…" is a hit whose fields have the odd types that OTX has
// served.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fakes/http_server.hpp"

namespace enrichd::fakes {

enum class OtxFault {
    limited,              // 429 with a detail
    limited_ok,           // the same detail with 200
    limited_empty,        // 429, nothing else
    limited_for_seconds,  // 429, Retry-After: as retry_after() says
    limited_until,        // 429, Retry-After as a date in 30 s
    key_refused,          // 403 with a detail
    unauthorised,         // 401
    blocked,              // 403 with a page of a firewall
    malformed,            // 400
    malformed_page,       // 400 of something that is not OTX
    limited_packed,       // 429, Retry-After, and a body that cannot be unpacked
    no_page,              // 404 that is not JSON
    time_out,             // 408
    broken,               // 500 with a page
    gateway,              // 504 with a page, from the edge
    page,                 // 200 with a page
    redirect,             // 301
    not_json,
    empty,
    cut,          // in the middle of the body
    unframed,     // no length: ends with the connection
    gzip_length,  // gzip whose length is wrong inside
    gzip_cut,     // half of it
    gzip_bomb,    // 64 MiB of blanks
    huge,         // 12 MiB
    endless,      // chunks for ever
    huge_header,  // 64 KiB
    drip,         // a byte a second
    silence,
    reset_reused,  // RST for the second and later requests of a connection
    deep,          // 100,000 lists in each other
    count_alone,   // count 3, no pulses
    no_pulse_info,
};

class FakeOtx {
  public:
    static constexpr const char* key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    explicit FakeOtx(TlsContext tls = nullptr, std::uint16_t port = 0);
    ~FakeOtx();
    FakeOtx(const FakeOtx&) = delete;
    FakeOtx& operator=(const FakeOtx&) = delete;

    std::uint16_t port() const;
    std::string url() const;

    /// The section of enrichd.yaml that has this asked, and may go on. The key goes into a file in
    /// `directory`.
    std::string section(const std::filesystem::path& directory) const;

    void fail_next(OtxFault fault, unsigned times = 1);
    void fail_always(std::optional<OtxFault> fault);
    /// Neither of both any more.
    void fail_no_more();
    void delay(std::chrono::milliseconds each_answer);
    void retry_after(std::chrono::seconds pause);

    std::uint64_t requests() const;
    /// "hostname/www.x.com" and how often it was asked for.
    std::map<std::string, std::uint64_t> asked() const;
    Connections connections() const;

    /// The body of an answer, as OTX lays it out.
    static std::string body_for(const std::string& slug, const std::string& value);

  private:
    struct Server;
    std::unique_ptr<Server> server_;
};

}  // namespace enrichd::fakes
