#!/usr/bin/env python3
"""scripts/demo-report with what a demo left behind (tests/data/demo), and scripts/progress with the output of builds."""
import contextlib
import datetime
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/data/demo"
NOW = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.timezone.utc)


def load(path):
    loader = importlib.machinery.SourceFileLoader(path.name.replace("-", "_"), str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


report = load(ROOT / "scripts/demo-report")


class Recorded(report.Demo):
    """The HTTP interface is the only part that was not recorded in files."""

    def asked_over_http(self, name):
        known = name.endswith("wide-river-bank.com")
        return {"seen_by_isc": "top1m" if known else "RDAP", "seen_by_web": "Thu, 27 Aug 2009 16:51:19 GMT"}


def printed(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        function(*arguments)
    return out.getvalue()


def event(kind, said):
    return {"agent": {"name": "pc-17"}, "event": {"integration": kind, kind: {"query": "a.com", "alert_id": "1", **said}}}


class Table(unittest.TestCase):
    def test_a_row_for_each_alert(self):
        self.assertEqual((RECORDED / "table.txt").read_text(), printed(report.print_table, Recorded(RECORDED), NOW))

    def test_no_row_is_wider_than_a_page(self):
        with tempfile.TemporaryDirectory() as directory:
            shutil.copytree(RECORDED, directory, dirs_exist_ok=True)
            record = event("dnsstat", {"category": "NEW", "alerts": ["YOUR-FIRST-CONTACT", "LOW-FREQ-SCORES", "X" * 30],
                                       "query": "a" * 250, "alert_id": "9"})
            pathlib.Path(directory, "events.jsonl").write_text(json.dumps(record) + "\n")
            pathlib.Path(directory, "sent").write_text(f"9 1 {'a' * 250}\n8 2 b.com\n")
            table = printed(report.print_table, Recorded(directory), NOW)
        self.assertLessEqual(max(map(len, table.splitlines())), 100)
        self.assertIn("X" * 30, table)
        self.assertRegex(table, "b.com +no event +not finished")


class Alerts(unittest.TestCase):
    def test_an_event_has_a_summary_before_its_json(self):
        lines = printed(report.print_alert, Recorded(RECORDED), "1795493062.14", NOW, False).splitlines()
        self.assertEqual("  dnsstat pc-17 asked for bad-loader.new-shop.org", lines[0])
        self.assertIn("registered 5 days ago", lines[1])
        self.assertEqual("dnsstat", json.loads(lines[3])["integration"])
        self.assertEqual("  otx     pc-17 asked for bad-loader.new-shop.org", lines[4])
        self.assertIn('in 1 pulse: "Loader campaign delivering ExampleStealer" by', lines[5])
        self.assertIn("Confidence medium: 1 pulse counted", lines[6])
        self.assertEqual("otx", json.loads(lines[7])["integration"])

    def test_an_alert_without_an_event_has_a_reason(self):
        reason = lambda ident: printed(report.print_alert, Recorded(RECORDED), ident, NOW, False)
        self.assertEqual("  no event: known domain, on the list top1m\n", reason("1795493062.7"))
        self.assertEqual("  no event: internal name, a single label\n", reason("1795493062.9"))
        self.assertEqual("  no event: repeated, this alert was processed before\n", reason("1795493062.12"))

    def test_what_the_server_or_a_stranger_says_is_shown_safely(self):
        said = {"category": "ESTABLISHED", "alerts": ["ODD\x1b[31m"], "query": "a\x1b[2Jb.com"}
        text = report.event_text(event("dnsstat", said), NOW)
        self.assertNotIn("\x1b", text)
        self.assertIn("The server says ODD?[31m.", text)

    def test_an_event_about_a_failure(self):
        text = report.event_text(event("dnsstat", {"error": "Connection Error"}), NOW)
        self.assertIn("The check failed: Connection Error.", text)


class Progress(unittest.TestCase):
    def reported(self, *lines):
        done = subprocess.run([ROOT / "scripts/progress", "--every", "0", "build", "configuring"], input="\n".join([*lines, ""]),
                              capture_output=True, text=True, check=True)
        self.assertEqual("\n".join(lines) + "\n", done.stdout, "the input is copied whole")
        return [line.rsplit(", ", 1)[0] for line in done.stderr.splitlines()]

    def test_the_steps_of_ninja(self):
        self.assertEqual(["build, configuring", "build, 18 of 74 steps (24 %)"],
                         self.reported("-- Configuring done", "[18/74] Building CXX object x.o"))

    def test_the_output_of_apt(self):
        self.assertEqual(["build, configuring", "build, configuring", "build, downloading, 7 of 10 packages",
                          "build, installing 10 packages (5 %)", "build, installing 10 packages (10 %)"],
                         self.reported("Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]",
                                       "0 upgraded, 10 newly installed, 0 to remove and 0 not upgraded.",
                                       "Get:7 http://deb.debian.org/debian bookworm/main amd64 g++ amd64 [1 kB]",
                                       "Unpacking g++ (4:12.2.0-3) ...", "Setting up g++ (4:12.2.0-3) ..."))


if __name__ == "__main__":
    unittest.main()
