"""NewsML-G2 (IPTC, 2.x): a newsItem alone or in a newsMessage, with its text as XHTML, NITF, TT's own mark-up or plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from sagt import takes
from sagt.formats import NOTHING, Given, Piece, Unreadable, item, markup, nitf, xml
from sagt.formats.item import Draft
from sagt.formats.xml import every, first, words
from sagt.types import Report, SignalKind, StampKind, Status, Subject

STATUS = {"usable": Status.USABLE, "withheld": Status.WITHHELD, "canceled": Status.CANCELED, "cancelled": Status.CANCELED}
#: Signals and what they say, by the code after the colon where the scheme is known to mean it.
SIGNALS = {
    "sig:update": SignalKind.UPDATE, "sig:correction": SignalKind.CORRECTION, "sig:atomic": None, "edstat:c": SignalKind.CORRECTION,
    "edstat:d": SignalKind.KILL, "tt_sig:replace": SignalKind.UPDATE, "tt_sig:correction": SignalKind.CORRECTION,
    "tt_sig:kill": SignalKind.KILL, "apsig:correction": SignalKind.CORRECTION, "apsig:kill": SignalKind.KILL,
}  # fmt: skip
#: Relations of links that point at the version before.
REPLACES = re.compile(r"replace|prev(?:ious)?version|supersede|evolvedfrom|corrects|updates", re.IGNORECASE)
#: altIds that name an item that this one replaces.
REFERS = re.compile(r"refuno|replaces", re.IGNORECASE)
DATES = {
    "versionCreated": StampKind.PUBLISHED,
    "firstCreated": StampKind.CREATED,
    "embargoed": StampKind.EMBARGOED,
    "expires": StampKind.EXPIRES,
}
CONTENT_DATES = {"contentCreated": StampKind.CONTENT_CREATED, "contentModified": StampKind.UPDATED}
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_OTHERS = frozenset(("packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem", "eventItem"))


def pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The items of a newsMessage; one that holds a single item is that item's payload, header and all."""
    parsed = xml.parse(payload, given.encoding)
    items = [e for e in every(parsed.root, "itemSet") for e in xml.children(e)]
    if len(items) == 1 or xml.local(parsed.root) == "newsItem":
        yield Piece(payload, "newsml-g2", given)
        return
    envelope = replace(given.envelope, faults=(*given.envelope.faults, *parsed.faults))
    if not items:
        raise Unreadable("a newsMessage without items")
    for one in items:
        yield Piece(xml.source(one), "newsml-g2", replace(given, encoding=None, envelope=envelope))


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one newsItem is. Raises Unreadable for other items (packages, concepts, plans) and other XML."""
    parsed = xml.parse(payload, given.encoding)
    root = parsed.root
    news = root if xml.local(root) == "newsItem" else next(every(root, "itemSet", "newsItem"), None)
    if news is None:
        other = next((xml.local(e) for e in root.iter() if xml.local(e) in _OTHERS), xml.local(root))
        raise Unreadable(f"NewsML-G2, but no news item: a {other}")
    draft = Draft("newsml-g2", faults=list(parsed.faults))
    meta, content = first(news, "itemMeta"), first(news, "contentMeta")
    _names(draft, news, meta, content)
    _credits(draft, root, meta, content)
    _dates(draft, root, meta, content)
    _take(draft, meta, content)
    _body(draft, news)
    draft.subjects = [_subject(e) for e in every(content, "subject")]
    return item.finish(draft, payload, given)


def _names(draft: Draft, news: etree._Element, meta: etree._Element | None, content: etree._Element | None) -> None:
    draft.guid, draft.version = news.get("guid"), news.get("version")
    draft.ids = [words(e) for e in every(content, "altId") if not REFERS.search(e.get("type") or "")]
    # Reuters names the version in an element of its own; other items refer to it by that.
    draft.ids += [e.get("guid") for e in every(meta, "versionedId")]
    headline = next((e for e in (*every(content, "headline"), *every(meta, "title")) if words(e)), None)
    draft.title, draft.title_path = words(headline), xml.path(headline) if headline is not None else ""
    tag = first(content, "language")
    draft.language = (tag.get("tag") if tag is not None else None) or news.get(_LANG)
    draft.slug, draft.dateline = words(first(content, "slugline")), words(first(content, "dateline"))
    notes = [e for e in every(meta, "edNote") if "nonpublic" not in (e.get("pubconstraint") or "")]
    # A note that holds others whole (dpa's notepad) stands in for none of them.
    draft.note = " | ".join(filter(None, (words(e) for e in notes if not len(e)))) or next(filter(None, map(words, notes)), None)
    draft.urgency = item.number(words(first(content, "urgency")))
    draft.section = _name(first(meta, "service"))


def _credits(draft: Draft, root: etree._Element, meta: etree._Element | None, content: etree._Element | None) -> None:
    provider = _name(first(meta, "provider"))
    draft.outlet = provider or words(first(root, "header", "sender"))
    draft.credit = words(first(content, "creditline"))
    sources = list(every(content, "infoSource"))
    original = [e for e in sources if (e.get("role") or "").lower().endswith(("origprov", "source"))] or sources
    draft.origin = next(filter(None, map(_name, original)), None)
    draft.agencies = [draft.credit, *map(_name, sources), provider]
    names = [words(first(e, "name")) for e in every(content, "creator")]
    draft.byline = words(first(content, "by")) or ", ".join(filter(None, names)) or None
    rights = first(meta.getparent() if meta is not None else None, "rightsInfo", "copyrightHolder")
    draft.outlet = draft.outlet or _name(rights)
    if draft.dateline is None:
        draft.dateline = _name(first(content, "located"))


def _dates(draft: Draft, root: etree._Element, meta: etree._Element | None, content: etree._Element | None) -> None:
    for part, kinds in ((meta, DATES), (content, CONTENT_DATES)):
        for name, kind in kinds.items():
            draft.dates += [(kind, words(e)) for e in every(part, name)]
    draft.dates += [(StampKind.SENT, words(e)) for e in every(root, "header", "sent")]


def _take(draft: Draft, meta: etree._Element | None, content: etree._Element | None) -> None:
    for signal in every(meta, "signal"):
        code = (signal.get("qcode") or signal.get("uri") or "").strip()
        kind = SIGNALS.get(code.lower())
        if kind:
            draft.marks.append((kind, code))
    state = first(meta, "pubStatus")
    code = (state.get("qcode") or state.get("uri") or "") if state is not None else ""
    draft.status = STATUS.get(re.split("[:/]", code)[-1].lower())
    if draft.status is Status.CANCELED:
        draft.marks.append((SignalKind.KILL, code))
    for link in every(meta, "link"):
        if REPLACES.search(link.get("rel") or ""):
            draft.replaces.append(link.get("residref") or link.get("guidref") or link.get("href"))
            draft.marks.append((SignalKind.UPDATE, link.get("rel") or ""))
    draft.replaces += [words(e) for e in every(content, "altId") if REFERS.search(e.get("type") or "")]
    number = takes.counter(draft.version)
    if number and number > 1:
        draft.marks.append((SignalKind.UPDATE, f"version {number}"))


def _body(draft: Draft, news: etree._Element) -> None:
    """The first part of the content that has words; the others say the same in other mark-up."""
    for part in every(news, "contentSet"):
        for one in xml.children(part, "inlineXML", "inlineData"):
            path = xml.path(one)
            if xml.local(one) == "inlineData":
                told = (one.get("contenttype") or "").lower()
                draft.blocks = markup.of_html(one.text or "", path) if "html" in told else markup.of_text(one.text or "", path)
            else:
                inner = next(xml.children(one), None)
                draft.blocks = _inline(inner, path) if inner is not None else []
            if draft.blocks:
                return
    draft.summary = [b for e in every(news, "contentMeta", "description") for b in markup.of_element(e, xml.path(e))][:1]


def _inline(inner: etree._Element, path: str) -> list[markup.Block]:
    name = xml.local(inner).lower()
    if name == "nitf":
        return nitf.body(first(inner, "body"), f"{path}/nitf/body")
    if name == "html":
        body = first(inner, "body")
        return markup.of_element(body, f"{path}/html/body") if body is not None else []
    return markup.of_element(inner, f"{path}/{xml.local(inner)}")


def _name(element: etree._Element | None) -> str | None:
    """Who or what an element stands for: its name, its literal, or its code without the scheme."""
    if element is None:
        return None
    code = (element.get("qcode") or "").split(":")[-1]
    return words(first(element, "name")) or element.get("literal") or code or element.get("uri") or None


def _subject(element: etree._Element) -> Subject:
    return Subject(element.get("qcode") or element.get("uri") or element.get("literal"), words(first(element, "name")))
