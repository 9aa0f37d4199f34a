"""The commands that ask the ledger. Each takes parsed arguments, writes to standard output and returns an exit status."""

from __future__ import annotations

import argparse
import getpass
import shutil
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from sagt import shelf
from sagt.commands import cut, line, many, open_store, say, seconds, short
from sagt.errors import InputError
from sagt.export import calendar, told
from sagt.export.clean import for_label
from sagt.ledger import Claim, Ledger, Told
from sagt.promises import Outcome, Proposal
from sagt.standing import stance_of


def _at(args: argparse.Namespace) -> float | None:
    """The moment that is asked about, in seconds since 1970."""
    return seconds(args.at, "--at")


def _width() -> int:
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def _print(*words: str | None, indent: int = 0) -> None:
    print(cut(" " * indent + for_label(" · ".join(filter(None, words))), _width()))


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%MZ")


# ---- statements -------------------------------------------------------------------------------------------------------------------------


def statements(args: argparse.Namespace) -> int:
    """List what was said."""
    with open_store(args) as store:
        found = Ledger(store).statements(actor=args.actor, story=args.story, at=_at(args))
        return _list(args, _some(found, args.limit), "no statement")


def who(args: argparse.Namespace) -> int:
    """All that somebody said, claim by claim, and how it changed."""
    with open_store(args) as store:
        rows = list(Ledger(store).statements(actor=args.name, at=_at(args)))
    if args.json:
        return _list(args, rows, "")
    claims: dict[str, list[Told]] = {}
    for one in rows:
        claims.setdefault(one.statement.claim, []).append(one)
    for actor in dict.fromkeys(one.statement.actor for one in rows):
        if actor is not None:
            _print(actor.name, actor.about, actor.id, f"by all names of {actor.entity} in the gazetteer" if actor.entity else None)
    for said in claims.values():
        print()
        stances = [stance_of(one.statement.act, one.statement.stance) for one in said]
        changed = f"changed: {' → '.join(dict.fromkeys(stances))}" if len(set(stances)) > 1 else None
        _print(said[0].statement.claim, said[0].stands.standing.value if said[0].stands else None, changed)
        for one in said:
            _show(one, indent=2)
    if not rows:
        print(f"nothing by {for_label(args.name)} is stored", file=sys.stderr)
    return 0


def _some(found: Iterable[Told], limit: int | None) -> Iterator[Told]:
    for number, one in enumerate(found):
        if limit is not None and number >= limit:
            return
        yield one


def _list(args: argparse.Namespace, found: Iterable[Told], nothing: str) -> int:
    number = 0
    for number, one in enumerate(found, 1):  # noqa: B007
        if args.json:
            line(told.statement(one.statement, one.stands))
        else:
            _show(one)
    if not number and not args.json:
        print(nothing, file=sys.stderr)
    return 0


def _show(one: Told, indent: int = 0) -> None:
    s = one.statement
    standing = one.stands.standing.value.upper() if one.stands else None
    _print(s.id, s.actor.name if s.actor else "-", stance_of(s.act, s.stance), standing, indent=indent)
    _print(s.first.passage.content, indent=indent + 2)
    withdrawn = f"WITHDRAWN in {many(len(s.withdrawn), 'report')}" if s.withdrawn else None
    _print(_when(s.first.item.at), s.sentence, f"due {_when(s.due)}" if s.due else None, withdrawn, indent=indent + 2)


def claim(args: argparse.Namespace) -> int:
    """Show what is said, by whom, and how it stood when."""
    with open_store(args) as store:
        found = Ledger(store).claim(args.claim, _at(args))
    if args.json:
        line(told.claim(found))
        return 0
    _print(found.id, found.stands.standing.value.upper() if found.stands else None)
    for state in found.history:
        because = ", ".join(dict.fromkeys(f"{row.stance} {row.statement}" for row in state.rows))
        _print(f"since {_when(state.since)}: {state.standing}", because, indent=2)
    for one in found.told:
        print()
        _show(one)
        for member in one.statement.members:
            _print(short(member.item.id), member.item.outlet, member.passage.content, indent=4)
        for quotation in told.quoted(one.statement.members):
            _print(f"{quotation['outlet']} {quotation['is']}", "; ".join(f"“{a}” → “{b}”" for a, b in quotation["changes"]), indent=4)
    return 0


def origins(args: argparse.Namespace) -> int:
    """Show by how many independent ways a statement reached print."""
    with open_store(args) as store:
        one = Ledger(store).statement(args.statement, _at(args)).statement
    if args.json:
        line({"id": one.id, "summary": one.sentence, "origins": told.statement(one, None)["origins"]})
        return 0
    _print(one.id, one.actor.name if one.actor else "-", one.first.passage.content)
    _print(one.sentence)
    for number, origin in enumerate(one.origins, 1):
        print()
        _print(f"{number}. {origin.carrier or 'the speaker’s own word'}")
        for member, why in zip(origin.members, ("the first", *origin.why), strict=True):
            _print(_when(member.item.at), short(member.item.id), member.item.outlet, why, indent=3)
    return 0


# ---- promises, questions ----------------------------------------------------------------------------------------------------------------


def promises(args: argparse.Namespace) -> int:
    """List what is promised or announced, and what became of it."""
    with open_store(args) as store:
        ledger = Ledger(store)
        rows = list(ledger.promises(actor=args.actor, story=args.story, at=_at(args)))
        if args.auto is not None:
            rows = [_decide(ledger, one, found, args.auto, _at(args)) for one, found in rows]
    if args.outcome:
        rows = [(one, found) for one, found in rows if found.outcome.value == args.outcome]
    if args.ics:
        _write_calendar(args.ics, rows)
    for one, found in rows:
        if args.json:
            line(told.statement(one.statement, one.stands) | told.proposal(found))
        elif not args.ics:
            _show(one)
            _print(found.outcome.value.upper(), f"{found.score:.2f}" if found.evidence else None, found.why,
                   f"{short(found.evidence.item.id)} {found.evidence.item.outlet}: {found.evidence.passage.content}"
                   if found.evidence else None, indent=2)  # fmt: skip
    if not rows and not args.json:
        print("nothing is promised", file=sys.stderr)
    return 0


def _decide(ledger: Ledger, one: Told, found: Proposal, precision: float, at: float | None) -> tuple[Told, Proposal]:
    """Let the program decide what is as sure as that."""
    if found.evidence is None or found.score < precision:
        return one, found
    ledger.judge("promise", found.outcome.value, [one.statement.id], "sagt", f"score {found.score:.2f}, {found.why}")
    return one, found


def _write_calendar(file: str, rows: Iterable[tuple[Told, Proposal]]) -> None:
    dated = [one.statement for one, found in rows if found.outcome in (Outcome.UPCOMING, Outcome.DUE, Outcome.OVERDUE)]
    text = calendar.write(dated)
    try:
        sys.stdout.write(text) if file == "-" else Path(file).write_text(text, "utf-8", newline="")
    except OSError as error:
        raise InputError(f"{file} can't be written: {error.strerror}") from None


def questions(args: argparse.Namespace) -> int:
    """List what reports say is not known."""
    with open_store(args) as store:
        rows = list(Ledger(store).questions(story=args.story, at=_at(args)))
    for one, found in rows:
        if args.answered is not None and args.answered != (found is not None):
            continue
        if args.json:
            line(told.statement(one.statement, one.stands) | {"answer": told.proposal(found) if found else None})
        else:
            _print(one.statement.id, one.statement.first.passage.content)
            _print(_when(one.statement.first.item.at), one.statement.sentence, indent=2)
            if found and found.evidence:
                _print(
                    f"answered? {found.score:.2f}",
                    f"{short(found.evidence.item.id)} {found.evidence.item.outlet}: {found.evidence.passage.content}",
                    indent=2,
                )
    if not rows and not args.json:
        print("no open question", file=sys.stderr)
    return 0


# ---- stories ----------------------------------------------------------------------------------------------------------------------------


def story(args: argparse.Namespace) -> int:
    """List the stories, or show one: what is claimed and how it stands."""
    with open_store(args) as store:
        ledger = Ledger(store)
        if args.story is None:
            return _stories(args, ledger)
        rows = list(ledger.statements(story=args.story, at=_at(args)))
        [about] = ledger.stories(name=args.story)
    if args.json:
        line(told.story(about) | {"statements": [told.statement(t.statement, t.stands) for t in rows]})
        return 0
    _print(about.id, about.title)
    _print(f"{_when(about.first)} – {_when(about.last)}", many(len(about.reports), "report"), ", ".join(about.outlets), indent=2)
    claims: dict[str, list[Told]] = {}
    for one in rows:
        claims.setdefault(one.statement.claim, []).append(one)
    for said in sorted(claims.values(), key=lambda group: -len({i.seq for t in group for i in t.statement.reports})):
        print()
        for one in said:
            _show(one)
    return 0


def _stories(args: argparse.Namespace, ledger: Ledger) -> int:
    rows = ledger.stories(_at(args), args.limit)
    for one in rows:
        if args.json:
            line(told.story(one))
        else:
            _print(one.id, one.title)
            _print(f"{_when(one.first)} – {_when(one.last)}", many(len(one.reports), "report"), many(len(one.outlets), "outlet"),
                   " ".join(one.languages), indent=2)  # fmt: skip
    if not rows and not args.json:
        print("no story", file=sys.stderr)
    return 0


# ---- comparing, explaining, judging
# -------------------------------------------------------------------------------------------------------


def diff(args: argparse.Namespace) -> int:
    """Show what became of the statements of one report in another."""
    with open_store(args) as store:
        before, after, found = Ledger(store).diff(args.before, args.after)
    if args.json:
        line({"from": before.report.id, "to": after.report.id, "changes": [told.change(one) for one in found]})
        return 0
    _print(f"from {short(before.report.id)}", before.report.outlet, before.report.title)
    _print(f"to   {short(after.report.id)}", after.report.outlet, after.report.title)
    for one in found:
        print()
        _print(one.shift.value.upper(), one.what)
        if one.before:
            _print(f"- {one.before.content}", one.before.voice.name, indent=2)
        if one.after:
            _print(f"+ {one.after.content}", one.after.voice.name, indent=2)
    if not found:
        print("nothing that was said changed")
    return 0


def why(args: argparse.Namespace) -> int:
    """Say why something derived is so."""
    with open_store(args) as store:
        ledger = Ledger(store)
        found = ledger.why(args.id)
        about: Claim | None = ledger.claim(args.id)
    if args.json:
        pairs = [told.why(one) for one in found]
        line({"id": args.id, "standing": told.standing(about.stands) if about and about.stands else None, "pairs": pairs})
        return 0
    if about and about.stands:
        _print(f"{about.id} is {about.stands.standing} since {_when(about.stands.since)}, because")
        for row in about.stands.rows:
            _print(_when(row.at), row.stance.value, row.statement, short(row.report), indent=2)
    for one in found:
        print()
        for member in (one.a, one.b):
            spans = ", ".join(f"{a}-{b}" for a, b in member.passage.spans)
            _print(short(member.item.id), member.item.outlet, f"{spans}: {member.passage.content}")
        _print(f"likelihood {one.likelihood:.2f}", "; ".join(f"{r.feature} {r.weight:+.1f}" for r in one.reasons[:6]), indent=2)
        for j in one.judgements:
            _print(f"{j.verdict} by {j.by}, {j.at[:16]}Z (judgement {j.id})", j.note, indent=2)
    if not found:
        print("one passage, nothing joined")
    return 0


_VERDICTS = {
    "same": ("statement", 2), "different": ("statement", 2), "unsure": ("statement", 2), "kept": ("promise", 1), "broken": ("promise", 1),
    "moved": ("promise", 1), "unknown": ("promise", 1), "answered": ("question", 1), "open": ("question", 1), "no": ("attribution", 1),
    "source": ("source", 1), "merge": ("story", 2), "move": ("story", 2), "apart": ("story", 1),
}  # fmt: skip
#: What verdicts take that are not of statements.
_TAKES = {"source": "a place and a name", "merge": "2 stories", "move": "a report and a story", "apart": "1 report"}


def judge(args: argparse.Namespace) -> int:
    """Record a decision, undo one, or list those that count."""
    by = args.by or getpass.getuser()
    with open_store(args) as store:
        ledger = Ledger(store)
        if args.list:
            with store.reading() as connection:
                rows = list(shelf.judgements(connection))
            for one in rows:
                record = {"id": one.id, "kind": one.kind, "verdict": one.verdict, "by": one.by, "at": one.at, "note": one.note,
                          "target": [[report, [list(s) for s in spans]] for report, spans in one.target]}  # fmt: skip
                line(record) if args.json else _print(str(one.id), one.kind, one.verdict, one.by, one.at[:16] + "Z",
                                                      " ".join(_called(name) for name, _ in one.target), one.note)  # fmt: skip
            return 0
        if args.verdict is None:
            raise InputError("give a verdict and what it is of: sagt judge same A B, sagt judge kept S; or --list")
        if args.verdict == "undo":
            if len(args.of) != 1 or not args.of[0].isdigit():
                raise InputError("give the number of a judgement: sagt judge undo 3; sagt judge --list shows them")
            ledger.undo(int(args.of[0]), by)
            say(args, f"judgement {args.of[0]} is undone")
            return 0
        kind, count = _VERDICTS[args.verdict]
        # Whoever speaks is named after the place.
        names, said = (args.of[:1], " ".join(args.of[1:])) if kind == "source" else (args.of, args.verdict)
        if len(names) != count or not said:
            takes = _TAKES.get(args.verdict) or many(count, "place" if kind == "attribution" else "statement")
            raise InputError(f"{args.verdict} takes {takes}, not {len(args.of)}")
        number = ledger.judge("claim" if args.claim and kind == "statement" else kind, said, names, by, args.note)
        story = _story_after(ledger, number) if kind == "story" else None
    if args.json:
        line({"id": number} | ({"story": story} if story else {}))
    say(args, f"judgement {number}: {args.verdict}, by {by}" + (f"; story {story}" if story else ""))
    return 0


def _called(name: str) -> str:
    """A report or a story, as short as a line needs it."""
    return short(name) if name.startswith("sha256:") else name


def _story_after(ledger: Ledger, number: int) -> str:
    """The story that a judgement left what it is of in."""
    name = next(one for one in ledger.judgements(kind="story") if one.id == number).target[0][0]
    return ledger.stories_of([ledger.store.find(name).seq])[0] if name.startswith("sha256:") else ledger.stories(name=name)[0].id
