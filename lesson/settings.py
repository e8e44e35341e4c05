"""The settings, read from environment variables of the same names. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MY_WORK = ROOT / "my-work"
INSTANCE = ROOT / "instance"
ENGINES = ("eventlet", "gevent", "threading")


class SettingError(ValueError):
    """A setting that cannot be, with what was given and what is allowed."""


@dataclass(frozen=True)
class Settings:
    """How the lesson is started."""

    host: str = "127.0.0.1"
    port: int = 8000
    engine: str = "eventlet"
    mode: str = "run"
    rate: float = 1.0
    seed: int | None = None
    fast: bool = True  # the WebSocket's own client manager; without it, Flask-SocketIO's plain emit
    my_work: Path = MY_WORK  # where the student's exercises lie
    instance: Path = INSTANCE  # where the server keeps what outlives it
    capacity: int = 10_000  # events that each feed holds; only tests ask for another number

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; an empty variable is as good as none.

        :raises SettingError: if one has a value that is not allowed.
        """
        given = {name: value for name, value in environ.items() if value}
        seed = given.get("SEED")
        return cls(
            host=given.get("HOST", cls.host),
            port=int(number("PORT", given.get("PORT", "8000"), 1, 65_535, whole=True)),
            engine=engine(given.get("ENGINE", cls.engine)),
            rate=number("RATE", given.get("RATE", "1"), 0.1, 50),
            fast=number("FAST", given.get("FAST", "1"), 0, 1, whole=True) == 1,
            my_work=Path(given.get("MY_WORK", cls.my_work)).resolve(),
            instance=Path(given.get("INSTANCE", cls.instance)).resolve(),
            seed=None if seed is None else int(number("SEED", seed, 0, 2**63 - 1, whole=True)),
        )


def engine(given: str) -> str:
    """Return the engine's name if there is such an engine."""
    if given not in ENGINES:
        raise SettingError(f"ENGINE is {given!r}; allowed are {', '.join(ENGINES)}")
    return given


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
