// What is probably behind a mistake in a YAML text: characters that look like others, and what the parser's
// words mean for whoever wrote the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace enrichd {

/// Places a mistake of the parser, `line` and `column` from 1: the tab that indents a line up to there, if
/// one does, else what the parser says with a hint.
Problem no_yaml(const std::string& text, const std::string& file, int line, int column,
                const std::string& message);

/// Adds to each of the problems what is odd about its line, if anything: a tab as indentation, a blank that
/// is no space, a curly quote. Each line once.
void add_hints(std::string_view text, std::vector<Problem>& problems);

/// What is wrong with bytes that are no UTF-8, at the first of them; line 0 when all is well.
Problem no_utf8(std::string_view text, const std::string& file);

}  // namespace enrichd
