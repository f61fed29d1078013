#!/usr/bin/env python3
"""Compiles each header by itself: it includes what it needs.

Usage: headers_alone.py FILE...   Of the files, headers are looked at, but not those that are the first thing their own
.cpp includes: they were compiled so. Prints what the compiler says; exit 1 when that was anything.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

import seen_clean

COMPILER = "clang++-16"
FLAGS = ["-std=c++20", "-I.", "-Idaemon", "-Itests", "-Wall", "-Wextra", "-Wno-pragma-once-outside-header",
         "-Wno-unused-function", "-fsyntax-only", "-DBOOST_ASIO_SEPARATE_COMPILATION",
         "-DBOOST_BEAST_SEPARATE_COMPILATION", '-DENRICHD_TEST_DATA=""', '-DENRICHD_SOURCE=""', '-DENRICHD_PROGRAM=""',
         '-DENRICH_SHIM_PROGRAM=""']


def first_include(source):
    found = re.search(r"^#include (.*)", source.read_text(), re.M) if source.is_file() else None
    return found and found.group(1).strip('"')


def wanted(file, root="."):
    if not re.match(r"(proto|daemon|tests)/.*\.hp?p?$", file):
        return False
    first = first_include(pathlib.Path(root, file).with_suffix(".cpp"))
    return not (first and f"/{file}".endswith(f"/{first}"))


def said_of(file):
    done = subprocess.run([COMPILER, *FLAGS, "-x", "c++", file], capture_output=True, text=True, check=False)
    return done.stderr + done.stdout or (f"{file}: {COMPILER} ended with {done.returncode}\n" if done.returncode else "")


def main(files):
    seen = seen_clean.SeenClean(".", "headers alone", COMPILER, pathlib.Path(__file__).read_text())
    marks = {file: seen.mark(file) for file in files if wanted(file)}
    left = [file for file, mark in marks.items() if mark not in seen]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(left, pool.map(said_of, left)))
    for file, said in found.items():
        if not said:
            seen.remember(marks[file])
    print("".join(found.values()), end="")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
