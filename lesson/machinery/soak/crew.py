"""A crowd in a process of its own, beside others: it is hired, and reports when it is through."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from typing import Any

from lesson.machinery.bench.crowds import CrowdError
from lesson.machinery.bench.server import ROOT
from lesson.machinery.crowd.plan import Plan

SPARE = 90.0  # seconds beyond its plan for joining, catching up and leaving

Report = dict[str, Any]


class Crew:
    """A crowd that follows its plan from now on."""

    def __init__(self, plan: Plan) -> None:
        self._within = plan.joining + plan.seconds + SPARE
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lesson.machinery.crowd", plan.as_json()],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the soak, which then asks for the report
        )
        self._news: Report = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """Let it end early, and report what it has."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def report(self) -> Report:
        """Wait until it is through; return what it found.

        :raises CrowdError: if it found nothing.
        """
        self._reader.join(self._within)
        self._process.kill()
        self._process.wait()
        if "report" not in self._news:
            raise CrowdError(self._news.get("problem", "the crowd ended without a report"))
        report: Report = self._news["report"]
        return report

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._news = json.loads(line)
