"""Which clock a report runs by: the zone of its outlet, and the moment it was published. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sagt import languages
from sagt.types import Report

#: Where most outlets of a language have their clock; a report that came with an offset which its clock never shows is not believed.
OF_LANGUAGE = {
    "da": "Europe/Copenhagen", "nb": "Europe/Oslo", "nn": "Europe/Oslo", "sv": "Europe/Stockholm", "de": "Europe/Berlin",
    "en": "Europe/London",
}  # fmt: skip
#: For English, the zone that an offset (hours, in winter and in summer) most likely is.
OF_OFFSET = {
    -10: "Pacific/Honolulu", -9: "America/Anchorage", -8: "America/Los_Angeles", -7: "America/Denver", -6: "America/Chicago",
    -5: "America/New_York", -4: "America/New_York", -3: "America/Halifax", 0: "Europe/London", 1: "Europe/London", 2: "Europe/Berlin",
    3: "Europe/Moscow", 5.5: "Asia/Kolkata", 8: "Asia/Singapore", 9: "Asia/Tokyo", 10: "Australia/Sydney", 11: "Australia/Sydney",
    12: "Pacific/Auckland", 13: "Pacific/Auckland",
}  # fmt: skip


#: Reports of other years are not believed; nor could every time be counted from them.
_FIRST, _LAST = 1600, 2999


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock that a report's words count from."""

    zone: str  #: IANA
    now: datetime | None  #: when it was published, in `zone`; None if nobody says
    exact: bool  #: False if only the day is known
    why: str  #: where the zone comes from


def clock(report: Report) -> Clock:
    """The clock of a report: its own zone, else its outlet's, else what language and offset make likely."""
    given = _moment(report.published or "")
    zone, why = _zone(report, given)
    exact = bool(report.published and len(report.published) > 10)
    if given is None:
        return Clock(zone, None, False, why)
    local = given.replace(tzinfo=ZoneInfo(zone)) if given.tzinfo is None else given.astimezone(ZoneInfo(zone))
    return Clock(zone, local, exact, why)


def _moment(published: str) -> datetime | None:
    """What ISO 8601 says, if it says anything that a clock shows; a report's own date may be any words."""
    try:
        given = datetime.fromisoformat(published)
        return given if _FIRST <= given.year <= _LAST else None
    except ValueError:
        return None


def _zone(report: Report, given: datetime | None) -> tuple[str, str]:
    if report.zone:
        return report.zone, "the zone given for the report"
    known = languages.zones()
    if report.outlet and (zone := known.get(report.outlet.lower())):
        return zone, f"the clock of {report.outlet}"
    host = languages.host_of(report.url)
    while "." in host:
        if zone := known.get(host):
            return zone, f"the clock of {host}"
        host = host.partition(".")[2]
    usual = OF_LANGUAGE.get(report.language or "", "UTC")
    if given is None or given.tzinfo is None:
        return usual, f"the usual clock of reports in '{report.language}'" if report.language in OF_LANGUAGE else "nothing tells the zone"
    offset = given.utcoffset() or timedelta(0)
    if given.astimezone(ZoneInfo(usual)).utcoffset() == offset:
        return usual, f"the usual clock of reports in '{report.language}', which has the offset given"
    if (zone := OF_OFFSET.get(offset.total_seconds() / 3600)) and given.astimezone(ZoneInfo(zone)).utcoffset() == offset:
        return zone, "a zone with the offset given"
    return (usual, f"the usual clock of reports in '{report.language}'") if not offset else (_fixed(offset), "the offset given")


def _fixed(offset: timedelta) -> str:
    """IANA's zone of a whole number of hours; its names count westwards."""
    hours = round(offset.total_seconds() / 3600)
    return f"Etc/GMT{-hours:+d}" if -14 <= -hours <= 12 and hours else "UTC"
