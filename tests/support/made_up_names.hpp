// Labels as malware makes them, in the kinds that are publicly described, and real names that training did
// not see. None of the generators is one of those that scripts/train-model trains with.
#pragma once

#include <string>
#include <vector>

namespace enrichd::test {

struct MadeUp {
    std::string kind;
    bool of_words;  // whole words: nobody can see it by the name
    std::vector<std::string> labels;
};

/// `count` of each kind; the same each time.
std::vector<MadeUp> made_up_labels(std::size_t count);

/// The lines of a file of tests/data that are no comments.
std::vector<std::string> data_lines(const std::string& file);

/// The share of `scores` that is above `limit`.
double share_above(const std::vector<int>& scores, int limit);

}  // namespace enrichd::test
