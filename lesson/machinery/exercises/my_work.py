"""The student's files: starters are copied to my-work/, and never written over.

What is put back by `reset` is copied aside first, into `kept/` of the exercise's own folder.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import time
import zipfile
from pathlib import Path

from lesson.machinery.exercises.exercise import Exercise

KEPT = "kept"
LARGEST_ZIP = 20_000_000  # bytes of the files in it


class MyWork:
    """What a student has written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, exercise: Exercise) -> Path:
        """Return the folder of one exercise."""
        return self.folder / exercise.name

    def begin(self, exercise: Exercise) -> list[str]:
        """Copy the starter's files, if this exercise has none yet; return which were copied.

        A folder that is there is left as it is: a file that is missing in it was taken away.
        """
        target = self.path(exercise)
        if target.exists():
            return []
        target.mkdir(parents=True)
        for file in exercise.files:
            shutil.copyfile(exercise.folder / "starter" / file, target / file)
        return list(exercise.files)

    def reset(self, exercise: Exercise) -> Path | None:
        """Bring the starter back; return where what was there now lies, if there was any."""
        source, kept = self.path(exercise), self._new_folder(exercise)
        own = [path for path in files_in(source) if path.is_file()]
        for path in own:
            kept.mkdir(parents=True, exist_ok=True)
            shutil.move(path, kept / path.name)
        source.mkdir(parents=True, exist_ok=True)
        for file in exercise.files:
            shutil.copyfile(exercise.folder / "starter" / file, source / file)
        return kept if own else None

    def stamp(self, exercise: Exercise) -> str:
        """Return a word that changes with what the files of an exercise say."""
        digest = hashlib.sha256()
        for path in files_in(self.path(exercise)):
            digest.update(f"{path.name} ".encode() + path.read_bytes())
        return digest.hexdigest()[:12]

    def read(self, exercise: Exercise, file: str) -> bytes | None:
        """Return one of an exercise's files, or None where it is not there."""
        path = self.path(exercise) / file
        is_inside = path.resolve().parent == self.path(exercise).resolve()
        return path.read_bytes() if is_inside and path.is_file() else None

    def as_zip(self) -> bytes:
        """Return the files of all exercises, packed; what is kept aside or linked is left out."""
        packed, left = io.BytesIO(), LARGEST_ZIP
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for folder in sorted(self.folder.iterdir()) if self.folder.is_dir() else []:
                for path in [] if folder.is_symlink() else files_in(folder):
                    left -= path.stat().st_size
                    if not path.is_symlink() and left >= 0:
                        archive.write(path, f"{self.folder.name}/{folder.name}/{path.name}")
        return packed.getvalue()

    def _new_folder(self, exercise: Exercise) -> Path:
        stem = self.path(exercise) / KEPT / time.strftime("%Y-%m-%d-%H%M%S")
        return next(
            path
            for path in (stem.with_name(f"{stem.name}{suffix}") for suffix in ("", *"bcdefghij"))
            if not path.exists()
        )


def files_in(folder: Path) -> list[Path]:
    """Return a folder's files, but for hidden ones; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] != ".")


def fingerprint(path: Path) -> str:
    """Return a word that changes with what a file says, and not with its line ends."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]
