#!/usr/bin/env python3
"""Words of our own that the field has others for: CONTRIBUTING.md has the reason.

Usage: words.py ROOT. Looks at daemon/, proto/, shim/, docs/ and the pages at the top. Prints one line for each word; exit
1 when there is one.
"""
import pathlib
import re
import sys

SAY = {
    r"doors?": "listener",
    r"levers?": "admin command",
    r"trips?": "way, processing",
    r"mend(?:s|ed|ing)?": "fix, repair",
    r"in[ _-]hand": "in flight, in progress",
    r"by decree": "treated as established",
    r"enrichers?": "pipeline",
}
# Identifiers count word by word: in_hand, InHand. A key of a document, such as "mend", is what its readers know.
FOUND = re.compile(r"(?<![\"A-Za-z])(?:" + "|".join(f"({word})" for word in SAY) + r")(?![a-z])", re.IGNORECASE)


def files(root):
    for folder in ("daemon", "proto", "shim", "docs"):
        yield from sorted(pathlib.Path(root, folder).rglob("*"))
    yield from sorted(pathlib.Path(root).glob("*.md"))


def problems_in(text):
    """Line number, word and what to say instead."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in FOUND.finditer(re.sub(r"([a-z])([A-Z])", r"\1 \2", line)):
            yield number, found.group(0), list(SAY.values())[found.lastindex - 1]


def main(root):
    failed = False
    for file in files(root):
        if file.suffix not in (".md", ".hpp", ".cpp", ".h", ".c", ".html"):
            continue
        for number, word, say in problems_in(file.read_text()):
            print(f"{file.relative_to(root)}:{number}: '{word}': say {say}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
