"""The audit: nothing unpinned, no known hole, and every licence goes with what it speaks of."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

import start
from lesson.machinery import audit
from tests.servers import ROOT

SOUND = f"flask==3.1.3 \\\n    --hash=sha256:{'0' * 64}\n"
HOLES = [
    ("eventlet", "CVE-2025-58068"),
    ("flask", "CVE-2025-47278"),
    ("h11", "CVE-2025-43859"),
    ("jinja2", "CVE-2025-27516"),
    ("python-engineio", "CVE-2026-48802"),
    ("python-engineio", "CVE-2026-48809"),
    ("python-socketio", "CVE-2025-61765"),
    ("python-socketio", "CVE-2026-48804"),
    ("werkzeug", "CVE-2024-49767"),
    ("werkzeug", "CVE-2026-27199"),
    ("socket.io-parser", "CVE-2026-33151"),
    ("ws", "CVE-2024-37890"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project with nothing wrong."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "holes.yaml", tmp_path / "requirements")
    for lock in audit.LOCKS:
        (tmp_path / lock).write_text("# made\n" + SOUND)
    npm(tmp_path, "4.2.7", integrity="sha512-x")
    return tmp_path


def npm(root: Path, version: str, package: str = "socket.io-parser", **more: str) -> None:
    packages = {"": {}, f"node_modules/{package}": {"version": version, **more}}
    (root / "package-lock.json").write_text(json.dumps({"packages": packages}))


def test_this_project_has_nothing_wrong_and_every_package_is_listed(capsys):
    assert audit.main() == 0
    said = capsys.readouterr().out
    assert re.search(r"^  eventlet +0\.\S+ +MIT", said, re.MULTILINE)
    assert re.search(r"^  jquery +4\.\S+ +MIT$", said, re.MULTILINE)
    assert "All is pinned, with hashes" in said


def test_a_sound_project_passes(root: Path):
    assert audit.main(root) == 0


@pytest.mark.parametrize(
    ("lock", "wrong"),
    [
        ("flask==3.1.3\n", "flask in requirements.txt: no hash"),
        (SOUND.replace("==", ">="), "flask in requirements.txt: no exact version"),
        (SOUND.replace("3.1.3", "3.*"), "flask in requirements.txt: no exact version"),
        (SOUND.replace("sha256", "md5"), "flask in requirements.txt: no hash"),
        (
            SOUND.replace("flask==3.1.3", "python-engineio==4.13.1"),
            "python-engineio 4.13.1 in requirements.txt has CVE-2026-48802; 4.13.2 has not",
        ),
    ],
)
def test_what_is_wrong_with_a_python_pin_is_said(root: Path, capsys, lock: str, wrong: str):
    (root / "requirements.txt").write_text(SOUND.replace("flask", "click") + lock)
    assert audit.main(root) == 1
    assert f"WRONG: {wrong}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "more", "wrong"),
    [
        ("4.2.7", {}, "socket.io-parser in package-lock.json: no integrity"),
        (
            "4.2.5",
            {"integrity": "sha512-x"},
            "socket.io-parser 4.2.5 in package-lock.json has CVE-2026-33151; 4.2.6 has not",
        ),
    ],
)
def test_what_is_wrong_with_an_npm_pin_is_said(root: Path, capsys, version, more, wrong):
    npm(root, version, **more)
    assert audit.main(root) == 1
    assert f"WRONG: {wrong}\n" in capsys.readouterr().out


def known() -> dict[tuple[str, str], tuple[str, str]]:
    """Return each hole's kind of package and the first version without it."""
    told = yaml.safe_load((ROOT / "requirements" / "holes.yaml").read_text())
    return {
        (one["package"], one["named"]): (kind, str(one["fixed"]))
        for kind, rows in told.items()
        for one in rows
    }


def test_no_hole_is_forgotten():
    assert sorted(known()) == sorted(HOLES)


@pytest.mark.parametrize(("package", "named"), HOLES)
def test_each_hole_is_found_until_it_is_mended(root: Path, capsys, package, named):
    kind, fixed = known()[package, named]
    for version, is_open in (("0.1", True), (fixed, False)):
        if kind == "npm":
            npm(root, version, package, integrity="sha512-x")
        else:
            pin = SOUND.replace("flask==3.1.3", f"{package}=={version}")
            (root / "requirements.txt").write_text(pin)
        audit.main(root)
        said = capsys.readouterr().out
        assert (f" has {named}; {fixed} has not\n" in said) == is_open


def test_a_licence_is_shipped_with_everything_that_pages_load():
    licensed = {path.parent.name for path in (ROOT / "static" / "vendor").glob("*/LICENSE*.txt")}
    loaded = {path.parent.name for path in (ROOT / "static" / "vendor").glob("*/*.js")}
    assert loaded
    assert loaded <= licensed
    assert all("opyright" in text for text in licences())


def licences() -> list[str]:
    return [path.read_text() for path in (ROOT / "static" / "vendor").glob("*/LICENSE*.txt")]


def test_so_is_one_for_each_package_within_them():
    source_map = start.NODE_MODULES / "socket.io-client/dist/socket.io.esm.min.js.map"
    sources = json.loads(source_map.read_text())["sources"]
    within = {
        re.sub(r"^socket\.io-c", "@socket.io/c", path.split("/")[2])
        for path in sources
        if path.startswith("../../")
    }
    assert {"engine.io-parser", "@socket.io/component-emitter"} <= within
    assert all(f"{package}/LICENSE" in start.VENDOR_FILES.values() for package in within)
