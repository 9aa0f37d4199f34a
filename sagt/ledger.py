"""The one place that joins reading and storing: reports in, read, kept, found again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from itertools import islice

from sqlalchemy.engine import Connection

import sagt
from sagt import ingest, linker, persons, promises, retold, schema, shelf, standing, tellings, words
from sagt.errors import InputError
from sagt.formats import NOTHING, Given
from sagt.ingest import Parsed
from sagt.linker import Linker, Why
from sagt.meaning import Meaning
from sagt.origins import Item, Member
from sagt.passages import Stance
from sagt.promises import Outcome, Proposal
from sagt.read import Reader
from sagt.retold import Change
from sagt.shelf import Brief, Row
from sagt.standing import Stands
from sagt.store import Added, Store, Stored
from sagt.tellings import ActorName, Statement, Withdrawal
from sagt.types import Act, Spans

#: Statements that are put together in one go.
PAGE = 50
#: Items that are stored in one transaction, and reports whose readings are.
BATCH = 100
#: Characters of text in one batch of readings, so that a crash loses little work.
CHARACTERS = 2_000_000


#: The code that readings and reports come from, besides the folders `languages` and `formats`.
READING = ("actors", "attribute", "chains", "clock", "credits", "decode", "language", "manner", "matters", "mentions", "places",
           "quotes", "read", "segment", "tag", "times", "timex", "window")  # fmt: skip
PARSING = ("credits", "ingest", "language", "takes")
LINKING = ("facts", "link", "linker", "meaning", "origins", "passages", "stories", "words")


@cache
def rules() -> str:
    """Digest of the code and the word lists that reading goes by: a reading made by others is made again."""
    return _digest(READING, "languages")


@cache
def parser() -> str:
    """What parses payloads here: payloads that another one could not read are tried again."""
    return f"sagt {sagt.__version__} {_digest(PARSING, 'formats')}"


def _digest(modules: tuple[str, ...], folder: str) -> str:
    package = resources.files("sagt")
    files = [package.joinpath(f"{name}.py") for name in modules]
    files += sorted(
        (entry for entry in package.joinpath(folder).iterdir() if entry.name.endswith((".py", ".toml"))), key=lambda entry: entry.name
    )
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that came from somewhere."""

    bytes: bytes
    given: Given = NOTHING  #: its `name` or `url` says where they came from
    format: str | None = None  #: None: to be told from the content


@dataclass(frozen=True, slots=True)
class Told:
    """A statement, and how its claim stands."""

    statement: Statement
    stands: Stands | None
    gone: Mapping[int, Mapping[str, Withdrawal]]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said, by whichever actors, and how it stood when."""

    id: str
    told: tuple[Told, ...]
    stands: Stands | None
    history: tuple[Stands, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Reports on one course of events."""

    id: str
    title: str
    first: float
    last: float
    reports: tuple[str, ...]
    outlets: tuple[str, ...]
    languages: tuple[str, ...]


def _story(name: str, rows: Sequence[shelf.Plot]) -> Story:
    order = sorted(rows, key=lambda row: (row.at, row.id))
    return Story(
        name, next((row.title for row in order if row.title), name), order[0].at, order[-1].at, tuple(row.id for row in order),
        tuple(dict.fromkeys(row.outlet for row in order if row.outlet)), tuple(dict.fromkeys(row.language for row in order if
        row.language)),
    )  # fmt: skip


class Ledger:
    """A store, and a reader for what comes into it."""

    def __init__(self, store: Store, reader: Callable[[], Reader] = Reader) -> None:
        """`reader`: makes the reader when there is something to read; that takes half a second."""
        self.store = store
        self._make = reader
        self._reader: Reader | None = None
        self._linker: Linker | None = None

    @property
    def reader(self) -> Reader:
        """The reader, made when it is first needed. Raises PackError if its weights can't be opened."""
        if self._reader is None:
            self._reader = self._make()
        return self._reader

    @property
    def maker(self) -> str:
        """What makes readings here: the pack and the rules."""
        return f"{self.reader.pack.id} {rules()}"

    def add(self, payloads: Iterable[Payload], *, entries: bool = False) -> Iterator[Added]:
        """Store every item of these payloads, some in one go; each that is yielded is safe. What cannot be read is kept with its fault."""
        items = (parsed for one in payloads for parsed in ingest.items(one.bytes, one.given, one.format))
        while batch := list(islice(items, BATCH)):
            yield from self.store.add(batch, parser=parser(), entries=entries)

    @property
    def linker(self) -> Linker:
        """What links readings, made when it is first needed."""
        if self._linker is None:
            maker = f"{self.maker} {_digest(LINKING, 'languages')}"
            self._linker = Linker(self.store, lambda: Meaning(self.reader.pack, self.reader.threads), maker)
        return self._linker

    def take_in(self, *, again: bool = False) -> list[Added]:
        """Read what is held: what nobody tried yet, and with `again` also what another version of sagt could not read."""
        added: list[Added] = []
        for held in self.store.held(parser=parser() if again else None, waiting=not again):
            items: list[Parsed] = list(ingest.items(self.store.payload_of(held.digest), held.given, held.read_as))
            # A queue that was not acknowledged sends its items again, with other numbers in them.
            added += self.store.take_in(held.id, items, parser(), entries=held.read_as == "ritzau-queue")
        return added

    def read_new(self, told: Callable[[int], None] = lambda _: None) -> int:
        """Read all reports that this reader has not read; `told` hears how many are done after each batch."""
        done = 0
        while batch := self.store.unread(self.maker, BATCH):
            for part in _parted(batch):
                readings = self.reader.read_all(stored.report for stored in part)
                # All are read before the transaction begins: a writer must not keep the others waiting while it reads.
                self.store.put_readings(list(zip((stored.seq for stored in part), readings, strict=True)), self.maker)
                done += len(part)
                told(done)
        self.linker.link_new()
        return done

    def rebuild(self) -> tuple[str, str]:
        """Derive everything again from reports, readings and judgements; digests of what was derived before and after."""
        old = self.store.rebuild()
        with self.store.writing() as connection:
            before = shelf.digest(connection)
            shelf.forget(connection)
        self._linker = None
        self.linker.link_new()
        with self.store.reading() as connection:
            after = shelf.digest(connection)
        return f"{old[0]} {before}", f"{old[1]} {after}"

    # ---- what the ledger tells ----------------------------------------------------------------------------------------------------

    def statements(self, *, actor: str | None = None, story: str | None = None, claim: str | None = None, ids: Iterable[str] | None = None,
                   at: float | None = None) -> Iterator[Told]:  # fmt: skip
        """Statements with their origins and the standing of their claims, in order of time, as they were known at a moment (now, without
        one).

        `actor`: a name, or part of one; `story`, `claim`, `ids`: only theirs. Lazy. Raises InputError for a story that is not there."""
        after: tuple[float, str] | None = None
        while rows := self._rows(actor, story, claim, ids, after):
            after = rows[-1].at, rows[-1].id
            yield from self._told(rows, at)
            if len(rows) < PAGE:
                return

    def outcome(self, one: Statement, at: float | None = None) -> Proposal:
        """What became of a promise, as later reports of its stories tell; people's judgements come first."""
        now = datetime.now(UTC).timestamp() if at is None else at
        first = one.first
        with self.store.reading() as connection:
            judged = linker.verdict(connection, "promise", [(m.item.id, m.passage.spans) for m in one.members])
        held = self._stories_reports(one)
        if judged is not None:
            return Proposal(Outcome(judged.verdict), 1.0, None, f"{judged.by} said so")
        due = next((m.passage.due for m in one.members if m.passage.due), None)
        return promises.outcome(first.passage, first.item.at, due, linker.later(one.members, held), now)

    def promises(self, *, actor: str | None = None, story: str | None = None, at: float | None = None) -> Iterator[tuple[Told, Proposal]]:
        """What is promised, planned or announced with a time, and what became of it, in order of time."""
        for told in self.statements(actor=actor, story=story, at=at):
            one = told.statement
            if (
                one.act is Act.PROMISES
                or (one.act is Act.INTENDS and one.due)
                or (one.due and one.due > one.first.item.at and one.stance is Stance.ASSERTS)
            ):
                yield told, self.outcome(one, at)

    def questions(self, *, story: str | None = None, at: float | None = None) -> Iterator[tuple[Told, Proposal | None]]:
        """What reports say is not known, with the later sentence that answers it, if there is one."""
        for told in self.statements(story=story, at=at):
            if told.statement.stance is Stance.OPEN:
                yield told, self._answered(told.statement, at)

    def _answered(self, one: Statement, at: float | None) -> Proposal | None:
        held = self._stories_reports(one)
        return promises.answer(one.first.passage, one.first.item.at, linker.later(one.members, held), at)

    def _stories_reports(self, one: Statement) -> dict[int, Brief]:
        """All reports of the stories that a statement is in."""
        with self.store.reading() as connection:
            of = set(shelf.stories_of(connection, (item.seq for item in one.reports)).values())
            return shelf.briefs(connection, {seq for found in shelf.plots(connection, of).values() for seq, _ in found})

    def claim(self, name: str, at: float | None = None) -> Claim:
        """A claim by its id or by that of a statement of it. Raises InputError if there is none."""
        told = list(self.statements(claim=self._claim_of(name), at=at))
        if not told:
            raise InputError(f"no claim or statement {name!r}{' at that time' if at is not None else ''}; `sagt statements` shows ids")
        rows = [one.statement for one in told]
        changes = [s for s in standing.history(tellings.evidence(rows, told[0].gone)) if at is None or s.since <= at]
        return Claim(rows[0].claim, tuple(told), told[0].stands, tuple(changes))

    def _claim_of(self, name: str) -> str:
        with self.store.reading() as connection:
            found = shelf.rows(connection, (schema.statement.c.id == name) | (schema.statement.c.claim == name), limit=1)
        return found[0].claim if found else name

    def statement(self, name: str, at: float | None = None) -> Told:
        """A statement by its id. Raises InputError if there is none."""
        found = next(iter(self.statements(ids=[name], at=at)), None)
        if found is None:
            raise InputError(f"no statement {name!r}{' at that time' if at is not None else ''}; `sagt statements` shows ids")
        return found

    def stories(self, at: float | None = None, limit: int = 1000, name: str | None = None) -> list[Story]:
        """The stories, the one with the newest report first; or one of them."""
        with self.store.reading() as connection:
            rows = shelf.newest_plots(connection, limit, at, name)
        found: dict[str, list[shelf.Plot]] = {}
        for row in rows:
            if at is None or row.at <= at:
                found.setdefault(row.story, []).append(row)
        return sorted((_story(name, members) for name, members in found.items()), key=lambda s: (-s.last, s.id))

    def judge(self, kind: str, verdict: str, names: Sequence[str], by: str, note: str | None = None) -> int:
        """Add a judgement: "statement" (same, different, unsure: two statements, or places "REPORT:attribution"), "claim" (the same of
        two claims or
        statements), "promise" (kept, broken, moved, unknown: one statement). Returns its number. Raises InputError for what is not
        there."""
        target = tuple(self._place(name) for name in names)
        row = shelf.Judgement(0, kind, target, verdict, by, schema.now(), note)
        with self.store.writing() as connection:
            number = shelf.judge(connection, row)
            self._regroup(connection, target)
        return number

    def undo(self, number: int, by: str) -> None:
        """Undo a judgement, by a row of its own. Raises InputError if there is none of that number that counts."""
        with self.store.writing() as connection:
            target = next((one.target for one in shelf.judgements(connection) if one.id == number), None)
            if target is None or not shelf.undo(connection, number, by, schema.now()):
                raise InputError(f"no judgement {number} that counts; `sagt judge --list` shows them")
            self._regroup(connection, target)

    def _regroup(self, connection: Connection, target: Iterable[tuple[str, Spans]]) -> None:
        seqs = shelf.numbers(connection, {report for report, _ in target})
        held = shelf.briefs(connection, seqs.values())
        nodes = [linker.node(held.get(seqs.get(report, 0)), spans) for report, spans in target]
        linker.regroup(connection, {node for node in nodes if node is not None}, linker.decided(connection))

    def _place(self, name: str) -> tuple[str, Spans]:
        """The place that a name stands for: the first passage of a statement, or an attribution of a report."""
        report, _, attribution = name.rpartition(":")
        if report:
            stored = self.store.find(report)
            with self.store.reading() as connection:
                held = shelf.briefs(connection, [stored.seq])
            passage = next((p for b in held.values() for p in b.passages if p.attribution == attribution), None)
            if passage is None:
                raise InputError(f"report {report} has no attribution {attribution!r}; `sagt show {report} --json` has their ids")
            return stored.report.id, passage.spans
        first = (self.statement(name) if name.startswith("s") else self.claim(name).told[0]).statement.first
        return first.item.id, first.passage.spans

    def why(self, name: str) -> list[Why]:
        """Why something derived is so: of a statement or claim, each pair of passages that joins it, with what was compared."""
        told = self.claim(name).told if name.startswith("c") else (self.statement(name),)
        nodes = {(m.item.seq, m.passage.attribution): m for one in told for m in one.statement.members}
        with self.store.reading() as connection:
            found = [e for e in shelf.edges_of(connection, {seq for seq, _ in nodes}) if e.a in nodes and e.b in nodes]
            held = shelf.briefs(connection, {seq for seq, _ in nodes})
            judged = [
                j
                for j in shelf.judgements(connection)
                if any(r == m.item.id and set(s) & set(m.passage.spans) for r, s in j.target for m in nodes.values())
            ]
        return [linker.explain(e, nodes[e.a], nodes[e.b], held, name.startswith("c"), judged) for e in found]

    def diff(self, before: str, after: str) -> tuple[Stored, Stored, list[Change]]:
        """What became of the statements of one report in another. Raises InputError for a report that is not there, or not read yet."""
        found = [self.store.find(name) for name in (before, after)]
        with self.store.reading() as connection:
            briefs = shelf.briefs(connection, (one.seq for one in found))
        for one in found:
            if one.seq not in briefs:
                raise InputError(f"report {one.report.id} is not read yet; `sagt rebuild` reads all")
        return found[0], found[1], retold.changes(briefs[found[0].seq], briefs[found[1].seq], (found[0].report.text, found[1].report.text))

    def _rows(
        self, actor: str | None, story: str | None, claim: str | None, ids: Iterable[str] | None, after: tuple[float, str] | None
    ) -> list[Row]:
        from sqlalchemy import select

        where = []
        with self.store.reading() as connection:
            if actor is not None:
                where += [
                    (" " + schema.statement.c.actor + " ").contains(f" {word} ", autoescape=True) for word in words.key(actor).split()
                ]
            if story is not None:
                seqs = [seq for seq, _ in shelf.plots(connection, [story]).get(story, [])]
                if not seqs:
                    raise InputError(f"no story {story!r}; `sagt story` lists them")
                where.append(schema.statement.c.id.in_(select(schema.member.c.statement).where(schema.member.c.seq.in_(seqs))))
            if claim is not None:
                where.append(schema.statement.c.claim == claim)
            if ids is not None:
                where.append(schema.statement.c.id.in_(list(ids)))
            return shelf.rows(connection, *where, limit=PAGE, after=after)

    def _told(self, rows: list[Row], at: float | None) -> Iterator[Told]:
        with self.store.reading() as connection:
            beside = {one.id: one for one in shelf.of_claims(connection, {row.claim for row in rows})}
            nodes = shelf.members(connection, beside)
            held = shelf.briefs(connection, {seq for group in nodes.values() for seq, _ in group})
            senses = self._senses(connection, beside.values())
        items, gone = self._takes(held)
        there = {(seq, p.attribution): Member(items[seq], p) for seq, one in held.items() for p in one.passages}
        by_claim: dict[str, list[Statement]] = {}
        made: dict[str, Statement] = {}
        for row in beside.values():
            one = tellings.statement(
                row.id, row.claim, senses.get(row.id), (there[n] for n in nodes.get(row.id, ()) if n in there), row.due, gone, at
            )
            if one is not None:
                by_claim.setdefault(row.claim, []).append(one)
                made[row.id] = one
        for row in rows:
            if row.id in made:
                yield Told(made[row.id], tellings.stands(by_claim[row.claim], gone, at), gone)

    def _takes(self, held: Mapping[int, Brief]) -> tuple[dict[int, Item], dict[int, dict[str, Withdrawal]]]:
        """The reports with their takes as they stand now, and what later takes withdraw."""
        items = {seq: one.item for seq, one in held.items()}
        gone: dict[int, dict[str, Withdrawal]] = {}
        chains = self.store.chains(self.store.taken(items))
        for chain in {tuple(s.seq for s in found): found for found in chains.values()}.values():
            with self.store.reading() as connection:
                briefs = shelf.briefs(connection, (s.seq for s in chain))
            texts = {s.seq: s.report.text for s in chain}
            order = [briefs[s.seq].item for s in chain if s.seq in briefs]
            gone |= tellings.withdrawals(order, texts, {seq: b.passages for seq, b in briefs.items()})
            for number, one in enumerate(chain):
                if one.seq in items:
                    items[one.seq] = tellings.at_take(items[one.seq], chain[0].seq, chain[number - 1].seq if number else None)
        return items, gone

    def _senses(self, connection: Connection, rows: Iterable[Row]) -> dict[str, ActorName]:
        """The actor of each statement: of one name, two people where what is told of them is far apart."""
        out: dict[str, ActorName] = {}
        wanted = list(rows)
        told = shelf.told_of(connection, {row.actor for row in wanted if row.actor})
        for key, about in told.items():
            out |= persons.across(key, about, [row for row in wanted if row.actor == key])
        return out


def _parted(batch: Iterable[Stored]) -> Iterator[list[Stored]]:
    part: list[Stored] = []
    size = 0
    for stored in batch:
        if part and size + len(stored.report.text) > CHARACTERS:
            yield part
            part, size = [], 0
        part.append(stored)
        size += len(stored.report.text)
    if part:
        yield part
