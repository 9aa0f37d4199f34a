"""Agencies that a report credits, where credits stand: in the dateline or byline at its head, on its last lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sagt.types import Span

#: Lines at the head: a headline, a byline, a place, and the line that the dateline opens.
FIRST_LINES = 4
#: Lines at the end: a credit, an address, a notice of rights.
LAST_LINES = 3
#: A credit or byline that fills a line is no longer than this; a dateline ends before it.
LONGEST = 120

# Words that may stand before or after the names on a line that is a credit and nothing else. "Via Ritzau" is not among
# them: it is how a press release comes, which is the company's own word.
_WORDS = (
    r"(?:kilder?|källor|källa|quellen?|sources?|kjelder?|kreditering|credit|copyright|af|av|by|von|fra|frå|from|staff|"
    r"all rights reserved|alle rettigheder forbeholdes|\(c\)|\d{4})"  # © is among the marks around words
)
_JOINT = r"\s*(?:[/,+&·|–—-]|og|och|and|und)\s*"
_PERSON = r"(?:af|av|by|von)\s+[^\W\d_][^\n/()|]{2,60}?"
_PLACE_WORD = re.compile(r"[^\W_]+\.?$|[–—-]$")
_LOWER_IN_PLACE = {"og", "och", "and", "und", "am", "an", "der", "im", "bei", "upon", "de", "la", "in", "i", "på", "den"}
_MONTH = re.compile(r"(?:jan|feb|mar|mär|apr|ma[jiy]|jun|jul|aug|sep|o[kc]t|nov|de[cz])[^\W\d_]*\.?$", re.IGNORECASE)
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Credit:
    """An agency credited in a report."""

    name: str  #: as sagt calls it, however it is spelt there
    span: Span  #: the spelling in the text


def find(text: str) -> tuple[Credit, ...]:
    """The credits in `text`, in order of their places. Names in running sentences are no credits."""
    found: set[Credit] = set()
    for line in _first_lines(text):
        found |= set(_whole(text, line)) | set(_dateline(text, line))
    for line in _last_lines(text):
        found |= set(_whole(text, line)) | set(_closing(text, line))
    return tuple(sorted(found, key=lambda credit: credit.span))


def names(text: str) -> tuple[str, ...]:
    """The names of the agencies credited in `text`, each once, in order."""
    return tuple(dict.fromkeys(credit.name for credit in find(text)))


def agency(name: str) -> str | None:
    """The name that sagt uses for a news agency, if that is what `name` is a spelling of."""
    return _agencies().get(name.strip().casefold())


def _first_lines(text: str) -> list[Span]:
    found: list[Span] = []
    for match in _LINE.finditer(text):
        if match[0].strip():
            found.append(_trimmed(text, *match.span()))
        if len(found) == FIRST_LINES:
            break
    return found


def _last_lines(text: str) -> list[Span]:
    found: list[Span] = []
    end = len(text)
    while end > 0 and len(found) < LAST_LINES:
        start = text.rfind("\n", 0, end) + 1
        if text[start:end].strip():
            found.append(_trimmed(text, start, end))
        end = start - 1
    return found


def _trimmed(text: str, start: int, end: int) -> Span:
    line = text[start:end]
    return Span(start + len(line) - len(line.lstrip()), start + len(line.rstrip()))


def _whole(text: str, line: Span) -> Iterator[Credit]:
    """A line that holds names of agencies and words of crediting alone, or a byline that ends in them."""
    short = line.end - line.start <= LONGEST and _patterns()["name"].search(text, *line)
    if short and (match := _patterns()["line"].fullmatch(text, *line)):
        yield from _named(text, Span(*match.span("names")))


def _dateline(text: str, line: Span) -> Iterator[Credit]:
    """Names in brackets or strokes that open the line, or follow a place and a date only."""
    head = Span(line.start, min(line.end, line.start + LONGEST))
    match = _patterns()["group"].search(text, *head)
    if match is None or not _is_place(text[line.start : match.start()]):
        return
    # A dash or colon parts a dateline from the text; without it only brackets at the very start are one.
    if match.start() == line.start or _patterns()["after"].match(text, match.end(), line.end):
        yield from _named(text, Span(*match.span()))


def _closing(text: str, line: Span) -> Iterator[Credit]:
    """Names in strokes, or in brackets after a finished sentence, that end the line."""
    tail = Span(max(line.start, line.end - LONGEST), line.end)
    for match in _patterns()["group"].finditer(text, *tail):
        before = text[max(line.start, match.start() - 3) : match.start()].rstrip()
        if match.end() == line.end and (match[0].startswith("/") or not before or before[-1] in ".!?…\"'”’»“"):
            yield from _named(text, Span(*match.span()))


def _is_place(before: str) -> bool:
    words = before.replace(",", " ").replace("/", " ").split()
    return len(words) <= 8 and all(map(_may_stand_in_place, words))


def _may_stand_in_place(word: str) -> bool:
    small = word.lower()
    if not all(map(_PLACE_WORD.match, filter(None, re.split(r"[’'-]", word)))):
        return False
    return not word[0].islower() or small in _LOWER_IN_PLACE or bool(_MONTH.match(word))


def _named(text: str, within: Span) -> Iterator[Credit]:
    for match in _patterns()["name"].finditer(text, *within):
        # Ignoring case, a pattern also takes a few letters (dotted capital I) that casefold keeps apart.
        if agency := _agencies().get(match[0].casefold()):
            yield Credit(agency, Span(*match.span()))


@cache
def _agencies() -> dict[str, str]:
    """Canonical name by spelling."""
    data = tomllib.loads(resources.files("sagt.languages").joinpath("agencies.toml").read_text("utf-8"))
    return {form.casefold(): agency["name"] for agency in data["agency"] for form in agency["forms"]}


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    forms = "|".join(re.escape(form) for form in sorted(_agencies(), key=len, reverse=True))
    name = rf"(?<![^\W_])(?:{forms})(?![^\W_])"
    some = rf"(?:©\s*)?{name}(?:{_JOINT}{name}){{0,4}}"
    local = r"(?:/[a-z]{2,4})?"  # dpa's regional desks: (dpa/lno)
    around = rf"[\s/,:.;|©()–—-]*(?:{_WORDS}[\s/,:.;|©()–—-]*){{0,4}}"
    return {
        "name": re.compile(name, re.IGNORECASE),
        "group": re.compile(rf"\({some}{local}\)|/{some}{local}/", re.IGNORECASE),
        "line": re.compile(rf"(?:{_PERSON}(?:{_JOINT}|\s+))?{around}(?P<names>{some}){around}", re.IGNORECASE),
        "after": re.compile(r"\s*(?:[:.–—-]|$)"),
    }
