"""The API, `/api/v1`: the ledger's verbs over HTTP. It answers with the records of `sagt.export`, a page at a time; docs/api.md."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar, cast

from fastapi import APIRouter, Body, Depends, Header, Query, Request
from fastapi import Path as InPath
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

import sagt
from sagt import ingest, search, shelf
from sagt.accounts import User
from sagt.desk import hooks, live, pages, records
from sagt.desk.changes import Kind, changes, now, told_from
from sagt.desk.guard import needs, note, unchanged
from sagt.desk.problems import declared, raised
from sagt.desk.service import Desk
from sagt.diff import diff as sentences_of
from sagt.errors import InputError
from sagt.export import json as as_json
from sagt.export import told
from sagt.formats import Given
from sagt.ingest import Parsed
from sagt.ledger import Payload, Told, rules
from sagt.shelf import Reached
from sagt.store import Added, Stored
from sagt.types import Act, Reading, SignalKind, Status

PREFIX = "/api/v1"
#: Records of a page: without a word about it, and at most.
USUAL, MOST = 100, 1000
#: Bytes of a payload that is handed in; characters of what is read at once, without being stored.
LARGEST, LONGEST = 20_000_000, 400_000
#: Seconds that whoever hands in a report is kept waiting for its reading, and between two looks.
PATIENCE, LOOK = 5.0, 0.1
#: Largest number that every database, and JavaScript, can hold.
LARGEST_NUMBER = 2**53 - 1
#: The media types of formats that can't be told as well by their content.
_FORMATS = {"text/plain": "text", "text/html": "html", "application/xhtml+xml": "html"}

T = TypeVar("T")
v1 = APIRouter(prefix=PREFIX, dependencies=[Depends(needs("reader"))], responses=declared(400, 401, 403, 422, 429, 500, 503))


# ---- parameters -----------------------------------------------------------------------------------------------------------------------


def _moment(value: object, *, end: bool) -> str:
    """A moment or a day, in UTC as the store writes it; of a day its begin or its end."""
    try:
        written = str(value).upper().replace(" ", "+")  # a "+" that nobody escaped comes as a blank
        if len(written) == 10:
            day = datetime.combine(date.fromisoformat(written), clock(), UTC)
            return _utc(day + timedelta(days=1)) if end and day.date() < date.max else _utc(day)
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise ValueError("give a day (2026-03-03, of UTC) or a moment with its offset (2026-03-03T06:12:00+01:00)")
    return _utc(moment)


def _utc(moment: datetime) -> str:
    try:
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:  # the first and the last day that there are
        return moment.replace(tzinfo=UTC).isoformat(timespec="microseconds")


def _seconds(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp()


def _is_moment(value: str) -> str:
    _moment(value, end=False)
    return value


_WRITTEN = WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]})
_None = SkipJsonSchema[None]
Start = Annotated[str, BeforeValidator(lambda value: _moment(value, end=False)), _WRITTEN]
End = Annotated[str, BeforeValidator(lambda value: _moment(value, end=True)), _WRITTEN]
AsWritten = Annotated[str, AfterValidator(_is_moment), _WRITTEN]
#: What a parameter of words may hold: anything but NUL, which no database takes.
_TEXT = r"^[^\x00]*$"
Text = Annotated[str, Field(max_length=500, pattern=_TEXT)]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]

At = Annotated[End | _None, Query(description="as it was known then")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="records of a page")]
Opaque = Annotated[str, Field(max_length=500, pattern=r"^[A-Za-z0-9_-]+$")]
Cursor = Annotated[Opaque | _None, Query(description="`next` of the page before")]
ActorName = Annotated[Text | _None, Query(description="a name, or part of one")]
Changed = Annotated[Start | _None, Query(description="only what changed after that")]
IfNoneMatch = Annotated[str | _None, Header(description="the ETag of the answer that you have; 304 if nothing changed")]
_REPORT = r"^(sha256:)?[0-9a-f]{12,64}$"
ReportId = Annotated[str, InPath(pattern=_REPORT, description="its id, or twelve digits and more of it")]
StatementId = Annotated[str, InPath(pattern=r"^s[0-9a-f]{12}$")]
ClaimId = Annotated[str, InPath(pattern=r"^[cs][0-9a-f]{12}$", description="of the claim, or of a statement of it")]
StoryId = Annotated[str, InPath(pattern=r"^t[0-9a-f]{12}$")]
InStory = Annotated[Annotated[str, Field(pattern=r"^t[0-9a-f]{12}$")] | _None, Query(description="only what its reports pass on")]
Row = Annotated[Number, InPath()]


def get(path: str, of: Any, *statuses: int, **more: Any) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """A route for GET and HEAD that answers with a record of that type, or with one of these problems."""
    changed: dict[int | str, dict[str, Any]] = {304: {"description": "nothing changed since the answer with that ETag"}}

    def add(handler: Callable[..., Response]) -> Callable[..., Response]:
        v1.get(path, response_model=of, responses={**changed, **declared(*statuses)}, **more)(handler)
        v1.head(path, include_in_schema=False, response_model=None)(handler)
        return handler

    return add


# ---- answering ------------------------------------------------------------------------------------------------------------------------


def _desk(request: Request) -> Desk:
    return cast(Desk, request.app.state.desk)


def _answer(request: Request, make: Callable[[], Any], *, besides: str = "") -> Response:
    """The record, or word that it is still the one that the client has. `besides`: what else it depends on."""
    headers = {"ETag": _tag(request, besides), "Cache-Control": "private, no-cache"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if headers["ETag"].removeprefix("W/") in known:
        return Response(status_code=304, headers=headers)
    return _said(request, make(), 200, headers)


def _said(request: Request, record: Any, status: int, headers: dict[str, str] | None = None) -> Response:
    body = as_json.safe(json.dumps(record, ensure_ascii=False, allow_nan=False)).encode()
    if request.method == "HEAD":
        return Response(b"", status, {**(headers or {}), "Content-Length": str(len(body))}, "application/json")
    return Response(body, status, headers, "application/json")


def _tag(request: Request, besides: str) -> str:
    """The same as long as neither the record nor what makes records of it changed. Weak: what goes out may be compressed."""
    desk = _desk(request)
    with desk.store.reading() as connection:
        read = shelf.last_read(connection)
    parts = (desk.mark(), read, rules(), sagt.__version__, request.url.path, request.url.query, besides)
    return f'W/"{hashlib.sha256(repr(tuple(map(str, parts))).encode()).hexdigest()[:32]}"'


@contextmanager
def _there(what: str) -> Iterator[None]:
    """404 for what is not there; the ledger's own words speak of the command line."""
    try:
        yield
    except InputError:
        raise raised(404, f"no {what}") from None


def _plain(desk: Desk, error: InputError) -> str:
    """What a user's mistake was, without the command that would show more, and without where the store is."""
    return str(error).partition("; `sagt")[0].replace(f" in {desk.store.address}", "")


def _pack(kind: str, *values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([kind, *values]).encode()).decode().rstrip("=")


def _unpack(cursor: str | None, kind: str, *types: type) -> list[Any] | None:
    """What a cursor holds. Raises 400 for one that is not of this list."""
    if cursor is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        found = None
    fits = isinstance(found, list) and len(found) == len(types) + 1 and found[0] == kind
    if not fits or not all(type(value) is type_ and _in_bounds(value) for value, type_ in zip(found[1:], types, strict=True)):
        raise raised(400, "this is no cursor of this list: take `next` of the page before, or begin without one")
    return list(found[1:])


def _in_bounds(value: Any) -> bool:
    return "\x00" not in value if isinstance(value, str) else 0 <= abs(value) <= LARGEST_NUMBER


def _page(data: Sequence[Any], limit: int, after: Callable[[], str]) -> dict[str, Any]:
    return {"data": data, "next": after() if len(data) == limit else None}


def _place(cursor: str | None) -> tuple[float, str] | None:
    """Where in the order of time a page of statements begins."""
    found = _unpack(cursor, "s", float, str)
    return None if found is None else (found[0], found[1])


def _after(one: Told) -> str:
    return _pack("s", float(one.statement.first.item.at), one.statement.id)


def _statements(found: Iterable[Told], limit: int) -> dict[str, Any]:
    rows = list(islice(found, limit))
    return _page([told.statement(one.statement, one.stands) for one in rows], limit, lambda: _after(rows[-1]))


# ---- reports --------------------------------------------------------------------------------------------------------------------------


@get("/reports", records.page("Reports", records.Hit), tags=["reports"])
def reports(
    request: Request,
    words: Annotated[Text, Query(description='words in any form, "phrases", beginnings*, -without')] = "",
    actor: ActorName = None,
    outlet: Annotated[Text | _None, Query()] = None,
    agency: Annotated[Text | _None, Query(description="credited in it, or a carrier in it")] = None,
    act: Annotated[Act | _None, Query(description="of an attribution in it; together with `actor`: theirs")] = None,
    language: Annotated[Text | _None, Query()] = None,
    status: Annotated[Status | _None, Query()] = None,
    signal: Annotated[SignalKind | _None, Query()] = None,
    since: Annotated[Start | _None, Query(description="published at or after")] = None,
    until: Annotated[End | _None, Query(description="published before")] = None,
    before: Annotated[Number | _None, Query(description="came before the report of that number")] = None,
    after: Annotated[Number | _None, Query(description="came after the report of that number")] = None,
    changed_after: Changed = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The reports that fit, newest arrivals first."""
    place = _unpack(cursor, "r", int)
    query = search.Query(words, actor, outlet, agency, act, language, status, signal, since, until, place[0] if place else before, after,
                         changed_after)  # fmt: skip

    def make() -> dict[str, Any]:
        hits = search.search(_desk(request).store, query, limit)
        return _page([asdict(hit) for hit in hits], limit, lambda: _pack("r", hits[-1].seq))

    return _answer(request, make)


@get("/reports/{report}", records.StoredReading, 404, tags=["reports"])
def report(request: Request, report: ReportId, if_none_match: IfNoneMatch = None) -> Response:
    """A report with its newest reading, how the store holds it, and the takes of its item."""
    return _answer(request, lambda: _stored_reading(_desk(request), _find(request, report)))


def _find(request: Request, name: str) -> Stored:
    with _there(f"report {name}, or several that begin so"):
        return _desk(request).store.find(name)


def _stored_reading(desk: Desk, one: Stored) -> dict[str, Any]:
    kept = {
        "number": one.seq, "received": one.received, "received_from": one.received_from,
        "takes": [take.stored.report.id for take in desk.store.chain(one)],
    }  # fmt: skip
    return as_json.record(desk.store.reading_of(one) or Reading(one.report)) | {"store": kept}


@get("/reports/{report}/payload", None, 404, tags=["reports"], response_class=Response)
def payload(request: Request, report: ReportId) -> Response:
    """The bytes as they came."""
    one = _find(request, report)
    raw = _desk(request).store.payload_of(one.report.id)
    headers = {"ETag": f'"{one.report.id}"', "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
               "Content-Disposition": f'attachment; filename="{one.report.id[7:23]}"', "Content-Length": str(len(raw))}  # fmt: skip
    return Response(b"" if request.method == "HEAD" else raw, headers=headers, media_type="application/octet-stream")


@get("/reports/{report}/diff/{other}", records.Diff, 404, 409, tags=["reports"])
def diff(request: Request, report: ReportId, other: ReportId, if_none_match: IfNoneMatch = None) -> Response:
    """What became of the statements and sentences of one report in another."""
    before, after = _find(request, report), _find(request, other)

    def make() -> dict[str, Any]:
        try:
            found = _desk(request).ledger.diff(before.report.id, after.report.id)[2]
        except InputError as error:
            raise raised(409, _plain(_desk(request), error)) from None
        return {
            "from": before.report.id, "to": after.report.id, "changes": [told.change(one) for one in found],
            "sentences": list(_sentences(before.report.text, after.report.text)),
        }  # fmt: skip

    return _answer(request, make)


def _sentences(old: str, new: str) -> Iterator[dict[str, Any]]:
    for one in sentences_of(old, new):
        yield {
            "change": one.change.value, "words": [list(pair) for pair in one.words],
            "before": one.before.of(old) if one.before else None, "before_span": list(one.before) if one.before else None,
            "after": one.after.of(new) if one.after else None, "after_span": list(one.after) if one.after else None,
        }  # fmt: skip


async def _sent(request: Request) -> bytes:
    """The body, if it is not too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise raised(413, f"a payload may have {LARGEST:,} bytes; send its items one by one, or use `sagt add`")
    if not body:
        raise raised(400, "nothing was sent: the body is the report as it came, whatever its format")
    return bytes(body)


_BODY = {"required": True, "content": {kind: {"schema": {}} for kind in
         ("text/plain", "text/html", "application/xml", "application/json", "application/octet-stream")}}  # fmt: skip
_GIVEN: dict[int | str, dict[str, Any]] = {
    201: {"description": "stored and read", "model": records.Items},
    202: {"description": "stored; it will be read in a moment", "model": records.Items},
}


@v1.post("/reports", response_model=records.Items, tags=["reports"], responses={**_GIVEN, **declared(413)},
             openapi_extra={"requestBody": _BODY})  # fmt: skip
def hand_in(
    request: Request,
    raw: Annotated[bytes, Depends(_sent)],
    user: Annotated[User, Depends(needs("reader"))],
    store: Annotated[Literal["true", "false"], Query(description="keep it for good (takes an editor), or only read it")] = "false",
    outlet: Annotated[Text | _None, Query(description="who published it")] = None,
    published: Annotated[AsWritten | _None, Query(description="when; without one, what it says itself")] = None,
    language: Annotated[Annotated[str, Field(pattern="^[a-z]{2,3}$")] | _None, Query()] = None,
    url: Annotated[Annotated[str, Field(max_length=2000, pattern=_TEXT)] | _None, Query(description="its address")] = None,
) -> Response:
    """Hand in a payload of any format that sagt reads, and have the reading of each report in it."""
    kind, encoding = _content_type(request.headers.get("content-type", ""))
    one = Payload(raw, Given(language, published, outlet=outlet, encoding=encoding, url=url), _FORMATS.get(kind))
    try:
        if store == "false":
            unchanged(request)
            return _said(request, {"data": _read(_desk(request), one)}, 200)
        if not user.may("editor"):
            raise raised(403, f"to store reports takes the role editor; yours is {user.role}. With store=false it is only read")
        return _stored(request, one)
    except InputError as error:
        raise raised(400, str(error)) from None


def _content_type(header: str) -> tuple[str, str | None]:
    kind, _, rest = header.partition(";")
    given = (part.strip().partition("=") for part in rest.split(";"))
    encoding = next((value.strip('" ') for name, _, value in given if name.strip().lower() == "charset"), None)
    return kind.strip().lower(), encoding or None


def _read(desk: Desk, one: Payload) -> list[dict[str, Any]]:
    found: list[Parsed] = []
    characters = 0
    for parsed in ingest.items(one.bytes, one.given, one.format):
        found.append(parsed)
        characters += len(parsed.report.text)
        if characters > LONGEST:
            raise raised(413, f"at once {LONGEST:,} characters are read; with store=true more are, one after the other")
    good = [parsed.report for parsed in found if parsed.fault is None]
    read = cast(list[Reading], desk.with_reader(lambda ledger: list(ledger.reader.read_all(good))))
    readings = {reading.report.id: reading for reading in read}
    return [_item(Added(p.report.id, "fault" if p.fault else "read", title=p.report.title, fault=p.fault), readings.get(p.report.id))
            for p in found]  # fmt: skip


def _item(one: Added, reading: Reading | None) -> dict[str, Any]:
    return {"id": one.id, "outcome": one.outcome, "title": one.title, "fault": one.fault,
            "reading": as_json.record(reading) if reading else None}  # fmt: skip


def _stored(request: Request, one: Payload) -> Response:
    desk = _desk(request)
    added = desk.add([one])
    new = [item for item in added if item.outcome == "stored"]
    note(request, "stored reports", ", ".join(item.id for item in new[:10]) or "none new")
    seqs = {item.seq for item in added if item.seq is not None}
    readings = _awaited(desk, seqs)
    status = 200 if not new else 201 if seqs <= readings.keys() else 202
    data = [_item(item, readings.get(item.seq or 0)) for item in added]
    return _said(request, {"data": data}, status, {"Location": f"{PREFIX}/reports/{new[0].id}"} if len(new) == 1 else None)


def _awaited(desk: Desk, seqs: set[int]) -> dict[int, Reading]:
    """The readings of these reports, as soon as there are all of them, or when patience ends."""
    until, found = time.monotonic() + PATIENCE, dict[int, Reading]()
    while True:
        found |= desk.store.readings(seqs - found.keys())
        if seqs <= found.keys() or time.monotonic() >= until or desk.closing.is_set():
            return found
        time.sleep(LOOK)


# ---- attributions, statements, claims -------------------------------------------------------------------------------------------------


@get("/attributions", records.page("Attributions", records.Said), tags=["statements"])
def attributions(
    request: Request,
    actor: ActorName = None,
    act: Annotated[Act | _None, Query()] = None,
    words: Annotated[Text, Query(description="of the report")] = "",
    outlet: Annotated[Text | _None, Query()] = None,
    language: Annotated[Text | _None, Query()] = None,
    since: Annotated[Start | _None, Query(description="published at or after")] = None,
    until: Annotated[End | _None, Query(description="published before")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The places where reports pass on what somebody says, newest arrivals first."""
    place = _unpack(cursor, "a", int, str)
    query = search.Query(words, actor, outlet, None, act, language, since=since, until=until)

    def make() -> dict[str, Any]:
        store = _desk(request).store
        found = search.sayings(store, query, (place[0], place[1]) if place else None, limit)
        readings = store.readings({seq for seq, _ in found})
        rows = [_attribution(reading, name) for seq, name in found if (reading := readings.get(seq))]
        return _page([row for row in rows if row], limit, lambda: _pack("a", *found[-1]))

    return _answer(request, make)


def _attribution(reading: Reading, name: str) -> dict[str, Any] | None:
    one = next((a for a in reading.attributions if a.id == name), None)
    if one is None:
        return None
    text = reading.report.text
    words = {key: " … ".join(span.of(text) for span in getattr(one, key)) for key in ("source", "cue", "content")}
    [record] = as_json.record(replace(reading, attributions=(one,)))["attributions"]
    return {"report": told_from(reading.report), "attribution": record, **words}


@get("/statements", records.page("Statements", records.Statement), 404, tags=["statements"])
def statements(
    request: Request,
    actor: ActorName = None,
    story: InStory = None,
    claim: Annotated[Annotated[str, Field(pattern=r"^c[0-9a-f]{12}$")] | _None, Query()] = None,
    changed_after: Changed = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What was said, by whom, through how many independent origins, and how its claim stands; in order of time."""
    place = _place(cursor)

    def make() -> dict[str, Any]:
        ledger = _desk(request).ledger
        like = [_touched(request, changed_after)] if changed_after else []
        with _there(f"story {story}"):
            found = ledger.statements(actor=actor or None, story=story, claim=claim, at=_seconds(at), after=place, like=like, portion=limit)
            return _statements(found, limit)

    return _answer(request, make)


def _touched(request: Request, moment: str) -> shelf.Filter:
    with _desk(request).store.reading() as connection:
        seqs = shelf.changed_since(connection, moment, MOST)
    if seqs is None:
        raise raised(400, f"more than {MOST:,} reports were read or judged since: take all statements, or follow /changes")
    return shelf.touched_by(seqs)


@get("/statements/{statement}", records.Statement, 404, tags=["statements"])
def statement(request: Request, statement: StatementId, at: At = None, if_none_match: IfNoneMatch = None) -> Response:
    """A statement."""

    def make() -> dict[str, Any]:
        with _there(f"statement {statement}{' at that time' if at else ''}"):
            one = _desk(request).ledger.statement(statement, _seconds(at))
        return told.statement(one.statement, one.stands)

    return _answer(request, make)


@get("/origins/{statement}", records.Origins, 404, tags=["statements"])
def origins(request: Request, statement: StatementId, at: At = None, if_none_match: IfNoneMatch = None) -> Response:
    """By how many independent ways a statement reached print."""

    def make() -> dict[str, Any]:
        with _there(f"statement {statement}{' at that time' if at else ''}"):
            one = _desk(request).ledger.statement(statement, _seconds(at)).statement
        return {"id": one.id, "summary": one.sentence, "origins": told.statement(one, None)["origins"]}

    return _answer(request, make)


@get("/claims/{claim}", records.Claim, 404, tags=["statements"])
def claim(request: Request, claim: ClaimId, at: At = None, if_none_match: IfNoneMatch = None) -> Response:
    """What is said, by whichever actors: how it stands and stood, and each quotation beside the first words of it."""

    def make() -> dict[str, Any]:
        with _there(f"claim {claim}{' at that time' if at else ''}"):
            return told.claim(_desk(request).ledger.claim(claim, _seconds(at)))

    return _answer(request, make)


@get("/why/{name}", records.Why, 404, tags=["statements"])
def why(request: Request, name: ClaimId, if_none_match: IfNoneMatch = None) -> Response:
    """Why a statement or claim is one, pair by pair of its passages, and the rows that its standing rests on."""

    def make() -> dict[str, Any]:
        ledger = _desk(request).ledger
        with _there(f"claim or statement {name}"):
            about = ledger.claim(name)
            found = ledger.why(name)
        return {"id": name, "standing": told.standing(about.stands) if about.stands else None, "pairs": [told.why(one) for one in found]}

    return _answer(request, make)


# ---- actors, stories, promises, questions ---------------------------------------------------------------------------------------------


@get("/actors", records.page("Actors", records.Counted), tags=["actors"])
def actors(
    request: Request,
    name: Annotated[Text | _None, Query(description="words of the name")] = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The names that statements are by, in their order, and how many statements are by each."""
    place = _unpack(cursor, "n", str)

    def make() -> dict[str, Any]:
        with _desk(request).store.reading() as connection:
            found = shelf.actors(connection, limit, place[0] if place else None, name or None, _seconds(at))
        rows = [asdict(one) | {"first": told.moment(one.first), "last": told.moment(one.last)} for one in found]
        return _page(rows, limit, lambda: _pack("n", found[-1].key))

    return _answer(request, make)


@get("/actors/{name}/statements", records.page("ActorStatements", records.Statement), tags=["actors"])
def actor_statements(
    request: Request, name: Annotated[str, InPath(max_length=200, pattern=r"^[^\x00/]+$")], at: At = None, cursor: Cursor = None,
    limit: Limit = USUAL, if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """All that somebody of that name said, in order of time."""
    place = _place(cursor)

    def make() -> dict[str, Any]:
        return _statements(_desk(request).ledger.statements(actor=name, at=_seconds(at), after=place, portion=limit), limit)

    return _answer(request, make)


@get("/stories", records.page("Stories", records.Story), tags=["stories"])
def stories(request: Request, at: At = None, cursor: Cursor = None, limit: Limit = USUAL, if_none_match: IfNoneMatch = None) -> Response:
    """The stories, the one with the newest report first."""
    place = _unpack(cursor, "t", float, str)

    def make() -> dict[str, Any]:
        found = _desk(request).ledger.stories(_seconds(at), limit, after=(place[0], place[1]) if place else None)
        return _page([told.story(one) for one in found], limit, lambda: _pack("t", float(found[-1].last), found[-1].id))

    return _answer(request, make)


@get("/stories/{story}", records.Story, 404, tags=["stories"])
def story(request: Request, story: StoryId, at: At = None, if_none_match: IfNoneMatch = None) -> Response:
    """A story; by the id of one that was merged, the one that it is part of. What is said in it: `/statements?story=`."""

    def make() -> dict[str, Any]:
        found = _desk(request).ledger.stories(_seconds(at), name=story)
        if not found:
            raise raised(404, f"no story {story}{' at that time' if at else ''}")
        return told.story(found[0])

    return _answer(request, make)


@get("/promises", records.page("Promises", records.Promise), 404, tags=["stories"])
def promises(
    request: Request,
    actor: ActorName = None,
    story: InStory = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = USUAL,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What is promised, planned or announced with a time, and what became of it; in order of time."""
    place = _place(cursor)

    def make() -> dict[str, Any]:
        with _there(f"story {story}"):
            found = _desk(request).ledger.promises(actor=actor or None, story=story, at=_seconds(at), after=place)
            rows = list(islice(found, limit))
        data = [told.statement(one.statement, one.stands) | told.proposal(became) for one, became in rows]
        return _page(data, limit, lambda: _after(rows[-1][0]))

    # What is due is overdue a minute later, though nothing came.
    return _answer(request, make, besides=datetime.now(UTC).isoformat(timespec="minutes"))


@get("/questions", records.page("Questions", records.Question), 404, tags=["stories"])
def questions(
    request: Request, story: InStory = None, at: At = None, cursor: Cursor = None, limit: Limit = USUAL, if_none_match: IfNoneMatch = None
) -> Response:
    """What reports say is not known, with the later sentence that answers it; in order of time."""
    place = _place(cursor)

    def make() -> dict[str, Any]:
        with _there(f"story {story}"):
            rows = list(islice(_desk(request).ledger.questions(story=story, at=_seconds(at), after=place), limit))
        data = [told.statement(one.statement, one.stands) | {"answer": told.proposal(answer) if answer else None} for one, answer in rows]
        return _page(data, limit, lambda: _after(rows[-1][0]))

    return _answer(request, make)


# ---- judgements -----------------------------------------------------------------------------------------------------------------------

_OF = r"^([sc][0-9a-f]{12}|(sha256:)?[0-9a-f]{12,64}:[a-z][0-9.]{1,9})$"
_PLACE = r"^(sha256:)?[0-9a-f]{12,64}:[a-z][0-9.]{1,9}$"
Thing = Annotated[str, Field(pattern=_OF, description="a statement or claim, or a place REPORT:attribution")]
Spot = Annotated[str, Field(pattern=_PLACE, description="REPORT:attribution")]
Shelved = Annotated[str, Field(pattern=r"^(t[0-9a-f]{12}|(sha256:)?[0-9a-f]{12,64})$", description="a story or a report")]
Note = Annotated[str, Field(max_length=2000, pattern=_TEXT)] | None
Two = Annotated[list[Thing], Field(min_length=2, max_length=2)]
One = Annotated[list[Thing], Field(min_length=1, max_length=1)]
Where = Annotated[list[Spot], Field(min_length=1, max_length=1)]


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    note: Note = None


class AreOne(_Decision):
    """Two statements are the same or not, or two claims."""

    kind: Literal["statement", "claim"]
    verdict: Literal["same", "different", "unsure"]
    of: Two


class Became(_Decision):
    """What became of a promise."""

    kind: Literal["promise"]
    verdict: Literal["kept", "broken", "moved", "unknown"]
    of: One


class Answered(_Decision):
    """Whether a question is answered; `note`: by what."""

    kind: Literal["question"]
    verdict: Literal["answered", "open"]
    of: One


class IsNone(_Decision):
    """A place is no attribution."""

    kind: Literal["attribution"]
    verdict: Literal["no"]
    of: Where


class IsBy(_Decision):
    """Who speaks at a place."""

    kind: Literal["source"]
    verdict: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*[A-Za-zÀ-ÿ][^\x00]*$", description="the right name")]
    of: Where


class OfStories(_Decision):
    """Two stories are one (merge), a report is of a story (move: the report, then the story), or begins one of its own (apart)."""

    kind: Literal["story"]
    verdict: Literal["merge", "move", "apart"]
    of: Annotated[list[Shelved], Field(min_length=1, max_length=2)]


Decision = Annotated[AreOne | Became | Answered | IsNone | IsBy | OfStories, Field(discriminator="kind")]


@get("/judgements", records.page("Judgements", records.Judgement), tags=["judgements"])
def judgements(request: Request, cursor: Cursor = None, limit: Limit = USUAL, if_none_match: IfNoneMatch = None) -> Response:
    """All judgements, as they were added; `undoes` is the number of the one that a row takes back."""
    place = _unpack(cursor, "j", int)

    def make() -> dict[str, Any]:
        with _desk(request).store.reading() as connection:
            rows = shelf.judged_rows(connection, place[0] if place else 0, limit)
        return _page([told.judgement(one, undoes) for one, undoes in rows], limit, lambda: _pack("j", rows[-1][0].id))

    return _answer(request, make)


@v1.post("/judgements", status_code=201, response_model=records.Judgement, responses=declared(409), tags=["judgements"])
def judge(request: Request, decision: Annotated[Decision, Body()], user: Annotated[User, Depends(needs("editor"))]) -> Response:
    """Decide something. It holds through every rebuild, and is undone by another row."""
    desk = _desk(request)
    try:
        number = desk.ledger.judge(decision.kind, decision.verdict, decision.of, user.name, decision.note)
    except InputError as error:
        raise raised(409, _plain(desk, error)) from None
    note(request, f"judged {decision.kind} {decision.verdict}", number)
    return _said(request, _judgement(desk, number), 201, {"Location": f"{PREFIX}/judgements"})


@v1.post("/judgements/{number}/undo", response_model=records.Judgement, responses=declared(404), tags=["judgements"])
def undo(request: Request, number: Row, user: Annotated[User, Depends(needs("editor"))]) -> Response:
    """Take a judgement back; the answer is that judgement."""
    desk = _desk(request)
    with _there(f"judgement {number} that counts"):
        desk.ledger.undo(number, user.name)
    note(request, "undid judgement", number)
    return _said(request, _judgement(desk, number), 200)


def _judgement(desk: Desk, number: int) -> dict[str, Any]:
    with desk.store.reading() as connection:
        [(one, undoes)] = shelf.judged_rows(connection, ids=[number])
    return told.judgement(one, undoes)


# ---- changes --------------------------------------------------------------------------------------------------------------------------


def _reached(cursor: str | None) -> Reached | None:
    found = _unpack(cursor, "c", int, int, int)
    return None if found is None else Reached(*found)


def _mark(reached: Reached) -> str:
    return _pack("c", reached.report, reached.linked, reached.judgement)


@get("/changes", records.Changes, tags=["changes"])
def changed(request: Request, cursor: Cursor = None, limit: Limit = USUAL, if_none_match: IfNoneMatch = None) -> Response:
    """What came, was linked or was judged after a cursor, oldest first; without one from the beginning.

    `next` is always there: ask with it again, now or later. `now` is where the record is at this moment."""
    reached = _reached(cursor) or Reached()

    def make() -> dict[str, Any]:
        here = now(_desk(request))
        found = changes(_desk(request).store, reached, limit)
        return {"data": [one.record for one in found], "next": _mark(found[-1].reached if found else reached), "now": _mark(here)}

    return _answer(request, make)


@v1.get("/events", tags=["changes"], response_class=StreamingResponse,
            responses={200: {"description": "one event for each change", "content": {"text/event-stream": {}}}})  # fmt: skip
async def events(
    request: Request,
    cursor: Cursor = None,
    seconds: Annotated[int, Query(ge=0, le=86_400, description="end after about so long; 0: with what there is")] = 3600,
    last_event_id: Annotated[Opaque | _None, Header()] = None,
) -> StreamingResponse:
    """Changes as server-sent events, as they happen: each is called by its kind, its id is the cursor after it. Without a cursor: from
    now on."""
    desk = _desk(request)
    reached = _reached(last_event_id or cursor)
    if reached is None:
        reached = await asyncio.to_thread(now, desk)
    return live.stream(_events(request, desk, reached, time.monotonic() + seconds if seconds else 0))


async def _events(request: Request, desk: Desk, reached: Reached, until: float) -> AsyncIterator[str]:
    yield f"retry: {live.AGAIN}\n\n"
    async for mark in request.app.state.pulse.marks() if until else _once():
        if mark is None:
            yield ": \n\n"
        while found := await asyncio.to_thread(changes, desk.store, reached, USUAL):
            for one in found:
                data = as_json.safe(json.dumps(one.record, ensure_ascii=False))
                yield f"id: {_mark(one.reached)}\nevent: {one.record['change']}\ndata: {data}\n\n"
            reached = found[-1].reached
        if time.monotonic() >= until:
            return


async def _once() -> AsyncIterator[str]:
    yield ""


# ---- webhooks -------------------------------------------------------------------------------------------------------------------------

Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\x00-\x20\x7f]+$")]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=3)]


class NewHook(BaseModel):
    """Whom to tell of what."""

    model_config = ConfigDict(extra="forbid", strict=True)
    url: Url
    events: Kinds = ["report", "linked", "judgement"]


class ChangedHook(BaseModel):
    """What is to be otherwise; `disabled: false` begins anew after failures."""

    model_config = ConfigDict(extra="forbid", strict=True)
    url: Url | _None = None
    events: Kinds | _None = None
    disabled: bool | _None = None


Editor = Annotated[User, Depends(needs("editor"))]


@v1.get("/webhooks", response_model=records.Hooks, tags=["webhooks"])
def all_hooks(request: Request, user: Editor) -> Response:
    """All webhooks, and how it stands with them."""
    return _said(request, {"data": [hooks.record(one) for one in hooks.hooks(_desk(request).store)]}, 200)


@v1.post("/webhooks", status_code=201, response_model=records.NewHook, tags=["webhooks"])
def add_hook(request: Request, wanted: Annotated[NewHook, Body()], user: Editor) -> Response:
    """Have changes from now on sent to an address. The secret that signs them is shown this once."""
    with _usable():
        one, secret = hooks.add(_desk(request), wanted.url, wanted.events, user.name)
    note(request, "added webhook", one.id)
    return _said(request, {**hooks.record(one), "secret": secret}, 201, {"Location": f"{PREFIX}/webhooks/{one.id}"})


@v1.get("/webhooks/{number}", response_model=records.Hook, responses=declared(404), tags=["webhooks"])
def one_hook(request: Request, number: Row, user: Editor) -> Response:
    """A webhook."""
    with _there(f"webhook {number}"):
        return _said(request, hooks.record(hooks.find(_desk(request).store, number)), 200)


@v1.patch("/webhooks/{number}", response_model=records.Hook, responses=declared(404), tags=["webhooks"])
def change_hook(request: Request, number: Row, wanted: Annotated[ChangedHook, Body()], user: Editor) -> Response:
    """Change a webhook, stop it or let it go on."""
    with _there(f"webhook {number}"):
        hooks.find(_desk(request).store, number)
    with _usable():
        one = hooks.change(_desk(request), number, wanted.url, wanted.events, wanted.disabled)
    note(request, "changed webhook", number)
    return _said(request, hooks.record(one), 200)


@v1.delete("/webhooks/{number}", status_code=204, response_class=Response, responses=declared(404), tags=["webhooks"])
def drop_hook(request: Request, number: Row, user: Editor) -> Response:
    """Send no more to a webhook."""
    with _there(f"webhook {number}"):
        hooks.drop(_desk(request).store, number)
    note(request, "dropped webhook", number)
    return Response(status_code=204)


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise raised(400, str(error)) from None


# ---- its own description --------------------------------------------------------------------------------------------------------------


@v1.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    """The OpenAPI of all this."""
    return _said(request, description(), 200, {"Cache-Control": "private, max-age=300"})


@cache
def description() -> dict[str, Any]:
    """The OpenAPI of the API."""
    there = get_openapi(title="sagt", version=sagt.__version__, routes=v1.routes, description=__doc__)
    there["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    # Where there are no accounts, who sits at the machine needs no token.
    return there | {"security": [{"token": []}, {}]}


# ---- what it does not take ------------------------------------------------------------------------------------------------------------

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))


def _refuse(path: str, allowed: set[str]) -> None:
    """Answer all other methods of an address with those that it takes: left alone, the first route that fits names its own only."""

    def refused() -> None:
        raise raised(405, f"{path} takes {', '.join(sorted(allowed))}", Allow=", ".join(sorted(allowed)))

    v1.add_api_route(path.removeprefix(PREFIX), refused, methods=sorted(_METHODS - allowed), include_in_schema=False)


def _refuse_others() -> None:
    allowed: dict[str, set[str]] = {}
    for route in v1.routes:
        if isinstance(route, APIRoute):
            allowed.setdefault(route.path, set()).update(route.methods or ())
    for path, methods in allowed.items():
        _refuse(path, methods)


_refuse_others()


# ---- the page about it ----------------------------------------------------------------------------------------------------------------

router = APIRouter()
router.include_router(v1)


@router.get("/api/docs", include_in_schema=False, dependencies=[Depends(needs("reader"))])
def docs(request: Request) -> HTMLResponse:
    """Every address with what it takes, to be read."""
    operations = [(method.upper(), path, one) for path, methods in description()["paths"].items() for method, one in methods.items()]
    return pages.render(request, "api.html", operations=operations, prefix=PREFIX)
