"""Whom a pronoun means: what speaks for a candidate, and how much it counts. Pure.

A conditional logistic model (training/pronouns.py): of the persons mentioned lately the one with the highest score; the difference of two
scores is the logarithm of how much likelier the one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sagt import languages

#: Weights of what speaks for a candidate.
WEIGHTS: Mapping[str, float] = languages.table("pronouns")["pronoun"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whom a pronoun may mean."""

    nearness: float  #: of the nearest mention: 1 for a name, less for other words, more for its sentence's first; less 0.5 a sentence
    same_paragraph: bool
    mentions_near: int  #: mentions in its sentence and the two before
    led_before: bool  #: the first person of the sentence before
    sex: bool  #: known to be the pronoun's; whoever is known to be of the other is no candidate
    spoke_last: bool
    just_spoke: bool  #: last of all, in the pronoun's sentence or the one before
    spoke_before: bool  #: last but one
    quoted: bool  #: mentioned last within what somebody says, and the pronoun is not
    speaks: bool  #: says what the pronoun stands in ("Frey siger, at han …")

    def score(self) -> float:
        """How much speaks for it."""
        return sum(weight * float(getattr(self, name)) for name, weight in WEIGHTS.items())
