"""The words of the interface, by language: words/*.toml, over what the page of a reading already says (export/words.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

#: The languages that the interface speaks; the first is what it speaks to who asks for none of them.
LANGUAGES = ("en", "da")


@cache
def phrases(language: str) -> dict[str, str]:
    """All phrases of a language by key ("wire.title", "acts.states"), over those of English."""
    page = tomllib.loads(files("sagt.export").joinpath("words.toml").read_text("utf-8"))[language]
    own = tomllib.loads(files("sagt.desk").joinpath("words", f"{language}.toml").read_text("utf-8"))
    found = dict(_flat(page)) | dict(_flat(own))
    return found if language == LANGUAGES[0] else phrases(LANGUAGES[0]) | found


def phrase(language: str, key: str, **values: object) -> str:
    """The phrase for a key, with its {fields} filled in."""
    return pattern(language, key, values.get("count")).format(**values)


def pattern(language: str, key: str, count: object = None) -> str:
    """The phrase for a key, its {fields} as they stand; the key itself where no language has it, so that no page fails for a word.

    What is counted ("takes") may have a form for one: "takes_one" is taken where `count` is 1."""
    known = phrases(language)
    return known.get(f"{key}_one", known.get(key, key)) if count == 1 else known.get(key, key)


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        elif isinstance(value, str):
            yield above + key, value
