"""Formats that reports come in, one file each: bytes in, our records out.

A format is either of one item (`read(payload, given) -> Report`) or an envelope of several
(`pieces(payload, given) -> Iterator[Piece]`), which `sagt.ingest` opens until only items are left.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sagt.types import Fault


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the envelope of an item says for all its items. It stands behind what the item says of itself."""

    outlet: str | None = None
    language: str | None = None  #: as it stands there
    url: str | None = None  #: of the envelope; what relative addresses are relative to
    faults: tuple[str, ...] = ()  #: of the envelope; each item has them, too


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller knows about a payload. It goes before what the payload says of itself."""

    language: str | None = None
    published: str | None = None  #: ISO 8601
    zone: str | None = None  #: IANA
    outlet: str | None = None
    title: str | None = None
    encoding: str | None = None
    name: str | None = None  #: what the caller calls it (a path)
    url: str | None = None  #: where it was fetched
    envelope: Envelope = Envelope()


NOTHING = Given()


@dataclass(frozen=True, slots=True)
class Piece:
    """One item of an envelope, as a payload of its own."""

    payload: bytes
    format: str | None  #: None: to be told from its content
    given: Given


class Unreadable(Exception):
    """A payload that is not in its format at all. Its text is the fault; `sagt.ingest` makes data of it."""


def identity(payload: bytes) -> str:
    """The id of the report that is read from `payload`."""
    return "sha256:" + hashlib.sha256(payload).hexdigest()


def faults_of(given: Given) -> tuple[Fault, ...]:
    """The faults that an item has from its envelope."""
    return tuple(map(Fault, given.envelope.faults))
