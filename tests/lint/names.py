#!/usr/bin/env python3
"""Outside its folder nobody names a stage, an output or a clock: docs/dev/design.md has the reason.

Usage: names.py ROOT. Looks at daemon/. Prints one line for each file; exit 1 when there is one.
"""
import re
import sys

import lines

# The composition, which names each in one line; the migration of the state file of 0.1.0; the map.
COMPOSITION = ["app/composition.", "config/config.hpp", "config/sections.", "store/schema.cpp", "README.md"]
# By name: the folders that are its own, and who else may name it, and why.
OWN = {
    "otx": ["stages/otx/",
            "model/finding_kind.hpp", "admin/label_values.cpp"],  # the kinds of findings that a policy can silence
    "rdap": ["stages/domain_stats/", "services/domain_stats_http/",
             "asking/rest.cpp"],  # the media type of the answers, beside that of JSON
    "domain_stats": ["stages/domain_stats/", "services/domain_stats_http/",
                     "app/verb_list.cpp",  # the help of three verbs names the key domain_stats.mode
                     "store/domains.cpp",     # a domain that is forgotten takes its verdict with it, in one transaction
                     "store/state_report.cpp"],  # the help of a metric names the key domain_stats.retry_for
    "wazuh_queue": ["outputs/wazuh_queue/", "app/daemon.cpp"],  # Daemon::build_outputs is the composition of outputs
    # Time and chance, which a test replaces.
    "steady_clock|steady_timer|system_clock::now|clock_gettime|random_device": [
        "base/clock.hpp", "base/random.cpp",
        "app/systemd.cpp",  # systemd compares the time of a reload with its own
        "net/connection.cpp"],  # a stream of Beast knows no other clock
}


def problems_in(name, text):
    """The first line of a file that names what it must not know."""
    inside = name.removeprefix("daemon/")
    for what, own in OWN.items():
        if any(inside.startswith(place) for place in COMPOSITION + own):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(what, line, re.IGNORECASE):
                yield number, f"names '{what}': only {', '.join(own[:1])} and the composition do"
                break


if __name__ == "__main__":
    sys.exit(lines.main(__doc__, ["daemon/**/*"], {".hpp", ".cpp", ".html", ".md"}, problems_in))
