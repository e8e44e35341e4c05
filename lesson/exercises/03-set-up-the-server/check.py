"""Does it start by itself, and do two clients hear the same sale, told once to a room?

The clients are real ones: a WebSocket, and Socket.IO's packets on it. The page is read, not run.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import simple_websocket

from lesson.machinery.exercises.checks import Program, TooLate, Work, expect, within

SERVER, PAGE = "my_server.py", "my_page.html"
LIBRARIES = ("jquery/jquery.js", "socket.io/socket.io.js")
ENOUGH = 2  # sales
PATIENCE = 2.0  # seconds, for what is answered at once
LISTENS = (0.8, 1.6)  # seconds, for two sales: at least, and at most on a busy machine


class Client:
    """One browser, as far as the server can tell."""

    def __init__(self, program: Program) -> None:
        self.program = program
        url = f"ws://127.0.0.1:{program.port}/socket.io/?EIO=4&transport=websocket"
        self.socket = within(PATIENCE, simple_websocket.Client.connect, url)
        self.names: set[str] = set()
        self.sales: list[Any] = []

    def join_namespace(self) -> str | None:
        """Say hello, and return the server's answer: it begins with 40 if all is well."""
        self.socket.send("40")
        answer: str | None = self.socket.receive(PATIENCE)
        while answer and not answer.startswith(("40", "44")):  # other things may come before
            answer = self.socket.receive(PATIENCE)
        return answer

    def take_down(self, deadline: float) -> None:
        """Take down what comes, until there are sales enough or it is too late."""
        while len(self.sales) < ENOUGH:
            packet = self.socket.receive(max(0, deadline - time.monotonic()))
            if packet is None:
                return
            if packet.startswith("42"):
                name, *data = json.loads(packet[2:])
                self.names.add(name)
                self.sales += data[:1] if name == "sale" else []


@pytest.fixture
def elsewhere(work: Work, tmp_path: Path) -> Iterator[Work]:
    """The student's files in another place, beside a set-up with two empty libraries."""
    folder = tmp_path / "my-work" / work.path.name
    shutil.copytree(work.path, folder)
    for library in LIBRARIES:
        file = tmp_path / "static" / "vendor" / library
        file.parent.mkdir(parents=True)
        file.write_text("export default 0;", encoding="utf-8")
    copy = Work(folder, (SERVER, PAGE), work.seconds)
    yield copy
    copy.close()


def test_it_can_be_started(work: Work) -> None:
    calls = calls_in(work)
    expect(
        "time.sleep" not in calls and "sleep" not in calls,
        called="time.sleep, in the loop",
        got="the whole server sleeps, and answers nobody",
        expected="socketio.sleep(0.2)",
        because="all take turns in one thread here, and socketio.sleep lets the others have theirs",
    )
    loop = endless_call(tree_of(work))
    expect(
        loop is None,
        called=f"{loop}()",
        got="it never returns, so no line after it is reached",
        expected=f"socketio.start_background_task({loop})",
        because="a loop without end needs a thread of its own; what is handed over is its name",
    )
    expect(
        not any(
            keyword.arg == "debug" for run in ending(calls, ".run") for keyword in run.keywords
        ),
        called="socketio.run(app, debug=…)",
        got="a second process of the same program, which starts anew with each save",
        expected='socketio.run(app, port=int(os.environ.get("PORT", 5001)))',
        because="the check must be able to end what it starts, and there is one sale, not two",
    )
    expect(
        not ending(calls, ".run") or "PORT" in work.text(SERVER),
        called=f"PORT=8123 python {SERVER}",
        got="a port that is fixed in the program",
        expected='port=int(os.environ.get("PORT", 5001))',
        because="the check starts it too, on a port of its own, while yours may be running",
    )


def test_two_browsers_hear_one_sale(work: Work, elsewhere: Work) -> None:
    began = time.monotonic()
    program = elsewhere.start(SERVER, PYTHONWARNINGS="ignore")  # eventlet's, of its own end
    look_at_page(program, elsewhere)
    clients = [connect(program), connect(program)]
    shortest, longest = LISTENS
    listen(clients, elsewhere, min(max(shortest, time.monotonic() - began), longest))
    for client in clients:
        look_at_sales(client)
    look_at_room(elsewhere)
    look_at_script(program, elsewhere)
    heard = " and ".join(str([sale["id"] for sale in client.sales]) for client in clients)
    work.say(f"Two clients were told of the sales {heard}.")


def look_at_page(program: Program, work: Work) -> None:
    status, text = get(f"{program.url}/")
    expect(
        status == 200 and text.strip() == work.text(PAGE).strip(),
        called="GET /",
        got=f"status {status}, {text.strip()[:60]!r}{trouble(program)}",
        expected=f"status 200, and what stands in {PAGE}",
        because='@app.get("/") stands above a function that returns send_file("my_page.html")',
    )


def connect(program: Program) -> Client:
    called = "io(), that is, a WebSocket to /socket.io/"
    try:
        client = Client(program)
    except (simple_websocket.ConnectionError, TooLate, OSError) as error:
        expect(
            False,
            called=called,
            got=f"no connection ({error or type(error).__name__})",
            expected="an open connection",
            because="socketio = SocketIO(app) must be there, and socketio.run, not app.run, serves it",
        )
        raise
    answer = client.join_namespace()
    expect(
        answer is not None and answer.startswith("40"),
        called=called,
        got=f"{answer or 'no answer'}{trouble(program)}",
        expected="connected",
        because="the handler for connect ran, and did not end well",
    )
    return client


def listen(clients: list[Client], work: Work, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for client in clients:
        client.take_down(deadline)
    expect(
        all(len(client.sales) == ENOUGH for client in clients),
        called=f'io().on("sale", …), and listen for {seconds:.1f} s',
        got=f"{heard_of(clients)}{trouble(clients[0].program)}",
        expected="a sale every 0.2 s",
        because=why_silent(work, clients[0].program),
    )


def heard_of(clients: list[Client]) -> str:
    """Return what came, in a few words."""
    names = sorted(set.union(*(client.names for client in clients)))
    if "sale" in names:
        return f"{' and '.join(str(len(client.sales)) for client in clients)} sales"
    return f"only {', '.join(names)}" if names else "nothing"


def why_silent(work: Work, program: Program) -> str:
    """Return the first thing that is wrong between the loop and the listener."""
    if "request context" in program.output():
        return "a bare emit answers a message, and in a loop there is none: socketio.emit"
    calls = calls_in(work)
    wanted = {
        "join_room": 'a room that nobody has joined is empty: join_room("sales"), on connect',
        ".emit": 'the loop says it: socketio.emit("sale", …, to="sales")',
        ".start_background_task": "somebody must start the loop: "
        "socketio.start_background_task(sell), before the last line",
    }
    for name, why in wanted.items():
        if not ending(calls, name):
            return why
    starts, runs = ending(calls, ".start_background_task"), ending(calls, ".run")
    if runs and starts[0].lineno > runs[-1].lineno:
        return "socketio.run does not return: what stands after it is never reached"
    if not re.search(r"on\(\s*[\"']connect[\"']|event\s+def connect\(", work.text(SERVER)):
        return 'the room is joined on connect: @socketio.on("connect") above the function'
    return (
        "room and event have the same names at both ends, the room sales and the event sale, "
        "and socketio.sleep(0.2) is a fifth of a second"
    )


def look_at_sales(client: Client) -> None:
    sales = client.sales
    expect(
        not any(isinstance(sale, str) for sale in sales),
        called='socket.on("sale", …)',
        got=f"a text, {sales[0]!r}",
        expected="an object, {'id': 1, 'left': 1999}",
        because="emit turns it into JSON and back; who does it himself sends a text",
    )
    expect(
        all(isinstance(sale, dict) and {"id", "left"} <= sale.keys() for sale in sales),
        called='socket.on("sale", …)',
        got=sales[0],
        expected={"id": 1, "left": 1999},
        because="the page at the other end relies on these two names",
    )
    ids, left = [sale["id"] for sale in sales], [sale["left"] for sale in sales]
    begin = ids[0]
    expect(
        ids == list(range(begin, begin + len(ids))),
        called=f"two clients connect, and each hears {len(ids)} sales",
        got=f"the sales {ids}",
        expected="each once, one after the other",
        because="there is one sale, so one loop that counts, started once for everyone: not in "
        "the handler, which runs for each who connects",
    )
    expect(
        left == [2000 - id for id in ids],
        called=f"the sales {ids}",
        got=f"left {left}",
        expected=f"left {[2000 - id for id in ids]}",
        because="there were 2,000 tickets, and as many are sold as the id says",
    )


def look_at_room(work: Work) -> None:
    for call in ending(calls_in(work), ".emit"):
        expect(
            any(keyword.arg in ("to", "room") for keyword in call.keywords),
            called=f"{SERVER}, line {call.lineno}: socketio.emit(…)",
            got="no room: it goes to everyone who is connected",
            expected='to="sales"',
            because="who follows something else, a chat for instance, must not get every sale",
        )


def look_at_script(program: Program, work: Work) -> None:
    page = re.sub(r"<!--.*?-->|(?m:^\s*//.*$)", "", work.text(PAGE), flags=re.DOTALL)
    for address in re.findall(r"""\b(?:from\s*|import\s*|src\s*=\s*)["']([^"']+)["']""", page):
        look_at_library(program, address)
    wanted = {
        r"<script[^>]*\bmodule\b": ('<script type="module">', "only a module may import"),
        r"\bio\s*\(": ("io()", "it opens the connection"),
        r"""\.on\s*\(\s*["'`]sale["'`]""": (
            'socket.on("sale", …)',
            "that is the name under which the server says it",
        ),
        r"\.text\s*\(|\.textContent\b": (
            '$("#left").text(…)',
            "what comes over a line is put on a page as text",
        ),
    }
    for pattern, (call, why) in wanted.items():
        expect(re.search(pattern, page), called=PAGE, got=f"no {call}", expected=call, because=why)


def look_at_library(program: Program, address: str) -> None:
    is_here = address.startswith("/") and not address.startswith("//")
    status, _ = get(program.url + address) if is_here else (0, "")
    expect(
        status == 200,
        called=f"{PAGE} loads {address}",
        got=f"status {status}" if is_here else "an address that is not this server's",
        expected=" or ".join(f"/vendor/{library}" for library in LIBRARIES),
        because='static_folder="../../static/vendor" is served under its last name, /vendor, '
        "and needs no internet",
    )


def trouble(program: Program) -> str:
    """Return the last error that the server printed, if there is one."""
    pattern = r"^[\w.]*(?:Error|Exception|NotFound)(?::.*)?$"
    errors = re.findall(pattern, program.output(), flags=re.MULTILINE)
    return f"; the server says: {errors[-1]}" if errors else ""


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError as error:
        return 0, str(error)


def tree_of(work: Work) -> ast.Module:
    return ast.parse(work.text(SERVER), str(work.path / SERVER))


def calls_in(work: Work) -> dict[str, list[ast.Call]]:
    """Return what the program calls, by the name under which it does."""
    calls: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree_of(work)):
        if isinstance(node, ast.Call):
            calls.setdefault(ast.unparse(node.func), []).append(node)
    return calls


def ending(calls: dict[str, list[ast.Call]], name: str) -> list[ast.Call]:
    """Return the calls of what ends with this name, whatever stands before it."""
    return [call for full in calls if full.endswith(name) for call in calls[full]]


def endless_call(tree: ast.Module) -> str | None:
    """Return the name of a function without end that the program calls on its way down."""
    endless = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and "while True:" in ast.unparse(node)
    }
    called = [
        ast.unparse(call.func)
        for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        for call in (node.value, *node.value.args)
        if isinstance(call, ast.Call)
    ]
    return next((name for name in called if name in endless), None)
