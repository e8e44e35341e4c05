"""What a class opens to come in, in words and as a picture; and whether anyone has."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
import segno
from flask import Flask

from lesson.machinery import joining as joining_module
from lesson.machinery.joining import HALVES, Joining
from lesson.machinery.reach import Reach
from tests.clocks import Clock
from tests.servers import PATIENCE, ROOT, free_port, network_address

OWN = {
    "127.0.0.1",
    "::1",
    "172.17.0.1",
    "169.254.3.4",
    "192.0.2.7",
    "10.0.0.5",
    "fe80::1",
    "fd00::7",
}


@pytest.fixture
def network(monkeypatch) -> set[str]:
    """The machine's addresses; it sends by 192.0.2.7 while it has that."""
    addresses = set(OWN)
    monkeypatch.setattr(joining_module, "own_addresses", lambda: addresses)
    monkeypatch.setattr(
        joining_module, "way_out", lambda: "192.0.2.7" if "192.0.2.7" in addresses else None
    )
    return addresses


def urls(host: str) -> list[str]:
    return Joining(host, 8000).urls()


@pytest.mark.usefixtures("network")
def test_the_address_that_the_machine_sends_from_is_the_first():
    four = ["192.0.2.7", "10.0.0.5", "172.17.0.1", "169.254.3.4"]
    assert urls("0.0.0.0") == [f"http://{address}:8000" for address in four]
    assert urls("::") == [*urls("0.0.0.0"), "http://[fd00::7]:8000"]


@pytest.mark.usefixtures("network")
def test_who_listens_on_one_address_is_found_there_alone():
    assert urls("10.0.0.5") == ["http://10.0.0.5:8000"]
    assert urls("127.0.0.1") == urls("::1") == urls("localhost") == []


def test_without_a_network_it_says_so(network: set[str]):
    network.clear()
    network.add("127.0.0.1")
    nobody = Joining("0.0.0.0", 8000)
    assert "this machine is on no network" in nobody.in_words()
    assert nobody.why_none() == "This machine is on no network"


def test_who_listens_on_this_machine_alone_does_not_say_that_there_is_no_network():
    assert Joining("127.0.0.1", 8000).urls() == []
    assert Joining("127.0.0.1", 8000).why_none() == "Only this machine can open it"
    assert "HOST is this machine alone" in Joining("127.0.0.1", 8000).in_words()


def test_when_the_network_changes_it_is_said_once(network: set[str], monkeypatch):
    said: list[str] = []
    changes = iter([None, {"10.9.9.9"}, None, OWN])

    def sleep(_: float) -> None:
        change = next(changes)  # at their end, StopIteration ends the watch
        if change is not None:
            network.clear()
            network.update(change)

    monkeypatch.setattr(joining_module.time, "sleep", sleep)
    with pytest.raises(StopIteration):
        Joining("0.0.0.0", 8000).watch(said.append)
    assert [re.findall(r"http://\S+", one)[0] for one in said] == [
        "http://10.9.9.9:8000",
        "http://192.0.2.7:8000",
    ]
    assert all("The network has changed" in one for one in said)


def test_pages_are_told_anew_within_seconds_and_looking_costs_nothing(network, monkeypatch):
    clock = Clock(0)
    monkeypatch.setattr(joining_module.time, "monotonic", clock)
    joining = Joining("0.0.0.0", 8000)
    assert joining.urls()[0] == "http://192.0.2.7:8000"
    network.clear()
    assert joining.urls()[0] == "http://192.0.2.7:8000"
    clock.advance(3.1)
    assert joining.urls() == []


@pytest.fixture
def client(network: set[str]):
    app = Flask("small", static_folder=None)
    Joining("0.0.0.0", 8000).mount(app)
    return app.test_client()


def test_the_picture_draws_the_address_and_nothing_else(client):
    answer = client.get("/join.svg")
    drawing = ElementTree.fromstring(answer.text)
    size = segno.make_qr("http://192.0.2.7:8000", error="m").symbol_size()
    assert answer.mimetype == "image/svg+xml"
    assert drawing.get("viewBox") == f"0 0 {size[0]} {size[1]}"
    assert [child.tag.partition("}")[2] for child in drawing] == ["path", "path"]
    assert "style" not in answer.text


def test_the_picture_is_drawn_once_for_each_address(client, network: set[str], monkeypatch):
    clock = Clock(0)
    monkeypatch.setattr(joining_module.time, "monotonic", clock)
    drawn: list[str] = []
    draw = joining_module.svg_of
    monkeypatch.setattr(joining_module, "svg_of", lambda url: drawn.append(url) or draw(url))
    assert client.get("/join.svg").text == client.get("/join.svg").text
    network.clear()
    network.add("192.0.2.9")
    clock.advance(3.1)
    client.get("/join.svg")
    assert drawn == ["http://192.0.2.7:8000", "http://192.0.2.9:8000"]


def test_without_a_network_there_is_no_picture(client, network: set[str]):
    network.clear()
    assert client.get("/join.svg").status_code == 404


# In a terminal


def test_a_terminal_shows_the_code_black_on_white_and_both_addresses(tmp_path):
    url = f"http://{network_address()}:{(port := free_port())}"
    settings = {"PORT": str(port), "INSTANCE": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "lesson", "class"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "HOST"} | settings,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = ""
    with os.fdopen(ours, encoding="utf-8") as terminal:
        for line in terminal:
            said += line
            if "is on http://" in line:
                break
        process.terminate()
        assert process.wait(PATIENCE) == 0
    assert f"Students open   {url}\n" in said
    assert f"http://127.0.0.1:{port}/steer?secret=" in said
    assert read(said) == [list(row) for row in segno.make_qr(url, error="m").matrix_iter(border=4)]


def read(said: str) -> list[list[int]]:
    """Return the modules that a terminal shows: what is dark is 1."""
    halves = {half: pair for pair, half in HALVES.items()}
    rows: list[list[int]] = []
    for line in re.findall("\033\\[30;107m(.*)\033\\[0m", said):
        pairs = [halves[half] for half in line]
        rows += [[upper for upper, _ in pairs], [lower for _, lower in pairs]]
    return rows[:-1] if len(rows) > len(rows[0]) else rows


# Who has come in


def test_other_machines_are_counted_once_and_this_one_never():
    app = Flask("small", static_folder=None)
    reach = Reach(OWN.__contains__)
    reach.mount(app)
    client = app.test_client()
    for address in ("127.0.0.1", "192.0.2.7", "::ffff:192.0.2.7"):
        client.get("/", environ_base={"REMOTE_ADDR": address})
    assert reach.machines == 0
    for address in ("192.0.2.99", "::ffff:192.0.2.99", "192.0.2.98", "192.0.2.99", "fd00::99"):
        client.get("/", environ_base={"REMOTE_ADDR": address})
    assert reach.machines == 3


def test_it_does_not_remember_without_bound(monkeypatch):
    monkeypatch.setattr("lesson.machinery.reach.MOST", 2)
    app = Flask("small", static_folder=None)
    reach = Reach(OWN.__contains__)
    reach.mount(app)
    for number in range(9):
        app.test_client().get("/", environ_base={"REMOTE_ADDR": f"10.1.1.{number}"})
    assert reach.machines == 2
