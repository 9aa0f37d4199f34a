"""What the formats of wire items have in common: what is gathered from one, and the Report that comes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sagt import credits, language, languages, takes
from sagt.formats import Given, faults_of, identity, stamps
from sagt.formats.clean import clean
from sagt.formats.markup import Block
from sagt.types import Fault, Item, Part, Report, SignalKind, Span, Stamp, StampKind, Status, Subject

#: Characters of a field of the envelope that are kept.
LONGEST_FIELD = 2_000


@dataclass(slots=True)
class Draft:
    """An item while it is read: what its fields hold, as they stand."""

    format: str
    title: str | None = None
    subtitle: str | None = None
    blocks: list[Block] = field(default_factory=list)  #: the body
    summary: list[Block] = field(default_factory=list)  #: stands in for the body where there is none
    outlet: str | None = None
    url: str | None = None
    language: str | None = None
    agencies: list[str | None] = field(default_factory=list)  #: whom the envelope credits
    dates: list[tuple[StampKind, str | None]] = field(default_factory=list)
    zone: str | None = None  #: IANA name of the clock of dates that name none, by the format
    zone_why: str = ""
    marks: list[tuple[SignalKind, str]] = field(default_factory=list)  #: what fields of the format say of the take
    status: Status | None = None
    faults: list[str] = field(default_factory=list)
    guid: str | None = None
    version: str | None = None
    ids: list[str | None] = field(default_factory=list)
    replaces: list[str | None] = field(default_factory=list)
    slug: str | None = None
    section: str | None = None
    byline: str | None = None
    credit: str | None = None
    origin: str | None = None
    dateline: str | None = None
    note: str | None = None
    urgency: int | None = None
    subjects: list[Subject] = field(default_factory=list)
    title_path: str = "title"
    subtitle_path: str = "subtitle"


def finish(draft: Draft, payload: bytes, given: Given) -> Report:
    """The report that comes of a draft; `payload` is what its id is the digest of."""
    faults = [*faults_of(given), *map(Fault, draft.faults)]
    title, subtitle = _line(draft.title), _line(draft.subtitle)
    text, parts = _text(_shown(draft, title, subtitle), faults)
    spoken, doubt = language.spoken(text, given.language, draft.language or given.envelope.language)
    faults += [Fault(f"the item {doubt}")] if doubt else []
    outlet = given.outlet or languages.publisher(draft.outlet) or given.envelope.outlet
    dated = _stamps(draft, given, outlet, faults)
    published = given.published or next((s.local for s in dated if s.kind is StampKind.PUBLISHED and s.local), None)
    note = _line(draft.note)
    signal = takes.signal(
        draft.marks, {"headline": title, "slug": draft.slug, "note": note, "text": "\n".join(b.text for b in draft.blocks[:2])}
    )
    item = Item(
        guid=_line(draft.guid), version=_line(draft.version), ids=_each(draft.ids), replaces=_each(draft.replaces), signal=signal,
        slug=_line(draft.slug), section=_line(draft.section), byline=_line(draft.byline), credit=_line(draft.credit),
        origin=_line(draft.origin), dateline=_line(draft.dateline), note=note, urgency=draft.urgency,
        embargo=next((s.local for s in dated if s.kind is StampKind.EMBARGOED), None),
        subjects=tuple(dict.fromkeys(draft.subjects)), stamps=dated,
    )  # fmt: skip
    return Report(
        id=identity(payload), text=text, format=draft.format, outlet=outlet, agencies=_agencies(draft, text),
        url=draft.url or given.url, language=spoken, title=given.title or title, published=published, zone=given.zone or draft.zone,
        replaces=item.replaces[0] if item.replaces else None, status=takes.status(draft.status, signal),
        faults=tuple(faults), name=given.name, item=item, parts=parts,
    )  # fmt: skip


def _shown(draft: Draft, title: str | None, subtitle: str | None) -> list[Block]:
    """Headline, subtitle and body; a headline that the body opens with stands once."""
    body = draft.blocks or draft.summary
    opening = [" ".join(block.text.split()) for block in body[:3]]
    head = [Block(title, draft.title_path)] if title and title not in opening else []
    head += [Block(subtitle, draft.subtitle_path)] if subtitle and subtitle not in opening and subtitle != title else []
    return head + body


def _text(blocks: Iterable[Block], faults: list[Fault]) -> tuple[str, tuple[Part, ...]]:
    """The paragraphs, cleaned, a blank line between them; where each stands in the payload; a fault for each that was changed."""
    texts: list[str] = []
    parts: list[Part] = []
    at = 0
    for block in blocks:
        cleaned = clean(block.text)
        text = cleaned.text.strip(" \n")
        if not text.strip():
            continue
        span = Span(at, at + len(text))
        faults += [Fault(change, span) for change in cleaned.changes]
        texts.append(text)
        parts.append(Part(span, block.path))
        at = span.end + 2
    return "\n\n".join(texts), tuple(parts)


def _stamps(draft: Draft, given: Given, outlet: str | None, faults: list[Fault]) -> tuple[Stamp, ...]:
    zone = stamps.zone_of(given.zone, "the zone given for the report") or stamps.zone_of(draft.zone, draft.zone_why)
    zone = zone or stamps.zone_of(languages.zones().get((outlet or "").lower()), f"the clock of {outlet}")
    read = [stamps.read(kind, original, zone) for kind, original in draft.dates if original and original.strip()]
    faults += [one.fault for one in read if one.fault]
    return tuple(one.stamp for one in read)


def _agencies(draft: Draft, text: str) -> tuple[str, ...]:
    """The agencies credited in the text and by the envelope."""
    named = [credits.agency(name) for name in draft.agencies if name]
    return tuple(dict.fromkeys((*credits.names(text), *(name for name in named if name))))


def _line(words: str | None) -> str | None:
    """A field on one line, cleaned."""
    return " ".join(clean(words[:LONGEST_FIELD]).text.split()) or None if words else None


def _each(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in map(_line, names) if name))


def number(words: str | None, least: int = 1, most: int = 9) -> int | None:
    """A number from `least` to `most`, if that is what the words are."""
    words = (words or "").strip()
    return int(words) if words.isascii() and words.isdigit() and len(words) < 4 and least <= int(words) <= most else None
