#!/usr/bin/env python3
"""Draws a run of scripts/soak mixed: picture.py SAMPLES.csv PICTURE.svg"""
import csv
import math
import sys
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 1120, 92, 28
HEADER, GAP, LANE = 118, 36, 17
INK, SOFT, GRID, BAND = "#1f2933", "#5f6c7b", "#e4e8ee", "#f3f5f9"
VICTIMS = {"Domain Stats": "#d9822b", "OTX": "#7b5cc9", "Wazuh": "#d64545", "enrichd": "#3e8e7e"}
PLOT = WIDTH - LEFT - RIGHT


def read(path):
    facts, rows = {}, []
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for line in lines:
        if line.startswith("# "):
            key, value = line[2:].split(": ")
            facts[key] = float(value)
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        faults = row.pop("faults")
        rows.append({key: float(value) for key, value in row.items()} | {"faults": faults})
    return facts, rows


def bands(rows):
    """(victim, from, to) of each fault."""
    begun, out = {}, []
    for row in rows:
        now = {part.split(":")[0] for part in row["faults"].split("; ") if part}
        for victim in set(begun) - now:
            out.append((victim, begun.pop(victim), row["seconds"]))
        for victim in now - set(begun):
            begun[victim] = row["seconds"]
    return out + [(victim, at, rows[-1]["seconds"]) for victim, at in begun.items()]


def rate(rows, over=3.0):
    """Alerts a second, each over the time before it."""
    out, first = [], 0
    for row in rows:
        while first + 1 < len(rows) and rows[first + 1]["seconds"] < row["seconds"] - over:
            first += 1
        time = row["seconds"] - rows[first]["seconds"]
        out.append((row["alerts"] - rows[first]["alerts"]) / time if time > 0.2 else 0.0)
    return out


def step_for(span, most):
    """A round distance of at most so many marks."""
    if span <= 0:
        return 1
    size = 10 ** math.floor(math.log10(span / most))
    return next(size * factor for factor in (1, 2, 5, 10, 20) if span / (size * factor) <= most)


def number(value):
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


class Picture:
    def __init__(self, height, end):
        self.height, self.end, self.parts = height, end, []

    def x(self, seconds):
        return LEFT + PLOT * seconds / self.end

    def add(self, text):
        self.parts.append(text)

    def text(self, x, y, what, size=12, anchor="start", colour=INK, weight="normal"):
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
                 f' font-weight="{weight}">{escape(what)}</text>')

    def box(self, x, y, width, height, colour):
        self.add(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>')

    def line(self, x1, y1, x2, y2, colour=GRID, more=""):
        self.add(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>')

    def title(self, top, what, unit=""):
        """On white, so that no line runs through it."""
        self.box(LEFT - 2, top - 22, 7.5 * len(what) + 6.5 * len(unit) + 16, 19, "#ffffff")
        self.add(f'<text x="{LEFT}" y="{top - 9}" font-size="13" font-weight="600" fill="{INK}">{escape(what)}'
                 f'<tspan dx="8" font-size="12" font-weight="normal" fill="{SOFT}">{escape(unit)}</tspan></text>')

    def panel(self, top, height, title, unit, times, values, colour, marks=()):
        """One curve from zero, with a scale on the left."""
        most = max(max(values), 1)
        step = max(step_for(most * 1.12, max(height // 28, 2)), 1)
        high = step * math.ceil(most * 1.06 / step)
        y = lambda value: top + height - height * value / high
        for i in range(int(high / step) + 1):
            self.line(LEFT, y(i * step), WIDTH - RIGHT, y(i * step))
            self.text(LEFT - 8, y(i * step) + 4, number(i * step), 11, "end", SOFT)
        self.title(top, title, unit)
        most_at = {}  # one point for each of the picture's
        for seconds, value in zip(times, values):
            at = round(self.x(seconds))
            most_at[at] = max(value, most_at.get(at, 0))
        points = " ".join(f"{at},{y(value):.1f}" for at, value in most_at.items())
        self.add(f'<polygon points="{LEFT},{top + height} {points} {round(self.x(times[-1]))},{top + height}"'
                 f' fill="{colour}" fill-opacity="0.10"/>')
        self.add(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"'
                 ' stroke-linejoin="round"/>')
        for at, value, label, anchor in marks:
            self.add(f'<circle cx="{self.x(at):.1f}" cy="{y(value):.1f}" r="4" fill="#fff" stroke="{colour}"'
                     ' stroke-width="2"/>')
            self.text(self.x(at) + (8 if anchor == "start" else -8), y(value) + 18, label, 12, anchor, INK, "600")

    def shade(self, top, height, found):
        """Light bands where something fails."""
        for victim, colour in VICTIMS.items():
            marks = [(self.x(begin), max(self.x(end) - self.x(begin), 1)) for who, begin, end in found if who == victim]
            path = "".join(f"M{at:.1f} {top}h{width:.1f}v{height}h-{width:.1f}z" for at, width in marks)
            self.add(f'<path d="{path}" fill="{colour}" fill-opacity="0.10"/>')

    def lanes(self, top, found):
        self.title(top, "What fails")
        for row, (victim, colour) in enumerate(VICTIMS.items()):
            y = top + row * (LANE + 3)
            self.box(LEFT, y, PLOT, LANE, BAND)
            self.text(LEFT - 8, y + 12.5, victim, 11, "end", SOFT)
            for who, begin, end in found:
                if who == victim:
                    self.box(self.x(begin), y, max(self.x(end) - self.x(begin), 1.2), LANE, colour)
        return top + len(VICTIMS) * (LANE + 3)

    def times(self, y):
        step = step_for(self.end, 12)
        for i in range(int(self.end / step) + 1):
            self.line(self.x(i * step), y, self.x(i * step), y + 5, SOFT)
            self.text(self.x(i * step), y + 19, number(i * step), 11, "middle", SOFT)
        self.text(LEFT + PLOT / 2, y + 38, "seconds since the start", 12, "middle", SOFT)

    def svg(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}"'
                f' height="{self.height}" font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif">')
        return "\n".join([head, f'<rect width="{WIDTH}" height="{self.height}" fill="#ffffff"/>', *self.parts,
                          "</svg>\n"])


def draw(facts, rows):
    times = [row["seconds"] for row in rows]
    end = times[-1]
    panels = [("Alerts", "a second, mean of 3 s", 130, rate(rows), "#2f6fbf"),
              ("Resident memory", "MB", 130, [row["resident_kB"] / 1024 for row in rows], "#1b7f5c"),
              ("Descriptors", "open", 84, [row["descriptors"] for row in rows], "#8a5a2b"),
              ("Threads", "", 56, [row["threads"] for row in rows], "#5b6b7c")]
    height = HEADER + sum(panel[2] + GAP for panel in panels) + len(VICTIMS) * (LANE + 3) + 58
    picture = Picture(height, end)
    first, last = facts["kB after the first tenth"], facts["kB at the end"]
    picture.text(LEFT, 34, f"{facts['alerts']:,.0f} alerts while everything around fails: "
                 f"{facts['lost']:,.0f} lost", 21, weight="700")
    picture.text(LEFT, 58, f"Resident memory, with nothing in work: {first / 1024:.1f} MB after the first tenth,"
                 f" {last / 1024:.1f} MB at the end ({(last / first - 1) * 100:+.1f} %). "
                 f"{facts['alerts'] / facts['seconds of sending']:,.0f} alerts a second.", 13, colour=SOFT)
    # Where the first tenth ends: sending pauses until nothing is in work.
    tenth = [row for row in rows if row["alerts"] == facts["alerts"] // 10]
    marks = [(tenth[-1]["seconds"], first / 1024, f"{first / 1024:.1f} MB", "start"),
             (end, last / 1024, f"{last / 1024:.1f} MB", "end")] if tenth else []
    found = bands(rows)
    if tenth:
        at = picture.x(tenth[0]["seconds"])
        until = picture.x(tenth[-1]["seconds"])
        for x in (at, until):
            picture.line(x, HEADER - 28, x, height - 58, SOFT, 'stroke-dasharray="3 3"')
        picture.text(at + 5, HEADER - 31, "a tenth is sent: pause until all is done", 11, colour=SOFT)
    top = HEADER
    for name, unit, size, values, colour in panels:
        picture.shade(top, size, found)
        picture.panel(top, size, name, unit, times, values, colour, marks if name == "Resident memory" else ())
        top += size + GAP
    bottom = picture.lanes(top, found)
    picture.times(bottom)
    return picture.svg()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(draw(*read(sys.argv[1])))


if __name__ == "__main__":
    main()
