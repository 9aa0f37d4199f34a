"""What becomes of promises and open questions: later words that keep, break, move or answer them, proposed with their evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sagt import languages
from sagt.facts import starts
from sagt.origins import Item
from sagt.passages import Passage, Stance
from sagt.types import Act

#: Cosine from which a later sentence may speak of what was promised, and the score from which an outcome is proposed.
SPEAKS_OF, PROPOSED = 0.26, 0.26
#: The score from which a sentence tells that something was put off, by its words or by another time, and that it failed. Set with all
#: 38 training stories (2026-11-27).
PUT_OFF, ANOTHER_TIME, FAILED = 0.40, 0.50, 0.35
_MARKS = ",.;:»«\"'”“"
#: Seconds about the due time in which an outcome is expected.
AROUND = 2 * 86400.0


class Outcome(StrEnum):
    """What became of a promise."""

    UPCOMING = "upcoming"  #: its time has not come
    DUE = "due"  #: its time is now
    OVERDUE = "overdue"  #: its time has passed, and nothing tells what became of it
    KEPT = "kept"
    BROKEN = "broken"
    MOVED = "moved"
    UNKNOWN = "unknown"  #: no time was given, and nothing tells


@dataclass(frozen=True, slots=True)
class Later:
    """A later sentence that may tell."""

    item: Item
    passage: Passage
    meaning: float  #: cosine with the promise
    same_actor: bool
    own: bool = False  #: it is held to pass on the promise itself


@dataclass(frozen=True, slots=True)
class Proposal:
    """What became of a promise, with the evidence for it."""

    outcome: Outcome
    score: float
    evidence: Later | None
    why: str


def outcome(promise: Passage, at: float, due: tuple[float, float] | None, later: Iterable[Later], now: float) -> Proposal:
    """What became of a promise made at a moment, as the sentences after it tell."""
    best: Proposal | None = None
    for one in sorted(later, key=lambda found: (found.item.at, found.item.seq, found.passage.attribution)):
        if one.item.at <= at or one.item.at > now or one.meaning < SPEAKS_OF:
            continue
        found = _told(promise, due, one)
        if found is not None and found.score >= PROPOSED and (best is None or found.score > best.score + 0.02):
            best = found
    if best is not None:
        return best
    if due is None:
        return Proposal(Outcome.UNKNOWN, 0.0, None, "no time was given")
    if now < due[0]:
        return Proposal(Outcome.UPCOMING, 0.0, None, "its time has not come")
    return Proposal(Outcome.DUE if now < due[1] else Outcome.OVERDUE, 0.0, None, "nothing tells what became of it")


#: Cosine from which a later sentence may answer a question.
ANSWERS = 0.45


def answer(question: Passage, at: float, later: Iterable[Later], now: float | None = None) -> Proposal | None:
    """The later sentence that answers what was not known: one that speaks of it, and knows."""
    best: Proposal | None = None
    for one in sorted(later, key=lambda found: (found.item.at, found.item.seq, found.passage.attribution)):
        passage = one.passage
        knows = passage.stance in (Stance.ASSERTS, Stance.CONFIRMS) and passage.negations == 0 and not unsure(passage.content)
        if one.item.at <= at or (now is not None and one.item.at > now) or one.meaning < ANSWERS or not knows:
            continue
        score = one.meaning + (0.05 if passage.numbers else 0.0) + (0.05 if question.names & passage.names else 0.0)
        if best is None or score > best.score + 0.02:
            best = Proposal(Outcome.KEPT, score, one, "a later report tells")
    return best


def unsure(text: str) -> list[str]:
    """The words of a text that make it less than sure; "cannot" and "kan ikke" are no doubt, nor "vi kan arbejde", and May is a month."""
    return [m[0] for m in _unsure().finditer(text) if not _sure(text, m)]


def expecting(sentence: str) -> list[str]:
    """The words by which somebody only expects what is passed on: "Hun regner med, at skibet er under slæb"."""
    return [m[0] for m in _expecting().finditer(sentence)]


@cache
def _expecting() -> re.Pattern[str]:
    return starts([one + "." for one in languages.table("outcomes")["unsure"]["expecting"]])


def _sure(text: str, word: re.Match[str]) -> bool:
    """True for a word of doubt that has another sense here: what people can do, and what they should have done."""
    before, after = (" ".join(side.split()) for side in (text[: word.start()], text[word.end() :]))
    if word[0] in ("May", "Might"):
        return bool(before) or not after
    last, following = (one.lower().strip(_MARKS) for one in (before.rpartition(" ")[2], after.partition(" ")[0]))
    if word[0].lower() not in _other_sense("able") | _other_sense("should"):
        return False
    people = bool({last, following} & _other_sense("people"))
    return people and (word[0].lower() in _other_sense("should") or following not in _other_sense("perfect"))


@cache
def _other_sense(key: str) -> frozenset[str]:
    return frozenset(languages.table("outcomes")["other_sense"][key])


@cache
def _unsure() -> re.Pattern[str]:
    data = languages.table("outcomes")["unsure"]
    return re.compile(
        starts([*data["phrases"], *data["expecting"], *data["words"].split()]).pattern + r"(?!\s+(?:ikke|not|ikkje|inte|nicht|\d+)\b)",
        re.IGNORECASE,
    )


def _told(promise: Passage, due: tuple[float, float] | None, one: Later) -> Proposal | None:
    text, passage = one.passage.content, one.passage
    score = one.meaning + (0.05 if set(promise.numbers) & set(passage.numbers) else 0.0) + (0.05 if promise.names & passage.names else 0.0)
    if one.own and due is None:
        return None  # that it is passed on once more tells nothing of what became of it
    if due and not one.own and one.item.at < due[1] + AROUND and _puts_off(one, due, score):
        return Proposal(Outcome.MOVED, score, one, "another time, or words that put it off")
    reached = due is None or one.item.at >= due[0] - 43200
    if not reached or (passage.due and passage.due[0] > one.item.at):
        return None
    denying = (passage.negations > promise.negations and promise.negations == 0) or passage.stance is Stance.DENIES
    if denying:
        return Proposal(Outcome.BROKEN, score, one, "a denying word") if score >= FAILED else None
    if _words("broken").search(text) and promise.negations == 0 and score >= FAILED:
        return Proposal(Outcome.BROKEN, score, one, "words of something that failed")
    done = passage.stance in (Stance.ASSERTS, Stance.CONFIRMS) and passage.act not in (Act.PROMISES, Act.INTENDS)
    return Proposal(Outcome.KEPT, score, one, "told as done, at or after its time") if done and not one.own else None


def _puts_off(one: Later, due: tuple[float, float], score: float) -> bool:
    later = one.same_actor and one.passage.due is not None and one.passage.due[0] >= due[1]
    return (score >= PUT_OFF and bool(_words("moved").search(one.passage.content))) or (later and score >= ANOTHER_TIME)


@cache
def _words(kind: str) -> re.Pattern[str]:
    return starts(languages.table("outcomes")["outcome"][kind].split())
