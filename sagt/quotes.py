"""Quotations by their marks and dashes. Unbalanced marks are normal in news: they are given up or closed, never an error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sagt.types import Span

#: Opening mark -> the marks that may close it (CLDR "delimiters" of da, nb, nn, sv, de, en, and what papers print).
PAIRS = {
    "“": '”“"',
    "„": '“”"',
    "«": "»",
    "»": "«»",
    "”": "”",
    '"': '"”',
    "‘": "’",
    "‚": "‘’",
    "‹": "›",
    "›": "‹",
}
_MARK = re.compile("[" + "".join(PAIRS) + "’]")
_DASH = re.compile(r"[-–—]\s+(?=\S)")
_SPEECH_END = re.compile(r"[.!?…,]$")
#: A quotation left open runs on for at most so many paragraphs, and so many characters of one.
MOST_PARAGRAPHS, MOST_CHARACTERS = 6, 3000


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage in quotation marks, or a paragraph that begins with a dash; of a longer one, the part in one paragraph."""

    span: Span  #: with its marks, without the dash
    paragraph: int  #: index of the paragraph
    dash: bool
    whole: bool  #: nothing else stands in the paragraph
    turn: int  #: the parts of one quotation in marks that runs over paragraphs have one number

    def inner(self, text: str) -> str:
        """The words without their marks."""
        return self.span.of(text).strip('“”„«»"‘’‚‹› ')


@dataclass(frozen=True, slots=True)
class _Left:
    """A quotation that a paragraph leaves open: its parts so far as (span, paragraph)."""

    parts: tuple[tuple[Span, int], ...]
    closers: str
    turn: int
    at_head: bool  #: it began at the head of a paragraph, so it counts even if it is never closed


def find(text: str, paragraphs: Sequence[Span]) -> list[Quote]:
    """All quotations, in order. A dash paragraph is one quotation, marks inside it are not looked at."""
    out: list[Quote] = []
    left: _Left | None = None
    for i, paragraph in enumerate(paragraphs):
        dash = _DASH.match(text, paragraph.start, paragraph.end)
        if dash:
            out += [*_given_up(left, paragraphs), Quote(Span(dash.end(), paragraph.end), i, True, True, i)]
            left = None
        else:
            quotes, left = _paragraph(text, paragraph, i, left, paragraphs)
            out += quotes
    return sorted([*out, *_given_up(left, paragraphs)], key=lambda quote: quote.span)


def _paragraph(text: str, paragraph: Span, index: int, left: _Left | None, paragraphs: Sequence[Span]) -> tuple[list[Quote], _Left | None]:
    """The quotations of one paragraph, and what it leaves open, given what was left open before it."""
    out: list[Quote] = []
    start, turn = paragraph.start, index
    if left is not None:
        if _begins(text, paragraph):
            out += _given_up(left, paragraphs)
            turn = left.turn if left.at_head else turn
        elif (closer := _closer(text, paragraph, left.closers)) is not None:
            parts = (*left.parts, (Span(start, closer + 1), index))
            out += [Quote(span, i, False, span == paragraphs[i], left.turn) for span, i in parts]
            start = closer + 1
        elif not _MARK.search(text, *paragraph) and len(left.parts) < MOST_PARAGRAPHS:
            return out, replace(left, parts=(*left.parts, (paragraph, index)))
        else:
            out += _given_up(left, paragraphs)
    inside, opened = _marked(text, Span(start, paragraph.end), paragraph)
    out += [Quote(span, index, False, span == paragraph, turn if span.start == paragraph.start else -span.start) for span in inside]
    if opened is None or paragraph.end - opened > MOST_CHARACTERS:
        return out, None
    at_head = opened == paragraph.start
    return out, _Left(((Span(opened, paragraph.end), index),), PAIRS[text[opened]], turn if at_head else -opened, at_head)


def _given_up(left: _Left | None, paragraphs: Sequence[Span]) -> list[Quote]:
    """What is kept of a quotation that is never closed: its first paragraph, if it began at the head of it."""
    if left is None or not left.at_head:
        return []
    span, i = left.parts[0]
    return [Quote(span, i, False, span == paragraphs[i], left.turn)]


def _begins(text: str, paragraph: Span) -> bool:
    return text[paragraph.start] in PAIRS and _opens(text, paragraph.start, paragraph)


def _closer(text: str, paragraph: Span, closers: str) -> int | None:
    """Where a closing mark comes before any opening one."""
    for match in _MARK.finditer(text, *paragraph):
        at = match.start()
        if match[0] in closers and _closes(text, at, paragraph) and at > paragraph.start and not text[at - 1].isspace():
            return at
        if match[0] in PAIRS and _opens(text, at, paragraph):
            return None
    return None


def _marked(text: str, rest: Span, paragraph: Span) -> tuple[list[Span], int | None]:
    """Closed quotations of (the rest of) a paragraph, and where one is opened that isn't closed."""
    out: list[Span] = []
    start, closers = -1, ""
    for match in _MARK.finditer(text, rest.start, rest.end):
        mark, at = match[0], match.start()
        if start < 0:
            if mark in PAIRS and _opens(text, at, paragraph):
                start, closers = at, PAIRS[mark]
        elif mark in closers and _closes(text, at, paragraph):
            out.append(Span(start, at + 1))
            start = -1
    return out, start if start >= 0 else None


def _opens(text: str, at: int, paragraph: Span) -> bool:
    before = text[at - 1] if at > paragraph.start else " "
    after = text[at + 1] if at + 1 < paragraph.end else " "
    return not before.isalnum() and not after.isspace()


def _closes(text: str, at: int, paragraph: Span) -> bool:
    after = text[at + 1] if at + 1 < paragraph.end else " "
    return not (after.isalnum() and text[at] in '’"')


def is_speech(quote: Quote, text: str) -> bool:
    """True for whole sentences, False for a title or a few words in marks."""
    words = quote.inner(text)
    begins = words[:1].isupper() or words[:1] in "….("
    if quote.whole:
        return len(words.split()) >= 2 and (begins or quote.dash)
    return len(words.split()) >= 4 and begins and bool(_SPEECH_END.search(words))
