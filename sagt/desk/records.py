"""What the API answers with, as types: the records of `sagt.export.told` and `sagt.export.json`, from which its OpenAPI is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from sagt.desk.problems import Problem as Problem
from sagt.diff import Change as Edit
from sagt.passages import Stance as PassageStance
from sagt.promises import Outcome
from sagt.quotations import Fidelity
from sagt.retold import Shift
from sagt.standing import Standing as StandingName
from sagt.types import Act, ActorKind, Grain, Kind, MediumType, PromiseKind, Role, SignalKind, SourceClass, StampKind, Status, TimeType

#: [start, end): code points of the report's text.
Pair = Annotated[list[int], Field(min_length=2, max_length=2)]
#: ISO 8601, as the report or the store writes it.
Moment = str
Stance = Literal["asserts", "denies", "withholds", "asks", "confirms", "open", "promises"]
exact = with_config(ConfigDict(extra="forbid"))

# ---- a report and its reading (sagt.export.json) --------------------------------------------------------------------------------------


@exact
class Fault(TypedDict):
    """Something that could not be read, or was read with a doubt."""

    what: str
    span: Pair | None


@exact
class Signal(TypedDict):
    """What a take says of itself, and the marks that say so."""

    kind: SignalKind
    evidence: list[str]


@exact
class Subject(TypedDict):
    """What an item is about, as the outlet codes it."""

    code: str | None
    name: str | None


@exact
class Stamp(TypedDict):
    """A date as an item gives it."""

    kind: StampKind
    original: str
    instant: Moment | None
    local: str | None
    zone: str | None
    why: str


@exact
class Item(TypedDict):
    """What the envelope of an item says."""

    guid: str | None
    version: str | None
    ids: list[str]
    replaces: list[str]
    signal: Signal | None
    slug: str | None
    section: str | None
    byline: str | None
    credit: str | None
    origin: str | None
    dateline: str | None
    note: str | None
    embargo: str | None
    urgency: int | None
    subjects: list[Subject]
    dates: list[Stamp]


@exact
class Report(TypedDict):
    """One item as an outlet published it."""

    id: str
    format: str
    name: str | None
    outlet: str | None
    agencies: list[str]
    url: str | None
    language: str | None
    title: str | None
    published: Moment | None
    zone: str | None
    replaces: str | None
    status: Status
    item: Item
    text: str
    parts: list[Annotated[list[int | str], Field(min_length=3, max_length=3)]]
    faults: list[Fault]


@exact
class Hand(TypedDict):
    """One hand that an attribution went through."""

    role: Role
    actor: str | None
    span: Pair | None
    cue: NotRequired[list[Pair]]
    why: NotRequired[str]
    name: str | None


@exact
class Speaker(TypedDict):
    """Who is behind a source."""

    actor: str | None
    name: str | None
    why: str
    candidates: NotRequired[list[str]]


@exact
class Medium(TypedDict):
    """By what means something was said."""

    type: MediumType
    span: Pair
    platform: NotRequired[str]


@exact
class When(TypedDict):
    """A half-open interval, and the words that name it."""

    span: Pair
    start: Moment | None
    end: Moment | None
    zone: str | None
    grain: Grain | None
    relation: str | None
    why: str


@exact
class Time(When):
    """A time expression."""

    type: TimeType
    value: str


@exact
class Reply(TypedDict):
    """That an attribution answers another."""

    to: str
    why: str


@exact
class Attribution(TypedDict):
    """A place where a report passes on what somebody says."""

    id: str
    source: list[Pair]
    cue: list[Pair]
    content: list[Pair]
    kind: Kind
    act: Act
    inside: str | None
    negated: bool
    hedges: list[Pair]
    chain: list[Hand]
    speaker: Speaker | None
    medium: Medium | None
    said: When | None
    due: When | None
    answers: Reply | None
    confidence: float
    found_by: str


@exact
class Joined(TypedDict):
    """A mention, and why it is of this actor."""

    span: Pair
    why: str


LocalActor = TypedDict(
    "LocalActor",
    {
        "id": str,
        "kind": ActorKind,
        "class": SourceClass | None,
        "name": str,
        "roles": list[str],
        "mentions": list[Pair],
        "joins": list[Joined],
        "speaks_for": str | None,
    },
)
exact(LocalActor)


@exact
class Event(TypedDict):
    """A reported happening."""

    span: Pair
    time: int | None
    place: str | None
    participants: list[str]
    on_word_of: str


@exact
class LocalPromise(TypedDict):
    """Something that somebody promises, plans, asks for or announces in a report."""

    id: str
    kind: PromiseKind
    attribution: str | None
    actor: str | None
    what: list[Pair]
    due: When | None


@exact
class LocalQuestion(TypedDict):
    """Something that a report says is not known."""

    id: str
    cue: list[Pair]
    asks: list[Pair]
    attribution: str | None


@exact
class Reading(TypedDict):
    """All that was read in one report; what `sagt read --json` prints."""

    report: Report
    attributions: list[Attribution]
    actors: list[LocalActor]
    times: list[Time]
    events: list[Event]
    promises: list[LocalPromise]
    questions: list[LocalQuestion]
    pack: str


@exact
class Kept(TypedDict):
    """How the store holds a report."""

    number: int
    received: Moment
    received_from: str | None
    takes: list[str]


@exact
class StoredReading(Reading):
    """A reading with what the store knows; `pack` is empty until the report is read."""

    store: Kept


@exact
class Hit(TypedDict):
    """A report found; `seq` is the order of arrival."""

    seq: int
    id: str
    title: str | None
    outlet: str | None
    agencies: list[str]
    language: str | None
    published: Moment | None
    received: Moment
    status: Status
    signal: SignalKind | None
    url: str | None
    snippet: str


@exact
class Handed(TypedDict):
    """What became of one item that was handed in. `reading` is null for what could not be read, or is not read yet."""

    id: str
    outcome: Literal["read", "stored", "known", "fault"]
    title: str | None
    fault: str | None
    reading: Reading | None


# ---- over all reports (sagt.export.told) ----------------------------------------------------------------------------------------------


@exact
class Actor(TypedDict):
    """An actor across reports. `entity`: what it is in the gazetteer, whose names are all its names."""

    id: str
    name: str
    about: str
    entity: str | None


@exact
class ReportInShort(TypedDict):
    """A report, in short."""

    id: str
    outlet: str | None
    title: str | None
    published: Moment | None
    language: str | None
    status: Status


@exact
class Interval(TypedDict):
    """Half-open, UTC."""

    start: Moment
    end: Moment


@exact
class Origin(TypedDict):
    """One independent way by which a statement reached print; `why` has a reason for each report but the root."""

    root: str
    carrier: str | None
    reports: list[str]
    why: list[str]


@exact
class Withdrawal(TypedDict):
    """That a report no longer stands."""

    report: str
    by: str
    why: str
    at: Moment


@exact
class Passage(TypedDict):
    """One passage, with its place."""

    report: str
    outlet: str | None
    published: Moment | None
    attribution: str
    content: str
    spans: list[Pair]
    source: str | None
    quoted: bool
    carriers: list[str]
    hedges: list[str]
    language: str | None


@exact
class Statement(TypedDict):
    """What one actor says once, in however many reports it is passed on."""

    id: str
    claim: str
    actor: Actor | None
    act: Act
    stance: Stance
    content: str
    first: Moment
    reports: list[str]
    outlets: list[str]
    origins: list[Origin]
    witnesses: list[str]
    summary: str
    standing: StandingName | None
    due: Interval | None
    withdrawn: list[Withdrawal]
    passages: list[Passage]


@exact
class Evidence(TypedDict):
    """A row that a standing rests on; `actor` is empty where nobody is named."""

    at: Moment
    stance: PassageStance
    actor: str
    statement: str
    report: str
    concerned: bool
    withdrawn: Moment | None


@exact
class Standing(TypedDict):
    """How a claim stood from a moment on, and the rows that make it so."""

    standing: StandingName
    since: Moment
    because: list[Evidence]


Quotation = TypedDict(
    "Quotation",
    {
        "report": str,
        "outlet": str | None,
        "words": str,
        "of": str,
        "said": str,
        "own word": bool,
        "is": Fidelity,
        "changes": list[Annotated[list[str], Field(min_length=2, max_length=2)]],
    },
)
exact(Quotation)


@exact
class Claim(TypedDict):
    """What is said, by whichever actors, and how it stood when."""

    id: str
    standing: NotRequired[StandingName]
    since: NotRequired[Moment]
    because: NotRequired[list[Evidence]]
    history: list[Standing]
    statements: list[Statement]
    quotations: list[Quotation]


@exact
class Origins(TypedDict):
    """By how many independent ways a statement reached print."""

    id: str
    summary: str
    origins: list[Origin]


@exact
class Place(TypedDict):
    """Words of a report."""

    report: str
    words: str
    spans: list[Pair]


@exact
class Proposal(TypedDict):
    """What became of a promise, or what answers a question."""

    outcome: Outcome
    score: float
    why: str
    evidence: Place | None


@exact
class Promise(Statement):
    """A statement that promises, plans or announces, and what became of it."""

    outcome: Outcome
    score: float
    why: str
    evidence: Place | None


@exact
class Question(Statement):
    """What reports say is not known, with the later sentence that answers it."""

    answer: Proposal | None


@exact
class Story(TypedDict):
    """Reports on one course of events."""

    id: str
    title: str
    first: Moment
    last: Moment
    reports: list[str]
    outlets: list[str]
    languages: list[str]


@exact
class Judged(TypedDict):
    """A judgement that joins or parts two passages."""

    id: int
    verdict: str
    by: str
    at: Moment
    note: str | None


@exact
class Judgement(Judged):
    """A decision of somebody. `target`: places in reports, each a report and its spans; of stories, stories and reports, without spans.
    `undoes`: the judgement that this row undoes."""

    kind: str
    target: list[Annotated[list[str | list[Pair]], Field(min_length=2, max_length=2)]]
    undoes: int | None


@exact
class Reason(TypedDict):
    """What was compared, and what it counts for."""

    feature: str
    value: float
    weight: float


@exact
class Joint(TypedDict):
    """Two passages that are held to be one, and why."""

    a: Passage
    b: Passage
    likelihood: float
    reasons: list[Reason]
    judgements: list[Judged]


@exact
class Why(TypedDict):
    """Why something derived is so."""

    id: str
    standing: Standing | None
    pairs: list[Joint]


@exact
class Words(TypedDict):
    """Words of a report that is known from around it."""

    words: str
    spans: list[Pair]
    source: str | None


@exact
class StatementChange(TypedDict):
    """What became of a statement."""

    change: Shift
    what: str
    before: Words | None
    after: Words | None


@exact
class SentenceChange(TypedDict):
    """What became of a sentence."""

    change: Edit
    words: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    before: str | None
    before_span: Pair | None
    after: str | None
    after_span: Pair | None


Diff = TypedDict("Diff", {"from": str, "to": str, "changes": list[StatementChange], "sentences": list[SentenceChange]})
exact(Diff)


# ---- what only the API has ------------------------------------------------------------------------------------------------------------


@exact
class Said(TypedDict):
    """An attribution, the words at its source, cue and content, and its report."""

    report: ReportInShort
    attribution: Attribution
    source: str
    cue: str
    content: str


@exact
class Counted(TypedDict):
    """A name that statements are by; `key` is the name as it is looked up."""

    key: str
    name: str
    statements: int
    first: Moment
    last: Moment


@exact
class ReportCame(TypedDict):
    """A report came."""

    change: Literal["report"]
    at: Moment
    report: ReportInShort


@exact
class ReportLinked(TypedDict):
    """A report was read and linked: to these statements and claims, in this story."""

    change: Literal["linked"]
    at: Moment
    report: ReportInShort
    story: str | None
    statements: list[str]
    claims: list[str]


@exact
class SomebodyJudged(TypedDict):
    """Somebody judged, or undid a judgement."""

    change: Literal["judgement"]
    at: Moment
    judgement: Judgement


Change = ReportCame | ReportLinked | SomebodyJudged


@exact
class Hook(TypedDict):
    """A webhook. `problem`: why the last delivery failed; `failures`: in a row."""

    id: int
    url: str
    events: list[Literal["report", "linked", "judgement"]]
    created_by: str
    created: Moment
    failures: int
    problem: str | None
    disabled: bool


@exact
class NewHook(Hook):
    """A webhook just made, with the secret that signs what it is sent. It is shown this once."""

    secret: str


@exact
class Items(TypedDict):
    """What became of each item of a payload."""

    data: list[Handed]


@exact
class Hooks(TypedDict):
    """All webhooks."""

    data: list[Hook]


@exact
class Changes(TypedDict):
    """Changes, oldest first. `next`: cursor to ask with again; `now`: where the record is at this moment."""

    data: list[Change]
    next: str
    now: str


def page(name: str, of: Any) -> Any:
    """The type of a page of these records. `next`: cursor of the next page; null at the end."""
    made = TypedDict(name, {"data": list[of], "next": str | None})  # type: ignore[misc]  # noqa: UP013
    return exact(made)
