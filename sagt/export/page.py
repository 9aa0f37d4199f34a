"""Readings as one HTML page that needs no network, no script and no other file.

A marked passage belongs to any number of attributions. Its classes say to which and as what: `s3` is a source of the third,
`q3` a cue, `c3` a content, `v3` a further hand of its chain; `l3` is what stands for the third when pointed at. `m2` is a mention of
the second actor, `a2` its entry in the list. The style sheet has one rule for each number, which lights up all parts and shows the
card as long as an `l3` is pointed at or has the focus, and one for each actor, which lights up its mentions."""

from __future__ import annotations

import tomllib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from sagt.clock import clock
from sagt.export.clean import BIDI, for_label, for_page
from sagt.export.moments import in_both_clocks, interval, places
from sagt.export.pieces import Mark, Part, Piece, hands, marks, mentions, pieces, torn, who, words_of
from sagt.export.reasons import in_words
from sagt.types import Attribution, Fault, Promise, Reading

Words = dict[str, Any]

_LETTERS = {Part.SOURCE: "s", Part.CUE: "q", Part.CONTENT: "c", Part.CARRIER: "v"}
#: Contents within contents have shades of their own down to this depth.
_DEEPEST = 3
# Lights attribution {n}: while it is pointed at; else while it has the focus; else while it is the target of a link.
_RULE = (
    ".r:is(:has(.l{n}:hover),:not(:has(.l:hover)):has(.l{n}:focus-within),"
    ":not(:has(.l:is(:hover,:focus-within))):has(.t{n}:target)){{"
    "& .c{n}{{--on:var(--lit)}}& .v{n}{{--on:var(--lit-v)}}& .q{n}{{--on:var(--lit-q)}}& .s{n}{{--on:var(--lit-s)}}"
    "& .k{n}{{display:block}}& .hint{{display:none}}& .e{n}{{--on:var(--lit);--soft:var(--ink);--cue:var(--ink)}}}}\n"
)


# Lights the mentions of actor {n} while its entry is pointed at or has the focus.
_ACTOR_RULE = ".r:has(.a{n}:is(:hover,:focus-within)) .m{n}{{--on:var(--lit-s);outline:2px solid var(--source);outline-offset:1px}}\n"
#: Bars of the strip of time, in hundredths of its width.
_BARS = "".join(f".x{n}{{margin-left:{n}%}}.w{n}{{width:{n}%}}" for n in range(101))


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters on one line that share their marks; `classes` is empty outside of all attributions."""

    text: str
    classes: str
    mentions: str  #: classes of the actors mentioned here
    anchors: tuple[int, ...]  #: attributions that begin here
    lead: int | None  #: the attribution that it stands for when pointed at
    stop: bool  #: where the keyboard reaches that attribution


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the report; `blank` has no runs, `close` belongs to the paragraph of the line before."""

    runs: tuple[_Run, ...]
    blank: bool
    close: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """An attribution in words."""

    number: int
    who: str | None
    act: str
    kind: str
    what: str
    hands: tuple[str, ...]
    share: str
    found_by: str
    inside: int | None
    depth: int  #: in how many others it stands
    anchored: bool  #: whether the text has a place to link to
    why: str  #: why it is this speaker
    facts: tuple[tuple[str, str], ...]  #: medium, time of saying, …: what it is called, and what it is


@dataclass(frozen=True, slots=True)
class _Item:
    """A row of one of the lists under the attributions."""

    label: str
    words: str
    more: str = ""
    number: int = 0  #: of an actor


@dataclass(frozen=True, slots=True)
class _Bar:
    """A time on the strip."""

    words: str
    own: str  #: in its own clock
    other: str  #: in the report's, where that shows other hands
    zone: str
    left: int
    width: int
    why: str


@dataclass(frozen=True, slots=True)
class Article:
    """A reading as the template needs it."""

    number: int
    reading: Reading
    words: Words
    title: str
    when: str | None
    address: str | None  #: where the report can be opened
    faults: tuple[tuple[str, str], ...]
    lines: tuple[_Line, ...]
    entries: tuple[_Entry, ...]
    actors: tuple[_Item, ...]
    bars: tuple[_Bar, ...]
    zone: str
    lists: tuple[tuple[str, tuple[_Item, ...]], ...]  #: heading and rows: events, promises, open questions


def page(readings: Sequence[Reading]) -> str:
    """One self-contained page with an article for each reading, in their order, and a list of them if there are several.

    The interface speaks the language of the reports if all have the same and words.toml has it, else English. The text content
    of an article's text is the report's text; control characters that HTML cannot carry are shown as their pictures."""
    articles = [article(number, reading) for number, reading in enumerate(readings, 1)]
    languages = {reading.report.language for reading in readings}
    words = _words(languages.pop() if len(languages) == 1 else None)
    only = articles[0].title if len(articles) == 1 else words["several"].format(count=len(articles))
    most = max((len(reading.attributions) for reading in readings), default=0)
    # The page goes last: it says where things stand on paper and on small screens.
    sheet = style(most, max((len(reading.actors) for reading in readings), default=0)) + _resource("page.css")
    return _template().render(
        articles=articles,
        language=words["code"],
        words=words,
        title=for_label(only),
        style=Markup(sheet),  # ours alone: no word of a report is in it
        digest=b64encode(sha256(sheet.encode()).digest()).decode(),
    )


def article(number: int, reading: Reading, language: str | None = None) -> Article:
    """What a template shows of a reading; in the language of its report, unless another is given."""
    report = reading.report
    words = _words(language or report.language)
    lines = tuple(_lines(reading))
    anchored = {n for line in lines for run in line.runs for n in run.anchors}
    return Article(
        number=number,
        reading=reading,
        words=words,
        title=report.title or report.name or words["untitled"],
        when=_when(report.published, words),
        address=report.url if report.url and report.url.lower().startswith(("https://", "http://")) else None,
        faults=tuple((in_words("fault", f.what, words["code"]), _place(report.text, f)) for f in (*report.faults, *reading.faults)),
        lines=lines,
        entries=tuple(_entries(reading, words, anchored)),
        actors=tuple(_actors(reading, words)),
        bars=tuple(_bars(reading, words)),
        zone=clock(report).zone,
        lists=tuple((words["lists"][name], rows) for name, rows in _lists(reading, words) if rows),
    )


def _actors(reading: Reading, words: Words) -> Iterator[_Item]:
    text = reading.report.text
    for number, one in enumerate(reading.actors, 1):
        kind = words["classes"][one.source_class or one.kind]
        others = dict.fromkeys(" ".join(m.span.of(text).split()) for m in one.mentions)
        joined = "; ".join(f"“{' '.join(m.span.of(text).split())}”: {in_words('speaker', m.why, words['code'])}" for m in one.mentions)
        roles = ", ".join((kind, *one.roles))
        more = ", ".join(name for name in others if name != one.name)
        yield _Item(one.name, f"{roles} · {len(one.mentions)}" + (f" · {more}" if more else ""), joined, number)


def _bars(reading: Reading, words: Words) -> Iterator[_Bar]:
    now = clock(reading.report)
    times = sorted((t for t in reading.times if t.start and t.end), key=lambda t: (t.start, t.end))
    around = now.now or next((t.start for t in times if t.start), None)
    if around is None:
        return
    for time, (left, right) in zip(times, places(times, around), strict=True):
        own, other = in_both_clocks(time, now.zone, words["months"], words["dot"])
        yield _Bar(
            " ".join(time.span.of(reading.report.text).split()), own, other, time.zone or "", left, min(right - left, 100 - left),
            in_words("time", time.why, words["code"]),
        )  # fmt: skip


def _lists(reading: Reading, words: Words) -> Iterator[tuple[str, tuple[_Item, ...]]]:
    text, names = reading.report.text, {actor.id: actor.name for actor in reading.actors}
    numbers = {one.id: str(n) for n, one in enumerate(reading.attributions, 1)}
    narrator: str = words["narrator"]
    yield "events", tuple(_Item(numbers.get(e.on_word_of) or narrator, words_of(text, (e.span,))) for e in reading.events)
    yield (
        "promises",
        tuple(
            _Item(
                words["promises"][one.kind],
                words_of(text, one.what),
                " · ".join(filter(None, (names.get(one.actor or ""), _due(one, words)))),
            )
            for one in reading.promises
        ),
    )
    yield "questions", tuple(_Item("?", words_of(text, one.asks)) for one in reading.questions)


def _due(one: Promise, words: Words) -> str:
    return interval(one.due.start, one.due.end, words["months"], words["dot"]) if one.due and one.due.start and one.due.end else ""


def _facts(reading: Reading, one: Attribution, words: Words) -> Iterator[tuple[str, str]]:
    """Medium, time of saying, due time, answer, hedges and doubt of an attribution."""
    text, zone = reading.report.text, clock(reading.report).zone
    numbers = {a.id: n for n, a in enumerate(reading.attributions, 1)}
    called = words["facts"]
    if one.speaker and one.speaker.candidates:
        yield called["doubt"], " / ".join(torn(reading, one))
    if one.medium:
        yield called["medium"], words["media"][one.medium.type] + (f" ({one.medium.platform})" if one.medium.platform else "")
    for name, time in (("said", one.said), ("due", one.due)):
        if time and time.start:
            own, other = in_both_clocks(time, zone, words["months"], words["dot"])
            yield called[name], own + (f" {time.zone} ({other} {zone})" if other else "")
    if one.answers and one.answers.to in numbers:
        yield called["answers"], str(numbers[one.answers.to])
    if one.hedges:
        yield called["hedges"], ", ".join(h.of(text) for h in one.hedges)


def _lines(reading: Reading) -> Iterator[_Line]:
    text = reading.report.text
    ends = [i for i, character in enumerate(text) if character == "\n"]
    begun: set[int] = set()
    reached: set[int] = set()
    rows: list[list[_Run]] = [[]]
    for piece in pieces(text, [*marks(reading), *mentions(reading)], [*ends, *(end + 1 for end in ends)]):
        if text[piece.span.start] == "\n":
            rows.append([])
        else:
            rows[-1].append(_run(text, piece, begun, reached))
    spaced = "\n\n" in text
    for above, row in zip([[], *rows], rows, strict=False):
        yield _Line(tuple(row), not row, spaced and bool(above))


def _run(text: str, piece: Piece, begun: set[int], reached: set[int]) -> _Run:
    """The piece for the template; notes in `begun` and `reached` which attributions now have an anchor and a stop."""
    lead = piece.lead
    anchors = {mark.number for mark in piece.marks if mark.part is not Part.MENTION} - begun
    begun |= anchors
    stop = lead is not None and lead.number not in reached
    if lead is not None:
        reached.add(lead.number)
    named = " ".join(f"m{mark.number}" for mark in piece.marks if mark.part is Part.MENTION)
    return _Run(piece.span.of(text), _classes(piece, lead), named, tuple(sorted(anchors)), lead.number if lead else None, stop)


def _classes(piece: Piece, lead: Mark | None) -> str:
    if lead is None:
        return ""
    own = [f"{_LETTERS[mark.part]}{mark.number}" for mark in piece.marks if mark.part is not Part.MENTION]
    return " ".join((lead.part, f"d{min(piece.depth, _DEEPEST)}", "l", f"l{lead.number}", *own))


def _entries(reading: Reading, words: Words, anchored: set[int]) -> Iterator[_Entry]:
    numbers = {one.id: number for number, one in enumerate(reading.attributions, 1)}
    outer = {number: numbers.get(one.inside or "") for number, one in enumerate(reading.attributions, 1)}
    for number in range(1, len(reading.attributions) + 1):
        yield _entry(reading, number, words, outer, number in anchored)


def _entry(reading: Reading, number: int, words: Words, outer: dict[int, int | None], anchored: bool) -> _Entry:
    text, one = reading.report.text, reading.attributions[number - 1]
    return _Entry(
        number=number,
        who=who(text, one),
        act=words["acts"][one.act],
        kind=words["kinds"][one.kind],
        what=words_of(text, one.content),
        hands=tuple(hands(text, one)),
        share=words["share"].format(share=round(100 * one.confidence)),
        found_by=in_words("rule", one.found_by, words["code"]),
        inside=outer[number],
        depth=_depth(number, outer),
        anchored=anchored,
        why=in_words("speaker", one.speaker.why, words["code"]) if one.speaker else "",
        facts=tuple(_facts(reading, one, words)),
    )


def _depth(number: int, outer: dict[int, int | None]) -> int:
    seen = {number}
    while (above := outer[number]) is not None and above not in seen and len(seen) <= _DEEPEST:
        seen.add(above)
        number = above
    return len(seen) - 1


def _place(text: str, fault: Fault) -> str:
    return words_of(text, (fault.span,))[:80] if fault.span else ""


def _when(published: str | None, words: Words) -> str | None:
    """The moment in words; as it was given if it is none that Python can read."""
    if not published or "T" not in published:
        return published
    try:
        moment = datetime.fromisoformat(published)
    except ValueError:
        return published
    month = words["months"][moment.month - 1]
    said: str = words["date"].format(day=moment.day, month=month, year=moment.year, hour=moment.hour, minute=moment.minute)
    zone = moment.strftime("%z")
    return f"{said} ({zone[:3]}:{zone[3:5]})" if zone else said


def style(attributions: int, actors: int) -> str:
    """The style sheet of readings with at most so many attributions and actors, without that of the page around them."""
    rules = [_RULE.format(n=number) for number in range(1, attributions + 1)]
    rules += [_ACTOR_RULE.format(n=number) for number in range(1, actors + 1)]
    return "".join((_resource("marks.css"), *rules, _BARS))


def shown(text: str) -> Markup:
    """The text, escaped; each mark of direction stands in an element of its own, where it turns nothing but itself."""
    safe = str(escape(for_page(text)))
    return Markup(BIDI.sub(lambda m: f'<bdi class="turn" data-code="U+{ord(m[0]):04X}">{m[0]}</bdi>', safe))


@cache
def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_resource), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["shown"] = shown
    environment.filters["label"] = for_label
    return environment.get_template("page.html")


@cache
def _vocabulary() -> dict[str, Words]:
    return tomllib.loads(_resource("words.toml"))


def _words(language: str | None) -> Words:
    return _vocabulary().get(language or "en", _vocabulary()["en"])


def _resource(name: str) -> str:
    return files("sagt.export").joinpath(name).read_text("utf-8")
