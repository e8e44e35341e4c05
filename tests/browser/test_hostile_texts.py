"""Text is text: whatever somebody types is shown to others as it is, and does nothing."""

from __future__ import annotations

import csv as sheets
import html
import io
import json
import re
import socket
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import requests
from flask import Flask
from playwright.sync_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

from demos.protocol import short
from lesson.classroom.after import After
from lesson.classroom.shared import Shared
from lesson.machinery.exercises.exercise import read_all
from lesson.machinery.exercises.serving import Serving
from lesson.machinery.joining import Joining
from tests.dashboards import SLOW, figure, open_dashboard, until_state
from tests.hostile_texts import HOSTILE
from tests.servers import PATIENCE, ROOT, Server, Steering
from tests.waiting import until

ENOUGH = 60  # different texts, in each place
SHOWN = 45  # that a chat window surely shows at once
ON_A_SCREEN = 12  # lines of the chat
AT_ONCE = 8  # that a list of the console shows
NAMES = [text[:40].strip() for text in HOSTILE]  # a name holds no more
TITLES = {
    "screen": "The screen",
    "instructor": "The console",
    "instructor/guide": "The instructor's guide",
}
ASKED = ("of", "host", "title", "preview", "step")  # some of these are read, somewhere
SHARE = 600  # characters in each of them: all of the texts in one address
RAW = re.compile(r"<(img|svg|iframe|script>ran|object|base)", re.IGNORECASE)
PYTHON = "05-between-two-answers"
PRINTED = "print('Printed', *TEXTS, flush=True); raise SystemExit"
WATCH = """
    window.runs = [];
    window.ran = () => runs.push("ran");
    document.addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) =>
        runs.push(`${violatedDirective} ${blockedURI}`));
"""

IN_AN_ADDRESS = 400  # characters: six times that, with its percent signs, is within 8 kB
SENT = 400  # characters in one message: the inspector keeps the newest 50
SEND = """async ([viewer, texts]) => {
    const headers = {"Content-Type": "application/json"};
    const ask = (path, options) => fetch(path, options).then((answer) => answer.text());
    for (const text of texts) {
        const odd = encodeURIComponent(text);
        const given = {"X-Odd": text.replace(/[^ -~]/g, "?")};
        const said = JSON.stringify({channel: "chat", name: text.slice(0, 40), text});
        const whose = `viewer=${viewer}&technique=short-poll`;
        await ask(`/demos/short-poll/sales?viewer=${viewer}&after=${odd}`, {headers: given});
        await ask(`/demos/say?${whose}`, {method: "POST", headers, body: said});
    }
    const socket = new WebSocket(
        `ws://${location.host}/socket.io/?EIO=4&transport=websocket&viewer=${viewer}`);
    await new Promise((resolve) => (socket.onopen = resolve));
    const namespace = "/demos/web-socket,";
    socket.send(`40${namespace}`);
    for (const [i, text] of texts.entries()) {
        const answered = new Promise((resolve) => {
            socket.onmessage = ({data}) => data.startsWith(`43${namespace}${i}[`) && resolve();
        });
        socket.send(`42${namespace}${i}${JSON.stringify(["follow", {channel: text}])}`);
        await answered;
    }
    socket.close();
}"""
CROWD = """async (texts) => {
    const base = document.querySelector('script[src*="/js/"]').src.replace(/\\/js\\/.*/, "/js");
    const {createCrowd} = await import(`${base}/console/crowd.js`);
    const {default: $} = await import(`${base.replace(/js$/, "")}vendor/jquery/jquery.js`);
    const $crowd = $(".crowd-size").parent().clone().attr("id", "hostile").appendTo("main");
    const asked = {clients: 1, seconds: 1, interval: 1, hold: 1, on: false, at: null, rows: []};
    const refused = [];
    let detail;
    const send = () => Promise.reject(Object.assign(new Error(), {problem: {status: 400, detail}}));
    const crowd = createCrowd($crowd, {classroom: {send}});
    crowd.show({...asked, notes: texts});
    for (detail of texts) {
        $crowd.find(".crowd-size").trigger("submit");
        await new Promise((resolve) => setTimeout(resolve));
        refused.push($crowd.find(".crowd-refused").text());
    }
    return refused;
}"""
# What crosses before the server knows of the inspector is not kept.
OPEN = """() => document.querySelector(".inspector-says").textContent
    || document.querySelector(".inspector-rows li:not([hidden])")"""
# Goes through the whole list, which stands still from the first click on, lets it go on again, and
# returns all that was to be read.
LOOK = """() => {
    const rows = document.querySelector(".inspector-rows");
    const shown = [rows.textContent];
    for (const row of rows.querySelectorAll("li:not([hidden])")) {
        row.click();
        shown.push(document.querySelector(".inspector-detail").textContent);
    }
    document.querySelector(".inspector-freeze[aria-pressed=true]")?.click();
    return shown.join("\\n");
}"""


class Places:
    """The texts that each place has shown, or was given: a place with too few fails its test."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {}

    def shown(self, place: str, wanted: Iterable[str], there: str | list[str]) -> None:
        """Demand that each text is there, as it is."""
        assert [text for text in wanted if text not in there] == [], place
        self.given(place, wanted)

    def given(self, place: str, texts: Iterable[str]) -> None:
        """Count what a place was given that does not show it as it is."""
        self._texts.setdefault(place, set()).update(texts)

    def check(self) -> None:
        """Demand that there are places, and that none had too few."""
        assert self._texts
        counts = {place: len(texts) for place, texts in self._texts.items()}
        assert {place: n for place, n in counts.items() if n < ENOUGH} == {}


@pytest.fixture(autouse=True)
def places() -> Iterator[Places]:
    places = Places()
    yield places
    places.check()


@pytest.fixture(scope="module")
def my_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("my-work")


@pytest.fixture(scope="module")
def server(my_work: Path) -> Iterator[Server]:
    server = Server(MY_WORK=my_work, SEED=1, RATE=5)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def nothing_runs(context: BrowserContext) -> Iterator[list[str]]:
    """Fail each test in which anything of it ran, or a page complained; refusals are meant."""
    seen: list[str] = []

    def dialog(one: Dialog) -> None:
        seen.append(f"dialog {one.message}")
        one.dismiss()

    def asked(request: Request) -> None:
        parts = urlsplit(request.url)
        if "ran" in parts.path.split("/")[-1].split(".")[0:1] or "ran.example" in parts.netloc:
            seen.append(f"asked for {request.url}")

    def complained(said: ConsoleMessage) -> None:
        refused = "server responded with a status of" in said.text
        if said.type in ("error", "warning") and not refused:
            seen.append(said.text)

    context.set_default_timeout(SLOW)
    context.add_init_script(WATCH)
    context.on("dialog", dialog)
    context.on("weberror", lambda error: seen.append(str(error.error)))
    context.on("request", asked)
    context.on("console", complained)
    yield seen
    for frame in [frame for page in context.pages for frame in page.frames]:
        seen += frame.evaluate("window.runs ?? []")
        assert frame.locator("[onerror], [onload], [onfocus], base, [srcdoc]").count() == 0
    assert seen == []


def say(server: Server, name: str, text: str, viewer: str | None = None) -> None:
    said = {"channel": "chat", "name": name, "text": text}
    query = f"?viewer={viewer}" if viewer else ""
    answer = requests.post(f"{server.url}/demos/say{query}", json=said, timeout=PATIENCE)
    assert answer.status_code == 201, answer.text


def texts(places: Locator) -> list[str]:
    return places.evaluate_all("(all) => all.map((one) => one.textContent)")


def test_there_are_enough_of_them(places: Places) -> None:
    assert len(HOSTILE) == len(set(HOSTILE))
    places.given("somewhere", HOSTILE)


def test_a_place_with_too_few_is_noticed(places: Places) -> None:
    places.given("somewhere", HOSTILE)
    scanty = Places()
    for some in ([], HOSTILE[: ENOUGH - 1], HOSTILE[:1]):
        scanty.given("somewhere", some)
        with pytest.raises(AssertionError):
            scanty.check()
    scanty.given("somewhere", HOSTILE[:ENOUGH])
    scanty.check()
    with pytest.raises(AssertionError):
        scanty.shown("somewhere", HOSTILE, HOSTILE[1:])


def test_in_the_chat(page: Page, server: Server, places: Places) -> None:
    page.goto(f"{server.url}/lesson/chat-room")
    page.locator("#room").scroll_into_view_if_needed()
    windows = page.locator("#demo-room .chat")
    for index in range(3):
        expect(windows.nth(index)).to_have_attribute("data-state", "live", timeout=SLOW)
    for start in range(0, len(HOSTILE), SHOWN):
        some = HOSTILE[start : start + SHOWN]
        for text in some:
            say(server, text[:40], text)
        for index in range(3):
            lines = windows.nth(index).locator(".said li")
            page.wait_for_function(
                """([root, last]) =>
                    root.querySelector('.said li:last-child span')?.textContent === last""",
                arg=[windows.nth(index).element_handle(), some[-1]],
            )
            names = [text[:40] for text in some]
            places.shown(f"names, window {index}", names, texts(lines.locator("b"))[-len(some) :])
            assert texts(lines.locator("span"))[-len(some) :] == some
            places.given(f"texts, window {index}", some)


def test_in_what_a_refusal_says(page: Page, server: Server, places: Places) -> None:
    page.goto(f"{server.url}/lesson/chat-room")
    page.locator("#room").scroll_into_view_if_needed()
    window = page.locator('#demo-room .chat[data-technique="web-socket"]')
    expect(window).to_have_attribute("data-state", "live", timeout=SLOW)
    said = page.evaluate(
        """async ([root, texts]) => {
            const input = root.querySelector('[name="text"]');
            const unsaid = root.querySelector(".unsaid");
            const said = [];
            for (const text of texts) {
                input.removeAttribute("maxlength");
                input.value = text.replace(/[\\r\\n]/g, " ") + "x".repeat(600);
                unsaid.textContent = "";
                root.querySelector("form").requestSubmit();
                while (!unsaid.textContent) await new Promise(requestAnimationFrame);
                said.push(unsaid.textContent);
            }
            return said;
        }""",
        [window.element_handle(), HOSTILE],
    )
    assert len(said) == len(HOSTILE)
    assert all("allowed are 1 to 500 characters" in one for one in said)
    typed = [re.sub("[\r\n]", " ", text) + "x" * 600 for text in HOSTILE]
    for text, one in zip(typed, said, strict=True):
        assert one.startswith(f"It was not said: text is {short(text)}; "), one
    places.given("a refusal", HOSTILE)


def test_in_what_a_server_answers(page: Page, server: Server, places: Places) -> None:
    """A proxy in between, or a student's own server, may answer anything."""
    state: dict[str, Any] = {"how": "problem", "texts": "\n".join(HOSTILE)}

    def answer(route: Route) -> None:
        text = state["texts"]
        if state["how"] == "problem":
            told = {"title": text, "detail": text, "status": 500}
            return route.fulfill(status=500, json=told, content_type="application/problem+json")
        if state["how"] == "no batch":
            return route.fulfill(status=200, json=text)
        fetched = route.fetch()
        batch = fetched.json()
        for event in batch["events"]:
            event["data"] |= {"seat": text, "price": text}
        return route.fulfill(status=200, json=batch)

    open_dashboard(page, server, "?interval=0.2")
    column = page.locator('.column[data-technique="short-poll"]')
    page.route("**/demos/short-poll/**", answer)
    expect(column.locator(".note")).to_contain_text(HOSTILE[0], timeout=SLOW)
    places.shown("a problem", HOSTILE, column.locator(".note").text_content() or "")
    state["how"] = "no batch"  # of which only the beginning is shown, by the same line
    expect(column.locator(".note")).to_contain_text("Not a batch", timeout=SLOW)
    assert HOSTILE[0] in (column.locator(".note").text_content() or "")
    state["how"] = "events"
    expect(column.locator(".events .what").first).to_contain_text(HOSTILE[0], timeout=SLOW)
    shown = column.locator(".events .what").first.text_content() or ""
    places.shown("an event", HOSTILE, shown)


def test_in_the_inspector(page: Page, server: Server, places: Places) -> None:
    viewers: list[str] = []

    def remember(request: Request) -> None:
        viewers.extend(parse_qs(urlsplit(request.url).query).get("viewer", []))

    page.on("request", remember)
    steering = Steering(server)
    steering.tell("sale", {"paused": True})  # or it would drive them out of the list
    open_dashboard(page, server, "?interval=10")
    page.locator(".inspector-toggle").click()
    page.wait_for_function(OPEN)
    page.evaluate(SEND, [viewers[0], together(SENT)])
    for technique in ("short-poll", "web-socket"):
        page.locator(f".inspector-techniques input[value={technique}]").check(force=True)
        until(lambda: all_seen(page))  # what crossed is told twice a second
        places.given(f"what crossed by {technique}", HOSTILE)
    steering.tell("sale", {"paused": False})
    steering.close()
    assert page.locator("#inspector :is(img, script, iframe, base)").count() == 0


def all_seen(page: Page) -> bool:
    """Whether the inspector's list, as it is now, shows all of them."""
    shown = page.evaluate(LOOK)
    return all(escaped(text) in shown for text in HOSTILE)


def together(most: int) -> list[str]:
    """Return all of them, as many in one as there is room for."""
    return [" ".join(some) for some in packed(most)]


def packed(most: int) -> list[list[str]]:
    """Return all of them in groups that hold so many characters, with one between two texts."""
    packs: list[list[str]] = [[]]
    for text in HOSTILE:
        if packs[-1] and len(" ".join([*packs[-1], text])) > most:
            packs.append([])
        packs[-1].append(text)
    return packs


def escaped(text: str) -> str:
    """Return a text as it crosses inside JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def test_in_the_address(page: Page, server: Server, places: Places) -> None:
    names = ("scene", "interval", "hold", "chapter", "step")
    for some in packed(IN_AN_ADDRESS):
        together = " ".join(some)
        query = urlencode(dict.fromkeys(names, together) | {"columns": ",".join(some)})
        answer = page.goto(f"{server.url}/dashboard?{query}#{quote(together)}")
        assert answer and answer.status == 200
        expect(page.locator(".reset")).to_be_visible()
        places.given("a dashboard's query and hash", some)
    page.goto(f"{server.url}/lesson/short-polling?{urlencode({'step': HOSTILE[3]})}")
    for raw in (quote, str):
        page.evaluate(
            """async (texts) => {
                for (const text of texts) {
                    location.hash = text;
                    await new Promise(requestAnimationFrame);
                }
            }""",
            [raw(text) for text in HOSTILE],
        )
    places.given("a chapter's hash", HOSTILE)


def test_on_a_page_that_says_what_is_wrong(page: Page, server: Server, places: Places) -> None:
    mains, policy = [], ""
    for text in HOSTILE:
        odd = quote(text, safe="")
        for path in (f"lesson/{odd}", f"{odd}?q={odd}", f"dashboard?viewer={odd}"):
            answer = requests.get(f"{server.url}/{path}", timeout=PATIENCE)
            if answer.status_code == 200 and text == "constructor":
                continue  # a sound name for a viewer
            assert answer.status_code in (400, 404)
            assert not RAW.search(answer.text), answer.text
            policy = answer.headers["Content-Security-Policy"]
            mains += re.findall("<main.*</main>", answer.text, re.DOTALL)
    told = {"Content-Security-Policy": policy, "Content-Type": "text/html; charset=utf-8"}
    page.route("**/errors", lambda route: route.fulfill(body="".join(mains), headers=told))
    page.goto(f"{server.url}/errors")  # what all of these pages say, in one
    wanted = [text for text in HOSTILE if text != "constructor"]
    said = "\n".join(texts(page.locator("main")))
    places.shown("errors", [f"Viewer is {short(text)}; allowed" for text in wanted], said)


def test_in_what_an_exercise_says(page: Page, server: Server, places: Places) -> None:
    name = "00-change-a-word"
    page.goto(f"{server.url}/exercises")
    one = page.locator(f'[data-exercise="{name}"]')
    expect(page.locator(".exercise-count")).not_to_be_empty()
    some = [text.replace("\0", "") for text in HOSTILE]
    told = {"passed": False, "message": "\n".join(some), "printed": "\n".join(some)}
    said = [text.replace("\0", "") for text in together(SENT)]
    Serving(server.port).post("/exercises/verdict", {"exercise": name, "said": said} | told)
    for _ in range(2):
        expect(one.locator(".exercise-message")).to_contain_text(some[0])
        for place in (".exercise-message", ".exercise-said", ".exercise-printed"):
            places.shown(place, some, one.locator(place).text_content() or "")
        page.reload()  # what was said last is on the page at once
        expect(page.locator(".exercise-count")).not_to_be_empty()


def test_in_a_students_traceback(page: Page, server: Server, my_work: Path, places: Places) -> None:
    exercise = read_all()[PYTHON]
    folder = my_work / PYTHON
    folder.mkdir(exist_ok=True)
    page.goto(f"{server.url}/dashboard?columns=yours")
    page.locator(".yours-choice").select_option(PYTHON)
    trouble = page.locator(".yours-trouble")
    read = [text.replace("\r\n", "\n") for text in HOSTILE]
    for how, begins in (
        ("raise RuntimeError(' '.join(TEXTS))", "RuntimeError: <"),
        (PRINTED, "Printed"),
    ):
        (folder / exercise.files[0]).write_text(f"TEXTS = {HOSTILE!r}\n{how}\n")
        expect(trouble).to_contain_text(begins, timeout=SLOW)
        places.shown(begins, read, trouble.text_content() or "")


def test_in_the_figures_that_are_saved(page: Page, server: Server, places: Places) -> None:
    """A spreadsheet must not take for a formula what stands in a field."""
    page.goto(f"{server.url}/dashboard")
    until_state(page, "web-socket", "live")
    assert figure(page, "web-socket", "state").text_content() == "live"
    csv = page.evaluate(
        """async (texts) => {
            const {src} = document.querySelector('script[src*="/js/"]');
            const base = src.replace(/\\/js\\/.*/, "/js");
            const {toCsv} = await import(`${base}/export.js`);
            return toCsv({"short-poll": Object.fromEntries(texts.entries())});
        }""",
        HOSTILE,
    )
    head, row = sheets.reader(io.StringIO(csv, newline=""))
    assert len(row) == len(head) == len(HOSTILE) + 1
    for text, field in zip(HOSTILE, row[1:], strict=True):
        assert field.lstrip("'") == text.lstrip("'")
        assert field[0] not in "=+-@\t\r", field
    places.given("figures", HOSTILE)


# The classroom


def test_in_raised_hands(page: Page, server: Server, places: Places) -> None:
    students = [Steering(server, f"viewer00{n}", student=f"student{n}") for n in range(AT_ONCE)]
    page.goto(f"{server.url}/instructor")
    expect(page.locator('[data-here="here"]')).not_to_have_text("0", timeout=SLOW)
    for some in groups(NAMES, AT_ONCE):
        for student, name in zip(students, some, strict=False):
            assert student.tell("hand", {"on": True, "name": name})["ok"] is True
        until_texts(page, ".here-hands li", [f"{name}, just now" for name in some])
        places.given("hands", some)
    for student, name in zip(students, NAMES, strict=False):
        student.tell("hand", {"on": True, "name": name})
        student.close()
    missed = {f"{name}, just now" for name in NAMES[:AT_ONCE]}
    until(lambda: missed <= set(texts(page.locator(".here-down li"))))


def test_in_the_chat_on_the_console_and_on_the_screen(
    page: Page, server: Server, places: Places
) -> None:
    page.goto(f"{server.url}/instructor")
    screen = page.context.new_page()
    screen.goto(f"{server.url}/screen")
    expect(screen.locator('[data-scene="way-in"]')).to_be_visible(timeout=SLOW)
    page.locator(".chat-screen").click()
    expect(screen.locator('[data-scene="chat"]')).to_be_visible(timeout=SLOW)
    for some in groups(HOSTILE, ON_A_SCREEN):
        for text in some:
            say(server, text[:40], text, viewer=f"speaker{HOSTILE.index(text):03}")
        names = [text[:40] for text in some]
        until_texts(page, ".chat-said .chat-text > span", some[::-1])
        until_texts(page, ".chat-said .chat-text > b", names[::-1])
        until_texts(screen, ".screen-said li > span", some)
        until_texts(screen, ".screen-said li > b", names)
        places.given("said", some)
        places.given("speakers", names)
    mute_all(server)
    muted = page.locator(".chat-muted")
    until(lambda: all(text[:40] in (muted.text_content() or "") for text in HOSTILE))
    places.given("muted", {text[:40] for text in HOSTILE})
    page.locator(".chat-unmute").click()
    expect(muted).to_be_empty(timeout=SLOW)


def test_in_what_a_class_fails_with(page: Page, server: Server, places: Places) -> None:
    failures = together(300)
    exercises = list(read_all())
    assert len(failures) <= len(exercises)
    page.goto(f"{server.url}/instructor")
    for n, (name, failure) in enumerate(zip(exercises, failures, strict=False)):
        student = Steering(server, f"failing{n:02}", student=f"failing{n:02}")
        told = {"exercise": name, "failure": failure}
        assert student.tell("progress", told)["ok"] is True
        student.close()
    shown = [f"1 of them: {failure}" for failure in failures]
    until_texts(page, ".working-list li p", shown)
    places.shown("failures", HOSTILE, "".join(texts(page.locator(".working-list li p"))))


def test_in_what_a_crowd_notes(page: Page, server: Server, places: Places) -> None:
    """Its notes hold what went wrong with it, and a refusal what was asked for."""
    page.goto(f"{server.url}/instructor")
    refused = page.evaluate(CROWD, HOSTILE)
    crowd = page.locator("#hostile")
    ends = [f"{text[1:]}." for text in HOSTILE]  # they begin with a capital
    notes = texts(crowd.locator(".crowd-notes li"))
    places.shown("notes", ends, [note[1:] for note in notes])
    places.shown("refusals", ends, [one[1:] for one in refused])


def test_after_class_nothing_that_was_typed_is_told(
    page: Page, server: Server, places: Places
) -> None:
    student = Steering(server, "viewer007", student="student7")
    for name, failure in zip(read_all(), together(300), strict=False):
        assert student.tell("progress", {"exercise": name, "failure": failure})["ok"] is True
    assert student.tell("progress", {"exercise": PYTHON, "passed": True})["ok"] is True
    question = {"chapter": "real-time", "prediction": "push-before"}
    voters = [
        student,
        *(Steering(server, f"voters00{n}", student=f"voters00{n}") for n in range(5)),
    ]
    for text, name, voter in zip(HOSTILE, NAMES, cycle(voters), strict=False):
        assert voter.tell("hand", {"on": True, "name": name})["ok"] is True
        assert voter.tell("vote", {**question, "answer": text})["error"]["status"] == 400
        say(server, text[:40], text)
    for voter in voters:
        voter.close()
    for name in ("csv", "html"):
        answer = requests.get(f"{server.url}/instructor/class.{name}", timeout=PATIENCE)
        assert answer.status_code == 200
        assert "How many have passed" in answer.text
        told = html.unescape(answer.text).replace('""', '"')
        assert not any(text in told for text in [*HOSTILE, "ran()", "<img"])
        places.given(name, HOSTILE)


def test_in_the_files_after_class(page: Page, places: Places) -> None:
    """Where a title is not ours, as that of an exercise of one's own."""
    shared = Shared(lead=False)
    shared.tallies.passed = {f"{n:03}": {"student1"} for n in range(len(HOSTILE))}
    titles = {f"{n:03}": text for n, text in enumerate(HOSTILE)}
    book = SimpleNamespace(chapters={}, library=SimpleNamespace(objectives={}))
    nobody = SimpleNamespace(students=())
    app = Flask("after", template_folder=str(ROOT / "lesson/templates"))
    After(lambda: True, lambda: shared, lambda: book, lambda: titles, nobody).mount(app)  # type: ignore[arg-type, return-value]
    client = app.test_client()

    # Nothing keeps a file that was saved from running what is in it.
    page.route(
        "**/class.html",
        lambda route: route.fulfill(
            body=client.get("/instructor/class.html").get_data(), content_type="text/html"
        ),
    )
    page.goto("http://127.0.0.1/class.html")
    # A parser of HTML takes a return for a line feed, and leaves NUL out.
    read = [re.sub("\r\n?", "\n", text).replace("\0", "") for text in HOSTILE]
    assert texts(page.locator("th")) == read
    places.given("a page of titles", read)

    table = client.get("/instructor/class.csv").get_data().decode("utf-8-sig")
    rows = list(sheets.reader(io.StringIO(table, newline="")))[1:]
    for text, (_, _, what, count, _) in zip(HOSTILE, rows, strict=True):
        assert count == "1"
        assert what == (f"'{text}" if text[0] in "=+-@\t\r" else text)
    places.given("a table of titles", HOSTILE)


def test_the_way_in_is_the_servers_own_address_whoever_asks(page: Page, places: Places) -> None:
    server = Server(HOST="0.0.0.0", SEED=1)
    own = Joining("0.0.0.0", server.port)
    code = own.picture().get_data()
    for text in HOSTILE:
        odd, host = text.encode(), f"127.0.0.1:{server.port}".encode()
        for path in (b"/screen", b"/join.svg", b"/instructor"):
            refused = ask(server, path, b"Host: " + odd)
            assert refused.startswith(b"HTTP/1.1 400 "), refused
            assert b"\r\nContent-Type: application/problem+json\r\n" in refused
            assert b"\r\nX-Content-Type-Options: nosniff\r\n" in refused
        forwarded = b"\r\n".join(
            [b"Host: " + host, b"X-Forwarded-Host: " + odd, b"Forwarded: host=" + odd]
        )
        for path, whole in ((b"/join.svg", code), (b"/screen/join", own.urls()[0].encode())):
            path += b"?" + urlencode({"of": text, "host": text}).encode()
            told = ask(server, path, forwarded)
            assert whole in told or not text.isprintable()
            assert told.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))
    places.given("a request", HOSTILE)
    everything = quote(" ".join(HOSTILE))
    query = urlencode(dict(zip(ASKED, together(SHARE), strict=True)))
    for page_of, title in TITLES.items():
        answer = page.goto(f"{server.url}/{page_of}?{query}#{everything}")
        assert answer and answer.status == 200
        places.given(title, HOSTILE)
        expect(page).to_have_title(f"{title} · Are we there yet?")
        if title != "The instructor's guide":
            expect(page.locator(".join-address").first).to_have_text(own.urls()[0])
        if title == "The screen":
            assert page.locator(".join-code").get_attribute("src") == "/join.svg"
    for text in HOSTILE:
        missing = requests.get(f"{server.url}/screen?chapter={quote(text)}", timeout=PATIENCE)
        assert "<title>Not Found · Are we there yet?</title>" in missing.text
    server.close()


def groups(texts: list[str], size: int) -> list[list[str]]:
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def until_texts(page: Page, places: str, wanted: list[str]) -> None:
    """Wait until these texts stand one after the other among some places."""

    def stand() -> bool:
        shown = texts(page.locator(places))
        return any(shown[at : at + len(wanted)] == wanted for at in range(len(shown)))

    until(stand)


def mute_all(server: Server) -> None:
    """Mute whoever spoke last, as often as there are texts."""
    last = requests.get(f"{server.url}/demos/short-poll/chat", timeout=PATIENCE).json()["last"]
    steerings = [Steering(server) for _ in range(3)]  # one alone would be slowed
    for id, steering in zip(range(last, last - len(HOSTILE), -1), cycle(steerings), strict=False):
        assert steering.tell("chat", {"mute": id}) == {"ok": True}
    for steering in steerings:
        steering.close()


def ask(server: Server, path: bytes, fields: bytes) -> bytes:
    """Return the whole answer to a question that is written by hand."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as line:
        line.sendall(b"GET %b HTTP/1.1\r\n%b\r\nConnection: close\r\n\r\n" % (path, fields))
        answer = b""
        while part := line.recv(65_536):
            answer += part
    return answer
