"""ninjs, IPTC's news in JSON: generations 1, 2 and 3, and the dialects of Superdesk, TT, NTB and the BBC. Read with a free hand.

The generations differ in how they spell names (`versioncreated`, `versionCreated`) and in whether a text is a property
(`body_xhtml`) or a member of a list (`bodies`); both are read whatever generation the item says it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sagt import languages, takes
from sagt.formats import NOTHING, Given, Piece, Unreadable, item, markup, nitf, xml
from sagt.formats.item import Draft
from sagt.formats.text import decode
from sagt.types import Report, SignalKind, StampKind, Status, Subject

Fields = Mapping[str, Any]

STATUS = {"usable": Status.USABLE, "withheld": Status.WITHHELD, "canceled": Status.CANCELED, "cancelled": Status.CANCELED,
          "killed": Status.CANCELED, "recalled": Status.CANCELED, "unpublished": Status.CANCELED}  # fmt: skip
DATES = {"versioncreated": StampKind.PUBLISHED, "firstcreated": StampKind.CREATED, "contentcreated": StampKind.CONTENT_CREATED,
         "embargoed": StampKind.EMBARGOED, "embargoeduntil": StampKind.EMBARGOED, "expires": StampKind.EXPIRES}  # fmt: skip
#: Kinds of body, best first: mark-up keeps the paragraphs.
BODIES = ("xhtml", "html5", "html", "xml", "", "text")


def looks_like(value: object) -> bool:
    """True for an object that names an item and has what only news items have."""
    if not isinstance(value, dict):
        return False
    keys = {key.lower() for key in value if isinstance(key, str)}
    named = keys & {"uri", "guid"}
    marks = {"headline", "headlines", "versioncreated", "pubstatus", "bodies", "representationtype", "$standard", "descriptions"}
    return bool(named and (keys & marks or any(key.startswith(("body_", "headline_", "description_")) for key in keys)))


def pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The items of a list, or of an object that holds one under `item`, `items` or `_items`."""
    value = load(payload, given.encoding)
    items = (
        value
        if isinstance(value, list)
        else next((value[k] for k in ("item", "items", "_items") if isinstance(value.get(k), list)), [value])
    )
    if len(items) == 1 and items[0] is value:
        yield Piece(payload, "ninjs", given)
        return
    for one in items:
        yield Piece(json.dumps(one, ensure_ascii=False).encode("utf-8", "replace"), "ninjs", given)


def load(payload: bytes, encoding: str | None = None) -> Any:
    """The JSON in `payload`. Raises Unreadable if it is none."""
    source = decode(payload, encoding).text.lstrip("\ufeff")
    try:
        return json.loads(source)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {str(error)[:120]}") from None


def read(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one item is. Raises Unreadable for what is no object."""
    value = load(payload, given.encoding)
    if not isinstance(value, dict):
        raise Unreadable("a ninjs item is a JSON object")
    fields = {key.lower(): one for key, one in value.items()}
    draft = Draft("ninjs")
    _names(draft, fields)
    _credits(draft, fields)
    _take(draft, fields)
    draft.dates = [(kind, _text(fields.get(name))) for name, kind in DATES.items()]
    draft.blocks = _blocks(fields, "body", "bodies")
    draft.summary = _blocks(fields, "description", "descriptions")
    draft.subjects = [s for key in ("subject", "subjects") for s in _subjects(fields.get(key))]
    return item.finish(draft, payload, given)


def _names(draft: Draft, fields: Fields) -> None:
    draft.guid, draft.version = _text(fields.get("uri")) or _text(fields.get("guid")), _text(fields.get("version"))
    draft.ids = [*_alternative(fields.get("altids")), _text(fields.get("originaltransmissionreference"))]
    if draft.guid and re.match(r"https?://", draft.guid):
        draft.url = draft.guid
    headlines = [h for h in _dicts(fields.get("headlines")) if _text(h.get("value"))]
    main = next((h for h in headlines if h.get("role") in (None, "main", "headline")), headlines[0] if headlines else None)
    draft.title = _text(fields.get("headline")) or _text(fields.get("headline_main")) or (_text(main["value"]) if main else None)
    draft.title = (
        draft.title
        or next((_text(v) for k, v in fields.items() if k.startswith("headline_") and _text(v)), None)
        or _text(fields.get("title"))
    )
    if draft.title and "<" in draft.title:
        draft.title = " ".join(b.text for b in markup.of_html(draft.title, ""))
    draft.title_path = "/headline" if "headline" in fields else "/headlines"
    draft.language = _text(fields.get("language"))
    draft.slug, draft.note = _text(fields.get("slugline")) or _text(fields.get("slug")), _plain(_text(fields.get("ednote")))
    draft.dateline = _text(fields.get("dateline")) or _text(fields.get("located"))
    draft.urgency = item.number(_text(fields.get("urgency")))
    draft.section = next((_text(s.get("name")) for s in _dicts(fields.get("service"))), None)


def _credits(draft: Draft, fields: Fields) -> None:
    draft.byline = (
        _text(fields.get("byline"))
        or _text(fields.get("by"))
        or ", ".join(filter(None, (_text(a.get("name")) for a in _dicts(fields.get("authors")))))
        or None
    )
    sources = [_text(s.get("name")) or _text(s.get("literal")) for k in ("infosource", "infosources") for s in _dicts(fields.get(k))]
    source = _text(fields.get("source"))
    draft.outlet = source or _text(fields.get("copyrightholder")) or languages.publisher_at(draft.guid) or next(filter(None, sources), None)
    draft.credit, draft.origin = source, next(filter(None, sources), None)
    draft.agencies = [source, *sources, draft.byline, *(draft.byline or "").split("/"), draft.outlet]


def _take(draft: Draft, fields: Fields) -> None:
    told = (_text(fields.get("pubstatus")) or "").lower()
    draft.status = STATUS.get(told)
    if draft.status is Status.CANCELED:
        draft.marks.append((SignalKind.KILL, f"pubstatus {told}"))
    for key in ("evolvedfrom", "replacing", "rewrite_of"):
        value = fields.get(key)
        names = value if isinstance(value, list) else [value]
        draft.replaces += [_text(n.get("uri") if isinstance(n, dict) else n) for n in names]
        if any(map(_text, names)):
            draft.marks.append((SignalKind.UPDATE, key))
    number = takes.counter(draft.version)
    if number and number > 1:
        draft.marks.append((SignalKind.UPDATE, f"version {number}"))
    sequence = fields.get("correction_sequence")
    if isinstance(sequence, int) and sequence > 0:
        draft.marks.append((SignalKind.CORRECTION, f"correction_sequence {sequence}"))
    if (_text(fields.get("state")) or "").lower() in ("corrected", "killed", "recalled"):
        kind = SignalKind.CORRECTION if fields["state"].lower() == "corrected" else SignalKind.KILL
        draft.marks.append((kind, f"state {fields['state']}"))


def _blocks(fields: Fields, prefix: str, plural: str) -> list[markup.Block]:
    """The best of the bodies (or descriptions), whatever generation they are written in."""
    found = [
        (key[len(prefix) :].lstrip("_"), f"/{key}", _text(value))
        for key, value in fields.items()
        if key.startswith(prefix + "_") or key == prefix
    ]
    for number, one in enumerate(_dicts(fields.get(plural))):
        kind = (_text(one.get("contentType")) or _text(one.get("contenttype")) or _text(one.get("role")) or "").lower()
        found.append(
            ("html" if "html" in kind else "text" if "plain" in kind else kind, f"/{plural}/{number}/value", _text(one.get("value")))
        )
    rank = {name: i for i, name in enumerate(BODIES)}
    for name, path, value in sorted(found, key=lambda f: rank.get(f[0].split("_")[-1], len(BODIES))):
        if value and value.strip():
            if "nitf" in name or re.match(r"\s*(?:<\?xml[^>]*>\s*)?<nitf\b", value):
                parsed = xml.parse(value.encode("utf-8", "replace"), "utf-8")
                return nitf.body(xml.first(parsed.root, "body"), f"{path}!/nitf/body")
            looks = "<" in value and re.search(r"</?\w+[^<>]*>", value)
            return markup.of_html(value, path) if looks or "html" in name else markup.of_text(value, path)
    return []


def _subjects(value: object) -> Iterator[Subject]:
    for one in _dicts(value):
        code = _text(one.get("code")) or _text(one.get("qcode")) or _text(one.get("literal")) or _text(one.get("uri"))
        if code and re.fullmatch(r"\d{8}", code):
            code = ("medtop:" if code.startswith("2") else "subj:") + code
        yield Subject(code, _text(one.get("name")))


def _alternative(value: object) -> list[str | None]:
    if isinstance(value, dict):
        return [_text(one) for one in value.values()]
    return [_text(one.get("value")) for one in _dicts(value)]


def _dicts(value: object) -> Iterable[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    return (one for one in found if isinstance(one, dict))


def _text(value: object) -> str | None:
    """A value as words; None for what is empty, a list or an object."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def _plain(value: str | None) -> str | None:
    return " ".join(b.text for b in markup.of_html(value, "")) if value and "<" in value else value
