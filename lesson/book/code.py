"""Code in the book: cut out of the files that run, by named region, with their real line numbers.

A region is what stands between `region: NAME` and `endregion`, each in a comment of its own.
Regions may lie in one another; their marks are not quoted.
"""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from lesson.book.parts import Line

ROOT = Path(__file__).parent.parent.parent
OPEN_TO_READ = ("demos/", "static/js/", "lesson/")
LANGUAGES = {".py": "python", ".js": "javascript", ".html": "html+jinja", ".css": "css"}

MARK = re.compile(r"^\s*(?:#|//|\{#|<!--)\s*(?:region:\s*(?P<name>[\w-]+)|(?P<end>endregion))\b")
FORMATTER = HtmlFormatter(nowrap=True, classprefix="code-")


class CodeError(ValueError):
    """A quotation of something that is not there."""


def quote(file: str, region: str) -> tuple[Line, ...]:
    """Return the lines of a file's region, without common indentation.

    :raises CodeError: if there is no such file or region.
    """
    numbered = cut(read(file), file, region)
    texts = dedent([text for _, text in numbered])
    html = colour("\n".join(texts), LANGUAGES.get(Path(file).suffix, "text"))
    return tuple(Line(number, line) for (number, _), line in zip(numbered, html, strict=True))


def read(file: str) -> list[str]:
    """Return the lines of a file that readers may see.

    :raises CodeError: if there is none.
    """
    path = ROOT / file
    if not file.startswith(OPEN_TO_READ) or ".." in file or not path.is_file():
        raise CodeError(f"there is no file {file} below {', '.join(OPEN_TO_READ)}")
    return path.read_text(encoding="utf-8").splitlines()


def cut(lines: list[str], file: str, region: str) -> list[tuple[int, str]]:
    """Return a region's lines with their numbers, without marks and without blank ends.

    :raises CodeError: if it is not there, empty, or never ends.
    """
    kept: list[tuple[int, str]] = []
    names: list[str] = []
    for number, line in enumerate(lines, 1):
        mark = MARK.match(line)
        if mark and mark["name"]:
            names.append(mark["name"])
        elif mark and (not names or names.pop() == region):
            break
        elif not mark and region in names:
            kept.append((number, line))
    else:
        raise CodeError(f"{file} has no region {region} that begins and ends")
    while kept and not kept[-1][1].strip():
        kept.pop()
    while kept and not kept[0][1].strip():
        kept.pop(0)
    if not kept:
        raise CodeError(f"{file} has no region {region}, or nothing in it")
    return kept


def dedent(lines: list[str]) -> list[str]:
    """Return the lines without the indentation that all of them have."""
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    return [line[min(indents) :].rstrip() for line in lines]


def colour(code: str, language: str) -> list[Markup]:
    """Return the lines of code as HTML, one each, with classes for what is what."""
    html = highlight(code, lexer(language), FORMATTER)
    return [Markup(line) for line in html.removesuffix("\n").split("\n")]


def lexer(language: str) -> Lexer:
    """Return what reads a language.

    :raises CodeError: if nothing does.
    """
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=True)
    except ClassNotFound:
        raise CodeError(f"there is no language {language}") from None
