"""The commands over the store. Each takes parsed arguments, writes to standard output and returns an exit status."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from sagt import config, keeping
from sagt import gazetteer as names
from sagt.diff import Change, diff
from sagt.errors import InputError
from sagt.export import json as as_json
from sagt.export.clean import for_label
from sagt.formats import Given
from sagt.ledger import Ledger, Payload, parser
from sagt.schema import now, utc
from sagt.search import Hit, Query, search
from sagt.store import Source, Store, Stored, Take
from sagt.types import Status

#: Letters of an id that are shown; `find` takes any beginning of four or more.
SHOWN = 10
#: Lines of a gazetteer's file that could not be read and are told each.
MOST_FAULTS = 10
_NAMES = {Change.ADDED: "+", Change.DROPPED: "-", Change.REWORDED: "~", Change.MOVED: ">"}


def open_store(args: argparse.Namespace) -> Store:
    """The store that the arguments or the surroundings name."""
    return Store(config.store_address(args.db))


# ---- add ----------------------------------------------------------------------------------------------------------------------------


def add(args: argparse.Namespace, payloads: Iterable[Payload]) -> int:
    """Store what is in the files, and read it."""
    outcomes: Counter[str] = Counter()
    with open_store(args) as store:
        ledger = Ledger(store, reader(args))
        for one in ledger.take_in(again=True):
            outcomes["retried" if one.outcome == "fault" else one.outcome] += 1
        for one in ledger.add(payloads):
            outcomes[one.outcome] += 1
            if args.json:
                line({"id": one.id, "outcome": one.outcome, "title": one.title, "fault": one.fault})
            elif one.outcome == "fault":
                print(f"sagt: kept, but can't be read: {for_label(one.fault or '')}", file=sys.stderr)
        read = 0 if args.no_read else ledger.read_new()
    say(args, _summary(outcomes, read, args.no_read))
    return 1 if outcomes["fault"] else 0


def _summary(outcomes: Counter[str], read: int, unread: bool) -> str:
    parts = [f"{many(outcomes['stored'], 'report')} stored"]
    parts += [f"{outcomes['known']} known already"] if outcomes["known"] else []
    parts += (
        [f"{outcomes['fault']} could not be read and {'is' if outcomes['fault'] == 1 else 'are'} kept (sagt faults)"]
        if outcomes["fault"]
        else []
    )
    parts += [] if unread else [f"{read} read"]
    return ", ".join(parts)


def reader(args: argparse.Namespace) -> Any:
    from sagt.read import Reader

    return lambda: Reader(args.pack, threads=args.threads)


# ---- finding ------------------------------------------------------------------------------------------------------------------------


def find(args: argparse.Namespace) -> int:
    """Search the store."""
    query = Query(
        words=" ".join(args.words), actor=args.actor, outlet=args.outlet, agency=args.agency, act=args.act, language=args.language,
        status=args.status, since=day(args.since, "--since"), until=day(args.until, "--until", end=True), before=args.before,
    )  # fmt: skip
    with open_store(args) as store:
        hits = search(store, query, args.limit)
    for hit in hits:
        if args.json:
            line(asdict(hit))
        else:
            print("\n".join(_hit(hit)))
    if not hits and not args.json:
        print("nothing found", file=sys.stderr)
    elif len(hits) == args.limit and not args.json:
        print(f"the newest {many(len(hits), 'report')}; for older ones: --before {hits[-1].seq}", file=sys.stderr)
    return 0


def _hit(hit: Hit) -> Iterator[str]:
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    marks = [m for m in (hit.status if hit.status != "usable" else None, hit.signal) if m]
    about = " · ".join(
        filter(None, (short(hit.id), hit.published or hit.received[:16] + "Z", *dict.fromkeys((hit.outlet, *hit.agencies, *marks))))
    )
    yield for_label(about)[:width]
    if hit.title:
        yield cut("  " + for_label(hit.title), width)
    yield cut("  " + for_label(hit.snippet), width)
    yield ""


def show(args: argparse.Namespace) -> int:
    """Show one stored report with its reading."""
    with open_store(args) as store:
        stored = store.find(args.report)
        if args.payload:
            sys.stdout.buffer.write(store.payload_of(stored.report.id))
            return 0
        reading = store.reading_of(stored)
        if reading is None:
            ledger = Ledger(store, reader(args))
            reading = ledger.reader.read(stored.report)
            store.put_readings([(stored.seq, reading)], ledger.maker)
        chain = store.chain(stored)
    if args.json:
        record = as_json.record(reading)
        record["store"] = {
            "number": stored.seq,
            "received": stored.received,
            "received_from": stored.received_from,
            "takes": [t.stored.report.id for t in chain],
        }
        print(as_json.safe(json.dumps(record, ensure_ascii=False)))
        return 0
    from sagt.export import terminal

    for row in _envelope(stored, chain):
        print(for_label(row))
    sys.stdout.write(terminal.show(reading, max(40, shutil.get_terminal_size((100, 24)).columns), coloured(args)))
    return 0


def _envelope(stored: Stored, chain: list[Take]) -> Iterator[str]:
    report, item = stored.report, stored.report.item
    yield f"{report.id} (#{stored.seq}), {report.format}, received {stored.received[:19]}Z" + (
        f" from {stored.received_from}" if stored.received_from else ""
    )
    facts = {
        "named": " version ".join(filter(None, (item.guid, item.version))) or None, "slug": item.slug, "by": item.byline,
        "credit": item.credit, "origin": item.origin, "note to editors": item.note, "embargo": item.embargo, "urgency": item.urgency,
        "status": report.status.value if report.status is not Status.USABLE else None,
    }  # fmt: skip
    yield from (f"{name}: {value}" for name, value in facts.items() if value)
    if item.signal:
        yield f"{item.signal.kind.value}: {'; '.join(item.signal.evidence)}"
    if len(chain) > 1:
        place = next(i for i, one in enumerate(chain, 1) if one.stored.seq == stored.seq)
        yield f"take {place} of {len(chain)} (sagt versions {short(report.id)})"
        killer = next((t.stored.report for t in chain[place:] if t.stored.report.status.value == "canceled"), None)
        if killer is not None:
            yield f"WITHDRAWN by {short(killer.id)}"
    yield ""


def versions(args: argparse.Namespace) -> int:
    """Show the takes of an item and what changed from each to the next."""
    with open_store(args) as store:
        chain = store.chain(store.find(args.report))
    before: Take | None = None
    for number, one in enumerate(chain, 1):
        edits = diff(before.stored.report.text, one.stored.report.text) if before else []
        record = _take(number, one, before, edits)
        if args.json:
            line(record)
        else:
            _print_take(record)
        before = one
    return 0


def _take(number: int, one: Take, before: Take | None, edits: list[Any]) -> dict[str, Any]:
    report, item = one.stored.report, one.stored.report.item
    old = before.stored.report.text if before else ""
    return {
        "take": number, "id": report.id, "published": report.published, "received": one.stored.received,
        "outlet": report.outlet, "title": report.title, "version": item.version, "status": report.status.value,
        "signal": item.signal.kind.value if item.signal else None,
        "evidence": list(item.signal.evidence) if item.signal else [], "note": item.note, "why": one.why,
        "changes": [
            {"change": e.change.value, "words": [list(pair) for pair in e.words],
             "before": e.before.of(old) if e.before else None, "before_span": list(e.before) if e.before else None,
             "after": e.after.of(report.text) if e.after else None, "after_span": list(e.after) if e.after else None}
            for e in edits
        ],
    }  # fmt: skip


def _print_take(record: dict[str, Any]) -> None:
    width = max(40, shutil.get_terminal_size((100, 24)).columns)
    marks = [record["signal"], record["status"] if record["status"] not in ("usable", "corrected") else None, *record["evidence"]]
    print(
        for_label(
            " · ".join(
                filter(None, (f"take {record['take']}", short(record["id"]), record["published"] or record["received"][:19] + "Z", *marks))
            )
        )
    )
    if record["title"]:
        print(cut("  " + for_label(record["title"]), width))
    if record["note"]:
        print(cut("  note: " + for_label(record["note"]), width))
    if record["why"]:
        print(cut(f"  a take of the one before: {for_label(record['why'])}", width))
    for change in record["changes"]:
        sign = _NAMES[Change(change["change"])]
        if change["change"] == "reworded":
            told = "; ".join(
                f"“{was}” → “{now}”" if was and now else f"“{now}” put in" if now else f"“{was}” left out" for was, now in change["words"]
            )
            print(cut(f"  {sign} {for_label(change['after'])}", width))
            print(cut(f"      {for_label(told)}", width))
        else:
            print(cut(f"  {sign} {for_label(change['after'] or change['before'])}", width))
    if record["take"] > 1 and not record["changes"]:
        print("  no change of the text")
    print()


# ---- looking after --------------------------------------------------------------------------------------------------------------------


def check(args: argparse.Namespace) -> int:
    """Say what is wrong in the store."""
    found = 0
    with open_store(args) as store:
        for finding in keeping.check(store, parser(), again=not args.fast):
            found += 1
            if args.json:
                line(asdict(finding))
            else:
                print(f"{for_label(finding.where)}: {for_label(finding.what)}")
        counts = store.counts()
    say(args, f"{many(counts['report'], 'report')}, {many(counts['payload'], 'payload')}, {many(counts['reading'], 'reading')}: "
               + (f"{many(found, 'fault')} found" if found else "all as it should be"))  # fmt: skip
    return 1 if found else 0


def backup(args: argparse.Namespace) -> int:
    """Copy the store into a file."""
    with open_store(args) as store:
        count = keeping.backup(store, args.file)
    say(args, f"{many(count, 'report')} copied to {args.file}")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Fill an empty store from a backup."""
    with open_store(args) as store:
        count = keeping.restore(args.file, store)
        say(args, f"{many(count, 'report')} restored into {store.address}")
    return 0


def rebuild(args: argparse.Namespace) -> int:
    """Derive everything again."""
    with open_store(args) as store:
        ledger = Ledger(store, reader(args))
        again = ledger.take_in(again=True)
        read = 0 if args.no_read else ledger.read_new()
        before, after = ledger.rebuild()
    record = {"before": before, "after": after, "same": before == after, "read": read, "retried": len(again)}
    if args.json:
        line(record)
    say(
        args,
        ("the same as before" if before == after else "something changed: what was derived was not what these reports give")
        + f", {read} read anew",
    )
    return 0


def faults(args: argparse.Namespace) -> int:
    """List what is kept but could not be read: payloads that are no reports, and reports that could not be read or linked."""
    with open_store(args) as store:
        if args.retry:
            Ledger(store, reader(args)).take_in(again=True)
        held, failed = store.held(), store.failed()
    for one in held:
        if args.json:
            line({"id": one.digest, "size": one.size, "received": one.received, "received_from": one.received_from,
                   "format": one.read_as, "fault": one.fault,
                   "tried_with": one.tried_with})  # fmt: skip
        else:
            print(for_label(f"{short(one.digest)} · {one.received[:19]}Z · {one.size:,} bytes · {one.received_from or '-'}"))
            print(f"  {for_label(one.fault or 'not tried yet')}")
    for stored, why in failed:
        if args.json:
            line({"report": stored.report.id, "received": stored.received, "fault": why})
        else:
            print(for_label(f"{short(stored.report.id)} · {stored.received[:19]}Z · {stored.report.title or '-'}"))
            print(f"  {for_label(why)}")
    if held or not failed:
        say(args, f"{many(len(held), 'payload')} could not be read" if held else "nothing is held")
    if failed:
        say(args, f"{many(len(failed), 'report')} could not be read or linked; another version of sagt tries again by itself")
    return 0


# ---- the gazetteer --------------------------------------------------------------------------------------------------------------------


def gazetteer(args: argparse.Namespace) -> int:
    """Take in names that stand for one actor, list them, let go of them."""
    with open_store(args) as store:
        if args.what == "add":
            return _add_names(args, store)
        if args.what == "clear":
            names.clear(store)
            say(args, "the gazetteer is empty; the next add, watch or rebuild links without it")
            return 0
        return _list_names(args, store)


def _add_names(args: argparse.Namespace, store: Store) -> int:
    counts: Counter[str] = Counter()
    try:
        with nullcontext(sys.stdin.buffer) if args.file == "-" else Path(args.file).open("rb") as file:
            held = names.add(store, _good(names.read(file), counts), args.language)
    except OSError as error:
        raise InputError(f"{args.file} can't be taken in: {error.strerror}") from None
    if args.json:
        taken = {"entities": held.entities if held else 0, "names": held.names if held else 0}
        line(taken | {"nameless": counts["nameless"], "left_out": counts["left out"]})
    nameless = [f"{many(counts['nameless'], 'line')} without a name in our languages"] if counts["nameless"] else []
    left_out = [f"{many(counts['left out'], 'line')} left out"] if counts["left out"] else []
    say(args, ", ".join([_held(held), *nameless, *left_out]))
    return 1 if counts["left out"] else 0


def _good(found: Iterable[names.Entry | names.Fault], counts: Counter[str]) -> Iterator[names.Entry]:
    """The entries; the first lines that are none are told, and all are counted."""
    for one in found:
        if isinstance(one, names.Entry):
            counts["nameless"] += not one.names
            yield one
            continue
        counts["left out"] += 1
        if counts["left out"] <= MOST_FAULTS:
            print(f"sagt: line {one.line} is left out: {for_label(one.why)}", file=sys.stderr)


def _list_names(args: argparse.Namespace, store: Store) -> int:
    count = 0
    with store.reading() as connection:
        held = names.state(connection)
        for one, keys in names.listed(connection, args.name):
            count += 1
            if args.json:
                line({"id": one.id, "label": one.label, "person": one.person, "names": keys})
            else:
                kind = {True: "person", False: "body", None: None}[one.person]
                print(for_label(" · ".join(filter(None, (one.id, one.label, kind, ", ".join(keys))))))
    if args.name is not None and count > 1:
        say(args, f"a name of {count}: it stands for none of them")
    elif not count:
        say(args, f"no entity is called {args.name}" if args.name is not None else _held(None))
    elif args.name is None:
        say(args, _held(held))
    return 0


def _held(state: names.State | None) -> str:
    if state is None:
        return "the gazetteer is empty; `sagt gazetteer add FILE` takes names in"
    return f"the gazetteer holds {many(state.names, 'name')} of {many(state.entities, 'actor')}, since {state.since[:16]}Z"


# ---- watching -----------------------------------------------------------------------------------------------------------------------


def watch(args: argparse.Namespace) -> int:
    """Watch feeds, folders and Ritzau's queue."""
    from sagt.fetch import Fetcher, Limits
    from sagt.watch import Outcome, Watcher
    from sagt.watch import watch as go_round

    problems: set[str] = set()

    def told(one: Outcome) -> None:
        if one.problem:
            problems.add(one.address)
        if args.json:
            for item in one.added:
                line({"source": one.address, "id": item.id, "outcome": item.outcome, "title": item.title, "fault": item.fault})
            line({"source": one.address, "status": one.status, "stored": one.stored, "problem": one.problem})
        elif one.stored or one.problem:
            print(
                for_label(
                    f"{datetime.now():%H:%M:%S} {one.address}: {many(one.stored, 'new report')}"
                    + (f"; {one.problem}" if one.problem else "")
                ),
                flush=True,
            )

    with open_store(args) as store, Fetcher(Limits(private=args.allow_private or config.private_allowed())) as fetcher:
        watcher = Watcher(Ledger(store, reader(args)), fetcher)
        for address in args.sources:
            watcher.add(address, pace=args.every)
        if not store.sources():
            raise InputError(
                "nothing to watch; give addresses of feeds, folders, or ritzau, or take in a list: sagt feeds --import FILE.opml"
            )
        if not args.json:
            say(
                args,
                f"watching {many(len(store.sources()), 'source')}; Ctrl-C stops"
                if not args.once
                else f"asking {many(len(store.sources()), 'source')}",
            )
        go_round(watcher, told, read=not args.no_read, once=args.once)
    return 1 if problems else 0


def feeds(args: argparse.Namespace) -> int:
    """List what is watched and how it stands with it; take lists in and give them out."""
    from sagt import opml
    from sagt.watch import PACE, kind_of

    with open_store(args) as store:
        there = {one.address for one in store.sources()}
        if args.import_:
            try:
                outlines = opml.read(sys.stdin.buffer.read() if args.import_ == "-" else Path(args.import_).read_bytes())
            except OSError as error:
                raise InputError(f"{args.import_} can't be read: {error.strerror}") from None
            for one in outlines:
                kind, address = kind_of(one.address)
                if address not in there:
                    store.put_source(Source(address, kind, now(), PACE[kind], title=one.title, section=one.section, language=one.language))
        if args.remove:
            store.drop_source(args.remove)
        if args.retry:
            for source in store.sources():
                store.put_source(replace(source, wait_until=None, failures=0, gone=0))
        sources = store.sources()
    if args.export:
        _export_opml(args.export, sources)
        return 0
    for source in sources:
        if args.json:
            line(asdict(source) | {"health": health(source)})
        else:
            print(
                for_label(
                    f"{health(source):8} {many(source.reports, 'report'):>14}  "
                    f"{(source.succeeded or 'never')[:16].replace('T', ' ')}  {source.address}"
                )
            )
            for told in filter(
                None,
                (
                    source.title,
                    source.problem and f"{source.problem} ({source.failures} in a row)",
                    source.moved_to and f"moved to {source.moved_to}",
                ),
            ):
                print(for_label(f"{'':8} {told}"))
    if not sources:
        say(args, "nothing is watched; sagt watch URL begins")
    return 0


def _export_opml(file: str, sources: list[Source]) -> None:
    from sagt import opml

    written = opml.write(opml.Outline(s.address, s.title, s.section, s.language) for s in sources if s.kind == "feed")
    if file == "-":
        sys.stdout.buffer.write(written)
        return
    try:
        Path(file).write_bytes(written)
    except OSError as error:
        raise InputError(f"{file} can't be written: {error.strerror}") from None


def health(source: Source) -> str:
    """How it stands with a source, in a word: well, new, trouble, failing, gone."""
    if source.gone:
        return "gone"
    if source.problem:
        return "failing" if source.failures > 2 else "trouble"
    return "well" if source.succeeded else "new"


# ---- small things ---------------------------------------------------------------------------------------------------------------------


def given_of(args: argparse.Namespace, name: str | None) -> Given:
    """What the arguments say of a payload."""
    return Given(language=args.language, published=args.published, zone=args.zone, outlet=args.outlet, encoding=args.encoding, name=name)


def files(args: argparse.Namespace, paths: Iterable[Path | None]) -> Iterator[Payload]:
    """The payloads in files; None is standard input. Raises InputError for one that can't be read."""
    for path in paths:
        try:
            raw = sys.stdin.buffer.read() if path is None else path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} can't be read: {error.strerror}") from None
        yield Payload(raw, given_of(args, "-" if path is None else str(path)), args.format)


def day(value: str | None, name: str, *, end: bool = False, zone: tzinfo | None = None) -> str | None:
    """A day, a moment or a stretch back from now ("7d", "36h") as the store writes moments. `zone`: whose days; None: this computer's."""
    if value is None:
        return None
    if match := re.fullmatch(r"(\d{1,5})([dhm])", value):
        back = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}[match[2]]
        return utc(datetime.now(UTC) - int(match[1]) * back)
    try:
        if len(value) == 10:
            day = date.fromisoformat(value) + timedelta(days=1 if end else 0)
            return utc(datetime.combine(day, time(), zone) if zone else datetime.combine(day, time()).astimezone())
        moment = datetime.fromisoformat(value)
        return utc(moment if moment.tzinfo else moment.replace(tzinfo=zone) if zone else moment.astimezone())
    except (ValueError, OverflowError):
        raise InputError(
            f"{name} {value}: give a day (2026-03-03), a moment (2026-03-03T06:12+01:00) or a stretch back from now (7d, 36h)"
        ) from None


def seconds(value: str | None, name: str, *, zone: tzinfo | None = None) -> float | None:
    """The moment that is asked about, in seconds since 1970; a day is its end. Else as `day`."""
    found = day(value, name, end=True, zone=zone)
    return None if found is None else datetime.fromisoformat(found).timestamp()


def coloured(args: argparse.Namespace) -> bool:
    return args.colour == "always" or (args.colour == "auto" and sys.stdout.isatty() and "NO_COLOR" not in os.environ)


def line(record: dict[str, Any]) -> None:
    print(as_json.safe(json.dumps(record, ensure_ascii=False, default=str)), flush=True)


def say(args: argparse.Namespace, words: str) -> None:
    """A closing line: where data goes to standard output, it goes to standard error."""
    print(for_label(words), file=sys.stderr if args.json else sys.stdout)


def short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:SHOWN]


def many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
