#include "providers/embedded/built_in.hpp"

// The assembler puts a file's bytes where the compiler could only put a list of numbers.
#define BUILT_IN(name, file)                   \
    asm(".section .rodata\n"                   \
        ".global enrichd_" #name               \
        "\n"                                   \
        ".global enrichd_" #name               \
        "_end\n"                               \
        "enrichd_" #name                       \
        ":\n"                                  \
        ".incbin \"" ENRICHD_BUILT_IN "/" file \
        "\"\n"                                 \
        "enrichd_" #name                       \
        "_end:\n"                              \
        ".previous\n");                        \
    extern "C" const char enrichd_##name[];    \
    extern "C" const char enrichd_##name##_end[]

BUILT_IN(frequency_table, "frequency_table.json");
BUILT_IN(rdap_bootstrap, "rdap_bootstrap.json");

namespace enrichd::built_in {

std::string_view frequency_table() {
    return {enrichd_frequency_table, enrichd_frequency_table_end};
}

std::string_view rdap_bootstrap() {
    return {enrichd_rdap_bootstrap, enrichd_rdap_bootstrap_end};
}

}  // namespace enrichd::built_in
