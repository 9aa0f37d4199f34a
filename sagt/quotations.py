"""Whether a quotation is true to what was said: the same, shortened, altered, translated, or not found. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache

from sagt import languages, words
from sagt.facts import starts
from sagt.types import Span

#: Share of a quotation's words that stand in the primary source, from which it is a quotation of it at all.
FOUND = 0.4
_WORD = re.compile(r"\w+")


class Fidelity(StrEnum):
    """How true a quotation is."""

    SAME = "same"  #: word for word, but for typography
    SHORTENED = "shortened"  #: its words as they stood, but not all of them
    ALTERED = "altered"  #: other words
    TRANSLATED = "translated"
    NOT_FOUND = "not found"


@dataclass(frozen=True, slots=True)
class Checked:
    """A quotation beside what it quotes."""

    fidelity: Fidelity
    place: Span | None  #: the words of the primary source that it quotes
    changes: tuple[tuple[str, str], ...] = ()  #: what was said, and what stands there


def check(primary: str, quoted: str, same_language: bool = True) -> Checked:
    """How true `quoted` is to the words in `primary`."""
    if not same_language:
        return Checked(Fidelity.TRANSLATED, Span(0, len(primary)))
    said, told = list(_WORD.finditer(primary)), list(_WORD.finditer(quoted))
    ours, theirs = ([words.fold(m[0]) for m in found] for found in (said, told))
    if not theirs or not ours:
        return Checked(Fidelity.NOT_FOUND, None)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    blocks = [b for b in matcher.get_matching_blocks() if b.size]
    if sum(b.size for b in blocks) < FOUND * len(theirs):
        return Checked(Fidelity.NOT_FOUND, None)
    first, last = blocks[0].a, blocks[-1].a + blocks[-1].size
    place = Span(said[first].start(), said[last - 1].end())
    changes = tuple(_changes(matcher, primary, quoted, said, told, first, last))
    if ours == theirs:
        return Checked(Fidelity.SAME, place)
    if not any(now for _, now in changes) and not _cuts_inside(matcher, first, last, primary, said) and not _condition_lost(primary, place):
        return Checked(Fidelity.SHORTENED, place, changes)
    return Checked(Fidelity.ALTERED, place, changes)


def _condition_lost(primary: str, place: Span) -> bool:
    """True if the sentence went on with a condition: "jeg ville drikke det, hvis …" without its if is another saying."""
    rest = re.split(r"[.!?…]", primary[place.end :])[0]
    return bool(_conditions().match(rest.lstrip(" ,;–—-")))


@cache
def _conditions() -> re.Pattern[str]:
    return starts(languages.table("outcomes")["condition"]["words"].split())


def _changes(
    matcher: SequenceMatcher[str], primary: str, quoted: str, said: list[re.Match[str]], told: list[re.Match[str]], first: int, last: int
) -> Iterable[tuple[str, str]]:
    for tag, i, k, j, m in matcher.get_opcodes():
        if tag == "equal" or (tag == "delete" and (k <= first or i >= last)):
            continue
        was = primary[said[i].start() : said[k - 1].end()] if k > i else ""
        now = quoted[told[j].start() : told[m - 1].end()] if m > j else ""
        yield was, now


def _cuts_inside(matcher: SequenceMatcher[str], first: int, last: int, primary: str, said: list[re.Match[str]]) -> bool:
    """True if words are gone from within a clause: what stands on both sides of a cut was not said together."""
    for tag, i, k, _, _ in matcher.get_opcodes():
        if tag == "delete" and first < i and k < last:
            before = primary[said[i - 1].end() : said[i].start()]
            after = primary[said[k - 1].end() : said[k].start()]
            if not re.search(r"[.!?…;:,–—-]", before) or not re.search(r"[.!?…;:,–—-]", after):
                return True
    return False
