"""A real browser for tests of pages: chromium, by WebDriver. Needs chromium and chromedriver (scripts/setup --test)."""
import base64
import json
import struct
import subprocess
import urllib.request
import zlib

from support import ports, processes
from support.wait import eventually


class Browser:
    """What of WebDriver (w3.org/TR/webdriver2) is needed here."""

    def __init__(self, home):
        self.processes = []
        try:
            self.begin(home)
        except BaseException:
            self.close()
            raise

    def begin(self, home):
        # We start chromium, and not its driver: the driver would look for it at "localhost", and it needs somebody who
        # knows that name.
        self.start(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--window-size=1180,1030", "--force-device-scale-factor=1", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
                    f"--user-data-dir={home}/chromium", "about:blank"])
        listens = home / "chromium" / "DevToolsActivePort"
        if not eventually(lambda: listens.exists() and "\n" in listens.read_text()):
            raise RuntimeError("chromium does not listen")
        port = ports.free_port()
        self.start(["chromedriver", f"--port={port}"])
        self.base = f"http://127.0.0.1:{port}"
        if not eventually(self.ready):
            raise RuntimeError("chromedriver does not answer")
        capabilities = {"browserName": "chrome",
                        "goog:chromeOptions": {"debuggerAddress": f"127.0.0.1:{listens.read_text().splitlines()[0]}"},
                        "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"}}
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.base += "/session/" + made["sessionId"]

    def start(self, command):
        self.processes.append(processes.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                              stderr=subprocess.DEVNULL))

    def ready(self):
        try:
            return self.call("GET", "/status")["ready"]
        except OSError:
            return False

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def text(self, name):
        return self.run(f"return document.getElementById('{name}').innerText")

    def log(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def picture(self):
        return base64.b64decode(self.call("GET", "/screenshot"))

    def close(self):
        for process in reversed(self.processes):
            processes.stop(process)


class Pixels:
    """Of a PNG with 8 bits a channel that is not interlaced, as browsers write them (w3.org/TR/png)."""

    def __init__(self, png):
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        at, data = 8, b""
        while at < len(png):
            length, kind = struct.unpack(">I4s", png[at:at + 8])
            chunk = png[at + 8:at + 8 + length]
            if kind == b"IHDR":
                self.width, self.height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
                assert depth == 8 and colour in (2, 6) and not interlaced
                self.channels = 3 if colour == 2 else 4
            data += chunk if kind == b"IDAT" else b""
            at += 12 + length
        self.rows = self.unfiltered(zlib.decompress(data))

    def unfiltered(self, raw):
        stride, n = self.width * self.channels, self.channels
        rows, above = [], bytearray(stride)
        for y in range(self.height):
            kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
            for i in range(stride if kind else 0):
                left = row[i - n] if i >= n else 0
                corner = above[i - n] if i >= n else 0
                row[i] = (row[i] + self.predicted(kind, left, above[i], corner)) & 255
            rows.append(row)
            above = row
        return rows

    @staticmethod
    def predicted(kind, left, up, corner):
        if kind == 1:
            return left
        if kind == 2:
            return up
        if kind == 3:
            return (left + up) // 2
        guess = left + up - corner
        return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]

    def at(self, x, y):
        return tuple(self.rows[y][x * self.channels:x * self.channels + 3])

    def bluish(self, box):
        """How many are more blue than grey: a thin line has no pixel that is all of its colour."""
        x0, y0, x1, y1 = box
        return sum(self.at(x, y)[2] - self.at(x, y)[0] > 50 for y in range(y0, y1) for x in range(x0, x1))
