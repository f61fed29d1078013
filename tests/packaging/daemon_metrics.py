"""What a running enrichd says on /metrics: every family, with its type, its help, its labels and their values."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ports, processes
from support.wait import eventually

PATIENCE = 60  # seconds; sanitizers are slow

# Families whose samples come with their first case, and with what labels. Of all others the page itself tells.
FIRST_CASE = {
    "enrichd_alerts_rejected_total": ["reason"],
    "enrichd_state_errors_total": ["reason"],
    "enrichd_alerts_gated_total": ["reason"],
    "enrichd_provider_requests_total": ["outcome", "provider"],
    "enrichd_served_requests_total": ["result"],
    "enrichd_otx_dropped_total": ["reason"],
    "enrichd_file_lines_total": ["file", "result"],
    "enrichd_events_sent_total": ["kind", "output"],
    "enrichd_output_errors_total": ["output", "reason"],
    "enrichd_findings_total": ["kind"],
    "enrichd_events_suppressed_total": ["reason"],
    "enrichd_list_errors_total": ["list", "reason"],
    "enrichd_list_retro_left_out_total": ["reason"],
    "enrichd_control_requests_total": ["result", "verb"],
    "enrichd_shared_commands_total": ["result"],
    "enrichd_shared_events_total": ["outcome"],
    "enrichd_shared_first_contacts_total": ["outcome"],
    "enrichd_shared_questions_total": ["outcome"],
}
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


class Family:
    def __init__(self, name, text):
        self.name = name
        self.help = text
        self.type = "untyped"
        self.values = {}  # of each label, those that were seen
        self.samples = 0

    def series(self):
        """The names under which it is asked for."""
        return [self.name + part for part in PARTS.get(self.type, ("",))]

    def labels(self):
        return FIRST_CASE.get(self.name) or sorted(self.values)


def parse(text):
    """The families of a page, in its order."""
    families = {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, told = line[7:].partition(" ")
            families[name] = Family(name, told)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            families[name].type = kind
        elif line and not line.startswith("#"):
            name, labels = re.match(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ", line).groups()
            owner = next(one for one in families.values() if name in one.series())
            owner.samples += 1
            for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""):
                seen = owner.values.setdefault(label, [])
                if value not in seen:
                    seen.append(value)
    return families


def write_configuration(directory, admin, served, mode):
    """Everything on, and nothing that leaves the machine: every family is there."""
    key = directory / "key"
    key.touch(mode=0o600)
    key.write_text("0" * 64)
    bootstrap = directory / "registries.json"
    bootstrap.write_text(json.dumps({"version": "1.0", "services": [[["example"], ["https://127.0.0.1:1/"]]]}))
    listed = directory / "blocked.txt"
    listed.write_text("bad-site.com\n")
    config = directory / "enrichd.yaml"
    config.write_text(json.dumps({  # JSON is YAML
        "wazuh": {"home": f"{directory}/ossec"},
        "intake": {"socket": f"{directory}/intake.sock", "spool": f"{directory}/spool", "allow": ["root"],
                   "files": ["/var/ossec/logs/alerts/alerts.json"]},
        "domain_stats": {"mode": mode, "url": "http://127.0.0.1:1", "serve": f"127.0.0.1:{served}",
                         "embedded": {"rdap_bootstrap": str(bootstrap)}},
        "otx": {"mode": "on", "api_key_file": str(key), "url": "http://127.0.0.1:1"},
        "lists": [{"name": "blocked", "from": str(listed)}],
        "outputs": {"wazuh": True, "file": f"{directory}/events"},
        "state": {"directory": f"{directory}/state"},
        "shared": {"url": "redis://127.0.0.1:1"},
        "admin": {"listen": f"127.0.0.1:{admin}", "socket": f"{directory}/admin.sock"},
    }))
    return config


def own_environment():
    """Ours without what systemd, or somebody's shell, tells a daemon."""
    told = ("NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_", "CREDENTIALS_DIRECTORY", "JOURNAL_STREAM", "ENRICHD_")
    return {name: value for name, value in os.environ.items() if not name.startswith(told)}


def fetch(process, url, log, holds=""):
    """The page, as soon as the daemon serves it with that in it."""
    def page():
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                text = answer.read().decode()
            return text if holds in text else None
        except (urllib.error.URLError, OSError):
            return None

    found = eventually(lambda: page() or process.poll() is not None, PATIENCE)
    if not isinstance(found, str):
        raise RuntimeError(f"the daemon does not serve {url}:\n{log.read_text()}")
    return found


def of_a_run(program, mode="embedded"):
    """The text of /metrics of a daemon that is started for it, with everything on in that mode of domain_stats."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        admin, served = ports.free_port(), ports.free_port()
        config = write_configuration(directory, admin, served, mode)
        log = directory / "log"
        with log.open("w") as out:
            process = processes.start([program, "run", "--config", config], stdin=subprocess.DEVNULL, stdout=out,
                                      stderr=out, cwd=directory, env=own_environment())
        try:
            # Without that sample the daemon has not looked at its file yet.
            return fetch(process, f"http://127.0.0.1:{admin}/metrics", log, holds="enrichd_file_lag_bytes{")
        finally:
            processes.stop(process, PATIENCE)


def of_both_modes(program):
    """The families of an embedded engine and of a Domain Stats server, each with the labels that either shows."""
    families = parse(of_a_run(program))
    for name, other in parse(of_a_run(program, "http")).items():
        family = families.setdefault(name, other)
        family.samples = max(family.samples, other.samples)
        for label, values in other.values.items():
            known = family.values.setdefault(label, [])
            if set(values) - set(known):
                family.values[label] = sorted({*known, *values})
    return families
