"""From what the network found, and from quotation marks and dashes, to the attributions of a report. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sagt import quotes
from sagt.quotes import Quote
from sagt.decode import Found
from sagt.types import Act, Attribution, Kind, Link, Role, Span, Spans, merged

#: Contents that share at least this part of their characters are one content passed on twice (a carrier and its speaker).
SAME_CONTENT = 0.5
#: A quotation of which the network has at least this part is taken whole.
TAKEN = 0.5
#: Chance given to what a rule finds alone; measured on the training part of attribution-da (evaluation/results.md).
RULE_CONFIDENCE = 0.6

_COLON = re.compile(r"\s*:\s*$")


@dataclass(frozen=True, slots=True)
class Draft:
    """An attribution that is being put together."""

    source: Spans
    cue: Spans
    content: Spans
    act: Act
    confidence: float
    found_by: str = "model"
    carriers: tuple[Found, ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands: by its cue, else by its content."""
        first = (self.cue or self.content or self.source)[0]
        return first.start, first.end


def attributions(text: str, paragraphs: Sequence[Span], found: Sequence[Found], outlet: str | None) -> tuple[Attribution, ...]:
    """All attributions of a text, in order of their cues."""
    marks = quotes.find(text, paragraphs)
    drafts = [_draft(text, f) for f in _once([f for f in found if not f.via])]
    drafts = _with_carriers(drafts, _once([f for f in found if f.via]), text)
    drafts = [replace(d, content=_whole_quotes(d, drafts, marks)) for d in drafts]
    drafts = _with_loose_quotes(drafts, marks, text, paragraphs)
    drafts = sorted((d for d in drafts if d.content), key=lambda d: d.place)
    finished = [_finish(i, d, marks, text, outlet) for i, d in enumerate(drafts)]
    return tuple(replace(a, inside=_inside(a, finished)) for a in finished)


def _once(found: Sequence[Found]) -> list[Found]:
    """One of each cue: where the parts of a cue were found apart, or two windows saw one, the surest stands."""
    kept: list[Found] = []
    for candidate in sorted(found, key=lambda f: -f.confidence):
        if not any(a.overlaps(b) for other in kept for a in other.cue for b in candidate.cue):
            kept.append(candidate)
    return kept


def _draft(text: str, found: Found) -> Draft:
    return Draft(found.source, found.cue, tuple(_lines(text, found.content)), found.act, found.confidence)


def _lines(text: str, spans: Spans) -> list[Span]:
    """Spans cut at line ends: a content has one part a paragraph."""
    out = []
    for span in spans:
        for match in re.finditer(r"[^\n]+", span.of(text)):
            part = match[0]
            start = span.start + match.start() + len(part) - len(part.lstrip())
            end = span.start + match.start() + len(part.rstrip())
            if start < end:
                out.append(Span(start, end))
    return out


def _length(spans: Spans) -> int:
    return sum(s.end - s.start for s in merged(spans))


def _shared(a: Spans, b: Spans) -> int:
    return sum(max(0, min(x.end, y.end) - max(x.start, y.start)) for x in merged(a) for y in merged(b))


def _alike(a: Spans, b: Spans) -> float:
    """Shared characters over all characters of the two."""
    common = _shared(a, b)
    return common / max(1, _length(a) + _length(b) - common)


def _with_carriers(drafts: list[Draft], carriers: Sequence[Found], text: str) -> list[Draft]:
    """Each carrier put on the attribution whose content it shares; one that has none stands for itself."""
    out = list(drafts)
    for carrier in sorted(carriers, key=lambda c: c.cue[0].start):
        likeness = [_alike(d.content, carrier.content) for d in out]
        best = max(range(len(out)), key=lambda i: likeness[i], default=-1)
        if best >= 0 and likeness[best] >= SAME_CONTENT:
            out[best] = replace(out[best], carriers=(*out[best].carriers, carrier))
        else:
            out.append(_draft(text, carrier))
    return out


def _whole_quotes(draft: Draft, drafts: Sequence[Draft], marks: Sequence[Quote]) -> Spans:
    """The content with every marked quotation whole of which it has the greater part, and more than any other has."""
    content = list(draft.content)
    for quote in marks:
        if quote.dash or not quote.closed:
            continue
        mine = _shared(draft.content, (quote.span,))
        if mine < TAKEN * (quote.span.end - quote.span.start) or any(quote.span.overlaps(s) for s in (*draft.cue, *draft.source)):
            continue
        if all(mine >= _shared(other.content, (quote.span,)) for other in drafts):
            content.append(quote.span)
    return tuple(merged(content))


def _with_loose_quotes(drafts: list[Draft], marks: Sequence[Quote], text: str, paragraphs: Sequence[Span]) -> list[Draft]:
    """Quotations that nobody has yet: part of a turn whose tag comes later, a colon's, or one that goes on."""
    out = list(drafts)
    for quote in reversed(marks):
        covered = max((_shared(d.content, (quote.span,)) for d in out), default=0)
        if covered > 0.2 * (quote.span.end - quote.span.start) or not quotes.is_speech(quote, text):
            continue
        later = _tag_after(quote, out, marks) if quote.whole else None
        if later is not None:
            out[later] = replace(out[later], content=tuple(sorted((quote.span, *out[later].content))))
        else:
            source = _before_colon(quote, text, paragraphs[quote.paragraph])
            rule = "colon" if source else "quotation that goes on"
            out.append(Draft(source, (), (quote.span,), Act.STATES, RULE_CONFIDENCE, rule))
    return out


def _tag_after(quote: Quote, drafts: Sequence[Draft], marks: Sequence[Quote]) -> int | None:
    """The attribution that tags a turn of which this is an earlier paragraph: the tag stands only in the last."""
    following = [m for m in marks if m.paragraph == quote.paragraph + 1]
    if not following or (quote.dash and not following[0].dash) or (not quote.dash and quote.closed):
        return None
    turn = following[0].span
    holders = [i for i, d in enumerate(drafts) if _shared(d.content, (turn,)) and any(turn.start <= c.start <= turn.end + 80 for c in d.cue)]
    return max(holders, key=lambda i: _shared(drafts[i].content, (turn,)), default=None)


def _before_colon(quote: Quote, text: str, paragraph: Span) -> Spans:
    """The name in `Name: "…"`: at most six words before a colon, from the head of the paragraph or sentence."""
    before = text[paragraph.start : quote.span.start]
    colon = _COLON.search(before)
    if not colon:
        return ()
    start = max(before.rfind(". ", 0, colon.start()) + 2, 0) if ". " in before[: colon.start()] else 0
    name = before[start : colon.start()]
    if not name.strip() or len(name.split()) > 6 or not name.strip()[0].isupper():
        return ()
    at = paragraph.start + start + len(name) - len(name.lstrip())
    return (Span(at, paragraph.start + colon.start()),)


def kind_of(content: Spans, marks: Sequence[Quote]) -> Kind:
    """Direct where nearly all of a content stands in quotation marks or a dash paragraph, mixed where a part does."""
    total = _length(content)
    quoted = sum(quotes.share_quoted(s, marks) * (s.end - s.start) for s in content)
    if quoted >= 0.85 * total:
        return Kind.DIRECT
    return Kind.MIXED if quoted >= 3 else Kind.INDIRECT


def _finish(index: int, draft: Draft, marks: Sequence[Quote], text: str, outlet: str | None) -> Attribution:
    return Attribution(
        id=f"a{index + 1}",
        source=draft.source,
        cue=draft.cue,
        content=draft.content,
        kind=kind_of(draft.content, marks),
        act=draft.act,
        confidence=draft.confidence,
        found_by=draft.found_by,
        chain=_chain(draft, text, outlet),
    )


def _chain(draft: Draft, text: str, outlet: str | None) -> tuple[Link, ...]:
    """Speaker, carriers from the nearest outwards, outlet."""
    links = [Link(Role.SPEAKER, s, name=s.of(text)) for s in draft.source[:1]]
    for carrier in sorted(draft.carriers, key=lambda c: c.cue[0].start):
        span = carrier.source[0] if carrier.source else None
        links.append(Link(Role.CARRIER, span, carrier.cue, span.of(text) if span else None))
    return (*links, Link(Role.OUTLET, None, name=outlet))


def _inside(one: Attribution, all_: Sequence[Attribution]) -> str | None:
    """The smallest attribution in whose content the cue and content of this one stand."""
    parts = (*one.cue, *one.content)
    outer = [
        other
        for other in all_
        if other.id != one.id and _length(other.content) > _length(one.content) and all(any(c.covers(p) for c in other.content) for p in parts)
    ]
    return min(outer, key=lambda other: _length(other.content)).id if outer else None
