// The figures that the docs quote, measured in one run on real parts. scripts/bench builds and runs this.
#include "bench/bench.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

namespace {

struct Section {
    std::string_view name;
    void (*measure)();
};

constexpr std::array sections{Section{"shim", enrichd::test::measure_shim},
                              Section{"hits", enrichd::test::measure_hits},
                              Section{"misses", enrichd::test::measure_misses},
                              Section{"growth", enrichd::test::measure_growth},
                              Section{"waiting", enrichd::test::measure_waiting},
                              Section{"embedded", enrichd::test::measure_embedded},
                              Section{"judgement", enrichd::test::measure_judgement},
                              Section{"retro", enrichd::test::measure_retro},
                              Section{"month", enrichd::test::measure_month},
                              Section{"lists", enrichd::test::measure_lists},
                              Section{"files", enrichd::test::measure_files},
                              Section{"shared", enrichd::test::measure_shared}};

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const bool known = std::any_of(sections.begin(), sections.end(),
                                       [&](const Section& one) { return one.name == argv[i]; });
        if (known) continue;
        std::fprintf(stderr, "%s: no section %s\n", argv[0], argv[i]);
        return 2;
    }
    for (const Section& one : sections) {
        const bool wanted = argc == 1 || std::any_of(argv + 1, argv + argc,
                                                     [&](const char* name) { return one.name == name; });
        try {
            if (wanted) one.measure();
        } catch (const std::exception& e) {
            std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
            return 1;
        }
    }
    return 0;
}
