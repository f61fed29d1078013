#!/usr/bin/env python3
"""The release build's programs are hardened: read from the binaries themselves, not from the build's flags.

Usage: hardening_test.py ENRICHD SHIM --compiler CXX --musl-gcc CC    (ctest -R hardening, release build only)

Each check is shown to bite first: on a small program built with all flags but the one that it looks for.
"""
import argparse
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import unittest

LARGEST_SHIM = 20 * 1024  # bytes
PROGRAM = """
#include <cstdio>
#include <cstring>
#include <vector>
int main(int count, char** values) {
    char copy[64];
    std::strcpy(copy, values[0]);
    std::vector<int> numbers(static_cast<unsigned long>(count));
    return std::printf("%s %d", copy, numbers[static_cast<unsigned long>(std::strlen(copy)) % 2]);
}
"""
SMALL_SHIM = """
#include <string.h>
#include <unistd.h>
#ifdef PADDING
__attribute__((used)) static char padding[PADDING] = {1};
#endif
int main(int count, char** values) {
    char copy[64];
    strcpy(copy, values[0]);
    return (int)write(count, copy, strlen(copy));
}
"""
# What the small program needs for a clean bill, and what is said of it when one of them is turned round.
HARDENED = ["-O2", "-fPIE", "-pie", "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3",
            "-D_GLIBCXX_ASSERTIONS", "-Wl,-z,relro,-z,now,-z,noexecstack"]
SOFTENED = {
    "it is no position-independent executable": ["-fno-PIE", "-no-pie"],
    "no part of it is read-only after relocation": ["-Wl,-z,norelro"],
    "symbols are bound late, so the table of functions stays writable": ["-Wl,-z,lazy"],
    "its stack is executable": ["-Wl,-z,execstack"],
    "no function checks its stack": ["-fno-stack-protector"],
    "no call of libc checks its buffer": ["-U_FORTIFY_SOURCE"],
    "no container checks its index": ["-U_GLIBCXX_ASSERTIONS"],
    "it looks for libraries at a path of its own": ["-Wl,-rpath,/tmp"],
    "its code is written to when it starts": ["-fno-PIE", "-mcmodel=large", "-Wl,-z,notext"],
}
SHIM_HARDENED = ["-Os", "-static", "-s", "-no-pie", "-fno-pie", "-fstack-protector-strong",
                 "-Wl,-z,noexecstack,-z,noseparate-code,-z,relro"]
SHIM_SOFTENED = {
    "no part of it is read-only after relocation": ["-Wl,-z,norelro"],
    "its stack is executable": ["-Wl,-z,execstack"],
    "no function checks its stack": ["-fno-stack-protector"],
    "it needs a program interpreter": ["-dynamic"],
    "it is larger than 20480 bytes": ["-DPADDING=20480"],
}


def read(tool, *arguments):
    return subprocess.run([tool, *arguments], check=True, capture_output=True, text=True, errors="replace").stdout


def segment_problems(program):
    """Of what every hardened program has, dynamic or static."""
    segments = read("readelf", "--program-headers", "--wide", program)
    flags = {kind: flag for kind, flag in re.findall(r"^\s+(\S+)(?:\s+0x[0-9a-f]+){5} ([R ][W ][E ])", segments, re.M)}
    if "GNU_RELRO" not in flags:
        yield "no part of it is read-only after relocation"
    if "E" in flags.get("GNU_STACK", "E"):
        yield "its stack is executable"
    if re.search(r"^\s+LOAD .* RWE ", segments, re.M):
        yield "a segment is both writable and executable"


def problems_of(program):
    """Sentences about what a dynamic program lacks."""
    yield from segment_problems(program)
    dynamic = read("readelf", "--dynamic", "--wide", program)
    header = read("readelf", "--file-header", "--wide", program)
    symbols = read("readelf", "--dyn-syms", "--wide", program)
    imported = {name.split("@")[0] for name in re.findall(r" UND (\S+)", symbols)}
    if not re.search(r"Type:\s+DYN", header) or not re.search(r"\(FLAGS_1\).*\bPIE\b", dynamic):
        yield "it is no position-independent executable"
    if not re.search(r"BIND_NOW|\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "symbols are bound late, so the table of functions stays writable"
    if "__stack_chk_fail" not in imported:
        yield "no function checks its stack"
    if not any(re.fullmatch(r"__\w+_chk", name) for name in imported):
        yield "no call of libc checks its buffer"
    # Imported, or from the archive of libstdc++.
    if "__glibcxx_assert_fail" not in read("readelf", "--syms", "--wide", program):
        yield "no container checks its index"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "it looks for libraries at a path of its own"
    if re.search(r"\(TEXTREL\)|\bTEXTREL\b", dynamic):
        yield "its code is written to when it starts"


def shim_problems_of(program):
    """The same of the shim, which is static and has no symbols."""
    yield from segment_problems(program)
    if "INTERP" in read("readelf", "--program-headers", "--wide", program):
        yield "it needs a program interpreter"
    if pathlib.Path(program).stat().st_size > LARGEST_SHIM:
        yield f"it is larger than {LARGEST_SHIM} bytes"
    # Where the stack's guard lies on this processor; musl itself reads it nowhere.
    if platform.machine() == "x86_64" and "%fs:0x28" not in read("objdump", "--disassemble", program):
        yield "no function checks its stack"


class Hardening(unittest.TestCase):
    given = None

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)

    def build(self, compiler, text, suffix, flags):
        source, program = self.home / f"small{suffix}", self.home / "small"
        source.write_text(text)
        subprocess.run([compiler, *flags, source, "-o", program], check=True, capture_output=True)
        return program

    def test_the_daemon(self):
        self.assertEqual([], list(problems_of(self.given.enrichd)))

    def test_the_shim(self):
        self.assertEqual([], list(shim_problems_of(self.given.shim)))

    def test_a_small_program_with_all_flags_passes(self):
        self.assertEqual([], list(problems_of(self.build(self.given.compiler, PROGRAM, ".cpp", HARDENED))))
        self.assertEqual([], list(shim_problems_of(self.build(self.given.musl_gcc, SMALL_SHIM, ".c", SHIM_HARDENED))))

    def test_whatever_is_left_out_of_the_daemon_is_noticed(self):
        for sentence, flags in SOFTENED.items():
            with self.subTest(sentence):
                program = self.build(self.given.compiler, PROGRAM, ".cpp", HARDENED + flags)
                self.assertEqual([sentence], list(problems_of(program)))

    def test_whatever_is_left_out_of_the_shim_is_noticed(self):
        for sentence, flags in SHIM_SOFTENED.items():
            with self.subTest(sentence):
                kept = [flag for flag in SHIM_HARDENED if flag != "-static" or "-dynamic" not in flags]
                program = self.build(self.given.musl_gcc, SMALL_SHIM, ".c",
                                     kept + [flag for flag in flags if flag != "-dynamic"])
                self.assertEqual([sentence], list(shim_problems_of(program)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("enrichd")
    parser.add_argument("shim")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--musl-gcc", required=True)
    Hardening.given, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
