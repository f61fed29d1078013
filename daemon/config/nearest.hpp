// "did you mean …": the known word that a mistyped one is nearest to.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace enrichd {

using Words = std::set<std::string, std::less<>>;

/// The nearest of `known`; empty when none is near: at most half of its letters, or two, may differ. Lower
/// and upper case are the same, and so are `-` and `_`.
std::string nearest(std::string_view word, const Words& known);

/// "; did you mean 'WORD'?" with the nearest of `known`; empty when none is near.
std::string did_you_mean(std::string_view word, const Words& known);

}  // namespace enrichd
