"""The peers: that they tell the same to the same clients, and how they are held against ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Results
from lesson.machinery.crowd.plan import TECHNIQUES
from lesson.machinery.peers.__main__ import (
    Asked,
    Heat,
    chosen,
    conclude,
    heats,
    in_a_table,
    measure,
    medians_of,
)
from lesson.machinery.peers.servers import HERE, LONG, PUSH, SHORT
from lesson.settings import SettingError
from tests.servers import ROOT


def run(peer: str, cpu: float, technique: str = PUSH, p95: float = 5.0) -> dict[str, Any]:
    """Return a run with 1,000 clients at 10 events/s; `cpu` in µs for each of 1,000 deliveries."""
    said = {"deliveries": 1_000, "answers": 500, "delay": {"p95": p95}, "lost": 0, "doubled": 0}
    server = {"cpu": cpu / 1_000, "share": 0.1, "rss": 90_000_000, "rss_alone": 40_000_000}
    return {
        "peer": peer,
        "technique": technique,
        "clients": 1_000,
        "rate": 10.0,
        "run": 0,
        "report": {
            "techniques": {technique: said},
            "server": server | {"waited": 0},
            "crowd": {"cpu": 0.1, "waited": 0},
            "bottleneck": None,
        },
    }


@pytest.mark.parametrize("key", ["ours", "flask", "websockets"])
def test_a_peer_of_python_tells_the_crowd_what_ours_does(key: str):
    results = Results(about={})
    asked = Asked(clients=(2,), rates=(20.0,), runs=1, seconds=1)
    measure(Heat(PUSH, 2, 20.0), 0, chosen([key]), asked, results, Progress())
    assert results.remarks == []
    (found,) = results.details["runs"]
    said = found["report"]["techniques"][PUSH]
    assert found["report"]["joined"] == 2
    assert said["deliveries"] > 10
    assert (said["lost"], said["doubled"], said["failures"]) == (0, 0, 0)


def test_node_sells_the_same_and_is_pinned_apart_from_the_lesson():
    from lesson.machinery.peers.clockwork import sale

    source = (HERE / "server.mjs").read_text("utf-8")
    assert all(f"{name}:" in source or f'"{name}"' in source for name in sale(1))
    asked = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    assert locked["node_modules/socket.io"]["version"] == asked["socket.io"]
    lesson = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert "node_modules/socket.io" not in lesson


def test_the_median_of_all_runs_is_held_against_what_was_promised():
    runs = [run("ours", cpu) for cpu in (7, 30, 8)] + [run("node", cpu) for cpu in (10, 9, 50)]
    runs += [run("websockets", 9), run("ours", 90, SHORT), run("flask", 150, SHORT)]
    results = Results(about={}, details={"runs": runs})
    conclude(results)
    figures = {figure.name.partition(": ")[2]: figure for figure in results.figures}
    assert figures["CPU, ours to node's"].value == pytest.approx(0.8)
    assert figures["CPU, ours to node's"].below == 0.9
    assert figures["CPU, ours to websockets's"].value == pytest.approx(8 / 9)
    assert figures["CPU, ours to flask's"].value == pytest.approx(0.6)
    assert figures["CPU, ours to flask's"].below == 0.7
    assert figures["memory a client"].value == 50
    assert medians_of(runs)[0]["runs"] == 3
    assert "this lesson" in in_a_table(results)


def test_polls_are_asked_where_the_slowest_can_still_answer():
    found = list(heats(Asked()))
    assert Heat(PUSH, 3_000, 10.0) in found
    assert Heat(LONG, 200, 10.0) in found and Heat(LONG, 1_000, 10.0) not in found
    assert Heat(SHORT, 1_000, 1.0) in found and Heat(SHORT, 3_000, 1.0) not in found
    assert {heat.technique for heat in found} == set(TECHNIQUES)


@pytest.mark.parametrize(
    ("settings", "arguments", "named"),
    [({"CLIENTS": "200,9999"}, [], "'9999'"), ({"RUNS": "0"}, [], "'0'"), ({}, ["deno"], "'deno'")],
)
def test_what_cannot_be_compared_is_one_line(settings, arguments, named):
    done = subprocess.run(
        [sys.executable, "-m", "lesson.machinery.peers", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr


def test_a_peer_that_is_none_is_refused():
    with pytest.raises(SettingError, match="there are ours, flask, node, websockets"):
        chosen(["ours", "deno"])
