"""A Reading as JSON, in the shape that docs promise; later stages add keys and rename none."""

from __future__ import annotations

import json
import re
from typing import Any

from sagt.types import (
    Actor,
    Answer,
    Attribution,
    Event,
    Fault,
    Item,
    Link,
    Medium,
    Promise,
    Question,
    Reading,
    Role,
    Span,
    Spans,
    Speaker,
    Stamp,
    Time,
)  # fmt: skip

_SURROGATE = re.compile("[\ud800-\udfff]")
# What ends a line or steers a terminal, and JSON allows to stand raw: DEL, the C1 controls, marks of direction, U+2028, U+2029.
_RISKY = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff]")


def record(reading: Reading) -> dict[str, Any]:
    """All that the reading holds, as plain dicts, lists, strings and numbers. Spans are [start, end] in `report.text`."""
    return {
        "report": _report(reading),
        "attributions": [_attribution(one) for one in reading.attributions],
        "actors": [_actor(one) for one in reading.actors],
        "times": [_time(one) for one in reading.times],
        "events": [_event(one) for one in reading.events],
        "promises": [_promise(one) for one in reading.promises],
        "questions": [_question(one) for one in reading.questions],
        "pack": reading.pack,
    }


def line(reading: Reading) -> str:
    """The record on one line, without the line end.

    Characters that break lines or steer a terminal are escaped. A lone surrogate, which no UTF-8 file can hold and many
    parsers refuse, becomes U+FFFD; it is one character for one, so every span still fits. Raises ValueError for a
    confidence that is not a number."""
    return safe(json.dumps(record(reading), ensure_ascii=False, allow_nan=False))


def safe(text: str) -> str:
    """JSON in which nothing breaks lines or steers a terminal."""
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
        "zone": report.zone,
        "replaces": report.replaces,
        "status": report.status.value,
        "item": _item(report.item),
        "text": report.text,
        "parts": [[*part.span, part.path] for part in report.parts],
        "faults": [_fault(one) for one in (*report.faults, *reading.faults)],
    }


def _item(one: Item) -> dict[str, Any]:
    return {
        "guid": one.guid,
        "version": one.version,
        "ids": list(one.ids),
        "replaces": list(one.replaces),
        "signal": {"kind": one.signal.kind.value, "evidence": list(one.signal.evidence)} if one.signal else None,
        "slug": one.slug,
        "section": one.section,
        "byline": one.byline,
        "credit": one.credit,
        "origin": one.origin,
        "dateline": one.dateline,
        "note": one.note,
        "embargo": one.embargo,
        "urgency": one.urgency,
        "subjects": [{"code": subject.code, "name": subject.name} for subject in one.subjects],
        "dates": [_stamp(stamp) for stamp in one.stamps],
    }


def _stamp(one: Stamp) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "original": one.original,
        "instant": one.instant.isoformat() if one.instant else None,
        "local": one.local,
        "zone": one.zone,
        "why": one.why,
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
        "negated": one.negated,
        "hedges": _pairs(one.hedges),
        "chain": [_link(link) for link in one.chain],
        "speaker": _speaker(one.speaker),
        "medium": _medium(one.medium),
        "said": _when(one.said),
        "due": _when(one.due),
        "answers": _answer(one.answers),
        "confidence": round(one.confidence, 2),
        "found_by": one.found_by,
    }


def _link(link: Link) -> dict[str, Any]:
    out: dict[str, Any] = {"role": link.role.value, "actor": link.actor, "span": _pair(link.span)}
    if link.role is Role.CARRIER:
        out["cue"] = _pairs(link.cue)
    if link.why:
        out["why"] = link.why
    return out | {"name": link.name}


def _speaker(one: Speaker | None) -> dict[str, Any] | None:
    if one is None:
        return None
    out: dict[str, Any] = {"actor": one.actor, "name": one.name, "why": one.why}
    return out | {"candidates": list(one.candidates)} if one.candidates else out


def _medium(one: Medium | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"type": one.type.value, "span": _pair(one.span)} | ({"platform": one.platform} if one.platform else {})


def _answer(one: Answer | None) -> dict[str, Any] | None:
    return None if one is None else {"to": one.to, "why": one.why}


def _when(one: Time | None) -> dict[str, Any] | None:
    """A time where it belongs to something: its interval, without the record's own type and value."""
    if one is None:
        return None
    return {key: value for key, value in _time(one).items() if key not in ("type", "value")}


def _time(one: Time) -> dict[str, Any]:
    return {
        "span": _pair(one.span),
        "type": one.type.value,
        "value": one.value,
        "start": one.start.isoformat() if one.start else None,
        "end": one.end.isoformat() if one.end else None,
        "zone": one.zone,
        "grain": one.grain.value if one.grain else None,
        "relation": one.relation,
        "why": one.why,
    }


def _actor(one: Actor) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "class": one.source_class.value if one.source_class else None,
        "name": one.name,
        "roles": list(one.roles),
        "mentions": [_pair(m.span) for m in one.mentions],
        "joins": [{"span": _pair(m.span), "why": m.why} for m in one.mentions],
        "speaks_for": one.speaks_for,
    }


def _event(one: Event) -> dict[str, Any]:
    return {
        "span": _pair(one.span),
        "time": one.time,
        "place": one.place,
        "participants": list(one.participants),
        "on_word_of": one.on_word_of,
    }


def _promise(one: Promise) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "attribution": one.attribution,
        "actor": one.actor,
        "what": _pairs(one.what),
        "due": _when(one.due),
    }


def _question(one: Question) -> dict[str, Any]:
    return {"id": one.id, "cue": _pairs(one.cue), "asks": _pairs(one.asks), "attribution": one.attribution}


def _fault(fault: Fault) -> dict[str, Any]:
    return {"what": fault.what, "span": _pair(fault.span)}


def _pair(span: Span | None) -> list[int] | None:
    return None if span is None else list(span)


def _pairs(spans: Spans) -> list[list[int]]:
    return [list(span) for span in spans]
