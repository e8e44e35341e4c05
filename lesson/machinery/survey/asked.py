"""What a survey is asked for: settings, read from environment variables. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lesson.settings import SettingError, number

TECHNIQUES = ("short-poll", "long-poll", "web-socket")
MOST_CLIENTS = 5_000
PAGES = 20  # of each technique, while the rate of events grows
RATES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)  # events a second
EVENTS = 10  # that a crowd hears at least, on average, so a low rate is watched for longer


@dataclass(frozen=True)
class Asked:
    """How large, how long and of what kind."""

    clients: int = 200
    techniques: str = "each"  # alone, one after the other; or "all" on every page; or one
    seconds: float = 10.0  # that each crowd is measured
    interval: float = 1.0  # between two short polls, in seconds
    hold: float = 25.0  # of a long poll, in seconds
    think: float = 0.02  # seconds that a page takes before its next question, on average
    stay: float = 60.0  # seconds after which one leaves and another joins, on average
    rate: float = 1.0  # events a second while the class grows
    url: str | None = None  # of a lesson that runs; else one is started
    remote: bool = False  # whether that may be another machine's

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Asked:
        """Read the settings; an empty variable is as good as none.

        :raises SettingError: if one has a value that is not allowed.
        """
        given = {name: value for name, value in environ.items() if value}

        def read(name: str, least: float, most: float, whole: bool = False) -> float:
            usual = str(getattr(cls, name.lower()) + 0)
            return number(name, given.get(name, usual), least, most, whole)

        asked = cls(
            clients=int(read("CLIENTS", 1, MOST_CLIENTS, whole=True)),
            techniques=techniques(given.get("TECHNIQUE", cls.techniques)),
            seconds=read("SECONDS", 1, 600),
            interval=read("INTERVAL", 0.1, 60),
            hold=read("HOLD", 0, 55),
            think=read("THINK", 0, 60),
            stay=stay(read("STAY", 0, 3_600)),
            rate=read("RATE", 0.1, 50),
            url=address(given.get("URL")),
            remote=read("REMOTE", 0, 1, whole=True) == 1,
        )
        if asked.browsers(asked.clients) > MOST_CLIENTS:
            raise SettingError(
                f"CLIENTS is {asked.clients}, each with three connections; allowed is a whole "
                f"number from 1 to {MOST_CLIENTS // len(TECHNIQUES)} with TECHNIQUE=all"
            )
        return asked

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """The techniques of each crowd."""
        if self.techniques == "each":
            return [(technique,) for technique in TECHNIQUES]
        return [TECHNIQUES if self.techniques == "all" else (self.techniques,)]

    @property
    def sizes(self) -> list[int]:
        """How large the class is, from an eighth of what was asked for on."""
        return sorted({max(1, self.clients // part) for part in (8, 4, 2, 1)})

    def browsers(self, clients: int) -> int:
        """Return how many browsers a crowd has in all, for so many pages."""
        return clients * max(map(len, self.groups))


def techniques(given: str) -> str:
    """Return a choice of techniques if it is one."""
    allowed = ("each", "all", *TECHNIQUES)
    if given not in allowed:
        raise SettingError(f"TECHNIQUE is {given!r}; allowed are {', '.join(allowed)}")
    return given


def stay(seconds: float) -> float:
    """Return how long a browser stays if that is long enough to be anything."""
    if 0 < seconds < 1:
        raise SettingError(f"STAY is {seconds:g}; allowed is 0 (all stay), or from 1 second on")
    return seconds


def address(given: str | None) -> str | None:
    """Return a server's address without what follows its port, if it is one."""
    if given is None:
        return None
    try:
        parts = urlsplit(given)
        port = parts.port or 80
        if parts.scheme == "http" and parts.hostname and not parts.username:
            return f"http://{parts.hostname}:{port}"
    except ValueError:
        pass  # no port
    raise SettingError(f"URL is {given!r}; allowed is an address such as http://127.0.0.1:8000")
