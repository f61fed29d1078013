#!/usr/bin/env python3
"""The status page in a real browser: what it shows, that it changes, and that it asks nobody but the daemon.

Usage: status_page_test.py ENRICHD SHIM. Needs chromium and chromedriver (scripts/setup --test).
"""
import http.server
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ports, processes
from support.browser import Browser, Pixels
from support.wait import eventually

ENRICHD, SHIM = sys.argv[1:3]
ALERT = (pathlib.Path(__file__).resolve().parents[1] / "data" / "sysmon22.json").read_text()


class DomainStats(http.server.BaseHTTPRequestHandler):
    """Every domain is new."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = json.dumps({"alerts": ["YOUR-FIRST-CONTACT"], "category": "NEW", "freq_score": [6.5, 5.5],
                           "seen_by_isc": "RDAP", "seen_by_web": "Thu, 19 Nov 2026 17:09:17 GMT",
                           "seen_by_you": "Tue, 24 Nov 2026 17:09:17 GMT"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class StatusPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.dir.cleanup)
        cls.home = pathlib.Path(cls.dir.name)
        cls.upstream_port = ports.free_port()
        cls.start_upstream()
        cls.addClassCleanup(cls.stop_upstream)
        cls.port = ports.free_port()
        (cls.home / "enrichd.yaml").write_text(f"""
wazuh: {{home: {cls.home}/ossec}}
intake: {{socket: {cls.home}/intake.sock, spool: {cls.home}/spool, allow: [root, {subprocess.getoutput('id -u')}]}}
domain_stats: {{url: 'http://127.0.0.1:{cls.upstream_port}'}}
otx: {{mode: off}}
outputs: {{wazuh: false, file: {cls.home}/events}}
state: {{directory: {cls.home}/state}}
admin: {{listen: '127.0.0.1:{cls.port}', socket: {cls.home}/admin.sock}}
""")
        cls.daemon = processes.start([ENRICHD, "run", "-c", cls.home / "enrichd.yaml"], stderr=subprocess.DEVNULL)
        cls.addClassCleanup(lambda: processes.stop(cls.daemon))
        cls.url = f"http://127.0.0.1:{cls.port}/"
        if not eventually(cls.lives):
            raise RuntimeError("enrichd did not start")
        cls.browser = Browser(cls.home)
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def lives(cls):
        try:
            return urllib.request.urlopen(cls.url + "livez", timeout=10).status == 200
        except OSError:
            return False

    @classmethod
    def start_upstream(cls):
        cls.upstream = processes.HttpServer(("127.0.0.1", cls.upstream_port), DomainStats)
        threading.Thread(target=cls.upstream.serve_forever, daemon=True).start()

    @classmethod
    def stop_upstream(cls):
        cls.upstream.shutdown()
        cls.upstream.server_close()

    alerts = 0

    def send(self, name):
        type(self).alerts += 1
        alert = json.loads(ALERT)
        alert["id"] = f"1795493062.{self.alerts}"
        alert["data"]["win"]["eventdata"]["queryName"] = name
        file = self.home / "a.alert"
        file.write_text(json.dumps(alert))
        environment = {"ENRICHD_SOCKET": str(self.home / "intake.sock"), "ENRICHD_SPOOL": str(self.home / "spool")}
        self.assertEqual(0, subprocess.run([SHIM, file, "", "", ""], env=environment, check=False).returncode)

    def health(self):
        return self.browser.text("health")

    def colour_of_health(self):
        """As the browser computes it, and as it stands in the picture, in the middle of the mark's left end."""
        colour = self.browser.run("return getComputedStyle(document.getElementById('health')).backgroundColor")
        box = self.browser.run("const b = document.getElementById('health').getBoundingClientRect();"
                               "return [b.left, b.top, b.width, b.height]")
        seen = Pixels(self.browser.picture()).at(int(box[0] + 7), int(box[1] + box[3] / 2))
        return tuple(map(int, re.findall(r"\d+", colour)[:3])), seen

    def test_1_it_shows_that_all_is_well(self):
        self.browser.open(self.url)
        self.assertTrue(eventually(lambda: self.health() == "ok"), self.health())
        self.send("www.new-one.com")
        self.send("printer.local")
        self.assertTrue(eventually(lambda: "special_use" in self.browser.text("refusals")))
        self.assertTrue(eventually(lambda: "domain_stats" in self.browser.text("upstreams")))
        self.assertIn("answered from the cache", self.browser.text("tiles"))
        self.assertIn("intake", self.browser.text("checks"))
        self.assertEqual("", self.browser.text("troubles"))
        self.assertIn("shim", self.browser.text("sources"))
        self.assertTrue(eventually(lambda: "first_contact" in self.browser.text("hours"), 30), "to a step of the history")
        self.assertRegex(self.browser.text("days"), r"first_contact\s+1\b")
        self.assertIn("none configured", self.browser.text("lists"))
        self.assertNotIn("new-one", self.browser.run("return document.documentElement.outerHTML"))
        said, seen = self.colour_of_health()
        self.assertEqual((0x15, 0x7f, 0x4b), said, "green")
        self.assertEqual(said, seen)

    def test_2_the_plots_are_drawn_when_there_is_something_to_draw(self):
        path = "return document.querySelector('#rates path.first')?.getAttribute('d') ?? ''"
        self.assertTrue(eventually(lambda: "L" in self.browser.run(path)), "a step of the history takes 10 s")
        box = self.browser.run("const b = document.getElementById('rates').getBoundingClientRect();"
                               "return [b.left, b.top, b.right, b.bottom]")
        blue = lambda: Pixels(self.browser.picture()).bluish(tuple(map(int, box)))
        self.assertTrue(eventually(lambda: blue() > 0), "and stand in the picture, once the page is painted")
        # Alerts were finished in one step alone: a line has no length there, so a point is drawn.
        drawn = "return [...document.querySelectorAll('#latency path')].map(p => p.getAttribute('d')).join()"
        self.assertTrue(eventually(lambda: "l" in self.browser.run(drawn).lower(), 50))
        for plot in ("rates", "latency", "ratio"):
            scale = self.browser.run(f"return document.querySelector('#{plot} text').textContent")
            self.assertNotRegex(scale, r"e[-+]\d", plot)

    def test_3_health_changes_when_an_upstream_goes_down_and_comes_back(self):
        self.stop_upstream()
        self.send("www.new-two.com")
        self.assertTrue(eventually(lambda: self.health() == "degraded"), self.health())
        self.assertIn("nobody listens", self.browser.text("upstreams"))
        self.assertIn("Start or fix the server", self.browser.text("troubles"))
        self.assertIn(f"http://127.0.0.1:{self.upstream_port}", self.browser.text("troubles"))
        self.assertTrue(eventually(lambda: "next try in" in self.browser.text("troubles")))
        self.assertTrue(eventually(lambda: "since " in self.browser.text("troubles"), 30), "to a step of the history")
        self.browser.run("document.querySelector('#troubles details').open = true")
        self.assertTrue(eventually(lambda: "Domain Stats does not answer (the alarm" in self.browser.text("troubles")))
        shown = "return document.querySelector('#troubles details').open"
        for _ in range(2):
            about = self.browser.text("about")
            self.assertTrue(eventually(lambda: self.browser.text("about") != about), "the page is refreshed")
        self.assertTrue(self.browser.run(shown), "and it stays open")
        self.assertEqual("enrichd: degraded", self.browser.run("return document.title"))
        said, seen = self.colour_of_health()
        self.assertEqual((0xb2, 0x5e, 0x00), said, "orange")
        self.assertEqual(said, seen)
        self.start_upstream()
        self.assertTrue(eventually(lambda: self.health() == "ok"), self.health())
        self.assertEqual("", self.browser.text("troubles"))

    def test_4_it_asks_the_daemon_alone_and_breaks_no_rule_of_its_own(self):
        asked = set()
        for entry in self.browser.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.add(message["params"]["request"]["url"])
        self.assertEqual({self.url, self.url + "status", self.url + "runbook"}, {url for url in asked if not url.startswith("data:")})
        self.assertEqual([], [entry["message"] for entry in self.browser.log("browser")])
        policy = urllib.request.urlopen(self.url, timeout=60).headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        page = urllib.request.urlopen(self.url, timeout=60).read().decode()
        self.assertEqual(["http://www.w3.org/2000/svg"], re.findall(r"https?://[^\s\"'<>]+", page), "a name, no address")

    def test_5_it_says_so_when_the_daemon_is_gone(self):
        self.assertEqual(0, processes.stop(self.daemon))
        self.assertTrue(eventually(lambda: self.browser.run(
            "return getComputedStyle(document.getElementById('lost')).display") != "none"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
