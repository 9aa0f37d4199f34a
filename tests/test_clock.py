"""Whose clock a report runs by."""

import pytest

from sagt import Report
from sagt.clock import clock

ZONES = [
    ({"zone": "America/Chicago", "outlet": "DR"}, "America/Chicago", "the zone given"),
    ({"outlet": "DR"}, "Europe/Copenhagen", "the clock of DR"),
    ({"outlet": "The New York Times"}, "America/New_York", "the clock of The New York Times"),
    ({"url": "https://www.nytimes.com/x", "language": "en"}, "America/New_York", "nytimes.com"),
    ({"language": "da"}, "Europe/Copenhagen", "usual clock"),
    ({"language": "sv", "published": "2026-07-01T06:00:00+02:00"}, "Europe/Stockholm", "which has the offset"),
    ({"language": "en", "published": "2026-01-27T06:00:00-06:00"}, "America/Chicago", "a zone with the offset"),
    ({"language": "da", "published": "2026-01-27T06:00:00+05:00"}, "Etc/GMT-5", "the offset given"),
    ({}, "UTC", "nothing tells"),
]


@pytest.mark.parametrize(("report", "zone", "why"), ZONES)
def test_zone(report: dict[str, str], zone: str, why: str) -> None:
    got = clock(Report("x", "", **report))
    assert got.zone == zone
    assert why in got.why


def test_a_day_alone_is_not_exact() -> None:
    got = clock(Report("x", "", language="da", published="2026-01-27"))
    assert got.now is not None
    assert (got.now.isoformat(), got.exact) == ("2026-01-27T00:00:00+01:00", False)


@pytest.mark.parametrize("published", ["yesterday", "0001-01-01", "9999-12-31T23:59:59-12:00", ""])
def test_a_date_that_is_none(published: str) -> None:
    assert clock(Report("x", "", language="da", published=published)).now is None
