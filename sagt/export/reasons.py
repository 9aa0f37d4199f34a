"""The engine's reasons in a reader's words: what it gives ("through AP") is a key, and reasons.toml has what a page says for it. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

#: What joins reasons, and so stands in no field.
JOINT = "; "
_ANYTHING = rf"(?:(?!{JOINT}).)+?"
_FIELD = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which the engine gives a reason, and the words for it."""

    key: str
    pattern: re.Pattern[str]
    words: Mapping[str, str]  #: by language; in English its key, where there are none

    def of(self, language: str) -> str:
        """The words in a language, with their {fields}."""
        return self.words.get(language, self.words.get("en", self.key))


def in_words(kind: str, reason: str, language: str, **more: object) -> str:
    """What a page says for a reason of a kind; the reason as it stands where there are no words for it.

    `more`: fields of the words that are not in the reason: by how much, how often."""
    return told(kind, reason, language, **more) or reason


@lru_cache(10_000)
def told(kind: str, reason: str, language: str, **more: object) -> str | None:
    """What a page says for a reason of a kind, whole or part by part; None if there are no words for some of it."""
    whole = _whole(kind, reason, language, more)
    if whole is not None or JOINT not in reason:
        return whole
    parts = [_whole(kind, part, language, more) for part in reason.split(JOINT)]
    return None if None in parts else JOINT.join(filter(None, parts))


def _whole(kind: str, reason: str, language: str, more: Mapping[str, object]) -> str | None:
    for form in forms()[kind]:
        if found := form.pattern.fullmatch(reason):
            fields = {name: told(name, said, language) if name in forms() else said for name, said in found.groupdict().items()}
            if None not in fields.values():
                return form.of(language).format(**{**fields, **more})
    return None


@cache
def forms() -> Mapping[str, tuple[Form, ...]]:
    """All reasons that have words, by kind, in the order in which they are tried."""
    tables = tomllib.loads(files("sagt.export").joinpath("reasons.toml").read_text("utf-8"))
    closed = {kind: "|".join(map(re.escape, table)) for kind, table in tables.items() if not any(map(_FIELD.search, table))}
    return {kind: tuple(Form(key, _pattern(key, closed), words) for key, words in table.items()) for kind, table in tables.items()}


def _pattern(key: str, closed: Mapping[str, str]) -> re.Pattern[str]:
    """What a key fits: a field that one of a table's words must stand in, or anything."""
    parts = _FIELD.split(key)
    fields = (f"(?P<{name}>{closed.get(name, _ANYTHING)})" for name in parts[1::2])
    return re.compile("".join(re.escape(part) + next(fields, "") for part in parts[::2]), re.DOTALL)
