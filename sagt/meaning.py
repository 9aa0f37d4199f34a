"""The meaning of a text as a vector: texts that say the same lie near each other, in whatever language.

The pack's second network, multilingual-e5-small as its makers trained it (Wang et al. 2024, arXiv 2402.05672), on the first network's
tokenizer and rows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sagt.pack import Pack

Vectors = NDArray[np.float32]
#: What e5 was trained to see before texts that are compared with each other.
PREFIX = "query: "
#: Pieces of a text that count; statements are shorter, and the lead of a report says what it is about.
MOST_PIECES = 128
#: Length of a vector.
SIZE = 384


class Meaning:
    """The network of a pack. May be used by several threads."""

    def __init__(self, pack: Pack, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(pack.file("meaning.onnx"), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(pack.file("tokenizer.json")))
        self._tokenizer.enable_truncation(MOST_PIECES)
        self._threads = threads
        self.settings = pack.settings
        there = pack.settings["pieces"]
        count, size = there["shape"]
        self._rows = np.memmap(pack.file("words.onnx"), np.int8, "r", there["rows_at"], (count, size))
        # float32 numbers need not lie at a multiple of four in the file.
        raw = np.memmap(pack.file("words.onnx"), np.uint8, "r", there["scales_at"], (4 * count,))
        self._scales = np.frombuffer(raw.tobytes(), np.float32)[:, None]
        self._means = {code: np.array(mean, np.float32) for code, mean in pack.settings["means"].items()}

    def vectors(self, texts: Sequence[str], language: str | None) -> Vectors:
        """A row of unit length for each text; each text alone, so that no result depends on its company.

        The mean of the language is taken away: what all texts of a language have in common would hide what they say."""
        if not texts:
            return np.zeros((0, SIZE), np.float32)
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch([PREFIX + text for text in texts])]
        with ThreadPoolExecutor(self._threads) as pool:
            found = np.stack(list(pool.map(self._vector, pieces)))
        found = found - self._means.get(language or "", self._means["en"])
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def _vector(self, pieces: Sequence[int]) -> Vectors:
        embedded = self._rows[pieces].astype(np.float32) * self._scales[pieces]
        (found,) = self._session.run(["vector"], {"embedded": embedded[None]})
        return np.asarray(found[0] / np.linalg.norm(found[0]), np.float32)
