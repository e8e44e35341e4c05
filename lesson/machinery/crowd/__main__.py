"""Runs one crowd: `python -m lesson.machinery.crowd PLAN`, the plan being JSON (plan.py).

Prints one JSON object a line: how far it is, and last {"report": …} or {"problem": …}. On Ctrl-C it
reports what it has.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from typing import Any

import psutil

from lesson.machinery.crowd.crowd import AbsentError, Crowd
from lesson.machinery.crowd.plan import Plan, PlanError
from lesson.machinery.listener import raise_file_limit

FILES = 100  # that a process has open besides its connections


def main(arguments: list[str]) -> int:
    """Run the crowd of the plan that is the one argument; return the exit status."""
    try:
        plan = Plan.from_json(" ".join(arguments))
        check_files(plan.size)
        settle(plan.core)
        report = asyncio.run(run(plan))
    except (PlanError, AbsentError) as error:
        tell({"problem": str(error)})
        return 1
    tell({"report": report})
    return 0


async def run(plan: Plan) -> dict[str, Any]:
    """Run a crowd until it is through, or told to stop; return its report."""
    crowd = Crowd(plan, tell)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(crowd.stop))
    return await crowd.run()


def tell(news: dict[str, Any]) -> None:
    """Print one line of JSON."""
    print(json.dumps(news), flush=True)


def check_files(browsers: int) -> None:
    """Make room for the crowd's connections.

    :raises PlanError: if the system does not allow as many.
    """
    raise_file_limit()
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if browsers + FILES > limit:
        raise PlanError(
            f"the crowd is {browsers}, but this system lets a process have {limit} files open; "
            f"allowed are {limit - FILES} browsers (`ulimit -n`)"
        )


def settle(core: int | None) -> None:
    """Stay on one core where the system can do that, and let no full collection get in between."""
    if core is not None and hasattr(psutil.Process, "cpu_affinity"):
        psutil.Process().cpu_affinity([core])
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1_000)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
