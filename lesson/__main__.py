"""Patch, build, serve: `python -m lesson`."""

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

from lesson.machinery.listener import PortTakenError, listen, raise_file_limit
from lesson.settings import SettingError, Settings


def main() -> int:
    """Serve the lesson until told to stop; return the exit status."""
    try:
        settings = Settings.from_environment(os.environ)
        listener = listen(settings.host, settings.port)
    except (SettingError, PortTakenError) as error:
        print(f"Are We There Yet? cannot start: {error}", file=sys.stderr)
        return 1
    serve(settings, listener)
    return 0


def serve(settings: Settings, listener: object) -> None:
    """Build the lesson and serve it on the listener until the process is told to stop."""
    from lesson.app import create_lesson

    raise_file_limit()
    lesson = create_lesson(settings)
    settle()
    lesson.start()
    engine = importlib.import_module(f"lesson.machinery.{settings.engine}_engine")
    print(f"Are We There Yet? is on http://{settings.host}:{settings.port}", flush=True)
    if lesson.meter is not None:
        engine.measure(listener, lesson.meter)
    engine.serve(lesson.app, listener, lesson.stop)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # threads that still wait are not waited for
