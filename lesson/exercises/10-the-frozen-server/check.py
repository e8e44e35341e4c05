"""Ada buys, and meanwhile another asks for the count again and again. Who waits?"""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from lesson.machinery.exercises.checks import TooLate, Work, expect, together, within

BANK_TAKES = 0.3  # s
LONGEST = 0.08  # s that a busy machine may take for an answer that needs no time
ROUNDS = 6  # a slow round may be the machine’s fault; six are not


def ask(program: Any, method: str, path: str) -> tuple[float, dict[str, Any]]:
    """Return how long the answer took, in seconds, and the answer."""
    began = time.monotonic()
    line = http.client.HTTPConnection("127.0.0.1", program.port, timeout=3)
    try:
        line.request(method, path)
        answer = line.getresponse()
        body = answer.read().decode()
    except OSError as error:
        body, answer = type(error).__name__, None
    finally:
        line.close()
    took = time.monotonic() - began
    if answer is None or answer.status != 200:
        expect(
            False,
            called=f"{method} {path}",
            got=f"{answer.status if answer else 'no answer'}, after {took:.1f} s: {last_line(program, body)}",
            expected="200",
            because="the ticket is sold as before, only without stopping the others",
        )
    return took, json.loads(body)


def last_line(program: Any, body: str) -> str:
    lines = program.output().split("\n")
    return next((line for line in reversed(lines) if "Error" in line), body[:80]).strip()


def test_only_the_buyer_waits(work: Work) -> None:
    program = work.start("frozen_server.py", BANK_TAKES=str(BANK_TAKES))
    for _ in range(ROUNDS):
        bought, longest = one_round(program)
        if longest < LONGEST:
            break
    expect(
        longest < LONGEST,
        called="GET /left, again and again, while Ada was buying",
        got=f"one answer took {longest * 1000:.0f} ms, {ROUNDS} times over",
        expected="each answer within some ms",
        because="a line that waits without eventlet's knowledge keeps the only thread there is",
    )
    buy(program, "Ben")  # on a busy machine even who does not wait may be late once
    work.say(
        f"The bank took {bought * 1000:.0f} ms for Ada. "
        f"The others waited {longest * 1000:.0f} ms at most."
    )


def one_round(program: Any) -> tuple[float, float]:
    """Let Ada buy; return how long she waited, and how long another did at most."""
    try:
        told, longest = within(3, together, 2, lambda i: watch(program) if i else buy(program))
    except TooLate:
        expect(
            False,
            called="POST /buy/Ada, and GET /left meanwhile",
            got="no answer within 3 s",
            expected="an answer when the bank has decided",
            because="something waits here that nobody ends",
        )
    return told, longest


def buy(program: Any, name: str = "Ada") -> float:
    took, ticket = ask(program, "POST", f"/buy/{name}")
    expect(
        ticket.get("bank") == "paid" and took >= BANK_TAKES - 0.02,
        called=f"POST /buy/{name}",
        got=f"{ticket}, after {took * 1000:.0f} ms",
        expected=f"bank: paid, not before the bank has answered, after {BANK_TAKES * 1000:.0f} ms",
        because="who does not wait for the bank gives tickets away",
    )
    return took


def watch(program: Any) -> float:
    """Ask for the count while Ada buys; return the longest wait, in seconds."""
    time.sleep(0.05)  # Ada's order comes first
    until = time.monotonic() + BANK_TAKES - 0.05
    longest = 0.0
    while time.monotonic() < until:
        longest = max(longest, ask(program, "GET", "/left")[0])
        time.sleep(0.01)
    return longest
