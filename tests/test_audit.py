"""The audit: nothing unpinned, no known hole, and every licence goes with what it speaks of."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import start
from lesson.machinery import audit
from tests.servers import ROOT

SOUND = f"flask==3.1.3 \\\n    --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project with nothing wrong."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "requirements" / "holes.yaml", tmp_path / "requirements")
    for lock in audit.LOCKS:
        (tmp_path / lock).write_text("# made\n" + SOUND)
    npm(tmp_path, "4.2.7", integrity="sha512-x")
    return tmp_path


def npm(root: Path, version: str, **more: str) -> None:
    packages = {"": {}, "node_modules/socket.io-parser": {"version": version, **more}}
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
