"""The course itself: every starter fails as told, every solution passes, every mistake is met."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lesson.book.library import Library
from lesson.machinery.exercises.exercise import CHECKS, FOLDER, LOOK, Exercise, Shelf, read_all
from lesson.machinery.exercises.texts import changed_lines
from lesson.machinery.exercises.verdict import check_python
from tests.clocks import Clock
from tests.exercise_variants import Variant, agree, variants
from tests.servers import PATIENCE

EXERCISES = list(read_all().values())
ROOT = Path(__file__).parent.parent

each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)


@pytest.mark.parametrize("variant", variants("python"), ids=str)
def test_each_answer_gets_the_verdict_meant_for_it(variant: Variant, tmp_path: Path) -> None:
    variant.write(tmp_path)
    verdict = check_python(variant.exercise, tmp_path, limit=PATIENCE)
    agree(variant, verdict.passed, verdict.message)


@each
def test_an_exercise_has_nothing_but_what_belongs_to_it(exercise: Exercise) -> None:
    tops = {"exercise.yaml", "task.md", "mistakes.yaml", CHECKS[exercise.kind]}
    files = {f"{folder}/{file}" for folder in ("starter", "solution") for file in exercise.files}
    paths = (path for path in exercise.folder.rglob("*") if path.is_file())
    there = {path.relative_to(exercise.folder).as_posix() for path in paths}
    assert {path for path in there if "__pycache__" not in path} == tops | files


@each
def test_a_starter_says_where_to_type_and_the_solution_has_it_done(exercise: Exercise) -> None:
    assert any("TODO" in text for text in exercise.starter().values())
    assert not any("TODO" in text for text in exercise.solution().values())


@each
def test_the_solution_can_point_at_the_lines_that_it_changed(exercise: Exercise) -> None:
    starter, solution = exercise.starter(), exercise.solution()
    changed = {file: changed_lines(starter[file], solution[file]) for file in exercise.files}
    assert any(changed.values())


@each
def test_an_exercise_has_a_task_and_two_typical_mistakes_or_more(exercise: Exercise) -> None:
    mistakes = exercise.mistakes()
    assert exercise.task.strip()
    assert len(mistakes) >= 2
    assert len({mistake.name for mistake in mistakes}) == len(mistakes)


@each
def test_a_task_names_the_files_that_it_is_about(exercise: Exercise) -> None:
    missing = [file for file in exercise.files if file not in exercise.task]
    assert not missing


@each
def test_an_objective_that_is_named_exists(exercise: Exercise) -> None:
    objectives = Library(ROOT / "lesson").objectives
    assert exercise.objective is None or exercise.objective in objectives


def test_each_exercise_has_a_number_of_its_own_the_core_first() -> None:
    numbers = [exercise.number for exercise in EXERCISES]
    assert len(set(numbers)) == len(numbers)
    levels = [exercise.level for exercise in EXERCISES]
    assert levels == sorted(levels, key=("core", "more", "stretch").index)


def test_the_core_fits_into_the_lesson() -> None:
    core = {exercise.number: exercise.minutes for exercise in EXERCISES if exercise.level == "core"}
    assert core[2] + core[3] == 22
    assert sum(core.values()) == 28


def test_each_of_the_lessons_objectives_has_an_exercise() -> None:
    objectives = Library(ROOT / "lesson").objectives
    assert {exercise.objective for exercise in EXERCISES} >= objectives.keys()


def test_nothing_lies_among_the_exercises_that_is_none() -> None:
    folder = ROOT / "lesson" / "exercises"
    names = {path.name for path in folder.iterdir()}
    assert names == set(read_all())


def test_a_change_among_the_exercises_is_looked_for_once_a_second(tmp_path: Path) -> None:
    clock, names = Clock(), [exercise.name for exercise in EXERCISES[:2]]
    shelf = Shelf(tmp_path, clock)
    shutil.copytree(FOLDER / names[0], tmp_path / names[0])
    assert list(shelf.all()) == names[:1]
    shutil.copytree(FOLDER / names[1], tmp_path / names[1])
    clock.advance(LOOK / 2)
    assert list(shelf.all()) == names[:1]
    clock.advance(LOOK / 2)
    assert list(shelf.all()) == names
