"""Tables: a row for each statement, each passage or each report, as CSV (RFC 4180) or Parquet.

In CSV a cell that a spreadsheet would take for a formula, and one that begins with an apostrophe, has an apostrophe put before it:
take one off, and it is what it was."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sagt.errors import InputError
from sagt.export.clean import for_cell
from sagt.export.extract import Extract, Rows
from sagt.ledger import Told
from sagt.origins import Member
from sagt.standing import stance_of
from sagt.types import Spans

Cell = str | int | bool | datetime | Sequence[str] | None

#: Rows of a Parquet file that are compressed in one go.
BATCH = 1000
#: Bytes that are handed on in one go.
CHUNK = 1 << 16
#: What stands between the names of a list in one cell.
BETWEEN = " | "
# Spreadsheets of East Asia take the wide signs for the narrow ones.
_FORMULA = tuple("=+-@\t\r\n'＝＋－＠")


class Holds(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"  #: UTC
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and where its cells come from."""

    name: str
    holds: Holds
    value: Callable[[Any], Cell]


@dataclass(frozen=True, slots=True)
class _Place:
    """A passage of a statement."""

    told: Told
    member: Member
    origin: int  #: its number, from 1


STATEMENTS: tuple[Column, ...] = (
    Column("statement", Holds.TEXT, lambda t: t.statement.id),
    Column("claim", Holds.TEXT, lambda t: t.statement.claim),
    Column("standing", Holds.TEXT, lambda t: t.stands.standing.value if t.stands else None),
    Column("actor", Holds.TEXT, lambda t: t.statement.actor.name if t.statement.actor else None),
    Column("actor_id", Holds.TEXT, lambda t: t.statement.actor.id if t.statement.actor else None),
    Column("about", Holds.TEXT, lambda t: t.statement.actor.about or None if t.statement.actor else None),
    Column("act", Holds.TEXT, lambda t: t.statement.act.value),
    Column("stance", Holds.TEXT, lambda t: stance_of(t.statement.act, t.statement.stance)),
    Column("content", Holds.TEXT, lambda t: t.statement.first.passage.content),
    Column("language", Holds.TEXT, lambda t: t.statement.first.passage.language),
    Column("first", Holds.MOMENT, lambda t: _moment(t.statement.first.item.at)),
    Column("first_report", Holds.TEXT, lambda t: t.statement.first.item.id),
    Column("reports", Holds.NUMBER, lambda t: len(t.statement.reports)),
    Column("outlets", Holds.LIST, lambda t: t.statement.outlets),
    Column("origins", Holds.NUMBER, lambda t: len(t.statement.origins)),
    Column("carriers", Holds.LIST, lambda t: [o.carrier or "the speaker's own word" for o in t.statement.origins]),
    Column("witnesses", Holds.LIST, lambda t: t.statement.witnesses),
    Column("due_start", Holds.MOMENT, lambda t: _due(t, 0)),
    Column("due_end", Holds.MOMENT, lambda t: _due(t, 1)),
    Column("withdrawn_reports", Holds.NUMBER, lambda t: len(t.statement.withdrawn or ())),
    Column("summary", Holds.TEXT, lambda t: t.statement.sentence),
)
PASSAGES: tuple[Column, ...] = (
    Column("statement", Holds.TEXT, lambda p: p.told.statement.id),
    Column("claim", Holds.TEXT, lambda p: p.told.statement.claim),
    Column("report", Holds.TEXT, lambda p: p.member.item.id),
    Column("attribution", Holds.TEXT, lambda p: p.member.passage.attribution),
    Column("outlet", Holds.TEXT, lambda p: p.member.item.outlet),
    Column("title", Holds.TEXT, lambda p: p.member.item.title),
    Column("url", Holds.TEXT, lambda p: p.member.item.url),
    Column("published", Holds.TEXT, lambda p: p.member.item.published),
    Column("language", Holds.TEXT, lambda p: p.member.passage.language),
    Column("source", Holds.TEXT, lambda p: p.member.passage.voice.name),
    Column("content", Holds.TEXT, lambda p: p.member.passage.content),
    Column("spans", Holds.TEXT, lambda p: _spans(p.member.passage.spans)),
    Column("act", Holds.TEXT, lambda p: p.member.passage.act.value),
    Column("quoted", Holds.FLAG, lambda p: p.member.passage.quoted),
    Column("carriers", Holds.LIST, lambda p: [carrier.name for carrier in p.member.passage.carriers]),
    Column("hedges", Holds.LIST, lambda p: p.member.passage.hedges),
    Column("origin", Holds.NUMBER, lambda p: p.origin),
    Column("withdrawn", Holds.FLAG, lambda p: p.member.item.seq in (p.told.statement.withdrawn or {})),
)
REPORTS: tuple[Column, ...] = (
    Column("id", Holds.TEXT, lambda e: e.stored.report.id),
    Column("outlet", Holds.TEXT, lambda e: e.stored.report.outlet),
    Column("agencies", Holds.LIST, lambda e: e.stored.report.agencies),
    Column("title", Holds.TEXT, lambda e: e.stored.report.title),
    Column("published", Holds.TEXT, lambda e: e.stored.report.published),
    Column("received", Holds.TEXT, lambda e: e.stored.received),
    Column("language", Holds.TEXT, lambda e: e.stored.report.language),
    Column("url", Holds.TEXT, lambda e: e.stored.report.url),
    Column("status", Holds.TEXT, lambda e: e.stored.report.status.value),
    Column("replaces", Holds.TEXT, lambda e: e.stored.report.replaces),
    Column("attributions", Holds.NUMBER, lambda e: len(e.reading.attributions)),
    Column("text", Holds.TEXT, lambda e: e.stored.report.text),
)
COLUMNS: Mapping[Rows, tuple[Column, ...]] = {Rows.STATEMENTS: STATEMENTS, Rows.PASSAGES: PASSAGES, Rows.REPORTS: REPORTS}


def write_csv(extract: Extract) -> Iterator[bytes]:
    """The table as RFC 4180 has it: a line of names, CRLF, UTF-8."""
    columns = COLUMNS[extract.rows or Rows.STATEMENTS]
    yield _csv_line([column.name for column in columns])
    for row in _rows(extract):
        yield _csv_line([_csv_cell(column.value(row)) for column in columns])


def write_parquet(extract: Extract) -> Iterator[bytes]:
    """The table as a Parquet file; lists are lists and moments moments. Raises InputError if pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError("Parquet needs pyarrow: pip install 'sagt[parquet]'") from None
    columns = COLUMNS[extract.rows or Rows.STATEMENTS]
    kinds = {
        Holds.TEXT: pa.string(), Holds.NUMBER: pa.int64(), Holds.FLAG: pa.bool_(), Holds.MOMENT: pa.timestamp("us", "UTC"),
        Holds.LIST: pa.list_(pa.string()),
    }  # fmt: skip
    schema = pa.schema([pa.field(column.name, kinds[column.holds]) for column in columns])
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as out:
            for rows in _batches(_rows(extract)):
                cells = [[_parquet_cell(column.value(row)) for row in rows] for column in columns]
                out.write_table(pa.table(cells, schema=schema))
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _rows(extract: Extract) -> Iterator[object]:
    if extract.rows is Rows.REPORTS:
        return iter(extract.entries)
    if extract.rows is Rows.PASSAGES:
        return (place for told in extract.told() for place in _places(told))
    return iter(extract.told())


def _places(told: Told) -> Iterator[_Place]:
    origin = {
        (member.item.seq, member.passage.attribution): number
        for number, one in enumerate(told.statement.origins, 1)
        for member in one.members
    }
    for member in told.statement.members:
        yield _Place(told, member, origin[member.item.seq, member.passage.attribution])


def _batches(rows: Iterable[object]) -> Iterator[list[object]]:
    held: list[object] = []
    for row in rows:
        held.append(row)
        if len(held) == BATCH:
            yield held
            held = []
    if held:
        yield held


def _csv_line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = for_cell(value if isinstance(value, str) else BETWEEN.join(value))
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _parquet_cell(value: Cell) -> object:
    if isinstance(value, str):
        return for_cell(value)
    if value is None or isinstance(value, int | datetime):
        return value
    return [for_cell(one) for one in value]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _due(told: Told, end: int) -> datetime | None:
    due = next((m.passage.due for m in told.statement.members if m.passage.due), None)
    return None if due is None else _moment(due[end])


def _spans(spans: Spans) -> str:
    # Dots, since a spreadsheet takes 1-12 for a day and 1:12 for a time.
    return " ".join(f"{span.start}..{span.end}" for span in spans)
