#!/usr/bin/env python3
"""Words of our own that the field has others for: CONTRIBUTING.md has the reason.

Usage: words.py ROOT. Looks at daemon/, proto/, shim/, docs/ and the pages at the top. Prints one line for each word; exit
1 when there is one.
"""
import re
import sys

import lines

SAY = {
    r"doors?": "listener",
    r"levers?": "admin command",
    r"trips?": "way, processing",
    r"mend(?:s|ed|ing)?": "fix, repair",
    r"in[ _-]hand": "in flight, in progress",
    r"by decree": "treated as established",
    r"enrichers?": "pipeline",
    r"put off": "deferred",
    r"(?<!Otx )(?:held|hold) back": "paused",  # but for an alert that operators know
}
# In the pages alone: in the code some of them are a word for something else.
SAY_IN_PAGES = SAY | {
    r"told|tells?": "reported, notify",
    r"so many|how many|how often": "number of, count, interval",
    r"left alone": "not changed, paused",
    r"(?:is|are|was|were) away": "down, unreachable",
    r"gives? up": "times out, exits",
}
# Identifiers count word by word: in_hand, InHand. A key of a document, such as "mend", is what its readers know.
QUOTED = re.compile(r"`[^`\n]*`")


def pattern(words):
    return re.compile(r"(?<![\"A-Za-z])(?:" + "|".join(f"({word})" for word in words) + r")(?![a-z])", re.IGNORECASE)


FOUND, FOUND_IN_PAGES = pattern(SAY), pattern(SAY_IN_PAGES)


def problems_in(file, text):
    """Line number, and what to say instead of a word."""
    page = file.endswith(".md")
    if page:
        text = QUOTED.sub("", text)
    say = list((SAY_IN_PAGES if page else SAY).values())
    for number, line in enumerate(text.splitlines(), 1):
        for found in (FOUND_IN_PAGES if page else FOUND).finditer(re.sub(r"([a-z])([A-Z])", r"\1 \2", line)):
            yield number, f"'{found.group(0)}': say {say[found.lastindex - 1]}"


if __name__ == "__main__":
    sys.exit(lines.main(__doc__, [f"{folder}/**/*" for folder in ("daemon", "proto", "shim", "docs")] + ["*.md"],
                        {".md", ".hpp", ".cpp", ".h", ".c", ".html"}, problems_in))
