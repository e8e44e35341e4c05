"""The kit: what is in it, and that the lesson starts from it with nobody else to ask."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import start
from lesson import opening
from lesson.app import create_app
from lesson.machinery import kit
from lesson.settings import Settings
from tests.servers import ROOT, free_port
from tests.small_project import SmallProject

WINDOWS, LINUX = kit.TARGETS["Windows"], kit.TARGETS["Linux"]
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
NOBODY = {
    **{"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/"},
    **{"PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""},
}


# What is in it


def names(lock: str, target: kit.Target, python: str) -> dict[str, str]:
    lines = kit.pinned(lock, target.environment(python))
    return dict(line.rstrip(" \\").split("==") for line in lines if "==" in line)


def test_a_marker_is_judged_by_the_machine_that_the_kit_is_for():
    lock = (
        "# made\nall==1.0 \\\n    --hash=sha256:aa\n"
        "some==2.0 ; sys_platform == 'win32' \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    )
    all_ = ["all==1.0 \\", "    --hash=sha256:aa"]
    assert list(kit.pinned(lock, LINUX.environment("3.11"))) == all_
    some = ["some==2.0 \\", "    --hash=sha256:bb \\", "    --hash=sha256:cc"]
    assert list(kit.pinned(lock, WINDOWS.environment("3.11"))) == all_ + some


@pytest.mark.parametrize("python", kit.PYTHONS)
def test_the_real_lock_has_for_each_machine_what_it_needs(python: str):
    lock = (ROOT / "requirements.txt").read_text()
    pins = {name: names(lock, target, python) for name, target in kit.TARGETS.items()}
    assert all({"flask", "eventlet", "gevent", "segno"} <= there.keys() for there in pins.values())
    assert pins["Windows"].keys() - pins["Linux"].keys() >= {"colorama", "cffi"}
    assert (pins["macOS on Intel"]["gevent"] == pins["Linux"]["gevent"]) == (python != "3.11")


def test_nobodys_own_work_and_no_key_is_handed_on(tmp_path: Path):
    source = tmp_path / "source"
    kept = ["start.py", "lesson/build.py", "lesson/kit/one.md", "static/css/base.css"]
    own = ["instance/steering.key", "my-work/01/a.js", "kit/python/a.whl", "build/setup.log"]
    made = [".venv/bin/python", "node_modules/a/a.js", "static/vendor/a.js", ".git/HEAD"]
    for name in (*kept, *own, *made, "lesson/__pycache__/a.pyc"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    kit.copy_project(source, tmp_path / "target")
    copied = [path for path in (tmp_path / "target").rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path / "target").as_posix() for path in copied} == set(kept)


# A start from it, on a small project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[SmallProject]:
    """A small kit: its wheel and its npm packages lie in it, and there is no npm."""
    project = SmallProject(tmp_path)
    (project.root / "kit" / "npm").mkdir(parents=True)
    (project.root / "kit" / "python").mkdir()
    for wheel in project.folder.glob("*.whl"):
        shutil.move(wheel, project.root / "kit" / "python")
    lock = json.loads((project.root / "package-lock.json").read_text())
    for package in start.browser_packages():
        archive = project.root / "kit" / "npm" / start.archive_name(package)
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(project.folder / "from_npm" / package, "package")
        lock["packages"][f"node_modules/{package}"]["integrity"] = start.integrity(archive)
    (project.root / "package-lock.json").write_text(json.dumps(lock))
    for program in ("node", "npm"):
        (project.programs / program).unlink()
    yield project
    project.close()


def start_from(project: SmallProject, **settings: str) -> tuple[int, str]:
    return project.run(PATH=str(project.programs), PIP_FIND_LINKS="/nowhere", **settings)


def test_a_kit_starts_with_no_registry_and_no_npm(project: SmallProject):
    status, said = start_from(project)
    assert status == 7, said
    vendor = project.root / "static" / "vendor"
    there = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert there == set(start.VENDOR_FILES)
    assert len(start_from(project)[1].splitlines()) == 1  # the second time, nothing is installed


@pytest.mark.parametrize("damage", [b"not what was pinned", None])
def test_a_damaged_kit_is_one_line(project: SmallProject, damage: bytes | None):
    archive = project.root / "kit" / "npm" / start.archive_name("jquery")
    archive.unlink()
    if damage is not None:
        archive.write_bytes(damage)
    status, said = start_from(project)
    assert status == 1
    assert said.splitlines()[-1].endswith(
        "in this kit is damaged or missing. Take a new copy of it."
    )
    assert "Traceback" not in said


def test_what_a_kit_has_not_is_asked_of_pypi(project: SmallProject):
    index = project.folder / "simple" / "flask"
    index.mkdir(parents=True)
    for wheel in (project.root / "kit" / "python").glob("*.whl"):
        shutil.move(wheel, index)
        (index / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    status, said = start_from(project, PIP_NO_INDEX="", PIP_INDEX_URL=index.parent.as_uri())
    assert status == 7, said
    assert "so it is asked of PyPI" in said


# The real one


@pytest.mark.timeout(420)
def test_from_a_real_kit_the_doctor_finds_all_well_without_any_registry(tmp_path: Path):
    start.BUILD.mkdir(exist_ok=True)
    about = kit.build(tmp_path / "kit", {"Linux": LINUX}, [HERE])
    archive = tmp_path / "kit" / f"{kit.NAME}.zip"
    assert about["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()
    with zipfile.ZipFile(archive) as packed:
        assert not [name for name in packed.namelist() if re.search("/(instance|.git)(/|$)", name)]
        packed.extractall(tmp_path / "elsewhere")
    empty = tmp_path / "empty"
    empty.mkdir()
    there = {"PATH": str(empty), "PORT": str(free_port())}
    there["CHROMIUM"] = start.find_chromium() or "none"  # it is not in a kit
    done = subprocess.run(
        [sys.executable, "start.py", "doctor"],
        cwd=tmp_path / "elsewhere" / kit.NAME,
        env=os.environ | NOBODY | there,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "installed now, from the kit" in done.stdout
    assert "This machine is ready" in done.stdout


# Its pages


@pytest.fixture
def client(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(opening, "KIT", tmp_path)
    return create_app(Settings(engine="threading")).test_client()


def test_without_a_kit_its_page_says_how_one_is_made(client):
    assert "make kit" in client.get("/kit").text
    assert client.get("/kit/are-we-there-yet.zip").status_code == 404
    assert "Your instructor says where it is" in client.get("/setup").text


def test_a_kit_is_offered_as_it_was_built(client, tmp_path: Path):
    about = {"built": 0, "machines": ["Linux"], "pythons": ["3.11"], "files_bytes": 9}
    told = {**about, "bytes": 61_400_000, "sha256": "abc"}
    (tmp_path / "about.json").write_text(json.dumps(told))
    (tmp_path / opening.ARCHIVE).write_bytes(b"zipped")
    page = client.get("/kit").text
    assert all(text in page for text in ("61 MB", "Linux", "3.11", "1970-01-01", "abc"))
    answer = client.get("/kit/are-we-there-yet.zip")
    assert (answer.data, answer.mimetype) == (b"zipped", "application/zip")
    answer.close()
    assert "61 MB" in client.get("/setup").text


def test_the_pages_look_where_the_kit_is_built():
    assert (kit.PLACE, f"{kit.NAME}.zip") == (opening.KIT, opening.ARCHIVE)
