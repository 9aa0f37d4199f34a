"""Reports for other newsroom systems: a list of ninjs 3.1 items, each with its record in an object of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sagt.export import ninjs
from sagt.export.extract import Extract, Part
from sagt.export.lines import array
from sagt.ledger import Told


def write(extract: Extract) -> Iterator[bytes]:
    """The list."""
    yield from array("", (item for part in extract.parts for item in _items(part)), "")


def _items(part: Part) -> Iterator[dict[str, Any]]:
    told = {one.statement.id: one for one in part.told}
    for entry in part.entries:
        names = dict.fromkeys(name for name in entry.statements.values() if name in told)
        passages = {place: name for place, name in entry.statements.items() if name in names}
        yield ninjs.with_record(entry.reading, passages, (_statement(told[name]) for name in names))


def _statement(told: Told) -> dict[str, Any]:
    one = told.statement
    return {
        "id": one.id, "claim": one.claim, "actor": one.actor.name if one.actor else None, "act": one.act.value,
        "standing": told.stands.standing.value if told.stands else None, "origins": len(one.origins), "reports": len(one.reports),
        "summary": one.sentence,
    }  # fmt: skip
