"""The soak, once, as short as it can be; and each door, with few of its inputs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lesson.machinery.soak.doors import knock
from lesson.machinery.soak.inputs import DOORS, of_door
from tests.servers import PATIENCE, ROOT, Server

PROGRAM = [sys.executable, "-m", "lesson.machinery.soak"]
FILE = ROOT / "build" / "soak.json"


def soak(*parts: str, **settings: str) -> tuple[int, str]:
    """Run a soak; return its exit status and all that it said."""
    done = subprocess.run(
        [*PROGRAM, *parts],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    return done.returncode, done.stdout


@pytest.mark.timeout(500)  # 60 s, but that there are 600 browsers and this machine may be small
def test_a_short_soak_keeps_all_promises() -> None:
    status, said = soak("day", "kills", "slow", MINUTES="1")
    assert "All promises were kept." in said, said
    assert status == 0
    found = json.loads(FILE.read_text())
    assert found["broken"] == []
    names = " ".join(figure["name"] for figure in found["figures"])
    for word in ("lost", "doubled", "memory", "files", "threads", "sessions", "kills", "slow"):
        assert word in names
    assert found["details"]["day"]["noon"]["deliveries"] > 10_000
    assert len(found["details"]["kills"]) == 2


def test_a_soak_that_is_interrupted_prints_what_it_has() -> None:
    command = subprocess.Popen(
        [*PROGRAM, "kills"], cwd=ROOT, env=os.environ | {"MINUTES": "60"}, stdout=subprocess.PIPE
    )
    with command as process:
        assert process.stdout
        while b"kills ..." not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().decode()
        assert process.wait(PATIENCE) == 128 + signal.SIGINT
    assert "Note: it was interrupted" in said
    assert json.loads(FILE.read_text())["interrupted"]


@pytest.mark.parametrize(
    ("parts", "settings", "named"),
    [
        ([], {"MINUTES": "0.5"}, "'0.5'"),
        ([], {"MINUTES": "soon"}, "'soon'"),
        (["night"], {}, "'night'"),
    ],
)
def test_a_soak_that_cannot_be_is_one_line(parts: list[str], settings: dict, named: str) -> None:
    status, said = soak(*parts, **settings)
    assert status == 1
    (line,) = said.splitlines()
    assert line.startswith("Are We There Yet? ")
    assert named in line


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
    visit = knock(server.url, door, 120 if "/class" not in door else 40)
    assert visit.broken == []
    assert visit.inputs >= 40
    assert "Traceback" not in "".join(server.log)


def test_what_is_sent_to_a_door_is_the_same_each_time_and_seldom_the_same_twice() -> None:
    for door in DOORS:
        first, second = of_door(door, 1), of_door(door, 1)
        drawn = [first() for _ in range(200)]
        assert drawn == [second() for _ in range(200)]
        assert len(set(drawn)) > 20
