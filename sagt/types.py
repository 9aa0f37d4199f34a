"""The records that sagt works with. Every offset counts Unicode code points of `Report.text`, half-open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
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


class Wording(NamedTuple):
    """Words whose meaning is asked, and the text in whose light they are to be understood: characters `start` to `end` of `text`."""

    text: str
    start: int
    end: int

    @classmethod
    def whole(cls, text: str) -> Wording:
        """A text that is asked about as a whole."""
        return cls(text, 0, len(text))


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


class ActorKind(StrEnum):
    """What an actor is."""

    PERSON = "person"
    ORGANISATION = "organisation"
    GROUP = "group"
    DOCUMENT = "document"
    PLACE = "place"


class SourceClass(StrEnum):
    """What an actor is worth as a source."""

    NAMED_PERSON = "named person"
    UNNAMED_PERSON = "unnamed person"
    OFFICIAL_BODY = "official body"
    ORGANISATION = "organisation"
    DOCUMENT = "document"
    ACCOUNT = "social-media account"
    CROWD = "crowd"


class MediumType(StrEnum):
    """By what means something was said."""

    PHONE_CALL = "phone call"
    INTERVIEW = "interview"
    PRESS_CONFERENCE = "press conference"
    SPEECH = "speech"
    PARLIAMENT = "parliament"
    SOCIAL_POST = "social post"
    WRITTEN_STATEMENT = "written statement"
    PRESS_RELEASE = "press release"
    LETTER = "letter"
    REPORT = "report"
    COURT_DOCUMENT = "court document"
    LEAKED_DOCUMENT = "leaked document"
    EMAIL = "e-mail"
    BROADCAST = "broadcast"


class TimeType(StrEnum):
    """The types of TimeML's TIMEX3."""

    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    SET = "set"


class Grain(StrEnum):
    """How finely a time is told."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    PART_OF_DAY = "part of day"
    DAY = "day"
    WEEKEND = "weekend"
    PART_OF_WEEK = "part of week"
    WEEK = "week"
    PART_OF_MONTH = "part of month"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    PART_OF_YEAR = "part of year"
    YEAR = "year"
    PART_OF_DECADE = "part of decade"
    DECADE = "decade"
    CENTURY = "century"


class PromiseKind(StrEnum):
    """What kind of looking ahead."""

    PROMISE = "promise"
    INTENTION = "intention"
    DEMAND = "demand"
    ANNOUNCEMENT = "announcement"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a report that could not be read, or was read with a doubt."""

    what: str  #: one sentence
    span: Span | None = None  #: where in the text, when it has a place there
    ours: bool = False  #: by an error of sagt itself: nothing of the report was read, or nothing of it linked


class StampKind(StrEnum):
    """Of what an item's date is the date."""

    PUBLISHED = "published"  #: of this version
    CREATED = "created"  #: of the first version
    UPDATED = "updated"
    CONTENT_CREATED = "content created"
    SENT = "sent"
    EMBARGOED = "embargoed"  #: not to be published before
    EXPIRES = "expires"


class SignalKind(StrEnum):
    """What a take says of itself."""

    UPDATE = "update"
    CORRECTION = "correction"
    KILL = "kill"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date as an item gives it."""

    kind: StampKind
    original: str  #: as it stands in the payload
    instant: datetime | None = None  #: UTC; None if it can't be understood, or its zone is not known
    local: str | None = None  #: ISO 8601 in its own clock, with the offset if that is known
    zone: str | None = None  #: IANA name, "UTC", or an offset such as "+01:00"
    why: str = ""  #: where the zone comes from


@dataclass(frozen=True, slots=True)
class Signal:
    """That a report is a new version, a correction, a kill or a repeat, and the marks that say so."""

    kind: SignalKind
    evidence: tuple[str, ...]  #: each as it stands: "slug: USA (NY)", "edStat:C", …


@dataclass(frozen=True, slots=True)
class Subject:
    """What an item is about, as the outlet codes it."""

    code: str | None  #: "medtop:20000593" (IPTC Media Topics), "subj:16000000" (older IPTC codes), or the outlet's own
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Where a stretch of the text stands in the payload."""

    span: Span
    path: str  #: an XPath, a JSON pointer, or the name of a field; marks of an HTML fragment follow after "!"


@dataclass(frozen=True, slots=True)
class Item:
    """What the envelope of an item says: the outlet's own names and marks for it."""

    guid: str | None = None  #: what the outlet calls it; in most formats the same for all its versions
    version: str | None = None
    ids: tuple[str, ...] = ()  #: other names that the outlet has for it
    replaces: tuple[str, ...] = ()  #: the outlet's names of the versions before it, newest first
    signal: Signal | None = None
    slug: str | None = None
    section: str | None = None
    byline: str | None = None
    credit: str | None = None  #: "/ritzau/", "Via Ritzau", "Reuters", as it stands
    origin: str | None = None  #: whom the item names as its source: RSS <source>, infoSource
    dateline: str | None = None
    note: str | None = None  #: to the editors
    embargo: str | None = None  #: ISO 8601
    urgency: int | None = None  #: 1 most, 9 least
    subjects: tuple[Subject, ...] = ()
    stamps: tuple[Stamp, ...] = ()


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
    zone: str | None = None  #: IANA name of the zone that its clock runs in, where the caller says so
    replaces: str | None = None  #: the version before this one: the id of its report where a store knows it, else the outlet's name for it
    status: Status = Status.USABLE
    faults: tuple[Fault, ...] = ()
    name: str | None = None  #: what the caller calls it (a path); not part of its identity
    item: Item = Item()
    parts: tuple[Part, ...] = ()  #: where the text stands in the payload; empty where the payload is the text, and for pages


@dataclass(frozen=True, slots=True)
class Link:
    """One hand that an attribution went through."""

    role: Role
    span: Span | None = None  #: where it is named; None for an outlet known from outside the text
    cue: Spans = ()  #: the words that make it a carrier ("ifølge")
    name: str | None = None  #: the actor's name, the words at `span`, or the outlet's name
    actor: str | None = None  #: id of the actor
    why: str = ""  #: where it is not plain from `cue`


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a report names an actor, or points at it."""

    span: Span
    why: str  #: why it is this actor: "name", "surname of Karen Holt, par. 1", …


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, organisation, office, group, document or place of one report."""

    id: str  #: "p1" person, "o1" organisation, "g1" group, "d1" document, "l1" place; in order of the text
    kind: ActorKind
    name: str  #: the fullest name in the report; of the unnamed, the words as they stand
    source_class: SourceClass | None = None  #: None for places
    roles: tuple[str, ...] = ()  #: what the report says they are ("borgmester i Vesterlund", "37-årig")
    mentions: tuple[Mention, ...] = ()
    speaks_for: str | None = None  #: id of the actor whose spokesman or office this is


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is behind a source."""

    actor: str | None  #: id; None if unknown, or if nothing decides between `candidates`
    name: str | None
    why: str
    candidates: tuple[str, ...] = ()  #: ids that fit equally well


@dataclass(frozen=True, slots=True)
class Medium:
    """By what means something was said."""

    type: MediumType
    span: Span
    platform: str | None = None  #: of a post


@dataclass(frozen=True, slots=True)
class Time:
    """A time expression, and the half-open interval that it names.

    Words such as since, until, by, before say how something lies to that interval (`relation`); they do not change it.
    A duration or a set ("i to år", "every day") has no interval."""

    span: Span
    type: TimeType
    value: str  #: as in TimeML: "2026-03-02TEV", "2026-W10", "P2Y", "PAST_REF"
    grain: Grain | None = None
    start: datetime | None = None  #: with zone
    end: datetime | None = None
    zone: str | None = None  #: IANA
    relation: str | None = None  #: "since", "until", "by", "before", "after"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """That an attribution answers another."""

    to: str  #: id of the attribution that is answered
    why: str


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
    speaker: Speaker | None = None
    medium: Medium | None = None
    said: Time | None = None  #: when it was said
    due: Time | None = None  #: when what is promised, planned, asked or announced is to happen
    answers: Answer | None = None
    hedges: Spans = ()  #: words that take something back: "umiddelbart", "angiveligt", "may have"
    negated: bool = False  #: the cue itself is denied: "har ikke sagt"


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that somebody promises, plans, asks for or announces."""

    id: str  #: "c1", … (commitment)
    kind: PromiseKind
    attribution: str | None  #: id; None when the report itself announces
    actor: str | None  #: id of who is to keep it, as far as the report says
    what: Spans
    due: Time | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a report says is not known."""

    id: str  #: "q1", …
    cue: Spans
    asks: Spans
    attribution: str | None = None  #: id, where it is an attribution too


@dataclass(frozen=True, slots=True)
class Event:
    """A reported happening with a time or a place."""

    span: Span
    time: int | None  #: index into the reading's times
    place: str | None  #: id of an actor
    participants: tuple[str, ...]  #: ids of actors
    on_word_of: str  #: "narrator", or the id of the attribution in whose content it stands


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read in one report."""

    report: Report
    attributions: tuple[Attribution, ...] = ()
    pack: str = ""  #: id of the pack that read it
    faults: tuple[Fault, ...] = field(default=())  #: what went wrong in reading, beside the report's own
    actors: tuple[Actor, ...] = ()
    times: tuple[Time, ...] = ()
    promises: tuple[Promise, ...] = ()
    questions: tuple[Question, ...] = ()
    events: tuple[Event, ...] = ()


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
