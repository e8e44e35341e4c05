"""Lets crowds of simulated browsers listen: `python -m lesson.machinery.survey [FOLDER]`.

Prints the figures and writes crowd.json, .csv and .html to that folder, or else to build/; after
Ctrl-C too, with what there is by then. Settings are environment variables; asked.py has them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from lesson.machinery.bench.about import about
from lesson.machinery.bench.crowds import CrowdError
from lesson.machinery.bench.results import table, written
from lesson.machinery.bench.server import StartError
from lesson.machinery.crowd.__main__ import check_files
from lesson.machinery.crowd.plan import PlanError
from lesson.machinery.survey import course
from lesson.machinery.survey.asked import Asked
from lesson.machinery.survey.course import Survey
from lesson.machinery.survey.drawings import NAMES
from lesson.machinery.survey.papers import ROOT, machine_in_words, write
from lesson.machinery.survey.rows import Row
from lesson.settings import SettingError

FOLDER = ROOT / "build"
SETTINGS = [*(name.upper() for name in Asked.__dataclass_fields__ if name != "techniques")]
SETTINGS += ["TECHNIQUE", "ENGINE", "FAST"]


def main(arguments: list[str]) -> int:
    """Survey; return the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asked = checked(os.environ)
        survey = Survey(about(command()))
        print(machine_in_words(survey.about) + "\n", flush=True)
        course.run(asked, survey)
    except (SettingError, PlanError, CrowdError, StartError) as error:
        print(f"Are We There Yet? {error}.", file=sys.stderr)
        return 1
    say(survey, Path(arguments[0]) if arguments else FOLDER)
    return 128 + signal.SIGINT if survey.interrupted else 0


def checked(environ: Mapping[str, str]) -> Asked:
    """Return what is asked for, if all of it can be.

    :raises SettingError, PlanError: if something cannot.
    """
    asked = Asked.from_environment(environ)
    check_files(asked.browsers(asked.clients))
    for heat in course.course(asked):
        course.plan(asked, heat, asked.url or "http://127.0.0.1", None)
    return asked


def say(survey: Survey, folder: Path) -> None:
    """Print what was found, and write it."""
    if survey.rows:
        print("\n" + in_a_table(survey.rows))
    for sentence in survey.remarks:
        print(f"Note: {sentence}.")
    if survey.rows:
        paths = ", ".join(map(os.path.relpath, write(asdict(survey), folder)))
        print(f"\nAll of it, with drawings: {paths}")


def command() -> str:
    """Return the command that was typed, with its settings."""
    given = [f"{name}={os.environ[name]}" for name in SETTINGS if os.environ.get(name)]
    return " ".join([*given, "python start.py crowd"])


HEADS = (
    ("", "pages", "events", "median", "p95", "p99", "max", "lost", "doubled", "requests", "empty"),
    ("", "", "a second", "ms", "ms", "ms", "ms", "", "", "an event", "answers"),
)
MORE = (
    ("heads", "bodies", "connections", "CPU", "memory"),
    ("B an event", "B an event", "held", "s/1,000", "MB"),
)


def in_a_table(rows: list[Row]) -> str:
    """Return the figures as text."""
    heads = [(*one, *more) for one, more in zip(HEADS, MORE, strict=True)]
    return table([*heads, *map(cells, rows)], numbers=len(heads[0]))


def cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells."""
    empty = row["empty"] / row["answers"] if row["answers"] else None
    return (
        NAMES[row["technique"]],
        str(row["clients"]),
        *map(figure, (row["rate"], row["delay_median"], row["delay_p95"], row["delay_p99"])),
        figure(row["delay_max"]) + ("†" if row["bottleneck"] else ""),
        *(str(row["lost"]), str(row["doubled"])),
        *(figure(row["requests_per_event"]), "–" if empty is None else f"{empty:.0%}"),
        *map(figure, (row["head_per_event"], row["body_per_event"], row["connections"])),
        figure(row["cpu_seconds_per_1000"]),
        figure(row["memory"] and row["memory"] / 1e6),
    )


def figure(value: float | None) -> str:
    """Return a number, or a dash where it was not measured."""
    return "–" if value is None else written(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
