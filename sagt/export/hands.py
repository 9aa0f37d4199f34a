"""The graph of hands: who says what, through whom it came, which report has it from which. What GraphML and PROV are written from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from sagt.export.extract import Entry, Extract, once, web_address
from sagt.ledger import Told
from sagt.origins import Item, Member, Origin
from sagt.passages import Carrier, outlet_key
from sagt.standing import stance_of
from sagt.tellings import Statement


class Kind(StrEnum):
    """What a node is."""

    ACTOR = "actor"
    HAND = "hand"  #: an outlet or agency that published it, or that it came through
    STATEMENT = "statement"
    REPORT = "report"


class Tie(StrEnum):
    """What an edge says; it points the way that the words went."""

    SAYS = "says"  #: actor to statement
    THROUGH = "through"  #: statement to hand, or hand to hand
    PRINTS = "prints"  #: statement or hand to report
    RELAYS = "relays"  #: root of an origin to another report of it
    REPLACED = "replaced by"  #: report to the take after it
    PUBLISHES = "publishes"  #: hand to report


@dataclass(frozen=True, slots=True)
class Node:
    """Somebody or something. `id` is "kind:name", in letters and digits."""

    kind: Kind
    id: str
    label: str
    facts: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """That words went from one to the other."""

    tie: Tie
    start: str
    end: str
    statement: str = ""  #: id; "" where it is so whatever was said
    origin: int = 0  #: number of the origin within the statement, from 1
    quoted: bool = False  #: in the speaker's own words
    own_word: bool = False  #: from the speaker's own report
    why: str = ""
    through: tuple[str, ...] = ()  #: the hands on the way from the statement, where a report prints it


def graph(extract: Extract) -> Iterator[Node | Edge]:
    """All nodes and edges, each once. A node comes before the first edge at it, save that a take may replace a report that was not
    asked for, which then has no node and no edge."""
    seen: set[str] = set()
    replaced: list[tuple[str, str]] = []
    for part in once(extract.parts):
        found = [*_of_reports(part.entries), *(thing for told in part.told for thing in _of_statement(told))]
        for thing in found:
            key = thing.id if isinstance(thing, Node) else repr(thing)
            if key not in seen:
                seen.add(key)
                yield thing
        replaced += [(e.stored.report.replaces, e.stored.report.id) for e in part.entries if e.stored.report.replaces]
    for before, after in replaced:
        if report_id(before) in seen:
            yield Edge(Tie.REPLACED, report_id(before), report_id(after))


def report_id(id: str) -> str:
    """Name of the node of a report."""
    return f"report:{id.removeprefix('sha256:')}"


def _of_reports(entries: tuple[Entry, ...]) -> Iterator[Node | Edge]:
    for entry in entries:
        report = entry.stored.report
        facts = {"outlet": report.outlet, "published": report.published, "language": report.language, "url": web_address(report.url),
                 "status": report.status.value}  # fmt: skip
        yield from _report(report.id, report.title, facts)


def _of_item(item: Item) -> Iterator[Node | Edge]:
    facts = {
        "outlet": item.outlet,
        "published": item.published,
        "language": item.language,
        "url": web_address(item.url),
        "status": item.status,
    }
    yield from _report(item.id, item.title, facts)


def _report(id: str, title: str | None, facts: dict[str, str | None]) -> Iterator[Node | Edge]:
    yield Node(Kind.REPORT, report_id(id), title or facts["outlet"] or id, tuple((key, value) for key, value in facts.items() if value))
    if outlet := facts["outlet"]:
        hand = _hand(Carrier(outlet, outlet_key(outlet)))
        yield from (hand, Edge(Tie.PUBLISHES, hand.id, report_id(id)))


def _of_statement(told: Told) -> Iterator[Node | Edge]:
    one = told.statement
    for item in one.reports:
        yield from _of_item(item)
    node = _statement(told)
    yield node
    if one.actor is not None:
        person = any(member.passage.voice.person for member in one.members)
        facts = (("about", one.actor.about),) if one.actor.about else ()
        actor = Node(Kind.ACTOR, f"actor:{one.actor.id}", one.actor.name, (*facts, ("person", int(person))))
        yield from (actor, Edge(Tie.SAYS, actor.id, node.id, one.id))
    for number, origin in enumerate(one.origins, 1):
        for member in origin.members:
            yield from _way(one, origin, number, member)


def _statement(told: Told) -> Node:
    one = told.statement
    facts: dict[str, str | int | None] = {
        "claim": one.claim, "act": one.act.value, "stance": stance_of(one.act, one.stance),
        "standing": told.stands.standing.value if told.stands else None, "origins": len(one.origins), "reports": len(one.reports),
        "language": one.first.passage.language,
    }  # fmt: skip
    return Node(Kind.STATEMENT, f"statement:{one.id}", one.first.passage.content, tuple((k, v) for k, v in facts.items() if v is not None))


def _way(one: Statement, origin: Origin, number: int, member: Member) -> Iterator[Node | Edge]:
    """From the statement through the hands that a passage names to its report; from the root of its origin where it names none."""
    end = report_id(member.item.id)
    hands = [_hand(carrier) for carrier in member.passage.carriers]
    yield from hands
    quoted = member.passage.quoted
    if hands or member is origin.root:
        way = [f"statement:{one.id}", *(hand.id for hand in hands)]
        yield from (Edge(Tie.THROUGH, start, to, one.id, number) for start, to in pairwise(way) if start != to)
        yield Edge(Tie.PRINTS, way[-1], end, one.id, number, quoted, through=tuple(way[1:]))
    if member.item.seq != origin.root.item.seq:
        why = origin.why[origin.members.index(member) - 1]
        root = report_id(origin.root.item.id)
        yield Edge(Tie.RELAYS, root, end, one.id, number, quoted, origin.root.item.own is not None, why)


def _hand(one: Carrier) -> Node:
    digest = hashlib.blake2b((one.key or one.name).encode("utf-8", "replace"), digest_size=6).hexdigest()
    return Node(Kind.HAND, f"hand:{digest}", one.name)
