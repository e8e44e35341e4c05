"""How a class comes in: the addresses that others open, as text and as a QR code.

They are this machine's own, read again and again, as it may change its network in the middle of a
class. Left out: names; what a network calls this machine, it does not know.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import sys
import time
from collections.abc import Callable

import segno
from flask import Flask, Response
from werkzeug.exceptions import NotFound

from lesson.machinery.edge import own_addresses

LOOK = 3.0  # seconds between two looks at the network
NO_NETWORK = (
    "Nobody else can open it: this machine is on no network. Join the one that the class\n"
    "is on; what students open is said then."
)
NOT_LISTENING = "Nobody else can open it: HOST is this machine alone. Without HOST, all can."
EVERYWHERE = ("0.0.0.0", "::")
SOMEWHERE = "192.0.2.1"  # an address that nobody has (RFC 5737): the way there is the way out
BLACK_ON_WHITE, PLAIN = "\033[30;107m", "\033[0m"
HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}  # dark above, dark below

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Joining:
    """Knows what others open to take part.

    :param host: the address that the server listens on.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._known: list[str] = []
        self._looked = float("-inf")
        self._drawn = ("", "")  # an address, and its picture

    def mount(self, app: Flask) -> None:
        """Add the picture of the address."""
        app.get("/join.svg")(self.picture)

    def urls(self) -> list[str]:
        """Return the addresses that others open, the likeliest first; none if none can.

        They are looked up again after 3 s.
        """
        return self._known if time.monotonic() < self._looked + LOOK else self._look()

    def why_none(self) -> str:
        """Return, in a few words, why nobody else can open it where there are no addresses."""
        if self._host in EVERYWHERE:
            return "This machine is on no network"
        return "Only this machine can open it"

    def picture(self) -> Response:
        """Return the first address as a QR code; it has a white ground, and no fixed size."""
        urls = self.urls()
        if not urls:
            raise NotFound("there is no address that another machine could open")
        if self._drawn[0] != urls[0]:
            self._drawn = (urls[0], svg_of(urls[0]))
        return Response(self._drawn[1], mimetype="image/svg+xml")

    def in_words(self) -> str:
        """Return the lines for a terminal: the QR code, where it has colours, and the addresses."""
        urls = self.urls()
        if not urls:
            return NO_NETWORK if self._host in EVERYWHERE else NOT_LISTENING
        first, *others = urls
        lines = [f"Students open   {first}", *(f"           or   {url}" for url in others)]
        return "\n".join([*(drawn(first) if is_terminal() else ()), "", *lines])

    def watch(self, say: Callable[[str], None]) -> None:
        """Say the addresses anew whenever they have changed. Blocks for ever."""
        known = self._look()
        while True:
            time.sleep(LOOK)
            now = self._look()
            if now != known:
                known = now
                say(f"\nThe network has changed.\n{self.in_words()}\n")

    def _look(self) -> list[str]:
        self._looked = time.monotonic()
        self._known = [with_port(address, self._port) for address in self._addresses()]
        return self._known

    def _addresses(self) -> list[Address]:
        if self._host not in EVERYWHERE:
            address = address_of(self._host)
            return [] if address.is_loopback else [address]
        own = map(ipaddress.ip_address, own_addresses())
        usable = [one for one in own if is_usable(one) and (one.version == 4 or self._host == "::")]
        return sorted(usable, key=likelihood(way_out()))


def address_of(host: str) -> Address:
    """Return the address that a host's name stands for, or that it is."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return ipaddress.ip_address(socket.gethostbyname(host))


def is_usable(address: Address) -> bool:
    """Return whether another machine can open it; an IPv6 address of one link needs more words."""
    return not address.is_loopback and not (address.version == 6 and address.is_link_local)


def likelihood(way_out: str | None) -> Callable[[Address], tuple[bool, int, bool, int]]:
    """Return by what addresses are sorted: first the one that this machine itself goes out by."""
    return lambda one: (str(one) != way_out, one.version, one.is_link_local, int(one))


def way_out() -> str | None:
    """Return the address that this machine would send from; None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((SOMEWHERE, 9))  # sends nothing
        except OSError:
            return None
        return str(probe.getsockname()[0])


def with_port(address: Address, port: int) -> str:
    """Return an address as a browser takes it."""
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{host}:{port}"


def code(text: str) -> segno.QRCode:
    """Return a text as a QR code that can be read with some of it hidden."""
    return segno.make_qr(text, error="m")


def svg_of(text: str) -> str:
    """Return a text as a QR code on a white ground, of no fixed size."""
    svg = io.BytesIO()
    code(text).save(svg, kind="svg", light="#fff", omitsize=True, xmldecl=False)
    return svg.getvalue().decode()


def drawn(text: str) -> list[str]:
    """Return a text as a QR code of half blocks, black on white whatever the terminal's colours."""
    rows = [list(row) for row in code(text).matrix_iter(border=4)]
    pairs = zip(rows[::2], [*rows[1::2], [0] * len(rows[0])], strict=False)
    lines = ([HALVES[pair] for pair in zip(upper, lower, strict=True)] for upper, lower in pairs)
    return [f"{BLACK_ON_WHITE}{''.join(line)}{PLAIN}" for line in lines]


def is_terminal() -> bool:
    """Return whether what is printed goes to a terminal that can draw."""
    return sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower()
