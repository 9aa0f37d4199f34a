"""A Reading as JSON, in the shape that docs promise; later stages add keys and rename none."""

from __future__ import annotations

import json
import re
from typing import Any

from sagt.types import Attribution, Fault, Link, Reading, Role, Span, Spans

_SURROGATE = re.compile("[\ud800-\udfff]")
# What ends a line or steers a terminal, and JSON allows to stand raw: DEL, the C1 controls, marks of direction, U+2028, U+2029.
_RISKY = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff]")


def record(reading: Reading) -> dict[str, Any]:
    """All that the reading holds, as plain dicts, lists, strings and numbers. Spans are [start, end] in `report.text`."""
    return {
        "report": _report(reading),
        "attributions": [_attribution(one) for one in reading.attributions],
        "pack": reading.pack,
    }


def line(reading: Reading) -> str:
    """The record on one line, without the line end.

    Characters that break lines or steer a terminal are escaped. A lone surrogate, which no UTF-8 file can hold and many
    parsers refuse, becomes U+FFFD; it is one character for one, so every span still fits. Raises ValueError for a
    confidence that is not a number."""
    text = json.dumps(record(reading), ensure_ascii=False, allow_nan=False)
    return _RISKY.sub(lambda m: f"\\u{ord(m[0]):04x}", _SURROGATE.sub("\ufffd", text))


def _report(reading: Reading) -> dict[str, Any]:
    report = reading.report
    return {
        "id": report.id,
        "format": report.format,
        "name": report.name,
        "outlet": report.outlet,
        "agencies": list(report.agencies),
        "url": report.url,
        "language": report.language,
        "title": report.title,
        "published": report.published,
        "replaces": report.replaces,
        "status": report.status.value,
        "text": report.text,
        "faults": [_fault(one) for one in (*report.faults, *reading.faults)],
    }


def _attribution(one: Attribution) -> dict[str, Any]:
    return {
        "id": one.id,
        "source": _pairs(one.source),
        "cue": _pairs(one.cue),
        "content": _pairs(one.content),
        "kind": one.kind.value,
        "act": one.act.value,
        "inside": one.inside,
        "chain": [_link(link) for link in one.chain],
        "confidence": round(one.confidence, 2),
        "found_by": one.found_by,
    }


def _link(link: Link) -> dict[str, Any]:
    out: dict[str, Any] = {"role": link.role.value, "span": _pair(link.span)}
    if link.role is Role.CARRIER:
        out["cue"] = _pairs(link.cue)
    return out | {"name": link.name}


def _fault(fault: Fault) -> dict[str, Any]:
    return {"what": fault.what, "span": _pair(fault.span)}


def _pair(span: Span | None) -> list[int] | None:
    return None if span is None else list(span)


def _pairs(spans: Spans) -> list[list[int]]:
    return [list(span) for span in spans]
