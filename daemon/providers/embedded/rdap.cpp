#include "providers/embedded/rdap.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

#include "base/log.hpp"
#include "policy/failure.hpp"
#include "providers/rest.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr int max_redirects = 3;

/// Clients of registries that were not asked for longest are closed beyond so many: each has its own TLS.
constexpr std::size_t max_clients = 32;

/// So many tries in a row that no registry answered say that it is not the registries.
constexpr unsigned failures_of_all = 5;

constexpr std::string_view rdap_json = "application/rdap+json";

bool redirects(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// What a status says; nothing of 200.
error meaning(unsigned status) {
    switch (status) {
        case 200:
            return {};
        case 401:
        case 403:
            return errc::blocked;
        case 408:
            return errc::deadline;
        case 429:
            return errc::rate_limited;
        case 502:
        case 503:
        case 504:
            return errc::gateway_status;
        default:
            return errc::http_status;
    }
}

/// What the registry knows of a domain, or that it knows nothing.
result<Registration> judge(const HttpResponse& response) {
    if (const error bad = meaning(response.status)) return bad;
    if (!declares_json(response, rdap_json) && !declares_json(response)) return errc::content_type;
    return parse_registration(response.body);
}

std::string look_up(const UpstreamUrl& where) {
    return "RDAP lookup to " + origin(where) + where.path;
}

RdapAnswer judged(const HttpResponse& response, const UpstreamUrl& where) {
    RdapAnswer answer;
    answer.registration = judge(response);
    if (answer.registration) return answer;
    const error failure = answer.registration.error();
    const bool told = response.status == 200;
    answer.failure =
        look_up(where) + (told ? ": " + failure.message() : " returned " + std::to_string(response.status));
    answer.about_the_domain = told || failure == errc::http_status ? response.status < 500 : false;
    return answer;
}

/// Where a redirect leads.
std::optional<UpstreamUrl> redirect_of(const HttpResponse& response, const UpstreamUrl& from) {
    if (response.location.starts_with('/') && !response.location.starts_with("//"))
        return parse_upstream_url(origin(from) + response.location);
    return parse_upstream_url(response.location);
}

/// `tail` is in lower case.
bool ends_with(std::string_view text, std::string_view tail) {
    return text.size() >= tail.size() && boost::beast::iequals(text.substr(text.size() - tail.size()), tail);
}

}  // namespace

struct Rdap::Registry {
    explicit Registry(const RdapOptions& options)
        : quota(options.requests_per_hour), hold(options.hold_back) {}

    UpstreamUrl server;
    std::unique_ptr<HttpClient> http;  // null while it has not been asked for long
    Quota quota;
    HoldBack hold;
    Clock::time_point last_asked{};

    bool busy() const { return http && http->in_flight() + http->waiting() > 0; }
};

Rdap::Rdap(asio::io_context& io, Lookup& lookup, RdapBootstrap bootstrap, RdapOptions options)
    : io_(io), lookup_(lookup), bootstrap_(std::move(bootstrap)), options_(std::move(options)) {}

Rdap::~Rdap() = default;

void Rdap::configure(RdapOptions options) {
    options_ = std::move(options);
    for (auto& [origin, registry] : registries_) {
        registry->quota.configure(options_.requests_per_hour);
        registry->hold.mended(false, Clock::now());
        if (registry->http) registry->http->configure(http_options(registry->server));
    }
}

HttpClientOptions Rdap::http_options(const UpstreamUrl& server) const {
    HttpClientOptions options;
    options.upstream.host = server.host;
    options.upstream.port = server.port;
    options.upstream.tls = server.tls;
    options.upstream.ca_file = options_.ca_file;
    if (server.tls) options.upstream.proxy = options_.proxy;  // what is on this machine needs none
    options.accept = "application/rdap+json, application/json";
    options.gzip = true;
    options.connections = options_.connections;
    options.timeout = options_.timeout;
    options.idle = 10s;
    options.max_body = 1024 * 1024;
    return options;
}

task<RdapAnswer> Rdap::ask(std::string domain) {
    RdapAnswer answer;
    const UpstreamUrl* const authority = bootstrap_.server_of(domain);
    if (!authority) {
        answer.registration = errc::no_registry;
        co_return answer;
    }
    const std::string what = "/domain/" + percent_encoded(domain);
    UpstreamUrl where = *authority;
    where.path += what;
    for (int left = max_redirects;; --left) {
        auto response = co_await get(where);
        if (!response) {
            answer.registration = response.error();
            co_return answer;
        }
        if (!redirects(response->status)) co_return judged(*response, where);
        const auto next = redirect_of(*response, where);
        if (!next || left == 0 || !bootstrap_.lists(*next) || !ends_with(next->path, what)) {
            answer.registration = errc::redirect_refused;
            answer.failure = look_up(where) + ": " + answer.registration.error().message();
            answer.about_the_domain = true;
            co_return answer;
        }
        where = *next;
    }
}

Rdap::Registry& Rdap::registry_of(const UpstreamUrl& server) {
    auto& registry = registries_[origin(server)];
    if (!registry) registry = std::make_unique<Registry>(options_);
    registry->last_asked = Clock::now();
    if (!registry->http) {
        make_room();
        registry->http = std::make_unique<HttpClient>(io_, lookup_, http_options(server));
        registry->server = server;
    }
    return *registry;
}

void Rdap::make_room() {
    std::size_t clients = 0;
    Registry* oldest = nullptr;
    for (auto& [origin, registry] : registries_) {
        if (!registry->http) continue;
        ++clients;
        if (!registry->busy() && (!oldest || registry->last_asked < oldest->last_asked))
            oldest = registry.get();
    }
    if (clients >= max_clients && oldest) oldest->http.reset();
}

/// Why the registry is not asked now.
error Rdap::refusal(Registry& registry, Clock::time_point now) const {
    if (registry.http->waiting() >= options_.max_waiting) return errc::queue_full;
    // While it is held back, one try at a time finds out whether it still has to be.
    if (const auto until = registry.hold.until(); until && (*until > now || registry.busy()))
        return errc::registry_rests;
    if (!registry.quota.take(now)) return errc::registry_rests;
    return {};
}

task<result<HttpResponse>> Rdap::get(UpstreamUrl where) {
    Registry& registry = registry_of(where);
    const Clock::time_point start = Clock::now();
    if (const error refused = refusal(registry, start)) {
        counts_.requests.add(label(refused));
        co_return refused;
    }
    const HoldBack::Number number = registry.hold.begin();
    Asked unused;
    auto response = co_await registry.http->get(where.path, unused);
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - start).count());
    note(registry, number, response);
    co_return std::move(response);
}

/// What a try says of the registry, and of all of them.
void Rdap::note(Registry& registry, HoldBack::Number number, const result<HttpResponse>& response) {
    const error failure = response ? meaning(response->status) : response.error();
    const bool not_found = response && response->status == 404;
    counts_.requests.add(not_found ? "not_found" : failure ? label(failure) : "ok");
    if (failure == errc::cancelled) return;
    if (response) {
        unanswered_ = 0;
        trouble_.reset();
    } else if (++unanswered_ >= failures_of_all) {
        trouble_ = failure;
    }
    const bool of_the_registry =
        !response || unanswered(failure) || failure == errc::rate_limited || failure == errc::blocked;
    if (!of_the_registry) {
        registry.hold.answered(number);
        return;
    }
    const Clock::time_point now = Clock::now();
    const auto wait = response ? wait_asked_for(*response) : std::nullopt;
    if (registry.hold.failed(failure, wait, number, now) && complaints_.allows(now))
        log::warning(
            "a registry is asked no more for now; the age of its domains is not known",
            {{"registry", registry.server.host}, {"reason", label(failure)}, {"detail", failure.message()}});
}

task<void> Rdap::keep_current(std::chrono::seconds first_after,
                              std::function<void(const std::string&)> learnt) {
    Clock::duration pause = first_after;
    for (;;) {
        const bool awake = co_await sleep_until(Clock::now() + pause);
        if (!awake) co_return;
        const error failure = co_await fetch_bootstrap(learnt);
        if (failure)
            log::info("the list of registries cannot be fetched; the one from before stays",
                      {{"reason", label(failure)},
                       {"detail", failure.message()},
                       {"published", bootstrap_.published()}});
        pause = failure ? 1h : bootstrap_good_for;
    }
}

task<error> Rdap::fetch_bootstrap(std::function<void(const std::string&)> learnt) {
    if (!options_.bootstrap_url) co_return error();
    const UpstreamUrl url = *options_.bootstrap_url;
    HttpClientOptions options = http_options(url);
    options.max_body = 4 * 1024 * 1024;
    options.timeout = 30s;
    HttpClient http(io_, lookup_, std::move(options));
    Asked unused;
    auto response = co_await http.get(url.path, unused);
    if (!response) co_return response.error();
    if (response->status != 200) co_return errc::http_status;
    auto read = RdapBootstrap::parse(response->body);
    if (!read) co_return read.error();
    use(*std::move(read));
    learnt(response->body);
    log::info("the list of registries is current",
              {{"published", bootstrap_.published()}, {"suffixes", bootstrap_.suffixes()}});
    co_return error();
}

std::size_t Rdap::in_flight() const {
    std::size_t sum = 0;
    for (const auto& [origin, registry] : registries_)
        if (registry->http) sum += registry->http->in_flight();
    return sum;
}

std::size_t Rdap::resting() const {
    return static_cast<std::size_t>(std::count_if(registries_.begin(), registries_.end(),
                                                  [](const auto& one) { return one.second->hold.holds(); }));
}

void Rdap::close_idle() {
    for (auto& [origin, registry] : registries_)
        if (registry->http) registry->http->close_idle();
}

}  // namespace enrichd
