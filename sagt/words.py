"""Words of reports and of searches, folded so that they find each other: case, stems of each language, aa and å, ae and æ. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

import Stemmer

#: Snowball's name of each language; a report in another language keeps its words as they are.
STEMMERS = {"da": "danish", "en": "english", "nb": "norwegian", "nn": "norwegian", "sv": "swedish", "de": "german"}
#: Characters of one report that are made searchable; PostgreSQL indexes no more than a megabyte of one text.
LONGEST = 200_000
#: Stems that are remembered.
REMEMBERED = 200_000

_WORD = re.compile(r"\w+")
_TERM = re.compile(r'"([^"]*)"|(-?)(\w+)(\*?)')


def fold(word: str) -> str:
    """A word without case and in one spelling: "Aarhus" and "Århus" are one, "Müller" and "Mueller" are not."""
    word = unicodedata.normalize("NFC", word).casefold()
    return word.replace("aa", "å")


@lru_cache(REMEMBERED)
def stem(word: str, language: str | None) -> str:
    """The stem of a folded word."""
    name = STEMMERS.get(language or "")
    return str(_stemmer(name).stemWord(word)) if name else word


def stems(text: str, language: str | None) -> str:
    """The stems of a text, parted by blanks: what the databases index."""
    return " ".join(stem(fold(word), language) for word in _WORD.findall(text[:LONGEST]))


def key(name: str) -> str:
    """A name as it is looked up: its folded words."""
    return " ".join(map(fold, _WORD.findall(name)))


def forms(word: str) -> tuple[str, ...]:
    """What a searched word may have become in the index, whatever language the report is in."""
    folded = fold(word)
    return tuple(dict.fromkeys((folded, *(stem(folded, language) for language in STEMMERS))))


def terms(query: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The terms of a search: ("word", forms), ("prefix", (beginning,)), ("not", forms), ("phrase", words)."""
    for phrase, minus, word, star in _TERM.findall(query):
        if phrase:
            found = tuple(_WORD.findall(phrase))
            if found:
                yield "phrase", found
        elif word:
            yield ("not", forms(word)) if minus else ("prefix", (fold(word),)) if star else ("word", forms(word))


@cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)
