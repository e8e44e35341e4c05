"""The connection itself: counts what is read and written, and disturbs it where that was asked for.

Mixed into the server's socket class, so that every accepted connection is one. Nothing costs
anything until a viewer with faults is named on the connection. Then what comes in is read on at
once by a thread of its own (the pump) and handed on when it is due; what goes out is taken at once
and written by another when that is due. Left out: the delay of the connection's own opening, which
the kernel does; and requests that are sent before the last one is answered, which no browser does:
they are disturbed as the newest of them is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from lesson.machinery.wire.late import Late
from lesson.machinery.wire.ledger import BODY, HEAD, Viewer
from lesson.machinery.wire.stream import header_of
from lesson.machinery.wire.talk import Talk

LINGER = 2.0  # seconds in which the other end must say goodbye too
PIECE = 65_536  # bytes that the pump reads at once
# Closing with this set is a reset (RST): what was not sent is dropped, the other end gets an error.
RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class Wire(Protocol):
    """What a line is handed: the meter."""

    nobody: Viewer

    def talk(self) -> Talk:
        """Return the books for one more connection."""

    def takes(self, viewer: Viewer) -> bool:
        """Draw whether a connection that names this viewer is reset."""

    def wait(self, viewer: Viewer) -> float:
        """Draw for how many seconds a piece of its traffic is held back."""


if TYPE_CHECKING:

    class Socket(socket.socket):
        """What the server's socket class has."""

        fd: socket.socket
        _io_refs: int

        def _read_trampoline(self) -> None: ...

else:
    Socket = object


class Line(Socket):
    """An accepted connection, counted.

    `close` is carried out when the delayed bytes have gone out and the other end has closed too,
    or after 2 s: so all that it still sent is counted, and it is not sent a reset for it.
    """

    wire: Wire
    forget: Callable[[int], None]  # lets go whoever waits for this file number
    let_others: Callable[[], object]  # lets all others have their turn

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for copied in ("close", "shutdown"):  # the plain socket's own, put over these
            self.__dict__.pop(copied, None)
        self._talk = self.wire.talk()
        self._requests, self._answers = self._talk.requests, self._talk.answers
        self._viewer = self.wire.nobody
        self._inbox: Late | None = None
        self._outbox: Late | None = None
        self._pump: threading.Thread | None = None
        self._writer: threading.Thread | None = None
        self._rushes = False  # what was read last was there already
        self._ended = False  # the other end has said goodbye
        self._broken = False
        self._silent = False  # nothing more will be sent
        self._closing = False  # `close` was called
        self._left = False  # it is being carried out
        self._over = False  # it is done

    @property
    def technique(self) -> str:
        """By which technique its latest request is; '' where by none."""
        return self._requests.technique

    # Reading

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read, count, and hand on when it is due."""
        if self._inbox is not None:
            self.let_others()
            return self._inbox.take(size, self.gettimeout())
        data = self._read(size, flags)
        self._requests.feed(data)
        if self._requests.viewer is not self._viewer:
            self._meet()
        if self._viewer.faults is None:
            return data
        return self._late(data, size)

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        """Read into a buffer."""
        data = self.recv(size or len(buffer), flags)
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int, flags: int = 0) -> bytes:
        if self._rushes:  # whoever sends without end would be the only one served
            self._rushes = False
            self.let_others()
        rushes = True
        while True:
            try:
                data = self.fd.recv(size, flags)
                self._ended, self._rushes = not data, rushes
                return data
            except BlockingIOError:
                rushes = False
            except OSError:
                self._broken = True
                return b""
            if not self._readable():
                return b""

    def _readable(self) -> bool:
        try:
            self._read_trampoline()
        except TimeoutError:
            raise
        except OSError:  # closed under the reader's feet
            return False
        return True

    def _late(self, data: bytes, size: int) -> bytes:
        if self._over:
            return b""
        wait = self._wait()
        if not wait or not data:
            return data
        self._inbox = Late()
        self._inbox.put(data, wait)
        self._pump = threading.Thread(target=self._read_on, args=(self._inbox,), daemon=True)
        self._pump.start()
        return self._inbox.take(size, self.gettimeout())

    def _read_on(self, inbox: Late) -> None:
        data = b"-"
        while data and not self._over:
            try:
                data = self._read(PIECE)
            except TimeoutError:
                continue  # the server's own patience is with the inbox
            self._requests.feed(data)
            self._meet()
            inbox.put(data, self._wait())

    def _wait(self) -> float:
        # In the middle of a head nobody knows yet whose it is: what completes it is held back.
        return 0.0 if self._requests.undecided else self.wire.wait(self._viewer)

    # Writing

    def send(self, data: Any, flags: int = 0) -> int:
        """Write and count, or take it and write it when it is due."""
        if type(data) is not bytes:
            data = bytes(data)
        if self._outbox is not None or self._viewer.faults is not None:
            return self._send_late(data)
        sent = self._write(data)
        self._answers.feed(data if sent == len(data) else data[:sent])
        return sent

    def send_now(self, data: bytes) -> int:
        """Write and count what can go at once, perhaps nothing; nothing where a fault is on.

        Never waits. Nobody else may be in the middle of writing.

        :raises ConnectionResetError: if the connection is gone.
        """
        sent = self._send_now(data)
        self._answers.feed(data[:sent])
        return sent

    def frame_sender(self) -> Callable[[bytes], int]:
        """Return what does the same with a whole frame that carries data, but books it sooner.

        For a line that is a WebSocket from now on: no other viewer will be named on it.
        """
        write, viewer = self.fd.send, self._viewer
        answers, counts = self._answers, self._answers.counts

        def send_frame_now(frame: bytes) -> int:
            if self._outbox is not None or viewer.faults is not None:
                return 0
            try:
                sent = write(frame)
            except OSError:
                return self.send_now(frame)
            if sent == len(frame) and viewer.inspector is None:
                header = header_of(frame)
                counts[HEAD] += header
                counts[BODY] += sent - header
            else:
                answers.feed(frame[:sent])
            return sent

        return send_frame_now

    def _send_now(self, data: bytes) -> int:
        if self._outbox is not None or self._viewer.faults is not None:
            return 0
        try:
            return self.fd.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self._broken = True
            raise ConnectionResetError(errno.ECONNRESET, "the connection is gone") from None

    def _write(self, data: bytes) -> int:
        try:
            try:
                return self.fd.send(data)
            except BlockingIOError:
                return super().send(data)  # waits until there is room
        except TimeoutError:
            raise
        except OSError:
            self._broken = True
            raise ConnectionResetError(errno.ECONNRESET, "the connection is gone") from None

    def _send_late(self, data: bytes) -> int:
        wait = self.wire.wait(self._viewer)
        if self._outbox is None and not wait:
            sent = self._write(data)
            self._answers.feed(data[:sent])
            return sent
        if self._silent or self._over or self._broken:
            raise ConnectionResetError(errno.ECONNRESET, "the connection is gone")
        outbox = self._outbox or Late()
        outbox.put(data, wait, self.gettimeout())
        self._outbox = outbox  # the writer may have gone while this waited for room
        self._answers.feed(data)
        if self._writer is None:
            self._writer = threading.Thread(target=self._write_on, args=(outbox,), daemon=True)
            self._writer.start()
        return len(data)

    def _write_on(self, outbox: Late) -> None:
        try:
            while not outbox.empty:
                data = outbox.take(PIECE)
                while data:
                    data = data[self._write(data) :]
        except OSError:
            self._broken = True
            outbox.abandon()
        self._outbox = self._writer = None
        if self._silent:
            self._say_goodbye()

    # Whose it is

    def _meet(self) -> None:
        """Go over to the viewer that the latest request names, and be lost if that is its lot."""
        viewer = self._requests.viewer
        if viewer is self._viewer:
            return
        self._viewer.connections.discard(self)
        self._viewer = viewer
        if viewer is not self.wire.nobody:
            viewer.connections.add(self)
            if viewer.faults is not None and self.wire.takes(viewer):
                self.reset()

    # Ending

    def shutdown(self, how: int) -> None:
        """Say that nothing more will be sent, once all of it is. Reading goes on until `close`."""
        if how == socket.SHUT_RD or self._over:
            return
        self._silent = True
        if self._outbox is None:
            self.fd.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close, as soon as no file made from this socket is open any more; at once if it broke."""
        self._closing = True
        if self._io_refs <= 0 or self._broken:
            self._leave()

    def _decref_socketios(self) -> None:
        self.fd._decref_socketios()  # type: ignore[attr-defined]
        if self._closing and self._io_refs <= 0:
            self._leave()

    def __del__(self) -> None:
        if self.fd is not None:
            self.fd.close()

    def reset(self) -> None:
        """Break the connection off: the other end gets an error (RST), and so do its users here."""
        if self._over:
            return
        with contextlib.suppress(OSError):  # on macOS, where the other end was first
            self.fd.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._broken = True
        self._end()
        for late in (self._inbox, self._outbox):
            if late is not None:
                late.abandon()

    def _leave(self) -> None:
        if self._left or self._over:
            return
        self._left = True
        if self._inbox is not None:
            self._inbox.abandon()
        counted = self._requests.viewer is not self.wire.nobody
        if self._outbox is None and (self._ended or self._broken or not counted):
            self._end()
        else:
            threading.Thread(target=self._linger, daemon=True).start()

    def _linger(self) -> None:
        if self._writer is not None:
            self._writer.join()
        self._say_goodbye()
        if self._pump is not None:
            self._pump.join(LINGER)
        else:
            self._drain(time.monotonic() + LINGER)
        self._end()

    def _say_goodbye(self) -> None:
        try:
            self.fd.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it is gone already

    def _drain(self, deadline: float) -> None:
        self.settimeout(LINGER)
        try:
            while data := self._read(PIECE):
                self._requests.feed(data)
                if time.monotonic() > deadline:
                    self._broken = True
                    return
        except TimeoutError:
            pass  # the other end keeps its half open, and has no more to say

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        self._viewer.connections.discard(self)
        self._talk.end(cut=self._broken)
        self.forget(self.fd.fileno())
        socket.close(self.fd.detach())
