"""Lines on two logarithmic axes, as SVG that takes its colours from the page's style.

Each line has its technique's colour and mark and carries its name at its end. Pure functions of
plain data; widths and places are in the drawing's own units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 106, 30, 46
APART = 15  # between the names of two lines at least
MARK = 4.5  # a mark's radius


@dataclass(frozen=True)
class Axis:
    """What is measured along one side, and how its values are written."""

    title: str
    write: Callable[[float], str]
    least: float = 0.0  # what is smaller is drawn at the edge
    reach: tuple[float, ...] = ()  # values that must be on it


@dataclass(frozen=True)
class Line:
    """Points from left to right. A computed line is dashed and has no marks."""

    kind: str  # the technique, or "paper"
    name: str
    points: Sequence[tuple[float, float]]
    computed: bool = False


@dataclass(frozen=True)
class Note:
    """A place on the horizontal axis, and what is there."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A drawing: what it shows in words, its axes, its lines."""

    key: str
    title: str
    says: str
    x: Axis
    y: Axis
    lines: Sequence[Line]
    note: Note | None = field(default=None)

    def svg(self) -> Markup:
        """Return the drawing."""
        xs = Scale.over((x for line in self.lines for x, _ in line.points), self.x, across)
        ys = Scale.over((y for line in self.lines for _, y in line.points), self.y, upwards)
        parts = [*grid(xs, ys, self.x, self.y)]
        if self.note is not None:
            parts += noted(self.note, xs)
        parts += [drawn(line, xs, ys) for line in self.lines]
        parts += names([line for line in self.lines if line.name], xs, ys)
        return Markup(
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-labelledby="{self.key}-title"><title id="{self.key}-title">'
            f"{escape(self.title)}</title>{''.join(parts)}</svg>"
        )


@dataclass(frozen=True)
class Scale:
    """From values to places, by their logarithm."""

    low: float
    high: float
    ticks: tuple[float, ...]
    place: Callable[[float], float]  # from a share of the axis

    @classmethod
    def over(cls, values: Iterable[float], axis: Axis, place: Callable[[float], float]) -> Scale:
        """Return the scale that has all of these values on it, and whole steps at its ends."""
        seen = [max(value, axis.least) for value in (*values, *axis.reach)]
        seen = [value for value in seen if value > 0] or [1.0]
        ticks = steps(min(seen), max(seen))
        return cls(ticks[0], ticks[-1], thinned(ticks), place)

    def __call__(self, value: float) -> float:
        """Return where a value is; what is below the edge, at the edge."""
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return round(self.place(share), 1)


def across(share: float) -> float:
    """Return a place from the left."""
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def upwards(share: float) -> float:
    """Return a place from below."""
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def steps(low: float, high: float) -> tuple[float, ...]:
    """Return 1, 2, 5, 10 …, from the last that is not above `low` to the first not below `high`."""
    all_of = [
        float(f"{digit}e{power}")
        for power in range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
        for digit in (1, 2, 5)
    ]
    first = max(i for i, step in enumerate(all_of) if step <= low * 1.000001)
    last = min(i for i, step in enumerate(all_of) if step >= high * 0.999999)
    return tuple(all_of[first : max(last, first + 2) + 1])


def thinned(ticks: tuple[float, ...]) -> tuple[float, ...]:
    """Return the steps that are written: all where they are few, else only the powers of ten."""
    if len(ticks) <= 7:
        return ticks
    tens = tuple(tick for tick in ticks if f"{tick:e}".startswith("1."))
    return tens if len(tens) <= 7 else tens[::2]


def grid(xs: Scale, ys: Scale, x: Axis, y: Axis) -> Iterable[str]:
    """Draw the axes."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for tick in ys.ticks:
        at = ys(tick)
        yield f'<line class="rule" x1="{LEFT}" x2="{right}" y1="{at}" y2="{at}"/>'
        yield text(LEFT - 6, at + 4, y.write(tick), "tick end")
    for tick in xs.ticks:
        at = xs(tick)
        yield f'<line class="rule" x1="{at}" x2="{at}" y1="{bottom}" y2="{bottom + 4}"/>'
        yield text(at, bottom + 18, x.write(tick), "tick middle")
    yield text((LEFT + right) / 2, HEIGHT - 6, x.title, "axis middle")
    yield text(4, 11, y.title, "axis")


def noted(note: Note, xs: Scale) -> Iterable[str]:
    """Draw a line down at a place, and what is there."""
    at = xs(note.at)
    yield f'<line class="noted" x1="{at}" x2="{at}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
    yield text(at + 5, HEIGHT - BOTTOM - 56, note.text, "note")


def drawn(line: Line, xs: Scale, ys: Scale) -> str:
    """Draw a line and its marks."""
    places = [(xs(x), ys(y)) for x, y in line.points]
    path = " ".join(f"{x},{y}" for x, y in places)
    marks = "" if line.computed else "".join(mark(line.kind, x, y) for x, y in places)
    dashed = " computed" if line.computed else ""
    return (
        f'<g data-technique="{line.kind}"><polyline class="line{dashed}" points="{path}"/>'
        f"{marks}</g>"
    )


def mark(kind: str, x: float, y: float) -> str:
    """Draw a technique's mark: hollow, half, filled; a square for what others found."""
    if kind == "paper":
        side = 2 * MARK - 1
        return (
            f'<rect class="mark-full" x="{x - side / 2:.1f}" y="{y - side / 2:.1f}" '
            f'width="{side}" height="{side}"/>'
        )
    name = "mark-full" if kind == "web-socket" else "mark-hollow"
    circle = f'<circle class="{name}" cx="{x}" cy="{y}" r="{MARK}"/>'
    if kind != "long-poll":
        return circle
    half = f"M{x} {y - MARK:.1f}a{MARK} {MARK} 0 0 0 0 {2 * MARK}z"
    return f'{circle}<path class="mark-full" d="{half}"/>'


def names(lines: Sequence[Line], xs: Scale, ys: Scale) -> Iterable[str]:
    """Write each line's name at its end, none over another."""
    ends = [(ys(line.points[-1][1]), xs(line.points[-1][0]), line) for line in lines]
    ends.sort(key=lambda end: end[0])
    lowest = -math.inf
    room = len(ends) * APART
    for i, (y, x, line) in enumerate(ends):
        after = room - (i + 1) * APART  # for those below it
        at = min(max(y, lowest + APART), HEIGHT - BOTTOM - after)
        lowest = at
        yield (f'<g data-technique="{line.kind}">{text(x + 9, at + 4, line.name, "name")}</g>')


def text(x: float, y: float, words: str, kind: str) -> str:
    """Write words at a place."""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
