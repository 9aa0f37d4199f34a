"""Who is meant: phrases joined into the actors of one report, and the actor behind each source. Every join has its reason. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise

from sagt import languages, segment
from sagt.attribute import head_source
from sagt.decode import Name
from sagt.languages import is_adjective
from sagt.manner import ANSWERING, media_in
from sagt.mentions import BODIES, PERSONS, Form, Phrase, Sentences, Sort, find, noun_of, pronoun_of
from sagt.pronouns import Candidate
from sagt.types import Act, Actor, ActorKind, Attribution, Kind, MediumType, Mention, Report, SourceClass, Span, Speaker

#: A pronoun reaches back over so many sentences at most.
REACH = 12
#: Between two candidates for a pronoun of which one is less than half as likely again as the other, nothing decides.
MARGIN = 0.4
#: Paragraphs over which a quotation without a source of its own may go on.
GOES_ON = 4
#: Sentences over which what is told in other words without a source may go on.
GOES_ON_INDIRECT = 2
#: Characters before a cue in which a relative may open the clause that it stands in.
NEAR_CUE = 40
#: Paragraphs of headline and lead, after the first; and within how many after it somebody described there is named.
LEAD, NAMED_AFTER = 1, 4
#: How many words of more than so many letters a headline must have, and which share of them a saying further down, to be the same one.
LEAST_SHARED, SHORT_WORD, SAME_WORDS = 2, 3, 0.6
#: A first paragraph with more sayings is no headline.
MOST_HEADED = 4
#: Of people with one first name, so many are compared with a shorter or longer name.
NAMESAKES = 50
#: A body that "selskabet" or "they" may mean was mentioned among the last so many.
BODIES_BACK = 60
#: An account's handle stands so near behind what it is called ("its official account, @VesterlundHavn").
BESIDE = 4
#: A quotation that nobody is named for is of who was spoken of within so many sentences.
BEFORE_QUOTE = 2
#: Mentions of a candidate for a pronoun count within so many sentences.
NEAR_PRONOUN = 2
#: Texts in which somebody speaks in person: "the post" is as good as who wrote it.
OWN_TEXTS = frozenset((MediumType.SOCIAL_POST, MediumType.PRESS_RELEASE, MediumType.WRITTEN_STATEMENT, MediumType.LETTER))
#: Attributions back to the one that told by what text somebody spoke.
TEXTS_BACK = 12
#: "it" is a body that was mentioned within so many sentences.
NEAR_BODY = 2
#: "they" are people who were mentioned within so many sentences.
NEAR_GROUP = 3

_KINDS = {
    Sort.PERSON: ActorKind.PERSON, Sort.SPOKESMAN: ActorKind.PERSON, Sort.UNNAMED: ActorKind.PERSON, Sort.CROWD: ActorKind.GROUP,
    Sort.OFFICIAL: ActorKind.ORGANISATION, Sort.ORGANISATION: ActorKind.ORGANISATION, Sort.OUTLET: ActorKind.ORGANISATION,
    Sort.DOCUMENT: ActorKind.DOCUMENT, Sort.PLACE: ActorKind.PLACE, Sort.ACCOUNT: ActorKind.ORGANISATION,
}  # fmt: skip
_LETTERS = {ActorKind.PERSON: "p", ActorKind.ORGANISATION: "o", ActorKind.GROUP: "g", ActorKind.DOCUMENT: "d", ActorKind.PLACE: "l"}
_TOKEN = re.compile(r"\w+(?:[-’']\w+)*")
_BRACKETS = re.compile(r"\s*\([^)\n]{1,40}\)")
_HANDLE = re.compile(r"@\w{2,40}")
_AGE_AFTER = re.compile(r",\s*(\d{1,3})(?=[,.;)])")


@dataclass(slots=True)
class _One:
    """An actor in the making."""

    kind: ActorKind
    name: str
    named: bool
    first: Span
    heads: set[str] = field(default_factory=set)  #: lemmas of the nouns that were said of it
    roles: list[str] = field(default_factory=list)
    of: set[str] = field(default_factory=set)  #: names in its roles: "USA" of "USA's præsident"
    sex: str = ""
    sort: Sort | None = None
    mentions: dict[Span, str] = field(default_factory=dict)
    speaks_for: int | None = None
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """A person as the text comes by."""

    actor: int
    sentence: int
    weight: float  #: 1 for a name, less for other words, more for the first person of a sentence
    at: Span
    first: bool = False  #: of its sentence


@dataclass(frozen=True, slots=True)
class Cast:
    """The actors of a report, and which of them is behind each attribution."""

    actors: tuple[Actor, ...]
    speakers: tuple[Speaker | None, ...]  #: one an attribution
    at: dict[Span, str]  #: id of the actor mentioned there
    phrases: Sequence[Phrase]


def cast(
    report: Report, paragraphs: Sequence[Span], sentences: Sentences, names: Sequence[Name], attributions: Sequence[Attribution]
) -> Cast:
    """All actors of a report, from its names and its attributions."""
    return _Casting(report, paragraphs, sentences, names, attributions).finish()


class _Casting:
    """The work on one report: names, what is said of them, then everything else from the first word to the last."""

    def __init__(
        self, report: Report, paragraphs: Sequence[Span], sentences: Sentences, names: Sequence[Name], attributions: Sequence[Attribution]
    ) -> None:
        self.text, self.paragraphs, self.sentences, self.attributions = report.text, paragraphs, sentences, attributions
        self.language = languages.load(report.language)
        self.code = languages.or_english(report.language)
        self.phrases = find(report.text, report.language, sentences, names)
        self.starts = [p.span.start for p in self.phrases]
        self.all: list[_One] = []
        self.of_phrase: dict[Span, int] = {}
        self.doubt: dict[Span, tuple[int, ...]] = {}
        self.why: dict[Span, str] = {}
        self.by_name: dict[str, int] = {}
        self.by_last: dict[str, list[int]] = defaultdict(list)
        self.by_initials: dict[str, list[int]] = defaultdict(list)
        self.by_first: dict[str, list[int]] = defaultdict(list)
        self.recent: list[_Seen] = []  #: persons as they are mentioned
        self.speakers: dict[int, Speaker] = {}
        self.spoken: list[tuple[int, int]] = []  #: (actor, sentence) of speakers so far
        self.authored: list[tuple[str, int]] = []  #: documents so far of which the report tells who made them: (lemma, actor)
        self.bodies: list[tuple[int, int]] = []  #: (actor, place) of groups and bodies as they are mentioned
        self.by_words: dict[str, int] = {}  #: actors by their first name here
        self.called: dict[str, list[int]] = defaultdict(list)  #: actors by what they are called
        self.fitting: dict[str, tuple[list[str], int]] = {}  #: of a noun those that fit it, and how many were compared
        self.aged: dict[str, list[int]] = defaultdict(list)  #: actors by age
        self.together: dict[tuple[int, ...], int] = {}
        self.plurals: list[Phrase] = []  #: nouns for several people so far
        self.became: dict[int, int] = {}  #: actors that proved to be others

    def finish(self) -> Cast:
        self._names()
        self._metonyms()
        self._roles()
        self._sweep()
        self._introduced()
        self._headed()
        ids = self._ids()
        actors = tuple(self._actor(i, ids) for i in sorted(ids.keys() - self.became.keys(), key=lambda i: self.all[i].first))
        speakers = tuple(self._with_ids(self.speakers.get(k), ids) for k in range(len(self.attributions)))
        return Cast(actors, speakers, {span: ids[i] for i, one in enumerate(self.all) for span in one.mentions}, self.phrases)

    # names

    def _names(self) -> None:
        """Every name to an actor: long names first, so that a headline's "Frey" finds "Jacob Frey" further down."""
        named = [p for p in self.phrases if p.form is Form.NAME]
        for phrase in named:
            if phrase.sort is Sort.PERSON and len(_tokens(phrase.words)) > 1:
                self._full_name(phrase)
        for phrase in named:
            short = len(_tokens(phrase.words)) == 1 and (phrase.sort is Sort.PERSON or self._is_surname(phrase))
            if short:
                self._short_name(phrase)
            elif phrase.sort is not Sort.PERSON:
                self._full_name(phrase)

    def _is_surname(self, phrase: Phrase) -> bool:
        """A name that the network takes for a place or a body, but that is the last word of a person's name here: "Trumps"."""
        token = _tokens(phrase.words)[0]
        return any(form in self.by_last for form in (token, token[:-1] if token.endswith("s") else ""))

    def _full_name(self, phrase: Phrase) -> None:
        key = _key(phrase.words)
        known = self.by_name.get(key)
        if known is None and phrase.sort is Sort.PERSON:
            known = self._longer_or_shorter(phrase)
        if known is None and phrase.sort is not Sort.PERSON:
            known = self._acronym(phrase)
        if known is None:
            kind = _KINDS[phrase.sort]
            known = self._new(_One(kind, phrase.words, True, phrase.span, sort=phrase.sort))
            if kind is ActorKind.ORGANISATION:
                self.by_initials[_initials(phrase.words)].append(known)
            self._describe_by_name(known, phrase)
            self._join(known, phrase.span, "name")
        else:
            self._join(known, phrase.span, f"name, {self._par(self.all[known].first)}")
            one = self.all[known]
            if one.kind is ActorKind.PERSON and len(phrase.words) > len(one.name) and not phrase.words.endswith("s"):
                one.name = phrase.words
        self.by_name.setdefault(key, known)
        if phrase.sort is Sort.PERSON:
            tokens = _tokens(phrase.words)
            for table, token in ((self.by_last, tokens[-1]), (self.by_first, tokens[0])):
                if known not in table[token]:
                    table[token].append(known)

    def _longer_or_shorter(self, phrase: Phrase) -> int | None:
        """A person known by a name with the same first and last words ("Jens Peter Holt", "Jens Holt"; also "Holts")."""
        tokens = _tokens(phrase.words)
        for last in (tokens[-1], tokens[-1][:-1] if tokens[-1].endswith("s") else ""):
            same = [i for i in self.by_last.get(last, ()) if _tokens(self.all[i].name)[0] == tokens[0]]
            if same:
                return same[0]
        within = [i for i in self.by_first[tokens[0]][-NAMESAKES:] if set(tokens) < set(_tokens(self.all[i].name))]
        return within[0] if len(within) == 1 else None

    def _acronym(self, phrase: Phrase) -> int | None:
        """ "Statens Serum Institut (SSI)": the name in brackets after another of its kind. A body's genitive: "Venstres"."""
        before = self.text[max(0, phrase.span.start - 2) : phrase.span.start]
        if before.endswith("(") and self.text[phrase.span.end : phrase.span.end + 1] == ")":
            at = bisect_left(self.starts, phrase.span.start) - 1
            if at >= 0:
                other = self.phrases[at]
                initials = "".join(t[0] for t in _tokens(other.words))
                near = 0 <= phrase.span.start - other.span.end <= 3 and other.sort is not Sort.PERSON
                if near and other.form is Form.NAME and (set(phrase.words.lower()) & set(initials)):
                    return self.of_phrase.get(other.span)
        if phrase.words.isupper() and 2 <= len(phrase.words) <= 6:
            fits = [] if is_outlet(phrase.words) else self.by_initials[phrase.words][-NAMESAKES:]
            if len(fits) == 1:
                return fits[0]
        if (
            " " in phrase.words
            and (short := self.by_name.get(_initials(phrase.words).lower())) is not None
            and self.all[short].name.isupper()
        ):
            self.all[short].name = phrase.words
            return short
        bare = _key(phrase.words)
        return self.by_name.get(bare[:-1]) if bare.endswith("s") else None

    def _short_name(self, phrase: Phrase) -> None:
        """A surname or a first name alone."""
        token = _tokens(phrase.words)[0]
        for form in (token, token[:-1] if token.endswith("s") and len(token) > 3 else ""):
            for table, what in ((self.by_last, "surname"), (self.by_first, "first name")):
                found = [i for i in table.get(form, ()) if len(_tokens(self.all[i].name)) > 1]
                if len(found) == 1:
                    self._join(found[0], phrase.span, f"{what} of {self.all[found[0]].name}, {self._par(self.all[found[0]].first)}")
                    return
                if found:
                    self._between(phrase, found, what)
                    return
            if form and form in self.by_name:
                self._join(self.by_name[form], phrase.span, "name")
                return
        known = self._new(_One(ActorKind.PERSON, phrase.words, True, phrase.span, sort=Sort.PERSON))
        self._describe_by_name(known, phrase)
        self._join(known, phrase.span, "name")
        self.by_name[token] = known
        self.by_last[token].append(known)

    def _between(self, phrase: Phrase, found: Sequence[int], what: str) -> None:
        """Two bear the name: a title or a noun before it may decide, or that only one of them was mentioned so far."""
        sex = self._sex_before(phrase)
        fits = [i for i in found if not sex or self.all[i].sex in ("", sex)]
        before = [i for i in fits if any(span.start < phrase.span.start for span in self.all[i].mentions)]
        last = [i for i in before if any(span.start >= self._paragraph(phrase.span).start for span in self.all[i].mentions)]
        for some, why in ((fits, "title"), (before, "the only one named before"), (last, "the only one named in this paragraph")):
            if len(some) == 1:
                self._join(some[0], phrase.span, f"{what} of {self.all[some[0]].name}: {why}")
                return
        self.doubt[phrase.span] = tuple(fits or found)

    def _describe_by_name(self, actor: int, phrase: Phrase) -> None:
        one = self.all[actor]
        if phrase.sort is Sort.PERSON:
            one.sex = self._sex_before(phrase) or given_name_sex(_tokens(phrase.words)[0])
        else:
            for token in _tokens(phrase.words):
                if noun := noun_of(token, self.code):
                    self._call(actor, noun.lemma)
                    if noun.sort in BODIES:
                        one.sort = noun.sort

    def _sex_before(self, phrase: Phrase) -> str:
        before = _TOKEN.findall(self.text[max(0, phrase.span.start - 12) : phrase.span.start].lower())
        word = before[-1] if before else ""
        for sex in ("he", "she"):
            if word in self.language.titles[sex] or f"{word}." in self.language.titles[sex]:
                return sex
        return ""

    # what is said of them

    def _roles(self) -> None:
        """Nouns beside a name: "borgmester Karen Holt", "USA's grænsechef, Tom Homan", "Jacob Frey, som er borgmester i …"."""
        for k, noun in enumerate(self.phrases):
            if noun.form is not Form.NOUN:
                continue
            if noun.sort in BODIES:
                self._call_body(k)
            if noun.sort not in PERSONS:
                continue
            person = self._apposed_after(k) or self._apposed_before(k)
            if person is None:
                continue
            actor = self.of_phrase.get(person.span)
            if actor is None:
                continue
            self._say(actor, noun)
            self._join(actor, noun.span, f"beside the name {person.words}")

    def _call_body(self, k: int) -> None:
        """ "boligselskabet Lærken", "avisen L'Equipe": a noun right before a name tells what the name is."""
        noun = self.phrases[k]
        name = self.phrases[k + 1] if k + 1 < len(self.phrases) else None
        if name is None or name.form is not Form.NAME or noun.genitive or noun.noun is None or noun.noun.plural:
            return
        actor = self.of_phrase.get(name.span)
        between, after = self.text[noun.span.end : name.span.start], self.text[name.span.end : name.span.end + 1]
        beside = (between == " " and (noun.definite or not self.language.inflection.compounds)) or (
            between == ", " and noun.definite and after == ","
        )
        if actor is None or not beside:
            return
        one = self.all[actor]
        person = one.kind is ActorKind.PERSON and " " in one.name and given_name_sex(_tokens(one.name)[0])
        if person or (one.kind is ActorKind.PLACE and noun.sort is Sort.OFFICIAL):
            return  # "delstaten Minnesota" remains a place
        one.kind, one.sort = ActorKind.ORGANISATION, noun.sort
        self._call(actor, noun.noun.lemma)
        self._join(actor, noun.span, f"beside the name {name.words}")

    def _metonyms(self) -> None:
        """ "Det Hvide Hus" and "den amerikanske regering" are one body."""
        for name, pattern in languages.metonyms(self.code):
            places = [Span(*m.span()) for m in pattern.finditer(self.text)]
            if not places:
                continue
            held = {self.of_phrase[p.span] for p in self.phrases if p.span in self.of_phrase and any(p.span.overlaps(s) for s in places)}
            actor = min(held) if held else self._new(_One(ActorKind.ORGANISATION, places[0].of(self.text), True, places[0]))
            self.all[actor].kind, self.all[actor].sort = ActorKind.ORGANISATION, Sort.OFFICIAL
            for span in places:
                if not any(span.overlaps(s) for s in self.all[actor].mentions):
                    self._join(actor, span, f"stands for the same as {name}")
                    self.by_name.setdefault(_key(span.of(self.text)), actor)

    def _say(self, actor: int, noun: Phrase) -> None:
        """A noun, with what belongs to it, as a role of an actor."""
        one = self.all[actor]
        assert noun.noun is not None
        self._call(actor, noun.noun.lemma)
        if noun.of:
            one.of.add(_key(noun.of))
        if noun.sort is Sort.SPOKESMAN:
            one.sort = Sort.SPOKESMAN
        one.sex = one.sex or noun.noun.sex
        role = self._role_words(noun)
        if role not in one.roles:
            one.roles.append(role)
        if noun.age and noun.age not in one.roles:
            one.roles.append(noun.age)
            self.aged[_digits(noun.age)].append(actor)

    def _role_words(self, noun: Phrase) -> str:
        """The noun with the name it is of: "borgmester i Minneapolis"."""
        end = noun.span.end
        if noun.of:
            at = self.text.find(noun.of, end, end + len(noun.of) + 8)
            if at >= 0:
                end = at + len(noun.of)
        return self.text[noun.span.start : end]

    def _apposed_after(self, k: int) -> Phrase | None:
        """The person's name that follows a noun: at once, or after "i Minneapolis," or a comma."""
        noun = self.phrases[k]
        for phrase in self.phrases[k + 1 : k + 4]:
            if phrase.sentence != noun.sentence:
                return None
            between = self.text[noun.span.end : phrase.span.start]
            if phrase.form is Form.NAME and phrase.sort is Sort.PERSON:
                if noun.genitive:
                    return None
                plain = between.strip() == "" or self._is_title(between)
                comma = between.strip(" ").endswith(",") and len(between) < 60 and between.count(",") == 1 and noun.definite
                party = bool(_BRACKETS.fullmatch(between))
                return phrase if plain or party or comma else None
            if phrase.sort not in (Sort.PLACE, *BODIES) or len(between) > 25 or "," in between:
                return None
        return None

    def _apposed_before(self, k: int) -> Phrase | None:
        """The person's name that a noun follows: "Holt, borgmester i …,", "Holt er …", "Holt, som er …", "Holt (V), formand"."""
        noun = self.phrases[k]
        for phrase in reversed(self.phrases[max(0, k - 2) : k]):
            if phrase.sentence != noun.sentence:
                return None
            if phrase.form is not Form.NAME or phrase.sort is not Sort.PERSON or phrase.genitive:
                continue
            between = _BRACKETS.sub("", self.text[phrase.span.end : noun.whole.start])
            words = _TOKEN.findall(between.lower())
            linked = all(w in self.language.links or w.isdigit() for w in words) and between.count(",") <= 2
            comma = between.strip(" ").startswith(",")
            if linked and (words or comma) and len(between) < 30 and (not noun.definite or noun.of or words):
                # "…, siger Holt, direktøren tilføjede": a comma alone needs the noun to be closed off or to go on with "for", "i".
                return phrase
            return None
        return None

    def _is_title(self, between: str) -> bool:
        words = _TOKEN.findall(between.lower())
        titles = self.language.titles
        known = {w.rstrip(".") for key in ("he", "she", "any") for w in titles[key]}
        return bool(words) and all(w in known for w in words)

    # from the first word to the last

    def _sweep(self) -> None:
        """Nouns and pronouns joined in order of the text; each attribution's source when its cue comes by."""
        order: list[tuple[int, int, int]] = [(p.span.start, 0, k) for k, p in enumerate(self.phrases)]
        order += [(self._moment(a), 1, k) for k, a in enumerate(self.attributions)]
        for _, what, k in sorted(order):
            if what:
                self._speak(k)
            else:
                self._pass(self.phrases[k])

    def _moment(self, a: Attribution) -> int:
        """When an attribution's speaker is looked for: at the end of its source, or where what is said begins."""
        if a.source:
            return head_source(a).end
        return (a.content or a.cue)[0].start

    def _pass(self, phrase: Phrase) -> None:
        """One phrase, as the reader comes to it."""
        if phrase.span not in self.of_phrase and phrase.span not in self.doubt:
            if phrase.form is Form.NOUN:
                self._noun(phrase)
            elif phrase.form is Form.PRONOUN and phrase.person in ("he", "she"):
                self._pronoun(phrase, None)
        if phrase.form is Form.NOUN and phrase.sort is Sort.CROWD and phrase.noun and phrase.noun.plural and not phrase.genitive:
            self.plurals.append(phrase)
        if phrase.sort is Sort.DOCUMENT and phrase.noun and (author := self._maker(phrase)) is not None:
            self.authored.append((phrase.noun.lemma, author))
        actor = self.of_phrase.get(phrase.span)
        if actor is not None and self.all[actor].kind in (ActorKind.GROUP, ActorKind.ORGANISATION):
            self.bodies.append((actor, phrase.span.start))
        if actor is not None and self.all[actor].kind is ActorKind.PERSON:
            weight = 1.0 if phrase.form is Form.NAME and not phrase.genitive else 0.5 if phrase.form is not Form.PRONOUN else 0.4
            first = not self.recent or self.recent[-1].sentence != phrase.sentence
            leads = first and not phrase.genitive
            self.recent.append(_Seen(actor, phrase.sentence, weight + 0.5 * leads, phrase.span, leads))

    def _noun(self, phrase: Phrase) -> None:
        """A noun that points at somebody known; the others become actors only if they are a source."""
        assert phrase.noun is not None
        if not phrase.definite and phrase.sort is Sort.PERSON and (phrase.age or phrase.noun.sex) and phrase.whole.start < phrase.span.end:
            self._introduce(phrase)
        if not phrase.definite or phrase.sort in (Sort.DOCUMENT, Sort.PLACE):
            return
        fits = self._bearers(phrase)
        if len(fits) == 1:
            self._join(fits[0], phrase.span, f"'{phrase.noun.lemma}', {self._par(self.all[fits[0]].first)}")
        elif fits:
            nearest = self._nearest(fits, phrase)
            if nearest is not None:
                self._join(nearest, phrase.span, f"'{phrase.noun.lemma}', the last one named")
            else:
                self.doubt[phrase.span] = tuple(fits)

    def _introduce(self, phrase: Phrase) -> None:
        """ "en 37-årig sygeplejerske": somebody new, to whom "hun" and "den 37-årige" may point."""
        assert phrase.noun is not None
        words = _one_line(phrase.whole.of(self.text))
        if words.lower().split()[0] not in self.language.inflection.indefinite:
            return
        known = self._new(_One(ActorKind.PERSON, words, False, phrase.span, {phrase.noun.lemma}, sort=phrase.sort, sex=phrase.noun.sex))
        if phrase.age:
            self.aged[_digits(phrase.age)].append(known)
        self._join(known, phrase.span, "as the report calls it")

    def _bearers(self, phrase: Phrase) -> list[int]:
        """Actors of whom the noun was said, before here if there are such; a name in the genitive must fit."""
        assert phrase.noun is not None
        lemma = phrase.noun.lemma
        if phrase.age and lemma == phrase.age.lower():
            return [i for i in self.aged[_digits(phrase.age)][-NAMESAKES:] if self.all[i].first.start < phrase.span.start]
        persons = phrase.sort in PERSONS
        found = []
        for i in self._called(lemma):
            one = self.all[i]
            if (one.kind is ActorKind.PERSON) != persons or one.kind is ActorKind.PLACE:
                continue
            if phrase.of and one.of and one.named and not any(_akin(phrase.of, of) for of in one.of):
                continue
            if phrase.noun.plural and one.kind is not ActorKind.GROUP:
                continue
            found.append(i)
        exact = [i for i in found if lemma in self.all[i].heads]
        found = exact or found
        before = [i for i in found if self.all[i].first.start < phrase.span.start]
        return before or found

    def _nearest(self, fits: Sequence[int], phrase: Phrase) -> int | None:
        """The one of several that was mentioned last, if the others were not mentioned in that same sentence."""
        last = {i: max((s.start for s in self.all[i].mentions if s.start < phrase.span.start), default=-1) for i in fits}
        order = sorted(fits, key=lambda i: -last[i])
        same = self.sentences.at(last[order[0]]) == self.sentences.at(last[order[1]])
        return None if last[order[0]] < 0 or same else order[0]

    def _pronoun(self, phrase: Phrase, attribution: Attribution | None) -> int | None:
        """Who "han" or "she" is; None, with `doubt` set, if two fit equally."""
        scores = self._scores(phrase, attribution)
        if not scores:
            return None
        order = sorted(scores, key=lambda i: -scores[i])
        best = order[0]
        rivals = [i for i in order[1:] if scores[best] - scores[i] < MARGIN]
        if rivals:
            self.doubt[phrase.span] = (best, *rivals)
            return None
        self.doubt.pop(phrase.span, None)
        self._nearest_fits(best, phrase.span)
        if not self.all[best].sex:
            self.all[best].sex = phrase.person
        return best

    def _scores(self, phrase: Phrase, attribution: Attribution | None) -> dict[int, float]:
        """How well each person mentioned lately fits a pronoun."""
        return {actor: one.score() for actor, one in self._candidates(phrase, attribution).items()}

    def _candidates(self, phrase: Phrase, attribution: Attribution | None) -> dict[int, Candidate]:
        """The persons mentioned lately whom a pronoun may mean, with what speaks for each."""
        inner = self._quoted_in(phrase.span)
        speaker = self.speakers.get(inner[0]) if inner else None
        own = self._index(speaker) if inner and not inner[1] else None
        not_self = self._who_tags(inner[0]) if inner and inner[1] else None
        lately: dict[int, list[_Seen]] = defaultdict(list)
        for seen in self.recent[-60:]:
            if phrase.sentence - seen.sentence <= REACH:
                lately[seen.actor].append(seen)
        spoke, here = self._spoke_lately(phrase.sentence), self._paragraph_index(phrase.span.start)
        out = {}
        for actor, mentions in lately.items():
            one, last = self.all[actor], mentions[-1]
            if one.sex not in ("", phrase.person) or actor == not_self:
                continue
            if attribution and self._only_quoted(actor, last.sentence, attribution):
                continue
            if last.sentence == phrase.sentence and phrase.words.lower() in self.language.objects and self._in_clause(actor, phrase):
                continue
            out[actor] = Candidate(
                nearness=max(seen.weight - 0.5 * (phrase.sentence - seen.sentence) for seen in mentions),
                same_paragraph=self._paragraph_index(last.at.start) == here,
                mentions_near=sum(phrase.sentence - seen.sentence <= NEAR_PRONOUN for seen in mentions),
                led_before=any(phrase.sentence - seen.sentence == 1 and seen.first for seen in mentions),
                sex=one.sex == phrase.person,
                spoke_last=spoke[:1] == [actor],
                just_spoke=spoke[:1] == [actor] and phrase.sentence - self.spoken[-1][1] <= 1,
                spoke_before=spoke[1:2] == [actor],
                quoted=(there := self._quoted_in(last.at)) is not None and there != inner,
                speaks=actor == own,
            )
        return out

    def _who_tags(self, k: int) -> int | None:
        """The speaker of a quotation, also where its tag comes later and names somebody."""
        if k in self.speakers:
            return self._index(self.speakers[k])
        a = self.attributions[k]
        spans = [p.span for p in self._in(head_source(a))] if a.source else []
        return next((self.of_phrase[s] for s in spans if s in self.of_phrase), None)

    def _in(self, area: Span) -> list[Phrase]:
        return self.phrases[bisect_left(self.starts, area.start) : bisect_left(self.starts, area.end)]

    def _in_clause(self, actor: int, phrase: Phrase) -> bool:
        """True if an actor is mentioned before a pronoun in its clause."""
        clause = segment.clause_at(self.text, self.sentences.spans[phrase.sentence], phrase.span)
        return any(clause.start <= span.start < phrase.span.start for span in self.all[actor].mentions)

    def _spoke_lately(self, sentence: int) -> list[int]:
        """Who spoke lately, the last first."""
        return list(dict.fromkeys(actor for actor, at in reversed(self.spoken[-6:]) if sentence - at <= REACH))

    def _quoted_in(self, span: Span) -> tuple[int, bool] | None:
        """The attribution in whose content a place stands, and whether it is a direct quotation."""
        best: tuple[int, int, bool] | None = None
        for k in self._around.get(span.start >> 9, ()):
            a = self.attributions[k]
            if any(c.covers(span) for c in a.content):
                size = sum(c.end - c.start for c in a.content)
                if best is None or size < best[0]:
                    best = size, k, a.kind is Kind.DIRECT
        return (best[1], best[2]) if best else None

    @property
    def _around(self) -> dict[int, list[int]]:
        if not hasattr(self, "_buckets"):
            buckets: dict[int, list[int]] = defaultdict(list)
            for k, a in enumerate(self.attributions):
                for bucket in {b for c in a.content for b in range(c.start >> 9, ((c.end - 1) >> 9) + 1)}:
                    buckets[bucket].append(k)
            self._buckets = buckets
        return self._buckets

    def _only_quoted(self, actor: int, sentence: int, attribution: Attribution) -> bool:
        """True if an actor is mentioned in that sentence only within what the attribution quotes: he is spoken of."""
        if attribution.kind is not Kind.DIRECT:
            return False
        area = self.sentences.spans[sentence]
        there = [s for s in self.all[actor].mentions if area.covers(s)]
        return bool(there) and all(any(c.covers(s) for c in attribution.content) for s in there)

    # sources

    def _speak(self, k: int) -> None:
        """The speaker of attribution `k`."""
        a = self.attributions[k]
        if a.source and self._is_told(a):
            self._of_source(a)
            self.speakers[k] = Speaker(None, None, f"'{head_source(a).of(self.text)}' is who was told; who said it is not named")
            return
        speaker = self._of_source(a) if a.source else self._without_source(k, a)
        if speaker is None:
            return
        self.speakers[k] = speaker
        index = self._index(speaker)
        if index is not None and self.all[index].kind in (ActorKind.GROUP, ActorKind.ORGANISATION):
            self.bodies.append((index, (a.source or a.content or a.cue)[0].start))
        if index is not None and self.all[index].kind is ActorKind.PERSON:
            place = (a.cue or a.content)[0]
            sentence = self.sentences.at(place.start)
            self.spoken.append((index, sentence))
            if not any(seen.actor == index for seen in self.recent[-6:]):
                first = not self.recent or self.recent[-1].sentence != sentence
                self.recent.append(_Seen(index, sentence, 1.0 + 0.5 * first, a.source[0] if a.source else place, first))

    def _is_told(self, a: Attribution) -> bool:
        """ "borgmesteren blev lovet": the one who stands as source is the one who was spoken to."""
        cue = " ".join(" ".join(c.of(self.text) for c in a.cue).lower().split())
        return cue in self.language.told

    def _index(self, speaker: Speaker | None) -> int | None:
        return int(speaker.actor) if speaker and speaker.actor is not None else None

    def _known(self, actor: int, why: str) -> Speaker:
        return Speaker(str(actor), self.all[actor].name, why)

    def _torn(self, candidates: Sequence[int], words: str) -> Speaker:
        names = " and ".join(self.all[i].name for i in candidates)
        return Speaker(None, None, f"{names} fit '{words}', and nothing decides", tuple(map(str, candidates)))

    def _of_source(self, a: Attribution) -> Speaker:
        source = head_source(a)
        low = bisect_left(self.starts, source.start)
        high = bisect_left(self.starts, source.end)
        inside = [p for p in self.phrases[low:high] if p.span.end <= source.end + 2]
        before = self.phrases[low - 1] if low else None
        if before and before.span.end > source.start:
            inside.insert(0, before)
        names = [p for p in inside if p.form is Form.NAME and p.sort is Sort.PERSON and not p.genitive and not self._is_below(p, source)]
        if len(names) > 1 and self._coordinated(names):
            return self._several(source, names)
        if names:
            # "Calder Pryce-direktør Gavin Hale": the network may take a firm's name for a person's, too.
            return self._of_phrase(next((p for p in names if self._is_full_name(p)), names[0]), a)
        if handle := _HANDLE.search(
            self.text, source.start, min(source.end + BESIDE, self.sentences.spans[self.sentences.at(source.start)].end)
        ):
            return self._account(handle[0], source)
        if inside and self._is_more_than_pronoun(inside[0], source):
            return self._stranger(source, inside[1:])
        if not inside and (pointed := self._pointed_at(source, a)):
            return pointed
        for phrase in self._by_head(inside):
            speaker = self._of_phrase(phrase, a)
            if speaker.actor is not None or speaker.candidates or (phrase.form is Form.PRONOUN and phrase.span == source):
                return speaker
        return self._stranger(source, inside)

    def _pointed_at(self, source: Span, a: Attribution) -> Speaker | None:
        """Whom a relative or "it" as source means: "Mikkel Brandrup, who had said …"; "The university … It says …"."""
        words = source.of(self.text).lower()
        if words in self.language.relatives:
            return self._antecedent(source.start, a)
        if words not in self.language.pronouns["it"]:
            return None
        sentence = self.sentences.at(source.start)
        near = [
            i for i, at in self.bodies[-BODIES_BACK:]
            if at < source.start and sentence - self.sentences.at(at) <= NEAR_BODY and not self._is_medium(self.all[i].name)
        ]  # fmt: skip
        return self._nearest_fits(near[-1], source) if near else None

    def _nearest_fits(self, actor: int, pronoun: Span) -> Speaker:
        """The actor that a pronoun means, joined with it."""
        self._join(actor, pronoun, f"'{pronoun.of(self.text).lower()}': {self.all[actor].name} is the nearest that fits")
        return self._known(actor, self.all[actor].mentions[pronoun])

    def _antecedent(self, place: int, a: Attribution) -> Speaker | None:
        """The name or noun right before a relative clause."""
        low = self.sentences.spans[self.sentences.at(place)].start
        for phrase in reversed(self._in(Span(low, place))):
            named = phrase.sort in PERSONS or phrase.sort in BODIES
            if phrase.form is Form.PRONOUN or phrase.genitive or not named or self._quoted_in(phrase.span):
                continue
            return self._of_phrase(phrase, replace(a, source=(phrase.whole,)))
        return None

    @staticmethod
    def _is_full_name(phrase: Phrase) -> bool:
        """True for a name of two words and more that begins with a given one."""
        tokens = _tokens(phrase.words)
        return len(tokens) > 1 and bool(given_name_sex(tokens[0]))

    def _account(self, handle: str, source: Span) -> Speaker:
        """ "@VesterlundPoliti": an account on a social medium."""
        known = self.by_words.get(handle)
        if known is None:
            known = self._new(_One(ActorKind.ORGANISATION, handle, True, source, sort=Sort.ACCOUNT))
        self._join(known, source, "the account's name")
        return self._known(known, "the account's name")

    def _is_below(self, name: Phrase, source: Span) -> bool:
        """True for a name that a preposition hangs on a noun before it: "faderen til den 13-årige Jordan Chandler"."""
        before = [w.lower() for w in _TOKEN.findall(self.text[source.start : name.span.start])]
        while before and (before[-1] in self.language.inflection.articles or is_adjective(before[-1], self.language.inflection)):
            if noun_of(before[-1], self.code):
                return False
            before.pop()
        return len(before) > 1 and before[-1] in self.language.prepositions

    def _coordinated(self, names: Sequence[Phrase]) -> bool:
        between = self.text[names[-2].span.end : names[-1].span.start].lower()
        return len(between) < 60 and bool(set(_TOKEN.findall(between)) & self.language.conjunctions)

    def _several(self, source: Span, names: Sequence[Phrase]) -> Speaker:
        members = tuple(dict.fromkeys(i for p in names if (i := self.of_phrase.get(p.span)) is not None))
        if len(members) < 2:
            return self._known(members[0], "name") if members else self._stranger(source, names)
        joint = " " + sorted(self.language.conjunctions, key=lambda w: (w not in self.text, w))[0] + " "
        conjunction = next(
            (f" {w} " for w in _TOKEN.findall(self.text[names[-2].span.end : names[-1].span.start]) if w in self.language.conjunctions),
            joint,
        )
        name = ", ".join(self.all[i].name for i in members[:-1]) + conjunction + self.all[members[-1]].name
        known = self.together.get(members)
        if known is None:
            known = self._new(_One(ActorKind.GROUP, name, True, source, sort=Sort.CROWD, members=members))
            self.together[members] = known
        self._join(known, source, "named together")
        return self._known(known, "named together")

    def _is_more_than_pronoun(self, first: Phrase, source: Span) -> bool:
        """ "de lokale", "de pårørende": an article, not a pronoun."""
        rest = self.text[first.span.end : source.end].strip()
        if not rest[:1].isalpha() or all(pronoun_of(word.lower(), self.code) for word in rest.split()):
            return False
        return first.form is Form.PRONOUN and first.person == "they" and first.span.start == source.start

    def _by_head(self, inside: Sequence[Phrase]) -> list[Phrase]:
        """Phrases of a source in the order in which they may be its head: what is not in the genitive, the first first."""
        owned = {
            p.span for p, q in pairwise(inside)
            if p.words.lower() in self.language.possessives and not self.text[p.span.end : q.whole.start].strip()
        }  # fmt: skip
        # "A Danish film director": a name right before a noun for a person tells what kind of one.
        kinds = {
            p.span for p, q in pairwise(inside)
            if p.form is Form.NAME and q.form is Form.NOUN and q.sort in PERSONS and self.text[p.span.end : q.span.start] == " "
        }  # fmt: skip
        below = owned | kinds
        heads = [p for p in inside if not p.genitive and p.sort is not Sort.PLACE and p.span not in below]
        places = [p for p in inside if p.sort is Sort.PLACE and not p.genitive]
        return heads + places + [p for p in inside if p.genitive or p.span in below]

    def _of_phrase(self, phrase: Phrase, a: Attribution) -> Speaker:
        """The speaker that a phrase in the source names."""
        if phrase.span in self.of_phrase:
            actor = self.of_phrase[phrase.span]
            return self._known(actor, self.all[actor].mentions.get(phrase.span, "name"))
        if phrase.form is Form.PRONOUN:
            return self._of_pronoun(phrase, a)
        if phrase.span in self.doubt:
            return self._torn(self.doubt[phrase.span], phrase.words)
        if phrase.form is Form.NOUN:
            return self._of_noun(phrase, a)
        return Speaker(None, None, "")

    def _of_pronoun(self, phrase: Phrase, a: Attribution) -> Speaker:
        inner = self._quoted_in(phrase.span)
        if phrase.person in ("i", "we") and inner and (outer := self._speaker_of(inner[0])):
            return replace(outer, why=f"'{phrase.words.lower()}' in what {outer.name or 'somebody'} says")
        if phrase.person in ("he", "she"):
            found = self._pronoun(phrase, a)
            if found is not None:
                return self._known(found, self.all[found].mentions[phrase.span])
            if phrase.span in self.doubt:
                return self._torn(self.doubt[phrase.span], phrase.words)
        if phrase.person == "they" and self._is_one_woman(phrase, a):
            return self._of_pronoun(replace(phrase, person="she", sort=Sort.PERSON), a)
        if phrase.person == "they":
            return self._they(phrase)
        if phrase.person in ("i", "we") and self.spoken:
            return self._known(self.spoken[-1][0], f"'{phrase.words.lower()}': who spoke last")
        return Speaker(None, None, f"nobody named before fits '{phrase.words}'")

    def _is_one_woman(self, phrase: Phrase, a: Attribution) -> bool:
        """German "sie": she, unless the verb stands in the plural ("sagten sie")."""
        verb = next((word for c in a.cue for word in _TOKEN.findall(c.of(self.text).lower())), "")
        return phrase.words.lower() in self.language.pronouns["she_or_they"] and not verb.endswith("en")

    def _speaker_of(self, k: int) -> Speaker | None:
        """The speaker of an attribution, also of one whose tag comes later in the text."""
        if k not in self.speakers and self.attributions[k].source:
            return self._of_source(self.attributions[k])
        return self.speakers.get(k)

    def _they(self, phrase: Phrase) -> Speaker:
        """The last group or several people that were mentioned; else the last body."""
        here = phrase.span.start
        plural = next((p for p in reversed(self.plurals[-8:]) if p.span.end <= here and phrase.sentence - p.sentence <= NEAR_GROUP), None)
        last: dict[ActorKind, tuple[int, int]] = {}
        for i, at in self.bodies[-BODIES_BACK:]:
            kind = self.all[i].kind
            if at < here and self.sentences.at(at) >= phrase.sentence - REACH and at >= last.get(kind, (-1, 0))[0]:
                last[kind] = at, i
        group, body = last.get(ActorKind.GROUP), last.get(ActorKind.ORGANISATION)
        if plural and plural.span not in self.of_phrase and (group is None or group[0] < plural.span.start):
            words = plural.whole.of(self.text)
            group = (
                here,
                self._new(
                    _One(ActorKind.GROUP, _one_line(words), False, plural.span, {plural.noun.lemma if plural.noun else ""}, sort=Sort.CROWD)
                ),
            )
            self._join(group[1], plural.span, "as the report calls it")
        elif plural and plural.span in self.of_phrase:
            group = here, self.of_phrase[plural.span]
        best = group or body
        if best is None:
            return Speaker(None, None, f"nobody named before fits '{phrase.words}'")
        return self._nearest_fits(best[1], phrase.span)

    def _of_noun(self, phrase: Phrase, a: Attribution) -> Speaker:
        """A noun of whom nothing was said before: the only body or person that fits, or somebody new."""
        assert phrase.noun is not None
        guess = None
        if phrase.sort is Sort.DOCUMENT and (author := self._author(phrase, head_source(a))):
            return author
        bare = not phrase.definite and phrase.whole == phrase.span and not phrase.noun.plural and a.source[0] == phrase.span
        if bare and len(bearers := self._bearers(phrase)) == 1:
            guess = bearers[0]  # a headline's "Borgmester: …"
        elif phrase.definite and phrase.sort in BODIES:
            guess = self._last_body(phrase)
        elif phrase.definite and phrase.sort in PERSONS and not phrase.noun.plural and not phrase.of:
            guess = self._main_person(phrase, a)
        if guess is not None:
            self._join(guess, phrase.span, f"'{phrase.words}': {self.all[guess].name} is the only one near that fits")
            self._call(guess, phrase.noun.lemma)
            return self._known(guess, self.all[guess].mentions[phrase.span])
        return self._new_noun(phrase, a)

    def _last_body(self, phrase: Phrase) -> int | None:
        """For "selskabet", "avisen": the body named last that is not known to be something else."""
        assert phrase.noun is not None
        best: tuple[int, int] | None = None
        for i, last in self.bodies[-BODIES_BACK:]:
            one = self.all[i]
            if one.kind is not ActorKind.ORGANISATION or not one.named:
                continue
            outlet = self._is_medium(one.name)
            if outlet != (phrase.sort is Sort.OUTLET) and (outlet or one.heads):
                continue
            if phrase.sort is Sort.OFFICIAL and not _heads_fit(one.heads, phrase.noun.lemma):
                continue
            generic = phrase.noun.lemma in self.language.bodies["generic"] and one.sort is not Sort.OFFICIAL
            if one.heads and not generic and not _heads_fit(one.heads, phrase.noun.lemma) and phrase.sort is not Sort.OUTLET:
                continue
            if last < phrase.span.start and (best is None or last > best[0]):
                best = last, i
        return best[1] if best and self.sentences.at(best[0]) >= phrase.sentence - REACH else None

    def _main_person(self, phrase: Phrase, a: Attribution) -> int | None:
        """For "stjernen", "manden": the person spoken of last, if nobody else comes near."""
        assert phrase.noun is not None
        if phrase.sort is Sort.UNNAMED or self._introduced_before(phrase):
            return None
        scores = self._scores(replace(phrase, person=phrase.noun.sex or "any"), a) if phrase.noun.sex else self._scores_any(phrase, a)
        order = sorted(scores, key=lambda i: -scores[i])
        inside = {i for span, i in self.of_phrase.items() if any(part.covers(span) for part in a.source)}
        order = [i for i in order if self.all[i].named and i not in inside and not self._has_other_office(i, phrase)]
        alone = len(list(islice((one for one in self.all if one.kind is ActorKind.PERSON and one.named), 2))) == 1
        if not order or (phrase.noun.office and not alone and not self._just_spoke(order[0], phrase)):
            return None
        if len(order) > 1 and scores[order[0]] - scores[order[1]] < MARGIN:
            return None
        return order[0]

    def _introduced_before(self, phrase: Phrase) -> bool:
        """True if somebody without a name was called so before: "citing an official … the official said" is nobody who is named."""
        high = bisect_left(self.starts, phrase.span.start)
        before = self.phrases[max(0, high - BODIES_BACK) : high]
        lemma = phrase.noun.lemma if phrase.noun else ""
        return any(other.noun and other.noun.lemma == lemma and not other.definite and other.span not in self.of_phrase for other in before)

    def _just_spoke(self, actor: int, phrase: Phrase) -> bool:
        """Reports vary the name of who speaks: "…, siger Mette Holt. Chefredaktøren tilføjer, at …"; "Troels Holt ser anderledes på det.
        - …, siger ministeren"."""
        if any(seen.actor == actor and phrase.sentence - seen.sentence <= 2 and seen.weight > 1.0 for seen in self.recent[-6:]):
            return True
        return bool(self.spoken) and self.spoken[-1][0] == actor and phrase.sentence - self.spoken[-1][1] <= NEAR_GROUP

    def _scores_any(self, phrase: Phrase, a: Attribution) -> dict[int, float]:
        both = [self._scores(replace(phrase, person=sex), a) for sex in ("he", "she")]
        return {i: max(s.get(i, -99.0) for s in both) for i in set(both[0]) | set(both[1])}

    def _has_other_office(self, actor: int, phrase: Phrase) -> bool:
        """Somebody known as the mayor is not also "the director" (an office is; "the star" may be)."""
        assert phrase.noun is not None
        return bool(self.all[actor].heads) and phrase.noun.office

    def _maker(self, phrase: Phrase) -> int | None:
        """Who made a document: "Nykredits analyse", "en rapport fra Havinstituttet"."""
        if phrase.of and (owner := self.by_name.get(_key(phrase.of))) is not None:
            return owner if self.all[owner].kind is not ActorKind.PLACE else None
        at = bisect_left(self.starts, phrase.span.end)
        after = self.phrases[at] if at < len(self.phrases) else None
        if after is None or after.sentence != phrase.sentence or after.sort not in (*BODIES, Sort.PERSON):
            return None
        between = _TOKEN.findall(self.text[phrase.span.end : after.whole.start].lower())
        if not between or len(between) > 3 or between[0] not in self.language.authors or self._is_medium(after.words):
            return None
        known = self.of_phrase.get(after.span)
        if known is None and after.form is Form.NOUN and after.definite and after.sort in BODIES and len(fits := self._bearers(after)) == 1:
            known = fits[0]
        return known

    def _is_medium(self, name: str) -> bool:
        """Media see and print documents; they seldom make them."""
        return is_outlet(name) or languages.is_outlet_name(name, self.code)

    def _author(self, phrase: Phrase, source: Span) -> Speaker | None:
        """A document speaks for whoever made it, where the report tells."""
        assert phrase.noun is not None
        made = self._maker(phrase)
        low, high = bisect_left(self.starts, phrase.span.end), bisect_left(self.starts, source.end)
        if made is None:
            inside = (p for p in self.phrases[low:high] if p.form is Form.NAME and p.sort in BODIES and not self._is_medium(p.words))
            made = next((self.of_phrase[p.span] for p in inside if p.span in self.of_phrase), None)
        if made is None and phrase.definite and self.authored:
            made = next((actor for lemma, actor in reversed(self.authored) if _heads_fit({lemma}, phrase.noun.lemma)), None)
        if made is None:
            made = self._writer(phrase)
        return None if made is None else self._known(made, f"who made '{phrase.words}'")

    def _writer(self, phrase: Phrase) -> int | None:
        """Who wrote "the post", "pressemeddelelsen": who spoke by such a text before."""
        kinds = media_in(self.text, phrase.span, self.code) & OWN_TEXTS
        if not kinds or phrase.genitive:
            return None
        for k in islice(reversed(self.speakers), TEXTS_BACK):
            a, index = self.attributions[k], self._index(self.speakers[k])
            place = self.sentences.at((a.cue or a.source or a.content)[0].start)
            if index is not None and place < phrase.sentence and media_in(self.text, self.sentences.spans[place], self.code) & kinds:
                return index
        return None

    def _new_noun(self, phrase: Phrase, a: Attribution) -> Speaker:
        assert phrase.noun is not None
        source = head_source(a)
        words = _one_line(source.of(self.text)) if source.covers(phrase.span) and phrase.span.start - source.start < 40 else phrase.words
        words = _short(words)
        same = self.by_words.get(_key(words))
        same = None if same is not None and self.all[same].named else same
        if same is None:
            same = self._new(
                _One(_KINDS[phrase.sort], words, False, phrase.span, {phrase.noun.lemma}, sort=phrase.sort, sex=phrase.noun.sex)
            )
            if phrase.of:
                self.all[same].of.add(_key(phrase.of))
            self._fuller_before(same, phrase)
            if phrase.sort is Sort.SPOKESMAN:
                self._speaks_for(same, source)
        self._join(same, phrase.span, "as the report calls it")
        return self._known(same, "as the report calls it")

    def _fuller_before(self, actor: int, phrase: Phrase) -> None:
        """ "transportministeren … Ministeren lovede": the fuller word that stood before is the same one, and its better name."""
        assert phrase.noun is not None
        low = bisect_left(self.starts, phrase.span.start)
        for other in reversed(self.phrases[max(0, low - 60) : low] if phrase.definite else ()):
            noun = other.noun
            if noun is None or not other.definite or other.genitive or other.span in self.of_phrase or other.sort is not phrase.sort:
                continue
            if noun.lemma != phrase.noun.lemma and noun.lemma.endswith(phrase.noun.lemma):
                self._join(actor, other.span, "as the report calls it")
                self.all[actor].name = other.words
                return

    def _speaks_for(self, actor: int, source: Span) -> None:
        """The body or person that stands in a spokesman's description."""
        low, high = bisect_left(self.starts, source.start), bisect_left(self.starts, source.end)
        for phrase in self.phrases[low:high]:
            other = self.of_phrase.get(phrase.span)
            if other is not None and other != actor and self.all[other].kind in (ActorKind.ORGANISATION, ActorKind.PERSON):
                self.all[actor].speaks_for = other
                return

    def _stranger(self, source: Span, inside: Sequence[Phrase]) -> Speaker:
        """A source that names nobody we can tell: as its words stand."""
        words = _short(_one_line(source.of(self.text)))
        if not words:
            return Speaker(None, None, "nobody is named")
        known = self.by_name.get(_key(words))
        if known is None:
            known = self.by_words.get(_key(words))
        if known is None:
            upper = words[:1].isupper() and " " not in words and source.start not in self.sentences.starts
            crowd = self.language.is_crowd(words)
            kind, sort = (
                (ActorKind.GROUP, Sort.CROWD)
                if crowd
                else (ActorKind.ORGANISATION, Sort.ORGANISATION)
                if upper
                else (ActorKind.PERSON, Sort.UNNAMED)
            )
            guess = None
            if kind is ActorKind.PERSON and self.language.is_definite(words):
                guess = self._only_person(source)
            if guess is not None:
                self._join(guess, source, f"'{words}': {self.all[guess].name} is the only person near")
                return self._known(guess, self.all[guess].mentions[source])
            known = self._new(_One(kind, words, upper, source, sort=sort))
        self._join(known, source, "as the report calls it")
        return self._known(known, "as the report calls it")

    def _only_person(self, source: Span) -> int | None:
        sentence = self.sentences.at(source.start)
        near = {seen.actor for seen in self.recent[-30:] if sentence - seen.sentence <= REACH and self.all[seen.actor].named}
        return near.pop() if len(near) == 1 else None

    def _without_source(self, k: int, a: Attribution) -> Speaker | None:
        """A quotation that goes on: who spoke just before; a colon's or a headline's has a source and does not come here."""
        if a.kind is Kind.INDIRECT or (a.cue and not self._is_bare_cue(a)):
            return self._indirect_without_source(k, a)
        here = self._paragraph_index((a.content or a.cue)[0].start)
        if announced := self._announced(a):
            return announced
        for inner in range(k + 1, min(len(self.attributions), k + 4)):
            b = self.attributions[inner]
            if b.inside == a.id and b.source and b.kind is not Kind.INDIRECT and (tagged := self._of_source(b)).actor is not None:
                return replace(tagged, why=f"tagged in the same turn: {tagged.why}")
        for back in range(k - 1, max(-1, k - 6), -1):
            other = self.attributions[back]
            if other.inside is not None:
                continue
            gap = here - self._paragraph_index(max((*other.content, *other.cue, *other.source))[0])
            speaker = self.speakers.get(back)
            if speaker and 0 <= gap <= (1 if other.kind is Kind.INDIRECT else GOES_ON):
                return replace(speaker, why=f"goes on from {other.id}")
        return self._tagged_later(k, here) or self._spoken_of(k, a)

    def _announced(self, a: Attribution) -> Speaker | None:
        """ "Erhvervsminister Morten Lysholm skrev på X:" before a quotation: whom that sentence names first."""
        start = (a.content or a.cue)[0].start
        before = self.text[max(0, start - 8) : start].rstrip('\n –-—»"“„«>”')
        if not before.endswith(":"):
            return None
        colon = max(0, start - 8) + len(before) - 1
        low = self.sentences.spans[self.sentences.at(colon)].start
        clause = max(low, self.text.rfind(",", low, colon))
        for phrase in (*self._in(Span(clause, colon)), *self._in(Span(low, clause))):
            known = self.of_phrase.get(phrase.span)
            if known is None or phrase.genitive or self._quoted_in(phrase.span):
                continue
            if self.all[known].kind is ActorKind.PERSON:
                return self._known(known, "named before the colon")
        return None

    def _indirect_without_source(self, k: int, a: Attribution) -> Speaker | None:
        """ "…, der i mandags spåede …": what the clause is about; "…, hedder det videre", "efter eget udsagn": who spoke just before."""
        if not a.cue or a.act in (Act.UNCLEAR, Act.WITHHOLDS):
            return None  # "det er uklart, hvad regningen ender på": nobody says so
        here = self.sentences.at(a.cue[0].start)
        low = max(self.sentences.spans[here].start, a.cue[0].start - NEAR_CUE)
        opened = [m for m in _TOKEN.finditer(self.text, low, a.cue[0].start) if m[0].lower() in self.language.relatives]
        if opened and not any(c.covers(Span(*opened[-1].span())) for c in a.content) and (who := self._antecedent(opened[-1].start(), a)):
            return who
        words = {word for c in a.cue for word in _TOKEN.findall(c.of(self.text).lower())}
        if not words & (self.language.pronouns["it"] | self.language.possessives):
            return None
        for back in range(k - 1, max(-1, k - 4), -1):
            other, speaker = self.attributions[back], self.speakers.get(back)
            if other.inside is None and speaker and speaker.actor is not None:
                gap = here - self.sentences.at(max((*other.content, *other.cue, *other.source)).start)
                return replace(speaker, why=f"goes on from {other.id}") if gap <= GOES_ON_INDIRECT else None
        return None

    def _spoken_of(self, k: int, a: Attribution) -> Speaker | None:
        """A quotation that nobody is named for ("lyder det"): the person of whom the sentences before it speak."""
        sentence = self.sentences.at((a.content or a.cue)[0].start)
        near = [seen.actor for seen in self.recent[-12:] if sentence - seen.sentence <= BEFORE_QUOTE]
        if a.kind is not Kind.DIRECT or not near:
            return None
        most = max(dict.fromkeys(near), key=lambda i: (near.count(i), i == near[-1]))
        return self._known(most, "nobody is named; the sentences before speak of them")

    def _tagged_later(self, k: int, here: int) -> Speaker | None:
        """A turn that begins before its tag: the next quotation, in the next paragraph, tells whose it is."""
        first = not any(b.kind is not Kind.INDIRECT for b in self.attributions[:k])
        for b in self.attributions[k + 1 : k + 6]:
            gap = self._paragraph_index((b.content or b.cue)[0].start) - here
            if b.kind is not Kind.INDIRECT and b.source and 0 <= gap <= (GOES_ON if first else 1):
                return replace(self._of_source(b), why=f"the turn's tag stands with {b.id}")
        return None

    def _is_bare_cue(self, a: Attribution) -> bool:
        return a.kind is Kind.DIRECT

    # making actors

    def _new(self, one: _One) -> int:
        self.all.append(one)
        number = len(self.all) - 1
        for lemma in one.heads:
            self.called[lemma].append(number)
        for key in (one.name, _key(one.name)):
            self.by_words.setdefault(key, number)
        return number

    def _call(self, actor: int, lemma: str) -> None:
        """A noun that was said of an actor."""
        if lemma not in self.all[actor].heads:
            self.all[actor].heads.add(lemma)
            self.called[lemma].append(actor)

    def _called(self, lemma: str) -> list[int]:
        """Actors of whom a noun was said that fits another ("ministeren", "sundhedsminister"), of each noun the last ones."""
        fitting, seen = self.fitting.setdefault(lemma, ([], 0))
        keys = list(islice(self.called, seen, None))
        fitting += [key for key in keys if _heads_fit((key,), lemma)]
        self.fitting[lemma] = fitting, seen + len(keys)
        return sorted({i for key in fitting for i in self.called[key][-NAMESAKES:]})

    def _join(self, actor: int, span: Span, why: str) -> None:
        self.of_phrase[span] = actor
        self.all[actor].mentions.setdefault(span, why)
        if span.start < self.all[actor].first.start:
            self.all[actor].first = span

    def _par(self, span: Span) -> str:
        return f"par. {self._paragraph_index(span.start) + 1}"

    def _paragraph_index(self, place: int) -> int:
        return self.sentences.paragraph[self.sentences.at(place)] if self.sentences.paragraph else 0

    def _paragraph(self, span: Span) -> Span:
        return self.paragraphs[self._paragraph_index(span.start)]

    def _introduced(self) -> None:
        """Whom headline and lead describe and the report names further down: "A Danish mayor has admitted … Henning Odgaard said": the
        first person named after that, of whom nothing else is said. Holders of an office only: an officer or a person familiar with
        something wants to stay unnamed, and must."""
        speaking = {self._index(speaker) for speaker in self.speakers.values()}
        persons = [i for i, one in enumerate(self.all) if one.kind is ActorKind.PERSON and one.named and one.mentions]
        named = sorted((self.all[i].first, i) for i in persons)
        for i, one in enumerate(self.all):
            described = one.kind is ActorKind.PERSON and not one.named and i in speaking and self._holds_office(one)
            if not described or self._paragraph_index(one.first.start) > LEAD:
                continue
            first = next((pair for pair in named if pair[0] > one.first), None)
            if first is not None and first[1] in speaking and self._may_be(one, *first):
                self._merge(i, first[1])

    def _headed(self) -> None:
        """Who says in the headline what somebody says further down in the same words: "Udvikler: Vi fik besked på at springe prøven over",
        "»Vi fik besked …«, siger Bo Lind, der er udvikler". Whoever wants to stay unnamed must."""
        top = [k for k in self.speakers if (said := self.attributions[k].content) and self._paragraph_index(said[-1].start) == 0]
        for k in top if len(top) <= MOST_HEADED else ():
            i, a = self._index(self.speakers[k]), self.attributions[k]
            if i is None or i in self.became or self.all[i].named:
                continue
            if sum(self._index(speaker) == i for speaker in self.speakers.values()) > 1:
                continue
            into = self._says_below(k, a, _told(self.text, a.content))
            if into is not None and into != i and not (self.all[into].named and self.all[i].sort is Sort.UNNAMED):
                self._merge(i, into)

    def _says_below(self, k: int, a: Attribution, wanted: set[str]) -> int | None:
        """Who says most of these words further down, in one saying; not who says what is denied or confirmed."""
        found = []
        for j in range(k + 1, len(self.attributions)) if len(wanted) >= LEAST_SHARED else ():
            index, b = self._index(self.speakers.get(j)), self.attributions[j]
            if index is None or index in self.became or not b.content or self._paragraph_index(b.content[0].start) == 0:
                continue
            if a.act is not b.act and {a.act, b.act} & ANSWERING:
                continue
            shared = len(wanted & _told(self.text, b.content)) / len(wanted)
            if shared >= SAME_WORDS:
                found.append((shared, -j, index))
        return max(found)[2] if found else None

    def _holds_office(self, one: _One) -> bool:
        return any((noun := noun_of(lemma, self.code)) is not None and noun.office and noun.sort is Sort.PERSON for lemma in one.heads)

    def _may_be(self, one: _One, place: Span, named: int) -> bool:
        """True if a person is named soon after somebody was described, and nothing said of either is against that they are one."""
        other = self.all[named]
        near = self._paragraph_index(place.start) - self._paragraph_index(one.first.start) <= NAMED_AFTER
        fits = not other.heads or any(_heads_fit(other.heads, lemma) for lemma in one.heads)
        return near and fits and len(_tokens(other.name)) > 1 and (not one.sex or other.sex in ("", one.sex))

    def _merge(self, one: int, into: int) -> None:
        """Make all that was one actor's another's."""
        why = f"'{self.all[one].name}': {self.all[into].name}, whom the report names further down"
        for span in self.all[one].mentions:
            self._join(into, span, why)
        self.all[into].heads |= self.all[one].heads
        for k, speaker in self.speakers.items():
            if self._index(speaker) == one:
                self.speakers[k] = self._known(into, why)
        self.all[one].mentions.clear()
        self.became[one] = into

    def _ids(self) -> dict[int, str]:
        """Ids in order of the text, by kind."""
        count: dict[ActorKind, int] = defaultdict(int)
        out: dict[int, str] = {}
        for i in sorted((i for i, one in enumerate(self.all) if one.mentions), key=lambda i: self.all[i].first):
            kind = self.all[i].kind
            count[kind] += 1
            out[i] = f"{_LETTERS[kind]}{count[kind]}"
        return out | {i: out[into] for i, into in self.became.items()}

    def _actor(self, i: int, ids: dict[int, str]) -> Actor:
        one = self.all[i]
        mentions = tuple(Mention(span, why) for span, why in sorted(one.mentions.items()))
        speaks_for = ids[one.speaks_for] if one.speaks_for is not None else None
        return Actor(ids[i], one.kind, one.name, source_class(one.kind, one.named, one.sort), tuple(one.roles), mentions, speaks_for)

    def _with_ids(self, speaker: Speaker | None, ids: dict[int, str]) -> Speaker | None:
        if speaker is None:
            return None
        actor = ids[int(speaker.actor)] if speaker.actor is not None else None
        name = self.all[int(speaker.actor)].name if speaker.actor is not None else speaker.name
        return replace(speaker, actor=actor, name=name, candidates=tuple(dict.fromkeys(ids[int(c)] for c in speaker.candidates)))


def source_class(kind: ActorKind, named: bool, sort: Sort | None) -> SourceClass | None:
    """What an actor is worth as a source."""
    if kind is ActorKind.PLACE:
        return None
    if kind is ActorKind.PERSON:
        return SourceClass.NAMED_PERSON if named else SourceClass.UNNAMED_PERSON
    if kind is ActorKind.GROUP:
        return SourceClass.NAMED_PERSON if named else SourceClass.CROWD
    if kind is ActorKind.DOCUMENT:
        return SourceClass.DOCUMENT
    return {Sort.OFFICIAL: SourceClass.OFFICIAL_BODY, Sort.ACCOUNT: SourceClass.ACCOUNT}.get(
        sort or Sort.ORGANISATION, SourceClass.ORGANISATION
    )


def given_name_sex(name: str) -> str:
    """ "he" or "she" where a given name tells it, else ""."""
    known, low = languages.given_names(), name.lower()
    return known.get(low) or known.get(low.split("-")[0], "")


def is_outlet(name: str) -> bool:
    """True for a news agency or medium that sagt knows by name."""
    return languages.outlet_of(name) is not None


def _told(text: str, content: Iterable[Span]) -> set[str]:
    """The longer words of a content."""
    return {word for span in content for word in _tokens(span.of(text)) if len(word) > SHORT_WORD}


def _heads_fit(heads: Iterable[str], lemma: str) -> bool:
    """ "ministeren" fits "sundhedsminister", and the other way round."""
    return any(h == lemma or h.endswith(lemma) or lemma.endswith(h) for h in heads)


def _tokens(words: str) -> list[str]:
    return [t.lower() for t in _TOKEN.findall(words)] or [words.lower()]


def _key(words: str) -> str:
    return " ".join(_tokens(words))


def _akin(a: str, b: str) -> bool:
    """True if two names share a word or its beginning: "Kertemindes turistforening", "Kerteminde"."""
    return any(x.startswith(y) or y.startswith(x) for x in _tokens(a) for y in _tokens(b) if min(len(x), len(y)) > 2)


def _initials(words: str) -> str:
    """ "Dansk Folkeparti": "DF"; small words don't count."""
    tokens = _TOKEN.findall(words)
    return "".join(t[0] for t in tokens if t[0].isupper()) if len(tokens) > 1 else ""


def _digits(words: str) -> str:
    return "".join(c for c in words if c.isdigit())


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _short(words: str) -> str:
    """A description without what follows its first comma."""
    return words.split(",")[0].strip(" \"'»«“”()")[:120]
