#include "support/month.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <list>
#include <optional>
#include <random>

#include "base/units.hpp"
#include "pipeline/pipeline.hpp"
#include "simulation/threads.hpp"
#include "stages/bursts/bursts_stage.hpp"
#include "stages/domain_stats/domain_check.hpp"
#include "stages/domain_stats/embedded/engine.hpp"
#include "stages/lists/lists.hpp"
#include "stages/lists/lists_stage.hpp"
#include "store/state.hpp"
#include "support/made_up_names.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

constexpr unsigned learning_days = 7;
constexpr const char* browser = R"(C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe)";
constexpr const char* service = R"(C:\\Windows\\System32\\svchost.exe)";
constexpr const char* script_host = R"(C:\\Windows\\System32\\wscript.exe)";
constexpr const char* shell = R"(C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe)";
constexpr const char* malware = R"(C:\\Users\\b\\AppData\\Roaming\\upd\\upd.exe)";
constexpr const char* mail_server = R"(C:\\Program Files\\Microsoft\\Exchange Server\\edgetransport.exe)";
constexpr const char* crawler = R"(C:\\Python312\\python.exe)";

/// What an alert says.
struct Query {
    unsigned second = 0;  // of the day
    unsigned agent = 0;
    std::string name;
    const char* program = browser;
    const char* status = "0";
};

bool earlier(const Query& a, const Query& b) {
    return a.second < b.second;
}

/// The engine without registries, and ages from a table; what is not in it was registered twelve years ago.
class AgesFromATable final : public Provider {
  public:
    explicit AgesFromATable(Engine& engine) : engine_(engine) {}

    task<result<DomainStatsAnswer>> ask(const HostName& name, Ticket& ticket) override {
        auto answer = co_await engine_.ask(name, ticket);
        if (!answer) co_return answer.error();
        const auto known = registered.find(std::string(name.registrable()));
        const WallTime now = wall_seconds(WallClock::now());
        const WallTime since = known == registered.end() ? now - std::chrono::days(12 * 365) : known->second;
        answer->verdict.category = now - since > std::chrono::days(730) ? "ESTABLISHED" : "NEW";
        answer->verdict.seen_by_web = to_http_date(since);
        co_return answer;
    }
    task<result<void>> probe() override { return engine_.probe(); }

    std::map<std::string, WallTime, std::less<>> registered;

  private:
    Engine& engine_;
};

class Fleet final : public Sink {
  public:
    explicit Fleet(const MonthOptions& options) : options_(options) {
        ListConfig list;
        list.name = "intelligence";
        list.from = dir_ / "list.txt";
        list.confidence = Confidence::high;
        write_file(list.from, "listed-parcel-shop.com\n");
        lists_.configure({{list}});
        lists_.load_blocking();
        threads_.take({});
        pipeline_.keep_in(state_.journal);
        pipeline_.count_agents_in(state_.prevalence);
        pipeline_.mark_by(lists_);
        pipeline_.add(lists_stage_);
        pipeline_.add(bursts_);
        pipeline_.add(check_);
        PolicyOptions policy;
        policy.learn_for = 24h * learning_days;
        pipeline_.policy().configure(policy);
        pipeline_.policy().started_first(begin_);
        pipeline_.repeats().configure(policy.repeat_after);
        engine_.remember_in(state_.domains);
        work_.spawn("load", load());
        go_on();
    }

    MonthResult replay() {
        for (day_ = 0; day_ < options_.days; ++day_) {
            std::vector<Query> queries = benign();
            infect(queries);
            std::stable_sort(queries.begin(), queries.end(), earlier);
            ask(queries);
        }
        return std::move(out_);
    }

    std::vector<Undelivered> deliver(Event event) override {
        note(event);
        return {};
    }
    std::size_t copies(const Event&) const override { return 1; }
    bool deliver_or_refuse(const Event& event) override {
        note(event);
        return true;
    }

  private:
    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_);
    }
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    std::string letters(std::size_t count, std::string_view of) {
        std::string out;
        while (out.size() < count) out.push_back(of[below(of.size())]);
        return out;
    }
    std::string hex(std::size_t count) { return letters(count, "0123456789abcdef"); }
    unsigned at_work() { return static_cast<unsigned>(8 * 3600 + below(std::size_t{10} * 3600)); }
    unsigned somebody() { return static_cast<unsigned>(below(options_.agents)); }

    /// Few are asked for often.
    std::size_t popular_place() {
        return static_cast<std::size_t>(std::pow(static_cast<double>(real_.size()), chance()) - 1);
    }
    const std::string& popular() { return real_[popular_place()]; }
    std::string label() {
        const std::string& name = real_[below(real_.size())];
        return name.substr(0, name.find('.'));
    }
    /// The beginning of one name and another one, as new shops have them.
    std::string new_domain() {
        static constexpr std::array<const char*, 6> suffixes{".com", ".de", ".org", ".net", ".io", ".shop"};
        const std::string first = label();
        return first.substr(0, std::max<std::size_t>(3, first.size() / 2)) + label() +
               suffixes[below(suffixes.size())];
    }

    std::vector<Query> benign() {
        std::vector<Query> out;
        for (unsigned agent = 0; agent < options_.agents; ++agent)
            for (unsigned i = 0; i < options_.queries; ++i) out.push_back(usual(agent));
        for (unsigned i = 0; i < options_.new_domains; ++i) out.push_back(first_contact());
        for (unsigned i = 0; i < options_.agents / 5; ++i) out.push_back(typing_error());
        // A program that checks links, and a page full of names that a filter blocks.
        for (unsigned i = 0; i < 60; ++i)
            out.push_back({at_work(), 3 % options_.agents, new_domain(), crawler, "9003"});
        // A resolver of some that answers so for advertising: ten pages a day, with eight such names each.
        for (unsigned agent = 20; agent < options_.agents; agent += 100)
            for (unsigned page = 0; page < 10; ++page) {
                const unsigned second = at_work();
                for (unsigned i = 0; i < 8; ++i)
                    out.push_back(
                        {second + i, agent, "ad." + real_[popular_place()] + "ads.com", browser, "9003"});
            }
        // A mail server that looks up senders, once a day those of a wave of spam.
        for (unsigned i = 0; i < 40; ++i) out.push_back({at_work(), 4, new_domain(), mail_server, "9003"});
        const unsigned wave = at_work();
        for (unsigned i = 0; i < 15; ++i)
            out.push_back({wave + 20 * i, 4, new_domain(), mail_server, "9003"});
        const unsigned reader = somebody();
        const unsigned then = at_work();
        for (unsigned i = 0; i < 8; ++i)
            out.push_back({then + i, reader, "track." + label() + "-metrics" + std::to_string(i) + ".com",
                           browser, "9003"});
        return out;
    }

    Query usual(unsigned agent) {
        const double kind = chance();
        const char* program = chance() < 0.8 ? browser : service;
        if (kind < 0.02) return {at_work(), agent, hex(32) + ".sophosxl.net", service};
        if (kind < 0.04)
            return {at_work(), agent,
                    "d" + letters(13, "0123456789abcdefghijklmnopqrstuvwxyz") + ".cloudfront.net", program};
        if (kind < 0.06) return {at_work(), agent, hex(32) + ".rum." + real_[below(10)], program};
        static constexpr std::array<const char*, 5> hosts{"www.", "", "cdn.", "api.", "login."};
        return {at_work(), agent, hosts[below(hosts.size())] + popular(), program};
    }

    /// One in two hundred was registered within a month, one in seventeen within two years.
    Query first_contact() {
        Query query{at_work(), somebody(), new_domain(), chance() < 0.9 ? browser : service};
        const double age = chance();
        if (age < 0.005)
            register_days_ago(query.name, 1 + below(29));
        else if (age < 0.06)
            register_days_ago(query.name, 30 + below(700));
        query.name = "www." + query.name;
        return query;
    }

    Query typing_error() {
        std::string name = popular();
        name[below(std::max<std::size_t>(1, name.find('.')))] = static_cast<char>('a' + below(26));
        return {at_work(), somebody(), name, browser, "9003"};
    }

    void infect(std::vector<Query>& out) {
        const auto day_of = [this](unsigned nth) {
            return learning_days + nth * (options_.days - learning_days) / 6;
        };
        const auto agent_of = [this](unsigned nth) { return 10 + nth * (options_.agents - 20) / 6; };
        if (day_ == day_of(1)) {  // random names; the last of them exists
            for (unsigned i = 0; i < 300; ++i)
                out.push_back({36'000 + 6 * i, agent_of(1),
                               letters(14, "abcdefghijklmnopqrstuvwxyz") + ".com", malware, "9003"});
            register_days_ago("xkqjwzvbtpfhrd.com", 2);
            out.push_back({37'900, agent_of(1), "xkqjwzvbtpfhrd.com", malware});
        }
        if (day_ == day_of(2))
            for (unsigned i = 0; i < 200; ++i) {
                const std::string name = label() + label() + ".net";
                out.push_back({40'000 + 12 * i, agent_of(2), name, shell, "9003"});
            }
        if (day_ == day_of(3)) {
            register_days_ago("garden-tools-outlet.com", 5);
            for (unsigned i = 0; i < 24; ++i)
                out.push_back({3'600 * i, agent_of(3), "garden-tools-outlet.com", script_host});
        }
        if (day_ == day_of(4)) out.push_back({50'000, agent_of(4), "www.listed-parcel-shop.com", browser});
        if (day_ == day_of(5))
            for (unsigned i = 0; i < 600; ++i)
                out.push_back({45'000 + 2 * i, agent_of(5),
                               letters(40, "abcdefghijklmnopqrstuvwxyz234567") + ".updates-mirror.net",
                               service});
        for (unsigned nth = 1; nth <= 5; ++nth) infected_[agent_of(nth)] = nth;
    }

    void register_days_ago(const std::string& domain, std::size_t days) {
        provider_.registered[domain] = wall_seconds(WallClock::now()) - std::chrono::days(days);
    }

    /// Those of one minute at a time.
    void ask(const std::vector<Query>& queries) {
        const auto midnight = Clock::now();
        for (auto from = queries.begin(); from != queries.end();) {
            const auto to = std::find_if(
                from, queries.end(), [&](const Query& one) { return one.second / 60 != from->second / 60; });
            advance_to(midnight + std::chrono::seconds(from->second));
            std::list<Job> jobs;
            for (; from != to; ++from) {
                Job& job = jobs.emplace_back();
                job.alert.id = std::to_string(++out_.alerts);
                job.alert.agent = {std::to_string(100 + from->agent), "pc", "any"};
                job.alert.query = from->name;
                job.alert.context = std::string(R"({"process":")") + from->program + R"(","query_status":")" +
                                    from->status + R"("})";
                job.received = Clock::now();
                if (pipeline_.at_once(job)) continue;
                work_.spawn("alert", finish(job));
            }
            go_on();
        }
        advance_to(midnight + 24h);
    }

    /// Until nothing is left to do but to wait.
    void go_on() {
        do {
            io_.restart();
            io_.poll();
        } while (threads_.go_on());
    }
    /// What the thread of the state file is to do on the way is done when it is due.
    void advance_to(Clock::time_point then) {
        while (Clock::now() < then) {
            time_.advance(std::clamp(threads_.next(), Clock::now(), then) - Clock::now());
            go_on();
        }
    }
    task<void> load() {
        co_await state_.journal.load();
        co_await state_.prevalence.load();
    }

    task<void> finish(Job& job) { co_await pipeline_.run(job); }

    /// The severity of an event, and whether it is about an infection: of its agent, and of the program or
    /// domain.
    void note(const Event& event) {
        ++out_.events;
        const auto grade =
            std::find_if(severity_names.rbegin(), severity_names.rend(), [&](std::string_view name) {
                return event.json.find("\"severity\":\"" + std::string(name) + "\"") != std::string::npos;
            });
        const auto severity = grade == severity_names.rend() ? std::string_view("info") : *grade;
        if (severity == "info" || severity == "low") return;
        const auto infected = infected_.find(static_cast<unsigned>(std::stoul(event.agent.id)) - 100);
        const std::string kind = infected == infected_.end() ? "" : infection_of(event, infected->second);
        if (!kind.empty()) {
            std::string& highest = out_.infections[kind];
            const auto rank = [](std::string_view name) {
                return std::find(severity_names.begin(), severity_names.end(), name);
            };
            if (highest.empty() || rank(severity) > rank(highest)) highest = severity;
            return;
        }
        if (day_ < learning_days) return;
        ++out_.alarms[day_];
        if (out_.examples.size() < 20) out_.examples.push_back(event.json);
    }

    static std::string infection_of(const Event& event, unsigned nth) {
        const auto has = [&event](const char* text) { return event.json.find(text) != std::string::npos; };
        if (nth == 1 && has("upd.exe"))
            return has("\"nxdomain\"") ? "random DGA" : "random DGA, other events";
        if (nth == 2 && has("powershell.exe"))
            return has("\"nxdomain\"") ? "word DGA" : "word DGA, other events";
        if (nth == 3 && has("garden-tools-outlet.com")) return "a NEW domain on one host";
        if (nth == 4 && has("listed-parcel-shop.com")) return "a listed domain";
        if (nth == 5 && has("updates-mirror.net")) return "a tunnel";
        return "";
    }

    const MonthOptions options_;
    const std::vector<std::string> real_ = data_lines("real_domains.txt");
    const WallTime begin_ = std::chrono::sys_days(std::chrono::year(2026) / 9 / 1);
    SimulatedTime time_{begin_};
    std::mt19937 random_{2026};
    unsigned day_ = 0;
    std::map<unsigned, unsigned> infected_;
    MonthResult out_;

    simulation::Chance chance_{1};
    simulation::Threads threads_{chance_};
    asio::io_context io_;
    Tasks work_{io_};
    Lookup lookup_{io_};
    TempDir dir_;
    State state_{io_, {dir_ / "enrichd.db"}, {1'000'000, 1'000, 5'000'000, 5'000'000}};
    Pipeline pipeline_{*this};
    Lists lists_{io_, lookup_, {}};
    ListsStage lists_stage_;
    BurstsStage bursts_{{}};
    Engine engine_{FrequencyTable::built_in(), {}};
    AgesFromATable provider_{engine_};
    VerdictCache<PackedVerdict> cache_{CacheOptions{}};
    Verdicts verdicts_{io_, work_, cache_, provider_, {}};
    DomainCheck check_{verdicts_, pipeline_};
};

}  // namespace

MonthResult replay_month(const MonthOptions& options) {
    return Fleet(options).replay();
}

}  // namespace enrichd::test
