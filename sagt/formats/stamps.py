"""Dates of items: the instant, the words as they stand, the zone, and where the zone comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sagt.types import Fault, Stamp, StampKind

#: Zone letters that stand behind clock times on European wires; RFC 5322 knows the American ones only. Hours from UTC.
LETTERS = {"CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "WET": 0, "WEST": 1, "BST": 1, "EET": 2, "EEST": 3}
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T](.*))?")
_YEAR_DOTTED = re.compile(r"(\d{4})\.(\d\d)\.(\d\d)(?:[ T](.*))?")
_UNIX = re.compile(r"1\d{9}(?:\d{3})?")
_LETTERED = re.compile(r"(.*\d)\s*\(?([A-Z]{3,4})\)?")
_GMT = re.compile(r"(.*\d)\s*(?:GMT|UTC)\s*([+-]\d\d?:?\d\d)")


@dataclass(frozen=True, slots=True)
class Zone:
    """The clock of dates that name none."""

    name: str  #: IANA
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """A date and what is doubtful in it."""

    stamp: Stamp
    fault: Fault | None = None


def read(kind: StampKind, original: str, zone: Zone | None) -> Read:
    """The date that `original` is. What cannot be understood keeps its words and has no instant."""
    original = original.strip()
    moment = _moment(original)
    if moment is None:
        return Read(Stamp(kind, original[:100]), Fault(f"date not understood: {kind} {original[:60]!r}"))
    if moment.tzinfo is not None:
        return Read(_stamp(kind, original, moment, _offset(moment), "as it stands"))
    if len(original) <= 10:
        return Read(Stamp(kind, original, None, moment.date().isoformat(), None, "a day without a clock"))
    if zone is None:
        return Read(Stamp(kind, original, None, moment.isoformat(), None, "no zone is given or known"))
    there = moment.replace(tzinfo=ZoneInfo(zone.name))
    return Read(_stamp(kind, original, there, zone.name, zone.why), _doubt(kind, there))


def zone_of(name: str | None, why: str) -> Zone | None:
    """The zone of that name, if there is one."""
    try:
        return Zone(ZoneInfo(name).key, why) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _stamp(kind: StampKind, original: str, moment: datetime, zone: str, why: str) -> Stamp:
    try:
        return Stamp(kind, original, moment.astimezone(UTC), moment.isoformat(), zone, why)
    except (OverflowError, ValueError):
        return Stamp(kind, original)


def _offset(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta()
    return "UTC" if not offset else moment.isoformat()[-6:]


def _doubt(kind: StampKind, there: datetime) -> Fault | None:
    other = there.replace(fold=1)
    if there.utcoffset() == other.utcoffset():
        return None
    if there.astimezone(UTC).astimezone(there.tzinfo).replace(fold=0) != there.replace(fold=0):
        return Fault(f"{kind} {there:%Y-%m-%d %H:%M}: the clocks of {there.tzinfo} skipped this hour")
    return Fault(f"{kind} {there:%Y-%m-%d %H:%M}: the clocks of {there.tzinfo} showed this hour twice; read as the first")


def _moment(words: str) -> datetime | None:
    for parse in (_iso, _mail, _lettered, _dotted, _unix):
        try:
            found = parse(words)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if found is not None and 1600 <= found.year <= 2999:
            return found
    return None


def _iso(words: str) -> datetime | None:
    return datetime.fromisoformat(words)


def _mail(words: str) -> datetime | None:
    if not re.search(r"[A-Za-z]{3}", words) or re.search(r"\b(?:CES?T|MES?Z|W?E?E?S?T|BST)$", words):
        return None
    found = parsedate_to_datetime(words)
    # RFC 5322: "-0000" is UTC of which the local clock is not told.
    return found.replace(tzinfo=UTC) if found.tzinfo is None and words.endswith("-0000") else found


def _lettered(words: str) -> datetime | None:
    if match := _GMT.fullmatch(words):
        return _moment(match[1].strip() + match[2])
    match = _LETTERED.fullmatch(words)
    if match is None or match[2] not in (*LETTERS, "GMT", "UTC"):
        return None
    sign = f"+{LETTERS.get(match[2], 0):02d}00"
    return _moment(match[1].strip() + sign) or _moment(f"{match[1].strip()} {sign}")


def _dotted(words: str) -> datetime | None:
    if match := _DOTTED.fullmatch(words):
        return datetime.fromisoformat(f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}" + (f"T{match[4].strip()}" if match[4] else ""))
    if match := _YEAR_DOTTED.fullmatch(words):
        return datetime.fromisoformat(f"{match[1]}-{match[2]}-{match[3]}" + (f"T{match[4].strip()}" if match[4] else ""))
    return None


def _unix(words: str) -> datetime | None:
    return datetime.fromtimestamp(int(words[:10]), UTC) if _UNIX.fullmatch(words) else None
