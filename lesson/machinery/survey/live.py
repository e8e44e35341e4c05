"""A short survey of a lesson that runs, for its console: `python -m lesson.machinery.survey.live`.

Its arguments are what is asked for (asked.py), as JSON, and the server's process. Each technique's
crowd listens alone, one after the other. Prints one JSON object a line: how far it is, {"rows": …}
after each crowd, and last {"notes": …} or {"problem": …}. A line on standard input ends it early,
with what there is by then; the end of it, at once.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any

from lesson.machinery.bench.crowds import NAMES, troubles
from lesson.machinery.crowd.__main__ import check_files, settle, tell
from lesson.machinery.crowd.crowd import AbsentError, Crowd
from lesson.machinery.crowd.parent import end_with_parent
from lesson.machinery.crowd.plan import PlanError
from lesson.machinery.survey.asked import Asked
from lesson.machinery.survey.course import Heat, doubts, plan
from lesson.machinery.survey.rows import SIZE, Report, Row, per, rows_of

SHOWN = (
    *("technique", "events_per_second", "delay_median", "delay_p95", "requests_per_event"),
    *("head_per_event", "body_per_event", "lost", "doubled", "cpu_share", "bottleneck"),
)


class Live:
    """The crowds, one after the other."""

    def __init__(self, asked: Asked, server: int) -> None:
        self._asked, self._server = asked, server
        self._crowd: Crowd | None = None
        self._stopped = False
        self._reports: list[Report] = []

    async def run(self) -> None:
        """Let them listen, and tell what each found.

        :raises PlanError: if a crowd cannot be.
        :raises AbsentError: if there is no server of ours.
        """
        loop = asyncio.get_running_loop()
        end_with_parent(lambda: loop.call_soon_threadsafe(self.stop))
        for group in self._asked.groups:
            if not self._stopped:
                await self._listen(group)
        tell({"notes": list(notes(self._reports))})

    def stop(self) -> None:
        """Let the crowd that listens be the last."""
        self._stopped = True
        if self._crowd:
            self._crowd.stop()

    async def _listen(self, group: tuple[str, ...]) -> None:
        clients = dict.fromkeys(group, self._asked.clients)
        heat = Heat(SIZE, clients, self._asked.rate, self._asked.seconds)
        planned = plan(self._asked, heat, self._asked.url or "", self._server)
        who = {"technique": " + ".join(group)}
        self._crowd = Crowd(planned, lambda news: tell(who | news))
        report = await self._crowd.run()
        if report["deliveries"] or not report["stopped"]:
            self._reports.append(report)
            tell({"rows": [shown(row) for row in rows_of(SIZE, report)]})


def shown(row: Row) -> Row:
    """Return what of a row stands in the console's table; `empty` is a share of its answers."""
    return {name: row[name] for name in SHOWN} | {"empty": per(row["empty"], row["answers"])}


def notes(reports: list[Report]) -> Iterator[str]:
    """Say what a reader of the figures must know."""
    yield from doubts(reports)
    for report in reports:
        yield from troubles(report, [])
        for technique, found in report["techniques"].items():
            if not found["deliveries"]:
                yield f"{NAMES[technique]}: nothing was sold meanwhile; measure for longer"


def main(text: str, server: str) -> int:
    """Survey; return the exit status."""
    given: dict[str, Any] = json.loads(text)
    asked = Asked(**given)
    try:
        check_files(asked.clients)
        settle(None)
        asyncio.run(Live(asked, int(server)).run())
    except (PlanError, AbsentError) as error:
        tell({"problem": str(error)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
