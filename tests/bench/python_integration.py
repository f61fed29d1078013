#!/usr/bin/python3
"""An integration as Wazuh's users write them: one process an alert, one HTTP connection, one datagram.

It does the job of one alert and nothing else: no checks, no cache, no retries. BENCH is the URL of Domain Stats, the path of
Wazuh's queue, and how to ask: with "requests", as the original integration does, or "urllib", the standard library alone.
"""
import json
import os
import socket
import sys


def answer_of(url, library):
    if library == "requests":
        import requests
        return requests.get(url, timeout=10).json()
    import urllib.request
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def main():
    url, queue, library = os.environ["BENCH"].split()
    with open(sys.argv[1], encoding="utf-8") as file:
        alert = json.load(file)
    name = alert["data"]["win"]["eventdata"]["queryName"]
    verdict = answer_of(f"{url}/{name}", library)
    if verdict["category"] != "NEW" and not verdict["alerts"]:
        return
    agent = alert["agent"]
    location = f"[{agent['id']}] ({agent['name']}) {agent['ip']}".replace("|", "||").replace(":", "|:")
    event = {"integration": "dnsstat", "dnsstat": {"query": name, **verdict, "alert_id": alert["id"]}}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect(queue)
        out.send(f"1:{location}->dns_stats:{json.dumps(event)}".encode())


main()
