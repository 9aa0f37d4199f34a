"""What sagt knows of its languages, as data: one file each. docs/languages.md says what the keys mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from sagt.types import Act

_WORD = re.compile(r"\w+")
CODES = ("da", "en", "nb", "nn", "sv", "de")


def or_english(code: str | None) -> str:
    """The code itself where there are facts of its language, and English for all others; older reports have "no" for Norwegian."""
    return code if code in CODES else "nb" if code == "no" else "en"


Words = frozenset[str]
Table = Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Inflection:
    """How nouns and names change; each ending with what stands in the lemma instead of it."""

    definite: tuple[tuple[str, str], ...]
    definite_plural: tuple[tuple[str, str], ...]
    plural: tuple[tuple[str, str], ...]
    genitive: tuple[str, ...]
    articles: Words  #: definite ones, that stand before the noun
    indefinite: Words  #: indefinite articles and numbers
    adjectives: Words  #: words that may stand between an article and its noun; "-ig" for any word that ends so
    compounds: bool  #: compounds are written as one word


@dataclass(frozen=True, slots=True)
class Language:
    """One language file. Words are in small letters."""

    abbreviations: Words  #: words that end in a full stop without ending a sentence, without their last stop
    labels: Words  #: words before a colon that name no speaker ("Fakta: …")
    pointers: Words  #: first words of a sentence that points back ("Det siger Holt.")
    acts: tuple[tuple[Act, tuple[str, ...]], ...]  #: beginnings of words, in order, and the act that a cue with them has
    links: Words  #: words that may stand between a name and what is said of it
    conjunctions: Words
    many: Words  #: words that make a source several people
    negations: Words
    told: Words  #: cues whose subject is the one who was spoken to ("blev lovet")
    agreement: Words  #: words of one who agrees
    relatives: Words  #: words that open a clause about the noun before it
    possessives: Words
    objects: Words  #: pronouns that do not point at the subject of their own clause ("Homan mødes med ham")
    media_prepositions: Words  #: words that open a phrase which tells a medium
    complementizers: Words  #: words that open what is said ("at")
    prepositions: Words  #: words that subordinate a name to the noun before it ("faderen til Jordan")
    authors: Words  #: prepositions between a document and who made it
    written_cues: Words  #: cues of what is written
    pronouns: Table
    inflection: Inflection
    titles: Table
    roles: Table
    bodies: Table
    documents: Table
    carriers: Mapping[str, tuple[str, ...]]

    def act_of(self, cue: str) -> Act | None:
        """The act that the words of a cue tell by themselves, if they do."""
        words = _WORD.findall(cue.lower())
        return next((act for act, stems in self.acts if _in_order(stems, words)), None)

    def is_crowd(self, words: str) -> bool:
        """True if a phrase begins with a word for several ("flere naboer")."""
        return words.lower().split(" ")[0] in self.many

    def is_definite(self, words: str) -> bool:
        """True if a phrase opens with a definite article, or is one word with a definite ending."""
        first, *rest = words.lower().split() or [""]
        endings = tuple(ending for ending, _ in self.inflection.definite)
        return first in self.inflection.articles or (not rest and bool(endings) and len(first) > 4 and first.endswith(endings))


@cache
def table(name: str) -> dict[str, Any]:
    """The contents of one data file, without its ending."""
    return tomllib.loads((resources.files("sagt.languages") / f"{name}.toml").read_text("utf-8"))


def load(code: str | None) -> Language:
    """The data of a language; English for those without facts."""
    return _load(or_english(code))


@cache
def _load(code: str) -> Language:
    data = table(code)
    grammar = data["grammar"]
    return Language(
        abbreviations=frozenset(data["abbreviations"]),
        labels=frozenset(data["labels"]),
        pointers=frozenset(data["pointers"]),
        acts=tuple((Act(act), tuple(row.split())) for act, rows in data["acts"].items() for row in rows),
        **{key: frozenset(grammar[key]) for key in _GRAMMAR},
        pronouns=_table(data["pronouns"]),
        inflection=_inflection(data["inflection"]),
        titles=_table(data["titles"]),
        roles=_table(data["roles"]),
        bodies=_table(data["bodies"]),
        documents=_table(data["documents"]),
        carriers={key: tuple(words) for key, words in data["carriers"].items()},
    )


_GRAMMAR = (
    "links",
    "conjunctions",
    "many",
    "negations",
    "told",
    "agreement",
    "relatives",
    "possessives",
    "objects",
    "media_prepositions",
    "complementizers",
    "prepositions",
    "authors",
    "written_cues",
)


def _table(rows: Mapping[str, Iterable[str]]) -> dict[str, Words]:
    return {key: frozenset(words) for key, words in rows.items()}


def _inflection(rows: Mapping[str, Any]) -> Inflection:
    def endings(key: str) -> tuple[tuple[str, str], ...]:
        pairs = (row.partition(">") for row in rows[key])
        return tuple((ending, instead) for ending, _, instead in pairs)

    return Inflection(
        endings("definite"), endings("definite_plural"), endings("plural"), tuple(rows["genitive"]),
        frozenset(rows["articles"]), frozenset(rows["indefinite"]), frozenset(rows["adjectives"]), rows["compounds"],
    )  # fmt: skip


def is_adjective(word: str, inflection: Inflection) -> bool:
    """True if a word in small letters may stand between an article and its noun."""
    known = inflection.adjectives
    return word in known or any("-" + word[-n:] in known for n in range(1, 6) if n < len(word)) or word[0].isdigit()


def _in_order(stems: tuple[str, ...], words: list[str]) -> bool:
    rest = iter(words)
    return all(any(word.startswith(stem) for word in rest) for stem in stems)


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What must hold in every report: they quote each other's languages, and a wrongly told one must not cost a sentence."""

    abbreviations: Words
    labels: Words
    pointers: Words
    media_prepositions: Words
    complementizers: Words


@cache
def every() -> Everywhere:
    """All languages together."""
    languages = [load(code) for code in CODES]

    def union(key: str) -> Words:
        return frozenset().union(*(getattr(one, key) for one in languages))

    return Everywhere(union("abbreviations"), union("labels"), union("pointers"), union("media_prepositions"), union("complementizers"))


@cache
def pattern(code: str | None, key: str) -> re.Pattern[str]:
    """The words of a list of a language ("hedges", "questions", "media.letter") as one pattern, the longest first; "events" holds
    beginnings of words. A pattern that never matches where there are none."""
    group, _, inner = key.partition(".")
    data = table(or_english(code))
    compounds = group == "media" and data["inflection"]["compounds"]
    return alternatives(data[group][inner] if inner else data[group], stems=key == "events", compounds=compounds)


#: In languages that write compounds as one word, a word of so many letters also counts as the end of a compound ("morgenradio").
LONG_ENOUGH = 6


def alternatives(words: Iterable[str], *, stems: bool = False, compounds: bool = False) -> re.Pattern[str]:
    """A pattern for any of some words or phrases, as whole words (or beginnings of words, or ends of compounds), whatever their case."""
    rows = sorted(words, key=len, reverse=True)
    if not rows:
        return re.compile(r"(?!)")
    whole = "|".join(map(re.escape, rows))
    ends = "|".join(re.escape(row) for row in rows if len(row) >= LONG_ENOUGH and " " not in row) if compounds else ""
    some = rf"{whole}|[\w-]{{3,}}(?:{ends})" if ends else whole
    return re.compile(rf"(?<!\w)(?:{some})" + ("" if stems else r"(?!\w)"), re.IGNORECASE)


@cache
def metonyms(code: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Buildings and capitals that stand for a government: the name, and what else the same is called."""
    rows = table(or_english(code)).get("metonym", ())
    return tuple((row["name"], alternatives([*row["forms"], *row["same"]])) for row in rows)


@cache
def given_names() -> dict[str, str]:
    """Given names in small letters, and the pronoun that goes with each ("she", "he"); names that both bear are not among them."""
    return {name: sex for sex, names in table("given_names").items() for name in names.split()}


@cache
def _outlets() -> dict[str, str]:
    out = {form.lower(): row["name"] for row in table("agencies")["agency"] for form in row["forms"]}
    for row in table("outlets")["outlet"]:
        for form in (row["name"], *row.get("forms", ())):
            out.setdefault(form.lower(), row["name"])
    return out


def outlet_of(name: str) -> str | None:
    """The name that sagt uses for a news agency or medium that it knows."""
    return _outlets().get(name.lower())


_COMPANY = re.compile(r",? (?:gmbh|ltd|llc|llp|inc|a/s|as|ab|plc|sa|s\.a\.)\.?$", re.IGNORECASE)


def publisher(name: str | None) -> str | None:
    """The name that sagt uses for a publisher, however it calls itself: by name, with its company form, or by its domain."""
    called = _COMPANY.sub("", (name or "").strip())
    domain = re.sub(r"^(?:https?://)?(?:www\.)?", "", called.lower()).split("/")[0]
    return outlet_of(called) or _domains().get(domain) or called or None


def host_of(address: str | None) -> str:
    """The host in an address of the web; "" where it has none or is no address ("http://[")."""
    try:
        return urlsplit(address or "").hostname or ""
    except ValueError:
        return ""


def publisher_at(address: str | None) -> str | None:
    """The publisher whose address on the web that is, if it is a known one's: by the host, or the domain that it is part of."""
    parts = host_of(address).split(".")
    return next((name for at in range(len(parts) - 1) if (name := _domains().get(".".join(parts[at:])))), None)


@cache
def _domains() -> dict[str, str]:
    return {domain.lower(): row["name"] for row in table("outlets")["outlet"] for domain in row.get("domains", ())}


@cache
def zones() -> dict[str, str]:
    """Zone of an outlet's clock, by its name or domain in small letters."""
    out = {}
    for row in table("outlets")["outlet"]:
        for key in (row["name"], *row.get("forms", ()), *row.get("domains", ())):
            out[key.lower()] = row["zone"]
    return out


@cache
def outlet_pattern() -> re.Pattern[str]:
    """Names of known media, as they stand in running text. Case counts: "stern" and "focus" are words."""
    forms = {form for row in table("agencies")["agency"] for form in row["forms"] if len(form) > 1 and form != "RB"}
    forms |= {form for row in table("outlets")["outlet"] for form in (row["name"], *row.get("forms", ()))}
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(forms, key=len, reverse=True))) + r")(?!\w|-\w)")


def is_outlet_name(name: str, code: str | None) -> bool:
    """True for a name with a word in it that papers and broadcasters have in theirs: "Lindholm Folkeblad", "The Lorne Gazette"."""
    words, language = re.findall(r"[^\W\d_]+", name.lower()), load(code)
    known = language.bodies["outlet_names"]
    return any(w in known or (language.inflection.compounds and any(len(w) > len(k) + 1 and w.endswith(k) for k in known)) for w in words)


def is_outlet_noun(name: str) -> bool:
    """True for a single word that names of media have in them, in any language: "Presse", "Folkebladet"."""
    return any(name.lower() in load(code).bodies["outlet_names"] for code in CODES)


@cache
def _platforms() -> dict[str, str]:
    return {form.lower(): name for name, forms in table("platforms").items() for form in forms}


@cache
def platform_pattern() -> re.Pattern[str]:
    """Names of social media; case counts, for "X" and "Threads" are words."""
    forms = sorted({form for forms in table("platforms").values() for form in forms}, key=len, reverse=True)
    return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, forms)) + r")(?!\w)")


def platform_of(words: str) -> str:
    """The name that sagt uses for a social medium."""
    return _platforms()[words.lower()]
