"""NITF 3.x and older, with or without its namespace (IPTC NITF 3.6; formats.md, 4.5)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from sagt import takes
from sagt.formats import NOTHING, Given, Unreadable, item, markup, xml
from sagt.formats.item import Draft
from sagt.formats.xml import every, first, words
from sagt.types import Report, SignalKind, StampKind, Status, Subject

STATUS = {"usable": Status.USABLE, "embargoed": Status.WITHHELD, "withheld": Status.WITHHELD, "canceled": Status.CANCELED,
          "cancelled": Status.CANCELED, "killed": Status.CANCELED}  # fmt: skip
DATES = {"date.issue": StampKind.PUBLISHED, "date.release": StampKind.EMBARGOED, "date.expire": StampKind.EXPIRES}


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that a NITF document is. Raises Unreadable for other XML."""
    parsed = xml.parse(payload, given.encoding)
    root = parsed.root
    if xml.local(root) != "nitf":
        raise Unreadable(f"not NITF: its root is {xml.local(root)!r}")
    draft = Draft("nitf", faults=list(parsed.faults))
    head, about = first(root, "head"), first(root, "head", "docdata")
    _head(draft, root, about)
    _take(draft, about)
    draft.blocks = body(first(root, "body"), "/nitf/body")
    draft.summary = [b for e in every(root, "body", "body.head", "abstract") for b in markup.of_element(e, "/nitf/body/body.head/abstract")]
    draft.subjects = list(_subjects(head))
    return item.finish(draft, payload, given)


def body(element: etree._Element | None, path: str) -> list[markup.Block]:
    """The paragraphs of the body's content, without its head and end; some agencies leave these parts out."""
    contents = list(xml.children(element, "body.content"))
    if not contents:
        return markup.of_element(element, path) if element is not None else []
    found = [b for i, e in enumerate(contents, 1) for b in markup.of_element(e, f"{path}/body.content[{i}]")]
    # Some systems escape a page's embeds into paragraphs; they are no words of the report.
    return [block for block in found if not block.text.lstrip().startswith("<")]


def _head(draft: Draft, root: etree._Element, about: etree._Element | None) -> None:
    top = first(root, "body", "body.head")
    headline = next(
        (e for e in (first(top, "hedline", "hl1"), first(top, "headline", "hl1"), first(root, "head", "title")) if words(e)), None
    )
    draft.title, draft.title_path = words(headline), xml.path(headline) if headline is not None else ""
    draft.byline, draft.outlet = words(first(top, "byline")), words(first(top, "distributor"))
    dateline = first(top, "dateline")
    place = words(first(dateline, "location")) or (dateline.text or "" if dateline is not None else "")
    draft.dateline = place.strip() or None
    draft.language = root.get("baselang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    draft.guid, source = _attribute(about, "doc-id", "id-string"), _attribute(about, "doc-id", "regsrc")
    draft.outlet = draft.outlet or source or _attribute(about, "doc.copyright", "holder") or words(first(top, "rights", "rights.owner"))
    draft.outlet = draft.outlet or _attribute(about, "doc.rights", "owner")
    draft.agencies = [draft.outlet, source]
    draft.urgency = item.number(_attribute(about, "urgency", "ed-urg"))
    notes = [_attribute(about, "ed-msg", "info"), *(words(e) for e in every(top, "note"))]
    draft.note = " | ".join(filter(None, notes)) or None
    for name, kind in DATES.items():
        draft.dates += [(kind, e.get("norm") or words(e)) for e in every(about, name)]
    published = next((value for kind, value in draft.dates if kind is StampKind.PUBLISHED), None)
    if published is None:
        draft.dates.insert(0, (StampKind.PUBLISHED, _attribute(first(root, "head"), "pubdata", "date.publication")))
    meta = {e.get("name"): e.get("content") for e in every(root, "head", "meta")}
    draft.slug = meta.get("slugline") or meta.get("anpa-keyword") or meta.get("NTBStikkord")


def _take(draft: Draft, about: etree._Element | None) -> None:
    key = first(about, "du-key")
    if key is not None:
        draft.version, draft.ids = key.get("version") or key.get("generation"), [key.get("key")]
        number = takes.counter(key.get("version"))
        generation = takes.counter(key.get("generation"))
        if (number or 0) > 1:
            draft.marks.append((SignalKind.UPDATE, f"du-key version {number}"))
        if (generation or 0) > 1:
            draft.marks.append((SignalKind.UPDATE, f"du-key generation {generation}"))
    told = (about.get("management-status") or "").lower() if about is not None else ""
    draft.status = STATUS.get(told)
    if draft.status is Status.CANCELED:
        draft.marks.append((SignalKind.KILL, f"management-status {told}"))
    for correction in every(about, "correction"):
        draft.marks.append((SignalKind.CORRECTION, f"correction: {correction.get('info') or 'no word of what'}"))
        draft.replaces.append(correction.get("id-string"))
    if about is not None:
        draft.replaces.append(about.get("management-doc-idref"))


def _attribute(element: etree._Element | None, name: str, attribute: str) -> str | None:
    return next((e.get(attribute) for e in every(element, name) if e.get(attribute)), None)


def _subjects(head: etree._Element | None) -> Iterator[Subject]:
    for subject in every(head, "tobject", "tobject.subject"):
        code = subject.get("tobject.subject.refnum")
        names = [subject.get(f"tobject.subject.{part}") for part in ("detail", "matter", "type")]
        yield Subject(f"subj:{code}" if code and code.isdigit() else code, next(filter(None, names), None))
    for keyword in every(head, "docdata", "key-list", "keyword"):
        yield Subject(None, keyword.get("key"))
