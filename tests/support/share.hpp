// How much of its work a long test does under sanitizers, where all is slower: one part in so many.
#pragma once

#include <cstddef>

namespace enrichd::test {

#ifdef ENRICHD_SANITIZED
inline constexpr std::size_t share = 4;
#else
inline constexpr std::size_t share = 1;
#endif

}  // namespace enrichd::test
