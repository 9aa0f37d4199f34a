"""Groups of passages: pairs with likelihoods in, statements out."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt import link
from sagt.link import Node, Who, pair, who
from sagt.passages import Voice

A, B, C, D = ((n, "a1") for n in range(1, 5))


def named(name: str, *roles: str, person: bool = True) -> Voice:
    return Voice(name, name.lower(), person, True, roles)


def test_pairs_make_groups_and_one_weak_pair_does_not_chain_them() -> None:
    scores = {pair(A, B): 0.9, pair(C, D): 0.9, pair(B, C): 0.6}
    assert link.grouped([A, B, C, D], scores, {}) == [[A, B], [C, D]]


def test_what_people_decide_holds() -> None:
    scores = {pair(A, B): 0.9}
    assert link.grouped([A, B], scores, {pair(A, B): False}) == [[A], [B]]
    assert link.grouped([A, B, C], scores, {pair(B, C): True}) == [[A, B, C]]


def test_every_answer_is_of_the_claim_that_it_answers() -> None:
    """A denial and a refusal are as unlike each other as can be, and have one claim."""
    answers = {("denial", "bridge closed"): 0.7, ("denial", "new bridge"): 0.6, ("no comment", "bridge closed"): 0.9}
    assert sorted(map(sorted, link.claimed(["denial", "bridge closed", "new bridge", "no comment"], {}, answers, {}))) == [
        ["bridge closed", "denial", "no comment"],
        ["new bridge"],
    ]


def test_an_answer_to_nothing_in_particular_has_a_claim_of_its_own() -> None:
    assert sorted(link.claimed(["denial", "bridge closed"], {}, {("denial", "bridge closed"): 0.3}, {})) == [["bridge closed"], ["denial"]]


def test_what_is_told_twice_of_a_claim_counts_together() -> None:
    scores = {pair("bridge closed", "no way across"): 0.95}
    answers = {("denial", "bridge closed"): 0.25, ("denial", "no way across"): 0.25, ("denial", "new bridge"): 0.3}
    found = link.claimed(["denial", "bridge closed", "no way across", "new bridge"], scores, answers, {})
    assert sorted(map(sorted, found)) == [["bridge closed", "denial", "no way across"], ["new bridge"]]


def test_what_may_be_answered_shares_the_likelihood_with_the_rest() -> None:
    assert link.shares({"bridge closed": 0.5}) == {"bridge closed": 0.5}
    assert link.shares({"bridge closed": 0.5, "new bridge": 0.5}) == pytest.approx({"bridge closed": 1 / 3, "new bridge": 1 / 3})
    assert link.shares({"bridge closed": 1.0})["bridge closed"] == pytest.approx(1, abs=1e-3)
    assert link.shares({}) == {}


def test_people_decide_what_is_answered() -> None:
    answers = {("denial", "bridge closed"): 0.9, ("denial", "new bridge"): 0.6}
    names = ["denial", "bridge closed", "new bridge"]
    found = link.claimed(names, {}, answers, {pair("denial", "bridge closed"): False})
    assert sorted(map(sorted, found)) == [["bridge closed"], ["denial", "new bridge"]]
    found = link.claimed(names, {}, {}, {pair("denial", "new bridge"): True})
    assert sorted(map(sorted, found)) == [["bridge closed"], ["denial", "new bridge"]]


nodes = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["a1", "a2"])), min_size=1, max_size=9, unique=True)


@given(nodes, st.data())
def test_order_plays_no_part(found: list[Node], data: st.DataObject) -> None:
    pairs = [pair(a, b) for i, a in enumerate(found) for b in found[:i]]
    scores = {p: data.draw(st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.95])) for p in pairs}
    mixed = data.draw(st.permutations(found))
    again = dict(data.draw(st.permutations(list(scores.items()))))
    assert sorted(link.grouped(found, scores, {})) == sorted(link.grouped(mixed, again, {}))
    assert sorted(n for group in link.grouped(found, scores, {}) for n in group) == sorted(found)


some = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True)


@given(some, st.data())
def test_order_plays_no_part_in_claims(found: list[str], data: st.DataObject) -> None:
    likely = st.sampled_from([0.0, 0.4, 0.5, 0.7, 0.95])
    scores = {pair(a, b): data.draw(likely) for i, a in enumerate(found) for b in found[:i]}
    answers = {(a, b): data.draw(likely) for a in found for b in found if a != b}
    decided = {p: data.draw(st.booleans()) for p in scores if data.draw(st.integers(0, 5)) == 0}
    once = sorted(map(sorted, link.claimed(found, scores, answers, decided)))
    again = dict(data.draw(st.permutations(list(answers.items()))))
    assert once == sorted(map(sorted, link.claimed(data.draw(st.permutations(found)), scores, again, decided)))
    assert sorted(name for claim in once for name in claim) == sorted(found)


def plainly_grouped(found: list[Node], scores: dict[tuple[Node, Node], float], decided: dict[tuple[Node, Node], bool]) -> list[list[Node]]:
    """Average linkage as it is defined, one pair of groups after the other."""
    groups = [[node] for node in sorted(found)]

    def mean(one: list[Node], other: list[Node]) -> float:
        pairs = [pair(a, b) for a in one for b in other]
        return -1.0 if any(p in decided for p in pairs) else sum(scores.get(p, 0.0) for p in pairs) / len(pairs)

    while len(groups) > 1:
        i, j = max(combinations(range(len(groups)), 2), key=lambda at: (mean(groups[at[0]], groups[at[1]]), -at[0], -at[1]))
        if mean(groups[i], groups[j]) < link.JOINED:
            break
        groups[i] = sorted(groups[i] + groups.pop(j))
    return groups


@given(nodes, st.data())
def test_groups_are_those_of_average_linkage(found: list[Node], data: st.DataObject) -> None:
    pairs = [pair(a, b) for i, a in enumerate(found) for b in found[:i]]
    # Halves and quarters: their sums are the same in whatever order they are added.
    scores = {p: score for p in pairs if (score := data.draw(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])))}
    decided = {p: False for p in pairs if data.draw(st.integers(0, 9)) == 0}
    assert sorted(link.grouped(found, scores, decided)) == sorted(plainly_grouped(found, scores, decided))


def test_who_is_who() -> None:
    assert who(named("Karen Holt"), named("Holt"), None) is Who.PART
    assert who(named("Karen Holt"), named("Peter Holt"), None) is Who.OTHER
    assert who(named("Volodymyr Zelenskyj"), named("Zelensky"), None) is Who.PART
    assert who(named("Anne Holm", "minister"), named("Anne Holm", "professor of chemistry"), 0.05) is Who.OTHER
    assert who(named("Anne Holm", "minister"), named("Anne Holm", "miljøminister"), 0.8) is Who.SAME
    assert who(Voice("borgmesteren", "borgmesteren", True), Voice("the mayor", "the mayor", True), 0.8) is Who.ROLE
    assert who(Voice(None), named("Holt"), None) is Who.UNKNOWN
