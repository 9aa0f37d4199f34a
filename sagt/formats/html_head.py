"""What an HTML page says of itself: its title, outlet, time, language and address, in meta elements and JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lxml.html import HtmlElement

from sagt.types import Fault

#: Characters of one JSON-LD script that are read, and things looked at in all of them. Pages of big outlets hold
#: some 20,000 characters and a few hundred things.
LONGEST_SCRIPT = 1_000_000
MOST_THINGS = 10_000
#: Characters of a title, name or address that are kept.
LONGEST_VALUE = 1_000

_ARTICLES = re.compile(r"(?:Article|Report|Posting|Review)$")
_SPACES = re.compile(r"\s+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PUBLISHED = ("article:published_time", "og:published_time", "article:published", "datepublished", "publishdate", "pubdate",
              "dc.date.issued", "dcterms.issued", "dc.date", "date")  # fmt: skip
_OUTLET = ("og:site_name", "publisher", "article:publisher", "dc.publisher")


@dataclass(frozen=True, slots=True)
class About:
    """The page's own word; None where it says nothing."""

    title: str | None = None
    outlet: str | None = None
    published: str | None = None  #: ISO 8601, clock and offset as they stand in the page
    language: str | None = None
    url: str | None = None
    faults: tuple[Fault, ...] = ()


def about(tree: HtmlElement) -> About:
    """What the page `tree` says of itself."""
    meta = _meta(tree)
    article = _article(tree)
    given = list(_times(tree, meta, article))
    published = next((time for time in map(iso, given) if time), None)
    unread = bool(given) and published is None
    return About(
        title=_first(meta.get("og:title"), article.get("headline"), _text_of(tree, "h1"), _text_of(tree, "title")),
        outlet=_outlet(meta, article),
        published=published,
        language=_first(tree.get("lang"), tree.get("xml:lang"), meta.get("og:locale"), article.get("inLanguage")),
        url=_address(tree, meta, article),
        faults=(Fault(f"published time not understood: {given[0][:80]!r}"),) if unread else (),
    )


def iso(value: str) -> str | None:
    """`value` as ISO 8601 with the clock and offset that it has; None if it is no time. Mail dates (RFC 2822) are rewritten."""
    value = value.strip()
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
        datetime.fromisoformat(value)
        return value[:10] + "T" + value[11:] if value[10:11] == " " else value
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _times(tree: HtmlElement, meta: dict[str, str], article: dict[str, Any]) -> Iterator[str]:
    candidates = [article.get("datePublished"), *map(meta.get, _PUBLISHED)]
    marked = [time for time in tree.iter("time") if time.get("datetime")]
    # A page has many <time>s (of other items, of the event); one that says it is the publication's goes first.
    marked.sort(key=lambda time: not (time.get("pubdate") is not None or time.get("itemprop") == "datePublished"))
    candidates += [time.get("datetime") for time in marked[:5]]
    return (value for value in candidates if isinstance(value, str) and value.strip())


def _outlet(meta: dict[str, str], article: dict[str, Any]) -> str | None:
    named = (meta.get(key) for key in _OUTLET)
    by_meta = next((name for name in named if name and not name.startswith("http")), None)
    publisher = article.get("publisher")
    publisher = publisher[0] if isinstance(publisher, list) and publisher else publisher
    by_json = publisher.get("name") if isinstance(publisher, dict) else publisher
    return _first(by_meta, by_json)


def _address(tree: HtmlElement, meta: dict[str, str], article: dict[str, Any]) -> str | None:
    links = (link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    for value in (*links, meta.get("og:url"), article.get("url")):
        if isinstance(value, str) and re.match(r"https?://", value.strip()) and len(value) < LONGEST_VALUE:
            return value.strip()
    return None


def _meta(tree: HtmlElement) -> dict[str, str]:
    """The first content of each property, name or itemprop, in small letters."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        key = element.get("property") or element.get("name") or element.get("itemprop")
        content = (element.get("content") or "").strip()
        if key and content:
            found.setdefault(key.strip().lower(), content)
    return found


def _article(tree: HtmlElement) -> dict[str, Any]:
    """The first article among the things of the page's JSON-LD; empty if there is none."""
    seen = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        for thing in _things(_json(script.text or "")):
            seen += 1
            if seen > MOST_THINGS:
                return {}
            if _is_article(thing):
                return thing
    return {}


def _json(script: str) -> Any:
    try:
        return json.loads(script[:LONGEST_SCRIPT], strict=False)
    except (ValueError, RecursionError):
        return None


def _things(data: Any) -> Iterator[dict[str, Any]]:
    """All objects in `data`, outer before inner, without recursion."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting += reversed(list(item.values()))
        elif isinstance(item, list):
            waiting += reversed(item)


def _is_article(thing: dict[str, Any]) -> bool:
    types = thing.get("@type")
    return any(isinstance(name, str) and _ARTICLES.search(name) for name in (types if isinstance(types, list) else [types]))


def _text_of(tree: HtmlElement, tag: str) -> str | None:
    element = next(iter(tree.iter(tag)), None)
    return None if element is None else "".join(part for part, _ in zip(element.itertext(), range(100), strict=False))


def _first(*values: object) -> str | None:
    """The first value that is a text and not blank, its white space made single."""
    for value in values:
        if isinstance(value, str) and value.strip():
            return _SPACES.sub(" ", value.strip())[:LONGEST_VALUE]
    return None
