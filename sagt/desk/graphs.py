"""Pictures as plain numbers: the graph of hands that a statement went through, and a story's line of time. Pure; the templates draw them.

Nothing in them is told by colour alone: boxes, marks and lines differ in shape, and every picture has a table beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from math import log1p

from sagt import words
from sagt.origins import Item, Member, Origin
from sagt.tellings import Statement

# ---- the graph of hands ---------------------------------------------------------------------------------------------------------------

#: Pixels: a box, the room between two columns and two rows, and the edge.
BOX, HIGH, ACROSS, DOWN, EDGE = 168, 46, 78, 16, 8
#: Letters that a box holds.
LETTERS = 22


class Place(StrEnum):
    """What stands in a box of the graph."""

    SPEAKER = "speaker"
    WITNESS = "witness"  #: who told that the speaker said so
    CARRIER = "carrier"  #: a hand that is named, of which no report is stored
    OUTLET = "outlet"
    OWN = "own"  #: the speaker's own post, release or transcript


@dataclass(frozen=True, slots=True)
class Box:
    """A hand in the graph; `x`, `y` of its upper left corner, in pixels."""

    key: str
    name: str
    place: Place
    reports: tuple[Item, ...] = ()  #: in order of time
    roots: tuple[int, ...] = ()  #: numbers of the origins that begin here
    x: int = 0
    y: int = 0

    @property
    def label(self) -> str:
        """As much of the name as the box holds."""
        return self.name if len(self.name) <= LETTERS else self.name[: LETTERS - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Arrow:
    """That one hand has it from another. `named`: a report says so; else it is concluded, and `why` says from what."""

    start: str
    end: str
    named: bool
    why: tuple[str, ...]
    path: str = ""  #: SVG


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows with their places, in pixels."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def name(self, key: str) -> str:
        """The name in a box."""
        return next(box.name for box in self.boxes if box.key == key)


def hands(statements: Iterable[Statement]) -> Graph:
    """The hands that statements went through, from who speaks to the outlets, in columns from left to right."""
    net = _Net()
    for one in statements:
        for origin in one.origins:
            net.number += 1
            for at, member in enumerate(origin.members):
                net.take(one, origin, member, origin.why[at - 1] if at else None)
    joined = {key for arrow in net.arrows for key in arrow}
    # A hand whose only arrow would have closed a ring is where that ring began, under another role.
    return _laid({key: box for key, box in net.boxes.items() if key in joined or box.reports or not joined}, net.arrows)


class _Net:
    """Boxes and arrows as they are found, without places."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.arrows: dict[tuple[str, str], Arrow] = {}
        self.number = 0  # of the origin

    def take(self, one: Statement, origin: Origin, member: Member, why: str | None) -> None:
        """Put in a passage: the way that it names, or else the one that its origin concludes. `why`: None for the root."""
        way, named = self._way(one, origin, member, root=why is None)
        end = self._outlet(member, root=why is None)
        for start, to in zip(way, [*way[1:], end], strict=True):
            self._join(start, to, named, why)

    def _way(self, one: Statement, origin: Origin, member: Member, root: bool) -> tuple[list[str], bool]:
        passage = member.passage
        name = one.actor.name if one.actor else passage.voice.name or "?"
        people = [(name, Place.SPEAKER)]
        if passage.witness and passage.witness.name:
            people.append((passage.witness.name, Place.WITNESS))
        # Who tells of themselves is no further hand.
        way = list(dict.fromkeys(self._box(f"who {words.key(who) or who}", who, place) for who, place in people))
        way += [self._box(f"hand {c.key}", c.name, Place.CARRIER) for c in passage.carriers if f"who {c.key}" not in way]
        if root or passage.carriers or passage.heard or member.item.own:
            return way, True
        credited = next((key for key in member.item.agencies if f"hand {key}" in self.boxes), None)
        return [f"hand {credited}" if credited else _hand(origin.root)], credited is not None

    def _outlet(self, member: Member, root: bool) -> str:
        item = member.item
        place = Place.OWN if item.own else Place.OUTLET
        key = self._box(_hand(member), item.own.author if item.own else item.outlet or "-", place)
        there = self.boxes[key]
        reports = there.reports if item in there.reports else (*there.reports, item)
        roots = (*there.roots, self.number) if root else there.roots
        # A hand that was only named so far turns out to be an outlet with a report.
        self.boxes[key] = replace(there, place=place, reports=tuple(sorted(reports, key=lambda r: (r.at, r.seq))), roots=roots)
        return key

    def _box(self, key: str, name: str, place: Place) -> str:
        self.boxes.setdefault(key, Box(key, name, place))
        return key

    def _join(self, start: str, end: str, named: bool, why: str | None) -> None:
        """Add an arrow, unless it would lead back to where it came from: what goes in a ring has no first hand."""
        if start == end or self._leads(end, start):
            return
        there = self.arrows.get((start, end), Arrow(start, end, named, ()))
        reasons = dict.fromkeys((*there.why, *((why,) if why else ())))
        self.arrows[start, end] = replace(there, named=there.named or named, why=tuple(reasons))

    def _leads(self, start: str, end: str) -> bool:
        fresh, seen = [start], {start}
        while fresh:
            at = fresh.pop()
            if at == end:
                return True
            after = [b for a, b in self.arrows if a == at and b not in seen]
            fresh += after
            seen.update(after)
        return False


def _hand(member: Member) -> str:
    return f"hand {member.item.outlet_key or member.item.id}"


def _laid(boxes: Mapping[str, Box], arrows: Mapping[tuple[str, str], Arrow]) -> Graph:
    column = _columns(boxes, arrows)
    rows: defaultdict[int, list[str]] = defaultdict(list)
    for key in sorted(boxes, key=lambda k: (_first(boxes[k]), k)):
        rows[column[key]].append(key)
    places: dict[str, tuple[int, int]] = {}
    for number in sorted(rows):
        order = sorted(rows[number], key=lambda key: _beside(key, arrows, places))
        for row, key in enumerate(order):
            places[key] = EDGE + number * (BOX + ACROSS), EDGE + row * (HIGH + DOWN)
    put = tuple(replace(boxes[key], x=x, y=y) for key, (x, y) in places.items())
    lines = tuple(replace(arrow, path=_path(places[arrow.start], places[arrow.end])) for arrow in arrows.values())
    deepest = max((len(keys) for keys in rows.values()), default=0)
    return Graph(2 * EDGE + len(rows) * (BOX + ACROSS) - ACROSS if rows else 0, 2 * EDGE + deepest * (HIGH + DOWN) - DOWN, put, lines)


def _columns(boxes: Iterable[str], arrows: Iterable[tuple[str, str]]) -> dict[str, int]:
    """For each box its column: one after the last of those that it has it from."""
    before: defaultdict[str, list[str]] = defaultdict(list)
    for start, end in arrows:
        before[end].append(start)
    found: dict[str, int] = {}
    waiting = list(boxes)
    while waiting:
        ready = [key for key in waiting if all(start in found for start in before[key])]
        found |= {key: max((found[start] + 1 for start in before[key]), default=0) for key in ready}
        waiting = [key for key in waiting if key not in found]
    return found


def _first(box: Box) -> float:
    return box.reports[0].at if box.reports else 0.0


def _beside(key: str, arrows: Iterable[tuple[str, str]], places: Mapping[str, tuple[int, int]]) -> float:
    """The mean height of those that it has it from, so that few lines cross."""
    heights = [places[start][1] for start, end in arrows if end == key and start in places]
    return sum(heights) / len(heights) if heights else 0.0


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y, to, down = start[0] + BOX, start[1] + HIGH // 2, end[0], end[1] + HIGH // 2
    bend = min(60, (to - x) // 2)
    return f"M{x} {y}C{x + bend} {y} {to - bend} {down} {to - 7} {down}"


# ---- the line of time -----------------------------------------------------------------------------------------------------------------

#: Pixels: the width, the room for names, the height of a lane, of each clock, and between two words of a clock.
WIDE, NAMES, LANE, CLOCK, APART = 960, 150, 26, 26, 92
#: Lanes of outlets; what is more shares the last.
MOST_LANES = 14
#: Seconds that are drawn at their full length; longer pauses are drawn shorter, the more so the longer they are.
FULL = 900.0


class Sign(StrEnum):
    """What a mark stands for; each has a shape of its own."""

    REPORT = "report"
    AGENCY = "agency"
    OWN = "own"
    CORRECTED = "corrected"
    CANCELED = "canceled"
    STANDING = "standing"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Event:
    """Something on the line of time."""

    at: float  #: seconds since 1970
    lane: str
    sign: Sign
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An event at its place, in pixels; `number` is also its row's in the table beside."""

    event: Event
    number: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A word of a clock at its place."""

    x: int
    words: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock along the line: the words for some moments."""

    name: str
    y: int
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the line."""

    name: str
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of time, in pixels."""

    width: int
    height: int
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    clocks: tuple[Clock, ...]  #: the reader's above, another below where it shows other hands
    now: int | None  #: where the present moment lies, if it lies within


def line(events: Iterable[Event], zone: tzinfo, others: Sequence[tzinfo] = (), now: float | None = None, rest: str = "…") -> Line | None:
    """The line of events in a reader's clock, with the first of `others` that shows other hands; None without events.

    `rest`: what the lane is called that outlets share if there are too many."""
    rows = sorted(dict.fromkeys(events), key=lambda e: (e.at, e.lane, e.label))
    if not rows:
        return None
    names = list(dict.fromkeys(e.lane for e in sorted(rows, key=lambda e: (e.sign in (Sign.STANDING, Sign.DUE), e.at))))
    kept = names if len(names) <= MOST_LANES else [*names[: MOST_LANES - 1], rest]
    scale = _Scale([e.at for e in rows])
    lanes = tuple(Lane(name, CLOCK + number * LANE + LANE // 2) for number, name in enumerate(kept))
    heights = {lane.name: lane.y for lane in lanes}
    marks = tuple(Mark(e, number, scale.x(e.at), heights.get(e.lane, lanes[-1].y)) for number, e in enumerate(rows, 1))
    below = CLOCK + len(kept) * LANE
    other = next((one for one in others if _offsets(one, rows) != _offsets(zone, rows)), None)
    clocks = [Clock(str(zone), CLOCK - 10, tuple(_ticks(scale, zone)))]
    if other is not None:
        clocks.append(Clock(str(other), below + 17, tuple(_ticks(scale, other))))
    there = scale.x(now) if now is not None and rows[0].at <= now <= rows[-1].at else None
    return Line(WIDE, below + CLOCK, lanes, marks, tuple(clocks), there)


def _offsets(zone: tzinfo, rows: Sequence[Event]) -> list[timedelta | None]:
    return [datetime.fromtimestamp(e.at, zone).utcoffset() for e in rows]


class _Scale:
    """Where moments lie: pauses up to FULL at one length, longer ones shorter and shorter."""

    def __init__(self, moments: Iterable[float]) -> None:
        self.moments = sorted(set(moments))
        lengths = [log1p((b - a) / FULL) for a, b in zip(self.moments, self.moments[1:], strict=False)]
        self.ends = [0.0]
        for length in lengths:
            self.ends.append(self.ends[-1] + length)

    def x(self, moment: float) -> int:
        total = self.ends[-1] or 1.0
        left, room = NAMES + 16, WIDE - NAMES - 60
        return round(left + room * (self._along(moment) / total if len(self.moments) > 1 else 0.5))

    def _along(self, moment: float) -> float:
        for number, (a, b) in enumerate(zip(self.moments, self.moments[1:], strict=False)):
            if moment <= b:
                return self.ends[number] + (self.ends[number + 1] - self.ends[number]) * max(0.0, moment - a) / (b - a)
        return self.ends[-1]


def _ticks(scale: _Scale, zone: tzinfo) -> Iterator[Tick]:
    """The words of a clock: at events, as many as have room, with the day where it is another."""
    last, day = -APART, None
    for moment in scale.moments:
        x = scale.x(moment)
        if x - last < APART:
            continue
        there = datetime.fromtimestamp(moment, zone)
        yield Tick(x, f"{there:%H:%M}" if there.date() == day else f"{there.day}/{there.month} {there:%H:%M}")
        last, day = x, there.date()
