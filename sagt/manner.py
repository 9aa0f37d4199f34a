"""How something is said: by what means, with what reserve, denied or not, and in answer to what. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from sagt import languages
from sagt.languages import Language
from sagt.mentions import Sentences
from sagt.types import Act, Answer, Attribution, Medium, MediumType, Span, Speaker

#: A quotation by the same speaker, so many paragraphs further on, may still be from the same writing.
SAME_WRITING = 2
#: An answer goes to the statement that shares most with it; that the statement speaks of who answers counts as much as this part of its
#: words, and each statement further back counts so much less.
ABOUT, FURTHER = 0.1, 0.03
#: Words shorter than this tell nothing of a content; of longer ones, so many letters are compared.
SHORTEST, STEM = 4, 5

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
#: Acts that speak of what others say.
ANSWERING = {Act.DENIES, Act.CONFIRMS, Act.WITHHOLDS}
_BESIDE = 40
#: "told a press conference", "told parliament": so near behind the cue, a medium needs no preposition.
_ARTICLE = 8


def with_manner(text: str, code: str | None, sentences: Sentences, attributions: Sequence[Attribution]) -> tuple[Attribution, ...]:
    """The attributions with medium, hedges, negation and what they answer."""
    language = languages.load(code)
    out: list[Attribution] = []
    for a in attributions:
        medium = _medium(text, sentences, a, code or "") or _continued(text, sentences, a, out, language)
        hedges = tuple(_found(text, _areas(sentences, a), languages.pattern(code, "hedges")))
        negated = any(w in language.negations for c in a.cue for w in re.findall(r"[\w’']+", c.of(text).lower()))
        out.append(replace(a, medium=medium, hedges=hedges, negated=negated))
    return tuple(_answers(text, out, language))


def _areas(sentences: Sentences, a: Attribution) -> list[Span]:
    """An attribution's own words, and those between its parts in a sentence."""
    if not a.cue:
        return []
    area = sentences.spans[sentences.at(a.cue[0].start)]
    parts = [*a.cue, *a.source, *(c for c in a.content if area.overlaps(c))]
    return [Span(max(area.start, min(p.start for p in parts)), min(area.end, max(p.end for p in parts)))]


def _found(text: str, areas: Sequence[Span], pattern: re.Pattern[str]) -> Iterator[Span]:
    for area in areas:
        for match in pattern.finditer(text, *area):
            yield Span(*match.span())


# medium


def _medium(text: str, sentences: Sentences, a: Attribution, code: str) -> Medium | None:
    """The medium that the sentence of an attribution's cue names, outside what is said; the nearest to the cue."""
    if not a.cue and not a.source:
        return None
    cue = (a.cue or a.source)[0]
    area = sentences.spans[sentences.at(cue.start)]
    found: list[tuple[int, Medium]] = []
    for kind, pattern in _media(languages.or_english(code)):
        for match in pattern.finditer(text, *area):
            span = Span(*match.span())
            if any(c.overlaps(span) for c in a.content):
                continue
            whole = _with_preposition(text, area, span, languages.load(code))
            own = any(s.covers(span) for s in a.source)
            told = 0 < span.start - cue.end < _ARTICLE and kind in (MediumType.PARLIAMENT, MediumType.PRESS_CONFERENCE)
            bare = whole == span and not told and not any(c.overlaps(span) for c in a.cue)
            if bare and not own:
                continue
            if own and kind not in (MediumType.REPORT, MediumType.PRESS_RELEASE, MediumType.LETTER, MediumType.COURT_DOCUMENT,
                                    MediumType.LEAKED_DOCUMENT, MediumType.WRITTEN_STATEMENT, MediumType.SOCIAL_POST):  # fmt: skip
                continue
            found.append((_away(span, cue), Medium(kind, whole)))
    platform = _platform(text, area, a)
    if found:
        _, best = min(found, key=lambda pair: (pair[0], -(pair[1].span.end - pair[1].span.start)))
        if best.type in (MediumType.SOCIAL_POST, MediumType.WRITTEN_STATEMENT) and platform:
            return Medium(MediumType.SOCIAL_POST, _joined(text, best.span, platform[0], area), platform[1])
        return best
    return Medium(MediumType.SOCIAL_POST, platform[0], platform[1]) if platform else None


def media_in(text: str, area: Span, code: str | None) -> set[MediumType]:
    """The media that an area of a text names, platforms as posts."""
    found = {kind for kind, pattern in _media(languages.or_english(code)) if pattern.search(text, *area)}
    return found | ({MediumType.SOCIAL_POST} if languages.platform_pattern().search(text, *area) else set())


def _away(span: Span, cue: Span) -> int:
    return max(0, span.start - cue.end, cue.start - span.end)


def _with_preposition(text: str, area: Span, span: Span, language: Language) -> Span:
    """The words "i et", "på sin egen", "in a" before a medium, back to the preposition that opens it."""
    before = text[max(area.start, span.start - _BESIDE) : span.start]
    words = list(re.finditer(r"[^\s,.;:»«”“\"()]+", before))
    for word in reversed(words[-5:]):
        if word[0].lower() in language.media_prepositions:
            if re.search(r"[,.;:»«”“\"()]", before[word.end() :]):
                return span
            return Span(span.start - len(before) + word.start(), span.end)
    return span


def _platform(text: str, area: Span, a: Attribution) -> tuple[Span, str] | None:
    """A platform after a preposition, or after a comma ("sit sociale medie, Truth Social"), outside what is said."""
    for match in languages.platform_pattern().finditer(text, *area):
        span = Span(*match.span())
        if any(c.overlaps(span) for c in a.content):
            continue
        before = text[max(area.start, span.start - 30) : span.start].rstrip(" ,").lower().split()
        if before and (
            before[-1] in languages.every().media_prepositions or text[max(0, span.start - 2) : span.start] == ", " or len(before[-1]) > 4
        ):
            return span, languages.platform_of(match[0])
    return None


def _joined(text: str, a: Span, b: Span, area: Span) -> Span:
    if a.covers(b):
        return a
    both = Span(min(a.start, b.start), max(a.end, b.end))
    between = text[min(a.end, b.end) : max(a.start, b.start)]
    return both if area.covers(both) and len(between) < 60 else a


def _continued(text: str, sentences: Sentences, a: Attribution, before: Sequence[Attribution], language: Language) -> Medium | None:
    """A quotation that somebody "writes", right after one of the same speaker in a post or letter, is from that writing."""
    if not any(w in language.written_cues for c in a.cue for w in _WORD.findall(c.of(text).lower())):
        return None
    here = sentences.paragraph[sentences.at((a.cue or a.content)[0].start)]
    for other in reversed(before[-4:]):
        place = sentences.paragraph[sentences.at((other.cue or other.content)[0].start)]
        if other.medium and here - place <= SAME_WRITING and _same(a.speaker, other.speaker):
            return other.medium
    return None


def _same(a: Speaker | None, b: Speaker | None) -> bool:
    return bool(a and b and a.actor is not None and a.actor == b.actor)


@cache
def _media(code: str) -> tuple[tuple[MediumType, re.Pattern[str]], ...]:
    return tuple((kind, languages.pattern(code, f"media.{kind.name.lower()}")) for kind in MediumType)


# answers


def _answers(text: str, attributions: Sequence[Attribution], language: Language) -> Iterator[Attribution]:
    """Denials, confirmations, withholding and agreement, each with the statement that it answers, if one stands before it."""
    bags = [_bag(text, a) for a in attributions]
    for k, a in enumerate(attributions):
        agrees = any(w in language.agreement for s in (*a.cue, *a.content[:1]) for w in _WORD.findall(s.of(text).lower())[:4])
        yield replace(a, answers=_answered(text, k, attributions, bags)) if a.act in ANSWERING or agrees else a


def _bag(text: str, a: Attribution) -> frozenset[str]:
    words = " ".join(c.of(text) for c in a.content).lower()
    return frozenset([w[:STEM] for w in _WORD.findall(words) if len(w) >= SHORTEST] + _NUMBER.findall(words))


def _answered(text: str, k: int, attributions: Sequence[Attribution], bags: Sequence[frozenset[str]]) -> Answer | None:
    """The statement of somebody else before it that shares most with what is answered, or speaks of who answers; else the last one."""
    a = attributions[k]
    best: tuple[float, int, list[str], bool] | None = None
    for i in range(k - 1, max(-1, k - 13), -1):
        b = attributions[i]
        if b.id == a.inside or (b.inside == a.id and a.content != b.content) or _same(a.speaker, b.speaker):
            continue
        if b.act in (Act.WITHHOLDS, Act.UNCLEAR):
            continue
        common = bags[k] & bags[i]
        part = len(common) / max(1, min(len(bags[k]), len(bags[i])))
        about = a.speaker is not None and a.speaker.name is not None and _mentions(text, b, a.speaker.name)
        score = part + (ABOUT if about else 0.0) - FURTHER * (k - i)
        if best is None or score > best[0]:
            best = score, i, sorted(common), about
    if best is None:
        return None
    _, i, words, about = best
    id = attributions[i].id
    shared = ", ".join(w + "…" for w in words[:4])
    if shared:
        return Answer(id, f"shares {shared} with {id}")
    return Answer(id, f"{id} speaks of who answers" if about else f"the statement before it, {id}")


def _mentions(text: str, a: Attribution, name: str) -> bool:
    last = _WORD.findall(name)[-1:] or [name]
    return any(last[0] in c.of(text) for c in a.content)
