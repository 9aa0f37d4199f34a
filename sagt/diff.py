"""What changed from take to take, sentence by sentence: added, dropped, reworded, moved. White space and typography are no change. Pure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

from sagt import segment
from sagt.types import Span

#: How much of its words a sentence shares with the one that it rewords. Below a half, readers call it another sentence.
REWORDED = 0.5
#: Sentences of each side that are compared with each other for rewording; beyond them only the nearest ones.
MOST_COMPARED = 400

#: Texts whose sentences are kept: each take of an item is compared with all the others.
COMPARED = 32

_TYPOGRAPHY = str.maketrans({
    "“": '"', "”": '"', "„": '"', "»": '"', "«": '"', "‟": '"', "’": "'", "‘": "'", "‚": "'", "´": "'", "`": "'", "–": "-", "—": "-",
    "−": "-", "‐": "-", "‑": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u00ad": "", "\u200b": "", "\ufeff": "",
})  # fmt: skip
_WORDS = re.compile(r"\w+|[^\w\s]")


class Change(StrEnum):
    """What became of a sentence."""

    ADDED = "added"
    DROPPED = "dropped"
    REWORDED = "reworded"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. Spans are of the older and of the newer text; None where the sentence is in one of them only."""

    change: Change
    before: Span | None
    after: Span | None
    words: tuple[tuple[str, str], ...] = ()  #: of a rewording: what stood there, and what stands there now


def diff(before: str, after: str) -> list[Edit]:
    """The changes from `before` to `after`, in the order of the newer text, what was dropped where it stood."""
    old, new = _sentences(before), _sentences(after)
    pairs = _paired([key for key, _ in old], [key for key, _ in new])
    kept = set(_in_order(pairs))
    edits = [Edit(Change.MOVED, old[i][1], new[j][1]) for i, j in pairs if (i, j) not in kept]
    met_old, met_new = {i for i, _ in pairs}, {j for _, j in pairs}
    gone = [i for i in range(len(old)) if i not in met_old]
    come = [j for j in range(len(new)) if j not in met_new]
    again = _reworded(old, new, gone, come)
    edits += [Edit(Change.REWORDED, old[i][1], new[j][1], tuple(_word_changes(before, after, old[i][1], new[j][1]))) for i, j in again]
    reworded, rewording = {i for i, _ in again}, {j for _, j in again}
    edits += [Edit(Change.ADDED, None, new[j][1]) for j in come if j not in rewording]
    # What was dropped is told where the sentence before it stands now.
    where = {old[i][1]: new[j][1].start for i, j in (*pairs, *again)}
    at = -1
    told = [(edit.after.start, 1, edit) for edit in edits if edit.after is not None]
    for i, (_, span) in enumerate(old):
        at = where.get(span, at)
        if i not in met_old and i not in reworded:
            told.append((at, 2, Edit(Change.DROPPED, span, None)))
    return [edit for _, _, edit in sorted(told, key=lambda one: one[:2])]


def normal(sentence: str) -> str:
    """A sentence without what is typography: kinds of quotation marks, dashes and blanks."""
    return " ".join(unicodedata.normalize("NFC", sentence).translate(_TYPOGRAPHY).split())


@lru_cache(COMPARED)
def _sentences(text: str) -> list[tuple[str, Span]]:
    found = []
    for paragraph in segment.paragraphs(text):
        for span in segment.sentences(text, paragraph):
            key = normal(span.of(text))
            if key:
                found.append((key, span))
    return found


def _paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Sentences that are the same, first with first."""
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for i, key in enumerate(old):
        places[key].append(i)
    return [(places[key].popleft(), j) for j, key in enumerate(new) if places.get(key)]


def _in_order(pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The longest run of pairs that stand in the same order in both; the others moved."""
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for number, (i, _) in enumerate(pairs):
        at = bisect_left(tails, i)
        back.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [i]
        ends[at : at + 1] = [number]
    number = ends[-1] if ends else -1
    while number >= 0:
        yield pairs[number]
        number = back[number]


def _reworded(old: list[tuple[str, Span]], new: list[tuple[str, Span]], gone: list[int], come: list[int]) -> list[tuple[int, int]]:
    """The best pairs of a sentence that went and one that came, each used once."""
    words = {("old", i): _bag(old[i][0]) for i in gone} | {("new", j): _bag(new[j][0]) for j in come}
    few = len(gone) * len(come) <= MOST_COMPARED**2 // 4
    scored = []
    for i in gone:
        near = come if few else come[max(0, bisect_left(come, i) - 20) : bisect_left(come, i) + 20]
        for j in near:
            if _share(words["old", i], words["new", j]) >= REWORDED - 0.15:
                likeness = SequenceMatcher(None, words["old", i], words["new", j], autojunk=False).ratio()
                if likeness >= REWORDED:
                    scored.append((-likeness, abs(i - j), i, j))
    taken: list[tuple[int, int]] = []
    used: set[tuple[str, int]] = set()
    for _, _, i, j in sorted(scored):
        if ("old", i) not in used and ("new", j) not in used:
            used |= {("old", i), ("new", j)}
            taken.append((i, j))
    return taken


def _bag(sentence: str) -> list[str]:
    return re.findall(r"\w+", sentence.casefold())


def _share(a: list[str], b: list[str]) -> float:
    """An upper bound of what SequenceMatcher will say, and much cheaper."""
    counts: defaultdict[str, int] = defaultdict(int)
    for word in a:
        counts[word] += 1
    both = 0
    for word in b:
        if counts[word] > 0:
            counts[word] -= 1
            both += 1
    return 2 * both / (len(a) + len(b)) if a or b else 0.0


def _word_changes(before: str, after: str, old: Span, new: Span) -> Iterator[tuple[str, str]]:
    a = list(_WORDS.finditer(old.of(before)))
    b = list(_WORDS.finditer(new.of(after)))
    matcher = SequenceMatcher(None, [m[0] for m in a], [m[0] for m in b], autojunk=False)
    for tag, i, k, j, m in matcher.get_opcodes():
        if tag != "equal":
            was = old.of(before)[a[i].start() : a[k - 1].end()] if k > i else ""
            now = new.of(after)[b[j].start() : b[m - 1].end()] if m > j else ""
            if normal(was) != normal(now):
                yield was, now
