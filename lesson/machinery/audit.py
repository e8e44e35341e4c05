"""Lists what others wrote, with its licences, and refuses what is known to be wrong with it.

`python -m lesson.machinery.audit` reads the lock files, what is installed, and
requirements/holes.yaml, and asks nobody: it knows those holes alone. Left out: what the
operating system brings.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("requirements.txt", "requirements/node.txt", "requirements/test.txt")
UNKNOWN = "not said"
LONGEST = 40  # characters of a licence that is named and not written out


@dataclass(frozen=True)
class Package:
    """One package as a lock file pins it."""

    kind: str  # pypi or npm
    name: str
    version: str
    lock: str
    licence: str
    problem: str = ""  # what is wrong with its pin


def main(root: Path = ROOT) -> int:
    """Print the list and what is wrong; return 1 if anything is."""
    packages = [
        *(one for lock in LOCKS for one in python_packages(root, lock)),
        *npm_packages(root),
    ]
    known = yaml.safe_load((root / "requirements/holes.yaml").read_text(encoding="utf-8"))
    for lock in dict.fromkeys(package.lock for package in packages):
        show(lock, [package for package in packages if package.lock == lock])
    wrong = [f"{one.name} in {one.lock}: {one.problem}" for one in packages if one.problem]
    wrong += holes(packages, known)
    for line in wrong:
        print(f"WRONG: {line}")
    if not wrong:
        count = sum(len(entries) for entries in known.values())
        print(f"All is pinned, with hashes; none of the {count} known holes is in it.")
    return 1 if wrong else 0


def show(lock: str, packages: list[Package]) -> None:
    """Print what a lock file pins, and how often each licence is in it."""
    print(f"{lock}: {len(packages)} packages\n")
    for package in packages:
        print(f"  {package.name:<34} {package.version:<16} {package.licence}")
    counted = Counter(package.licence for package in packages).most_common()
    print("\n  " + ", ".join(f"{licence}: {count}" for licence, count in counted) + "\n")


def python_packages(root: Path, lock: str) -> Iterator[Package]:
    """Read a lock file of Python's: a pin to a line, its hashes on the lines after it."""
    lines = (root / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    for line in lines:
        if line.strip() and not line.startswith("#"):
            pin, *hashes = line.split("--hash=")
            one = Requirement(pin.strip())
            exact = (part.version for part in one.specifier if part.operator == "==")
            versions = [version for version in exact if not version.endswith("*")]
            version = versions[0] if versions else "any"
            yield Package(
                "pypi", one.name, version, lock, licence(one.name), faults(version, hashes)
            )


def faults(version: str, hashes: list[str]) -> str:
    """Say what is wrong with a pin; nothing if nothing is."""
    if version == "any":
        return "no exact version"
    return "" if hashes and all(each.startswith("sha256:") for each in hashes) else "no hash"


def npm_packages(root: Path) -> Iterator[Package]:
    """Read npm's lock file."""
    lock = "package-lock.json"
    entries = json.loads((root / lock).read_text(encoding="utf-8"))["packages"]
    for path, entry in entries.items():
        if path:  # the one without is this project
            name = path.rpartition("node_modules/")[2]
            problem = "" if entry.get("integrity", "").startswith("sha512-") else "no integrity"
            licence = entry.get("license") or UNKNOWN
            yield Package("npm", name, entry["version"], lock, licence, problem)


def licence(name: str) -> str:
    """Return what an installed package says of its licence."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    classes = [each for each in told.get_all("Classifier", []) if each.startswith("License ::")]
    short = [each for each in told.get_all("License", []) if 0 < len(each.strip()) <= LONGEST]
    named = ", ".join(each.rpartition(" :: ")[2] for each in classes)
    return next(iter([*told.get_all("License-Expression", []), *short, named]), "") or UNKNOWN


def holes(packages: list[Package], known: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return a line for each known hole that a pinned version has."""
    return [
        f"{one.name} {one.version} in {one.lock} has {hole['named']}; {hole['fixed']} has not"
        for one in packages
        for hole in known[one.kind]
        if one.name.lower() == hole["package"] and one.version != "any"
        if Version(one.version) < Version(str(hole["fixed"]))
    ]


if __name__ == "__main__":
    sys.exit(main())
