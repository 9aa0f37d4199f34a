"""Words, sentences and paragraphs of a text, as spans. Pure, linear in the length of the text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from sagt.languages import every
from sagt.types import Span

# A word is a run of letters and digits with the marks that combine with them (NFD accents, soft hyphen, joiners);
# everything else that is not white space stands alone, so that "Trump’s", "U.S." and quotation marks can be cut anywhere.
_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060])*|\\S")
_PARAGRAPH = re.compile(r"[^\s](?:[^\n]*[^\s])?")
_END = re.compile("[.!?…]+[\"'”“’»«)\\]]*(?=\\s+[\"'“”„»«‘’(\\[–—-]*\\s*[^\\W_])")
_LOWER_NEXT = re.compile(r"\s+[\"'“”„»«‘’(\[]*[a-zæøåäöüßé]")
_LAST_WORD = re.compile(r"[^\s(\[\"'“”„»«‘’]+$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")
_DAY = re.compile(r"(?:^|\s)\d{1,2}\.$")
_CLAUSE = re.compile(r"[,;:–—]\s|\s-\s")
_LETTERS = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
#: A clause of fewer words is taken together with its neighbour.
FEWEST = 4
#: A sentence longer than this many characters is cut at a space: the encoder sees at most some 500 pieces anyway.
LONGEST_SENTENCE = 900


def words(text: str, within: Span) -> list[Span]:
    """Words and single marks inside `within`."""
    return [Span(*m.span()) for m in _WORD.finditer(text, within.start, within.end)]


def paragraphs(text: str) -> list[Span]:
    """Lines that are not blank, without the white space around them."""
    return [Span(*m.span()) for m in _PARAGRAPH.finditer(text)]


def sentences(text: str, paragraph: Span) -> list[Span]:
    """Sentences of one paragraph; over-long ones are cut at a space."""
    out: list[Span] = []
    start = paragraph.start
    for end in _ends(text, paragraph):
        out += _cut(text, start, end)
        start = end
    return out + list(_cut(text, start, paragraph.end))


def _ends(text: str, paragraph: Span) -> Iterator[int]:
    for match in _END.finditer(text, paragraph.start, paragraph.end):
        if match[0].startswith("."):
            before = text[max(paragraph.start, match.start() - 12) : match.start() + 1]
            lower = _LOWER_NEXT.match(text, match.end())
            if lower or (len(match[0]) == 1 and _is_abbreviation(before)):
                continue
        elif _LOWER_NEXT.match(text, match.end()):
            continue
        yield match.end()


def _is_abbreviation(before: str) -> bool:
    """`before` ends in the full stop in question."""
    word = _LAST_WORD.search(before[:-1])
    if word is None:
        return False
    return bool(_DAY.search(before)) or bool(_INITIALS.match(word[0])) or word[0] in every().abbreviations


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST_SENTENCE:
        space = text.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
        cut = space if space > 0 else start + LONGEST_SENTENCE
        yield Span(start, cut)
        start = cut + (space > 0)
    if start < end:
        yield Span(start, end)


def clause_at(text: str, sentence: Span, place: Span) -> Span:
    """The clause of a sentence that a place stands in: from comma to comma, but no shorter than a few words."""
    cuts = [m.start() for m in _CLAUSE.finditer(text, sentence.start, sentence.end)]
    low = bisect_right(cuts, place.start)
    high = bisect_left(cuts, place.end)
    while True:
        start = cuts[low - 1] + 1 if low > 0 else sentence.start
        end = cuts[high] if high < len(cuts) else sentence.end
        if len(_LETTERS.findall(text, start, end)) >= FEWEST or (low <= 0 and high >= len(cuts)):
            break
        low, high = (low - 1, high) if low > 0 else (low, high + 1)
    part = text[start:end]
    return Span(start + len(part) - len(part.lstrip(" ,;:–—-")), start + len(part.rstrip(" .!?")))
