"""The one place that joins reading and storing: reports in, read, kept, found again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

import sagt
from sagt import ingest
from sagt.formats import NOTHING, Given
from sagt.ingest import Parsed
from sagt.read import Reader
from sagt.store import Added, Store, Stored

#: Items that are stored in one transaction, and reports whose readings are.
BATCH = 100
#: Characters of text in one batch of readings, so that a crash loses little work.
CHARACTERS = 2_000_000


#: The code that readings and reports come from, besides the folders `languages` and `formats`.
READING = ("actors", "attribute", "chains", "clock", "credits", "decode", "language", "manner", "matters", "mentions", "places",
           "quotes", "read", "segment", "tag", "times", "timex", "window")  # fmt: skip
PARSING = ("credits", "ingest", "language", "takes")


@cache
def rules() -> str:
    """Digest of the code and the word lists that reading goes by: a reading made by others is made again."""
    return _digest(READING, "languages")


@cache
def parser() -> str:
    """What parses payloads here: payloads that another one could not read are tried again."""
    return f"sagt {sagt.__version__} {_digest(PARSING, 'formats')}"


def _digest(modules: tuple[str, ...], folder: str) -> str:
    package = resources.files("sagt")
    files = [package.joinpath(f"{name}.py") for name in modules]
    files += sorted(
        (entry for entry in package.joinpath(folder).iterdir() if entry.name.endswith((".py", ".toml"))), key=lambda entry: entry.name
    )
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Payload:
    """Bytes that came from somewhere."""

    bytes: bytes
    given: Given = NOTHING  #: its `name` or `url` says where they came from
    format: str | None = None  #: None: to be told from the content


class Ledger:
    """A store, and a reader for what comes into it."""

    def __init__(self, store: Store, reader: Callable[[], Reader] = Reader) -> None:
        """`reader`: makes the reader when there is something to read; that takes half a second."""
        self.store = store
        self._make = reader
        self._reader: Reader | None = None

    @property
    def reader(self) -> Reader:
        """The reader, made when it is first needed. Raises PackError if its weights can't be opened."""
        if self._reader is None:
            self._reader = self._make()
        return self._reader

    @property
    def maker(self) -> str:
        """What makes readings here: the pack and the rules."""
        return f"{self.reader.pack.id} {rules()}"

    def add(self, payloads: Iterable[Payload], *, entries: bool = False) -> Iterator[Added]:
        """Store every item of these payloads, some in one go; each that is yielded is safe. What cannot be read is kept with its fault."""
        items = (parsed for one in payloads for parsed in ingest.items(one.bytes, one.given, one.format))
        while batch := list(islice(items, BATCH)):
            yield from self.store.add(batch, parser=parser(), entries=entries)

    def take_in(self, *, again: bool = False) -> list[Added]:
        """Read what is held: what nobody tried yet, and with `again` also what another version of sagt could not read."""
        added: list[Added] = []
        for held in self.store.held(parser=parser() if again else None, waiting=not again):
            items: list[Parsed] = list(ingest.items(self.store.payload_of(held.digest), held.given, held.read_as))
            # A queue that was not acknowledged sends its items again, with other numbers in them.
            added += self.store.take_in(held.id, items, parser(), entries=held.read_as == "ritzau-queue")
        return added

    def read_new(self, told: Callable[[int], None] = lambda _: None) -> int:
        """Read all reports that this reader has not read; `told` hears how many are done after each batch."""
        done = 0
        while batch := self.store.unread(self.maker, BATCH):
            for part in _parted(batch):
                readings = self.reader.read_all(stored.report for stored in part)
                # All are read before the transaction begins: a writer must not keep the others waiting while it reads.
                self.store.put_readings(list(zip((stored.seq for stored in part), readings, strict=True)), self.maker)
                done += len(part)
                told(done)
        return done


def _parted(batch: Iterable[Stored]) -> Iterator[list[Stored]]:
    part: list[Stored] = []
    size = 0
    for stored in batch:
        if part and size + len(stored.report.text) > CHARACTERS:
            yield part
            part, size = [], 0
        part.append(stored)
        size += len(stored.report.text)
    if part:
        yield part
