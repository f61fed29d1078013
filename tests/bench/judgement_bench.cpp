// What the name model and the frequency table find of names that neither was made from: the tables of
// docs/judgement.md.
#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>

#include "bench/bench.hpp"
#include "bench/figures.hpp"
#include "stages/domain_stats/embedded/frequency_table.hpp"
#include "stages/domain_stats/embedded/idn_letters.hpp"
#include "stages/domain_stats/embedded/name_model.hpp"
#include "store/prevalence.hpp"
#include "support/made_up_names.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

constexpr std::array rates{0.001, 0.003, 0.01, 0.03, 0.1};

struct Judges {
    NameModel model = NameModel::built_in();
    FrequencyTable table = FrequencyTable::built_in();

    int by_model(const std::string& label) const { return model.score(label); }
    /// Higher is more random, like the other. Both scores count by what each is to its threshold.
    int by_table(const std::string& label) const {
        const FrequencyScores scores = table.score(label + ".com");
        return static_cast<int>(-1000 * std::max(scores.average / 5, scores.word / 4));
    }
};

std::string label_of(const std::string& domain) {
    return domain.substr(0, domain.find('.'));
}

using Score = std::function<int(const std::string&)>;

std::vector<int> scores_of(const std::vector<std::string>& labels, const Score& score) {
    std::vector<int> scores;
    for (const std::string& label : labels) scores.push_back(score(label));
    return scores;
}

int limit_at(std::vector<int> scores, double rate) {
    std::sort(scores.rbegin(), scores.rend());
    return scores[static_cast<std::size_t>(rate * static_cast<double>(scores.size()))];
}

/// The mean over the kinds.
double found(const std::vector<MadeUp>& kinds, const Score& score, int limit, bool with_words) {
    double sum = 0;
    std::size_t count = 0;
    for (const MadeUp& made : kinds) {
        if (made.of_words && !with_words) continue;
        sum += share_above(scores_of(made.labels, score), limit);
        ++count;
    }
    return 100 * sum / static_cast<double>(count);
}

void print_roc(const std::vector<MadeUp>& kinds, const std::vector<std::string>& real, const Judges& judges) {
    std::printf(
        "\n| false alarms | model | without word kinds | table | without word kinds |\n| --- | --- | --- | "
        "--- | --- |\n");
    const Score model = [&](const std::string& label) { return judges.by_model(label); };
    const Score table = [&](const std::string& label) { return judges.by_table(label); };
    for (const double rate : rates) {
        const int of_model = limit_at(scores_of(real, model), rate);
        const int of_table = limit_at(scores_of(real, table), rate);
        std::printf("| %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% |\n", 100 * rate,
                    found(kinds, model, of_model, true), found(kinds, model, of_model, false),
                    found(kinds, table, of_table, true), found(kinds, table, of_table, false));
    }
}

void print_kinds(const std::vector<MadeUp>& kinds, const Judges& judges) {
    std::printf("\n| kind | found at `model_fpr: 0.01` | of these LOW-FREQ-SCORES |\n| --- | --- | --- |\n");
    for (const MadeUp& made : kinds) {
        const auto scores =
            scores_of(made.labels, [&](const std::string& label) { return judges.by_model(label); });
        std::printf("| %s | %.0f %% | %.0f %% |\n", made.kind.c_str(),
                    100 * share_above(scores, judges.model.score_at(0.01)),
                    100 * share_above(scores, judges.model.score_at(0.001)));
    }
}

void print_real(const std::vector<std::string>& names, const Judges& judges) {
    struct Group {
        const char* name;
        std::function<bool(const std::string&)> has;
    };
    const auto ends = [](std::initializer_list<std::string_view> suffixes) {
        return [all = std::vector<std::string_view>(suffixes)](const std::string& name) {
            return std::any_of(all.begin(), all.end(),
                               [&](std::string_view one) { return name.ends_with(one); });
        };
    };
    const std::vector<Group> groups{
        {"all", [](const std::string&) { return true; }},
        {"2 to 5 characters", [](const std::string& name) { return label_of(name).size() <= 5; }},
        {"with digits",
         [](const std::string& name) {
             return label_of(name).find_first_of("0123456789") != std::string::npos;
         }},
        {"without vowels",
         [](const std::string& name) { return label_of(name).find_first_of("aeiouy") == std::string::npos; }},
        {"with hyphens",
         [](const std::string& name) { return label_of(name).find('-') != std::string::npos; }},
        {".de .at .ch", ends({".de", ".at", ".ch"})},
        {".fr .be .it .es .pt .br", ends({".fr", ".be", ".it", ".es", ".pt", ".br"})},
        {".pl .cz .sk .hu .ro", ends({".pl", ".cz", ".sk", ".hu", ".ro"})},
        {".nl .se .no .dk .fi", ends({".nl", ".se", ".no", ".dk", ".fi"})},
        {".ru .ua", ends({".ru", ".ua"})},
        {".jp .cn .tw .kr", ends({".jp", ".cn", ".tw", ".kr"})},
        {".org", ends({".org"})},
        {".com", ends({".com"})}};
    std::printf("\n| real names | number | SUSPECT or LOW | LOW |\n| --- | --- | --- | --- |\n");
    const auto print = [&](const char* group, const std::vector<int>& scores) {
        if (scores.empty()) return;
        std::printf("| %s | %zu | %.2f %% | %.2f %% |\n", group, scores.size(),
                    100 * share_above(scores, judges.model.score_at(0.01)),
                    100 * share_above(scores, judges.model.score_at(0.001)));
    };
    for (const Group& group : groups) {
        std::vector<int> scores;
        for (const std::string& name : names)
            if (group.has(name)) scores.push_back(judges.by_model(label_of(name)));
        print(group.name, scores);
    }
}

/// In turn, so that both see the same machine.
void print_cost(const std::vector<std::string>& names, const Judges& judges) {
    std::vector<double> model;
    std::vector<double> table;
    long sum = 0;
    std::vector<std::string> labels;
    for (const std::string& name : names) labels.push_back(label_of(name));
    const auto each = [&](const std::vector<std::string>& texts, auto score) {
        const auto start = BenchClock::now();
        for (int round = 0; round < 20; ++round)
            for (const std::string& text : texts) sum += score(text);
        return seconds_since(start) / 20 / static_cast<double>(texts.size());
    };
    for (int turn = 0; turn < 11; ++turn) {
        model.push_back(each(labels, [&](const std::string& label) { return judges.model.score(label); }));
        table.push_back(each(names, [&](const std::string& name) {
            return static_cast<int>(judges.table.score(name).average);
        }));
    }
    std::printf("\nA score of the model takes %.2f us, both of the table %.2f us (ratio %.2f)%s\n",
                1e6 * median(model), 1e6 * median(table), median_of_ratios(model, table),
                sum == 0 ? "." : "");
}

/// In the state file, each domain asked for by one to three agents, in random order as in life.
void print_memory_of_agents() {
    constexpr std::int64_t domains = 300'000;
    const TempDir dir;
    const std::string file = dir / "enrichd.db";
    asio::io_context io;
    const WallTime now = wall_seconds(WallClock::now());
    std::uintmax_t empty = 0;
    {
        Database database(io, {file});
        Prevalence prevalence(database, domains);
        run(io, prevalence.load());
        database.close();
        empty = std::filesystem::file_size(file);
    }
    Database database(io, {file});
    Prevalence prevalence(database, domains);
    run(io, prevalence.load());
    for (std::int64_t from = 0; from < domains; from += 10'000) {
        std::vector<NewAgentContact> contacts;
        for (std::int64_t i = from; i < from + 10'000; ++i)
            for (std::int64_t agent = 0; agent <= i % 3; ++agent)
                contacts.push_back(prevalence.new_contact("domain" + std::to_string(i) + ".com",
                                                          std::to_string((i * 7 + agent) % 2'000), now));
        run(io, database.run([&contacts](StateFile& state) {
            for (const NewAgentContact& contact : contacts) Prevalence::note(state, contact);
        }));
    }
    database.close();
    const auto bytes = static_cast<double>(std::filesystem::file_size(file) - empty) / domains;
    std::printf("Which agents asked for a domain takes %.0f bytes of the state file\n", bytes);
}

}  // namespace

void measure_judgement() {
    std::printf("\njudgement of names that were not trained with\n");
    const Judges judges;
    const auto kinds = made_up_labels(2'000);
    const auto names = data_lines("real_domains.txt");
    std::vector<std::string> real;
    for (const std::string& name : names) real.push_back(label_of(name));
    print_roc(kinds, real, judges);
    print_kinds(kinds, judges);
    print_real(names, judges);
    print_cost(names, judges);
    print_memory_of_agents();
}

}  // namespace enrichd::test
