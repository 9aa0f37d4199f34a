"""What can be compared in a text without understanding it: its numbers, names and words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sagt import languages, words
from sagt.types import Span

#: Shortest word that says something; shorter ones are grammar in all our languages.
SHORTEST = 4

_DIGITS = r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?"
_NUMBER = re.compile(
    rf"(?<![\w.,/-])({_DIGITS})(?!/|[.,]\d)(?=(?:bn|m)\b|\W|$)(?:[\s\u00a0-]?([^\W\d_]+)\.?)?|(?<!\w)([^\W\d_]+(?:-[^\W\d_]+)?)(?!\w)"
)
#: An hour of the day: "klokken 18.30", "6:30 pm", "18 Uhr".
_HOUR = re.compile(
    r"(?<![\w.,])(?:(?:klokken|klockan|kl\.?|um)\s*(?P<a>\d{1,2})(?:[.:](?P<am>[0-5]\d))?(?![\d%])|(?P<b>\d{1,2})(?:[.:](?P<bm>[0-5]\d))?"
    r"\s*(?P<half>[ap])\.?\s?m\b|(?P<c>\d{1,2}):(?P<cm>[0-5]\d)(?!\d)|(?P<d>\d{1,2})(?:[.:](?P<dm>[0-5]\d))?\s*Uhr\b)",
    re.IGNORECASE,
)
#: Words with capitals in a row.
NAME = re.compile(r"(?<!\w)[A-ZÆØÅÄÖÜÉ][\w’'-]*(?:\s+(?:[A-ZÆØÅÄÖÜÉ][\w’'-]*))*")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in a text."""

    value: float
    span: Span
    about: bool = False  #: a word before it makes it less than exact ("mindst 400", "up to 40")
    kind: str = "count"  #: "hour", "day" and "year" are told apart from what is counted


def numbers(text: str, language: str | None, apart: Iterable[Span] = ()) -> list[Number]:
    """The numbers of a text, in digits and in words. `apart`: places that are no numbers, such as times.

    "1.200" is twelve hundred and "1,200" too; with another count of digits behind it a mark is a decimal one. One, a and an count
    as numbers in digits only: they are articles, too."""
    found = [hour for hour in _hours(text) if not any(hour.span.overlaps(other) for other in apart)]
    taken = [*apart, *(hour.span for hour in found)]
    for match in _NUMBER.finditer(text):
        span = Span(*match.span(1 if match[1] else 3))
        value = _digits(match[1]) if match[1] else _worth(language).get(match[3].casefold())
        if value is None or any(span.overlaps(other) for other in taken):
            continue
        follows = match[2] if match[1] else _next_word(text, span.end)
        times = 1_000_000 if _is_million(text, match) else _times().get((follows or "").casefold().rstrip("."), 1)
        about = bool(_about().search(text[max(0, span.start - 20) : span.start]))
        found.append(Number(value * times, span, about, _kind(text, span, value)))
    return sorted(found, key=lambda one: one.span)


def _is_million(text: str, number: re.Match[str]) -> bool:
    """True for "£12m"; "150m" is so many metres."""
    return number[2] == "m" and text[max(0, number.start() - 1) : number.start()] in tuple("£$€")


def _hours(text: str) -> Iterator[Number]:
    for match in _HOUR.finditer(text):
        hour = next(int(match[name]) for name in "abcd" if match[name])
        minute = next((int(match[name]) for name in ("am", "bm", "cm", "dm") if match[name]), 0)
        half = (match["half"] or "").lower()
        hour = hour % 12 + 12 * (half == "p") if half else hour
        yield Number(hour + minute / 100, Span(*match.span()), kind="hour")


def _kind(text: str, span: Span, value: float) -> str:
    """What a number is of: a day beside the name of its month, a year, or a count."""
    before = re.search(r"(\w+)\.?\s+$", text[max(0, span.start - 15) : span.start])
    after = re.match(r"\.?\s+(\w+)", text[span.end : span.end + 15])
    if any(near is not None and near[1].casefold() in _months() for near in (before, after)):
        return "day" if value <= 31 else "year"
    return "year" if re.fullmatch(r"(?:19|20)\d\d", span.of(text)) else "count"


@cache
def _months() -> frozenset[str]:
    rows = (row for code in languages.CODES for row in languages.table(code)["calendar"]["months"])
    return frozenset(form.rstrip(".") for row in rows for form in row.casefold().split("|"))


def _next_word(text: str, at: int) -> str:
    match = re.compile(r"\s+([^\W\d_]+)").match(text, at)
    return match[1] if match else ""


def _digits(words_: str) -> float | None:
    bare = re.sub(r"[\u00a0\u202f ]", "", words_)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", bare):
        return float(re.sub(r"[.,]", "", bare))
    try:
        return float(bare.replace(",", "."))
    except ValueError:
        return None


@cache
def _worth(language: str | None) -> dict[str, float]:
    own = languages.table(languages.or_english(language))["calendar"]["numbers"]
    found = {form: float(number) for number, forms in enumerate(own, 1) if number > 1 for form in forms.split("|")}
    return found | {form: float(number) for number, forms in languages.table("numbers")["worth"].items() for form in forms.split("|")}


@cache
def _times() -> dict[str, int]:
    return {form: int(number) for number, forms in languages.table("numbers")["times"].items() for form in forms.split("|")}


@cache
def _about() -> re.Pattern[str]:
    forms = (" ".join(form.split()) for form in languages.table("numbers")["about"]["words"].split("|"))
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(forms, key=len, reverse=True))) + r")\.?\s+$", re.IGNORECASE)


def names(text: str) -> frozenset[str]:
    """Words with a capital that do not open a sentence, folded: names, in most languages; in German nouns, too."""
    found = set()
    for match in NAME.finditer(text):
        opens = not text[: match.start()].rstrip(" \"'»«“”„–-").strip() or text[: match.start()].rstrip(" \"'»«“”„–-")[-1:] in ".!?:\n"
        parts = match[0].split()
        found |= {_genitive(words.fold(part)) for part in (parts[1:] if opens and len(parts) > 1 else [] if opens else parts)}
    return frozenset(one for one in found if len(one) > 1)


def _genitive(name: str) -> str:
    return re.sub(r"(?:['’]s|s|['’])$", "", name) if len(name) > SHORTEST else name


def bag(text: str, language: str | None) -> frozenset[str]:
    """The stems of a text's longer words."""
    return frozenset(words.stem(words.fold(word), language) for word in re.findall(r"\w+", text) if len(word) >= SHORTEST)


def negations(text: str, language: str | None) -> int:
    """How many words of a text deny."""
    known = languages.load(language).negations
    return sum(word in known or word.endswith(("n't", "n’t")) for word in re.findall(r"[\w’']+", text.casefold()))


def starts(rows: Sequence[str]) -> re.Pattern[str]:
    """A pattern for words that begin so, or, with a full stop, that are so."""
    return re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(r[:-1]) + r"(?!\w)" if r.endswith(".") else re.escape(r) for r in rows) + ")", re.IGNORECASE
    )


def shingles(text: str, size: int) -> Iterator[tuple[str, ...]]:
    """Every run of so many words, folded."""
    found = [words.fold(word) for word in re.findall(r"\w+", text)]
    return zip(*(found[at:] for at in range(size)), strict=False)
