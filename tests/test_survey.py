"""The survey: what may be asked of it, what it draws, and small ones on a real server."""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lesson.machinery.crowd import __main__ as crowd
from lesson.machinery.crowd.plan import PlanError
from lesson.machinery.survey.__main__ import checked
from lesson.machinery.survey.asked import Asked
from lesson.machinery.survey.chart import Axis, Chart, Line, Note, steps
from lesson.machinery.survey.costs import costs, overtaking
from lesson.machinery.survey.course import course, doubts
from lesson.machinery.survey.drawings import drawings, plain
from lesson.machinery.survey.newest import GIVEN, NewestReport
from lesson.machinery.survey.papers import ROOT, page, view, write
from lesson.machinery.survey.rows import RATE, SIZE, Row, as_csv, rows_of
from lesson.settings import SettingError
from tests.servers import PATIENCE, Server, free_port

PROGRAM = [sys.executable, "-m", "lesson.machinery.survey"]


def survey(folder: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    environ = {name: str(value) for name, value in settings.items()}
    return subprocess.run(
        [*PROGRAM, str(folder)],
        cwd=ROOT,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def report(technique: str, clients: int, asked: int = 100, **more: Any) -> dict[str, Any]:
    """Return a crowd's report: 10 s, an event a second, as many answers as questions."""
    said = {
        "deliveries": 10 * clients,
        "delay": {"median": 2.0, "p95": 5.0, "p99": 7.0, "max": 9.0},
        "lost": 0,
        "doubled": 0,
        "failures": 0,
        "left": 0,
        "requests": asked,
        "answers": asked,
        "empty": 0,
        "bytes": {
            "up": 600,
            "down": 400,
            "head": 800 * asked,
            "body": 200 * asked,
            "head_per_event": 80.0 * asked / clients,
            "body_per_event": 20.0 * asked / clients,
        },
        "held": clients,
    }
    server = {"cpu": 0.5, "share": 0.05, "rss": 60_000_000, "rss_alone": 59_000_000, "waited": 0}
    crowd = {"cpu": 0.1, "share": 0.01, "waited": 0}
    return {
        "clients": {technique: clients},
        "joined": clients,
        "seconds": 10.0,
        "techniques": {technique: said},
        "server": server,
        "crowd": crowd,
        "timer": {"p95": 1.0},
        "bottleneck": None,
    } | more


def rated(rate: float, **asked: float) -> list[Row]:
    """Return rows of a crowd by rate; `asked` are questions a second and page, by technique."""
    names = {name: name.replace("_", "-") for name in asked}
    return [
        row | {"rate": rate, "requests_per_second_each": asked[name], "requests": 1, "answers": 10}
        for name in names
        for row in rows_of(RATE, report(names[name], 10))
    ]


@pytest.fixture
def found() -> dict[str, Any]:
    """A whole report, put together by hand."""
    techniques = ("short-poll", "long-poll", "web-socket")
    rows = [
        row
        for technique in techniques
        for clients in (10, 100)
        for row in rows_of(SIZE, report(technique, clients))
    ]
    for rate in (0.5, 2.0, 8.0):
        rows += rated(rate, short_poll=1.0, long_poll=rate, web_socket=0.02)
    return json.loads(GIVEN.read_text("utf-8")) | {"rows": rows, "remarks": ["it is <made> up"]}


# Small ones on a real server


def test_a_small_crowd_is_surveyed_and_put_on_paper(shared_server: Server, tmp_path: Path):
    done = survey(tmp_path, URL=shared_server.url, CLIENTS=2, TECHNIQUE="all", SECONDS=1)
    assert done.returncode == 0, done.stderr
    whole = json.loads((tmp_path / "crowd.json").read_text())
    assert [row["clients"] for row in whole["rows"]] == [1, 1, 1, 2, 2, 2]
    assert all(row["lost"] == row["doubled"] == row["failures"] == 0 for row in whole["rows"])
    assert whole["about"]["command"].endswith(
        f"CLIENTS=2 SECONDS=1 URL={shared_server.url} TECHNIQUE=all python start.py crowd"
    )
    assert any("goes on at its own rate" in remark for remark in whole["remarks"])
    lines = list(csv.DictReader((tmp_path / "crowd.csv").read_text().splitlines()))
    assert [line["technique"] for line in lines] == [row["technique"] for row in whole["rows"]]
    assert "short polling" in done.stdout and "crowd.html" in done.stdout


def test_ctrl_c_prints_and_writes_what_there_is(shared_server: Server, tmp_path: Path):
    settings = {"URL": shared_server.url, "CLIENTS": "8", "TECHNIQUE": "web-socket"}
    process = subprocess.Popen(
        [*PROGRAM, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | settings | {"SECONDS": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        while "2 × WebSocket" not in process.stdout.readline():  # the first crowd is through
            pass
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        assert process.wait(PATIENCE) == 128 + signal.SIGINT
    finally:
        process.kill()
        process.stdout.close()
    assert "interrupted" in said
    assert json.loads((tmp_path / "crowd.json").read_text())["interrupted"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"CLIENTS": "0"}, "'0'"),
        ({"CLIENTS": "5001"}, "'5001'"),
        ({"CLIENTS": "1667", "TECHNIQUE": "all"}, "1666"),
        ({"TECHNIQUE": "telepathy"}, "'telepathy'"),
        ({"SECONDS": "0"}, "'0'"),
        ({"STAY": "0.5"}, "0.5"),
        ({"URL": "ftp://127.0.0.1"}, "'ftp://127.0.0.1'"),
        ({"URL": "http://192.0.2.1:8000"}, "this machine"),
    ],
)
def test_what_cannot_be_surveyed_says_what_is_allowed(settings: dict[str, str], named: str):
    with pytest.raises((SettingError, PlanError), match="allowed") as raised:
        checked(settings)
    assert named in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_a_crowd_beyond_the_files_of_this_system_says_how_large_it_may_be(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    monkeypatch.setattr(crowd, "raise_file_limit", lambda: None)
    checked({"CLIENTS": "156"})
    with pytest.raises(PlanError, match="allowed are 156 browsers"):
        checked({"CLIENTS": "157"})


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path):
    url = f"http://127.0.0.1:{free_port()}"
    done = survey(tmp_path, URL=url)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert url in done.stderr
    assert not list(tmp_path.iterdir())


def test_who_answers_and_is_not_the_lesson_is_told_apart(tmp_path: Path):
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    other = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(100):
            done = survey(tmp_path, URL=f"http://127.0.0.1:{port}", CLIENTS=1, SECONDS=1)
            if "nobody answers" not in done.stderr:
                break
    finally:
        other.kill()
        other.communicate()
    assert done.returncode == 1
    assert "is no server of ours" in done.stderr


# What is asked for


def test_a_class_grows_and_then_the_rate_does():
    heats = course(Asked(clients=80, seconds=5))
    assert [heat.clients for heat in heats[:4]] == [
        {"short-poll": 10},
        {"long-poll": 10},
        {"web-socket": 10},
        {"short-poll": 20},
    ]
    assert heats[-1].rate == 20 and heats[-1].seconds == 5
    assert all(heat.seconds * heat.rate >= 10 for heat in heats if heat.part == RATE)
    assert {heat.part for heat in course(Asked(url="http://127.0.0.1:8000"))} == {SIZE}


def test_an_address_is_kept_without_what_follows_its_port():
    given = {"URL": "http://localhost:8000/dashboard?x=1"}
    assert Asked.from_environment(given).url == "http://localhost:8000"
    with pytest.raises(SettingError, match="REMOTE"):
        Asked.from_environment({"REMOTE": "2"})


# What it says


def test_doubts_are_few_sentences_however_many_crowds_there_are():
    busy = {"cpu": 1.0, "share": 0.9, "waited": 9.0}
    reports = [report("long-poll", 5, server=busy, bottleneck="it was late") for _ in range(9)]
    said = list(doubts([*reports, report("long-poll", 5)]))
    assert len(said) == 2
    assert "9 of 10" in said[0] and "it was late" in said[0]
    assert "the server worked for 9.0 s and waited 81.0 s" in said[1]


def test_what_the_server_spent_is_told_of_a_technique_alone():
    (row,) = rows_of(SIZE, report("long-poll", 5))
    assert row["cpu_seconds_per_1000"] == 10.0
    assert row["cpu_us_per_answer"] == 5_000.0
    assert row["memory_each"] == 200_000
    together = report("long-poll", 5)
    together["clients"]["web-socket"] = 5
    together["techniques"]["web-socket"] = together["techniques"]["long-poll"]
    assert [row["cpu_share"] for row in rows_of(RATE, together)] == [None, None]


def test_long_polling_overtakes_where_the_lines_cross():
    rows = [*rated(0.5, short_poll=1, long_poll=0.5), *rated(2, short_poll=1, long_poll=2)]
    assert overtaking(rows) == pytest.approx(1)
    assert overtaking(rows[:2]) is None
    assert overtaking(rated(4, short_poll=1, long_poll=0.5)) is None


def test_one_page_costs_what_the_largest_sound_crowd_says(found: dict[str, Any]):
    rows = found["rows"]
    assert costs(rows)["long-poll"].clients == 100
    for row in rows:
        row["bottleneck"] = "it was late" if row["clients"] == 100 else None
    cost = costs(rows)["long-poll"]
    assert (cost.clients, cost.cpu) == (10, 5_000)
    assert [point.events for point in cost.points] == [0.5, 2.0, 8.0]
    assert costs([row for row in rows if row["part"] == SIZE]) == {}


# What it draws


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(1, 10, (1, 2, 5, 10)), (3, 3, (2, 5, 10)), (0.02, 0.3, (0.02, 0.05, 0.1, 0.2, 0.5))],
)
def test_an_axis_has_whole_steps_around_its_values(low, high, expected):
    assert steps(low, high) == pytest.approx(expected)


def test_a_chart_is_sound_svg_with_names_apart():
    same = [("short-poll", "a<b"), ("long-poll", "b"), ("web-socket", "c")]
    lines = [Line(kind, name, [(1, 5), (100, 5)]) for kind, name in same]
    chart = Chart(
        "x", "Title & more", "says", Axis("a", plain), Axis("b", plain), lines, Note(3, "n")
    )
    root = ElementTree.fromstring(chart.svg())
    texts = [element for element in root.iter("text") if element.get("class") == "name"]
    assert [text.text for text in texts] == ["b", "c", "a<b"] or len(texts) == 3
    heights = sorted(float(text.get("y")) for text in texts)
    assert heights[1] - heights[0] >= 14 and heights[2] - heights[1] >= 14
    assert root.find("title").text == "Title & more"


def test_nothing_to_draw_is_not_drawn(found: dict[str, Any]):
    assert [chart.key for chart in drawings(found["rows"])] == [
        "delay",
        "processor",
        "bytes",
        "requests",
        "heads",
    ]
    sized = [row for row in found["rows"] if row["part"] == SIZE]
    assert [chart.key for chart in drawings(sized)] == ["delay", "processor", "heads"]
    assert drawings([]) == []


def test_the_page_needs_nothing_else_and_says_what_it_is(found: dict[str, Any]):
    text = page(found)
    assert not re.search(r"""(?:src|href)=|url\(|@import|<script""", text)
    assert text.count('<svg class="chart"') == 5
    assert found["about"]["command"] in text
    assert "It is &lt;made&gt; up." in text
    assert "From about 1 events a second on" in text


def test_the_newest_whole_report_is_shown(found: dict[str, Any], tmp_path: Path):
    own = tmp_path / "crowd.json"
    newest = NewestReport(own=own)
    assert newest.view()["own"] is False
    write(found, tmp_path)
    assert newest.view()["own"] is True
    assert newest.view()["rows"] == found["rows"]
    own.write_text(json.dumps(found | {"interrupted": True}))
    os.utime(own, (1, 1))
    assert newest.view()["own"] is False
    own.write_text("{")
    os.utime(own, (2, 2))
    assert newest.view()["own"] is False


def test_the_report_in_the_docs_is_the_one_that_the_lesson_comes_with():
    given = json.loads(GIVEN.read_text("utf-8"))
    assert view(given)["costs"].keys() == {"short-poll", "long-poll", "web-socket"}
    assert (ROOT / "docs" / "crowd.csv").read_text("utf-8") == as_csv(given["rows"])
    assert given["about"]["command"] in (ROOT / "docs" / "crowd.html").read_text("utf-8")
