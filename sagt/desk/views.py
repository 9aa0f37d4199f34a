"""What the board's pages show, put together from what the ledger tells. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import SequenceMatcher

from sagt import quotations, standing, tellings, words
from sagt.desk.graphs import Event, Line, Sign, line
from sagt.export.reasons import in_words
from sagt.ledger import Story, Told
from sagt.link import QUOTED_RUN, Reason
from sagt.origins import Item, Member
from sagt.passages import Passage, Stance
from sagt.promises import Outcome, Proposal
from sagt.quotations import Checked
from sagt.shelf import Judgement
from sagt.standing import Evidence, Standing, Stands, stance_of
from sagt.tellings import ActorName, Statement

#: Stances that assert what a claim says.
ASSERTING = (Stance.ASSERTS, Stance.CONFIRMS)
#: Share of the shorter passage's words that another has, from which they are told in nearly the same words.
ALIKE = 0.5
#: Parties that are shown side by side.
MOST_PARTIES = 6
Pair = tuple[Told, Proposal]

# ---- claims ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """What a party says to a claim."""

    stance: str  #: as users see it
    told: Told


@dataclass(frozen=True, slots=True)
class Card:
    """A claim as the board shows it."""

    id: str
    told: tuple[Told, ...]  #: its statements, in order of time
    stands: Stands | None
    ways: int  #: independent origins that assert it; where nobody does, those that brought it
    carriers: tuple[str, ...]  #: who heard it first; "" for the speaker's own word
    reports: tuple[Item, ...]
    history: tuple[Stands, ...]

    @property
    def lead(self) -> Statement:
        """The statement that says best what is claimed: the first that asserts it."""
        return min((t.statement for t in self.told), key=lambda s: (s.stance not in ASSERTING, s.first.item.at, s.id))

    @property
    def asserted(self) -> bool:
        """Whether anybody asserts it."""
        return any(t.statement.stance in ASSERTING for t in self.told)

    @property
    def alone(self) -> bool:
        """Whether it is asserted, and rests on one origin only."""
        return self.asserted and self.ways == 1 and self.standing is not Standing.WITHDRAWN

    @property
    def standing(self) -> Standing | None:
        """How it stands."""
        return self.stands.standing if self.stands else None

    @property
    def outlets(self) -> tuple[str, ...]:
        """The outlets of its reports, each once."""
        return tuple(dict.fromkeys(item.outlet or "-" for item in self.reports))

    @property
    def said(self) -> tuple[Said, ...]:
        """Who takes which stance to it, each once."""
        found = {(t.statement.actor.id if t.statement.actor else t.statement.id, stance(t.statement)): t for t in self.told}
        return tuple(Said(taken, told) for (_, taken), told in found.items())

    @property
    def since(self) -> float:
        """When it last changed how it stands."""
        return self.stands.since if self.stands else self.lead.first.item.at


def stance(one: Statement) -> str:
    """The word for how a statement stands to its claim."""
    return stance_of(one.act, one.stance)


def cards(told: Iterable[Told]) -> list[Card]:
    """The claims that statements are of, those in most reports first."""
    groups: dict[str, list[Told]] = {}
    for one in told:
        groups.setdefault(one.statement.claim, []).append(one)
    return sorted((card(group) for group in groups.values()), key=lambda c: (not c.asserted, -len(c.reports), -c.lead.first.item.at, c.id))


def card(group: Sequence[Told]) -> Card:
    """One claim by its statements."""
    statements = [t.statement for t in group]
    rows = tellings.evidence(statements, group[0].gone)
    asserting = [e for e in rows if e.stance in ASSERTING and e.until is None] or rows
    carriers = (statements_origin(statements, e) for e in asserting)
    reports = {item.seq: item for one in statements for item in one.reports}
    return Card(
        group[0].statement.claim, tuple(group), group[0].stands, len({e.way for e in asserting}), tuple(dict.fromkeys(carriers)),
        tuple(sorted(reports.values(), key=lambda r: (r.at, r.seq))), tuple(standing.history(rows)),
    )  # fmt: skip


def statements_origin(statements: Iterable[Statement], row: Evidence) -> str:
    """Who heard first what a row of evidence brought; "" for the speaker's own word."""
    one = next(s for s in statements if s.id == row.statement)
    return one.origins[row.origin].carrier or ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Claims of a story by how they rest."""

    claims: int
    alone: int  #: asserted, on one origin only
    several: int  #: two origins or more, and nobody denies it
    contested: int  #: denied or disputed
    withdrawn: int


def tally(rows: Iterable[Card]) -> Tally:
    """How many claims rest on what. Those that nobody asserts are not counted."""
    claims = [c for c in rows if c.asserted]
    contested = [c for c in claims if c.standing in (Standing.DENIED, Standing.DISPUTED)]
    withdrawn = [c for c in claims if c.standing is Standing.WITHDRAWN]
    rest = [c for c in claims if c not in contested and c not in withdrawn]
    return Tally(len(claims), sum(c.alone for c in claims), sum(c.ways > 1 for c in rest), len(contested), len(withdrawn))


# ---- accounts side by side ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who speaks in a story."""

    actor: ActorName
    statements: int
    claims: tuple[Card, ...]
    only: tuple[Card, ...]  #: what nobody else says anything to


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which a thing is told."""

    words: str
    due: tuple[float, float] | None  #: the time, where times differ
    who: str
    outlets: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a claim is told in ways that do not go together."""

    kind: str  #: "numbers", "times", "names"
    claim: Card
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """What the parties say, side by side."""

    parties: tuple[Party, ...]  #: who speaks to most claims first
    shared: tuple[tuple[Card, tuple[Said | None, ...]], ...]  #: claims that several speak to, with what each of the first parties says
    differences: tuple[Difference, ...]

    @property
    def columns(self) -> tuple[Party, ...]:
        """The parties that stand side by side."""
        return self.parties[:MOST_PARTIES]


def accounts(rows: Sequence[Card]) -> Accounts:
    """The accounts of all parties to these claims."""
    found = parties(rows)
    shared = [c for c in rows if len({t.statement.actor.id for t in c.told if t.statement.actor}) > 1]
    columns = [p.actor.id for p in found[:MOST_PARTIES]]
    beside = [(c, tuple(_says(c, actor) for actor in columns)) for c in shared]
    return Accounts(tuple(found), tuple((c, cells) for c, cells in beside if any(cells)), tuple(d for c in rows for d in differences(c)))


def parties(rows: Sequence[Card]) -> list[Party]:
    """Who speaks, those who speak to most claims first."""
    actors: dict[str, ActorName] = {}
    said: Counter[str] = Counter()
    claims: dict[str, dict[str, Card]] = {}
    for one in rows:
        for actor in (t.statement.actor for t in one.told):
            if actor is not None:
                actors.setdefault(actor.id, actor)
                said[actor.id] += 1
                claims.setdefault(actor.id, {})[one.id] = one
    found = [
        Party(actor, said[key], tuple(claims[key].values()), tuple(c for c in claims[key].values() if _only(c, key)))
        for key, actor in actors.items()
    ]
    return sorted(found, key=lambda p: (-len(p.claims), -p.statements, p.actor.name))


def _only(one: Card, actor: str) -> bool:
    return all(t.statement.actor is not None and t.statement.actor.id == actor for t in one.told)


def _says(one: Card, actor: str) -> Said | None:
    found = [t for t in one.told if t.statement.actor and t.statement.actor.id == actor]
    return Said(stance(found[-1].statement), found[-1]) if found else None


def differences(one: Card) -> Iterator[Difference]:
    """Where the passages of a claim have other numbers, times or names, so that not both can be right."""
    rows = [(t.statement, m) for t in one.told for m in t.statement.members if t.statement.stance in (*ASSERTING, Stance.ASKS)]
    for kind, (apart, value) in _COMPARED.items():
        told: dict[str, list[tuple[Statement, Member]]] = {}
        for row in rows:
            if any(apart(row[1].passage, other.passage) for _, other in rows):
                told.setdefault(value(row[1].passage), []).append(row)
        if len(told) > 1:
            yield Difference(kind, one, tuple(_variant(name, found) for name, found in told.items()))


def _variant(name: str, rows: Sequence[tuple[Statement, Member]]) -> Variant:
    first, member = rows[0]
    outlets = tuple(dict.fromkeys(m.item.outlet or "-" for _, m in rows))
    return Variant(name, member.passage.due, first.actor.name if first.actor else "-", outlets, first.id)


def _other_numbers(a: Passage, b: Passage) -> bool:
    return bool(a.numbers and b.numbers and not set(a.numbers) & set(b.numbers))


def _other_times(a: Passage, b: Passage) -> bool:
    return bool(a.due and b.due and (a.due[0] >= b.due[1] or b.due[0] >= a.due[1]))


def _other_names(a: Passage, b: Passage) -> bool:
    """True if nearly the same words in one language name others."""
    alike = len(a.bag & b.bag) >= ALIKE * max(1, min(len(a.bag), len(b.bag)))
    return bool(a.names and b.names and a.language == b.language and alike and not a.names & b.names)


def _named(one: Passage) -> str:
    return ", ".join(dict.fromkeys(w.strip('.,;:!?"”“»«') for w in one.content.split() if words.key(w) in one.names)) or ", ".join(
        sorted(one.names)
    )


_COMPARED: Mapping[str, tuple[Callable[[Passage, Passage], bool], Callable[[Passage], str]]] = {
    "numbers": (_other_numbers, lambda p: ", ".join(f"{n:,.10g}" for n in p.numbers)),
    "times": (_other_times, lambda p: str(p.due)),
    "names": (_other_names, _named),
}


# ---- what changed since ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Since:
    """What somebody knows of a story already."""

    seq: int | None = None  #: the last report that was linked when they looked
    at: float | None = None  #: or a moment: what was published by then
    when: float | None = None  #: when they looked

    def knows(self, item: Item) -> bool:
        """Whether they know this report."""
        return item.seq <= self.seq if self.seq is not None else item.at <= (self.at or 0.0)


@dataclass(frozen=True, slots=True)
class Turned:
    """A claim that stands otherwise than somebody knows."""

    card: Card
    before: Standing | None  #: None: it is new


@dataclass(frozen=True, slots=True)
class News:
    """What somebody does not know yet."""

    since: Since
    reports: tuple[Item, ...]
    turned: tuple[Turned, ...]
    told: tuple[Told, ...]  #: new statements of claims that they know

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.reports)


def news(rows: Sequence[Card], since: Since) -> News:
    """What in these claims is new to somebody."""
    reports = {item.seq: item for c in rows for item in c.reports if not since.knows(item)}
    turned, told = [], []
    for one in rows:
        if all(since.knows(item) for item in one.reports):
            continue
        before = _stood(one, since)
        if before is not one.standing:
            turned.append(Turned(one, before))
        if before is not None:
            told += [t for t in one.told if not any(since.knows(item) for item in t.statement.reports)]
    return News(since, tuple(sorted(reports.values(), key=lambda r: (r.at, r.seq))), tuple(turned), tuple(told))


def _stood(one: Card, since: Since) -> Standing | None:
    """How a claim stood by the reports that somebody knows."""
    known = {item.id for item in one.reports if since.knows(item)}
    found = standing.standing(e for e in tellings.evidence([t.statement for t in one.told], one.told[0].gone) if e.report in known)
    return found.standing if found else None


#: Seconds without a look after which the next one begins a new visit, and what one visit shows as new stays so while it lasts.
VISIT = 1800
#: Stories of which a browser keeps when they were looked at.
MOST_LOOKS = 40


@dataclass(frozen=True, slots=True)
class Look:
    """When somebody looked at a story, and what was linked by then."""

    base: int  #: number of the last report that they had seen before this visit
    last: int  #: of the last that was there when they looked last
    when: int  #: the end of the visit before, seconds since 1970
    at: int  #: when they looked last


def looks(cookie: str) -> dict[str, Look]:
    """The looks that a browser keeps, by story; what is none is left out."""
    found = {}
    for part in cookie.split("~"):
        name, *numbers = part.split(".")
        if len(numbers) == 4 and all(n.isdigit() and len(n) < 12 for n in numbers):
            found[name] = Look(*map(int, numbers))
    return found


def looked_at(before: Look | None, linked: int, now: float) -> Look:
    """The look of now: within a visit the same base, after it what was there at its end."""
    if before is None:
        return Look(linked, linked, int(now), int(now))
    if now - before.at > VISIT:
        return Look(before.last, linked, before.at, int(now))
    return Look(before.base, linked, before.when, int(now))


def written(all_: Mapping[str, Look]) -> str:
    """The looks for a browser to keep, the newest of them."""
    newest = sorted(all_.items(), key=lambda pair: -pair[1].at)[:MOST_LOOKS]
    return "~".join(f"{name}.{one.base}.{one.last}.{one.when}.{one.at}" for name, one in newest)


# ---- a story --------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Board:
    """A story at a moment."""

    story: Story
    reports: tuple[Item, ...]
    cards: tuple[Card, ...]
    tally: Tally
    accounts: Accounts
    promises: tuple[Pair, ...]
    questions: tuple[tuple[Told, Proposal | None], ...]
    moments: tuple[float, ...]  #: at which something came or changed how it stands

    @property
    def claimed(self) -> tuple[Card, ...]:
        """What somebody asserts, asks or denies; open questions apart."""
        return tuple(c for c in self.cards if any(t.statement.stance is not Stance.OPEN for t in c.told))


def board(story: Story, told: Sequence[Told], promised: Sequence[Pair], asked: Sequence[tuple[Told, Proposal | None]]) -> Board:
    """The board of a story, by the statements in it."""
    rows = cards(told)
    items = {item.seq: item for c in rows for item in c.reports if item.id in story.reports}
    moments = {item.at for item in items.values()} | {s.since for c in rows for s in c.history if s.since <= story.last}
    return Board(
        story, tuple(sorted(items.values(), key=lambda r: (r.at, r.seq))), tuple(rows), tally(rows), accounts(rows), tuple(promised),
        tuple(asked), tuple(sorted(moments)),
    )  # fmt: skip


_SIGNS = {"corrected": Sign.CORRECTED, "canceled": Sign.CANCELED}
#: Claims whose changes of standing the line of time shows: those in most reports.
ON_LINE = 12


def timeline(one: Board, zone: tzinfo, say: Callable[[str], str], now: float | None) -> Line | None:
    """A story's line of time: reports by outlet, changes of standing, due times. `say`: the phrase for a key."""
    words = {m.item.id: m.passage.content for c in reversed(one.cards) for t in c.told for m in t.statement.members}
    events = [Event(i.at, i.outlet or "-", _sign(i), i.title or words.get(i.id, "-"), f"/reports/{_short(i.id)}") for i in one.reports]
    for c in one.claimed[:ON_LINE]:
        for state in c.history[1:]:
            label = f"{say(f'standing.{state.standing.value}')}: {c.lead.first.passage.content}"
            events.append(Event(state.since, say("story.lane_standing"), Sign.STANDING, label, f"/claims/{c.id}"))
    for told, _ in one.promises:
        if time := due(told.statement):
            label = told.statement.first.passage.content
            events.append(Event(time[0], say("story.lane_due"), Sign.DUE, label, f"/statements/{told.statement.id}"))
    return line(events, zone, original_clocks(one.reports), now, say("story.lane_rest"))


def original_clocks(items: Iterable[Item]) -> list[tzinfo]:
    """The clocks that reports were published in, the commonest first."""
    found: Counter[tzinfo] = Counter()
    for item in items:
        if item.published and (zone := _zone_of(item.published)):
            found[zone] += 1
    return [zone for zone, _ in found.most_common()]


def _zone_of(published: str) -> tzinfo | None:
    try:
        return datetime.fromisoformat(published).tzinfo
    except ValueError:
        return None


def _sign(item: Item) -> Sign:
    return _SIGNS.get(item.status) or (Sign.OWN if item.own else Sign.AGENCY if item.is_agency else Sign.REPORT)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


# ---- a statement, a claim -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A passage of a statement in the table beside its graph."""

    statement: Statement
    member: Member
    origin: int  #: its number
    carrier: str  #: "" for the speaker's own word
    why: str | None  #: why it is of that origin; None for the root

    @property
    def place(self) -> str:
        """How a judgement names it."""
        return f"{self.member.item.id}:{self.member.passage.attribution}"

    @property
    def path(self) -> str:
        """Where the statement that has it is found, whatever it is called then."""
        return f"/statements/at/{self.member.item.id}/{self.member.passage.attribution}"


def passages(statements: Iterable[Statement]) -> list[Row]:
    """Every passage with the origin that it came by; origins are numbered as in the graph."""
    out: list[Row] = []
    number = 0
    for one in statements:
        for origin in one.origins:
            number += 1
            reasons = (None, *origin.why)
            out += [Row(one, m, number, origin.carrier or "", why) for m, why in zip(origin.members, reasons, strict=True)]
    return out


#: Reasons of a pair that a page shows, the weightiest; and from which nearness in meaning it is called how near.
MOST_REASONS = 8
_MUCH = ((0.85, "nearly"), (0.65, "largely"), (0.4, "partly"), (-1.0, "hardly"))


def sides(reasons: Sequence[Reason]) -> list[tuple[str, list[Reason]]]:
    """What speaks "for" that two passages are one, and what "against" it, each weightiest first; what counts for nothing is left out."""
    first = reasons[:MOST_REASONS]
    found = ("for", [r for r in first if r.weight > 0]), ("against", [r for r in first if r.weight < 0])
    return [(side, rows) for side, rows in found if rows]


def feature(one: Reason, language: str) -> str:
    """What was compared, in words: by how much, how many words, how many hours."""
    much = next(name for least, name in _MUCH if one.value >= least)
    hours = math.expm1(max(0.0, min(5.0, one.value)))
    return in_words(
        "feature", one.feature, language, much=in_words("much", much, language), share=round(100 * one.value),
        count=round(2 * QUOTED_RUN * one.value), hours=f"{hours:.0f}+" if one.value >= 5 else f"{hours:.0f}",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation beside the first words that it can be checked against."""

    primary: Member
    quoted: Member
    checked: Checked
    pieces: tuple[tuple[str, str], ...]  #: its words in order, each stretch "same" or "new"
    said: tuple[tuple[str, str], ...]  #: the primary source's words, each stretch "same" or "gone"

    @property
    def own_word(self) -> bool:
        """Whether it is checked against the speaker's own word, not another report."""
        return self.primary.item.own is not None


def quoted(one: Statement) -> list[Quotation]:
    """The quotations of a statement, word by word: against the speaker's own word where it is stored, else against the first one."""
    return [_quotation(found.primary, found.quoted, found.checked) for found in quotations.quoted(one.members)]


def _quotation(primary: Member, other: Member, checked: Checked) -> Quotation:
    said, told = primary.passage, other.passage
    if said.language != told.language:
        return Quotation(primary, other, checked, (("same", told.content),), (("same", said.content),))
    return Quotation(primary, other, checked, tuple(_marked(said.content, told.content, "new")),
                     tuple(_marked(told.content, said.content, "gone")))  # fmt: skip


def _marked(other: str, text: str, name: str) -> Iterator[tuple[str, str]]:
    """A text in stretches: "same" where the other has these words in this order, else by `name`."""
    ours, theirs = (list(re.finditer(r"\w+", one)) for one in (other, text))
    matcher = SequenceMatcher(None, [words.fold(m[0]) for m in ours], [words.fold(m[0]) for m in theirs], autojunk=False)
    at = 0
    for tag, _, _, _, m in matcher.get_opcodes():
        if tag == "delete":
            continue
        end = theirs[m - 1].end() if m < len(theirs) else len(text)
        yield ("same" if tag == "equal" else name), text[at:end]
        at = end
    if at < len(text):
        yield "same", text[at:]


def of_places(judged: Iterable[Judgement], members: Iterable[Member]) -> list[Judgement]:
    """The judgements on places of these passages."""
    places = [(m.item.id, m.passage.spans) for m in members]
    return [
        one for one in judged
        if any(report == there and any(a.overlaps(b) for a in spans for b in wanted)
               for report, spans in one.target for there, wanted in places)
    ]  # fmt: skip


def of_story(judged: Iterable[Judgement], story: Story, parts: Iterable[str]) -> list[Judgement]:
    """The judgements on which reports a story has, and on which stories it is one with; `parts`: the ids that lead to it."""
    there = {story.id, *parts, *story.reports}
    return [one for one in judged if one.kind == "story" and any(name in there for name, _ in one.target)]


# ---- an actor, what is due ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Course:
    """What an actor says to one claim, and how it changed."""

    card: Card
    stances: tuple[str, ...]  #: in order of time, each change once

    @property
    def changed(self) -> bool:
        """Whether they took another stance later."""
        return len(self.stances) > 1


def courses(told: Iterable[Told]) -> list[Course]:
    """All that an actor said, by claim; those on which they changed first, then the newest."""
    groups: dict[str, list[Told]] = {}
    for one in told:
        groups.setdefault(one.statement.claim, []).append(one)
    found = [Course(card(group), _steps([stance(t.statement) for t in group])) for group in groups.values()]
    return sorted(found, key=lambda c: (not c.changed, -c.card.told[-1].statement.first.item.at, c.card.id))


def _steps(stances: Sequence[str]) -> tuple[str, ...]:
    return tuple(now for before, now in zip([None, *stances], stances, strict=False) if now != before)


#: In which order a list of what is due shows what became of it.
DUE_ORDER = (Outcome.OVERDUE, Outcome.DUE, Outcome.UPCOMING, Outcome.MOVED, Outcome.BROKEN, Outcome.KEPT, Outcome.UNKNOWN)


def due(one: Statement) -> tuple[float, float] | None:
    """When what a statement promises is to happen, as its first report with a time has it."""
    return next((m.passage.due for m in one.members if m.passage.due), None)


def by_outcome(rows: Iterable[Pair]) -> list[tuple[Outcome, list[Pair]]]:
    """Promises by what became of them, the most urgent first; within each by due time."""
    groups: dict[Outcome, list[Pair]] = {outcome: [] for outcome in DUE_ORDER}
    for one in rows:
        groups[one[1].outcome].append(one)
    return [
        (outcome, sorted(found, key=lambda p: (p[0].statement.due or 0.0, p[0].statement.id))) for outcome, found in groups.items() if found
    ]
