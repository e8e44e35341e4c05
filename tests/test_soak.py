"""The soak, once, as short as it can be; and each door, with few of its inputs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lesson.machinery.soak.__main__ import FILE
from lesson.machinery.soak.day import (
    FAULTS,
    FEED_FULL,
    SEVERAL,
    Day,
    draw_rounds,
    judge_delays,
    judge_memory,
)
from lesson.machinery.soak.doors import knock
from lesson.machinery.soak.findings import Findings
from lesson.machinery.soak.inputs import DOORS, of_door
from tests.servers import PATIENCE, ROOT, Server

PROGRAM = [sys.executable, "-m", "tests.soak_elsewhere"]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """Say where a soak is to write to. What `make soak` has written stays as it was."""
    before = stamp(FILE)
    yield tmp_path / "soak.json"
    assert stamp(FILE) == before


def stamp(file: Path) -> int | None:
    return file.stat().st_mtime_ns if file.exists() else None


def soak(file: Path, *parts: str, **settings: str) -> tuple[int, str]:
    """Run a soak; return its exit status and all that it said."""
    done = subprocess.run(
        [*PROGRAM, str(file), *parts],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    return done.returncode, done.stdout


@pytest.mark.timeout(500)  # 60 s, but that there are 600 browsers and this machine may be small
def test_a_short_soak_keeps_all_promises(file: Path) -> None:
    status, said = soak(file, "day", "kills", "slow", "half-open", MINUTES="1", SEED="7")
    assert "All promises were kept." in said, said
    assert status == 0
    found = json.loads(file.read_text())
    assert found["broken"] == []
    names = " ".join(figure["name"] for figure in found["figures"])
    for word in ("lost", "doubled", "memory", "files", "threads", "sessions", "kills", "slow"):
        assert word in names
    assert "half-open" in names
    assert "delays stay" in names
    assert found["seed"] == 7
    assert "SEED=7" in said
    assert found["details"]["half-open"]["connections"] == 200
    assert found["details"]["day"]["noon"]["deliveries"] > 10_000
    assert len(found["details"]["kills"]) == 2


def test_a_soak_that_is_interrupted_prints_what_it_has(file: Path) -> None:
    command = subprocess.Popen(
        [*PROGRAM, str(file), "kills"],
        cwd=ROOT,
        env=os.environ | {"MINUTES": "60"},
        stdout=subprocess.PIPE,
    )
    with command as process:
        assert process.stdout
        while b"kills ..." not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().decode()
        assert process.wait(PATIENCE) == 128 + signal.SIGINT
    assert "Note: it was interrupted" in said
    assert json.loads(file.read_text())["interrupted"]


@pytest.mark.parametrize(
    ("parts", "settings", "named"),
    [
        ([], {"MINUTES": "0.5"}, "'0.5'"),
        ([], {"MINUTES": "soon"}, "'soon'"),
        (["night"], {}, "'night'"),
        ([], {"SEED": "-1"}, "'-1'"),
    ],
)
def test_a_soak_that_cannot_be_is_one_line(
    file: Path, parts: list[str], settings: dict, named: str
) -> None:
    status, said = soak(file, *parts, **settings)
    assert status == 1
    (line,) = said.splitlines()
    assert line.startswith("Are We There Yet? ")
    assert named in line


def test_faults_are_the_same_by_one_seed_and_in_a_long_day_each_comes() -> None:
    rounds = draw_rounds(75, seed=7)
    assert rounds == draw_rounds(75, seed=7)
    assert rounds != draw_rounds(75, seed=8)
    assert rounds[0][1] == draw_rounds(1, seed=7)[0][1] == SEVERAL
    faults = [fault for _, fault in rounds]
    assert len(faults) == 75
    assert all(fault in faults for fault in FAULTS)
    assert all(fault in [fault for _, fault in draw_rounds(7, seed=9)] for fault in FAULTS)


def a_report(p99: float) -> dict:
    return {"techniques": {name: {"delay": {"p99": p99}} for name in ("long-poll", "web-socket")}}


@pytest.mark.parametrize(("minutes", "broken"), [(FEED_FULL, 3), (FEED_FULL - 1, 0)])
def test_memory_and_delays_are_promised_on_a_long_day_alone(minutes: float, broken: int) -> None:
    day = Day(morning=a_report(50.0), evening=a_report(121.0), samples=[{"memory": 300e6}] * 20)
    findings = Findings({})
    judge_memory(day, minutes, findings)
    judge_delays(day, minutes, findings)
    assert len(findings.broken) == broken
    assert sum(figure.missed for figure in findings.figures) == 3


def test_delays_that_stay_are_no_broken_promise() -> None:
    findings = Findings({})
    judge_delays(Day(morning=a_report(50.0), evening=a_report(119.0)), FEED_FULL, findings)
    assert findings.broken == []
    assert not any(figure.missed for figure in findings.figures)


# The doors


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(SEED=1, RATE=20)
    yield server
    status = server.stop()
    server.close()
    assert status == 0
    assert "Traceback" not in "".join(server.log)


@pytest.mark.parametrize("door", DOORS)
def test_whatever_is_sent_is_answered_or_its_connection_closed(server: Server, door: str) -> None:
    visit = knock(server.url, door, 120 if "/class" not in door else 40)  # the sale goes on, too
    assert visit.broken == []
    assert visit.inputs >= 40
    assert "Traceback" not in "".join(server.log)


def test_what_is_sent_to_a_door_is_the_same_each_time_and_seldom_the_same_twice() -> None:
    for door in DOORS:
        first, second = of_door(door, 1), of_door(door, 1)
        drawn = [first() for _ in range(200)]
        assert drawn == [second() for _ in range(200)]
        assert len(set(drawn)) > 20


class Hesitant(BaseHTTPRequestHandler):
    """Answers questions, and takes 1.1 s over one of them for so many times."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    hesitates: int

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if [self.path] == self.asked[1:2] and self.asked.count(self.path) <= self.hesitates:
            time.sleep(1.1)
        body = json.dumps({"epoch": "first1", "last": len(self.asked)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(("times", "broken"), [(1, 0), (2, 0), (3, 1)])
def test_what_takes_over_a_second_each_time_breaks_a_promise(times: int, broken: int) -> None:
    handler = type("Handler", (Hesitant,), {"asked": [], "hesitates": times})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        visit = knock(f"http://127.0.0.1:{server.server_port}", "query", 3)
        server.shutdown()
    assert len(visit.slow) == 1
    assert (visit.stubborn, len(visit.broken)) == (broken, broken)
