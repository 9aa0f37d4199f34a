"""Links what is read: for each report the pairs that its passages make with those of related reports, the statements that come of
all pairs, and the story that it belongs to. What is decided lies in `link` and `stories`; here it is fetched and kept."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from sagt import credits, facts, gazetteer, link, promises, segment, shelf, stances, stories, words
from sagt.errors import NOT_OF_A_REPORT, unforeseen
from sagt.link import LOOSE, Meant, Node, Who, pair
from sagt.meaning import SIZE, Meaning, Vectors
from sagt.origins import Item, Member, contained, sketch
from sagt.passages import Passage, Voice, in_light, narration, outlet_key, own_word, passages
from sagt.promises import Later
from sagt.shelf import Brief, Edge, Row
from sagt.store import Store, Stored, moment_of
from sagt.types import Reading, Span, Spans, Wording

_log = logging.getLogger(__name__)

#: Reports that are linked in one transaction.
BATCH = 50
#: Days before and after a report in which others may pass on the same statements.
WINDOW = 10 * 86400.0
#: Reports that a report is looked at together with: those whose leads are nearest, and the nearest others of its story.
MOST_RELATED, MOST_OF_STORY = 60, 60
#: Reports whose words are remembered.
MOST_WORDED = 2000
#: Sentences of a lead.
LEAD = 3
#: Cosines below which two passages are not compared any further.
FAR = 0.30
#: But answers are, with what lies nearest in a report to the claim that they seek: so many, and from which cosine.
MOST_SOUGHT, SOUGHT = 2, 0.25


@dataclass(slots=True)
class _Leads:
    """The leads of all linked reports, in memory: 384 bytes each."""

    seqs: list[int] = field(default_factory=list)
    place: dict[int, int] = field(default_factory=dict)  #: of each number among `seqs`
    times: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1024))
    rows: NDArray[np.int8] = field(default_factory=lambda: np.zeros((1024, SIZE), np.int8))

    def add(self, seq: int, at: float, row: bytes) -> None:
        count = len(self.seqs)
        if count == len(self.rows):  # twice the room each time: copying stays cheap however many there are
            self.times, self.rows = (
                np.concatenate([self.times, np.zeros_like(self.times)]),
                np.concatenate([self.rows, np.zeros_like(self.rows)]),
            )
        self.times[count], self.rows[count] = at, np.frombuffer(row, np.int8)
        self.place[seq] = count
        self.seqs.append(seq)

    def near(self, one: Brief, most: int, of: set[int] | None = None) -> list[tuple[int, float]]:
        """Numbers of other reports of its days with the cosines of the leads, nearest first; `of`: of these reports only."""
        among = np.arange(len(self.seqs)) if of is None else np.array(sorted(self.place[seq] for seq in of if seq in self.place), np.int64)
        within = among[np.abs(self.times[among] - one.item.at) <= WINDOW]
        cosines = shelf.unit(self.rows[within]) @ shelf.unit(one.lead)
        nearest = np.argsort(-cosines, kind="stable")[: most + 1].tolist()
        found = [(self.seqs[within[i]], float(cosines[i])) for i in nearest]
        return [(seq, cosine) for seq, cosine in found if seq != one.item.seq][:most]


class Linker:
    """Links the reports of one store. One thread at a time."""

    def __init__(self, store: Store, meaning: Callable[[], Meaning], maker: str) -> None:
        """`maker`: what makes briefs here beside the gazetteer, the readings' maker and the rules of linking."""
        self.store, self._rules = store, maker
        self._make = meaning
        self._meaning: Meaning | None = None
        self._leads: _Leads | None = None
        self._worded: dict[tuple[int, int], stories.Words] = {}

    @property
    def maker(self) -> str:
        """What makes briefs here, as the gazetteer stands now: other names make the links old."""
        with self.store.reading() as connection:
            names = gazetteer.state(connection)
        return f"{self._rules} {names.digest}" if names else self._rules

    @property
    def meaning(self) -> Meaning:
        """The network, opened when it is first needed."""
        if self._meaning is None:
            self._meaning = self._make()
        return self._meaning

    @cached_property
    def _stances(self) -> Vectors:
        """The weights by which passages lean."""
        return stances.weights_of(self.meaning.settings)

    @cached_property
    def _tells(self) -> Vectors:
        """The weights by which sentences tell of something promised."""
        return promises.weights_of(self.meaning.settings)

    def link_new(self, told: Callable[[int], None] = lambda _: None) -> int:
        """Link every report that was read and not linked by this maker; returns how many."""
        done = 0
        # The maker is told before names are looked up: whoever changes them meanwhile makes these links old.
        while batch := self._unlinked(maker := self.maker):
            readings = [(stored, reading) for stored in batch if (reading := self.store.reading_of(stored)) is not None]
            self._link_read(readings, maker)
            done += len(readings)
            told(done)
        return done

    def _link_read(self, readings: Sequence[tuple[Stored, Reading]], maker: str) -> None:
        """Link these. One that can't be linked, for whatever reason, keeps those behind it waiting no longer: it counts as one that passes
        on nothing, and its fault says so."""
        try:
            self.link([self.brief(stored, reading) for stored, reading in readings], maker)
        except NOT_OF_A_REPORT:
            raise
        except Exception as error:
            self._leads = None  # some of them are of the transaction that was taken back
            if len(readings) > 1:
                for one in readings:
                    self._link_read([one], maker)
                return
            ((stored, reading),) = readings
            _log.warning("%s could not be linked: %s", stored.report.id, type(error).__name__)
            self.link([_says_nothing(stored, replace(reading, attributions=()), unforeseen("linked", error))], maker)

    def link(self, made: Sequence[Brief], maker: str | None = None) -> None:
        """Keep briefs with their pairs, and group anew what they touch. `maker`: who made them (None: this one, now)."""
        maker = maker or self.maker
        with self.store.writing() as connection:
            self._link(connection, made, maker)

    def _unlinked(self, maker: str) -> list[Stored]:
        with self.store.reading() as connection:
            return self.store.numbered(shelf.unlinked(connection, maker, BATCH))

    # ---- briefs -----------------------------------------------------------------------------------------------------------------

    def brief(self, stored: Stored, reading: Reading) -> Brief:
        """What linking needs of a report."""
        found, told = self._recognised(passages(reading)), narration(reading)
        language = reading.report.language
        sentences = [text for one in found for text in one.wording]
        about = [one.voice.about or one.voice.name or "" for one in found]
        lead = lead_of(reading)
        beside: list[str | Wording] = [*about, *(text for one in told for text in one.wording)]
        # Each text once. What claim it tells of is asked of what is passed on alone.
        said = dict.fromkeys(sentences)
        others = [text for text in dict.fromkeys([lead, *beside]) if text not in said]
        meant, claims, seeks = self.meaning.told(list(said), others, language)
        claim_of, sought_by = (dict(zip(said, table, strict=True)) for table in (claims, seeks))
        rows = dict(zip([*said, *others], shelf.quantised(meant), strict=True))
        vectors = np.stack([rows[text] for text in (lead, *sentences, *beside)])[1:]
        made = Brief(item_of(stored, reading, found), found, rows[lead], vectors, told)
        parts = shelf.vectors_of(made)
        means = [parts.sentences[of].mean(0) for of in parts.of]
        leant = tuple(
            replace(p, leans=stances.leans(p, mean, self._stances), tells=promises.tells(mean, self._tells))
            for p, mean in zip(found, means, strict=True)
        )
        narrated = tuple(replace(p, tells=promises.tells(row, self._tells)) for p, row in zip(told, parts.narration, strict=True))
        claimed = [np.mean([claim_of[text] for text in p.wording], 0) for p in leant]
        answers = [p for p in leant if stances.responds(p)]
        # What is hardly an answer is not read again in the light of what stands before it: that takes as long as all else of it.
        again = [p for p in answers if stances.responds(p, stances.SURE)]
        light = self.meaning.sought([in_light(reading.report.text, p.spans[0], p.voice.name) for p in again])
        lit = {p.attribution: row for p, row in zip(again, light, strict=True)}
        seeking = [lit.get(p.attribution, sought_by[p.wording[0]]) for p in answers]
        added = shelf.quantised(shelf.unit(np.array([*claimed, *seeking], np.float32).reshape(-1, SIZE)))
        return replace(made, passages=leant, narration=narrated, vectors=np.concatenate([vectors, added]))

    def _recognised(self, found: tuple[Passage, ...]) -> tuple[Passage, ...]:
        with self.store.reading() as connection:
            return gazetteer.recognised(connection, found)

    # ---- pairs ------------------------------------------------------------------------------------------------------------------

    def _link(self, connection: Connection, made: Sequence[Brief], maker: str) -> None:
        known = self._known(connection)
        touched: set[Node] = set()
        for one in made:
            seq = one.item.seq
            # Kept before it is paired: what people said of its places is looked up in it.
            shelf.put_brief(connection, one, maker)
            near = known.near(one, MOST_RELATED)
            others = briefs(connection, (other for other, _ in near))
            self._tell_story(connection, one, near, others)
            touched |= _pair_up(connection, one, known, others)
            if seq not in known.place:
                known.add(seq, one.item.at, one.lead.tobytes())
        regroup(connection, touched, decided(connection))

    def _nearest(self, one: Brief, near: Iterable[tuple[Brief, float, str]]) -> Iterator[stories.Near]:
        """How near a report is to others, of which the cosine of the leads and the story are known."""
        ours = self._words(one)
        for other, cosine, story in near:
            yield stories.Near(story, stories.nearness(one, ours, other, self._words(other), cosine), other.item.seq)

    def _words(self, one: Brief) -> stories.Words:
        """Its names and words. A report that others are near to is looked at again and again."""
        key = one.item.seq, hash(one.vectors.tobytes())
        if key not in self._worded:
            if len(self._worded) >= MOST_WORDED:
                self._worded.clear()
            self._worded[key] = stories.words(one, self.meaning.rarity)
        return self._worded[key]

    def _known(self, connection: Connection) -> _Leads:
        if self._leads is None:
            self._leads = _Leads()
        # Other processes link, too.
        for row in shelf.leads(connection, self._leads.seqs[-1] if self._leads.seqs else 0):
            self._leads.add(*row)
        return self._leads

    def _tell_story(self, connection: Connection, one: Brief, near: Sequence[tuple[int, float]], others: dict[int, Brief]) -> None:
        seq = one.item.seq
        if seq in shelf.stories_of(connection, [seq]):
            return
        of = shelf.stories_of(connection, others)
        found = stories.choose(self._nearest(one, [(others[other], cosine, of[other]) for other, cosine in near if other in of]))
        # The part of the story that it is nearest to: should a merge be undone, it stays with that.
        part = None if found.nearest is None else shelf.parts_of(connection, [found.nearest])[found.nearest]
        shelf.put_plot(connection, seq, part or link.identity("t", one.item.id), found.why)


def _pair_up(connection: Connection, one: Brief, known: _Leads, others: dict[int, Brief]) -> set[Node]:
    """Keep a report's pairs with `others` and with those of its story, in place of those that it had; all passages touched."""
    seq = one.item.seq
    touched = shelf.drop_links(connection, seq)
    others = others | briefs(connection, _of_story(connection, one, known) - others.keys())
    one = revoiced(connection, {seq: one})[seq]
    shelf.put_edges(connection, (e for other in [one, *others.values()] for e in edges(one, other)))
    return touched | {(seq, p.attribution) for p in one.passages}


def _of_story(connection: Connection, one: Brief, known: _Leads) -> set[int]:
    """The reports of its story that a report is compared with: they tell of one thing with very different first words."""
    stories_ = shelf.plots(connection, shelf.stories_of(connection, [one.item.seq]).values())
    return {seq for seq, _ in known.near(one, MOST_OF_STORY, {seq for seqs in stories_.values() for seq in seqs})}


def pair_anew(connection: Connection, seqs: Iterable[int]) -> None:
    """Pair the passages of these reports anew, by who speaks in them as people say now, and group what that touches."""
    known = _Leads()
    for row in shelf.leads(connection, 0):
        known.add(*row)
    touched: set[Node] = set()
    for one in shelf.briefs(connection, seqs).values():
        touched |= _pair_up(connection, one, known, briefs(connection, (other for other, _ in known.near(one, MOST_RELATED))))
    regroup(connection, touched, decided(connection))


def retell(connection: Connection, reports: Iterable[str]) -> None:
    """Tell anew which stories are one, and which story these reports are in, by the judgements that count."""
    found = stories.judged(shelf.judgements(connection, "story"), MACHINE)
    shelf.put_merged(connection, found.leads)
    seqs = shelf.numbers(connection, reports)
    shelf.put_parts(connection, {seq: found.parts.get(report) for report, seq in seqs.items()})


def retell_all(connection: Connection) -> None:
    """Tell all stories anew, from what the machine decided and people judged."""
    shelf.unjudged(connection)
    retell(connection, {name for one in shelf.judgements(connection, "story") for name, _ in one.target})


def _says_nothing(stored: Stored, reading: Reading, failed: str) -> Brief:
    return Brief(item_of(stored, reading, ()), (), np.zeros(SIZE, np.int8), np.zeros((0, SIZE), np.int8), failed=failed)


def lead_of(reading: Reading) -> str:
    """What a report is about, in its own words: headline and first sentences."""
    report = reading.report
    body = report.text.removeprefix(report.title or "")
    first = [s.of(body) for p in segment.paragraphs(body)[:LEAD] for s in segment.sentences(body, p)][:LEAD]
    return " ".join([*([report.title] if report.title else []), *first])[:800] or "-"


def item_of(stored: Stored, reading: Reading, found: Iterable[Passage]) -> Item:
    """What is known of a report beside its text."""
    report = stored.report
    own = outlet_key(report.outlet)
    hands = [outlet_key(name) for name in report.agencies] + [c.key for p in found for c in p.carriers if credits.agency(c.name)]
    return Item(
        stored.seq, report.id, moment_of(stored).timestamp(), report.outlet, own, bool(report.outlet and credits.agency(report.outlet)),
        report.language,
        report.title, tuple(dict.fromkeys(key for key in hands if key and key != own)),
        tuple(dict.fromkeys(c.key for p in found for c in p.carriers if c.key and c.key != own)), report.status.value, stored.seq, None,
        own_word(reading),
        sketch(report.text), report.url, report.published, facts.names(report.text),
    )  # fmt: skip


def edges(one: Brief, other: Brief) -> list[Edge]:
    """The pairs between passages of two reports, or within one, that may be one statement or one claim."""
    within = one.item.seq == other.item.seq
    found = [_Pair(p, link.score(p.values, link.WEIGHTS), link.score(p.values, link.CLAIM_WEIGHTS)) for p in compared(one, other)]
    answering = _answering(found, None if within else one.item.at - other.item.at)
    return [
        Edge(
            (one.item.seq, p.of.a.attribution),
            (other.item.seq, p.of.b.attribution),
            round(p.same, 4),
            round(p.claim, 4),
            answering.get(p, 0.0),
        )
        for p in found
        if max(p.same, p.claim) >= LOOSE or p in answering
    ]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two passages, as they are compared."""

    a: Passage
    b: Passage
    values: list[float]  #: by link.features
    sought: stances.Sought  #: how near the claim that `a` answers is to what `b` tells
    back: stances.Sought  #: the same the other way round

    def answering(self, first: bool, later: float | None) -> list[float]:
        """What is looked at where the first, or else the second, may answer the other (stances.ANSWERING). `later`: seconds from the
        second's report to the first's, None within one."""
        if first:
            return stances.answering(self.values, self.sought, self.a, self.b, later)
        return stances.answering(self.values, self.back, self.b, self.a, None if later is None else -later)


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    of: Compared
    same: float
    claim: float


def _answering(found: Iterable[_Pair], later: float | None) -> dict[_Pair, float]:
    """The pairs in which somebody denies, refuses or confirms what somebody else says: each answer's likeliest, and how likely. An answer
    speaks of something, and seldom in the same words ("Det tal er forkert"). Below 0 where the second of a pair answers. `later`: seconds
    from the second report to the first, None within one."""
    best: dict[tuple[bool, str], tuple[float, bool, _Pair]] = {}
    for one in found:
        for first in (True, False):
            likely = _answers(one.of, first, later)
            key = first or later is None, (one.of.a if first else one.of.b).attribution
            if likely >= link.ANSWERS and (key not in best or likely > best[key][0]):
                best[key] = likely, first, one
    return {one: round(likely if first else -likely, 4) for likely, first, one in sorted(best.values(), key=itemgetter(0))}


def _answers(one: Compared, first: bool, later: float | None) -> float:
    """How likely the first, or else the second, of a pair answers the other."""
    if not (stances.may_answer(one.a, one.b) if first else stances.may_answer(one.b, one.a)):
        return 0.0
    return link.score(one.answering(first, later), stances.ANSWER_WEIGHTS)


def compared(one: Brief, other: Brief, far: float = FAR, only: frozenset[str] | None = None) -> Iterator[Compared]:
    """The pairs of passages of two reports, or within one, that are not far apart; `only`: of these names."""
    if not one.passages or not other.passages:
        return
    mine, theirs = shelf.vectors_of(one), shelf.vectors_of(other)
    cosines, roles = mine.sentences @ theirs.sentences.T, mine.about @ theirs.about.T
    between, within = between_reports(one.item, other.item), one.item.seq == other.item.seq
    covered, best = _nearness(cosines, mine, theirs, one, other)
    none = np.zeros_like(covered)
    ahead, (beside, around) = (none, (none, none)) if within else (_ahead(covered), _context(covered))
    alike, sought, back = mine.told @ theirs.told.T, mine.sought @ theirs.told.T, (theirs.sought @ mine.told.T).T
    if within:  # nothing answers itself
        for rows in (sought, back):
            np.fill_diagonal(rows, -1.0)
    near = (best >= far) | _most_sought(sought) | _most_sought(back.T).T
    if within:
        near = np.triu(near, 1)
    nearest, nearest_back, own, own_back = sought.max(1), back.max(0), _nearest_own(mine), _nearest_own(theirs)
    for i, j in np.argwhere(near).tolist():
        a, b = one.passages[i], other.passages[j]
        if only is not None and not {a.attribution, b.attribution} <= only:
            continue
        told = bool(a.voice.about and b.voice.about)
        meant = Meant(*(float(of[i, j]) for of in (covered, best, ahead, beside, around, alike)))
        hand = any(c.key == other.item.outlet_key for c in a.carriers) or any(c.key == one.item.outlet_key for c in b.carriers)
        values = link.features(a, b, meant, float(roles[i, j]) if told else None, between, hand)
        forth = stances.Sought(float(sought[i, j]), float(nearest[i]), float(own[i]))
        yield Compared(a, b, values, forth, stances.Sought(float(back[i, j]), float(nearest_back[j]), float(own_back[j])))


def between_reports(one: Item, other: Item) -> link.Between:
    """What is known of two reports."""
    ours, theirs = ({*item.agencies, *item.hands} for item in (one, other))
    return link.Between(
        abs(one.at - other.at) / 3600, bool(one.outlet_key) and one.outlet_key == other.outlet_key,
        one.outlet_key in theirs or other.outlet_key in ours or bool(ours & theirs), contained(one.sketch, other.sketch),
        one.own is not None or other.own is not None,
    )  # fmt: skip


def _nearness(cosines: Vectors, mine: shelf.Vectors, theirs: shelf.Vectors, one: Brief, other: Brief) -> tuple[Vectors, Vectors]:
    """For each pair of passages: of each sentence of the shorter one the nearest of the longer, the mean; and the two nearest.

    Of the shorter: a long quotation that an outlet shortens is still that quotation."""
    starts, others = [of.start for of in mine.of], [of.start for of in theirs.of]
    sizes, other_sizes = (np.array([of.stop - of.start for of in parts.of], np.float32) for parts in (mine, theirs))
    forth, back = np.maximum.reduceat(cosines, others, 1), np.maximum.reduceat(cosines, starts, 0)
    of_ours = np.add.reduceat(forth, starts, 0) / sizes[:, None]
    of_theirs = np.add.reduceat(back, others, 1) / other_sizes[None]
    lengths, other_lengths = (np.array([len(p.content) for p in brief.passages]) for brief in (one, other))
    covered = np.where(lengths[:, None] <= other_lengths[None], of_ours, of_theirs)
    return np.asarray(covered, np.float32), np.maximum.reduceat(forth, starts, 0)


def _most_sought(sought: Vectors) -> NDArray[np.bool_]:
    """What lies nearest to the claim that each row seeks."""
    most = np.sort(sought, 1)[:, -MOST_SOUGHT:].min(1)
    return np.asarray(sought >= np.maximum(most, SOUGHT)[:, None], np.bool_)


def _nearest_own(parts: shelf.Vectors) -> Vectors:
    """For each passage the cosine of the claim that it seeks and the nearest that another of its report tells."""
    found = parts.sought @ parts.told.T
    np.fill_diagonal(found, -1.0)
    return np.asarray(found.max(1), np.float32)


def _ahead(near: Vectors) -> Vectors:
    """How far each pair lies ahead of the next best that either of the two has in the other's report; below 0 where another is nearer."""
    if not near.size:
        return near
    out = np.empty_like(near)
    for axis in (0, 1):
        order = np.sort(near, axis)
        first = np.take(order, [-1], axis)
        second = np.take(order, [-2], axis) if near.shape[axis] > 1 else np.full_like(first, 0.3)
        margin = np.where(near == first, near - second, near - first)
        out = margin if axis == 0 else np.minimum(out, margin)
    return np.asarray(np.clip(out, -0.5, 0.5), np.float32)


def _context(near: Vectors) -> tuple[Vectors, Vectors]:
    """How near those are that stand beside each pair, and around it: who passes on an interview passes on what comes next, too, and a
    short answer is told by its neighbours."""
    room = np.pad(near, 2)

    def moved(down: int, right: int) -> Vectors:
        return room[2 + down : 2 + down + near.shape[0], 2 + right : 2 + right + near.shape[1]]

    beside = np.maximum(moved(1, 1), moved(-1, -1))
    return beside, np.maximum.reduce([moved(way * down, way * right) for way in (1, -1) for down in (1, 2) for right in (1, 2)])


# ---- statements -------------------------------------------------------------------------------------------------------------------------

#: Who judges where no person does.
MACHINE = "sagt"
Pairs = dict[tuple[Node, Node], bool]


@dataclass(frozen=True, slots=True)
class Why:
    """Why two passages are held to be one statement, or to speak of one claim."""

    a: Member
    b: Member
    likelihood: float
    reasons: tuple[link.Reason, ...]  #: weightiest first
    judgements: tuple[shelf.Judgement, ...]  #: of people


def explain(edge: Edge, a: Member, b: Member, held: dict[int, Brief], claim: bool, judged: Sequence[shelf.Judgement]) -> Why:
    """What was compared of a pair, anew."""
    one, other = held[edge.a[0]], held[edge.b[0]]
    pair_ = frozenset((edge.a[1], edge.b[1]))
    ways = ((one, other, (edge.a[1], edge.b[1])), (other, one, (edge.b[1], edge.a[1])))
    found = next(p for x, y, of in ways for p in compared(x, y, -1.0, pair_) if (p.a.attribution, p.b.attribution) == of)
    both = tuple(j for j in judged if {r for r, _ in j.target} <= {a.item.id, b.item.id})
    if claim and edge.answer:
        first = (edge.answer > 0) == (found.a.attribution == a.passage.attribution)
        values = found.answering(first, None if a.item.seq == b.item.seq else a.item.at - b.item.at)
        return Why(a, b, abs(edge.answer), link.reasons(values, stances.ANSWER_WEIGHTS, stances.ANSWERING), both)
    weights = link.CLAIM_WEIGHTS if claim else link.WEIGHTS
    return Why(
        a, b, edge.claim if claim else edge.same, _known(link.reasons(found.values, weights), a.passage.voice, b.passage.voice), both
    )


def _known(told: tuple[link.Reason, ...], a: Voice, b: Voice) -> tuple[link.Reason, ...]:
    """Reasons that tell where the gazetteer makes speakers of two names one, or two."""
    if not a.entity or not b.entity or a.key == b.key:
        return told
    who = "same speaker" if a.entity == b.entity else "another speaker"
    names = " and ".join(dict.fromkeys((a.entity, b.entity)))
    return tuple(replace(one, feature=f"{who}: {names} in the gazetteer") if one.feature == who else one for one in told)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of pairs of passages, as the passages are called now."""

    statement: Pairs = field(default_factory=dict)
    claim: Pairs = field(default_factory=dict)
    no_attribution: frozenset[Node] = frozenset()  #: passages that are none, so that no statement has them
    revoiced: frozenset[Node] = frozenset()  #: passages of which a person says who speaks


def decided(connection: Connection) -> Decided:
    """The judgements that count: the later before the earlier, a person's before a machine's; unsure takes an earlier one away."""
    judged = list(shelf.judgements(connection))
    rows = [j for j in judged if j.kind in ("statement", "claim") and len(j.target) == 2]
    seqs = shelf.numbers(connection, {report for one in rows for report, _ in one.target})
    held = shelf.briefs(connection, seqs.values())
    none, revoiced_ = (frozenset(_placed(connection, (j for j in judged if j.kind == kind))) for kind in ("attribution", "source"))
    out = Decided(no_attribution=none, revoiced=revoiced_)
    by_person: set[tuple[str, tuple[Node, Node]]] = set()
    for one in rows:
        nodes = [node(held.get(seqs.get(report, 0)), spans) for report, spans in one.target]
        if nodes[0] is None or nodes[1] is None or nodes[0] == nodes[1]:
            continue
        key, pairs = pair(nodes[0], nodes[1]), out.statement if one.kind == "statement" else out.claim
        if one.by == MACHINE and (one.kind, key) in by_person:
            continue
        if one.by != MACHINE:
            by_person.add((one.kind, key))
        if one.verdict == "unsure":
            pairs.pop(key, None)
        else:
            pairs[key] = one.verdict == "same"
    return out


def _placed(connection: Connection, judged: Iterable[shelf.Judgement]) -> dict[Node, shelf.Judgement]:
    """The passages that judgements are of, each with the last one; a person's before a machine's."""
    order = sorted(judged, key=lambda one: (one.by != MACHINE, one.id))
    seqs = shelf.numbers(connection, {report for one in order for report, _ in one.target})
    held = shelf.briefs(connection, seqs.values())
    found = ((node(held.get(seqs.get(report, 0)), spans), one) for one in order for report, spans in one.target)
    return {there: one for there, one in found if there is not None}


def briefs(connection: Connection, seqs: Iterable[int]) -> dict[int, Brief]:
    """The briefs of these reports, by number, each passage with the speaker that people say it has."""
    return revoiced(connection, shelf.briefs(connection, seqs))


def revoiced(connection: Connection, held: dict[int, Brief]) -> dict[int, Brief]:
    """Briefs with the speakers that people corrected."""
    judged = list(shelf.judgements(connection, "source"))
    named = {there: one.verdict for there, one in _placed(connection, judged).items() if there[0] in held} if judged else {}
    out = dict(held)
    entities = gazetteer.named(connection, map(words.key, named.values()))
    for (seq, attribution), name in named.items():
        voice = gazetteer.recognise(Voice(name, words.key(name), person=True, named=True), None, entities)
        out[seq] = _revoiced(out[seq], attribution, voice, held[seq].passages)
    return out


def _revoiced(one: Brief, attribution: str, voice: Voice, all_: Sequence[Passage]) -> Brief:
    """A brief in which a passage has another speaker: one who speaks elsewhere in the report, or one known by name alone."""
    at = next(i for i, p in enumerate(all_) if p.attribution == attribution)
    like = next((i for i, p in enumerate(all_) if p.voice.key == voice.key), None)
    vectors, first = one.vectors.copy(), sum(len(p.wording) for p in all_)
    if like is not None:
        vectors[first + at] = vectors[first + like]
        voice = all_[like].voice
    passages_ = (*one.passages[:at], replace(one.passages[at], voice=voice), *one.passages[at + 1 :])
    return replace(one, passages=passages_, vectors=vectors)


def node(one: Brief | None, spans: Iterable[Span]) -> Node | None:
    """The passage that stands at these places, whatever its reading calls it."""
    if one is None:
        return None
    wanted = list(spans)
    shared = {p.attribution: sum(max(0, min(s.end, w.end) - max(s.start, w.start)) for s in p.spans for w in wanted) for p in one.passages}
    size = {p.attribution: sum(s.end - s.start for s in p.spans) for p in one.passages}
    # Of a passage and the one that it stands in, the judgement is of the nearer in length.
    best = max(sorted(shared), key=lambda name: (shared[name], -size[name]), default=None)
    return (one.item.seq, best) if best is not None and shared[best] else None


def verdict(judged: Iterable[shelf.Judgement], places: Sequence[tuple[str, Sequence[Span]]]) -> shelf.Judgement | None:
    """The last of these judgements on any of these places, a person's before a machine's."""

    def touches(report: str, spans: Spans) -> bool:
        return any(report == there and any(a.overlaps(b) for a in spans for b in wanted) for there, wanted in places)

    found = [one for one in judged if any(touches(report, spans) for report, spans in one.target)]
    return max(found, key=lambda one: (one.by != MACHINE, one.id), default=None)


def later(members: Sequence[Member], held: dict[int, Brief], least: float = -1.0) -> Iterator[Later]:
    """Every sentence of these reports, but for what the members say, that is at least so near to that, with how near it is."""
    ours = [v for m in members if m.item.seq in held for v in [_vector(held[m.item.seq], m.passage)] if v is not None]
    voice = speaker(members)
    if not ours:
        return
    said, own = np.stack(ours), {(m.item.seq, m.passage.attribution) for m in members}
    first = min(m.item.at for m in members)
    told = [rows for one in held.values() if one.item.at <= first for rows in [_others(one, own)] if len(rows)]
    found: list[Later] = []
    rows: list[Vectors] = []
    for seq in sorted(held):
        one, parts = held[seq], shelf.vectors_of(held[seq])
        about = float((said @ shelf.unit(one.lead)).max())
        near = (parts.sentences @ said.T).max(1).tolist()
        nearest = [max(near[of], default=0.0) for of in parts.of] + (parts.narration @ said.T).max(1).tolist()
        for passage, cosine, row in zip((*one.passages, *one.narration), nearest, means(parts), strict=True):
            if cosine >= least and (seq, passage.attribution) not in own:
                same = link.who(passage.voice, voice, None) in (Who.SAME, Who.PART)
                found.append(Later(one.item, passage, cosine, same, about))
                rows.append(row)
    if not found or not told:
        yield from found
        return
    known = (np.stack(rows) @ np.concatenate(told).T).max(1).tolist()
    yield from (replace(one, known=again) for one, again in zip(found, known, strict=True))


def _others(one: Brief, own: set[Node]) -> Vectors:
    """The meanings of a report's passages and sentences, but for some."""
    others = [(one.item.seq, p.attribution) not in own for p in (*one.passages, *one.narration)]
    return means(shelf.vectors_of(one))[others] if others else np.zeros((0, SIZE), np.float32)


def means(parts: shelf.Vectors) -> Vectors:
    """A row for each passage, the mean of its sentences, and for each sentence that the report tells itself."""
    if not parts.of:
        return parts.narration
    starts, sizes = [of.start for of in parts.of], np.array([of.stop - of.start for of in parts.of], np.float32)
    return np.concatenate([np.add.reduceat(parts.sentences, starts, 0) / sizes[:, None], parts.narration])


def _vector(one: Brief, passage: Passage) -> Vectors | None:
    if passage not in one.passages:
        return None
    parts = shelf.vectors_of(one)
    mean = parts.sentences[parts.of[one.passages.index(passage)]].mean(0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6), np.float32)


def regroup(connection: Connection, touched: Iterable[Node], judged: Decided) -> None:
    """Group the touched passages anew with all that likely pairs lead to from them, and then the claims of what has changed."""
    touched = set(touched)
    net = shelf.Net(connection, link.JOINED, link.ONE_CLAIM)
    nodes = _reached(net, touched, judged.statement)
    # Passages that pairs lead to are there; touched ones may be of an older reading.
    held = briefs(connection, {seq for seq, _ in (nodes if judged.revoiced & nodes else touched)})
    there = {place: one for place, one in _members(held).items() if place not in judged.no_attribution}
    judged_ = _of_others(there, judged.revoiced) | judged.statement
    present = nodes - (touched - there.keys()) - judged.no_attribution
    groups = link.grouped(present, {(e.a, e.b): e.same for e in net.among(present)}, judged_)
    changed = _changed(groups, touched, shelf.places(connection, {seq for seq, _ in nodes}))
    held |= briefs(connection, {seq for group in changed for seq, _ in group} - held.keys())
    there = _members(held)
    rows = []
    for group in changed:
        name = link.identity("s", *_first(group, there))
        rows.append((_row(name, "c" + name[1:], [there[node] for node in group], held), group))
    moved = nodes - {node for group in groups for node in group} | {node for group in changed for node in group}
    beside = shelf.claims_of(connection, moved)
    shelf.put_statements(connection, sorted(rows, key=lambda row: row[0].id), moved)
    _reclaim(connection, net, {row.id for row, _ in rows} | {row.id for row in shelf.of_claims(connection, beside)}, judged.claim)


def _members(held: dict[int, Brief]) -> dict[Node, Member]:
    return {(seq, p.attribution): Member(one.item, p) for seq, one in held.items() for p in one.passages}


def _changed(groups: Iterable[list[Node]], touched: set[Node], before: dict[Node, str]) -> list[list[Node]]:
    """The groups that are no statement yet, and those with touched passages."""
    statements: defaultdict[str, set[Node]] = defaultdict(set)
    for there, name in before.items():
        statements[name].add(there)
    return [group for group in groups if touched.intersection(group) or statements.get(before.get(group[0], "")) != set(group)]


def _of_others(there: dict[Node, Member], revoiced_: frozenset[Node]) -> Pairs:
    """The pairs that are not one, since a person says that somebody else speaks, however alike the words are."""
    return {
        pair(one, other): False for one in revoiced_ & there.keys() for other in there
        if link.who(there[one].passage.voice, there[other].passage.voice, None) is Who.OTHER
    }  # fmt: skip


def _reached(net: shelf.Net, touched: set[Node], judged: Pairs) -> set[Node]:
    """All passages that the touched ones reach by pairs that may join them, step by step."""
    beside = _joined_by_people(judged)
    fresh, seen = set(touched), set(touched)
    while fresh:
        fresh = (net.same(fresh) | {n for node in fresh for n in beside[node]}) - seen
        seen |= fresh
    return seen


def _joined_by_people(judged: Pairs) -> defaultdict[Node, set[Node]]:
    beside: defaultdict[Node, set[Node]] = defaultdict(set)
    for a, b in (p for p, same in judged.items() if same):
        beside[a].add(b)
        beside[b].add(a)
    return beside


def _reclaim(connection: Connection, net: shelf.Net, statements: set[str], judged: Pairs) -> None:
    """Tell anew which claim these statements are of, and those that likely pairs lead to from them."""
    beside = _joined_by_people(judged)
    of: dict[Node, str] = {}
    fresh, seen = set(statements), set(statements)
    while fresh:
        nodes = {node: name for name, found in shelf.members(connection, fresh).items() for node in found}
        of |= nodes
        near = net.claim(nodes) | {n for node in nodes for n in beside[node]}
        places = shelf.places(connection, {seq for seq, _ in near - of.keys()})
        fresh = {places[node] for node in near if node in places} - seen
        seen |= fresh
    decided_ = {pair(of[a], of[b]): same for (a, b), same in judged.items() if a in of and b in of}
    found = net.among(of)
    claims = link.claimed(set(of.values()), _between(found, of), _answered(found, of), decided_)
    at = {row.id: row.at for row in shelf.statements(connection, seen)}
    named = ((min(claim, key=lambda name: (at[name], name)), claim) for claim in claims)
    shelf.set_claims(connection, {name: "c" + first[1:] for first, claim in named for name in claim})


def _between(found: Iterable[Edge], of: dict[Node, str]) -> dict[tuple[str, str], float]:
    """How likely statements are to speak of one claim: as likely as their surest pair of passages."""
    out: defaultdict[tuple[str, str], float] = defaultdict(float)
    for one in found:
        if of[one.a] != of[one.b]:
            key = pair(of[one.a], of[one.b])
            out[key] = max(out[key], one.claim)
    return out


def _answered(found: Iterable[Edge], of: dict[Node, str]) -> dict[tuple[str, str], float]:
    """How likely a statement answers another and none of the others: by the surest pairs of each of its passages, in the mean over all of
    them."""
    surest: defaultdict[Node, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in found:
        if one.answer and of[one.a] != of[one.b]:
            answer, told = (one.a, one.b) if one.answer > 0 else (one.b, one.a)
            surest[answer][of[told]] = max(surest[answer][of[told]], abs(one.answer))
    size = Counter(of.values())
    out: defaultdict[tuple[str, str], float] = defaultdict(float)
    for answer_, likely in surest.items():
        for name, share in link.shares(likely).items():
            out[of[answer_], name] += share / size[of[answer_]]
    return out


def _order(one: Member) -> tuple[float, str, Span, str]:
    return one.item.at, one.item.id, one.passage.spans[0], one.passage.attribution


def _first(group: Iterable[Node], there: dict[Node, Member]) -> tuple[str, ...]:
    """What names a statement: the place where it stood first."""
    first = min((there[node] for node in group), key=_order)
    return first.item.id, str(first.passage.spans[0].start), str(first.passage.spans[0].end), first.passage.attribution


def _row(name: str, claim: str, members: Sequence[Member], held: dict[int, Brief]) -> Row:
    first = min(members, key=_order)
    voice = speaker(members)
    due = next((m.passage.due[1] for m in sorted(members, key=_order) if m.passage.due), None)
    called = (m for m in sorted(members, key=_order) if m.passage.voice.is_called_as(voice))
    # Beside an entity of the gazetteer one of its names tells nothing.
    told = [(m, m.passage.voice.about) for m in called if m.passage.voice.about and (m.passage.voice.roles or not voice.entity)]
    row = Row(name, claim, first.item.at, voice.key or None, voice.name, due, entity=voice.entity)
    if not told:
        return row
    source, about = max(told, key=lambda pair_: len(pair_[1]))
    of = held[source.item.seq]
    vector = of.vectors[sum(len(p.wording) for p in of.passages) + of.passages.index(source.passage)]
    return replace(row, about=about, about_vector=vector.tobytes())


def speaker(members: Iterable[Member]) -> Voice:
    """Who speaks in a statement: whose own word it is, or else the full name that most of its reports have.

    Of the reports one may take in a place ("Holt of Havnby"), so it is not the longest name."""
    order = [m for m in sorted(members, key=_order) if m.passage.voice.name]
    own = next((m.passage.voice for m in order if m.item.own is not None and m.passage.voice.named), None)
    if own is not None:
        return own
    voices = [m.passage.voice for m in order]
    named = [v for v in voices if v.named]
    count = Counter(v.key for v in voices)

    def weight(one: Voice) -> tuple[bool, int, bool, int]:
        return one.person and one.named, min(2, len(one.key.split())) if one.named else 0, one.entity is not None, count[one.key]

    return max(named or voices, key=weight, default=None) or Voice(None)
