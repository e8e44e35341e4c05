"""A copy of the project in which only the set-up is real: small packages, no network, no server.

Its pins are wheels made here, its npm is a script that copies from the real node_modules, and its
lesson says that it is ready and ends.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import start
from tests.servers import free_port

ROOT = Path(__file__).parent.parent
READY = "Are We There Yet? is on "
PATIENCE = 60  # s; a virtual environment alone may take several
OFFLINE = "nothing-has-this-name==1.0 --hash=sha256:" + "0" * 64

LESSON = f"""
import os, sys
print("{READY}" + sys.prefix, os.getpid(), flush=True)
sys.exit(7)
"""
NODE = "#!/bin/sh\necho v20.20.2\n"
# It can be held up: while the file `hold` is there, it waits for what the test writes to that pipe.
NPM = """#!/bin/sh
echo "$@" >> '{folder}/npm.log'
if [ -p '{folder}/hold' ]; then read _ < '{folder}/hold'; fi
rm -rf node_modules && cp -R '{folder}/from_npm' node_modules
"""


class SmallProject:
    """A fresh clone, so to speak, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "clone"
        self.programs = folder / "bin"
        self.started: list[subprocess.Popen[str]] = []
        self.programs.mkdir()
        shutil.copytree(ROOT / "requirements", self.root / "requirements")
        for name in ("start.py", "package-lock.json"):
            shutil.copy(ROOT / name, self.root)
        (self.root / "lesson").mkdir()
        (self.root / "lesson" / "__main__.py").write_text(LESSON)
        self.pin("requirements.txt", self.wheel("flask", "1.0"))
        self._make_npm()

    def _make_npm(self) -> None:
        for source in start.VENDOR_FILES.values():
            target = self.folder / "from_npm" / source
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "node_modules" / source, target)
        self.program("node", NODE)
        self.program("npm", NPM.format(folder=self.folder))

    def program(self, name: str, text: str) -> None:
        """Put a program where the set-up finds it before the machine's own."""
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def pin(self, lock: str, *lines: str) -> None:
        """Write a lock file."""
        (self.root / lock).write_text("\n".join(lines) + "\n")

    def wheel(self, name: str, version: str, code: str = "", main: str = "") -> str:
        """Make a wheel that pip finds; return its pin."""
        module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
        files = {
            f"{module}/__init__.py": code,
            f"{module}/__main__.py": main,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},{fingerprint(text)},\n" for path, text in files.items())
        target = self.folder / f"{module}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(target, "w") as archive:
            for path, text in {**files, f"{info}/RECORD": record}.items():
                archive.writestr(zipfile.ZipInfo(path), text)
        return f"{name}=={version} --hash=sha256:{hashlib.sha256(target.read_bytes()).hexdigest()}"

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Begin a start, in a process group of its own as a terminal does it."""
        quiet = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"}
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        process = subprocess.Popen(
            [sys.executable, "start.py", *(arguments or ["run"])],
            cwd=self.root,
            env=os.environ
            | quiet
            | {"PIP_FIND_LINKS": str(self.folder), "PATH": path, "PORT": str(free_port())}
            | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def close(self) -> None:
        """End whatever a failed test has left running."""
        for process in self.started:
            if process.stdout and not process.stdout.closed:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        hold = self.folder / "hold"
        if hold.exists():  # an npm that outlived its start may still wait for it
            os.close(os.open(hold, os.O_RDWR))
            hold.unlink()

    def run(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """Start and wait; return the exit status and all that was said."""
        return ended(self.start(*arguments, **settings))

    def hold_npm(self) -> None:
        """Make npm wait in its middle, as on a slow network."""
        os.mkfifo(self.folder / "hold")

    def release_npm(self) -> None:
        """Let it go on, and wait no more."""
        with open(self.folder / "hold", "w") as pipe:
            pipe.write("\n")
        (self.folder / "hold").unlink()

    def npm_calls(self) -> int:
        """Return how often npm was asked."""
        log = self.folder / "npm.log"
        return len(log.read_text().splitlines()) if log.exists() else 0


def fingerprint(text: str) -> str:
    """Return a file's digest as a wheel's RECORD has it."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "sha256=" + digest.rstrip(b"=").decode()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a start to end; return its exit status and what it said."""
    try:
        said, _ = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, said
