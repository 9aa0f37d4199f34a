"""A report as ninjs 3.1 (IPTC, draft 2020-12 schema): strict where reading is liberal.

With the record, the item has one property more, `sagt` (docs/ninjs-sagt.schema.json): ninjs is extended by a schema that adds to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sagt.export.json import record, safe
from sagt.types import Reading, Report, StampKind, Status, Subject

STANDARD = {"name": "ninjs", "version": "3.1", "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json"}
#: Version of the extension object.
EXTENSION = 1
STATUS = {Status.USABLE: "usable", Status.CORRECTED: "usable", Status.WITHHELD: "withheld", Status.CANCELED: "canceled"}
DATES = {StampKind.PUBLISHED: "versionCreated", StampKind.CREATED: "firstCreated", StampKind.CONTENT_CREATED: "contentCreated",
         StampKind.EMBARGOED: "embargoedUntil", StampKind.EXPIRES: "expires"}  # fmt: skip
#: Where IPTC's codes have their addresses.
CODES = {"medtop": "http://cv.iptc.org/newscodes/mediatopic/", "subj": "http://cv.iptc.org/newscodes/subjectcode/"}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


def item(report: Report) -> dict[str, Any]:
    """The item, as an object that the schema of ninjs 3.1 admits."""
    about = report.item
    out: dict[str, Any] = {
        "uri": _uri(report), "standard": STANDARD, "type": "text", "representationType": "full", "version": about.version,
        "pubStatus": STATUS[report.status], "urgency": about.urgency, "language": report.language, "copyrightHolder": report.outlet,
        "edNote": about.note, "by": about.byline, "slugline": about.slug, "located": about.dateline,
    }  # fmt: skip
    for stamp in about.stamps:
        if stamp.kind in DATES and stamp.instant:
            out.setdefault(DATES[stamp.kind], _time(stamp.instant))
    if "versionCreated" not in out and (given := _moment(report.published)):
        out["versionCreated"] = given
    out["headlines"] = [{"role": "main", "contentType": "text/plain", "value": report.title}] if report.title else None
    body = report.text
    out["bodies"] = (
        [{"role": "main", "contentType": "text/plain", "charCount": len(body), "wordCount": len(body.split()), "value": body}]
        if body
        else None
    )
    out["subjects"] = [_subject(subject) for subject in about.subjects if subject.code or subject.name] or None
    out["infoSources"] = [
        {"name": name, "role": "source"} for name in dict.fromkeys((*report.agencies, *([about.origin] if about.origin else [])))
    ] or None
    out["altIds"] = [
        {"role": "sagt", "value": report.id},
        *({"role": "outlet", "value": name} for name in (about.guid, *about.ids) if name),
    ]
    return {key: value for key, value in out.items() if value is not None}


def with_record(reading: Reading, passages: Mapping[str, str], statements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The item with the record in it. Spans count in the value of its body.

    `passages`: the statement of each; `statements`: what is told of them."""
    read = {key: value for key, value in record(reading).items() if key != "report"}
    extension = {
        "version": EXTENSION, "report": reading.report.id, **read,
        "passages": [{"passage": place, "statement": name} for place, name in passages.items()], "statements": list(statements),
    }  # fmt: skip
    return item(reading.report) | {"sagt": extension}


def line(report: Report) -> str:
    """The item on one line."""
    return safe(json.dumps(item(report), ensure_ascii=False))


def _uri(report: Report) -> str:
    """The outlet's own name where that is a URI, else the address, else the digest of the payload (RFC 6920 names by digest are
    written in base64; readers of ninjs expect something that they can compare, so the id is used as it is)."""
    named = (report.item.guid, report.url)
    return next((name for name in named if name and _URI.fullmatch(name)), f"urn:sagt:{report.id}")


def _subject(subject: Subject) -> dict[str, str]:
    scheme, _, code = (subject.code or "").partition(":")
    uri = CODES[scheme] + code if scheme in CODES and code.isalnum() else None
    out = {"name": subject.name, "uri": uri, "literal": subject.code}
    return {key: value for key, value in out.items() if value}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _moment(published: str | None) -> str | None:
    try:
        moment = datetime.fromisoformat(published or "")
    except ValueError:
        return None
    return _time(moment) if moment.tzinfo else None
