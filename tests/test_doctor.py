"""The doctor: each line says what is right, or what is wrong and what helps."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

import start
from lesson.machinery import doctor
from tests.servers import ROOT


def test_what_is_wrong_is_said_with_a_way_out_and_the_rest_is_tried_all_the_same():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "start.py", "doctor"],
            cwd=ROOT,
            env=os.environ | {"PORT": str(port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    lines = done.stdout.splitlines()
    found = {line[4:14].strip(): line[:4].strip() for line in lines if line[:4].strip()}
    assert done.returncode == 1
    assert found.pop("Browser") in ("ok", "NO")  # as this machine has it
    assert {name: found[name] for name in ("Python", "Packages", "Exercise")} == dict.fromkeys(
        ("Python", "Packages", "Exercise"), "ok"
    )
    assert (found["Port"], found["Lesson"]) == ("NO", "NO")
    assert f"PORT={port % 65535 + 1} make doctor" in done.stdout
    assert lines[-1].startswith("Not ready: Port, ")
    assert "Traceback" not in done.stdout


def test_a_machine_without_a_browser_is_told_what_to_install(monkeypatch):
    def none() -> None:
        raise doctor.webbrowser.Error

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(doctor.webbrowser, "get", none)
    with pytest.raises(start.Problem, match="install Firefox or Chrome"):
        doctor.browser()
    monkeypatch.setattr(doctor.webbrowser, "get", lambda: None)
    assert doctor.browser() == "this system's own"


def test_before_the_packages_are_there_the_lesson_is_not_tried(monkeypatch):
    monkeypatch.setattr(start, "LESSON", type("Missing", (), {"ready": lambda self: False})())
    for finding in (doctor.lesson, doctor.exercise):
        with pytest.raises(start.Problem, match="before the packages are there"):
            finding()
