"""What a page can measure and break on `/class`: `zero`, `fault`, `inspect`; `meters` and `wire`.

Each is about one's own viewer, the one that the page named in its `hello`. The shapes:

    meters  {"short-poll": {"requests": 12, "opened": 1, "cut": 0, "up": 7092, "down": 3060,
             "head": 8952, "body": 1200}, "long-poll": {…}, "web-socket": {…}}
             counts and bytes since the start or the last `zero`; head + body = up + down
    zero    nothing
    fault   {"viewer": one's own or "all", "delay": 0 to 2000 ms each way, "jitter": ms on top
             (together at most 2000), "loss": one connection in 2 to 100, "outage": 1 to 60 s,
             "cut": true}. A field that is absent stays as it is, 0 is off. `cut`, and an outage's
             beginning, reset what is open; a new `loss` one in n of it. "all" replaces everybody's
             own, and is what newcomers begin with. Acknowledged with `faults`, as in `state`:
             {"delay": 0, "jitter": 0, "loss": 0, "outage": 0.0 seconds to go}
    inspect {"on": true | false}
    wire    {"entries": […], "dropped": 0}, at most 25 entries each half second: see
             lesson/machinery/wire/record.py. `dropped` came between, and is not kept any more. To
             open the inspector again sends all that is kept again, with the same numbers.

Where there is no meter (on other engines than eventlet, and in a cluster), all that is refused but
`zero`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import request
from flask_socketio import SocketIO
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.exceptions import NotImplemented as NotOffered

from demos.protocol import Message, acknowledged, short
from lesson.machinery.meter import Meter
from lesson.machinery.wire.faults import FaultError

TICK = 0.5  # seconds between two `wire`; `meters` come every second one
AT_ONCE = 25  # entries in one `wire`
EVERYBODY = "all"
CONSOLE = "console"  # the viewer of a page that steers and has none: too short to be anybody's own


@dataclass
class Page:
    """One connection on `/class` that said hello."""

    viewer: str
    steers: bool
    told: Message | None = None  # the last `meters`
    inspects: bool = False
    shown: int = 0  # number of the last entry


class Instruments:
    """Answers what pages ask of the meter, and keeps them told."""

    def __init__(self, meter: Meter | None, socketio: SocketIO) -> None:
        self._meter = meter
        self._socketio = socketio
        self._pages: dict[str, Page] = {}

    @property
    def measured(self) -> bool:
        """Whether bytes are measured here."""
        return self._meter is not None

    def mount(
        self, namespace: str, may_steer: Callable[[], bool], tell: Callable[[str, bool, str], None]
    ) -> None:
        """Add the messages. `tell` tells a connection its state: if it steers, and its viewer."""
        self._namespace, self._may_steer, self._tell = namespace, may_steer, tell
        self._socketio.on_event("zero", self.zero, namespace=namespace)
        self._socketio.on_event("fault", acknowledged(self.fault), namespace=namespace)
        self._socketio.on_event("inspect", acknowledged(self.inspect), namespace=namespace)

    def run(self) -> None:
        """Send `wire` and `meters` as they are due. Blocks for ever."""
        while self._meter is not None:
            self._forget_who_left()
            for _ in range(2):
                time.sleep(TICK)
                self._send_wire()
            self._sweep(self._meter)
            self._send_meters(self._meter)

    def joined(self, viewer: str | None) -> None:
        """Take note that the page that asks said hello with this viewer."""
        if viewer is None and self._may_steer():
            viewer = CONSOLE
        known = self._pages.pop(sender(), None)
        if known is not None and known.viewer != viewer:
            self._open_inspectors({known.viewer})
        if viewer is None or self._meter is None:
            return
        self._meter.ledger.viewer(viewer)
        page = Page(viewer, self._may_steer())
        if known is not None and known.viewer == viewer:
            page.inspects, page.shown = known.inspects, known.shown
        self._pages[sender()] = page

    def faults(self, viewer: str | None) -> Message | None:
        """Return what is on for a viewer; None where nothing can be."""
        if self._meter is None:
            return None
        return dict(self._meter.faults(viewer or ""))

    def all_faults(self) -> Message | None:
        """Return what is on for everybody, and whoever comes; None where nothing can be."""
        return None if self._meter is None else dict(self._meter.all_faults())

    # What a browser may send

    def zero(self, *_: object) -> Message:
        """Begin one's own figures anew."""
        page = self._pages.get(sender())
        viewer = self._meter.ledger.known(page.viewer) if self._meter and page else None
        if viewer is not None:
            viewer.zero()
        return {"ok": True}

    def fault(self, message: Message) -> Message:
        """Disturb one's own traffic, or everybody's."""
        page, meter = self._asking()
        asked = dict(message)
        whose = asked.pop("viewer", None)
        self._check_whose(whose, page)
        try:
            if whose == EVERYBODY:
                meter.disturb_all(page.viewer, asked)
            else:
                meter.disturb(page.viewer, asked)
        except FaultError as error:
            raise BadRequest(str(error)) from None
        self._send_state(None if whose == EVERYBODY else {page.viewer})
        return {"ok": True, "faults": self.faults(page.viewer)}

    def inspect(self, message: Message) -> Message:
        """Open one's own inspector, or shut it."""
        page, _ = self._asking()
        on = message.get("on")
        if not isinstance(on, bool):
            raise BadRequest(f"on is {short(on)}; allowed are true and false")
        page.inspects, page.shown = on, 0
        self._open_inspectors({page.viewer})
        return {"ok": True}

    def _asking(self) -> tuple[Page, Meter]:
        if self._meter is None:
            raise NotOffered("bytes are measured, and disturbed, on ENGINE=eventlet and one server")
        page = self._pages.get(sender())
        if page is None:
            raise Forbidden("say hello with your viewer first")
        return page, self._meter

    def _check_whose(self, whose: object, page: Page) -> None:
        if whose == EVERYBODY and not self._may_steer():
            raise Forbidden("everybody's traffic is disturbed by whoever started the lesson")
        if whose not in (EVERYBODY, page.viewer):
            error = Forbidden if isinstance(whose, str) else BadRequest
            raise error(f"viewer is {short(whose)}; allowed are one's own, {page.viewer}, and all")

    # What the server sends

    def _send_wire(self) -> None:
        for name, shown in {place for place in map(seen, list(self._pages.values())) if place}:
            self._send_wire_from(name, shown)
            time.sleep(0)  # as in _send_meters

    def _send_wire_from(self, name: str, shown: int) -> None:
        """Send what came next, written once, to a viewer's pages that have been shown as much."""
        viewer = self._meter.ledger.known(name) if self._meter else None
        if viewer is None or viewer.inspector is None:
            return
        entries = viewer.inspector.since(shown, AT_ONCE)
        pages = {sid: page for sid, page in self._pages.items() if seen(page) == (name, shown)}
        if not entries or not pages:
            return
        for page in pages.values():
            page.shown = entries[-1]["n"]
        dropped = entries[-1]["n"] - shown - len(entries)
        self._emit("wire", {"entries": entries, "dropped": dropped}, list(pages))

    def _send_meters(self, meter: Meter) -> None:
        for sid, page in list(self._pages.items()):
            figures = meter.ledger.viewer(page.viewer).figures()
            if figures != page.told and page.viewer != CONSOLE:
                page.told = figures
                self._emit("meters", figures, sid)
                time.sleep(0)  # a class is many pages: let the demos go first

    def _send_state(self, viewers: set[str] | None) -> None:
        for sid, page in list(self._pages.items()):
            if viewers is None or page.viewer in viewers:
                self._tell(sid, page.steers, page.viewer)

    def _emit(self, event: str, message: Message, to: str | list[str]) -> None:
        self._socketio.emit(event, message, to=to, namespace=self._namespace)

    def _sweep(self, meter: Meter) -> None:
        changed = meter.sweep({page.viewer for page in self._pages.values()})
        if changed:
            self._send_state(set(changed))

    def _forget_who_left(self) -> None:
        manager = self._socketio.server.manager
        left = [sid for sid in self._pages if not manager.is_connected(sid, self._namespace)]
        viewers = {self._pages.pop(sid).viewer for sid in left}
        self._open_inspectors(viewers)

    def _open_inspectors(self, viewers: set[str]) -> None:
        """Let each of these viewers have an inspector exactly if one of its pages looks at it."""
        for name in viewers:
            viewer = self._meter.ledger.known(name) if self._meter else None
            if viewer is not None:
                viewer.inspect(
                    any(page.inspects for page in self._pages.values() if page.viewer == name)
                )


def seen(page: Page) -> tuple[str, int] | None:
    """Return whose inspector a page looks at, and how far it has; None where at none."""
    return (page.viewer, page.shown) if page.inspects else None


def sender() -> str:
    """Return which connection the message that is being handled came by."""
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid
