"""What a survey's reports look like: which lines are drawn, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lesson.machinery.survey.chart import Axis, Chart, Line, Note
from lesson.machinery.survey.costs import overtaking
from lesson.machinery.survey.rows import RATE, SIZE, Row

NAMES = {"short-poll": "short polling", "long-poll": "long polling", "web-socket": "WebSocket"}

# P. Lubbers and F. Greco, 2010 (lesson/sources.yaml): so many bytes of heads for a poll, both ways,
# and a poll a second from each of so many clients.
PAPER_HEADS = 871
PAPER_CLIENTS = (1_000, 10_000, 100_000)
MEGABIT = 1e6 / 8  # bytes

Value = Callable[[Row], float | None]


def drawings(rows: list[Row]) -> list[Chart]:
    """Return the drawings for which there is anything to draw."""
    made = (delay(rows), processor(rows), sizes(rows), requests(rows), heads(rows))
    return [chart for chart in made if any(len(line.points) > 1 for line in chart.lines)]


def delay(rows: list[Row]) -> Chart:
    """Return how late an event is, by the size of the class."""
    return Chart(
        "delay",
        "How late, as the class grows",
        "Nineteen of twenty events are seen within this time (p95).",
        Axis("pages", plain),
        Axis("ms", plain),
        [*lines(rows, SIZE, "clients", lambda row: row["delay_p95"])],
    )


def processor(rows: list[Row]) -> Chart:
    """Return the server's processor time, by the size of the class."""
    return Chart(
        "processor",
        "The server's processor, as the class grows",
        "How much of one core the server takes, each technique alone.",
        Axis("pages", plain),
        Axis("% of a core", plain),
        [*lines(rows, SIZE, "clients", lambda row: 100 * (row["cpu_share"] or 0))],
    )


def sizes(rows: list[Row]) -> Chart:
    """Return the bytes for each event, by the rate of events."""
    return Chart(
        "bytes",
        "What an event costs on the line, as more happens",
        "Bytes for each event on one page: heads and bodies, both ways.",
        Axis("events a second", plain),
        Axis("B an event", plain),
        [*lines(rows, RATE, "rate", bytes_per_event)],
    )


def requests(rows: list[Row]) -> Chart:
    """Return how often a page asks, by the rate of events."""
    found = overtaking(rows)
    note = None if found is None else Note(found, f"from {plain(found)} events/s on")
    return Chart(
        "requests",
        "How often a page asks, as more happens",
        "Requests a second from one page. "
        + (
            "Here the lines of long and short polling do not cross."
            if found is None
            else f"From about {plain(found)} events a second on, long polling asks more often than "
            "short polling."
        ),
        Axis("events a second", plain),
        Axis("requests a second", plain, least=0.01),
        [*lines(rows, RATE, "rate", lambda row: row["requests_per_second_each"])],
        note,
    )


def heads(rows: list[Row]) -> Chart:
    """Return the heads' share of the line, measured, and computed up to 100,000 pages."""
    measured = list(lines(rows, SIZE, "clients", lambda row: megabits(row, row["clients"])))
    paper = [(float(n), n * PAPER_HEADS / MEGABIT) for n in PAPER_CLIENTS]
    return Chart(
        "heads",
        "Heads alone, up to 100,000 pages",
        "Solid: measured here. Dashed: computed, so many times what the last point has for each "
        f"page. Squares: computed in 2010, for {PAPER_HEADS} B of heads and a poll a second.",
        Axis("pages", plain, reach=(PAPER_CLIENTS[-1],)),
        Axis("Mbit/s of heads", plain, least=0.0001),
        [*map(unnamed, measured), *map(extended, measured), Line("paper", "in 2010", paper)]
        if measured
        else [],
    )


def lines(rows: list[Row], part: str, x: str, value: Value) -> Iterator[Line]:
    """Return one line for each technique that was measured in that part."""
    for technique, name in NAMES.items():
        own = [row for row in rows if row["part"] == part and row["technique"] == technique]
        found = [(row[x], value(row)) for row in own]
        points = sorted((float(at), y) for at, y in found if at and y is not None)
        if points:
            yield Line(technique, name, points)


def unnamed(line: Line) -> Line:
    """Return a line whose name stands elsewhere."""
    return replace(line, name="")


def extended(line: Line) -> Line:
    """Return a line's continuation, in proportion to the pages."""
    pages, value = line.points[-1]
    end = float(PAPER_CLIENTS[-1])
    return Line(line.kind, line.name, [(pages, value), (end, value / pages * end)], computed=True)


def megabits(row: Row, pages: float) -> float | None:
    """Return the heads of so many pages in Mbit/s."""
    each = row["head_per_second_each"]
    return None if each is None else float(each * pages / MEGABIT)


def bytes_per_event(row: Row) -> float | None:
    """Return heads and bodies for each event."""
    if row["head_per_event"] is None:
        return None
    return float(row["head_per_event"] + row["body_per_event"])


def plain(value: float) -> str:
    """Return a number as it is written on an axis: two digits that count, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
