"""Builds the kit: one folder from which the lesson starts without the internet.

`python -m lesson.machinery.kit` puts into build/kit the project as it is here, the Python packages
for each of `TARGETS`, and the npm packages that pages load something of; and a zip of it, which the
server offers at /kit. What is fetched is held to the hashes of the lock files, here and once more
where it is installed. Left out: Python itself, and the tools for testing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

import start

NAME = "are-we-there-yet"
PLACE = start.BUILD / "kit"
# Made here, or one's own: no part of what is handed on.
LEFT_OUT = {
    *(".git", ".venv", "node_modules", "static/vendor", "build", "kit"),
    *("instance", "my-work", ".hypothesis"),
}
NO_NETWORK = "That did not work. Is there a network that reaches {}? Then try again."


@dataclass(frozen=True)
class Target:
    """A kind of machine: as markers in a lock file see it, and as wheels name it."""

    sys_platform: str
    os_name: str
    platform_system: str
    platform_machine: str
    tags: tuple[str, ...]  # pip adds older ones of macOS by itself

    def environment(self, python: str) -> dict[str, str]:
        """Return what markers see there, with this version of Python."""
        seen = ("sys_platform", "os_name", "platform_system", "platform_machine")
        return {
            **{name: getattr(self, name) for name in seen},
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "python_version": python,
            "python_full_version": f"{python}.0",
        }


LINUX = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
TARGETS = {
    "Linux": Target("linux", "posix", "Linux", "x86_64", LINUX),
    "macOS on Apple silicon": Target("darwin", "posix", "Darwin", "arm64", ("macosx_12_0_arm64",)),
    "macOS on Intel": Target("darwin", "posix", "Darwin", "x86_64", ("macosx_12_0_x86_64",)),
    "Windows": Target("win32", "nt", "Windows", "AMD64", ("win_amd64",)),
}
PYTHONS = tuple(f"3.{minor}" for minor in range(start.OLDEST[1], start.NEWEST[1] + 1))


def main() -> int:
    """Build the kit; return the exit status."""
    try:
        with start.only_one():
            about = build(PLACE, TARGETS, PYTHONS)
    except start.Problem as problem:
        return start.say_why(str(problem))
    print(f"\nThe kit is build/kit/{NAME}, {about['files_bytes'] / 1e6:.0f} MB, for a stick;")
    print(
        f"build/kit/{NAME}.zip, {about['bytes'] / 1e6:.0f} MB, is offered at /kit while you serve."
    )
    print("In a kit's folder, `python3 start.py doctor` is the first thing to type.")
    return 0


def build(place: Path, targets: dict[str, Target], pythons: Iterable[str]) -> dict[str, Any]:
    """Build the kit there, in place of an older one, once it is whole; return what is in it.

    :raises start.Problem: if something cannot be fetched.
    """
    fresh = place.with_name("kit.new")
    shutil.rmtree(fresh, ignore_errors=True)
    folder = fresh / NAME
    copy_project(start.ROOT, folder)
    for name, target in targets.items():
        for python in pythons:
            fetch_wheels(folder / "kit" / "python", name, target, python)
    fetch_npm(folder / "kit" / "npm")
    archive = fresh / f"{NAME}.zip"
    write_zip(folder, archive)
    about = {
        "built": time.time() * 1000,  # ms since the Unix epoch
        "machines": list(targets),
        "pythons": list(pythons),
        "files_bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "bytes": archive.stat().st_size,
        "sha256": sha256(archive),
    }
    (fresh / "about.json").write_text(json.dumps(about), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    fresh.rename(place)
    return about


def copy_project(source: Path, target: Path) -> None:
    """Copy the project, without what is made in it and without what is one's own."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        within = Path(folder).relative_to(source)
        made = {name for name in names if (within / name).as_posix() in LEFT_OUT}
        return made | ({"__pycache__"} & set(names))

    shutil.copytree(source, target, ignore=left_out)


def fetch_wheels(folder: Path, name: str, target: Target, python: str) -> None:
    """Have pip bring the lesson's packages for one kind of machine and one Python."""
    folder.mkdir(parents=True, exist_ok=True)
    pins = start.BUILD / "kit.txt"
    lock = (start.ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins.write_text("\n".join(pinned(lock, target.environment(python))) + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--no-input", "--disable-pip-version-check"]
    pip += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", str(folder)]
    pip += ["--implementation", "cp", "--python-version", python]
    for tag in target.tags:
        pip += ["--platform", tag]
    title = f"Python {python} packages for {name}"
    start.step(title, [*pip, "-r", str(pins)], NO_NETWORK.format("PyPI"))


def pinned(lock: str, environment: dict[str, str]) -> Iterator[str]:
    """Return those lines of a lock file that hold in an environment, hashes included.

    pip judges markers by the machine that it runs on, whatever it is asked to download.
    """
    holds = False
    for line in lock.splitlines():
        if line[:1].isalnum():
            pin = Requirement(line.rstrip("\\ "))
            holds = pin.marker is None or pin.marker.evaluate(environment)
            line = f"{pin.name}{pin.specifier} \\"
        if holds and not line.startswith("#"):
            yield line


def fetch_npm(folder: Path) -> None:
    """Have npm bring the packages that pages load something of, as they are published."""
    folder.mkdir(parents=True)
    for package in start.browser_packages():
        wanted = start.locked(package)
        command = [*start.node_or_ours().npm, "pack", f"{package}@{wanted['version']}"]
        command += ["--pack-destination", str(folder), "--ignore-scripts"]
        start.step(f"{package} from npm", command, NO_NETWORK.format("npm's registry"))
        archive = folder / start.archive_name(package)
        if start.integrity(archive) != wanted["integrity"]:
            raise start.Problem(f"{package} from npm is not what package-lock.json has pinned.")


def write_zip(folder: Path, archive: Path) -> None:
    """Zip a folder, under its own name."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for path in sorted(folder.rglob("*")):
            packed = path.suffix in (".whl", ".tgz", ".png")
            how = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            target.write(path, path.relative_to(folder.parent), how)


def sha256(path: Path) -> str:
    """Return a file's digest."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main())
