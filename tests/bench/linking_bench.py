#!/usr/bin/env python3
"""The portable build against one that links everything dynamically: start, idle memory and the cost of an alert whose verdict is
known. Both are measured alternately, and the ratio of the medians counts.

Usage: linking_bench.py PORTABLE DYNAMIC    (scripts/bench linking builds both)
"""
import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS, ALERTS = 15, 20_000
CONFIGURATION = """intake: {{socket: {0}/intake.sock, spool: {0}/spool, allow: [{1}]}}
domain_stats: {{mode: embedded, embedded: {{rdap: false}}}}
otx: {{mode: off}}
outputs: {{wazuh: false, file: {0}/events}}
state: {{directory: {0}/state}}
admin: {{listen: "", socket: {0}/admin.sock}}
"""


def write_alerts(file):
    alert = json.loads((ROOT / "tests/data/sysmon22.json").read_text())
    with open(file, "w") as out:
        for number in range(ALERTS):
            alert["id"] = f"1795493062.{number}"
            out.write(json.dumps(alert, separators=(",", ":")) + "\n")


def processor_time(process):
    return int(pathlib.Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def memory(process):
    text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
    return {key: int(line.split()[1]) * 1024 for line in text.splitlines() for key in ("Rss", "Pss")
            if line.startswith(key + ":")}


def measure(program, alerts):
    with tempfile.TemporaryDirectory() as directory:
        config = pathlib.Path(directory, "enrichd.yaml")
        config.write_text(CONFIGURATION.format(directory, subprocess.getoutput("id -u")))
        started = time.perf_counter()
        daemon = subprocess.Popen([program, "run", "--config", config], stderr=subprocess.PIPE, text=True)
        for line in daemon.stderr:
            if "info: ready" in line:
                break
        start = time.perf_counter() - started
        time.sleep(0.5)
        idle = memory(daemon.pid)
        before, began = processor_time(daemon.pid), time.perf_counter()
        subprocess.run([program, "replay", "--config", config, alerts], check=True, stdout=subprocess.DEVNULL)
        took, spent = time.perf_counter() - began, processor_time(daemon.pid) - before
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate(timeout=30)
    return {"start, ms": start * 1e3, "idle memory (RSS), MB": idle["Rss"] / 1e6, "of which it shares with nobody (PSS), MB": idle["Pss"] / 1e6,
            "processor time of an alert, us": spent / ALERTS * 1e6, "alerts a second, one client": ALERTS / took}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    figures = {program: [] for program in sys.argv[1:]}
    with tempfile.TemporaryDirectory() as directory:
        alerts = f"{directory}/alerts.json"
        write_alerts(alerts)
        for _ in range(ROUNDS):
            for program, rows in figures.items():
                rows.append(measure(program, alerts))
    print(f"| medians of {ROUNDS} rounds, measured alternately | portable | dynamic | ratio |\n| --- | --- | --- | --- |")
    portable, dynamic = figures.values()
    for name in portable[0]:
        one, other = (statistics.median(row[name] for row in rows) for rows in (portable, dynamic))
        print(f"| {name} | {one:,.2f} | {other:,.2f} | {one / other:.3f} |")


main()
