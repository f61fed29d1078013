#!/usr/bin/env python3
"""Alert rules, dashboard, runbook and the page of metrics say what the daemon says.

Usage: monitoring_test.py ENRICHD [METRICS...]. Starts that daemon; METRICS are pages of /metrics of others, whose
metrics count as existing too. Needs promtool.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

import daemon_metrics
import log_messages
import promql

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "packaging/prometheus/enrichd.rules.yml"
RULE_TESTS = sorted(RULES.parent.glob("*_test.yml"))
DASHBOARD = ROOT / "packaging/grafana/enrichd.json"
RUNBOOK = ROOT / "docs/runbook.md"
METRICS_PAGE = ROOT / "docs/metrics.md"

OF_THE_TARGET = {"job", "instance"}
OF_PROMETHEUS = {"up", "ALERTS"}
LOG_TABLE = "## What the log says"


def run(*command, text_in=None, directory=None):
    done = subprocess.run(command, input=text_in, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return done.returncode, done.stdout


def rules():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def alerts():
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def recordings():
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def panels():
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        yield panel
        yield from panel.get("panels", [])


def as_promql(query):
    """With Grafana's variables replaced by what they may stand for."""
    for variable, value in (("$__rate_interval", "5m"), ("$__range", "6h"), ("$__interval", "1m"), ("$instance", ".+")):
        query = query.replace(variable, value)
    return query


def dashboard_queries():
    """Each with where it stands."""
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in panels():
        for target in panel.get("targets", []):
            yield f"panel '{panel['title']}'", as_promql(target["expr"])
    for annotation in dashboard["annotations"]["list"]:
        yield f"annotation '{annotation['name']}'", as_promql(annotation["expr"])
    for variable in dashboard["templating"]["list"]:
        for metric in re.findall(r"label_values\((\w+), *\w+\)", variable.get("definition", "")):
            yield f"variable '{variable['name']}'", metric


def anchor(heading):
    """As GitHub makes it of a heading that is one word."""
    return heading.lower()


class Known:
    """What may be asked for: the families of the daemon's page, and what the rules record."""

    def __init__(self, pages):
        self.series = {}
        for page in pages:
            for family in daemon_metrics.parse(page).values():
                for name in family.series():
                    self.series.setdefault(name, family)

    def labels(self, metric):
        """None when they are anybody's."""
        if metric in OF_PROMETHEUS:
            return None
        if metric in recordings():
            selectors, _ = promql.parse(recordings()[metric])
            return set().union(*(self.labels(one.metric) or set() for one in selectors))
        return set(self.series[metric].labels()) | OF_THE_TARGET

    def problems(self, query):
        selectors, grouped = promql.parse(query)
        usable = set(OF_THE_TARGET)
        for one in selectors:
            if one.metric not in self.series and one.metric not in recordings() and one.metric not in OF_PROMETHEUS:
                yield f"{one.metric} does not exist"
                continue
            labels = self.labels(one.metric)
            usable |= {"alertname", "severity"} if labels is None else labels
            for label, operator, value in one.matchers if labels is not None else []:
                if label not in labels:
                    yield f"{one.metric} has no label {label}"
                else:
                    yield from self.problems_of_value(one.metric, label, operator, value)
        for label in sorted(grouped - usable):
            yield f"none of {', '.join(one.metric for one in selectors)} has the label {label}"

    def problems_of_value(self, metric, label, operator, value):
        """Of a sample that is always there, its values are known."""
        family = self.series.get(metric)
        if family is None or label in OF_THE_TARGET or family.name in daemon_metrics.FIRST_CASE:
            return
        if operator in ("=", "!=") and value not in family.values[label]:
            yield f"{label} of {metric} is never {value}"
        for one in value.split("|") if operator in ("=~", "!~") else []:
            if not any(re.fullmatch(one, seen) for seen in family.values[label]):
                yield f"{label} of {metric} is never like {one}"


class OnAPage(unittest.TestCase):
    """What needs no daemon's page is in the classes below; this one starts the daemon, once."""

    @classmethod
    def setUpClass(cls):
        cls.page = daemon_metrics.of_a_run(PROGRAM)
        cls.known = Known([cls.page] + [pathlib.Path(one).read_text() for one in OTHER_PAGES])


class Metrics(OnAPage):
    def test_promtool_finds_nothing_to_say_of_them(self):
        self.assertEqual((0, ""), run("promtool", "check", "metrics", text_in=self.page))

    def test_those_without_a_first_case_have_no_sample_before_it(self):
        families = daemon_metrics.parse(self.page)
        for name in daemon_metrics.FIRST_CASE:
            with self.subTest(name):
                self.assertIn(name, families)
                self.assertEqual(0, families[name].samples, "FIRST_CASE of daemon_metrics.py need not name it")

    def test_the_committed_page_is_what_the_daemon_tells(self):
        code, told = run(sys.executable, str(ROOT / "scripts/metrics-page"), PROGRAM)
        self.assertEqual(0, code, told)
        self.assertIn("-->\n\n" + told + "\n<!--", METRICS_PAGE.read_text(), "scripts/metrics-page --write ENRICHD")

    def test_every_rule_asks_for_what_exists(self):
        for rule in rules():
            with self.subTest(rule.get("alert") or rule["record"]):
                self.assertEqual([], list(self.known.problems(rule["expr"])))

    def test_every_query_of_the_dashboard_asks_for_what_exists(self):
        for where, query in dashboard_queries():
            with self.subTest(where, query=query):
                self.assertEqual([], list(self.known.problems(query)))

    def test_every_legend_names_labels_that_exist(self):
        for panel in panels():
            for target in panel.get("targets", []):
                selectors, grouped = promql.parse(as_promql(target["expr"]))
                labels = OF_THE_TARGET.union(grouped, *(self.known.labels(one.metric) or [] for one in selectors
                                                        if one.metric in self.known.series))
                with self.subTest(panel["title"]):
                    self.assertLessEqual(set(re.findall(r"\{\{ *(\w+) *\}\}", target["legendFormat"])), labels)

    def test_the_docs_name_metrics_that_exist(self):
        names = set(self.known.series) | {name.removesuffix("_bucket") for name in self.known.series}
        for page in (RUNBOOK, METRICS_PAGE, ROOT / "docs/operations.md"):
            for name in re.findall(r"`(enrichd_\w+)", page.read_text()):
                with self.subTest(page.name, metric=name):
                    self.assertIn(name, names)

    def test_a_query_that_is_wrong_is_found(self):
        for query in ("enrichd_no_such_total", "rate(enrichd_outbox_total[5m])", 'enrichd_outbox{output="wazuh"}',
                      'enrichd_check_status{check="disk"}', 'enrichd_check_status{check=~"otx|disk"}',
                      'enrichd_alert_duration_seconds_bucket{le="61"}', "sum by (provider) (enrichd_outbox)",
                      "enrichd_alert_duration_seconds", "sum without (x) (enrichd_pending)",
                      "enrichd_pending and on (instance, output) enrichd_outbox", "process_open_files"):
            with self.subTest(query):
                self.assertTrue(list(self.known.problems(query)))


class Rules(unittest.TestCase):
    def test_promtool_takes_them(self):
        code, said = run("promtool", "check", "rules", str(RULES))
        self.assertEqual(0, code, said)

    def test_promtool_finds_that_they_fire_and_stay_silent_as_they_should(self):
        self.assertTrue(RULE_TESTS)
        code, said = run("promtool", "test", "rules", *(one.name for one in RULE_TESTS), directory=RULES.parent)
        self.assertEqual(0, code, said)

    def test_each_alert_is_seen_to_fire_and_to_stay_silent(self):
        fired, silent = set(), set()
        for file in RULE_TESTS:
            for case in yaml.safe_load(file.read_text())["tests"]:
                for look in case["alert_rule_test"]:
                    (fired if look.get("exp_alerts") else silent).add(look["alertname"])
        self.assertEqual([], sorted(set(alerts()) - fired), "never seen to fire")
        self.assertEqual([], sorted(set(alerts()) - silent), "never seen to stay silent")
        self.assertEqual([], sorted((fired | silent) - set(alerts())), "no such alert")

    def test_silence_is_that_of_series_that_the_alert_looks_at(self):
        for file in RULE_TESTS:
            for case in yaml.safe_load(file.read_text())["tests"]:
                played = {promql.parse(one["series"])[0][0].metric for one in case["input_series"]}
                for look in case["alert_rule_test"]:
                    if look["exp_alerts"]:
                        continue
                    with self.subTest(case["name"]):
                        self.assertTrue(played & self.metrics_behind(alerts()[look["alertname"]]["expr"]))

    def metrics_behind(self, query):
        names = {one.metric for one in promql.parse(query)[0]}
        return names.union(*(self.metrics_behind(recordings()[one]) for one in names if one in recordings()))

    def test_each_says_how_grave_it_is_and_what_to_do(self):
        for name, rule in alerts().items():
            with self.subTest(name):
                self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info"))
                self.assertLessEqual(len(rule["annotations"]["summary"]), 110)
                self.assertTrue(rule["annotations"]["description"].endswith("."))
                self.assertEqual(f"docs/runbook.md#{anchor(name)}", rule["annotations"]["runbook"])


class Dashboard(unittest.TestCase):
    def test_promtool_takes_every_query(self):
        rules = [{"record": f"q:{number}", "expr": query} for number, (_, query) in enumerate(dashboard_queries())]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
            file.flush()
            code, said = run("promtool", "check", "rules", file.name)
        self.assertEqual(0, code, said)

    def test_no_variable_of_grafana_is_left_that_nobody_knows(self):
        for where, query in dashboard_queries():
            with self.subTest(where):
                self.assertNotIn("$", query)

    def test_every_query_is_of_the_instances_and_the_data_source_that_were_chosen(self):
        for panel in panels():
            for target in panel.get("targets", []):
                with self.subTest(panel["title"]):
                    selectors, _ = promql.parse(target["expr"])
                    for one in selectors:
                        self.assertIn(("instance", "=~"), [(label, operator) for label, operator, _ in one.matchers])
                    self.assertEqual("${datasource}", target["datasource"]["uid"])

    def test_every_panel_says_what_it_shows_and_in_what_unit(self):
        shown = [panel for panel in panels() if panel["type"] != "row"]
        self.assertEqual(len(shown), len({panel["title"] for panel in shown}))
        for panel in shown:
            with self.subTest(panel["title"]):
                self.assertTrue(panel["description"].endswith("."))
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                self.assertEqual("${datasource}", panel["datasource"]["uid"])

    def test_no_panel_covers_another(self):
        taken = set()
        every = list(panels())
        self.assertEqual(len(every), len({panel["id"] for panel in every}))
        for panel in every:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            with self.subTest(panel["title"]):
                self.assertFalse(cells & taken)
                self.assertLessEqual(at["x"] + at["w"], 24)
            taken |= cells


class Runbook(unittest.TestCase):
    def test_each_alert_has_its_section_and_each_section_its_alert(self):
        sections = re.findall(r"^## (Enrichd\w+)$", RUNBOOK.read_text(), re.MULTILINE)
        self.assertEqual(sorted(alerts()), sorted(sections))

    def test_each_check_names_a_section_that_is_there(self):
        headings = set(re.findall(r"^## (Enrichd\w+)$", RUNBOOK.read_text(), re.M))
        named = {name for file in (ROOT / "daemon").rglob("*.cpp") for name in re.findall(r'"(Enrichd[A-Z]\w+)"', file.read_text())}
        self.assertGreater(len(named), 8)
        self.assertEqual(set(), named - headings)

    def test_every_sentence_that_the_log_can_say_is_in_the_table_and_no_other(self):
        sentences = set()
        strings = set()  # a sentence may come by a variable
        for file in [*(ROOT / "daemon").rglob("*.cpp"), *(ROOT / "daemon").rglob("*.hpp")]:
            sentences |= set(log_messages.messages(file.read_text()))
            strings |= set(log_messages.literals(file.read_text()))
        self.assertGreater(len(sentences), 30)
        table = RUNBOOK.read_text().partition(LOG_TABLE + "\n")[2]
        told = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
        self.assertEqual([], sorted(sentences - set(told)), "nobody says what it means")
        self.assertEqual([], sorted(set(told) - sentences - strings), "the daemon never says it")

    def test_sentences_are_found_in_whatever_way_they_are_written(self):
        def found(text):
            return list(log_messages.messages(text))
        self.assertEqual(["a, b"], found('log::error("a, b", {{"x", y("z")}});'))
        self.assertEqual(["one two"], found('enrichd::log::warning(\n  "one "\n  "two",\n {});'))
        self.assertEqual(["a", "b"], found('log::warning(\n ours ? "a" : "b",\n {{"c", d}});'))
        self.assertEqual(["a"], found('log::error("a");'))
        self.assertEqual([], found('log::warning(warning.text()); log::info("a"); f("b");'))

    def test_links_lead_somewhere(self):
        for page in (RUNBOOK, METRICS_PAGE):
            for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
                with self.subTest(page.name, link=link):
                    self.assertTrue((page.parent / link).exists())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    PROGRAM, *OTHER_PAGES = sys.argv[1:]
    if shutil.which("promtool") is None:
        sys.exit("promtool is missing: scripts/setup --test installs it")
    unittest.main(argv=sys.argv[:1])
