"""Looking after a store: is everything in it what it was, a copy of it, and a store from a copy."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import sqlalchemy as sa
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from sagt import ingest, linker, schema
from sagt.errors import InputError
from sagt.formats import Given, identity
from sagt.schema import inbox, payload, reading, report, source, take, webhook
from sagt.store import Store, report_of
from sagt.types import Reading, Report, Span

#: Rows that are copied or looked at in one go.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a store that is not as it should be."""

    what: str
    where: str  #: id of a report, digest of a payload, number of a row


@dataclass(frozen=True, slots=True)
class State:
    """How a store stands, in numbers."""

    reports_stored: int
    reports_read: int  #: by any version of sagt
    reports_linked: int
    reports_failed: int  #: that could not be read, or linked
    faults: int  #: payloads that could not be read
    payloads_waiting: int  #: that nobody has tried to read yet
    feeds: int
    feeds_failing: int  #: whose last try failed
    feeds_gone: int
    webhooks: int
    webhooks_failing: int  #: whose last try failed, or that are given up
    schema: int

    @property
    def reports_unread(self) -> int:
        """Reports that wait for their first reading."""
        return self.reports_stored - self.reports_read


def state(store: Store) -> State:
    """How a store stands. Counts rows: on a store of millions that takes a second or two."""
    with store.reading() as connection:

        def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
            return connection.execute(select(func.count()).select_from(table).where(*where)).scalar() or 0

        tried, gone = inbox.c.fault.is_not(None), source.c.gone == 1
        broken = (webhook.c.failures > 0) | webhook.c.disabled.is_not(None)
        read = connection.execute(select(func.count(sa.distinct(reading.c.seq)))).scalar() or 0
        failures = select(func.count(sa.distinct(schema.FAILURES.c.seq)))
        failed = connection.execute(failures).scalar() or 0
        return State(
            count(report), read, count(schema.brief), failed, count(inbox, tried), count(inbox, ~tried), count(source),
            count(source, source.c.failures > 0, ~gone), count(source, gone), count(webhook), count(webhook, broken),
            _schema_of(connection),
        )  # fmt: skip


def schema_of(store: Store) -> int:
    """Version of the store's schema, as it is now: another sagt may have changed it since the store was opened."""
    with store.reading() as connection:
        return _schema_of(connection)


def _schema_of(connection: Connection) -> int:
    return connection.execute(select(func.max(schema.version.c.number))).scalar() or 0


def check(store: Store, parser: str, *, again: bool = True) -> Iterator[Finding]:
    """Whatever is wrong in a store: digests of payloads, ids and spans of reports and readings, rows that belong to nothing.

    With `again` every payload that this version of sagt parsed is parsed again and must give the same report."""
    with store.reading() as connection:
        if store.is_sqlite:
            said = connection.execute(sa.text("PRAGMA integrity_check")).scalars().all()
            yield from (Finding(f"SQLite: {line}", "database") for line in said if line != "ok")
        for digest, packed in _payloads(connection):
            yield from _check_payload(digest, packed)
        yield from _orphans(connection)
        after = 0
        while rows := connection.execute(select(report).where(report.c.seq > after).order_by(report.c.seq).limit(BATCH)).all():
            for row in rows:
                yield from _check_report(connection, row, parser, again)
            after = rows[-1].seq


def _payloads(connection: Connection) -> Iterator[tuple[str, bytes]]:
    after = ""
    while rows := connection.execute(
        select(payload.c.digest, payload.c.packed).where(payload.c.digest > after).order_by(payload.c.digest).limit(BATCH)
    ).all():
        yield from ((row.digest, row.packed) for row in rows)
        after = rows[-1].digest


def _check_payload(digest: str, packed: bytes) -> Iterator[Finding]:
    try:
        if identity(zlib.decompress(packed)) != digest:
            yield Finding("the payload is not what was stored: its digest differs", digest)
    except zlib.error:
        yield Finding("the payload can't be unpacked", digest)


def _orphans(connection: Connection) -> Iterator[Finding]:
    used = (
        select(report.c.id).where(report.c.id == payload.c.digest).exists()
        | select(inbox.c.id).where(inbox.c.payload == payload.c.digest).exists()
    )
    for digest in connection.execute(select(payload.c.digest).where(~used)).scalars():
        yield Finding("a payload of no report", digest)
    for table, column in ((reading, reading.c.seq), (take, take.c.seq), (take, take.c.replaces)):
        lost = select(column).where(~select(report.c.seq).where(report.c.seq == column).exists())
        for seq in connection.execute(lost).scalars():
            yield Finding(f"a row of {table.name} whose report is gone", f"#{seq}")


def _check_report(connection: Connection, row: sa.Row[tuple[object, ...]], parser: str, again: bool) -> Iterator[Finding]:
    try:
        one = report_of(row)
    except msgspec.MsgspecError:
        yield Finding("the record can't be read", str(row.id))
        return
    spans = [*(part.span for part in one.parts), *(fault.span for fault in one.faults if fault.span)]
    if not all(_inside(span, one.text) for span in spans):
        yield Finding("a span of the report lies outside its text", one.id)
    for record in connection.execute(select(reading.c.record).where(reading.c.seq == row.seq)).scalars():
        yield from _check_reading(record, one)
    if again and row.parser == parser:
        packed = connection.execute(select(payload.c.packed).where(payload.c.digest == one.id)).scalar()
        if packed is not None:
            yield from _check_parse(zlib.decompress(packed), row, one)


def _check_reading(record: bytes, one: Report) -> Iterator[Finding]:
    try:
        found = msgspec.json.decode(zlib.decompress(record), type=Reading)
    except (zlib.error, msgspec.MsgspecError):
        yield Finding("a reading can't be read", one.id)
        return
    spans = [s for a in found.attributions for s in (*a.source, *a.cue, *a.content)] + [
        m.span for actor in found.actors for m in actor.mentions
    ]
    spans += [time.span for time in found.times]
    if not all(_inside(span, one.text) for span in spans):
        yield Finding("a span of the reading lies outside the text", one.id)


def _check_parse(raw: bytes, row: sa.Row[tuple[object, ...]], one: Report) -> Iterator[Finding]:
    given = msgspec.json.decode(str(row.given), type=Given)
    parsed = next(ingest.items(raw, given, str(row.read_as)), None)
    if parsed is None or replace(parsed.report, id=one.id, name=one.name) != one:
        yield Finding("the payload does not give the same report again", one.id)


def _inside(span: Span, text: str) -> bool:
    return 0 <= span.start <= span.end <= len(text)


def backup(store: Store, file: Path) -> int:
    """Copy all that is kept for good, and the readings, into a new SQLite store at `file`, as of one moment; returns its reports.

    Writers go on meanwhile. Raises InputError if the file is there already."""
    if file.exists():
        raise InputError(f"{file} is there already; a backup never writes over anything")
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    with Store(f"sqlite:///{part}") as copy:
        count = _copy(store, copy)
        with copy.reading() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    part.rename(file)
    for rest in ("-wal", "-shm"):
        Path(str(part) + rest).unlink(missing_ok=True)
    return count


def restore(file: Path, store: Store) -> int:
    """Fill an empty store from a backup and derive the rest again; returns its reports. Raises InputError if the store holds anything."""
    if not file.is_file():
        raise InputError(f"no such file: {file}")
    if any(store.counts().values()):
        raise InputError(f"{store.address} holds reports; restore into an empty store")
    with store.reading() as connection:
        for tables, what in ((schema.DESK, "accounts"), (schema.GAZETTEER, "a gazetteer")):
            if any(connection.execute(select(table).limit(1)).first() for table in tables):
                raise InputError(f"{store.address} holds {what}; restore into an empty store: the backup brings its own")
    with Store(f"sqlite:///{file}") as copy:
        count = _copy(copy, store)
    store.rebuild()
    return count


def _copy(old: Store, new: Store) -> int:
    with old.reading() as source:
        if not old.is_sqlite:
            # One snapshot for all tables.
            source.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        with new.writing() as target:
            for table in (*schema.KEPT, reading):
                _copy_table(source, target, table)
            linker.retell_all(target)
            if not new.is_sqlite:
                for table in (report, inbox, schema.judgement, *schema.DESK):
                    column = "seq" if table is report else "id"
                    target.execute(
                        sa.text(
                            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column}'), "
                            f"(SELECT COALESCE(MAX({column}), 0) + 1 FROM {table.name}), false)"
                        )
                    )
            return target.execute(select(func.count()).select_from(report)).scalar() or 0


def _copy_table(source: Connection, target: Connection, table: sa.Table) -> None:
    rows = source.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key.columns))
    for batch in rows.mappings().partitions(BATCH):
        target.execute(insert(table), [dict(row) for row in batch])
