"""Settings come from the environment, and a wrong one is told in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lesson.settings import SettingError, Settings
from tests.servers import PATIENCE, ROOT


def test_without_any_variable_everything_has_its_default():
    assert Settings.from_environment({}) == Settings()
    assert (Settings().host, Settings().port, Settings().engine) == ("127.0.0.1", 8000, "eventlet")
    assert (Settings().rate, Settings().seed, Settings().mode) == (1.0, None, "run")


def test_an_empty_variable_is_as_good_as_none():
    empty = dict.fromkeys(("PORT", "HOST", "ENGINE", "RATE", "SEED"), "")
    assert Settings.from_environment(empty) == Settings()


def test_each_variable_sets_what_it_names():
    given = {"PORT": "8123", "HOST": "0.0.0.0", "ENGINE": "gevent", "RATE": "2.5", "SEED": "0"}
    settings = Settings.from_environment(given | {"HOME": "/somewhere"})
    assert settings == Settings("0.0.0.0", 8123, "gevent", rate=2.5, seed=0)


def test_a_class_listens_to_all_unless_it_is_told_otherwise():
    assert Settings.from_environment({}, "class") == Settings("0.0.0.0", mode="class")
    here = Settings.from_environment({"HOST": "127.0.0.1"}, "class")
    assert (here.host, here.steer_from_network) == ("127.0.0.1", False)
    assert Settings.from_environment({"STEER": "lan"}, "class").steer_from_network is True


@pytest.mark.parametrize("host", ["192.0.2.1", "::1"])
def test_a_class_that_nobody_could_steer_is_refused(host):
    with pytest.raises(SettingError, match=r"^HOST is .* STEER=lan$"):
        Settings.from_environment({"HOST": host}, "class")
    assert Settings.from_environment({"HOST": host, "STEER": "lan"}, "class").host == host
    assert Settings.from_environment({"HOST": host}).host == host


def test_there_is_no_other_mode():
    with pytest.raises(
        SettingError, match=r"^the mode is 'teach'; allowed are run, class, cluster$"
    ):
        Settings.from_environment({}, "teach")


@pytest.mark.parametrize(("value", "fast"), [("0", False), ("1", True)])
def test_fast_is_switched_off_by_nought(value, fast):
    assert Settings.from_environment({"FAST": value}).fast is fast


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", 1), ("PORT", 65_535), ("RATE", 0.1), ("RATE", 50), ("SEED", 2**63 - 1)],
)
def test_the_bounds_themselves_are_allowed(name, value):
    settings = Settings.from_environment({name: str(value)})
    assert getattr(settings, name.lower()) == value


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "0", "a whole number from 1 to 65535"),
        ("PORT", "65536", "a whole number from 1 to 65535"),
        ("PORT", "-1", "a whole number from 1 to 65535"),
        ("PORT", "80.5", "a whole number from 1 to 65535"),
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("PORT", "9" * 5_000, "a whole number from 1 to 65535"),
        ("RATE", "0.09", "a number from 0.1 to 50"),
        ("RATE", "50.1", "a number from 0.1 to 50"),
        ("RATE", "nan", "a number from 0.1 to 50"),
        ("RATE", "inf", "a number from 0.1 to 50"),
        ("RATE", "fast", "a number from 0.1 to 50"),
        ("SEED", "-1", "a whole number from 0 to 9223372036854775807"),
        ("SEED", "1.5", "a whole number from 0 to 9223372036854775807"),
        ("SEED", str(2**63), "a whole number from 0 to 9223372036854775807"),
        ("FAST", "2", "a whole number from 0 to 1"),
        ("FAST", "no", "a whole number from 0 to 1"),
        ("ENGINE", "Eventlet", "eventlet, gevent, threading"),
        ("ENGINE", "asyncio", "eventlet, gevent, threading"),
        ("STEER", "wifi", "here, lan"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(name, value, allowed):
    with pytest.raises(SettingError) as refused:
        Settings.from_environment({name: value})
    assert str(refused.value).startswith(f"{name} is '{value}'; allowed ")
    assert str(refused.value).endswith(allowed)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"RATE": "99"}, "RATE is '99'; allowed is a number from 0.1 to 50"),
        ({"ENGINE": "asyncio"}, "ENGINE is 'asyncio'; allowed are eventlet, gevent, threading"),
        ({"HOST": "192.0.2.1"}, "cannot listen on 192.0.2.1:8000"),
        ({"HOST": "no such host"}, "cannot listen on no such host:8000"),
        ({"INSTANCE": os.devnull}, f"the key cannot be kept in {os.devnull}: "),
    ],
)
def test_a_server_that_cannot_start_says_why_in_one_line(wrong, said):
    run = subprocess.run(
        [sys.executable, "-m", "lesson", *(["class"] if "INSTANCE" in wrong else [])],
        cwd=ROOT,
        env=os.environ | wrong,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"Are We There Yet? cannot start: {said}")
    assert run.stderr.count("\n") == 1
