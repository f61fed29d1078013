#!/usr/bin/env python3
"""Plants faults in a copy of the source, one at a time, and lets simulated runs look for each.

Prints a table for docs/dev/simulation.md. Twice as many runs as there are cores look for ten minutes at most; of the faults in BY_EVERY_CHANGE
--every-change does. Exits 1 when a fault cannot be planted (the source has changed) or is not found.  usage: prove.py [NAME...]
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "prove"
LIMIT_SECONDS = 600
LOOKS = 2 * (os.cpu_count() or 1)  # at once; half of the time of a run the kernel closes an inotify descriptor
APART = 10_000_000  # the first seeds of two of them

# name, file, what stands there, what is put in its place
FAULTS = [
    ("acknowledged before it is in the journal", "daemon/pipeline/pipeline.cpp",
     "job.ack.settle(number.has_value());", "job.ack.settle(true);"),
    ("no alert is known again", "daemon/pipeline/dedup_window.hpp",
     "return fresh ? Seen::never : found->second;", "return fresh ? Seen::never : Seen::never;"),
    ("a reload does not change the filter", "daemon/app/daemon_reload.cpp",
     "pipeline_.filter(config.gate);", ""),
    ("the filter is not asked again before a question to Domain Stats", "daemon/stages/domain_stats/domain_stats.cpp",
     "const error forbidden = ticket.may_send ? ticket.may_send() : error();", "const error forbidden;"),
    ("lost first contacts are not found", "daemon/pipeline/first_contact.cpp",
     "asked.times > 1", "asked.times > 1000"),
    ("the time since a question is the wall clock's", "daemon/pipeline/first_contact.hpp",
     "if (since) return", "if (false) return"),
    ("a late failure of a probe declares an outage", "daemon/asking/outage.cpp",
     "if (!breaker_.open()) break;", ""),
    ("a question that fails is not put on the wire again after a restart", "daemon/pipeline/job.hpp",
     "if (kept.taken) job.asked = Asked::in_earlier_run(*kept.taken);", ""),
    ("events that wait are not sent", "daemon/outputs/outputs.cpp",
     "const Sent sent = co_await output_->send(std::move(some));",
     "Sent sent = co_await output_->send(std::move(some)); sent.failure = {}; sent.events = count;"),
    ("what an output does not take is not kept", "daemon/outputs/outputs.cpp",
     "left.push_back({lane.name(), event});", ""),
    ("an event that was sent stays in the outbox", "daemon/outputs/outputs.cpp",
     "outbox_.remove(name(), events[next].number, opening);", "static_cast<void>(opening);"),
    ("the drain of an output is not woken", "daemon/outputs/outputs.hpp",
     "void wake() { wake_.cancel(); }", "void wake() {}"),
    ("what Wazuh took before it ended is not sent again", "daemon/outputs/wazuh_queue/wazuh_queue.cpp",
     "if (connection_is_gone(failure)) lost(failure);", "if (connection_is_gone(failure)) { lost(failure); return {}; }"),
    ("a spooled alert is removed before it is safe", "daemon/sources/spool/spool_worker.cpp",
     "case Submit::Outcome::waits:\n", "case Submit::Outcome::waits:\n            remove(name, bytes->size());\n"),
    ("a spooled alert that cannot be read once is not tried again", "daemon/sources/spool/spool_worker.cpp",
     "if (is_of_file(reason)) {", "if (is_of_file(reason) || reason) {"),
    ("a line of a file counts as safe at once", "daemon/sources/files/unsafe_lines.cpp",
     "lines_->all.emplace_back(start, false);\n    ++lines_->in_flight;",
     "lines_->all.emplace_back(start, false);\n    lines_->settle(place, true);\n    ++lines_->in_flight;"),
    ("rotated files are not looked for", "daemon/sources/files/rotated_files.cpp",
     "result<std::vector<RotatedFile>> run() {", "result<std::vector<RotatedFile>> run() {\n        if (!path_.empty()) return sorted();"),
    ("a transaction that failed is reported as done", "daemon/store/database.cpp",
     "item.completion->failure = report.outcome;", "item.completion->failure = {};"),
    ("who waits for a transaction is not woken", "daemon/store/database.cpp",
     "item.completion->ready.cancel();", ""),
    ("what is asked surely is dropped when it fails", "daemon/store/database.cpp",
     "queue_.put_back(std::move(again));", ""),
    ("deferred alerts are not taken up again", "daemon/pipeline/backlog.cpp",
     "auto taken = co_await journal_.take_deferred(stage, asks, most_deferred);",
     "auto taken = co_await journal_.take_deferred(stage, asks, 0);"),
    ("alerts of an earlier run are not gone on with", "daemon/app/daemon.cpp",
     "co_return co_await sources_.backlog.resume();", "co_return error();"),
    ("the key is in the log", "daemon/stages/otx/otx_component.cpp",
     '"asked, key from " + settings_.config.key.source', '"asked, key " + settings_.config.key.secret.reveal()'),
    ("one failed question is an outage without end", "daemon/asking/outage.cpp",
     "if (opened && !std::exchange(probing_, true)) tasks_.spawn", "if (false) tasks_.spawn"),
    ("health says ok whatever is", "daemon/admin/health.cpp",
     "worst = std::max(worst, check.health);", "worst = std::max(worst, std::min(check.health, Health::ok));"),
    ("a cache ignores its bound", "daemon/asking/verdict_cache.hpp",
     "entries_.size() > options_.entries || ", ""),
    ("a commit in doubt is never reported at the stop", "daemon/store/database.cpp",
     "        give_up(report);\n", ""),
]

BY_EVERY_CHANGE = {"a spooled alert that cannot be read once is not tried again"}


def run(command, **options):
    return subprocess.run(command, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def build():
    done = run(["cmake", "--build", "build/release", "--target", "enrichd-simulate"])
    if done.returncode != 0:
        print(done.stdout[-3000:], file=sys.stderr)
    return done.returncode == 0


def prepare():
    """A copy of the tracked files, built once, so that a fault costs one file; also what an earlier run left.

    Optimised a little: a run takes a quarter of the time, and a file not much more.
    """
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout
    for name in files.splitlines():
        source, copy = ROOT / name, COPY / name
        if not source.is_file() or (copy.is_file() and copy.read_bytes() == source.read_bytes()):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    shutil.copymode(ROOT / "scripts/build", COPY / "scripts/build")
    configured = run(["cmake", "--preset", "release", "-D", "CMAKE_UNITY_BUILD=OFF", "-D", "CMAKE_BUILD_TYPE=Debug",
                      "-D", "CMAKE_CXX_FLAGS_DEBUG=-O1", "-D", "ENRICHD_PORTABLE=OFF"])
    if configured.returncode != 0 or not build():
        sys.exit("the copy does not build: " + configured.stdout[-2000:])


def look_for(seconds=LIMIT_SECONDS):
    """Seeds needed, of all looks together, minutes needed and the first sentence; or nothing."""
    begun = time.monotonic()
    places = [COPY / f"build/looks-{look}" for look in range(LOOKS)]
    looking = []
    for look, place in enumerate(places):
        with open(place, "w") as out:
            looking.append(subprocess.Popen(
                ["build/release/tests/enrichd-simulate", "--whole", "--seed", str(look * APART + 1), "--runs", str(APART),
                 "--minutes", str(seconds / 60), "--first"], cwd=COPY, stdout=out, stderr=subprocess.STDOUT))
    with concurrent.futures.ThreadPoolExecutor(LOOKS) as waiting:
        ended = {waiting.submit(one.wait): look for look, one in enumerate(looking)}
        first = next((one for one in concurrent.futures.as_completed(ended) if one.result() != 0), None)
        minutes = (time.monotonic() - begun) / 60
        for one in looking:
            one.kill()
    if first is None:
        return None
    found = ended[first]
    seed = re.search(r"seed (\d+)(?: fails)?: ?\n? *(.*)", places[found].read_text(errors="replace"))
    if not seed:  # it crashed, or left by itself: that is seen too
        return "?", minutes, "the process ends: " + str(looking[found].returncode)
    return (int(seed.group(1)) - found * APART) * LOOKS, minutes, seed.group(2).strip()


def look_by_every_change():
    begun = time.monotonic()
    found = run(["build/release/tests/enrichd-simulate", "--every-change", "--first"])
    wrong = [line for line in found.stdout.splitlines() if "nothing wrong" not in line]
    if found.returncode == 0 or not wrong:
        return None
    return "by --every-change", (time.monotonic() - begun) / 60, wrong[0]


def main():
    wanted = sys.argv[1:]
    prepare()
    if look_for(60) is not None:
        sys.exit("a run fails without a planted fault: nothing can be proved")
    print("| planted fault | seeds | minutes | what was wrong first |\n| --- | --- | --- | --- |", flush=True)
    bad = 0
    for name, file, old, new in FAULTS:
        if wanted and name not in wanted:
            continue
        path = COPY / file
        text = path.read_text()
        if text.count(old) < 1:
            print(f"| {name} | cannot be planted: {file} has changed | | |", flush=True)
            bad += 1
            continue
        path.write_text(text.replace(old, new, 1))
        look = look_by_every_change if name in BY_EVERY_CHANGE else look_for
        result = look() if build() else ("-", 0, "it does not build")
        path.write_text(text)
        os.utime(path)
        if result is None or result[0] == "-":
            bad += 1
        seeds, minutes, sentence = result or ("not found", 0, "")
        print(f"| {name} | {seeds} | {minutes:.1f} | {sentence} |", flush=True)
    sys.exit(1 if bad else 0)


main()
