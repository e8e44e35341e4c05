"""Waiting to be told to stop, the same on green and on real threads."""

from __future__ import annotations

import signal
import socket


def wait_for_signal() -> None:
    """Wait for Ctrl-C or SIGTERM.

    A signal's handler wakes neither eventlet's loop nor, where another thread was interrupted, a
    main thread that waits for a lock; a byte on a socket wakes both.
    """
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    ours.recv(1)
    signal.set_wakeup_fd(-1)  # before the socket is closed, and its number goes to another
