"""Language files hold the keys that docs/languages.md names, and nothing else."""

import tomllib
from importlib import resources

import pytest

from sagt.languages import CODES, every, load

KEYS = {"abbreviations", "labels", "pointers", "acts"}


@pytest.mark.parametrize("code", CODES)
def test_keys(code: str) -> None:
    data = tomllib.loads((resources.files("sagt.languages") / f"{code}.toml").read_text("utf-8"))
    assert data.keys() == KEYS
    for key in ("abbreviations", "labels", "pointers"):
        assert data[key]
        assert len(set(data[key])) == len(data[key]), f"{key} names something twice"
        assert all(word == word.strip() and not word.endswith(".") for word in data[key])
    assert all(word == word.lower() for word in data["labels"])


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
