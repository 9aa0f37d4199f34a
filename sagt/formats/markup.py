"""Paragraphs out of mark-up: HTML, XHTML, NITF and the dialects that agencies made of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from sagt.formats import xml

#: Characters of one fragment that are parsed as HTML; beyond it only its tags are dropped.
LONGEST_FRAGMENT = 20_000_000

HIDDEN = frozenset({
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select", "textarea", "button", "title", "media",
    "media-reference", "figcaption", "figure", "nav", "audio", "video", "form",
})  # fmt: skip
BLOCKS = frozenset({
    # HTML
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "tfoot", "thead", "tr", "ul",
    # NITF
    "abstract", "block", "body.content", "body.end", "body.head", "bq", "byline", "dateline", "hedline", "hl1", "hl2", "note", "nitf",
    "nitf-table", "tagline", "credit", "datasource", "fn",
    # TT
    "text", "ingress", "brodtext", "citat", "mellis", "rubrik", "dat", "fakta",
})  # fmt: skip
CELLS = frozenset({"td", "th"})
BREAKS = frozenset({"br", "lb"})
#: TT marks direct speech with an element where its papers print a dash; without it nothing would show that it is speech.
SPEECH = {"citat": "– "}
#: White space that mark-up does not show; a no-break space is a character.
_WHITE = re.compile(r"[ \t\n\r\f\v]+")
_INDENTED = re.compile(r"^( *)(?=\S)", re.MULTILINE)
_TAG = re.compile(r"<[^<>]*>")


class Block(NamedTuple):
    """A paragraph and where it stands in the payload."""

    text: str
    path: str


def of_html(fragment: str, path: str) -> list[Block]:
    """The paragraphs of a fragment of HTML that stands at `path`."""
    if "<" not in fragment and "&" not in fragment:
        return of_text(fragment, path)
    if len(fragment) > LONGEST_FRAGMENT:
        return of_text(_TAG.sub(" ", fragment), path)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True)
    # A wrapping element, since text that stands before the first tag would get a paragraph of its own.
    source = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", " ", fragment)
    try:
        tree = etree.fromstring(f"<html><body>{source}</body></html>".encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError, AssertionError):
        tree = None
    return list(_blocks(tree, path + "!")) if tree is not None else of_text(_TAG.sub(" ", fragment), path)


def of_element(element: etree._Element, path: str) -> list[Block]:
    """The paragraphs in an element of XML that stands at `path`."""
    return list(_blocks(element, path))


def of_text(text: str, path: str) -> list[Block]:
    """The paragraphs of plain text: parted by blank lines, or by indented lines where the lines are wrapped."""
    return [Block(paragraph, path) for paragraph in wrapped(text)]


def wrapped(text: str) -> list[str]:
    """Paragraphs of text whose lines may be wrapped, as on old wires: a blank line or a deeper indent begins a new one.

    A single line break parts paragraphs only where no line is wrapped: where the lines are longer than wires wrap."""
    found: list[str] = []
    for chunk in re.split(r"\n[ \t\r]*\n", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")):
        found += _lines_joined(chunk)
    return found


def _lines_joined(chunk: str) -> Iterator[str]:
    lines = [line for line in chunk.split("\n") if line.strip()]
    indents = [len(line) - len(line.lstrip(" ")) for line in lines[1:]]
    least = min(indents, default=0)
    # Lines longer than a wire's are whole paragraphs; wrapped ones are joined until one stands further in than the others.
    whole = len(lines) > 1 and max(map(len, lines)) > 100
    held: list[str] = []
    for line in lines:
        deeper = len(line) - len(line.lstrip(" ")) > least
        if held and (whole or deeper or line.lstrip().startswith("* ")):
            yield " ".join(held)
            held = []
        held.append(_WHITE.sub(" ", line).strip(" "))
    if held:
        yield " ".join(held)


class _Walk:
    """Gathers lines into paragraphs on the way through a tree."""

    def __init__(self, path: str) -> None:
        self.steps = [path.rstrip("/")]
        self.counts: list[Counter[str]] = [Counter()]
        self.line: list[str] = []
        self.begun = path  #: where the first words of the line stand

    def enter(self, name: str) -> None:
        self.counts[-1][name] += 1
        self.steps.append(f"/{name}[{self.counts[-1][name]}]")
        self.counts.append(Counter())

    def leave(self) -> None:
        self.steps.pop()
        self.counts.pop()

    def add(self, words: str | None, *, parent: bool = False) -> None:
        if not words:
            return
        if words.strip() and not any(part.strip() for part in self.line):
            self.begun = "".join(self.steps[:-1] if parent else self.steps)
        self.line.append(words)

    def close(self) -> Iterator[Block]:
        raw = "".join(self.line)
        self.line.clear()
        for part in re.split(r"\x00{2,}", re.sub("\x00[ \t\n\r]*(?=\x00)", "\x00", raw)):
            yield from (Block(text, self.begun) for text in _shown(part))


def _shown(raw: str) -> Iterator[str]:
    """What a browser shows of a stretch, or, where it is a wire's text put into one element as it was, its paragraphs."""
    lines = raw.strip("\n").count("\n")
    if lines >= 3 and "\x00" not in raw:
        levels = {len(m[1]) for m in _INDENTED.finditer(raw.replace("\t", "    ").split("\n", 1)[1])}
        if len(levels) > 1 and min(levels) == 0:
            yield from wrapped(raw)
            return
    text = _WHITE.sub(" ", raw)
    text = re.sub(" ?\x00 ?", "\n", text).strip(" \n")
    if text:
        yield text


def _blocks(tree: etree._Element, path: str) -> Iterator[Block]:
    walk = _Walk(path)
    hidden = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        starts, name = event == "start", xml.local(element).lower()
        inner = element is not tree
        if starts and inner:
            walk.enter(name)
        if hidden or name in HIDDEN:
            hidden += 1 if starts else -1
        elif name in BLOCKS:
            yield from walk.close()
            if starts and name in SPEECH:
                walk.line.append(SPEECH[name])
        elif name in BREAKS and starts:
            walk.line.append("\x00")
        elif name in CELLS and not starts:
            walk.line.append("\t ")
        if not hidden:
            walk.add(element.text if starts else element.tail if inner else None, parent=not starts)
        if not starts and inner:
            walk.leave()
    yield from walk.close()
