#include "stages/domain_stats/embedded/rdap.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cstdint>

#include "asking/failure.hpp"
#include "asking/rest.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr int max_redirects = 3;

/// Clients of registries that were not asked for longest are closed beyond so many: each has its own TLS.
constexpr std::size_t max_clients = 32;

/// So many tries in a row that no registry answered say that it is not the registries.
constexpr unsigned failures_of_all = 3;

bool redirects(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// We are not wanted, or what any server means by it.
error meaning(unsigned status) {
    return status == 401 || status == 403 ? errc::blocked : meaning_of(status);
}

/// What the registry knows of a domain, or that it knows nothing.
result<Registration> registration_in(const HttpResponse& response, const std::string& domain) {
    if (const error bad = meaning(response.status)) return bad;
    auto registration = parse_registration(response.body, domain);
    if (!registration) return unreadable(response, registration.error());
    return registration;
}

/// A text for people, in the original's words where it has some.
std::string said_of(const UpstreamUrl& where, const std::string& what) {
    constexpr std::size_t max_text = 512;
    const std::string text = "RDAP lookup to " + origin(where) + where.path + what;
    return std::string(cut_utf8(text, max_text));
}

RdapAnswer answer_of(const HttpResponse& response, const UpstreamUrl& where, const std::string& domain) {
    RdapAnswer answer;
    answer.registration = registration_in(response, domain);
    if (answer.registration) return answer;
    const error failure = answer.registration.error();
    answer.failure = said_of(where, response.status == 200 ? ": " + failure.message()
                                                           : " returned " + std::to_string(response.status));
    answer.about_the_domain =
        failure == errc::no_registration_date || (failure == errc::http_status && response.status / 100 == 4);
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
    Registry(asio::io_context& io, const RdapOptions& options)
        : slots(io, options.connections), quota(options.requests_per_hour), hold(options.cooldown) {}

    UpstreamUrl server;
    std::unique_ptr<HttpClient> http;  // null while it has not been asked for long
    Slots slots;  // one while it is paused: the next try finds out whether it still has to be
    Quota quota;
    Cooldown hold;
    Clock::time_point last_asked{};

    bool busy() const { return slots.in_use() + slots.waiting() > 0; }

    /// Paused, and not even a try is due.
    error rests(Clock::time_point now) const {
        const auto until = hold.until();
        return until && *until > now ? make_error_code(errc::registry_rests) : error();
    }
};

Rdap::Rdap(asio::io_context& io, Lookup& lookup, RdapBootstrap bootstrap, RdapOptions options)
    : io_(io), lookup_(lookup), bootstrap_(std::move(bootstrap)), options_(std::move(options)) {}

Rdap::~Rdap() = default;

void Rdap::configure(RdapOptions options) {
    options_ = std::move(options);
    for (auto& [origin, registry] : registries_) {
        registry->quota.configure(share());
        registry->hold.try_again(false, Clock::now());
        adjust_slots(*registry);
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

task<RdapAnswer> Rdap::ask(std::string domain, bool for_alert, BeforeSend may_send) {
    const UpstreamUrl* const found = bootstrap_.server_of(domain);
    if (!found) {
        RdapAnswer nobody;
        nobody.registration = errc::no_registry;
        co_return nobody;
    }
    const UpstreamUrl authority = *found;
    const Question question{std::move(domain), for_alert, std::move(may_send)};
    RdapAnswer answer = co_await follow(question, authority);
    answer.again_in = again_in(answer, authority);
    co_return answer;
}

std::string Rdap::registry_for(const std::string& domain) const {
    const UpstreamUrl* const found = bootstrap_.server_of(domain);
    return found ? origin(*found) : std::string();
}

std::size_t Rdap::share() const {
    return std::max<std::size_t>(1, options_.requests_per_hour / hosts_);
}

void Rdap::be_one_of(std::uint64_t hosts) {
    if (std::exchange(hosts_, std::max<std::uint64_t>(1, hosts)) == hosts) return;
    for (auto& [server, registry] : registries_) registry->quota.configure(share());
}

task<RdapAnswer> Rdap::follow(const Question& question, UpstreamUrl where) {
    RdapAnswer answer;
    const std::string what = "/domain/" + percent_encoded(question.domain);
    where.path += what;
    for (int left = max_redirects;; --left) {
        auto response = co_await get(question, where);
        if (!response) {
            answer.registration = response.error();
            co_return answer;
        }
        if (!redirects(response->status)) co_return answer_of(*response, where, question.domain);
        const auto next = redirect_of(*response, where);
        if (!next || left == 0 || !bootstrap_.lists(*next) || !ends_with(next->path, what)) {
            answer.registration = errc::redirect_refused;
            answer.failure = said_of(where, ": " + answer.registration.error().message());
            co_return answer;
        }
        where = *next;
    }
}

/// When its pause or its quota is over, soon when only too many waited, else when the failure is no longer
/// remembered.
std::optional<std::chrono::milliseconds> Rdap::again_in(const RdapAnswer& answer,
                                                        const UpstreamUrl& authority) {
    if (answer.registration || answer.about_the_domain) return std::nullopt;
    const error failure = answer.registration.error();
    const bool for_good =
        failure == errc::redirect_refused || failure == errc::cancelled || failure == errc::filtered;
    if (for_good) return std::nullopt;
    if (failure != errc::registry_rests && failure != errc::queue_full) return std::chrono::hours(1);
    const Clock::time_point now = Clock::now();
    Registry& registry = registry_of(authority);
    const Clock::time_point at = std::max(registry.hold.until().value_or(now), registry.quota.next(now));
    return std::chrono::ceil<std::chrono::milliseconds>(std::max<Clock::duration>(at - now, 2s));
}

Rdap::Registry& Rdap::registry_of(const UpstreamUrl& server) {
    auto& registry = registries_[origin(server)];
    if (!registry) {
        registry = std::make_unique<Registry>(io_, options_);
        registry->quota.configure(share());
    }
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
    if (clients < max_clients || !oldest) return;
    // Not at once: a handler of its timer may be on its way.
    std::shared_ptr<HttpClient> going = std::move(oldest->http);
    going->close_idle();
    asio::post(io_, [going] {});
}

/// Whether too many wait for the registry already.
error Rdap::crowded(const Registry& registry, bool for_alert) const {
    const std::size_t most = for_alert ? options_.max_waiting : options_.max_waiting / 10;
    return registry.slots.waiting() >= most ? make_error_code(errc::queue_full) : error();
}

task<result<HttpResponse>> Rdap::get(const Question& question, UpstreamUrl where) {
    Registry& registry = registry_of(where);
    error refused = crowded(registry, question.for_alert);
    if (!refused) refused = registry.rests(Clock::now());
    if (refused) {
        counts_.requests.add(label(refused));
        co_return refused;
    }
    co_return co_await get_in_turn(question, registry, where.path);
}

/// A registry that was paused meanwhile is not asked when the turn comes; nor is one so slow that the turn
/// came late.
task<result<HttpResponse>> Rdap::get_in_turn(const Question& question, Registry& registry,
                                             std::string target) {
    const Clock::time_point start = Clock::now();
    const Slots::Rank rank{question.for_alert ? Slots::Kind::fresh : Slots::Kind::client, start};
    auto slot = co_await registry.slots.take(rank);
    if (!slot) co_return slot.error();
    const Clock::time_point now = Clock::now();
    error refused = registry.rests(now);
    if (!refused && now > start + 2 * options_.timeout) refused = errc::queue_full;
    const bool enough = question.for_alert || registry.quota.ample(now);
    if (!refused && (!enough || !registry.quota.take(now))) refused = errc::registry_rests;
    if (refused) {
        counts_.requests.add(label(refused));
        co_return refused;
    }
    const Cooldown::Number number = registry.hold.begin();
    std::size_t requests = 0;
    BeforeSend before_send = [&requests, &question] {
        const error forbidden = question.may_send ? question.may_send() : error();
        if (!forbidden) ++requests;
        return forbidden;
    };
    auto response = co_await registry.http->get(std::move(target), std::move(before_send));
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - start).count());
    if (requests > 1) registry.quota.charge(requests - 1, Clock::now());
    note(question, registry, number, response);
    co_return std::move(response);
}

/// What a try says of the registry, and of all of them.
void Rdap::note(const Question& question, Registry& registry, Cooldown::Number number,
                const result<HttpResponse>& response) {
    const error failure = response ? meaning(response->status) : response.error();
    const bool not_found = response && response->status == 404;
    counts_.requests.add(not_found ? "not_found" : failure ? label(failure) : "ok");
    if (failure == errc::cancelled || failure == errc::filtered) return;
    note_reach(response ? error() : failure);
    const bool of_the_registry =
        !response || unanswered(failure) || failure == errc::rate_limited || failure == errc::blocked;
    if (!of_the_registry) {
        registry.hold.answered(number);
        adjust_slots(registry);
        return;
    }
    const Clock::time_point now = Clock::now();
    Cooldown::Failure failed{failure, question.domain};
    if (response) failed.retry_after = wait_asked_for(*response);
    const bool paused = registry.hold.failed(failed, number, now);
    adjust_slots(registry);
    if (paused && complaints_.allows(now))
        log::warning("requests to a registry are paused; the age of its domains is not known",
                     {{"registry", registry.server.host},
                      {"reason", label(failure)},
                      {"detail", failure.message()},
                      {"kept_back", complaints_.kept_back()}});
}

void Rdap::adjust_slots(Registry& registry) {
    registry.slots.resize(registry.hold.holds() ? 1 : options_.connections);
}

std::string Rdap::bootstrap_url() const {
    return origin(*options_.bootstrap_url) + options_.bootstrap_url->path;
}

void Rdap::note_reach(const error& failure) {
    unanswered_ = failure ? unanswered_ + 1 : 0;
    if (!failure)
        trouble_.reset();
    else if (unanswered_ >= failures_of_all)
        trouble_ = failure;
}

task<void> Rdap::keep_current(std::chrono::seconds first_after, Learnt learnt) {
    Clock::duration pause = first_after;
    for (;;) {
        const bool awake = co_await sleep_until(Clock::now() + pause);
        if (!awake) co_return;
        const error failure = co_await fetch_bootstrap(learnt);
        if (failure)
            log::warning("the list of registries cannot be fetched; the one from before stays",
                         {{"reason", label(failure)},
                          {"detail", failure.message()},
                          {"published", bootstrap_.published()}});
        pause = failure ? 1h : bootstrap_good_for;
    }
}

task<error> Rdap::fetch_bootstrap(Learnt learnt) {
    if (!options_.bootstrap_url) co_return error();
    const UpstreamUrl url = *options_.bootstrap_url;
    HttpClientOptions options = http_options(url);
    options.max_body = 4 * 1024 * 1024;
    options.timeout = std::chrono::seconds(30);
    HttpClient http(io_, lookup_, std::move(options));
    auto response = co_await http.get(url.path);
    if (response || response.error() != errc::cancelled) note_reach(response ? error() : response.error());
    if (!response) co_return response.error();
    if (response->status != 200) co_return errc::http_status;
    auto read = RdapBootstrap::parse(response->body);
    if (!read) co_return read.error();
    use(*std::move(read));
    learnt(origin(url) + url.path, response->body);
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
