"""What is given out: a part of the record, gone through once, a few reports at a time, so that it may be large."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote

from sagt.ledger import Told
from sagt.promises import Proposal
from sagt.store import Stored
from sagt.tellings import ActorName
from sagt.types import Reading

#: Letters of a name that go into an address.
LONGEST_NAME = 200


class Rows(StrEnum):
    """What a line or a row of a table is."""

    REPORTS = "reports"
    STATEMENTS = "statements"
    PASSAGES = "passages"


@dataclass(frozen=True, slots=True)
class Names:
    """Addresses of what the record holds: pages of a desk, or URNs where there is none."""

    home: str = ""  #: address of the desk, without a slash at its end

    def report(self, id: str) -> str:
        """Of a report; `id` may be the beginning of one."""
        return f"{self.home}/reports/{id}" if self.home else f"urn:sagt:{id}"

    def statement(self, id: str) -> str:
        """Of a statement."""
        return f"{self.home}/statements/{id}" if self.home else f"urn:sagt:statement:{id}"

    def claim(self, id: str) -> str:
        """Of a claim."""
        return f"{self.home}/claims/{id}" if self.home else f"urn:sagt:claim:{id}"

    def actor(self, one: ActorName) -> str:
        """Of an actor: two of one name have one page, but two addresses."""
        return f"{self.home}/actors/{_quoted(one.name)}#{one.id}" if self.home else f"urn:sagt:actor:{one.id}"

    def outlet(self, name: str) -> str:
        """Of an outlet or another hand."""
        return f"{self.home}/?outlet={_quoted(name)}" if self.home else f"urn:sagt:outlet:{_quoted(name)}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A report with its reading; an empty reading if nobody has read it yet."""

    stored: Stored
    reading: Reading
    statements: Mapping[str, str]  #: the statement that each passage is of, by the passage's attribution
    judged: frozenset[str] = frozenset()  #: ids of attributions that people judged to be none


@dataclass(frozen=True, slots=True)
class Part:
    """Some reports, and the statements that they pass on."""

    entries: tuple[Entry, ...]
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Extract:
    """A part of the record. `entries`, `parts` and `promises` are lazy and can each be gone through once."""

    title: str
    entries: Iterable[Entry]  #: the reports, the newest arrivals first
    parts: Iterable[Part]  #: the same with their statements, which takes longer
    promises: Iterable[tuple[Told, Proposal]]
    made: datetime
    names: Names = Names()
    rows: Rows | None = None  #: None: what the format gives by itself
    address: str | None = None  #: where the same can be had again
    limit: int | None = None  #: reports, at most

    @property
    def stamp(self) -> str:
        """When it was made."""
        return self.made.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def told(self) -> Iterator[Told]:
        """Every statement once, though reports of several parts pass it on."""
        for part in once(self.parts):
            yield from part.told


def once(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts, each without the statements of those before it."""
    seen: set[str] = set()
    for part in parts:
        fresh = tuple(one for one in part.told if one.statement.id not in seen)
        seen |= {one.statement.id for one in fresh}
        yield Part(part.entries, fresh)


def web_address(url: str | None) -> str | None:
    """An address that a reader may be sent to: of the web, and nothing that a browser would run."""
    return url if url and url.startswith(("https://", "http://")) and url.isprintable() and not set(url) & set(' "<>\\^`{|}') else None


def _quoted(name: str) -> str:
    return quote(name[:LONGEST_NAME], safe="", errors="replace")
