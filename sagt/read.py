"""Report in, Reading out. No store, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Tokenizer

from sagt import segment, window
from sagt.attribute import attributions
from sagt.decode import Found
from sagt.pack import open_pack
from sagt.tag import Tagger
from sagt.types import Fault, Reading, Report

#: Most characters of one report that are read; the rest is kept and the reading says so.
LONGEST_TEXT = 50_000_000
#: Pieces that neighbouring windows share at most on either side, so that what lies just over the edge is still seen.
MARGIN = 64


class Reader:
    """Reads reports with the weights of one pack. Making one takes about half a second; it may be used from one thread at a time."""

    def __init__(self, pack: Path | None = None, *, threads: int | None = None) -> None:
        """`pack`: a folder with weights, by default the one that came with sagt. Raises PackError if it can't be opened."""
        self.pack = open_pack(pack)
        self._tokenizer = Tokenizer.from_file(str(self.pack.file("tokenizer.json")))
        self._tagger = Tagger(self.pack, threads)

    def read(self, report: Report) -> Reading:
        """Read one report."""
        return next(self.read_all([report]))

    def read_all(self, reports: Iterable[Report]) -> Iterator[Reading]:
        """Read many; the same results as one by one, but faster. Lazy: takes reports as it goes and holds few of them."""
        waiting: list[tuple[Report, int]] = []

        def feed() -> Iterator[window.Window]:
            for report in reports:
                held = self._windows(report)
                waiting.append((report, len(held)))
                yield from held

        results = iter(self._tagger.tag(feed()))
        gathered: list[list[Found]] = []
        for found in results:
            gathered.append(found)
            while waiting and len(gathered) >= waiting[0][1]:
                report, count = waiting.pop(0)
                yield self._finish(report, gathered[:count])
                gathered = gathered[count:]
        for report, _ in waiting:
            yield self._finish(report, [])

    def _windows(self, report: Report) -> list[window.Window]:
        sentences = window.encode(report.text[:LONGEST_TEXT], self._tokenizer)
        return [w for w in window.windows(sentences, margin=MARGIN) if w.words]

    def _finish(self, report: Report, found: list[list[Found]]) -> Reading:
        flat = [f for group in found for f in group]
        read = attributions(report, segment.paragraphs(report.text[:LONGEST_TEXT]), flat)
        faults: tuple[Fault, ...] = ()
        if len(report.text) > LONGEST_TEXT:
            faults = (Fault(f"only the first {LONGEST_TEXT:,} characters were read"),)
        return Reading(report, read, self.pack.id, faults)
