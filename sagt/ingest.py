"""Reports from bytes: tell the format by its content, open envelopes, and have each item read."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sagt.errors import InputError
from sagt.formats import Given, Piece, Unreadable, anpa, archive, feed, html, identity, mail, newsml_1, newsml_g2, ninjs, nitf, ritzau, text
from sagt.types import Fault, Report

#: Bytes that are looked at to tell the format.
LOOK_AT = 4096
#: Tags of running text at which a payload without any <html> counts as HTML: plain text may speak of one or two.
FEWEST_TAGS = 3
#: Envelopes in envelopes that are opened: a compressed WARC of feeds of items is four deep.
DEEPEST = 5
#: Bytes that a compressed payload may grow to, and how many times its size.
LARGEST = 1_000_000_000
LARGEST_RATIO = 200

_ITEMS: dict[str, Callable[[bytes, Given], Report]] = {
    "text": text.read, "html": html.read, "rss": feed.read_rss, "atom": feed.read_atom, "jsonfeed": feed.read_json,
    "newsml-g2": newsml_g2.read, "newsml-1": newsml_1.read, "nitf": nitf.read, "ninjs": ninjs.read, "ritzau": ritzau.read,
    "anpa": anpa.read, "row": archive.read_row, "mail": mail.read,
}  # fmt: skip
_ENVELOPES: dict[str, Callable[[bytes, Given], Iterator[Piece]]] = {
    "feed": feed.pieces, "json-feed": feed.json_pieces, "newsmessage": newsml_g2.pieces, "newsml": newsml_1.pieces,
    "ritzau-queue": ritzau.pieces, "ninjs-list": ninjs.pieces, "jsonl": archive.line_pieces, "parquet": archive.parquet_pieces,
    "warc": archive.warc_pieces, "mbox": mail.pieces,
}  # fmt: skip
#: By the local name of the root element.
_ROOTS = {
    "rss": "feed", "rdf": "feed", "feed": "feed", "newsmessage": "newsmessage", "newsitem": "newsml-g2", "packageitem": "newsml-g2",
    "conceptitem": "newsml-g2", "planningitem": "newsml-g2", "newsml": "newsml", "nitf": "nitf", "rbnews": "ritzau",
    "item": "rss", "entry": "atom",
    **{name.lower(): "ritzau-queue" for name in ritzau.ENVELOPES},
}  # fmt: skip
_DOCUMENT = re.compile(r"\s*(?:<\?xml[^<>]*>\s*|<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?(?:p|div|span|br|a|article|section|main|h[1-6]|ul|li|meta|link|script|table|img|strong|em|b|i)\b[^<>]*>", re.I)
_ROOT = re.compile(
    r"\s*(?:<\?[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)*<(?:[\w.-]+:)?([\w.-]+)(?=[\s/>])", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One item: its payload, and the report that came of it."""

    payload: bytes
    format: str  #: the name to read the payload by again
    given: Given
    report: Report
    fault: str | None = None  #: why it could not be read at all; the report is then empty


def parse(
    payload: bytes,
    *,
    format: str | None = None,
    language: str | None = None,
    published: str | None = None,
    zone: str | None = None,
    outlet: str | None = None,
    encoding: str | None = None,
    name: str | None = None,
    url: str | None = None,
) -> list[Report]:
    """The reports in `payload`; what is given goes before what the payload says of itself.

    Raises InputError for an unknown format or encoding. Whatever cannot be read in the payload is a fault of its report.
    """
    given = Given(language=language, published=published, zone=zone, outlet=outlet, encoding=encoding, name=name, url=url)
    return [parsed.report for parsed in items(payload, given, format)]


def items(payload: bytes, given: Given, format: str | None = None) -> Iterator[Parsed]:
    """Every item in `payload`, envelopes opened. An item that cannot be read comes too, with its fault.

    Raises InputError for an unknown format or encoding."""
    if format is not None and format not in _ITEMS and format not in _ENVELOPES:
        raise InputError(f"unknown format {format!r}; known are {', '.join(sorted({*_ITEMS, *_ENVELOPES}))}")
    yield from _opened(Piece(payload, format, given), 0)


def _opened(piece: Piece, depth: int) -> Iterator[Parsed]:
    try:
        payload = _unzipped(piece.payload)
        format = piece.format or sniff(payload, piece.given.encoding)
        if format in _ITEMS:
            yield Parsed(payload, format, piece.given, _read(payload, format, piece.given))
            return
        if depth >= DEEPEST or format not in _ENVELOPES:
            raise Unreadable(next(iter(piece.given.envelope.faults), "envelopes in envelopes, too deep to open"))
        empty = True
        for inner in _ENVELOPES[format](payload, piece.given):
            empty = False
            yield from _opened(inner, depth + 1)
        if empty and format != "feed":
            raise Unreadable(f"nothing in it: an empty {format}")
    except Unreadable as fault:
        yield unread(piece, str(fault))


def _read(payload: bytes, format: str, given: Given) -> Report:
    report = _ITEMS[format](payload, given)
    return report if report.item.stamps or given.published or report.format in ("text", "html") else _fetched(report, given)


def _fetched(report: Report, given: Given) -> Report:
    return report if report.published else replace(report, faults=(*report.faults, Fault("no date of publication")))


def unread(piece: Piece, fault: str) -> Parsed:
    """The empty report that stands for an item which cannot be read."""
    faults = tuple(map(Fault, dict.fromkeys((*piece.given.envelope.faults, fault))))
    report = Report(
        identity(piece.payload),
        "",
        format=piece.format or "unknown",
        outlet=piece.given.outlet,
        url=piece.given.url,
        faults=faults,
        name=piece.given.name,
    )
    return Parsed(piece.payload, piece.format or "", piece.given, report, fault)


def _unzipped(payload: bytes) -> bytes:
    """What a gzip file holds; a WARC stays as it is, since it is compressed a record at a time."""
    if not payload.startswith(b"\x1f\x8b"):
        return payload
    most = min(LARGEST, max(len(payload) * LARGEST_RATIO, 10_000_000))
    try:
        machine = zlib.decompressobj(zlib.MAX_WBITS | 16)
        head = machine.decompress(payload, LOOK_AT)
        if head.startswith(b"WARC/"):
            return payload
        whole = head + machine.decompress(machine.unconsumed_tail, most)
    except zlib.error as error:
        raise Unreadable(f"gzip that cannot be read: {error}") from None
    if machine.unconsumed_tail:
        raise Unreadable(f"compressed more than {LARGEST_RATIO} times, or more than {LARGEST:,} bytes: not opened")
    return whole


def sniff(payload: bytes, encoding: str | None = None) -> str:
    """The name of the format that `payload` is in, by its first bytes."""
    head = payload[:LOOK_AT]
    if (found := _by_bytes(head)) is not None:
        return found
    words = text.decode(head, encoding).text.lstrip("\ufeff")
    if _DOCUMENT.match(words):
        return "html"
    if words.lstrip().startswith("<"):
        return _by_root(words)
    if words.lstrip()[:1] in ("{", "["):
        return _json(payload, encoding)
    return "anpa" if anpa.looks_like(words) else "text"


def _by_bytes(head: bytes) -> str | None:
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"WARC/", b"\x1f\x8b")):
        return "warc"
    if mail.looks_like(head):
        return "mbox" if head.startswith(b"From ") else "mail"
    return None


def _by_root(words: str) -> str:
    root = _ROOT.match(words)
    known = _ROOTS.get(root[1].lower()) if root else None
    # "item" and "entry" are roots of entries that sagt cut from feeds; other documents may have such roots, too.
    if known and (known not in ("rss", "atom") or re.search(r"<(?:\w+:)?(?:title|guid|id|link)\b", words)):
        return known
    # Plain text that quotes some markup does not begin with it.
    return "html" if len(_TAG.findall(words)) >= FEWEST_TAGS else "text"


def _json(payload: bytes, encoding: str | None) -> str:
    try:
        value = ninjs.load(payload, encoding)
    except Unreadable:
        first = payload.lstrip().split(b"\n", 1)[0]
        try:
            return "jsonl" if isinstance(ninjs.load(first, encoding), dict) else "text"
        except Unreadable:
            return "ninjs" if re.match(rb'\s*[\[{]\s*["{}\]]', payload[:200]) else "text"
    if feed.is_json_feed(value):
        return "json-feed"
    if ninjs.looks_like(value):
        return "ninjs"
    if isinstance(value, list) or any(
        isinstance(value.get(key), list) and any(map(ninjs.looks_like, value[key])) for key in ("item", "items", "_items")
    ):
        return "ninjs-list" if not isinstance(value, list) or any(map(ninjs.looks_like, value)) else "text"
    return "row"
