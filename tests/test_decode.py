"""Labels, spans and the best path, against a search through all paths."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from specimen import specimen

from sagt import decode, segment
from sagt.types import Span


def test_labels_and_back() -> None:
    s = specimen("⟦s Karen Holt⟧ ⟦u siger⟧ ⟦c nej⟧, ⟦c aldrig⟧.")
    words = segment.words(s.text, Span(0, len(s.text)))
    labels = [0] * len(words)
    for begin, letter in ((1, "s"), (3, "u"), (5, "c")):
        decode.label(words, s[letter], begin, labels)
        assert decode.spans(words, labels, begin) == s[letter]


def test_inside_never_follows_outside() -> None:
    rng = np.random.default_rng(7)
    between = np.where(decode.allowed(7), rng.normal(size=(8, 7)), -1e4).astype(np.float32)
    best, _ = decode.viterbi(rng.normal(size=(20, 30, 7)).astype(np.float32) * 3, np.full(20, 30), between)
    for row in best:
        for before, label in itertools.pairwise([0, *row]):
            assert label % 2 or label == 0 or before in (label - 1, label)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_best_path_is_the_best_of_all_paths(seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    scores, between = rng.normal(size=(1, 5, 3)).astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)

    def value(path: tuple[int, ...]) -> float:
        return float(sum(scores[0, i, p] + between[path[i - 1] if i else 3, p] for i, p in enumerate(path)))

    values = {path: value(path) for path in itertools.product(range(3), repeat=width)}
    best, top = decode.viterbi(scores, np.array([width]), between)
    assert tuple(best[0, :width]) == max(values, key=values.__getitem__)
    assert np.isclose(top[0], max(values.values()), atol=1e-4)
    assert np.isclose(decode.log_partition(scores, np.array([width]), between)[0], np.logaddexp.reduce(list(values.values())), atol=1e-4)
