#include "app/seen.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/state_directory.hpp"
#include "base/small_file.hpp"
#include "model/host_name.hpp"
#include "store/domains.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_list = 256 * 1024 * 1024;
constexpr std::size_t chunk = 10'000;  // rows a transaction

/// The state file belongs to the daemon's user, so root acts as the owner of its directory.
error become_owner_of(const std::string& directory) {
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) return last_error();
    if (::geteuid() != 0 || status.st_uid == 0) return {};
    if (::setegid(status.st_gid) != 0 || ::seteuid(status.st_uid) != 0) return last_error();
    return {};
}

/// The state file, for one verb.
class Seen {
  public:
    Seen(const Config& config, bool make)
        : directory_(config.state.directory),
          options_(make ? prepared_state(config.state) : DatabaseOptions{config.state.file()}),
          failure_(ready(make)),
          database_(io_, options_),
          domains_(database_, config.domain_stats.embedded.max_domains) {}
    ~Seen() {
        database_.close();
        io_.restart();
        io_.poll();
    }
    Seen(const Seen&) = delete;
    Seen& operator=(const Seen&) = delete;

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

    Domains& domains() { return domains_; }

    SeenReport failed(const error& failure) const {
        SeenReport report;
        report.error = options_.file + ": " + failure.message();
        if (failure == errc::store_in_use)
            report.error += ": stop enrichd first (systemctl stop enrichd.service)";
        return report;
    }

  private:
    error ready(bool make) const {
        if (!make && ::access(options_.file.c_str(), F_OK) != 0) return last_error();
        return become_owner_of(directory_);
    }

    std::string directory_;
    DatabaseOptions options_;
    error failure_;
    asio::io_context io_{1};
    Database database_;
    Domains domains_;
};

SeenReport good(const Json& json, std::string human) {
    return {json.dump() + "\n", std::move(human), {}, true};
}

/// "a, b  c" as its fields: a domain, and what stands before and behind it.
std::vector<std::string_view> fields_of(std::string_view line) {
    constexpr std::string_view between = ", \t\r";
    std::vector<std::string_view> fields;
    while (fields.size() < 3) {
        line.remove_prefix(std::min(line.find_first_not_of(between), line.size()));
        if (line.empty()) break;
        const std::size_t end = std::min(line.find_first_of(between), line.size());
        fields.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    const bool ranked =
        fields.size() > 1 && fields.front().find_first_not_of("0123456789") == std::string_view::npos;
    if (ranked) fields.erase(fields.begin());
    return fields;
}

/// Nothing when it is no line of a list.
std::optional<SeenDomain> seen_domain(std::string_view line, WallTime now) {
    const auto fields = fields_of(line);
    const auto name = HostName::parse(fields.front());
    if (!name || name->registrable().empty()) return std::nullopt;
    SeenDomain seen{std::string(name->registrable()), now};
    if (fields.size() == 1) return seen;
    const auto time = parse_iso_date(fields[1]);
    if (!time) return std::nullopt;
    seen.seen = *time;
    return seen;
}

struct List {
    std::vector<SeenDomain> domains;
    std::size_t left_out = 0;
    std::size_t first_left_out = 0;  // its line, from 1
};

List read_list(std::string_view text) {
    List list;
    const WallTime now = wall_seconds(WallClock::now());
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('#') || fields_of(line).empty()) continue;
        if (auto seen = seen_domain(line, now))
            list.domains.push_back(*std::move(seen));
        else if (list.left_out++ == 0)
            list.first_left_out = number;
    }
    return list;
}

task<result<std::size_t>> add_all(Domains& domains, std::vector<SeenDomain> list) {
    std::size_t added = 0;
    for (auto at = list.begin(); at != list.end();) {
        const auto end = at + std::min<std::ptrdiff_t>(list.end() - at, chunk);
        std::vector<SeenDomain> some(std::make_move_iterator(at), std::make_move_iterator(end));
        auto more = co_await domains.import(std::move(some));
        if (!more) co_return more.error();
        added += *more;
        at = end;
    }
    co_return added;
}

task<result<std::string>> write_all(Domains& domains) {
    std::string out;
    std::string last;
    for (;;) {
        auto some = co_await domains.after(last, chunk);
        if (!some) co_return some.error();
        for (const SeenDomain& one : *some) out += one.domain + " " + to_iso_date(one.seen) + "\n";
        if (some->size() < chunk) break;
        last = some->back().domain;
    }
    co_return out;
}

task<result<std::size_t>> count_all(Domains& domains) {
    const error failure = co_await domains.load();
    if (failure) co_return failure;
    co_return domains.size();
}

}  // namespace

SeenReport seen_import(const Config& config, const std::string& file) {
    const auto text = read_small_file(file, max_list);
    if (!text) return {{}, {}, file + ": " + text.error().message()};
    List list = read_list(*text);
    const std::size_t read = list.domains.size();
    if (read == 0 && list.left_out > 0) return {{}, {}, file + ": no line of it is a domain"};
    Seen seen(config, true);
    const auto added = seen.run(add_all(seen.domains(), std::move(list.domains)));
    if (!added) return seen.failed(added.error());
    std::string human = std::to_string(read) + " domains read, " + std::to_string(*added) +
                        " of them had not been seen before\n";
    if (list.left_out > 0)
        human += std::to_string(list.left_out) + " lines left out that are no domain, the first is line " +
                 std::to_string(list.first_left_out) + "\n";
    return good({{"read", read}, {"added", *added}, {"left_out", list.left_out}}, std::move(human));
}

SeenReport seen_export(const Config& config) {
    Seen seen(config, false);
    auto lines = seen.run(write_all(seen.domains()));
    if (!lines) return seen.failed(lines.error());
    return good({}, *std::move(lines));
}

SeenReport seen_count(const Config& config) {
    Seen seen(config, false);
    const auto count = seen.run(count_all(seen.domains()));
    if (!count) return seen.failed(count.error());
    return good({{"domains", *count}}, std::to_string(*count) + "\n");
}

SeenReport seen_forget(const Config& config, const std::string& text) {
    const auto name = HostName::parse(text);
    if (!name || name->registrable().empty()) return {{}, {}, "'" + text + "' is no domain"};
    const std::string domain(name->registrable());
    Seen seen(config, false);
    const auto forgotten = seen.run(seen.domains().forget(domain));
    if (!forgotten) return seen.failed(forgotten.error());
    return good({{"domain", domain}, {"forgotten", *forgotten > 0}},
                domain + (*forgotten > 0 ? " is forgotten\n" : " was not there\n"));
}

}  // namespace enrichd
