"""What is read before a lesson: /setup, the page to send the day before, and /kit, the download."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template, send_file
from werkzeug.exceptions import NotFound

from lesson.machinery.joining import Joining

KIT = Path(__file__).parent.parent / "build" / "kit"  # where `start.py kit` puts it
ARCHIVE = "are-we-there-yet.zip"


class Opening:
    """Makes those pages.

    :param joining: knows what others open on the day.
    """

    def __init__(self, joining: Joining) -> None:
        self._joining = joining

    def mount(self, app: Flask) -> None:
        """Add the pages and the download."""
        app.get("/setup")(self.setup)
        app.get("/kit")(self.kit)
        app.get(f"/kit/{ARCHIVE}")(self.archive)

    def setup(self) -> str:
        """Return the page by which students get their machines ready."""
        return render_template("setup.html", kit=about(), addresses=self._joining.urls())

    def kit(self) -> str:
        """Return the page that says what the kit is, and offers it."""
        return render_template("kit.html", kit=about(), archive=f"/kit/{ARCHIVE}")

    def archive(self) -> Response:
        """Return the kit as a zip.

        :raises NotFound: if none was built.
        """
        if about() is None:
            raise NotFound("there is no kit here; `start.py kit` builds one")
        return send_file(KIT / ARCHIVE, as_attachment=True, max_age=0)


def about() -> dict[str, Any] | None:
    """Return what is in the kit, sizes in MB; None where there is none."""
    try:
        told: dict[str, Any] = json.loads((KIT / "about.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    built = datetime.fromtimestamp(told["built"] / 1000, UTC)
    return {**told, "megabytes": f"{told['bytes'] / 1e6:.0f}", "day": f"{built:%Y-%m-%d}"}
