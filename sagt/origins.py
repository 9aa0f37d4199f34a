"""By how many independent ways a statement reached print. Pure.

An origin is one witness through one first carrier. Copies, relays, rewrites and takes of it are no further origins: reports are joined
by the hands that they name, by the agency that they credit, by being takes of one item, and by text that one has from the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from sagt import facts, words
from sagt.passages import OWN_MEDIA, OwnWord, Passage, one_hand
from sagt.types import Span

#: Words in a row by which texts are told to share something, and smallest hashes of them that are kept of a report.
SHINGLE = 5
SKETCH = 128
#: Share of the shorter report's runs that stand in the other one, from which one is a copy of the other.
COPY = 0.5
#: Words in a row of a statement that a report without a credit has from an earlier one.
REUSED = 7
#: The same where both have it as a quotation.
QUOTED = 4
#: The key of the speaker's own word among the hands.
_OWN = "own word"


@dataclass(frozen=True, slots=True)
class Item:
    """What is known of a report beside its text."""

    seq: int
    id: str
    at: float  #: when it was published, or else when it came; seconds since 1970
    outlet: str | None
    outlet_key: str
    is_agency: bool
    language: str | None
    title: str | None
    agencies: tuple[str, ...] = ()  #: keys of the agencies that it credits or names as hands
    hands: tuple[str, ...] = ()  #: keys of all media that it names as hands, in any of its passages
    status: str = "usable"
    first_take: int = 0  #: number of the first take of its item
    replaces: int | None = None
    own: OwnWord | None = None
    sketch: tuple[int, ...] = ()
    url: str | None = None
    published: str | None = None
    names: frozenset[str] = frozenset()  #: folded words of the names in its text


@dataclass(frozen=True, slots=True)
class Member:
    """A passage of a statement, with its report."""

    item: Item
    passage: Passage
    meaning: NDArray[np.int8] | None = field(default=None, compare=False, repr=False)  #: a row a sentence, if it was asked for


@dataclass(frozen=True, slots=True)
class Origin:
    """One independent way by which a statement reached print."""

    root: Member  #: the earliest report that came this way
    carrier: str | None  #: who heard it first; None where the root is the speaker's own word
    members: tuple[Member, ...]
    why: tuple[str, ...]  #: a reason for each member but the root


def sketch(text: str) -> tuple[int, ...]:
    """The smallest hashes of a text's runs of words (bottom-k MinHash: Broder 1997)."""
    found = {int.from_bytes(hashlib.blake2b(" ".join(run).encode(), digest_size=7).digest()) for run in facts.shingles(text, SHINGLE)}
    return tuple(sorted(found)[:SKETCH])


def contained(a: Sequence[int], b: Sequence[int]) -> float:
    """About which share of the shorter text's runs the other has, too."""
    if not a or not b:
        return 0.0
    least = (
        min(a[-1] if len(a) == SKETCH else b[-1], b[-1] if len(b) == SKETCH else a[-1]) if SKETCH in (len(a), len(b)) else max(a[-1], b[-1])
    )
    ours, theirs = {h for h in a if h <= least}, {h for h in b if h <= least}
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def reused(a: str, b: str, shortest: int = REUSED) -> list[tuple[Span, Span]]:
    """The stretches of so many words and more that two texts share, as spans of both."""
    ours, theirs = (list(re.finditer(r"\w+", text)) for text in (a, b))
    matcher = SequenceMatcher(None, [words.fold(m[0]) for m in ours], [words.fold(m[0]) for m in theirs], autojunk=False)
    return [
        (Span(ours[i].start(), ours[i + n - 1].end()), Span(theirs[j].start(), theirs[j + n - 1].end()))
        for i, j, n in matcher.get_matching_blocks() if n >= shortest
    ]  # fmt: skip


def origins(members: Iterable[Member]) -> tuple[Origin, ...]:
    """The origins of one statement, in order of time."""
    rows = sorted(members, key=lambda m: (m.item.at, m.item.seq, m.passage.attribution))
    groups = _Groups(rows)
    for at in range(len(rows)):
        groups.place(at)
    return tuple(groups.origins())


class _Groups:
    """Members joined one after the other, each with a reason."""

    def __init__(self, rows: Sequence[Member]) -> None:
        self.rows = rows
        self.parent = list(range(len(rows)))
        self.why: list[str | None] = [None] * len(rows)
        self.hands: dict[str, int] = {}

    def top(self, at: int) -> int:
        while self.parent[at] != at:
            at = self.parent[at]
        return at

    def join(self, at: int, to: int, why: str) -> None:
        a, b = sorted((self.top(at), self.top(to)))
        self.why[at] = self.why[at] or why
        if a != b:
            self.parent[b] = a

    def place(self, at: int) -> None:
        """Join a member with those that it has its words from."""
        one = self.rows[at]
        for before in range(at):
            if self.rows[before].item.first_take == one.item.first_take:
                self.join(at, before, "the same report" if self.rows[before].item.seq == one.item.seq else "a take of the same item")
        for key, why in self._hands(one):
            if key in self.hands:
                self.join(at, self.hands[key], why)
            else:
                self.hands[key] = at
        if not self._has_own_hand(one):
            self._from_text(at)
        # What others have from this outlet, they have from here.
        if one.item.outlet_key:
            self.hands.setdefault(one.item.outlet_key, at)

    def _hands(self, one: Member) -> Iterable[tuple[str, str]]:
        """What the report has the statement through, as keys, with the reason."""
        passage, item = one.passage, one.item
        credited = [key for key in (*item.agencies, *item.hands) if key in self.hands]
        credited += [key for key in self.hands if key not in credited and key not in (_OWN, item.outlet_key) and _named(key, item.names)]
        if item.own is not None:
            yield _OWN, item.own.why
        elif passage.heard:
            yield item.outlet_key, "told to the same outlet"
        elif _OWN in self.hands:
            yield _OWN, "the speaker's own word is stored, and nothing says that it was told anew"
        elif passage.carriers:
            first = passage.carriers[0]
            known = next((key for key in self.hands if key != _OWN and one_hand(key, first.key)), None)
            yield known or first.key, f"through {first.name}"
            if known is None and credited:
                yield credited[0], f"the report names {credited[0]}, too"
        elif passage.medium in OWN_MEDIA:
            yield _OWN, f"from the speaker's own {passage.medium}"
        elif credited or (item.agencies and not item.is_agency):
            key = (credited or list(item.agencies))[0]
            yield key, f"the report credits {key}"
        elif item.outlet_key:
            yield item.outlet_key, "the same outlet"

    @staticmethod
    def _has_own_hand(one: Member) -> bool:
        return bool(one.item.own or one.passage.carriers or one.passage.heard or one.item.is_agency)

    def _from_text(self, at: int) -> None:
        one = self.rows[at]
        for before in range(at):
            other = self.rows[before]
            if other.item.first_take == one.item.first_take:
                continue
            if contained(one.item.sketch, other.item.sketch) >= COPY:
                return self.join(at, before, f"much of its text is {other.item.outlet or 'an earlier report'}'s")
            if other.item.is_agency:
                return self.join(at, before, f"{other.item.outlet} had it before, and no hand of its own named")
            if _same_words(one.passage, other.passage):
                return self.join(
                    at, before, f"the same words as in {other.item.outlet or 'an earlier report'}, and no hand of its own named"
                )

    def origins(self) -> Iterable[Origin]:
        by_top: dict[int, list[int]] = {}
        for at in range(len(self.rows)):
            by_top.setdefault(self.top(at), []).append(at)
        for found in by_top.values():
            root = self.rows[found[0]]
            yield Origin(root, _carrier(root), tuple(self.rows[at] for at in found), tuple(self.why[at] or "" for at in found[1:]))


def _same_words(one: Passage, other: Passage) -> bool:
    """True if one passage has its words from the other: a run of them, or a quotation, which in another language is a translation."""
    both = one.quoted and other.quoted
    if one.language != other.language:
        return both
    return bool(reused(one.content, other.content, QUOTED if both else REUSED))


def _named(key: str, names: frozenset[str]) -> bool:
    """True if a report names an outlet somewhere."""
    parts = [word for word in key.split() if len(word) > 2]
    return bool(parts) and max(map(len, parts)) > 3 and all(word in names for word in parts)


def _carrier(root: Member) -> str | None:
    if root.item.own is not None:
        return None
    if root.passage.carriers:
        return root.passage.carriers[0].name
    if not root.passage.heard and root.passage.medium in OWN_MEDIA:
        return None
    return root.item.outlet


def sentence(statement_origins: Sequence[Origin], reports: int, outlets: int) -> str:
    """What to say of it: "14 reports in 12 outlets, 1 origin (AP)"."""
    names = ", ".join(dict.fromkeys(o.carrier or "the speaker's own word" for o in statement_origins))
    many = len(statement_origins)
    return (
        f"{reports} report{'s' if reports != 1 else ''} in {outlets} outlet{'s' if outlets != 1 else ''}, "
        f"{many} origin{'s' if many != 1 else ''} ({names})"
    )
