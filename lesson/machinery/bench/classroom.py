"""A whole class: 200 students join within 10 s, each with three columns, and follow the instructor.

The columns are one crowd, those who follow are another: processes of their own, on the core that is
not the server's. That one core plays 200 laptops is the bench's limit, and said where it tells.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lesson.book import Book
from lesson.machinery.bench import crowds
from lesson.machinery.bench.crowds import MB, CrowdError, core_of
from lesson.machinery.bench.page import weigh
from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results
from lesson.machinery.bench.server import ROOT, Server
from lesson.machinery.crowd.classmates import Plan
from lesson.machinery.crowd.crowd import BUSY
from lesson.machinery.crowd.plan import TECHNIQUES

STUDENTS = 200
JOINING = 10.0  # seconds over which they come
STEPS = 20
SPARE = 90.0  # seconds beyond the joining
CHAPTER = "short-polling"
SETTLED = 5.0  # seconds between the last one's coming and the first step

STEP_BELOW, WAIT_BELOW = 250.0, 5_000.0  # ms
SHARE_BELOW, MEMORY_BELOW = 70.0, 200.0  # % of one core, and MB

Report = dict[str, Any]


def measure(results: Results, progress: Progress) -> None:
    """Hold a class."""
    progress.begin(f"A class of {STUDENTS}")
    with tempfile.TemporaryDirectory() as folder:
        server = open_class(Path(folder))
        try:
            progress.at("they join")
            report, columns = hold(server, progress)
        finally:
            server.stop()
    results.details["class"] = {"following": report, "columns": columns}
    results.add(*figures(report, columns))
    remark(results, report, columns)


def open_class(folder: Path) -> Server:
    """Start a class, which keeps what it keeps in this folder."""
    command = [sys.executable, "-m", "lesson", "class"]
    return Server(command, core_of(0), INSTANCE=folder, RATE=crowds.RATE, SEED=1)


def hold(server: Server, progress: Progress) -> tuple[Report, Report]:
    """Let the columns and those who follow come at the same time; return both reports."""
    cookie, columns = cookie_of(server), dict.fromkeys(TECHNIQUES, STUDENTS)
    plan = replace(crowds.plan(server, columns), seconds=STEPS + SETTLED, joining=JOINING)
    following: list[Report] = []
    classmates = threading.Thread(target=lambda: following.append(follow(server, cookie)))
    classmates.start()
    try:
        report = crowds.hire(plan, progress)
    finally:
        classmates.join()
    if "report" not in following[0]:
        raise CrowdError(following[0].get("problem", "those who follow have not reported"))
    return following[0]["report"], report


def follow(server: Server, cookie: str) -> Report:
    """Let the students follow, in a process of their own; return what it prints."""
    steps = [[CHAPTER, step.id] for step in Book.build().chapters[CHAPTER].steps]
    page = f"/lesson/{CHAPTER}"
    files = [path for path in weigh(server.url + page) if path != page]
    plan = Plan(
        server.url,
        cookie,
        [page, *files],
        steps,
        STUDENTS,
        JOINING,
        STEPS,
        SETTLED,
        core_of(1),
    )
    command = [sys.executable, "-m", "lesson.machinery.crowd.classmates", json.dumps(asdict(plan))]
    try:
        ran = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=JOINING + SPARE
        )
        said: Report = json.loads(ran.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        return {"problem": f"{type(error).__name__}: {error}"[:200]}
    return said


def cookie_of(server: Server) -> str:
    """Open the instructor's link; return the cookie.

    :raises CrowdError: if the server has printed none.
    """
    found = re.search(r"http://127\S+\?secret=\S+", " ".join(server.said))
    if found is None:
        raise CrowdError("the class has printed no link for its instructor")
    opener = urllib.request.build_opener(Stay())
    with opener.open(found[0], timeout=10) as answer:
        given: str = answer.headers["Set-Cookie"]
    return given.partition(";")[0]


class Stay(urllib.request.HTTPRedirectHandler):
    """Takes a redirection for the answer."""

    def http_error_303(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        """Return the answer itself."""
        return fp


def figures(report: Report, columns: Report) -> list[Figure]:
    """Return what was promised."""
    return [
        Figure("a class: step change, p95", report["step"]["p95"], "ms", STEP_BELOW),
        Figure(
            f"a class: page, {report['files']} files and state, the slowest",
            report["state"]["max"],
            "ms",
            WAIT_BELOW,
        ),
        Figure("a class: server", columns["server"]["share"] * 100, "%", SHARE_BELOW),
        Figure("a class: memory", columns["server"]["rss"] / MB, "MB", MEMORY_BELOW),
    ]


def remark(results: Results, report: Report, columns: Report) -> None:
    """Say what makes the figures doubtful, or is wrong."""
    if report["joined"] < report["of"]:
        why = "; ".join(report["failures"])
        results.remark(f"a class: only {report['joined']} of {report['of']} joined ({why})")
    if report["lost"]:
        results.remark(
            f"a class: {report['lost']} connections to the class were lost, and made anew"
        )
    if report["unheard"]:
        results.remark(f"a class: {report['unheard']} times a step was not heard of within 5 s")
    for sentence in crowds.doubts(columns):
        results.remark(f"a class: {sentence}")
    share = report["crowd"]["share"] + columns["crowd"]["share"]
    if share > BUSY:
        results.remark(f"a class: its students took {share:.0%} of a core, and waited for it")
    if crowds.was_held_up(report["crowd"]):
        waited = report["crowd"]["waited"]
        results.remark(f"a class: those who follow have waited {waited:.2f} s for a core")
