"""What the pages know of the exercises: how each of them stands, and what was last said of it.

The terminal's watcher tells of Python exercises here, and asks for JavaScript ones, which an open
page checks in the student's own browser. Only in `run`, for pages and programs of this machine: to
others the tasks are shown, and nothing else. Left out: the checking itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, jsonify, render_template, request
from flask_socketio import SocketIO
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from demos.protocol import Message, read_message, short
from lesson.classroom import HERE, NAMESPACE, Classroom
from lesson.machinery.exercises.exercise import Exercise, Shelf
from lesson.machinery.exercises.my_work import MyWork
from lesson.machinery.exercises.progress import Progress
from lesson.machinery.exercises.texts import Texts, changed_lines
from lesson.machinery.steering import is_local
from lesson.machinery.yours.forward import Forward
from lesson.machinery.yours.supervisor import Supervisor

Handler = TypeVar("Handler", bound=Callable[..., Any])

TYPES = {"js": "text/javascript", "html": "text/plain", "py": "text/plain"}
UNKNOWN: Message = {"begun": False, "now": None, "exercises": {}}
TAKEN_UP_WITHIN = 1.5  # seconds in which a page says that it has begun to check
DONE_WITHIN = 10.0  # seconds in which it must be done

# The bench is a frame on another name of this machine: the browser gives it a process of its own,
# so that a loop without end does not take the page around it along.
LOOPBACK = "http://127.0.0.1:* http://localhost:*"
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    f"form-action 'self'; frame-ancestors 'self' {LOOPBACK}"
)


def on_this_machine(handler: Handler) -> Handler:
    """Wrap a handler: it refuses who comes over the network.

    :raises Forbidden: to them.
    """

    @wraps(handler)
    def handle(*given: Any, **named: Any) -> Any:
        if not is_local():
            raise Forbidden("exercises are checked on the machine that they lie on")
        return handler(*given, **named)

    return cast(Handler, handle)


class Workshop:
    """Shows the exercises, and keeps every page told how they stand."""

    def __init__(self, work: MyWork, classroom: Classroom, socketio: SocketIO, lesson: str) -> None:
        self._work = work
        self._classroom = classroom
        self._socketio = socketio
        self._shelf = Shelf()
        self._heard = threading.Condition()
        self._verdicts: dict[str, Message] = {}
        self._given: set[str] = set()  # whose solution the terminal has shown
        self._run = 0  # the number of the last check in a browser
        self._taken_up = 0
        self._finished = 0
        self.yours = Supervisor(work, lesson, lambda state: self._emit("yours", state))

    @property
    def is_open(self) -> bool:
        """Whether exercises are done here: not where a whole class is served."""
        return self._classroom.mode == "run"

    def mount(self, app: Flask) -> None:
        """Add the pages, the files of the bench, and the messages."""
        app.jinja_env.globals |= {"exercises": self.shown, "yours": self.shown_yours}
        app.jinja_env.filters["lowered"] = lowered
        app.get("/exercises")(self.page)
        if not self.is_open:
            return
        app.get("/exercises/state")(self.state)
        app.get("/exercises/my-work.zip")(self.zip)
        app.get("/exercises/bench/<name>")(self.bench)
        app.get("/exercises/bench/<name>/<file>")(self.check_file)
        app.get("/exercises/bench/<name>/work/<version>/<file>")(self.work_file)
        app.get("/exercises/solution/<name>")(self.solution)
        app.post("/exercises/check")(self.check)
        app.post("/exercises/verdict")(self.verdict)
        app.post("/exercises/solution")(self.give_solution)
        app.post("/exercises/yours")(self.choose_yours)
        Forward(lambda: self.yours.port, is_local).mount(app)
        self._classroom.on("progress", self.progress)

    # Pages

    def page(self) -> str:
        """Return the page with all exercises."""
        return render_template(
            "exercises.html", shown=self.shown(), in_class=self._classroom.mode != "run"
        )

    def shown(self) -> dict[str, Any]:
        """Return the exercises as the templates show them, by name, and how they stand."""
        here = self.is_open and is_local()
        state = self.standing() if here else UNKNOWN
        return {"texts": Texts(self._shelf.all()), "state": state, "open": here}

    @on_this_machine
    def bench(self, name: str) -> Response:
        """Return the frame in which an exercise is checked."""
        exercise = self._exercise(name)
        base = f"/exercises/bench/{name}"
        told = {"name": name, "check": f"{base}/check.js", "work": f"{base}/work"}
        response = Response(render_template("bench.html", exercise=exercise, bench=told))
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @on_this_machine
    def check_file(self, name: str, file: str) -> Response:
        """Return the check of a JavaScript exercise."""
        exercise = self._exercise(name)
        if file != exercise.check.name or not exercise.is_in_browser:
            raise NotFound(f"there is no {short(file)} for the browser in {name}")
        return Response(exercise.check.read_bytes(), content_type="text/javascript")

    @on_this_machine
    def work_file(self, name: str, version: str, file: str) -> Response:
        """Return a file of the student's. The version only makes the browser load it anew."""
        content = self._work.read(self._exercise(name), file)
        if content is None:
            raise NotFound(f"my-work/{name} has no {short(file)}")
        kind = TYPES.get(file.rpartition(".")[2], "text/plain")
        return Response(content, content_type=f"{kind}; charset=utf-8")

    @on_this_machine
    def zip(self) -> Response:
        """Return all that the student has written, packed."""
        response = Response(self._work.as_zip(), content_type="application/zip")
        response.headers["Content-Disposition"] = 'attachment; filename="my-work.zip"'
        return response

    @on_this_machine
    def state(self) -> Response:
        """Answer how all exercises stand."""
        return jsonify(self.standing())

    def standing(self) -> Message:
        """Return how all exercises stand, and what was last said of each."""
        exercises = self._shelf.all()
        progress = Progress(self._work.folder, exercises)
        done = progress.done()
        return {
            "begun": self._work.folder.is_dir(),
            "now": progress.now(),
            "exercises": {
                name: {"state": "done" if name in done else "to do", "message": "", "said": []}
                | self._verdicts.get(name, {})
                | {"done": name in done, "in_browser": exercise.is_in_browser}
                | {"solution": name in done or name in self._given}
                for name, exercise in exercises.items()
            },
        }

    @on_this_machine
    def solution(self, name: str) -> Response:
        """Answer with a solution, its changed lines named; refused before it may be seen."""
        exercise = self._exercise(name)
        if not self.standing()["exercises"][name]["solution"]:
            raise Forbidden("a solution is shown after a pass, or when `s` is pressed twice")
        starter = exercise.starter()
        files = [
            {
                "file": file,
                "lines": text.splitlines(),
                "changed": sorted(changed_lines(starter[file], text)),
            }
            for file, text in exercise.solution().items()
        ]
        return jsonify(files=files)

    # What the terminal asks

    @on_this_machine
    def check(self) -> tuple[Response, int] | Response:
        """Have an open page check an exercise; 503 where none is open, 504 where none ends."""
        exercise = self._exercise(read_message().get("exercise"))
        with self._heard:
            self._run += 1
            run = self._run
        self._note(exercise.name, {"state": "checking", "message": "", "said": []})
        self._emit("check", {"exercise": exercise.name, "run": run})
        if not self._wait(lambda: self._taken_up >= run, TAKEN_UP_WITHIN):
            self._note(exercise.name, {"state": "waiting"})
            return jsonify(title="No page is open"), 503
        if not self._wait(lambda: self._finished >= run, DONE_WITHIN):
            return jsonify(title="The page has not answered"), 504
        return jsonify(self._verdicts[exercise.name])

    @on_this_machine
    def verdict(self) -> Response:
        """Take what the terminal says of an exercise."""
        message = read_message()
        self._take(self._exercise(message.get("exercise")), message)
        return jsonify(ok=True)

    @on_this_machine
    def give_solution(self) -> Response:
        """Let the pages show a solution, too: the terminal has, because it was asked twice."""
        self._given.add(self._exercise(read_message().get("exercise")).name)
        self._emit("exercises", self.standing())
        return jsonify(ok=True)

    @on_this_machine
    def choose_yours(self) -> Response:
        """Let an exercise's code run in the column "Yours"."""
        exercise = self._exercise(read_message().get("exercise"))
        if exercise.yours is None:
            raise BadRequest(f"{exercise.name} has nothing that could feed a column")
        self._work.begin(exercise)
        self.yours.want(exercise)
        return jsonify(self.yours.state())

    def shown_yours(self) -> Message | None:
        """Return what the column "Yours" starts from; None where there is no such column."""
        if not self.is_open or not is_local() or not self._work.folder.is_dir():
            return None
        able = {name: one for name, one in self._shelf.all().items() if one.yours}
        now = self.yours.state()["exercise"] or Progress(self._work.folder, able).now()
        return {
            "asked": "yours" in request.args.get("columns", "").split(","),
            "exercises": {name: one.title for name, one in able.items()},
            "exercise": now or next(iter(able), None),
        }

    # What a page sends

    def progress(self, message: Message) -> Message:
        """Take what a page says of an exercise; hand on what it says to the class."""
        if "run" not in message:
            return self._classroom.students.progress(message)
        return self._checked(message)

    @on_this_machine
    def _checked(self, message: Message) -> Message:
        """Take that a page checks an exercise, or what came of that."""
        exercise = self._exercise(message.get("exercise"))
        run = message.get("run")
        if type(run) is not int or not 0 <= run <= self._run:
            raise BadRequest(f"run is {short(run)}; allowed is the number of a check, or 0")
        if message.get("state") == "checking":
            self._note(exercise.name, {"state": "checking", "message": "", "said": []})
        else:
            self._take(exercise, message)
        with self._heard:
            self._taken_up = max(self._taken_up, run)
            if message.get("state") != "checking":
                self._finished = max(self._finished, run)
            self._heard.notify_all()
        return {"ok": True}

    def _take(self, exercise: Exercise, message: Message) -> None:
        if message.get("state") == "checking":
            self._note(exercise.name, {"state": "checking", "message": "", "said": []})
            return
        passed = message.get("passed") is True
        if passed:
            Progress(self._work.folder, self._shelf.all()).pass_(exercise.name)
        told = {
            "state": "passed" if passed else "failed",
            "passed": passed,
            "at": time.time() * 1000,
        }
        texts = {key: str(message.get(key) or "")[:5000] for key in ("message", "printed")}
        said = [str(line)[:500] for line in message.get("said") or []][:20]
        self._note(exercise.name, {**told, **texts, "said": said})

    def _note(self, name: str, verdict: Message) -> None:
        self._verdicts[name] = verdict
        self._emit("exercises", self.standing())

    def _emit(self, event: str, message: Message) -> None:
        self._socketio.emit(event, message, to=HERE, namespace=NAMESPACE)

    def _wait(self, ready: Any, seconds: float) -> bool:
        with self._heard:
            return bool(self._heard.wait_for(ready, seconds))

    def _exercise(self, name: object) -> Exercise:
        exercises = self._shelf.all()
        if not isinstance(name, str) or name not in exercises:
            raise NotFound(f"there is no exercise {short(name)}; there are {', '.join(exercises)}")
        return exercises[name]


def lowered(text: str) -> str:
    """Return a sentence as the rest of another one."""
    return text[:1].lower() + text[1:]
