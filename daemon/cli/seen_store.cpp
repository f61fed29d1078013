#include "cli/seen_store.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/control_client.hpp"
#include "config/state_directory.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t rows_at_once = 10'000;  // a transaction
constexpr std::size_t at_once = 2'000;        // domains in a line to the daemon

/// The state file belongs to the daemon's user, so root acts as the owner of its directory.
error become_owner_of(const std::string& directory) {
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) return last_error();
    if (::geteuid() != 0 || status.st_uid == 0) return {};
    if (::setegid(status.st_gid) != 0 || ::seteuid(status.st_uid) != 0) return last_error();
    return {};
}

task<result<std::size_t>> add_all(Domains& domains, std::vector<SeenDomain> list) {
    std::size_t added = 0;
    for (auto at = list.begin(); at != list.end();) {
        const auto end = at + std::min<std::ptrdiff_t>(list.end() - at, rows_at_once);
        std::vector<SeenDomain> some(std::make_move_iterator(at), std::make_move_iterator(end));
        auto more = co_await domains.import(std::move(some));
        if (!more) co_return more.error();
        added += *more;
        at = end;
    }
    co_return added;
}

task<result<std::size_t>> count_all(Domains& domains) {
    const error failure = co_await domains.load();
    if (failure) co_return failure;
    co_return domains.size();
}

class InStateFile final : public SeenStore {
  public:
    InStateFile(const Config& config, bool make)
        : directory_(config.state.directory),
          options_(make ? prepared_state(config.state) : DatabaseOptions{config.state.file()}),
          failure_(ready(make)),
          database_(io_, options_),
          domains_(database_, config.max_domains()) {}
    ~InStateFile() override {
        database_.close();
        io_.restart();
        io_.poll();
    }
    InStateFile(const InStateFile&) = delete;
    InStateFile& operator=(const InStateFile&) = delete;

    result<std::size_t> import(std::vector<SeenDomain> domains) override {
        return run(add_all(domains_, std::move(domains)));
    }
    result<std::vector<SeenDomain>> after(const std::string& domain) override {
        return run(domains_.after(domain, rows_at_once));
    }
    result<std::size_t> count() override { return run(count_all(domains_)); }
    result<std::size_t> forget(const std::string& domain) override { return run(domains_.forget(domain)); }

    std::string why(const error& failure) const override {
        std::string text = options_.file + ": " + failure.message();
        if (failure == errc::store_in_use)
            text +=
                ": enrichd runs, and its admin socket cannot be reached; stop it first (systemctl stop "
                "enrichd.service)";
        return text;
    }

  private:
    error ready(bool make) const {
        if (!make && ::access(options_.file.c_str(), F_OK) != 0) return last_error();
        return become_owner_of(directory_);
    }

    /// What a coroutine on the state file returns, or why it could not be used.
    template <class T>
    result<T> run(task<result<T>> work) {
        if (failure_) return failure_;
        result<T> out = errc::store_not_loaded;
        auto done = [&](const std::exception_ptr&, result<T> value) { out = std::move(value); };
        asio::co_spawn(io_, std::move(work), done);
        io_.restart();
        while (!out && out.error() == errc::store_not_loaded && io_.run_one() > 0) {
        }
        return out;
    }

    std::string directory_;
    DatabaseOptions options_;
    error failure_;
    asio::io_context io_{1};
    Database database_;
    Domains domains_;
};

class WithDaemon final : public SeenStore {
  public:
    explicit WithDaemon(ControlClient daemon) : daemon_(std::move(daemon)) {}

    result<std::size_t> import(std::vector<SeenDomain> domains) override {
        std::size_t added = 0;
        for (std::size_t begin = 0; begin < domains.size(); begin += at_once) {
            Json list = Json::array();
            for (std::size_t at = begin; at < std::min(begin + at_once, domains.size()); ++at)
                list.push_back(
                    Json::array({domains[at].domain, domains[at].seen.time_since_epoch().count()}));
            const auto more = number({{"verb", "seen import"}, {"domains", std::move(list)}}, "added");
            if (!more) return more;
            added += *more;
        }
        return added;
    }
    result<std::vector<SeenDomain>> after(const std::string& domain) override {
        const auto answer = daemon_.ask(Json{{"verb", "seen after"}, {"domain", domain}}.dump());
        if (!answer) return errc::store_failed;
        std::vector<SeenDomain> out;
        const Json read = Json::parse(*answer);
        for (const Json& one : read["domains"])
            out.push_back(
                {one[0].get<std::string>(), WallTime(std::chrono::seconds(one[1].get<long long>()))});
        return out;
    }
    result<std::size_t> count() override { return number({{"verb", "seen count"}}, "domains"); }
    result<std::size_t> forget(const std::string& domain) override {
        return number({{"verb", "seen forget"}, {"name", domain}}, "forgotten");
    }
    std::string why(const error&) const override { return daemon_.failure(); }

  private:
    result<std::size_t> number(const Json& question, const char* member) {
        const auto answer = daemon_.ask(question.dump());
        if (!answer) return errc::store_failed;
        return Json::parse(*answer)[member].get<std::size_t>();
    }

    ControlClient daemon_;
};

}  // namespace

std::unique_ptr<SeenStore> open_seen_store(const Config& config, bool make) {
    ControlClient daemon(config.admin.socket);
    if (daemon.failure().empty()) return std::make_unique<WithDaemon>(std::move(daemon));
    return std::make_unique<InStateFile>(config, make);
}

}  // namespace enrichd
