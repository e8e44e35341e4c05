"""Those who follow a class for the bench: what they report is what has happened."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from lesson.machinery.crowd.classmates import Plan
from tests.servers import PATIENCE, ROOT, Server

PLACES = [["short-polling", "late"], ["short-polling", "loop"], ["short-polling", "late"]]


def follow(server: Server) -> dict:
    files = ["/lesson/short-polling", "/setup"]
    plan = Plan(server.url, server.cookie(), files, PLACES, students=4, joining=0.2, steps=3)
    command = [sys.executable, "-m", "lesson.machinery.crowd.classmates", json.dumps(asdict(plan))]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3 * PATIENCE)
    assert ran.stderr == ""
    return json.loads(ran.stdout)["report"]


def test_all_join_and_hear_of_every_step():
    server = Server(mode="class", SEED=1)
    report = follow(server)
    server.close()
    assert (report["joined"], report["of"], report["unheard"]) == (4, 4, 0)
    assert report["failures"] == []
    assert 0 < report["step"]["median"] <= report["step"]["max"]
    assert 0 < report["page"]["max"] < report["state"]["max"]
