"""What the ledger tells, put together from what is kept: statements with their origins, claims with their standing. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sagt import facts, origins, stances, standing
from sagt.diff import Change, diff
from sagt.origins import Item, Member, Origin
from sagt.passages import Passage, Stance, outlet_key
from sagt.standing import Evidence, Stands
from sagt.takes import notes
from sagt.types import Act

#: Takes before a correction in which it may withdraw something: an item that is sent anew every day has hundreds.
MOST_TAKES = 12


@dataclass(frozen=True, slots=True)
class ActorName:
    """An actor across reports."""

    id: str
    name: str
    about: str = ""  #: what is told of them beside the name
    entity: str | None = None  #: what they are in the gazetteer: why all their names are theirs


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That a report, or a passage of it, no longer stands."""

    at: float
    by: str  #: id of the report that says so
    why: str  #: "killed", "corrected"


@dataclass(frozen=True, slots=True)
class Statement:
    """What one actor says once, in however many reports it is passed on."""

    id: str
    claim: str
    actor: ActorName | None
    act: Act
    stance: Stance
    members: tuple[Member, ...]  #: in order of time
    origins: tuple[Origin, ...]
    due: float | None
    withdrawn: Mapping[int, Withdrawal] | None = None  #: by number of the report

    @property
    def first(self) -> Member:
        """Where it stood first."""
        return self.members[0]

    @property
    def time_given(self) -> tuple[float, float] | None:
        """The time that what is promised or announced is for, as the first report that gives one has it."""
        return next((m.passage.due for m in self.members if m.passage.due), None)

    @property
    def reports(self) -> tuple[Item, ...]:
        """The reports that pass it on, each once."""
        return tuple({m.item.seq: m.item for m in self.members}.values())

    @property
    def outlets(self) -> tuple[str, ...]:
        """Their outlets, each once."""
        return tuple(dict.fromkeys(item.outlet or "-" for item in self.reports))

    @property
    def witnesses(self) -> tuple[str, ...]:
        """On whose word we have it: the speaker's own, or that of who told so."""
        return tuple(dict.fromkeys(m.passage.witness.name if m.passage.witness and m.passage.witness.name else
                                   (self.actor.name if self.actor else "-") for m in self.members))  # fmt: skip

    @property
    def sentence(self) -> str:
        """How many say so, and by how many ways they have it."""
        return origins.sentence(self.origins, len(self.reports), len(self.outlets))


def statement(name: str, claim: str, actor: ActorName | None, members: Iterable[Member], due: float | None,
              gone: Mapping[int, Mapping[str, Withdrawal]], at: float | None = None) -> Statement | None:  # fmt: skip
    """A statement as it was known at a moment; None if it was not known yet. `gone`: what was withdrawn, by report and passage ("" for
    all)."""
    rows = sorted((m for m in members if at is None or m.item.at <= at), key=lambda m: (m.item.at, m.item.seq, m.passage.spans[0]))
    if not rows:
        return None
    found = origins.origins(rows)
    acts = Counter(m.passage.act for m in rows)
    act = max(acts, key=lambda a: (acts[a], -[m.passage.act for m in rows].index(a)))
    stance = next(m.passage.stance for m in rows if m.passage.act is act)
    withdrawn = {}
    for one in rows:
        found_ = _withdrawal(one, gone)
        if found_ is not None and (at is None or found_.at <= at):
            withdrawn[one.item.seq] = found_
    return Statement(name, claim, actor, act, stance, tuple(rows), found, due, withdrawn)


def together(statements: Sequence[Statement]) -> list[Statement]:
    """The statements of one claim, each with the stance that it has beside the first assertion: the same words may deny or assert."""
    order = sorted(statements, key=lambda s: (s.first.item.at, s.id))
    likely = {s.id: _likely(s) for s in order}
    told = [s for s in order if likely[s.id]]
    first = next((s for s in told if stances.asserted(likely[s.id])), told[0] if told else None)
    out = []
    for one in order:
        if first is None or not likely[one.id] or one.stance is Stance.OPEN:
            out.append(one)
            continue
        other = None if one is first else first.first.passage
        found = stances.stance(stances.beside(one.first.passage, likely[one.id], other, likely[first.id]))
        act, stance = stances.acted(one.act, found)
        out.append(replace(one, act=act, stance=stance))
    return out


def _likely(one: Statement) -> list[float]:
    """How likely a statement does each of stances.STANCES: the mean over its passages."""
    rows = [m.passage.leans for m in one.members if m.passage.leans]
    return [sum(row[n] for row in rows) / len(rows) for n in range(len(stances.STANCES))] if rows else []


def evidence(statements: Sequence[Statement], gone: Mapping[int, Mapping[str, Withdrawal]]) -> list[Evidence]:
    """The dated stances that one claim rests on, a row for each origin of each statement."""
    rows = []
    asserted = [s for s in statements if s.stance in (Stance.ASSERTS, Stance.ASKS)]
    for one in statements:
        for number, origin in enumerate(one.origins):
            rows.append(Evidence(
                origin.root.item.at, one.stance, _actor(one), one.id, number, origin.root.item.id,
                _concerned(one, asserted), _until(origin, gone),
                outlet_key(origin.carrier),
            ))  # fmt: skip
    return rows


def _actor(one: Statement) -> str:
    return one.actor.id if one.actor else ""


def _concerned(one: Statement, asserted: Iterable[Statement]) -> bool:
    """True if others, before, said of this very actor what it says itself."""
    voices = {
        word for m in one.members for v in (m.passage.voice, m.passage.witness) if v and v.named for word in v.key.split() if len(word) > 3
    }
    return any(
        other.first.item.at < one.first.item.at and _actor(other) != _actor(one) and any(voices & m.passage.names for m in other.members)
        for other in asserted
    )


def _until(origin: Origin, gone: Mapping[int, Mapping[str, Withdrawal]]) -> float | None:
    """When the root of an origin, and with it all that came of it, was withdrawn: by a later take of it, or by an outlet that corrects the
    same in another item of its own."""
    root = origin.root
    of_root = _withdrawal(root, gone)
    elsewhere = [m for m in origin.members if m.item.first_take != root.item.first_take and m.item.outlet_key == root.item.outlet_key != ""]
    by_outlet = [one for m in elsewhere for one in [_withdrawal(m, gone)] if one is not None and one.why == "corrected"]
    found = of_root or min(by_outlet, key=lambda one: one.at, default=None)
    return None if found is None or any(_again(m, root, found, gone) for m in origin.members) else found.at


def _withdrawal(one: Member, gone: Mapping[int, Mapping[str, Withdrawal]]) -> Withdrawal | None:
    there = gone.get(one.item.seq, {})
    return there.get("") or there.get(one.passage.attribution)


def _again(one: Member, root: Member, found: Withdrawal, gone: Mapping[int, Mapping[str, Withdrawal]]) -> bool:
    """True where a take of the root still says so after what was withdrawn, with no other number."""
    if (
        one.item.first_take != root.item.first_take
        or one.item.seq == root.item.seq
        or one.item.status == "canceled"
        or one.item.at < found.at
    ):
        return False
    ours, theirs = set(root.passage.numbers), set(one.passage.numbers)
    return _withdrawal(one, gone) is None and not (ours and theirs and not ours & theirs)


def stands(statements: Sequence[Statement], gone: Mapping[int, Mapping[str, Withdrawal]], at: float | None = None) -> Stands | None:
    """How a claim stood at a moment."""
    return standing.standing(evidence(statements, gone), at)


def withdrawals(
    takes: Sequence[Item], texts: Mapping[int, str], passages: Mapping[int, Sequence[Passage]]
) -> dict[int, dict[str, Withdrawal]]:
    """What the takes of one item withdraw of those before them: a kill all, a correction the passages that it changes or drops, in the
    last MOST_TAKES of them. What they repeat of that themselves goes with it.

    `takes` in order of time."""
    out: dict[int, dict[str, Withdrawal]] = {}
    for number, take in enumerate(takes):
        before, own = takes[max(0, number - MOST_TAKES) : number], passages.get(take.seq, ())
        if take.status == "canceled":
            killed = Withdrawal(take.at, take.id, "killed")
            for earlier in takes[:number]:
                out.setdefault(earlier.seq, {})[""] = killed
            again = [p for p in own if any(p.content in texts[earlier.seq] for earlier in before)]
            # A kill of what never came here leaves nothing of it either.
            out.setdefault(take.seq, {}).update({p.attribution: killed for p in again} if before else {"": killed})
        elif take.status == "corrected":
            mended = Withdrawal(take.at, take.id, "corrected")
            wrong = [
                (earlier.seq, p)
                for earlier in before
                for p in _corrected(texts[earlier.seq], texts[take.seq], passages.get(earlier.seq, ()))
            ]
            again = _repeated([p for _, p in wrong], own, texts[take.seq])
            for seq, one in [*wrong, *((take.seq, p) for p in again)]:
                out.setdefault(seq, {}).setdefault(one.attribution, mended)
    return out


def _repeated(wrong: Sequence[Passage], own: Iterable[Passage], text: str) -> list[Passage]:
    """What a correction repeats of what was wrong, in the paragraphs that tell so: the numbers that it takes back."""
    numbers = {number for one in wrong for number in one.numbers}
    told = notes(text)
    return [p for p in own if numbers & set(p.numbers) and any(note.start <= p.spans[0].start < note.end for note in told)]


def _corrected(before: str, after: str, passages: Sequence[Passage]) -> Iterator[Passage]:
    for edit in diff(before, after):
        if edit.before is None or edit.change is Change.MOVED:
            continue
        for one in passages:
            if not any(span.overlaps(edit.before) for span in one.spans):
                continue
            new = edit.after.of(after) if edit.after else ""
            numbers = {n.value for n in facts.numbers(new, one.language)}
            if edit.after is None or (one.numbers and not set(one.numbers) & numbers):
                yield one


def at_take(item: Item, first: int, replaces: int | None) -> Item:
    """A report with its takes as they stand now."""
    return replace(item, first_take=first, replaces=replaces)
