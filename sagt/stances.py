"""How a passage stands to what it speaks of, beyond what its cue says: "Fejlen er ikke vores" denies, "Vi åbner fredag" promises.

Two multinomial logistic models (training/stances.py). The first leans on a passage's meaning and traits; its weights lie in the pack,
beside the encoder that they go with. The second looks at a statement beside the first assertion of its claim: what the same words are,
a denial or an assertion of its own, shows only there. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sagt import languages, link
from sagt.passages import Passage, Stance
from sagt.types import Act

#: What a passage may do, in the order of the models' rows. A promise is a stance here; elsewhere it is an act that asserts.
STANCES = ("asserts", "denies", "withholds", "asks", "confirms", "promises")
_ACTS = ("states", "denies", "withholds", "asks", "confirms", "promises", "intends", "believes", "unclear")
#: How likely a passage denies, refuses or confirms, from which it is looked at what it may answer.
RESPONDS = 0.3
#: The same, from which it is read once more in the light of what stands before it.
SURE = 0.5
#: Characters back to what an answer answers where it follows at once.
JUST_BEFORE = 150
#: What is looked at, beside what is compared of every pair, where one passage may answer another: where the two stand, who is named,
#: and what each does by itself.
ANSWERING = (
    *link.FEATURES, "told just before", "told before", "told after", "told in an earlier report", "told in a later report",
    "answer names who told", "answered by whom it names", "near what it answers", "something nearer to what it answers",
    "something nearer in the answer's report", "answer's length", "near what it answers, answer's length",
    "told just before, answer's length", "length of what is told",
    *(f"told {does}" for does in STANCES), *(f"answer {does}" for does in STANCES),
)  # fmt: skip
#: Letters of a content of middling length.
_LENGTH = 80
#: How much longer than 1 the meaning is made, so that its weights are of the size of the others.
_SCALE = 3.0
#: The least likelihood that is told apart.
_LEAST = 1e-3

#: Weights of a conditional logistic model (training/pairs.py): which of all that is told a passage answers, if any of it.
ANSWER_WEIGHTS = link.weights_of("answer", ANSWERING)

Vector = NDArray[np.float32]


def traits(one: Passage, meaning: Vector) -> list[float]:
    """What the first model looks at: the meaning of a passage, and what its words and cue tell."""
    length = float(np.linalg.norm(meaning))
    return [
        *(meaning * (_SCALE / length if length > 1e-6 else 0.0)).tolist(),
        *(float(one.act.value == act) for act in _ACTS),
        float(one.negations > 0), float(one.negations % 2), float(one.quoted), float(one.due is not None), float(bool(one.hedges)),
        float(one.attribution.startswith("w")), len(one.content) / 200, float(one.voice.person), float("?" in one.content),
        float(one.stance is Stance.WITHHOLDS), 1.0,
    ]  # fmt: skip


def leans(one: Passage, meaning: Vector, weights: Vector) -> tuple[float, ...]:
    """How likely a passage does each of STANCES, by itself."""
    return tuple(round(float(p), 4) for p in _softmax(weights @ np.asarray(traits(one, meaning), np.float32)))


def beside(one: Passage, likely: Sequence[float], first: Passage | None, of_first: Sequence[float]) -> list[float]:
    """What the second model looks at: a statement, as its first passage has it, and the first assertion of its claim (None: itself)."""
    other = first is not None
    logs = np.log(np.clip(likely, _LEAST, 1)).tolist()
    differs = other and first is not None and one.negations % 2 != first.negations % 2
    same = other and first is not None and one.voice.is_called_as(first.voice)
    named = other and first is not None and bool({w for w in one.voice.key.split() if len(w) > 3} & first.names)
    return [
        *logs, *np.log(np.clip(of_first, _LEAST, 1)).tolist(),
        float(other), float(same), float(named), float(one.stance is Stance.DENIES), float(one.stance is Stance.WITHHOLDS),
        float(one.stance is Stance.CONFIRMS), float(differs), float(differs and same), float(differs and not same),
        logs[1] * other, logs[1] * differs, float(other and one.negations > 0), float(one.negations > 0), float(named and differs),
        logs[4] * named, float(first is not None and first.negations > 0), logs[1] * (not other), 1.0,
    ]  # fmt: skip


def stance(values: Sequence[float], weights: Vector | None = None) -> str:
    """The likeliest of STANCES."""
    return STANCES[int(np.argmax((_second() if weights is None else weights) @ np.asarray(values)))]


def asserted(likely: Sequence[float]) -> bool:
    """True for a passage that rather asserts or promises than anything else."""
    return likely[0] + likely[5] > 0.5


def responds(one: Passage, least: float = RESPONDS) -> bool:
    """True for a passage that may deny, refuse or confirm something; `least`: how likely, by what it says."""
    cued = one.stance in (Stance.DENIES, Stance.WITHHOLDS, Stance.CONFIRMS)
    return cued or (bool(one.leans) and one.leans[1] + one.leans[2] + one.leans[4] >= least)


def told(one: Passage) -> bool:
    """True for a passage that says something that may be denied."""
    return bool(one.leans) and asserted(one.leans) and one.stance not in (Stance.DENIES, Stance.WITHHOLDS, Stance.OPEN)


def may_answer(one: Passage, other: Passage) -> bool:
    """True if one may deny, refuse or confirm what the other says: somebody else's word."""
    return responds(one) and told(other) and not (one.voice.key and one.voice.key == other.voice.key)


class Sought(NamedTuple):
    """How near an answer is to a claim, by the encoder's vectors for both."""

    cosine: float  #: of the claim that it seeks and the one told
    nearest: float  #: of the nearest that is told in the same report
    own: float  #: of the nearest that is told in the answer's report


def answering(values: Sequence[float], sought: Sought, answer: Passage, told: Passage, later: float | None) -> list[float]:
    """What is compared where one passage may answer another, in the order of ANSWERING. `values`: by link.features; `later`: seconds from
    the report that tells to the one that answers, None within one report."""
    gap = answer.spans[0].start - told.spans[0].start if later is None else 0
    just_before, length = 1.0 if 0 < gap < JUST_BEFORE else 0.0, _length(answer)
    return [
        *values,
        just_before,
        1.0 if gap > 0 else 0.0,
        1.0 if gap < 0 else 0.0,
        1.0 if later is not None and later > 0 else 0.0,
        1.0 if later is not None and later < 0 else 0.0,
        1.0 if link.names_in(told, answer) else 0.0,
        1.0 if link.names_in(answer, told) else 0.0,
        sought.cosine,
        sought.nearest - sought.cosine,
        sought.own - sought.cosine,
        length,
        length * sought.cosine,
        length * just_before,
        _length(told),
        *told.leans,
        *answer.leans,
    ]


def _length(one: Passage) -> float:
    """How long a content is: 0 where it is middling, below 0 where it says little by itself."""
    return math.log(max(10, len(one.content)) / _LENGTH)


def acted(act: Act, found: str) -> tuple[Act, Stance]:
    """The act and stance of a statement that was found to do one of STANCES; `act`: what its cue says."""
    if found == "promises":
        return (act if act is Act.INTENDS else Act.PROMISES), Stance.ASSERTS
    if found != "asserts":
        return Act(found), Stance(found)
    # What the cue says outright ("bekræfter", "afviser") is not argued away.
    return act, Stance(act) if act in (Act.DENIES, Act.WITHHOLDS, Act.ASKS, Act.CONFIRMS) else Stance.ASSERTS


def weights_of(settings: Mapping[str, object]) -> Vector:
    """The first model's weights, from a pack's settings: a row for each of STANCES."""
    return np.array(settings["stances"], np.float32)


@cache
def _second() -> Vector:
    return np.array([languages.table("stances")["beside"][name] for name in STANCES], np.float32)


def _softmax(values: Vector) -> Vector:
    found = np.exp(values - values.max())
    return np.asarray(found / found.sum(), np.float32)
