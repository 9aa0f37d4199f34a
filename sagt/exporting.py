"""Giving out a part of the record, in any format: what the command `sagt export` and the desk's downloads share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from sagt import config, linker, shelf
from sagt.commands import day, seconds
from sagt.errors import InputError
from sagt.export.extract import Entry, Extract, Names, Part, Rows, once
from sagt.export.formats import FORMATS, Format
from sagt.ledger import Ledger, Told, is_promise
from sagt.link import Node
from sagt.promises import Proposal
from sagt.schema import utc
from sagt.search import Query, search
from sagt.standing import Standing
from sagt.store import Store, Stored
from sagt.types import Act, Reading

#: Reports that are looked up in one go.
PART = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Which part of the record. Everything that is given must hold; nothing given is all of it."""

    query: Query = field(default_factory=Query)
    story: str | None = None
    claim: str | None = None  #: id of a claim, or of a statement of it
    standing: Standing | None = None  #: only statements whose claims stand so, and the reports that pass them on
    at: float | None = None  #: as it was known then; seconds since 1970
    limit: int | None = None  #: reports, at most: the newest arrivals
    rows: Rows | None = None


def format_of(name: str, rows: Rows | None) -> Format:
    """A format by its name. Raises InputError for one that there is none of, or that has no such rows."""
    if name not in FORMATS:
        raise InputError(f"no format {name!r}; there are {', '.join(FORMATS)}")
    if rows is not None and rows not in FORMATS[name].rows:
        able = ", ".join(other for other, one in FORMATS.items() if rows in one.rows)
        raise InputError(f"{name} has a form of its own; a row for each of the {rows.value} goes with {able}")
    return FORMATS[name]


def extract(ledger: Ledger, choice: Choice, names: Names | None = None, address: str | None = None) -> Extract:
    """That part of the record, to be gone through once. Raises InputError for a story or claim that is not there."""
    title, among = _among(ledger, choice)
    # A story and a claim have only reports that were known then.
    query = choice.query if choice.at is None or among is not None else _known_by(choice.query, choice.at)
    choice = replace(choice, query=query, claim=ledger.claim(choice.claim, choice.at).id if choice.claim else None)
    entries = (entry for part in _parts(ledger, choice, among, told=choice.standing is not None) for entry in part.entries)
    return Extract(
        title, entries, _parts(ledger, choice, among), _promises(ledger, choice, among), datetime.now(UTC), names or Names(), choice.rows,
        address, choice.limit,
    )  # fmt: skip


def _among(ledger: Ledger, choice: Choice) -> tuple[str, frozenset[int] | None]:
    """What the part is called, and the reports that it is among; None: all."""
    titles = [str(value) for f in fields(Query) if f.name not in ("before", "after") and (value := getattr(choice.query, f.name))]
    found: list[frozenset[int]] = []
    if choice.story is not None:
        story = next(iter(ledger.stories(choice.at, name=choice.story)), None)
        if story is None:
            raise InputError(f"no story {choice.story!r}; `sagt story` lists them")
        titles.append(story.title)
        with ledger.store.reading() as connection:
            found.append(frozenset(shelf.numbers(connection, story.reports).values()))
    if choice.claim is not None:
        claim = ledger.claim(choice.claim, choice.at)
        titles.append(claim.told[0].statement.first.passage.content)
        found.append(frozenset(item.seq for one in claim.told for item in one.statement.reports))
    titles += [choice.standing.value] if choice.standing else []
    return " · ".join(("sagt", *titles)), frozenset.intersection(*found) if found else None


def _known_by(query: Query, at: float) -> Query:
    moment = utc(datetime.fromtimestamp(at, UTC))
    return replace(query, until=min(query.until, moment) if query.until else moment)


def _numbers(store: Store, query: Query, among: frozenset[int] | None) -> Iterator[list[int]]:
    """The reports that fit, the newest arrivals first, some at a time."""
    if among is not None and replace(query, before=None) == Query():
        order = sorted((seq for seq in among if query.before is None or seq < query.before), reverse=True)
        yield from (order[at : at + PART] for at in range(0, len(order), PART))
        return
    while hits := search(store, query, PART):
        yield [hit.seq for hit in hits if among is None or hit.seq in among]
        query = replace(query, before=hits[-1].seq)


def _parts(ledger: Ledger, choice: Choice, among: frozenset[int] | None, *, told: bool = True) -> Iterator[Part]:
    left = choice.limit
    with ledger.store.reading() as connection:
        none = linker.decided(connection).no_attribution
    for seqs in _numbers(ledger.store, choice.query, among):
        # Which of them pass on what stands so is known only when their statements are.
        seqs = seqs if choice.standing else seqs[:left]
        said = tuple(_told(ledger, choice, seqs)) if told else ()
        if choice.standing is not None:
            there = {item.seq for one in said for item in one.statement.reports}
            seqs = [seq for seq in seqs if seq in there][:left]
            said = tuple(one for one in said if any(item.seq in seqs for item in one.statement.reports))
        left = None if left is None else left - len(seqs)
        yield Part(_entries(ledger.store, seqs, none), said)
        if left == 0:
            return


def _told(ledger: Ledger, choice: Choice, seqs: Iterable[int]) -> Iterator[Told]:
    with ledger.store.reading() as connection:
        ids = set(shelf.places(connection, seqs).values())
    act = Act(choice.query.act) if choice.query.act else None
    for one in ledger.statements(ids=ids, actor=choice.query.actor, claim=choice.claim, at=choice.at) if ids else ():
        stands = one.stands.standing if one.stands else None
        if act in (None, one.statement.act) and choice.standing in (None, stands):
            yield one


def _promises(ledger: Ledger, choice: Choice, among: frozenset[int] | None) -> Iterator[tuple[Told, Proposal]]:
    if choice == Choice(Query(actor=choice.query.actor), choice.story, at=choice.at, rows=choice.rows):
        yield from ledger.promises(actor=choice.query.actor, story=choice.story, at=choice.at)
        return
    for part in once(_parts(ledger, choice, among)):
        told = [one for one in part.told if is_promise(one.statement)]
        yield from zip(told, ledger.outcomes([one.statement for one in told], choice.at), strict=True)


def _entries(store: Store, seqs: list[int], none: frozenset[Node]) -> tuple[Entry, ...]:
    with store.reading() as connection:
        places = shelf.places(connection, seqs)
    order = {one.seq: one for one in store.numbered(seqs)}

    def entry(one: Stored) -> Entry:
        statements = {place: name for (seq, place), name in places.items() if seq == one.seq}
        judged = frozenset(place.partition(".")[0] for seq, place in none if seq == one.seq)
        return Entry(one, store.reading_of(one) or Reading(one.report), statements, judged)

    return tuple(entry(order[seq]) for seq in seqs if seq in order)


# ---- the command ------------------------------------------------------------------------------------------------------------------------


def export(args: argparse.Namespace) -> int:
    """Write a part of the record to a file or to standard output."""
    rows = Rows(args.rows) if args.rows else None
    form = format_of(args.format, rows)
    if args.output is None and args.format == "parquet" and sys.stdout.isatty():
        raise InputError("a Parquet file is not for a terminal: give -o FILE")
    with Store(config.store_address(args.db)) as store:
        chunks = form.write(extract(Ledger(store), _choice(args, rows)))
        if args.output is None:
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
        else:
            _save(args.output, chunks)
            print(f"wrote {args.output}", file=sys.stderr)
    return 0


def _choice(args: argparse.Namespace, rows: Rows | None) -> Choice:
    query = Query(
        words=args.query or "", actor=args.actor, outlet=args.outlet, agency=args.agency, act=args.act, language=args.language,
        status=args.status, since=day(args.since, "--since"), until=day(args.until, "--until", end=True),
    )  # fmt: skip
    return Choice(
        query, args.story, args.claim, Standing(args.standing) if args.standing else None,
        seconds(args.at, "--at"), args.limit, rows,
    )  # fmt: skip


def _save(file: Path, chunks: Iterable[bytes]) -> None:
    """Write all or nothing: a file that is there already is replaced when the new one is whole."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as out:
            out.writelines(chunks)
        os.replace(part, file)
    except OSError as error:
        raise InputError(f"{file} can't be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
