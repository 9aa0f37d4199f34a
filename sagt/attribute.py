"""From what the network found, and from quotation marks and dashes, to the attributions of a report. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sagt import credits, quotes, segment
from sagt.decode import Found
from sagt.languages import CODES, every, load
from sagt.quotes import Quote
from sagt.types import Act, Attribution, Kind, Link, Report, Role, Span, Spans, merged

#: Contents that share at least this part of their characters are one content passed on twice (a carrier and its speaker).
SAME_CONTENT = 0.5
#: A quotation of which the network has at least this part is taken whole.
TAKEN = 0.5
#: A quotation of which the attributions have at most this part is nobody's yet.
LOOSE = 0.2
#: A carrier follows its attribution after so many characters at most.
BESIDE = 2
#: The clause that a cue without a content opens begins within so many characters.
FURTHEST = 60
#: Confidence from which what a second look finds counts: on the tuning documents two in five are right from here on, which leaves F1
#: where it was; below, it falls. In whole stories, where a lost passage costs a statement its other reports, three in five are right.
SECOND_LOOK = 0.65
#: Chance given to what a rule finds alone: a cautious round figure under what was right of it in training texts.
RULE_CONFIDENCE = 0.6

_COLON = re.compile(r"\s*:\s*$")
_HEADLINE = re.compile(r"([^\W\d][^:.?!\n]*): (\S[^:|\n]*\s[^:|\n]*[^.:|\s])")
#: Longer lines are no headlines.
LONGEST_HEADLINE = 120


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


class Near:
    """Which of many things lie near a place: keeps every step linear in the length of a text."""

    _BITS = 9

    def __init__(self, things: Iterable[Spans] = ()) -> None:
        self._at: dict[int, list[int]] = defaultdict(list)
        for i, spans in enumerate(things):
            self.add(i, spans)

    def add(self, index: int, spans: Spans) -> None:
        """Thing number `index` has characters at `spans`."""
        for bucket in self._buckets(spans):
            self._at[bucket].append(index)

    def to(self, spans: Spans) -> list[int]:
        """Numbers of the things that may have characters in `spans`, in order."""
        return sorted({i for bucket in self._buckets(spans) for i in self._at.get(bucket, ())})

    def _buckets(self, spans: Spans) -> set[int]:
        return {bucket for s in spans for bucket in range(s.start >> self._BITS, ((s.end - 1) >> self._BITS) + 1)}


def attributions(report: Report, paragraphs: Sequence[Span], found: Sequence[Found]) -> tuple[Attribution, ...]:
    """All attributions of a report, in order of their cues."""
    text, code = report.text, report.language
    marks = quotes.find(text, paragraphs)
    found = _without_doubtful(found, text, paragraphs)
    drafts = [_draft(text, f, code) for f in _once([f for f in found if not f.via])]
    drafts = _pointing_back(drafts, text, paragraphs)
    drafts = _with_carriers(drafts, _once([f for f in found if f.via]), text, code)
    drafts = _with_whole_quotes(drafts, marks)
    drafts = _with_turns(drafts, marks, text, paragraphs)
    drafts = _with_headlines(drafts, text, paragraphs)
    drafts = sorted((d for d in drafts if d.content), key=lambda d: d.place)
    near = Near((quote.span,) for quote in marks)
    ends = _last_hands(report)
    finished = [_finish(i, d, [marks[k] for k in near.to(d.content)], text, ends) for i, d in enumerate(drafts)]
    around = Near(a.content for a in finished)
    return tuple(replace(a, inside=_inside(a, [finished[i] for i in around.to(a.content)])) for a in finished)


def _once(found: Sequence[Found]) -> list[Found]:
    """One of each cue: where the parts of a cue were found apart, or two windows saw one, the surest stands."""
    kept: list[Found] = []
    near = Near()
    for candidate in sorted(found, key=lambda f: -f.confidence):
        rivals = [kept[i] for i in near.to(candidate.cue)]
        if not any(a.overlaps(b) for other in rivals for a in other.cue for b in candidate.cue):
            near.add(len(kept), candidate.cue)
            kept.append(candidate)
    return kept


def _without_doubtful(found: Sequence[Found], text: str, paragraphs: Sequence[Span]) -> list[Found]:
    """What was found at a second look counts only where it is whole, and the first look found nothing in its sentences."""
    sure = [f for f in found if not f.faint]
    near = Near((*f.source, *f.cue, *f.content) for f in sure)
    kept = list(sure)
    for one in found:
        parts = (*one.source, *one.cue, *one.content)
        if one.faint and one.confidence >= SECOND_LOOK and one.source and one.content and not one.via:
            around = _sentences_of(parts, text, paragraphs)
            if not any(a.overlaps(b) for i in near.to(around) for a in (*sure[i].source, *sure[i].cue, *sure[i].content) for b in around):
                kept.append(one)
    return kept


def _sentences_of(parts: Spans, text: str, paragraphs: Sequence[Span]) -> Spans:
    """The sentences that parts stand in."""
    out = []
    for part in parts:
        _, around = _around(part, 1, 1, paragraphs)
        out += [s for s in segment.sentences(text, around) if s.overlaps(part)]
    return tuple(out)


def _around(part: Span, back: int, ahead: int, paragraphs: Sequence[Span]) -> tuple[int, Span]:
    """The number of the paragraph that a part begins in, and as much of it around the part as so many of the longest sentences have."""
    at = bisect_right(paragraphs, part.start, key=lambda p: p.start) - 1
    start, end = part.start - back * segment.LONGEST_SENTENCE, part.end + ahead * segment.LONGEST_SENTENCE
    return at, Span(max(paragraphs[at].start, start), min(paragraphs[at].end, end))


def _draft(text: str, found: Found, code: str | None) -> Draft:
    told = _told(text, found, code) if code in CODES else None
    return Draft(found.source, found.cue, tuple(_lines(text, found.content)), told or found.act, found.confidence)


def _told(text: str, found: Found, code: str) -> Act | None:
    """The act that the words of the cue tell; "afviser" with "at kommentere" at the head of the content withholds."""
    cue = " ".join(s.of(text) for s in found.cue)
    head = " ".join(found.content[0].of(text).split()[:3]) if found.content and found.content[0].start >= found.cue[0].end else ""
    language = load(code)
    if head and language.act_of(f"{cue} {head}") is Act.WITHHOLDS:
        return Act.WITHHOLDS
    return language.act_of(cue)


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


def alike(a: Spans, b: Spans) -> float:
    """Shared characters over all characters of the two."""
    common = _shared(a, b)
    return common / max(1, _length(a) + _length(b) - common)


def _pointing_back(drafts: list[Draft], text: str, paragraphs: Sequence[Span]) -> list[Draft]:
    """ "Det siger Holt." without a content of its own: the sentence before is what she says. Others without a content are dropped."""
    out = []
    near = Near(d.cue for d in drafts)
    for draft in drafts:
        content = draft.content
        if not content and (before := _sentence_before(draft.cue[0], text, paragraphs)):
            said = (drafts[i] for i in near.to(before) if before[0].covers(drafts[i].cue[0]) and drafts[i].content)
            content = next((d.content for d in said), before)
        content = content or _clause_after(draft, text, paragraphs)
        if content:
            out.append(replace(draft, content=content))
    return out


def _sentence_before(cue: Span, text: str, paragraphs: Sequence[Span]) -> Spans:
    """The sentence before the one a cue stands in, if that one points back."""
    at, around = _around(cue, 2, 1, paragraphs)
    here = segment.sentences(text, around)
    index = next((i for i, s in enumerate(here) if s.covers(cue)), -1)
    first = text[here[index].start : cue.start].lower().split()
    if index < 0 or len(first) != 1 or first[0] not in every().pointers:
        return ()
    before = here[:index] or (segment.sentences(text, _tail(paragraphs[at - 1])) if at else [])
    return tuple(before[-1:])


def _clause_after(draft: Draft, text: str, paragraphs: Sequence[Span]) -> Spans:
    """The clause that a conjunction opens ("…, at han netop har talt med ham") after a cue, to the end of the sentence."""
    end = max(s.end for s in (*draft.cue, *draft.source))
    at = bisect_right(paragraphs, draft.cue[0].start, key=lambda p: p.start) - 1
    around = Span(max(paragraphs[at].start, end - segment.LONGEST_SENTENCE), min(paragraphs[at].end, end + 2 * segment.LONGEST_SENTENCE))
    here = next((s for s in segment.sentences(text, around) if s.start <= draft.cue[0].start < s.end), None)
    opens = _conjunction().search(text, end, min(here.end, end + FURTHEST)) if here else None
    if here is None or opens is None:
        return ()
    return (Span(opens.end(), here.start + len(here.of(text).rstrip(" .!?"))),)


@cache
def _conjunction() -> re.Pattern[str]:
    return re.compile(r",?\s+(?=(" + "|".join(sorted(map(re.escape, every().complementizers))) + r")\s)", re.IGNORECASE)


def head_source(a: Attribution) -> Span:
    """Of several parts of a source the one that tells who it is: the nearest before the cue, else the nearest after it."""
    if len(a.source) == 1 or not a.cue:
        return a.source[0]
    cue = a.cue[0]
    return min(a.source, key=lambda s: (s.start > cue.start, abs(s.start - cue.start)))


def _tail(paragraph: Span) -> Span:
    """The end of a paragraph: sentences of a huge one are not worth finding for the sake of its last."""
    return Span(max(paragraph.start, paragraph.end - 2 * segment.LONGEST_SENTENCE), paragraph.end)


def _with_carriers(drafts: list[Draft], carriers: Sequence[Found], text: str, code: str | None) -> list[Draft]:
    """Each carrier put on the attribution whose content it shares; one that has none stands for itself."""
    out = list(drafts)
    near, sayers = Near(d.content for d in out), Near((*d.source, *d.cue) for d in out)
    for carrier in sorted(carriers, key=lambda c: c.cue[0].start):
        best = max(near.to(carrier.content), key=lambda i: alike(out[i].content, carrier.content), default=None)
        if best is None or alike(out[best].content, carrier.content) < SAME_CONTENT:
            best = _beside(carrier, out, sayers, text)
        if best is not None:
            out[best] = replace(out[best], carriers=(*out[best].carriers, carrier))
        elif carrier.content:
            sayers.add(len(out), (*carrier.source, *carrier.cue))
            out.append(_draft(text, carrier, code))
    return out


def _beside(carrier: Found, drafts: Sequence[Draft], sayers: Near, text: str) -> int | None:
    """The attribution after whose source or cue a carrier follows at once: "siger Frey ifølge AP"."""
    at = carrier.cue[0].start
    for i in sayers.to((Span(max(0, at - BESIDE - 1), at + 1),)):
        end = max((s.end for s in (*drafts[i].source, *drafts[i].cue) if s.end <= at), default=-1)
        if 0 <= at - end <= BESIDE and not text[end:at].strip(" ,"):
            return i
    return None


def _most_of(span: Span, drafts: Sequence[Draft], near: Near) -> tuple[int | None, float]:
    """The attribution that has most of a passage in its content, and what part of it."""
    best = max(near.to((span,)), key=lambda i: _shared(drafts[i].content, (span,)), default=None)
    return best, 0.0 if best is None else _shared(drafts[best].content, (span,)) / (span.end - span.start)


def _with_whole_quotes(drafts: list[Draft], marks: Sequence[Quote]) -> list[Draft]:
    """Every marked quotation taken whole by the attribution that has most of it, if that is the greater part."""
    out = list(drafts)
    near = Near(d.content for d in out)
    for quote in marks:
        if quote.dash:
            continue
        best, share = _most_of(quote.span, out, near)
        if best is None or share < TAKEN:
            continue
        if not any(quote.span.overlaps(s) for s in (*out[best].cue, *out[best].source)):
            out[best] = replace(out[best], content=tuple(merged((*out[best].content, quote.span))))
    return out


def _with_turns(drafts: list[Draft], marks: Sequence[Quote], text: str, paragraphs: Sequence[Span]) -> list[Draft]:
    """Quotations that nobody has yet: part of a turn that somebody has another part of, a colon's, or one that goes on."""
    out = list(drafts)
    near = Near(d.content for d in out)
    for turn in reversed(_turns(marks)):
        loose, holder = _loose(turn, out, near)
        if not loose or not any(quotes.is_speech(quote, text) for quote in turn):
            continue
        if holder is None and turn[0].dash:
            holder = _tagged_later(turn[0], out, near, marks)
        spans = tuple(quote.span for quote in loose)
        if holder is not None:
            out[holder] = replace(out[holder], content=tuple(sorted((*spans, *out[holder].content))))
            near.add(holder, spans)
        else:
            source = _before_colon(turn[0], text, paragraphs[turn[0].paragraph])
            rule = "colon" if source else "quotation that goes on"
            near.add(len(out), spans)
            out.append(Draft(source, (), spans, Act.STATES, RULE_CONFIDENCE, rule))
    return out


def _turns(marks: Sequence[Quote]) -> list[list[Quote]]:
    """Quotations by their turns, in order."""
    out: dict[int, list[Quote]] = {}
    for quote in marks:
        out.setdefault(quote.turn, []).append(quote)
    return list(out.values())


def _loose(turn: Sequence[Quote], drafts: Sequence[Draft], near: Near) -> tuple[list[Quote], int | None]:
    """The parts of a turn that no attribution has, and the one that has most of the others."""
    loose, held = [], []
    for quote in turn:
        best, share = _most_of(quote.span, drafts, near)
        if best is not None and share > LOOSE:
            held.append((share * (quote.span.end - quote.span.start), best))
        else:
            loose.append(quote)
    return loose, max(held)[1] if held else None


def _tagged_later(quote: Quote, drafts: Sequence[Draft], near: Near, marks: Sequence[Quote]) -> int | None:
    """The attribution that tags a turn of dash paragraphs of which this is an earlier one: the tag stands only in the last."""
    at = bisect_right(marks, quote.span, key=lambda m: m.span)
    following = next((m for m in marks[at : at + 1] if m.paragraph == quote.paragraph + 1 and m.dash), None)
    if following is None:
        return None
    turn = following.span
    holders = [i for i in near.to((turn,)) if _shared(drafts[i].content, (turn,)) and any(turn.covers(c) for c in drafts[i].cue)]
    return max(holders, key=lambda i: _shared(drafts[i].content, (turn,)), default=None)


def _before_colon(quote: Quote, text: str, paragraph: Span) -> Spans:
    """The name in `Name: "…"`: at most six words before a colon, from the head of the paragraph or sentence."""
    before = text[paragraph.start : quote.span.start]
    colon = _COLON.search(before)
    if not colon:
        return ()
    start = before.rfind(". ", 0, colon.start())
    return _name(text, Span(paragraph.start + (start + 2 if start >= 0 else 0), paragraph.start + colon.start()))


def _name(text: str, span: Span, most: int = 6) -> Spans:
    """The span if its words can name a speaker."""
    words = span.of(text)
    start = span.start + len(words) - len(words.lstrip())
    words = words.strip()
    if not words[:1].isupper() or len(words.split()) > most or words.lower() in every().labels:
        return ()
    return (Span(start, start + len(words)),)


def _with_headlines(drafts: list[Draft], text: str, paragraphs: Sequence[Span]) -> list[Draft]:
    """Headlines `Name: what is said`: lines of one clause, without a full stop, of which nobody has the greater part."""
    out = list(drafts)
    near = Near(d.content for d in out)
    for paragraph in paragraphs:
        match = _HEADLINE.fullmatch(text, *paragraph) if paragraph.end - paragraph.start <= LONGEST_HEADLINE else None
        if not match:
            continue
        content = (Span(*match.span(2)),)
        source = _name(text, Span(*match.span(1)), most=4)
        if source and not any(_shared(out[i].content, content) > TAKEN * _length(content) for i in near.to(content)):
            out.append(Draft(source, (), content, Act.STATES, RULE_CONFIDENCE, "headline"))
    return out


def kind_of(content: Spans, marks: Sequence[Quote]) -> Kind:
    """Direct where nearly all of a content stands in quotation marks or a dash paragraph, mixed where a part does."""
    total = _length(content)
    quoted = _shared(content, tuple(quote.span for quote in marks))
    if quoted >= 0.85 * total:
        return Kind.DIRECT
    return Kind.MIXED if quoted >= 3 else Kind.INDIRECT


def _finish(index: int, draft: Draft, marks: Sequence[Quote], text: str, ends: tuple[Link, ...]) -> Attribution:
    return Attribution(
        id=f"a{index + 1}",
        source=draft.source,
        cue=draft.cue,
        content=draft.content,
        kind=kind_of(draft.content, marks),
        act=draft.act,
        confidence=draft.confidence,
        found_by=draft.found_by,
        chain=_chain(draft, text, ends),
    )


def _chain(draft: Draft, text: str, ends: tuple[Link, ...]) -> tuple[Link, ...]:
    """Speaker, carriers from the nearest outwards, and the hands that the whole report went through."""
    links = [Link(Role.SPEAKER, s, name=s.of(text)) for s in draft.source[:1]]
    for carrier in sorted(draft.carriers, key=lambda c: c.cue[0].start):
        span = carrier.source[0] if carrier.source else None
        links.append(Link(Role.CARRIER, span, carrier.cue, span.of(text) if span else None))
    named = [link.name or "" for link in links]
    return (*links, *(end for end in ends if end.role is Role.OUTLET or not any(end.name in name.split() for name in named)))


def _last_hands(report: Report) -> tuple[Link, ...]:
    """Agencies credited, and the outlet; where that is not known, the last agency stands in its place."""
    credited = credits.find(report.text) if report.agencies else ()
    hands = [Link(Role.CARRIER, credit.span, name=credit.name) for credit in credited if credit.name in report.agencies]
    once = [hand for i, hand in enumerate(hands) if hand.name not in {other.name for other in hands[:i]} and hand.name != report.outlet]
    if report.outlet is None and once:
        return (*once[:-1], replace(once[-1], role=Role.OUTLET))
    return (*once, Link(Role.OUTLET, None, name=report.outlet))


def _inside(one: Attribution, all_: Sequence[Attribution]) -> str | None:
    """The smallest attribution in whose content the cue and content of this one stand."""
    parts = (*one.cue, *one.content)
    outer = [
        other
        for other in all_
        if other.id != one.id
        and _length(other.content) > _length(one.content)
        and all(any(c.covers(p) for c in other.content) for p in parts)
    ]
    return min(outer, key=lambda other: _length(other.content)).id if outer else None
