"""Feeds: RSS 2.0, 0.9x and 1.0, Atom 1.0 (RFC 4287), JSON Feed 1.1. Each entry is an item of its own.

Feeds in the wild break every rule of these standards, so nothing is asked for but the element of an entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from sagt import languages
from sagt.formats import NOTHING, Envelope, Given, Piece, Unreadable, item, markup, ninjs, xml
from sagt.formats.item import Draft
from sagt.formats.xml import first, local, words
from sagt.types import Report, StampKind, Subject

#: Entries of one feed that are read; the biggest feeds have some thousand.
MOST_ENTRIES = 20_000
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


def pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The entries of a feed, in its order. Raises Unreadable for XML that is no feed."""
    parsed = xml.parse(payload, given.encoding)
    root = parsed.root
    kind = local(root).lower()
    if kind not in ("rss", "rdf", "feed", "channel"):
        raise Unreadable(f"no feed: its root is {local(root)!r}")
    top = root if kind in ("feed", "channel") else first(root, "channel")
    envelope = _envelope(top if top is not None else root, given, parsed.faults)
    inner = replace(given, encoding=None, envelope=envelope)
    entries = (
        e for e in root.iter() if local(e) in ("item", "entry") and local(e.getparent() if e.getparent() is not None else e) in _PARENTS
    )
    for number, entry in enumerate(entries):
        if number == MOST_ENTRIES:
            break
        yield Piece(xml.source(entry), "atom" if local(entry) == "entry" else "rss", inner)


_PARENTS = frozenset(("channel", "RDF", "rss", "feed"))


def json_pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The items of a JSON Feed."""
    value = ninjs.load(payload, given.encoding)
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise Unreadable("a JSON Feed without items")
    home = _word(value.get("home_page_url")) or _word(value.get("feed_url")) or given.url
    envelope = replace(given.envelope, outlet=_outlet(_word(value.get("title")), home), language=_word(value.get("language")), url=home)
    for one in items[:MOST_ENTRIES]:
        if isinstance(one, dict):
            yield Piece(
                json.dumps(one, ensure_ascii=False).encode("utf-8", "replace"), "jsonfeed", replace(given, encoding=None, envelope=envelope)
            )


def is_json_feed(value: object) -> bool:
    """True for an object that says it is a JSON Feed."""
    return isinstance(value, dict) and "jsonfeed.org/version" in str(value.get("version"))


def _envelope(top: etree._Element, given: Given, faults: tuple[str, ...]) -> Envelope:
    links = list(xml.children(top, "link"))
    home = next((e.get("href") for e in links if e.get("href") and e.get("rel", "alternate") == "alternate"), None)
    home = home or next((words(e) for e in links if words(e)), None) or given.url
    language = words(first(top, "language")) or top.get(_LANG)
    return replace(
        given.envelope, outlet=_outlet(words(first(top, "title")), home), language=language, url=top.get(_BASE) or home,
        faults=(*given.envelope.faults, *faults),
    )  # fmt: skip


def _outlet(title: str | None, address: str | None) -> str | None:
    """The outlet of a feed: by its address where that is known, since titles of feeds are titles of sections."""
    return languages.publisher_at(address) or languages.publisher(title) or languages.host_of(address).removeprefix("www.") or None


def read_rss(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one RSS item is."""
    parsed = xml.parse(payload, given.encoding)
    entry = parsed.root
    draft = Draft("rss", faults=list(parsed.faults))
    draft.title = _plain(first(entry, "title"))
    name = first(entry, "guid")
    draft.guid = words(name) or entry.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    permanent = draft.guid if name is not None and (name.get("isPermaLink") or "true") == "true" else None
    draft.url = _address(next((words(e) for e in xml.children(entry, "link") if words(e)), None) or permanent, given)
    draft.byline = words(first(entry, "creator")) or words(first(entry, "author"))
    published = [words(first(entry, n)) for n in ("pubDate", "published", "issued", "date")]
    draft.dates = [(StampKind.PUBLISHED, next(filter(None, published), None))]
    draft.dates += [(StampKind.UPDATED, words(e)) for n in ("updated", "modified") for e in xml.children(entry, n)]
    draft.language = words(first(entry, "language"))
    draft.subjects = [Subject(e.get("domain"), words(e)) for e in xml.children(entry, "category", "subject") if words(e)]
    # Whom the entry was taken from: dropping it makes one origin look like many.
    origin = first(entry, "source")
    draft.origin = (words(origin) or origin.get("url")) if origin is not None else None
    draft.agencies = [draft.origin, draft.byline]
    _content(draft, entry, ("encoded", "body", "content"), ("description", "summary"))
    return item.finish(draft, payload, given)


def read_atom(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one Atom entry is."""
    parsed = xml.parse(payload, given.encoding)
    entry = parsed.root
    draft = Draft("atom", faults=list(parsed.faults))
    draft.title = _plain(first(entry, "title"))
    draft.guid = words(first(entry, "id"))
    links = [e.get("href") for e in xml.children(entry, "link") if e.get("rel", "alternate") == "alternate" and e.get("href")]
    draft.url = _address(next(iter(links), None), given)
    updated = words(first(entry, "updated")) or words(first(entry, "modified"))
    published = words(first(entry, "published")) or words(first(entry, "issued")) or words(first(entry, "created"))
    draft.dates = [(StampKind.PUBLISHED, published or updated), (StampKind.UPDATED, updated)]
    draft.byline = ", ".join(filter(None, (words(first(e, "name")) for e in xml.children(entry, "author")))) or None
    draft.origin = words(first(entry, "source", "title")) or words(first(entry, "source", "id"))
    draft.agencies = [draft.origin, draft.byline]
    draft.language = entry.get(_LANG)
    draft.subjects = [Subject(e.get("term"), e.get("label")) for e in xml.children(entry, "category")]
    _content(draft, entry, ("content",), ("summary",))
    return item.finish(draft, payload, given)


def read_json(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one item of a JSON Feed is."""
    value = ninjs.load(payload, given.encoding)
    if not isinstance(value, dict):
        raise Unreadable("an item of a JSON Feed is an object")
    draft = Draft("jsonfeed", title=_word(value.get("title")), guid=_word(value.get("id")), language=_word(value.get("language")))
    draft.url = _address(_word(value.get("url")), given)
    draft.dates = [(StampKind.PUBLISHED, _word(value.get("date_published")) or _word(value.get("date_modified")))]
    draft.dates.append((StampKind.UPDATED, _word(value.get("date_modified"))))
    authors = value.get("authors") if isinstance(value.get("authors"), list) else [value.get("author")]
    draft.byline = ", ".join(filter(None, (_word(a.get("name")) for a in authors or () if isinstance(a, dict)))) or None
    draft.origin = _word(value.get("external_url"))
    draft.subjects = [Subject(None, tag) for tag in value.get("tags") or () if isinstance(tag, str)]
    html, plain = _word(value.get("content_html")), _word(value.get("content_text"))
    draft.blocks = markup.of_html(html, "/content_html") if html else markup.of_text(plain or "", "/content_text")
    draft.summary = markup.of_html(_word(value.get("summary")) or "", "/summary")
    return item.finish(draft, payload, given)


def _content(draft: Draft, entry: etree._Element, full: tuple[str, ...], short: tuple[str, ...]) -> None:
    draft.blocks = next(filter(None, (_blocks(e) for name in full for e in xml.children(entry, name))), [])
    draft.summary = next(filter(None, (_blocks(e) for name in short for e in xml.children(entry, name))), [])
    # Many feeds put the whole text into the summary and a teaser into the content, or nothing at all.
    if sum(len(b.text) for b in draft.summary) > 2 * sum(len(b.text) for b in draft.blocks):
        draft.blocks, draft.summary = draft.summary, []


def _blocks(element: etree._Element) -> list[markup.Block]:
    path = f"/{local(element.getparent())}/{local(element)}" if element.getparent() is not None else ""
    if len(element):
        return markup.of_element(element, path)
    return markup.of_html(element.text or "", path)


def _plain(element: etree._Element | None) -> str | None:
    """A title, which may hold mark-up or be escaped once more."""
    if element is None:
        return None
    source = "".join(map(str, element.itertext()))
    return " ".join(b.text.replace("\n", " ") for b in markup.of_html(source, "")) if re.search("[<&]", source) else words(element)


def _address(link: str | None, given: Given) -> str | None:
    """An absolute address on the web, or None."""
    try:
        whole = urljoin(given.envelope.url or given.url or "", (link or "").strip())
    except ValueError:
        return None
    return whole if link and re.match(r"https?://[^\s/]", whole) and len(whole) < 2_000 else None


def _word(value: Any) -> str | None:
    return (
        value.strip() or None if isinstance(value, str) else str(value) if isinstance(value, int) and not isinstance(value, bool) else None
    )
