"""The crowd: what it counts, and a small one of each technique on a real server."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from demos.feed import Cursor
from lesson.machinery.crowd.batches import Batch, advance, continues, fresh
from lesson.machinery.crowd.judge import Judge
from lesson.machinery.crowd.plan import TECHNIQUES, Plan, PlanError
from lesson.machinery.crowd.tally import Tally, percentiles
from tests.conftest import MakeServer
from tests.servers import PATIENCE, ROOT, free_port

PROGRAM = [sys.executable, "-m", "lesson.machinery.crowd"]


def batch(*ids: int, last: int = 0, epoch: str = "first1") -> Batch:
    events = [{"id": id, "at": 1000.0 * id} for id in ids]
    return {"epoch": epoch, "first": 1, "last": max(last, *ids, 0), "events": events}


def crowd(plan: Plan) -> tuple[int, list[dict[str, Any]]]:
    """Run a crowd; return its exit status and all that it said."""
    done = subprocess.run(
        [*PROGRAM, plan.as_json()], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=60
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


# A crowd on a real server


def test_nothing_is_lost_or_doubled_and_who_asks_seldom_hears_late(make_server: MakeServer):
    server = make_server(SEED=1, RATE=20)
    plan = Plan(
        server.url,
        clients=dict.fromkeys(TECHNIQUES, 5),
        seconds=4,
        joining=0.5,
        interval=1,
        server=server.process.pid,
    )
    status, said = crowd(plan)
    assert status == 0
    report = said[-1]["report"]
    assert report["joined"] == 15
    medians = {}
    for technique in TECHNIQUES:
        found = report["techniques"][technique]
        assert (found["lost"], found["doubled"], found["failures"]) == (0, 0, 0), found
        delay = found["delay"]
        assert 0 < delay["median"] <= delay["p95"] <= delay["p99"] <= delay["max"]
        medians[technique] = delay["median"]
        assert found["deliveries"] >= 5 * 20  # of about 5 × 80
    assert medians["short-poll"] > 4 * max(medians["long-poll"], medians["web-socket"])
    requests = {name: found["requests_per_event"] for name, found in report["techniques"].items()}
    assert requests["web-socket"] == 0 < requests["short-poll"] < requests["long-poll"]
    assert report["server"]["cpu"] > 0
    assert report["server_us_per_delivery"] > 0


def test_a_crowd_that_is_told_to_stop_reports_what_it_has(make_server: MakeServer):
    server = make_server(SEED=1, RATE=20)
    plan = Plan(server.url, {"web-socket": 2}, seconds=600, joining=0.1)
    command = [*PROGRAM, plan.as_json()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            while json.loads(process.stdout.readline()).get("measured", 0) < 1:
                pass
            process.send_signal(signal.SIGINT)
            *_, last = process.stdout.read().splitlines()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    report = json.loads(last)["report"]
    assert report["stopped"]
    assert report["techniques"]["web-socket"]["deliveries"] > 0


def test_a_crowd_without_a_server_says_so_in_one_line():
    url = f"http://127.0.0.1:{free_port()}"
    status, said = crowd(Plan(url, {"long-poll": 1}))
    assert status == 1
    assert list(said[-1]) == ["problem"]
    assert url in said[-1]["problem"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"clients": {"web-socket": 5_001}}, "5001"),
        ({"clients": {"web-socket": 0}}, "0"),
        ({"clients": {"telepathy": 1}}, "'telepathy'"),
        ({"clients": {"web-socket": 1}, "url": "http://192.0.2.1:8000"}, "192.0.2.1"),
    ],
)
def test_a_plan_that_cannot_be_says_what_is_allowed(given: dict[str, Any], named: str):
    with pytest.raises(PlanError, match="allowed") as raised:
        Plan(**({"url": "http://127.0.0.1:8000"} | given))
    assert named in str(raised.value)


# What it counts


def test_the_judge_counts_what_is_left_out_and_what_comes_twice():
    tally = Tally()
    judge = Judge(tally)
    for given in (batch(last=4), batch(5), batch(8), batch(8), batch(9, 10)):
        judge.report(given, at=0)
    assert (tally.lost, tally.doubled, judge.last) == (2, 1, 10)
    assert judge.owed("first1", 12) == 2


def test_another_epoch_starts_over_and_counts_nothing():
    tally = Tally()
    judge = Judge(tally)
    for given in (batch(7, 8), batch(1, 2, epoch="other1")):
        judge.report(given, at=0)
    assert (tally.lost, tally.doubled, judge.last) == (0, 0, 2)
    assert judge.owed("first1", 99) == 0


def test_what_another_epoch_had_before_its_first_batch_is_lost_but_not_to_a_newcomer():
    for earlier, lost in (([batch(7, 8)], 2), ([], 0)):
        tally = Tally()
        judge = Judge(tally)
        for given in (*earlier, batch(3, 4, epoch="other1")):
            judge.report(given, at=0)
        assert (tally.lost, tally.doubled, judge.last) == (lost, 0, 4)


def test_a_cursor_takes_only_what_continues_it():
    cursor = advance(Cursor(), batch(3, 4))
    assert cursor == Cursor("first1", 4)
    assert continues(cursor, batch(4, 5))
    assert fresh(cursor, batch(4, 5)) == batch(5)
    assert not continues(cursor, batch(6))
    assert not continues(cursor, batch(last=5))
    assert continues(cursor, batch(last=4))
    assert not continues(cursor, batch(5, epoch="other1"))
    assert advance(cursor, batch(2, 3)) == cursor


def test_percentiles_are_values_that_were_seen():
    hundred = [float(n) for n in range(100, 0, -1)]
    assert percentiles(hundred) == {"median": 50, "p95": 95, "p99": 99, "max": 100}
    assert percentiles([7.0]) == dict.fromkeys(("median", "p95", "p99", "max"), 7)
    assert set(percentiles([]).values()) == {None}
