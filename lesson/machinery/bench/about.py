"""Where, when and with what it was measured."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

PACKAGES = ("flask", "flask-socketio", "python-socketio", "python-engineio", "eventlet", "aiohttp")
CPU_INFO = Path("/proc/cpuinfo")


def about(command: str) -> dict[str, Any]:
    """Return machine, versions and date, and the command that was typed."""
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": command,
        "machine": {
            "system": f"{platform.system()} {platform.release()}",
            "processor": processor(),
            "cores": psutil.cpu_count(),
            "memory": psutil.virtual_memory().total,
            "load": load(),
        },
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def load() -> float | None:
    """Return how many processes wanted to run in the last minute, on average; None on Windows."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def in_words(facts: dict[str, Any]) -> str:
    """Return the line that stands above the figures."""
    machine, packages = facts["machine"], facts["packages"]
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {facts['python']}, eventlet {packages['eventlet']}; load {machine['load']}"
    )
