"""The sentences that a piece of C++ may log as warning or error."""
import re

CALL = re.compile(r"\blog::(?:error|warning)\s*\(")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def first_argument(text, begin):
    depth = 0
    at = begin
    while at < len(text):
        if text[at] == '"':
            at = STRING.match(text, at).end()
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
        if depth < 0 or (depth == 0 and text[at] == ","):
            break
        at += 1
    return text[begin:at]


def literals(text):
    """Every string that stands in the code."""
    for together in re.finditer(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', text):
        yield "".join(STRING.findall(together.group())).replace('\\"', '"')


def messages(text):
    """Literals that stand side by side are one; of a choice there are several; what is put together is not known."""
    for call in CALL.finditer(text):
        argument = first_argument(text, call.end())
        for together in re.finditer(r'(?:"(?:[^"\\]|\\.)*"\s*)+', argument):
            yield "".join(STRING.findall(together.group())).replace('\\"', '"')
