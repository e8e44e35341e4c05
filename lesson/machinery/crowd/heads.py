"""What a browser sends with a question and with a WebSocket's handshake.

Header by header what Chromium 156 sends for the dashboard on 127.0.0.1 (its requests were
recorded), because most of a poll's bytes, and much of the server's work, is in its head.
"""

from __future__ import annotations

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36"
)
BRANDS = '"Not:A-Brand";v="8", "Chromium";v="156", "Google Chrome";v="156"'

QUESTION = {
    "Connection": "keep-alive",
    "sec-ch-ua-platform": '"Linux"',
    "X-Requested-With": "XMLHttpRequest",
    "User-Agent": AGENT,
    "Accept": "application/json, text/javascript, */*; q=0.01",
    "sec-ch-ua": BRANDS,
    "sec-ch-ua-mobile": "?0",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
}


def handshake(origin: str) -> dict[str, str]:
    """Return what a handshake carries besides what the protocol itself asks for (RFC 6455, 4.1)."""
    return {
        "Pragma": "no-cache",
        "Cache-Control": "no-cache",
        "User-Agent": AGENT,
        "Origin": origin,
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Accept-Language": "en-US,en;q=0.9",
        "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    }
