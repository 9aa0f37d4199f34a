"""Time expressions found in a text: what they are called, not yet when they are. The words and forms are data ("calendar" in each
language file). Pure; works only where a sentence has a word of the calendar or a number.

A form of the data makes a piece ("mandag", "aften", "dansk tid"); pieces that stand together and do not contradict each other make one
expression ("sent mandag aften dansk tid")."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sagt.languages import CODES, alternatives, table
from sagt.types import Span

Values = Mapping[str, Any]

#: What pieces say, by their form: of each slot an expression has one at most.
_SLOTS = {
    "day": "date numeric iso day_of_month weekday genitive_weekday last_weekday next_weekday this_weekday days holiday last_holiday "
    "next_holiday month last_month this_month next_month season last_season next_season quarter half year decade decade_word century ago "
    "ahead last this next week_number unit fiscal_year weekend the_quarter nth_weekday last_of weekdays_ago "
    "weekdays_ahead weekday_after_next",
    "part": "part part_alone last_part this_part",
    "clock": "clock bare_clock half_to half_past quarter_past quarter_to minutes_past minutes_to hour_about midnight noon",
    "zone": "zone",
    "modifier": "early middle late first_half second_half",
    "whole": "whole",
    "night_to": "night_to",
    "alone": "duration set present past future",
}
SLOTS = {form: slot for slot, forms in _SLOTS.items() for form in forms.split()}
#: Pairs of pieces that both name days, and may stand in one expression: the first within or beside the second.
_TOGETHER = {
    "weekday": {"date", "numeric", "day_of_month", "last", "this", "next", "holiday", "days", "week_number", "ahead", "iso", "weekend"},
    "days": {"date", "weekday", "numeric", "day_of_month"},
    "date": {"weekday", "last", "this", "next", "year"},
    "month": {"last", "this", "next", "year"},
    "season": {"last", "this", "next", "year"},
    "quarter": {"last", "this", "next", "year", "fiscal_year"},
    "half": {"last", "this", "next", "year", "fiscal_year"},
    "holiday": {"last", "this", "next", "year", "date"},
    "unit": {"last", "this", "next", "year", "month", "date", "decade"},
    "day_of_month": {"last", "this", "next", "weekday"},
}
#: Pieces that are no expression by themselves.
_NEVER_ALONE = {"bare_clock", "zone", "early", "middle", "late", "first_half", "second_half", "whole", "night_to", "part", "unit"}
_NUMBERS = {
    "day": r"3[01]|[12]\d|0?[1-9]", "year": r"(?:1[5-9]|20)\d\d|[’']\d\d(?!\w)", "year4": r"(?:1[5-9]|20)\d\d", "year2": r"\d\d",
    "monthnumber": r"1[0-2]|0?[1-9]", "hour": r"2[0-4]|1\d|0?\d", "minute": r"[0-5]\d", "second": r"[0-5]\d", "nth": r"[1-9]\d?",
    "decade2": r"[0-9]0", "year3": r"1[5-9]\d|20\d", "century2": r"1\d|20", "hour2": r"[01]\d|2[0-3]", "digits": r"\d{1,4}",
}  # fmt: skip
_ISO = {"iso": [r"{year4}-{month2}-{day2}(?:(?:T| ){hour2}:{minute}(?::\d\d)?)?"]}
_RANGE_AFTER, _RANGE_BEFORE = re.compile(r"[-–](?:1[5-9]|20)\d\d(?!\w)"), re.compile(r"(?<!\w)(?:1[5-9]|20)\d\d[-–]$")
_PLACE = re.compile(r"\{(\w+)\}")
_BLANK = re.compile(r" |\[[^\]]*\]")
_SPACE = r"(?:(?:[^\S\n]+\n?|\n)[^\S\n]*)"
_WORD = re.compile(r"[\w’'.]+")
#: So many characters before the first word of the calendar an expression may begin ("i begyndelsen af januar"), or go on after the last.
_AROUND = 30


@dataclass(frozen=True, slots=True)
class Piece:
    """What one form matched."""

    form: str
    span: Span
    values: Values

    @property
    def slot(self) -> str:
        return SLOTS[self.form]


@dataclass(frozen=True, slots=True)
class Expression:
    """Pieces that name one time together."""

    span: Span
    pieces: tuple[Piece, ...]
    relation: str | None = None  #: since, until, by, before, after: the word before it

    def of(self, slot: str) -> Piece | None:
        """The piece in a slot."""
        return next((p for p in self.pieces if p.slot == slot), None)

    def form(self, *forms: str) -> Piece | None:
        """The first piece of one of some forms."""
        return next((p for p in self.pieces if p.form in forms), None)


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    pattern: re.Pattern[str]
    marked: bool


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The calendar of a language, ready to match."""

    forms: tuple[_Form, ...]
    trigger: re.Pattern[str]
    glue: re.Pattern[str]
    lexicon: Mapping[str, Mapping[str, Any]]
    relations: tuple[tuple[str, re.Pattern[str]], ...]
    capitals: frozenset[str]
    before_year: frozenset[str]


def find(text: str, code: str | None, sentences: Sequence[Span]) -> list[Expression]:
    """All time expressions, in order."""
    calendar = _calendar(code if code in CODES else "en")
    out: list[Expression] = []
    for sentence in sentences:
        hits = [m.start() for m in calendar.trigger.finditer(text, *sentence)]
        if hits:
            out += _in_sentence(text, sentence, hits, calendar)
    return out


def _in_sentence(text: str, sentence: Span, hits: Sequence[int], calendar: _Calendar) -> Iterator[Expression]:
    pieces: list[Piece] = []
    free = sentence.start
    for match in _WORD.finditer(text, *sentence):
        at = match.start()
        near = bisect_left(hits, at)
        if at < free or near >= len(hits) or hits[near] - at > _AROUND:
            continue
        piece = _longest(text, at, sentence.end, calendar)
        if piece is None and match[0][0] in "'.’":
            piece = _longest(text, at + 1, sentence.end, calendar)
        if piece is not None:
            pieces.append(piece)
            free = max(piece.span.end, at + 1)
    yield from _expressions(text, sentence, pieces, calendar)


def _longest(text: str, at: int, end: int, calendar: _Calendar) -> Piece | None:
    best: tuple[int, Piece] | None = None
    for form in calendar.forms:
        match = form.pattern.match(text, at, end)
        if match and (best is None or match.end() > best[0]):
            span = Span(*match.span("x")) if form.marked else Span(*match.span())
            values = _values(match, calendar)
            if span.end > span.start and _plausible(text, form.name, span, values, calendar):
                best = match.end(), Piece(form.name, span, values)
    return best[1] if best else None


def _values(match: re.Match[str], calendar: _Calendar) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, words in match.groupdict().items():
        if words is None or key == "x":
            continue
        name = key.rstrip("_")
        if name.startswith("unit_"):
            out["unit"] = name.removeprefix("unit_")
            continue
        low = re.sub(r"\s+", " ", words.lower())
        if name in calendar.lexicon and low in calendar.lexicon[name]:
            out[key] = calendar.lexicon[name][low]
        else:
            digits = re.sub(r"\D", "", words)
            out[key] = int(digits) if digits else words
    for name in ("month2", "monthnumber"):
        if name in out:
            out["month"] = out.pop(name)
    if "day2" in out:
        out["day"] = out.pop("day2")
    if "hour2" in out:
        out["hour"] = out.pop("hour2")
    for name in ("year4", "year2"):
        if name in out:
            out["year"] = out.pop(name)
    if "year" in out and out["year"] < 100:
        out["year"] += 2000 if out["year"] < 50 else 1900
    return out


def _plausible(text: str, form: str, span: Span, values: Values, calendar: _Calendar) -> bool:
    """False for words that only look like a time: "may" in small letters, a number that is no year."""
    words = span.of(text)
    if form in ("month", "weekday", "season") and words.lower() in calendar.capitals and not words[0].isupper():
        return False
    if form == "year":
        return _is_year(text, span, calendar)
    if form in ("numeric", "bare_clock") and re.match(r"[.,:/-]?\d", text[span.end : span.end + 2]):
        return False
    return not (values.get("month", 1) > 12 or values.get("day", 1) > 31)


def _is_year(text: str, span: Span, calendar: _Calendar) -> bool:
    before, after = text[max(0, span.start - 24) : span.start], text[span.end : span.end + 24]
    if _RANGE_AFTER.match(after) or _RANGE_BEFORE.search(before):
        return True
    if before[-1:] in tuple("$£€#-–+/.") or re.match(r"[.,:]\d|\s?[%‰°]|-\d|\w", after) or re.search(r"\d[.,\s]$", before):
        return False
    last = re.search(r"([\w’']+)[ ,(]*$", before)
    if (last and last[1].lower() in calendar.before_year) or before.endswith("("):
        return True
    return "" in calendar.before_year and not re.match(r"\s+[a-zæøåäöüß]+s\b", after)


def _expressions(text: str, sentence: Span, pieces: Sequence[Piece], calendar: _Calendar) -> Iterator[Expression]:
    group: list[Piece] = []
    for piece in pieces:
        if group and not _joins(text, group, piece, calendar):
            yield from _closed(text, sentence, group, calendar)
            group = []
        group.append(piece)
    yield from _closed(text, sentence, group, calendar)


def _joins(text: str, group: Sequence[Piece], piece: Piece, calendar: _Calendar) -> bool:
    between = text[group[-1].span.end : piece.span.start]
    if "alone" in (piece.slot, group[-1].slot) or not calendar.glue.fullmatch(" ".join(between.split())):
        return False
    if (
        len(between) > 1
        and "," in between
        and piece.slot != "zone"
        and {piece.slot, group[-1].slot} not in ({"day"}, {"day", "clock"}, {"clock", "part"})
    ):
        return False
    same = [p for p in group if p.slot == piece.slot]
    if not same:
        return not (piece.slot in ("modifier", "whole", "night_to") and any(p.slot in ("day", "part", "clock", "zone") for p in group))
    if piece.slot != "day" or len(same) > 2:
        return False
    return all(piece.form in _TOGETHER.get(p.form, ()) or p.form in _TOGETHER.get(piece.form, ()) for p in same)


def _closed(text: str, sentence: Span, group: list[Piece], calendar: _Calendar) -> Iterator[Expression]:
    while group and group[-1].slot in ("modifier", "whole", "night_to"):
        group = group[:-1]
    while group and group[0].slot == "zone":
        group = group[1:]
    if not group or (all(p.form in _NEVER_ALONE for p in group) and not _bare_but_clear(group)):
        return
    span = Span(group[0].span.start, group[-1].span.end)
    before = text[max(sentence.start, span.start - 24) : span.start]
    relation = next((name for name, pattern in calendar.relations if pattern.search(before)), None)
    yield Expression(span, tuple(group), relation)


def _bare_but_clear(group: Sequence[Piece]) -> bool:
    """ "14.30 lokal tid": a number is a clock time with a zone or a part of day; "sidst på ugen" is a time though "ugen" is none."""
    slots = {p.slot for p in group}
    if {"whole", "day"} <= slots:
        return True
    return {"clock", "zone"} <= slots or {"clock", "part"} <= slots or {"modifier", "part"} <= slots or {"modifier", "day"} <= slots or {
        "zone", "part"} <= slots  # fmt: skip


@cache
def _calendar(code: str) -> _Calendar:
    data = table(code)["calendar"]
    lexicon = _lexicon(data)
    patterns = {name: "|".join(_escaped(words) for words in sorted(entries, key=len, reverse=True)) for name, entries in lexicon.items()}
    patterns |= _NUMBERS | {"month2": r"0[1-9]|1[0-2]", "day2": r"[0-2]\d|3[01]"}
    patterns |= {f"unit_{name}": _row(row) for name, row in data["units"].items()}
    patterns["n"] = rf"\d{{1,4}}|{patterns['n']}"
    patterns["number"] = rf"\d{{1,2}}|{patterns['number']}"
    forms = [
        _Form(name, _compiled(form, patterns), "⟨" in form)
        for name, rows in ({"days": ["{days}"]} | data["forms"] | _ISO).items()
        for form in rows
    ]
    words = [
        w
        for name in ("weekday", "month", "unit", "part", "season", "holiday", "days", "zone", "halfday", "decadeword", "often")
        for w in lexicon[name]
    ]
    words += data.get("triggers", [])
    relations = tuple((name, re.compile(r"(?<!\w)(?:" + rows + r")\s+$", re.IGNORECASE)) for name, rows in data["relations"].items())
    whole = alternatives(words).pattern.removesuffix(r"(?!\w)")
    trigger = re.compile(whole + r"['’]?\w{0,3}(?!\w)|\d+", re.IGNORECASE)
    return _Calendar(
        tuple(forms), trigger, re.compile("|".join(data["glue"]), re.IGNORECASE), lexicon, relations,
        frozenset(data["capitals"]), frozenset(data["before_year"]),
    )  # fmt: skip


def _lexicon(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    def keyed(rows: Sequence[str], first: int) -> dict[str, int]:
        return {word.lower(): i for i, row in enumerate(rows, first) for word in row.split("|")}

    def named(rows: Mapping[str, str]) -> dict[str, str]:
        return {word.lower().replace("\\", ""): name for name, row in rows.items() for word in row.split("|")}

    def valued(rows: Mapping[str, str]) -> dict[str, str]:
        return {word.lower().replace("\\", ""): value for row, value in rows.items() for word in row.split("|")}

    numbers = keyed(data["numbers"], 1)
    return {
        "weekday": keyed(data["weekdays"], 0),
        "month": keyed(data["months"], 1),
        "n": numbers | dict.fromkeys(data["some"].split("|"), 0),
        "number": numbers,
        "ordinal": keyed(data["ordinals"], 1),
        "unit": named(data["units"]),
        "part": named(data["parts"]),
        "season": named(data["seasons"]),
        "holiday": valued(data["holidays"]),
        "zone": valued(data["zones"]),
        "days": valued(data["days"]),
        "halfday": named(data.get("halfdays", {"am": "\0"})),
        "often": named(data.get("often", {"day": "\0"})),
        "decadeword": valued(data["decades"]),
    }


def _row(row: str) -> str:
    """ "uge|uger" as a pattern."""
    return "|".join(_escaped(words) for words in sorted(row.split("|"), key=len, reverse=True))


def _escaped(words: str) -> str:
    return re.escape(words).replace(r"\ ", _SPACE)


def _compiled(form: str, patterns: Mapping[str, str]) -> re.Pattern[str]:
    """A form as a pattern: each place a named group (a second one of a name gets "_"), "⟨ ⟩" the group "x", spaces any white space."""
    seen: Counter[str] = Counter()

    def group(match: re.Match[str]) -> str:
        seen[match[1]] += 1
        return f"(?P<{match[1]}{'_' * (seen[match[1]] - 1)}>{patterns[match[1]]})"

    spaced = _BLANK.sub(lambda m: _SPACE if m[0] == " " else m[0], form)
    body = _PLACE.sub(group, spaced.replace("⟨", "(?P<x>").replace("⟩", ")"))
    return re.compile(rf"(?<!\w)(?:{body})(?!\w)", re.IGNORECASE)
