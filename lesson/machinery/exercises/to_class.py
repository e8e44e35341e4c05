"""Tells the class's server how an exercise stands: `CLASS=ADDRESS make exercises`.

What is sent is the exercise's name, that it passed or the check's reason why not, and a word drawn
at random by which this folder's verdicts belong together. Nothing of what a student wrote, called
or printed is in it. A connection is opened for each verdict and shut, in a thread of its own, so
that no class, whatever its state, can disturb or delay the work here.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

import simple_websocket

from lesson.machinery.exercises.checks import TooLate, within
from lesson.machinery.exercises.verdict import Verdict

NAMESPACE = "/class"
PATIENCE = 5.0  # seconds for each step
LONGEST = 300  # characters of a failure
REASON = "because"
UNEXPLAINED = "the check gives no reason"
HOST = re.compile(r"[a-z0-9.:_-]+")
SCHEMES = {"http": "ws", "https": "wss"}
QUERY = "EIO=4&transport=websocket&part=class"


class NoClassError(Exception):
    """A class's address that is none, or a server that is not there or refuses."""


class ToClass:
    """Sends verdicts, one after the other.

    :param address: where the class's server is.
    :param student: a word that says nothing but that its verdicts belong together.
    :param say: prints one line when the class is out of reach, and when it is there again.
    :raises NoClassError: if the address is none.
    """

    def __init__(self, address: str, student: str, say: Callable[[str], None]) -> None:
        self._address = read_address(address)
        self._student, self._say = student, say
        self._trouble = ""
        self._verdicts: queue.Queue[tuple[str, Verdict]] = queue.Queue()
        threading.Thread(target=self._work, daemon=True).start()

    def tell(self, exercise: str, verdict: Verdict) -> None:
        """Let the class know. Returns at once."""
        self._verdicts.put((exercise, verdict))

    def _work(self) -> None:
        while True:
            exercise, verdict = self._verdicts.get()
            trouble = ""
            try:
                send(self._address, progress(exercise, verdict) | {"student": self._student})
            except NoClassError as error:
                trouble = str(error)
            self._note(trouble)

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            self._say(f"The class was not told: {trouble}. It is tried again at the next verdict.")
        elif self._trouble and not trouble:
            self._say("The class has been told again.")
        self._trouble = trouble


def read_address(given: str) -> SplitResult:
    """Return a class's address, with or without http:// before it.

    :raises NoClassError: if it is none.
    """
    try:
        address = urlsplit(given if "://" in given else f"http://{given}")
        right = address.scheme in SCHEMES and address.port != 0
        right = right and HOST.fullmatch(address.hostname or "") is not None
    except ValueError:  # a port that is none, for instance
        right = False
    if not right or "@" in given:
        raise NoClassError(
            f"CLASS is {given!r}; allowed is the class's address, as in http://192.168.1.20:8000"
        )
    return address


def progress(exercise: str, verdict: Verdict) -> dict[str, Any]:
    """Return what the class is told of a verdict: of a failure only the check's own reason."""
    if verdict.passed:
        return {"exercise": exercise, "passed": True}
    reasons = [line for line in verdict.message.splitlines() if line.startswith(f"{REASON} ")]
    reason = reasons[-1].removeprefix(REASON).strip() if reasons else UNEXPLAINED
    return {"exercise": exercise, "failure": reason[:LONGEST]}


def send(address: SplitResult, message: dict[str, Any]) -> None:
    """Send one message, and wait until it is acknowledged.

    :raises NoClassError: if it is not.
    """
    where = address.netloc
    try:
        with connection(address) as line:
            line.send(f"40{NAMESPACE},")
            await_packet(line, f"40{NAMESPACE},")
            line.send(f"42{NAMESPACE},0{json.dumps(['progress', message])}")
            (answer,) = json.loads(await_packet(line, f"43{NAMESPACE},0"))
    except (OSError, ValueError, TooLate, simple_websocket.ConnectionError) as error:
        raise NoClassError(f"{where} does not answer ({error or type(error).__name__})") from None
    except simple_websocket.ConnectionClosed:
        raise NoClassError(f"{where} has hung up") from None
    if not isinstance(answer, dict) or answer.get("ok") is not True:
        raise NoClassError(f"{where} refused it ({problem(answer)})")


@contextlib.contextmanager
def connection(address: SplitResult) -> Iterator[Any]:
    """Open a connection to the class's namespace, and shut it in the end."""
    url = f"{SCHEMES[address.scheme]}://{address.netloc}/socket.io/?{QUERY}"
    line = within(PATIENCE, simple_websocket.Client.connect, url)
    try:
        yield line
    finally:
        with contextlib.suppress(OSError, simple_websocket.ConnectionClosed):
            line.close()


def await_packet(line: Any, beginning: str) -> str:
    """Return what follows the beginning of the packet that is waited for; let others go by.

    :raises TimeoutError: if it does not come.
    :raises ValueError: if the namespace is refused.
    """
    deadline = time.monotonic() + PATIENCE
    while (left := deadline - time.monotonic()) > 0:
        packet = line.receive(left)
        if packet == "2":
            line.send("3")  # a ping wants a pong
        elif isinstance(packet, str) and packet.startswith(beginning):
            return packet.removeprefix(beginning)
        elif isinstance(packet, str) and packet.startswith(f"44{NAMESPACE},"):
            raise ValueError("it lets nobody in")
    raise TimeoutError(f"nothing within {PATIENCE:g} s")


def problem(answer: object) -> str:
    """Return what a refusal says."""
    error = answer.get("error") if isinstance(answer, dict) else None
    detail = error.get("detail") if isinstance(error, dict) else error
    return str(detail or "without a reason")[:LONGEST]
