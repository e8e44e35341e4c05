"""Ada speaks; who hears it, what is she told, and what does the log hold?"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from demos.feed import Cursor, Feed
from lesson.machinery.exercises.checks import Work, expect

SAID = {"name": "Ada", "text": "Anyone near row 3? 🎫"}
MARKUP = {"name": "<b>Ben</b>", "text": ' 1 < 2 & "quoted" '}
CALLED = 'Ada emits "say" with'


class Room:
    """The student's server with three browsers connected, and its log."""

    def __init__(self, work: Work) -> None:
        self.chat = Feed("chat", clock=lambda: 1_766_390_000.0)
        app = Flask(__name__)
        socketio = SocketIO(app, async_mode="threading")
        work.load("chat_room.py").mount(socketio, self.chat)
        self.ada, self.ben, self.cem = (socketio.test_client(app) for _ in range(3))

    def say(self, message: Any) -> Any:
        """Let Ada speak; return her acknowledgement."""
        return self.ada.emit("say", message, callback=True)

    def logged(self) -> list[dict[str, Any]]:
        return self.chat.since(Cursor(None, 0)).as_dict()["events"]


def heard(client: Any) -> list[Any]:
    """Return what a browser was sent since last asked."""
    return [(message["name"], *message["args"]) for message in client.get_received()]


def test_everyone_in_the_room_hears_it(work: Work) -> None:
    room = Room(work)
    room.say(SAID)
    for name, client in (("Ben", room.ben), ("Cem", room.cem), ("Ada", room.ada)):
        got = heard(client)
        expect(
            len(got) == 1,
            called=f"{CALLED} {SAID}",
            got=f"{name} heard {len(got)} messages" if got else f"{name} heard nothing",
            expected=f"{name} hears `said`, once",
            because="emit in a handler goes to the one who spoke, unless to= names the room; "
            "Ada is in the room, too",
        )
        check_heard(name, got[0], room)


def check_heard(name: str, got: tuple[Any, ...], room: Room) -> None:
    logged = room.logged()
    expect(
        got[0] == "said",
        called=f"{CALLED} {SAID}",
        got=f"{name} heard `{got[0]}`",
        expected=f"{name} hears `said`",
        because="the pages listen for this name, and for no other",
    )
    expect(
        len(logged) == 1,
        called="what the log holds then",
        got=f"{len(logged)} events",
        expected="1 event",
        because="the room forgets; who comes later, or polls, reads it in the log. Append each once",
    )
    expect(
        got[1:] == (logged[0],),
        called=f"what {name} heard",
        got=got[1] if len(got) == 2 else got[1:],
        expected=logged[0],
        because="everybody needs the event with its id and its time, as the log holds it; "
        "`as_dict()` makes an object of it",
    )
    facts = (logged[0]["kind"], logged[0]["data"])
    expect(
        facts == ("said", SAID),
        called="what the log holds then",
        got=facts,
        expected=("said", SAID),
        because="its kind is `said`, and its data is name and text, and nothing else",
    )


def test_the_one_who_spoke_is_answered(work: Work) -> None:
    room = Room(work)
    for number, message in enumerate((SAID, SAID, MARKUP), 1):
        sent = message | {"viewer": "abcdefgh"}
        answer = room.say(sent)
        logged = room.logged()[-1:]
        expect(
            [answer] == logged and logged[0]["id"] == number,
            called=f"{CALLED} {sent}, as message {number}",
            got=f"acknowledged with {answer or 'nothing'}",
            expected=f"acknowledged with {logged[0] if logged else 'the event'}",
            because="what the handler returns is the acknowledgement: return the event",
        )
        expect(
            answer["data"] == message,
            called=f"{CALLED} {sent}",
            got=answer["data"],
            expected=message,
            because=why_altered(answer["data"], message),
        )


def why_altered(data: Any, message: dict[str, str]) -> str:
    if isinstance(data, dict) and data.keys() - message.keys():
        return "of all that a browser may send only name and text are kept: make a new object of the two"
    return "text stays as it was typed; the page puts it in place with .text(), where <b> is text"


def test_a_refusal_is_an_answer(work: Work) -> None:
    room = Room(work)
    long = "x" * 501
    for message in (
        {"name": "Ada", "text": ""},
        {"name": "Ada", "text": long},
        {"text": "hm"},
        "hm",
    ):
        answer = room.say(message)
        called = f"{CALLED} {message!r:.60}"
        problem = answer.get("error") if isinstance(answer, dict) else None
        expect(
            isinstance(problem, dict) and problem.get("status") == 400 and "detail" in problem,
            called=called,
            got=f"acknowledged with {answer or 'nothing'}",
            expected="acknowledged with {'error': what problem_with returned}",
            because="without an answer the page cannot tell a refusal from a slow line",
        )
        got = [*heard(room.ben), *room.logged()]
        expect(
            not got,
            called=called,
            got=f"refused, but heard or logged all the same: {got}",
            expected="nobody hears it, and the log has nothing of it",
            because="look for a problem before anything else is done",
        )
    answer = room.say(SAID)
    expect(
        answer == next(iter(room.logged()), "the event"),
        called=f"{CALLED} {SAID}, after some refusals",
        got=f"acknowledged with {answer or 'nothing'}",
        expected="acknowledged with the event",
        because="a refusal changes nothing for the next one",
    )
    work.say("Said once, logged once, heard by three, and Ada knows.")
