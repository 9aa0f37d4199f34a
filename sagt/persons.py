"""One actor for one person or body in many reports; two people of one name stay two. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import numpy as np

from sagt import link
from sagt.shelf import Row, unit
from sagt.tellings import ActorName

#: Cosine of what is told of two people of one name from which they are one: "minister", "the environment minister".
ONE_PERSON = 0.30


def across(key: str, rows: Iterable[Row]) -> dict[str, ActorName]:
    """The actors of the statements whose speaker bears one name, by statement.

    What is told of them ("miljøminister", "professor of chemistry") is grouped by meaning; a statement that tells nothing goes to
    the one who has most of them."""
    found = sorted(rows, key=lambda row: (row.at, row.id))
    told = {row.about: row.about_vector for row in found if row.about and row.about_vector}
    if len(key.split()) < 2 or len(told) < 2:
        return _named(key, found, {})
    about = sorted(told)
    vectors = unit(np.stack([np.frombuffer(told[a], np.int8) for a in about]))
    cosines = vectors @ vectors.T
    numbers = [(n, "") for n in range(len(about))]
    scores = {link.pair(numbers[i], numbers[j]): float(cosines[i, j]) for i in range(len(about)) for j in range(i)}
    groups = link.grouped(numbers, scores, {}, joined=ONE_PERSON)
    return _named(key, found, {about[n]: at for at, group in enumerate(groups) for n, _ in group})


def _named(key: str, rows: list[Row], group_of: dict[str, int]) -> dict[str, ActorName]:
    counts = Counter(group_of[row.about] for row in rows if row.about in group_of)
    most = min(counts, key=lambda g: (-counts[g], g), default=0)
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(group_of.get(row.about, most), []).append(row)
    out: dict[str, ActorName] = {}
    for members in groups.values():
        about = max((row.about for row in members), key=len, default="")
        sense = min((row.about for row in members if row.about), default="") if len(groups) > 1 else ""
        name = Counter(row.name for row in members if row.name).most_common(1)
        actor = ActorName(_identity(key, sense), name[0][0] or key if name else key, about)
        out |= {row.id: actor for row in members}
    return out


def _identity(*parts: str) -> str:
    return "p" + hashlib.blake2b("\x00".join(parts).encode(), digest_size=6).hexdigest()
