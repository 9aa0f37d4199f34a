"""How a claim stands at a moment: a fold over dated evidence. Pure.

The first that fits: withdrawn, disputed, denied, confirmed, corroborated, unconfirmed, single origin, open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sagt.passages import Stance
from sagt.types import Act


class Standing(StrEnum):
    """How a claim stands."""

    WITHDRAWN = "withdrawn"  #: what it rested on was killed or corrected away, or its speaker took it back
    DISPUTED = "disputed"  #: denied, and asserted by two or more origins, or confirmed by one party
    DENIED = "denied"  #: somebody denies what one origin asserts
    CONFIRMED = "confirmed"  #: the party concerned says so, too, after others said it
    CORROBORATED = "corroborated"  #: two or more independent origins
    UNCONFIRMED = "unconfirmed"  #: a party was asked or spoke, and has not confirmed
    SINGLE = "single origin"
    OPEN = "open"  #: nobody asserts it


@dataclass(frozen=True, slots=True)
class Evidence:
    """One actor's stance to a claim, as one origin brought it."""

    at: float  #: when the first report of it was published
    stance: Stance
    actor: str  #: id
    statement: str  #: id
    origin: int  #: its number within the statement
    report: str  #: id of the root
    concerned: bool = False  #: the claim, as others put it, names this actor
    until: float | None = None  #: when what it rested on was withdrawn
    hand: str = ""  #: who heard it first; "" where it is the actor's own word

    @property
    def way(self) -> tuple[str, str | int]:
        """One witness through one first carrier: whatever else came that way is no further origin."""
        return (self.actor, self.hand) if self.actor and self.hand else (self.statement, self.origin)


@dataclass(frozen=True, slots=True)
class Stands:
    """How a claim stands, and the evidence that makes it so."""

    standing: Standing
    since: float
    rows: tuple[Evidence, ...]


def standing(evidence: Iterable[Evidence], at: float | None = None) -> Stands | None:
    """How a claim stood at a moment (now, without one), by what had been published by then; None before anything was."""
    rows = sorted((e for e in evidence if at is None or e.at <= at), key=_order)
    if not rows:
        return None
    changes = sorted({e.at for e in rows} | {e.until for e in rows if e.until is not None and (at is None or e.until <= at)})
    found = _fold(rows, changes[-1])
    since = changes[-1]
    for moment in reversed(changes):
        if _fold([e for e in rows if e.at <= moment], moment)[0] is not found[0]:
            break
        since = moment
    return Stands(found[0], since, tuple(found[1]))


def history(evidence: Iterable[Evidence]) -> list[Stands]:
    """Every change of a claim's standing, in order of time."""
    rows = sorted(evidence, key=_order)
    out: list[Stands] = []
    for moment in sorted({e.at for e in rows} | {e.until for e in rows if e.until is not None}):
        kind, because = _fold([e for e in rows if e.at <= moment], moment)
        if not out or out[-1].standing is not kind:
            out.append(Stands(kind, moment, tuple(because)))
    return out


def _order(one: Evidence) -> tuple[float, str, int]:
    return one.at, one.statement, one.origin


def _fold(rows: Sequence[Evidence], moment: float) -> tuple[Standing, list[Evidence]]:
    gone = [e for e in rows if e.until is not None and e.until <= moment]
    rows = [e for e in rows if e not in gone]
    asserts = [e for e in rows if e.stance in (Stance.ASSERTS, Stance.CONFIRMS)]
    denies = [e for e in rows if e.stance is Stance.DENIES]
    taken_back = {e.actor for e in denies if e.actor and any(a.actor == e.actor and a.at < e.at for a in asserts)}
    backed_out = [e for e in asserts if e.actor in taken_back]
    asserts = [e for e in asserts if e not in backed_out]
    if not asserts and (backed_out or any(e.stance is Stance.ASSERTS for e in gone)):
        return Standing.WITHDRAWN, backed_out + gone + [e for e in denies if e.actor in taken_back]
    first = asserts[0] if asserts else None
    confirms = [e for e in asserts if first and e.actor != first.actor and (e.stance is Stance.CONFIRMS or e.concerned)]
    origins = {e.way for e in asserts}
    if denies and asserts:
        disputed = len(origins) > 1 or bool(confirms)
        return (Standing.DISPUTED if disputed else Standing.DENIED), asserts + denies
    if denies:
        return Standing.DENIED, denies
    if confirms:
        return Standing.CONFIRMED, asserts[:1] + confirms
    if len(origins) > 1:
        return Standing.CORROBORATED, asserts
    withheld = [e for e in rows if e.stance is Stance.WITHHOLDS]
    if withheld:
        return Standing.UNCONFIRMED, asserts + withheld
    return (Standing.SINGLE, asserts) if asserts else (Standing.OPEN, list(rows))


def stance_of(act: Act, stance: Stance) -> str:
    """The word for a stance that users see: a promise is one."""
    return "promises" if act is Act.PROMISES else stance.value
