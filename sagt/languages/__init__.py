"""What sagt knows of its languages, as data: one file each. docs/languages.md says what the keys mean."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

CODES = ("da", "en", "nb", "nn", "sv", "de")


@dataclass(frozen=True, slots=True)
class Language:
    """One language file."""

    abbreviations: frozenset[str]  #: words that end in a full stop without ending a sentence, without their last stop
    labels: frozenset[str]  #: words before a colon that name no speaker ("Fakta: …"), in small letters


@cache
def load(code: str) -> Language:
    """The data of one of CODES."""
    data = tomllib.loads((resources.files("sagt.languages") / f"{code}.toml").read_text("utf-8"))
    return Language(frozenset(data["abbreviations"]), frozenset(data["labels"]))


@cache
def every() -> Language:
    """All languages together: reports quote each other's, and a wrongly told language must not cost a sentence."""
    languages = [load(code) for code in CODES]
    return Language(
        frozenset().union(*(one.abbreviations for one in languages)),
        frozenset().union(*(one.labels for one in languages)),
    )
