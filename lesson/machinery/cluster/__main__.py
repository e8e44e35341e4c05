"""Runs a cluster on this machine: `python -m lesson.machinery.cluster`, until it is told to stop.

It starts a Redis, the servers (SERVERS, 2) and nginx, each once the one before answers; what ends
by itself is started again. On SIGHUP the servers are started anew one after the other, so that a
change of the code goes live while everybody listens. It leaves nothing running.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lesson.machinery.cluster import nginx
from lesson.machinery.cluster.part import Part, PartError, answers_web, find, free_port
from lesson.machinery.cluster.redis import create_redis, redis_url
from lesson.machinery.exercises.lock import try_lock
from lesson.machinery.listener import PortTakenError, listen
from lesson.settings import ROOT, SettingError, Settings, number

LOOK = 0.2  # seconds between two looks at the parts
PAUSE = 1.0  # seconds before what ended is started again
MOST = 8  # servers
READY = "Are We There Yet? is on "


class ClusterError(Exception):
    """Why there is no cluster, in words for whoever started it."""


class Cluster:
    """The parts, in the order in which they start."""

    def __init__(self, settings: Settings, servers: int, folder: Path) -> None:
        self.address = (settings.host, settings.port)
        redis, ports = free_port(), [free_port() for _ in range(servers)]
        self.redis = create_redis(redis, folder / "redis")
        self.servers = [self._server(i, port, redis_url(redis)) for i, port in enumerate(ports)]
        file = folder / "nginx.conf"
        file.write_text(nginx.config(folder, self.address, ports, os.geteuid() == 0))
        self.nginx = Part(
            "nginx",
            [find("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(file)],
            lambda: answers_web(settings.port, here(settings.host)),
            folder,
        )
        self.parts = [self.redis, *self.servers, self.nginx]

    def start(self) -> None:
        """Start one part after the other, with a line for each.

        :raises PartError: if one does not start; those before it are stopped.
        """
        try:
            for part in self.parts:
                print(f"{part.name} ... ", end="", flush=True)
                part.start()
                print(f"runs, as process {part.pid}", flush=True)
        except BaseException:
            print("failed", flush=True)
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all, in the other order."""
        for part in reversed(self.parts):
            part.stop()

    def heal(self, stopped: threading.Event) -> None:
        """Start again what has ended by itself."""
        for part in self.parts:
            if part.ended is None:
                continue
            status = part.ended
            how = f"signal {-status} ended it" if status < 0 else f"it ended with status {status}"
            print(f"{part.name}: {how}; it is started again.", flush=True)
            stopped.wait(PAUSE)
            self._start_again(part)

    def roll(self) -> None:
        """Start the servers anew, one after the other."""
        for server in self.servers:
            server.stop()
            self._start_again(server)
        print("All servers were started anew.", flush=True)

    def pass_on(self, first: Part) -> None:
        """Print what the classroom's server said when it started: who opens what."""
        print("\n".join(line for line in first.said if READY not in line), flush=True)

    def _start_again(self, part: Part) -> None:
        try:
            part.start()
            print(f"{part.name}: runs again, as process {part.pid}", flush=True)
            if part is self.servers[0]:
                self.pass_on(part)
        except PartError as error:
            print(f"{error}. It is tried again.", flush=True)

    def _server(self, place: int, port: int, redis_url: str) -> Part:
        host, outward = self.address
        environ = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BEHIND": f"{host}:{outward}",
            "FIRST": "0" if place else "1",
            "REDIS_URL": redis_url,
        }
        name = f"server {place + 1}" + ("" if place else ", with the classroom")
        command = [sys.executable, "-m", "lesson", "cluster"]
        server = Part(
            name,
            command,
            # It may answer before what it said is read here: who opens what.
            lambda: server.has_said(READY) and answers_web(port),
            ROOT,
            os.environ | environ,
        )
        return server


def main() -> int:
    """Run the cluster until told to stop; return the exit status."""
    stopped, rolled = threading.Event(), threading.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stop(stopped))
    signal.signal(signal.SIGHUP, lambda *_: rolled.set())
    try:
        settings = Settings.from_environment(os.environ, "class")
        servers = int(number("SERVERS", os.environ.get("SERVERS") or "2", 1, MOST, whole=True))
        if settings.redis_url is not None:
            raise ClusterError("REDIS_URL is set, and a cluster has a Redis of its own; unset it")
        listen(settings.host, settings.port).close()
        with alone(settings.instance / "cluster") as folder:
            run(Cluster(settings, servers, folder), stopped, rolled)
    except (SettingError, PortTakenError, ClusterError, PartError) as error:
        print(f"Are We There Yet? cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass  # told to stop before all of it ran
    return 0


def stop(stopped: threading.Event) -> None:
    """Have the cluster stopped: at once while it starts."""
    if stopped.is_set():
        return
    stopped.set()
    raise KeyboardInterrupt


def run(cluster: Cluster, stopped: threading.Event, rolled: threading.Event) -> None:
    """Start a cluster, keep it going, and stop it.

    :raises PartError: if a part does not start.
    """
    cluster.start()
    try:
        cluster.pass_on(cluster.servers[0])
        host, port = cluster.address
        print(f"{READY}http://{host}:{port}", flush=True)
        while not stopped.wait(LOOK):
            cluster.heal(stopped)
            if rolled.is_set():
                rolled.clear()
                cluster.roll()
    finally:
        cluster.stop()
        print("All parts are stopped.", flush=True)


@contextmanager
def alone(folder: Path) -> Iterator[Path]:
    """Hold the folder for this cluster alone, emptied of what an earlier one left.

    :raises ClusterError: if another one runs.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder.parent / "cluster.lock", "w", encoding="ascii") as file:
        if not try_lock(file):
            raise ClusterError("a cluster runs here already; stop that one first")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder


def here(host: str) -> str:
    """Return the address by which this machine reaches what listens on that host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


if __name__ == "__main__":
    sys.exit(main())
