"""The hands that each attribution went through, from the speaker to the outlet, by what the sentence says. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sagt import languages
from sagt.actors import Cast
from sagt.attribute import Near, alike, head_source
from sagt.languages import Language
from sagt.mentions import Form, Sentences, Sort, noun_of
from sagt.types import ActorKind, Attribution, Link, Report, Role, Span, Speaker

#: Contents that share at least this part of their characters are one content with two hands.
SAME = 0.5
#: Between the words that make an outlet a carrier and its name stand at most so many characters ("til det norske nyhedsbureau NTB").
REACH = 50
#: A relaying sentence is short, and so is what it says of what it relays ("was the first to report the findings").
SHORT_SENTENCE, POINTER = 100, 20
#: It carries attributions of the paragraphs beside it; so many on either side are looked at.
NEAR_RELAY = 12
#: A sentence "Det skriver X." within so many paragraphs of the head speaks for the whole report.
LEAD = 3

_WORD = re.compile(r"[^\W_][\w’'-]*")


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where a report names news media, in order."""

    spans: tuple[Span, ...]
    names: tuple[str, ...]

    def within(self, area: Span) -> list[int]:
        """Numbers of those that stand in `area`."""
        return [i for i, s in enumerate(self.spans) if area.covers(s)]


def outlets_of(report: Report, cast: Cast, language: Language) -> Outlets:
    """Media named in the text: those that sagt knows, and those that the text calls a paper, a broadcaster, an agency."""
    found: dict[Span, str] = {}
    for match in languages.outlet_pattern().finditer(report.text):
        found[Span(*match.span())] = languages.outlet_of(match[0]) or match[0]
    for actor in cast.actors:
        for mention in actor.mentions:
            words = mention.span.of(report.text)
            if any(mention.span.overlaps(s) for s in found):
                continue
            before = _WORD.findall(report.text[max(0, mention.span.start - 30) : mention.span.start])
            code = languages.or_english(report.language)
            called = noun_of(before[-1].lower(), code) if before else None
            named = actor.kind is ActorKind.ORGANISATION and mention.why.startswith("name") and languages.is_outlet_name(words, code)
            if (called and called.sort is Sort.OUTLET) or languages.outlet_of(words) or named:
                found[mention.span] = languages.outlet_of(words) or words
            elif _is_outlet_noun(words, report):
                found[mention.span] = actor.name
    for phrase in cast.phrases:
        if phrase.sort is Sort.OUTLET and phrase.form is Form.NOUN and phrase.definite and not any(phrase.span.overlaps(s) for s in found):
            following = min((s.start for s in found if s.start >= phrase.span.end), default=1 << 60)
            if following - phrase.span.end > 1:
                known = cast.at.get(phrase.span)
                found[phrase.span] = next((x.name for x in cast.actors if x.id == known), phrase.words)
    starts = {s.start for s in found}
    spans = tuple(s for s in sorted(found) if s.end + 1 not in starts)  # "the broadcaster NRK" is NRK
    return Outlets(spans, tuple(found[s] for s in spans))


def _is_outlet_noun(words: str, report: Report) -> bool:
    last = _WORD.findall(words)[-1:]
    noun = noun_of(last[0].lower(), languages.or_english(report.language)) if last else None
    return noun is not None and noun.sort is Sort.OUTLET


def chained(
    report: Report, sentences: Sentences, attributions: Sequence[Attribution], cast: Cast
) -> tuple[tuple[Attribution, ...], tuple[Speaker | None, ...]]:
    """The attributions with whole chains, and their speakers.

    An outlet that merely passes on what another attribution has already is no attribution of its own, but a carrier."""
    return _Chaining(report, sentences, attributions, cast).finish()


class _Chaining:
    def __init__(self, report: Report, sentences: Sentences, attributions: Sequence[Attribution], cast: Cast) -> None:
        self.report, self.text, self.sentences, self.cast = report, report.text, sentences, cast
        self.language, self.code = languages.load(report.language), languages.or_english(report.language)
        self.outlets = outlets_of(report, cast, self.language)
        self.all = list(attributions)
        self.speakers = list(cast.speakers)
        self.carriers: list[list[Link]] = [[self._canonical(x) for x in a.chain if x.role is Role.CARRIER and x.cue] for a in self.all]
        self.gone: set[int] = set()
        self.number = {a.id: k for k, a in enumerate(self.all)}
        people = [(m.span, x.id, x.name, m.why) for x in cast.actors if x.kind is ActorKind.PERSON for m in x.mentions]
        self.people = sorted(people)

    def finish(self) -> tuple[tuple[Attribution, ...], tuple[Speaker | None, ...]]:
        for k in range(len(self.all)):
            self.carriers[k] = [c for c in self.carriers[k] if not self._is_speaker_of(c)]
            self._citing(k)
            self._said_by(k)
        self._second_hands()
        for k in range(len(self.all)):
            self._by_words(k)
        whole = self._relay()
        kept = [k for k in range(len(self.all)) if k not in self.gone]
        ids = {self.all[k].id: f"a{n}" for n, k in enumerate(kept, 1)}
        out = []
        for k in kept:
            a = self.all[k]
            inside = ids.get(a.inside) if a.inside else None
            out.append(replace(a, id=ids[a.id], inside=inside, chain=self._chain(k, whole)))
        return tuple(out), tuple(self._renamed(self.speakers[k], ids) for k in kept)

    def _canonical(self, link: Link) -> Link:
        """A hand by the name of the medium in it: "det amerikanske nyhedsbureau AP" is AP."""
        inside = self.outlets.within(link.span) if link.span else []
        if not inside:
            return link
        return replace(link, name=self.outlets.names[inside[-1]], actor=self.cast.at.get(self.outlets.spans[inside[-1]]))

    def _renamed(self, speaker: Speaker | None, ids: dict[str, str]) -> Speaker | None:
        if speaker and speaker.why.startswith("goes on from "):
            return replace(speaker, why=f"goes on from {ids.get(speaker.why.removeprefix('goes on from '), 'before')}")
        return speaker

    def _is_speaker_of(self, link: Link) -> bool:
        """ "an analyst at Reuters": a person who belongs to an outlet is no hand of it."""
        if link.span is None:
            return False
        around = Span(max(0, link.span.start - 25), link.span.end)
        words = _WORD.findall(around.of(self.text).lower())
        nouns = [noun_of(w, self.code) for w in words]
        return any(n is not None and n.sort in (Sort.PERSON, Sort.SPOKESMAN) for n in nouns) and not self.outlets.within(link.span)

    def _is_outlet(self, span: Span | None) -> int | None:
        """Number of the outlet that a source consists of: "AP", "det amerikanske nyhedsbureau AP", "avisen"."""
        if span is None:
            return None
        inside = self.outlets.within(span)
        if not inside:
            return None
        for word in _WORD.findall(span.of(self.text).lower()):
            noun = noun_of(word, self.code)
            if noun is not None and noun.sort in (Sort.PERSON, Sort.SPOKESMAN, Sort.UNNAMED, Sort.CROWD):
                return None
        return inside[-1]

    def _link(self, number: int, cue: Span | None) -> Link:
        span = self.outlets.spans[number]
        return Link(Role.CARRIER, span, (cue,) if cue else (), self.outlets.names[number], self.cast.at.get(span))

    def _add(self, k: int, link: Link) -> None:
        """A hand more, unless it is there already or is the speaker himself."""
        own = self.all[k].source[0] if self.all[k].source else None
        if link.span and own and own.covers(link.span):
            return
        same = [c for c in self.carriers[k] if (c.span and link.span and c.span.overlaps(link.span)) or _same_name(c.name, link.name)]
        if not same:
            self.carriers[k].append(link)

    def _citing(self, k: int) -> None:
        """ "skriver Reuters med henvisning til to kilder": the sources speak, Reuters carries."""
        a = self.all[k]
        number = self._is_outlet(head_source(a)) if a.source else None
        if number is None:
            return
        end = max(s.end for s in (*a.source, *a.cue))
        area = self.sentences.spans[self.sentences.at(end - 1)]
        for phrase in self.language.carriers["citing"]:
            match = re.compile(rf"\b{re.escape(phrase)}\s+", re.IGNORECASE).search(
                self.text, min(s.end for s in a.source), min(area.end, end + 80)
            )
            if match:
                stop = re.compile(r"[,.;:\n]| (?:at|that|att|dass) ").search(self.text, match.end(), area.end)
                source = Span(match.end(), stop.start() if stop else area.end)
                if source.end > source.start:
                    cited = Span(match.start(), match.start() + len(phrase))
                    self.carriers[k].append(
                        Link(Role.CARRIER, a.source[0], a.cue, self.outlets.names[number], self.cast.at.get(a.source[0]))
                    )
                    self.all[k] = replace(a, source=(source,), cue=(cited,))
                    self.speakers[k] = self._speaker_at(source)
                return

    def _said_by(self, k: int) -> None:
        """ "…, said Kate Lowry, according to AP": where only the outlet was found, a person beside a verb of saying is who speaks."""
        a = self.all[k]
        number = self._is_outlet(head_source(a)) if a.source and self._is_according(a) else None
        if number is None:
            return
        area = self.sentences.spans[self.sentences.at(a.cue[0].start)]
        for match in self._says().finditer(self.text, *area):
            verb = Span(*match.span())
            content = tuple(self._before(c, verb) for c in a.content)
            if any(c.end <= c.start for c in content):
                continue
            for span, id, name, why in self.people[bisect_left(self.people, (Span(area.start, 0), "", "", "")) :]:
                if span.start >= area.end:
                    break
                between = self.text[min(span.end, verb.end) : max(span.start, verb.start)]
                if area.covers(span) and not between.strip() and not any(c.covers(span) for c in content):
                    self.carriers[k].append(self._link(number, a.cue[0]))
                    self.all[k] = replace(a, source=(span,), cue=(verb,), content=content)
                    self.speakers[k] = Speaker(id, name, why)
                    return

    def _before(self, content: Span, verb: Span) -> Span:
        """What stands before the verb of a tag that was taken into the content."""
        if not content.overlaps(verb):
            return content
        return Span(content.start, content.start + len(self.text[content.start : verb.start].rstrip(" ,")))

    def _says(self) -> re.Pattern[str]:
        return languages.pattern(self.code, "carriers.says")

    def _speaker_at(self, source: Span) -> Speaker:
        actor = next((x for x in self.cast.actors if any(source.covers(m.span) for m in x.mentions)), None)
        if actor:
            return Speaker(actor.id, actor.name, "cited by name")
        return Speaker(None, " ".join(source.of(self.text).split()), "as the report calls it")

    def _second_hands(self) -> None:
        """Attributions of an outlet that have the content of another one: hands of it, and no attributions."""
        near = Near(a.content for a in self.all)
        for k, a in enumerate(self.all):
            if self._is_according(a) and self._is_outlet(head_source(a)) is None:
                self._on_word_of(k, near)
                continue
            number = self._is_outlet(head_source(a)) if a.source else None
            if number is None:
                continue
            for other in near.to(a.content):
                b = self.all[other]
                if other == k or other in self.gone or (b.source and self._is_outlet(b.source[0]) is not None):
                    continue
                if alike(a.content, b.content) >= SAME:
                    self._add(other, self._link(number, a.cue[0] if a.cue else None))
                    self.gone.add(k)

    def _is_according(self, a: Attribution) -> bool:
        words = " ".join(c.of(self.text) for c in a.cue).lower()
        return bool(a.source) and words in self.language.carriers["according"]

    def _on_word_of(self, k: int, near: Near) -> None:
        """ "Trump erklærede sig ifølge borgmesteren enig": what Trump says, on the mayor's word."""
        a = self.all[k]
        sentence = self.sentences.at(a.cue[0].start)
        for other in near.to(a.content):
            b = self.all[other]
            if other == k or other in self.gone or not b.cue or not b.source or self._is_according(b):
                continue
            if self.sentences.at(b.cue[0].start) == sentence and alike(a.content, b.content) >= SAME and a.cue[0].start < b.content[-1].end:
                speaker = self.speakers[k]
                span = head_source(a)
                name = (speaker.name if speaker else None) or span.of(self.text)
                self._add(other, Link(Role.CARRIER, span, a.cue, name, speaker.actor if speaker else None))
                self.gone.add(k)

    def _by_words(self, k: int) -> None:
        """ "siger hun til Ritzau", "told Reuters", "…, siger Frey ifølge AP": an outlet right after such words, beside the cue."""
        a = self.all[k]
        if not a.cue or k in self.gone or (a.source and self._is_outlet(a.source[0]) is not None):
            return
        cue = a.cue[0]
        area = self.sentences.spans[self.sentences.at(cue.start)]
        for number in self.outlets.within(area):
            span = self.outlets.spans[number]
            told = 0 <= span.start - cue.end < REACH and "," not in self.text[cue.end : span.start]
            if any(c.covers(span) and not (told and span.start - c.start < REACH) for c in a.content):
                continue
            between = Span(max(area.start, span.start - REACH), span.start)
            for kind in ("to", "according", "in"):
                if kind != "according" and span.start < cue.start:
                    continue
                if kind == "in" and span.start - max(s.end for s in (*a.cue, *a.source)) > REACH:
                    continue
                if (word := self._last_word(between, self.language.carriers[kind], cue)) and not self._is_person_between(
                    word.end, span.start
                ):
                    self._add(k, self._link(number, word))

    def _last_word(self, area: Span, words: Sequence[str], cue: Span) -> Span | None:
        """The last of some words in an area, with nothing but words between it and the end of the area."""
        best: Span | None = None
        for word in words:
            for match in re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE).finditer(self.text, *area):
                rest = self.text[match.end() : area.end]
                if not re.search(r"[.;:!?\n»”\"]", rest) and rest.count(",") <= 1 and (best is None or match.start() > best.start):
                    best = Span(*match.span())
        if best is None and any(w in cue.of(self.text).lower().split() for w in words) and self.text[cue.end : area.end].strip() == "":
            return cue
        return best

    def _is_person_between(self, start: int, end: int) -> bool:
        """ "til en analytiker hos Reuters": then it is not the outlet that was told."""
        nouns = [noun_of(w.lower(), self.code) for w in _WORD.findall(self.text[start:end])]
        return any(n is not None and n.sort not in (Sort.OUTLET,) for n in nouns)

    def _relay(self) -> Link | None:
        """ "Det skriver Videnskab.dk." after the lead: a hand of what stands before it; near the head, of the whole report."""
        whole: Link | None = None
        for k, a in enumerate(self.all):
            number = self._is_outlet(head_source(a)) if a.source else None
            if number is None or not a.cue or k in self.gone or not self._points_back(a):
                continue
            link = self._link(number, a.cue[0])
            here = self.sentences.paragraph[self.sentences.at(a.cue[0].start)]
            for other in range(max(0, k - NEAR_RELAY), min(len(self.all), k + NEAR_RELAY)):
                b = self.all[other]
                if (
                    other == k
                    or not b.content
                    or b.content[0].start > a.cue[0].start
                    or (b.source and self._is_outlet(b.source[0]) is not None)
                ):
                    continue
                place = self.sentences.paragraph[self.sentences.at(b.content[0].start)]
                if here - place <= 1:
                    self._add(other, link)
                    if alike(a.content, (*b.source, *b.cue, *b.content)) >= SAME:
                        self.gone.add(k)
            if here < LEAD and whole is None:
                whole = replace(link, why="stands for the whole report")
        return whole

    def _points_back(self, a: Attribution) -> bool:
        area = self.sentences.spans[self.sentences.at(a.cue[0].start)]
        back = all(c.end <= area.start or c.end - c.start < POINTER for c in a.content)
        return back and area.end - area.start < SHORT_SENTENCE

    def _chain(self, k: int, whole: Link | None) -> tuple[Link, ...]:
        """Speaker, carriers from the nearest outwards, those who carried what this stands in, and the last hands."""
        a, speaker = self.all[k], self.speakers[k]
        links: list[Link] = []
        told = " ".join(c.of(self.text) for c in a.cue).lower() in self.language.told
        if not told and (a.source or (speaker and speaker.name)):
            span = head_source(a) if a.source else None
            name = (speaker.name if speaker else None) or (span.of(self.text) if span else None)
            links.append(Link(Role.SPEAKER, span, (), name, speaker.actor if speaker else None))
        outer = self._outer(k)
        own = sorted(self.carriers[k], key=lambda c: (c.cue or (c.span or Span(0, 0),))[0])
        links += [link for link in own if not any(_same_name(link.name, other.name) for other in outer)] + outer
        if whole and not any(_same_name(x.name, whole.name) for x in links) and not any(x.cue for x in links):
            links.append(whole)
        ends = [link for link in a.chain if link.role is Role.OUTLET or (link.role is Role.CARRIER and not link.cue)]
        ends = [e for e in ends if e.role is Role.OUTLET or not any(_same_name(x.name, e.name) for x in links if x.role is Role.CARRIER)]
        return (*links, *ends)

    def _outer(self, k: int) -> list[Link]:
        """A statement within a statement: who said the outer one, and that one's carriers, are hands of the inner."""
        out: list[Link] = []
        a, seen = self.all[k], {k}
        while a.inside is not None:
            at = self.number.get(a.inside)
            if at is None or at in seen:
                break
            seen.add(at)
            a = self.all[at]
            speaker = self.speakers[at]
            own = self.speakers[k]
            if a.source and speaker and speaker.name and not (own and own.actor is not None and own.actor == speaker.actor):
                out.append(Link(Role.CARRIER, a.source[0], a.cue, speaker.name, speaker.actor))
            out += self.carriers[at]
        return out


def _same_name(a: str | None, b: str | None) -> bool:
    return bool(a and b) and str(a).casefold() == str(b).casefold()
