"""Language files hold the keys that docs/languages.md names, and nothing else."""

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from sagt.languages import CODES, every, given_names, load, outlet_of, pattern, platform_of, zones
from sagt.mentions import noun_of
from sagt.timex import SLOTS, find
from sagt.types import Act, MediumType, Span

#: Lists of words at the top of a file, and tables of lists; the rest is tested by name below.
LISTS = {
    "abbreviations",
    "labels",
    "pointers",
    "hedges",
    "questions",
    "events",
    "future",
    "past",
    "past_endings",
    "present_endings",
    "not_present",
}
TABLES = {"acts", "grammar", "pronouns", "inflection", "titles", "roles", "bodies", "documents", "media", "carriers"}
CALENDAR = {
    "weekdays", "months", "numbers", "some", "ordinals", "glue", "capitals", "before_year", "decades", "triggers", "units", "parts",
    "hours", "seasons", "holidays", "zones", "often", "days", "relations", "forms",
}  # fmt: skip
MAY_BE_EMPTY = {"not_present", "present_endings", "past_endings", "definite", "definite_plural", "capitals"}


def data_of(code: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("sagt.languages") / f"{code}.toml").read_text("utf-8"))


@pytest.mark.parametrize("code", CODES)
def test_keys(code: str) -> None:
    data, model = data_of(code), data_of("da")
    assert data.keys() == LISTS | TABLES | {"calendar", "metonym"}
    for name in TABLES - {"acts"}:
        assert data[name].keys() == model[name].keys(), name
    assert data["calendar"].keys() - {"halfdays"} == CALENDAR
    assert data["calendar"]["units"].keys() == model["calendar"]["units"].keys()
    assert len(data["calendar"]["weekdays"]) == 7
    assert len(data["calendar"]["months"]) == 12
    assert data["calendar"]["parts"].keys() == data["calendar"]["hours"].keys()
    assert data["calendar"]["forms"].keys() <= SLOTS.keys()
    assert {MediumType(kind.replace("_", " ").replace("email", "e-mail")) for kind in data["media"]} == set(MediumType)
    assert [Act(act) for act in data["acts"]]


def lists(data: dict[str, Any], name: str = "") -> Iterator[tuple[str, list[str]]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from lists(value, f"{name}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], str):
            yield f"{name}{key}", value


@pytest.mark.parametrize("code", CODES)
def test_lists_hold_words_once_and_in_small_letters(code: str) -> None:
    data = data_of(code)
    for name, words in lists(data):
        key = name.rsplit(".", 1)[-1]
        assert len(set(words)) == len(words), f"{name} names something twice: {[w for w in words if words.count(w) > 1]}"
        if name.startswith(("calendar.", "acts.")) or key in ("abbreviations", "forms", "same"):
            continue
        assert all(word == word.strip().lower() for word in words), f"{name}: {[w for w in words if w != w.strip().lower()]}"
    for key in LISTS - MAY_BE_EMPTY:
        assert data[key], key
    assert all(not word.endswith(".") for word in data["abbreviations"])


def test_every_language_is_in_all_of_them() -> None:
    assert all(load(code).labels <= every().labels for code in CODES)


ACTS = [
    ("da", "har ikke umiddelbart bekræftet", "withholds"),
    ("da", "bekræfter", "confirms"),
    ("da", "afviser at kommentere", "withholds"),
    ("da", "afviste", "denies"),
    ("da", "Det står ikke umiddelbart klart", "unclear"),
    ("da", "blev lovet", "promises"),
    ("da", "bad om", "asks"),
    ("da", "siger", None),
    ("en", "did not immediately respond to", "withholds"),
    ("en", "denied", "denies"),
    ("en", "called on", "asks"),
    ("nb", "lover", "promises"),
    ("nn", "stadfestar", "confirms"),
    ("sv", "har inte bekräftat", "withholds"),
    ("de", "wies die Vorwürfe zurück", "denies"),
]


@pytest.mark.parametrize(("code", "cue", "act"), ACTS)
def test_acts_told_by_the_words_of_the_cue(code: str, cue: str, act: str | None) -> None:
    assert load(code).act_of(cue) == act


NOUNS = [
    ("da", "borgmesteren", "borgmester", "person"), ("da", "ministeriet", "ministerium", "official"),
    ("da", "talskvinder", "talskvinde", "crowd"), ("da", "turbineproducenten", "turbineproducent", "organisation"),
    ("da", "lokalavisens", "lokalavis", "outlet"), ("da", "rapporten", "rapport", "document"),
    ("en", "spokeswoman", "spokeswoman", "spokesman"), ("en", "ministries", "ministry", "official"), ("en", "mayor's", "mayor", "person"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "word", "lemma", "sort"), NOUNS)
def test_nouns_are_known_in_their_forms(code: str, word: str, lemma: str, sort: str) -> None:
    noun = noun_of(word, code)
    assert noun is not None
    assert (noun.lemma, noun.sort) == (lemma, sort)


#: For each language: somebody's office, a body, a paper; a medium, a hedge, an open question; a time with its form.
EXAMPLES = {
    "da": ("borgmesteren", "politiet", "avisen", ("letter", "i et brev"), "angiveligt", "det vides ikke", "for tre dage siden"),
    "en": ("mayor", "police", "newspaper", ("letter", "in a letter"), "reportedly", "it is not known", "three days ago"),
    "nb": ("ordføreren", "politiet", "avisen", ("letter", "i et brev"), "angivelig", "det er uklart", "for tre dager siden"),
    "nn": ("ordføraren", "politiet", "avisa", ("letter", "i eit brev"), "truleg", "det er uklart", "for tre dagar sidan"),
    "sv": ("borgmästaren", "polisen", "tidningen", ("letter", "i ett brev"), "troligen", "det är oklart", "för tre dagar sedan"),
    "de": ("bürgermeister", "polizei", "zeitung", ("letter", "in einem brief"), "offenbar", "ist unklar", "vor drei tagen"),
}


@pytest.mark.parametrize("code", CODES)
def test_an_example_of_each_kind_of_entry(code: str) -> None:
    office, body, paper, (medium, words), hedge, question, time = EXAMPLES[code]
    assert [noun and noun.sort for noun in (noun_of(office, code), noun_of(body, code), noun_of(paper, code))] == [
        "person",
        "official",
        "outlet",
    ]
    assert pattern(code, f"media.{medium}").search(words)
    assert pattern(code, "hedges").search(hedge)
    assert pattern(code, "questions").search(question)
    (found,) = find(time, code, [Span(0, len(time))])
    assert [piece.form for piece in found.pieces] == ["ago"]


def test_media_and_names_that_all_languages_share() -> None:
    assert outlet_of("the associated press") == "AP"
    assert zones()["dr.dk"] == "Europe/Copenhagen"
    assert platform_of("truth social") == "Truth Social"
    assert (given_names()["karen"], given_names()["anders"]) == ("she", "he")
