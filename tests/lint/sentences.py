#!/usr/bin/env python3
"""Sentences that are too long for a reader with another first language: CONTRIBUTING.md has the reason.

Usage: sentences.py ROOT. Looks at README.md and the pages of docs/ for operators. A sentence ends with . ! or ?; a cell of a table and an
entry of a list are texts of their own; code and links count as one word. Prints one line for each; exit 1 when there is one.
"""
import re
import sys

import lines

MOST_WORDS = 30


def texts_in(text):
    """Line number and text of each paragraph, heading, entry of a list and cell of a table."""
    begun, parts, fenced = 0, [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            line = ""
        if fenced:
            continue
        cell = line.startswith("|")
        entry = re.match(r"\s*([-*]|\d+\.)\s|#", line)
        if (cell or entry or not line.strip()) and parts:
            yield begun, " ".join(parts)
            parts = []
        if cell:
            for one in re.split(r"(?<!\\)\|", line):
                yield number, one
        elif line.strip():
            begun = begun if parts else number
            parts.append(line.strip())
    if parts:
        yield begun, " ".join(parts)


def problems_in(_, text):
    for number, part in texts_in(text):
        part = re.sub(r"`[^`]*`", "X", part)
        part = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", part)
        for sentence in re.split(r"(?<=[.!?])[)\"*]*\s+", part):
            words = len(re.findall(r"[A-Za-z0-9][\w'’/.-]*", sentence))
            if words > MOST_WORDS:
                yield number, f"{words} words in a sentence, at most {MOST_WORDS}: {sentence.strip()[:60]}..."


if __name__ == "__main__":
    sys.exit(lines.main(__doc__, ["README.md", "docs/*"], {".md"}, problems_in))
