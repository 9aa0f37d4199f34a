"""Which story a report belongs to. Pure. A report is placed once, when it comes, and stays, unless somebody judges otherwise: what a reader
has seen is not reshuffled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagt import link

if TYPE_CHECKING:
    from sagt.shelf import Brief, Judgement

#: Nearness from which a report belongs to a story, as the mean over the nearest few of its reports. Through the store, on ECB+ topics 1-35,
#: B-cubed F1 is .883 (TF-IDF, tuned there, too: .861), at 0.65 .860; of our own stories, told in the same days, 0.65 finds more reports of
#: a story, at a precision of .98 as well (2026-11-26).
JOINS, NEAREST = 0.74, 3
#: What shared names and words count for beside the leads, and what reports in two languages have instead of shared words.
NAMES, WORDS, ACROSS = 0.3, 0.5, 0.30
#: Names of which a report may share so many before it counts as all.
MOST_NAMES = 12


Words = tuple[frozenset[str], frozenset[str]]


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


def nearness(one: Brief, ours: Words, other: Brief, lead: float) -> float:
    """How near two reports are: their leads, the names and words that they share, and the days between them.

    `ours`: the words of the first."""
    theirs = words(other)
    names = len(ours[0] & theirs[0]) / max(1, min(len(ours[0]), len(theirs[0]), MOST_NAMES))
    shared = len(ours[1] & theirs[1]) / max(1, min(len(ours[1]), len(theirs[1])))
    days = abs(one.item.at - other.item.at) / 86400
    return lead + NAMES * names + (WORDS * shared if one.item.language == other.item.language else ACROSS) - 0.01 * min(days, 10.0)


def words(one: Brief) -> Words:
    """The names and the longer words of a report."""
    rows = [*one.passages, *one.narration]
    return frozenset().union(*(p.names for p in rows)), frozenset().union(*(p.bag for p in rows))


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
