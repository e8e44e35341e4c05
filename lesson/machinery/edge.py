"""What stands in front of everything, `/socket.io/` too: which host was asked, and by whose page.

A browser sends the Origin of the page that asks. A page of another site must not be able to
listen here or to speak, and a foreign name that was made to point here (DNS rebinding) must not
become a name of ours. What is posted to Socket.IO must be packets: the library would lose some of
them, or wait for ever. What a proxy says of a request (X-Forwarded-...) counts for nothing. Every
answer that leaves here has the headers it must have. Left out: who may do what, once in.
"""

from __future__ import annotations

import io
import ipaddress
import re
import socket
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import ifaddr
from flask import Flask, Response, request
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    RequestEntityTooLarge,
)

from demos.protocol import LARGEST_BODY, check_viewer, problem_response, short
from lesson.machinery.headers import SOCKETS, Headers, secured
from lesson.machinery.packets import MOST_PACKETS, are_packets

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REREAD = 5.0  # seconds for which the machine's own addresses are taken as known
KEY = re.compile("[A-Za-z0-9+/]{22}==")  # of a WebSocket's handshake


class Edge:
    """Refuses foreign hosts and foreign origins, with a problem that says so.

    :param port: the port that the server's own pages come from.
    :param host: what the server listens on; if that is a name, it is one of its own.
    """

    def __init__(self, port: int, host: str = "") -> None:
        self._port = port
        self._names = own_names(host)
        self._addresses: set[str] = set()
        self._read_at = float("-inf")
        self._inner: WSGIApplication | None = None
        self._app: Flask | None = None

    def mount(self, app: Flask) -> None:
        """Put this edge around the app, Socket.IO's part of it too."""
        self._app, self._inner = app, app.wsgi_app
        app.wsgi_app = self  # type: ignore[method-assign]
        app.before_request(self._check_request)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with a problem, or let the app answer."""
        # No compression inside a WebSocket: it costs 90 kB a client, and hides the frames.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        assert self._inner is not None
        path, name = environ["PATH_INFO"], host_name(environ.get("HTTP_HOST", ""))

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            return start_response(status, secured(headers, path, name), exc_info)

        try:
            self.check_host(name)
            if not environ.get("QUERY_STRING", "").isascii():
                raise BadRequest("a query is ASCII; write what is not as %-signs and its bytes")
            if path.startswith(SOCKETS):
                self.check_origin(environ)
                query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
                check_viewer(query.get("viewer", [None])[0])
                check_transport(query, environ)
                if environ["REQUEST_METHOD"] == "POST":
                    check_packets(environ)
        except HTTPException as error:
            return self._refuse(error, environ, start)
        return self._inner(environ, start)

    def check_host(self, name: str) -> None:
        """Let pass whoever asked for one of this machine's own names or addresses.

        :raises BadRequest: for any other.
        """
        if not self.is_own(name):
            raise BadRequest(f"the host is {short(name)}; allowed are this machine's own addresses")

    def check_origin(self, environ: WSGIEnvironment) -> None:
        """Let pass whoever sends no Origin, or that of one of the server's own pages.

        :raises Forbidden: for any other.
        """
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or origin == f"http://{environ.get('HTTP_HOST')}":
            return
        if origin != f"http://{urlsplit_host(origin)}:{self._port}" or not self.is_own(
            host_name(origin.removeprefix("http://"))
        ):
            raise Forbidden(f"the origin is {short(origin)}; allowed are this server's own pages")

    def is_own(self, name: str) -> bool:
        """Return whether this is a name or an address of this machine."""
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or str(address) in self._own_addresses(str(address))

    def _own_addresses(self, wanted: str) -> set[str]:
        # Read again only for an address that is not known: the network may have changed.
        if wanted not in self._addresses and time.monotonic() > self._read_at + REREAD:
            self._addresses, self._read_at = own_addresses(), time.monotonic()
        return self._addresses

    def _check_request(self) -> None:
        # What is not there is 404, and a wrong method 405, whoever asks.
        if request.routing_exception is None:
            self.check_origin(request.environ)
            check_viewer(request.args.get("viewer"))

    def _refuse(
        self, error: HTTPException, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        assert self._app is not None
        with self._app.app_context():
            response: Response = problem_response(error)
        response.headers["Cache-Control"] = "no-store"
        return response(environ, start_response)


def check_packets(environ: WSGIEnvironment) -> None:
    """Read what is posted to Socket.IO, and let pass 1 to 16 packets of together 64 kB.

    :raises RequestEntityTooLarge: if it is longer.
    :raises BadRequest: if it is anything else.
    """
    length = environ.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch("[0-9]{1,9}", length) or int(length) > LARGEST_BODY:
        raise RequestEntityTooLarge(
            f"the body has {short(length)} bytes; allowed are up to {LARGEST_BODY}"
        )
    body = environ["wsgi.input"].read(int(length))
    if not are_packets(body):
        raise BadRequest(f"the body is no packets; allowed are 1 to {MOST_PACKETS} of Engine.IO's")
    environ["wsgi.input"] = io.BytesIO(body)


def check_transport(query: dict[str, list[str]], environ: WSGIEnvironment) -> None:
    """Let pass a poll, or a WebSocket's handshake that is one (RFC 6455, section 4.2.1).

    :raises BadRequest: for what is neither: the library would break off in the middle of it. Also
        for a poll by script element (JSONP), which no Origin tells from another site's.
    """
    if "j" in query:
        raise BadRequest("JSONP is not spoken here; ask without j")
    upgrade = environ.get("HTTP_UPGRADE", "").lower()
    if upgrade != "websocket" and query.get("transport") != ["websocket"]:
        return
    connection = environ.get("HTTP_CONNECTION", "").lower().split(",")
    if (
        upgrade != "websocket"
        or "upgrade" not in [part.strip() for part in connection]
        or environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13"
        or not KEY.fullmatch(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""))
    ):
        raise BadRequest("this is no handshake of a WebSocket, as RFC 6455 has it")


def host_name(host: str) -> str:
    """Return a Host header without its port, an IPv6 address without its brackets."""
    return re.sub(r":\d*$", "", host).strip("[]").lower()


def urlsplit_host(origin: str) -> str:
    """Return an origin's host as it was written, without its port; '' where it has none."""
    try:
        return urlsplit(origin).netloc.rsplit(":", 1)[0]
    except ValueError:
        return ""


def own_names(host: str = "") -> frozenset[str]:
    """Return what this machine is called: by itself, in its network, and where it listens.

    :param host: where it was told to listen; an address is no name.
    """
    called = socket.gethostname().lower()
    short = called.split(".")[0]
    names = {"localhost", called, short, f"{short}.local"}
    if re.search("[a-z]", host.lower()) and ":" not in host:
        names.add(host.lower())
    return frozenset(names - {"", ".local"})


def own_addresses() -> set[str]:
    """Return the addresses of this machine's network interfaces, as text, without zones."""
    addresses = (ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips)
    return {address if isinstance(address, str) else address[0] for address in addresses}
