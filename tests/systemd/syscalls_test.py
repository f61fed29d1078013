#!/usr/bin/env python3
"""The sandbox of the unit lets the daemon do its whole job: it is traced through a day's work, and what it asks of the
kernel is compared with what the unit allows.

Usage: syscalls_test.py ENRICHD ENRICH_SHIM. Needs strace and systemd-analyze, no running systemd.
"""
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ports, processes

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd/enrichd.service"
SHIM = sys.argv.pop() if len(sys.argv) > 2 else "/usr/lib/enrichd/enrich-shim"
PROGRAM = sys.argv.pop() if len(sys.argv) > 1 else "/usr/bin/enrichd"
PATIENCE = 60  # seconds

# glibc looks by it which addresses this host has, and assumes all kinds where it may not.
ASKED_IN_VAIN = {"AF_NETLINK"}


def settings(name):
    return [line.split("=", 1)[1].split() for line in UNIT.read_text().splitlines() if line.startswith(name + "=")]


def expand(name):
    """A set's or call's system calls."""
    if not name.startswith("@"):
        return {name}
    text = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], check=True, text=True,
                          capture_output=True).stdout
    inner = [line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*map(expand, inner))


def allowed_calls():
    """As systemd reads the lines: the first says what the list is, later ones add, or take away after a ~."""
    calls = expand("@default")
    for words in settings("SystemCallFilter"):
        take_away = words[0].startswith("~")
        named = set().union(*(expand(word.lstrip("~")) for word in words))
        calls = calls - named if take_away else calls | named
    return calls


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


class World:
    """A Wazuh, a registry, a server that is not OTX, and the daemon under strace."""

    def __init__(self, home):
        self.home = pathlib.Path(home)
        for directory in ("ossec/queue/sockets", "ossec/logs"):
            (self.home / directory).mkdir(parents=True)
        self.queue = self.datagrams("ossec/queue/sockets/queue")
        self.notify = self.datagrams("notify")
        self.registry = processes.HttpServer(("127.0.0.1", 0), Registry)
        threading.Thread(target=self.registry.serve_forever, daemon=True).start()
        self.admin, self.serve = ports.free_port(), ports.free_port()
        (self.home / "rdap.json").write_text(json.dumps({"version": "1.0", "services": [
            [["net", "com"], [f"http://127.0.0.1:{self.registry.server_port}/"]]]}))
        (self.home / "key").write_text("0" * 64 + "\n")
        (self.home / "key").chmod(0o600)
        (self.home / "enrichd.yaml").write_text(f"""
wazuh: {{home: {self.home}/ossec}}
intake: {{socket: {self.home}/intake.sock, spool: {self.home}/spool, allow: [{os.getuid()}]}}
domain_stats: {{mode: embedded, serve: "127.0.0.1:{self.serve}", embedded: {{rdap_bootstrap: {self.home}/rdap.json}}}}
otx: {{mode: on, url: "https://localhost:{self.registry.server_port}", api_key_file: {self.home}/key}}
outputs: {{file: {self.home}/events.jsonl}}
state: {{directory: {self.home}/state, sync: full}}
admin: {{listen: "127.0.0.1:{self.admin}"}}
""")

    def datagrams(self, name):
        out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        out.bind(str(self.home / name))
        out.settimeout(PATIENCE)
        return out

    def traced(self, *arguments):
        command = ["strace", "-f", "-qq", "-e", "signal=none", "-o", str(self.home / f"trace.{arguments[0]}"), PROGRAM,
                   *arguments, "--config", str(self.home / "enrichd.yaml")]
        environment = {**os.environ, "NOTIFY_SOCKET": str(self.home / "notify"), "WATCHDOG_USEC": "1000000",
                       "RES_OPTIONS": "timeout:2 attempts:1"}
        return processes.start(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def hand_over(self, number, query, *arguments):
        alert = json.loads((ROOT / "tests/data/sysmon22.json").read_text())
        alert["id"] = f"1795493062.{number}"
        alert["data"]["win"]["eventdata"]["queryName"] = query
        file = self.home / "alert"
        line = json.dumps(alert if arguments else {"version": 1, "command": "add", "parameters": {"alert": alert}})
        file.write_text(line + "\n")
        environment = {"ENRICHD_SOCKET": f"{self.home}/intake.sock", "ENRICHD_SPOOL": f"{self.home}/spool"}
        with file.open() as stdin:
            subprocess.run([SHIM, *([str(file), "", ""] if arguments else [])], env=environment, stdin=stdin,
                           check=True, timeout=PATIENCE)

    def event(self):
        return self.queue.recv(65536).decode()

    def said(self, word):
        while word not in self.notify.recv(4096).decode().split("\n"):
            pass

    def daemon(self):
        """The process below strace."""
        first = (self.home / "trace.run").read_text().split()[0]
        return int(first)

    def get(self, port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def close(self):
        self.registry.shutdown()
        self.registry.server_close()
        self.queue.close()
        self.notify.close()

    def calls(self):
        """(name, arguments) of each system call that began."""
        for file in self.home.glob("trace.*"):
            for line in file.read_text(errors="replace").splitlines():
                found = re.match(r"\d+ +(?:<\.\.\. )?(\w+)(\(.*| resumed.*)", line)
                if found:
                    yield found.groups()


@unittest.skipUnless(os.uname().machine == "x86_64", "other processors have other system calls")
class Sandbox(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="enrichd-") as home:
            world = World(home)
            try:
                cls.work(world)
                cls.calls = set(world.calls())
            finally:
                world.close()

    @staticmethod
    def work(world):
        check = world.traced("check")
        try:
            said, _ = check.communicate(timeout=PATIENCE)
            assert check.returncode == 0, said
        finally:
            processes.stop(check)
        world.hand_over(1, "spooled.first-harbour.net", "integration")  # nobody listens: into the spool
        run = world.traced("run")
        try:
            world.said("READY=1")
            assert "first-harbour" in world.event()
            world.hand_over(2, "www.second-harbour.net", "integration")
            assert "second-harbour" in world.event()
            world.hand_over(3, "www.third-harbour.net")  # an active response
            world.get(world.serve, "/www.fourth-harbour.net")
            os.kill(world.daemon(), signal.SIGHUP)
            for path in ("/livez", "/healthz", "/metrics"):
                world.get(world.admin, path)
            world.said("WATCHDOG=1")
            deadline = time.monotonic() + PATIENCE
            while 'provider="otx"' not in world.get(world.admin, "/metrics"):
                assert time.monotonic() < deadline, "OTX was not asked"
                time.sleep(0.05)
            os.kill(world.daemon(), signal.SIGTERM)
            said, _ = run.communicate(timeout=PATIENCE)
            assert run.returncode == 0, said
        finally:
            processes.stop(run)

    def test_the_trace_is_one_of_the_whole_job(self):
        names = {name for name, _ in self.calls}
        self.assertLessEqual({"execve", "clone3", "listen", "connect", "recvmsg", "fdatasync", "getdents64", "fchown"}, names)
        self.assertIn('"WATCHDOG=1"', " ".join(rest for name, rest in self.calls if name in ("sendmsg", "sendto")))

    def test_each_system_call_is_allowed(self):
        self.assertEqual(set(), {name for name, _ in self.calls} - allowed_calls())

    def test_each_kind_of_socket_is_allowed(self):
        asked = {re.match(r"\((AF_\w+)", rest).group(1) for name, rest in self.calls
                 if name == "socket" and rest.startswith("(")}
        allowed = set(settings("RestrictAddressFamilies")[0])
        self.assertEqual(set(), asked - allowed - ASKED_IN_VAIN)

    def test_no_memory_is_writable_and_executable(self):
        both = [rest for name, rest in self.calls
                if name in ("mmap", "mprotect") and "PROT_WRITE" in rest and "PROT_EXEC" in rest]
        self.assertEqual([], both)

    def test_no_set_user_id_file_is_made(self):
        made = [rest for name, rest in self.calls
                if name in ("chmod", "fchmod", "mkdir", "mkdirat") and re.search(r"\b0[2-7]\d\d\d\b", rest)]
        self.assertEqual([], made)

    def test_the_calls_that_a_daemon_never_needs_are_not_allowed(self):
        never = {"ptrace", "process_vm_readv", "mount", "bpf", "setuid", "setgid", "keyctl", "mlock", "io_uring_setup",
                 "userfaultfd", "personality", "shmget", "fchownat", "init_module", "kexec_load", "perf_event_open"}
        self.assertEqual(set(), allowed_calls() & never)


if __name__ == "__main__":
    unittest.main()
