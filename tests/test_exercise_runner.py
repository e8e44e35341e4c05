"""The exercises in the terminal: what is copied, kept and remembered, and what each mishap says."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from lesson.machinery.exercises import screen
from lesson.machinery.exercises.checker import SLOWEST, STARTS_WITHIN, slowness_since
from lesson.machinery.exercises.exercise import Exercise, read_all
from lesson.machinery.exercises.my_work import MyWork
from lesson.machinery.exercises.progress import Progress
from lesson.machinery.exercises.serving import Serving
from lesson.machinery.exercises.verdict import check_python
from tests.servers import PATIENCE, ROOT, Server, free_port
from tests.waiting import until

FIRST, SECOND = "00-change-a-word", "01-never-twice"
FILE = "my_word.py"


@pytest.fixture
def first() -> Exercise:
    return read_all()[FIRST]


class Terminal:
    """The runner in a process of its own, with a pipe instead of a keyboard."""

    def __init__(self, my_work: Path, *arguments: str, port: int | None = None) -> None:
        self.file = my_work / FIRST / FILE
        self.url = f"http://127.0.0.1:{port or free_port()}"
        self.log = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lesson.machinery.exercises", *arguments],
            cwd=ROOT,
            env=os.environ | {"MY_WORK": str(my_work), "PORT": self.url.rpartition(":")[2]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, *keys: str) -> None:
        assert self._process.stdin
        for key in keys:
            self._process.stdin.write(f"{key}\n")
        self._process.stdin.flush()

    def save(self, text: str) -> None:
        self.file.write_bytes(text.encode())

    def wait_for(self, text: str, after: int = 0) -> int:
        """Wait until it has said something; return up to where it has been heard."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.log[after:]:
            assert time.monotonic() < deadline, f"no {text!r} in:\n{self.log[after:]}"
            time.sleep(0.02)
        return self.log.index(text, after) + len(text)

    def end(self, how: int | None = None) -> int:
        """Wait until it has ended; return its exit status."""
        if how is not None:
            self._process.send_signal(how)
        status = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def close(self) -> None:
        if self._process.poll() is None:
            self.end(signal.SIGTERM)
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                self.log += line


Open = Callable[..., Terminal]


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Open]:
    opened: list[Terminal] = []

    def make(*arguments: str, **options: int) -> Terminal:
        opened.append(Terminal(tmp_path / "my-work", *arguments, **options))
        return opened[-1]

    yield make
    for terminal in opened:
        terminal.close()


# The terminal


def test_it_checks_what_is_saved_and_goes_on_only_when_told(open_terminal: Open) -> None:
    terminal = open_terminal()
    heard = terminal.wait_for("got       nobody")
    terminal.press("n")
    heard = terminal.wait_for("has not passed yet", heard)
    terminal.save('print("I was here")\r\nWHO = "Grace"\r\n')
    assert terminal.wait_for("checking…", heard) < terminal.wait_for("Hello, Grace!", heard)
    heard = terminal.wait_for(f"{FIRST} passes", heard)
    assert "  I was here" in terminal.log
    assert "The short poll" not in terminal.log
    terminal.press("n")
    terminal.wait_for("The short poll", heard)
    terminal.wait_for("checked in your browser. Open " + terminal.url, heard)
    terminal.press("q")
    assert terminal.end() == 0


def test_hints_come_one_by_one_and_a_solution_only_when_asked_twice(open_terminal: Open) -> None:
    terminal = open_terminal()
    heard = terminal.wait_for("q quit")
    terminal.press("h", "h", "h", "s", "s")
    for number in (1, 2, 3):
        heard = terminal.wait_for(f"Hint {number} of 3", heard)
    heard = terminal.wait_for("Press s again", heard)
    terminal.wait_for('>   3  WHO = "Ada"', heard)
    terminal.wait_for(f"Are We There Yet? is on {terminal.url}")
    terminal.press("s")
    solution = f"{terminal.url}/exercises/solution/{FIRST}"
    until(lambda: requests.get(solution, timeout=PATIENCE).status_code == 200)


def test_reset_asks_and_keeps_what_was_there(open_terminal: Open) -> None:
    terminal = open_terminal()
    heard = terminal.wait_for("q quit")
    terminal.save("WHO = 'Mine'\n")
    heard = terminal.wait_for("passes", heard)
    terminal.press("r", "x")
    heard = terminal.wait_for("Left as it is", heard)
    terminal.press("r", "r")
    terminal.wait_for("got       nobody", heard)
    kept = list(terminal.file.parent.glob(f"kept/*/{FILE}"))
    assert [path.read_text() for path in kept] == ["WHO = 'Mine'\n"]


def test_the_list_jumps_anywhere_and_the_next_start_is_there_again(open_terminal: Open) -> None:
    terminal = open_terminal()
    heard = terminal.wait_for("q quit")
    terminal.press("l", "1")
    terminal.wait_for("The short poll that never polls twice  (", heard)
    assert terminal.end(signal.SIGTERM) == 0
    open_terminal().wait_for("The short poll that never polls twice  (")


def test_a_file_saved_elsewhere_is_named(open_terminal: Open) -> None:
    terminal = open_terminal()
    heard = terminal.wait_for("q quit")
    other = terminal.file.parent.parent / SECOND / "short-poll.js"
    other.write_text(other.read_text() + "\n")
    terminal.wait_for(f"Saved in {SECOND}; the current exercise is {FIRST}", heard)


def test_no_server_is_left_behind_when_the_window_is_closed(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for(f"Are We There Yet? is on {terminal.url}")
    assert terminal.end(signal.SIGHUP) == 0
    assert not Serving(int(terminal.url.rpartition(":")[2])).join()


def test_a_second_runner_is_told_of_the_first(open_terminal: Open) -> None:
    open_terminal().wait_for("00  Change one word")
    second = open_terminal()
    assert second.end() == 1
    assert "running in another window already" in second.log


def test_python_exercises_go_on_where_the_port_is_taken(
    open_terminal: Open, shared_server: Server
) -> None:
    terminal = open_terminal(port=shared_server.port)
    terminal.wait_for("The pages are not served")
    terminal.wait_for("got       nobody")


def test_a_class_that_is_none_or_away_disturbs_nothing(
    open_terminal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASS", "the big hall")
    terminal = open_terminal()
    terminal.wait_for("CLASS is 'the big hall'; allowed is")
    terminal.wait_for("got       nobody")
    terminal.close()
    monkeypatch.setenv("CLASS", f"127.0.0.1:{free_port()}")
    terminal = open_terminal()
    heard = terminal.wait_for("got       nobody")
    heard = terminal.wait_for("The class was not told: 127.0.0.1:", heard)
    terminal.save('WHO = "Grace"')
    heard = terminal.wait_for("passes", heard)
    terminal.press("n")
    terminal.wait_for("The short poll", heard)


def test_an_edited_check_is_said(open_terminal: Open, tmp_path: Path) -> None:
    progress = Progress(tmp_path / "my-work", [FIRST])
    progress.begin(FIRST, "another-hash")
    open_terminal().wait_for("check.py of this exercise is not what it was when you began")


def test_check_checks_everything_once(open_terminal: Open, shared_server: Server) -> None:
    # The shared server's pages are not open, and its my-work is another one: that is only asked.
    terminal = open_terminal("check")
    terminal.wait_for(f"not yet     {FIRST}")
    terminal.wait_for(f"{SECOND} is checked in your browser: open {terminal.url}/exercises")
    assert terminal.end(signal.SIGTERM) == 128 + signal.SIGTERM
    assert not Serving(int(terminal.url.rpartition(":")[2])).join()  # nothing is left behind


# What is kept


def test_a_starter_is_copied_once_and_never_written_over(first: Exercise, tmp_path: Path) -> None:
    work = MyWork(tmp_path)
    assert work.begin(first) == [FILE]
    (tmp_path / FIRST / FILE).write_text("mine")
    assert work.begin(first) == []
    assert work.read(first, FILE) == b"mine"


def test_a_file_that_was_taken_away_is_not_put_back_by_itself(
    first: Exercise, tmp_path: Path
) -> None:
    work = MyWork(tmp_path)
    work.begin(first)
    (tmp_path / FIRST / FILE).unlink()
    assert work.begin(first) == []


@pytest.mark.parametrize("file", ["../progress.txt", "../../secret", "/etc/hostname", "", "."])
def test_only_an_exercises_own_files_are_read(file: str, first: Exercise, tmp_path: Path) -> None:
    work = MyWork(tmp_path / "my-work")
    work.begin(first)
    (tmp_path / "my-work" / "progress.txt").write_text("x")
    assert work.read(first, file) is None


def test_resets_in_the_same_second_keep_all_copies(first: Exercise, tmp_path: Path) -> None:
    work = MyWork(tmp_path)
    work.begin(first)
    assert len({work.reset(first) for _ in range(3)}) == 3


@pytest.mark.parametrize(
    "damage",
    [b"", b"\x00\xff\xfe", b"done\n", b"done 99-unknown\nnow\n", b"done 00-change-a-word x y"],
)
def test_progress_survives_a_damaged_file(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "progress.txt").write_bytes(damage)
    progress = Progress(tmp_path, [FIRST, SECOND])
    assert progress.now() == FIRST
    progress.pass_(FIRST)
    assert progress.done() == {FIRST}
    assert progress.now() == SECOND


def test_progress_keeps_lines_that_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "progress.txt").write_text("a note of mine\ndone 01-never-twice\n")
    progress = Progress(tmp_path, [FIRST, SECOND])
    progress.go_to(SECOND)
    progress.go_to(FIRST)
    assert "a note of mine" in (tmp_path / "progress.txt").read_text()
    assert progress.now() == FIRST


# What a student's code may do


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("WHO = (", "SyntaxError: '(' was never closed"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(3)", "the whole process ended (exit status 3)"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("WHOM = 1", "no such name; there are WHOM"),
        ("WHO = 'Ada' + 1", "of another kind than is wanted"),
        ("WHO = ''", "got       ''"),
        ("\x00", "one is not UTF-8 text"),
        ("WHO = 'M\udce4x'", "one is not UTF-8 text"),
    ],
)
def test_what_goes_wrong_is_said(code: str, said: str, first: Exercise, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(code, "utf-8", "surrogateescape")
    verdict = check_python(first, tmp_path)
    assert not verdict.passed
    assert said in verdict.message
    assert "because" in verdict.message


def test_a_loop_without_end_is_stopped_and_located(first: Exercise, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("WHO = 'Ada'\nwhile True:\n    pass\n")
    began = time.monotonic()
    verdict = check_python(first, tmp_path)
    assert time.monotonic() - began < 20  # 10 on a machine that is not busy
    assert f"{FILE}, line " in verdict.message
    assert "no end after" in verdict.message


def test_a_file_that_was_renamed_is_missed(first: Exercise, tmp_path: Path) -> None:
    (tmp_path / "my_wrod.py").write_text("WHO = 'Ada'")
    message = check_python(first, tmp_path).message
    assert "it is not there; there is my_wrod.py" in message


def test_a_folder_that_was_deleted_is_missed(first: Exercise, tmp_path: Path) -> None:
    message = check_python(first, tmp_path / "gone").message
    assert "it is not there; there is nothing" in message
    assert "`r` brings the starter back" in message


def test_a_machine_that_starts_slowly_is_given_as_many_times_as_long() -> None:
    now = time.time()
    assert slowness_since(now) == 1
    assert slowness_since(now - 3 * STARTS_WITHIN) == pytest.approx(3, abs=0.5)
    assert slowness_since(now - 60) == SLOWEST


# What the terminal shows


def test_a_task_fits_into_a_terminal_its_code_as_it_is() -> None:
    task = f"1. {'word ' * 30}\n   more of it\n2. two\n\n```js\nf(  x );\n```\n\n    g(  y );\n"
    lines = screen.wrapped(task).splitlines()
    assert max(map(len, lines)) <= screen.WIDTH
    assert lines[1].startswith("   word")
    assert lines[-5:] == ["2. two", "", "    f(  x );", "", "    g(  y );"]


def test_a_failures_lines_wrap_below_their_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    shown = screen.facts(f"got       {'word ' * 12}\nbecause   it is so").splitlines()
    assert max(map(len, shown)) <= 40
    assert shown[1].startswith(" " * 10 + "word")
    assert shown[-1] == "because   it is so"


def test_every_exercise_has_a_key_of_its_own_in_the_list() -> None:
    assert len(read_all()) <= len(screen.KEYS)
    assert not set(screen.KEYS) & set("nhlrsq")
