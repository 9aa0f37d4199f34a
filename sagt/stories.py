"""Which story a report belongs to. Pure. A report is placed once, when it comes, and stays, unless somebody judges otherwise: what a reader
has seen is not reshuffled."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagt import link

if TYPE_CHECKING:
    from sagt.shelf import Brief, Judgement

#: Nearness from which a report belongs to a story, as the mean over the nearest few of its reports: between what suits ECB+ best (.85) and
#: our own stories (below .80), see evaluation/notes.md.
JOINS, NEAREST = 0.82, 2
#: What shared words count for beside leads and names, and what reports in two languages have instead of them.
WORDS, ACROSS = 0.7, 0.3
#: How rare names and words are that any report has (`Meaning.rarity`); what these count for nevertheless.
COMMON_NAME, COMMON_WORD, LEAST = 5.0, 9.0, 0.1

#: The names and the longer words of a report with their weights, of length 1 each.
Words = tuple[Mapping[str, float], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Near:
    """A report that has a story, and how near it is."""

    story: str
    nearness: float
    seq: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The story of a report; None: one of its own."""

    story: str | None
    why: str
    nearest: int | None = None  #: its report that is nearest


def nearness(one: Brief, ours: Words, other: Brief, theirs: Words, lead: float) -> float:
    """How near two reports are: the cosines of their leads (`lead`), of their names and of their words, less the days between them.

    `ours`, `theirs`: their names and words."""
    days = abs(one.item.at - other.item.at) / 86400
    shared = WORDS * _cosine(ours[1], theirs[1]) if one.item.language == other.item.language else ACROSS
    return lead + _cosine(ours[0], theirs[0]) + shared - 0.01 * min(days, 10.0)


def words(one: Brief, rarity: Callable[[str], float]) -> Words:
    """The names and the longer words of a report; a rare one weighs more, and so does a word of many sentences."""
    rows = [*one.passages, *one.narration]
    names = frozenset[str]().union(*(p.names for p in rows))
    counts = Counter(word for p in rows for word in p.bag)
    return (
        _unit({name: max(LEAST, rarity(name) - COMMON_NAME) for name in names}),
        _unit({word: (1 + math.log(count)) * max(LEAST, rarity(word) - COMMON_WORD) for word, count in counts.items()}),
    )


# Exact sums: in whatever order sets give their words, the result is the same.


def _unit(weights: Mapping[str, float]) -> Mapping[str, float]:
    length = math.sqrt(math.fsum(w * w for w in weights.values()))
    return {word: w / length for word, w in weights.items()}


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    less, more = sorted((a, b), key=len)
    return math.fsum(weight * more[word] for word, weight in less.items() if word in more)


def choose(rows: Iterable[Near]) -> Choice:
    """The story whose nearest reports are nearest."""
    by_story: defaultdict[str, list[Near]] = defaultdict(list)
    for row in rows:
        by_story[row.story].append(row)
    best: tuple[float, str] | None = None
    for story, members in sorted(by_story.items()):
        nearest = sorted((m.nearness for m in members), reverse=True)[:NEAREST]
        mean = sum(nearest) / len(nearest)
        if mean >= JOINS and (best is None or mean > best[0]):
            best = mean, story
    if best is None:
        return Choice(None, "no story near")
    first = max(by_story[best[1]], key=lambda m: m.nearness)
    return Choice(best[1], f"near #{first.seq} ({first.nearness:.2f})", first.seq)


# ---- what is judged ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """What judgements make of stories."""

    parts: dict[str, str]  #: the story that a report is of, by the report's id; those that nobody judged are left out
    leads: dict[str, str]  #: the story that one is part of, by that one's id


def judged(rows: Iterable[Judgement], machine: str) -> Judged:
    """What the judgements on stories that count make of them: the later before the earlier, a person's before a machine's.

    What a person set apart or moved somewhere, no machine merges with anything."""
    order = sorted(rows, key=lambda one: (one.by != machine, one.id))
    placed = [(one, _placed(one)) for one in order if one.verdict != "merge"]
    kept = {part for one, part in placed if one.by != machine}
    above: dict[str, str] = {}
    for one in sorted(order, key=lambda one: one.by == machine):
        if one.verdict != "merge":
            continue
        stays, goes = (_lead(name, above) for name, _ in one.target)
        if stays != goes and not (one.by == machine and {stays, goes} & {_lead(part, above) for part in kept}):
            above[goes] = stays
    return Judged({one.target[0][0]: part for one, part in placed}, {part: _lead(part, above) for part in above})


def _placed(one: Judgement) -> str:
    """The story that a judgement puts a report into."""
    # By the judgement's number: a report that is set apart, merged with others and set apart again is in another story than before.
    return one.target[1][0] if one.verdict == "move" else link.identity("t", one.target[0][0], str(one.id))


def _lead(story: str, above: dict[str, str]) -> str:
    while story in above:
        story = above[story]
    return story
