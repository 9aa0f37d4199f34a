"""NewsML 1.x (IPTC): a tree of components, as AFP, Business Wire and others send it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from sagt import takes
from sagt.formats import NOTHING, Given, Piece, Unreadable, item, markup, nitf, xml
from sagt.formats.item import Draft
from sagt.formats.xml import every, first, words
from sagt.types import Report, SignalKind, StampKind, Status, Subject

STATUS = {"usable": Status.USABLE, "embargoed": Status.WITHHELD, "withheld": Status.WITHHELD, "canceled": Status.CANCELED,
          "cancelled": Status.CANCELED}  # fmt: skip
#: Roles of components whose text is the report's.
BODY = frozenset(("main", "body", "main text", "text", "story"))
#: Roles of components whose text is something else.
OTHERS = frozenset(
    ("headline", "subheadline", "caption", "photo", "video", "graphic", "logo", "contact", "stylesheet", "supporting", "audio")
)
#: RevisionId's Update: what the revision changes. "N" is a whole new text, as AFP sends each take.
UPDATES = {"U": "metadata replaced", "A": "metadata added", "N": "whole item replaced"}
#: AFP's and others' instructions to the receiver.
INSTRUCTIONS = {"update": SignalKind.UPDATE, "rectify": SignalKind.CORRECTION, "correction": SignalKind.CORRECTION,
                "cancel": SignalKind.KILL,
                "delete": SignalKind.KILL, "kill": SignalKind.KILL, "repeat": SignalKind.REPEAT}  # fmt: skip


def pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The NewsItems of a NewsML document; a document with one is that item's payload."""
    parsed = xml.parse(payload, given.encoding)
    items = list(every(parsed.root, "NewsItem"))
    if len(items) < 2:
        yield Piece(payload, "newsml-1", given)
        return
    outlet = _party(first(parsed.root, "NewsEnvelope", "SentFrom"))
    envelope = replace(given.envelope, outlet=outlet, faults=(*given.envelope.faults, *parsed.faults))
    for one in items:
        yield Piece(xml.source(one), "newsml-1", replace(given, encoding=None, envelope=envelope))


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one NewsItem is. Raises Unreadable for other XML."""
    parsed = xml.parse(payload, given.encoding)
    root = parsed.root
    news = root if xml.local(root) == "NewsItem" else next(every(root, "NewsItem"), None)
    if news is None:
        raise Unreadable("NewsML 1, but no NewsItem")
    draft = Draft("newsml-1", faults=list(parsed.faults))
    _names(draft, root, news)
    _take(draft, news)
    _lines(draft, news)
    _body(draft, news)
    return item.finish(draft, payload, given)


def _names(draft: Draft, root: etree._Element, news: etree._Element) -> None:
    identity, management = first(news, "Identification", "NewsIdentifier"), first(news, "NewsManagement")
    draft.guid = words(first(identity, "PublicIdentifier"))
    provider = words(first(identity, "ProviderId"))
    draft.ids = [
        words(first(identity, "NewsItemId")),
        ":".join(filter(None, (provider, words(first(identity, "DateId")), words(first(identity, "NewsItemId"))))),
    ]
    draft.version = words(first(identity, "RevisionId"))
    draft.outlet = _party(first(root, "NewsEnvelope", "SentFrom")) or provider
    draft.agencies = [draft.outlet, provider]
    sources = [
        _party(e) for e in news.iter() if xml.local(e) in ("Source", "Provider") and xml.local(e.getparent()) == "AdministrativeMetadata"
    ]
    draft.origin = next(filter(None, sources), None)
    draft.dates = [
        (StampKind.PUBLISHED, words(first(management, "ThisRevisionCreated"))),
        (StampKind.CREATED, words(first(management, "FirstCreated"))),
    ]
    draft.dates += [(StampKind.SENT, words(e)) for e in every(root, "NewsEnvelope", "DateAndTime")]
    # AFP leaves the zone away and means UTC.
    draft.zone, draft.zone_why = ("UTC", "AFP's dates are UTC") if "afp" in (draft.outlet or "").lower() else (None, "")
    urgency = first(management, "Urgency") if first(management, "Urgency") is not None else first(root, "NewsEnvelope", "Priority")
    draft.urgency = item.number(urgency.get("FormalName")) if urgency is not None else None


def _take(draft: Draft, news: etree._Element) -> None:
    management = first(news, "NewsManagement")
    revision = first(news, "Identification", "NewsIdentifier", "RevisionId")
    number = takes.counter(draft.version)
    previous = revision.get("PreviousRevision") if revision is not None else None
    if (previous or "0").strip() not in ("0", "") or (number or 1) > 1:
        update = (revision.get("Update") or "N").upper() if revision is not None else "N"
        draft.marks.append((SignalKind.UPDATE, f"RevisionId {draft.version}, previous {previous}, {UPDATES.get(update, update)}"))
    state = _formal(first(management, "Status"))
    draft.status = STATUS.get((state or "").lower())
    if draft.status is Status.CANCELED:
        draft.marks.append((SignalKind.KILL, f"Status {state}"))
    for instruction in every(management, "Instruction"):
        kind = INSTRUCTIONS.get((_formal(instruction) or "").lower())
        if kind:
            draft.marks.append((kind, f"Instruction {_formal(instruction)}"))
    for derived in every(management, "StatusWillChange"):
        draft.dates.append((StampKind.EMBARGOED, words(first(derived, "DateAndTime"))))


def _lines(draft: Draft, news: etree._Element) -> None:
    """NewsLines, of the outermost component that has each."""
    lines = [e for e in news.iter() if xml.local(e) == "NewsLines" and (_role(e.getparent()) or "body") not in OTHERS]

    def line(name: str) -> etree._Element | None:
        return next((e for group in lines for e in xml.children(group, name) if words(e)), None)

    headline = line("HeadLine")
    draft.title, draft.title_path = words(headline), xml.path(headline) if headline is not None else ""
    subtitle = line("SubHeadLine")
    draft.subtitle, draft.subtitle_path = words(subtitle), xml.path(subtitle) if subtitle is not None else ""
    draft.byline, draft.dateline, draft.credit = words(line("ByLine")), words(line("DateLine")), words(line("CreditLine"))
    draft.slug = words(line("SlugLine")) or words(line("KeywordLine"))
    notes = [
        words(e)
        for e in news.iter()
        if xml.local(e) == "NewsLineText" and "editor" in (_formal(first(e.getparent(), "NewsLineType")) or "").lower()
    ]
    draft.note = " | ".join(filter(None, notes)) or None
    tags = [e.get("FormalName") for e in news.iter() if xml.local(e) == "Language" and e.get("FormalName")]
    draft.language = tags[0] if tags else news.get("{http://www.w3.org/XML/1998/namespace}lang")
    draft.subjects = [Subject("subj:" + code if code.isdigit() else code, None) for code in _codes(news)]


def _codes(news: etree._Element) -> Iterator[str]:
    for element in news.iter():
        if xml.local(element) in ("Subject", "SubjectMatter", "SubjectDetail", "SubjectQualifier") and element.get("FormalName"):
            yield element.get("FormalName", "")


def _body(draft: Draft, news: etree._Element) -> None:
    contents = [e for e in news.iter() if xml.local(e) == "DataContent"]
    told = [e for e in contents if _role_above(e) in BODY]
    free = [e for e in contents if _role_above(e) is None]
    for element in [*told, *free]:
        blocks = _content(element)
        if len(" ".join(b.text for b in blocks)) > len(" ".join(b.text for b in draft.blocks)):
            draft.blocks = blocks


def _content(element: etree._Element) -> list[markup.Block]:
    path = xml.path(element)
    inner = next(xml.children(element), None)
    if inner is None:
        return markup.of_html(element.text or "", path)
    if xml.local(inner) == "nitf":
        return nitf.body(first(inner, "body"), f"{path}/nitf/body")
    body = first(inner, "body") if xml.local(inner) == "html" else None
    return markup.of_element(body, f"{path}/html/body") if body is not None else markup.of_element(element, path)


def _role_above(element: etree._Element | None) -> str | None:
    while element is not None:
        if xml.local(element) == "NewsComponent" and (role := _role(element)):
            return role
        element = element.getparent()
    return None


def _role(component: etree._Element | None) -> str | None:
    return (_formal(first(component, "Role")) or "").lower() or None


def _formal(element: etree._Element | None) -> str | None:
    return element.get("FormalName") if element is not None else None


def _party(element: etree._Element | None) -> str | None:
    return _formal(first(element, "Party"))
