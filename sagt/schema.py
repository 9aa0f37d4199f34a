"""The tables of a store, and how an older store becomes one of today's. Two kinds: what is kept for good, and what is derived
from it and can be made anew (`sagt rebuild`).

Moments are text in ISO 8601, UTC, with microseconds, so that they sort as they stand in both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    func,
    insert,
    inspect,
    or_,
    select,
    text,
)

from sagt.errors import StoreError

T = TypeVar("T", int, str, tuple[int, str])

metadata = MetaData()
#: Values that one query names at most; SQLite takes 32,766.
MANY = 500
#: SQLite counts rows up by itself only for a plain INTEGER.
_KEY = BigInteger().with_variant(Integer, "sqlite")

version = Table("schema_version", metadata, Column("number", Integer, primary_key=True), Column("since", Text, nullable=False))

# ---- kept for good ------------------------------------------------------------------------------------------------------------

payload = Table(
    "payload", metadata,
    Column("digest", Text, primary_key=True),  # "sha256:…" of the bytes
    Column("size", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),  # zlib
)  # fmt: skip
report = Table(
    "report", metadata,
    Column("seq", _KEY, primary_key=True, autoincrement=True),  # order of arrival
    Column("id", Text, ForeignKey("payload.digest"), nullable=False, unique=True),
    Column("read_as", Text, nullable=False),  # name of the format that reads the payload
    Column("given", Text, nullable=False),  # JSON: what the caller and the envelope said
    Column("received", Text, nullable=False),
    Column("received_from", Text),  # a file, or an address without its secrets
    Column("parser", Text, nullable=False),  # version of sagt that parsed it
    Column("format", Text, nullable=False),
    Column("outlet", Text),
    Column("language", Text),
    Column("url", Text),
    Column("guid", Text),
    Column("version", Text),
    Column("title", Text),
    Column("published", Text),  # as the report says
    Column("instant", Text),  # UTC
    Column("status", Text, nullable=False),
    Column("signal", Text),
    Column("same", Text, nullable=False),  # digest of what a reader sees of it: entries of feeds that look the same are one
    Column("record", Text, nullable=False),  # JSON: item, parts, faults, agencies
    Column("text", Text, nullable=False),
    Index("report_instant", "instant"), Index("report_outlet", "outlet", "instant"), Index("report_same", "same"),
    Index("report_url", "url"), Index("report_guid", "guid"), Index("report_received", "received"),
)  # fmt: skip
inbox = Table(  # payloads that are not reports yet, or could not be read
    "inbox", metadata,
    Column("id", _KEY, primary_key=True, autoincrement=True),
    Column("payload", Text, ForeignKey("payload.digest"), nullable=False),
    Column("read_as", Text),
    Column("given", Text, nullable=False),
    Column("received", Text, nullable=False),
    Column("received_from", Text),
    Column("fault", Text),  # None: not tried yet
    Column("tried_with", Text),
    Index("inbox_payload", "payload", unique=True),
)  # fmt: skip
judgement = Table(
    "judgement", metadata,
    Column("id", _KEY, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),  # JSON: report ids and spans, never ids that a new reading may give to something else
    Column("verdict", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("undoes", _KEY, ForeignKey("judgement.id")),
    Column("note", Text),
)  # fmt: skip
source = Table(  # what is watched
    "source", metadata,
    Column("address", Text, primary_key=True),  # without secrets: those stand as ${NAME}
    Column("kind", Text, nullable=False),  # feed, folder, ritzau
    Column("title", Text),
    Column("section", Text),  # folder in OPML
    Column("outlet", Text),
    Column("language", Text),
    Column("added", Text, nullable=False),
    Column("etag", Text),
    Column("modified", Text),
    Column("checked", Text),  # last try
    Column("succeeded", Text),  # last time that it answered as it should
    Column("changed", Text),  # last time that it brought something new
    Column("wait_until", Text),  # its server asked for that, or it failed
    Column("digest", Text),  # of the last answer
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("problem", Text),
    Column("gone", Integer, nullable=False, default=0),  # 410: not asked again
    Column("moved_to", Text),
    Column("reports", Integer, nullable=False, default=0),
    Column("pace", Float, nullable=False),  # seconds between two tries
)  # fmt: skip

account = Table(
    "account", metadata,
    Column("id", _KEY, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),  # as it is shown, and as it stands beside judgements
    Column("key", Text, nullable=False, unique=True),  # the name, folded: two names that look alike are one
    Column("password", Text),  # argon2; None: enters by OpenID Connect only
    Column("role", Text, nullable=False),  # reader, editor, admin
    Column("created", Text, nullable=False),
    Column("disabled", Text),  # since when
    Column("seen", Text),  # last time that it entered
    Column("issuer", Text),  # who vouches for it, and under which name
    Column("subject", Text),
    Index("account_issuer", "issuer", "subject", unique=True),
)  # fmt: skip
token = Table(  # by which programs ask
    "token", metadata,
    Column("id", _KEY, primary_key=True, autoincrement=True),
    Column("account", _KEY, ForeignKey("account.id"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),  # SHA-256 of the token, which is nowhere
    Column("scope", Text, nullable=False),  # read, write, admin
    Column("created", Text, nullable=False),
    Column("expires", Text, nullable=False),
    Column("used", Text),
    Column("revoked", Text),
)  # fmt: skip
session = Table(
    "session", metadata,
    Column("hash", Text, primary_key=True),  # SHA-256 of the cookie's value, which is nowhere
    Column("account", _KEY, ForeignKey("account.id"), nullable=False, index=True),
    Column("created", Text, nullable=False),
    Column("used", Text, nullable=False),
    Column("expires", Text, nullable=False),
    Column("address", Text),
    Column("agent", Text),
)  # fmt: skip
saved_search = Table(
    "saved_search", metadata,
    Column("id", _KEY, primary_key=True, autoincrement=True),
    Column("owner", Text, nullable=False, index=True),  # folded name of an account, or of the system's user where there are none
    Column("title", Text, nullable=False),
    Column("query", Text, nullable=False),  # as it stands in an address
    Column("created", Text, nullable=False),
)  # fmt: skip
audit = Table(  # who changed what, when, from where: rows are only added
    "audit", metadata,
    Column("id", _KEY, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("address", Text, nullable=False),
)  # fmt: skip
webhook = Table(  # whom to tell of changes
    "webhook", metadata,
    Column("id", _KEY, primary_key=True, autoincrement=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),  # signs what is sent, so it is kept as it is
    Column("created_by", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("events", Text, nullable=False),  # JSON: kinds of changes
    Column("last_mark", Text),  # how far it has been told
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("problem", Text),
    Column("disabled", Text),  # since when
)  # fmt: skip
entity = Table(  # persons and bodies of the gazetteer
    "entity", metadata,
    Column("id", Text, primary_key=True),  # as Wikidata has it
    Column("label", Text, nullable=False),  # the name that is shown
    Column("person", Boolean),  # None: nobody told
    Column("language", Text, nullable=False),  # of the label
)  # fmt: skip
entity_name = Table(  # by which they are known
    "entity_name", metadata,
    Column("key", Text, primary_key=True),  # folded as names are looked up
    Column("entity", Text, primary_key=True, index=True),
)  # fmt: skip
gazetteer = Table(  # what the two hold, in a row; none where they hold nothing
    "gazetteer", metadata,
    Column("digest", Text, primary_key=True),  # of the names
    Column("since", Text, nullable=False),
    Column("entities", Integer, nullable=False),
    Column("names", Integer, nullable=False),
)  # fmt: skip


def _failed(table: str) -> Index:
    """An index of the few rows that tell of a failure."""
    few = text("failed IS NOT NULL")
    return Index(f"{table}_failed", "seq", sqlite_where=few, postgresql_where=few)


# ---- derived ------------------------------------------------------------------------------------------------------------------

reading = Table(
    "reading", metadata,
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("maker", Text, primary_key=True),  # pack and rules
    Column("made", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),  # zlib of JSON
    Column("failed", Text),  # why the report could not be read
    Index("reading_maker", "maker", "seq"), Index("reading_made", "made"), _failed("reading"),
)  # fmt: skip
mark = Table(  # by what takes of one item find each other
    "mark", metadata,
    Column("kind", Text, primary_key=True),  # name, replaces, url, slug
    Column("value", Text, primary_key=True),
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Index("mark_seq", "seq"),
)  # fmt: skip
take = Table(
    "take", metadata,
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("replaces", _KEY, ForeignKey("report.seq"), nullable=False, index=True),
    Column("why", Text, nullable=False),
)  # fmt: skip
agency = Table(
    "agency", metadata,
    Column("name", Text, primary_key=True),
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Index("agency_seq", "seq"),
)  # fmt: skip
saying = Table(  # attributions, to be searched
    "saying", metadata,
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("attribution", Text, primary_key=True),
    Column("act", Text, nullable=False),
    Column("speaker", Text),
    Column("speaker_key", Text),  # folded as words of a search are
    Column("said", Text),
    Index("saying_speaker", "speaker_key"), Index("saying_act", "act", "seq"),
)  # fmt: skip
brief = Table(  # what linking needs of a report, so that it need not be read again: made from its reading
    "brief", metadata,
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("maker", Text, nullable=False),  # of the reading, and the rules of linking
    Column("at", Float, nullable=False),  # published, or else received: seconds since 1970
    Column("lead", LargeBinary, nullable=False),  # meaning of headline and lead, 8 bits a number
    Column("record", LargeBinary, nullable=False),  # zlib of JSON: item and passages
    Column("vectors", LargeBinary, nullable=False),  # meanings of the passages' sentences and of what is told of their speakers
    Column("failed", Text),  # why the report could not be linked
    Index("brief_at", "at"), Index("brief_maker", "maker", "seq"), _failed("brief"),
)  # fmt: skip
edge = Table(  # two passages that may be one statement, or speak of one claim, or of which one may answer the other
    "edge", metadata,
    Column("a_seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("a", Text, primary_key=True),
    Column("b_seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("b", Text, primary_key=True),
    Column("same", Float, nullable=False),
    Column("claim", Float, nullable=False),
    Column("answer", Float, nullable=False, server_default="0"),  # above 0: a answers b; below 0: b answers a
    Index("edge_back", "b_seq", "b"),
)  # fmt: skip
member = Table(  # passages of statements
    "member", metadata,
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("attribution", Text, primary_key=True),
    Column("statement", Text, nullable=False, index=True),
)  # fmt: skip
statement = Table(
    "statement", metadata,
    Column("id", Text, primary_key=True),
    Column("claim", Text, nullable=False, index=True),
    Column("at", Float, nullable=False, index=True),  # first report of it
    Column("actor", Text),  # folded name, to be searched
    Column("name", Text),
    Column("due", Float),  # when what is promised is to have happened
    Column("about", Text),  # what is told of the actor beside the name
    Column("about_vector", LargeBinary),  # its meaning
    Column("entity", Text),  # what the actor is in the gazetteer
    Index("statement_actor", "actor"), Index("statement_due", "due"),
    # Of the rest nothing: SQLite would look for those without an entity rather than for the few of a name.
    Index("statement_entity", "entity", sqlite_where=text("entity IS NOT NULL"), postgresql_where=text("entity IS NOT NULL")),
)  # fmt: skip
plot = Table(  # which story the machine put a report into: decided once, when it comes, and kept, so that no story is reshuffled
    "plot", metadata,
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("story", Text, nullable=False, index=True),
    Column("why", Text, nullable=False),
)  # fmt: skip
in_story = Table(  # which story a report is in: as the machine put it, or as people judge
    "in_story", metadata,
    Column("seq", _KEY, ForeignKey("report.seq"), primary_key=True),
    Column("part", Text, nullable=False, index=True),  # before stories are merged
    Column("story", Text, nullable=False, index=True),
)  # fmt: skip
merged = Table(  # stories that people hold to be parts of others
    "merged", metadata,
    Column("part", Text, primary_key=True),
    Column("story", Text, nullable=False, index=True),  # where its id leads
)  # fmt: skip
LINKED = (brief, edge, member, statement)
STORIES = (in_story, merged)
DERIVED = (saying, agency, take, mark)
#: Whoever works with the store, and what is theirs. Sessions end with a restored store.
DESK = (account, token, saved_search, audit, webhook)
GAZETTEER = (entity, entity_name, gazetteer)
KEPT = (payload, report, inbox, judgement, source, plot, *DESK, *GAZETTEER)
#: What the first versions of a store did not have.
LATER = (*LINKED, plot, *STORIES, *DESK, session, *GAZETTEER)


def parts(values: Iterable[T]) -> Iterator[list[T]]:
    """Values in portions that one query may name, each value once."""
    rows = sorted(set(values))
    for at in range(0, len(rows), MANY):
        yield rows[at : at + MANY]


def _links_of_takes() -> Select[int, int]:
    t, wanted = take.c, bindparam("seqs", type_=BigInteger, expanding=True)
    near = select(t.seq, t.replaces).where(t.seq.in_(wanted) | t.replaces.in_(wanted)).cte("near", recursive=True)
    beside = or_(t.seq == near.c.replaces, t.replaces == near.c.seq, t.replaces == near.c.replaces)
    all_ = near.union(select(t.seq, t.replaces).where(beside))
    return select(all_.c.seq, all_.c.replaces)


#: Which take replaces which, of the items that some reports are takes of. Made once: putting it together takes longer than asking it.
_LINKS = _links_of_takes()


def _newest() -> ColumnElement[bool]:
    later = reading.alias()
    return ~select(later.c.seq).where(later.c.seq == reading.c.seq, later.c.made > reading.c.made).exists()


#: That a reading is the newest one of its report.
NEWEST = _newest()


def _failures() -> CompoundSelect[int, str]:
    read, linked = reading.c.failed.is_not(None) & NEWEST, brief.c.failed.is_not(None)
    return select(reading.c.seq, reading.c.failed).where(read).union_all(select(brief.c.seq, brief.c.failed).where(linked))


#: Numbers of reports that could not be read, or linked, by whoever tried last; and why.
FAILURES = _failures().subquery()


def items_of_takes(connection: Connection, seqs: Iterable[int]) -> list[set[int]]:
    """The items of several takes that these reports are takes of: the numbers of all their takes."""
    item_of: dict[int, set[int]] = {}
    for one, before in (link for part in parts(seqs) for link in connection.execute(_LINKS, {"seqs": part})):
        ours, theirs = item_of.get(one, {one}), item_of.get(before, {before})
        if ours is not theirs:
            less, more = sorted((ours, theirs), key=len)
            more |= less
            item_of |= dict.fromkeys((*less, one, before), more)
    return list({id(item): item for item in item_of.values()}.values())


def _first(connection: Connection) -> None:
    metadata.create_all(connection, [table for table in metadata.sorted_tables if table not in LATER])
    if connection.dialect.name == "sqlite":
        connection.execute(text("CREATE VIRTUAL TABLE words USING fts5(title, body, content='', tokenize='unicode61 remove_diacritics 0')"))
    else:
        connection.execute(text("CREATE TABLE words (seq BIGINT PRIMARY KEY, vector tsvector NOT NULL)"))
        connection.execute(text("CREATE INDEX words_vector ON words USING gin (vector)"))


def _second(connection: Connection) -> None:
    metadata.create_all(connection, [*LINKED, plot])


def _third(connection: Connection) -> None:
    metadata.create_all(connection, [*DESK, session])


def _create_index(connection: Connection, table: Table, name: str) -> None:
    """An index that a later version added; tables that were made by it have it already."""
    next(index for index in table.indexes if index.name == name).create(connection, checkfirst=True)


def _add_column(connection: Connection, table: Table, column: str, declared: str) -> None:
    """A column that a later version added, likewise."""
    if column not in {there["name"] for there in inspect(connection).get_columns(table.name)}:
        connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column} {declared}"))


def _fourth(connection: Connection) -> None:
    for table, name in ((report, "report_received"), (reading, "reading_made")):
        _create_index(connection, table, name)


def _fifth(connection: Connection) -> None:
    metadata.create_all(connection, GAZETTEER)
    _add_column(connection, statement, "entity", "TEXT")
    _create_index(connection, statement, "statement_entity")


def _sixth(connection: Connection) -> None:
    metadata.create_all(connection, list(STORIES))
    connection.execute(insert(in_story).from_select(["seq", "part", "story"], select(plot.c.seq, plot.c.story, plot.c.story)))


def _seventh(connection: Connection) -> None:
    _create_index(connection, brief, "brief_maker")


def _eighth(connection: Connection) -> None:
    _add_column(connection, edge, "answer", "FLOAT NOT NULL DEFAULT 0")


def _ninth(connection: Connection) -> None:
    for table in (reading, brief):
        _add_column(connection, table, "failed", "TEXT")
        _create_index(connection, table, f"{table.name}_failed")


#: What makes a store of the version before into one of its own; the first makes one of an empty database. Only ever appended to.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first, _second, _third, _fourth, _fifth, _sixth, _seventh, _eighth, _ninth)


def migrate(connection: Connection, migrations: tuple[Callable[[Connection], None], ...] = MIGRATIONS) -> int:
    """Bring a database to today's schema, in the caller's transaction; returns how many steps that took.

    Raises StoreError for a database of a newer sagt, or one that is something else."""
    found = inspect(connection).get_table_names()
    if "schema_version" not in found and any(table.name in found for table in KEPT):
        raise StoreError("the database holds tables of another program; give sagt a database of its own")
    if "schema_version" not in found:
        version.create(connection)
    at = connection.execute(select(func.max(version.c.number))).scalar() or 0
    if at > len(migrations):
        raise StoreError(f"the store was made by a newer sagt (schema {at}, this one knows {len(migrations)}): update sagt")
    for number in range(at + 1, len(migrations) + 1):
        migrations[number - 1](connection)
        connection.execute(insert(version).values(number=number, since=now()))
    return len(migrations) - at


def now() -> str:
    """The present moment as the store writes it."""
    return utc(datetime.now(UTC))


def utc(moment: datetime) -> str:
    """A moment with a zone, as the store writes it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
