"""New versions, corrections, kills and repeats: one model over all the ways in which outlets say so. Pure.

Two questions: what a report says of itself (`signal`, from fields of its format and from words), and which earlier report it is a
new take of (`predecessor`, among those that a store offers)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from functools import cache

from sagt import languages
from sagt.types import Report, Signal, SignalKind, Span, Status

#: Kinds by weight: a kill that also says that it is an update is a kill.
WEIGHT = (SignalKind.KILL, SignalKind.CORRECTION, SignalKind.REPEAT, SignalKind.UPDATE)
#: Characters at the head of a text where a take says what it is.
HEAD = 400
#: A version number below this is a counter, so that a second version is a new version; agencies also put clocks or hashes there.
LARGEST_COUNTER = 1000
#: How long after a report another of its slug or headline may be a new take of it, and how alike the headlines then are.
#: Börsen's own detector for Ritzau copy uses 24 hours and 0.8 (formats.md, 4.1).
WITHIN = timedelta(hours=24)
ALIKE = 0.8
#: How long after a report its correction or kill may come, where the headline is the same but for its marks.
MENDED_WITHIN, SAME = timedelta(days=7), 0.95
#: Words that the headline of a correction or kill must have, for it to be told by these words alone.
LEAST_WORDS = 3

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Known:
    """A report among others of its store."""

    report: Report
    seq: int  #: order of arrival
    at: datetime  #: when it was published, or else when it came


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The report that another is a new take of."""

    seq: int
    why: str


def signal(said: Iterable[tuple[SignalKind, str]], words: Mapping[str, str | None]) -> Signal | None:
    """What a report says of itself: `said` by fields of its format, and by its `words`: headline, slug, note, text.

    The weightiest kind wins, and all the evidence for it is kept."""
    found = [*said, *_in_words(words)]
    for kind in WEIGHT:
        evidence = tuple(dict.fromkeys(mark for of, mark in found if of is kind))
        if evidence:
            return Signal(kind, evidence)
    return None


def status(told: Status | None, what: Signal | None) -> Status:
    """How a report stands with its publisher: as its format tells, else by its signal."""
    if told in (Status.CANCELED, Status.WITHHELD):
        return told
    if what and what.kind is SignalKind.KILL:
        return Status.CANCELED
    return Status.CORRECTED if what and what.kind is SignalKind.CORRECTION else told or Status.USABLE


def counter(version: str | None) -> int | None:
    """A version as a number, where it is a counter."""
    digits = (version or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 and int(digits) < LARGEST_COUNTER else None


def base(mark: str) -> str:
    """A headline or slug without the marks of a take, in small letters: what stays the same from take to take."""
    for _ in range(_ROUNDS):
        before = mark
        for patterns in _patterns().values():
            for field in ("headline", "slug"):
                mark = patterns[field].sub(" ", mark)
        mark = " ".join(mark.split()).strip(" ,;:-–+/")
        if mark == before:
            break
    return mark.casefold()


def predecessor(one: Known, others: Iterable[Known]) -> Predecessor | None:
    """Which of the `others` a report is a new take of; None if of none of them. The order in which they came plays no part where
    they are dated.

    By the outlet's own names for what it replaces; by the same name, or the same address, with a lower version or an earlier
    time; and, where the report itself says that it is a new take, by slug and headline within a day, or, where it mends or kills, by the
    same headline within a week. The latest wins."""
    around = sorted((o for o in others if o.seq != one.seq), key=_order, reverse=True)
    for name in one.report.item.replaces:
        for other in around:
            if name in names(other.report) and (other.report.item.guid != one.report.item.guid or _order(other) < _order(one)):
                return Predecessor(other.seq, f"it says that it replaces {name}")
    for other in around:
        if _order(other) < _order(one) and (why := _same(one.report, other.report) or _likely(one, other)):
            return Predecessor(other.seq, why)
    return None


def names(report: Report) -> tuple[str, ...]:
    """The names by which other items may refer to a report."""
    return tuple(name for name in (report.item.guid, *report.item.ids) if name)


def near(report: Report, at: datetime, *, around: bool) -> tuple[str, ...]:
    """Keys that a report shares with takes of it that are told by slug or headline: its outlet, the day, and its slug or one of the
    longest words of its headline. With `around` also of the days around in which a take of it, or what it is a take of, may lie."""
    slug, title = base(report.item.slug or ""), base(report.title or "")
    longest = sorted(_words(title), key=lambda word: (-len(word), word))[:3]
    back = MENDED_WITHIN.days if _mends(report) else WITHIN.days
    days = [at.date() + timedelta(days=n) for n in (range(-back, MENDED_WITHIN.days + 1) if around else (0,))]
    return tuple(f"{report.outlet}|{day}|{key}" for day in days for key in (*longest, *([f"slug {slug}"] if slug else [])))


def _order(known: Known) -> tuple[datetime, int, int]:
    return known.at, counter(known.report.item.version) or 0, known.seq


def _same(report: Report, other: Report) -> str | None:
    guid, theirs = report.item.guid, other.item.guid
    if guid and guid == theirs:
        return f"the same item, {guid}"
    if report.url and report.url == other.url and report.outlet == other.outlet:
        # Feeds without addresses of their own link all their entries to the front page.
        alike = not (guid and theirs) or _likeness(base(report.title or ""), base(other.title or "")) >= ALIKE
        return f"the same address, {report.url}" if alike else None
    return None


def _likely(one: Known, other: Known) -> str | None:
    report, before, later = one.report, other.report, one.at - other.at
    said = report.item.signal
    if said is None or report.outlet != before.outlet or report.language != before.language or later > MENDED_WITHIN:
        return None
    title, earlier = base(report.title or ""), base(before.title or "")
    likeness = _likeness(title, earlier)
    if later > WITHIN:
        same = _mends(report) and likeness >= SAME
        return f"it says {said.evidence[0]!r}, and its headline is that of an item of the week before it" if same else None
    if likeness >= ALIKE:
        return f"it says {said.evidence[0]!r}, and its headline is like that of an item of the day before it ({likeness:.2f})"
    if _mends(report) and len(_words(title)) >= LEAST_WORDS and _words(title) <= _words(earlier):
        return f"it says {said.evidence[0]!r}, and the headline of an item of the day before it has all words of its own"
    slug = base(report.item.slug or "")
    if slug and slug == base(before.item.slug or "") and _shared(report.text, before.text):
        return f"it says {said.evidence[0]!r}, and has the slug {slug!r} and much of the text of an item of the day before it"
    return None


def _mends(report: Report) -> bool:
    """True for a report that says that it corrects or kills another."""
    return report.item.signal is not None and report.item.signal.kind in (SignalKind.CORRECTION, SignalKind.KILL)


def _words(title: str) -> set[str]:
    return set(re.findall(r"\w{4,}", title))


def notes(text: str) -> list[Span]:
    """Where a correction tells what was wrong, and what is right: its paragraphs that speak of an earlier version."""
    marks = [_patterns()[SignalKind.CORRECTION][field] for field in ("text", "paragraph")]
    return [Span(*m.span()) for m in re.finditer(r"[^\n]+", text) if any(mark.search(m[0]) for mark in marks)]


def _likeness(a: str, b: str) -> float:
    return SequenceMatcher(None, a[:300], b[:300], autojunk=False).ratio() if a and b else 0.0


def _shared(a: str, b: str) -> bool:
    """True if a third of the shorter text's words in fours stand in the other, too."""
    ours, theirs = _fours(a), _fours(b)
    return bool(ours and theirs) and len(ours & theirs) * 3 >= min(len(ours), len(theirs))


def _fours(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text[:20_000].casefold())
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))


def moment(report: Report) -> datetime | None:
    """When this version was published."""
    stamps = [s.instant for s in report.item.stamps if s.kind.value in ("published", "updated") and s.instant]
    if stamps:
        return max(stamps)
    try:
        given = datetime.fromisoformat(report.published or "")
    except ValueError:
        return None
    return given if given.tzinfo else None


def _in_words(words: Mapping[str, str | None]) -> Iterator[tuple[SignalKind, str]]:
    for kind, patterns in _patterns().items():
        for field, pattern in patterns.items():
            if match := pattern.search((words.get(field) or "")[:HEAD]):
                mark = " ".join(match[0].split()).strip(" ,;:–")
                yield kind, f"{field}: {mark[:80]}"


@cache
def _patterns() -> dict[SignalKind, dict[str, re.Pattern[str]]]:
    table = languages.table("takes")
    return {
        kind: {field: re.compile("|".join(f"(?:{p})" for p in forms), re.IGNORECASE) for field, forms in table[kind.value].items()}
        for kind in WEIGHT
    }
