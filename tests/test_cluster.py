"""A real cluster on this machine: its parts killed and stopped under load, and what that loses."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPResponse
from itertools import pairwise

import psutil
import pytest
import requests

from lesson.machinery.door import BODY
from tests.listeners import LISTENERS
from tests.patient import Patient, check_nothing_lost_or_doubled, last, log
from tests.servers import PATIENCE, ROOT, Server, Steering, free_port, network_address
from tests.test_headers import ALL, NO_PAGE, assert_has
from tests.waiting import until

TAKEN_OVER = 5.0  # seconds


class Cluster(Server):
    """A cluster; its url is nginx's."""

    def pid(self, name: str) -> int:
        """Return the newest process of a part."""
        said = re.findall(rf"^{name}\b.*process (\d+)$", "".join(self.log), re.MULTILINE)
        return int(said[-1])

    def said(self, words: str) -> int:
        """Return how many lines say this."""
        return sum(words in line for line in self.log)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    cluster = Cluster("lesson.machinery.cluster", HOST="0.0.0.0", RATE=10)
    yield cluster
    cluster.close()


@pytest.fixture
def instructor(cluster: Cluster) -> Iterator[Steering]:
    instructor = Steering(cluster, "steering1", cluster.cookie())
    instructor.tell("sale", {"rate": 10})
    instructor.tell("sale", {"paused": False})
    yield instructor
    with contextlib.suppress(Exception):
        instructor.close()


@pytest.fixture
def crowd(cluster: Cluster, instructor: Steering) -> Iterator[list[Patient]]:
    """Two that listen by each technique: nginx gives them to one server and the other."""
    crowd = [Patient(technique, cluster) for technique in [*LISTENERS, *LISTENERS]]
    yield crowd
    for one in crowd:
        one.stop()


# All together


def test_pages_and_the_class_are_the_first_server_s_and_the_demos_are_all_servers(
    cluster, instructor
):
    assert instructor.state["mode"] == "cluster"
    assert instructor.state["steers"] and instructor.state["faults"] is None
    refused = instructor.tell("inspect", {"on": True})
    assert refused["error"]["status"] == 501
    page = requests.get(f"{cluster.url}/dashboard", timeout=PATIENCE).text
    assert "Several servers share this lesson" in page
    # Each of two sockets in a row is another server's: both must be held by a process of its own.
    listeners = [LISTENERS["web-socket"](cluster, "sales") for _ in range(4)]
    for listener in listeners:
        listener.start()
    servers = [psutil.Process(cluster.pid(f"server {n}")) for n in (1, 2)]
    front = cluster.pid("nginx")
    workers = {front, *(child.pid for child in psutil.Process(front).children(recursive=True))}
    to = [
        connection.raddr.port
        for worker in workers
        for connection in psutil.Process(worker).net_connections()
        if connection.status == "ESTABLISHED" and connection.raddr
    ]
    ports = [
        connection.laddr.port
        for server in servers
        for connection in server.net_connections()
        if connection.status == "LISTEN"
    ]
    assert all(to.count(port) >= 2 for port in ports) and len(ports) == 2
    for listener in listeners:
        listener.wait_for(last(cluster))
        listener.stop()


def test_only_the_instructor_steers_and_what_a_proxy_is_told_counts_for_nothing(cluster):
    cookie = cluster.cookie()
    assert cookie.startswith(f"steer-{cluster.port}=")
    stranger = Steering(cluster, "stranger1")
    assert stranger.tell("sale", {"paused": True})["error"]["status"] == 403
    stranger.close()
    forged = requests.get(
        cluster.link(), headers={"X-Forwarded-For": "192.0.2.7"}, allow_redirects=False
    )
    assert forged.status_code == 303  # who asks is this machine, whatever it says of itself


@pytest.mark.parametrize("said", [{}, {"X-Forwarded-For": "127.0.0.1"}], ids=["plain", "forged"])
def test_who_comes_over_the_network_does_not_steer_by_calling_it_127_0_0_1(cluster, said):
    """To the servers, all come from nginx, which is on this machine."""
    away = f"http://{network_address()}:{cluster.port}"
    fields = {"Host": f"127.0.0.1:{cluster.port}"} | said
    link = cluster.link().replace(cluster.url, away)
    refused = requests.get(link, headers=fields, allow_redirects=False, timeout=PATIENCE)
    assert (refused.status_code, refused.headers.get("Set-Cookie")) == (403, None)
    stolen = fields | {"Cookie": cluster.cookie()}
    console = requests.get(f"{away}/instructor", headers=stolen, timeout=PATIENCE)
    assert console.status_code == 403


def test_a_crowd_is_refused_where_no_one_server_does_the_work(instructor):
    problem = instructor.tell("crowd", {"clients": 1})["error"]
    assert problem["status"] == 409
    assert "cluster" in problem["detail"]


def test_a_ticket_has_one_winner_in_both_servers(cluster, instructor):
    assert instructor.tell("sale", {"burst": 1}) == {"ok": True}
    assert instructor.tell("sale", {"return": True}) == {"ok": True}
    ticket = next(event["id"] for event in reversed(log(cluster)) if event["kind"] == "return")
    wish = {"ticket": ticket, "technique": "short-poll", "viewer": "abcdefgh"}
    url = f"{cluster.url}/demos/claim"
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: requests.post(url, json=wish, timeout=PATIENCE), range(60))
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 59


def test_who_steers_decides_what_is_said_on_all_servers(cluster, instructor):
    url = f"{cluster.url}/demos/say"
    said = {"channel": "chat", "name": "Ada", "text": "Anyone near row 3?"}

    def say() -> list[int]:
        return [requests.post(url, json=said, timeout=PATIENCE).status_code for _ in range(4)]

    assert say() == [201] * 4
    assert instructor.tell("chat", {"paused": True}) == {"ok": True}
    assert say() == [403] * 4
    assert instructor.tell("chat", {"paused": False}) == {"ok": True}
    assert [event["id"] for event in log(cluster, "chat")] == [1, 2, 3, 4]


HOST = b"Host: 127.0.0.1\r\n"
SAY = b"POST /demos/say HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n"


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (400, b"no request\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000 + b"\r\n\r\n"),
        (404, b"GET /refused/400 HTTP/1.1\r\n" + HOST + b"\r\n"),
        (413, SAY % 200_000),
        (414, b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n"),
    ],
)
def test_what_no_server_can_take_is_a_problem(cluster, status, sent):
    with socket.create_connection(("127.0.0.1", cluster.port), PATIENCE) as line:
        line.sendall(sent)
        answer = HTTPResponse(line)
        answer.begin()
        assert (answer.status, json.load(answer)["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert_has(answer, ALL | NO_PAGE | {"Cache-Control": "no-store"})


def test_who_takes_too_long_to_say_what_is_wanted_is_broken_off(cluster):
    half = [b"GET / HTTP/1.1\r\n" + HOST, b"", SAY % 100 + b"{"]
    with ExitStack() as stack:
        began = time.monotonic()
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", cluster.port), PATIENCE))
            for _ in half
        ]
        for line, sent in zip(lines, half, strict=True):
            line.sendall(sent)
        told = [line.recv(1_000) for line in lines]
        took = time.monotonic() - began
    assert told == [b""] * 3
    assert BODY - 1 < took < BODY + 5


# What goes wrong


@pytest.mark.parametrize("which", ["server 1", "server 2"])
def test_a_server_that_is_killed_loses_nothing(cluster, crowd, which):
    until(lambda: min(len(one.events) for one in crowd) > 5)
    runs = cluster.said(f"{which}")
    os.kill(cluster.pid(which), signal.SIGKILL)
    until(lambda: cluster.said(f"{which}") >= runs + 2)  # that it ended, and that it runs again
    events = check_nothing_lost_or_doubled(cluster, crowd)
    gaps = [
        later["at"] - earlier["at"]
        for earlier, later in pairwise(events)
        if earlier["id"] >= crowd[0].cursor["after"] and earlier["kind"] != "sold-out"
    ]
    assert max(gaps) < TAKEN_OVER * 1_000


def test_servers_started_anew_one_after_the_other_lose_nothing(cluster, crowd):
    until(lambda: min(len(one.events) for one in crowd) > 5)
    cluster.process.send_signal(signal.SIGHUP)
    until(lambda: cluster.said("All servers were started anew."))
    check_nothing_lost_or_doubled(cluster, crowd)


def test_a_redis_that_is_killed_loses_nothing(cluster, crowd, instructor):
    until(lambda: min(len(one.events) for one in crowd) > 5)
    os.kill(cluster.pid("Redis"), signal.SIGKILL)
    until(lambda: cluster.said("Redis: runs again"))
    check_nothing_lost_or_doubled(cluster, crowd)
    assert instructor.client.connected


# What cannot be started


def refused(**settings: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lesson.machinery.cluster"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(free_port()), "HOST": "127.0.0.1"} | settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_two_at_once_are_one_line(cluster):
    assert "a cluster runs here already" in refused(INSTANCE=cluster.settings["INSTANCE"])


def test_a_taken_port_a_foreign_redis_and_no_number_are_one_line(cluster, tmp_path):
    where = {"INSTANCE": str(tmp_path)}
    assert f":{cluster.port}" in refused(PORT=str(cluster.port), **where)
    assert "a Redis of its own" in refused(REDIS_URL="redis://127.0.0.1:6379", **where)
    assert "SERVERS is '0'; allowed is a whole number" in refused(SERVERS="0", **where)


def test_a_program_that_is_not_there_is_named_with_where_it_comes_from(tmp_path):
    said = refused(INSTANCE=str(tmp_path), PATH=str(tmp_path))
    assert "there is no redis-server here" in said
    assert "apt install redis-server nginx-light" in said


def test_a_part_that_does_not_start_is_named_and_the_others_are_stopped(tmp_path):
    (tmp_path / "nginx").write_text("#!/bin/sh\necho 'no such thing' >&2\nexit 3\n")
    (tmp_path / "nginx").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    said = refused(INSTANCE=str(tmp_path), PATH=path, SERVERS="1")
    assert "nginx does not start: no such thing" in said
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(one.info)]


def test_all_parts_end_with_the_cluster(cluster):
    """The last test of this file: it stops the cluster."""
    pids = [cluster.pid(name) for name in ("Redis", "server 1", "server 2", "nginx")]
    assert cluster.stop(signal.SIGINT) == 0
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    with socket.create_server(("127.0.0.1", cluster.port)):
        pass
