#!/usr/bin/env python3
"""The container image beside a manager in another container, without an engine: the files that the Containerfile collects, and
the services of compose.yaml, in namespaces of their own.

Usage: container_test.py --deb FILE [--chroot DIR]    (scripts/package --test runs it)

Needs root, the network, and debootstrap unless a bare Debian 12 is given to copy.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from contained import Container  # noqa: E402
from machine import Machine, said  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ROOT / "packaging/container"
COMPOSE = yaml.safe_load((PARTS / "compose.yaml").read_text())["services"]
PATIENCE = 20  # seconds
ENRICHD, WAZUH = 9466, 999
CONFIGURATION = """domain_stats: {mode: embedded, embedded: {rdap: false}}
otx: {mode: off}
"""
# Of wazuh-docker's single-node/docker-compose.yml, which compose.yaml adds to.
MANAGER_VOLUMES = ["wazuh_etc:/var/ossec/etc", "wazuh_logs:/var/ossec/logs", "wazuh_queue:/var/ossec/queue",
                   "wazuh_integrations:/var/ossec/integrations", "wazuh_active_response:/var/ossec/active-response/bin"]
# What the first stage may copy beside shared libraries.
EXPECTED = re.compile(r"/(usr/bin/enrichd|usr/lib/enrichd/enrich-shim|usr/share/enrichd/wazuh/[a-z_]+\.xml|"
                      r"usr/share/publicsuffix/public_suffix_list\.dafsa|etc/ssl/certs/ca-certificates\.crt|usr/lib/ssl/cert\.pem|"
                      r"usr/share/doc/[^/]+/copyright|var/lib/dpkg/status\.d/[^/]+|etc/(os-release|passwd|group|nsswitch\.conf)|"
                      r"etc/enrichd/enrichd\.yaml|var/spool/enrichd/size|lib|lib64)")


def rights(path):
    status = os.lstat(path)
    return f"{status.st_uid}:{status.st_gid} {stat.S_IMODE(status.st_mode):o}"


class Containers(unittest.TestCase):
    """One deployment, step by step."""

    daemon = queue = None
    alerts = 0

    @classmethod
    def setUpClass(cls):
        cls.project = pathlib.Path(tempfile.mkdtemp(prefix="enrichd-containers-"))
        cls.addClassCleanup(subprocess.run, ["rm", "-rf", "--one-file-system", str(cls.project)], check=True)
        cls.project.chmod(0o755)
        stage = Machine(ARGUMENTS.chroot)
        try:
            # Without /proc and /dev, which are mounted there.
            subprocess.run(["cp", "-a", "--one-file-system", f"{stage.root}/.", str(cls.project / "manager")], check=True)
            (stage.root / "build").mkdir()
            for file in (PARTS / "rootfs", ARGUMENTS.deb):
                shutil.copy(file, stage.root / "build")
            stage.run("/build/rootfs", f"/build/{pathlib.Path(ARGUMENTS.deb).name}", "/rootfs")
            subprocess.run(["cp", "-a", str(stage.root / "rootfs"), str(cls.project / "enrichd")], check=True)
        finally:
            stage.close()
        cls.image = cls.project / "enrichd"
        cls.collected = cls.files_of(cls.image)
        cls.make_project()
        cls.manager = Container(cls.project / "manager", COMPOSE["wazuh.manager"],
                                cls.mounts("wazuh.manager", MANAGER_VOLUMES), ["/usr/bin/sleep", "infinity"])
        cls.addClassCleanup(lambda: cls.manager.stop(how=signal.SIGKILL))
        cls.addClassCleanup(lambda: cls.daemon and cls.daemon.stop(how=signal.SIGKILL))
        cls.addClassCleanup(lambda: cls.queue and cls.queue.close())
        if cls.manager.process.poll() is not None:
            raise AssertionError(cls.manager.text())

    @staticmethod
    def files_of(root):
        found = set()
        for directory, folders, names in os.walk(root):
            inside = "/" + os.path.relpath(directory, root)
            links = [name for name in folders if os.path.islink(os.path.join(directory, name))]
            found |= {os.path.normpath(os.path.join(inside, name)) for name in names + links}
        return found

    @classmethod
    def make_project(cls):
        """Volumes as Wazuh's container fills them at its first start, and the files of the deployment."""
        volumes = cls.project / "volumes"
        for name, folders in {"etc": ["rules"], "logs": [], "queue": ["sockets"], "integrations": [], "active_response": []}.items():
            for folder in ["", *folders]:
                path = volumes / f"wazuh_{name}" / folder
                path.mkdir(parents=True)
                os.chown(path, WAZUH if name in ("etc", "logs", "queue") else 0, WAZUH)
                path.chmod(0o750 if name == "integrations" else 0o770)
        for file, text in {"wazuh_etc/ossec.conf": "<ossec_config>\n</ossec_config>\n", "wazuh_logs/active-responses.log": ""}.items():
            (volumes / file).write_text(text)
            os.chown(volumes / file, 0, WAZUH)
            (volumes / file).chmod(0o660)
        for folder in ("enrichd", "wazuh_cluster"):
            (cls.project / "config" / folder).mkdir(parents=True)
        (cls.project / "config/enrichd/enrichd.yaml").write_text(CONFIGURATION)
        cls.conf = cls.project / "config/wazuh_cluster/wazuh_manager.conf"
        cls.conf.write_text("<ossec_config>\n  <global>\n    <jsonout_output>yes</jsonout_output>\n  </global>\n</ossec_config>\n")
        os.chown(cls.conf, 1000, 1000)
        # An engine copies what the image has there into an empty volume, owner and rights too.
        for mounted in COMPOSE["enrichd"]["volumes"]:
            name, target = mounted.split(":")[:2]
            if name.startswith("enrichd_"):
                subprocess.run(["cp", "-a", str(cls.image / target.lstrip("/")), str(volumes / name)], check=True)

    @classmethod
    def mounts(cls, service, more=()):
        out = []
        for mounted in [*more, *COMPOSE[service]["volumes"]]:
            source, target, *options = mounted.split(":")
            place = cls.project / source if source.startswith("./") else cls.project / "volumes" / source
            out.append((place, target, *options))
        return out

    def run_once(self, service, *command):
        one = Container(self.image, COMPOSE[service], self.mounts(service), ["/usr/bin/enrichd", *command])
        return one.wait(PATIENCE * 3), one.text()

    def start_daemon(self):
        daemon = Container(self.image, COMPOSE["enrichd"], self.mounts("enrichd"), ["/usr/bin/enrichd", "run"])
        type(self).daemon = daemon
        daemon.wait_for("info: ready", PATIENCE)

    def new_queue(self):
        """As analysisd at its start: the old socket is removed and a new one made."""
        place = self.project / "volumes/wazuh_queue/sockets"
        (place / "queue").unlink(missing_ok=True)
        queue = self.manager.datagram_socket()
        descriptor = os.open(place, os.O_PATH)
        queue.bind(f"/proc/self/fd/{descriptor}/queue")  # the whole path may be too long for a socket
        os.close(descriptor)
        os.chown(place / "queue", WAZUH, WAZUH)
        (place / "queue").chmod(0o660)
        queue.settimeout(PATIENCE)
        if self.queue:
            self.queue.close()
        type(self).queue = queue

    def hand_over(self, name):
        """As the integrator, in the manager's container."""
        type(self).alerts += 1
        alert = json.loads((ROOT / "tests/data/sysmon22.json").read_text())
        alert["id"] = f"1795493062.{self.alerts}"
        alert["data"]["win"]["eventdata"]["queryName"] = name
        file = self.manager.root / f"tmp/custom-dnsstats-{self.alerts}.alert"
        file.write_text(json.dumps(alert) + "\n")
        os.chown(file, WAZUH, WAZUH)
        file.chmod(0o600)
        done = self.manager.run("/var/ossec/integrations/custom-dnsstats", f"/tmp/{file.name}", "", "", "", "", "10", "3",
                                "> /dev/null 2>&1", user=WAZUH, group=WAZUH)
        self.assertEqual((0, ""), (done.returncode, done.stdout))
        file.unlink()

    def reported(self):
        return json.loads(self.queue.recv(65536).decode().split(":", 2)[2])["dnsstat"]["query"]

    def room_of_queues(self, count=None):
        """Of sockets that are made in the manager's container from now on."""
        setting = "/proc/sys/net/unix/max_dgram_qlen"
        command = ["/usr/bin/tee", setting] if count else ["/usr/bin/cat", setting]
        return self.manager.run(*command, stdin=str(count) if count else None).stdout.strip()

    def waiting(self):
        return list((self.project / "volumes/enrichd_spool/new").iterdir())

    def programs(self):
        paths = [self.image / path.lstrip("/") for path in self.collected]
        return [path for path in paths if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]

    def test_01_the_image_holds_what_is_needed_and_no_more(self):
        needed, there = set(), set()
        for program in self.programs():
            there.add(program.name)
            needed |= set(re.findall(r"\(NEEDED\).*\[(.*)\]", said("readelf", "--dynamic", "--wide", str(program))))
        self.assertEqual({"enrichd", "enrich-shim"} | needed, there | {"ld-linux-x86-64.so.2"})
        libraries = {f"/{program.relative_to(self.image)}" for program in self.programs() if ".so." in program.name}
        self.assertEqual([], sorted(path for path in self.collected - libraries if not EXPECTED.fullmatch(path)))

    def test_02_openssl_finds_the_certificates(self):
        [library] = [program for program in self.programs() if program.name.startswith("libcrypto.so")]
        self.assertIn(b'OPENSSLDIR: "/usr/lib/ssl"', library.read_bytes())
        self.assertEqual("/etc/ssl/certs/ca-certificates.crt", os.readlink(self.image / "usr/lib/ssl/cert.pem"))
        self.assertGreater((self.image / "etc/ssl/certs/ca-certificates.crt").stat().st_size, 100_000)

    def test_03_the_ids_agree(self):
        recipe = (PARTS / "Containerfile").read_text()
        defaults = dict(re.findall(r"^ARG (\w+)=(\d+)$", recipe, re.M))
        self.assertEqual({"ENRICHD_UID": str(ENRICHD), "ENRICHD_GID": str(ENRICHD),
                          "WAZUH_UID": str(WAZUH), "WAZUH_GID": str(WAZUH)}, defaults)
        self.assertEqual((f"{ENRICHD}:{ENRICHD}", [str(WAZUH)]), (COMPOSE["enrichd"]["user"], COMPOSE["enrichd"]["group_add"]))
        for file in ("passwd", "group"):
            accounts = dict(re.findall(r"^(\w+):x:(\d+):", (self.image / "etc" / file).read_text(), re.M))
            self.assertEqual({"root": "0", "enrichd": str(ENRICHD), "wazuh": str(WAZUH)}, accounts)
        self.assertEqual({f"{ENRICHD}:{ENRICHD} 750", f"{ENRICHD}:{WAZUH} 750", f"{ENRICHD}:{WAZUH} 2770", f"{ENRICHD}:{WAZUH} 660"},
                         {rights(self.image / path) for path in ("var/lib/enrichd", "var/spool/enrichd", "var/spool/enrichd/new",
                                                                 "var/spool/enrichd/tmp", "var/spool/enrichd/size")})
        self.assertIn(f"`{ENRICHD}`", (ROOT / "docs/container.md").read_text())

    def test_04_what_the_recipe_starts_is_there(self):
        recipe = (PARTS / "Containerfile").read_text()
        self.assertIn('ENTRYPOINT ["/usr/bin/enrichd"]\nCMD ["run"]\n', recipe)
        self.assertIn('CMD ["/usr/bin/enrichd", "status"]', recipe)
        self.assertEqual(["CMD", "/usr/bin/enrichd", "status"], COMPOSE["enrichd"]["healthcheck"]["test"])
        code, text = self.run_once("enrichd", "version")
        self.assertEqual(0, code, text)
        self.assertEqual(0, self.run_once("enrichd", "check")[0])
        self.assertEqual(1, self.run_once("enrichd", "status")[0], "no daemon runs")

    def test_05_the_set_up_puts_our_parts_into_wazuhs_volumes(self):
        before = os.stat(self.conf)
        code, text = self.run_once("enrichd-setup", *COMPOSE["enrichd-setup"]["command"])
        self.assertEqual(0, code, text)
        volumes = self.project / "volumes"
        shim = (self.image / "usr/lib/enrichd/enrich-shim").read_bytes()
        for program in ("wazuh_integrations/custom-dnsstats", "wazuh_active_response/enrich-otx"):
            self.assertEqual(f"0:{WAZUH} 750", rights(volumes / program))
            self.assertEqual(shim, (volumes / program).read_bytes())
        self.assertEqual(f"{WAZUH}:{WAZUH} 660", rights(volumes / "wazuh_etc/rules/enrichd_rules.xml"))
        self.assertIn("custom-dnsstats", self.conf.read_text())
        after = os.stat(self.conf)
        self.assertEqual((before.st_ino, 1000, 1000), (after.st_ino, after.st_uid, after.st_gid))
        code, text = self.run_once("enrichd-setup", *COMPOSE["enrichd-setup"]["command"])
        self.assertIn("has our part already", text)

    def test_06_an_event_arrives(self):
        self.new_queue()
        self.start_daemon()
        self.hand_over("login.first-harbour-bank.com")
        self.assertEqual("login.first-harbour-bank.com", self.reported())
        self.assertEqual([], self.waiting())
        socket = self.project / "volumes/enrichd_run/intake.sock"
        self.assertEqual(f"{ENRICHD}:{WAZUH} 660", rights(socket))

    def test_07_it_is_healthy_and_answers(self):
        done = self.daemon.run("/usr/bin/enrichd", "status", user=ENRICHD, group=ENRICHD)
        self.assertEqual(0, done.returncode, done.stdout)
        (self.project / "config/enrichd/domains.txt").write_text("known-harbour-bank.com\n")
        done = self.daemon.run("/usr/bin/enrichd", "seen", "import", "/etc/enrichd/domains.txt", user=ENRICHD, group=ENRICHD)
        self.assertEqual(0, done.returncode, done.stdout)

    def test_08_it_is_shut_in(self):
        process = pathlib.Path(f"/proc/{self.daemon.first}")
        status = dict(line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line)
        nothing = "0000000000000000"
        self.assertEqual((nothing, nothing, nothing, "1", str(WAZUH)),
                         (status["CapEff"], status["CapPrm"], status["CapBnd"], status["NoNewPrivs"], status["Groups"].strip()))
        self.assertEqual(("1", str(ENRICHD)), (status["NSpid"].split()[-1], status["Uid"].split()[0]))
        for path in ("/usr/bin/x", "/etc/enrichd/x", "/var/ossec/queue/x", "/x"):
            with self.assertRaisesRegex(OSError, "Read-only"):
                open(f"{process}/root{path}", "x")
        for namespace in ("mnt", "pid", "net", "ipc", "uts"):
            processes = (self.daemon.first, self.manager.first, "self")
            self.assertEqual(3, len({os.readlink(f"/proc/{one}/ns/{namespace}") for one in processes}), namespace)

    def test_09_another_user_of_the_managers_container_is_refused(self):
        shutil.copy(self.image / "usr/lib/enrichd/enrich-shim", self.manager.root / "tmp")
        done = self.manager.run("/tmp/enrich-shim", "/etc/debian_version", user=1234, group=1234)
        self.assertEqual(1, done.returncode)
        self.assertIn("Permission denied", done.stdout)

    def test_10_more_events_than_wazuhs_queue_has_room_for(self):
        self.assertEqual("512", self.room_of_queues())
        self.room_of_queues(10)  # as in a container without the line in compose.yaml
        self.new_queue()
        self.room_of_queues(512)
        names = [f"www.harbour-{number}-burst.com" for number in range(40)]
        for name in names:
            self.hand_over(name)
        open_names = set(names)
        while open_names:  # what was sent just before comes again, because the socket is new
            open_names.discard(self.reported())

    def test_11_alerts_of_a_time_without_daemon_are_spooled(self):
        self.assertEqual(0, self.daemon.stop())
        self.hand_over("www.second-harbour-bank.com")
        spooled = self.waiting()
        self.assertEqual(1, len(spooled))
        self.assertEqual((WAZUH, WAZUH), (spooled[0].stat().st_uid, spooled[0].stat().st_gid))
        self.start_daemon()
        self.assertEqual("www.second-harbour-bank.com", self.reported())
        deadline = time.monotonic() + PATIENCE
        while self.waiting() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([], self.waiting())

    def test_12_a_daemon_that_was_killed_knows_what_it_knew(self):
        self.daemon.stop(how=signal.SIGKILL)
        self.start_daemon()
        self.hand_over("login.first-harbour-bank.com")
        self.hand_over("www.third-harbour-bank.com")
        self.assertEqual("www.third-harbour-bank.com", self.reported())

    def test_13_wazuhs_container_starts_again(self):
        self.queue.close()  # the file stays, and nobody listens
        self.hand_over("www.fourth-harbour-bank.com")
        self.daemon.wait_for("an output fails", PATIENCE)
        self.new_queue()
        # What was sent just before may have been lost with the old socket, and is sent again.
        while (name := self.reported()) != "www.fourth-harbour-bank.com":
            self.assertEqual("www.third-harbour-bank.com", name)
        self.hand_over("www.fifth-harbour-bank.com")
        self.assertEqual("www.fifth-harbour-bank.com", self.reported())

    def test_14_the_set_up_takes_our_parts_out_again(self):
        code, text = self.run_once("enrichd-setup", "wazuh", "uninstall", "--write")
        self.assertEqual(0, code, text)
        self.assertNotIn("custom-dnsstats", self.conf.read_text())
        left = [str(path) for path in (self.project / "volumes").rglob("*")
                if path.name.startswith(("custom-dnsstats", "enrich-otx", "enrichd_rules", "ossec.conf.before"))]
        self.assertEqual([], left)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deb", required=True)
    parser.add_argument("--chroot")
    ARGUMENTS = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that containers and mounts are taken down
    unittest.main(argv=[sys.argv[0]], verbosity=2, failfast=True)
