"""Quotations by their marks and dashes. Unbalanced marks are normal in news: they are given up or closed, never an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagt.types import Span

#: Opening mark -> the marks that may close it (CLDR "delimiters" of da, nb, nn, sv, de, en, and what papers print).
PAIRS = {
    "“": "”“\"",
    "„": "“”\"",
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


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage in quotation marks, or a paragraph that begins with a dash."""

    span: Span  #: with its marks, without the dash
    paragraph: int  #: index of the paragraph
    dash: bool
    whole: bool  #: nothing else stands in the paragraph
    closed: bool  #: False where a mark opens at a paragraph's head and is not closed in it

    def inner(self, text: str) -> str:
        """The words without their marks."""
        return self.span.of(text).strip("“”„«»\"‘’‚‹› ")


def find(text: str, paragraphs: Sequence[Span]) -> list[Quote]:
    """All quotations, in order. A dash paragraph is one quotation, marks inside it are not looked at."""
    out: list[Quote] = []
    for i, paragraph in enumerate(paragraphs):
        dash = _DASH.match(text, paragraph.start, paragraph.end)
        if dash:
            out.append(Quote(Span(dash.end(), paragraph.end), i, True, True, True))
        else:
            out += _marked(text, paragraph, i)
    return out


def _marked(text: str, paragraph: Span, index: int) -> Iterator[Quote]:
    start, closers = -1, ""
    for match in _MARK.finditer(text, paragraph.start, paragraph.end):
        mark, at = match[0], match.start()
        if start < 0:
            if mark in PAIRS and _opens(text, at, paragraph):
                start, closers = at, PAIRS[mark]
        elif mark in closers and _closes(text, at, paragraph):
            yield Quote(Span(start, at + 1), index, False, Span(start, at + 1) == paragraph, True)
            start = -1
    if start == paragraph.start:
        yield Quote(Span(start, paragraph.end), index, False, True, False)


def _opens(text: str, at: int, paragraph: Span) -> bool:
    before = text[at - 1] if at > paragraph.start else " "
    after = text[at + 1] if at + 1 < paragraph.end else " "
    return not before.isalnum() and not after.isspace()


def _closes(text: str, at: int, paragraph: Span) -> bool:
    after = text[at + 1] if at + 1 < paragraph.end else " "
    return not (after.isalnum() and text[at] in "’\"")


def is_speech(quote: Quote, text: str) -> bool:
    """True for whole sentences, False for a title or a few words in marks."""
    words = quote.inner(text)
    begins = words[:1].isupper() or words[:1] in "….("
    return quote.dash or (len(words.split()) >= 4 and begins and bool(_SPEECH_END.search(words)))


def share_quoted(content: Span, quotes: Sequence[Quote]) -> float:
    """The part of a content's characters that stands inside quotations."""
    inside = sum(max(0, min(content.end, q.span.end) - max(content.start, q.span.start)) for q in quotes)
    return inside / max(1, content.end - content.start)
