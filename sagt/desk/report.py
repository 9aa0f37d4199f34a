"""One report: its text with every attribution marked, the takes of its item, what changed between them, and the payload as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from sagt import retold, shelf
from sagt.clock import clock
from sagt.desk import pages
from sagt.desk.guard import needs
from sagt.desk.service import Desk
from sagt.desk.wire import told_of
from sagt.diff import Edit, diff
from sagt.errors import InputError
from sagt.export.page import Article, article, style
from sagt.formats import text as plain
from sagt.ledger import Told
from sagt.shelf import Judgement
from sagt.store import Stored, Take
from sagt.types import Reading

router = APIRouter(include_in_schema=False, dependencies=[Depends(needs("reader"))])

#: Bytes of a payload that a page shows; all of it can be downloaded.
SHOWN = 200_000
#: Style sheets are made for so many marks more at a time, so that few differ.
STEP = 25
MOST_MARKS = 1000
#: What a payload is called in a download, by its format.
_ENDINGS = {"html": "html", "text": "txt", "ninjs": "json", "jsonl": "json", "mail": "eml", "nitf": "xml", "ritzau": "xml"}
#: Judgements that a report's page shows and undoes.
_KINDS = ("attribution", "source")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that changed between two reports."""

    change: str
    before: str
    after: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed from one report to another."""

    before: Stored
    after: Stored
    sentences: tuple[Sentence, ...]
    statements: tuple[retold.Change, ...] | None  #: None where one of them is not read yet


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report as its page shows it."""

    stored: Stored
    article: Article | None  #: None where it is not read yet
    statements: Mapping[str, Sequence[Told]]  #: by attribution
    judged: Mapping[str, Sequence[Judgement]]  #: by attribution
    chain: tuple[Take, ...]
    story: str | None
    zone: str  #: of its own clock
    marks: str  #: address of the style sheet for its marks
    compared: Compared | None


def sheet(desk: Desk, name: str, language: str, beside: str | None = None) -> Sheet:
    """Everything that a report's page shows. `beside`: a report to compare it with; without one, the take before it.

    Raises InputError for a report that is not there."""
    stored = desk.store.find(name)
    reading = desk.store.reading_of(stored)
    chain = tuple(desk.store.chain(stored))
    statements: dict[str, list[Told]] = {}
    judged: dict[str, list[Judgement]] = {}
    if reading is not None:
        for told in told_of(desk, [stored.seq]):
            # A content of several things gives a passage for each: "a3.1", "a3.2".
            here = (m.passage.attribution.partition(".")[0] for m in told.statement.members if m.item.seq == stored.seq)
            for attribution in here:
                statements.setdefault(attribution, []).append(told)
        for row in desk.ledger.judgements(report=stored.report.id):
            if row.kind in _KINDS and (judged_one := _attribution(reading, row)):
                judged.setdefault(judged_one, []).append(row)
    return Sheet(
        stored, article(1, reading, language) if reading is not None else None, statements, judged, chain, _story(desk, stored),
        clock(stored.report).zone,
        _marks_for(reading),
        _compared(desk, stored, chain, beside),
    )  # fmt: skip


def _attribution(reading: Reading, row: Judgement) -> str | None:
    """The attribution that a judgement is about: of those whose content holds all that it names, the shortest."""
    wanted = [span for report, spans in row.target if report == reading.report.id for span in spans]
    holding = [one for one in reading.attributions if all(any(held.covers(span) for held in one.content) for span in wanted)]
    found = min(holding, key=lambda one: sum(span.end - span.start for span in one.content), default=None)
    return found.id if found else None


def _marks_for(reading: Reading | None) -> str:
    counts = (len(reading.attributions), len(reading.actors)) if reading else (0, 0)
    attributions, actors = (min(MOST_MARKS, -(-count // STEP) * STEP) for count in counts)
    return f"/marks/{attributions}-{actors}.css"


def _story(desk: Desk, stored: Stored) -> str | None:
    with desk.store.reading() as connection:
        return shelf.stories_of(connection, [stored.seq]).get(stored.seq)


def _compared(desk: Desk, stored: Stored, chain: tuple[Take, ...], beside: str | None) -> Compared | None:
    place = next(n for n, one in enumerate(chain) if one.stored.seq == stored.seq)
    before = desk.store.find(beside) if beside else chain[place - 1].stored if place else None
    if before is None or before.seq == stored.seq:
        return None
    texts = before.report.text, stored.report.text
    try:
        statements = tuple(desk.ledger.diff(before.report.id, stored.report.id)[2])
    except InputError:
        statements = None
    return Compared(before, stored, tuple(_sentence(edit, *texts) for edit in diff(*texts)), statements)


def _sentence(edit: Edit, before: str, after: str) -> Sentence:
    return Sentence(
        edit.change.value, edit.before.of(before) if edit.before else "", edit.after.of(after) if edit.after else "", edit.words
    )


# ---- routes ---------------------------------------------------------------------------------------------------------------------------


@router.get("/reports/{name}")
def report(request: Request, name: str) -> HTMLResponse:
    """A report with its reading."""
    desk: Desk = request.app.state.desk
    language, beside = pages.view(request).language, request.query_params.get("with") or None
    shown = desk.remembered(("report", name, language, beside), lambda: sheet(desk, name, language, beside))
    return pages.render(request, "report.html", sheet=shown, report=shown.stored.report)


@router.get("/reports/{name}/payload")
def payload(request: Request, name: str) -> HTMLResponse:
    """The payload of a report as it came, as plain characters."""
    desk: Desk = request.app.state.desk
    stored = desk.store.find(name)
    raw = desk.store.payload_of(stored.report.id)
    text = plain.decode(raw[:SHOWN]).text
    return pages.render(request, "payload.html", stored=stored, report=stored.report, size=len(raw), text=text, cut=len(raw) > SHOWN)


@router.get("/reports/{name}/payload/download")
def download(request: Request, name: str) -> Response:
    """The payload's bytes, as a file that no browser opens by itself."""
    desk: Desk = request.app.state.desk
    stored = desk.store.find(name)
    file = f"sagt-{pages.short(stored.report.id)}.{_ENDINGS.get(stored.report.format, 'bin')}"
    return Response(
        desk.store.payload_of(stored.report.id), media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{file}"', "Content-Security-Policy": "sandbox; default-src 'none'"},
    )  # fmt: skip


@router.get("/marks/{attributions}-{actors}.css")
def marks(
    attributions: Annotated[int, Path(ge=0, le=MOST_MARKS, multiple_of=STEP)],
    actors: Annotated[int, Path(ge=0, le=MOST_MARKS, multiple_of=STEP)],
) -> Response:
    """The style sheet that lights up what belongs together, for so many attributions and actors."""
    return Response(style(attributions, actors), media_type="text/css", headers={"Cache-Control": "private, max-age=3600"})
