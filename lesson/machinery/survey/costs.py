"""What one page costs, by technique, as measured: the calculator multiplies it. Pure functions."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from lesson.machinery.survey.rows import RATE, SIZE, Row


@dataclass(frozen=True)
class Point:
    """What one page does in a second at one rate of events: bytes and counts."""

    events: float
    requests: float
    answers: float
    head: float
    body: float


@dataclass(frozen=True)
class Costs:
    """One technique's coefficients, from the largest crowd that was measured soundly."""

    technique: str
    clients: int  # of that crowd
    cpu: float | None  # µs of the server's for each answer, or for each batch that it pushed
    memory: float | None  # bytes for each page
    points: tuple[Point, ...]  # by rate

    def as_dict(self) -> dict[str, Any]:
        """Return them as JSON can hold them."""
        return asdict(self)


def costs(rows: list[Row]) -> dict[str, Costs]:
    """Return what each technique costs, of those whose every coefficient was measured."""
    return {
        technique: found
        for technique in dict.fromkeys(row["technique"] for row in rows)
        if (found := costs_of(technique, [r for r in rows if r["technique"] == technique]))
    }


def costs_of(technique: str, rows: list[Row]) -> Costs | None:
    """Return what one technique costs; None where one part was not measured."""
    sized = [row for row in rows if row["part"] == SIZE and row["cpu_us_per_answer"]]
    rated = [row for row in rows if row["part"] == RATE and row["rate"]]
    if not sized or not rated:
        return None
    largest = max(sized, key=lambda row: (not row["bottleneck"], row["clients"]))
    return Costs(
        technique,
        largest["clients"],
        largest["cpu_us_per_answer"],
        largest["memory_each"],
        tuple(point(row) for row in sorted(rated, key=lambda row: row["rate"])),
    )


def point(row: Row) -> Point:
    """Return what one page did in a second."""
    each = row["clients"] * row["seconds"]
    return Point(
        events=row["rate"],
        requests=row["requests_per_second_each"],
        answers=round(row["answers"] / each, 5),
        head=row["head_per_second_each"],
        body=row["body_per_second_each"],
    )


def overtaking(rows: list[Row]) -> float | None:
    """Return the rate of events from which long polling asks more often than short polling.

    Between two measured rates it is read off the lines as they are drawn; None where they do not
    cross.
    """
    asked = {technique: by_rate(rows, technique) for technique in ("short-poll", "long-poll")}
    both = sorted(asked["short-poll"].keys() & asked["long-poll"].keys())
    for low, high in pairwise(both):
        before, after = (asked["long-poll"][at] / asked["short-poll"][at] for at in (low, high))
        if 0 < before <= 1 < after:
            share = math.log(1 / before) / math.log(after / before)
            return float(low * (high / low) ** share)
    return None


def by_rate(rows: list[Row], technique: str) -> dict[float, float]:
    """Return how often a page asked in a second, by the rate of events that all of them heard."""
    return {
        row["rate"]: row["requests_per_second_each"]
        for row in rows
        if row["part"] == RATE and row["technique"] == technique and row["requests"]
    }
