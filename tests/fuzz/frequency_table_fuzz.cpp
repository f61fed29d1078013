// Frequency tables that an operator names, and what they score.
#include <cmath>

#include "fuzz.hpp"
#include "stages/domain_stats/embedded/frequency_table.hpp"

namespace enrichd::fuzz {
namespace {

void look_at(const FrequencyTable& table, std::string_view name) {
    const FrequencyScores scores = table.score(name);
    require(std::isfinite(scores.average) && scores.average >= 0);
    require(std::isfinite(scores.word) && scores.word >= 0 && scores.word <= 100);
    require(scores == table.score(name));
    // A character between two of which each is none it knows adds pairs that count as 0.
    const FrequencyScores longer = table.score(std::string(name) + "\x80\x81");
    require(longer.average <= scores.average && longer.word <= scores.word);
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    const std::string_view text = fuzz::input(data, size);
    const auto table = FrequencyTable::parse(text);
    if (!table) return 0;
    for (const std::string_view name : {"harbour.com", "xn--bcher-kva.de", ""}) fuzz::look_at(*table, name);
    fuzz::look_at(*table, text.substr(0, 64));
    return 0;
}
