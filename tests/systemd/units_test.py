#!/usr/bin/env python3
"""The units are what systemd accepts, and shut the daemon in well enough.

Usage: units_test.py ENRICHD. Needs systemd-analyze, no running systemd.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

UNITS = pathlib.Path(__file__).resolve().parents[2] / "systemd"
PROGRAM = sys.argv.pop() if len(sys.argv) > 1 else "/usr/bin/enrichd"


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


class Units(unittest.TestCase):
    def test_systemd_verifies_them_without_a_word(self):
        with tempfile.TemporaryDirectory() as directory:
            for unit in ("enrichd.service", "enrichd.socket"):
                text = (UNITS / unit).read_text().replace("/usr/bin/enrichd", PROGRAM)
                (pathlib.Path(directory) / unit).write_text(text)
            code, said = run("systemd-analyze", "verify", "--man=no", f"{directory}/enrichd.service",
                             f"{directory}/enrichd.socket")
        self.assertEqual((0, ""), (code, said))

    def test_exposure_is_at_most_1_5(self):
        _, said = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / "enrichd.service"))
        exposure = float(re.search(r"Overall exposure level for enrichd.service: ([0-9.]+)", said).group(1))
        self.assertLessEqual(exposure, 1.5)

    def test_the_daemon_can_read_wazuhs_logs(self):
        text = (UNITS / "enrichd.service").read_text()
        hidden = " ".join(re.findall(r"^(?:InaccessiblePaths|TemporaryFileSystem)=(.*)$", text, re.M)).split()
        for path in ("/var", "/var/ossec", "/var/ossec/logs", "/var/ossec/logs/alerts", "/var/ossec/logs/archives"):
            self.assertNotIn(path, [one.lstrip("-+") for one in hidden])
        self.assertIn("SupplementaryGroups=wazuh\n", text)

    def test_stop_time_is_longer_than_the_daemon_takes(self):
        text = (UNITS / "enrichd.service").read_text()
        self.assertGreater(int(re.search(r"TimeoutStopSec=(\d+)", text).group(1)), 10)


if __name__ == "__main__":
    unittest.main()
