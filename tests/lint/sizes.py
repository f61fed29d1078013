#!/usr/bin/env python3
"""Files and functions that a reader takes in at once.

Usage: sizes.py ROOT. Of daemon/ and shim/: files of more than 400 lines and functions of more than 60 (by their first and
last line, which clang-format puts at the left edge). Prints one line for each; exit 1 when there is one.
"""
import pathlib
import re
import sys

MOST_LINES = 400
MOST_IN_FUNCTION = 60
BEGINS = re.compile(r"^(?!namespace|class|struct|enum|union|extern|constexpr|const )[A-Za-z].*\{$")


def functions_in(text):
    """First line, number of lines and beginning of each."""
    first, head = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if BEGINS.match(line):
            first, head = number, line
        elif line.startswith("}") and first:
            yield first, number - first + 1, head
            first = 0


def problems_in(text):
    lines = text.count("\n")
    if lines > MOST_LINES:
        yield 1, f"{lines} lines; {MOST_LINES} at most"
    for first, size, head in functions_in(text):
        if size > MOST_IN_FUNCTION:
            yield first, f"{size} lines; {MOST_IN_FUNCTION} at most: {head}"


def main(root):
    failed = False
    for folder in ("daemon", "shim"):
        for file in sorted(pathlib.Path(root, folder).rglob("*")):
            if file.suffix not in (".hpp", ".cpp", ".h", ".c"):
                continue
            for number, said in problems_in(file.read_text()):
                print(f"{file.relative_to(root)}:{number}: {said}")
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
