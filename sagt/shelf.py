"""What the ledger derives of reports and keeps beside them: briefs, pairs, statements, stories; and judgements, which are for good."""

from __future__ import annotations

import hashlib
import heapq
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from sagt import gazetteer, schema, stances, words
from sagt.link import Node, pair
from sagt.origins import Item
from sagt.passages import Passage
from sagt.schema import brief, edge, in_story, judgement, member, merged, plot, statement, take
from sagt.types import Span, Spans, Wording

#: Characters that a text is begun with, where it has no title.
BEGINNING = 400
#: What holds of rows, in SQL.
Filter = sa.ColumnElement[bool]
Bytes = NDArray[np.int8]
#: Names that one search finds at most.
MOST_NAMES = 5_000
#: Briefs that are kept unpacked: reports are compared with the same ones, and pages show the same ones, again and again.
REMEMBERED = 500
#: Unit vectors as 8-bit numbers: times this.
SCALE = 400.0


@dataclass(frozen=True, slots=True)
class Brief:
    """What linking needs of a report."""

    item: Item
    passages: tuple[Passage, ...]
    lead: Bytes  #: meaning of headline and lead
    #: A row for each sentence of each passage, in order, one for what is told of each passage's speaker, one for each of `narration`, one
    #: for the claim that each passage tells of, one for the claim that each seeks that may answer (stances.responds).
    vectors: Bytes
    narration: tuple[Passage, ...] = ()  #: sentences that the report tells itself
    failed: str | None = None  #: why it could not be linked: it counts as one that passes on nothing


@dataclass(frozen=True, slots=True)
class Edge:
    """Two passages of which one may be the other."""

    a: Node
    b: Node
    same: float  #: likelihood that they are one statement
    claim: float  #: that they speak of one claim
    answer: float = 0.0  #: that one denies, refuses or confirms what the other says: above 0 the first, below 0 the second


@dataclass(frozen=True, slots=True)
class Judgement:
    """That somebody decided something. Rows are only added; one that is undone counts no more."""

    id: int
    kind: str  #: "statement", "claim", "promise", "question", "attribution", "source", "story"
    target: tuple[tuple[str, Spans], ...]  #: places in reports, or stories, without spans; the same whatever a new reading calls them
    verdict: str  #: same, different, unsure; kept, broken, moved; answered; no; merge, move, apart; for a source the name of who speaks
    by: str
    at: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A statement as it is listed."""

    id: str
    claim: str
    at: float
    actor: str | None
    name: str | None
    due: float | None
    about: str = ""  #: what is told of the actor beside the name
    about_vector: bytes = b""
    entity: str | None = None  #: what the actor is in the gazetteer

    @property
    def whose(self) -> str | None:
        """Who speaks: the entity, or else whoever bears the name."""
        return self.entity or self.actor


def quantised(vectors: NDArray[np.float32]) -> Bytes:
    """Unit vectors in 8 bits."""
    return np.asarray(np.clip(np.rint(vectors * SCALE), -127, 127), np.int8)


def unit(rows: Bytes | NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors of unit length (again, out of 8 bits)."""
    found = rows.astype(np.float32)
    return np.asarray(found / np.maximum(np.linalg.norm(found, axis=-1, keepdims=True), 1e-6), np.float32)


# ---- briefs ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Record:
    item: Item
    passages: tuple[Passage, ...]
    narration: tuple[Passage, ...]


def put_brief(connection: Connection, one: Brief, maker: str) -> None:
    """Keep a brief in place of an older one of the same report."""
    seq = one.item.seq
    connection.execute(delete(brief).where(brief.c.seq == seq))
    packed = zlib.compress(msgspec.json.encode(_Record(one.item, one.passages, one.narration)), 1)
    vectors = {"lead": one.lead.tobytes(), "vectors": one.vectors.tobytes()}
    connection.execute(insert(brief).values(seq=seq, maker=maker, at=one.item.at, record=packed, failed=one.failed, **vectors))


def briefs(connection: Connection, seqs: Iterable[int]) -> dict[int, Brief]:
    """The briefs of these reports, by number."""
    return {row.seq: _brief(row) for part in schema.parts(seqs) for row in connection.execute(select(brief).where(brief.c.seq.in_(part)))}


def _brief(row: sa.Row[tuple[object, ...]]) -> Brief:
    record = _record(row.record)
    lead = np.frombuffer(row.lead, np.int8)
    vectors = np.frombuffer(row.vectors, np.int8).reshape(-1, len(lead))
    return Brief(record.item, record.passages, lead, vectors, record.narration, row.failed)


@lru_cache(REMEMBERED)
def _record(packed: bytes) -> _Record:
    raw = zlib.decompress(packed)
    try:
        return msgspec.json.decode(raw, type=_Record)
    except msgspec.ValidationError:
        return _older_record(raw)


def _older_record(raw: bytes) -> _Record:
    """A record in which meanings were still taken of bare words; it serves until its report is linked anew."""
    found = msgspec.json.decode(raw)
    for one in (*found["passages"], *found["narration"]):
        one["wording"] = [Wording.whole(text) for text in one["wording"]]
    return msgspec.convert(found, type=_Record)


@dataclass(frozen=True, slots=True)
class Vectors:
    """The vectors of a brief, apart, of unit length."""

    sentences: NDArray[np.float32]
    of: tuple[slice, ...]  #: which of `sentences` are each passage's
    about: NDArray[np.float32]  #: a row a passage
    narration: NDArray[np.float32]  #: a row a sentence
    told: NDArray[np.float32]  #: a row a passage: the claim it tells of
    sought: NDArray[np.float32]  #: a row a passage: the claim that it answers, nothing but zeros where it answers none


def vectors_of(one: Brief) -> Vectors:
    """The vectors of a brief, apart. Of what was linked before there were claims among them, those are zeros."""
    rows_, of = unit(one.vectors), _slices(one)
    count, last = len(of), of[-1].stop if of else 0
    ends = (last, last + count, last + count + len(one.narration), last + 2 * count + len(one.narration))
    sentences, about, narration, told, answers = np.split(rows_, ends)
    sought = np.zeros_like(about)
    if len(answers):
        sought[[stances.responds(p) for p in one.passages]] = answers
    return Vectors(sentences, of, about, narration, told if len(told) else np.zeros_like(about), sought)


def meanings_of(one: Brief) -> Iterator[tuple[Passage, Bytes]]:
    """The passages of a brief with the vectors of their sentences."""
    return ((passage, one.vectors[of]) for passage, of in zip(one.passages, _slices(one), strict=True))


def _slices(one: Brief) -> tuple[slice, ...]:
    """Which of a brief's vectors are of each passage's sentences."""
    ends = accumulate(len(p.wording) for p in one.passages)
    return tuple(slice(end - len(p.wording), end) for end, p in zip(ends, one.passages, strict=True))


def unlinked(connection: Connection, maker: str, limit: int) -> list[int]:
    """Numbers of read reports that have no brief of this maker, oldest first."""
    has = select(brief.c.seq).where(brief.c.seq == schema.reading.c.seq, brief.c.maker == maker).exists()
    query = select(schema.reading.c.seq).where(~has).distinct().order_by(schema.reading.c.seq).limit(limit)
    return list(connection.execute(query).scalars())


def numbers(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """The numbers of the reports with these ids."""
    rows_ = (
        connection.execute(select(schema.report.c.id, schema.report.c.seq).where(schema.report.c.id.in_(part)))
        for part in schema.parts(ids)
    )
    return {row.id: row.seq for found in rows_ for row in found}


def leads(connection: Connection, after: int) -> list[tuple[int, float, bytes]]:
    """Number, time and lead of every brief after a number."""
    query = select(brief.c.seq, brief.c.at, brief.c.lead).where(brief.c.seq > after).order_by(brief.c.seq)
    return [(row.seq, row.at, row.lead) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Made:
    """A report by number and id, and what made what is derived of it."""

    seq: int
    id: str
    parser: str
    maker: str | None  #: of its brief, if it has one


def chains(connection: Connection, seqs: Iterable[int]) -> list[tuple[Made, ...]]:
    """The items of several takes that these reports are takes of: all their takes, in the order of arrival."""
    items = schema.items_of_takes(connection, seqs)
    r, made = schema.report.c, dict[int, Made]()
    for part in schema.parts(seq for item in items for seq in item):
        query = select(r.seq, r.id, r.parser, brief.c.maker).select_from(schema.report).outerjoin(brief, brief.c.seq == r.seq)
        made |= {row.seq: Made(*row) for row in connection.execute(query.where(r.seq.in_(part)))}
    return sorted((tuple(made[seq] for seq in sorted(item)) for item in items), key=lambda chain: chain[0].seq)


def first_takes(connection: Connection, seqs: Iterable[int]) -> dict[int, int]:
    """For each report the first take of its item, as the takes stand now."""
    found = {seq: seq for seq in seqs}
    for start in found:
        seen = {start}
        while (before := connection.execute(select(take.c.replaces).where(take.c.seq == found[start])).scalar()) and before not in seen:
            seen.add(before)
            found[start] = before
    return found


# ---- pairs, statements ----------------------------------------------------------------------------------------------------------------


def drop_links(connection: Connection, seq: int) -> set[Node]:
    """Forget the pairs of a report's passages; these, and the passages of others that had pairs with them, are to be grouped anew."""
    touched = {node for e in edges_of(connection, [seq]) for node in (e.a, e.b)} | places(connection, [seq]).keys()
    connection.execute(delete(edge).where((edge.c.a_seq == seq) | (edge.c.b_seq == seq)))
    return touched


def put_edges(connection: Connection, edges: Iterable[Edge]) -> None:
    """Keep pairs."""
    rows = []
    for one in edges:
        (a_seq, a), (b_seq, b) = pair(one.a, one.b)
        answer = one.answer if (a_seq, a) == one.a else 0.0 - one.answer  # never -0.0, which is written otherwise
        rows.append({"a_seq": a_seq, "a": a, "b_seq": b_seq, "b": b, "same": one.same, "claim": one.claim, "answer": answer})
    if rows:
        connection.execute(insert(edge), rows)


def edges_of(connection: Connection, seqs: Iterable[int]) -> list[Edge]:
    """The pairs that passages of these reports are in."""
    queries = (select(edge).where(edge.c.a_seq.in_(part) | edge.c.b_seq.in_(part)) for part in schema.parts(seqs))
    rows_ = {tuple(row) for query in queries for row in connection.execute(query).all()}
    return [Edge((a_seq, a), (b_seq, b), *likely) for a_seq, a, b_seq, b, *likely in sorted(rows_)]


class Net:
    """Pairs, followed from passage to passage. Those of a report are fetched once, when one of its passages is first asked about."""

    def __init__(self, connection: Connection, same: float, claim: float) -> None:
        """`same`, `claim`: how likely the pairs are, at least, that lead on; answers always do."""
        self._connection, self._least = connection, (same, claim)
        self._seqs: set[int] = set()
        self._rows: list[tuple[int, str, int, str, float, float, float]] = []
        self._same, self._claim = defaultdict[Node, set[Node]](set), defaultdict[Node, set[Node]](set)

    def same(self, nodes: Iterable[Node]) -> set[Node]:
        """The passages that are likely one statement with one of these."""
        return self._beside(self._same, set(nodes))

    def claim(self, nodes: Iterable[Node]) -> set[Node]:
        """The passages that are likely of one claim with one of these, or that answer them, or that they answer."""
        return self._beside(self._claim, set(nodes))

    def among(self, nodes: Iterable[Node]) -> list[Edge]:
        """The pairs between these passages, however likely."""
        wanted = set(nodes)
        self._fetch({seq for seq, _ in wanted})
        return [
            Edge((a_seq, a), (b_seq, b), *likely)
            for a_seq, a, b_seq, b, *likely in self._rows if (b_seq, b) in wanted and (a_seq, a) in wanted
        ]  # fmt: skip

    def _beside(self, pairs: Mapping[Node, set[Node]], nodes: set[Node]) -> set[Node]:
        self._fetch({seq for seq, _ in nodes})
        return set().union(*(pairs[node] for node in nodes if node in pairs))

    def _fetch(self, seqs: set[int]) -> None:
        e, (same, claim) = edge.c, self._least
        for part in schema.parts(seqs - self._seqs):
            rows_ = [tuple(row) for row in self._connection.execute(select(edge).where(e.a_seq.in_(part))).all()]
            self._rows += rows_
            back = select(edge).where(e.b_seq.in_(part), (e.same >= same) | (e.claim >= claim) | (e.answer != 0))
            for a_seq, a, b_seq, b, likely, of_claim, answer in (*rows_, *self._connection.execute(back).all()):
                for pairs in ([self._same] if likely >= same else []) + ([self._claim] if of_claim >= claim or answer else []):
                    pairs[a_seq, a].add((b_seq, b))
                    pairs[b_seq, b].add((a_seq, a))
        self._seqs |= seqs


def put_statements(connection: Connection, groups: Sequence[tuple[Row, Sequence[Node]]], touched: Iterable[Node]) -> None:
    """Keep statements with their passages, in place of those that the touched passages were in."""
    nodes = {*touched, *(node for _, nodes in groups for node in nodes)}
    old = set()
    for part in schema.parts({seq for seq, _ in nodes}):
        rows = connection.execute(select(member).where(member.c.seq.in_(part))).all()
        old |= {row.statement for row in rows if (row.seq, row.attribution) in nodes}
    for part in schema.parts(old):
        connection.execute(delete(member).where(member.c.statement.in_(part)))
        connection.execute(delete(statement).where(statement.c.id.in_(part)))
    if groups:
        values = [{"id": r.id, "claim": r.claim, "at": r.at, "actor": r.actor, "name": r.name, "due": r.due, "about": r.about,
                   "about_vector": r.about_vector, "entity": r.entity} for r, _ in groups]  # fmt: skip
        connection.execute(insert(statement), values)
        connection.execute(insert(member), [{"seq": seq, "attribution": a, "statement": r.id} for r, nodes in groups for seq, a in nodes])


def claims_of(connection: Connection, nodes: Iterable[Node]) -> set[str]:
    """The claims of the statements that these passages are in."""
    wanted = set(nodes)
    found = {name for node, name in places(connection, {seq for seq, _ in wanted}).items() if node in wanted}
    return {row.claim for row in statements(connection, found)}


def set_claims(connection: Connection, claims: Mapping[str, str]) -> None:
    """Keep which claim statements are of."""
    known = {row.id: row.claim for row in statements(connection, claims)}
    for claim in sorted({claims[name] for name in known if claims[name] != known[name]}):
        for part in schema.parts(name for name in known if claims[name] == claim != known[name]):
            connection.execute(update(statement).where(statement.c.id.in_(part)).values(claim=claim))


@dataclass(frozen=True, slots=True)
class About:
    """What is told of the speakers of one name, and in how many statements."""

    words: str
    vector: bytes
    count: int


def told_of(connection: Connection, rows: Sequence[Row]) -> dict[str, list[About]]:
    """What is told of those who speak in these statements, wherever they speak, by `Row.whose`."""
    found: dict[str, list[About]] = {}
    s = statement.c
    names, entities = {row.actor for row in rows if row.actor and not row.entity}, {row.entity for row in rows if row.entity}
    for column, wanted, also in ((s.actor, names, [s.entity.is_(None)]), (s.entity, entities, [])):
        for part in schema.parts(wanted):
            query = select(column, s.about, sa.func.max(s.about_vector), sa.func.count()).where(column.in_(part), *also)
            for whose, about, vector, count in connection.execute(query.group_by(column, s.about).order_by(column, s.about)):
                found.setdefault(whose, []).append(About(about or "", vector or b"", count))
    return found


def newest(connection: Connection, *where: sa.ColumnElement[bool], limit: int) -> list[str]:
    """The newest statements of which all this is so, the newest first."""
    s = statement.c
    return list(connection.execute(select(s.id).where(*where).order_by(s.at.desc(), s.id.desc()).limit(limit)).scalars())


def newest_of_act(connection: Connection, act: str, limit: int) -> list[str]:
    """The statements with an attribution of an act in the newest reports."""
    s = schema.saying.c
    there = select(member.c.statement, s.seq).join(member, (member.c.seq == s.seq) & (member.c.attribution == s.attribution))
    return list(dict.fromkeys(connection.execute(there.where(s.act == act).order_by(s.seq.desc()).limit(limit)).scalars()))


def members(connection: Connection, statements: Iterable[str]) -> dict[str, list[Node]]:
    """The passages of these statements."""
    found: dict[str, list[Node]] = {}
    for part in schema.parts(statements):
        for row in connection.execute(select(member).where(member.c.statement.in_(part)).order_by(member.c.seq, member.c.attribution)):
            found.setdefault(row.statement, []).append((row.seq, row.attribution))
    return found


def places(connection: Connection, seqs: Iterable[int]) -> dict[Node, str]:
    """The statement of every passage of these reports."""
    found = {}
    for part in schema.parts(seqs):
        for row in connection.execute(select(member).where(member.c.seq.in_(part))):
            found[row.seq, row.attribution] = row.statement
    return found


def rows(
    connection: Connection, *where: sa.ColumnElement[bool], limit: int | None = None, after: tuple[float, str] | None = None,
    newest: bool = False, few: bool = False,
) -> list[Row]:  # fmt: skip
    """Statements in order of time, from the one after (time, id); with `newest` the newest first. `few`: the conditions leave few, which
    are found before they are put in order."""
    s = statement.c
    # Databases like to walk along an index of the order; a sum has none.
    at = s.at + 0 if few else s.at
    query = select(statement).where(*where).order_by(at.desc() if newest else at, s.id).limit(limit)
    if after is not None:
        query = query.where((s.at > after[0]) | ((s.at == after[0]) & (s.id > after[1])))
    found = connection.execute(query)
    return [Row(r.id, r.claim, r.at, r.actor, r.name, r.due, r.about or "", r.about_vector or b"", r.entity) for r in found]


def statements(connection: Connection, ids: Iterable[str]) -> list[Row]:
    """The statements with these ids."""
    return [one for part in schema.parts(ids) for one in rows(connection, statement.c.id.in_(part))]


def of_claims(connection: Connection, claims: Iterable[str]) -> list[Row]:
    """The statements of these claims."""
    return [one for part in schema.parts(claims) for one in rows(connection, statement.c.claim.in_(part))]


def forget(connection: Connection) -> None:
    """Let go of all that linking derived, but for stories."""
    for table in reversed(schema.LINKED):
        connection.execute(delete(table))


def digest(connection: Connection) -> str:
    """Digest of all statements and pairs, and of which stories there are."""
    found = hashlib.sha256()
    for table in (edge, member, statement, in_story, merged):
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            found.update(repr(tuple(row)).encode("utf-8", "replace"))
    return found.hexdigest()


# ---- who spoke, and what is new -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """A name that statements are by."""

    key: str  #: the name as it is looked up
    name: str
    statements: int
    first: float
    last: float


def actors(connection: Connection, limit: int, after: str | None = None, name: str | None = None, at: float | None = None) -> list[Counted]:
    """The names that statements are by, in the order of their keys, from the one after `after`; `name`: those that have these words."""
    s = statement.c
    query = select(s.actor, sa.func.max(s.name), sa.func.count(), sa.func.min(s.at), sa.func.max(s.at)).where(s.actor > (after or ""))
    query = query.group_by(s.actor).order_by(s.actor).limit(limit)
    if name is not None:
        query = query.where(spoken_by(connection, name))
    return [Counted(*row) for row in connection.execute(query if at is None else query.where(s.at <= at))]


def keys_of(connection: Connection, name: str) -> list[str]:
    """The names that have these words, as statements have them."""
    wanted = words.key(name).split()
    if not wanted:
        return []
    # From name to name along their index: there are many more statements than names.
    s = statement.c
    first = select(sa.func.min(s.actor).label("key")).cte("names", recursive=True)
    after = select(sa.func.min(s.actor)).where(s.actor > first.c.key).scalar_subquery()
    names = first.union_all(select(after).where(first.c.key.is_not(None)))
    spaced = sa.literal(" ").concat(names.c.key).concat(" ")
    found = select(names.c.key).where(*(spaced.contains(f" {word} ", autoescape=True) for word in wanted))
    return list(connection.execute(found.order_by(names.c.key).limit(MOST_NAMES)).scalars())


def spoken_by(connection: Connection, name: str) -> sa.ColumnElement[bool]:
    """That a statement is by an actor whose name has these words, whatever this one calls them."""
    s, key = statement.c, words.key(name)
    called = s.actor.in_(keys_of(connection, name))
    if gazetteer.state(connection) is None:
        return called
    known = {one.id for one in gazetteer.named(connection, [key]).get(key, ())}
    known |= set(connection.execute(select(s.entity).where(called, s.entity.is_not(None)).distinct()).scalars())
    return sa.or_(called, *(s.entity.in_(part) for part in schema.parts(known)))


def said_as(act: str) -> sa.ColumnElement[bool]:
    """That a passage of a statement is of an act."""
    s = schema.saying.c
    # The passages of one attribution are called by it and a number.
    of = member.c.attribution.in_([s.attribution, *(s.attribution + f".{number}" for number in range(2, 10))])
    return statement.c.id.in_(
        select(member.c.statement).select_from(schema.saying).join(member, (member.c.seq == s.seq) & of).where(s.act == act)
    )


def changed_since(connection: Connection, moment: str, most: int) -> list[int] | None:
    """The reports that were read, or judged about, after a moment; None if there are more than that."""
    targets = connection.execute(select(judgement.c.target).where(judgement.c.at > moment).limit(most + 1)).scalars()
    judged = {report for row in targets for report, _ in json.loads(row)}
    read = select(schema.reading.c.seq).where(schema.reading.c.made > moment).limit(most + 1)
    seqs = {*connection.execute(read).scalars(), *numbers(connection, judged).values()}
    return sorted(seqs) if len(seqs) <= most else None


def touched_by(seqs: Iterable[int]) -> sa.ColumnElement[bool]:
    """That the claim of a statement has a passage in one of these reports."""
    one = statement.alias()
    return statement.c.claim.in_(select(one.c.claim).join(member, member.c.statement == one.c.id).where(member.c.seq.in_(list(seqs))))


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """Something that changed the record."""

    at: str  #: UTC as the store writes it
    kind: str  #: "report": one came; "linked": one was read and linked; "judgement": somebody judged
    number: int  #: of the report, or of the judgement


@dataclass(frozen=True, slots=True)
class Reached:
    """How far somebody has followed what changed: the last report, linked report and judgement that they know."""

    report: int = 0
    linked: int = 0
    judgement: int = 0


def turns(connection: Connection, after: Reached, limit: int) -> list[Turn]:
    """What changed the record after that, oldest first; of each kind in the order in which it became so."""
    r, j, made = schema.report.c, judgement.c, sa.func.max(schema.reading.c.made)
    came = select(r.seq, r.received).where(r.seq > after.report).order_by(r.seq)
    linked = select(brief.c.seq, made).join(schema.reading, schema.reading.c.seq == brief.c.seq).where(brief.c.seq > after.linked)
    judged = select(j.id, j.at).where(j.id > after.judgement).order_by(j.id)
    streams = [
        [Turn(at, kind, number) for number, at in connection.execute(query.limit(limit))]
        for kind, query in (("report", came), ("linked", linked.group_by(brief.c.seq).order_by(brief.c.seq)), ("judgement", judged))
    ]
    return list(islice(heapq.merge(*streams), limit))


def last_read(connection: Connection) -> str | None:
    """When the newest reading was made."""
    return connection.execute(select(sa.func.max(schema.reading.c.made))).scalar()


def judged_rows(
    connection: Connection, after: int = 0, limit: int | None = None, ids: Iterable[int] | None = None
) -> list[tuple[Judgement, int | None]]:
    """Judgements as they were added, each with the number of the one that it undoes; from the one after number `after`."""
    query = select(judgement).where(judgement.c.id > after).order_by(judgement.c.id).limit(limit)
    return [
        (_judgement(row), row.undoes) for row in connection.execute(query if ids is None else query.where(judgement.c.id.in_(list(ids))))
    ]


# ---- stories --------------------------------------------------------------------------------------------------------------------------


# A report is in the story that its `part` leads to. Whatever asks about stories asks `in_story` and `merged`, which are derived from `plot`
# and the judgements.


def put_plot(connection: Connection, seq: int, part: str, why: str) -> None:
    """Keep which story the machine puts a report into; that is decided once. `part`: one that may itself be part of another."""
    connection.execute(insert(plot).values(seq=seq, story=part, why=why))
    connection.execute(insert(in_story).values(seq=seq, part=part, story=lead(connection, part)))


def lead(connection: Connection, story: str) -> str:
    """Where the id of a story leads: to itself, or to the story that it was merged into."""
    return connection.execute(select(merged.c.story).where(merged.c.part == story)).scalar() or story


def merged_into(connection: Connection, story: str) -> list[str]:
    """The ids that lead to a story, beside its own."""
    return list(connection.execute(select(merged.c.part).where(merged.c.story == story).order_by(merged.c.part)).scalars())


def put_merged(connection: Connection, leads: Mapping[str, str]) -> None:
    """Keep which stories are parts of others, and tell what that changes."""
    known = {row.part: row.story for row in connection.execute(select(merged))}
    for part in sorted(known.keys() | leads.keys()):
        if known.get(part) != leads.get(part):
            connection.execute(update(in_story).where(in_story.c.part == part).values(story=leads.get(part, part)))
    connection.execute(delete(merged))
    if leads:
        connection.execute(insert(merged), [{"part": part, "story": leads[part]} for part in sorted(leads)])


def put_parts(connection: Connection, parts: Mapping[int, str | None]) -> None:
    """Keep which story people say that these reports are of; None: the one that the machine put it into."""
    for seq, judged in parts.items():
        part = judged or connection.execute(select(plot.c.story).where(plot.c.seq == seq)).scalar_one()
        connection.execute(update(in_story).where(in_story.c.seq == seq).values(part=part, story=lead(connection, part)))


def unjudged(connection: Connection) -> None:
    """Tell all stories as the machine alone made them."""
    connection.execute(delete(merged))
    connection.execute(delete(in_story))
    alone = select(plot.c.seq, plot.c.story, plot.c.story.label("same"))
    connection.execute(insert(in_story).from_select(["seq", "part", "story"], alone))


def stories_of(connection: Connection, seqs: Iterable[int]) -> dict[int, str]:
    """The stories that these reports are in."""
    return {seq: story for seq, _, story in _in_stories(connection, seqs)}


def parts_of(connection: Connection, seqs: Iterable[int]) -> dict[int, str]:
    """The stories that these reports would be in, had no two been merged."""
    return {seq: part for seq, part, _ in _in_stories(connection, seqs)}


def _in_stories(connection: Connection, seqs: Iterable[int]) -> Iterator[tuple[int, str, str]]:
    rows_ = (connection.execute(select(in_story).where(in_story.c.seq.in_(part))) for part in schema.parts(seqs))
    return ((row.seq, row.part, row.story) for found in rows_ for row in found)


def plots(connection: Connection, stories: Iterable[str]) -> dict[str, list[int]]:
    """The reports of these stories."""
    found: dict[str, list[int]] = {}
    for part in schema.parts(stories):
        for row in connection.execute(select(in_story).where(in_story.c.story.in_(part)).order_by(in_story.c.seq)):
            found.setdefault(row.story, []).append(row.seq)
    return found


def sizes(connection: Connection, stories: Iterable[str]) -> dict[str, int]:
    """How many reports each of these stories has."""
    query = select(in_story.c.story, sa.func.count()).group_by(in_story.c.story)
    return {name: count for part in schema.parts(stories) for name, count in connection.execute(query.where(in_story.c.story.in_(part)))}


@dataclass(frozen=True, slots=True)
class Plot:
    """A report of a story, in short."""

    story: str
    at: float
    id: str
    title: str | None
    outlet: str | None
    language: str | None
    begins: str | None  #: how its text begins, where it has no title


def newest_plots(
    connection: Connection, limit: int, at: float | None = None, name: str | None = None, after: tuple[float, str] | None = None
) -> list[Plot]:
    """The reports of the stories with the newest reports (as of a moment), or of one story. `after`: from the story after (time, id)."""
    r = schema.report
    wanted = [name] if name is not None else _newest(connection, limit, at, after)
    begins = sa.case((sa.func.coalesce(r.c.title, "") == "", sa.func.substr(r.c.text, 1, BEGINNING)))
    query = select(in_story.c.story, brief.c.at, r.c.id, r.c.title, r.c.outlet, r.c.language, begins)
    found = query.join(brief, brief.c.seq == in_story.c.seq).join(r, r.c.seq == in_story.c.seq)
    parts = (connection.execute(found.where(in_story.c.story.in_(part)).order_by(in_story.c.seq)) for part in schema.parts(wanted))
    return [Plot(*row) for part in parts for row in part]


def _newest(connection: Connection, limit: int, at: float | None, after: tuple[float, str] | None) -> list[str]:
    """The stories whose newest reports are newest; walks back in time no further than it must."""
    query = select(in_story.c.story).join(brief, brief.c.seq == in_story.c.seq).order_by(brief.c.at.desc(), in_story.c.story)
    if after is not None:
        of, one = in_story.alias(), brief.alias()
        told = (one.c.at > after[0]) | ((one.c.at == after[0]) & (of.c.story <= after[1]))
        earlier = select(of.c.seq).join(one, one.c.seq == of.c.seq).where(of.c.story == in_story.c.story, told)
        query = query.where(brief.c.at <= after[0], ~(earlier if at is None else earlier.where(one.c.at <= at)).exists())
    rows_ = connection.execute(query if at is None else query.where(brief.c.at <= at)).scalars()
    found: dict[str, None] = {}
    for story in rows_:
        found[story] = None
        if len(found) >= limit:
            break
    return list(found)


# ---- judgements -----------------------------------------------------------------------------------------------------------------------


def judge(connection: Connection, one: Judgement) -> int:
    """Add a judgement; returns its number. `id` is not looked at."""
    target = json.dumps([[report, [list(span) for span in spans]] for report, spans in one.target])
    values = {"kind": one.kind, "target": target, "verdict": one.verdict, "by": one.by, "at": one.at, "note": one.note}
    return int(connection.execute(insert(judgement).values(**values).returning(judgement.c.id)).scalar_one())


def undo(connection: Connection, number: int, by: str, at: str) -> bool:
    """Add a row that undoes a judgement; False if there is none of that number that still counts."""
    row = connection.execute(select(judgement).where(judgement.c.id == number, judgement.c.undoes.is_(None))).first()
    if row is None or connection.execute(select(judgement.c.id).where(judgement.c.undoes == number)).first():
        return False
    connection.execute(insert(judgement).values(kind=row.kind, target=row.target, verdict="undone", by=by, at=at, undoes=number))
    return True


def judgements(connection: Connection, kind: str | None = None) -> Iterator[Judgement]:
    """The judgements that count, oldest first."""
    query = select(judgement).order_by(judgement.c.id)
    rows_ = connection.execute(query if kind is None else query.where(judgement.c.kind == kind)).all()
    undone = {row.undoes for row in rows_}
    yield from (_judgement(row) for row in rows_ if row.undoes is None and row.id not in undone)


def _judgement(row: sa.Row[tuple[object, ...]]) -> Judgement:
    where = json.loads(row.target)
    target = tuple((str(report), tuple(Span(*span) for span in spans)) for report, spans in where) if isinstance(where, list) else ()
    return Judgement(row.id, row.kind, target, row.verdict, row.by, row.at, row.note)
