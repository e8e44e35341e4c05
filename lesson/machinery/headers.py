"""What every answer says of itself, so that a browser lets no other site make use of it.

Every byte here crosses with every poll and is measured there: below /demos/ stands only what data
needs. What a page needs is said of pages, which may set a policy of their own. What is no page may
load and run nothing where it is opened by itself (a picture can hold a script). An opener policy
only where the origin is one that a browser trusts, which is this machine's own: elsewhere browsers
ignore it, and complain.
"""

from __future__ import annotations

Headers = list[tuple[str, str]]

MEASURED = "/demos/"
SOCKETS = "/socket.io/"

# Nothing inline, nothing from elsewhere; connections only to where the page came from. Frames also
# from this machine's other name: by that the exercises' bench gets a process of its own.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'; "
    "frame-src 'self' http://127.0.0.1:* http://localhost:*"
)

DATA: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
ALL: Headers = [*DATA, ("Referrer-Policy", "no-referrer")]
NO_PAGE = ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
KEPT_NOWHERE = ("Cache-Control", "no-store")
PAGE = ("Content-Security-Policy", POLICY)
TRUSTED_PAGE = ("Cross-Origin-Opener-Policy", "same-origin")


def secured(headers: Headers, path: str, name: str) -> Headers:
    """Return an answer's headers and those that it must have besides.

    :param path: what was asked for.
    :param name: by which of its names this machine was asked.
    """
    if path.startswith(MEASURED):
        return headers + DATA
    given = {name.lower(): value for name, value in headers}
    if path.startswith(SOCKETS):  # the session's id is a secret
        return headers + ALL + ([] if "cache-control" in given else [KEPT_NOWHERE])
    is_page = given.get("content-type", "").startswith("text/html")
    more = [] if "content-security-policy" in given else [PAGE if is_page else NO_PAGE]
    if not is_page:
        return headers + ALL + more
    if name in ("localhost", "::1") or name.startswith("127."):
        more.append(TRUSTED_PAGE)
    return headers + ALL + more
