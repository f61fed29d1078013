#!/usr/bin/env python3
"""The dashboard for Wazuh's dashboard: what can be said of it without an OpenSearch server.

It is what the script makes, each object has the members of its type, each reference leads to an object, and each field is one
of the events as docs/events.md names them, or Wazuh's own.
"""
import json
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OBJECTS = [json.loads(line) for line in (ROOT / "packaging/opensearch/enrichd.ndjson").read_text().splitlines()]
BY_ID = {(one["type"], one["id"]): one for one in OBJECTS}
EVENTS = (ROOT / "docs/events.md").read_text()
OF_WAZUH = {"agent.id", "agent.name", "timestamp", "data.integration"}


def visualizations():
    return [(one, json.loads(one["attributes"]["visState"])) for one in OBJECTS if one["type"] == "visualization"]


class Dashboard(unittest.TestCase):
    def test_it_is_what_the_script_makes(self):
        subprocess.run([ROOT / "scripts/wazuh-dashboard", "--check"], check=True)

    def test_each_object_has_the_members_of_its_type(self):
        members = {"visualization": {"title", "visState", "uiStateJSON", "description", "version", "kibanaSavedObjectMeta"},
                   "dashboard": {"title", "description", "panelsJSON", "optionsJSON", "timeRestore", "timeFrom", "timeTo",
                                 "version", "kibanaSavedObjectMeta"}}
        for one in OBJECTS:
            self.assertEqual(set(one["attributes"]), members[one["type"]], one["id"])
            self.assertTrue(one["migrationVersion"])
            json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])

    def test_ids_are_unique_and_references_lead_somewhere(self):
        self.assertEqual(len(BY_ID), len(OBJECTS))
        for one in OBJECTS:
            for reference in one["references"]:
                if reference["type"] == "index-pattern":
                    self.assertEqual(reference["id"], "wazuh-alerts-*")
                else:
                    self.assertIn((reference["type"], reference["id"]), BY_ID)

    def test_each_picture_is_on_the_dashboard_and_none_covers_another(self):
        board = BY_ID[("dashboard", "enrichd")]
        panels = json.loads(board["attributes"]["panelsJSON"])
        self.assertEqual(len(panels), len(visualizations()))
        self.assertEqual({panel["panelRefName"] for panel in panels}, {one["name"] for one in board["references"]})
        taken = set()
        for panel in panels:
            place = panel["gridData"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel)
            self.assertLessEqual(place["x"] + place["w"], 48)
            taken |= cells

    def test_each_has_one_metric_and_numbered_buckets(self):
        for one, state in visualizations():
            self.assertEqual([aggregation["id"] for aggregation in state["aggs"]],
                             [str(number) for number in range(1, len(state["aggs"]) + 1)], one["id"])
            self.assertEqual([aggregation["schema"] for aggregation in state["aggs"]].count("metric"), 1)

    def test_each_field_is_one_of_the_events_or_of_wazuh(self):
        fields = set()
        for one, state in visualizations():
            query = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]["query"]
            for aggregation in state["aggs"]:
                fields.update(filter(None, [aggregation["params"].get("field")]))
                query += " " + " ".join(each["input"]["query"] for each in aggregation["params"].get("filters", []))
            fields.update(re.findall(r"([a-z_.]+):", query))
        self.assertGreater(len(fields), 10)
        for field in fields - OF_WAZUH:
            kind, key = re.fullmatch(r"data\.(dnsstat|list|burst|otx)\.(?:source\.)?([a-z_]+)", field).groups()
            self.assertRegex(EVENTS, rf'`{key}`|"{key}":', field)
            self.assertIn(f'"integration":"{kind}"', EVENTS)


if __name__ == "__main__":
    unittest.main()
