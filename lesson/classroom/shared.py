"""What a class shares, all of it on the server: plain data, and what may be done to it.

Knows no sockets, and not who may do it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from demos.feed import draw_epoch
from demos.protocol import Message
from lesson.book.shelf import Book
from lesson.classroom.polls import REVEALED, Polls, find_ask
from lesson.classroom.race import Race
from lesson.classroom.reading import only, read_flag, read_id, read_number
from lesson.classroom.tallies import Tallies

SETTINGS = {"interval": (0.2, 10.0), "hold": (0.0, 55.0)}  # seconds
MOST_UNDONE = 20  # changes that can be taken back, one after the other


@dataclass
class Shared:
    """One class's state, from its beginning until a new class."""

    lead: bool
    name: str = field(default_factory=draw_epoch)
    place: Message | None = None
    blank: bool = False
    settings: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(SETTINGS))
    polls: Polls = field(default_factory=Polls)
    tallies: Tallies = field(default_factory=Tallies)
    race: Race = field(default_factory=Race)
    undos: list[tuple[str, Callable[[], None]]] = field(default_factory=list)

    def step(self, message: Message, book: Book) -> None:
        """Go to a step of a chapter. What was revealed is left behind."""
        only(message, "chapter", "step")
        slug, id = read_id(message, "chapter"), read_id(message, "step")
        chapter = book.chapters.get(slug)
        if chapter is None:
            raise NotFound(f"there is no chapter {slug!r}; there are {', '.join(book.chapters)}")
        steps = [step.id for step in chapter.steps]
        if id not in steps:
            raise NotFound(f"{slug} has no step {id!r}; it has {', '.join(steps)}")
        place = {"chapter": slug, "step": id}
        if place != self.place:
            self.polls.leave()
        self.place = place

    def leave_what_is_gone(self, book: Book) -> None:
        """Leave a place that is not in the book any more."""
        try:
            if self.place is not None:
                self.step(self.place, book)
        except HTTPException:
            self.place = None

    def set_lead(self, message: Message) -> None:
        """Let students' pages follow, or let them be."""
        only(message, "on")
        self.lead = read_flag(message, "on")

    def set_blank(self, message: Message) -> None:
        """Darken the screens, or light them."""
        only(message, "on")
        self.blank = read_flag(message, "on")

    def set_settings(self, message: Message) -> None:
        """Set the short polls' interval or the long polls' hold for all; None leaves it to each."""
        only(message, *SETTINGS)
        if not message:
            raise BadRequest(f"the setting is nothing; allowed are {', '.join(SETTINGS)}")
        self.settings |= {
            name: None if given is None else read_number(message, name, *SETTINGS[name], "seconds")
            for name, given in message.items()
        }

    def put_prediction(self, message: Message, book: Book) -> None:
        """Ask for a prediction, and all that follows: see Polls.put."""
        ask = find_ask(book, message)
        poll = self.polls.all.get(ask.key)
        before = poll.phase if poll else None
        self.polls.put(ask, message)
        poll = self.polls.all[ask.key]
        if poll.phase == REVEALED and before not in (None, REVEALED):
            self.can_undo("the histogram", lambda: self.polls.go(poll, before or ""))

    def can_undo(self, what: str, how: Callable[[], None]) -> None:
        """Keep how a change is taken back."""
        self.undos = [*self.undos, (what, how)][-MOST_UNDONE:]

    def as_all_see_it(self) -> Message:
        """Return the part of it that is the same for everyone."""
        return {
            "class": self.name,
            "place": self.place,
            "lead": self.lead,
            "blank": self.blank,
            "settings": dict(self.settings),
            "prediction": self.polls.on.as_all_see_it() if self.polls.on else None,
            "race": self.race.shown(),
        }

    def as_dict(self) -> Message:
        """Return what is kept of it: counts and opaque ids, no names."""
        return {
            "class": self.name,
            "lead": self.lead,
            "place": self.place,
            "blank": self.blank,
            "settings": self.settings,
            "polls": self.polls.as_dict(),
            "passed": {name: sorted(students) for name, students in self.tallies.passed.items()},
            "race": self.race.as_dict(),
        }

    @classmethod
    def from_dict(cls, kept: Message) -> Shared:
        """Return what was kept.

        :raises LookupError, TypeError, ValueError, AttributeError: if it is not what was kept.
        """
        passed = {name: set(students) for name, students in kept["passed"].items()}
        return cls(
            bool(kept["lead"]),
            str(kept["class"]),
            kept["place"] and {name: str(kept["place"][name]) for name in ("chapter", "step")},
            bool(kept["blank"]),
            {name: kept["settings"][name] for name in SETTINGS},
            Polls.from_dict(kept["polls"]),
            Tallies(passed=passed),
            Race.from_dict(kept["race"]),
        )
