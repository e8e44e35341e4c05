"""What chapters refer to, in files of its own: glossary, sources, figures, objectives."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup, escape

from lesson.book.parts import Answer, Source, Word


class LookupFaultError(ValueError):
    """Something was referred to that is not there, or not so."""


@dataclass(frozen=True)
class Figure:
    """A figure of figures.json, as readers see it."""

    shown: str
    what: str


@dataclass(frozen=True)
class Objective:
    """One of the lesson's objectives, with the question asked before and after."""

    id: str
    text: str
    ask: str
    answers: tuple[Answer, ...]
    right: str
    because: str


class Library:
    """Looks things up.

    :raises OSError, yaml.YAMLError, json.JSONDecodeError: if a file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._figures: dict[str, Any] = json.loads((folder / "figures.json").read_text("utf-8"))
        self._sources = read_yaml(folder / "sources.yaml")
        self._words = {
            word: (Word(word, Markup(escape(entry["means"]))), pattern(entry.get("forms", [word])))
            for word, entry in read_yaml(folder / "glossary.yaml").items()
        }
        self.objectives = {
            key: read_objective(key, entry)
            for key, entry in read_yaml(folder / "objectives.yaml").items()
        }

    @property
    def measured_on(self) -> dict[str, str]:
        """Where and when the figures were measured."""
        return {name: self._figures[name] for name in ("date", "machine", "versions")}

    def figure(self, name: str) -> Figure:
        """Return a figure by its name: scene, technique, figure."""
        try:
            figure = self._figures["figures"][" ".join(name.split())]
        except KeyError:
            raise LookupFaultError(
                f"figures.json has no {name!r}; `make figures` writes what it measures"
            ) from None
        return Figure(shown(figure["value"], figure["unit"]), figure["what"])

    def source(self, key: str) -> Source:
        """Return a source by its key."""
        if key not in self._sources:
            raise LookupFaultError(
                f"sources.yaml has no {key!r}; it has {', '.join(self._sources)}"
            )
        return Source(key, **self._sources[key])

    def word(self, name: str) -> Word:
        """Return a word of the glossary."""
        if name not in self._words:
            raise LookupFaultError(
                f"glossary.yaml has no {name!r}; it has {', '.join(self._words)}"
            )
        return self._words[name][0]

    def first_word(self, text: str, known: Collection[str]) -> tuple[Word, int, int] | None:
        """Find the first word of the glossary in a text, but for those that are known."""
        found = (
            (match.start(), match.end(), word)
            for word, forms in self._words.values()
            if word.word not in known and (match := forms.search(text))
        )
        start, end, word = min(found, default=(0, 0, None), key=lambda one: one[0])
        return (word, start, end) if word else None


def read_yaml(path: Path) -> dict[str, Any]:
    """Return a YAML file's mapping."""
    return yaml.safe_load(path.read_text("utf-8")) or {}


def pattern(forms: list[str]) -> re.Pattern[str]:
    """Return what finds any of a word's forms, longest first."""
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)


def read_objective(key: str, entry: dict[str, Any]) -> Objective:
    """Read one objective. The right answer is the one that stands under `right`."""
    answers = tuple(Answer(Markup(escape(text)), name) for name, text in entry["answers"].items())
    if entry["right"] not in entry["answers"]:
        raise LookupFaultError(
            f"the right answer {entry['right']!r} of {key} is none of its answers"
        )
    return Objective(key, entry["text"], entry["ask"], answers, entry["right"], entry["because"])


def shown(value: float, unit: str) -> str:
    """Write a figure as the pages do: ms from a second on as s, bytes from 1,000 on as kB."""
    for limit, base, larger in ((999.5, "ms", "s"), (999.5, "B", "kB")):
        if unit == base and abs(value) >= limit:
            return f"{value / 1000:,.1f} {larger}"
    if unit in ("ms", "B", "", "%"):
        digits = 0 if value >= 10 or value == int(value) else 1
        return f"{value:,.{digits}f} {unit}".strip()
    return f"{value:,g} {unit}"
