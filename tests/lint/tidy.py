#!/usr/bin/env python3
"""Runs clang-tidy on files. Most of its time goes into the headers, so many files are looked at together, as one
translation unit that includes them all; those that do not compile together, because two have a name of their own that
is the same, in further units. Files in which it found nothing before are left out (seen_clean.py).

Usage: tidy.py BUILD FILE...   BUILD is where CMake wrote compile_commands.json. Prints what clang-tidy found; exit 1
when that was anything.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import seen_clean

CLANG_TIDY = "clang-tidy-16"
LARGEST_UNIT = 80  # files; clang-tidy takes a gigabyte for them
NOISE = re.compile(r"warnings? generated|warnings? treated as errors|^Suppressed|^Use -header-filter|^Use -system-headers")


def flags_of(entry):
    """The compiler and its flags, of an entry of compile_commands.json: without the file, the output and a launcher."""
    words = shlex.split(entry["command"])
    while os.path.basename(words[0]) in ("ccache", "sccache"):
        del words[0]
    del words[words.index("-o"):words.index("-o") + 2]
    return tuple(word for word in words if word not in ("-c", entry["file"]))


def units_of(files):
    """The files in lists of like sizes that may be one unit, in their order; something for each core."""
    files = sorted(files)
    number = max(os.cpu_count(), -(-len(files) // LARGEST_UNIT))
    size = max(1, -(-len(files) // number))
    return [files[first:first + size] for first in range(0, len(files), size)]


def flags_together(unit, flags):
    """Those of its first file, with what the others define and where they include from."""
    words = list(flags[unit[0]])
    for file in unit[1:]:
        words += [word for word in flags[file] if word.startswith(("-D", "-I")) and word not in words]
    return words


def apart(unit, errors):
    """Two units of one that does not compile, by the compiler's words: those that clash with others go together."""
    clashing = {file for file in unit if any(line.startswith(f"{file}:") for line in errors)}
    if not clashing or len(clashing) == len(unit):
        return [unit[:1], unit[1:]]
    return [[file for file in unit if file not in clashing], [file for file in unit if file in clashing]]


def write_unit(unit, folder):
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix="unit-", suffix=".cpp", delete=False) as out:
        out.writelines(f'#include "{file}"\n' for file in unit)
    return out.name


def findings_in(unit, flags, directory, folder):
    """What clang-tidy says of the files of a unit, as a text."""
    source = write_unit(unit, folder) if len(unit) > 1 else unit[0]
    words = [*flags_together(unit, flags), "-w"]  # the compiler's warnings are the build's to tell
    if len(unit) > 1:
        tried = subprocess.run([*words, "-fsyntax-only", "-ferror-limit=0", source], cwd=directory,
                               capture_output=True, text=True)
        if tried.returncode:
            errors = [line for line in tried.stderr.splitlines() if " error: " in line]
            return "".join(findings_in(some, flags, directory, folder) for some in apart(unit, errors))
    done = subprocess.run([CLANG_TIDY, "--quiet", "--warnings-as-errors=*", "--checks=-bugprone-suspicious-include",
                           source, "--", *words[1:]], cwd=directory, capture_output=True, text=True)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line and not NOISE.search(line)]
    if done.returncode and not said:
        said = [f"{source}: {CLANG_TIDY} ended with {done.returncode}"]
    return "".join(line + "\n" for line in said) if done.returncode else ""


def main(build, files, cache=None):
    root = pathlib.Path(__file__).parents[2]
    entries = json.loads(pathlib.Path(build, "compile_commands.json").read_text())
    flags = {entry["file"]: flags_of(entry) for entry in entries}
    directory = entries[0]["directory"]
    asked = [os.path.abspath(file) for file in files]
    unknown = [file for file in asked if file not in flags]
    for file in unknown:
        print(f"{file}: not in {build}/compile_commands.json, so nothing looks at it")
    seen = seen_clean.SeenClean(root, "clang-tidy", CLANG_TIDY, pathlib.Path(__file__).read_text(),
                                (root / ".clang-tidy").read_text(), directory=cache)
    marks = {file: seen.mark(file, flags[file]) for file in asked if file in flags}
    # Among the project's files, for its .clang-tidy.
    with tempfile.TemporaryDirectory(dir=build, prefix="tidy-") as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        units = units_of([file for file, mark in marks.items() if mark not in seen])
        found = list(pool.map(lambda unit: findings_in(unit, flags, directory, os.path.abspath(folder)), units))
    for unit, said in zip(units, found):
        if not said:
            for file in unit:
                seen.remember(marks[file])
    seen.forget_old()
    print("".join(found), end="")
    return 1 if unknown or any(found) else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
