"""Attributions as W3C Web Annotations (Recommendation of 23 February 2017), in JSON-LD.

Each part of an attribution is a target of its own: its characters by position, in code points of the stored text, and by quotation
with what stands around it. `styleClass` says what part it is: source, cue, content, carrier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sagt
from sagt.export.extract import Entry, Extract, web_address
from sagt.export.lines import array, dumped
from sagt.export.pieces import Mark, hands, marks, who
from sagt.types import Attribution, Report, Span

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
#: Characters before and after a quotation that tell it from the same words elsewhere.
AROUND = 32


def write(extract: Extract) -> Iterator[bytes]:
    """A collection with all annotations on its one page."""
    count = 0

    def counted() -> Iterator[object]:
        nonlocal count
        for entry in extract.entries:
            for one in of_report(entry, extract):
                count += 1
                yield one

    address = extract.address or f"urn:sagt:annotations:{extract.stamp}"
    head = dumped({"@context": CONTEXT, "id": address, "type": "AnnotationCollection", "label": extract.title})[:-1]
    page = f'{head}, "first": {{"id": {dumped(f"{address}#page1")}, "type": "AnnotationPage", "startIndex": 0, "items": '
    yield from array(page, counted(), "")
    yield f'}}, "total": {count}}}\n'.encode()


def of_report(entry: Entry, extract: Extract) -> Iterator[dict[str, Any]]:
    """One annotation for each attribution of a report, save those that people judged to be none."""
    found = marks(entry.reading)
    for number, one in enumerate(entry.reading.attributions, 1):
        its = [mark for mark in found if mark.number == number]
        if its and one.id not in entry.judged:
            yield _annotation(entry, one, its, extract)


def _annotation(entry: Entry, one: Attribution, found: Sequence[Mark], extract: Extract) -> dict[str, Any]:
    report = entry.reading.report
    address = extract.names.report(report.id)
    return {
        "id": f"{address}#{one.id}",
        "type": "Annotation",
        "motivation": "describing",
        "generator": {"id": "urn:sagt:software", "type": "Software", "name": f"sagt {sagt.__version__}"},
        "generated": extract.stamp,
        "body": list(_bodies(entry, one, extract)),
        "target": [_target(report, address, mark) for mark in found],
    }


def _bodies(entry: Entry, one: Attribution, extract: Extract) -> Iterator[dict[str, Any]]:
    text = entry.reading.report.text
    if name := who(text, one):
        yield {"type": "TextualBody", "purpose": "identifying", "value": name, "format": "text/plain"}
    yield {"type": "TextualBody", "purpose": "classifying", "value": one.act.value, "format": "text/plain", "language": "en"}
    if one.chain:
        yield {"type": "TextualBody", "purpose": "describing", "value": " → ".join(hands(text, one)), "format": "text/plain"}
    for statement in dict.fromkeys(s for place, s in entry.statements.items() if place.partition(".")[0] == one.id):
        yield {"type": "SpecificResource", "purpose": "linking", "source": extract.names.statement(statement)}


def _target(report: Report, address: str, mark: Mark) -> dict[str, Any]:
    source = {"id": address, "type": "Text", "format": "text/plain"}
    out: dict[str, Any] = {
        "type": "SpecificResource",
        "source": source | ({"language": report.language} if report.language else {}),
        "styleClass": mark.part.value,
        "selector": [_position(mark.span), _quote(report.text, mark.span)],
    }
    page = web_address(report.url)
    return out | ({"scope": page} if page else {})


def _position(span: Span) -> dict[str, Any]:
    return {"type": "TextPositionSelector", "start": span.start, "end": span.end}


def _quote(text: str, span: Span) -> dict[str, Any]:
    return {
        "type": "TextQuoteSelector",
        "exact": span.of(text),
        "prefix": text[max(0, span.start - AROUND) : span.start],
        "suffix": text[span.end : span.end + AROUND],
    }
