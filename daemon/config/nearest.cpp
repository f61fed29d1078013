#include "config/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace enrichd {
namespace {

std::string folded(std::string_view word) {
    std::string out(word);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '-') c = '_';
    }
    return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const Words& known) {
    std::string best;
    std::size_t least = std::string::npos;
    for (const std::string& one : known) {
        const std::size_t slips = std::max<std::size_t>(2, one.size() / 2);
        if (word.size() > one.size() + slips || one.size() > word.size() + slips) continue;
        const std::size_t distance = edit_distance(folded(word), folded(one));
        if (distance > slips || distance >= least) continue;
        least = distance;
        best = one;
    }
    return best;
}

std::string did_you_mean(std::string_view word, const Words& known) {
    const std::string near = nearest(word, known);
    return near.empty() ? "" : "; did you mean '" + near + "'?";
}

}  // namespace enrichd
