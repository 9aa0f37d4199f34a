"""Ritzau's XML: one RBNews, or the envelope in which its queue and lists send many (formats.md, 4.1).

Its dates are the clock of Copenhagen without saying so; every take has a new NewsID and names the ones before it, if anything
does; a press release comes "Via Ritzau" and is its sender's word, not Ritzau's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from sagt.formats import NOTHING, Given, Piece, Unreadable, item, markup, xml
from sagt.formats.item import Draft
from sagt.formats.xml import first, words
from sagt.types import Report, SignalKind, StampKind, Status, Subject

ITEM = "RBNews"
ENVELOPES = ("XMLNewsQueuedResponse", "XMLNewsListResponse", "XMLNewsQueuedResult", "ListOfRBNews", "ArrayOfRBNews")
#: What the flags of an item say of the take.
FLAGS = {"Annuleret": SignalKind.KILL, "Korrektion": SignalKind.CORRECTION, "NyVersion": SignalKind.UPDATE}


def pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The items of an envelope. Raises Unreadable if it holds an error message instead."""
    parsed = xml.parse(payload, given.encoding)
    error = next((e for e in parsed.root.iter() if xml.local(e) == "error"), None)
    if error is not None and (words(error) or "0") != "0":
        message = next((words(e) for e in parsed.root.iter() if xml.local(e) == "errormsg"), None)
        raise Unreadable(f"Ritzau answered with error {words(error)}: {message or 'no message'}")
    envelope = replace(given.envelope, faults=(*given.envelope.faults, *parsed.faults))
    for news in parsed.root.iter():
        if xml.local(news) == ITEM:
            yield Piece(xml.source(news), "ritzau", replace(given, encoding=None, envelope=envelope))


def queue_numbers(payload: bytes) -> list[str]:
    """The numbers by which the items of a queue's answer are acknowledged."""
    found = (words(e) for e in xml.parse(payload).root.iter() if xml.local(e) == "ServiceQueueId")
    return [number for number in found if number]


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one RBNews is. Raises Unreadable for other XML."""
    parsed = xml.parse(payload, given.encoding)
    news = next((e for e in parsed.root.iter() if xml.local(e) == ITEM), None)
    if news is None:
        raise Unreadable("no RBNews in Ritzau's XML")
    draft = Draft("ritzau", outlet="Ritzau", zone="Europe/Copenhagen", zone_why="Ritzau's clock", faults=list(parsed.faults))
    _names(draft, news)
    _take(draft, news)
    draft.title_path, draft.subtitle_path = "/RBNews/headline", "/RBNews/subtitle"
    draft.blocks = _paragraphs(first(news, "content"), "/RBNews/content")
    draft.dates = [(StampKind.PUBLISHED, words(first(news, "PublishDate")))]
    draft.subjects = list(_subjects(news))
    return item.finish(draft, payload, given)


def _names(draft: Draft, news: etree._Element) -> None:
    def field(name: str) -> str | None:
        return words(first(news, name))

    draft.guid, draft.version, draft.ids = field("NewsID"), field("version"), [field("HistID"), field("ServiceQueueId")]
    draft.title = _plain(first(news, "headline"))
    draft.subtitle = _plain(first(news, "subtitle"))
    draft.slug, draft.section, draft.dateline, draft.byline = field("strapline"), field("section"), field("town"), field("byLine")
    draft.credit, draft.note = field("origin"), _plain(first(news, "TilRedaktionen"))
    draft.urgency, draft.language = item.number(field("Priority")), field("Language")
    # "Via Ritzau" is how companies' own releases come; nobody else's item is credited by it.
    draft.agencies = [(draft.credit or "").strip("/ ")]
    draft.origin = draft.credit if not draft.agencies[0] or draft.agencies[0].lower() != "ritzau" else None


def _take(draft: Draft, news: etree._Element) -> None:
    for name, kind in FLAGS.items():
        if (words(first(news, name)) or "").lower() in ("true", "1"):
            draft.marks.append((kind, f"{name}: true"))
            if kind is SignalKind.KILL:
                draft.status = Status.CANCELED
    draft.replaces = [words(e) for e in xml.every(news, "Replaces", "RelatedNews", "NewsID")]
    draft.replaces += [words(e) for e in xml.every(news, "replacedID")]
    if any(draft.replaces):
        draft.marks.append((SignalKind.UPDATE, "Replaces"))
    version = item.number(draft.version, 2, 999)
    if version:
        draft.marks.append((SignalKind.UPDATE, f"version {version}"))


def _paragraphs(element: etree._Element | None, path: str) -> list[markup.Block]:
    if element is None or xml.nil(element):
        return []
    return markup.of_html(_inner(element), path)


def _inner(element: etree._Element) -> str:
    """The HTML in an element: escaped, as real elements, or both at once."""
    out = [element.text or ""]
    for child in element:
        name = xml.local(child)
        if name:
            out.append(f"<{name}>" if name == "br" else f"<{name}>{_inner(child)}</{name}>")
        out.append(child.tail or "")
    return "".join(out)


def _plain(element: etree._Element | None) -> str | None:
    """A field that may hold HTML, as text on one line."""
    return " ".join(block.text for block in _paragraphs(element, "")).strip() or None


def _subjects(news: etree._Element) -> Iterator[Subject]:
    """IPTC codes: eight digits from 20000000 on are Media Topics, except for the top terms that both lists have."""
    named = {words(first(r, "Iptc")): words(first(r, "IptcName")) for r in xml.every(news, "IPTCRecords", "IPTCRecord")}
    codes = [words(e) for e in xml.every(news, "IPTCList", "int")] + list(named)
    for code in dict.fromkeys(filter(None, codes)):
        yield Subject(("medtop:" if code.startswith("2") else "subj:") + code, named.get(code))
    for keyword in xml.every(news, "SubjectKeyword", "string"):
        yield Subject(None, words(keyword))
