"""The bench: what it reads out of a page and of a browser's trace, and what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from lesson.machinery.bench.dashboard import growth, script_by_frame
from lesson.machinery.bench.page import IN_PAGE, IN_SCRIPT, IN_STYLE, weigh
from lesson.machinery.bench.results import Figure, Results, table, written
from tests.servers import ROOT, Server

PROGRAM = [sys.executable, "-m", "lesson.machinery.bench"]


def event(name: str, start: float, lasts: float = 0, tid: int = 1) -> dict[str, Any]:
    times = {"ts": start * 1000, "dur": lasts * 1000, "tdur": lasts * 1000}
    return {"ph": "X", "name": name, "tid": tid} | times


def test_script_is_counted_once_and_by_frame():
    trace = [
        event("FireAnimationFrame", 0, 1),
        event("PrePaint", 2),
        event("XHRLoad", 10, 3),
        event("FunctionCall", 11, 1),  # within it
        event("FunctionCall", 12, 5, tid=2),  # a worker's
        event("FireAnimationFrame", 14, 2),
        event("Layout", 17, 9),
        event("PrePaint", 20),
        event("PrePaint", 30),
    ]
    assert script_by_frame(trace) == [5.0, 0.0]


def test_memory_is_held_against_that_of_the_first_minute():
    series = {"1": {"heap": 4e6, "nodes": 100}, "2": {"heap": 9e6, "nodes": 9}}
    series["2.5"] = {"heap": 5e6, "nodes": 100}
    assert [figure.value for figure in growth(series)] == [4, 1.25, 1]


def test_a_page_is_weighed_with_all_that_it_loads(shared_server: Server):
    weights = weigh(f"{shared_server.url}/dashboard")
    names = {path.split("/", 3)[-1] if "/static/" in path else path for path in weights}
    assert {"/dashboard", "css/base.css", "js/dashboard.js", "vendor/jquery/jquery.js"} <= names
    assert "js/transports/long-poll.js" in names  # which only another script names
    size = (ROOT / "static" / "js" / "transports" / "long-poll.js").stat().st_size
    assert 0 < next(w for path, w in weights.items() if "/long-poll.js" in path) < size


def test_what_loads_something_is_recognised():
    assert IN_PAGE.findall('<link rel="x" href="/a.css"><a href="/b">b</a>') == ["/a.css"]
    script = 'import $ from "../a.js";\nimport {\n  b,\n} from "./b.js";\nawait import("./c.js");'
    assert IN_SCRIPT.findall(script) == ["../a.js", "./b.js"]  # c.js: when it is wanted
    assert IN_STYLE.findall("a{src:url('d.woff')} b{x:url(data:e)}") == ["d.woff"]


@pytest.mark.parametrize(
    ("figure", "row"),
    [
        (Figure("a", 8.254, "ms", 15), ("a", "8.25 ms", "< 15 ms")),
        (Figure("a", 15.0, "ms", 15), ("a", "15 ms", "< 15 ms  MISSED")),
        (Figure("a", 12.34, "MB"), ("a", "12.3 MB", "")),
        (Figure("a", None, "ms", 15), ("a", "not measured", "< 15 ms")),
    ],
)
def test_a_figure_stands_beside_what_was_wanted(figure: Figure, row: tuple[str, str, str]):
    assert figure.row() == row


def test_numbers_are_written_with_the_digits_that_count():
    given = [0, 0.0042, 0.5, 8.0, 8.256, 45.04, 99.96, 1234.5]
    assert [*map(written, given)] == ["0", "0.0042", "0.5", "8", "8.26", "45", "100", "1,234"]


def test_a_table_is_straight():
    assert table([("", "b", "c"), ("aa", "1", "x")]).splitlines() == ["    b  c", "aa  1  x"]


def test_a_remark_is_kept_once():
    results = Results(about={})
    results.remark("noisy")
    results.remark("noisy")
    assert results.remarks == ["noisy"]


@pytest.mark.parametrize(
    ("arguments", "settings", "named"),
    [
        (["speed"], {}, "'speed'"),
        ([], {"MINUTES": "1"}, "'1'"),
        ([], {"MINUTES": "nan"}, "'nan'"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    arguments: list[str], settings: dict[str, str], named: str
):
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        stderr=subprocess.PIPE,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr
