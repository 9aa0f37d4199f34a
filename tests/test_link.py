"""Groups of passages: pairs with likelihoods in, statements out."""

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


nodes = st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["a1", "a2"])), min_size=1, max_size=9, unique=True)


@given(nodes, st.data())
def test_order_plays_no_part(found: list[Node], data: st.DataObject) -> None:
    pairs = [pair(a, b) for i, a in enumerate(found) for b in found[:i]]
    scores = {p: data.draw(st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.95])) for p in pairs}
    mixed = data.draw(st.permutations(found))
    again = dict(data.draw(st.permutations(list(scores.items()))))
    assert sorted(link.grouped(found, scores, {})) == sorted(link.grouped(mixed, again, {}))
    assert sorted(n for group in link.grouped(found, scores, {}) for n in group) == sorted(found)


def test_who_is_who() -> None:
    assert who(named("Karen Holt"), named("Holt"), None) is Who.PART
    assert who(named("Karen Holt"), named("Peter Holt"), None) is Who.OTHER
    assert who(named("Volodymyr Zelenskyj"), named("Zelensky"), None) is Who.PART
    assert who(named("Anne Holm", "minister"), named("Anne Holm", "professor of chemistry"), 0.05) is Who.OTHER
    assert who(named("Anne Holm", "minister"), named("Anne Holm", "miljøminister"), 0.8) is Who.SAME
    assert who(Voice("borgmesteren", "borgmesteren", True), Voice("the mayor", "the mayor", True), 0.8) is Who.ROLE
    assert who(Voice(None), named("Holt"), None) is Who.UNKNOWN
