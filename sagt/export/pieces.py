"""A report's text cut wherever an attribution begins or ends, so that nested and crossing spans can be shown on one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from sagt.types import Attribution, Reading, Role, Span, Spans, merged


class Part(StrEnum):
    """What a span is to its attribution."""

    SOURCE = "source"
    CUE = "cue"
    CONTENT = "content"
    CARRIER = "carrier"  #: a further hand of the chain, with its own cue
    MENTION = "mention"  #: not of an attribution, but of the actor with that number


class Mark(NamedTuple):
    """A span that is a part of attribution `number` (from 1, in the order of the reading), or a mention of actor `number`."""

    span: Span
    part: Part
    number: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters that belong to the same marks; `marks` is empty where nobody is passed on."""

    span: Span
    marks: tuple[Mark, ...]

    @property
    def lead(self) -> Mark | None:
        """The mark that the piece stands for when only one can be shown: the shortest, but no content before another part."""
        parts = (mark for mark in self.marks if mark.part is not Part.MENTION)
        return min(parts, key=lambda m: (m.part is Part.CONTENT, m.span.end - m.span.start, -m.number), default=None)

    @property
    def depth(self) -> int:
        """How many contents the piece lies in."""
        return sum(mark.part is Part.CONTENT for mark in self.marks)


def marks(reading: Reading) -> list[Mark]:
    """Every part of every attribution, by its start, the longer first. What lies outside the text is left out."""
    size = len(reading.report.text)
    out = [
        Mark(Span(max(span.start, 0), min(span.end, size)), part, number)
        for number, one in enumerate(reading.attributions, 1)
        for part, spans in _parts(one)
        for span in merged(spans)
    ]
    return sorted((m for m in out if m.span.start < m.span.end), key=lambda m: (m.span.start, -m.span.end, m.number))


def mentions(reading: Reading) -> list[Mark]:
    """Every mention of every actor, by its start."""
    size = len(reading.report.text)
    found = (
        Mark(Span(max(m.span.start, 0), min(m.span.end, size)), Part.MENTION, number)
        for number, one in enumerate(reading.actors, 1)
        for m in one.mentions
    )
    return sorted(mark for mark in found if mark.span.start < mark.span.end)


def pieces(text: str, found: Iterable[Mark], cuts: Iterable[int] = ()) -> Iterator[Piece]:
    """The whole text in order, cut at the ends of all `found` marks and at `cuts`."""
    waiting = sorted(found, key=lambda m: m.span.start, reverse=True)
    bounds = {0, len(text), *cuts} | {end for mark in waiting for end in mark.span}
    held: list[Mark] = []
    for start, end in pairwise(sorted(bounds)):
        held = [mark for mark in held if mark.span.end > start]
        while waiting and waiting[-1].span.start <= start:
            held.append(waiting.pop())
        yield Piece(Span(start, end), tuple(held))


def words_of(text: str, spans: Spans) -> str:
    """The words at the spans on one line, with " … " where they do not touch."""
    return " … ".join(" ".join(span.of(text).split()) for span in merged(spans))


def who(text: str, one: Attribution) -> str | None:
    """The speaker's name; where nothing decides, the words of the source; None when nobody is named."""
    if one.speaker and one.speaker.name:
        return " ".join(one.speaker.name.split())
    speakers = [link for link in one.chain if link.role is Role.SPEAKER]
    if one.speaker and not one.speaker.candidates and not speakers:
        return None  # the source is who was told
    return words_of(text, one.source) or next((link.name for link in speakers), None)


def torn(reading: Reading, one: Attribution) -> list[str]:
    """Names of the actors between whom nothing decides."""
    names = {actor.id: actor.name for actor in reading.actors}
    return [names[id] for id in (one.speaker.candidates if one.speaker else ()) if id in names]


def hands(text: str, one: Attribution) -> list[str]:
    """The names along the chain, from the speaker to the outlet."""
    return [link.name or (" ".join(link.span.of(text).split()) if link.span else "") or "?" for link in one.chain]


def _parts(one: Attribution) -> Iterator[tuple[Part, Spans]]:
    yield Part.SOURCE, one.source
    yield Part.CUE, one.cue
    yield Part.CONTENT, one.content
    for link in one.chain:
        if link.role is Role.CARRIER:
            yield Part.CARRIER, (*link.cue, *((link.span,) if link.span else ()))
