"""What sagt knows of its languages, as data: one file each. docs/languages.md says what the keys mean."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sagt.types import Act

_WORD = re.compile(r"\w+")
CODES = ("da", "en", "nb", "nn", "sv", "de")


@dataclass(frozen=True, slots=True)
class Language:
    """One language file."""

    abbreviations: frozenset[str]  #: words that end in a full stop without ending a sentence, without their last stop
    labels: frozenset[str]  #: words before a colon that name no speaker ("Fakta: …"), in small letters
    pointers: frozenset[str]  #: first words of a sentence that points back ("Det siger Holt."), in small letters
    acts: tuple[tuple[Act, tuple[str, ...]], ...]  #: beginnings of words, in order, and the act that a cue with them has

    def act_of(self, cue: str) -> Act | None:
        """The act that the words of a cue tell by themselves, if they do."""
        words = _WORD.findall(cue.lower())
        return next((act for act, stems in self.acts if _in_order(stems, words)), None)


@cache
def load(code: str) -> Language:
    """The data of one of CODES."""
    data = tomllib.loads((resources.files("sagt.languages") / f"{code}.toml").read_text("utf-8"))
    acts = tuple((Act(act), tuple(row.split())) for act, rows in data["acts"].items() for row in rows)
    return Language(frozenset(data["abbreviations"]), frozenset(data["labels"]), frozenset(data["pointers"]), acts)


def _in_order(stems: tuple[str, ...], words: list[str]) -> bool:
    rest = iter(words)
    return all(any(word.startswith(stem) for word in rest) for stem in stems)


@cache
def every() -> Language:
    """All languages together: reports quote each other's, and a wrongly told language must not cost a sentence."""
    languages = [load(code) for code in CODES]
    return Language(
        frozenset().union(*(one.abbreviations for one in languages)),
        frozenset().union(*(one.labels for one in languages)),
        frozenset().union(*(one.pointers for one in languages)),
        (),
    )
