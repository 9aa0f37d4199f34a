"""What a report passes on, one passage after the other, with all that can be compared with passages of other reports. Pure.

A passage is an attribution, or, in a report that is somebody's own word (a post, a press release), a sentence that the report states
itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache

from sagt import facts, languages, segment, words
from sagt.mentions import Sort, noun_of
from sagt.types import (
    Act,
    Actor,
    ActorKind,
    Attribution,
    Link,
    MediumType,
    Reading,
    Report,
    Role,
    SourceClass,
    Span,
    Spans,
    Time,
    TimeType,
    Wording,
)

#: Words below which a part of a content is no passage of its own.
SHORT = 5
#: Characters of a content that count; longer ones are speeches.
LONGEST = 600
#: Sentences of one content whose meanings are kept.
MOST_SENTENCES = 6
#: Words that a report must tell beside what it passes on in a sentence, for them to tell something of their own.
LEAST_BESIDE = 5
#: Letters from which the stem of an outlet's name is told in another form of it.
LEAST_STEM = 6
#: Letters of a name or role that are kept, and of a speaker's name before what is said.
LONGEST_NAME, LONGEST_SPEAKER = 120, 60
#: Characters of a sentence before and after what it passes on in whose light that is understood.
BEFORE, AFTER = 300, 200
#: Characters before an answer's sentence in whose light it is understood.
LIGHT = 180


#: Media by which somebody speaks to all at once: whoever passes that on has it from there.
OWN_MEDIA = frozenset((MediumType.SOCIAL_POST, MediumType.PRESS_RELEASE, MediumType.WRITTEN_STATEMENT))


#: Clauses that say each a thing of its own, and where a sentence ends.
_THAT = re.compile(r"(?:og|samt|and|och|und)\s+(?:at|that|att|dass)\b", re.IGNORECASE)
_AND_THAT = re.compile(rf"[,;]?\s+({_THAT.pattern})", re.IGNORECASE)
_NEXT = re.compile(r"[.!?»”\"]\s+|\n+")
_CLOSED = re.compile(r"[.!?][\"'”“»«’)]*$")


class Stance(StrEnum):
    """How an actor stands to a claim."""

    ASSERTS = "asserts"
    DENIES = "denies"
    WITHHOLDS = "withholds"
    ASKS = "asks"
    CONFIRMS = "confirms"
    OPEN = "open"  #: nobody says: what the report itself calls not known


#: A promise, a plan and a belief assert what they are about.
_STANCES = {
    Act.DENIES: Stance.DENIES,
    Act.WITHHOLDS: Stance.WITHHOLDS,
    Act.ASKS: Stance.ASKS,
    Act.CONFIRMS: Stance.CONFIRMS,
    Act.UNCLEAR: Stance.OPEN,
}


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, as one report tells."""

    name: str | None  #: the fullest name there, or the words for somebody unnamed
    key: str = ""  #: the name's folded words
    person: bool = False
    named: bool = False
    roles: tuple[str, ...] = ()
    local: str | None = None  #: id of the actor in the reading
    entity: str | None = None  #: what the name stands for in the gazetteer

    @property
    def about(self) -> str:
        """What tells who this is, beside the name."""
        return ", ".join(self.roles) or ("" if self.named and self.person else self.name or "")

    def is_called_as(self, other: Voice) -> bool:
        """True if both have one name, or names of one entity of the gazetteer."""
        return self.key == other.key or (self.entity is not None and self.entity == other.entity)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A hand between the speaker and the outlet."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Passage:
    """One saying in one report."""

    attribution: str  #: its id in the reading; "w1", "w2", … for sentences of a report that is somebody's own word
    spans: Spans  #: of the content
    content: str
    wording: tuple[Wording, ...]  #: what its meaning is taken from, a sentence each, behind who says it
    voice: Voice
    stance: Stance
    act: Act
    quoted: bool  #: in the speaker's own words, wholly or in part
    carriers: tuple[Carrier, ...] = ()  #: from the speaker outwards, the outlet left out
    heard: bool = False  #: the outlet says that it was told so itself ("siger hun til Nordposten" in Nordposten)
    witness: Voice | None = None  #: who told that the speaker said so, where the report has it on another's word
    medium: MediumType | None = None
    numbers: tuple[float, ...] = ()
    names: frozenset[str] = frozenset()
    bag: frozenset[str] = frozenset()
    negations: int = 0
    hedges: tuple[str, ...] = ()
    said: tuple[float, float] | None = None  #: seconds since 1970
    due: tuple[float, float] | None = None
    inside: str | None = None
    language: str | None = None
    leans: tuple[float, ...] = ()  #: how likely it does each of stances.STANCES; without a network nothing tells
    tells: tuple[float, ...] = ()  #: what it tells of something promised (promises.tells); without a network nothing does


@dataclass(frozen=True, slots=True)
class OwnWord:
    """That a report is somebody's own word."""

    author: str
    medium: MediumType
    why: str


def passages(reading: Reading) -> tuple[Passage, ...]:
    """All passages of a report, in the order of its text."""
    report = reading.report
    own = own_word(reading)
    cast = {actor.id: actor for actor in reading.actors}
    named = _named_hands(reading)
    found = [part for a in reading.attributions if a.content for part in _parts(reading, _passage(reading, a, cast, own, named))]
    found = [_through_the_same_hand(one, found) for one in found]
    if own is not None:
        found += _own_sentences(reading, own)
    return tuple(sorted(found, key=lambda one: (one.spans[0], one.attribution))) if report.text else ()


def _through_the_same_hand(one: Passage, all_: Sequence[Passage]) -> Passage:
    """A passage that names no hand has the one through which all else comes that this speaker says in the report."""
    if one.carriers or one.heard or one.medium in OWN_MEDIA or not one.voice.key:
        return one
    others = [other for other in all_ if other.voice.key == one.voice.key and other is not one]
    hands = {other.carriers[0]: other.carriers for other in others if other.carriers}
    if len(hands) != 1 or any(other.heard for other in others):
        return one
    return replace(one, carriers=next(iter(hands.values())))


def _passage(reading: Reading, one: Attribution, cast: dict[str, Actor], own: OwnWord | None, named: Sequence[Link]) -> Passage:
    report = reading.report
    content = " … ".join(span.of(report.text) for span in one.content)[:LONGEST]
    outlet = outlet_key(report.outlet)
    carriers = [
        _carrier(link, named) for link in one.chain if link.role is Role.CARRIER and link.name and _is_outlet(link, cast, report.language)
    ]
    witness = next((link for link in one.chain if link.role is Role.CARRIER and not _is_outlet(link, cast, report.language)), None)
    voice = _voice(one, cast)
    if (
        own is not None
        and voice.name is None
        and all(span.of(report.text).lower() in _first_person(report.language) for span in one.source)
    ):
        voice = author(own, reading)
    return replace(
        _blank(content, voice.name, report.language, _apart(reading.times, one.content), report.text, one.content),
        attribution=one.id, voice=voice, stance=_stance(one), act=one.act, quoted=one.kind.value != "indirect",
        carriers=tuple(c for c in carriers if not one_hand(c.key, outlet)), heard=any(one_hand(c.key, outlet) for c in carriers),
        witness=_voice_of(cast.get(witness.actor or "")) if witness else None,
        medium=one.medium.type if one.medium else own.medium if own else None, hedges=tuple(span.of(report.text).lower() for span in
        one.hedges),
        said=_interval(one.said), due=_interval(one.due), inside=one.inside,
    )  # fmt: skip


def _first_person(language: str | None) -> frozenset[str]:
    """ "I", "we" and their forms."""
    pronouns = languages.load(language).pronouns
    return pronouns["i"] | pronouns["we"]


def _parts(reading: Reading, one: Passage) -> Iterator[Passage]:
    """A passage for each thing that a content says: its sentences, and its clauses that begin with the same "that".

    The first keeps the attribution's id, the others add their number to it."""
    text = reading.report.text
    pieces = [piece for span in one.spans for piece in _things(text, span)]
    merged: list[list[Span]] = []
    for piece in pieces:
        open_ = bool(merged) and not _CLOSED.search(text[: merged[-1][-1].end].rstrip()[-3:])
        broken = open_ and not _THAT.match(text, piece.start)
        if merged and (broken or len(piece.of(text).split()) < SHORT - 1 or sum(len(p.of(text).split()) for p in merged[-1]) < SHORT - 1):
            merged[-1].append(piece)
        else:
            merged.append([piece])
    if len(merged) < 2:
        yield one
        return
    for number, spans in enumerate(merged, 1):
        joined = _joined(spans, text)
        content = " … ".join(span.of(text) for span in joined)[:LONGEST]
        words_ = _blank(content, one.voice.name, one.language, _apart(reading.times, joined), text, joined)
        yield replace(
            one, attribution=one.attribution if number == 1 else f"{one.attribution}.{number}", spans=joined, content=content,
            wording=words_.wording, numbers=words_.numbers, names=words_.names, bag=words_.bag, negations=words_.negations,
            due=_due(reading, joined[0]) or (one.due if number == 1 else None),
        )  # fmt: skip


def _things(text: str, span: Span) -> Iterator[Span]:
    """The sentences of a span, and their clauses "…, and that …"."""
    for sentence in segment.sentences(text, span):
        cuts = [m.start(1) for m in _AND_THAT.finditer(text, sentence.start, sentence.end)]
        for start, end in zip([sentence.start, *cuts], [*cuts, sentence.end], strict=True):
            yield Span(start, end)


def _joined(spans: Sequence[Span], text: str) -> Spans:
    """Spans with nothing but space between them as one."""
    out: list[Span] = []
    for span in spans:
        if out and not text[out[-1].end : span.start].strip():
            out[-1] = Span(out[-1].start, span.end)
        else:
            out.append(span)
    return tuple(out)


def _blank(content: str, speaker: str | None, language: str | None, apart: Iterable[Span], text: str, spans: Spans) -> Passage:
    """A passage with what its words alone tell, and its sentences, and who says it."""
    taken = list(apart)
    numbers = [
        n.value for span in spans for n in facts.numbers(span.of(text), language, [Span(a - span.start, b - span.start) for a, b in taken])
    ]
    return Passage(
        "", spans, content, _wording(text, spans, speaker), Voice(None), Stance.ASSERTS, Act.STATES, False,
        numbers=tuple(sorted(set(numbers))), names=facts.names(content), bag=facts.bag(content, language),
        negations=facts.negations(content, language), language=language,
    )  # fmt: skip


def _stance(one: Attribution) -> Stance:
    stance = _STANCES.get(one.act, Stance.ASSERTS)
    if one.negated and stance in (Stance.ASSERTS, Stance.CONFIRMS):
        return Stance.WITHHOLDS
    return stance


def _wording(text: str, content: Spans, speaker: str | None) -> tuple[Wording, ...]:
    """The sentences of a content; a part of a broken one ("… , he said, …") by itself. Of long speeches the first."""
    found = [Span(s.start, min(s.end, s.start + LONGEST)) for span in content for s in segment.sentences(text, span)]
    kept = [one for one in found if len(one.of(text).split()) > 1][:MOST_SENTENCES] or found[:1]
    return tuple(worded(text, one, speaker) for one in kept)


def worded(text: str, words_: Span, speaker: str | None) -> Wording:
    """Words that are passed on, in the sentence they stand in, behind the name of who says them: "denied that there was one" says more
    than "that there was one", and both more when one knows of whom."""
    start, end = max(text.rfind("\n", 0, words_.start) + 1, words_.start - 2 * BEFORE), text.find("\n", words_.end)
    around = Span(start, min(end if end >= 0 else len(text), words_.end + 2 * AFTER))
    held = [s for s in segment.sentences(text, around) if s.overlaps(words_)] or [words_]
    low, high = max(held[0].start, words_.start - BEFORE), min(held[-1].end, words_.end + AFTER)
    low, high = min(low, words_.start), max(high, words_.end)
    name = f"{speaker[:LONGEST_SPEAKER]}: " if speaker else ""
    return Wording(name + text[low:high], len(name) + words_.start - low, len(name) + words_.end - low)


def in_light(text: str, words_: Span, speaker: str | None) -> Wording:
    """An answer as `worded`, behind what the report tells just before: "Det tal er forkert" says nothing by itself."""
    one = worded(text, words_, speaker)
    begin = words_.start - worded(text, words_, None).start
    before = text[max(0, begin - LIGHT) : begin]
    if begin > LIGHT:  # from a sentence's beginning on, or a word's
        cut = _NEXT.search(before)
        before = before[cut.end() if cut else before.find(" ") + 1 :]
    before = " ".join([*before.split(), ""])
    return Wording(before + one.text, len(before) + one.start, len(before) + one.end)


def _apart(times: Iterable[Time], content: Spans) -> list[Span]:
    return [time.span for time in times if time.type is not TimeType.DURATION and any(time.span.overlaps(span) for span in content)]


def _interval(time: Time | None) -> tuple[float, float] | None:
    return (time.start.timestamp(), time.end.timestamp()) if time and time.start and time.end else None


def _is_outlet(link: Link, cast: dict[str, Actor], language: str | None) -> bool:
    """True for a hand that is a medium; a person or an authority through whom something came is a witness."""
    there = cast.get(link.actor or "")
    if there is not None:
        return there.kind in (ActorKind.ORGANISATION, ActorKind.DOCUMENT) and there.source_class is not SourceClass.OFFICIAL_BODY
    name = link.name or ""
    return bool(languages.outlet_of(name) or languages.is_outlet_name(name, language) or not name[:1].isupper())


def _named_hands(reading: Reading) -> list[Link]:
    """The hands that a report calls by name, in the order of its text."""
    found = [
        link for a in reading.attributions for link in a.chain if link.role is Role.CARRIER and link.span and not is_generic(link.name)
    ]
    return sorted(found, key=lambda link: link.span or Span(0, 0))


def is_generic(name: str | None) -> bool:
    """True for "nyhedsbureauet", "the newspaper", "Avisen": words for a hand that has its name elsewhere; "dpa" and "Lysnæs Dagblad" are
    names."""
    *before, last = (name or "").split() or [""]
    if name and languages.outlet_of(name):
        return False
    named = any(word[:1].isupper() and words.fold(word) not in _articles() for word in before)
    return not last[:1].isupper() or (words.fold(last) in _outlet_nouns() and not named)


@cache
def _articles() -> frozenset[str]:
    """Articles and possessives of all languages."""
    grammars = [languages.load(code) for code in languages.CODES]
    return frozenset(word for one in grammars for word in one.inflection.articles | one.possessives)


@cache
def _outlet_nouns() -> frozenset[str]:
    """Nouns for media in all languages, as they stand and with Danish endings."""
    nouns = {words.fold(noun) for code in languages.CODES for noun in languages.load(code).bodies["outlet"]}
    return frozenset(nouns | {noun + end for noun in nouns for end in ("en", "et", "n", "s")})


def _carrier(link: Link, named: Sequence[Link]) -> Carrier:
    """A hand by its name; one that is called "the agency" is the one named last before it."""
    name = link.name or ""
    if is_generic(name) and link.span:
        before = [other for other in named if other.span and other.span < link.span]
        name = (before[-1].name if before else named[0].name if len({other.name for other in named}) == 1 else name) or name
    known = languages.publisher(name) or name
    return Carrier(known, outlet_key(known))


#: Nordic letters as they are written abroad or in a neighbour's language, and as one compares them.
_SPELLINGS = (("ae", "æ"), ("oe", "ø"), ("ä", "æ"), ("ö", "ø"))


def outlet_key(name: str | None) -> str:
    """An outlet's name as it is compared: "the Reuters news agency" and "Reuters" are one, "Lysnaes Dagblad" is Lysnæs Dagblad."""
    return spelt(languages.publisher(name) or name or "")


def one_hand(a: str, b: str) -> bool:
    """True for two forms of an outlet's name, as keys: "Ledger" and "The Ledger", "Folkebladet" and "Vesterlund Folkeblad"."""
    if a == b:
        return True
    ours, theirs = ({word for word in key.split() if len(word) > 2} for key in (a, b))
    if not ours or not theirs:
        return False
    if ours <= theirs or theirs <= ours:
        return True
    (shorter, longer) = sorted((ours, theirs), key=len)
    only = next(iter(shorter))
    return len(shorter) == 1 and any(len(w) >= LEAST_STEM and (w.startswith(only) or only.startswith(w)) for w in longer)


def spelt(text: str) -> str:
    """The folded words of a text, spelt as they are at home."""
    key = words.key(text)
    for abroad, here in _SPELLINGS:
        key = key.replace(abroad, here)
    return key


def _voice(one: Attribution, cast: dict[str, Actor]) -> Voice:
    speaker = one.speaker
    if speaker is None or (speaker.actor is None and not speaker.name):
        return Voice(None)
    return _voice_of(cast.get(speaker.actor or "")) if speaker.actor in cast else Voice(speaker.name, words.key(speaker.name or ""))


def _voice_of(actor: Actor | None) -> Voice:
    if actor is None:
        return Voice(None)
    person = actor.kind in (ActorKind.PERSON, ActorKind.GROUP)
    named = actor.source_class is not SourceClass.UNNAMED_PERSON and actor.kind is not ActorKind.GROUP
    name = actor.name[:LONGEST_NAME]
    return Voice(name, words.key(name), person, named, tuple(role[:LONGEST_NAME] for role in actor.roles), actor.id)


# ---- reports that are somebody's own word ------------------------------------------------------------------------------------------


_ON = re.compile(r"^(?P<who>.{3,80}?)\s+(?:on|på|auf|via)\s+(?P<where>[^\s].{0,30})$")
#: What stands between an author and the social medium that follows, or the one that goes before.
_BEFORE = re.compile(r"^(?P<who>.{3,80}?)(?:\s*[,(/:|]\s*|\s+(?:on|på|auf|via|[–-])\s+)$")
_AFTER = re.compile(r"^(?:\s*[,(/:|]\s*|\s+[–-]\s+)(?P<who>[^()]{3,80}?)\)?$")
#: "Anne Holm, miljøminister".
_TITLED = re.compile(r"^[^,]+, [a-zæøåäöü][^,]+$")
_POST = re.compile(r"\b(?:opslag|oppslag|inlägg|post|beitrag|tweet)\b", re.IGNORECASE)
_RELEASE = re.compile(
    r"\b(?:pressemeddelelse|pressemelding|pressmeddelande|pressemitteilung|press release|news release|media release)\b", re.IGNORECASE
)
_RELEASE_PATH = re.compile(r"/(?:presse|press|pressemeddelelser|pressemelding|newsroom|news-release|media)(?:/|$|-)", re.IGNORECASE)
#: Words before the name of whom something was told.
_TO = "told|to|til|till|gegenüber|over for"


def own_word(reading: Reading) -> OwnWord | None:
    """Whose own word a report is, if it is one's: a post, a mail or release to the press, or the text of a body that is no medium."""
    report = reading.report
    title, outlet = report.title or "", report.outlet or ""
    if found := _post(report, title, outlet):
        return found
    if not outlet or languages.outlet_of(outlet) or languages.is_outlet_name(outlet, report.language):
        return None
    head = f"{title}\n{report.item.slug or ''}\n{report.item.credit or ''}\n{report.text[:200]}"
    if report.format == "mail" or _RELEASE.search(head) or "via ritzau" in head.lower() or _RELEASE_PATH.search(report.url or ""):
        return OwnWord(outlet, MediumType.PRESS_RELEASE, "a press release")
    if _carries(reading, outlet):
        return None
    if _TITLED.match(outlet):
        return OwnWord(outlet, MediumType.WRITTEN_STATEMENT, "its publisher signs with a title")
    if _speaks_itself(reading, outlet):
        return OwnWord(outlet, MediumType.WRITTEN_STATEMENT, "its publisher speaks in it, and no medium carries it")
    if is_office(outlet, report.language) or _begins_with(report, outlet):
        return OwnWord(outlet, MediumType.WRITTEN_STATEMENT, "its publisher is who it tells of, and no medium")
    return None


def is_office(outlet: str, language: str | None) -> bool:
    """True for a name with a word for an authority in it: "Ministry of Foreign Affairs", "Medicinstyrelsen"."""
    code = languages.or_english(language)
    found = (noun_of(word.lower(), code) for word in re.findall(r"[^\W\d_]{4,}", outlet))
    return any(noun is not None and noun.sort is Sort.OFFICIAL for noun in found)


def _begins_with(report: Report, outlet: str) -> bool:
    """True if a report's first sentence has its publisher for its subject: "Fjordlys Film modtog …" by Fjordlys Film."""
    body = report.text.removeprefix(report.title or "").lstrip()
    return spelt(body[: 2 * len(outlet) + 20]).startswith(f"{outlet_key(outlet)} ")


def _post(report: Report, title: str, outlet: str) -> OwnWord | None:
    platforms = languages.platform_pattern()
    if signed := _signed(outlet, report.language):
        return OwnWord(signed[0], MediumType.SOCIAL_POST, f"a post on {signed[1]}")
    where, on = platforms.fullmatch(outlet), _ON.match(title)
    if where is None and not (_POST.search(title) and platforms.search(title)) and not (on and platforms.fullmatch(on["where"])):
        return None
    who = (
        on["who"]
        if on and platforms.search(on["where"]) and not _POST.search(on["who"])
        else report.item.byline or (title if where else outlet)
    )
    return OwnWord(
        who.split(",")[0].strip(), MediumType.SOCIAL_POST, f"a post on {(where or platforms.search(title) or ['a platform'])[0]}"
    )


def _signed(outlet: str, code: str | None) -> tuple[str, str] | None:
    """Who posts and where, of a publisher that is named for both: "Karen Holt på X", "Karen Holt, Facebook", "LinkedIn: Karen Holt"."""
    for place in languages.platform_pattern().finditer(outlet):
        before, after = outlet[: place.start()], outlet[place.end() :]
        found = _BEFORE.match(before) if not after.strip(" )") else _AFTER.match(after) if not before.strip() else None
        if found and not languages.outlet_of(found["who"]) and not languages.is_outlet_name(found["who"], code):
            return found["who"].strip(), place[0]
    return None


def _speaks_itself(reading: Reading, outlet: str) -> bool:
    """True if a report says we outside of what it quotes, or cites its own publisher, and cites nobody as a medium would."""
    report = reading.report
    we = _first_person(report.language)
    held = [span for a in reading.attributions for span in a.content]
    own = [m for m in re.finditer(r"\w+", report.text) if m[0].lower() in we and not any(s.start <= m.start() < s.end for s in held)]
    cited = any(a.speaker is not None and outlet_key(a.speaker.name) == outlet_key(outlet) for a in reading.attributions)
    return bool(own) or cited


def _carries(reading: Reading, outlet: str) -> bool:
    """True if a report says of its publisher that it was told something, as a medium is."""
    key = outlet_key(outlet)
    told = re.search(rf"\b(?:{_TO})\s+{re.escape(outlet)}\b", reading.report.text)
    return bool(told) or any(link.role is Role.CARRIER and outlet_key(link.name) == key for a in reading.attributions for link in a.chain)


def author(own: OwnWord, reading: Reading) -> Voice:
    """The author, joined with the actor of that name in the report where there is one."""
    name, _, role = own.author.partition(", ") if _TITLED.match(own.author) else (own.author, "", "")
    key = words.key(name)
    there = next((a for a in reading.actors if words.key(a.name) == key), None)
    if there is not None:
        return _voice_of(there)
    posts = own.medium is MediumType.SOCIAL_POST and not is_office(name, reading.report.language)
    return Voice(name, key, person=1 < len(key.split()) < 5 and (posts or bool(role)), named=True, roles=(role,) if role else ())


def _own_sentences(reading: Reading, own: OwnWord) -> Iterator[Passage]:
    voice = author(own, reading)
    for one in _free_sentences(reading, "w", voice.name):
        yield replace(one, voice=voice, medium=own.medium, quoted=True)


def narration(reading: Reading) -> tuple[Passage, ...]:
    """The sentences that a report tells on nobody's word but its own: what promises and questions come to is told there."""
    report = reading.report
    if not report.text or own_word(reading) is not None:
        return ()
    return (*_free_sentences(reading, "n", None), *_beside(reading))


def _free_sentences(reading: Reading, letter: str, speaker: str | None) -> Iterator[Passage]:
    """The sentences that no attribution has a part of."""
    report = reading.report
    taken = [span for a in reading.attributions for span in (*a.content, *a.cue)]
    body = len(report.title) if report.title and report.text.startswith(report.title) else 0
    number = 0
    for paragraph in segment.paragraphs(report.text):
        for sentence in segment.sentences(report.text, paragraph):
            words_ = sentence.of(report.text)
            if sentence.start < body or any(sentence.overlaps(span) for span in taken) or len(words_.split()) < 3:
                continue
            number += 1
            found = _blank(words_[:LONGEST], speaker, report.language, _apart(reading.times, (sentence,)), report.text, (sentence,))
            yield replace(found, attribution=f"{letter}{number}", due=_due(reading, sentence))


def _beside(reading: Reading) -> Iterator[Passage]:
    """What a sentence tells on the report's own word beside what it passes on: "says Hovgaard, whose office reopened on Thursday"."""
    report = reading.report
    passed_on = sorted(span for a in reading.attributions for span in (*a.source, *a.cue, *a.content, *_links(a)))
    number = 0
    for paragraph in segment.paragraphs(report.text):
        for sentence in segment.sentences(report.text, paragraph):
            inside = [span for span in passed_on if sentence.overlaps(span)]
            for between in _gaps(sentence, inside) if inside else ():
                words_ = [one for one in segment.words(report.text, between) if one.of(report.text)[0].isalnum()]
                if len(words_) < LEAST_BESIDE:
                    continue
                number += 1
                gap = Span(words_[0].start, words_[-1].end)
                found = _blank(gap.of(report.text)[:LONGEST], None, report.language, _apart(reading.times, (gap,)), report.text, (gap,))
                # A row of meaning for each, whatever marks stand in it.
                yield replace(found, attribution=f"b{number}", due=_due(reading, gap), wording=(worded(report.text, gap, None),))


def _links(one: Attribution) -> Iterator[Span]:
    for link in one.chain:
        yield from (span for span in (link.span, *link.cue) if span is not None)


def _gaps(sentence: Span, spans: Iterable[Span]) -> Iterator[Span]:
    at = sentence.start
    for span in [*spans, Span(sentence.end, sentence.end)]:
        if span.start > at:
            yield Span(at, span.start)
        at = max(at, span.end)


def _due(reading: Reading, sentence: Span) -> tuple[float, float] | None:
    published = _moment(reading.report)
    inside = (_interval(time) for time in reading.times if sentence.covers(time.span))
    return next((i for i in inside if i and published and i[0] >= published), None)


def _moment(report: Report) -> float | None:
    try:
        return datetime.fromisoformat(report.published or "").timestamp()
    except ValueError:
        return None
