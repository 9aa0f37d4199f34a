"""Noun phrases that may name an actor: names (from the network), nouns of office, work and bodies, pronouns. Pure, linear."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from sagt import segment
from sagt.decode import Name
from sagt.languages import Inflection, Language, given_names, is_adjective, load, or_english, outlet_of
from sagt.places import is_country
from sagt.types import Span

_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u00ad]|[-’'](?=[^\W_]))*")
_AGE = re.compile(r"\d{1,3}")
#: Words that may stand between an article and its noun.
_MOST_ADJECTIVES = 4


class Form(StrEnum):
    """How a phrase points at its actor."""

    NAME = "name"
    NOUN = "noun"
    PRONOUN = "pronoun"


class Sort(StrEnum):
    """What a phrase by itself says of its actor."""

    PERSON = "person"
    SPOKESMAN = "spokesman"
    UNNAMED = "unnamed"
    CROWD = "crowd"
    OFFICIAL = "official"
    ORGANISATION = "organisation"
    OUTLET = "outlet"
    DOCUMENT = "document"
    PLACE = "place"
    ACCOUNT = "account"


PERSONS = {Sort.PERSON, Sort.SPOKESMAN, Sort.UNNAMED}
BODIES = {Sort.OFFICIAL, Sort.ORGANISATION, Sort.OUTLET}


@dataclass(frozen=True, slots=True)
class Noun:
    """What the language data say of a word."""

    lemma: str
    sort: Sort
    definite: bool
    plural: bool
    genitive: bool
    office: bool = False  #: of which a body or place usually has one
    sex: str = ""  #: "he", "she" or ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase that may name an actor. `span` is what is shown as the mention; `whole` has article and adjectives too."""

    span: Span
    whole: Span
    form: Form
    sort: Sort
    sentence: int
    words: str  #: without the genitive's ending
    noun: Noun | None = None
    definite: bool = False
    genitive: bool = False
    person: str = ""  #: of a pronoun: he, she, they, we, i, it
    age: str = ""
    of: str = ""  #: name that stands before it in the genitive, or after it: "USA" in "USA's præsident", "præsident i USA"


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of a text, and which one a character stands in."""

    spans: list[Span]
    paragraph: list[int]
    starts: list[int]

    @classmethod
    def of(cls, text: str, paragraphs: Sequence[Span]) -> Sentences:
        """All sentences, in order."""
        spans, index = [], []
        for i, paragraph in enumerate(paragraphs):
            for span in segment.sentences(text, paragraph):
                spans.append(span)
                index.append(i)
        return cls(spans, index, [s.start for s in spans])

    def at(self, place: int) -> int:
        """Number of the sentence that a character stands in, or the one before it."""
        return max(0, bisect_right(self.starts, place) - 1)


def find(text: str, code: str | None, sentences: Sentences, names: Sequence[Name]) -> list[Phrase]:
    """All phrases of a text, in order; of those that overlap, names come before nouns, and nouns before pronouns."""
    language, code = load(code), or_english(code)
    known = {name.span.of(text) for name in names}
    known |= {words.split()[-1] for words in known if words.strip()}
    named = [p for name in names for p in _names(text, name, sentences, language, code, known)]
    starts = [p.span.start for p in named]
    out: list[Phrase] = []
    for i, sentence in enumerate(sentences.spans):
        inside = named[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        out += inside
        out += _in_sentence(text, sentence, i, inside, language, code)
    return sorted(out, key=lambda p: p.span)


def _names(text: str, name: Name, sentences: Sentences, language: Language, code: str, known: Set[str]) -> Iterator[Phrase]:
    words = name.span.of(text)
    if not any(c.isalnum() for c in words) or words.endswith("/") or text[max(0, name.span.start - 1) : name.span.start] == "/":
        return  # a credit line: "/ritzau/AFP"
    bare = without_genitive(words, language)
    if words[-1:] == "s" and "s" in language.inflection.genitive and (words[:-1] in known or words.split()[-1][:-1] in known):
        bare = words[:-1]
    span = Span(name.span.start, name.span.start + len(bare))
    sort = {"PER": Sort.PERSON, "ORG": Sort.ORGANISATION, "LOC": Sort.PLACE}[name.kind]
    if sort is not Sort.PERSON and (phrase := _office_in_name(text, span, sentences, code)):
        yield phrase
        return
    if sort is Sort.PERSON and outlet_of(bare):
        sort = Sort.ORGANISATION
    if sort is Sort.ORGANISATION and is_country(bare, code):
        sort = Sort.PLACE
    first = bare.split()[0].lower()
    if sort is not Sort.PERSON and " " in bare and given_names().get(first) and not noun_of(bare.split()[-1].lower(), code):
        sort = Sort.PERSON
    noun = noun_of(bare.lower(), code) if " " not in bare and span.start in sentences.starts else None
    if noun and noun.definite and sort is not Sort.PERSON:
        yield Phrase(span, span, Form.NOUN, noun.sort, sentences.at(span.start), bare, noun, True, noun.genitive)
        return
    after = text[name.span.end : name.span.end + 2].lower()
    genitive = len(bare) < len(words) or after in ("'s", "’s") or after[:1] in ("'", "’")
    yield Phrase(span, span, Form.NAME, sort, sentences.at(span.start), bare, None, True, genitive)


def _office_in_name(text: str, span: Span, sentences: Sentences, code: str) -> Phrase | None:
    """What the network takes for a body's name but is a person's office: "Folketingets ombudsmand", "AGF-træneren"."""
    words = span.of(text)
    owner, gap, last = words.rpartition("-" if "-" in words.split()[-1] else " ")
    noun = noun_of(last.lower(), code) if owner and last[:1].islower() else None
    if noun is None or noun.sort not in PERSONS or noun.plural:
        return None
    of = owner.removesuffix("s") if gap == " " else owner
    return Phrase(span, span, Form.NOUN, noun.sort, sentences.at(span.start), words, noun, True, noun.genitive, of=of)


def without_genitive(words: str, language: Language) -> str:
    """A name without the ending of the genitive, where it can be told from the name itself."""
    for ending in sorted(language.inflection.genitive, key=len, reverse=True):
        if ending.strip("'’") != ending and words.endswith(ending) and len(words) > len(ending) + 1:
            return words[: -len(ending)]
    return words


def _in_sentence(text: str, sentence: Span, index: int, named: Sequence[Phrase], language: Language, code: str) -> Iterator[Phrase]:
    words = list(_WORD.finditer(text, sentence.start, sentence.end))
    taken = [p.span for p in named]
    for k, match in enumerate(words):
        span = Span(*match.span())
        if any(span.overlaps(t) for t in taken):
            continue
        word = match[0]
        if noun := noun_of(word.lower(), code):
            yield _noun_phrase(text, words, k, noun, index, named, language, code)
        elif aged := _the_aged(text, words, k, index, language, code):
            yield aged
        elif person := pronoun_of(word.lower(), code):
            yield Phrase(span, span, Form.PRONOUN, Sort.CROWD if person in ("they", "we") else Sort.PERSON, index, word, person=person)


def _the_aged(text: str, words: Sequence[re.Match[str]], k: int, index: int, language: Language, code: str) -> Phrase | None:
    """ "den 37-årige", "the 37-year-old" without a noun: whoever is of that age."""
    age = words[k][0]
    if not k or not _AGE.match(age) or age.isdigit() or words[k - 1][0].lower() not in language.inflection.articles:
        return None
    after = words[k + 1][0] if k + 1 < len(words) and text[words[k].end() : words[k + 1].start()] == " " else ""
    if after and (after[0].isupper() or noun_of(after.lower(), code) or is_adjective(after.lower(), language.inflection)):
        return None
    span = Span(words[k - 1].start(), words[k].end())
    noun = Noun(age.lower(), Sort.PERSON, True, False, False)
    return Phrase(span, span, Form.NOUN, Sort.PERSON, index, span.of(text), noun, True, False, age=age)


def _noun_phrase(
    text: str, words: list[re.Match[str]], k: int, noun: Noun, index: int, named: Sequence[Phrase], language: Language, code: str
) -> Phrase:
    head = Span(*words[k].span())
    bare = head.of(text)
    if noun.genitive:
        bare = without_genitive(bare, language) if not bare.lower().endswith("s") or "'" in bare or "’" in bare else bare[:-1]
    start, article, age = _leftwards(text, words, k, language, code)
    owner = next((p for p in named if p.genitive and 0 <= start - p.span.end <= 3 and not text[p.span.end : start].strip("'’s ")), None)
    place = _rightwards(text, words, k, named)
    definite = noun.definite or article == "definite" or (owner is not None and article != "indefinite")
    whole = Span(owner.span.start if owner else start, head.end)
    span = Span(whole.start if owner else head.start, head.start + len(bare))
    if article == "indefinite" or noun.sort is Sort.UNNAMED:
        span = Span(start, span.end)
    return Phrase(
        span, whole, Form.NOUN, noun.sort, index, bare, noun, definite, noun.genitive, age=age,
        of=owner.words if owner else place,
    )  # fmt: skip


def _leftwards(text: str, words: list[re.Match[str]], k: int, language: Language, code: str) -> tuple[int, str, str]:
    """Where the phrase begins, whether an article or an owner opens it ("definite", "indefinite", ""), and an age in it."""
    age = ""
    start = words[k].start()
    for back in range(1, _MOST_ADJECTIVES + 2):
        if k - back < 0:
            break
        before, after = words[k - back], words[k - back + 1]
        gap = text[before.end() : after.start()]
        if gap != " ":
            break
        low = before[0].lower()
        if _AGE.match(low) and not low.isdigit():
            age = before[0]
        if low in language.inflection.indefinite:
            return before.start(), "indefinite", age
        if low in language.inflection.articles:
            return before.start(), "definite", age
        if _is_owner(before[0], language, code):
            return start, "definite", age
        if not is_adjective(low, language.inflection):
            break
        if age:
            start = before.start()
    return start, "", age


def _is_owner(word: str, language: Language, code: str) -> bool:
    """True for "hendes", "bankens", "Lyngsteds", "Denmark's": what it stands before is a certain one's."""
    if word.lower() in language.possessives:
        return True
    if not any(word.lower().endswith(ending) and len(word) > len(ending) + 2 for ending in language.inflection.genitive):
        return False
    noun = noun_of(word.lower(), code)
    return word[0].isupper() if noun is None else noun.genitive


def _rightwards(text: str, words: list[re.Match[str]], k: int, named: Sequence[Phrase]) -> str:
    """The name after "præsident i …", "mayor of …"."""
    if k + 1 >= len(words):
        return ""
    small = words[k + 1]
    if len(small[0]) > 4 or not small[0].islower():
        return ""
    return next((p.words for p in named if 0 <= p.span.start - small.end() <= 5 and p.sort is not Sort.PERSON), "")


@lru_cache(maxsize=50_000)
def pronoun_of(word: str, code: str) -> str:
    """Which person a pronoun is, or nothing."""
    pronouns = load(code).pronouns
    for person in ("he", "she", "we", "i", "they"):
        if word in pronouns[person]:
            return person
    return ""


@lru_cache(maxsize=50_000)
def noun_of(word: str, code: str) -> Noun | None:
    """What the data say of a word, whatever its inflection, also where it is the end of a compound."""
    language = load(code)
    best: tuple[int, Noun] | None = None
    for stem, definite, plural, genitive in _stems(word, language.inflection):
        begin = _known_end(stem, code)
        if begin is None:
            continue
        sort, office, sex = _nouns(code)[stem[begin:]]
        rank = len(stem) - begin - (3 if genitive else 0)
        if best is None or rank > best[0]:
            crowd = plural and sort in PERSONS
            many = plural or stem in language.roles["crowd"]
            best = rank, Noun(stem, Sort.CROWD if crowd else sort, definite, many, genitive, office, sex)
    return best[1] if best else None


def _known_end(stem: str, code: str) -> int | None:
    """Where the longest known noun begins that a stem is or ends in; of a compound, both parts have three letters or more, or a
    hyphen parts them."""
    nouns, compounds = _nouns(code), load(code).inflection.compounds
    for begin in range(len(stem) - 1):
        if stem[begin:] not in nouns:
            continue
        if not begin or stem[begin - 1] == "-" or (compounds and begin > 1 and len(stem) - begin > 2):
            return begin
    return None


def _stems(word: str, inflection: Inflection) -> Iterator[tuple[str, bool, bool, bool]]:
    """A word with its endings taken off in every way: (stem, definite, plural, genitive)."""
    forms = [(word, False)]
    forms += [(word[: -len(g)], True) for g in inflection.genitive if word.endswith(g) and len(word) > len(g) + 2]
    ways = ((inflection.definite, True, False), (inflection.definite_plural, True, True), (inflection.plural, False, True))
    for form, genitive in forms:
        yield form, False, False, genitive
        for endings, definite, plural in ways:
            for ending, instead in endings:
                stem = form[: -len(ending)] + instead
                if not form.endswith(ending) or len(stem) < 3:
                    continue
                yield stem, definite, plural, genitive
                if definite and not instead:
                    yield stem + "e", True, plural, genitive  # "dommerne" and the like keep their vowel
                    if len(stem) > 3 and stem[-1] == stem[-2]:
                        yield stem[:-1], True, plural, genitive  # "manden", "bussen": a doubled consonant


@cache
def _nouns(code: str) -> dict[str, tuple[Sort, bool, str]]:
    """Lemma to (sort, is it an office, sex)."""
    language = load(code)
    roles, bodies = language.roles, language.bodies
    out: dict[str, tuple[Sort, bool, str]] = {}

    def add(words: object, sort: Sort, office: bool = False) -> None:
        assert isinstance(words, frozenset | tuple | list)
        for word in words:
            if " " not in word:
                sex = "she" if word in roles["she"] else "he" if word in roles["he"] else ""
                out.setdefault(word, (sort, office, sex))

    add(roles["spokesman"], Sort.SPOKESMAN)
    add(roles["office"], Sort.PERSON, True)
    add(roles["unnamed"], Sort.UNNAMED)
    add(roles["crowd"], Sort.CROWD)
    add(roles["collective"], Sort.CROWD)
    add(roles["work"], Sort.PERSON)
    add(roles["person"], Sort.PERSON)
    add(bodies["account"], Sort.ACCOUNT)
    add(bodies["outlet"], Sort.OUTLET)
    add(bodies["official"], Sort.OFFICIAL)
    add(bodies["organisation"], Sort.ORGANISATION)
    for words in language.documents.values():
        add(words, Sort.DOCUMENT)
    return out
