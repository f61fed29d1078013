#!/usr/bin/env python3
"""Checks that includes follow the layers of daemon/README.md.

Usage: layers.py ROOT. Prints one line for each wrong include; exit 1 when there is one.
"""
import pathlib
import re
import sys

# A file may include its own folder and the folders before it.
ORDER = ["base", "model", "net", "store", "asking", "pipeline", "shared", "stages", "sources", "outputs", "services", "admin", "config", "cli",
         "wazuh", "app"]
# Each folder in these knows nothing of the others.
SEPARATE = ["stages", "sources", "outputs", "services"]
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)

# (who, what it must not include, why)
FORBIDDEN = [
    (re.compile(r"daemon/(model/|asking/(backoff|breaker|failures?|hold_back|notices|priority_queue|quota|verdict_cache)\.|"
                r"pipeline/(gate|first_contact|dedup_window)\.|sources/spool/pace\.|stages/otx/(pulse_filter|otx_verdict)\.|"
                r"stages/domain_stats/(packed_verdict|domain_stats_verdict|suspicion_of)\.)"),
     re.compile(r"boost/(asio|beast)|base/task\.hpp"), "values and decisions do no I/O"),
    (re.compile(r"daemon/(?!config/)"), re.compile(r"yaml-cpp"), "only config knows YAML"),
    (re.compile(r"daemon/(?!model/json_record\.hpp).*\.hpp$"), re.compile(r"nlohmann/json\.hpp|boost/beast|spdlog"),
     "heavy headers stay in .cpp files"),
    (re.compile(r"proto/"), re.compile(r".*/|.*\.hpp"), "proto knows nobody"),
    (re.compile(r"shim/"), re.compile(r"daemon/|.*\.hpp"), "the shim knows only proto"),
]


def problems_of(name, text):
    """The wrong includes of one file, whose path from the root is `name`."""
    for included in INCLUDE.findall(text):
        for who, what, why in FORBIDDEN:
            if who.match(name) and what.match(included):
                yield f"{name}: includes {included}: {why}"
        own = name.split("/")
        folder = included.split("/")[0]
        if own[0] == "daemon" and len(own) > 2 and folder in ORDER and "/" in included:
            if own[1] not in ORDER:
                yield f"{name}: folder {own[1]} is no layer"
            elif ORDER.index(folder) > ORDER.index(own[1]):
                yield f"{name}: includes {included}: {folder} is below {own[1]}"
            elif folder == own[1] and folder in SEPARATE and len(own) > 3:
                if included.count("/") > 1 and included.split("/")[1] != own[2]:
                    yield f"{name}: includes {included}: {folder} do not include each other"


def main():
    root = pathlib.Path(sys.argv[1])
    found = []
    for top in ("proto", "shim", "daemon"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".c", ".h", ".cpp", ".hpp"):
                found += problems_of(path.relative_to(root).as_posix(), path.read_text())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
