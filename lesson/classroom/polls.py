"""Predictions that a class makes together, and the objectives' questions: who answered what.

One is on at a time. Its histogram is for who steers until it is revealed. Left out: which answer is
right. That is measured in front of the class, and told here afterwards.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from werkzeug.exceptions import BadRequest, Conflict, NotFound

from demos.protocol import Message, short
from lesson.book.parts import Predict, Question
from lesson.book.shelf import Book
from lesson.classroom.reading import is_number, only, read_id, read_word

OPEN, CLOSED, REVEALED, OFF = PHASES = ("open", "closed", "revealed", "off")
MOST_VOTES = 1_000  # of one prediction
MOST_HANDS = 1_000  # typed in for one answer
MOST_GUESS = 1_000_000.0  # of a number, where the chapter names no other bound

Answer = str | float


@dataclass(frozen=True)
class Ask:
    """What can be asked: a prediction of a chapter, or an objective's question."""

    chapter: str
    id: str
    answers: tuple[str, ...]  # none: a number is guessed
    most: float = MOST_GUESS
    unasked: bool = False  # answered before anybody opens it

    @property
    def key(self) -> str:
        """Its name among all."""
        return f"{self.chapter}/{self.id}"

    def check(self, answer: object) -> Answer:
        """Return an answer that can be given.

        :raises BadRequest: for any other.
        """
        if self.answers:
            if isinstance(answer, str) and answer in self.answers:
                return answer
            raise BadRequest(f"answer is {short(answer)}; allowed are {', '.join(self.answers)}")
        if is_number(answer) and 0 <= answer <= self.most:
            return answer
        raise BadRequest(f"answer is {short(answer)}; allowed are 0 to {self.most:g}")


@dataclass
class Poll:
    """What was answered to one of them."""

    chapter: str
    id: str
    answers: tuple[str, ...]
    phase: str = OFF
    votes: dict[str, Answer] = field(default_factory=dict)  # by student
    hands: dict[str, int] = field(default_factory=dict)  # typed in, by answer
    measured: Answer | None = None

    def counts(self) -> list[Message]:
        """Return how often each answer was given: choices in their order, numbers by size."""
        counted: Counter[Answer] = Counter(self.votes.values())
        for answer, hands in self.hands.items():
            counted[answer if self.answers else float(answer)] += hands
        given: list[Any] = list(self.answers) or sorted(counted)
        return [{"answer": answer, "votes": counted[answer]} for answer in given]

    def size(self) -> int:
        """Return how many answers there are."""
        return len(self.votes) + sum(self.hands.values())

    def as_all_see_it(self) -> Message:
        """Return how it stands, with the histogram once it is revealed."""
        return {
            "chapter": self.chapter,
            "prediction": self.id,
            "phase": self.phase,
            "answers": list(self.answers),
            "votes": self.size(),
            "measured": self.measured,
            "counts": self.counts() if self.phase == REVEALED else None,
        }


class Polls:
    """All predictions of a class, and which one is on."""

    def __init__(self) -> None:
        self.all: dict[str, Poll] = {}
        self.on: Poll | None = None

    def put(self, ask: Ask, message: Message) -> None:
        """Open a prediction, close it, reveal it, put it off; type hands in; say what came out.

        :raises BadRequest: if something is asked for that cannot be; then nothing is changed.
        """
        only(message, "chapter", "prediction", "phase", "hands", "measured")
        if not message.keys() & {"phase", "hands", "measured"}:
            raise BadRequest("the prediction is told nothing; allowed are phase, hands, measured")
        phase = read_word(message, "phase", PHASES) if "phase" in message else None
        hands = read_hands(ask, message["hands"]) if "hands" in message else None
        measured = message.get("measured")
        if measured is not None:
            measured = ask.check(measured)
        poll = self._poll(ask)
        if phase is not None:
            self.go(poll, phase)
        if hands is not None:
            poll.hands = hands
        if "measured" in message:
            poll.measured = measured

    def vote(self, ask: Ask, student: str, answer: object) -> None:
        """Take a student's answer in the place of an earlier one.

        :raises BadRequest: if there is no such answer.
        :raises Conflict: if the prediction is not open.
        """
        answer = ask.check(answer)
        poll = self._poll(ask) if ask.unasked else self.all.get(ask.key)
        phase = poll.phase if poll else OFF
        if poll is None or (phase != OPEN and not (ask.unasked and phase == OFF)):
            raise Conflict(
                f"the prediction {ask.id} is {phase}; answers are taken while it is open"
            )
        if student not in poll.votes and len(poll.votes) >= MOST_VOTES:
            raise Conflict(f"{MOST_VOTES} have answered {ask.id} already")
        poll.votes[student] = answer

    def votes_of(self, student: str) -> dict[str, Answer]:
        """Return a student's answers by `chapter/prediction`."""
        return {key: poll.votes[student] for key, poll in self.all.items() if student in poll.votes}

    def as_dict(self) -> Message:
        """Return all of it, to be kept."""
        on = f"{self.on.chapter}/{self.on.id}" if self.on else None
        return {"all": {key: asdict(poll) for key, poll in self.all.items()}, "on": on}

    @classmethod
    def from_dict(cls, kept: Message) -> Polls:
        """Return what was kept."""
        polls = cls()
        for key, poll in kept["all"].items():
            polls.all[key] = Poll(**poll | {"answers": tuple(poll["answers"])})
        polls.on = polls.all[kept["on"]] if kept["on"] else None
        return polls

    def go(self, poll: Poll, phase: str) -> None:
        """Let a prediction be in this phase, and no other be on."""
        if self.on is not None and self.on is not poll:
            self.on.phase = OFF
        poll.phase = phase
        self.on = None if phase == OFF else poll

    def leave(self) -> None:
        """Put off a prediction that has been revealed; one that has not stays on."""
        if self.on is not None and self.on.phase == REVEALED:
            self.go(self.on, OFF)

    def _poll(self, ask: Ask) -> Poll:
        return self.all.setdefault(ask.key, Poll(ask.chapter, ask.id, ask.answers))


def find_ask(book: Book, message: Message) -> Ask:
    """Return what a message's `chapter` and `prediction` name.

    :raises NotFound: if the book has no such thing.
    """
    chapter, id = read_id(message, "chapter"), read_id(message, "prediction")
    if chapter not in book.chapters:
        raise NotFound(f"there is no chapter {chapter!r}")
    asks = {ask.id: ask for ask in asks_of(book, chapter)}
    if id not in asks:
        there = ", ".join(asks) or "none"
        raise NotFound(f"there is no prediction {id!r} in {chapter}; there are {there}")
    return asks[id]


def asks_of(book: Book, slug: str) -> list[Ask]:
    """Return what a chapter asks, in its order."""
    parts = [part for step in book.chapters[slug].steps for part in step.parts]
    asks = []
    for part in parts:
        if isinstance(part, Predict):
            keys = tuple(answer.key for answer in part.answers)
            asks.append(Ask(slug, part.id, keys, part.measure.get("most", MOST_GUESS)))
        elif isinstance(part, Question):
            keys = tuple(one.key for one in book.library.objectives[part.objective].answers)
            asks.append(Ask(slug, f"{part.objective}-{part.when}", keys, unasked=True))
    return asks


def read_hands(ask: Ask, given: object) -> dict[str, int]:
    """Return a show of hands: how many by answer.

    :raises BadRequest: if it is anything else.
    """
    if not isinstance(given, dict) or len(given) > max(len(ask.answers), 100):
        raise BadRequest(f"hands is {short(given)}; allowed is an object of counts by answer")
    hands = {}
    for answer, count in given.items():
        ask.check(answer if ask.answers else as_number(answer))
        if type(count) is not int or not 0 <= count <= MOST_HANDS:
            raise BadRequest(f"hands are {short(count)}; allowed are 0 to {MOST_HANDS}")
        hands[answer] = count
    return hands


def as_number(text: str) -> float | None:
    """Return the number that a text is, or None."""
    try:
        return float(text)
    except ValueError:
        return None
