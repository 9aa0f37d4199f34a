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

#: Endings after a vowel ("broen", "broerne", "broarna"), which Snowball's Nordic stemmers leave on short words.
_AFTER_VOWEL = {
    "da": re.compile(r"(.*[aiouyæøå])(?:ernes?|ens?|ets?|ers?)"), "nb": re.compile(r"(.*[aiouyæøå])(?:enes?|ens?|ets?|ers?)"),
    "nn": re.compile(r"(.*[aiouyæøå])(?:anes?|enes?|ens?|ets?|ar|er)"), "sv": re.compile(r"(.*[aiouyåäö])(?:arnas?|ernas?|ars?|ers?|ets?)"),
}  # fmt: skip
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
    if name is None:
        return word
    ending = _AFTER_VOWEL.get(language or "")
    if ending and (match := ending.fullmatch(word)):
        return match[1]
    return str(_stemmer(name).stemWord(word))


def stems(text: str, language: str | None) -> str:
    """The stems of a text, parted by blanks: what the databases index."""
    return " ".join(stem(fold(word), language) for word in _words(text[:LONGEST]))


def key(name: str) -> str:
    """A name as it is looked up: its folded words."""
    return " ".join(map(fold, _words(name)))


def forms(word: str) -> tuple[str, ...]:
    """What a searched word may have become in the index, whatever language the report is in."""
    folded = fold(word)
    return tuple(dict.fromkeys((folded, *(stem(folded, language) for language in STEMMERS))))


def terms(query: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The terms of a search: ("word", forms), ("prefix", (beginning,)), ("not", forms), ("phrase", words)."""
    for phrase, minus, word, star in _TERM.findall(unicodedata.normalize("NFC", query)):
        if phrase:
            found = tuple(_words(phrase))
            if found:
                yield "phrase", found
        elif word:
            yield ("not", forms(word)) if minus else ("prefix", (fold(word),)) if star else ("word", forms(word))


def _words(text: str) -> list[str]:
    # Composed first: an accent that is a code point of its own is no letter and would cut its word in two.
    return _WORD.findall(unicodedata.normalize("NFC", text))


@cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)
