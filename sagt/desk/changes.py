"""What changed in the record, a change at a time: reports that came, reports that were linked, judgements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy.engine import Connection

from sagt import shelf
from sagt.desk.service import Desk
from sagt.export import told
from sagt.shelf import Reached, Turn
from sagt.store import Store, Stored
from sagt.types import Report

Kind = Literal["report", "linked", "judgement"]
KINDS: tuple[Kind, ...] = ("report", "linked", "judgement")


@dataclass(frozen=True, slots=True)
class Changed:
    """A change as it is told, and how far whoever hears of it has come."""

    record: dict[str, Any]
    reached: Reached


def now(desk: Desk) -> Reached:
    """Where the record is at this moment."""
    mark = desk.mark()
    return Reached(mark.report, mark.linked, mark.judgement)


def changes(store: Store, after: Reached, limit: int) -> list[Changed]:
    """What changed after that, oldest first."""
    with store.reading() as connection:
        turns = shelf.turns(connection, after, limit)
        tell = _Telling(connection, turns, store.numbered({t.number for t in turns if t.kind != "judgement"}))
    return list(_followed(turns, tell, after))


def _followed(turns: Iterable[Turn], tell: _Telling, reached: Reached) -> Iterator[Changed]:
    for one in turns:
        reached = replace(reached, **{one.kind: one.number})
        yield Changed({"change": one.kind, "at": one.at} | tell.what(one), reached)


class _Telling:
    """What is told of changes, looked up for many at once."""

    def __init__(self, connection: Connection, turns: Iterable[Turn], reports: Iterable[Stored]) -> None:
        of = {kind: [one.number for one in turns if one.kind == kind] for kind in KINDS}
        self.reports = {one.seq: told_from(one.report) for one in reports}
        self.judged = {one.id: told.judgement(one, undoes) for one, undoes in shelf.judged_rows(connection, ids=of["judgement"])}
        self.stories = shelf.stories_of(connection, of["linked"])
        self.said: dict[int, dict[str, None]] = {seq: {} for seq in of["linked"]}
        for (seq, _), name in shelf.places(connection, of["linked"]).items():
            self.said[seq][name] = None
        names = {name for found in self.said.values() for name in found}
        self.claims = {row.id: row.claim for row in shelf.statements(connection, names)}

    def what(self, one: Turn) -> dict[str, Any]:
        """What changed, beside its kind and time."""
        if one.kind == "judgement":
            return {"judgement": self.judged[one.number]}
        if one.kind == "report":
            return {"report": self.reports[one.number]}
        names = list(self.said[one.number])
        claims = list(dict.fromkeys(self.claims[name] for name in names if name in self.claims))
        return {"report": self.reports[one.number], "story": self.stories.get(one.number), "statements": names, "claims": claims}


def told_from(one: Report) -> dict[str, Any]:
    """A report in short, as `sagt.export.told` has it."""
    return {"id": one.id, "outlet": one.outlet, "title": one.title, "published": one.published, "language": one.language,
            "status": one.status.value}  # fmt: skip
