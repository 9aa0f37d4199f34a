"""Promises as a calendar: iCalendar (RFC 5545), one event for each due time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sagt.export.clean import for_label
from sagt.tellings import Statement

#: Bytes of a line before it is folded (RFC 5545, 3.1).
LINE = 75


def write(statements: Iterable[Statement], now: datetime | None = None) -> str:
    """The calendar, with the line ends that the standard asks for."""
    stamp = _utc((now or datetime.now(UTC)).timestamp())
    rows = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//sagt//promises//EN"]
    for one in statements:
        rows += list(_event(one, stamp))
    return "".join(f"{folded}\r\n" for row in (*rows, "END:VCALENDAR") for folded in _folded(row))


def _event(one: Statement, stamp: str) -> Iterator[str]:
    due = next((m.passage.due for m in one.members if m.passage.due), None)
    if due is None:
        return
    name = one.actor.name if one.actor else "?"
    yield from ("BEGIN:VEVENT", f"UID:{one.id}@sagt", f"DTSTAMP:{stamp}", f"DTSTART:{_utc(due[0])}", f"DTEND:{_utc(due[1])}")
    yield f"SUMMARY:{_text(f'{name}: {one.first.passage.content}')}"
    first = one.first.item
    yield f"DESCRIPTION:{_text(f'{one.sentence}. First in {first.outlet}, {first.id}')}"
    if one.first.item.url and one.first.item.url.isascii() and one.first.item.url.isprintable():
        yield f"URL:{one.first.item.url}"
    yield "END:VEVENT"


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(words: str) -> str:
    return for_label(words).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(row: str) -> Iterator[str]:
    """A line in pieces of at most so many bytes, the later ones begun with a blank; no character is cut."""
    piece, size = "", 0
    for character in row:
        width = len(character.encode("utf-8"))
        if size + width > LINE:
            yield piece
            piece, size = " ", 1
        piece += character
        size += width
    yield piece
