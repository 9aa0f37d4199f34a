"""When a time expression is: an interval with zone, grain and reason, counted from the report's clock or from the saying. Pure.

The conventions are those of docs/model.md, "Times"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from sagt import languages, timex
from sagt.clock import Clock
from sagt.mentions import Sentences, noun_of
from sagt.places import zone_of
from sagt.segment import clause_at
from sagt.timex import Expression, Piece
from sagt.types import Act, Actor, ActorKind, Attribution, Grain, Kind, Report, Span, Time, TimeType

PAST, AHEAD = "past", "ahead"
_DAY = timedelta(days=1)
_LETTERS = {
    "second": "S", "minute": "M", "hour": "H", "day": "D", "week": "W", "weekend": "WE", "month": "M", "quarter": "Q", "half_year": "H",
    "year": "Y", "decade": "DE", "century": "C",
}  # fmt: skip
_PART_VALUES = {"morning": "TMO", "afternoon": "TAF", "evening": "TEV", "night": "TNI"}
_SEASONS = {"spring": (3, "SP"), "summer": (6, "SU"), "autumn": (9, "FA"), "winter": (12, "WI")}
_REFS = {"present": "PRESENT_REF", "past": "PAST_REF", "future": "FUTURE_REF"}
_DAYS_OF_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_GRAINS = {Grain.DAY, Grain.PART_OF_DAY, Grain.HOUR, Grain.MINUTE, Grain.SECOND}
_LOOKS_AHEAD = {Act.PROMISES, Act.INTENDS, Act.ASKS}


#: A word that looks back, so close behind one that looks ahead, belongs to it: "will be held", "vil blive afholdt".
_VERB_PHRASE = 25


#: A date that would be longer past (in days) than the first, though the words look back, while the coming one lies nearer than the
#: second, is the coming one: "the reduced dividend is payable Jan. 2", printed in November.
_FAR, _NEAR = 240, 100
#: Stands for the report's date where it has none, and is never looked at: only times that name their year are resolved then.
_NEVER = datetime(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class _When:
    """An interval in local time without zone, as it is narrowed down."""

    start: datetime
    end: datetime
    grain: Grain
    value: str
    why: str

    def to(self, start: datetime, end: datetime, grain: Grain, value: str, why: str) -> _When:
        """A part of it."""
        return _When(start, end, grain, value, f"{self.why}; {why}" if self.why else why)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What an expression counts from."""

    now: datetime  #: local time without zone
    exact: bool  #: the hour of `now` is known, not only its day
    day: date  #: the day spoken of last, or that of `now`
    looks: str | None  #: PAST, AHEAD or None where the words don't tell
    origin: str  #: "the report", "the saying"
    code: str | None  #: the language


@dataclass(frozen=True, slots=True)
class _Mark:
    """A word that looks back or ahead."""

    span: Span
    way: str
    word: str
    cue_of: int = -1  #: number of the attribution whose cue it is


def timed(
    report: Report, clock: Clock, sentences: Sentences, attributions: Sequence[Attribution], actors: Sequence[Actor]
) -> tuple[tuple[Time, ...], tuple[Attribution, ...]]:
    """All times of a report, in order, and its attributions with the times of saying and of falling due."""
    return _Timing(report, clock, sentences, attributions, actors).finish()


class _Timing:
    """The work on one report."""

    def __init__(
        self, report: Report, clock: Clock, sentences: Sentences, attributions: Sequence[Attribution], actors: Sequence[Actor]
    ) -> None:
        self.text, self.code, self.clock, self.sentences = report.text, report.language, clock, sentences
        self.attributions = tuple(attributions)
        self.places = sorted((m.span.start, x.name) for x in actors if x.kind is ActorKind.PLACE for m in x.mentions)
        self.found = timex.find(report.text, report.language, sentences.spans)
        self.contents = sorted((c, k) for k, a in enumerate(attributions) for c in a.content)
        self._read: dict[int, tuple[list[_Mark], list[tuple[Span, str]]]] = {}
        #: Cues of what was said, by sentence: "siger Holt mandag" is past whatever its tense.
        self._cues: dict[int, list[tuple[Span, int]]] = defaultdict(list)
        for k, one in enumerate(self.attributions):
            if one.cue and one.act not in _LOOKS_AHEAD:
                self._cues[sentences.at(one.cue[0].start)].append((Span(one.cue[0].start, one.cue[-1].end), k))

    def finish(self) -> tuple[tuple[Time, ...], tuple[Attribution, ...]]:
        times = self._in_order()
        said = self._said(times)
        times = self._from_the_saying(times, said)
        out = []
        for k, a in enumerate(self.attributions):
            out.append(replace(a, said=times[said[k]] if k in said else None, due=self._due(a, times)))
        return tuple(times), tuple(out)

    # one after the other

    def _in_order(self) -> list[Time]:
        """Each expression counted from the report; the day spoken of last in a paragraph holds for clock times after it."""
        out: list[Time] = []
        day: date | None = None
        paragraph = -1
        for e in self.found:
            here = self.sentences.paragraph[self.sentences.at(e.span.start)]
            day = day if here == paragraph else None
            paragraph = here
            time = self._time(e, self.clock.now, "the report", day)
            if time.start and time.grain in _DAY_GRAINS:
                day = time.start.date()
            out.append(time)
        return out

    def _time(self, e: Expression, now: datetime | None, origin: str, day: date | None) -> Time:
        """One expression as a Time; without an interval where it has none or nothing to count from."""
        kind = _type(e)
        if kind in (TimeType.DURATION, TimeType.SET) or e.form("present", "past", "future"):
            return Time(e.span, kind, _value_alone(e), relation=e.relation, why="names no interval")
        zone, why_zone = self._zone(e)
        looks, why_looks = self._looks(e)
        if now is None:
            when = resolve(e, _Frame(_NEVER, False, _NEVER.date(), None, "", self.code)) if _is_absolute(e) else None
        else:
            local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            exact = self.clock.exact or origin != "the report"
            when = resolve(e, _Frame(local, exact, day or local.date(), looks, origin, self.code))
        if when is None:
            return Time(e.span, kind, _value_alone(e), zone=zone, relation=e.relation,
                        why="the report has no date to count from" if now is None else "says too little")  # fmt: skip
        start, end = (t.replace(tzinfo=ZoneInfo(zone)) for t in (when.start, when.end))
        reasons = [when.why, why_looks if why_looks and "nearest" in when.why else "", why_zone]
        if now is not None and start > now and not any("looks ahead" in reason for reason in reasons):
            reasons.append("looks ahead")
        return Time(e.span, kind, when.value, when.grain, start, end, zone, e.relation, "; ".join(r for r in reasons if r))

    # the clock

    def _zone(self, e: Expression) -> tuple[str, str]:
        """The zone an expression is told in, and why."""
        piece = e.of("zone")
        if piece is None:
            return self.clock.zone, f"{self.clock.zone}: {self.clock.why}"
        zone = str(piece.values["zone"])
        words = piece.span.of(self.text)
        if zone != "local":
            return zone, f"'{words}' is {zone}"
        for name in self._places_near(e.span.start):
            if found := zone_of(name, languages.or_english(self.code)):
                return found, f"'{words}': {found}, the zone of {name}"
        return self.clock.zone, f"'{words}', but of no place that is known: {self.clock.zone}, {self.clock.why}"

    def _places_near(self, at: int) -> Iterator[str]:
        """Places by how near they are named: in this sentence, this paragraph, before it, after it."""
        sentence = self.sentences.at(at)
        paragraph = self.sentences.paragraph[sentence]

        def far(place: tuple[int, str]) -> tuple[int, int]:
            there = self.sentences.at(place[0])
            if there == sentence:
                return 0, abs(place[0] - at)
            return (1 if self.sentences.paragraph[there] == paragraph else 2 if place[0] < at else 3), abs(place[0] - at)

        low = bisect_right(self.places, (at, ""))
        near = self.places[max(0, low - 40) : low + 20]
        yield from dict.fromkeys(name for _, name in sorted(near, key=far))

    # past or ahead

    def _looks(self, e: Expression) -> tuple[str | None, str]:
        """Whether the clause of an expression looks back or ahead: by the nearest word that tells."""
        sentence = self.sentences.spans[self.sentences.at(e.span.start)]
        inner = next(iter(self._around(e.span)), None)
        clause = clause_at(self.text, sentence, e.span)
        within = [self._of_content(area, inner, e.span) for area in (clause, sentence)] if inner is not None else []
        for area in (*within, clause, sentence):
            marks = self._marks(area, e)
            if not any(m[1] == PAST for m in marks):
                if e.relation in ("by", "until"):
                    return AHEAD, f"'{e.relation}' looks ahead"
                if inner is not None and self.attributions[inner].act in _LOOKS_AHEAD:
                    return AHEAD, f"what somebody {self.attributions[inner].act} looks ahead"
            if marks:
                _, looks, word = min(marks, key=lambda m: (_far(m[0], e.span), m[1]))
                return looks, f"'{word}' looks ahead" if looks == AHEAD else f"'{word}' looks back"
            if e.form("weekday", "days", "weekend", "date", "day_of_month") and (present := self._in_present(area, e)):
                return AHEAD, f"'{present}' is in the present and looks ahead"
        return None, ""

    def _in_present(self, area: Span, e: Expression) -> str | None:
        """A verb in the present, with a time: it looks ahead ("skolerne holder lukket onsdag")."""
        found = self._words_of(self.sentences.at(e.span.start))[1]
        return next((w for span, w in found if area.covers(span) and not e.span.covers(span)), None)

    def _marks(self, area: Span, e: Expression) -> list[tuple[int, str, str]]:
        """Words that look back or ahead: (place, which way, word). A participle close behind "vil" belongs to it; the cue of what a time
        stands within tells nothing of the time."""
        inside = set(self._around(e.span))
        found = self._words_of(self.sentences.at(e.span.start))[0]
        marks = [
            (m.span.start, m.way, m.word)
            for m in found
            if area.covers(m.span) and not e.span.start <= m.span.start < e.span.end and m.cue_of not in inside
        ]
        ahead = [m[0] for m in marks if m[1] == AHEAD]
        return [m for m in marks if m[1] == AHEAD or not any(self._belongs(m[0], a) for a in ahead)]

    def _words_of(self, sentence: int) -> tuple[list[_Mark], list[tuple[Span, str]]]:
        """The words of a sentence that look back or ahead, and its verbs in the present; found once a sentence."""
        if sentence not in self._read:
            area = self.sentences.spans[sentence]
            marks = [
                _Mark(Span(*m.span()), way, m[0])
                for key, way in (("future", AHEAD), ("past", PAST))
                for m in _pattern(self.code, key).finditer(self.text, *area)
            ]
            marks += [_Mark(span, PAST, span.of(self.text), k) for span, k in self._cues.get(sentence, ())]
            self._read[sentence] = marks, list(self._presents(area))
        return self._read[sentence]

    def _presents(self, area: Span) -> Iterator[tuple[Span, str]]:
        code = languages.or_english(self.code)
        known = languages.table(code).get("not_present", ())
        for match in _pattern(self.code, "present").finditer(self.text, *area):
            word = match[0].lower()
            if word not in known and not match[0][0].isupper() and not noun_of(word, code):
                yield Span(*match.span()), match[0]

    def _belongs(self, past: int, ahead: int) -> bool:
        """True for a word that looks back close behind one that looks ahead, in its clause."""
        return 0 < past - ahead < _VERB_PHRASE and not re.search(r"[,;:.]", self.text[ahead:past])

    def _of_content(self, area: Span, k: int, place: Span) -> Span:
        """The part of a passage that is within what is said: its tag tells nothing of the times in it."""
        content = next((c for c in self.attributions[k].content if c.covers(place)), area)
        return Span(max(area.start, content.start), min(area.end, content.end))

    def _around(self, span: Span) -> list[int]:
        """Attributions in whose content a place stands, the innermost first."""
        at = bisect_right(self.contents, (Span(span.start, 1 << 60), 0))
        found = [(c.end - c.start, k) for c, k in self.contents[max(0, at - 12) : at] if c.covers(span)]
        return [k for _, k in sorted(found)]

    # sayings

    def _said(self, times: Sequence[Time]) -> dict[int, int]:
        """For each attribution the time in the clause of its cue that tells when it was said; what is written on takes over that of the
        writing."""
        out: dict[int, int] = {}
        starts = [t.span.start for t in times]
        for k, a in enumerate(self.attributions):
            if a.cue:
                sentence = self.sentences.spans[self.sentences.at(a.cue[0].start)]
                area = clause_at(self.text, sentence, a.cue[0])
                near = range(bisect_right(starts, area.start - 1), bisect_right(starts, area.end))
                fits = [i for i in near if self._tells_when(times[i], a, area)]
                if not fits and not self._others_in(sentence, k):
                    near = range(bisect_right(starts, sentence.start - 1), bisect_right(starts, sentence.end))
                    fits = [i for i in near if self._tells_when(times[i], a, sentence)]
                if fits:
                    out[k] = min(fits, key=lambda i: min(abs(times[i].span.start - c.end) for c in a.cue))
            if k not in out and a.medium:
                for other in range(k - 1, max(-1, k - 5), -1):
                    medium = self.attributions[other].medium
                    if other in out and medium and medium.type is a.medium.type:
                        out[k] = out[other]
                        break
        return out

    def _others_in(self, sentence: Span, k: int) -> bool:
        """True if another attribution has its cue in a sentence."""
        near = self.attributions[max(0, k - 6) : k] + self.attributions[k + 1 : k + 7]
        return any(c.overlaps(sentence) for b in near for c in b.cue)

    def _tells_when(self, time: Time, a: Attribution, area: Span) -> bool:
        if time.start is None or not area.covers(time.span) or time.relation in ("since", "until", "by"):
            return False
        if any(c.covers(time.span) for c in (*a.content, *a.source)) or (self.clock.now and time.start > self.clock.now):
            return False
        return time.relation != "before"

    def _from_the_saying(self, times: list[Time], said: dict[int, int]) -> list[Time]:
        """What stands in a direct quotation counts from the day of the saying, where that is known and another than the report's."""
        out = list(times)
        for i, e in enumerate(self.found):
            for k in self._around(e.span):
                a = self.attributions[k]
                saying = times[said[k]].start if k in said else None
                if a.kind is Kind.INDIRECT or saying is None or times[said[k]].grain not in _DAY_GRAINS:
                    continue
                if self.clock.now and saying.date() != self.clock.now.date():
                    out[i] = self._time(e, saying.astimezone(ZoneInfo(self.clock.zone)), "the saying", None)
                break
        return out

    def _due(self, a: Attribution, times: Sequence[Time]) -> Time | None:
        """The first time in what is said that looks ahead."""
        starts = [t.span.start for t in times]
        for area in a.content:
            for i in range(bisect_right(starts, area.start - 1), bisect_right(starts, area.end)):
                time = times[i]
                if time.start is not None and time.span.end <= area.end + 1 and "looks ahead" in time.why and time.relation != "since":
                    return time
        if not a.cue or a.act not in _LOOKS_AHEAD:
            return None
        area = self.sentences.spans[self.sentences.at(a.cue[0].start)]
        near = [times[i] for i in range(bisect_right(starts, area.start - 1), bisect_right(starts, area.end))]
        now = self.clock.now
        return next((t for t in near if t.start is not None and now is not None and t.start >= now and not self._around(t.span)), None)


def _far(mark: int, place: Span) -> int:
    """How far off a verb is from a time; one after it is more likely another clause's."""
    return place.start - mark if mark < place.start else 2 * (mark - place.start)


@cache
def _pattern(code: str | None, key: str) -> re.Pattern[str]:
    """Words that look back ("past") or ahead ("future"), or are verbs in the present, by the language's lists of words and endings."""
    data = languages.table(languages.or_english(code))
    words = languages.alternatives(data.get(key, [])).pattern
    endings = data.get(f"{key}_endings", [])
    return re.compile(words + "".join(rf"|(?<!\w)\w{{2,}}{e}(?!\w)" for e in endings), re.IGNORECASE)


def _type(e: Expression) -> TimeType:
    if e.form("set"):
        return TimeType.SET
    if e.form("duration"):
        return TimeType.DURATION
    part = e.form("days")
    inner = bool(part and " " in str(part.values["days"]).removeprefix("before ").removeprefix("after "))
    return TimeType.TIME if e.of("part") or e.of("clock") or e.of("night_to") or inner else TimeType.DATE


def _value_alone(e: Expression) -> str:
    """The value of what has no interval."""
    piece = e.pieces[0]
    if "often" in piece.values:
        unit = piece.values["often"]
        return f"P{'T' if unit == 'hour' else ''}1{_LETTERS[unit]}"
    if piece.form in _REFS:
        return _REFS[piece.form]
    if "unit" in piece.values and piece.form in ("duration", "set"):
        unit, n = piece.values["unit"], piece.values.get("n", 1)
        n = piece.values.get("number", n)
        clock = "T" if unit in ("second", "minute", "hour") else ""
        letter, times = ("Y", 10) if unit == "decade" else ("Y", 100) if unit == "century" else (_LETTERS[unit], 1)
        return f"P{clock}{n * times if n else 'X'}{letter}"
    if piece.form == "set" and "weekday" in piece.values:
        return f"XXXX-WXX-{piece.values['weekday'] + 1}"
    return {"ago": "PAST_REF", "ahead": "FUTURE_REF", "last": "PAST_REF", "next": "FUTURE_REF"}.get(piece.form, "XXXX")


def _is_absolute(e: Expression) -> bool:
    """True if a time needs no report's date: it names its year."""
    return any("year" in p.values or p.form in ("iso", "decade", "decade_word", "century") for p in e.pieces)


# from words to an interval


def resolve(e: Expression, frame: _Frame) -> _When | None:
    """The interval of an expression, in local time; None if it says too little."""
    when = _day(e, frame)
    if when is None:
        return None
    if e.of("night_to"):
        when = _part(when, "night1", frame.code)
    if part := e.of("part"):
        when = _part(when, part.values["part"], frame.code) if "part" in part.values else when
    if clock := e.of("clock"):
        when = _at(when, clock, e, frame)
    if when is not None and (modifier := e.of("modifier")):
        when = _modified(when, modifier.form)
    return when


def _day(e: Expression, frame: _Frame) -> _When | None:
    """The day, or the longer stretch of time, that an expression names; the day spoken of last if it names none."""
    pieces = [p for p in e.pieces if p.slot == "day"]
    if not pieces:
        return _day_of_clock(e, frame)
    by_form = {p.form: p for p in pieces}
    weekday = by_form.get("weekday")
    if "day_of_month" in by_form and (month := _month_beside(by_form, frame)):
        return month
    for form in ("date", "numeric", "iso", "holiday", "days", "day_of_month"):
        if form in by_form:
            return _RESOLVERS[form](by_form[form], _within(by_form, frame))
    if weekday and (around := next((by_form[f] for f in ("last", "this", "next", "week_number", "ahead") if f in by_form), None)):
        week = _RESOLVERS[around.form](around, frame)
        if week and around.values.get("unit", "week") == "week":
            monday = week.start - week.start.weekday() * _DAY
            return _of_day((monday + weekday.values["weekday"] * _DAY).date(), f"{week.why}, {_DAYS_OF_WEEK[weekday.values['weekday']]}")
    first = next((p for p in pieces if p.form not in ("last", "this", "next", "year", "fiscal_year", "decade")), pieces[0])
    return _RESOLVERS[first.form](first, _within(by_form, frame, but=first.form))


def _month_beside(by_form: dict[str, Piece], frame: _Frame) -> _When | None:
    """ "the 20th of next month"."""
    for form in ("last", "this", "next"):
        piece = by_form.get(form)
        month = _beside(piece, frame) if piece and piece.values.get("unit") == "month" else None
        number = int(by_form["day_of_month"].values.get("day") or by_form["day_of_month"].values.get("ordinal") or 1)
        if month and _exists(month.start.year, month.start.month, number):
            return _of_day(month.start.date().replace(day=number), month.why)
    return None


def _within(by_form: dict[str, Piece], frame: _Frame, but: str = "") -> _Frame:
    """The frame moved into the year that another piece names: "juni sidste år"."""
    for form in ("last", "this", "next", "year", "fiscal_year"):
        piece = by_form.get(form)
        if piece and form != but:
            year = piece.values.get("year")
            if year is None and piece.values.get("unit", "year") == "year":
                year = frame.now.year + {"last": -1, "this": 0, "next": 1}[form]
            if year:
                return replace(frame, now=datetime(year, 7, 1), looks=f"year {year}")
    return frame


def _day_of_clock(e: Expression, frame: _Frame) -> _When:
    """The day of a bare clock time or part of day: the day spoken of last; else the nearest that fits the direction."""
    day = frame.day
    if day == frame.now.date() and frame.exact and (clock := e.form("clock", "bare_clock")):
        moment = datetime(day.year, day.month, day.day) + timedelta(hours=_hour(clock, e) % 24, minutes=clock.values.get("minute", 0))
        if frame.looks != AHEAD and moment > frame.now:
            return (
                _of_day(day - _DAY, f"the last such hour before {frame.origin}")
                if frame.looks == PAST
                else _of_day(day, "the day of the report")
            )
        if frame.looks == AHEAD and moment < frame.now:
            return _of_day(day + _DAY, f"the next such hour after {frame.origin}")
    return _of_day(day, f"the day of {frame.origin}" if day == frame.now.date() else "the day named before it")


def _of_day(day: date, why: str) -> _When:
    start = datetime(day.year, day.month, day.day)
    return _When(start, start + _DAY, Grain.DAY, day.isoformat(), f"{_DAYS_OF_WEEK[day.weekday()]} {day.isoformat()}: {why}" if why else "")


def _as_date(piece: Piece, frame: _Frame) -> _When | None:
    """A day and a month, in the year that is named or else the nearest that fits."""
    v = piece.values
    day, month, year = int(v.get("day") or v.get("ordinal") or 1), int(v["month"]), v.get("year")
    if month > 12 >= day:
        day, month = month, day
    if year is None and frame.looks and frame.looks.startswith("year"):
        year = frame.now.year
    try:
        if year is not None:
            return _of_day(date(int(year), month, day), "the date as it stands")
        near = _nearest([date(frame.now.year + n, month, day) for n in (-1, 0, 1) if _exists(frame.now.year + n, month, day)], frame)
    except (ValueError, OverflowError):
        return None
    return _of_day(near[0], near[1]) if near else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _nearest(days: Sequence[date], frame: _Frame, *, believe: bool = False) -> tuple[date, str] | None:
    """Of some days the nearest not after what is counted from, or not before it; the nearest of all where the words don't tell.
    `believe` them also where that makes it long past."""
    today = frame.now.date()
    if not days:
        return None
    near = min(days, key=lambda d: abs((d - today).days))
    fits = [d for d in days if (d <= today if frame.looks == PAST else d >= today)] if frame.looks in (PAST, AHEAD) else []
    if fits and frame.looks == AHEAD:
        return min(fits), f"the nearest not before {frame.origin}"
    if fits and (believe or (today - max(fits)).days < _FAR or abs((near - today).days) > _NEAR):
        return max(fits), f"the nearest not after {frame.origin}"
    return near, f"the nearest to {frame.origin}"


def _iso(piece: Piece, frame: _Frame) -> _When | None:
    when = _as_date(piece, frame)
    if when and "hour" in piece.values:
        start = when.start + timedelta(hours=piece.values["hour"], minutes=piece.values["minute"])
        return when.to(start, start + timedelta(minutes=1), Grain.MINUTE, f"{when.value}T{start:%H:%M}", "the minute")
    return when


def _day_of_month(piece: Piece, frame: _Frame) -> _When | None:
    day = int(piece.values.get("day") or piece.values.get("ordinal") or 1)
    first = frame.now.date().replace(day=1)
    months = [first + relativedelta(months=n) for n in (-2, -1, 0, 1, 2)]
    near = _nearest([m.replace(day=day) for m in months if _exists(m.year, m.month, day)], frame)
    return _of_day(near[0], near[1]) if near else None


def _weekday(piece: Piece, frame: _Frame) -> _When:
    today, wanted = frame.now.date(), piece.values["weekday"]
    name = _DAYS_OF_WEEK[wanted]
    if piece.form == "next_weekday":
        return _of_day(today + ((wanted - today.weekday() - 1) % 7 + 1) * _DAY, f"the {name} after {frame.origin}")
    if piece.form == "last_weekday":
        return _of_day(today - ((today.weekday() - wanted - 1) % 7 + 1) * _DAY, f"the {name} before {frame.origin}")
    if piece.form == "this_weekday":
        return _of_day(today + (wanted - today.weekday()) * _DAY, f"{name} of the week of {frame.origin}")
    if frame.looks == AHEAD:
        return _of_day(today + ((wanted - today.weekday()) % 7) * _DAY, f"the nearest {name} not before {frame.origin}")
    return _of_day(today - ((today.weekday() - wanted) % 7) * _DAY, f"the nearest {name} not after {frame.origin}")


def _days(piece: Piece, frame: _Frame) -> _When:
    """ "i går", "i aften", "dagen efter": so many days from the day that is counted from, or from the day spoken of last."""
    words = str(piece.values["days"]).split()
    base, why = frame.now.date(), f"counted from {frame.origin}"
    if words[0] in ("before", "after"):
        sign = -1 if words[0] == "before" else 1
        when = _of_day(frame.day + sign * int(words[1]) * _DAY, "counted from the day named before it")
        words = words[1:]
    else:
        ahead = words == ["0", "night1"] and frame.looks == AHEAD and frame.now.hour >= 6
        when = _of_day(base + (int(words[0]) + ahead) * _DAY, why)
    return _part(when, words[1], frame.code) if len(words) > 1 else when


def _month(piece: Piece, frame: _Frame) -> _When | None:
    month, year = piece.values["month"], piece.values.get("year")
    if year is None and frame.looks and frame.looks.startswith("year"):
        year = frame.now.year
    if year is None and piece.form in ("last_month", "this_month", "next_month"):
        year = _beside_month(month, frame.now.date(), piece.form)
    if year is not None:
        return _span_of(date(year, month, 1), relativedelta(months=1), Grain.MONTH, f"{year:04}-{month:02}", "the month as it stands")
    here = frame.now.date().replace(day=1)
    months = [date(here.year + n, month, 1) for n in (-1, 0, 1)]
    near = _nearest(months, replace(frame, now=datetime(here.year, here.month, 1)), believe=True)
    return _span_of(near[0], relativedelta(months=1), Grain.MONTH, f"{near[0]:%Y-%m}", near[1]) if near else None


def _beside_month(month: int, today: date, form: str) -> int:
    """The year of "last May", "this May", "next May"."""
    if form == "last_month":
        return today.year - (month >= today.month)
    return today.year + (form == "next_month" and month <= today.month)


def _span_of(start: date, length: relativedelta, grain: Grain, value: str, why: str) -> _When:
    begin = datetime(start.year, start.month, start.day)
    return _When(begin, begin + length, grain, value, why)


def _season(piece: Piece, frame: _Frame) -> _When | None:
    month, letters = _SEASONS[piece.values["season"]]
    year = piece.values.get("year")
    if year is None and frame.looks and frame.looks.startswith("year"):
        year = frame.now.year
    today, three = frame.now.date(), relativedelta(months=3)
    if year is not None:
        start, why = date(year, month, 1), "the season as it stands"
    else:
        starts = [date(today.year + n, month, 1) for n in (-2, -1, 0, 1)]
        running = [s for s in starts if s <= today < s + three]
        past, ahead = max(s for s in starts if s + three <= today), min((s for s in starts if s > today), default=starts[-1])
        if piece.form == "last_season":
            start, why = past, f"the last one before {frame.origin}"
        elif piece.form == "next_season":
            start, why = ahead, f"the next one after {frame.origin}"
        elif running:
            start, why = running[0], f"the one of {frame.origin}"
        else:
            start, why = (ahead, f"the nearest not before {frame.origin}") if frame.looks == AHEAD or (
                frame.looks is None and ahead - today < today - past) else (past, f"the nearest not after {frame.origin}")  # fmt: skip
    return _span_of(start, three, Grain.SEASON, f"{start.year}-{letters}", why)


def _quarter(piece: Piece, frame: _Frame) -> _When | None:
    n = int(piece.values.get("ordinal") or piece.values.get("nth") or 1)
    months, grain, letter = (3, Grain.QUARTER, "Q") if piece.form == "quarter" else (6, Grain.PART_OF_YEAR, "H")
    if n * months > 12:
        return None
    year = piece.values.get("year")
    if year is None and frame.looks and frame.looks.startswith("year"):
        year = frame.now.year
    month = (n - 1) * months + 1
    starts = [date(frame.now.year + k, month, 1) for k in (-1, 0, 1)]
    near = (date(year, month, 1), "as it stands") if year else _nearest(starts, frame)
    return _span_of(near[0], relativedelta(months=months), grain, f"{near[0].year}-{letter}{n}", near[1]) if near else None


def _year(piece: Piece, frame: _Frame) -> _When | None:
    year = piece.values["year"]
    if not 1 <= year < 9999:
        return None
    return _span_of(date(year, 1, 1), relativedelta(years=1), Grain.YEAR, f"{year}", "the year as it stands")


def _decade(piece: Piece, frame: _Frame) -> _When:
    v = piece.values
    if "decadeword" in v:
        start = v["decadeword"]
    elif "year3" in v:
        start = v["year3"] * 10
    else:
        start = (1900 if v["decade2"] >= 30 else 2000) + v["decade2"]
    return _span_of(date(start, 1, 1), relativedelta(years=10), Grain.DECADE, str(start // 10), "the decade as it stands")


def _century(piece: Piece, frame: _Frame) -> _When | None:
    v = piece.values
    first = v["century2"] if "century2" in v else int(v.get("nth") or v.get("ordinal") or 0) - 1
    if not 0 < first < 99:
        return None
    return _span_of(date(first * 100, 1, 1), relativedelta(years=100), Grain.CENTURY, str(first), "the century as it stands")


def _holiday(piece: Piece, frame: _Frame) -> _When | None:
    spec = str(piece.values["holiday"])
    year = piece.values.get("year")
    if year is None and frame.looks and frame.looks.startswith("year"):
        year = frame.now.year
    first, _, last = spec.partition("/")

    def at(y: int) -> tuple[date, date]:
        start = _feast(first, y)
        end = _feast(last, y) if last else start
        return start, end if end >= start else _feast(last, y + 1)

    if year is not None:
        start, end, why = *at(year), "as it stands"
    else:
        looks = {"last_holiday": PAST, "next_holiday": AHEAD}.get(piece.form, frame.looks)
        near = _nearest([at(frame.now.year + n)[0] for n in (-1, 0, 1)], replace(frame, looks=looks), believe=piece.form != "holiday")
        if near is None:
            return None
        start, end, why = *at(near[0].year), near[1]
    if start == end:
        return _of_day(start, why)
    return _span_of(start, relativedelta(days=(end - start).days + 1), Grain.DAY, start.isoformat(), why)


def _feast(spec: str, year: int) -> date:
    """A feast of a year: "easter-2", "12-24", "11-4thu" (the fourth Thursday of November), "05-lastmon", each with "+n" or "-n" days."""
    match = re.fullmatch(r"(easter|(\d\d)-(?:(\d\d)|(\d|last)(mon|tue|wed|thu|fri|sat|sun)))([+-]\d+)?", spec)
    assert match, spec
    if match[1] == "easter":
        day: date = easter(year)
    elif match[3]:
        day = date(year, int(match[2]), int(match[3]))
    else:
        wanted = _SHORT_DAYS.index(match[5])
        if match[4] == "last":
            end = date(year, int(match[2]), 1) + relativedelta(months=1) - _DAY
            day = end - ((end.weekday() - wanted) % 7) * _DAY
        else:
            first = date(year, int(match[2]), 1)
            day = first + ((wanted - first.weekday()) % 7 + 7 * (int(match[4]) - 1)) * _DAY
    return day + int(match[6] or 0) * _DAY


def _shift(piece: Piece, frame: _Frame) -> _When | None:
    """ "for tre dage siden", "om to uger": so many units away; the day, week, month or year that it falls in."""
    n, unit = piece.values.get("n"), piece.values["unit"]
    n = piece.values.get("number", n)
    if not n:
        return None
    sign = -1 if piece.form == "ago" else 1
    why = f"{n} {unit}{'s' if n > 1 else ''} {'before' if sign < 0 else 'after'} {frame.origin}"
    return _unit(*_in_years(unit, sign * n), frame, why)


def _in_years(unit: str, n: int) -> tuple[str, int]:
    """Decades and centuries away are told as years."""
    return ("year", 10 * n) if unit == "decade" else ("year", 100 * n) if unit == "century" else (unit, n)


def _the_quarter(piece: Piece, frame: _Frame) -> _When | None:
    """ "the quarter", of which a report of results tells: the last whole one."""
    return _unit("quarter", -1, frame, f"the last whole quarter before {frame.origin}")


def _weekdays_away(piece: Piece, frame: _Frame) -> _When:
    """ "two Thursdays ago", "three Fridays from now", "Friday after next"."""
    today, wanted, n = frame.now.date(), piece.values["weekday"], int(piece.values.get("number", 2))
    if piece.form == "weekdays_ago":
        day = today - ((today.weekday() - wanted - 1) % 7 + 1 + 7 * (n - 1)) * _DAY
    else:
        day = today + ((wanted - today.weekday() - 1) % 7 + 1 + 7 * (n - 1)) * _DAY
    return _of_day(day, f"{n} {_DAYS_OF_WEEK[wanted]}s {'before' if piece.form == 'weekdays_ago' else 'after'} {frame.origin}")


def _nth_weekday(piece: Piece, frame: _Frame) -> _When | None:
    """ "the second Wednesday of October 2014"."""
    month = _month(piece, frame)
    if month is None:
        return None
    first = month.start + ((piece.values["weekday"] - month.start.weekday()) % 7 + 7 * (piece.values["ordinal"] - 1)) * _DAY
    return _of_day(first.date(), month.why) if first < month.end else None


def _last_of(piece: Piece, frame: _Frame) -> _When | None:
    """ "the last Friday of May", "the last week of September 2014": a week that ends in the month."""
    month = _month(piece, frame)
    if month is None:
        return None
    if "weekday" in piece.values:
        last = month.end - _DAY
        return _of_day((last - ((last.weekday() - piece.values["weekday"]) % 7) * _DAY).date(), month.why)
    monday = (month.end - ((month.end.weekday()) % 7 + 7) * _DAY).date()
    return _span_of(monday, relativedelta(days=7), Grain.WEEK, f"{monday:%G}-W{monday:%V}", month.why)


def _beside(piece: Piece, frame: _Frame) -> _When | None:
    """ "sidste uge", "i år", "næste måned", "ugen"."""
    if piece.form == "weekend":
        return _this_weekend(frame)
    unit, n = piece.values.get("unit", "year"), {"last": -1, "this": 0, "next": 1, "unit": 0}[piece.form]
    if unit == "weekend" and n == 0:
        return _this_weekend(frame)
    name = {-1: "before that of", 0: "of", 1: "after that of"}[n]
    return _unit(unit, n, frame, f"the {unit} {name} {frame.origin}")


def _this_weekend(frame: _Frame) -> _When:
    saturday = frame.now.date() + (5 - frame.now.weekday()) * _DAY
    if frame.looks != AHEAD and saturday > frame.now.date():
        saturday -= 7 * _DAY
    return _weekend(saturday, f"the nearest not {'before' if frame.looks == AHEAD else 'after'} {frame.origin}")


def _weekend(saturday: date, why: str) -> _When:
    return _span_of(saturday, relativedelta(days=2), Grain.WEEKEND, f"{saturday:%G}-W{saturday:%V}-WE", why)


def _unit(unit: str, n: int, frame: _Frame, why: str) -> _When | None:
    now, today = frame.now, frame.now.date()
    try:
        if unit in ("second", "minute", "hour"):
            start = (now + timedelta(**{f"{unit}s": n})).replace(second=0, microsecond=0)
            start = start.replace(minute=0) if unit == "hour" else start
            length = timedelta(hours=1) if unit == "hour" else timedelta(minutes=1)
            return _When(start, start + length, Grain.HOUR if unit == "hour" else Grain.MINUTE, f"{start:%Y-%m-%dT%H:%M}", why)
        if unit == "day":
            return _of_day(today + n * _DAY, why)
        if unit == "week":
            monday = today - today.weekday() * _DAY + 7 * n * _DAY
            return _span_of(monday, relativedelta(days=7), Grain.WEEK, f"{monday:%G}-W{monday:%V}", why)
        if unit == "weekend":
            return _weekend(today - today.weekday() * _DAY + (5 + 7 * n) * _DAY, why)
        if unit == "month":
            first = today.replace(day=1) + relativedelta(months=n)
            return _span_of(first, relativedelta(months=1), Grain.MONTH, f"{first:%Y-%m}", why)
        if unit in ("quarter", "half_year"):
            months = 3 if unit == "quarter" else 6
            first = date(today.year, (today.month - 1) // months * months + 1, 1) + relativedelta(months=months * n)
            part = f"{'Q' if months == 3 else 'H'}{(first.month - 1) // months + 1}"
            grain = Grain.QUARTER if months == 3 else Grain.PART_OF_YEAR
            return _span_of(first, relativedelta(months=months), grain, f"{first.year}-{part}", why)
        years = {"year": 1, "decade": 10, "century": 100}[unit]
        if unit == "year" or abs(n) > 1:
            first = date(today.year + n * years, 1, 1)
            return _span_of(first, relativedelta(years=1), Grain.YEAR, f"{first.year:04}", why)
        first = date((today.year // years + n) * years, 1, 1)
        grain = Grain.DECADE if years == 10 else Grain.CENTURY
        return _span_of(first, relativedelta(years=years), grain, f"{first.year // years}", why)
    except (ValueError, OverflowError):
        return None


def _week_number(piece: Piece, frame: _Frame) -> _When | None:
    number = int(piece.values.get("nth", 0))
    try:
        mondays = [date.fromisocalendar(frame.now.isocalendar().year + n, number, 1) for n in (-1, 0, 1)]
    except ValueError:
        return None
    near = _nearest(mondays, frame)
    return _span_of(near[0], relativedelta(days=7), Grain.WEEK, f"{near[0]:%G}-W{near[0]:%V}", near[1]) if near else None


#: What resolves the day of a piece, by its forms.
_BY_FORMS: tuple[tuple[Callable[[Piece, _Frame], _When | None], str], ...] = (
    (_as_date, "date numeric"),
    (_iso, "iso"),
    (_day_of_month, "day_of_month"),
    (_weekday, "weekday genitive_weekday last_weekday next_weekday this_weekday"),
    (_nth_weekday, "nth_weekday"),
    (_weekdays_away, "weekdays_ago weekdays_ahead weekday_after_next"),
    (_last_of, "last_of"),
    (_days, "days"),
    (_holiday, "holiday last_holiday next_holiday"),
    (_month, "month last_month this_month next_month"),
    (_season, "season last_season next_season"),
    (_quarter, "quarter half"),
    (_the_quarter, "the_quarter"),
    (_year, "year fiscal_year"),
    (_decade, "decade decade_word"),
    (_century, "century"),
    (_shift, "ago ahead"),
    (_beside, "last this next unit weekend"),
    (_week_number, "week_number"),
)
_RESOLVERS = {form: resolver for resolver, forms in _BY_FORMS for form in forms.split()}


# parts of it


def _part(when: _When, part: str, code: str | None) -> _When:
    """A part of a day, by the hours of the language."""
    hours = languages.table(code if code in languages.CODES else "da")["calendar"]["hours"]
    low, high = hours.get(part) or hours[re.sub(r"\d", "1", part)]
    start = when.start + timedelta(hours=low)
    end = when.start + timedelta(hours=high if high > low else high + 24)
    name = part.rstrip("0123456789")
    return when.to(start, end, Grain.PART_OF_DAY, when.value[:10] + _PART_VALUES[name], f"{name} is {low:02}-{high:02}")


def _hour(clock: Piece, e: Expression) -> int:
    """The hour of a clock time, 0 to 24: by am and pm, or by the part of day beside it."""
    v = clock.values
    hour = int(v.get("hour", v.get("number", 0)))
    if v.get("halfday"):
        return hour % 12 + (12 if v["halfday"] == "pm" else 0)
    part = e.of("part")
    word = str(part.values.get("part", "")) if part else ""
    days = e.form("days")
    word = word or (str(days.values["days"]).split()[-1] if days else "")
    if hour < 12 and word.startswith(("afternoon", "evening")):
        return hour + 12
    return hour


def _at(when: _When, clock: Piece, e: Expression, frame: _Frame) -> _When | None:
    """A minute (or, told loosely, an hour) of a day."""
    v, day = clock.values, datetime(when.start.year, when.start.month, when.start.day)
    if clock.form == "midnight":
        return when.to(day, day + timedelta(minutes=1), Grain.MINUTE, f"{day:%Y-%m-%d}T00:00", "midnight")
    if clock.form == "noon":
        start = day + timedelta(hours=12)
        return when.to(start, start + timedelta(minutes=1), Grain.MINUTE, f"{day:%Y-%m-%d}T12:00", "noon")
    hour, minute = _hour(clock, e), int(v.get("minute", v.get("number_", 0)))
    second = {"half_to": -30, "quarter_past": 15, "quarter_to": -15}.get(clock.form)
    if second is not None:
        minute = second
    if clock.form in ("minutes_past", "minutes_to"):
        hour = int(v["number_"]) % 12 + (12 if v.get("halfday") == "pm" else 0) if v.get("halfday") else int(v["number_"])
        minute = int(v["number"]) * (1 if clock.form == "minutes_past" else -1)
    if clock.form == "half_past":
        minute = 30
    if hour > 24 or abs(minute) > 59:
        return None
    start = day + timedelta(hours=hour, minutes=minute)
    if clock.form == "hour_about":
        return when.to(start, start + timedelta(hours=1), Grain.HOUR, f"{start:%Y-%m-%dT%H}", "about that hour")
    return when.to(start, start + timedelta(minutes=1), Grain.MINUTE, f"{start:%Y-%m-%dT%H:%M}", "the minute")


def _half(when: _When, *, first: bool) -> _When:
    """The first or second half; of a year in whole months, of a month in whole days."""
    months = (when.end.year - when.start.year) * 12 + when.end.month - when.start.month
    middle = when.start + (relativedelta(months=months // 2) if months > 1 else timedelta(days=(when.end - when.start).days // 2))
    low, high = (when.start, middle) if first else (middle, when.end)
    return replace(when, start=low, end=high, why=f"{when.why}; the {'first' if first else 'second'} half")


def _modified(when: _When, modifier: str) -> _When:
    """Early, middle and late: halves of a day and of its parts; tens of days of a month; thirds of a year and of a decade."""
    start, end = when.start, when.end
    if modifier in ("first_half", "second_half"):
        return _half(when, first=modifier == "first_half")
    if when.grain is Grain.MONTH:
        tenth, twentieth = start + timedelta(days=10), start + timedelta(days=20)
        low, high = {"early": (start, tenth), "middle": (tenth, twentieth), "late": (twentieth, end)}[modifier]
        return replace(when, start=low, end=high, grain=Grain.PART_OF_MONTH, why=f"{when.why}; {modifier}: {low.day}.-{(high - _DAY).day}.")
    if when.grain in (Grain.YEAR, Grain.DECADE, Grain.SEASON, Grain.QUARTER, Grain.CENTURY):
        months = (end.year - start.year) * 12 + end.month - start.month
        cuts = [start + relativedelta(months=round(months * k / 3)) for k in range(4)]
        low, high = {"early": cuts[:2], "middle": cuts[1:3], "late": cuts[2:]}[modifier]
        grain = Grain.PART_OF_DECADE if when.grain is Grain.DECADE else Grain.PART_OF_YEAR
        return replace(when, start=low, end=high, grain=grain, why=f"{when.why}; {modifier}: a third")
    half = start + (end - start) / 2
    if modifier == "middle":
        third = (end - start) / 3
        return replace(when, start=start + third, end=end - third, why=f"{when.why}; the middle")
    low, high = (start, half) if modifier == "early" else (half, end)
    grain = {Grain.WEEK: Grain.PART_OF_WEEK, Grain.DAY: Grain.PART_OF_DAY}.get(when.grain, when.grain)
    return replace(
        when, start=low, end=high, grain=grain, why=f"{when.why}; {modifier}: the {'earlier' if modifier == 'early' else 'later'} half"
    )
