#include "shared/shared_config.hpp"

#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "asking/text_checks.hpp"
#include "base/secret_file.hpp"
#include "net/tls.hpp"
#include "shared/redis_url.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using namespace text_checks;

constexpr std::size_t longest_name = 64;

/// Of a prefix or a host in the server's keys: nothing that means something there.
bool plain_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
               std::string_view::npos;
}

Expected redis_url(std::string& text) {
    if (text.empty() || parse_redis_url(text)) return std::nullopt;
    return "redis://[user@]host[:6379][/database], rediss:// for TLS, or "
           "redis-sentinel://host[:26379]/master; the "
           "password belongs into shared.password_file";
}

Expected prefix(std::string& text) {
    if (plain_name(text)) return std::nullopt;
    return "1 to 64 letters, digits, hyphens, dots and underscores";
}

Expected optional_node(std::string& text) {
    if (text.empty()) return std::nullopt;
    return prefix(text);
}

}  // namespace

void visit_shared(SharedConfig& shared, ConfigVisitor& v) {
    v.text({"url", "URL of a Valkey or Redis server that all hosts use; empty: off", true}, shared.url,
           redis_url);
    v.text({"password_file", "file with the server's password", true}, shared.password_file, optional_file);
    v.text({"ca_file", "file of PEM certificates to trust instead of the system's"}, shared.ca_file,
           optional_file);
    v.text({"prefix", "of the keys in the server; the same on all hosts"}, shared.prefix, prefix);
    v.duration({"timeout", "how long an alert waits for the server at most"}, shared.timeout, 5ms, 5s);
    v.text({"node", "name of this host, another on each; empty: its host name"}, shared.node, optional_node);
    v.duration({"keep", "how long the server remembers a domain"}, shared.keep, 24h, 10 * year);
}

void check_shared(const SharedConfig& shared, const KeyProblems& problems) {
    const auto url = parse_redis_url(shared.url);
    if (!url) return;
    if (!url->user.empty() && shared.password_file.empty())
        problems.error("shared.password_file", "is needed for the user in shared.url");
    if (!url->tls && !shared.ca_file.empty())
        problems.error("shared.ca_file", "is for rediss://, and shared.url is redis://");
}

void load_shared(SharedConfig& shared, const KeyProblems& problems) {
    if (shared.url.empty()) return;
    if (!shared.password_file.empty()) {
        SecretFile found = read_secret_file(shared.password_file);
        if (!found.problem.empty()) problems.error("shared.password_file", found.problem);
        shared.password = std::move(found.secret);
    }
    const std::string wrong = wrong_certificates(shared.ca_file);
    if (!wrong.empty()) problems.error("shared.ca_file", wrong);
}

RedisOptions redis_options(const SharedConfig& shared) {
    RedisOptions options;
    const auto url = parse_redis_url(shared.url);
    if (!url) return options;
    options.upstream = {url->host, url->port, url->tls, shared.ca_file, {}};
    options.master = url->master;
    options.user = url->user;
    options.password = shared.password;
    options.database = url->database;
    options.timeout = shared.timeout;
    return options;
}

std::string summary_of(const SharedConfig& shared) {
    if (shared.url.empty()) return "Shared state: off";
    return "Shared state: " + shared.url + ", this host is " + node_name(shared);
}

std::vector<ConfiguredServer> servers_of(const SharedConfig& shared) {
    const RedisOptions options = redis_options(shared);
    if (options.upstream.host.empty()) return {};
    return {{"shared.url", options.upstream,
             "correct shared.url, or start the server; until then each host decides alone"}};
}

std::string node_name(const SharedConfig& shared) {
    if (!shared.node.empty()) return shared.node;
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unnamed";
    std::string out(name.data());
    for (char& c : out)
        if (!plain_name(std::string_view(&c, 1))) c = '_';
    return out.empty() ? "unnamed" : out.substr(0, longest_name);
}

}  // namespace enrichd
