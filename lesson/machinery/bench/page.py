"""The page's weight: everything that the dashboard loads, compressed, as the server sends it.

Follows the page to its styles and scripts, and these to what they import. Counts bodies, no heads.
"""

from __future__ import annotations

import gzip
import re
import urllib.request
from urllib.parse import urljoin, urlsplit

from lesson.machinery.bench.progress import Progress
from lesson.machinery.bench.results import Figure, Results
from lesson.machinery.bench.server import serving

BELOW = 130.0  # kB
IN_PAGE = re.compile(r"""<(?:link|script|img)\b[^>]*\b(?:href|src)="([^"#]+)\"""")
# What is imported when it is first wanted, `import("…")`, is not what the page loads.
IN_SCRIPT = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.{1,2}/[^"']+)["']""")
IN_STYLE = re.compile(r"""(?:url\(|@import\s)\s*["']?(?!data:)([^"')]+)""")
LINKS = {"text/html": IN_PAGE, "text/javascript": IN_SCRIPT, "text/css": IN_STYLE}


def measure(results: Results, progress: Progress) -> None:
    """Weigh the dashboard."""
    progress.begin("The page's weight")
    with serving() as server:
        weights = weigh(f"{server.url}/dashboard")
    results.details["page"] = dict(sorted(weights.items(), key=lambda file: -file[1]))
    total = sum(weights.values()) / 1000
    results.add(Figure(f"the dashboard's {len(weights)} files, compressed", total, "kB", BELOW))


def weigh(page: str) -> dict[str, int]:
    """Return the bytes of each file that a page loads, itself included, by path."""
    weights: dict[str, int] = {}
    waiting = [page]
    while waiting:
        address = waiting.pop()
        path = urlsplit(address).path
        if path not in weights:
            weights[path], links = load(address)
            waiting += links
    return weights


def load(address: str) -> tuple[int, list[str]]:
    """Load one file; return the bytes that came, and the addresses of what it loads in turn."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        body: bytes = answer.read()
        zipped = answer.headers.get("Content-Encoding") == "gzip"
        pattern = LINKS.get(answer.headers.get_content_type())
    text = (gzip.decompress(body) if zipped else body).decode(errors="replace")
    found = pattern.findall(text) if pattern else []
    return len(body), [urljoin(address, link) for link in found]
