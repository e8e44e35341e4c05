"""The settings, read from environment variables of the same names. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
MY_WORK = ROOT / "my-work"
INSTANCE = ROOT / "instance"
HOSTS = {"run": "127.0.0.1", "class": "0.0.0.0", "cluster": "127.0.0.1"}  # where each mode listens
ENGINES = ("eventlet", "gevent", "threading")
STEER = ("here", "lan")


class SettingError(ValueError):
    """A setting that cannot be, with what was given and what is allowed."""


class NoRedisError(Exception):
    """No Redis answers where one was promised."""


@dataclass(frozen=True)
class Settings:
    """How the lesson is started."""

    host: str = "127.0.0.1"
    port: int = 8000
    engine: str = "eventlet"
    mode: str = "run"
    steer_from_network: bool = False  # the instructor's link and cookie count there too
    rate: float = 1.0
    seed: int | None = None
    fast: bool = True  # push.py and polls.py; without it, Flask-SocketIO's and Flask's plain ways
    behind: str | None = None  # HOST:PORT of the nginx in front of it, in a cluster
    first: bool = True  # whether it has the classroom, in a cluster
    redis_url: str | None = None  # where several processes have their feeds together
    my_work: Path = MY_WORK  # where the student's exercises lie
    instance: Path = INSTANCE  # where the server keeps what outlives it
    capacity: int = 10_000  # events that each feed holds; only tests ask for another number

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], mode: str = "run") -> Settings:
        """Read the settings; an empty variable is as good as none.

        :param mode: `run`, for one; `class`, for a class on the local network; `cluster`, for one
            of the servers behind nginx, which lesson/machinery/cluster starts.
        :raises SettingError: if one has a value that is not allowed.
        """
        given = {name: value for name, value in environ.items() if value}
        seed = given.get("SEED")
        settings = cls(
            host=given.get("HOST", HOSTS[one_of("the mode", mode, HOSTS)]),
            port=int(number("PORT", given.get("PORT", "8000"), 1, 65_535, whole=True)),
            engine=one_of("ENGINE", given.get("ENGINE", cls.engine), ENGINES),
            mode=mode,
            steer_from_network=one_of("STEER", given.get("STEER", "here"), STEER) == "lan",
            rate=number("RATE", given.get("RATE", "1"), 0.1, 50),
            fast=number("FAST", given.get("FAST", "1"), 0, 1, whole=True) == 1,
            behind=given.get("BEHIND"),
            first=given.get("FIRST", "1") == "1",
            redis_url=redis_url(given.get("REDIS_URL")),
            my_work=Path(given.get("MY_WORK", cls.my_work)).resolve(),
            instance=Path(given.get("INSTANCE", cls.instance)).resolve(),
            seed=None if seed is None else int(number("SEED", seed, 0, 2**63 - 1, whole=True)),
        )
        if mode == "cluster" and not (settings.behind and settings.redis_url):
            raise SettingError("a cluster is started by `python start.py cluster`")
        settings.check_steering()
        return settings

    @property
    def public(self) -> tuple[str, int]:
        """The host and the port that browsers are served at."""
        if self.behind is None:
            return self.host, self.port
        host, _, port = self.behind.rpartition(":")
        return host, int(port)

    @property
    def listens_here(self) -> bool:
        """Whether the server can be asked at 127.0.0.1."""
        host, _ = self.public
        return host in ("0.0.0.0", "::", "localhost") or host.startswith("127.")

    def check_steering(self) -> None:
        """Refuse a class that nobody could steer.

        :raises SettingError: if it is one.
        """
        if self.mode != "run" and not self.listens_here and not self.steer_from_network:
            raise SettingError(
                f"HOST is {self.public[0]!r}, where your own link does not work: that is on "
                "127.0.0.1; allowed are 0.0.0.0, or this with STEER=lan"
            )


def one_of(name: str, given: str, allowed: Collection[str]) -> str:
    """Return a setting's word if it is one of those that are allowed."""
    if given not in allowed:
        raise SettingError(f"{name} is {given!r}; allowed are {', '.join(allowed)}")
    return given


def redis_url(given: str | None) -> str | None:
    """Return the address of a Redis if it looks like one."""
    if given is None:
        return None
    try:
        parts = urlsplit(given)
        right = parts.scheme == "redis" and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none
        right = False
    if not right or not re.fullmatch(r"(/\d*)?", parts.path):
        raise SettingError(
            f"REDIS_URL is {hide_password(given)!r}; allowed is redis://HOST:PORT/NUMBER, or none"
        )
    return given


def hide_password(url: str) -> str:
    """Return an address that may be shown."""
    return re.sub(r"//[^@/]*@", "//…@", url)


def number(name: str, given: str, least: float, most: float, whole: bool = False) -> float:
    """Return a setting's number if it is within its bounds."""
    try:
        value = int(given) if whole else float(given)
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        kind = "a whole number" if whole else "a number"
        raise SettingError(f"{name} is {given!r}; allowed is {kind} from {least} to {most}")
    return value
