#!/usr/bin/env python3
"""Checks the coroutine law: next to co_await stand names, numbers and calls; no braces, no lambda, no `?:`. And what is
awaited in a condition gets a name.

g++ 12 destroys aggregates, capturing closures and conditional operands twice when they are temporaries of a full
expression with co_await in it (gcc bug 107288 and its kin), without a warning. And it puts the promise of `task<bool> f() { if (!co_await g()) co_return false; co_return true; }`, a coroutine without
variables that awaits in a condition, at another place than where it looks for it. clang 16 does neither; users build
with g++.

Usage: coroutine_law.py FILE... Prints one line for each breach; exit 1 when there is one.
"""
import re
import sys

TOKEN = re.compile(r"""
    (?P<skip>//[^\n]*|/\*.*?\*/|^\s*\#(?:[^\n\\]|\\.|\\\n)*)
  | (?P<text>R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
  | (?P<word>\w+)
  | (?P<sign>->|::|[^\s\w])
""", re.X | re.S | re.M)

# What stands before a `{` that opens a block, besides `)`.
BEFORE_BLOCK = {";", "{", "}", ")", "else", "do", "try", "const", "noexcept", "mutable", "override", "final", ":", None}
CONTROL = {"if", "while", "for", "switch"}
CLOSES = {"(": ")", "{": "}", "[": "]"}


def tokens_of(source):
    """(text, line) of each token; literals become an empty string, comments and preprocessor lines nothing."""
    out = []
    for match in TOKEN.finditer(source):
        if match.lastgroup == "skip" or match.group("skip"):
            continue
        text = '""' if match.group("text") else match.group(0)
        out.append((text, source.count("\n", 0, match.start()) + 1))
    return out


def previous(tokens, at):
    return tokens[at - 1][0] if at > 0 else None


def start_of(tokens, at):
    """Index of the first token of the full expression around `at`."""
    depth = 0
    for i in range(at - 1, -1, -1):
        text = tokens[i][0]
        if text in ")]":
            depth += 1
        elif text == "}":
            if depth == 0 and (i + 1 >= len(tokens) or tokens[i + 1][0] not in {",", ")", "]", "."}):
                return i + 1
            depth += 1
        elif text in "([":
            if depth == 0 and text == "(" and previous(tokens, i) in CONTROL:
                return i + 1
            depth = max(depth - 1, 0)
        elif text == "{":
            if depth == 0 and previous(tokens, i) in BEFORE_BLOCK:
                return i + 1
            depth = max(depth - 1, 0)
        elif text == ";" and depth == 0:
            return i + 1
    return 0


def end_of(tokens, start):
    """Index after the last token of the full expression that begins at `start`."""
    depth = 0
    for i in range(start, len(tokens)):
        text = tokens[i][0]
        if text in CLOSES:
            depth += 1
        elif text in ")]}":
            depth -= 1
            if depth < 0:
                return i
        elif text == ";" and depth == 0:
            return i
    return len(tokens)


def in_bare_condition(tokens, start, span):
    """Whether the full expression is the whole condition of an `if` or `while` and declares nothing."""
    if start < 2 or tokens[start - 1][0] != "(" or tokens[start - 2][0] not in ("if", "while"):
        return False
    return "=" not in span


def breaches(source):
    """(line, why) of each breach."""
    tokens = tokens_of(source)
    for at, (text, line) in enumerate(tokens):
        if text not in ("co_await", "co_yield"):
            continue
        start = start_of(tokens, at)
        # `for (auto& x : co_await f()) {…}` and `if (co_await f())`: the head ends before its body.
        span = [token for token, _ in tokens[start:end_of(tokens, start)]]
        while span and span[0] == "case":  # `case Fault::cut: co_return co_await f();`
            span = span[span.index(":") + 1:]
        if "{" in span:
            yield line, "braces beside co_await; name the value first"
        elif "?" in span:
            yield line, "?: beside co_await; use if and else"
        elif in_bare_condition(tokens, start, span):
            yield line, "co_await in a condition; name its result first"


def main():
    found = 0
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            for line, why in breaches(file.read()):
                print(f"{name}:{line}: {why}")
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
