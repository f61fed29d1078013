// What the static libstdc++ takes from glibc 2.36 for its random numbers, so that older ones do:
// packaging/portable.cmake.
#include <sys/random.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

extern "C" std::uint32_t arc4random() noexcept {
    std::uint32_t number = 0;
    ssize_t got = 0;
    do got = ::getrandom(&number, sizeof number, 0);
    while (got < 0 && errno == EINTR);
    if (got != sizeof number) std::abort();  // a kernel before 3.17; so few bytes are never cut
    return number;
}
