"""One actor for one person or body in many reports; two people of one name stay two. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from sagt import link
from sagt.gazetteer import Entity
from sagt.shelf import About, Row, unit
from sagt.tellings import ActorName

#: Cosine of what is told of two people of one name from which they are one: "minister", "the environment minister".
ONE_PERSON = 0.30


def across(whose: str, told: Sequence[About], rows: Iterable[Row], known: Entity | None = None) -> dict[str, ActorName]:
    """The actors of these statements, whose speaker bears one name, by statement. `known`: what has all names of theirs.

    What is told of the speakers of that name, anywhere, ("miljøminister", "professor of chemistry") is grouped by meaning; a statement
    that tells nothing goes to the one who has most of them."""
    may_be_several = known.person is not False if known else " " in whose
    groups = _groups(may_be_several, [one for one in told if one.words and one.vector])
    counts = Counter({at: sum(one.count for one in group) for at, group in enumerate(groups)})
    most = min(counts, key=lambda at: (-counts[at], at), default=0)
    of = {one.words: at for at, group in enumerate(groups) for one in group}
    out: dict[str, ActorName] = {}
    for row in rows:
        group = groups[of.get(row.about, most)] if groups else []
        sense = min((one.words for one in group), default="") if len(groups) > 1 else ""
        about = max((one.words for one in group), key=len, default="")
        out[row.id] = ActorName(link.identity("p", whose, sense), known.label if known else row.name or whose, about, row.entity)
    return out


def _groups(may_be_several: bool, told: list[About]) -> list[list[About]]:
    """What is told, by whom it is told of."""
    if not may_be_several or len(told) < 2:
        return [told] if told else []
    vectors = unit(np.stack([np.frombuffer(one.vector, np.int8) for one in told]))
    cosines = vectors @ vectors.T
    numbers = [(n, "") for n in range(len(told))]
    scores = {link.pair(numbers[i], numbers[j]): float(cosines[i, j]) for i in range(len(told)) for j in range(i)}
    return [[told[n] for n, _ in group] for group in link.grouped(numbers, scores, {}, joined=ONE_PERSON)]
