"""Formats that reports come in, one file each: bytes in, our records out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


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


NOTHING = Given()


def identity(payload: bytes) -> str:
    """The id of the report that is read from `payload`."""
    return "sha256:" + hashlib.sha256(payload).hexdigest()
