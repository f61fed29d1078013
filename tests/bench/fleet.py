"""The day of a fleet, for scripts/fleet."""
import argparse
import collections
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import ports  # noqa: E402

SETTINGS = {
    "0.1.0: every finding of every query": "policy:\n  repeat_after: 0s\n",
    "now, with the defaults": "",
    "now, while it learns (learn_for: 1d)": "policy:\n  learn_for: 1d\n",
}
POPULAR, FAVOURITES, TAIL_SHARE, TAIL = 300, 20, 0.02, 3_000
PIECE = 500  # alerts that are written at once
SPECIAL = 30  # of each kind, in the tail
WORDS = "river stone green market paper garden silver bridge winter harbour orange cloud forest field summit".split()


def tail_domains(rng):
    """Names that people could have registered; the first ones are newly registered, on the list, known to OTX."""
    names = set()
    while len(names) < TAIL:
        names.add("-".join(rng.sample(WORDS, 3)) + ("" if rng.random() < 0.5 else str(rng.randrange(10))) + ".com")
    names = sorted(names)
    rng.shuffle(names)
    kinds = {}
    for i, prefix in enumerate(("new-", "listed-", "bad-new-")):
        for j in range(i * SPECIAL, (i + 1) * SPECIAL):
            # The fake OTX knows names that begin with "bad", the fake registry domains that begin with "new".
            names[j] = "bad.new-otx-" + names[j] if prefix == "bad-new-" else prefix + names[j]
            kinds[names[j]] = ("new", "list", "otx")[i]
    return names, kinds


def queries(rng, agents, count):
    """(agent, name) in the order of the day."""
    lines = (ROOT / "tests/data/well_known_domains.txt").read_text().splitlines()
    popular = rng.sample([line for line in lines if line and not line.startswith("#")], POPULAR)
    weights = [1 / (rank + 1) for rank in range(POPULAR)]
    favourites = [list(dict.fromkeys(rng.choices(popular, weights, k=FAVOURITES))) for _ in range(agents)]
    tail, kinds = tail_domains(rng)
    out = []
    special = [name for name in tail if name in kinds for _ in range(6)]
    for number in range(count):
        agent = rng.randrange(agents)
        if rng.random() < TAIL_SHARE:
            out.append((agent, special.pop() if special and rng.random() < 0.2 else rng.choice(tail)))
        else:
            out.append((agent, "www." + rng.choice(favourites[agent])))
    return out, kinds


class Alerts:
    """One line an alert, as Wazuh writes it, without the message of Windows."""

    def __init__(self):
        alert = json.loads((ROOT / "tests/data/sysmon22.json").read_text())
        alert["data"]["win"]["system"].pop("message")
        alert["id"], alert["agent"]["id"], alert["agent"]["name"] = "@ID", "@AGENT", "pc-@AGENT"
        alert["data"]["win"]["eventdata"]["queryName"] = "@NAME"
        alert["rule"]["description"] = "Sysmon - Event 22: DNS query for @NAME"
        self.template = json.dumps(alert) + "\n"

    def line(self, number, agent, name):
        text = self.template.replace("@ID", f"1795493062.{number}").replace("@AGENT", f"{agent + 1:04}")
        return text.replace("@NAME", name)


class Daemon:
    def __init__(self, binaries, directory, policy, listed):
        self.directory = directory
        self.alerts = directory / "alerts.json"
        self.events = directory / "events.jsonl"
        self.alerts.touch()
        (directory / "listed.txt").write_text("\n".join(listed) + "\n")
        self.fakes = []
        self.start_fake(binaries, "fake-rdap", directory / "dns.json")
        otx = self.start_fake(binaries, "fake-otx", directory)
        self.port = ports.free_port()
        (directory / "enrichd.yaml").write_text(f"""
wazuh: {{home: {directory}/ossec}}
intake: {{socket: {directory}/intake.sock, spool: {directory}/spool, files: [{self.alerts}], files_begin: beginning}}
domain_stats: {{mode: embedded, embedded: {{rdap_bootstrap: {directory}/dns.json, rdap_requests_per_hour: 1000000,
  rdap_connections: 16}}}}
otx: {{url: {otx}, api_key_file: {directory}/key, requests_per_hour: 1000000, connections: 16}}
lists: [{{name: bad, from: {directory}/listed.txt, label: malware}}]
outputs: {{wazuh: false, file: {self.events}}}
state: {{directory: {directory}/state}}
admin: {{listen: "127.0.0.1:{self.port}", socket: {directory}/admin.sock}}
{policy}""")
        self.log = open(directory / "log", "w")
        self.process = subprocess.Popen([binaries / "enrichd", "run", "--config", directory / "enrichd.yaml"],
                                        stdout=self.log, stderr=self.log)

    def start_fake(self, binaries, name, argument):
        fake = subprocess.Popen([binaries / name, argument], stdout=subprocess.PIPE, text=True)
        self.fakes.append(fake)
        return fake.stdout.readline().strip()

    def metric(self, name):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as page:
                for line in page.read().decode().splitlines():
                    if line.startswith(name + " "):
                        return float(line.split()[-1])
        except OSError:
            pass
        return -1

    def wait(self, condition, what):
        end = time.monotonic() + 900
        while not condition():
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"{what}: see {self.directory}/log")
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        for fake in self.fakes:
            fake.kill()  # at its usual end it prints all requests, and nobody reads them here
            fake.wait()
        self.log.close()


def run(binaries, policy, day, kinds):
    """The events of a day."""
    with tempfile.TemporaryDirectory(prefix="enrichd-fleet.") as name:
        directory = pathlib.Path(name)
        daemon = Daemon(binaries, directory, policy, [name for name, kind in kinds.items() if kind == "list"])
        daemon.wait(lambda: daemon.metric("enrichd_alerts_finished_total") >= 0, "the daemon did not start")
        alerts = Alerts()
        with open(daemon.alerts, "w") as out:
            for begin in range(0, len(day), PIECE):  # a day has no rush
                for number in range(begin, min(begin + PIECE, len(day))):
                    out.write(alerts.line(number, *day[number]))
                out.flush()
                daemon.wait(lambda: daemon.metric("enrichd_alerts_finished_total") >= begin, "it does not go on")
        daemon.wait(lambda: daemon.metric("enrichd_alerts_finished_total") >= len(day), "not all alerts were finished")
        daemon.wait(lambda: daemon.metric("enrichd_pending") == 0, "alerts are left")
        time.sleep(2)
        daemon.stop()
        return [json.loads(line) for line in daemon.events.read_text().splitlines()]


def missed(events, day, kinds):
    """Special domains that gave no event of their kind for the first agent that asked."""
    first = {}
    for agent, name in day:
        first.setdefault(name, f"{agent + 1:04}")
    seen = collections.defaultdict(set)
    for event in events:
        body, agent = event["event"], event["agent"]["id"]
        kind = body["integration"]
        if kind == "dnsstat" and "NEW" in body["dnsstat"].get("category", ""):
            seen["new"].add((body["dnsstat"]["query"], agent))
        elif kind in ("list", "otx"):
            seen[kind].add((body[kind]["query"], agent))
    return [name for name, kind in kinds.items() if name in first and (name, first[name]) not in seen[kind]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--agents", type=int, default=2_000)
    parser.add_argument("--alerts", type=int, default=600_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    day, kinds = queries(random.Random(arguments.seed), arguments.agents, arguments.alerts)
    print(f"{arguments.agents} agents, {len(day)} alerts, {POPULAR} popular domains, {TAIL} others; seed {arguments.seed}")
    print("| setting | events | per 1,000 alerts | fewer than 0.1.0 | special domains missed |\n| --- | --- | --- | --- | --- |")
    before, good = None, True
    for setting, policy in SETTINGS.items():
        events = run(arguments.binaries.resolve(), policy, day, kinds)
        lost = missed(events, day, kinds)
        before = before or len(events)
        fewer = before / max(len(events), 1)
        print(f"| {setting} | {len(events)} | {1000 * len(events) / len(day):.1f} | {fewer:.1f} times | {len(lost)} |",
              flush=True)
        good = good and not lost
    sys.exit(0 if good and fewer >= 20 else 1)  # of the last setting


main()
