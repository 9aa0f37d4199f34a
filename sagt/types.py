"""The records that sagt works with. Every offset counts Unicode code points of `Report.text`, half-open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Span(NamedTuple):
    """Characters `start` (inclusive) to `end` (exclusive) of a report's text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words themselves."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """True if at least one character is in both."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        """True if no character of `other` lies outside."""
        return self.start <= other.start and other.end <= self.end


Spans = tuple[Span, ...]


class Kind(StrEnum):
    """How the words are passed on."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


class Act(StrEnum):
    """What kind of saying it is (docs/model.md says how they are told apart)."""

    STATES = "states"
    ASKS = "asks"
    PROMISES = "promises"
    DENIES = "denies"
    CONFIRMS = "confirms"
    BELIEVES = "believes"
    INTENDS = "intends"
    WITHHOLDS = "withholds"
    UNCLEAR = "unclear"


class Role(StrEnum):
    """The place of a hand in the chain."""

    SPEAKER = "speaker"
    CARRIER = "carrier"
    OUTLET = "outlet"


class Status(StrEnum):
    """How a report stands with its publisher."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a report that could not be read, or was read with a doubt."""

    what: str  #: one sentence
    span: Span | None = None  #: where in the text, when it has a place there


@dataclass(frozen=True, slots=True)
class Report:
    """One item as an outlet published it, at one time. Immutable."""

    id: str  #: "sha256:" and the digest of the payload it was read from
    text: str  #: what all spans count in
    format: str = "text"  #: the standard it came in: text, html, …
    outlet: str | None = None  #: who published it, as the report or the caller names it
    agencies: tuple[str, ...] = ()  #: news agencies credited in it, in order
    url: str | None = None  #: canonical address
    language: str | None = None  #: ISO 639-1 (nb and nn apart); None if it can't be told
    title: str | None = None
    published: str | None = None  #: ISO 8601 with the offset that was given
    replaces: str | None = None  #: id of the report that this one is a new version of
    status: Status = Status.USABLE
    faults: tuple[Fault, ...] = ()
    name: str | None = None  #: what the caller calls it (a path); not part of its identity


@dataclass(frozen=True, slots=True)
class Link:
    """One hand that an attribution went through."""

    role: Role
    span: Span | None = None  #: where it is named; None for an outlet known from outside the text
    cue: Spans = ()  #: the words that make it a carrier ("ifølge")
    name: str | None = None  #: the words at `span`, or the outlet's name


@dataclass(frozen=True, slots=True)
class Attribution:
    """A place where a report passes on what somebody says, thinks, asks, promises, denies or withholds."""

    id: str  #: "a1", "a2", … in order of the text
    source: Spans  #: who it is passed on from; empty when nobody is named
    cue: Spans  #: the words of passing on; empty in a quotation that goes on, "Venstre: …"
    content: Spans  #: what is passed on
    kind: Kind
    act: Act
    confidence: float  #: 0 to 1: estimated chance that an annotator marks this attribution too
    found_by: str = "model"  #: the model, or the name of the rule
    inside: str | None = None  #: id of the attribution whose content this one stands in
    chain: tuple[Link, ...] = ()  #: from the speaker to the outlet


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read in one report."""

    report: Report
    attributions: tuple[Attribution, ...] = ()
    pack: str = ""  #: id of the pack that read it
    faults: tuple[Fault, ...] = field(default=())  #: what went wrong in reading, beside the report's own


def spans_of(pairs: Iterable[Iterable[int]]) -> Spans:
    """Spans from pairs of numbers, as they stand in JSON."""
    return tuple(Span(*pair) for pair in pairs)


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The same characters as sorted spans that do not touch."""
    held: Span | None = None
    for span in sorted(spans):
        if held is None:
            held = span
        elif span.start <= held.end:
            held = Span(held.start, max(held.end, span.end))
        else:
            yield held
            held = span
    if held is not None:
        yield held
