"""The metrics, labels and values that a PromQL expression names. No parser: promtool says whether it is right."""
import re

AGGREGATORS = {"sum", "min", "max", "avg", "count", "group", "stddev", "stdvar", "quantile", "topk", "bottomk",
               "count_values"}
KEYWORDS = {"and", "or", "unless", "offset", "bool", "atan2", "inf", "nan"}
WITH_LABELS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
TOKEN = re.compile(r"""
    \s+ | \#[^\n]*
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<range>\[[^\]]*\])
  | (?P<number>\d[\w.]*)
  | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<sign>=~|!~|!=|==|>=|<=|.)""", re.VERBOSE | re.DOTALL)


class Selector:
    """A metric with what its labels are compared with: (label, operator, value)."""

    def __init__(self, metric):
        self.metric = metric
        self.matchers = []


def parse(text):
    """The selectors of an expression, and the labels that it groups or joins by."""
    tokens = [(match.lastgroup, match.group(match.lastgroup)) for match in TOKEN.finditer(text) if match.lastgroup]
    tokens.append(("end", ""))
    selectors, labels = [], set()
    at = 0
    while tokens[at][0] != "end":
        kind, word = tokens[at]
        following = tokens[at + 1][1]
        at += 1
        if kind != "word" or word.lower() in KEYWORDS | AGGREGATORS:
            continue
        if word in WITH_LABELS:
            if following != "(":
                continue
            while tokens[at][1] != ")":
                if tokens[at][0] == "word":
                    labels.add(tokens[at][1])
                at += 1
        elif following != "(":  # else a function
            selectors.append(Selector(word))
            if following == "{":
                at += 1
                while tokens[at][1] != "}":
                    if tokens[at][0] == "word":
                        (_, label), (_, operator), (_, value) = tokens[at:at + 3]
                        selectors[-1].matchers.append((label, operator, value[1:-1]))
                        at += 2
                    at += 1
    return selectors, labels
