"""Windows in, found cues with their sources and contents out. The only importer of onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sagt import decode
from sagt.decode import NAME_LABELS, Array, Found, Name
from sagt.pack import Pack
from sagt.types import Act, Span
from sagt.window import Window

#: What is added to the scores of cues in the second look, which finds what the first one is not sure of.
EAGER = 2.0
#: Windows whose word vectors are held at a time (some 20 MB).
CHUNK = 64
#: Which labels begin a cue.
_CUES = np.array([0, 1, 0, 1, 0], np.float32)


@dataclass(frozen=True, slots=True)
class _Anchor:
    window: int  #: within the chunk
    first: int
    last: int
    via: bool
    chance: float  #: the cue head's
    faint: bool = False  #: found at the second look only

    @property
    def words(self) -> list[tuple[int, int]]:
        """Its words, each by its window and place."""
        return [(self.window, word) for word in range(self.first, self.last + 1)]


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the network finds in one window."""

    found: list[Found]
    names: list[Name]


class Tagger:
    """The network of a pack, ready to run.

    Every window is run alone, on one thread, and windows in parallel: int8 products scale by the largest value
    of what is run together, so a window's result would otherwise depend on its neighbours in a batch.
    """

    def __init__(self, pack: Pack, threads: int | None = None) -> None:
        self.threads = threads or _cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._words = onnxruntime.InferenceSession(pack.file("words.onnx"), options, providers=["CPUExecutionProvider"])
        self._roles = onnxruntime.InferenceSession(pack.file("roles.onnx"), options, providers=["CPUExecutionProvider"])
        settings = pack.settings
        self._cue_between = np.array(settings["cue_transitions"], dtype=np.float32)
        self._role_between = np.array(settings["role_transitions"], dtype=np.float32)
        self._name_between = np.array(settings["name_transitions"], dtype=np.float32)
        self._cue_bias = np.array(settings["cue_bias"], dtype=np.float32)
        self._role_bias = np.array(settings["role_bias"], dtype=np.float32)
        self._calibration = settings["calibration"]
        self._acts = [Act(name) for name in settings["acts"]]

    def tag(self, windows: Iterable[Window]) -> Iterable[Tagged]:
        """What is found in each window, in order; lazy, in chunks."""
        pending = iter(windows)
        with ThreadPoolExecutor(self.threads) as pool:
            while chunk := list(islice(pending, CHUNK)):
                yield from self._chunk(chunk, pool)

    def _chunk(self, chunk: Sequence[Window], pool: ThreadPoolExecutor) -> list[Tagged]:
        states = list(pool.map(self._run_words, chunk))
        anchors = self._find_anchors(chunk, [cues for _, cues, _ in states])
        by_window: list[list[_Anchor]] = [[] for _ in chunk]
        for anchor in anchors:
            by_window[anchor.window].append(anchor)
        scored = list(pool.map(self._run_roles, [words for words, _, _ in states], by_window))
        emissions = [row for rows, _ in scored for row in rows]
        acts = [self._acts[int(row.argmax())] for _, rows in scored for row in rows]
        out: list[list[Found]] = [[] for _ in chunk]
        for anchor, labels, certainty, act in zip(anchors, *self._decode(emissions), acts, strict=True):
            if found := self._found(chunk[anchor.window], anchor, labels, certainty, act):
                out[anchor.window].append(found)
        names = self._find_names(chunk, [scores for _, _, scores in states])
        return [Tagged(*pair) for pair in zip(out, names, strict=True)]

    def _run_words(self, window: Window) -> tuple[Array, Array, Array]:
        feed = {
            "pieces": np.array([window.pieces], dtype=np.int64),
            "first": np.array([window.first], dtype=np.int64),
            "last": np.array([window.last], dtype=np.int64),
        }
        words, cues, names = self._words.run(["words", "cues", "names"], feed)
        return words, cues[0] + self._cue_bias, names[0]

    def _run_roles(self, words: Array, anchors: Sequence[_Anchor]) -> tuple[Array, Array]:
        if not anchors:
            return np.zeros((0, 0, 0), np.float32), np.zeros((0, 0), np.float32)
        feed = {
            "words": words,
            "first": np.array([a.first for a in anchors], dtype=np.int64),
            "last": np.array([a.last for a in anchors], dtype=np.int64),
        }
        roles, acts = self._roles.run(["roles", "acts"], feed)
        return roles + self._role_bias, acts

    def _find_anchors(self, chunk: Sequence[Window], emissions: Sequence[Array]) -> list[_Anchor]:
        sure = self._cues(chunk, emissions, emissions)
        held = {word for anchor in sure for word in anchor.words}
        more = self._cues(chunk, emissions, [scores + EAGER * _CUES for scores in emissions])
        faint = [replace(anchor, faint=True) for anchor in more if held.isdisjoint(anchor.words)]
        return sorted(sure + faint, key=lambda anchor: (anchor.window, anchor.first))

    def _cues(self, chunk: Sequence[Window], emissions: Sequence[Array], leaning: Sequence[Array]) -> list[_Anchor]:
        """The cues by `leaning` scores, with the chance that they have by the scores themselves."""
        best, _ = decode.viterbi(*_padded(leaning), self._cue_between)
        out = []
        for i, (window, scores) in enumerate(zip(chunk, emissions, strict=True)):
            chance = _softmax(scores)
            labels = best[i, : len(window.words)].tolist()
            for begin in (1, 3):
                for a, b in decode.runs(labels, begin):
                    if window.core[0] <= a < window.core[1]:
                        out.append(_Anchor(i, a, b - 1, begin == 3, float(1 - chance[a, 0])))
        return out

    def _find_names(self, chunk: Sequence[Window], emissions: Sequence[Array]) -> list[list[Name]]:
        best, _ = decode.viterbi(*_padded(emissions), self._name_between)
        out: list[list[Name]] = []
        for i, (window, scores) in enumerate(zip(chunk, emissions, strict=True)):
            chance = _softmax(scores)
            labels = best[i, : len(window.words)].tolist()
            found = [
                Name(Span(window.words[a].start, window.words[b - 1].end), NAME_LABELS[begin][2:], float(1 - chance[a:b, 0].max()))
                for begin in range(1, len(NAME_LABELS), 2)
                for a, b in decode.runs(labels, begin)
                if window.core[0] <= a < window.core[1]
            ]
            out.append(sorted(found, key=lambda name: name.span))
        return out

    def _decode(self, emissions: Sequence[Array]) -> tuple[list[list[int]], list[float]]:
        """Best role labels of each anchor, and the logarithm of the chance of that whole labelling."""
        labels: list[list[int]] = []
        certainty: list[float] = []
        for at in range(0, len(emissions), 4 * CHUNK):
            part = emissions[at : at + 4 * CHUNK]
            padded, lengths = _padded(part)
            best, score = decode.viterbi(padded, lengths, self._role_between)
            certainty += (score - decode.log_partition(padded, lengths, self._role_between)).tolist()
            labels += [row[:n].tolist() for row, n in zip(best, lengths, strict=True)]
        return labels, certainty

    def _found(self, window: Window, anchor: _Anchor, labels: list[int], certainty: float, act: Act) -> Found | None:
        source, cue, content = (decode.spans(window.words, labels, begin) for begin in (1, 3, 5))
        if not content and not source:
            return None
        if not cue:
            cue = (Span(window.words[anchor.first].start, window.words[anchor.last].end),)
        return Found(source, cue, content, act, anchor.via, self._confidence(anchor.chance, certainty), anchor.faint)

    def _confidence(self, chance: float, certainty: float) -> float:
        a, b, c = self._calibration
        chance = min(max(chance, 1e-4), 1 - 1e-4)
        return float(1 / (1 + np.exp(-(a + b * np.log(chance / (1 - chance)) + c * max(certainty, -20.0)))))


def _padded(rows: Sequence[Array]) -> tuple[Array, NDArray[np.int64]]:
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    labels = next((row.shape[1] for row in rows if row.size), 1)
    out = np.zeros((len(rows), max(1, int(lengths.max(initial=0))), labels), dtype=np.float32)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out, lengths


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), dtype=np.float32)


def _cores() -> int:
    """Cores that this process may use, at most four: beyond that, memory is the limit."""
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
