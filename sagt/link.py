"""Which passages pass on one saying of one actor. Pure: two passages in, a score with its reasons out; edges in, groups out.

Every feature is symmetrical and looks at nothing but the two, so that the order in which reports arrive changes no decision."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache
from operator import mul
from typing import TypeVar

import numpy as np

from sagt import languages, words
from sagt.passages import Passage, Stance, Voice, spelt

#: Words in a row that two texts of one language share only if one is taken from the other.
QUOTED_RUN = 5
#: Names and texts of which is kept what was found of them: those of one day come again and again.
REMEMBERED = 10_000
#: Names that differ in so few letters are spellings of one (Zelenskyj, Zelensky).
ALIKE_NAMES = 0.84


class Who(StrEnum):
    """How two voices compare."""

    SAME = "the same name"
    PART = "a shorter form of the name"
    ROLE = "the role fits"
    UNKNOWN = "one is not told"
    OTHER = "another"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was compared, and what it counted for."""

    feature: str
    value: float
    weight: float


def who(a: Voice, b: Voice, roles: float | None) -> Who:
    """How two voices compare. `roles`: cosine of what else is told of them; None where nothing is."""
    if not a.name or not b.name:
        return Who.UNKNOWN
    if a.named and b.named:
        compared = _names(a, b, roles)
        # Two people of one name: what is told of them is far apart.
        return (
            Who.OTHER
            if compared in (Who.SAME, Who.PART) and a.person and b.person and roles is not None and roles < _ROLES_DIFFER
            else compared
        )
    if a.key == b.key:
        return Who.SAME
    return _by_meaning(roles)


def _names(a: Voice, b: Voice, roles: float | None) -> Who:
    if a.is_called_as(b):
        return Who.SAME
    if a.entity and b.entity:
        return Who.OTHER
    ours, theirs = a.key.split(), b.key.split()
    if a.person and b.person:
        if _spelt_alike(ours[-1], theirs[-1]):
            first = len(ours) == 1 or len(theirs) == 1 or ours[0][0] == theirs[0][0]
            return Who.PART if first else Who.OTHER
        return Who.OTHER
    shorter, longer = sorted((ours, theirs), key=len)
    if set(shorter) <= set(longer) or _spelt_alike(a.key, b.key):
        return Who.PART
    if a.person != b.person:
        return Who.UNKNOWN
    # Bodies have another name in each language, and a paper calls them "the university": what the names mean tells.
    return Who.OTHER if roles is None else _by_meaning(roles)


def _by_meaning(roles: float | None) -> Who:
    if roles is None:
        return Who.UNKNOWN
    return Who.ROLE if roles >= _ROLES_FIT else Who.OTHER if roles < _ROLES_DIFFER else Who.UNKNOWN


@lru_cache(REMEMBERED)
def _spelt_alike(a: str, b: str) -> bool:
    a, b = spelt(a), spelt(b)
    return a == b or (min(len(a), len(b)) > 4 and SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE_NAMES)


@dataclass(frozen=True, slots=True)
class Meant:
    """How near two passages are in meaning: cosines of their sentences, each language's mean taken away."""

    covered: float  #: of each sentence of the shorter one with the nearest of the longer one, the mean
    best: float  #: of the two nearest
    ahead: float = 0.0  #: how far the pair lies ahead of the next best of either in the other's report; below 0 where another is nearer
    beside: float = 0.0  #: `covered` of the passages before both, or of those after both, whichever is nearer
    around: float = 0.0  #: the same of any two that stand at most two before both, or two after
    claims: float = 0.0  #: cosine of the claims that they tell of


@dataclass(frozen=True, slots=True)
class Between:
    """What is known of two reports, whatever they pass on."""

    hours: float  #: from one to the other
    same_outlet: bool = False
    credits: bool = False  #: one names the other's outlet as a hand, or both name one
    copied: float = 0.0  #: share of the shorter one's runs of words that the other has
    own_word: bool = False  #: one of the two is somebody's own word


#: Cosines of what is told of two voices. On the development half (2026-11-26) translations of one role lie above the first, roles of
#: different
#: people below the second.
_ROLES_FIT, _ROLES_DIFFER = 0.50, 0.15

#: What the vectors of claims tell. They count for claims and answers; what makes one statement was fitted without them.
CLAIMS = ("claims alike", "claims alike, another speaker")
FEATURES = (
    "bias", "meaning", "meaning of a sentence", "words shared", "words shared of the longer", "run of words", "numbers agree",
    "numbers differ", "names agree", "names differ", "same speaker", "speaker by role", "speaker unknown", "another speaker",
    "same stance", "opposed stance", "same hand", "negation differs",
    "hours apart", "same language", "length differs", "short", "quoted in both",
    "nearest of both", "ahead of the next", "behind another", "meaning, same speaker",
    "meaning, another language", "meaning, numbers differ",
    "near in meaning", "numbers of one only", "another by name", "negation differs, same words", "due differs",
    "told of the speakers", "speaks for the other", "one is the other's hand", "report credits the other", "same outlet", "text copied",
    "one is own word", "said at one time", "said at other times", "due agrees", "a day apart, same outlet", "meaning, speaker unknown",
    "meaning, another speaker", "nearest, same speaker", "nearest, another language", "names of the other",
    "meaning of those beside", "meaning of those around", *CLAIMS,
)  # fmt: skip


def features(a: Passage, b: Passage, meaning: Meant, roles: float | None, between: Between, hand: bool = False) -> list[float]:
    """What is compared, in the order of FEATURES. `hand`: one passage names the other's outlet as its hand."""
    hours = between.hours
    ours, theirs = set(a.numbers), set(b.numbers)
    both_counted, numbers_shared = bool(ours and theirs), len(ours & theirs)
    same_language = a.language == b.language
    shared = len(a.bag & b.bag)
    least, most = min(len(a.bag), len(b.bag)), max(len(a.bag), len(b.bag))
    voices = who(a.voice, b.voice, roles)
    same_voice = voices in (Who.SAME, Who.PART)
    hands = {c.key for c in a.carriers} & {c.key for c in b.carriers}
    stances = {a.stance, b.stance}
    return [
        1.0,
        meaning.covered,
        meaning.best,
        shared / least if least and same_language else 0.0,
        shared / most if most and same_language else 0.0,
        min(1.0, _run(a, b) / QUOTED_RUN / 2) if same_language and shared > 1 else 0.0,
        1.0 if numbers_shared else 0.0,
        1.0 if both_counted and not numbers_shared else 0.0,
        min(2, len(a.names & b.names)) / 2,
        1.0 if a.names and b.names and not a.names & b.names else 0.0,
        1.0 if same_voice else 0.0,
        1.0 if voices is Who.ROLE else 0.0,
        1.0 if voices is Who.UNKNOWN else 0.0,
        1.0 if voices is Who.OTHER else 0.0,
        1.0 if len(stances) == 1 else 0.0,
        1.0 if stances == {Stance.ASSERTS, Stance.DENIES} or (Stance.WITHHOLDS in stances and len(stances) > 1) else 0.0,
        1.0 if hands else 0.0,
        1.0 if (a.negations > 0) != (b.negations > 0) else 0.0,
        min(5.0, math.log1p(hours)),
        1.0 if same_language else 0.0,
        abs(math.log((1 + len(a.content)) / (1 + len(b.content)))),
        1.0 if least < 3 else 0.0,
        1.0 if a.quoted and b.quoted else 0.0,
        1.0 if meaning.ahead > 0 else 0.0,
        max(0.0, meaning.ahead),
        min(0.0, meaning.ahead),
        meaning.covered if voices in (Who.SAME, Who.PART, Who.ROLE) else 0.0,
        0.0 if same_language else meaning.covered,
        meaning.covered if both_counted and not numbers_shared else 0.0,
        max(0.0, meaning.covered - 0.6),
        len(ours ^ theirs) / len(ours | theirs) if both_counted else 0.0,
        1.0 if voices is Who.OTHER and a.voice.named and b.voice.named else 0.0,
        shared / least if least and same_language and (a.negations > 0) != (b.negations > 0) else 0.0,
        1.0 if a.due and b.due and _apart(a.due, b.due) else 0.0,
        max(0.0, roles or 0.0) if not same_voice else 0.0,
        1.0 if not same_voice and (_speaks_for(a.voice, b.voice) or _speaks_for(b.voice, a.voice)) else 0.0,
        1.0 if hand else 0.0,
        1.0 if between.credits else 0.0,
        1.0 if between.same_outlet else 0.0,
        between.copied,
        1.0 if between.own_word else 0.0,
        1.0 if a.said and b.said and not _apart(a.said, b.said) else 0.0,
        1.0 if a.said and b.said and _apart(a.said, b.said) else 0.0,
        1.0 if a.due and b.due and not _apart(a.due, b.due) else 0.0,
        1.0 if between.same_outlet and hours > 12 else 0.0,
        meaning.covered if voices is Who.UNKNOWN else 0.0,
        meaning.covered if voices is Who.OTHER else 0.0,
        1.0 if meaning.ahead > 0 and voices in (Who.SAME, Who.PART, Who.ROLE) else 0.0,
        1.0 if meaning.ahead > 0 and not same_language else 0.0,
        1.0 if names_in(a, b) or names_in(b, a) else 0.0,
        max(0.0, meaning.beside - 0.3),
        max(0.0, meaning.around - 0.4),
        meaning.claims,
        0.0 if same_voice else meaning.claims,
    ]


def _apart(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] >= b[1] or b[0] >= a[1]


def _speaks_for(a: Voice, b: Voice) -> bool:
    """True if one's name stands in what is told of the other: "Sundfort", "driftsdirektør i Sundfort"."""
    return bool(a.named and _long(a.key) & {w for role in b.roles for w in words.key(role).split()})


def names_in(a: Passage, b: Passage) -> bool:
    """True if what one says names who says the other."""
    return bool(a.voice.named and _long(a.voice.key) & b.names)


@lru_cache(REMEMBERED)
def _long(key: str) -> frozenset[str]:
    return frozenset(word for word in key.split() if len(word) > 3)


def _run(a: Passage, b: Passage) -> int:
    """Words in a row that both have."""
    return SequenceMatcher(None, _folded(a.content), _folded(b.content), autojunk=False).find_longest_match().size


@lru_cache(REMEMBERED)
def _folded(text: str) -> tuple[str, ...]:
    return tuple(words.fold(word) for word in re.findall(r"\w+", text))


def weights_of(question: str, names: Sequence[str] = FEATURES) -> tuple[float, ...]:
    """The weights of a logistic model (training/pairs.py), fitted on our training stories, in the order of these features; 0 for those
    that it does not look at."""
    table: Mapping[str, float] = languages.table("link")[question]
    return tuple(table.get(name, 0.0) for name in names)


#: Of one statement, and of one claim.
WEIGHTS, CLAIM_WEIGHTS = weights_of("statement"), weights_of("claim")
#: From which likelihood pairs are kept as answers.
ANSWERS = 0.2


def score(values: Iterable[float], weights: Iterable[float]) -> float:
    """The likelihood that a weighted sum of features stands for."""
    total = sum(map(mul, values, weights))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def reasons(values: Iterable[float], weights: Iterable[float], names: Sequence[str] = FEATURES) -> tuple[Reason, ...]:
    """What was compared and what it counted for, weightiest first."""
    told = [
        Reason(name, round(value, 3), round(value * weight, 3))
        for name, value, weight in zip(names, values, weights, strict=True)
        if value and name != "bias"
    ]
    return tuple(sorted(told, key=lambda r: -abs(r.weight)))


def identity(kind: str, *parts: str) -> str:
    """An id that is the same wherever it is made of the same parts."""
    return kind + hashlib.blake2b("\x00".join(parts).encode(), digest_size=6).hexdigest()


# ---- groups ----------------------------------------------------------------------------------------------------------------------------


#: A pair that is no more likely than this to be one is not kept.
LOOSE = 0.15
#: Mean likeness between two groups from which they are one.
JOINED = 0.3
#: The same between groups of statements from which they are one claim.
ONE_CLAIM = 0.85
#: How likely a statement must answer those of a claim, to be of it.
ANSWERING = 0.4
#: No pair is surer to be an answer.
SUREST = 0.9999
#: Nodes that are grouped at once; a larger net of pairs falls apart by its weakest first.
MOST_NODES = 300

Node = tuple[int, str]
N = TypeVar("N", Node, str)
V = TypeVar("V")


def pair(a: N, b: N) -> tuple[N, N]:
    """Two nodes in their order."""
    return (a, b) if a <= b else (b, a)


def grouped(
    nodes: Iterable[N], scores: Mapping[tuple[N, N], float], decided: Mapping[tuple[N, N], bool], joined: float = JOINED
) -> list[list[N]]:
    """The nodes in groups: average linkage over the scores of pairs, 0 where a pair has none. What a person decided holds, come what may.

    The result depends on the set of nodes and scores alone: ties go to the first in order."""
    found = list(nets(nodes, scores, decided, joined))
    net_of = {node: number for number, net in enumerate(found) for node in net}
    near, judged = _parted(scores, net_of), _parted(decided, net_of)
    return [group for n, net in enumerate(found) for group in (_linked(net, near[n], judged[n], joined) if len(net) > 1 else [net])]


def _parted(pairs: Mapping[tuple[N, N], V], net_of: Mapping[N, int]) -> defaultdict[int, dict[tuple[N, N], V]]:
    """The pairs that lie within a net, by its number."""
    out: defaultdict[int, dict[tuple[N, N], V]] = defaultdict(dict)
    for (a, b), value in pairs.items():
        if a in net_of and net_of[a] == net_of.get(b):
            out[net_of[a]][a, b] = value
    return out


def nets(nodes: Iterable[N], scores: Mapping[tuple[N, N], float], decided: Mapping[tuple[N, N], bool], floor: float) -> Iterator[list[N]]:
    """The nodes in nets that no pair of at least `floor` joins, none larger than MOST_NODES unless people made it so.

    No group reaches from one net into another: its mean would have to be `floor`, and no pair between them is."""
    order = sorted(set(nodes))
    parent = {node: node for node in order}

    def top(node: N) -> N:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    joined = {p for p, score in scores.items() if score >= floor and p not in decided} | {p for p, same in decided.items() if same}
    for a, b in joined:
        if a in parent and b in parent:
            first, second = pair(top(a), top(b))
            parent[second] = first
    found: defaultdict[N, list[N]] = defaultdict(list)
    for node in order:
        found[top(node)].append(node)
    for net in found.values():
        if len(net) > MOST_NODES and floor < 1:
            yield from nets(net, _parted(scores, dict.fromkeys(net, 0))[0], decided, floor + 0.1)
        else:
            yield net


def _linked(order: list[N], scores: Mapping[tuple[N, N], float], decided: Mapping[tuple[N, N], bool], joined: float) -> list[list[N]]:
    members = _decided_groups(order, decided)
    place = {node: at for at, group in enumerate(members) for node in group}
    n = len(members)
    # What people joined counts as one passage, as near to others as its nearest part.
    like, barred = np.zeros((n, n)), np.zeros((n, n), bool)
    for (a, b), score in scores.items():
        if place[a] != place[b]:
            i, j = place[a], place[b]
            like[i, j] = like[j, i] = max(like[i, j], score)
    for (a, b), same in decided.items():
        if not same:
            barred[[place[a], place[b]], [place[b], place[a]]] = True
    size, mean = np.ones(n), np.where(barred, -1.0, like)
    np.fill_diagonal(mean, -2.0)
    while True:
        i, j = divmod(int(mean.argmax()), n)
        if mean[i, j] < joined:
            return [group for group in members if group]
        # Row i takes up row j, which stays where it is and counts no more: so ties go to the first in order.
        members[i], members[j] = sorted(members[i] + members[j]), []
        size[i] += size[j]
        for matrix, by in ((like, np.add), (barred, np.logical_or)):
            matrix[i] = matrix[:, i] = by(matrix[i], matrix[j])
        row = np.where(barred[i], -1.0, like[i] / (size[i] * size))
        mean[i] = mean[:, i] = np.where(mean[i] == -2.0, -2.0, row)
        mean[j] = mean[:, j] = -2.0


def shares(likely: Mapping[N, float]) -> dict[N, float]:
    """How likely each of several is what an answer answers, of how likely each is if there were nothing else: the odds beside those of
    all others, and of none (conditional logit: McFadden 1974)."""
    odds = {name: min(p, SUREST) / (1 - min(p, SUREST)) for name, p in likely.items()}
    whole = 1 + sum(odds.values())
    return {name: one / whole for name, one in odds.items()}


def claimed(
    statements: Iterable[str],
    scores: Mapping[tuple[str, str], float],
    answers: Mapping[tuple[str, str], float],
    decided: Mapping[tuple[str, str], bool],
) -> list[list[str]]:
    """Statements in claims. What answers others is of the claim that it likeliest answers, however little it is like the others there;
    the rest are grouped by `scores`. `answers`: of (answer, what it answers), that and nothing else. What a person decided holds."""
    joined_by_people = {name for names, same in decided.items() if same for name in names}
    told: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (answer, one), likely in answers.items():
        if answer not in joined_by_people:
            told[answer][one] = likely
    may = {answer: those for answer, those in told.items() if sum(those.values()) >= ANSWERING}
    claims = grouped(set(statements) - may.keys(), scores, decided, ONE_CLAIM)
    at = _likeliest(may, claims, decided)
    if len(at) < len(may):  # what answers nothing in particular is grouped with the rest
        may = {answer: may[answer] for answer in at}
        claims = grouped(set(statements) - may.keys(), scores, decided, ONE_CLAIM)
        at = _likeliest(may, claims, decided)
    found = [list(claim) for claim in claims]
    for answer in sorted(may):
        if answer in at:
            found[at[answer]].append(answer)
        else:
            found.append([answer])
    return found


def _likeliest(
    answers: Mapping[str, Mapping[str, float]], claims: Sequence[Sequence[str]], decided: Mapping[tuple[str, str], bool]
) -> dict[str, int]:
    """Which claim each answer likeliest answers, of those that are likely enough to answer one."""
    of = {name: n for n, claim in enumerate(claims) for name in claim}
    found = {}
    for answer, told in answers.items():
        likely: defaultdict[int, float] = defaultdict(float)
        for name in sorted(told.keys() & of.keys()):
            likely[of[name]] += told[name]
        allowed = (n for n in likely if likely[n] >= ANSWERING and not any(pair(answer, name) in decided for name in claims[n]))
        best = max(allowed, key=lambda n: (likely[n], claims[n]), default=None)
        if best is not None:
            found[answer] = best
    return found


def _decided_groups(order: list[N], decided: Mapping[tuple[N, N], bool]) -> list[list[N]]:
    group_of = {node: [node] for node in order}
    for a, b in sorted(p for p, same in decided.items() if same):
        if group_of[a] is not group_of[b]:
            both = sorted(group_of[a] + group_of[b])
            group_of |= dict.fromkeys(both, both)
    return sorted({id(group): group for group in group_of.values()}.values())
