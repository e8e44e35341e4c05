"""The race for the returned ticket, by the whole class: who hears of it in which way is drawn.

A round is drawn, a ticket comes back, every page claims it the moment that it hears, or its student
presses; demos/claims.py gives it to the first. Here is counted who won and how long each took: from
the return until its claim reached this server, on this server's clock. What it leaves out: how much
of that was the claim's own way.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from werkzeug.exceptions import BadRequest, Conflict, Forbidden

from demos.feed import Cursor
from demos.protocol import Message, short
from lesson.classroom.reading import read_true, read_word

TECHNIQUES = ("short-poll", "long-poll", "web-socket")
PAGE, HAND = WAYS = ("page", "hand")  # who claims: the page by itself, or the student, who presses
OFF, READY, RUNNING, WON = "off", "ready", "running", "won"
CHANCE = (3.0, 15.0)  # seconds within which a ticket comes back by chance
MOST_RUNNERS = 1_000
ROUNDS_KEPT = 20  # whose late claims are still counted


@dataclass
class Round:
    """One drawing of lots."""

    way: str
    begins: Cursor  # of the sale, when the lots were drawn: from there nothing is missed
    lots: dict[str, str] = field(default_factory=dict)  # student -> technique
    ticket: int | None = None
    returned_at: float = 0  # on the race's clock
    claimed: set[str] = field(default_factory=set)
    winner: str | None = None  # its technique

    def sizes(self) -> dict[str, int]:
        """Return how many run by each technique."""
        counted = Counter(self.lots.values())
        return {technique: counted[technique] for technique in TECHNIQUES}


@dataclass
class Lane:
    """One technique on the board."""

    wins: int = 0
    expected: float = 0  # wins, if all heard at the same moment: its share of each round's runners
    claims: int = 0
    waited: float = 0  # ms, of all its claims

    def shown(self) -> Message:
        """Return it as it is seen."""
        mean = round(self.waited / self.claims, 1) if self.claims else None
        return {
            "wins": self.wins,
            "expected": round(self.expected, 2),
            "claims": self.claims,
            "mean": mean,
        }


@dataclass
class Board:
    """What came out so far, where pages claim or where students press."""

    rounds: int = 0
    lanes: dict[str, Lane] = field(default_factory=lambda: {name: Lane() for name in TECHNIQUES})

    def shown(self) -> Message:
        """Return it as it is seen."""
        lanes = {name: lane.shown() for name, lane in self.lanes.items()}
        return {"rounds": self.rounds, "techniques": lanes}


class Race:
    """Draws lots, lets tickets come back, and keeps the board.

    :param clock: returns seconds that never go back.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, rng: random.Random | None = None
    ) -> None:
        self._clock = clock
        self._rng = rng or random.Random()
        self.phase = OFF
        self.round: Round | None = None
        self.number = 0
        self.boards = {way: Board() for way in WAYS}
        self._rounds: dict[int, Round] = {}  # by ticket
        self._due: float | None = None

    # What who steers does

    def order(
        self,
        message: Message,
        students: Iterable[str],
        now: Cursor,
        take_back: Callable[[], int],
    ) -> None:
        """Do one of: `draw` the lots, let the ticket `return`, put the race `off`.

        :param students: who is here.
        :param now: the newest event of the sale.
        :param take_back: lets a ticket come back; returns its event's id.
        """
        if len(message) != 1 or not message.keys() <= {"draw", "return", "off"}:
            given = short(list(message))
            raise BadRequest(f"the race is told {given}; allowed is one of draw, return, off")
        if "draw" in message:
            self.draw(read_word(message, "draw", WAYS), students, now)
        elif "return" in message:
            when = read_word(message, "return", ("now", "chance"))
            if self.phase != READY or self._due is not None:
                raise Conflict("no ticket can come back; draw the lots of a round first")
            if when == "now":
                self._give_back(take_back)
            else:
                self._due = self._clock() + self._rng.uniform(*CHANCE)
        else:
            read_true(message, "off")
            self.phase, self.round, self._due = OFF, None, None

    def draw(self, way: str, students: Iterable[str], now: Cursor) -> None:
        """Begin a round: every student gets a technique by lot, even numbers of each."""
        self.round, self.phase, self._due = Round(way, now), READY, None
        self.number += 1
        drawn = list(students)
        self._rng.shuffle(drawn)
        for student in drawn:
            self.enter(student)

    def enter(self, student: str) -> None:
        """Let a student into a round whose ticket has not come back yet."""
        if self.round is None or self.phase != READY or student in self.round.lots:
            return
        if len(self.round.lots) >= MOST_RUNNERS:
            return
        sizes = self.round.sizes()
        fewest = [name for name in TECHNIQUES if sizes[name] == min(sizes.values())]
        self.round.lots[student] = self._rng.choice(fewest)

    def tick(self, take_back: Callable[[], int]) -> None:
        """Let the ticket come back if its moment has come. To be called a few times a second."""
        if self._due is not None and self._clock() >= self._due and self.phase == READY:
            self._give_back(take_back)

    def lot(self, student: str) -> str | None:
        """Return a student's technique in this round."""
        return self.round.lots.get(student) if self.round else None

    # What runners do

    def check(self, ticket: int, technique: str, student: str | None) -> None:
        """Let pass a claim that may be made: anyone's, of a ticket that is not raced for.

        :raises Forbidden: if it is none of this race, or not by the technique that was drawn.
        :raises Conflict: if it is the second.
        """
        round = self._rounds.get(ticket)
        if round is None:
            return
        lot = round.lots.get(student or "")
        if lot is None:
            raise Forbidden("this ticket is for those who are in the race")
        if lot != technique:
            raise Forbidden(f"technique is {short(technique)}; your lot is {lot}")
        if student in round.claimed:
            raise Conflict("you have claimed this ticket already")

    def claimed(self, ticket: int, student: str | None, won: bool) -> bool:
        """Take note of a claim that was decided; return whether it was one of the race's.

        Since it was checked, the viewer may have become a student who has no lot.
        """
        round = self._rounds.get(ticket)
        if round is None or student not in round.lots:
            return False
        round.claimed.add(student)
        technique, board = round.lots[student], self.boards[round.way]
        lane = board.lanes[technique]
        lane.claims += 1
        lane.waited += (self._clock() - round.returned_at) * 1000
        if won:
            self._decide(round, technique, board)
        return True

    def shown(self) -> Message:
        """Return it as all see it."""
        round = self.round
        return {
            "phase": self.phase,
            "round": self.number,
            "way": round.way if round else None,
            "from": round.begins._asdict() if round else None,
            "ticket": round.ticket if round else None,
            "lots": round.sizes() if round else None,
            "winner": round.winner if round else None,
            "board": {way: board.shown() for way, board in self.boards.items()},
        }

    def as_dict(self) -> Message:
        """Return what is kept of it: the boards."""
        return {
            "number": self.number,
            "boards": {way: asdict(board) for way, board in self.boards.items()},
        }

    @classmethod
    def from_dict(cls, kept: Message) -> Race:
        """Return what was kept. The round that was under way is gone."""
        race = cls()
        race.number = int(kept["number"])
        for way in WAYS:
            board = kept["boards"][way]
            lanes = {name: Lane(**board["lanes"][name]) for name in TECHNIQUES}
            race.boards[way] = Board(int(board["rounds"]), lanes)
        return race

    def _give_back(self, take_back: Callable[[], int]) -> None:
        assert self.round is not None
        self._due, self.round.returned_at = None, self._clock()
        self.round.ticket = take_back()
        self.phase = RUNNING
        self._rounds[self.round.ticket] = self.round
        while len(self._rounds) > ROUNDS_KEPT:
            self._rounds.pop(next(iter(self._rounds)))

    def _decide(self, round: Round, technique: str, board: Board) -> None:
        round.winner = technique
        board.rounds += 1
        board.lanes[technique].wins += 1
        for name, size in round.sizes().items():
            board.lanes[name].expected += size / len(round.lots)
        if round is self.round:
            self.phase = WON
