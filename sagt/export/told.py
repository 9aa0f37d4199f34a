"""What the ledger tells as plain dicts, for JSON and for pages. Every moment is ISO 8601 in UTC; ids of reports are their digests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sagt import quotations
from sagt.ledger import Claim, Story
from sagt.linker import Why
from sagt.origins import Item, Member
from sagt.passages import Passage
from sagt.promises import Proposal
from sagt.retold import Change
from sagt.shelf import Judgement
from sagt.standing import Evidence, Stands, stance_of
from sagt.tellings import Statement


def moment(seconds: float | None) -> str | None:
    """A moment, as it is written."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def interval(pair: tuple[float, float] | None) -> dict[str, str | None] | None:
    """A half-open interval."""
    return None if pair is None else {"start": moment(pair[0]), "end": moment(pair[1])}


def statement(one: Statement, stands: Stands | None) -> dict[str, Any]:
    """A statement; `content` in the words of its first report."""
    due = next((m.passage.due for m in one.members if m.passage.due), None)
    return {
        "id": one.id, "claim": one.claim,
        "actor": asdict(one.actor) if one.actor else None,
        "act": one.act.value, "stance": stance_of(one.act, one.stance), "content": one.first.passage.content,
        "first": moment(one.first.item.at), "reports": [item.id for item in one.reports], "outlets": list(one.outlets),
        "origins": [
            {"root": o.root.item.id, "carrier": o.carrier, "reports": list(dict.fromkeys(m.item.id for m in o.members)), "why": list(o.why)}
            for o in one.origins
        ],
        "witnesses": list(one.witnesses), "summary": one.sentence,
        "standing": stands.standing.value if stands else None, "due": interval(due),
        "withdrawn": [
            {"report": by_seq(one, seq), "by": w.by, "why": w.why, "at": moment(w.at)} for seq, w in sorted((one.withdrawn or {}).items())
        ],
        "passages": [passage(m) for m in one.members],
    }  # fmt: skip


def by_seq(one: Statement, seq: int) -> str:
    """The id of a report of a statement."""
    return next(item.id for item in one.reports if item.seq == seq)


def passage(one: Member) -> dict[str, Any]:
    """One passage, with its place."""
    p = one.passage
    return {
        "report": one.item.id, "outlet": one.item.outlet, "published": one.item.published, "attribution": p.attribution,
        "content": p.content, "spans": [list(s) for s in p.spans], "source": p.voice.name, "quoted": p.quoted,
        "carriers": [c.name for c in p.carriers], "hedges": list(p.hedges), "language": p.language,
    }  # fmt: skip


def evidence(one: Evidence) -> dict[str, Any]:
    """A row that a standing rests on."""
    return {
        "at": moment(one.at), "stance": one.stance.value, "actor": one.actor, "statement": one.statement, "report": one.report,
        "concerned": one.concerned, "withdrawn": moment(one.until),
    }  # fmt: skip


def standing(one: Stands) -> dict[str, Any]:
    """A standing with its rows."""
    return {"standing": one.standing.value, "since": moment(one.since), "because": [evidence(row) for row in one.rows]}


def proposal(one: Proposal) -> dict[str, Any]:
    """What became of a promise."""
    return {
        "outcome": one.outcome.value, "score": round(one.score, 3), "why": one.why,
        "evidence": {"report": one.evidence.item.id, "words": one.evidence.passage.content,
                     "spans": [list(s) for s in one.evidence.passage.spans]} if one.evidence else None,
    }  # fmt: skip


def claim(one: Claim) -> dict[str, Any]:
    """A claim: how it stands and stood, its statements, and its quotations beside the first words that they can be checked against."""
    return {
        "id": one.id, **(standing(one.stands) if one.stands else {}), "history": [standing(state) for state in one.history],
        "statements": [statement(t.statement, t.stands) for t in one.told],
        "quotations": [found for t in one.told for found in quoted(t.statement.members)],
    }  # fmt: skip


def why(one: Why) -> dict[str, Any]:
    """A pair of passages that joins something, with what was compared and what people decided."""
    return {
        "a": passage(one.a), "b": passage(one.b), "likelihood": one.likelihood,
        "reasons": [{"feature": r.feature, "value": r.value, "weight": r.weight} for r in one.reasons],
        "judgements": [{"id": j.id, "verdict": j.verdict, "by": j.by, "at": j.at, "note": j.note} for j in one.judgements],
    }  # fmt: skip


def judgement(one: Judgement, undoes: int | None = None) -> dict[str, Any]:
    """A judgement; `undoes`: the number of the one that it takes back."""
    return {
        "id": one.id, "kind": one.kind, "verdict": one.verdict, "by": one.by, "at": one.at, "note": one.note,
        "target": [[report, [list(s) for s in spans]] for report, spans in one.target], "undoes": undoes,
    }  # fmt: skip


def story(one: Story) -> dict[str, Any]:
    """A story, in short."""
    return {
        "id": one.id, "title": one.title, "first": moment(one.first), "last": moment(one.last), "reports": list(one.reports),
        "outlets": list(one.outlets), "languages": list(one.languages),
    }  # fmt: skip


def change(one: Change) -> dict[str, Any]:
    """What became of a statement."""
    return {"change": one.shift.value, "what": one.what, "before": place(one.before), "after": place(one.after)}


def place(one: Passage | None) -> dict[str, Any] | None:
    """A passage of a report that is known from around it."""
    return None if one is None else {"words": one.content, "spans": [list(s) for s in one.spans], "source": one.voice.name}


def item(one: Item) -> dict[str, Any]:
    """A report, in short."""
    return {
        "id": one.id,
        "outlet": one.outlet,
        "title": one.title,
        "published": one.published,
        "language": one.language,
        "status": one.status,
    }


def quoted(members: Iterable[Member]) -> list[dict[str, Any]]:
    """Each quotation beside the first words that it can be checked against: the speaker's own, or else the first quotation."""
    return [
        {
            "report": one.quoted.item.id, "outlet": one.quoted.item.outlet, "words": one.quoted.passage.content, "of": one.primary.item.id,
            "said": one.primary.passage.content, "own word": one.primary.item.own is not None, "is": one.checked.fidelity.value,
            "changes": [list(pair) for pair in one.checked.changes],
        }
        for one in quotations.quoted(members)
    ]  # fmt: skip
