"""Times in words, in one clock or in two, and where they lie on a strip around the moment of publication."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import log1p
from zoneinfo import ZoneInfo

from sagt.types import Time

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOUR = 3600.0


def interval(start: datetime, end: datetime, months: Sequence[str] = MONTHS, dot: str = "") -> str:
    """A half-open interval as people write it: whole days without hours, the last day included ("1 Jan – 10 Jan 2026").
    `dot` follows the number of a day, as some languages have it."""
    if _is_midnight(start) and _is_midnight(end):
        last = end - timedelta(days=1)
        if last.date() <= start.date():
            return _day(start, months, dot)
        if start.year == last.year:
            return f"{start.day}{dot} {months[start.month - 1]} – {_day(last, months, dot)}"
        return f"{_day(start, months, dot)} – {_day(last, months, dot)}"
    if end - start <= timedelta(minutes=1):
        return f"{_day(start, months, dot)} {start:%H:%M}"
    close = (
        f"{end:%H:%M}"
        if end.date() == start.date() or (end - start <= timedelta(days=1) and end.hour < 12)
        else f"{_day(end, months, dot)} {end:%H:%M}"
    )
    return f"{_day(start, months, dot)} {start:%H:%M}–{'24:00' if close == '00:00' else close}"


def in_both_clocks(time: Time, zone: str, months: Sequence[str] = MONTHS, dot: str = "") -> tuple[str, str]:
    """The interval in its own clock, and in the report's where that is another and shows other hands ("" where not)."""
    assert time.start is not None and time.end is not None
    own = interval(time.start, time.end, months, dot)
    if time.zone == zone:
        return own, ""
    there = ZoneInfo(zone)
    other = interval(time.start.astimezone(there), time.end.astimezone(there), months, dot)
    return own, other


def places(times: Sequence[Time], now: datetime) -> list[tuple[int, int]]:
    """Where each interval begins and ends on a strip from 0 to 100 with `now` at 50; the further off, the closer together."""
    spans = [((t.start - now).total_seconds(), (t.end - now).total_seconds()) for t in times if t.start and t.end]
    most = max((log1p(abs(x) / _HOUR) for pair in spans for x in pair), default=1.0) or 1.0

    def at(seconds: float) -> int:
        way = 1 if seconds >= 0 else -1
        return round(50 + 48 * way * log1p(abs(seconds) / _HOUR) / most)

    return [(at(start), max(at(end), at(start) + 1)) for start, end in spans]


def _day(moment: datetime, months: Sequence[str], dot: str) -> str:
    return f"{moment.day}{dot} {months[moment.month - 1]} {moment.year}"


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute) == (0, 0)
