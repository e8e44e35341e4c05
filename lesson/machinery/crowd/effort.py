"""What it costs: the CPU time of this process and of the server, and how late a timer is here.

Linux also tells for how long a process has waited for a core that others had: where that is much,
the machine was too busy to measure on.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from pathlib import Path

import psutil

from lesson.machinery.crowd.tally import percentiles

TICK = 0.02  # seconds


class Effort:
    """What one process has spent since this was made."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._began, self._cpu, self._waited = time.monotonic(), self._cpu_now(), waited(pid)

    def spent(self) -> dict[str, float | None]:
        """Return the CPU seconds, their share of one core, the seconds waited, and bytes of memory.

        What was waited is None where the system does not tell.
        """
        wall, cpu = time.monotonic() - self._began, self._cpu_now() - self._cpu
        now = waited(self._process.pid)
        return {
            "cpu": round(cpu, 3),
            "share": round(cpu / wall, 4),
            "waited": None if now is None or self._waited is None else round(now - self._waited, 3),
            "rss": memory(self._process.pid),
        }

    def _cpu_now(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)


def memory(pid: int) -> int:
    """Return a process's bytes of memory."""
    return int(psutil.Process(pid).memory_info().rss)


def waited(pid: int) -> float | None:
    """Return for how many seconds a process's first thread was ready to run, and did not."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, LookupError):
        return None


class Timer:
    """Measures how late this process is for what is due: by so much, delays are its own."""

    def __init__(self) -> None:
        self._late = array("d")
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            self._late.append((time.perf_counter() - due) * 1000)

    def stop(self) -> dict[str, float]:
        """End; return the lateness as percentiles, in ms."""
        self._task.cancel()
        return {name: late or 0.0 for name, late in percentiles(self._late).items()}
