"""How well predicted attributions agree with annotated ones, by characters of the text.

The definitions are those of the project's acceptance scorer, which a test compares this with where it is at hand:

- content@.5: contents matched one to one, best first, that share at least half of the characters that either covers;
- attr@.5: the same, and the sources agree too (by the same measure, or neither has one);
- exact, tok: contents equal; overlap of all content characters;
- seg: exact F1 of single spans by role (as CofeNet, Wang et al. 2022, publishes for PolNeAR);
- joint@.3: contents with a Dice of at least .3 whose sources overlap (or are both empty).

White space, quotation marks and edge punctuation don't count, save in seg.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sagt.types import Spans

_SKIPPED = set("\"”“»«‘’'–-.,")
_ROLES = ("source", "cue", "content")


class _Spanned(Protocol):
    @property
    def source(self) -> Spans: ...
    @property
    def cue(self) -> Spans: ...
    @property
    def content(self) -> Spans: ...


@dataclass(frozen=True, slots=True)
class Attributed:
    """What is scored of an attribution, gold or predicted."""

    source: Spans
    cue: Spans
    content: Spans

    @classmethod
    def of(cls, one: _Spanned) -> Attributed:
        """From anything that has the three lists of spans."""
        return cls(tuple(one.source), tuple(one.cue), tuple(one.content))


@dataclass(frozen=True, slots=True)
class Rate:
    """Counts from which precision, recall and F1 follow."""

    hit: int = 0
    predicted: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        return self.hit / max(1, self.predicted)

    @property
    def recall(self) -> float:
        return self.hit / max(1, self.gold)

    @property
    def f1(self) -> float:
        p, r = self.precision, self.recall
        return 2 * p * r / max(1e-9, p + r)

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.hit + other.hit, self.predicted + other.predicted, self.gold + other.gold)


@dataclass(slots=True)
class Score:
    """Sums over documents."""

    content: Rate = field(default_factory=Rate)
    attribution: Rate = field(default_factory=Rate)
    exact: Rate = field(default_factory=Rate)
    tokens: Rate = field(default_factory=Rate)
    joint: Rate = field(default_factory=Rate)
    segments: dict[str, Rate] = field(default_factory=lambda: {role: Rate() for role in _ROLES})

    def figures(self) -> dict[str, Any]:
        """Rounded figures under the names that reports of results use."""
        out: dict[str, Any] = {
            "gold": self.content.gold, "predicted": self.content.predicted,
            "content@.5": round(self.content.f1, 4), "attr@.5": round(self.attribution.f1, 4),
            "exact": round(self.exact.f1, 4), "tok": round(self.tokens.f1, 4), "joint@.3": round(self.joint.f1, 4),
        }  # fmt: skip
        return out | {f"seg {role}": round(rate.f1, 4) for role, rate in self.segments.items()}


def characters(spans: Spans, text: str) -> set[int]:
    """Positions that count."""
    return {i for s, e in spans for i in range(s, e) if not text[i].isspace() and text[i] not in _SKIPPED}


def overlap(a: set[int], b: set[int]) -> float:
    """Shared over all; 1 for two empty sets."""
    return len(a & b) / len(a | b) if a or b else 1.0


def matches(text: str, gold: Sequence[Attributed], predicted: Sequence[Attributed]) -> list[tuple[int, int]]:
    """Pairs (gold, predicted) that content@.5 counts."""
    g = [characters(a.content, text) for a in gold]
    p = [characters(a.content, text) for a in predicted]
    ranked = sorted(((overlap(x, y), i, j) for i, x in enumerate(g) for j, y in enumerate(p) if x & y), reverse=True)
    used_g: set[int] = set()
    used_p: set[int] = set()
    out = []
    for value, i, j in ranked:
        if value >= 0.5 and i not in used_g and j not in used_p:
            used_g.add(i)
            used_p.add(j)
            out.append((i, j))
    return out


def score(pairs: Iterable[tuple[str, Sequence[Attributed], Sequence[Attributed]]]) -> Score:
    """Score documents given as (text, gold, predicted)."""
    out = Score()
    for text, gold, predicted in pairs:
        _add(out, text, gold, predicted)
    return out


def _add(out: Score, text: str, gold: Sequence[Attributed], predicted: Sequence[Attributed]) -> None:
    for role in _ROLES:
        g, p = _segments(gold, role, text), _segments(predicted, role, text)
        out.segments[role] += Rate(len(g & p), len(p), len(g))
    out.joint += Rate(_joint(text, gold, predicted), len(predicted), len(gold))
    gold = [a for a in gold if characters(a.content, text)]
    predicted = [a for a in predicted if characters(a.content, text)]
    found = matches(text, gold, predicted)
    size = {"predicted": len(predicted), "gold": len(gold)}
    out.content += Rate(len(found), **size)
    out.attribution += Rate(sum(_same_source(text, gold[i], predicted[j]) for i, j in found), **size)
    out.exact += Rate(sum(characters(gold[i].content, text) == characters(predicted[j].content, text) for i, j in found), **size)
    g_all = {i for a in gold for i in characters(a.content, text)}
    p_all = {i for a in predicted for i in characters(a.content, text)}
    out.tokens += Rate(len(g_all & p_all), len(p_all), len(g_all))


def _same_source(text: str, a: Attributed, b: Attributed) -> bool:
    return overlap(characters(a.source, text), characters(b.source, text)) >= 0.5


def _segments(attributions: Sequence[Attributed], role: str, text: str) -> set[tuple[int, int]]:
    out = set()
    for one in attributions:
        for start, end in getattr(one, role):
            while start < end and text[start].isspace():
                start += 1
            while end > start and text[end - 1].isspace():
                end -= 1
            out.add((start, end))
    return out


def _joint(text: str, gold: Sequence[Attributed], predicted: Sequence[Attributed]) -> int:
    used: set[int] = set()
    held = [(characters(b.content, text), characters(b.source, text)) for b in predicted]
    for a in gold:
        content, source = characters(a.content, text), characters(a.source, text)
        best = (0.0, -1)
        for j, (pc, ps) in enumerate(held):
            if j in used or not content or not pc or not (source & ps or (not source and not ps)):
                continue
            dice = 2 * len(content & pc) / (len(content) + len(pc))
            if dice >= 0.3 and dice > best[0]:
                best = (dice, j)
        if best[1] >= 0:
            used.add(best[1])
    return len(used)
