"""Report in, Reading out. No store, no network."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from sagt import segment, window
from sagt.actors import cast
from sagt.attribute import attributions
from sagt.chains import chained
from sagt.clock import clock
from sagt.decode import Found, Name
from sagt.errors import NOT_OF_A_REPORT, unforeseen
from sagt.manner import with_manner
from sagt.matters import events, promises, questions
from sagt.mentions import Sentences
from sagt.pack import open_pack
from sagt.tag import Tagged, Tagger
from sagt.times import timed
from sagt.types import Fault, Reading, Report

_log = logging.getLogger(__name__)

#: Most characters of one report that are read; the rest is kept and the reading says so.
LONGEST_TEXT = 50_000_000
#: Pieces that neighbouring windows share at most on either side, so that what lies just over the edge is still seen. On the
#: tuning documents (2026-11-23) the mean figure was .785 without, .797 with 32, .787 with 48, .791 with 64; longer windows
#: than the 256 pieces of training were worse (.780 with 320, .758 with 384).
MARGIN = 32


@dataclass(slots=True)
class _Pending:
    """A report whose windows are on their way."""

    report: Report
    windows: int = 0
    complete: bool = False
    error: Exception | None = None  #: why it can't be read


class Reader:
    """Reads reports with the weights of one pack. Making one takes about half a second; it may be used from one thread at a time."""

    def __init__(self, pack: Path | None = None, *, threads: int | None = None) -> None:
        """`pack`: a folder with weights, by default the one that came with sagt. Raises PackError if it can't be opened."""
        self.pack = open_pack(pack)
        self._tokenizer = Tokenizer.from_file(str(self.pack.file("tokenizer.json")))
        self._tagger = Tagger(self.pack, threads)
        self.threads = self._tagger.threads

    def read(self, report: Report) -> Reading:
        """Read one report."""
        return next(self.read_all([report]))

    def names(self, report: Report) -> list[Name]:
        """The names of persons, organisations and places in a report, as the network finds them."""
        found = self._tagger.tag(window.windows_of(report.text[:LONGEST_TEXT], self._tokenizer, MARGIN))
        return [name for tagged in found for name in tagged.names]

    def read_all(self, reports: Iterable[Report]) -> Iterator[Reading]:
        """Read many; the same results as one by one, but faster. Lazy: takes reports as it goes and holds few of them. A report that can't
        be read by an error of sagt keeps no other waiting: its reading has nothing but a fault that is ours."""
        waiting: deque[_Pending] = deque()

        def feed() -> Iterator[window.Window]:
            for report in reports:
                pending = _Pending(report)
                waiting.append(pending)
                yield from self._windows(pending)
                pending.complete = True

        gathered: deque[Tagged] = deque()
        for tagged in self._tagger.tag(feed()):
            gathered.append(tagged)
            while waiting and waiting[0].complete and len(gathered) >= waiting[0].windows:
                done = waiting.popleft()
                yield self._finish(done, [gathered.popleft() for _ in range(done.windows)])
        for pending in waiting:
            yield self._finish(pending, [gathered.popleft() for _ in range(pending.windows)])

    def _windows(self, pending: _Pending) -> Iterator[window.Window]:
        try:
            for one in window.windows_of(pending.report.text[:LONGEST_TEXT], self._tokenizer, MARGIN):
                pending.windows += 1
                yield one
        except Exception as error:
            pending.error = error

    def _finish(self, pending: _Pending, tagged: list[Tagged]) -> Reading:
        report = pending.report
        try:
            if pending.error is not None:
                raise pending.error
            return self._put_together(report, tagged)
        except NOT_OF_A_REPORT:
            raise
        except Exception as error:
            # What an error says may have words of the report in it: these belong in no log.
            _log.warning("%s could not be read: %s", report.id, type(error).__name__)
            return Reading(report, (), pack=self.pack.id, faults=(Fault(unforeseen("read", error), ours=True),))

    def _put_together(self, report: Report, tagged: list[Tagged]) -> Reading:
        faults: tuple[Fault, ...] = ()
        part = report
        if len(report.text) > LONGEST_TEXT:
            faults = (Fault(f"only the first {LONGEST_TEXT:,} characters were read"),)
            part = replace(report, text=report.text[:LONGEST_TEXT])
        found = [f for one in tagged for f in one.found]
        names = [n for one in tagged for n in one.names]
        return replace(put_together(part, found, names), report=report, pack=self.pack.id, faults=faults)


def put_together(report: Report, found: list[Found], names: list[Name]) -> Reading:
    """All that is read in a report, from what the network found in it."""
    text, code = report.text, report.language
    paragraphs = segment.paragraphs(text)
    sentences = Sentences.of(text, paragraphs)
    read = attributions(report, paragraphs, found)
    who = cast(report, paragraphs, sentences, names, read)
    read, speakers = chained(report, sentences, read, who)
    read = with_manner(text, code, sentences, tuple(replace(a, speaker=s) for a, s in zip(read, speakers, strict=True)))
    when, read = timed(report, clock(report), sentences, read, who.actors)
    return Reading(
        report,
        read,
        actors=who.actors,
        times=when,
        promises=promises(text, code, sentences, read, when, who.actors),
        questions=questions(text, code, sentences, read),
        events=events(text, code, sentences, read, when, who.actors),
    )
