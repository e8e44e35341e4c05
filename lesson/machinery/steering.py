"""Who steers: in `run` this machine's own pages, in a class who has the instructor's cookie.

The cookie is had by a secret link, which the start prints and nothing else ever shows. In a class,
being on this machine is asked for too, unless STEER=lan; it is never enough. Left out: what is
steered.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, redirect, request
from itsdangerous import BadSignature, TimestampSigner
from werkzeug.exceptions import Forbidden, TooManyRequests

from lesson.machinery.edge import host_name
from lesson.settings import SettingError

LINK = "/steer"
AFTERWARDS = "/instructor"  # where the link leads
# Where the cookie is sent. Not to the demos: it would add its bytes to every poll that is measured.
PATHS = ("/dashboard", "/lesson", "/instructor", "/screen", "/socket.io", LINK)
WHO = "instructor"
VALID = 24 * 60 * 60  # seconds for which the cookie counts: a class may last a day
KEY = "steering.key"
KEY_LENGTH = 32  # bytes
SLOW = 1.0  # seconds between two guesses from one address


class Steering:
    """Answers whether the page that asks may steer, and gives the cookie to who has the link.

    :param mode: `run`, `class` or `cluster`.
    :param port: the server's, after which the cookie is named: cookies ignore ports.
    :param folder: where the cookies' key is kept, so that they outlive a restart.
    :param from_network: let the link and the cookie count from other machines too.
    :param clock: returns seconds that never go back.
    """

    def __init__(
        self,
        mode: str,
        port: int,
        folder: Path,
        from_network: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.mode = mode
        self.from_network = from_network
        self.cookie = f"steer-{port}"
        self._secret = secrets.token_urlsafe(24)
        self._guesses = Guesses(clock)
        self._signer: TimestampSigner | None = None
        if mode != "run":
            key = read_key(folder / KEY)
            self._signer = TimestampSigner(key, self.cookie, digest_method=hashlib.sha256)

    def mount(self, app: Flask) -> None:
        """Add the link, where there is something to be had by it."""
        if self._signer is not None:
            app.get(LINK)(self.enter)

    def in_words(self, here: str | None, elsewhere: list[str]) -> str:
        """Return the lines for the terminal: the secret link, and what it risks.

        :param here: the server's address on this machine alone; None where it has none.
        :param elsewhere: its addresses for others.
        """
        lines = []
        if here:
            lines += [f"You open        {self._link(here)}  (on this machine)"]
        if self.from_network and elsewhere:
            lines += [f"From elsewhere  {self._link(elsewhere[0])}"]
        lines += [
            "Whoever opens that runs the class, so it is yours alone. It works until the",
            "server ends; the cookie that it leaves in your browser, for a day.",
        ]
        if self.from_network:
            lines += [
                "STEER=lan: others on a Wi-Fi network can read the link when you open it, and",
                "the cookie whenever you open a page. With either they run your class.",
            ]
        return "\n".join(lines)

    def _link(self, url: str) -> str:
        return f"{url}{LINK}?secret={self._secret}"

    def may_steer(self) -> bool:
        """Return whether the page may steer that sent this request, or opened this socket."""
        if self._signer is None:
            return is_local()
        return self._counts_from_here() and self._has_cookie(self._signer)

    def enter(self) -> Response:
        """Give the cookie to who has the secret, and lead on, so that it leaves the address bar.

        :raises Forbidden: to anyone else.
        :raises TooManyRequests: to who has guessed wrong within a second.
        """
        if not self._counts_from_here():
            raise Forbidden("this link is opened on the machine that the lesson runs on")
        given = request.args.get("secret", "")
        if not self._guesses.guess(request.remote_addr or "", lambda: self._is_secret(given)):
            raise Forbidden("this is not the link that the server printed when it was started")
        assert self._signer is not None
        value = self._signer.sign(WHO).decode()
        response = redirect(AFTERWARDS, 303)
        for path in PATHS:
            response.set_cookie(self.cookie, value, path=path, httponly=True, samesite="Strict")
        return response  # type: ignore[return-value]  # Werkzeug's, which Flask's is

    def _counts_from_here(self) -> bool:
        return self.from_network or is_local()

    def _is_secret(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._secret.encode())

    def _has_cookie(self, signer: TimestampSigner) -> bool:
        # Signatures are compared in constant time, by the library.
        try:
            return signer.unsign(request.cookies.get(self.cookie, ""), VALID) == WHO.encode()
        except BadSignature:
            return False


class Guesses:
    """Lets an address that has guessed wrong guess again after a second, and not before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: dict[str, float] = {}  # address -> when it may guess again

    def guess(self, address: str, is_right: Callable[[], bool]) -> bool:
        """Return whether the guess is right.

        :raises TooManyRequests: if it came too soon; it is not looked at then.
        """
        with self._lock:
            now = self._clock()
            self._wrong = {other: until for other, until in self._wrong.items() if until > now}
            if address in self._wrong:
                raise TooManyRequests("that came too soon after a wrong link; wait for a second")
            if is_right():
                return True
            self._wrong[address] = now + SLOW
            return False


def is_local() -> bool:
    """Return whether the request came from this machine, to one of its loopback names."""
    return is_loopback(request.remote_addr) and is_loopback(
        host_name(request.headers.get("Host", ""))
    )


def is_loopback(host: str | None) -> bool:
    """Return whether this is a name or an address by which a machine speaks to itself."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def read_key(path: Path) -> bytes:
    """Return the key that is kept there, for its owner alone; draw one where there is none.

    :raises SettingError: if it can be neither read nor written.
    """
    try:
        return kept_key(path) or new_key(path)
    except OSError as error:
        reason = error.strerror or error
        raise SettingError(f"the key cannot be kept in {path.parent}: {reason}") from None


def kept_key(path: Path) -> bytes | None:
    """Return the key that is there, whole."""
    if not path.exists():
        return None
    path.chmod(0o600)
    key = path.read_bytes()
    return key if len(key) == KEY_LENGTH else None


def new_key(path: Path) -> bytes:
    """Draw a key and keep it."""
    key = secrets.token_bytes(KEY_LENGTH)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(dir=path.parent)  # which its owner alone may read
    with os.fdopen(handle, "wb") as file:
        file.write(key)
    os.replace(fresh, path)
    return key
