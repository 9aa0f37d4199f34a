"""Labels to spans and back, and the search for the best sequence of labels (Viterbi over a linear-chain CRF)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sagt.types import Act, Span, Spans

Array = NDArray[np.float32]

#: Labels of the cue head: the cue of an attribution, and the cue of a mere carrier ("… ifølge AP").
CUE_LABELS = ("O", "B-cue", "I-cue", "B-via", "I-via")
#: Labels of the role head, given one cue: its source, all the cue's own words, its content.
ROLE_LABELS = ("O", "B-source", "I-source", "B-cue", "I-cue", "B-content", "I-content")
#: Labels of the name head: persons, organisations, places.
NAME_LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")


@dataclass(frozen=True, slots=True)
class Found:
    """A cue with the source and the content that belong to it. `via`: it is the cue of a mere carrier.

    The content may be empty: "ifølge AP" after a speaker, "Det siger Holt." after what she says. `faint`: the network took it for a
    cue only when it was asked to look for more.
    """

    source: Spans
    cue: Spans
    content: Spans
    act: Act
    via: bool
    confidence: float
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the text. `kind`: PER, ORG or LOC; `chance` that its words are a name of that kind, 0 to 1."""

    span: Span
    kind: str
    chance: float


def label(words: Sequence[Span], spans: Iterable[Span], begin: int, labels: list[int]) -> None:
    """Write `begin` and `begin + 1` over the words of each span; words that have a label keep it."""
    for span in spans:
        fresh = True
        for i, word in enumerate(words):
            if word.start >= span.end:
                break
            if word.end > span.start and labels[i] == 0:
                labels[i] = begin if fresh else begin + 1
                fresh = False


def runs(labels: Sequence[int], begin: int) -> list[tuple[int, int]]:
    """Runs (from, to) of words labelled `begin`, `begin + 1`, ….

    A run that starts without `begin` counts as well."""
    out: list[tuple[int, int]] = []
    for i, value in enumerate(labels):
        if value == begin or (value == begin + 1 and not (out and out[-1][1] == i)):
            out.append((i, i + 1))
        elif value == begin + 1:
            out[-1] = (out[-1][0], i + 1)
    return out


def spans(words: Sequence[Span], labels: Sequence[int], begin: int) -> Spans:
    """The runs of a label as spans of the text."""
    return tuple(Span(words[a].start, words[b - 1].end) for a, b in runs(labels, begin))


def allowed(count: int) -> NDArray[np.bool_]:
    """Which label may follow which (from, to) in a BIO scheme of `count` labels; row `count` is the start."""
    out = np.ones((count + 1, count), dtype=bool)
    for inside in range(2, count, 2):
        out[:, inside] = False
        out[[inside - 1, inside], inside] = True
    return out


def viterbi(emissions: Array, lengths: NDArray[np.int64], transitions: Array) -> tuple[NDArray[np.int64], Array]:
    """Best labels [N, W] and their scores [N] for emissions [N, W, L]; row L of `transitions` [L + 1, L] is the start."""
    n, width, count = emissions.shape
    score = emissions[:, 0] + transitions[count]
    back = np.zeros((n, width, count), dtype=np.int64)
    between = transitions[:count]
    for w in range(1, width):
        step = score[:, :, None] + between
        back[:, w] = step.argmax(1)
        on = (w < lengths)[:, None]
        score = np.where(on, np.take_along_axis(step, back[:, w][:, None], 1)[:, 0] + emissions[:, w], score)
    best = np.zeros((n, width), dtype=np.int64)
    label = score.argmax(1)
    for w in range(width - 1, -1, -1):
        best[:, w] = np.where(w < lengths, label, 0)
        previous = np.take_along_axis(back[:, w], label[:, None], 1)[:, 0]
        label = np.where((w > 0) & (w < lengths), previous, label)
    return best, score.max(1)


def log_partition(emissions: Array, lengths: NDArray[np.int64], transitions: Array) -> Array:
    """Logarithm of the sum over all label sequences, [N]: a sequence's probability is exp(score - this)."""
    count = emissions.shape[2]
    alpha = emissions[:, 0] + transitions[count]
    between = np.exp(transitions[:count])
    for w in range(1, emissions.shape[1]):
        top = alpha.max(1, keepdims=True)
        step = np.log(np.exp(alpha - top) @ between + 1e-30) + top + emissions[:, w]
        alpha = np.where((w < lengths)[:, None], step, alpha)
    top = alpha.max(1, keepdims=True)
    return np.asarray(np.log(np.exp(alpha - top).sum(1)) + top[:, 0], dtype=np.float32)
