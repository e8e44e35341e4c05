"""The chat, moderated: put underneath the demos, as the feed that they append to.

What was said stays in the log, which never changes; pages leave out what is hidden. To mute is to
mute a student's browser, on all its pages, as long as it says honestly which page it is. Left out:
a muted student who takes another browser, or writes a program that names another viewer each time.
Against that one pauses the chat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import has_request_context
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, NotFound

from demos.feed import Event, Feed
from demos.protocol import Message, short
from lesson.classroom.judge import asking_viewer
from lesson.classroom.reading import read_flag, read_true

REMEMBERED = 1_000  # messages whose speaker is known
MOST_HIDDEN = 500
MOST_MUTED = 200

Undo = tuple[str, Callable[[], None]]


class Chat(Feed):
    """The channel `chat`, where who steers decides what is heard.

    :param speaker: returns who stands behind a viewer, by a word that outlives a page.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)  # a Feed, or what stands in its place
        self.paused = False
        self.hidden: list[int] = []
        self.cleared = 0  # up to this id
        self.muted: dict[str, str] = {}  # speaker -> the name that it last used
        self._speakers: dict[int, str] = {}  # by what was said
        self.speaker: Callable[[str | None], str] = lambda viewer: viewer or ""

    def append(self, kind: str, data: dict[str, Any]) -> Event:
        """Log what somebody says.

        :raises Forbidden: if the chat is paused, or this one muted.
        """
        if not has_request_context():
            return super().append(kind, data)
        speaker = self.speaker(asking_viewer())
        if self.paused:
            raise Forbidden("the chat is paused")
        if speaker in self.muted:
            raise Forbidden("you are muted; speak to your instructor")
        event = super().append(kind, data)
        self._speakers[event.id] = speaker
        self._speakers.pop(event.id - REMEMBERED, None)
        return event

    def order(self, message: Message) -> Undo | None:
        """Do one of `paused`, `hide`, `clear`, `mute`; return how it is undone, if it can be."""
        orders: dict[str, Callable[[Message], Undo | None]] = {
            "paused": self._pause,
            "hide": self._hide,
            "clear": self._clear,
            "mute": self._mute,
        }
        if len(message) != 1 or not message.keys() <= orders.keys():
            allowed = ", ".join(orders)
            raise BadRequest(
                f"the chat is told {short(list(message))}; allowed is one of {allowed}"
            )
        (name,) = message
        return orders[name](message)

    def begin_anew(self) -> Callable[[], None]:
        """Clear it, and let everyone speak; return what brings all back."""
        before = self.paused, self.cleared, self.hidden, self.muted
        self.paused, self.cleared, self.hidden, self.muted = False, self.last, [], {}

        def bring_back() -> None:
            self.paused, self.cleared, self.hidden, self.muted = before

        return bring_back

    def shown(self) -> Message:
        """Return what every page must know of it."""
        return {"paused": self.paused, "cleared": self.cleared, "hidden": list(self.hidden)}

    def _pause(self, message: Message) -> None:
        self.paused = read_flag(message, "paused")

    def _hide(self, message: Message) -> Undo:
        id = self._said(message, "hide")
        if id in self.hidden:
            raise Conflict(f"message {id} is hidden already")
        if len(self.hidden) >= MOST_HIDDEN:
            raise Conflict(f"{MOST_HIDDEN} messages are hidden already; clear the chat")
        self.hidden.append(id)

        def show() -> None:
            self.hidden = [hidden for hidden in self.hidden if hidden != id]

        return "the hidden message", show

    def _clear(self, message: Message) -> Undo:
        read_true(message, "clear")
        before, hidden = self.cleared, self.hidden
        self.cleared, self.hidden = self.last, []

        def bring_back() -> None:
            self.cleared, self.hidden = before, [*hidden, *self.hidden]

        return "the cleared chat", bring_back

    def _mute(self, message: Message) -> Undo | None:
        if message["mute"] is None:
            self.muted = {}
            return None
        id = self._said(message, "mute")
        speaker = self._speakers.get(id)
        if speaker is None:
            raise NotFound(f"nobody remembers who said message {id}")
        if len(self.muted) >= MOST_MUTED:
            raise Conflict(f"{MOST_MUTED} are muted already; pause the chat")
        self.muted[speaker] = self._name_in(id)

        def let_speak() -> None:
            self.muted.pop(speaker, None)

        return "the muted browser", let_speak

    def _said(self, message: Message, name: str) -> int:
        id = message[name]
        if type(id) is not int or not 1 <= id <= self.last:
            raise BadRequest(f"{name} is {short(id)}; allowed is the id of what was said")
        return id

    def _name_in(self, id: int) -> str:
        event = self._events.get(id)
        return str(event.data["name"]) if event else ""
