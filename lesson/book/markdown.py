"""Markdown as the chapters use it: HTML is text; numbers, links and words are looked up.

In curly braces stands a number that must not be a bare one:

    {5 s}                                a setting: chosen by us or by you, not measured
    {=late short-poll delay-median}      measured: from figures.json
    {871 B @lubbers-2010}                somebody else's, with its source

What cannot be looked up is taken down with its line, and reading goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from lesson.book import code
from lesson.book.library import Library, LookupFaultError
from lesson.book.parts import Source, Word
from lesson.book.problems import Desk

# A number with a unit that claims a measurement: of time, of size, of a share, of effort.
CLAIM = re.compile(
    r"(?<![\w.,:#])\d[\d.,]*\s*"
    r"(?:(?:ms|µs|us|s|sec|min|h|B|kB|MB|GB|KB|bytes?|bits?|milliseconds?|microseconds?|seconds?"
    r"|kilobytes?|megabytes?|requests?|questions?|answers?|headers?|packets?|polls?)\b"
    r"|%|per cent\b)"
)
BRACES = re.compile(r"\{(=?)([^{}\n]+)\}")


@dataclass
class Reading:
    """What is known while one chapter is read."""

    desk: Desk
    library: Library
    words: dict[str, Word] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    measured: bool = False
    links: list[tuple[int, str]] = field(default_factory=list)
    guesses: bool = False  # answers to choose from are guesses: their numbers claim nothing


class Writer:
    """Turns Markdown into tokens, and tokens into HTML."""

    def __init__(self) -> None:
        self._md = MarkdownIt("commonmark", {"html": False, "highlight": highlighted})
        self._md.enable("table")
        front_matter_plugin(self._md)
        container_plugin(self._md, "block", validate=lambda *_: True)
        self._md.inline.ruler.before("emphasis", "braces", braces)
        renderer = self._md.renderer
        assert isinstance(renderer, RendererHTML)
        for name, rule in (("braces", render_braces), ("th_open", aligned), ("td_open", aligned)):
            self._md.add_render_rule(name, rule)

    def parse(self, text: str) -> list[Token]:
        """Return a whole file's tokens."""
        return self._md.parse(text)

    def html(self, tokens: Sequence[Token], reading: Reading) -> Markup:
        """Return the HTML of block tokens, with all in them looked up."""
        for token, inside in zip(tokens, headings(tokens), strict=True):
            if token.type == "inline" and token.children and token.map:
                look_up(token.children, token.map[0] + 1, reading, words=not inside)
            elif token.type == "fence" and token.info and token.map:
                check_language(token, reading)
        return Markup(self._md.renderer.render(tokens, self._md.options, {}))

    def line(self, text: str, line: int, reading: Reading) -> Markup:
        """Return one line of Markdown as HTML, without a paragraph around it."""
        tokens = self._md.parseInline(text)
        look_up(tokens[0].children or [], line, reading, words=False)
        return Markup(self._md.renderer.render(tokens, self._md.options, {}))


def check_language(token: Token, reading: Reading) -> None:
    """Take down a language that nothing reads, and leave its code uncoloured."""
    try:
        code.lexer(token.info.strip())
    except code.CodeError as error:
        assert token.map
        reading.desk.complain(token.map[0] + 1, str(error))
        token.info = ""


def headings(tokens: Sequence[Token]) -> list[bool]:
    """Say of each token whether it stands in a heading."""
    inside, said = False, []
    for token in tokens:
        if token.type.startswith("heading"):
            inside = token.nesting == 1
        said.append(inside)
    return said


def highlighted(text: str, language: str, _: str) -> str:
    """Return code in a chapter with its classes. What runs is quoted; this is for answers, HTTP."""
    return "\n".join(code.colour(text, language)) + "\n" if language else ""


def aligned(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """Align a table's cell by a class, as pages allow no inline style; an empty head is no head."""
    if tokens[index].type == "th_open" and not tokens[index + 1].content:
        tokens[index].tag = tokens[index + 2].tag = "td"
    style = tokens[index].attrs.pop("style", "")
    if style:
        tokens[index].attrJoin("class", str(style).replace("text-align:", "align-"))
    return self.renderToken(tokens, index, options, env)


# Numbers in braces


def braces(state: StateInline, silent: bool) -> bool:
    """Read `{…}` in a text."""
    match = BRACES.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    if not silent:
        token = state.push("braces", "", 0)
        token.content = match[2].strip()
        token.meta = {"measured": bool(match[1])}
    state.pos = match.end()
    return True


def render_braces(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """Write what `look_up` has found."""
    return str(tokens[index].meta.get("html", escape(tokens[index].content)))


def look_up(children: list[Token], line: int, reading: Reading, words: bool) -> None:
    """Look up links, numbers and words in one run of text."""
    linked, fresh = 0, []
    for token in children:
        found = [token]
        try:
            if token.type == "braces":
                token.meta["html"] = number(token.content, token.meta["measured"], reading)
            elif token.type == "link_open":
                look_up_link(token, line, reading)
            elif token.type == "image":
                raise LookupFaultError("pictures are not used here: show the thing itself")
            elif token.type == "text":
                check_claims(token.content, reading)
                if words and not linked:
                    found = link_words(token, reading)
        except LookupFaultError as fault:
            reading.desk.complain(line, str(fault))
        linked += token.nesting if token.type.startswith("link") else 0
        line += token.type in ("softbreak", "hardbreak")
        fresh += found
    children[:] = fresh


def check_claims(text: str, reading: Reading) -> None:
    """Find a number that claims a measurement and says not where it comes from."""
    claim = CLAIM.search(text)
    if claim and not reading.guesses:
        raise LookupFaultError(
            f"{claim[0]!r} is a bare number. A setting is {{{claim[0]}}}, a figure of ours "
            f"{{=late short-poll delay-median}}, somebody else's {{{claim[0]} @source}}"
        )


def number(content: str, measured: bool, reading: Reading) -> Markup:
    """Return a number in braces as HTML."""
    if measured:
        figure = reading.library.figure(content)
        reading.measured = True
        return Markup('<a class="number measured" href="#measured" title="{}">{}</a>').format(
            figure.what, figure.shown
        )
    text, _, key = content.partition("@")
    if not key:
        return Markup('<span class="chosen">{}</span>').format(text)
    source = reading.library.source(key.strip())
    reading.sources.setdefault(source.key, source)
    place = list(reading.sources).index(source.key) + 1
    return Markup(
        '<span class="number">{}</span>'
        '<sup class="cite"><a href="#source-{}" aria-label="source {}">{}</a></sup>'
    ).format(text.strip(), source.key, place, place)


# Links and words


def look_up_link(token: Token, line: int, reading: Reading) -> None:
    """Turn a link to a chapter, a step, a word or a source into an address."""
    href = str(token.attrs["href"])
    scheme, _, name = href.partition(":")
    if scheme == "source":
        source = reading.library.source(name)
        reading.sources.setdefault(source.key, source)
        token.attrs["href"] = f"#source-{source.key}"
    elif scheme == "word":
        word = reading.library.word(name)
        reading.words.setdefault(word.word, word)
        token.attrs |= {"href": f"#word-{slug(word.word)}", "class": "word"}
    elif scheme == "https":
        token.attrs["rel"] = "external"
    else:
        reading.links.append((line, href))
        token.attrs["href"] = address(href)


def address(href: str) -> str:
    """Return where a link leads: a bare name is a chapter's."""
    return href if href.startswith(("/", "#")) else f"/lesson/{href}"


def link_words(token: Token, reading: Reading) -> list[Token]:
    """Link the first use of each word of the glossary; return the text in its pieces."""
    first = reading.library.first_word(token.content, reading.words)
    if first is None:
        return [token]
    word, start, end = first
    reading.words[word.word] = word
    before, used, rest = (
        Token("text", "", 0, content=content)
        for content in (token.content[:start], token.content[start:end], token.content[end:])
    )
    attrs: dict[str, str | int | float] = {"href": f"#word-{slug(word.word)}", "class": "word"}
    opening, closing = Token("link_open", "a", 1, attrs=attrs), Token("link_close", "a", -1)
    return [before, opening, used, closing, *link_words(rest, reading)]


def slug(text: str) -> str:
    """Return a text as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
