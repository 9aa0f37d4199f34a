"""The board: stories, claims, statements, actors, what is due, what could not be read, what is watched; and judging what the machine made
of it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sagt import opml, schema, shelf
from sagt.accounts import User
from sagt.commands import health, seconds
from sagt.desk import graphs, guard, pages, phrases, views
from sagt.desk.guard import needs
from sagt.desk.service import Desk, Mark
from sagt.desk.views import Board, Pair, Since
from sagt.errors import InputError
from sagt.export import calendar
from sagt.ledger import Story, Told, is_promise
from sagt.origins import Member
from sagt.passages import Stance
from sagt.promises import Outcome, Proposal
from sagt.search import Query, search
from sagt.store import Source
from sagt.watch import PACE, kind_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(needs("reader"))])
Editor = Annotated[User, Depends(needs("editor"))]
Text = Annotated[str, Form()]

#: Stories on a page, statements of an actor on one, promises on each side of the present moment.
STORIES, STATEMENTS, PROMISES = 30, 50, 100
#: Days back in which promises are looked for whose time has passed; if there are none, further.
PAST = (30, 365, 36_500)
#: Pairs of passages that a page explains.
PAIRS = 100
#: Reports that could not be read or linked, of which a page tells.
MOST_FAILED = 100
#: Seconds that a board, a tally of a story and what is due hold, as far as nothing comes to them and nobody judges; and how old they may
#: be while they are made anew. Other stories may bring more to their claims, and times pass.
BOARD_FOR, TALLY_FOR, DUE_FOR = (60.0, 600.0), (600.0, 3600.0), (300.0, 3600.0)
#: Characters of a note.
LONGEST_NOTE = 500
#: Pages that tell what was judged when one comes back to them.
_TELLING = ("/stories/", "/claims/", "/statements/", "/actors/", "/due")


def make_ready(desk: Desk) -> None:
    """Make, behind whoever asks for something, what would take the first who asks for it a second or two."""

    def ready() -> None:
        judged = desk.mark().judgement
        for one in desk.ledger.stories(limit=STORIES):
            if desk.closing.is_set():
                return
            _tally(desk, one, judged)
        _due(desk)

    desk.behind.submit(ready)


# ---- stories --------------------------------------------------------------------------------------------------------------------------


@router.get("/stories")
def stories(request: Request, after: str = "") -> HTMLResponse:
    """The stories, the one with the newest report first."""
    desk: Desk = request.app.state.desk
    found = desk.ledger.stories(limit=STORIES + 1, after=_place(after))
    judged = desk.mark().judgement
    rows = [(one, _tally(desk, one, judged)) for one in found[:STORIES]]
    last = found[STORIES - 1] if len(found) > STORIES else None
    return pages.render(request, "stories.html", rows=rows, older=_written_place(last.last, last.id) if last else None, after=after)


def _tally(desk: Desk, of: Story, judged: int) -> views.Tally:
    """What a list tells of a story. `judged`: the last judgement."""
    return desk.tallies.get(of.id, lambda: _told_tally(desk, of.id), (len(of.reports), judged), *TALLY_FOR)


def _told_tally(desk: Desk, name: str) -> views.Tally:
    return views.tally(views.cards(_whole(desk, list(desk.ledger.statements(story=name)))))


def _whole(desk: Desk, told: list[Told], at: float | None = None) -> list[Told]:
    """With what other stories have of the same claims: on how many origins a claim rests is told by all that is said to it."""
    there = {t.statement.id for t in told}
    rest = {row.statement for t in told if t.stands for row in t.stands.rows} - there
    more = desk.ledger.statements(ids=rest, at=at) if rest else ()
    return sorted((*told, *more), key=lambda t: (t.statement.first.item.at, t.statement.id))


@router.get("/stories/{name}")
def story(request: Request, name: str, at: str = "", since: str = "", show: str = "") -> Response:
    """The board of a story: now, or as it was known at a moment. The id of one that was merged leads to the one it is part of."""
    desk: Desk = request.app.state.desk
    with desk.store.reading() as connection:
        lead = shelf.lead(connection, name)
        parts, reports = shelf.merged_into(connection, lead), shelf.newest_plots(connection, 1, name=lead)
    if lead != name:
        return RedirectResponse(f"/stories/{lead}" + (f"?{request.url.query}" if request.url.query else ""), 302)
    view, mark, now = pages.view(request), desk.mark(), time.time()
    when = _moment(request, at)
    state = _state(desk, name, mark)
    whole = _board(desk, name, None, state)
    shown = whole if when is None else _board(desk, name, when, state)
    looks = views.looks(request.cookies.get("looked", ""))
    look = views.looked_at(looks.get(name), mark.linked, now)
    known = _since(request, since) or (Since(seq=look.base, when=look.when) if name in looks else None)

    def say(key: str) -> str:
        return phrases.phrase(view.language, key)

    members = [m for c in shown.cards for t in c.told for m in t.statement.members]
    judged, there = desk.ledger.judgements(), set(shown.story.reports)
    mends = when is None and request.state.user.may("editor")
    answer = pages.render(
        request, "story.html", due=views.due, board=shown, at=when, since=since, show=show, state=_written(state),
        news=views.news(shown.cards, known) if known and when is None else None,
        line=views.timeline(shown, view.clock, say, when or now),
        judged=[*views.of_story(judged, shown.story, parts), *views.of_places(judged, members)], mends=mends,
        reports=sorted((one for one in reports if one.id in there), key=lambda one: (one.at, one.id)),
        near=desk.remembered(("near", name), lambda: desk.ledger.near_stories(name)) if mends else [],
        before=max((m for m in whole.moments if when is not None and m < when), default=None),
        after=min((m for m in whole.moments if when is not None and m > when), default=None), moments=whole.moments,
    )  # fmt: skip
    if when is None and not since:
        _keep_looks(request, answer, looks | {name: look})
    return answer


@router.get("/stories/{name}/fresh")
def fresh(request: Request, name: str, after: str = "") -> HTMLResponse:
    """A link to the board as it is now, if a report came to it or somebody judged since `after`; else nothing."""
    desk: Desk = request.app.state.desk
    now = _written(_state(desk, name, desk.mark()))
    return pages.render(request, "turned.html", link=f"/stories/{name}" if now != after else "")


def _state(desk: Desk, name: str, mark: Mark) -> tuple[int, int]:
    """What makes a board another one: the reports of the story, and the last judgement."""
    about = desk.ledger.stories(name=name)
    if not about:
        raise InputError(f"no story {name}")
    return len(about[0].reports), mark.judgement


def _written(state: tuple[int, int]) -> str:
    return f"{state[0]}.{state[1]}"


@router.post("/stories/{name}/seen")
def seen(request: Request, name: str) -> RedirectResponse:
    """Take all that is on the board as seen."""
    guard.unchanged(request)  # nothing but the reader's own cookie
    desk: Desk = request.app.state.desk
    answer = RedirectResponse(pages.address(f"/stories/{name}"), 303)
    here = views.Look(desk.mark().linked, desk.mark().linked, int(time.time()), int(time.time()))
    _keep_looks(request, answer, views.looks(request.cookies.get("looked", "")) | {name: here})
    return answer


def _board(desk: Desk, name: str, at: float | None, state: tuple[int, int]) -> Board:
    """A story's board, as it was known at a moment."""
    return desk.boards.get((name, at), lambda: _told_board(desk, name, at), state, *BOARD_FOR)


def _told_board(desk: Desk, name: str, at: float | None) -> Board:
    ledger = desk.ledger
    told = list(ledger.statements(story=name, at=at))
    promised = [one for one in told if is_promise(one.statement)]
    asked = [one for one in told if one.statement.stance is Stance.OPEN]
    about = (ledger.stories(at=at, name=name) or [replace(one, reports=(), outlets=(), languages=()) for one in ledger.stories(name=name)])[
        0
    ]
    return views.board(
        about, _whole(desk, told, at), list(zip(promised, ledger.outcomes([t.statement for t in promised], at), strict=True)),
        list(zip(asked, ledger.answers([t.statement for t in asked], at), strict=True)),
    )  # fmt: skip


def _keep_looks(request: Request, answer: Response, looks: dict[str, views.Look]) -> None:
    secure = request.app.state.settings.secure
    answer.set_cookie("looked", views.written(looks), max_age=pages.KEPT, path="/stories", httponly=True, samesite="lax", secure=secure)


# ---- a claim, a statement -------------------------------------------------------------------------------------------------------------


@router.get("/claims/{name}")
def claim(request: Request, name: str, at: str = "") -> HTMLResponse:
    """A claim: who says what to it, the hands it went through, how it stood when."""
    desk: Desk = request.app.state.desk
    when = _moment(request, at)
    found = desk.ledger.claim(name, when)
    statements = [t.statement for t in found.told]
    members = [m for one in statements for m in one.members]
    return pages.render(
        request, "claim.html", due=views.due, claim=found, card=views.card(found.told), at=when, graph=graphs.hands(statements),
        rows=views.passages(statements), quotations=[q for one in statements for q in views.quoted(one)],
        judged=views.of_places(desk.ledger.judgements(), members), by_id={one.id: one for one in statements},
        stories=_stories_of(desk, members), differences=list(views.differences(views.card(found.told))),
    )  # fmt: skip


@router.get("/statements/at/{report}/{attribution}")
def statement_at(request: Request, report: str, attribution: str) -> RedirectResponse:
    """To the statement that an attribution of a report is in now, or to the report if it is in none."""
    found = request.app.state.desk.ledger.statement_at(report, attribution)
    path = f"/statements/{found}" if found else f"/reports/{pages.short(report)}"
    return RedirectResponse(path + (f"?{request.url.query}" if request.url.query else ""), 302)


@router.get("/statements/{name}")
def statement(request: Request, name: str, at: str = "") -> HTMLResponse:
    """A statement: every report that passes it on, its quotations word by word, and why it is one."""
    desk: Desk = request.app.state.desk
    when = _moment(request, at)
    told = desk.ledger.statement(name, when)
    one = told.statement
    return pages.render(
        request, "statement.html", due=views.due, told=told, one=one, at=when, graph=graphs.hands([one]), rows=views.passages([one]),
        quotations=views.quoted(one), near=desk.ledger.near(name) if when is None else [],
        outcome=desk.ledger.outcome(one, when) if is_promise(one) else None,
        answer=desk.ledger.answers([one], when)[0] if one.stance is Stance.OPEN else None, is_question=one.stance is Stance.OPEN,
        judged=views.of_places(desk.ledger.judgements(), one.members), stories=_stories_of(desk, one.members),
    )  # fmt: skip


@router.get("/{kind}/{name}/why")
def why(request: Request, kind: Literal["statements", "claims"], name: str) -> HTMLResponse:
    """Why a statement or a claim is one: the pairs of passages that join it, the likeliest first, with what was compared."""
    ledger = request.app.state.desk.ledger
    about = ledger.statement(name).statement.claim if kind == "statements" else ledger.claim(name).id
    rows = sorted(ledger.why(name if kind == "statements" else about), key=lambda one: -one.likelihood)
    return pages.render(
        request, "why.html", rows=rows[:PAIRS], more=len(rows) > PAIRS, kind=kind, path=f"/{kind}/{name}", sides=views.sides,
        feature=views.feature,
    )  # fmt: skip


def _stories_of(desk: Desk, members: Iterable[Member]) -> list[Story]:
    names = desk.ledger.stories_of({m.item.seq for m in members})
    return [one for name in names for one in desk.ledger.stories(name=name)]


# ---- an actor -------------------------------------------------------------------------------------------------------------------------


@router.get("/actors/{name:path}")
def actor(request: Request, name: str, id: str = "", at: str = "", before: str = "") -> Response:
    """What somebody said, by claim, the newest first, how it changed, and what they promised. `id`: one of several who are called so;
    `before`: what they said before the statement (time, id)."""
    desk: Desk = request.app.state.desk
    ledger, when = desk.ledger, _moment(request, at)
    told = ledger.said_by(name, STATEMENTS + 1, when, _place(before))
    older, told = told[1] if len(told) > STATEMENTS else None, told[-STATEMENTS:]
    people = list(dict.fromkeys(t.statement.actor for t in told if t.statement.actor))
    # Whoever is on the page is shown with all that they said to the same claims, else nobody would see how it changed.
    told = [t for t in _whole(desk, told, when) if t.statement.actor in people]
    told = [t for t in told if not id or (t.statement.actor and t.statement.actor.id == id)]
    if not told and not id and not before and when is None and search(ledger.store, Query(actor=name), 1):
        # Named in a report whose statements are somebody's by another name, or are not put together yet.
        return RedirectResponse(pages.address("/", actor=name), 302)
    if not told:
        raise InputError(f"nothing by {name} is stored")
    promised = [t for t in told if is_promise(t.statement)]
    outcomes = ledger.outcomes([t.statement for t in promised], when)
    return pages.render(
        request, "actor.html", due=views.due, called=name, id=id, at=when, people=people, told=told, courses=views.courses(told),
        promises=views.by_outcome(zip(promised, outcomes, strict=True)), before=before,
        older=_written_place(older.statement.first.item.at, older.statement.id) if older else None,
    )  # fmt: skip


# ---- what is due ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """What is promised around the present moment, and what is asked."""

    promises: tuple[Pair, ...]
    questions: tuple[tuple[Told, Proposal | None], ...]


@router.get("/due")
def due(request: Request, outcome: str = "") -> HTMLResponse:
    """Promises by date and what became of them, and what reports say is not known."""
    desk: Desk = request.app.state.desk
    found = _due(desk)
    groups = [(kind, rows) for kind, rows in views.by_outcome(found.promises) if not outcome or kind.value == outcome]
    if outcome and outcome not in {kind.value for kind in Outcome}:
        raise HTTPException(422, f"there is no outcome {outcome}; there are {', '.join(kind.value for kind in Outcome)}")
    return pages.render(
        request, "due.html", due=views.due, groups=groups, questions=found.questions, outcome=outcome, outcomes=list(views.DUE_ORDER)
    )


@router.get("/due.ics")
def due_calendar(request: Request, story: str = "") -> Response:
    """What is still to come, or overdue, as a calendar; `story`: of one story."""
    desk: Desk = request.app.state.desk
    rows = list(desk.ledger.promises(story=story)) if story else _due(desk).promises
    open_ = [t.statement for t, found in rows if found.outcome in (Outcome.UPCOMING, Outcome.DUE, Outcome.OVERDUE)]
    return _file(calendar.write(open_), "text/calendar; charset=utf-8", f"sagt-{_safe(story) or 'due'}.ics")


def _due(desk: Desk) -> Due:
    """Minutes old, but for what people judge: else every report that comes would have all promises told anew."""
    return desk.boards.get("due", lambda: _told_due(desk), desk.mark().judgement, *DUE_FOR)


def _told_due(desk: Desk) -> Due:
    now = time.time()
    past: list[Pair] = []
    for days in PAST:
        past = past or desk.ledger.expected(now - days * 86400.0, now, PROMISES)
    coming = desk.ledger.expected(now, now + PAST[-1] * 86400.0, PROMISES)
    return Due((*past, *coming), tuple(desk.ledger.asked(PROMISES)))


# ---- judging --------------------------------------------------------------------------------------------------------------------------


@router.get("/judgements")
def judgements(request: Request, by: str = "") -> HTMLResponse:
    """The judgements that count, newest first; `by`: those of one person."""
    rows = [one for one in request.app.state.desk.ledger.judgements() if not by or one.by == by]
    return pages.render(request, "judgements.html", rows=rows[::-1], by=by)


@router.post("/judgements")
def judge(request: Request, user: Editor, kind: Text, target: Annotated[list[str], Form()], verdict: Text = "", note: Text = "",
          next: Text = "/") -> RedirectResponse:  # fmt: skip
    """Add a judgement in the name of who asks, and go back."""
    names = [_named(one) for one in target if one.strip()]
    number = request.app.state.desk.ledger.judge(kind, verdict, names, user.name, " ".join(note.split())[:LONGEST_NOTE] or None)
    guard.note(request, f"judged {kind}", number)
    return RedirectResponse(_telling(guard.local(next), judged=number), 303)


@router.post("/judgements/{number}/undo")
def undo(request: Request, user: Editor, number: int, next: Text = "/judgements") -> RedirectResponse:
    """Undo a judgement, by a row of its own, and go back."""
    request.app.state.desk.ledger.undo(number, user.name)
    guard.note(request, "undid judgement", number)
    return RedirectResponse(_telling(guard.local(next, "/judgements"), undone=number), 303)


def _named(target: str) -> str:
    """An id, or the one at the end of an address of ours that somebody copied."""
    name = target.strip()
    return name.split("?")[0].split("#")[0].rstrip("/").rpartition("/")[2] if "/" in name else name


def _telling(path: str, **what: int) -> str:
    """A path of ours with what was just done; only pages that tell it get it."""
    bare, hash_, part = path.partition("#")
    if not bare.startswith(_TELLING):
        return path
    address, _, query = bare.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not pair.startswith(("judged=", "undone=")))
    return pages.address(address, **what) + (f"&{kept}" if kept else "") + hash_ + part


# ---- faults ---------------------------------------------------------------------------------------------------------------------------


@router.get("/faults")
def faults(request: Request) -> HTMLResponse:
    """What is kept and could not be read, and what to do about it."""
    store = request.app.state.desk.store
    return pages.render(request, "faults.html", rows=store.held()[::-1], failed=store.failed(MOST_FAILED))


@router.post("/faults/retry")
def retry(request: Request, _: Editor) -> RedirectResponse:
    """Try once more to read what could not be read: another version of sagt may."""
    desk: Desk = request.app.state.desk
    added = desk.ledger.take_in(again=True)
    desk.add(())  # so that what can be read now is read
    guard.note(request, "retried faults", len(added))
    return RedirectResponse(pages.address("/faults", tried=len([one for one in added if one.outcome == "stored"]) or "none"), 303)


@router.get("/faults/{digest}")
def fault(request: Request, digest: str) -> Response:
    """A payload that could not be read, as it came."""
    store = request.app.state.desk.store
    held = next((one for one in store.held() if one.digest.removeprefix("sha256:").startswith(digest) and len(digest) >= 12), None)
    if held is None:
        raise HTTPException(404)
    return _file(store.payload_of(held.digest), "application/octet-stream", f"{pages.short(held.digest)}.bin")


# ---- feeds ----------------------------------------------------------------------------------------------------------------------------


@router.get("/feeds")
def feeds(request: Request) -> HTMLResponse:
    """What is watched, and how it stands with it."""
    rows = [(one, health(one)) for one in request.app.state.desk.store.sources()]
    return pages.render(request, "feeds.html", rows=sorted(rows, key=lambda row: (row[1] == "well", row[0].address)))


@router.get("/feeds.opml")
def feeds_opml(request: Request) -> Response:
    """The feeds that are watched, as OPML."""
    found = (opml.Outline(s.address, s.title, s.section, s.language) for s in request.app.state.desk.store.sources() if s.kind == "feed")
    return _file(opml.write(found), "text/x-opml; charset=utf-8", "sagt-feeds.opml")


@router.post("/feeds")
def watch(request: Request, _: Editor, address: Text, title: Text = "", outlet: Text = "") -> RedirectResponse:
    """Watch a feed. Folders and queues of this machine are for its command line."""
    store = request.app.state.desk.store
    if "://" not in address:
        raise InputError("give the address of a feed, with http:// or https://")
    kind, where = kind_of(address.strip())
    if any(one.address == where for one in store.sources()):
        raise InputError(f"{where} is watched already")
    store.put_source(Source(where, kind, schema.now(), PACE[kind], title=title.strip()[:200] or None, outlet=outlet.strip()[:200] or None))
    guard.note(request, "watches", where)
    return RedirectResponse("/feeds", 303)


@router.post("/feeds/ask")
def ask_again(request: Request, _: Editor, address: Text) -> RedirectResponse:
    """Ask a source again at once that failed, or was gone."""
    store = request.app.state.desk.store
    store.put_source(replace(_source(request, address), wait_until=None, failures=0, gone=0))
    guard.note(request, "asks again", address)
    return RedirectResponse("/feeds", 303)


@router.post("/feeds/drop")
def drop(request: Request, _: Editor, address: Text) -> RedirectResponse:
    """Watch a source no longer; its reports stay."""
    request.app.state.desk.store.drop_source(address)
    guard.note(request, "watches no longer", address)
    return RedirectResponse("/feeds", 303)


def _source(request: Request, address: str) -> Source:
    for one in request.app.state.desk.store.sources():
        if one.address == address:
            found: Source = one
            return found
    raise InputError(f"{address} is not watched")


# ---- small things ---------------------------------------------------------------------------------------------------------------------


def _moment(request: Request, words: str) -> float | None:
    """The moment that a page is asked to go back to, in the reader's clock; a day is its end. 422 for what is none."""
    if not words.strip():
        return None
    if re.fullmatch(r"\d{9,11}(\.\d{1,6})?", words):  # as our own links to moments of the record have it
        return float(words)
    try:
        return seconds(words.strip(), "at", zone=pages.view(request).clock)
    except InputError:
        raise HTTPException(422, pages.say(request, "story.bad_time")) from None


def _since(request: Request, words: str) -> Since | None:
    """What somebody knows, by the address: a moment, or the number of the last report that they saw."""
    if words.isdigit() and len(words) <= 8:
        return Since(seq=int(words))
    when = _moment(request, words)
    return None if when is None else Since(at=when, when=when)


def _written_place(at: float, name: str) -> str:
    """A place in a list, as an address has it."""
    return f"{at!r},{name}"


def _place(words: str) -> tuple[float, str] | None:
    last, _, name = words.partition(",")
    try:
        return (float(last), name) if words else None
    except ValueError:
        raise HTTPException(422, "this page of the list can't be found; begin at its first") from None


def _file(content: str | bytes, media: str, name: str) -> Response:
    return Response(content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _safe(name: str) -> str:
    return "".join(c for c in name if c.isascii() and c.isalnum())[:40]
