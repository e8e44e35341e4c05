"""What was measured: figures with what was wanted of them, and all the detail there is, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One figure, and the value that it should stay below, where one was promised."""

    name: str
    value: float | None  # None where it could not be measured
    unit: str
    below: float | None = None

    def row(self) -> tuple[str, str, str]:
        """Return its row of the table."""
        wanted = "" if self.below is None else f"< {written(self.below)} {self.unit}"
        value = "not measured" if self.value is None else f"{written(self.value)} {self.unit}"
        return self.name, value, wanted + ("  MISSED" if self.missed else "")

    @property
    def missed(self) -> bool:
        """Whether it is known not to be below what was wanted."""
        return self.below is not None and self.value is not None and not self.value < self.below


@dataclass
class Results:
    """All that one run of the bench has found."""

    about: dict[str, Any]  # machine, versions, date, command
    figures: list[Figure] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    interrupted: bool = False

    def add(self, *figures: Figure) -> None:
        """Keep more figures."""
        self.figures += figures

    def remark(self, sentence: str) -> None:
        """Keep a sentence that a reader of the figures must know; the same one only once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def paragraphs(self) -> list[str]:
        """Return the figures as a table, and the remarks, as far as there are any."""
        found = []
        if self.figures:
            rows = [figure.row() for figure in self.figures]
            found.append(table([("", "measured", "wanted"), *rows]))
        if self.remarks:
            found.append("\n".join(f"Note: {remark}." for remark in self.remarks))
        return found

    def write(self, path: Path) -> None:
        """Write everything to a file."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def written(value: float) -> str:
    """Return a number with as many digits as mean something."""
    if value and abs(value) < 10:
        return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.01 else f"{value:.2g}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) < 100 else f"{value:,.0f}"


def table(rows: Sequence[Sequence[str]], numbers: int = 1) -> str:
    """Return rows as text: the first column to the left, the next `numbers` ones to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= i <= numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
