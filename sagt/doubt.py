"""Words of doubt: what makes a saying less than sure, and where such a word has another sense. Pure."""

from __future__ import annotations

import re
from functools import cache

from sagt import languages
from sagt.facts import starts

_MARKS = ",.;:»«\"'”“"


def unsure(text: str) -> list[str]:
    """The words of a text that make it less than sure; "cannot" and "kan ikke" are no doubt, nor "vi kan arbejde", and May is a month."""
    return [m[0] for m in _unsure().finditer(text) if not _sure(text, m)]


def doubted(text: str) -> str | None:
    """The first of the words that nothing but doubt has ("muligvis"), which a faithful translation must have, too."""
    return next((m[0] for m in _doubted().finditer(text) if not _is_month(text, m)), None)


def expecting(sentence: str) -> list[str]:
    """The words by which somebody only expects what is passed on: "Hun regner med, at skibet er under slæb"."""
    return [m[0] for m in _expecting().finditer(sentence)]


@cache
def _doubted() -> re.Pattern[str]:
    return starts(languages.table("doubt")["doubt"]["words"].split())


@cache
def _expecting() -> re.Pattern[str]:
    return starts([one + "." for one in languages.table("doubt")["unsure"]["expecting"]])


def _sure(text: str, word: re.Match[str]) -> bool:
    """True for a word of doubt that has another sense here: what people can do, and what they should have done."""
    if _is_month(text, word):
        return True
    before, after = _beside(text, word)
    last, following = (one.lower().strip(_MARKS) for one in (before.rpartition(" ")[2], after.partition(" ")[0]))
    if word[0].lower() not in _other_sense("able") | _other_sense("should"):
        return False
    people = bool({last, following} & _other_sense("people"))
    return people and (word[0].lower() in _other_sense("should") or following not in _other_sense("perfect"))


def _is_month(text: str, word: re.Match[str]) -> bool:
    """True for a capital May anywhere but where a sentence begins."""
    if word[0] not in ("May", "Might"):
        return False
    before, after = _beside(text, word)
    return bool(before) or not after


def _beside(text: str, word: re.Match[str]) -> tuple[str, str]:
    before, after = (" ".join(side.split()) for side in (text[: word.start()], text[word.end() :]))
    return before, after


@cache
def _other_sense(key: str) -> frozenset[str]:
    return frozenset(languages.table("doubt")["other_sense"][key])


@cache
def _unsure() -> re.Pattern[str]:
    data = languages.table("doubt")["unsure"]
    return re.compile(
        starts([*data["phrases"], *data["expecting"], *data["words"].split()]).pattern + r"(?!\s+(?:ikke|not|ikkje|inte|nicht|\d+)\b)",
        re.IGNORECASE,
    )
