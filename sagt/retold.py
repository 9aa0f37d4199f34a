"""What became of statements from one report to another: what was added, dropped, reworded, and what was lost on the way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sagt import facts, link
from sagt.link import Who
from sagt.origins import Item
from sagt.passages import Passage, Stance, is_office, spelt
from sagt.promises import unsure
from sagt.shelf import Brief, vectors_of
from sagt.types import Spans

#: Cosine from which two passages are told to say the same.
NEAR = 0.50
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
    met, meeting = {i for i, _, _ in pairs}, {j for _, j, _ in pairs}
    ours, theirs = [*one.passages, *one.narration], [*other.passages, *other.narration]
    found = [change for i, j, near in pairs for change in _between(one, other, ours[i], theirs[j], near, texts)]
    found += [Change(Shift.DROPPED, p, None, "") for i, p in enumerate(one.passages) if i not in met]
    found += [Change(Shift.ADDED, None, p, "") for j, p in enumerate(other.passages) if j not in meeting]
    unique = {(c.shift, c.what, c.before.spans if c.before else None, c.after.spans if c.after else None): c for c in found}
    return sorted(unique.values(), key=lambda c: (c.after or c.before or ours[0]).spans[0])


def _paired(one: Brief, other: Brief) -> list[tuple[int, int, float]]:
    """Which passages and sentences of two reports say the same, each of the later with the likeliest of the earlier; and how clearly so."""
    likely = _likeness(one, other)
    if not likely.size:
        return []
    pairs = {(int(likely[:, j].argmax()), j) for j in range(likely.shape[1])}
    pairs |= {(i, int(likely[i].argmax())) for i in range(likely.shape[0])}
    return sorted((i, j, float(likely[i, j])) for i, j in pairs if likely[i, j] > 0)


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


def _between(one: Brief, other: Brief, a: Passage, b: Passage, near: float, texts: tuple[str, str]) -> Iterable[Change]:
    before, after = _around(texts[0], a.spans), _around(texts[1], b.spans)
    if gone := _hedges_lost(a, b, before, after):
        yield Change(Shift.HEDGE, a, b, gone)
    if number := _number_changed(a, b):
        yield Change(Shift.NUMBER, a, b, number)
    if hand := _chain_lost(one.item, other, a, b, texts[1]):
        yield Change(Shift.CHAIN, a, b, hand)
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
    had = [*unsure(a.content), *a.hedges]
    if had and not unsure(b.content) and not b.hedges and not unsure(after):
        return had[0]
    about = {n.value for n in facts.numbers(a.content, a.language) if n.about}
    exact = {n.value for n in facts.numbers(b.content, b.language) if not n.about}
    return "about" if about & exact else None


def _number_changed(a: Passage, b: Passage) -> str | None:
    # Dates and hours, too: a wrong day is a wrong number to a reader.
    ours, theirs = ({n.value for n in facts.numbers(p.content, p.language)} for p in (a, b))
    gone, new = ours - theirs, theirs - ours
    if not gone or not new or (ours & theirs and len(gone) != len(new)):
        return None
    return f"{_plain(min(gone))} → {_plain(min(new))}"


def _plain(number: float) -> str:
    return f"{number:,.10g}"


def _chain_lost(item: Item, other: Brief, a: Passage, b: Passage, after: str) -> str | None:
    """The hand through which the earlier report had it, when the later one names it nowhere."""
    # Of "the paper" nobody could tell that it was lost, and an authority is no hand.
    names = {c.key: c.name for c in a.carriers if c.name[:1].isupper() and not is_office(c.name, a.language)}
    if not names and a.heard:
        names = {item.outlet_key: item.outlet or ""}  # "told The Associated Press", in its own item
    if not names or b.carriers or other.item.outlet_key in names or b.heard:
        return None
    credited = set(other.item.agencies) | {c.key for p in other.passages for c in p.carriers}
    words_ = f" {spelt(after)} "
    if credited & names.keys() or any(key and f" {key} " in words_ for key in names):
        return None
    return next(iter(names.values()))
