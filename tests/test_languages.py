"""Language files hold the keys that docs/languages.md names, and nothing else."""

import tomllib
from importlib import resources

import pytest

from sagt.languages import CODES, every, load

KEYS = {"abbreviations", "labels"}


@pytest.mark.parametrize("code", CODES)
def test_keys(code: str) -> None:
    data = tomllib.loads((resources.files("sagt.languages") / f"{code}.toml").read_text("utf-8"))
    assert data.keys() == KEYS
    for key in KEYS:
        assert data[key]
        assert len(set(data[key])) == len(data[key]), f"{key} names something twice"
        assert all(word == word.strip() and not word.endswith(".") for word in data[key])
    assert all(word == word.lower() for word in data["labels"])


def test_every_language_is_in_all_of_them() -> None:
    assert all(load(code).labels <= every().labels for code in CODES)
