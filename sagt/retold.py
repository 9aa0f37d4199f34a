"""What became of statements from one report to another: what was added, dropped, reworded, and what was lost on the way. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sagt import facts, languages, link, segment, takes
from sagt.doubt import expecting, unsure
from sagt.link import Who
from sagt.mentions import without_genitive
from sagt.origins import Item
from sagt.passages import Passage, Stance, is_generic, is_office, one_hand, outlet_key, spelt
from sagt.shelf import Brief, vectors_of
from sagt.types import Span, Spans

#: What a dateline has of an agency: "HAVNBY (AP)".
_BRACKETS = re.compile(r"\([^()]*\)")
#: Cosine from which two passages are told to say the same, and by how much another must be likelier to be so clearly. Set with all
#: training stories and the development half (2026-11-27).
NEAR, CLEARLY = 0.45, 0.06
#: What a number that both have is worth beside that.
COUNTED = 0.05


class Shift(StrEnum):
    """What changed in a statement."""

    ADDED = "added"
    DROPPED = "dropped"
    REWORDED = "reworded"
    SPEAKER = "speaker changed"
    CHAIN = "chain lost"
    HEDGE = "hedge lost"
    NUMBER = "number changed"
    ACT = "act changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, with the words on both sides."""

    shift: Shift
    before: Passage | None
    after: Passage | None
    what: str  #: what was lost or changed: "muligvis", "AP", "400 → 450"


def changes(one: Brief, other: Brief, texts: tuple[str, str]) -> list[Change]:
    """What became of the statements of `one` in `other`. `texts`: of both reports."""
    pairs = _paired(one, other)
    met, meeting = {i for i, _ in pairs}, {j for _, j in pairs}
    ours, theirs = [*one.passages, *one.narration], [*other.passages, *other.narration]
    told = [(ours[i], theirs[j]) for i, j in pairs]
    found = [change for a, b in told for change in _between(a, b, texts)]
    if other.item.status == "corrected":
        notes = takes.notes(texts[1])
        found += [Change(Shift.NUMBER, a, b, number) for a, b in told if (number := _number_corrected(a, b, notes, texts[1]))]
    found += _chains_lost(one, other, told, texts)
    found += [Change(Shift.DROPPED, p, None, "") for i, p in enumerate(one.passages) if i not in met]
    found += [Change(Shift.ADDED, None, p, "") for j, p in enumerate(other.passages) if j not in meeting]
    unique = {(c.shift, c.what, c.before.spans if c.before else None, c.after.spans if c.after else None): c for c in found}
    return sorted(unique.values(), key=lambda c: (c.after or c.before or ours[0]).spans[0])


def _paired(one: Brief, other: Brief) -> list[tuple[int, int]]:
    """Which passages and sentences of two reports say the same: each with the likeliest of the other report, if that has none that is
    clearly likelier. Else "five shots" would have become "31 years" wherever the later report says nothing of shots."""
    likely = _likeness(one, other)
    if not likely.size:
        return []
    of_one, of_other = likely.max(1, keepdims=True), likely.max(0, keepdims=True)
    best = (likely == of_one) | (likely == of_other)
    found = best & (likely > 0) & (likely >= of_one - CLEARLY) & (likely >= of_other - CLEARLY)
    return [(i, j) for i, j in np.argwhere(found).tolist()]


def _likeness(one: Brief, other: Brief) -> NDArray[np.float32]:
    """For each pair of passages and sentences how far it lies above what makes it one; 0 and below for the others."""
    mine, theirs = vectors_of(one), vectors_of(other)
    a = np.concatenate([_means(mine.sentences, mine.of), mine.narration])
    b = np.concatenate([_means(theirs.sentences, theirs.of), theirs.narration])
    if not len(a) or not len(b):
        return np.zeros((0, 0), np.float32)
    rows = [*one.passages, *one.narration]
    others = [*other.passages, *other.narration]
    cosines = a @ b.T
    out = cosines - NEAR
    for i, p in enumerate(rows):
        for j, q in enumerate(others):
            out[i, j] += COUNTED if set(p.numbers) & set(q.numbers) else 0.0
            least = min(len(p.bag), len(q.bag))
            if p.language == q.language and least >= 3:
                out[i, j] = max(out[i, j], len(p.bag & q.bag) / least - 0.6)
    return np.asarray(out, np.float32)


def _means(sentences: NDArray[np.float32], of: Sequence[slice]) -> NDArray[np.float32]:
    if not of:
        return np.zeros((0, sentences.shape[1]), np.float32)
    found = np.stack([sentences[s].mean(0) for s in of])
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6), np.float32)


def _between(a: Passage, b: Passage, texts: tuple[str, str]) -> Iterable[Change]:
    before, after = _around(texts[0], a.spans), _around(texts[1], b.spans)
    if gone := _hedges_lost(a, b, before, after):
        yield Change(Shift.HEDGE, a, b, gone)
    if number := _number_changed(a, b):
        yield Change(Shift.NUMBER, a, b, number)
    if a.voice.name and b.voice.name:
        if a.stance is not b.stance and {a.stance, b.stance} & {Stance.DENIES, Stance.WITHHOLDS, Stance.CONFIRMS}:
            yield Change(Shift.ACT, a, b, f"{a.act} → {b.act}")
        if a.voice.named and b.voice.named and link.who(a.voice, b.voice, None) is Who.OTHER:
            yield Change(Shift.SPEAKER, a, b, f"{a.voice.name} → {b.voice.name}")


def _around(text: str, spans: Spans) -> str:
    """The sentences that the spans stand in."""
    starts_ = max((text.rfind(mark, 0, spans[0].start) for mark in (". ", "\n", "! ", "? ")), default=-1)
    ends = min((at for mark in (". ", "\n", "! ", "? ") if (at := text.find(mark, spans[-1].end)) >= 0), default=len(text))
    return text[starts_ + 1 : ends]


def _hedges_lost(a: Passage, b: Passage, before: str, after: str) -> str | None:
    """A word that made the content less than sure, and none that does so any more."""
    if a.stance is Stance.OPEN or b.hedges or unsure(b.content) or unsure(after):
        return None
    hedges = (word for word in a.hedges if not word.startswith("skulle"))  # "I skulle have hørt det": `unsure` tells what that is
    if had := [*unsure(a.content), *hedges, *expecting(before)]:
        return had[0]
    about = {n.value for n in facts.numbers(a.content, a.language) if n.about}
    exact = {n.value for n in facts.numbers(b.content, b.language) if not n.about}
    return "about" if about & exact else None


def _number_changed(a: Passage, b: Passage) -> str | None:
    # Dates and hours, too: a wrong day is a wrong number to a reader.
    ours, theirs = ({(n.kind, n.value) for n in facts.numbers(p.content, p.language)} for p in (a, b))
    gone, new = ours - theirs, theirs - ours
    if not gone or not new or (ours & theirs and len(gone) != len(new)):
        return None
    alike = sorted((was, now, kind) for kind, was in gone for other, now in new if kind == other)
    if not alike:
        return None
    was, now, kind = alike[0]
    return f"{_plain(was, kind)} → {_plain(now, kind)}"


def _number_corrected(a: Passage, b: Passage, notes: Iterable[Span], after: str) -> str | None:
    """A number that a correction says was wrong, and what it says is right: "Der stod 2400 ton. Det rigtige tal er 1400". `notes`: where
    it tells that in its text, `after`."""
    note = next((one for one in notes if one.overlaps(b.spans[0])), None)
    if note is None:
        return None
    ours = {(n.kind, n.value) for n in facts.numbers(a.content, a.language)}
    told = [(n.kind, n.value) for n in facts.numbers(note.of(after), b.language)]
    was = next((one for one in told if one in ours), None)
    now = next((one for one in told if was and one[0] == was[0] and one not in ours), None)
    return f"{_plain(was[1], was[0])} → {_plain(now[1], now[0])}" if was and now else None


def _plain(number: float, kind: str) -> str:
    if kind == "hour":
        return f"{number:.2f}"
    return f"{number:.0f}" if kind == "year" else f"{number:,.10g}"


def _chains_lost(one: Brief, other: Brief, pairs: Iterable[tuple[Passage, Passage]], texts: tuple[str, str]) -> Iterable[Change]:
    """The hands that the earlier report names beside what it passes on ("ifølge AP", "told Reuters" in Reuters), and the later one nowhere:
    once for each place where they are named."""
    credited = [*other.item.agencies, other.item.outlet_key, *(c.key for p in other.passages for c in p.carriers)]
    after = f" {spelt(texts[1])} "
    paragraphs = segment.paragraphs(texts[0])
    told: set[tuple[str, int]] = set()
    for a, b in pairs:
        within = Span(a.spans[0].start, a.spans[-1].end)
        lines = [line for line in paragraphs if line.overlaps(within)]
        for key, name in _hands(one.item, a, Span(lines[0].start, lines[-1].end).of(texts[0])).items():
            place = key, lines[0].start
            named = f" {key} " in after or any(one_hand(key, hand) for hand in credited)
            if not named and place not in told:
                told.add(place)
                yield Change(Shift.CHAIN, a, b, name)


def _hands(item: Item, a: Passage, paragraph: str) -> dict[str, str]:
    """The hands that the paragraph of a passage names: those that it came through, any other medium, and the outlet itself where it was
    told. Of "the paper" nobody could tell that it was lost, and an authority is no hand."""
    bare = _BRACKETS.sub(" ", paragraph)
    here = f" {spelt(bare)} "
    names = [c.name for c in a.carriers if not is_generic(c.name) and f" {c.key} " in here]
    names += [item.outlet] if a.heard and item.outlet else []
    names += [m[0] for m in languages.outlet_pattern().finditer(bare)]
    capitals = (without_genitive(m[0], languages.load(a.language)) for m in facts.NAME.finditer(bare))
    names += [name for name in capitals if _is_medium(name, a.language)]
    return {outlet_key(name): name for name in names if outlet_key(name) and not is_office(name, a.language)}


def _is_medium(name: str, code: str | None) -> bool:
    """True for the name of a medium; "Presse" and "Folkebladet" alone are none."""
    unknown = languages.is_outlet_name(name, code) and not languages.is_outlet_noun(name) and not is_generic(name)
    return languages.outlet_of(name) is not None or unknown
