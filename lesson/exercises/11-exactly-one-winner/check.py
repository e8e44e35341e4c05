"""Ten at once, with time enough between any two steps for all others to step in.

A ticket here is a number that pauses whenever a dict or a set looks it up: the race that life
shows once in ten thousand claims is there each time, and nothing is left to chance.
"""

from __future__ import annotations

import time
from typing import Any

from lesson.machinery.exercises.checks import TooLate, Work, expect, together, within

TEN = ("Ada", "Ben", "Cem", "Dua", "Eva", "Fay", "Gil", "Hoa", "Ivo", "Jun")
PAUSE = 0.002  # s


class Ticket(int):
    """An id that makes whoever looks it up wait a moment."""

    def __hash__(self) -> int:
        time.sleep(PAUSE)
        return int.__hash__(self)

    def __eq__(self, other: object) -> bool:
        return int.__eq__(self, other)


def ask(claims: Any, ticket: int, who: str) -> Any:
    """Claim; whatever is raised is what came of it."""
    try:
        return claims.claim(ticket, who)
    except LookupError as error:
        return f"{type(error).__name__}: {error}"


def in_turn(claims: Any, *asked: tuple[int, str]) -> list[Any]:
    """Let one ask after the other; return what each was told."""
    try:
        return within(1, lambda: [ask(claims, ticket, who) for ticket, who in asked])
    except TooLate:
        return no_answer(f"claim {len(asked)} times, one after the other", "no answer for 1 s")


def no_answer(called: str, got: str) -> list[Any]:
    expect(
        False,
        called=called,
        got=got,
        expected="an answer to each",
        because="a lock that is not given back is waited for for ever; `with` gives it back, come what may",
    )
    return []


def at_once(work: Work, tickets: tuple[int, ...]) -> list[Any]:
    """Let ten people claim at once; return what each was told, in the order of TEN."""
    claims = work.load("claims.py").Claims(set(tickets))
    try:
        return within(3, together, 10, lambda i: ask(claims, tickets[i % len(tickets)], TEN[i]))
    except TooLate:
        return no_answer("claim from ten threads at once", "after 3 s not all had an answer")


def test_one_after_the_other(work: Work) -> None:
    claims = work.load("claims.py").Claims({7, 9})
    got = in_turn(claims, (7, "Ben"), (7, "Ada"), (9, "Ada"), (7, "Ben"))
    expect(
        got == ["Ben", "Ben", "Ada", "Ben"],
        called="claim: Ben for 7, Ada for 7, Ada for 9, Ben for 7 again",
        got=got,
        expected=["Ben", "Ben", "Ada", "Ben"],
        because="who comes first gets it, each ticket has its own winner, and both hear who it is",
    )


def test_ten_at_once(work: Work) -> None:
    for _ in range(3):
        told = at_once(work, (Ticket(7),))
        winners = [who for who, answer in zip(TEN, told, strict=True) if answer == who]
        expect(
            len(winners) == 1,
            called="claim(7, …) from ten threads at once",
            got=f"{len(winners)} winners"
            + (f": {', '.join(winners)}" if winners else f"; told {told}"),
            expected="1 winner",
            because="all look before the first has written: looking and writing must be one step, "
            "under one lock that all share",
        )
        beaten = [answer for who, answer in zip(TEN, told, strict=True) if who not in winners]
        expect(
            set(beaten) == set(winners),
            called="claim(7, …) from ten threads at once",
            got=f"{winners[0]} won, and the nine others were told {sorted(set(map(str, beaten)))}",
            expected=f"{winners[0]} won, and the nine others were told so",
            because="who is beaten waits until it is decided, and then hears by whom",
        )


def test_the_first_wins_not_a_favourite(work: Work) -> None:
    claims = work.load("claims.py").Claims({Ticket(7)})
    got = in_turn(claims, *((Ticket(7), who) for who in ("Jun", "Ada", "Zoe")))
    expect(
        got == ["Jun"] * 3,
        called="claim(7, …) by Jun, then Ada, then Zoe",
        got=got,
        expected=["Jun"] * 3,
        because="Jun was first",
    )


def test_five_tickets_at_once(work: Work) -> None:
    tickets = tuple(Ticket(n) for n in (3, 5, 7, 11, 13))
    told = at_once(work, tickets)
    winners = sorted(who for who, answer in zip(TEN, told, strict=True) if answer == who)
    expect(
        len(winners) == 5,
        called="claim from ten threads at once, two for each of five tickets",
        got=f"{len(winners)} winners; told {told}",
        expected="5 winners, one for each ticket",
        because="whether a ticket is gone depends on that ticket only",
    )


def test_a_ticket_that_never_came_back(work: Work) -> None:
    claims = work.load("claims.py").Claims({7})
    got = in_turn(claims, (8, "Ada"))[0]
    expect(
        str(got).startswith(("LookupError", "KeyError", "IndexError")),
        called="claim(8, 'Ada') where only 7 came back",
        got=got,
        expected="LookupError",
        because="whoever called must be able to tell this from a win: raise it, and let nobody swallow it",
    )
    after = in_turn(claims, (7, "Ben"))[0]
    expect(
        after == "Ben",
        called="claim(7, 'Ben') after the refused one",
        got=after,
        expected="Ben",
        because="a claim that is refused changes nothing for the others",
    )
    work.say(
        "Ten asked at once, one won, nine know who. `dict.setdefault` would have done it without "
        "a lock: it looks and writes in one step."
    )
