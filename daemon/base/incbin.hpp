// A file's bytes in the program: the assembler puts them where the compiler could only put a list of numbers.
#pragma once

#include <string_view>

/// Defines enrichd::built_in::NAME(), the bytes of `file`, a string literal. At namespace scope, once a
/// program.
#define ENRICHD_INCBIN(name, file)                     \
    asm(".section .rodata\n"                           \
        ".global enrichd_" #name                       \
        "\n"                                           \
        ".global enrichd_" #name                       \
        "_end\n"                                       \
        "enrichd_" #name                               \
        ":\n"                                          \
        ".incbin \"" file                              \
        "\"\n"                                         \
        "enrichd_" #name                               \
        "_end:\n"                                      \
        ".previous\n");                                \
    extern "C" const char enrichd_##name[];            \
    extern "C" const char enrichd_##name##_end[];      \
    namespace enrichd::built_in {                      \
    std::string_view name() {                          \
        return {enrichd_##name, enrichd_##name##_end}; \
    }                                                  \
    }                                                  \
    static_assert(true)
