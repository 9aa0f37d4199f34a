"""The store: reports for good, payloads with them, readings and whatever else is derived. SQLite and PostgreSQL behind one class.

Writers take turns in both databases (SQLite has one writer; on PostgreSQL an advisory lock), so that the order of arrival is the
order in which rows become visible, and takes of one item that arrive at once find each other."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import delete, event, func, insert, select, update
from sqlalchemy.engine import URL, Connection, Engine, Row, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from sagt import schema, takes, words
from sagt.errors import InputError, StoreError
from sagt.formats import Given, identity
from sagt.ingest import Parsed
from sagt.schema import agency, brief, inbox, mark, payload, reading, report, saying, source, take
from sagt.takes import Known
from sagt.types import Fault, Reading, Report, Role

#: Seconds that a writer waits for its turn before it gives up.
PATIENCE = 60
#: Connections that are kept open for threads.
CONNECTIONS = 20
#: Reports that are looked at to find the take before one.
MOST_CANDIDATES = 300
#: The number that sagt's writers lock on PostgreSQL; any constant will do that nothing else in the database locks.
_TURN = 0x73616774
#: Kinds of marks by slug and headline: of reports without a signal, and of those with one, which are few.
_NEAR, _NEAR_SIGNAL = "near", "near signal"
#: Fewest characters of an id that may stand for it.
SHORTEST_ID = 4


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one item that was handed to the store."""

    id: str
    outcome: str  #: "stored", "known" (the same payload, or the same entry of a feed, is there), "fault" (kept, but unreadable)
    seq: int | None = None
    title: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A report as the store holds it."""

    seq: int  #: order of arrival
    report: Report  #: `replaces` is the id of the report before it, where the store has that
    received: str  #: UTC
    received_from: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """A payload that could not be read, or that nobody has tried to read yet."""

    id: int
    digest: str
    size: int
    received: str
    received_from: str | None
    read_as: str | None
    given: Given
    fault: str | None
    tried_with: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is watched, and how it stands with it. Moments are UTC as the store writes them."""

    address: str  #: of a feed, with secrets as ${NAME}; of a folder; or "ritzau"
    kind: str  #: feed, folder, ritzau
    added: str
    pace: float  #: seconds between two tries
    title: str | None = None
    section: str | None = None  #: its folder in OPML
    outlet: str | None = None
    language: str | None = None
    etag: str | None = None
    modified: str | None = None
    digest: str | None = None  #: of the last answer
    checked: str | None = None  #: last try
    succeeded: str | None = None  #: last time that it answered as it should
    changed: str | None = None  #: last time that it brought something new
    wait_until: str | None = None  #: its server asked for that, or it failed
    failures: int = 0  #: in a row
    problem: str | None = None
    gone: int = 0  #: 1: it is gone for good and not asked again
    moved_to: str | None = None
    reports: int = 0  #: that came from it


@dataclass(frozen=True, slots=True)
class Take:
    """One report of a chain of takes."""

    stored: Stored
    why: str | None  #: why it is a take of the one before


class _Turn:
    """A lock that knows how many wait for it."""

    def __init__(self) -> None:
        self.waiting = 0
        self._lock = threading.Lock()
        self._count = threading.Lock()

    def __enter__(self) -> None:
        with self._count:
            self.waiting += 1
        try:
            self._lock.acquire()
        finally:
            with self._count:
                self.waiting -= 1

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Store:
    """One database. Threads may share it; each call is one transaction. Any call raises StoreError if the database fails."""

    def __init__(self, address: str) -> None:
        """Open the store at `address` (`sqlite:///file`, `postgresql://user@host/name`), making or migrating it where needed.

        Raises StoreError, which never shows a password, if that can't be done."""
        self.url = _url(address)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = _Turn()
        if self.is_sqlite:
            _make_folder(self.url.database)
        with _told(self.address):
            self.engine = _engine(self.url)
            with self.writing() as connection:
                schema.migrate(connection)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @property
    def address(self) -> str:
        """The address, without its password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn to write."""
        return self._turn.waiting

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction of the one writer whose turn it is."""
        # SQLite lets whoever asks at the right moment write; threads of one process must not starve each other.
        with self._turn, _told(self.address), self.engine.connect() as connection, connection.execution_options(writes=True).begin():
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for looking only."""
        with _told(self.address), self.engine.connect() as connection:
            yield connection

    # ---- writing ----------------------------------------------------------------------------------------------------------------

    def add(self, items: Iterable[Parsed], received_from: str | None = None, *, parser: str = "", entries: bool = False) -> list[Added]:
        """Keep these items, all or none: reports with their payloads, what could not be read in the inbox with its fault.

        `received_from`: an address without secrets, or a file; without it, what the item itself was given.
        `entries`: an item that reads the same as a stored one of its outlet is that one, though its bytes differ (feeds change
        the ids and counters of their entries at will)."""
        with self.writing() as connection:
            return [_keep(connection, parsed, received_from or parsed.given.url or parsed.given.name, parser, entries) for parsed in items]

    def hold(self, raw: bytes, given: Given, read_as: str | None, received_from: str | None) -> None:
        """Keep a payload before anybody has tried to read it: what must be safe before it is acknowledged."""
        with self.writing() as connection:
            _to_inbox(connection, _keep_payload(connection, raw), read_as, given, received_from, None, None)

    def take_in(self, held: int, items: Sequence[Parsed], parser: str, *, entries: bool = False) -> list[Added]:
        """Make reports of what is held; what cannot be read stays there, marked as tried by `parser`. `entries`: as for `add`."""
        with self.writing() as connection:
            old = connection.execute(select(inbox).where(inbox.c.id == held)).first()
            if old is None:
                return []
            connection.execute(delete(inbox).where(inbox.c.id == held))
            added = [_keep(connection, parsed, old.received_from, parser, entries) for parsed in items]
            _drop_unused(connection, old.payload)
            return added

    def put_readings(self, readings: Iterable[tuple[int, Reading]], maker: str) -> None:
        """Keep readings, made by `maker`, of the reports with these numbers; the newest of a report is what is shown and searched."""
        with self.writing() as connection:
            for seq, one in readings:
                there = (reading.c.seq == seq) & (reading.c.maker == maker)
                connection.execute(delete(reading).where(there))
                failed = next((fault.what for fault in one.faults if fault.ours), None)
                row = insert(reading).values(seq=seq, maker=maker, made=schema.now(), record=_pack_reading(one), failed=failed)
                connection.execute(row)
                _index_reading(connection, seq, one)

    # ---- looking ----------------------------------------------------------------------------------------------------------------

    def find(self, name: str) -> Stored:
        """The report of that id, of an id that begins so, of that number ("#12"), address or outlet's own name.

        Raises InputError if there is none, or several."""
        digest = name.removeprefix("sha256:").lower()
        with self.reading() as connection:
            if name.startswith("#") and name[1:].isdigit():
                where: Any = report.c.seq == int(name[1:])
            elif len(digest) >= SHORTEST_ID and all(c in "0123456789abcdef" for c in digest):
                where = report.c.id.between(f"sha256:{digest}", f"sha256:{digest}g")
            else:
                where = (report.c.url == name) | (report.c.guid == name)
            rows = connection.execute(select(report).where(where).order_by(report.c.seq.desc()).limit(20)).all()
            if len(rows) > 1 and name.startswith("sha256:") is False and rows[0].url != name and rows[0].guid != name:
                raise InputError(f"{len(rows)} reports have ids that begin with {name}: give more of it")
            if not rows:
                raise InputError(f"no report {name!r} in {self.address}; `sagt search` shows ids")
            return _stored(connection, rows[:1])[0]

    def reports(self, after: int = 0, limit: int = 1000) -> list[Stored]:
        """Reports in the order of arrival, from the one after number `after`."""
        with self.reading() as connection:
            rows = connection.execute(select(report).where(report.c.seq > after).order_by(report.c.seq).limit(limit)).all()
            return _stored(connection, rows)

    def numbered(self, seqs: Iterable[int]) -> list[Stored]:
        """The reports with these numbers, in the order of arrival."""
        with self.reading() as connection:
            rows = connection.execute(select(report).where(report.c.seq.in_(list(seqs))).order_by(report.c.seq)).all()
            return _stored(connection, rows)

    def in_time(self, seqs: Iterable[int]) -> list[Stored]:
        """The reports with these numbers, the oldest first."""
        return sorted(self.numbered(seqs), key=lambda one: (moment_of(one), one.seq))

    def unread(self, maker: str, limit: int = 200, after: int = 0) -> list[Stored]:
        """Reports that `maker` has not read, oldest first, from the one after number `after`."""
        done = select(reading.c.seq).where(reading.c.seq == report.c.seq, reading.c.maker == maker).exists()
        with self.reading() as connection:
            rows = connection.execute(select(report).where(report.c.seq > after, ~done).order_by(report.c.seq).limit(limit)).all()
            return _stored(connection, rows)

    def reading_of(self, stored: Stored) -> Reading | None:
        """The newest reading of a report; None if nobody has read it."""
        found = self._newest([stored.seq]).get(stored.seq)
        return None if found is None else replace(found, report=stored.report)

    def readings(self, seqs: Iterable[int]) -> dict[int, Reading]:
        """The newest readings of the reports with these numbers, of those that are read."""
        wanted = list(seqs)
        reports = {one.seq: one.report for one in self.numbered(wanted)}
        return {seq: replace(one, report=reports[seq]) for seq, one in self._newest(wanted).items()}

    def _newest(self, seqs: Sequence[int]) -> dict[int, Reading]:
        query = select(reading.c.seq, reading.c.record, brief.c.failed).outerjoin(brief, brief.c.seq == reading.c.seq)
        with self.reading() as connection:
            rows = connection.execute(query.where(reading.c.seq.in_(seqs), schema.NEWEST)).all()
        return {row.seq: _unpack_reading(row.record, row.failed) for row in rows}

    def failed(self, limit: int = 1000) -> list[tuple[Stored, str]]:
        """Reports that could not be read, or linked, by whoever tried last, with why; the newest arrivals first."""
        with self.reading() as connection:
            rows = connection.execute(select(schema.FAILURES).order_by(schema.FAILURES.c.seq.desc()).limit(limit))
            why = {row.seq: row.failed for row in rows}
        return [(one, why[one.seq]) for one in reversed(self.numbered(why))]

    def payload_of(self, digest: str) -> bytes:
        """The bytes of a payload. Raises InputError if the store has none of that digest."""
        with self.reading() as connection:
            packed = connection.execute(select(payload.c.packed).where(payload.c.digest == digest)).scalar()
        if packed is None:
            raise InputError(f"no payload {digest} in {self.address}")
        return zlib.decompress(packed)

    def chain(self, stored: Stored) -> list[Take]:
        """All takes of the item that a report is a take of, oldest first."""
        return self.chains([stored.seq]).get(stored.seq) or [Take(stored, None)]

    def chains(self, seqs: Iterable[int]) -> dict[int, list[Take]]:
        """For each take of the items of several takes that these reports are takes of: all takes of its item, oldest first."""
        found: dict[int, Take] = {}
        with self.reading() as connection:
            items = schema.items_of_takes(connection, seqs)
            for part in schema.parts(seq for item in items for seq in item):
                whys = {row.seq: row.why for row in connection.execute(select(take.c.seq, take.c.why).where(take.c.seq.in_(part)))}
                rows = connection.execute(select(report).where(report.c.seq.in_(part))).all()
                found |= {one.seq: Take(one, whys.get(one.seq)) for one in _stored(connection, rows)}
        chains = (sorted(map(found.__getitem__, item), key=lambda one: (moment_of(one.stored), one.stored.seq)) for item in items)
        return {one.stored.seq: chain for chain in chains for one in chain}

    def held(self, *, parser: str | None = None, waiting: bool = False, limit: int = 1000) -> list[Held]:
        """What is held: with `waiting` what nobody tried; with `parser` what this version of sagt has not tried; else all."""
        where: sa.ColumnElement[bool] = sa.true()
        if waiting:
            where = inbox.c.fault.is_(None)
        elif parser is not None:
            where = inbox.c.tried_with.is_(None) | (inbox.c.tried_with != parser)
        with self.reading() as connection:
            query = select(inbox, payload.c.size).join(payload, payload.c.digest == inbox.c.payload)
            rows = connection.execute(query.where(where).order_by(inbox.c.id).limit(limit)).all()
        return [
            Held(
                r.id,
                r.payload,
                r.size,
                r.received,
                r.received_from,
                r.read_as,
                msgspec.json.decode(r.given, type=Given),
                r.fault,
                r.tried_with,
            )
            for r in rows
        ]

    def counts(self) -> dict[str, int]:
        """How many rows each table of lasting things has, and how many readings."""
        with self.reading() as connection:
            tables = (report, payload, inbox, reading)
            return {table.name: connection.execute(select(func.count()).select_from(table)).scalar() or 0 for table in tables}

    # ---- what is watched --------------------------------------------------------------------------------------------------------

    def sources(self) -> list[Source]:
        """All that is watched, by address."""
        with self.reading() as connection:
            return [Source(**row._mapping) for row in connection.execute(select(source).order_by(source.c.kind, source.c.address))]

    def put_source(self, one: Source) -> None:
        """Watch something, or keep how it stands with it."""
        values = {f.name: getattr(one, f.name) for f in fields(one)}
        with self.writing() as connection:
            there = connection.execute(select(source.c.address).where(source.c.address == one.address)).first()
            connection.execute(
                insert(source).values(**values) if there is None else update(source).where(source.c.address == one.address).values(**values)
            )

    def drop_source(self, address: str) -> None:
        """Watch something no longer; its reports stay. Raises InputError if it was not watched."""
        with self.writing() as connection:
            if not connection.execute(delete(source).where(source.c.address == address)).rowcount:
                raise InputError(f"{address} is not watched; `sagt feeds` lists what is")

    # ---- derived ----------------------------------------------------------------------------------------------------------------

    def rebuild(self) -> tuple[str, str]:
        """Derive the index and the takes again from the reports and readings; digests of what was derived before and after."""
        with self.writing() as connection:
            before = _digest_of_derived(connection)
            for table in schema.DERIVED:
                connection.execute(delete(table))
            connection.execute(sa.text("INSERT INTO words(words) VALUES ('delete-all')" if self.is_sqlite else "DELETE FROM words"))
            for stored in _every(connection):
                _index(connection, stored.seq, stored.report)
                _link(connection, Known(stored.report, stored.seq, moment_of(stored)))
                newest = select(reading.c.record).where(reading.c.seq == stored.seq).order_by(reading.c.made.desc()).limit(1)
                if (record := connection.execute(newest).scalar()) is not None:
                    _index_reading(connection, stored.seq, replace(_unpack_reading(record), report=stored.report))
            return before, _digest_of_derived(connection)


def report_of(row: Row[Any]) -> Report:
    """The report in a row of its table."""
    return replace(msgspec.json.decode(row.record, type=Report), text=row.text)


def _stored(connection: Connection, rows: Sequence[Row[Any]]) -> list[Stored]:
    """The reports of some rows, each with the take that it replaces."""
    before: dict[int, str] = {}
    replaced = select(take.c.seq, report.c.id).join(report, take.c.replaces == report.c.seq)
    for part in schema.parts(row.seq for row in rows):
        before |= {r.seq: r.id for r in connection.execute(replaced.where(take.c.seq.in_(part)))}
    found = ((row, report_of(row)) for row in rows)
    return [Stored(row.seq, replace(r, replaces=before.get(row.seq) or r.replaces), row.received, row.received_from) for row, r in found]


def _every(connection: Connection) -> Iterator[Stored]:
    """All reports, a few hundred at a time."""
    after = 0
    while rows := connection.execute(select(report).where(report.c.seq > after).order_by(report.c.seq).limit(500)).all():
        for row in rows:
            yield Stored(row.seq, report_of(row), row.received, row.received_from)
        after = rows[-1].seq


def moment_of(stored: Stored) -> datetime:
    """When it was published, or else when it came."""
    return takes.moment(stored.report) or datetime.fromisoformat(stored.received)


# ---- keeping ------------------------------------------------------------------------------------------------------------------------


def _keep(connection: Connection, parsed: Parsed, received_from: str | None, parser: str, entries: bool) -> Added:
    one = parsed.report
    if parsed.fault is not None:
        digest = _keep_payload(connection, parsed.payload)
        _to_inbox(connection, digest, parsed.format or None, parsed.given, received_from, parsed.fault, parser)
        return Added(digest, "fault", fault=parsed.fault)
    known = connection.execute(select(report.c.seq).where(report.c.id == one.id)).scalar()
    if known is None and entries:
        known = connection.execute(select(report.c.seq).where(report.c.same == _same(one)).limit(1)).scalar()
    if known is not None:
        return Added(one.id, "known", known, one.title)
    _keep_payload(connection, parsed.payload)
    values = _row(parsed, received_from, parser)
    seq = int(connection.execute(insert(report).values(**values).returning(report.c.seq)).scalar_one())
    _index(connection, seq, one)
    _link(connection, Known(one, seq, takes.moment(one) or datetime.fromisoformat(values["received"])))
    return Added(one.id, "stored", seq, one.title)


def _row(parsed: Parsed, received_from: str | None, parser: str) -> dict[str, Any]:
    one = parsed.report
    moment = takes.moment(one)
    return {
        "id": one.id, "read_as": parsed.format, "given": _given(parsed.given), "received": schema.now(),
        "received_from": _clean(received_from),
        "parser": parser, "format": one.format, "outlet": _clean(one.outlet), "language": one.language, "url": _clean(one.url),
        "guid": _clean(one.item.guid), "version": _clean(one.item.version), "title": _clean(one.title), "published": one.published,
        "instant": schema.utc(moment) if moment else None, "status": one.status.value,
        "signal": one.item.signal.kind.value if one.item.signal else None, "same": _same(one),
        "record": _json(replace(one, text="", name=_clean(one.name))), "text": one.text,
    }  # fmt: skip


def _keep_payload(connection: Connection, raw: bytes) -> str:
    digest = identity(raw)
    if connection.execute(select(payload.c.digest).where(payload.c.digest == digest)).scalar() is None:
        connection.execute(insert(payload).values(digest=digest, size=len(raw), packed=zlib.compress(raw, 6)))
    return digest


def _to_inbox(
    connection: Connection, digest: str, read_as: str | None, given: Given, origin: str | None, fault: str | None, parser: str | None
) -> None:
    there = connection.execute(select(inbox.c.id).where(inbox.c.payload == digest)).scalar()
    if there is None:
        row = {"read_as": read_as, "given": _given(given), "received": schema.now(), "received_from": _clean(origin)}
        connection.execute(insert(inbox).values(payload=digest, fault=_clean(fault), tried_with=parser, **row))
    elif fault is not None:
        connection.execute(update(inbox).where(inbox.c.id == there).values(fault=_clean(fault), tried_with=parser))


def _drop_unused(connection: Connection, digest: str) -> None:
    """Let go of an envelope whose items are all stored with payloads of their own."""
    used = select(report.c.seq).where(report.c.id == digest).union_all(select(inbox.c.id).where(inbox.c.payload == digest)).limit(1)
    if connection.execute(used).first() is None:
        connection.execute(delete(payload).where(payload.c.digest == digest))


def _same(one: Report) -> str:
    """Digest of what a reader sees of a report."""
    stands = (one.status.value, one.item.version, one.item.signal.kind.value if one.item.signal else None)
    # Feeds change the ids of their entries at will; on wires a new id is a new item.
    name = None if one.format in ("rss", "atom", "jsonfeed") else one.item.guid
    seen = (one.outlet, one.url, one.title, one.published, one.text, name, *stands)
    return hashlib.sha256("\x00".join(part or "" for part in seen).encode("utf-8", "replace")).hexdigest()


def _given(given: Given) -> str:
    return _json(replace(given, name=_clean(given.name)))


def _json(record: object) -> str:
    return msgspec.json.encode(record).decode("utf-8")


def _clean(words_: str | None) -> str | None:
    """What PostgreSQL and UTF-8 can hold: names of files may have lone surrogates."""
    return None if words_ is None else words_.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


# ---- deriving -----------------------------------------------------------------------------------------------------------------------


def _index(connection: Connection, seq: int, one: Report) -> None:
    values = {"seq": seq, "title": words.stems(one.title or "", one.language), "body": words.stems(one.text, one.language)}
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("INSERT INTO words (rowid, title, body) VALUES (:seq, :title, :body)"), values)
    else:
        vector = "setweight(to_tsvector('simple', :title), 'A') || to_tsvector('simple', :body)"
        connection.execute(sa.text(f"INSERT INTO words VALUES (:seq, {vector})"), values)
    _index_agencies(connection, seq, one.agencies)
    marks = sorted(_marks(one))
    if marks:
        connection.execute(insert(mark), [{"kind": kind, "value": value, "seq": seq} for kind, value in marks])


def _index_agencies(connection: Connection, seq: int, names: Iterable[str]) -> None:
    there = set(connection.execute(select(agency.c.name).where(agency.c.seq == seq)).scalars())
    new = {words.key(name) for name in names} - there - {""}
    if new:
        connection.execute(insert(agency), [{"name": name, "seq": seq} for name in sorted(new)])


def _index_reading(connection: Connection, seq: int, one: Reading) -> None:
    connection.execute(delete(saying).where(saying.c.seq == seq))
    rows = [
        {"seq": seq, "attribution": a.id, "act": a.act.value, "speaker": _clean(a.speaker.name) if a.speaker else None,
         "speaker_key": words.key(a.speaker.name) if a.speaker and a.speaker.name else None,
         "said": schema.utc(a.said.start) if a.said and a.said.start else None}
        for a in one.attributions
    ]  # fmt: skip
    if rows:
        connection.execute(insert(saying), rows)
    connection.execute(delete(mark).where(mark.c.seq == seq, mark.c.kind == "speaker"))
    spoke = sorted({word for row in rows for word in str(row["speaker_key"] or "").split()})
    if spoke:
        connection.execute(insert(mark), [{"kind": "speaker", "value": word, "seq": seq} for word in spoke])
    _index_agencies(connection, seq, (link.name for a in one.attributions for link in a.chain if link.role is Role.CARRIER and link.name))


def _marks(one: Report) -> set[tuple[str, str]]:
    """By what takes of one item find each other."""
    found = {("name", name) for name in takes.names(one)} | {("replaces", name) for name in one.item.replaces}
    if one.url:
        found.add(("url", one.url))
    moment = takes.moment(one)
    if moment and one.outlet:
        found |= {(_NEAR_SIGNAL if one.item.signal else _NEAR, key) for key in takes.near(one, moment, around=False)}
    return {(kind, _clean(value) or "") for kind, value in found}


def _neighbours(connection: Connection, known: Known) -> list[Known]:
    """The reports that may be takes of the same item."""
    one = known.report
    wanted = {("name", name) for name in (*takes.names(one), *one.item.replaces)} | {("replaces", name) for name in takes.names(one)}
    if one.url:
        wanted.add(("url", one.url))
    pairs = [(mark.c.kind == kind) & (mark.c.value.in_([_clean(v) for k, v in wanted if k == kind])) for kind in {k for k, _ in wanted}]
    seqs = list(_marked(connection, pairs, known.seq)) if pairs else []
    if one.outlet and takes.moment(one):
        near = [_clean(key) for key in takes.near(one, known.at, around=True)]
        # Without a signal of its own it may still be what a later report with one is a take of.
        kinds = (_NEAR, _NEAR_SIGNAL) if one.item.signal else (_NEAR_SIGNAL,)
        seqs += _marked(connection, [mark.c.kind.in_(kinds) & mark.c.value.in_(near)], known.seq)
    rows = connection.execute(select(report).where(report.c.seq.in_(set(seqs)))).all() if seqs else []
    return [_known(row) for row in rows]


def _marked(connection: Connection, pairs: Sequence[sa.ColumnElement[bool]], seq: int) -> Iterable[int]:
    """The newest reports that bear one of these marks."""
    query = select(mark.c.seq).where(sa.or_(*pairs), mark.c.seq != seq)
    return connection.execute(query.distinct().order_by(mark.c.seq.desc()).limit(MOST_CANDIDATES)).scalars()


def _known(row: Row[Any]) -> Known:
    stored = Stored(row.seq, report_of(row), row.received, None)
    return Known(stored.report, stored.seq, moment_of(stored))


def _link(connection: Connection, known: Known) -> None:
    """Find the take before a report, and those of which it is the one before, in whatever order they came."""
    around = {one.seq: one for one in _neighbours(connection, known)}
    _set_take(connection, known, around.values())
    for other in around.values():
        # The best among all is the best of the one it has and the new one.
        if takes.predecessor(other, [known]) is not None:
            there = connection.execute(select(take.c.replaces).where(take.c.seq == other.seq)).scalar()
            row = connection.execute(select(report).where(report.c.seq == there)).first() if there else None
            _set_take(connection, other, [known, *([_known(row)] if row is not None else [])])


def _set_take(connection: Connection, known: Known, around: Iterable[Known]) -> None:
    best = takes.predecessor(known, around)
    there = connection.execute(select(take.c.replaces).where(take.c.seq == known.seq)).scalar()
    if best is None or best.seq != there:
        connection.execute(delete(take).where(take.c.seq == known.seq))
    if best is not None and best.seq != there:
        connection.execute(insert(take).values(seq=known.seq, replaces=best.seq, why=_clean(best.why)))


def _digest_of_derived(connection: Connection) -> str:
    digest = hashlib.sha256()
    for table in schema.DERIVED:
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            digest.update(repr(tuple(row)).encode("utf-8", "replace"))
    return digest.hexdigest()


def _pack_reading(one: Reading) -> bytes:
    """A reading without its report, which stands beside it."""
    return zlib.compress(msgspec.json.encode(replace(one, report=Report(one.report.id, ""))), 6)


def _unpack_reading(record: bytes, failed: str | None = None) -> Reading:
    """A reading without its report. `failed`: why it could not be linked."""
    one = msgspec.json.decode(zlib.decompress(record), type=Reading)
    return one if failed is None else replace(one, faults=(*one.faults, Fault(failed, ours=True)))


# ---- opening ------------------------------------------------------------------------------------------------------------------------


def _url(address: str) -> URL:
    """The address as SQLAlchemy has it. Raises StoreError for one that sagt has no database for."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise StoreError("no address of a store; give sqlite:///path/to/file or postgresql://user@host/name") from None
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"sagt keeps stores on SQLite and PostgreSQL, not on {url.get_backend_name()}")
    return url


def _make_folder(file: str | None) -> None:
    if file and file != ":memory:":
        try:
            Path(file).expanduser().resolve().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"no folder for the store at {file}: {error.strerror}") from None


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, pool_size=CONNECTIONS, connect_args={"connect_timeout": 10}, hide_parameters=True)
    engine = sa.create_engine(
        url, pool_size=CONNECTIONS, connect_args={"timeout": PATIENCE, "check_same_thread": False}, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN"))
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # sqlite3 would begin transactions by its own rules; sagt begins them, so that a writer waits for its turn at the start.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32768",
        f"busy_timeout={PATIENCE * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("writes"))


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Failures of the database as StoreErrors that say what to do, without secrets or SQL."""
    try:
        yield
    except NoSuchModuleError:
        raise StoreError("no driver for this database; for PostgreSQL: pip install 'sagt[postgres]'") from None
    except ModuleNotFoundError as error:
        raise StoreError(f"no driver for this database ({error.name} is missing); for PostgreSQL: pip install 'sagt[postgres]'") from None
    except DBAPIError as error:
        raise StoreError(f"{address}: {_advice(str(error.orig))}") from None
    except SQLAlchemyError as error:
        raise StoreError(f"{address}: {type(error).__name__}") from None


def _advice(said: str) -> str:
    said = " ".join(said.split())[:300]
    for sign, advice in _ADVICE.items():
        if sign in said:
            return f"{advice} ({said})"
    return said


_ADVICE = {
    "database or disk is full": "the disk is full; nothing was stored, make room and try again",
    "No space left": "the disk is full; nothing was stored, make room and try again",
    "disk I/O error": "the disk failed or is full; nothing was stored",
    "database is locked": "another program has held the store for a minute; try again",
    "unable to open database file": "the file can't be opened or made; is the folder there, and yours to write?",
    "attempt to write a readonly database": "the file is read-only",
    "file is not a database": "the file is no SQLite database",
    "malformed": "the file is damaged; restore the last backup (sagt restore)",
    "password authentication failed": "the password is wrong or missing",
    "does not exist": "no such database or user; make it first (createdb)",
    "onnection refused": "no PostgreSQL answers there",
    "server closed the connection": "PostgreSQL went away; what was not acknowledged was not stored",
}
