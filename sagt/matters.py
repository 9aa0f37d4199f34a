"""What a report leaves to be followed up: promises, open questions, events. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from sagt import languages
from sagt.attribute import Near
from sagt.mentions import Sentences
from sagt.segment import FEWEST, clause_at
from sagt.types import (
    Act,
    Actor,
    ActorKind,
    Attribution,
    Event,
    Promise,
    PromiseKind,
    Question,
    Span,
    Spans,
    Time,
)  # fmt: skip

_KINDS = {Act.PROMISES: PromiseKind.PROMISE, Act.INTENDS: PromiseKind.INTENTION, Act.ASKS: PromiseKind.DEMAND}
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")


def promises(text: str, code: str | None, sentences: Sentences, attributions: Sequence[Attribution], times: Sequence[Time],
             actors: Sequence[Actor]) -> tuple[Promise, ...]:  # fmt: skip
    """Promises, intentions and demands that somebody utters, and what a speaker or the report itself announces for a time to come."""
    ahead = languages.pattern(code, "future")
    doers = sorted((m.span, x.id) for x in actors if x.kind is not ActorKind.PLACE for m in x.mentions)
    found: list[tuple[int, PromiseKind, str | None, str | None, Spans, Time | None]] = []
    for a in attributions:
        announces = a.due and a.act in (Act.STATES, Act.CONFIRMS) and any(ahead.search(text, *c) for c in a.content)
        kind = _KINDS.get(a.act) or (PromiseKind.ANNOUNCEMENT if announces else None)
        if kind and a.content:
            actor = (
                a.speaker.actor if a.speaker and kind in (PromiseKind.PROMISE, PromiseKind.INTENTION) else _subject(a.content[0], doers, a)
            )
            found.append((a.content[0].start, kind, a.id, actor, a.content, a.due))
    for clause, time in _announced(text, sentences, attributions, times):
        found.append((clause.start, PromiseKind.ANNOUNCEMENT, None, _subject(clause, doers, None), (clause,), time))
    rows = enumerate(sorted(found, key=lambda f: f[0]), 1)
    return tuple(Promise(f"c{n}", kind, id, actor, what, due) for n, (_, kind, id, actor, what, due) in rows)


def _subject(area: Span, doers: Sequence[tuple[Span, str]], a: Attribution | None) -> str | None:
    """The first person, group or body named in a passage; else who says it."""
    inside = _within(doers, area)
    return inside[0] if inside else (a.speaker.actor if a and a.speaker else None)


def _announced(text: str, sentences: Sentences, attributions: Sequence[Attribution], times: Sequence[Time]) -> Iterator[tuple[Span, Time]]:
    """Clauses of the report's own that look ahead to a time."""
    said = [s for a in attributions for s in (*a.content, *a.cue)]
    said.sort()
    for time in times:
        if time.start is None or _is_in(time.span, said):
            continue
        area = sentences.spans[sentences.at(time.span.start)]
        clause = clause_at(text, area, time.span)
        if "looks ahead" in time.why:
            yield clause, time


def _is_in(span: Span, sorted_spans: Sequence[Span]) -> bool:
    at = bisect_right(sorted_spans, (span.start, 1 << 60))
    return any(s.covers(span) for s in sorted_spans[max(0, at - 8) : at])


def questions(text: str, code: str | None, sentences: Sentences, attributions: Sequence[Attribution]) -> tuple[Question, ...]:
    """What the report says is not known: attributions of that act, and the language's fixed phrases where none was found."""
    found: list[tuple[Spans, Spans, str | None]] = [(a.cue, a.content, a.id) for a in attributions if a.act is Act.UNCLEAR and a.cue]
    cues = sorted(s for a in attributions for s in a.cue)
    for match in languages.pattern(code, "questions").finditer(text):
        cue = Span(*match.span())
        if any(cue.overlaps(c) for c in cues[max(0, bisect_left(cues, cue) - 3) : bisect_left(cues, cue) + 3]):
            continue
        area = sentences.spans[sentences.at(cue.start)]
        if not area.covers(cue):
            continue
        after = Span(_skip(text, cue.end), _end(text, area))
        before = Span(area.start, cue.start)
        if len(_WORD.findall(text, *after)) >= 2:
            found.append(((cue,), (after,), None))
        elif len(_WORD.findall(text, *before)) >= 2:
            found.append(((cue,), (Span(before.start, before.start + len(before.of(text).rstrip(" ,"))),), None))
    return tuple(Question(f"q{n}", *rest) for n, rest in enumerate(sorted(found, key=lambda f: f[0][0]), 1))


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " ,:":
        at += 1
    return at


def _end(text: str, area: Span) -> int:
    return area.start + len(area.of(text).rstrip(" .!?"))


def events(text: str, code: str | None, sentences: Sentences, attributions: Sequence[Attribution], times: Sequence[Time],
           actors: Sequence[Actor]) -> tuple[Event, ...]:  # fmt: skip
    """Clauses that tell of a happening with a time or a place: one for each time that is not the time of a saying, and one for each
    place beside a word that tells a happening."""
    said = {a.said.span for a in attributions if a.said}
    places = sorted((m.span, x.id) for x in actors if x.kind is ActorKind.PLACE for m in x.mentions)
    people = sorted((m.span, x.id) for x in actors if x.kind is not ActorKind.PLACE for m in x.mentions)
    near = Near(a.content for a in attributions)
    happening = languages.pattern(code, "events")
    out: dict[Span, Event] = {}
    for i, time in enumerate(times):
        if time.start is None or time.span in said:
            continue
        clause = clause_at(text, sentences.spans[sentences.at(time.span.start)], time.span)
        if clause not in out and len(_WORD.findall(text, *clause)) >= FEWEST - 1:
            out[clause] = _event(clause, i, places, people, [attributions[k] for k in near.to((clause,))])
    for span, _ in places:
        clause = clause_at(text, sentences.spans[sentences.at(span.start)], span)
        if clause not in out and happening.search(text, *clause) and not any(c.overlaps(clause) for c in _near(out, clause)):
            out[clause] = _event(clause, None, places, people, [attributions[k] for k in near.to((clause,))])
    return tuple(sorted(out.values(), key=lambda e: e.span))


def _near(out: dict[Span, Event], clause: Span) -> list[Span]:
    return [c for c in list(out)[-40:] if c.overlaps(clause)]


def _event(clause: Span, time: int | None, places: Sequence[tuple[Span, str]], people: Sequence[tuple[Span, str]],
           attributions: Sequence[Attribution]) -> Event:  # fmt: skip
    here = _within(places, clause)
    inside = [
        a for a in attributions if any(c.overlaps(clause) and c.start <= clause.start + 3 and clause.end <= c.end + 3 for c in a.content)
    ]
    word = min(inside, key=lambda a: sum(c.end - c.start for c in a.content)).id if inside else "narrator"
    return Event(clause, time, here[0] if here else None, tuple(dict.fromkeys(_within(people, clause))), word)


def _within(found: Sequence[tuple[Span, str]], clause: Span) -> list[str]:
    low = bisect_left(found, (clause, ""))
    out = []
    for span, actor in found[low:]:
        if span.start >= clause.end:
            break
        if clause.covers(span):
            out.append(actor)
    return out
