"""A survey on paper: JSON for programs, CSV for tables, and one page that needs nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lesson.machinery.survey.costs import costs
from lesson.machinery.survey.drawings import NAMES, drawings, plain
from lesson.machinery.survey.rows import Row, as_csv

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "lesson" / "templates"
STYLES = ("base.css", "survey.css")
NAME = "crowd"  # of the three files

Report = dict[str, Any]


def write(report: Report, folder: Path) -> list[Path]:
    """Write the three files; return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "json": json.dumps(report, indent=1) + "\n",
        "csv": as_csv(report["rows"]),
        "html": page(report),
    }
    paths = {folder / f"{NAME}.{kind}": text for kind, text in texts.items()}
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    return list(paths)


def page(report: Report) -> str:
    """Return the report as one HTML page, its styles and drawings in it."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    styles = "\n".join((ROOT / "static" / "css" / name).read_text("utf-8") for name in STYLES)
    return environment.get_template("survey.html").render(styles=styles, **view(report)) + "\n"


def view(report: Report) -> dict[str, Any]:
    """Return what the templates show of a report."""
    rows: list[Row] = report["rows"]
    return {
        "report": report,
        "machine": machine_in_words(report["about"]),
        "drawings": drawings(rows),
        "rows": rows,
        "costs": {name: found.as_dict() for name, found in costs(rows).items()},
        "names": NAMES,
        "plain": plain,
    }


def machine_in_words(about: Report) -> str:
    """Return where and with what it was measured, in one line."""
    machine = about["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    busy = "" if machine["load"] is None else f"; load before it began: {machine['load']}"
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory'] / 1e9:.0f} GB, "
        f"{machine['system']}; Python {about['python']}, {packages}{busy}"
    )
