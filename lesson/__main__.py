"""Patch, build, serve: `python -m lesson`, and `python -m lesson class` for a class."""

from __future__ import annotations

import os
import signal
import sys

from lesson.machinery.lean import leave_out, settle

# Until an engine takes these over nobody is served yet: who is told to stop just leaves.
for told in (signal.SIGINT, signal.SIGTERM):
    signal.signal(told, lambda *_: os._exit(0))

leave_out()
ENGINE = os.environ.get("ENGINE") or "eventlet"

# The patch must come before any other import: it turns the threads, locks and sockets of the
# standard library green, so that one waiting reader does not stop all the others.
if ENGINE == "eventlet":
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import eventlet

    eventlet.monkey_patch()
elif ENGINE == "gevent":
    from gevent import monkey

    monkey.patch_all()

import importlib
import threading
from functools import partial
from typing import TYPE_CHECKING

from lesson.machinery.listener import PortTakenError, listen, raise_file_limit
from lesson.settings import NoRedisError, SettingError, Settings

if TYPE_CHECKING:
    from lesson.app import Lesson


def main() -> int:
    """Serve the lesson until told to stop; return the exit status."""
    try:
        settings = Settings.from_environment(os.environ, *sys.argv[1:2])
        listener = listen(settings.host, settings.port)
        serve(settings, listener)
    except (SettingError, PortTakenError, NoRedisError) as error:
        print(f"Are We There Yet? cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def serve(settings: Settings, listener: object) -> None:
    """Build the lesson and serve it on the listener until the process is told to stop."""
    from lesson.app import create_lesson

    raise_file_limit()
    lesson = create_lesson(settings)
    settle()
    lesson.start()
    engine = importlib.import_module(f"lesson.machinery.{settings.engine}_engine")
    if settings.mode != "run" and settings.first:
        here = f"http://127.0.0.1:{settings.public[1]}" if settings.listens_here else None
        open_class(lesson, here)
    print(f"Are We There Yet? is on http://{settings.host}:{settings.port}", flush=True)
    if lesson.meter is not None:
        engine.measure(listener, lesson.meter)
    engine.serve(lesson.app, listener, lesson.stop)


def open_class(lesson: Lesson, here: str | None) -> None:
    """Say who opens what, and again what has changed when the network has.

    :param here: the server's address on this machine alone; None where it has none.
    """
    joining = lesson.joining
    print(f"{joining.in_words()}\n\n{lesson.steering.in_words(here, joining.urls())}\n")
    say = partial(print, flush=True)
    threading.Thread(target=joining.watch, args=(say,), daemon=True).start()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # threads that still wait are not waited for
