"""The record for other programs: any search, story or claim in any format, and as a feed to subscribe to."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

import sagt
from sagt import exporting
from sagt.commands import seconds
from sagt.desk import pages, wire
from sagt.desk.guard import needs
from sagt.desk.service import Desk
from sagt.errors import InputError, SagtError
from sagt.export.extract import Extract, Names, Rows
from sagt.export.formats import FORMATS, Format

router = APIRouter(include_in_schema=False, dependencies=[Depends(needs("reader"))])
_log = logging.getLogger(__name__)

#: What an address may say beside a search.
PARAMETERS = (*wire.FIELDS, "story", "claim", "at", "rows", "limit", "before")
#: Entries of a feed, if nobody says otherwise, and at most.
ENTRIES, MOST_ENTRIES = 50, 500
#: Bytes that are sent in one go.
CHUNK = 1 << 16
#: Exports that are made at one time: each may walk through the whole store.
AT_ONCE = 2
#: A moment as links of the desk have it: seconds since 1970.
_SECONDS = re.compile(r"\d{9,11}(\.\d{1,6})?")
_turns = threading.BoundedSemaphore(AT_ONCE)


@router.api_route("/export/{name}", methods=["GET", "HEAD"])
def export(request: Request, name: str) -> Response:
    """A part of the record as a file. Its parameters are those of the wire, with `story`, `claim`, `at`, `limit` and, for tables and
    lines, `rows`."""
    if name not in FORMATS:
        raise HTTPException(404)
    headers = {
        "Content-Disposition": f'attachment; filename="sagt-{name}-{datetime.now(UTC):%Y%m%d-%H%M}.{FORMATS[name].extension}"',
        "Cache-Control": "private, no-store",
    }
    form, found = _asked(request, name, None)
    if request.method == "HEAD":
        return Response(media_type=form.media, headers=headers)
    return StreamingResponse(_in_turn(form, found), media_type=form.media, headers=headers)


@router.api_route("/feed.atom", methods=["GET", "HEAD"])
def feed(request: Request) -> Response:
    """A search as an Atom feed. Whoever has it already as it is now gets 304."""
    desk: Desk = request.app.state.desk
    seen = f"{desk.mark()} {request.url.query} {sagt.__version__}"
    tag = f'W/"{hashlib.blake2b(seen.encode(), digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    form, found = _asked(request, "atom", ENTRIES)
    return Response(b"".join(form.write(found)), media_type=form.media, headers=headers)


def _asked(request: Request, name: str, limit: int | None) -> tuple[Format, Extract]:
    """What a request asks for. Raises HTTPException 404 for what is not there, 422 for what is no such thing."""
    desk: Desk = request.app.state.desk
    form = pages.form(request, PARAMETERS)
    try:
        rows = Rows(form["rows"]) if form.get("rows") in set(Rows) else None
        written = exporting.format_of(name, rows)
        choice = _choice(request, form, rows, limit)
    except InputError as error:
        raise HTTPException(422, str(error)) from None
    home = request.app.state.settings.address
    address = home + pages.address(request.url.path, **{key: form[key] for key in PARAMETERS if key in form})
    try:
        return written, exporting.extract(desk.ledger, choice, Names(home), address)
    except InputError as error:
        raise HTTPException(404, str(error)) from None


def _choice(request: Request, form: dict[str, str], rows: Rows | None, limit: int | None) -> exporting.Choice:
    zone = pages.view(request).clock
    asked = form.get("limit", "")
    if asked and not (asked.isascii() and asked.isdigit() and 0 < len(asked) < 8 and int(asked) > 0):
        raise InputError(f"limit {asked[:20]}: give a number from 1")
    number = int(asked) if asked else limit
    return exporting.Choice(
        wire.query_of(form, zone), form.get("story"), form.get("claim"), wire.standing_of(form),
        _moment(form.get("at"), zone), min(number, MOST_ENTRIES) if limit and number else number, rows,
    )  # fmt: skip


def _moment(words: str | None, zone: tzinfo) -> float | None:
    """The moment that is asked about, in the reader's clock; a day is its end."""
    if words and _SECONDS.fullmatch(words):
        return float(words)
    return seconds(words, "at", zone=zone)


def _in_turn(form: Format, found: Extract) -> Iterator[bytes]:
    """The file in pieces, begun: what can't be made fails here and not in the middle. Raises HTTPException 503 if others are being made,
    501 if what makes it is not installed."""
    if not _turns.acquire(blocking=False):
        raise HTTPException(503, "other exports are being made: try again in a minute", {"Retry-After": "60"})
    pieces = _pieces(form, found)
    try:
        return _after(next(pieces), pieces)
    except InputError as error:
        raise HTTPException(501, str(error)) from None


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _pieces(form: Format, found: Extract) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    try:
        for chunk in form.write(found):
            held.append(chunk)
            size += len(chunk)
            if size >= CHUNK:
                yield b"".join(held)
                held, size = [], 0
        yield b"".join(held)
    except SagtError:
        _log.exception("an export broke off")
        raise
    finally:
        _turns.release()
