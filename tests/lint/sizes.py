#!/usr/bin/env python3
"""Files and functions that a reader takes in at once.

Usage: sizes.py ROOT. Of daemon/ and shim/: files of more than 400 lines and functions of more than 60 (by their first and
last line, which clang-format puts at the left edge). Prints one line for each; exit 1 when there is one.
"""
import re
import sys

import lines

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


def problems_in(_, text):
    lines_of = text.count("\n")
    if lines_of > MOST_LINES:
        yield 1, f"{lines_of} lines; {MOST_LINES} at most"
    for first, size, head in functions_in(text):
        if size > MOST_IN_FUNCTION:
            yield first, f"{size} lines; {MOST_IN_FUNCTION} at most: {head}"


if __name__ == "__main__":
    sys.exit(lines.main(__doc__, ["daemon/**/*", "shim/**/*"], {".hpp", ".cpp", ".h", ".c"}, problems_in))
