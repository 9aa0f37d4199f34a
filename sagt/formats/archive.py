"""Corpora: WARC files of pages, JSON Lines and Parquet tables of texts. Each record is an item of its own."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sagt.errors import InputError
from sagt.formats import NOTHING, Given, Piece, Unreadable, feed, item, markup, ninjs
from sagt.formats.item import Draft
from sagt.types import Report, StampKind

#: Bytes of one record of a WARC that are read.
LARGEST_RECORD = 20_000_000
#: What columns and keys of corpora are called, best first; small letters.
NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "body", "maintext", "article_text", "fulltext", "full_text", "content", "article", "contents"),
    "html": ("html", "content_html", "body_html", "raw_html"),
    "title": ("title", "headline", "heading", "overskrift"),
    "url": ("url", "link", "source_url", "permalink"),
    "published": ("published", "date_publish", "date_published", "publish_date", "published_at", "pub_date", "publication_date", "date",
                  "datetime", "timestamp"),
    "language": ("language", "lang"),
    "outlet": ("outlet", "publisher", "newspaper", "media", "site", "source_domain", "domain", "source"),
    "id": ("guid", "uuid", "id", "article_id", "doc_id", "_id"),
    "byline": ("byline", "author", "authors", "by"),
}  # fmt: skip
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)


def warc_pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The pages and texts of a WARC (ISO 28500), plain or compressed a record at a time."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    found = 0
    try:
        for record in ArchiveIterator(io.BytesIO(payload), no_record_parse=False):
            if record.rec_type in ("response", "resource", "conversion"):
                body = record.content_stream().read(LARGEST_RECORD)
                told = (
                    record.http_headers.get_header("Content-Type") if record.http_headers else record.rec_headers.get_header("Content-Type")
                ) or ""
                status = record.http_headers.get_statuscode() if record.http_headers else "200"
                if body and status == "200" and re.search(r"html|text|xml|json", told, re.IGNORECASE):
                    found += 1
                    yield _page(record, body, told, given)
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, LookupError, ArithmeticError, AttributeError, TypeError) as error:
        # A WARC that is cut off keeps the records before the cut; one that holds none is none.
        if not found:
            raise Unreadable(f"not a WARC that can be read: {str(error)[:120]}") from None
        yield Piece(
            payload[-1:], "broken", replace(given, envelope=replace(given.envelope, faults=(f"the WARC breaks off: {str(error)[:120]}",)))
        )


def _page(record: Any, body: bytes, told: str, given: Given) -> Piece:
    address = record.rec_headers.get_header("WARC-Target-URI")
    charset = _CHARSET.search(told)
    name = charset[1] if charset else None
    try:
        "".encode(name or "utf-8")
    except (LookupError, ValueError):
        name = None
    return Piece(
        body,
        None,
        replace(given, url=address or given.url, encoding=given.encoding or (name if name and "utf" not in name.lower() else None)),
    )


def line_pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The lines of a JSON Lines file."""
    for line in payload.split(b"\n"):
        if line.strip():
            yield Piece(line.strip(), "row", given)


def parquet_pieces(payload: bytes, given: Given) -> Iterator[Piece]:
    """The rows of a Parquet table. Raises InputError if pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError("Parquet needs pyarrow: pip install 'sagt[parquet]'") from None
    try:
        table = pq.ParquetFile(pa.BufferReader(payload))
        wanted = [name for name in table.schema_arrow.names if name.lower() in {n for names in NAMES.values() for n in names}]
        for batch in table.iter_batches(batch_size=256, columns=wanted or None):
            for row in batch.to_pylist():
                yield Piece(json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "replace"), "row", given)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(f"not a Parquet table that can be read: {str(error)[:120]}") from None


def read_row(payload: bytes, given: Given = NOTHING) -> Report:
    """The report that one row or line is: ninjs, an item of a JSON Feed, what `sagt read --json` wrote, or any object with a text."""
    value = ninjs.load(payload, given.encoding)
    if not isinstance(value, dict):
        raise Unreadable("a line of a corpus is a JSON object")
    if ninjs.looks_like(value):
        return ninjs.read(payload, given)
    if "content_html" in value or "content_text" in value:
        return feed.read_json(payload, given)
    if isinstance(value.get("report"), dict):
        value = value["report"]
    fields = {str(key).lower(): one for key, one in value.items()}
    found = {what: next((v for n in names if (v := _word(fields.get(n)))), None) for what, names in NAMES.items()}
    draft = Draft(
        "jsonl",
        title=found["title"],
        guid=found["id"],
        url=found["url"],
        language=found["language"],
        outlet=found["outlet"],
        byline=found["byline"],
    )
    if not (found["text"] or found["html"] or found["title"]):
        raise Unreadable(f"no text in the row; its keys are {', '.join(sorted(fields))[:120]}")
    draft.dates = [(StampKind.PUBLISHED, found["published"])]
    body = found["text"] or ""
    draft.blocks = markup.of_html(found["html"] or "", "/html") if not body else _paragraphs(body)
    return item.finish(draft, payload, given)


def _paragraphs(body: str) -> list[markup.Block]:
    """A text of a corpus: each line a paragraph."""
    return [
        markup.Block(" ".join(line.split(" ")), "/text")
        for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if line.strip()
    ]


def _word(value: object) -> str | None:
    if isinstance(value, list):
        value = ", ".join(v for v in value if isinstance(v, str))
    return str(value).strip() or None if isinstance(value, str | int) and not isinstance(value, bool) else None
