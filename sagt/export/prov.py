"""Where the words came from, as PROV-JSON (W3C's PROV data model).

Statements are attributed to their speakers. A report is quoted or derived from a statement, and derived from the report that it has it
from; a take is a revision of the one before. Hands are agents that a report was influenced by. That all this is so is sagt's reading."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import sagt
from sagt.export.extract import Extract
from sagt.export.hands import Edge, Kind, Node, Tie, graph
from sagt.export.lines import dumped

Record = dict[str, Any]
_ACTIVITY, _SOFTWARE = "sagt:reading", "sagt:software"


def write(extract: Extract) -> Iterator[bytes]:
    """The document. It is put together whole, since PROV-JSON sorts by kind."""
    document = _Document(extract)
    for thing in graph(extract):
        if isinstance(thing, Node):
            document.node(thing)
        else:
            document.edge(thing)
    yield f"{dumped(document.record)}\n".encode()


class _Document:
    """A PROV-JSON document as it grows."""

    def __init__(self, extract: Extract) -> None:
        names = extract.names
        self.record: dict[str, Record] = {
            "prefix": {
                "sagt": "urn:sagt:term:", "actor": "urn:sagt:actor:", "hand": "urn:sagt:hand:",
                "report": names.report("sha256:"), "statement": names.statement(""),
            },
            "agent": {_SOFTWARE: {"prov:type": _name("prov:SoftwareAgent"), "prov:label": f"sagt {sagt.__version__}"}},
            "activity": {_ACTIVITY: {"prov:label": extract.title, "prov:endTime": extract.stamp}},
            "wasAssociatedWith": {"_:a0": {"prov:activity": _ACTIVITY, "prov:agent": _SOFTWARE}},
        }  # fmt: skip
        self._numbers = itertools.count(1)

    def node(self, one: Node) -> None:
        facts: Record = {f"sagt:{key}": value for key, value in one.facts if key != "person"}
        if one.kind in (Kind.ACTOR, Kind.HAND):
            person = dict(one.facts).get("person") == 1
            facts["prov:type"] = _name("prov:Person" if person else "prov:Organization")
            self._put("agent", one.id, {"prov:label": one.label} | facts)
            return
        facts["prov:type"] = _name(f"sagt:{one.kind.value.capitalize()}")
        self._put("entity", one.id, {"prov:label": one.label} | facts)
        if one.kind is Kind.STATEMENT:
            self._relate("wasGeneratedBy", {"prov:entity": one.id, "prov:activity": _ACTIVITY})
        else:
            self._relate("used", {"prov:activity": _ACTIVITY, "prov:entity": one.id})

    def edge(self, one: Edge) -> None:
        if one.tie in (Tie.SAYS, Tie.PUBLISHES):
            self._relate("wasAttributedTo", {"prov:entity": one.end, "prov:agent": one.start})
        elif one.tie is Tie.PRINTS:
            self._derive(one.end, f"statement:{one.statement}", "prov:Quotation" if one.quoted else None)
            for hand in dict.fromkeys(one.through):
                self._relate("wasInfluencedBy", {"prov:influencee": one.end, "prov:influencer": hand})
        elif one.tie is Tie.RELAYS:
            self._derive(one.end, one.start, "prov:PrimarySource" if one.own_word else None, {"sagt:why": one.why} if one.why else {})
        elif one.tie is Tie.REPLACED:
            self._derive(one.end, one.start, "prov:Revision")

    def _derive(self, made: str, of: str, kind: str | None, facts: Record | None = None) -> None:
        told = {"prov:generatedEntity": made, "prov:usedEntity": of} | (facts or {})
        self._relate("wasDerivedFrom", told | ({"prov:type": _name(kind)} if kind else {}))

    def _relate(self, relation: str, facts: Record) -> None:
        self._put(relation, f"_:r{next(self._numbers)}", facts)

    def _put(self, section: str, id: str, facts: Record) -> None:
        self.record.setdefault(section, {})[id] = facts


def _name(qualified: str) -> Record:
    return {"$": qualified, "type": "prov:QUALIFIED_NAME"}
