"""What becomes of promises and open questions: later words that keep, break, move or answer them, proposed with their evidence. Pure.

Of a promise a conditional logistic model (McFadden 1974) tells which later sentence, if any, tells that it was kept, broken or moved
(training/promises.py). What a sentence by itself tells of whatever was promised ("the barriers were still there") comes from its meaning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from sagt import languages
from sagt.doubt import unsure
from sagt.facts import starts
from sagt.origins import Item
from sagt.passages import Passage, Stance
from sagt.types import Act

#: Cosine from which a later sentence may speak of what was promised, and how many of the nearest are looked at.
SPEAKS_OF, NEAREST = 0.15, 40
#: Cosine from which a sentence tells outright that something was put off, set for another time, has failed, or was done.
PUT_OFF, ANOTHER_TIME, FAILED, DONE = 0.40, 0.50, 0.35, 0.30
#: Cosine from which a sentence only says again what had been told before the promise.
AGAIN = 0.9
#: Seconds before the time of a promise from which what is told may be of its outcome.
EARLY = 43200.0
_DAY = 86400.0
#: Sentences of which is remembered what words they have.
REMEMBERED = 20_000

Vector = NDArray[np.float32]
Interval = tuple[float, float]


class Outcome(StrEnum):
    """What became of a promise."""

    UPCOMING = "upcoming"  #: its time has not come
    DUE = "due"  #: its time is now
    OVERDUE = "overdue"  #: its time has passed, and nothing tells what became of it
    KEPT = "kept"
    BROKEN = "broken"
    MOVED = "moved"
    UNKNOWN = "unknown"  #: no time was given, and nothing tells


#: What a later sentence may tell, in the order of the model's rows, and in words.
TOLD = (Outcome.KEPT, Outcome.BROKEN, Outcome.MOVED)
_WHY = {
    Outcome.KEPT: "told as done",
    Outcome.BROKEN: "told as not done, or as undone",
    Outcome.MOVED: "another time, or words that put it off",
}
#: What is looked at in a later sentence beside the promise.
TRAITS = (
    "bias", "meaning", "meaning above .35", "meaning above .55", "among the nearest", "rank", "report speaks of it", "same speaker",
    "told before", "told before, alike", "told by the report", "told beside a saying", "quoted", "names shared", "numbers agree",
    "numbers differ", "same language", "words shared", "negation", "negation here alone", "promise negated", "only the promise negated",
    "words of failing", "words of putting off", "promises", "later time named", "no time given", "before its time", "at its time",
    "a day after", "three days after", "length", "days later",
    *(f"tells {one}" for one in TOLD), *(f"tells {one}, near" for one in TOLD), *(f"plainly {one}" for one in TOLD),
)  # fmt: skip
#: What is looked at where no sentence tells.
NOTHING = ("bias", "its time has not come", "sentences", "nearest from its time on")
#: Weights of a trait for each of TOLD, and of NOTHING (training/promises.py).
WEIGHTS: Mapping[str, Mapping[str, float]] = languages.table("promises")


@dataclass(frozen=True, slots=True)
class Later:
    """A later sentence that may tell."""

    item: Item
    passage: Passage
    meaning: float  #: cosine with the promise
    same_actor: bool
    about: float = 0.0  #: cosine of the promise with what its report is about
    known: float = 0.0  #: cosine with the nearest that was told before the promise, or with it


@dataclass(frozen=True, slots=True)
class Proposal:
    """What became of a promise, with the evidence for it."""

    outcome: Outcome
    score: float  #: how likely, 0 to 1
    evidence: Later | None
    why: str


def outcome(promise: Passage, at: float, due: Interval | None, later: Iterable[Later], now: float) -> Proposal:
    """What became of a promise made at a moment, as the sentences after it tell."""
    found = nearest(at, later, now)
    if found:
        rows = [traits(promise, at, due, one, rank) for rank, one in enumerate(found)]
        table = chances(rows, [may_tell(promise, due, one) for one in found], nothing(due, found, now), _weights(), _idle())
        likely = table.sum(0)
        best = int(likely.argmax())
        if likely[best] > 1.0 - likely.sum():
            evidence = found[int(table[:, best].argmax())]
            return Proposal(TOLD[best], round(float(likely[best]), 3), evidence, _WHY[TOLD[best]])
    if due is None:
        return Proposal(Outcome.UNKNOWN, 0.0, None, "no time was given")
    if now < due[0]:
        return Proposal(Outcome.UPCOMING, 0.0, None, "its time has not come")
    return Proposal(Outcome.DUE if now < due[1] else Outcome.OVERDUE, 0.0, None, "nothing tells what became of it")


def nearest(at: float, later: Iterable[Later], now: float) -> list[Later]:
    """The sentences published after a moment, and by now, that are nearest in meaning, the nearest first."""
    found = (one for one in later if at < one.item.at <= now and one.meaning >= SPEAKS_OF and one.known < AGAIN)
    return sorted(found, key=lambda one: (-one.meaning, one.item.at, one.item.seq, one.passage.attribution))[:NEAREST]


def traits(promise: Passage, at: float, due: Interval | None, one: Later, rank: int) -> list[float]:
    """What is looked at in a sentence, in the order of TRAITS. `at`, `due`: when it was promised, and for when; `rank`: how many
    sentences are nearer."""
    told, near, when = one.passage, one.meaning, one.item.at
    ours, theirs = set(promise.numbers), set(told.numbers)
    same_language = promise.language == told.language
    denies, denied = told.negations > 0, promise.negations > 0
    tells = told.tells or (0.0,) * len(TOLD)
    start, end = due or (when, when)
    plain = _plainly(promise, due, one)
    found = (
        1.0, near, max(0.0, near - 0.35), max(0.0, near - 0.55), rank < 3, math.log1p(rank), one.about, one.same_actor,
        one.known, max(0.0, one.known - 0.7) * 3, told.attribution[:1] in ("n", "b"), told.attribution[:1] == "b", told.quoted,
        min(2, len(promise.names & told.names)) / 2,
        bool(ours & theirs), bool(ours and theirs and not ours & theirs),
        same_language, len(promise.bag & told.bag) / max(1, len(promise.bag)) if same_language else 0.0,
        denies, denies and not denied, denied, denied and not denies,
        _has("broken", told.content), _has("moved", told.content), told.act in (Act.PROMISES, Act.INTENDS),
        bool(due and told.due and told.due[0] >= end - 3600), due is None,
        bool(due) and when < start - EARLY, bool(due) and start - EARLY <= when <= end + _DAY, bool(due) and when > end + _DAY,
        bool(due) and when > end + 3 * _DAY, min(2.0, len(told.content) / 150), min(3.0, (when - at) / _DAY) / 3,
        *tells, *(near * one for one in tells), *(plain is one for one in TOLD),
    )  # fmt: skip
    return [float(one) for one in found]


def _plainly(promise: Passage, due: Interval | None, one: Later) -> Outcome | None:
    """What a sentence near to the promise tells outright: by another time, words of putting off or failing, a not, or as done in time."""
    told, near, when = one.passage, one.meaning, one.item.at
    if due and when < due[1] + 2 * _DAY:
        later = one.same_actor and told.due is not None and told.due[0] >= due[1]
        if (near >= PUT_OFF and _has("moved", told.content)) or (later and near >= ANOTHER_TIME):
            return Outcome.MOVED
    if (due and when < due[0] - EARLY) or (told.due and told.due[0] > when):
        return None
    if not promise.negations and (told.negations or told.stance is Stance.DENIES or _has("broken", told.content)):
        return Outcome.BROKEN if near >= FAILED else None
    done = told.stance in (Stance.ASSERTS, Stance.CONFIRMS) and told.act not in (Act.PROMISES, Act.INTENDS)
    return Outcome.KEPT if done and near >= DONE else None


def nothing(due: Interval | None, found: Sequence[Later], now: float) -> list[float]:
    """What is looked at where no sentence tells, in the order of NOTHING."""
    from_then_on = (one.meaning for one in found if due is None or one.item.at >= due[0] - EARLY)
    return [1.0, float(bool(due) and now < (due or (0.0,))[0]), math.log1p(len(found)), max(from_then_on, default=0.0)]


def may_tell(promise: Passage, due: Interval | None, one: Later) -> tuple[bool, bool, bool]:
    """Which of TOLD a sentence may tell at all. That something is done says no promise of it, and none who asks for it; that it was put
    off only who names another time, or has words for that; that it failed only who says no, or speaks as of a failure."""
    told, when = one.passage, one.item.at
    kept, broken, moved = told.tells or (0.0,) * len(TOLD)
    denies = told.negations > 0 or told.stance is Stance.DENIES or _has("broken", told.content)
    ahead = told.due is not None and told.due[0] > when
    idle = told.act in (Act.PROMISES, Act.INTENDS, Act.ASKS, Act.WITHHOLDS)
    another_time = told.due is not None and told.due != due
    return (
        not idle and not ahead and not (denies and not promise.negations and broken > kept),
        (denies or promise.negations > 0 or broken > max(kept, moved)) and (due is None or when >= due[0] - EARLY or broken > 0),
        (told.due is None or another_time) and (_has("moved", told.content) or another_time or moved > max(kept, broken, 0.0)),
    )


def chances(
    sentences: Sequence[Sequence[float]], may: Sequence[Sequence[bool]], none: Sequence[float], weights: NDArray[np.float64],
    idle: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """How likely each sentence is the one that tells each of TOLD; a row a sentence. What is left to 1 is that none tells. `may`: by
    may_tell; `weights`, `idle`: of TRAITS for each of TOLD, and of NOTHING."""
    weighed = np.where(np.array(may, bool), np.array(sentences, float) @ weights.T, -np.inf)
    nothing_tells = float(np.dot(none, idle))
    most = max(float(weighed.max()), nothing_tells)
    parts = np.exp(weighed - most)
    return np.asarray(parts / (parts.sum() + math.exp(nothing_tells - most)))


def tells(meaning: Vector, weights: Vector) -> tuple[float, ...]:
    """What a sentence by itself tells of something promised: for each of TOLD the log of how much likelier that is than nothing.
    `weights`: of a multinomial logistic model, from the pack they go with; without any nothing is told."""
    if not weights.size:
        return ()
    scores = weights @ np.append(meaning / max(float(np.linalg.norm(meaning)), 1e-6), np.float32(1.0))
    return tuple(round(float(one), 3) for one in np.clip(scores[:-1] - scores[-1], -7, 7))


def weights_of(settings: Mapping[str, object]) -> Vector:
    """The weights of `tells`, from a pack's settings: a row for each of TOLD, and one for nothing; none in a pack that was not taught."""
    return np.array(settings.get("tells", ()), np.float32)


@cache
def _weights() -> NDArray[np.float64]:
    return np.array([[WEIGHTS[kind.value][name] for name in TRAITS] for kind in TOLD])


@cache
def _idle() -> NDArray[np.float64]:
    return np.array([WEIGHTS["nothing"][name] for name in NOTHING])


@lru_cache(REMEMBERED)
def _has(kind: str, content: str) -> bool:
    """True if a sentence has words of an outcome; it is asked for every promise that it may tell of."""
    return bool(_words(kind).search(content))


@cache
def _words(kind: str) -> re.Pattern[str]:
    return starts(languages.table("outcomes")["outcome"][kind].split())


#: Cosine from which a later sentence may answer a question.
ANSWERS = 0.45


def answer(question: Passage, at: float, later: Iterable[Later], now: float | None = None) -> Proposal | None:
    """The later sentence that answers what was not known: one that speaks of it, and knows. Its score is how near it is."""
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
