"""Whether a quotation is true to what was said: the same, shortened, altered, translated, or not found. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache

import numpy as np

from sagt import facts, languages, words
from sagt.doubt import doubted, unsure
from sagt.facts import starts
from sagt.origins import Member
from sagt.types import Span

#: Share of a quotation's words that stand in the primary source, from which it is a quotation of it at all.
FOUND = 0.4
#: Cosine of the meanings below which a translation says something else; and from which other words are the same saying, altered.
#: Set on training/press and the development half of evaluation/press (evaluation/notes.md).
FAITHFUL, SAME_SAYING = 0.45, 0.35
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


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quotation beside the first words that it can be checked against."""

    primary: Member
    quoted: Member
    checked: Checked


def quoted(members: Iterable[Member]) -> list[Quoted]:
    """The quotations of a statement, each beside the speaker's own word where that is stored, else beside the first one."""
    rows = [m for m in members if m.passage.quoted or m.item.own]
    primary = next((m for m in rows if m.item.own), rows[0] if rows else None)
    if primary is None:
        return []
    said = primary.passage
    return [
        Quoted(primary, m, check(said.content, m.passage.content, said.language, m.passage.language, _near(primary, m)))
        for m in rows
        if m.item.seq != primary.item.seq
    ]


def _near(a: Member, b: Member) -> float | None:
    """The cosine of two passages' meanings, if they are known."""
    if a.meaning is None or b.meaning is None:
        return None
    x, y = (rows.astype(np.float32).mean(0) for rows in (a.meaning, b.meaning))
    return float(x @ y / max(1e-6, float(np.linalg.norm(x) * np.linalg.norm(y))))


def check(primary: str, quoted: str, said_in: str | None = None, told_in: str | None = None, near: float | None = None) -> Checked:
    """How true `quoted` is to the words in `primary`; `said_in`, `told_in`: their languages; `near`: the cosine of their meanings, if it
    is known."""
    if said_in != told_in:
        changes = tuple(_lost_in_translation(primary, quoted, said_in, told_in))
        if not changes and near is not None and near < FAITHFUL:
            return Checked(Fidelity.ALTERED, Span(0, len(primary)))
        return Checked(Fidelity.ALTERED if changes else Fidelity.TRANSLATED, Span(0, len(primary)), changes)
    said, told = list(_WORD.finditer(primary)), list(_WORD.finditer(quoted))
    ours, theirs = ([words.fold(m[0]) for m in found] for found in (said, told))
    if not theirs or not ours:
        return Checked(Fidelity.NOT_FOUND, None)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    blocks = [b for b in matcher.get_matching_blocks() if b.size]
    if sum(b.size for b in blocks) < FOUND * len(theirs):
        if near is not None and near >= SAME_SAYING:
            return Checked(Fidelity.ALTERED, Span(0, len(primary)))
        return Checked(Fidelity.NOT_FOUND, None)
    first, last = blocks[0].a, blocks[-1].a + blocks[-1].size
    place = Span(said[first].start(), said[last - 1].end())
    changes = tuple(_changes(matcher, primary, quoted, said, told, first, last))
    if ours == theirs:
        return Checked(Fidelity.SAME, place)
    cut = _sense_cut(changes, said_in) or _condition_lost(primary, place) or _doubt_lost(primary, place, said_in)
    if not any(now for _, now in changes) and not cut:
        return Checked(Fidelity.SHORTENED, place, changes)
    return Checked(Fidelity.ALTERED, place, changes)


def _sense_cut(changes: Iterable[tuple[str, str]], language: str | None) -> bool:
    """True if among the words left out of the middle is one on which the sense hangs: not, may, if, half, a number."""
    gone = " ".join(was for was, _ in changes)
    hangs = any(_words(kind).search(gone) for kind in ("condition", "bound"))
    return hangs or bool(facts.negations(gone, language) or unsure(gone) or facts.numbers(gone, language))


def _lost_in_translation(primary: str, quoted: str, said_in: str | None, told_in: str | None) -> Iterable[tuple[str, str]]:
    """What must survive any translation, and did not: numbers, and words of doubt. Nots and mays do so in too many ways to be counted."""
    ours, theirs = ({n.value for n in facts.numbers(text, code)} for text, code in ((primary, said_in), (quoted, told_in)))
    if ours and theirs and theirs - ours:
        yield ", ".join(f"{n:,.10g}" for n in sorted(ours - theirs)), ", ".join(f"{n:,.10g}" for n in sorted(theirs - ours))
    was, now = (doubted(text) or "" for text in (primary, quoted))
    if bool(was) != bool(now) and not (unsure(primary) and unsure(quoted)):
        yield was, now


def _condition_lost(primary: str, place: Span) -> bool:
    """True if the sentence went on with a condition: "jeg ville drikke det, hvis …" without its if is another saying."""
    rest = re.split(r"[.!?…]", primary[place.end :])[0]
    return bool(_words("condition").match(rest.lstrip(" ,;–—-")))


def _doubt_lost(primary: str, place: Span, language: str | None) -> bool:
    """True if a clause is quoted without what it hung on: "it is far from shown that …"."""
    head = re.split(r"[.!?…]\s", primary[: place.start])[-1]
    opened = re.search(r"(\w+)\W*$", head)
    hangs = opened is not None and opened[1].lower() in languages.every().complementizers
    return hangs and bool(unsure(head) or facts.negations(head, language) or doubted(head))


@cache
def _words(kind: str) -> re.Pattern[str]:
    found = languages.table("doubt")[kind]
    return starts([*found["words"].split(), *found.get("phrases", ())])


def _changes(
    matcher: SequenceMatcher[str], primary: str, quoted: str, said: list[re.Match[str]], told: list[re.Match[str]], first: int, last: int
) -> Iterable[tuple[str, str]]:
    for tag, i, k, j, m in matcher.get_opcodes():
        if tag == "equal" or (tag == "delete" and (k <= first or i >= last)):
            continue
        was = primary[said[i].start() : said[k - 1].end()] if k > i else ""
        now = quoted[told[j].start() : told[m - 1].end()] if m > j else ""
        yield was, now
