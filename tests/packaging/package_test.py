#!/usr/bin/env python3
"""The packages through their whole life in bare systems, without a running systemd and with one.

Usage: package_test.py --packages DIR --next DIR [NAME...]    (scripts/package --test runs it)

Needs root, the network and debootstrap; the bare systems are kept. --next has the packages of a later version. The .rpm is
installed on Debian, without its dependencies: no system of its own kind can be had here.
"""
import argparse
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

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from machine import Machine, said  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = ("enrichd.socket", "enrichd.service")
PATIENCE = 20  # seconds
CONFIGURATION = """wazuh: {home: %s}
domain_stats: {mode: embedded, embedded: {rdap: false}}
otx: {mode: off}
"""
# What the package lays out, beside documentation.
LAID_OUT = {
    "/usr/bin/enrichd": "root:root 755",
    "/usr/lib/enrichd/enrich-shim": "root:root 755",
    "/usr/lib/systemd/system/enrichd.service": "root:root 644",
    "/usr/lib/systemd/system/enrichd.socket": "root:root 644",
    "/usr/lib/sysusers.d/enrichd.conf": "root:root 644",
    "/usr/lib/tmpfiles.d/enrichd.conf": "root:root 644",
    "/etc/enrichd": "root:enrichd 750",
    "/etc/enrichd/enrichd.yaml": "root:enrichd 640",
    "/usr/share/bash-completion/completions/enrichd": "root:root 644",
    "/usr/share/zsh/vendor-completions/_enrichd": "root:root 644",
    "/usr/share/fish/vendor_completions.d/enrichd.fish": "root:root 644",
    "/usr/share/man/man1/enrichd.1.gz": "root:root 644",
    "/usr/share/man/man5/enrichd.yaml.5.gz": "root:root 644",
    "/usr/share/man/man8/enrich-shim.8.gz": "root:root 644",
    "/usr/share/doc/enrichd/README.md": "root:root 644",
    "/usr/share/doc/enrichd/enrichd.yaml": "root:root 644",
    "/usr/share/doc/enrichd/changelog.gz": "root:root 644",
    "/usr/share/doc/enrichd/copyright": "root:root 644",
}
SPOOL = {"/var/spool/enrichd": "750", "/var/spool/enrichd/tmp": "2770", "/var/spool/enrichd/new": "2770"}


class Packages:
    """Those of one version in a directory."""

    def __init__(self, directory):
        def newest(pattern):
            return str(max(directory.glob(pattern), key=lambda file: file.stat().st_mtime))
        self.deb, self.rpm = newest("enrichd_*_amd64.deb"), newest("enrichd-*.x86_64.rpm")
        self.archive = newest("enrichd-*-linux-x86_64.tar.gz")
        self.sbom = next(map(str, directory.glob("enrichd-*.x86_64.spdx.json")), None)


class Wazuh:
    """A made-up manager: the directories that ours go into, its user, and its queue."""

    def __init__(self, machine, home):
        self.machine, self.home, self.alerts = machine, home, 0
        if machine.try_run("getent", "group", "wazuh").returncode != 0:
            machine.run("groupadd", "-r", "wazuh")
            machine.run("useradd", "-r", "-g", "wazuh", "-d", "/var/ossec", "-s", "/usr/sbin/nologin", "wazuh")
        machine.run("sh", "-euc", f"""
            mkdir -p {home}; cd {home}
            mkdir -p integrations active-response/bin etc/rules queue/sockets logs bin
            printf '<ossec_config>\\n  <global>\\n    <jsonout_output>yes</jsonout_output>\\n  </global>\\n</ossec_config>\\n' > etc/ossec.conf
            echo '001 pc 10.0.0.1 0123' > etc/client.keys
            touch logs/active-responses.log
            chown -R root:wazuh .; chmod 0750 . integrations active-response active-response/bin bin
            chown -R wazuh:wazuh etc/rules queue logs etc/client.keys; chmod 0770 etc etc/rules queue queue/sockets logs
            chmod 0660 etc/ossec.conf logs/active-responses.log; chmod 0640 etc/client.keys""")
        self.queue = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        place = machine.path(f"{home}/queue/sockets")
        descriptor = os.open(place, os.O_PATH)
        self.queue.bind(f"/proc/self/fd/{descriptor}/queue")  # the whole path may be too long for a socket
        os.close(descriptor)
        self.queue.settimeout(PATIENCE)
        machine.run("chown", "wazuh:wazuh", f"{home}/queue/sockets/queue")
        machine.run("chmod", "0660", f"{home}/queue/sockets/queue")

    def hand_over(self, name):
        """As the integrator does: a file that its user wrote, its arguments, and the file is gone when the shim ends."""
        self.alerts += 1
        alert = json.loads((ROOT / "tests/data/sysmon22.json").read_text())
        alert["id"] = f"1795493062.{self.alerts}"
        alert["agent"]["name"] = "pc"
        alert["data"]["win"]["eventdata"]["queryName"] = name
        file = f"/tmp/custom-dnsstats-{self.alerts}.alert"
        self.machine.run("runuser", "-u", "wazuh", "--", "sh", "-c",
                         f'cat > {file}; cd {self.home}; integrations/custom-dnsstats {file} "" "" "" "" 10 3 '
                         f'"> /dev/null 2>&1"; code=$?; rm {file}; exit $code', stdin=json.dumps(alert) + "\n")

    def event(self):
        return self.queue.recv(65536).decode()

    def remove(self):
        self.queue.close()
        self.machine.run("rm", "-rf", self.home)
        self.machine.run("userdel", "wazuh")
        self.machine.try_run("groupdel", "wazuh")


def expected(name):
    return rf'1:\[001\] \(pc\) 10\.0\.0\.1->dns_stats:\{{"integration":"dnsstat","dnsstat":\{{"query":"{re.escape(name)}"'


class Life(unittest.TestCase):
    """One machine, step by step."""
    suite = None  # of a class that only others are made of
    depends = ()

    @classmethod
    def setUpClass(cls):
        if not cls.suite:
            raise unittest.SkipTest("others are made of it")
        cls.machine = Machine(suite=cls.suite)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.apt("satisfy", *(cls.depends or [said("dpkg-deb", "-f", ARGUMENTS.deb, "Depends").strip()]))
        cls.before = cls.machine.files()

    def same_files(self, before):
        after = self.machine.files()
        self.assertEqual([], sorted(set(after) - set(before)), "left behind")
        self.assertEqual([], sorted(set(before) - set(after)), "gone")
        self.assertEqual([], [path for path in before if before[path] != after[path]], "changed")

    def check_wazuh_side(self, home):
        for program in ("integrations/custom-dnsstats", "active-response/bin/enrich-otx"):
            self.assertEqual("root:wazuh 750", self.machine.rights(f"{home}/{program}"))
            self.assertEqual(self.machine.path("/usr/lib/enrichd/enrich-shim").read_bytes(),
                             self.machine.path(f"{home}/{program}").read_bytes())
        self.assertTrue(self.machine.exists(f"{home}/etc/rules/enrichd_rules.xml"))

    def check_nothing_on_wazuhs_side(self, home):
        for file in ("integrations/custom-dnsstats", "active-response/bin/enrich-otx", "etc/rules/enrichd_rules.xml"):
            self.assertFalse(self.machine.exists(f"{home}/{file}"), file)
        self.assertNotIn("custom-dnsstats", self.machine.path(f"{home}/etc/ossec.conf").read_text())

    def told(self, wazuh, name):
        wazuh.hand_over(name)
        self.assertRegex(wazuh.event(), expected(name))

    def not_told_again(self, wazuh, known, fresh):
        wazuh.hand_over(known)
        self.told(wazuh, fresh)  # the next event, so there was none of the known one


class LifeWithoutSystemd(Life):
    home = "/srv/ossec"
    laid_out = LAID_OUT
    # A first contact of this one is told in step 3 and not again after the upgrade.
    name = "login.first-harbour-bank.com"

    def start_daemon(self):
        environment = ["env", "RES_OPTIONS=timeout:2 attempts:1"]
        process = subprocess.Popen(self.machine.command("setpriv", "--reuid=enrichd", "--regid=enrichd", "--groups=wazuh",
                                                        *environment, "enrichd", "run"), stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "info: ready" in line:
                break
        self.assertIsNone(process.poll(), "the daemon did not start")
        self.addCleanup(process.kill)
        return process

    def stop(self, process):
        process.terminate()
        process.communicate(timeout=PATIENCE)
        self.assertEqual(0, process.returncode)

    def install(self, packages):
        return self.machine.install(packages.deb)

    def remove(self):
        self.machine.apt("remove", "enrichd")

    def purge(self):
        self.machine.apt("purge", "enrichd")

    def test_1_installs_where_there_is_no_wazuh(self):
        text = self.install(ARGUMENTS)
        self.assertEqual(1, text.count("no group wazuh here"), text)
        self.assertEqual(self.laid_out, {path: self.machine.rights(path) for path in self.laid_out})
        self.assertEqual("enrichd:enrichd 750", self.machine.rights("/var/lib/enrichd"))
        self.assertEqual("enrichd:enrichd 755", self.machine.rights("/run/enrichd"))
        self.assertEqual({path: f"enrichd:enrichd {mode}" for path, mode in SPOOL.items()},
                         {path: self.machine.rights(path) for path in SPOOL})
        self.assertEqual([], list(self.machine.path("/etc/systemd/system").rglob("enrichd*")), "must not be enabled")
        self.assertIn("enrichd", self.machine.run("enrichd", "version"))
        self.machine.run("enrichd", "check")

    def test_2_goes_into_a_wazuh_that_came_later(self):
        type(self).wazuh = Wazuh(self.machine, self.home)
        self.addClassCleanup(self.wazuh.queue.close)
        self.machine.path("/etc/enrichd/enrichd.yaml").write_text(CONFIGURATION % self.home)
        self.machine.run("enrichd", "wazuh", "install", "--write", "--home", self.home)
        self.check_wazuh_side(self.home)
        self.assertIn("custom-dnsstats", self.machine.path(f"{self.home}/etc/ossec.conf").read_text())
        self.machine.run("systemd-tmpfiles", "--create", "enrichd.conf")  # as the service does when it starts
        self.assertEqual({path: f"enrichd:wazuh {mode}" for path, mode in SPOOL.items()},
                         {path: self.machine.rights(path) for path in SPOOL})

    def test_3_does_its_job(self):
        daemon = self.start_daemon()
        self.told(self.wazuh, self.name)
        self.machine.run("enrichd", "selftest", "--home", self.home)
        self.assertIn('{"integration":"selftest"', self.wazuh.event())
        self.stop(daemon)

    def test_4_is_upgraded(self):
        older = self.machine.path(f"{self.home}/integrations/custom-dnsstats")
        older.write_bytes(older.read_bytes() + b"older")
        text = self.install(ARGUMENTS.next)
        self.assertNotIn("no group wazuh here", text)
        self.check_wazuh_side(self.home)
        self.assertEqual(CONFIGURATION % self.home, self.machine.path("/etc/enrichd/enrichd.yaml").read_text())
        self.assertEqual("root:enrichd 640", self.machine.rights("/etc/enrichd/enrichd.yaml"))
        self.assertEqual("root:enrichd 750", self.machine.rights("/etc/enrichd"))
        daemon = self.start_daemon()
        self.not_told_again(self.wazuh, self.name, "www.second-harbour-bank.com")
        self.stop(daemon)

    def test_5_is_removed_and_keeps_configuration_and_state(self):
        self.remove()
        self.check_nothing_on_wazuhs_side(self.home)
        self.assertTrue(self.machine.exists("/etc/enrichd/enrichd.yaml"))
        self.assertTrue(self.machine.exists("/var/lib/enrichd/enrichd.db"))
        self.assertFalse(self.machine.exists("/usr/bin/enrichd"))
        self.assertEqual([], list(self.machine.path("/etc/systemd/system").rglob("enrichd*")))

    def test_6_is_purged_and_leaves_nothing(self):
        self.purge()
        self.wazuh.remove()
        self.same_files(self.before)


class Debian12(LifeWithoutSystemd):
    suite = "bookworm"


class Debian13(LifeWithoutSystemd):
    suite = "trixie"


class Ubuntu2204(LifeWithoutSystemd):
    suite = "jammy"


class Ubuntu2404(LifeWithoutSystemd):
    suite = "noble"


class Archive(LifeWithoutSystemd):
    """The .tar.gz, which needs the libraries and no package manager."""
    suite = "trixie"
    depends = ("libgcc-s1, libidn2-0, libpsl5t64, libssl3t64, libsystemd0, zlib1g, systemd, passwd",)
    kept = "/usr/lib/enrichd/install.sh"

    def unpacked(self, packages):
        self.machine.path("/tmp/archive.tar.gz").write_bytes(pathlib.Path(packages.archive).read_bytes())
        self.machine.run("sh", "-euc", "rm -rf /tmp/unpacked; mkdir /tmp/unpacked; cd /tmp/unpacked; "
                                       "tar --strip-components=1 -xf /tmp/archive.tar.gz")
        return "/tmp/unpacked/install.sh"

    def install(self, packages):
        return self.machine.run(self.unpacked(packages))

    def remove(self):
        self.machine.run(self.kept, "--remove")

    def purge(self):
        self.machine.run(self.unpacked(ARGUMENTS))  # what was removed can come back
        self.assertEqual(CONFIGURATION % self.home, self.machine.path("/etc/enrichd/enrichd.yaml").read_text())
        self.machine.run(self.kept, "--purge")


    def test_4b_package_and_archive_exclude_each_other(self):
        done = self.machine.try_run("dpkg", "-i", "--force-depends", self.machine.copy(ARGUMENTS.deb))
        self.assertNotEqual(0, done.returncode)
        self.assertIn("install.sh --remove first", done.stdout)
        self.machine.try_run("dpkg", "--remove", "--force-remove-reinstreq", "enrichd")
        self.check_wazuh_side(self.home)
        self.assertTrue(self.machine.exists("/usr/bin/enrichd"))

    def test_5b_is_purged_after_it_was_removed(self):
        self.machine.run(self.unpacked(ARGUMENTS), "--purge")
        self.assertFalse(self.machine.exists("/etc/enrichd"))
        self.machine.run(self.unpacked(ARGUMENTS))
        self.machine.path("/etc/enrichd/enrichd.yaml").write_text(CONFIGURATION % self.home)


class ArchiveOnUbuntu2204(Archive):
    suite = "jammy"
    depends = ("libgcc-s1, libidn2-0, libpsl5, libssl3, libsystemd0, zlib1g, systemd, passwd",)


class ArchiveOnDebian11(Life):
    """Too old: it says so, and installs nothing."""
    suite = "bullseye"
    depends = ("libgcc-s1, libidn2-0, libpsl5, libsystemd0, zlib1g, systemd, passwd",)

    def test_says_what_is_missing_and_installs_nothing(self):
        script = Archive.unpacked(self, ARGUMENTS)
        done = self.machine.try_run(script)
        self.assertEqual(1, done.returncode, done.stdout)
        self.assertIn("needs glibc 2.34 or later (here: glibc 2.31)", done.stdout)
        self.same_files(self.before)


class RpmOnDebian12(LifeWithoutSystemd):
    """Its scripts and files; its dependencies are looked at in TheFiles."""
    suite = "bookworm"
    depends = ("rpm, libgcc-s1, libidn2-0, libpsl5, libssl3, libsystemd0, zlib1g, systemd, passwd, ca-certificates",)
    laid_out = {path.replace("zsh/vendor-completions", "zsh/site-functions"): rights for path, rights in LAID_OUT.items()}

    def rpm(self, verb, file):
        self.machine.path("/tmp/enrichd.rpm").write_bytes(pathlib.Path(file).read_bytes())
        return self.machine.run("rpm", verb, "--nodeps", "/tmp/enrichd.rpm")

    def install(self, packages):
        return self.rpm("-U", packages.rpm)

    def remove(self):
        self.machine.run("rpm", "-e", "enrichd")
        # rpm keeps a changed configuration file beside.
        self.machine.run("mv", "/etc/enrichd/enrichd.yaml.rpmsave", "/etc/enrichd/enrichd.yaml")

    def purge(self):  # which rpm does not know
        self.machine.run("sh", "-euc", "rm -rf /etc/enrichd /var/lib/enrichd /var/spool/enrichd /var/lib/rpm/* && userdel enrichd")
        self.before = {path: value for path, value in self.before.items() if not path.startswith("/var/lib/rpm/")}


class WithSystemd(Life):
    suite = "bookworm"
    home = "/var/ossec"
    name = "login.third-harbour-bank.com"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.machine.boot():
            raise unittest.SkipTest("this host does not let a systemd of its own be booted")
        cls.wazuh = Wazuh(cls.machine, cls.home)
        cls.addClassCleanup(cls.wazuh.queue.close)
        cls.before = cls.machine.files()

    def show(self, unit, what):
        return self.machine.run("systemctl", "show", "--value", "-p", what, unit).strip()

    def states(self):
        return [self.machine.try_run("systemctl", ask, unit).stdout.split("\n")[0]
                for ask in ("is-active", "is-enabled") for unit in UNITS]

    def wait_until_active(self):
        deadline = time.monotonic() + PATIENCE
        while self.states()[1] != "active" and time.monotonic() < deadline:
            time.sleep(0.1)
        journal = self.machine.try_run("journalctl", "--no-pager", "-u", "enrichd.service", "-n", "20").stdout
        self.assertEqual(["active", "active", "enabled", "enabled"], self.states(), journal)

    def test_1_installs_and_runs(self):
        self.machine.install(ARGUMENTS.deb)
        self.wait_until_active()
        self.assertEqual("root:enrichd 640", self.machine.rights("/etc/enrichd/enrichd.yaml"))

    def test_2_goes_into_wazuh_and_does_its_job_in_its_sandbox(self):
        self.machine.run("enrichd", "wazuh", "install", "--write")
        self.check_wazuh_side(self.home)
        self.machine.path("/etc/enrichd/enrichd.yaml").write_text(CONFIGURATION % self.home)
        self.machine.run("systemctl", "restart", "enrichd.service")
        self.told(self.wazuh, self.name)
        self.machine.run("systemctl", "reload", "enrichd.service")
        self.not_told_again(self.wazuh, self.name, "www.fourth-harbour-bank.com")
        self.assertEqual({path: f"enrichd:wazuh {mode}" for path, mode in SPOOL.items()},
                         {path: self.machine.rights(path) for path in SPOOL})

    def test_3_has_the_key_as_the_page_says(self):
        page = (ROOT / "docs/install.md").read_text()
        lines = next(block for block in re.findall(r"^```\w*\n(.*?)^```", page, re.S | re.M) if "LoadCredential" in block)
        key = "0123456789abcdef" * 4
        configuration = self.machine.path("/etc/enrichd/enrichd.yaml")
        configuration.write_text(CONFIGURATION.replace("otx: {mode: off}", "") % self.home)
        self.machine.run("bash", "-euc", lines, stdin=key + "\n")
        self.wait_until_active()
        status = json.loads(self.machine.run("enrichd", "status", "-o", "json"))
        self.assertEqual(["otx"], [check["name"] for check in status["checks"] if check["name"] == "otx"])
        journal = self.machine.run("journalctl", "--no-pager", "-u", "enrichd.service", "--since", "-1min")
        self.assertIn("otx=\"asked, key from", journal)
        self.assertNotIn(key, journal)
        configuration.write_text(CONFIGURATION % self.home)
        self.machine.run("sh", "-euc", "rm /etc/systemd/system/enrichd.service.d/otx.conf /etc/enrichd/otx_api_key; "
                                       "systemctl daemon-reload; systemctl restart enrichd.service")
        self.wait_until_active()

    def test_4_is_shut_in(self):
        process = self.show("enrichd.service", "MainPID")
        status = dict(line.split(":\t", 1) for line in self.machine.run("cat", f"/proc/{process}/status").splitlines()
                      if ":\t" in line)
        self.assertEqual(("1", "2", "0000000000000000", "0000000000000000"),
                         tuple(status[key] for key in ("NoNewPrivs", "Seccomp", "CapEff", "CapBnd")))
        self.assertEqual(self.machine.run("id", "-u", "enrichd").strip(), status["Uid"].split()[0])
        within = ("nsenter", "-t", process, "-m")
        for path in ("/var/ossec/etc/client.keys", "/var/ossec/etc/ossec.conf"):
            self.assertNotEqual(0, self.machine.try_run(*within, "cat", path).returncode, path)
        for path in ("/usr/bin/x", "/etc/enrichd/x", "/var/ossec/integrations/x"):
            self.assertIn("Read-only", self.machine.try_run(*within, "touch", path).stdout, path)
        self.machine.run("cp", "/bin/true", "/var/lib/enrichd/true")
        self.assertIn("Permission denied", self.machine.try_run(*within, "/var/lib/enrichd/true").stdout)
        self.machine.run("rm", "/var/lib/enrichd/true")

    def test_5_an_upgrade_refuses_no_alert(self):
        before = [self.show("enrichd.socket", "ActiveEnterTimestampMonotonic"),
                  self.machine.run("stat", "-c", "%i", "/run/enrichd/intake.sock")]
        process = self.show("enrichd.service", "MainPID")
        names, done, failures = [], threading.Event(), []

        def keep_asking():
            while not done.is_set():
                name = f"www.harbour-{len(names)}-upgrade.com"
                names.append(name)
                try:
                    self.wazuh.hand_over(name)
                except AssertionError as failure:
                    failures.append(failure)

        asking = threading.Thread(target=keep_asking)
        asking.start()
        try:
            self.machine.install(ARGUMENTS.next.deb)
            time.sleep(1)
        finally:
            done.set()
            asking.join()
        self.wait_until_active()
        self.assertEqual([], failures)
        told = {json.loads(self.wazuh.event().split(":", 2)[2])["dnsstat"]["query"] for _ in names}
        self.assertEqual(set(names), told)
        self.assertGreater(len(names), 5)
        self.assertEqual(before, [self.show("enrichd.socket", "ActiveEnterTimestampMonotonic"),
                                  self.machine.run("stat", "-c", "%i", "/run/enrichd/intake.sock")])
        self.assertNotEqual(process, self.show("enrichd.service", "MainPID"))
        self.assertEqual(CONFIGURATION % self.home, self.machine.path("/etc/enrichd/enrichd.yaml").read_text())
        self.not_told_again(self.wazuh, self.name, "www.fifth-harbour-bank.com")

    def test_6_what_an_administrator_disabled_stays_disabled(self):
        self.machine.run("systemctl", "disable", "--now", *UNITS)
        self.machine.install(ARGUMENTS.next.deb)
        self.assertEqual(["inactive", "inactive", "disabled", "disabled"], self.states())
        self.assertIn("enrichd.service: is not enabled", self.machine.try_run("enrichd", "wazuh", "doctor").stdout)
        self.machine.run("systemctl", "enable", "--now", *UNITS)

    def test_7_comes_back_after_a_removal(self):
        self.machine.apt("remove", "enrichd")
        self.assertEqual(["inactive"] * 2, self.states()[:2])
        self.assertEqual([], list(self.machine.path("/etc/systemd/system").rglob("enrichd*")))
        self.check_nothing_on_wazuhs_side(self.home)
        self.machine.install(ARGUMENTS.next.deb)
        self.wait_until_active()
        self.machine.run("enrichd", "wazuh", "install", "--write")
        self.not_told_again(self.wazuh, self.name, "www.sixth-harbour-bank.com")

    def test_8_is_purged_and_leaves_nothing(self):
        self.machine.run("mkdir", "-p", "/etc/systemd/system/enrichd.service.d")
        self.machine.path("/etc/systemd/system/enrichd.service.d/otx.conf").write_text("[Service]\n")
        self.machine.apt("purge", "enrichd")
        self.check_nothing_on_wazuhs_side(self.home)
        self.assertFalse(self.machine.exists("/run/enrichd"))
        self.assertEqual(0, len(self.machine.try_run("systemctl", "list-units", "--all", "--no-legend", "enrichd*").stdout.strip()))
        self.same_files(self.before)


class WithSystemdOnUbuntu2204(WithSystemd):
    """The oldest systemd, 249."""
    suite = "jammy"


class TheFiles(unittest.TestCase):
    def test_lintian_finds_no_error(self):
        done = subprocess.run(["lintian", "--fail-on", "error", "--allow-root", ARGUMENTS.deb], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((0, ""), (done.returncode, "\n".join(re.findall("^[EW]: .*", done.stdout, re.M))))

    def test_the_program_is_stripped(self):
        listing = said("dpkg-deb", "-c", ARGUMENTS.deb)
        size = int(re.search(r"(\d+) \S+ \S+ \./usr/bin/enrichd$", listing, re.M).group(1))
        self.assertLess(size, 10_000_000)

    def test_the_rpm_holds_the_same(self):
        deb = {match.group(1) for match in re.finditer(r" \./(\S+)$", said("dpkg-deb", "-c", ARGUMENTS.deb), re.M)
               if not match.group(1).endswith("/")}
        rpm = {path.lstrip("/") for path in said("rpm", "-qpl", ARGUMENTS.rpm).split()}
        rpm = {path.replace("zsh/site-functions", "zsh/vendor-completions") for path in rpm}
        self.assertEqual({"usr/share/lintian/overrides/enrichd"}, deb - rpm)
        directories = {str(parent) for path in deb for parent in pathlib.Path(path).parents}
        self.assertLessEqual(rpm - deb, directories)

    def test_the_rpm_keeps_the_configuration(self):
        dump = {line.split()[0]: line.split() for line in said("rpm", "-qp", "--dump", ARGUMENTS.rpm).splitlines()}
        for path, mode in (("/etc/enrichd/enrichd.yaml", "0100640"), ("/etc/enrichd", "040750")):
            self.assertEqual([mode, "root", "enrichd"], dump[path][4:7])
        self.assertEqual("1", dump["/etc/enrichd/enrichd.yaml"][7])
        flags = said("rpm", "-qp", "--qf", "[%{FILENAMES} %{FILEFLAGS:fflags}\\n]", ARGUMENTS.rpm)
        self.assertIn("/etc/enrichd/enrichd.yaml cn\n", flags)  # %config(noreplace)

    def test_the_rpm_lays_out_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as directory:
            deb, rpm = pathlib.Path(directory, "deb"), pathlib.Path(directory, "rpm")
            said("dpkg-deb", "-x", ARGUMENTS.deb, str(deb))
            said("rpm", "-i", "--nodeps", "--noscripts", "--root", str(rpm), os.path.abspath(ARGUMENTS.rpm))
            for path in ("usr/bin/enrichd", "usr/lib/enrichd/enrich-shim", "etc/enrichd/enrichd.yaml"):
                self.assertEqual((deb / path).read_bytes(), (rpm / path).read_bytes(), path)

    def test_the_rpm_needs_no_library_that_rhel_9_lacks(self):
        page = (ROOT / "docs/dev/portability.md").read_text()
        sonames = set(re.findall(r"`([a-z0-9_-]+\.so\.\d+)`", page))
        needed = {match.groups() for match in re.finditer(r"^(\S+\.so\.\d+)\((\S*?)\)", said("rpm", "-qpR", ARGUMENTS.rpm), re.M)}
        self.assertLessEqual({soname for soname, _ in needed}, sonames)
        self.assertIn(("libssl.so.3", "OPENSSL_3.0.0"), needed)
        glibc = [version for _, version in needed if re.fullmatch(r"GLIBC_[\d.]+", version)]
        self.assertEqual("GLIBC_2.34", max(glibc, key=lambda one: tuple(map(int, one[6:].split(".")))))

    def test_the_deb_depends_on_each_library_of_the_program(self):
        page = (ROOT / "docs/dev/portability.md").read_text()
        depends = re.split(r", | \| ", re.sub(r" \([^)]*\)", "", said("dpkg-deb", "-f", ARGUMENTS.deb, "Depends").strip()))
        with tempfile.TemporaryDirectory() as directory:
            said("dpkg-deb", "-x", ARGUMENTS.deb, directory)
            program = said("readelf", "--dynamic", f"{directory}/usr/bin/enrichd")
        for soname in re.findall(r"\(NEEDED\).*\[(.*)\]", program):
            row = next(line for line in page.splitlines() if f"`{soname}`" in line).split(" | ")
            self.assertLessEqual(set(row[1:3]), set(depends), soname)

    def test_the_archive_holds_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as directory:
            said("dpkg-deb", "-x", ARGUMENTS.deb, f"{directory}/deb")
            said("tar", "-C", directory, "-xf", ARGUMENTS.archive)
            said("rm", "-r", f"{directory}/deb/usr/share/lintian")
            said("diff", "-r", f"{directory}/deb", *map(str, pathlib.Path(directory).glob("enrichd-*/files")))

    def test_its_scripts_are_shell(self):
        scripts = said("rpm", "-qp", "--qf", "%{PREIN}\n%{POSTIN}\n%{PREUN}\n%{POSTUN}\n", ARGUMENTS.rpm)
        subprocess.run(["sh", "-n"], input=scripts, text=True, check=True)

    def test_the_bill_of_materials_names_each_library(self):
        bill = json.loads(pathlib.Path(ARGUMENTS.sbom).read_text())
        self.assertEqual(("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"),
                         (bill["spdxVersion"], bill["dataLicense"], bill["SPDXID"]))
        known = {package["SPDXID"] for package in bill["packages"]} | {"SPDXRef-DOCUMENT"}
        for relation in bill["relationships"]:
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, known)
        linked = {relation["relatedSpdxElement"].removeprefix("SPDXRef-deb-") for relation in bill["relationships"]
                  if relation["relationshipType"] == "DYNAMIC_LINK"}
        depends = said("dpkg-deb", "-f", ARGUMENTS.deb, "Depends")
        libraries = {name.replace("+", "-") for name in re.findall(r"(?:^|, )((?:lib|zlib)[a-z0-9.+-]+)", depends)}
        self.assertEqual(libraries, linked)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--packages", "--next"):
        parser.add_argument(option, required=True, type=pathlib.Path)
    parser.add_argument("only", nargs="*", help="test cases, such as Debian13 or WithSystemd")
    GIVEN = parser.parse_args()
    ARGUMENTS = Packages(GIVEN.packages)
    ARGUMENTS.next = Packages(GIVEN.next)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that machines are taken down
    unittest.main(argv=[sys.argv[0], *GIVEN.only], verbosity=2, failfast=True)
