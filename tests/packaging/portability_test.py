#!/usr/bin/env python3
"""The release build's daemon runs on every distribution of docs/dev/portability.md: read from the binary itself.

Usage: portability_test.py ENRICHD --compiler CXX    (ctest -R portability, release build only)
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/dev/portability.md"
NEWEST_GLIBC = (2, 34)  # of RHEL 9 and Amazon Linux 2023


def read(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sonames_of_the_page():
    return set(re.findall(r"`([a-z0-9_-]+\.so\.\d+)`", PAGE.read_text()))


def problems_of(program):
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", read("readelf", "--dynamic", "--wide", program)))
    for soname in sorted(needed - sonames_of_the_page()):
        yield f"it needs {soname}"
    versions = set(re.findall(r"Name: (\S+)", read("readelf", "--version-info", "--wide", program)))
    for version in sorted(versions):
        if version.startswith(("GLIBCXX_", "CXXABI_")):
            yield f"it needs {version}"
        numbers = re.fullmatch(r"GLIBC_([\d.]+)", version)
        if numbers and tuple(map(int, numbers.group(1).split("."))) > NEWEST_GLIBC:
            yield f"it needs {version}"
        if version.startswith("GLIBC_") and not numbers:
            yield f"it needs {version}"  # such as GLIBC_ABI_DT_RELR of 2.36


class Portability(unittest.TestCase):
    given = None

    def built(self, text, *flags):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        source, program = pathlib.Path(home.name, "small.cpp"), pathlib.Path(home.name, "small")
        source.write_text(text)
        subprocess.run([self.given.compiler, "-O1", source, "-o", program, *flags], check=True, capture_output=True)
        return program

    def test_the_daemon_needs_what_every_distribution_has(self):
        self.assertEqual([], list(problems_of(self.given.enrichd)))

    def test_a_shared_libstdcxx_is_noticed(self):
        found = list(problems_of(self.built("#include <iostream>\nint main() { std::cout << 1; }")))
        self.assertIn("it needs libstdc++.so.6", found)
        self.assertTrue(any("GLIBCXX_" in one for one in found), found)

    def test_a_newer_glibc_is_noticed(self):
        newer = "#include <cstdlib>\nint main() { return static_cast<int>(arc4random()); }"
        self.assertEqual(["it needs GLIBC_2.36"], [one for one in problems_of(self.built(newer)) if "GLIBC_" in one])

    def test_the_page_lists_no_library_that_differs(self):
        self.assertIn("libssl.so.3", sonames_of_the_page())
        self.assertFalse({"libstdc++.so.6", "libunistring.so.2"} & sonames_of_the_page())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("enrichd")
    parser.add_argument("--compiler", required=True)
    Portability.given, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
