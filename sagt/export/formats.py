"""The formats that a part of the record is given out in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sagt.export import atom, calendar, graphml, lines, newsroom, prov, schema_org, tables, web_annotation
from sagt.export.extract import Extract, Rows
from sagt.promises import Outcome

ANY = frozenset(Rows)


class Format(NamedTuple):
    """A format, and what writes it: bytes, a piece at a time."""

    media: str  #: its media type
    extension: str  #: of a file's name, without a dot
    write: Callable[[Extract], Iterator[bytes]]
    rows: frozenset[Rows] = frozenset()  #: what a line or row may be; empty where the format decides


def _calendar(extract: Extract) -> Iterator[bytes]:
    """What is still to come, and what is overdue."""
    coming = (Outcome.UPCOMING, Outcome.DUE, Outcome.OVERDUE)
    dated = (told.statement for told, found in extract.promises if found.outcome in coming)
    yield calendar.write(dated, extract.made).encode()


FORMATS: Mapping[str, Format] = {
    "jsonl": Format("application/jsonl", "jsonl", lines.write, ANY),
    "csv": Format("text/csv; charset=utf-8; header=present", "csv", tables.write_csv, ANY),
    "parquet": Format("application/vnd.apache.parquet", "parquet", tables.write_parquet, ANY),
    "annotations": Format(f'application/ld+json; profile="{web_annotation.CONTEXT}"', "jsonld", web_annotation.write),
    "schema-org": Format("application/ld+json", "jsonld", schema_org.write),
    "prov": Format("application/json", "json", prov.write),
    "ninjs": Format("application/json", "json", newsroom.write),
    "graphml": Format("application/graphml+xml", "graphml", graphml.write),
    "ics": Format("text/calendar; charset=utf-8", "ics", _calendar),
    "atom": Format(f"{atom.MEDIA}; charset=utf-8", "atom", atom.write),
}
