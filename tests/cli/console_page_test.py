#!/usr/bin/env python3
"""enrichd console in a real browser: the link lets one browser in, once; the page shows events and answers look-ups.

Usage: console_page_test.py ENRICHD SHIM. Needs chromium and chromedriver (scripts/setup --test).
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import processes
from support.browser import Browser
from support.wait import eventually

ENRICHD, SHIM = sys.argv[1:3]
ALERT = (pathlib.Path(__file__).resolve().parents[1] / "data" / "sysmon22.json").read_text()


class ConsolePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.dir.cleanup)
        home = pathlib.Path(cls.dir.name)
        (home / "listed.txt").write_text("listed-one.com\n")
        config = home / "enrichd.yaml"
        config.write_text(f"""
wazuh: {{home: {home}/ossec}}
intake: {{socket: {home}/intake.sock, spool: {home}/spool, allow: [root, {subprocess.getoutput('id -u')}]}}
domain_stats: {{mode: off}}
otx: {{mode: off}}
lists: [{{name: blocked, from: {home}/listed.txt}}]
outputs: {{wazuh: false, file: {home}/events}}
state: {{directory: {home}/state}}
admin: {{listen: '', socket: {home}/admin.sock}}
""")
        cls.daemon = processes.start([ENRICHD, "run", "-c", config], stderr=subprocess.DEVNULL)
        cls.addClassCleanup(lambda: processes.stop(cls.daemon))
        if not eventually(lambda: (home / "intake.sock").exists()):
            raise RuntimeError("enrichd did not start")
        alert = json.loads(ALERT)
        alert["data"]["win"]["eventdata"]["queryName"] = "www.listed-one.com"
        (home / "a.alert").write_text(json.dumps(alert))
        subprocess.run([SHIM, home / "a.alert", "", "", ""], check=True,
                       env={"ENRICHD_SOCKET": str(home / "intake.sock"), "ENRICHD_SPOOL": str(home / "spool")})
        cls.console = processes.start([ENRICHD, "console", "-c", config], stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(lambda: processes.stop(cls.console))
        found = None
        while not found:
            line = cls.console.stdout.readline()
            if not line:
                raise RuntimeError("enrichd console has ended")
            found = re.search(r"http://\S+#\w+", line)
        cls.link = found.group(0)
        cls.browser = Browser(home)
        cls.addClassCleanup(cls.browser.close)

    def test_1_the_link_shows_recent_events(self):
        self.browser.open(self.link)
        self.assertTrue(eventually(lambda: "listed-one.com" in self.browser.text("recent")), self.browser.text("state"))
        self.assertNotIn("#", self.browser.run("return location.href"), "the token leaves the address")

    def test_2_a_click_shows_what_is_known_of_a_name(self):
        self.browser.run("document.querySelector('#recent td button').click()")
        self.assertTrue(eventually(lambda: "passes" in self.browser.text("known")), self.browser.text("known"))
        self.assertIn("blocked", self.browser.text("known"))

    def test_3_a_wrong_name_is_answered_too(self):
        self.browser.run("document.getElementById('name').value = 'no name at all';"
                         "document.querySelector('#ask button').click()")
        self.assertTrue(eventually(lambda: "no name of a host" in self.browser.text("known")), self.browser.text("known"))

    def test_4_the_filter_leaves_rows_out(self):
        self.browser.run("const box = document.getElementById('filter'); box.value = 'something else';"
                         "box.dispatchEvent(new Event('input'))")
        self.assertNotIn("listed-one.com", self.browser.text("recent"))

    def test_5_the_link_works_once_and_the_key_is_kept_nowhere(self):
        self.assertEqual([0, 0], self.browser.run("return [sessionStorage.length, localStorage.length]"))
        for link in (self.link.split("#")[0], self.link):
            self.browser.open("about:blank")
            self.browser.open(link)
            self.assertTrue(eventually(lambda: "used" in self.browser.text("state") or "once" in self.browser.text("state")),
                            self.browser.text("state"))
            self.assertNotIn("listed-one.com", self.browser.text("recent"))

    def test_6_the_page_breaks_no_rule_of_its_own(self):
        refused = re.compile(r"the server responded with a status of 40[03] ")
        wrong = [entry["message"] for entry in self.browser.log("browser") if not refused.search(entry["message"])]
        self.assertEqual([], wrong)

    def test_7_ctrl_c_ends_it_and_it_says_what_it_refused(self):
        self.console.send_signal(2)
        said = self.console.stdout.read()
        self.assertEqual(0, self.console.wait(60))
        self.assertIn("1 request was refused", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
