"""The meaning of a text as a vector: texts that say the same lie near each other, in whatever language.

A network of the pack, multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) taught further by training/same.py, on the first network's
tokenizer and rows. The tokenizer knows how rare words are, too."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sagt.pack import Pack
from sagt.types import Wording

Vectors = NDArray[np.float32]
#: What e5 was trained to see before texts that are compared with each other.
PREFIX = "query: "
#: Pieces of a text that count; statements are shorter, and the lead of a report says what it is about.
MOST_PIECES = 128
#: What ONNX Runtime makes of an addition and a norm is slower than both by themselves: all of it a fourteenth (1.32, AVX-512).
SLOWER = ["SkipLayerNormFusion"]
#: Length of a vector.
SIZE = 384
#: How rare a piece is that the tokenizer does not know; words whose rarity is remembered.
UNKNOWN, REMEMBERED = 14.0, 50_000
#: Characters of a text whose vector is remembered, and how many of them are.
SHORT, SHORT_REMEMBERED = 120, 4096


def counted(one: Wording, offsets: Sequence[tuple[int, int]]) -> list[bool]:
    """Which word pieces count: those of the words that are asked about, all of them where the whole text is. `offsets`: of the pieces, in
    the text behind PREFIX."""
    start, end = len(PREFIX) + one.start, len(PREFIX) + one.end
    inside = [a < end and b > start for a, b in offsets]
    return inside if any(inside) and one.end - one.start < len(one.text) else [True] * len(offsets)


class Meaning:
    """The network of a pack. May be used by several threads."""

    def __init__(self, pack: Pack, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            pack.file("meaning.onnx"), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
        )
        self._tokenizer = Tokenizer.from_file(str(pack.file("tokenizer.json")))
        self._tokenizer.enable_truncation(MOST_PIECES)
        self._threads = threads
        self.rarity = lru_cache(REMEMBERED)(self._rarity)
        self._known = lru_cache(SHORT_REMEMBERED)(self._short)
        self.settings = pack.settings
        there = pack.settings["pieces"]
        count, size = there["shape"]
        self._rows = np.memmap(pack.file("words.onnx"), np.int8, "r", there["rows_at"], (count, size))
        # float32 numbers need not lie at a multiple of four in the file.
        raw = np.memmap(pack.file("words.onnx"), np.uint8, "r", there["scales_at"], (4 * count,))
        self._scales = np.frombuffer(raw.tobytes(), np.float32)[:, None]
        self._means = {code: np.array(mean, np.float32) for code, mean in pack.settings["means"].items()}

    def vectors(self, texts: Sequence[str | Wording], language: str | None) -> Vectors:
        """A row of unit length for each text, or for the words of it that are asked about; each text alone, so that no result depends on
        its company.

        The mean of the language is taken away: what all texts of a language have in common would hide what they say."""
        return self.told((), texts, language)[0]

    def told(self, texts: Sequence[Wording], others: Sequence[str | Wording], language: str | None) -> tuple[Vectors, Vectors, Vectors]:
        """The same of `texts` and then of `others`; and of each of `texts` a row for the claim that it tells of, and one near the claim
        that it denies, refuses or confirms, if it does."""
        found = self._read([*((one, ("vector", "told", "sought")) for one in texts), *((one, ("vector",)) for one in others)])
        meant = _unit([rows[0] for rows in found])
        apart = _unit(meant - self._means.get(language or "", self._means["en"])) if found else meant
        claims, seeks = (_unit([rows[n] for rows in found[: len(texts)]]) for n in (1, 2))
        return apart, claims, seeks

    def sought(self, texts: Sequence[Wording]) -> Vectors:
        """The last of these of answers that begin with what is told before them (passages.in_light)."""
        return _unit([rows[0] for rows in self._read([(one, ("sought",)) for one in texts])])

    def _read(self, asked: Sequence[tuple[str | Wording, tuple[str, ...]]]) -> list[list[Vectors]]:
        """The network's outputs of these names for each text. A text of which several parts are asked about runs through it once; the
        longest are begun first, so that no thread waits long for another."""
        alike: defaultdict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
        for n, (one, names) in enumerate(asked):
            alike[_text(one), names].append(n)
        found: list[list[Vectors]] = [[] for _ in asked]

        def run(key: tuple[str, tuple[str, ...]]) -> None:
            parts = [asked[n][0] for n in alike[key]]
            rows = self._known(*key) if all(map(_is_short, parts)) else self._rows_of(parts, key[1])
            for part, n in enumerate(alike[key]):
                found[n] = [row[min(part, len(row) - 1)] for row in rows]  # a text that is remembered has one

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(run, sorted(alike, key=lambda key: -len(key[0]))))
        return found

    def _short(self, text: str, names: tuple[str, ...]) -> list[Vectors]:
        return self._rows_of([text], names)

    def _rows_of(self, parts: Sequence[str | Wording], names: tuple[str, ...]) -> list[Vectors]:
        """Of each output a row for each part of one text."""
        encoded = self._tokenizer.encode(PREFIX + _text(parts[0]))
        embedded = self._rows[encoded.ids].astype(np.float32) * self._scales[encoded.ids]
        # Of the network's two upper halves the one that is not asked for does not run.
        halves = {"meaning": np.array("vector" in names), "claims": np.array(names != ("vector",))}
        whole = (Wording.whole(one) if isinstance(one, str) else one for one in parts)
        held = np.array([counted(one, encoded.offsets) for one in whole], np.float32)
        return list(self._session.run(names, {"embedded": embedded[None], "held": held, **halves}))

    @cached_property
    def _pieces(self) -> dict[str, float]:
        return {piece: -score for piece, score in json.loads(self._tokenizer.to_str())["model"]["vocab"]}

    def _rarity(self, word: str) -> float:
        """How rare a word is in any language: -log of the likelihood of its pieces in the tokenizer's unigram model (Kudo 2018, arXiv
        1804.10959), which was fitted on the web in a hundred languages. About 9 for "that", 20 for "launcher"."""
        pieces = self._tokenizer.encode(word, add_special_tokens=False).tokens
        return sum(self._pieces.get(piece, UNKNOWN) for piece in pieces)


def _is_short(text: str | Wording) -> bool:
    """True for a role or a name: the same few come again and again."""
    return isinstance(text, str) and len(text) <= SHORT


def _text(one: str | Wording) -> str:
    return one if isinstance(one, str) else one.text


def _unit(rows: Sequence[Vectors] | Vectors) -> Vectors:
    if not len(rows):
        return np.zeros((0, SIZE), np.float32)
    found = np.asarray(rows, np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)
