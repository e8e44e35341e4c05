"""The book: what it is made of, what it refuses, and that it holds what it promises."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import yaml

from lesson.book import Book
from lesson.book.markdown import CLAIM
from lesson.book.parts import Chapter, Predict, Question, Quote, Step, Task
from lesson.book.shelf import LESSON
from tests.servers import ROOT, Server

FRONT = "---\ntitle: A chapter\norder: 1\nminutes: 1\nquestion: Why?\n---\n"
STEP = f"{FRONT}## A step {{#step must 1}}\n"
DEMO = "::: demo short-poll long-poll\n:::\n"
FOLDERS = LESSON / "exercises"
STEP_AT, BODY_AT = FRONT.count("\n") + 1, STEP.count("\n") + 1  # lines

Write = Callable[..., Book]


@pytest.fixture(scope="module")
def book() -> Book:
    """The book of this lesson."""
    return Book.build()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Build a book of one's own: files by name, chapters without a suffix."""
    for file in [*LESSON.glob("*.yaml"), LESSON / "figures.json"]:
        shutil.copy(file, tmp_path)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "plans").mkdir()

    def build(**texts: str) -> Book:
        for name, text in texts.items():
            path = f"plans/{name[1:]}.yaml" if name.startswith("_") else f"chapters/{name}.md"
            (tmp_path / path).write_text(text, encoding="utf-8")
        return Book.build(tmp_path)

    return build


def the_step(book: Book) -> Step:
    book.check()
    return book.chapters["one"].steps[0]


def steps_of(book: Book) -> list[tuple[Chapter, Step]]:
    return [(chapter, step) for chapter in book.chapters.values() for step in chapter.steps]


# This lesson's book


def test_nothing_is_wrong_in_it(book: Book) -> None:
    book.check()


def test_it_is_built_in_less_than_a_second() -> None:
    began = time.perf_counter()
    Book.build()
    assert time.perf_counter() - began < 1


def test_its_core_path_takes_85_minutes(book: Book) -> None:
    assert sum(chapter.minutes for chapter in book.chapters.values()) == 85


def test_the_core_path_is_the_plan_of_90_minutes(book: Book) -> None:
    assert [stop.chapter for stop in book.plans["90"].stops] == book.core()


@pytest.mark.parametrize("minutes", ["45", "90", "180"])
def test_a_plan_adds_up(book: Book, minutes: str) -> None:
    plan = book.plans[minutes]
    total = sum(stop.minutes for stop in plan.stops) + plan.spare
    assert total == plan.minutes == int(minutes)


def test_no_chapter_is_a_draft(book: Book) -> None:
    assert [chapter.slug for chapter in book.chapters.values() if chapter.draft] == []


def test_every_chapter_says_what_it_is_for(book: Book) -> None:
    for chapter in book.chapters.values():
        assert chapter.objectives and chapter.questions, chapter.slug


def test_every_step_that_must_be_has_a_note_for_the_instructor(book: Book) -> None:
    assert [f"{c.slug}#{s.id}" for c, s in steps_of(book) if s.must and not s.notes] == []


def test_every_objective_has_steps_on_the_core_path(book: Book) -> None:
    tied = {step.objective for chapter, step in steps_of(book) if chapter.is_core}
    assert tied - {""} == set(book.library.objectives)


def test_every_objective_has_an_exercise_of_the_core() -> None:
    exercises = [
        yaml.safe_load(path.read_text("utf-8")) for path in FOLDERS.glob("*/exercise.yaml")
    ]
    core = {one.get("objective") for one in exercises if one["level"] == "core"}
    assert core >= set(Book.build().library.objectives)


@pytest.mark.parametrize("when", ["before", "after"])
def test_every_objective_is_asked_about_on_the_core_path(book: Book, when: str) -> None:
    asked = [
        part.objective
        for chapter, step in steps_of(book)
        for part in step.parts
        if isinstance(part, Question) and part.when == when and chapter.is_core
    ]
    assert sorted(asked) == sorted(book.library.objectives)


def test_the_four_words_of_the_protocol_are_explained_where_they_first_stand(book: Book) -> None:
    explained = {word.word for chapter in book.chapters.values() for word in chapter.words}
    assert {"cursor", "epoch", "batch", "hold"} <= explained


def test_every_region_is_quoted_with_the_lines_of_its_file(book: Book) -> None:
    quotes = [part for _, step in steps_of(book) for part in step.parts if isinstance(part, Quote)]
    assert quotes
    for quote in quotes:
        lines = (ROOT / quote.file).read_text("utf-8").splitlines()
        for line in quote.lines:
            assert line.html.striptags() == " ".join(lines[line.number - 1].split())


def test_every_page_is_there_and_has_nothing_inline(book: Book, shared_server: Server) -> None:
    for path in ["/", *(chapter.url for chapter in book.chapters.values())]:
        answer = requests.get(shared_server.url + path, timeout=10)
        assert answer.status_code == 200, path
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text), path
        assert not re.search(r"<style|<\w[^>]*\s(?:style|on\w+)=", answer.text), path


def test_links_within_the_lesson_lead_somewhere(book: Book, shared_server: Server) -> None:
    pages = ["/", *(chapter.url for chapter in book.chapters.values())]
    texts = {page: requests.get(shared_server.url + page, timeout=10).text for page in pages}
    links = {
        link for text in texts.values() for link in re.findall(r'<a [^>]*href="(/[^"]*)"', text)
    }
    for link in links:
        path, _, anchor = link.partition("#")
        answer = requests.get(shared_server.url + path, timeout=10)
        assert answer.status_code == 200, link
        assert not anchor or f'id="{anchor}"' in answer.text, link


def test_the_instructors_notes_are_on_no_page(book: Book, shared_server: Server) -> None:
    noted = [(chapter, note) for chapter, step in steps_of(book) for note in step.notes]
    assert noted
    for chapter, note in noted:
        page = requests.get(shared_server.url + chapter.url, timeout=10).text
        sentence = note.striptags().split(". ")[0]
        assert sentence not in page, chapter.slug


def test_an_unknown_chapter_is_404(shared_server: Server) -> None:
    answer = requests.get(f"{shared_server.url}/lesson/nothing", timeout=10)
    assert answer.status_code == 404
    assert "short-polling" in answer.text


@pytest.mark.parametrize("name", ["nothing", "..%2fcolumn", "%00", "Short-Poll"])
def test_what_was_not_found_anywhere_does_not_run(shared_server: Server, name: str) -> None:
    assert requests.get(f"{shared_server.url}/as-found/{name}", timeout=10).status_code == 404


# What a chapter is made of


def test_html_in_markdown_is_text(write: Write) -> None:
    step = the_step(write(one=f"{STEP}<b>bold</b> <script>alert(1)</script>\n\n<div>\n"))
    html = step.parts[0].html  # type: ignore[union-attr]
    assert "<b>" not in html and "<script" not in html and "<div" not in html
    assert "&lt;script&gt;" in html


def test_a_step_is_a_heading_and_what_follows(write: Write) -> None:
    book = write(one=f"{FRONT}Before.\n\n## One {{#a must 1}}\n\nText.\n\n## Two {{#b may-skip}}\n")
    book.check()
    chapter = book.chapters["one"]
    assert [(step.id, step.must, step.minutes) for step in chapter.steps] == [
        ("a", True, 1),
        ("b", False, 0),
    ]
    assert [part.html for part in chapter.opening] == ["<p>Before.</p>\n"]


def test_a_remark_lights_every_line_with_its_code(write: Write) -> None:
    text = "::: quote demos/short_poll.py short-poll\n- `batch` is the answer.\n:::\n"
    (quote,) = the_step(write(one=STEP + text)).parts
    assert isinstance(quote, Quote)
    lit = [line.html.striptags() for line in quote.lines if line.number in quote.remarks[0].lines]
    assert lit == ["batch = feed.since(read_cursor())", "return answer(batch)"]


def test_a_remark_lights_from_one_line_to_another(write: Write) -> None:
    text = "::: quote demos/short_poll.py short-poll\n- `def short` … `answer` is all.\n:::\n"
    (quote,) = the_step(write(one=STEP + text)).parts
    assert isinstance(quote, Quote)
    assert len(quote.remarks[0].lines) == 3
    assert quote.remarks[0].where.startswith("lines ")


def test_a_prediction_knows_its_answers_and_its_measure(write: Write) -> None:
    text = (
        "::: predict late figure=delay-median after=20 unit=s interval=5\nHow late?\n\n"
        "- [..1] soon\n- [1..] late\n\nBecause.\n:::\n"
    )
    predict, _ = the_step(write(one=STEP + text + DEMO)).parts
    assert isinstance(predict, Predict)
    assert [(answer.least, answer.most) for answer in predict.answers] == [(None, 1), (1, None)]
    assert predict.measure["start"] == {"interval": 5}
    assert "Because" in predict.reveal and "Because" not in predict.question


def test_a_number_is_guessed_where_there_is_no_list(write: Write) -> None:
    text = "::: predict n figure=bytes-head after=9 unit=B\nHow many?\n\nThat many.\n:::\n"
    predict, _ = the_step(write(one=STEP + text + DEMO)).parts
    assert isinstance(predict, Predict)
    assert (predict.question, predict.reveal) == ("<p>How many?</p>\n", "<p>That many.</p>\n")


def test_an_exercise_is_named_by_its_folder(write: Write) -> None:
    text = "::: exercise 02-listen\n:::\n"
    (exercise,) = the_step(write(one=STEP + text)).parts
    assert exercise == Task("02-listen")


def test_a_note_is_kept_apart(write: Write) -> None:
    step = the_step(write(one=f"{STEP}::: note\nFor you alone.\n:::\n"))
    assert step.parts == []
    assert "For you alone." in step.notes[0]


def test_only_the_first_use_of_a_word_is_explained(write: Write) -> None:
    step = the_step(write(one=f"{STEP}A cursor, and two cursors.\n\nAgain a cursor.\n"))
    assert step.parts[0].html.count('class="word"') == 1  # type: ignore[union-attr]


def test_numbers_say_where_they_come_from(write: Write) -> None:
    book = write(
        one=f"{STEP}{{5 s}}, {{871 B @lubbers-2010}}, {{=late short-poll delay-median}}.\n"
    )
    html = the_step(book).parts[0].html  # type: ignore[union-attr]
    assert '<span class="chosen">5 s</span>' in html
    assert 'href="#source-lubbers-2010"' in html
    assert 'href="#measured"' in html
    assert book.chapters["one"].measured


@pytest.mark.parametrize(
    "claim",
    [
        "5 ms",
        "847 B",
        "3.8 kB",
        "12 requests",
        "40 µs",
        "80 %",
        "1,000 bytes",
        "2.5 s",
        "0.1 seconds",
    ],
)
def test_a_bare_number_is_found(claim: str) -> None:
    assert CLAIM.search(f"It takes {claim}, measured.")


@pytest.mark.parametrize(
    "text", ["HTTP/1.1", "RFC 6455", "in 2010", "chapter 3", "200 clients", "a1 s"]
)
def test_a_number_that_claims_nothing_is_left_alone(text: str) -> None:
    assert not CLAIM.search(text)


# What is wrong is said with its file and its line


WRONG = {
    "no front matter": ("Text.\n", 1, "front matter"),
    "a title missing": (FRONT.replace("title: A chapter\n", ""), 1, "needs title"),
    "an unknown field": (FRONT.replace("---\n", "---\ncolour: red\n", 1), 1, "'colour'"),
    "minutes that do not add up": (STEP.replace("must 1", "must 2"), 1, "steps take 2 minutes"),
    "a title in the text": (f"{FRONT}# Title\n", STEP_AT, "begins with ##"),
    "a step that says nothing of itself": (f"{FRONT}## Step\n", STEP_AT, "must 3"),
    "an unknown word on a step": (f"{FRONT}## S {{must 1 red}}\n", STEP_AT, "'red'"),
    "an unknown objective": (f"{FRONT}## S {{must 1 for=x}}\n", STEP_AT, "'x'"),
    "a step named as the page's own": (f"{FRONT}## S {{#top must 1}}\n", STEP_AT, "'top'"),
    "two steps of one name": (f"{STEP}\n## B {{#step must}}\n", BODY_AT + 1, "two steps"),
    "an unknown block": (f"{STEP}\n::: colour\n:::\n", BODY_AT + 1, "no block 'colour'"),
    "an unknown attribute": (f"{STEP}::: demo short-poll size=3\n:::\n", BODY_AT, "no size="),
    "an unknown column": (f"{STEP}::: demo pigeon\n:::\n", BODY_AT, "'pigeon'"),
    "a value out of bounds": (f"{STEP}::: demo short-poll hold=99\n:::\n", BODY_AT, "'99'"),
    "two demos in a step": (f"{STEP}{DEMO}{DEMO}", BODY_AT + 2, "second demo"),
    "a block that never ends": (f"{STEP}::: try\nText.\n", BODY_AT, "never ends"),
    "a block that never begins": (f"{STEP}Text.\n\n:::\n", BODY_AT + 2, "closes nothing"),
    "a block in a block": (f"{STEP}:::: try\n::: note\nx\n:::\n::::\n", BODY_AT + 1, "in a block"),
    "a block before the first step": (f"{FRONT}::: note\nx\n:::\n", STEP_AT, "stands in a step"),
    "a missing file": (f"{STEP}::: quote demos/no.py x\n:::\n", BODY_AT, "no file demos/no.py"),
    "a file outside": (f"{STEP}::: quote start.py x\n:::\n", BODY_AT, "no file start.py"),
    "a way outside": (f"{STEP}::: quote demos/../start.py x\n:::\n", BODY_AT, "no file"),
    "a missing region": (f"{STEP}::: quote demos/feed.py x\n:::\n", BODY_AT, "no region x"),
    "a remark on nothing": (
        f"{STEP}::: quote demos/short_poll.py short-poll\n- `nothing` is said.\n:::\n",
        BODY_AT + 1,
        "'nothing' is not in",
    ),
    "a remark without code": (
        f"{STEP}::: quote demos/short_poll.py short-poll\n- Nothing.\n:::\n",
        BODY_AT + 1,
        "begins with the code",
    ),
    "a prediction without a demo": (
        f"{STEP}::: predict a figure=delay after=2\nWhat?\n:::\n",
        1,
        "no demo",
    ),
    "an unknown figure": (
        f"{STEP}::: predict a figure=joy after=2\nWhat?\n:::\n",
        BODY_AT,
        "no figure 'joy'",
    ),
    "an answer without a range": (
        f"{STEP}{DEMO}::: predict a figure=delay after=2\nWhat?\n\n- a\n- b\n:::\n",
        BODY_AT + 5,
        "[from..to]",
    ),
    "a link to no chapter": (f"{STEP}A [link](nowhere).\n", BODY_AT, "'nowhere'"),
    "a link to no step": (f"{STEP}A [link](#nowhere).\n", BODY_AT, "'#nowhere'"),
    "a link to no page": (f"{STEP}A [link](/nowhere).\n", BODY_AT, "no page"),
    "a link to no source": (f"{STEP}A [link](source:none).\n", BODY_AT, "'none'"),
    "a link to no word": (f"{STEP}A [link](word:none).\n", BODY_AT, "'none'"),
    "a picture": (f"{STEP}![x](y)\n", BODY_AT, "pictures"),
    "a bare number": (f"{STEP}Text.\n\nIt takes\nabout 9 ms.\n", BODY_AT + 3, "'9 ms'"),
    "a bare number in front": (FRONT.replace("Why?", "Why 9 ms?"), 5, "'9 ms'"),
    "a figure that nobody measured": (f"{STEP}{{=late pigeon x}}\n", BODY_AT, "make figures"),
    "a source that is none": (f"{STEP}{{9 ms @nobody}}\n", BODY_AT, "'nobody'"),
    "an unknown exercise": (f"{STEP}::: exercise 99-joy\n:::\n", BODY_AT, "'99-joy'"),
    "an unknown widget": (f"{STEP}::: widget joy\n:::\n", BODY_AT, "'joy'"),
    "code in no language": (f"{STEP}```klingon\nx\n```\n", BODY_AT, "klingon"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(write: Write, what: str) -> None:
    text, line, words = WRONG[what]
    problems = write(one=text).problems
    assert [(problem.file, problem.line) for problem in problems if words in problem.text] == [
        ("lesson/chapters/one.md", line)
    ], problems


def test_all_that_is_wrong_is_said_at_once(write: Write) -> None:
    book = write(one=f"{STEP}It takes 9 ms. A [link](nowhere).\n\n::: colour\n:::\n")
    assert len(book.problems) == 3


def test_two_chapters_have_two_places(write: Write) -> None:
    book = write(one=STEP, two=STEP)
    assert {problem.text for problem in book.problems} == {
        "two has the same order, 1",
        "one has the same order, 1",
    }


PLAN = "title: T\nfor: F\nspare: 0\nsteps:\n"


@pytest.mark.parametrize(
    ("plan", "line", "words"),
    [
        ("title: T\n", 1, "nothing else"),
        (f"{PLAN}  - one\n", 1, "add up to 1 minutes"),
        (f"{PLAN}  - one: 9\n  - nothing\n", 6, "no chapter 'nothing'"),
        (f"{PLAN}  - one: [step, other]\n", 5, "no step 'other'"),
    ],
)
def test_what_is_wrong_in_a_plan_is_said(write: Write, plan: str, line: int, words: str) -> None:
    (problem,) = write(one=STEP, _10=plan).problems
    assert (problem.file, problem.line) == ("lesson/plans/10.yaml", line)
    assert words in problem.text


def test_a_plan_knows_when_each_chapter_begins(write: Write) -> None:
    book = write(one=STEP, _10=f"{PLAN}  - A break: 4\n  - one: [step]\n  - The end: 5\n")
    book.check()
    assert book.plans["10"].begins(book.chapters["one"]) == 4
