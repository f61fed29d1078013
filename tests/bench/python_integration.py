#!/usr/bin/env python3
"""An integration as Wazuh's users write them: one process an alert, one HTTP connection, one datagram.

It does the job of one alert and nothing else: no checks, no cache, no retries, the standard library alone.
BENCH is the URL of Domain Stats and the path of Wazuh's queue.
"""
import json
import os
import socket
import sys
import urllib.request


def main():
    url, queue = os.environ["BENCH"].split()
    with open(sys.argv[1], encoding="utf-8") as file:
        alert = json.load(file)
    name = alert["data"]["win"]["eventdata"]["queryName"]
    with urllib.request.urlopen(f"{url}/{name}", timeout=10) as answer:
        verdict = json.load(answer)
    if verdict["category"] != "NEW" and not verdict["alerts"]:
        return
    agent = alert["agent"]
    location = f"[{agent['id']}] ({agent['name']}) {agent['ip']}".replace("|", "||").replace(":", "|:")
    event = {"integration": "dnsstat", "dnsstat": {"query": name, **verdict, "alert_id": alert["id"]}}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect(queue)
        out.send(f"1:{location}->dns_stats:{json.dumps(event)}".encode())


main()
