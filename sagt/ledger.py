"""The one place that joins reading and storing: reports in, read, kept, found again."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib import resources
from itertools import islice

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

import sagt
from sagt import gazetteer, ingest, linker, persons, promises, retold, schema, shelf, standing, tellings, words
from sagt.errors import InputError
from sagt.formats import NOTHING, Given
from sagt.ingest import Parsed
from sagt.linker import Linker, Why
from sagt.meaning import Meaning
from sagt.origins import Item, Member
from sagt.passages import LONGEST_NAME, Stance
from sagt.promises import Outcome, Proposal
from sagt.read import Reader
from sagt.retold import Change
from sagt.shelf import Brief, Row
from sagt.standing import Stands
from sagt.store import Added, Store, Stored
from sagt.tellings import ActorName, Statement, Withdrawal
from sagt.types import Act, Spans

#: Characters of a heading that is made of a text.
HEADING = 90
#: Statements that are put together in one go.
PAGE = 50
#: Items of several takes of which is remembered what their takes withdraw.
CHAINS = 2000
#: Items that are stored in one transaction, and reports whose readings are.
BATCH = 100
#: Characters of text in one batch of readings, so that a crash loses little work.
CHARACTERS = 2_000_000
#: Seconds after which all reports are looked at once more: another process may have let go of readings, or taken in other names.
ALL_AGAIN = 60.0


#: The code that readings and reports come from, besides the folders `languages` and `formats`.
READING = ("actors", "attribute", "chains", "clock", "credits", "decode", "language", "manner", "matters", "mentions", "places", "pronouns",
           "quotes", "read", "segment", "tag", "times", "timex", "window")  # fmt: skip
PARSING = ("credits", "ingest", "language", "takes")
LINKING = ("doubt", "facts", "gazetteer", "link", "linker", "meaning", "origins", "passages", "promises", "stances", "stories", "words")


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
        name, next((row.title for row in order if row.title), None) or _heading(order[0].begins) or name, order[0].at, order[-1].at,
        tuple(row.id for row in order),
        tuple(dict.fromkeys(row.outlet for row in order if row.outlet)), tuple(dict.fromkeys(row.language for row in order if
        row.language)),
    )  # fmt: skip


def _story_there(connection: Connection, name: str) -> Story:
    """The story that an id leads to. Raises InputError if there is none."""
    found = shelf.lead(connection, name)
    if not (rows := shelf.newest_plots(connection, 1, name=found)):
        raise InputError(f"no story {name!r}; `sagt story` lists them")
    return _story(found, rows)


def _heading(text: str | None) -> str:
    """The first line of a text, as much of it as a heading holds: what a story is called whose reports have no titles."""
    line = next((" ".join(one.split()) for one in (text or "").splitlines() if one.strip()), "")
    return line if len(line) <= HEADING else line[:HEADING].rpartition(" ")[0] + " …"


class Ledger:
    """A store, and a reader for what comes into it."""

    def __init__(self, store: Store, reader: Callable[[], Reader] = Reader) -> None:
        """`reader`: makes the reader when there is something to read; that takes half a second."""
        self.store = store
        self._make = reader
        self._reader: Reader | None = None
        self._linker: Linker | None = None
        #: Who read and linked reports, up to which number, and when all were looked at.
        self._read_to = "", 0, 0.0
        self._withdrawn = lru_cache(CHAINS)(self._withdraw)

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
        """Read all reports that this reader has not read, and link what is not linked; `told` hears how many are done after each batch.

        Asked again within a minute, it looks at what came since only: to look at all takes longer the more there are."""
        now, maker = time.monotonic(), self.maker
        makers = f"{maker} {self.linker.maker}"
        of, after, looked = self._read_to
        self._read_to = "", 0, 0.0  # unless this comes to its end, all are looked at the next time
        anew = of != makers or now - looked >= ALL_AGAIN
        done, after = 0, 0 if anew else after
        while batch := self.store.unread(maker, BATCH, after):
            for part in _parted(batch):
                # All are read before the transaction begins: a writer must not keep the others waiting while it reads.
                readings = self.reader.read_all(stored.report for stored in part)
                self.store.put_readings(list(zip((stored.seq for stored in part), readings, strict=True)), self.maker)
                done += len(part)
                told(done)
            after = batch[-1].seq
        if done or anew:
            self.linker.link_new()
        self._read_to = makers, after, now if anew else looked
        return done

    def rebuild(self) -> tuple[str, str]:
        """Derive everything again from reports, readings and judgements; digests of what was derived before and after."""
        old = self.store.rebuild()
        with self.store.writing() as connection:
            before = shelf.digest(connection)
            shelf.forget(connection)
            linker.retell_all(connection)
        self._linker = None
        self.linker.link_new()
        with self.store.reading() as connection:
            after = shelf.digest(connection)
        return f"{old[0]} {before}", f"{old[1]} {after}"

    # ---- what the ledger tells ----------------------------------------------------------------------------------------------------

    def statements(self, *, actor: str | None = None, story: str | None = None, claim: str | None = None, ids: Iterable[str] | None = None,
                   at: float | None = None, after: tuple[float, str] | None = None,
                   like: Sequence[ColumnElement[bool]] = (), portion: int = PAGE) -> Iterator[Told]:  # fmt: skip
        """Statements with their origins and the standing of their claims, in order of time, as they were known at a moment (now, without
        one).

        `actor`: a name, or part of one; `story`, `claim`, `ids`: only theirs; `after`: from the one after (time, id); `like`: what else
        holds of them. Lazy: so many are put together in one go (`portion`). Raises InputError for a story that is not there."""
        if actor is not None:
            with self.store.reading() as connection:
                like = [*like, shelf.spoken_by(connection, actor)]
        while rows := self._rows(story, claim, ids, at, after, like, portion):
            after = rows[-1].at, rows[-1].id
            yield from self._told(rows, at)
            if len(rows) < portion:
                return

    def outcome(self, one: Statement, at: float | None = None) -> Proposal:
        """What became of a promise, as later reports of its stories tell; people's judgements come first."""
        return self.outcomes([one], at)[0]

    def outcomes(self, ones: Sequence[Statement], at: float | None = None) -> list[Proposal]:
        """The same of several, which is cheaper than one by one."""
        now = datetime.now(UTC).timestamp() if at is None else at
        return [_outcome(one, judged, held, now) for one, judged, held in self.followed("promise", ones)]

    def answers(self, ones: Sequence[Statement], at: float | None = None) -> list[Proposal | None]:
        """What answers each of these questions, if something does; people's judgements come first."""
        return [_answer(one, judged, held, at) for one, judged, held in self.followed("question", ones)]

    def followed(self, kind: str, ones: Sequence[Statement]) -> list[tuple[Statement, shelf.Judgement | None, dict[int, Brief]]]:
        """Each statement with the judgement of that kind ("promise", "question") on it, and with the reports of its stories and those that
        are paired with them: a story is told once and may have been parted."""
        if not ones:
            return []
        with self.store.reading() as connection:
            of = shelf.stories_of(connection, {item.seq for one in ones for item in one.reports})
            plots = {story: set(found) for story, found in shelf.plots(connection, of.values()).items()}
            beside: defaultdict[int, set[int]] = defaultdict(set)
            for edge in shelf.edges_of(connection, {seq for seqs in plots.values() for seq in seqs}):
                beside[edge.a[0]].add(edge.b[0])
                beside[edge.b[0]].add(edge.a[0])
            plots = {story: seqs.union(*(beside[seq] for seq in seqs)) for story, seqs in plots.items()}
            held = linker.briefs(connection, {seq for seqs in plots.values() for seq in seqs})
            rows = list(shelf.judgements(connection, kind))
        out = []
        for one in ones:
            seqs = {seq for item in one.reports if item.seq in of for seq in plots[of[item.seq]]}
            judged = linker.verdict(rows, [(m.item.id, m.passage.spans) for m in one.members])
            out.append((one, judged, {seq: held[seq] for seq in seqs if seq in held}))
        return out

    def promises(self, *, actor: str | None = None, story: str | None = None, at: float | None = None,
                 after: tuple[float, str] | None = None) -> Iterator[tuple[Told, Proposal]]:  # fmt: skip
        """What is promised, planned or announced with a time, and what became of it, in order of time; `after`: as for statements."""
        dated = schema.statement.c.due.is_not(None)
        found = self.statements(actor=actor, story=story, at=at, after=after, like=[dated | shelf.said_as(Act.PROMISES)])
        for part in _pages(told for told in found if is_promise(told.statement)):
            yield from zip(part, self.outcomes([told.statement for told in part], at), strict=True)

    def questions(self, *, story: str | None = None, at: float | None = None,
                  after: tuple[float, str] | None = None) -> Iterator[tuple[Told, Proposal | None]]:  # fmt: skip
        """What reports say is not known, with the later sentence that answers it, if there is one; `after`: as for statements."""
        found = self.statements(story=story, at=at, after=after, like=[shelf.said_as(Act.UNCLEAR)])
        for part in _pages(told for told in found if told.statement.stance is Stance.OPEN):
            yield from zip(part, self.answers([told.statement for told in part], at), strict=True)

    def expected(self, since: float, until: float, limit: int = 500) -> list[tuple[Told, Proposal]]:
        """What is promised or announced for a time between two moments, the soonest first, and what became of it."""
        due = schema.statement.c.due
        with self.store.reading() as connection:
            names = [row.id for row in shelf.rows(connection, due >= since, due < until, limit=limit)]
        found = sorted(
            (told for told in self.statements(ids=names) if is_promise(told.statement)),
            key=lambda t: (t.statement.due or 0.0, t.statement.id),
        )
        return list(zip(found, self.outcomes([told.statement for told in found]), strict=True))

    def asked(self, limit: int = 200) -> list[tuple[Told, Proposal | None]]:
        """The questions that the newest reports leave open, the newest first, and what answers them."""
        with self.store.reading() as connection:
            names = shelf.newest_of_act(connection, Act.UNCLEAR.value, limit)
        found = [told for told in self.statements(ids=names) if told.statement.stance is Stance.OPEN][::-1]
        return list(zip(found, self.answers([told.statement for told in found]), strict=True))

    def said_by(self, actor: str, limit: int, at: float | None = None, before: tuple[float, str] | None = None) -> list[Told]:
        """The newest statements of who is called so, or in part so, in order of time; `before`: those before the one of (time, id)."""
        s = schema.statement.c
        with self.store.reading() as connection:
            where = [shelf.spoken_by(connection, actor)]
            if at is not None:
                where.append(s.at <= at)
            if before is not None:
                where.append((s.at < before[0]) | ((s.at == before[0]) & (s.id < before[1])))
            names = shelf.newest(connection, *where, limit=limit)
        return list(self.statements(ids=names, at=at))

    def statement_at(self, report: str, attribution: str) -> str | None:
        """The id of the statement that an attribution of a report is in now. Raises InputError if there is no such report."""
        seq = self.store.find(report).seq
        with self.store.reading() as connection:
            return shelf.places(connection, [seq]).get((seq, attribution))

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

    def stories(
        self, at: float | None = None, limit: int = 1000, name: str | None = None, after: tuple[float, str] | None = None
    ) -> list[Story]:
        """The stories, the one with the newest report first, from the one after (time of that report, id); or one of them. The id of one
        that was merged leads to what it is part of."""
        with self.store.reading() as connection:
            rows = shelf.newest_plots(connection, limit, at, name and shelf.lead(connection, name), after)
        found: dict[str, list[shelf.Plot]] = {}
        for row in rows:
            if at is None or row.at <= at:
                found.setdefault(row.story, []).append(row)
        return sorted((_story(name, members) for name, members in found.items()), key=lambda s: (-s.last, s.id))

    def stories_of(self, seqs: Iterable[int]) -> list[str]:
        """The stories that reports of these numbers belong to, each once."""
        with self.store.reading() as connection:
            return sorted(set(shelf.stories_of(connection, seqs).values()))

    def near_stories(self, name: str, limit: int = 5) -> list[Story]:
        """The stories that speak of the same as this one, the nearest first: those with the most and likeliest pairs between them."""
        with self.store.reading() as connection:
            ours = set(shelf.plots(connection, [name]).get(name, ()))
            pairs = [(e, {e.a[0], e.b[0]} - ours) for e in shelf.edges_of(connection, ours)]
            of = shelf.stories_of(connection, {seq for _, others in pairs for seq in others})
        near: defaultdict[str, float] = defaultdict(float)
        for edge, others in pairs:
            for story in {of[seq] for seq in others if seq in of}:
                near[story] += max(edge.claim, abs(edge.answer))
        best = sorted(near, key=lambda story: (-near[story], story))[:limit]
        return [one for story in best for one in self.stories(name=story)]

    def judge(self, kind: str, verdict: str, names: Sequence[str], by: str, note: str | None = None) -> int:
        """Add a judgement; returns its number. `names`: of statements, or places "REPORT:attribution".

        "statement" (same, different, unsure: of two), "claim" (the same of two claims or statements), "promise" (kept, broken, moved,
        unknown: of one), "question" (answered, open: of one), "attribution" (no: the place is none), "source" (of a place; the verdict is
        the name of who speaks there), "story" (merge: of two stories; move: of a report and the story that it is of; apart: of a report).
        Raises InputError for what is not there, and for a verdict that the kind does not have."""
        verdict = " ".join(verdict.split())[:LONGEST_NAME]
        _check(kind, verdict, names)
        places = () if kind == "story" else tuple(p for name in names for p in self._places(name, all_=kind in ("attribution", "source")))
        if kind in ("statement", "claim") and places[0] == places[1]:
            raise InputError("these two are one already: give two different ones")
        with self.store.writing() as connection:
            # How stories stand is looked at where nobody else can change it.
            target = places or self._stories_judged(connection, verdict, names)
            number = shelf.judge(connection, shelf.Judgement(0, kind, target, verdict, by, schema.now(), note))
            self._regroup(connection, kind, target)
        return number

    def _stories_judged(self, connection: Connection, verdict: str, names: Sequence[str]) -> tuple[tuple[str, Spans], ...]:
        """What a judgement on stories is of: two stories, the one that began first before the other; or a report, and its story."""
        told = [_story_there(connection, name) for name in (names if verdict == "merge" else names[1:])]
        if verdict == "merge":
            if told[0].id == told[1].id:
                raise InputError("these two are one story already: give two different ones")
            return tuple((one.id, ()) for one in sorted(told, key=lambda one: (one.first, one.id)))
        stored = self.store.find(names[0])
        now = shelf.stories_of(connection, [stored.seq]).get(stored.seq)
        if now is None:
            raise InputError(f"report {stored.report.id} is not read yet; `sagt rebuild` reads all")
        if now in {one.id for one in told}:
            raise InputError(f"the report is of story {now} already")
        if shelf.sizes(connection, [now])[now] == 1:
            raise InputError(f"the report is alone in story {now}" + (": merge the two stories" if told else " already"))
        return ((stored.report.id, ()), *((one.id, ()) for one in told))

    def undo(self, number: int, by: str) -> None:
        """Undo a judgement, by a row of its own. Raises InputError if there is none of that number that counts."""
        with self.store.writing() as connection:
            found = next((one for one in shelf.judgements(connection) if one.id == number), None)
            if found is None or not shelf.undo(connection, number, by, schema.now()):
                raise InputError(f"no judgement {number} that counts; `sagt judge --list` shows them")
            self._regroup(connection, found.kind, found.target)

    def judgements(self, *, report: str | None = None, kind: str | None = None) -> list[shelf.Judgement]:
        """The judgements that count, oldest first; `report`: those on places of a report, by its full id."""
        with self.store.reading() as connection:
            found = list(shelf.judgements(connection, kind))
        return [one for one in found if report is None or any(there == report for there, _ in one.target)]

    def _regroup(self, connection: Connection, kind: str, target: Iterable[tuple[str, Spans]]) -> None:
        if kind == "story":
            linker.retell(connection, {name for name, _ in target})
            return
        seqs = shelf.numbers(connection, {report for report, _ in target})
        if kind == "source":
            linker.pair_anew(connection, seqs.values())
            return
        held = shelf.briefs(connection, seqs.values())
        nodes = [linker.node(held.get(seqs.get(report, 0)), spans) for report, spans in target]
        linker.regroup(connection, {node for node in nodes if node is not None}, linker.decided(connection))

    def _places(self, name: str, *, all_: bool = False) -> list[tuple[str, Spans]]:
        """The place that a name stands for: the first passage of a statement, or an attribution of a report (with `all_` each of its
        passages)."""
        report, _, attribution = name.rpartition(":")
        if report:
            stored = self.store.find(report)
            with self.store.reading() as connection:
                held = shelf.briefs(connection, [stored.seq])
            passages = [p for b in held.values() for p in b.passages]
            found = [p for p in passages if p.attribution == attribution or (all_ and p.attribution.startswith(f"{attribution}."))]
            if not found:
                raise InputError(f"report {report} has no attribution {attribution!r}; `sagt show {report} --json` has their ids")
            return [(stored.report.id, p.spans) for p in found]
        first = (self.statement(name) if name.startswith("s") else self.claim(name).told[0]).statement.first
        return [(first.item.id, first.passage.spans)]

    def near(self, name: str, limit: int = 5) -> list[tuple[float, Told]]:
        """The statements that may be the same as this one, and are held to be others: with how likely they are it, the likeliest first.

        Raises InputError if there is no such statement."""
        nodes = {(m.item.seq, m.passage.attribution) for m in self.statement(name).statement.members}
        with self.store.reading() as connection:
            found = [e for e in shelf.edges_of(connection, {seq for seq, _ in nodes}) if (e.a in nodes) != (e.b in nodes)]
            others = {(e.b if e.a in nodes else e.a): e.same for e in sorted(found, key=lambda e: e.same)}
            places = shelf.places(connection, {seq for seq, _ in others})
        likely: dict[str, float] = {}
        for node, same in others.items():
            if node in places:
                likely[places[node]] = max(same, likely.get(places[node], 0.0))
        best = sorted(likely, key=lambda other: (-likely[other], other))[:limit]
        told = {one.statement.id: one for one in self.statements(ids=best)}
        return [(likely[other], told[other]) for other in best if other in told]

    def why(self, name: str) -> list[Why]:
        """Why something derived is so: of a statement or claim, each pair of passages that joins it, with what was compared."""
        told = self.claim(name).told if name.startswith("c") else (self.statement(name),)
        nodes = {(m.item.seq, m.passage.attribution): m for one in told for m in one.statement.members}
        with self.store.reading() as connection:
            found = [e for e in shelf.edges_of(connection, {seq for seq, _ in nodes}) if e.a in nodes and e.b in nodes]
            held = linker.briefs(connection, {seq for seq, _ in nodes})
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
            briefs = linker.briefs(connection, (one.seq for one in found))
        for one in found:
            if one.seq not in briefs:
                raise InputError(f"report {one.report.id} is not read yet; `sagt rebuild` reads all")
        return found[0], found[1], retold.changes(briefs[found[0].seq], briefs[found[1].seq], (found[0].report.text, found[1].report.text))

    def _rows(self, story: str | None, claim: str | None, ids: Iterable[str] | None, at: float | None,
              after: tuple[float, str] | None, like: Sequence[ColumnElement[bool]], portion: int) -> list[Row]:  # fmt: skip
        where = list(like)
        with self.store.reading() as connection:
            if at is not None:
                where.append(schema.statement.c.at <= at)
            if story is not None:
                seqs = [seq for found in shelf.plots(connection, [shelf.lead(connection, story)]).values() for seq in found]
                if not seqs:
                    raise InputError(f"no story {story!r}; `sagt story` lists them")
                where.append(schema.statement.c.id.in_(select(schema.member.c.statement).where(schema.member.c.seq.in_(seqs))))
            if claim is not None:
                where.append(schema.statement.c.claim == claim)
            if ids is not None:
                where.append(schema.statement.c.id.in_(list(ids)))
            few = bool(like) or any(one is not None for one in (story, claim, ids))
            return shelf.rows(connection, *where, limit=portion, after=after, few=few)

    def _told(self, rows: list[Row], at: float | None) -> Iterator[Told]:
        with self.store.reading() as connection:
            beside = {one.id: one for one in shelf.of_claims(connection, {row.claim for row in rows})}
            nodes = shelf.members(connection, beside)
            held = linker.briefs(connection, {seq for group in nodes.values() for seq, _ in group})
            senses = self._senses(connection, beside.values())
        items, gone = self._takes(held)
        there = {(seq, p.attribution): Member(items[seq], p, rows_) for seq, one in held.items() for p, rows_ in shelf.meanings_of(one)}
        by_claim: dict[str, list[Statement]] = {}
        for row in beside.values():
            one = tellings.statement(
                row.id, row.claim, senses.get(row.id), (there[n] for n in nodes.get(row.id, ()) if n in there), row.due, gone, at
            )
            if one is not None:
                by_claim.setdefault(row.claim, []).append(one)
        by_claim = {claim: tellings.together(told) for claim, told in by_claim.items()}
        made = {one.id: one for told in by_claim.values() for one in told}
        for row in rows:
            if row.id in made:
                yield Told(made[row.id], tellings.stands(by_claim[row.claim], gone, at), gone)

    def _takes(self, held: Mapping[int, Brief]) -> tuple[dict[int, Item], dict[int, dict[str, Withdrawal]]]:
        """The reports with their takes as they stand now, and what later takes withdraw."""
        items = {seq: one.item for seq, one in held.items()}
        gone: dict[int, dict[str, Withdrawal]] = {}
        with self.store.reading() as connection:
            chains = shelf.chains(connection, items)
        for chain in chains:
            order, withdrawn = self._withdrawn(chain)
            gone |= withdrawn
            for before, seq in zip((None, *order), order, strict=False):
                if seq in items:
                    items[seq] = tellings.at_take(items[seq], order[0], before)
        return items, gone

    def _withdraw(self, chain: tuple[shelf.Made, ...]) -> tuple[tuple[int, ...], dict[int, dict[str, Withdrawal]]]:
        """The takes of one item by number, oldest first, and what they withdraw. The same for the same takes, made by the same."""
        found = self.store.in_time(one.seq for one in chain)
        with self.store.reading() as connection:
            briefs = shelf.briefs(connection, (one.seq for one in chain))
        texts = {one.seq: one.report.text for one in found}
        read = [briefs[one.seq].item for one in found if one.seq in briefs]
        return tuple(texts), tellings.withdrawals(read, texts, {seq: one.passages for seq, one in briefs.items()})

    def _senses(self, connection: Connection, rows: Iterable[Row]) -> dict[str, ActorName]:
        """The actor of each statement: of one name, or one entity of the gazetteer, two people where what is told of them is far apart."""
        out: dict[str, ActorName] = {}
        wanted = list(rows)
        told = shelf.told_of(connection, wanted)
        known = gazetteer.entities(connection, {row.entity for row in wanted if row.entity})
        for whose, about in told.items():
            out |= persons.across(whose, about, [row for row in wanted if row.whose == whose], known.get(whose))
        return out


def _outcome(one: Statement, judged: shelf.Judgement | None, held: dict[int, Brief], now: float) -> Proposal:
    if judged is not None:
        return Proposal(Outcome(judged.verdict), 1.0, None, f"{judged.by} said so")
    return promises.outcome(one.first.passage, one.first.item.at, one.time_given, linker.later(one.members, held, promises.SPEAKS_OF), now)


def _answer(one: Statement, judged: shelf.Judgement | None, held: dict[int, Brief], at: float | None) -> Proposal | None:
    if judged is not None:
        return Proposal(Outcome.KEPT, 1.0, None, judged.note or f"{judged.by} said so") if judged.verdict == "answered" else None
    return promises.answer(one.first.passage, one.first.item.at, linker.later(one.members, held, promises.ANSWERS), at)


def _pages(found: Iterable[Told]) -> Iterator[list[Told]]:
    rest = iter(found)
    while part := list(islice(rest, PAGE)):
        yield part


def is_promise(one: Statement) -> bool:
    """True for what is promised, planned or announced with a time."""
    announced = one.due and one.due > one.first.item.at and one.stance is Stance.ASSERTS
    return one.act is Act.PROMISES or bool(one.due and one.act is Act.INTENDS) or bool(announced)


#: What can be judged: its verdicts, and how many things it is of.
_VERDICTS = {
    "statement": (("same", "different", "unsure"), 2), "claim": (("same", "different", "unsure"), 2),
    "promise": (("kept", "broken", "moved", "unknown"), 1), "question": (("answered", "open"), 1), "attribution": (("no",), 1),
    "source": (None, 1), "story": (("merge", "move", "apart"), 2),
}  # fmt: skip


def _check(kind: str, verdict: str, names: Sequence[str]) -> None:
    """Raise InputError if this is no judgement."""
    if kind not in _VERDICTS:
        raise InputError(f"no kind of judgement {kind!r}; there are {', '.join(_VERDICTS)}")
    verdicts, count = _VERDICTS[kind]
    if kind == "story" and verdict == "apart":
        count = 1
    if verdicts is not None and verdict not in verdicts:
        raise InputError(f"no verdict {verdict!r} on a {kind}; there is {', '.join(verdicts)}")
    if not words.key(verdict):
        raise InputError("give the name of who speaks")
    if len(names) != count:
        raise InputError(f"a judgement on a {kind} is of {count}, not of {len(names)}")
    if kind in ("attribution", "source") and not all(":" in name for name in names):
        raise InputError(f"a judgement on a {kind} is of a place: REPORT:attribution")


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
