"""JSON Lines: an object a line, as `sagt read --json` and `sagt statements --json` write them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sagt.export import json as as_json
from sagt.export import told
from sagt.export.extract import Extract, Rows


def write(extract: Extract) -> Iterator[bytes]:
    """The reports with their readings, or the statements, or the passages."""
    if extract.rows is Rows.STATEMENTS:
        yield from (_line(told.statement(one.statement, one.stands)) for one in extract.told())
    elif extract.rows is Rows.PASSAGES:
        for one in extract.told():
            about = {"statement": one.statement.id, "claim": one.statement.claim}
            yield from (_line(about | told.passage(member)) for member in one.statement.members)
    else:
        yield from (f"{as_json.line(entry.reading)}\n".encode() for entry in extract.entries)


def _line(record: dict[str, Any]) -> bytes:
    return f"{dumped(record)}\n".encode()


def dumped(record: object) -> str:
    """JSON on one line, in which nothing breaks lines or steers a terminal."""
    return as_json.safe(json.dumps(record, ensure_ascii=False, allow_nan=False))


def array(head: str, records: Iterator[object], tail: str) -> Iterator[bytes]:
    """A list of records, one a line, with what stands before and after it."""
    yield f"{head}[".encode()
    for number, record in enumerate(records):
        yield f"{',' if number else ''}\n{dumped(record)}".encode()
    yield f"\n]{tail}\n".encode()
