"""Which language a text is written in, among those that sagt can read. No network, a millisecond to start."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import eldc  # type: ignore[import-untyped]

#: The languages that are told apart and answered.
KNOWN = ("da", "nb", "nn", "sv", "de", "en")
#: Three-letter codes of languages, and the two letters that are used here.
LONG_CODES = {"swe": "sv", "dan": "da", "nor": "no", "nob": "nb", "nno": "nn", "eng": "en", "ger": "de", "deu": "de"}
#: Characters that are looked at: a text does not change its language after some ten paragraphs.
LOOK_AT = 4000
#: Letters of text from which its look overrules the language that it is said to be in: templates say "en" for anything.
LETTERS_THAT_OVERRULE = 300
#: Letters below which nothing is answered: a name and a place are not yet a language.
FEWEST_LETTERS = 8
#: eldc reads no further than 1000 bytes of what it is given, so a longer text is put to it in pieces.
PIECE = 900
# The weights and bounds below, with the lists in identify.toml, gave 0.98 on NTREX dev (evaluation/language.md, 2026-11-22):
# an ending is about a third of the evidence that a whole word is, a slight ending a twentieth.
ENDING = 0.3
SLIGHT = 0.05
#: Marks of nynorsk needed before it overrules another language that eldc, which knows no nynorsk, took it for.
OVERRULES = {"sv": 3.0, "da": 1.2, "is": 1.2}

_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORTEST_WITH_ENDING = 4


@dataclass(frozen=True, slots=True)
class _Marks:
    """What is right in one of the two Norwegian languages and not in the other."""

    words: frozenset[str]
    endings: tuple[str, ...]
    slight: tuple[str, ...]


def identify(text: str) -> str | None:
    """The language's code, one of `KNOWN`; None if there are hardly any letters or it is another language."""
    words = _LETTERS.findall(text[:LOOK_AT])
    if sum(map(len, words)) < FEWEST_LETTERS:
        return None
    found = _by_letters(words)
    if found == "no" or found in OVERRULES:
        found = _norwegian(words, found)
    return found if found in KNOWN else None


def spoken(text: str, given: str | None, claimed: str | None = None) -> tuple[str | None, str | None]:
    """The language of a text, and what to say of what it claims. What the caller gives goes before all; what the text claims, unless a
    long one clearly is in another; how it looks. Both may be tags ("da-DK", "nor", "no")."""
    found, claimed = identify(text), code(claimed)
    if given:
        return _one_norwegian(code(given) or given, found), None
    claimed = _one_norwegian(claimed, found)
    if found is None or claimed in (None, found):
        return found or claimed, None
    if len(text) < LETTERS_THAT_OVERRULE:
        return claimed, None
    return found, f"claims the language {claimed!r}, but its text is in {found!r}"


def _one_norwegian(tag: str | None, found: str | None) -> str | None:
    """ "no" tells nothing of bokmål and nynorsk: what the text looks like does, and most of it is bokmål."""
    return tag if tag != "no" else found if found in ("nb", "nn") else "nb"


def code(tag: str | None) -> str | None:
    """ISO 639-1 of a language tag as pages, feeds and wires write it: "da-DK", "sv_SE", "swe", "EN"; None for what is none."""
    first = re.split(r"[-_]", (tag or "").strip().lower())[0]
    found = LONG_CODES.get(first, first)
    return found if re.fullmatch("[a-z]{2}", found) else None


def _by_letters(words: list[str]) -> str:
    """eldc's answer, by the majority of pieces; it gets letters and spaces only, whatever the text holds."""
    _detector()
    votes = Counter(eldc.detect_details(piece).language for piece in _pieces(words))
    return str(votes.most_common(1)[0][0])


@cache
def _detector() -> None:
    eldc.init()


def _pieces(words: list[str]) -> Iterator[str]:
    held: list[str] = []
    size = 0
    for word in words:
        length = len(word.encode("utf-8", "replace")) + 1
        if held and size + length > PIECE:
            yield " ".join(held)
            held, size = [], 0
        held.append(word)
        size += length
    yield " ".join(held)


def _norwegian(words: list[str], found: str) -> str:
    lean = sum(map(_lean, words))
    if found == "no":
        return "nn" if lean > 0 else "nb"  # bokmål is what nine of ten Norwegian newspapers print
    return "nn" if lean > OVERRULES[found] else found


def _lean(word: str) -> float:
    """Evidence in one word: above 0 for nynorsk, below for bokmål."""
    nynorsk, bokmal = _marks("nn"), _marks("nb")
    small = word.lower()
    if small in nynorsk.words or small in bokmal.words:
        return 1.0 if small in nynorsk.words else -1.0
    if small != word or len(word) < _SHORTEST_WITH_ENDING:
        return 0.0  # names follow no spelling rules
    sign = _longer(word, nynorsk.endings, bokmal.endings)
    return ENDING * sign if sign else SLIGHT * _longer(word, nynorsk.slight, bokmal.slight)


def _longer(word: str, these: tuple[str, ...], those: tuple[str, ...]) -> int:
    """1 if the longest ending of the word is among `these`, -1 if among `those`, else 0."""
    ours, theirs = _longest(word, these), _longest(word, those)
    return (ours > theirs) - (theirs > ours)


def _longest(word: str, endings: tuple[str, ...]) -> int:
    if not word.endswith(endings):
        return 0
    return max((len(end) for end in endings if word.endswith(end) and len(word) > len(end) + 1), default=0)


@cache
def _marks(language: str) -> _Marks:
    facts: dict[str, Any] = _facts()[language]
    return _Marks(frozenset(facts["words"].split()), tuple(facts["endings"]), tuple(facts["slight"]))


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(resources.files("sagt.languages").joinpath("identify.toml").read_text("utf-8"))
