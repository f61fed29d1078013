#include "model/severity.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace enrichd {
namespace {

constexpr long young_days = 30;
constexpr std::uint32_t many_agents = 9;

/// As their programs are called, without ".exe".
constexpr std::array<std::string_view, 17> browsers{
    "brave",          "chrome",        "chromium", "chromium-browser", "firefox",         "firefox-bin",
    "firefox-esr",    "google-chrome", "iexplore", "librewolf",        "microsoftedgecp", "msedge",
    "msedgewebview2", "opera",         "safari",   "vivaldi",          "waterfox"};
static_assert(std::is_sorted(browsers.begin(), browsers.end()));

bool is_browser(std::string_view program) {
    std::string name(program.substr(program.find_last_of("/\\") + 1));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    if (name.ends_with(".exe")) name.resize(name.size() - 4);
    return std::binary_search(browsers.begin(), browsers.end(), name);
}

int points_of(std::string_view confidence) {
    if (confidence == "high") return 3;
    return confidence == "medium" ? 2 : 1;
}

class Sum {
  public:
    explicit Sum(Grade& grade) : grade_(grade) {}
    void add(bool holds, std::string_view fact, int points) {
        if (holds) grade_.steps.push_back({fact, points});
    }

  private:
    Grade& grade_;
};

}  // namespace

bool does_not_exist(std::string_view query_status) {
    if (query_status == "9003" || query_status == "3") return true;
    constexpr std::string_view word = "NXDOMAIN";  // Technitium writes NxDomain
    return std::equal(query_status.begin(), query_status.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - ('a' - 'A') : a) == b; });
}

Grade grade_of(const SeverityFacts& facts) {
    const auto found = [&](FindingKind kind) { return facts.found.has(kind); };
    const bool listed = !facts.list.empty() || !facts.intelligence.empty();
    const bool is_new = found(FindingKind::new_domain);
    const bool random = found(FindingKind::low_frequency);
    const bool burst = found(FindingKind::nxdomain_burst);
    const bool tunnel = found(FindingKind::tunnel);
    const bool young = facts.age_days && *facts.age_days <= young_days;
    Grade grade;
    Sum sum(grade);
    sum.add(!facts.list.empty(), "a list has it", points_of(facts.list));
    sum.add(!facts.intelligence.empty(), "threat intelligence lists it", points_of(facts.intelligence));
    sum.add(found(FindingKind::isc_warning), "the Internet Storm Center warns of it", 2);
    sum.add(found(FindingKind::isc_first_seen), "the Internet Storm Center saw it lately for the first time",
            1);
    sum.add(found(FindingKind::other), "the Domain Stats server has an alert for it", 1);
    sum.add(is_new, "the domain is new", 1);
    sum.add(young, "it was registered within 30 days", 1);
    sum.add(random, "its name looks random", 1);
    sum.add(burst, "many new domains that do not exist", 2);
    sum.add(tunnel, "names below it carry data", 2);
    sum.add((young || random || burst || tunnel) && !facts.program.empty() && !is_browser(facts.program),
            "the program that asked is no browser", 1);
    sum.add(!listed && !burst && facts.agents >= many_agents, "more than eight agents have asked for it", -1);
    sum.add(!listed && !burst && !tunnel && does_not_exist(facts.query_status), "the name does not exist",
            -1);
    const int points =
        std::accumulate(grade.steps.begin(), grade.steps.end(), 0,
                        [](int so_far, const SeverityStep& step) { return so_far + step.points; });
    grade.severity = static_cast<Severity>(std::clamp(points, 0, static_cast<int>(Severity::critical)));
    return grade;
}

/// No text within holds a quotation mark without a backslash before it, so a key stands where it seems to.
std::string_view text_of_context(std::string_view context, std::string_view before) {
    const std::size_t at = context.find(before);
    if (at == std::string_view::npos || at == 0) return {};
    if (context[at - 1] != '{' && context[at - 1] != ',') return {};
    context.remove_prefix(at + before.size());
    std::size_t end = 0;
    while (end < context.size() && context[end] != '"') end += context[end] == '\\' ? 2 : 1;
    return context.substr(0, end);
}

}  // namespace enrichd
