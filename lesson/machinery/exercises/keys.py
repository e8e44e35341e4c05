"""Single keys from the terminal, as they are pressed; whole lines where there is no terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator

END = ("\x03", "\x04", "\x1a")  # Ctrl-C, Ctrl-D and Ctrl-Z, where they come as keys


@contextlib.contextmanager
def listen(hear: Callable[[str], None]) -> Iterator[None]:
    """Hand every key to `hear`, in lower case and from a thread; leave the terminal as it was."""
    if not sys.stdin or not sys.stdin.isatty():
        start(read_lines, hear)
        yield
    elif sys.platform == "win32":
        start(read_windows, hear)
        yield
    else:
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor)
        try:
            start(read_posix, hear)
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def start(read: Callable[[Callable[[str], None]], None], hear: Callable[[str], None]) -> None:
    """Read in a thread that ends with the process."""
    threading.Thread(target=read, args=(hear,), daemon=True).start()


def read_posix(hear: Callable[[str], None]) -> None:
    """Read a terminal that gives away each key. A key that is several bytes (an arrow) is none."""
    while pressed := os.read(sys.stdin.fileno(), 32):
        if len(pressed) == 1:
            hear(pressed.decode("ascii", "replace").lower())


def read_windows(hear: Callable[[str], None]) -> None:
    """Read Windows' console."""
    if sys.platform != "win32":
        return
    import msvcrt

    while True:
        key = msvcrt.getwch()
        if key in ("\x00", "\xe0"):
            msvcrt.getwch()  # the second half of an arrow or a function key
        else:
            hear(key.lower())


def read_lines(hear: Callable[[str], None]) -> None:
    """Read lines, and take the first letter of each. After the last one all else goes on."""
    for line in sys.stdin or ():
        if line.strip():
            hear(line.strip()[0].lower())
