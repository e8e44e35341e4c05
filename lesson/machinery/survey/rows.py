"""One table of all reports: a row for each technique of each crowd. Standard library only.

Times are in ms unless the name says otherwise, sizes in bytes; None is what was not measured.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

Report = dict[str, Any]
Row = dict[str, Any]

SIZE, RATE = "class size", "event rate"


def rows_of(kind: str, report: Report) -> Iterator[Row]:
    """Return the rows of one crowd. What the server spent is told only of a technique alone."""
    alone = len(report["techniques"]) == 1
    server = report["server"] if alone else None
    rows = [row_of(report, name, said, server) for name, said in report["techniques"].items()]
    rates = [row["events_per_second"] for row in rows if row["events_per_second"]]
    for row in rows:
        yield row | {"part": kind, "rate": per(sum(rates), len(rates))}


def row_of(report: Report, technique: str, said: Report, server: Report | None) -> Row:
    """Return one row."""
    clients, seconds = report["clients"][technique], report["seconds"]
    each = clients * seconds  # seconds that pages were watched, in all
    return {
        "part": "",
        "rate": None,  # that all techniques of the crowd heard, on average
        "technique": technique,
        "clients": clients,
        "joined": report["joined"],
        "seconds": seconds,
        "events_per_second": per(said["deliveries"], each),
        "deliveries": said["deliveries"],
        **{f"delay_{name}": said["delay"][name] for name in ("median", "p95", "p99", "max")},
        "lost": said["lost"],
        "doubled": said["doubled"],
        "failures": said["failures"],
        "left": said["left"],
        "requests": said["requests"],
        "requests_per_event": per(said["requests"], said["deliveries"]),
        "requests_per_second_each": per(said["requests"], each),
        "answers": said["answers"],
        "empty": said["empty"],
        "bytes_up": said["bytes"]["up"],
        "bytes_down": said["bytes"]["down"],
        "head_per_event": said["bytes"]["head_per_event"],
        "body_per_event": said["bytes"]["body_per_event"],
        "head_per_second_each": per(said["bytes"]["head"], each),
        "body_per_second_each": per(said["bytes"]["body"], each),
        "connections": said["held"],
        **of_server(server, said, clients),
        "crowd_share": report["crowd"]["share"],
        "crowd_late_p95": report["timer"]["p95"],
        "bottleneck": report["bottleneck"],
    }


def of_server(server: Report | None, said: Report, clients: int) -> Row:
    """Return what the server spent: CPU seconds for 1,000 deliveries, µs an answer, memory."""
    if server is None:
        names = ("cpu_seconds_per_1000", "cpu_us_per_answer", "cpu_share")
        return dict.fromkeys((*names, "memory", "memory_each"))
    return {
        "cpu_seconds_per_1000": per(server["cpu"] * 1000, said["deliveries"]),
        "cpu_us_per_answer": per(server["cpu"] * 1e6, said["answers"]),
        "cpu_share": server["share"],
        "memory": server["rss"],
        "memory_each": round((server["rss"] - server["rss_alone"]) / clients),
    }


def per(count: float, of: float) -> float | None:
    """Return one for each of the other, None where there are none of those."""
    return round(count / of, 5) if of else None


def as_csv(rows: list[Row]) -> str:
    """Return the rows as CSV, their names first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
