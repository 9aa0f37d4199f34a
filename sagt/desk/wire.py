"""The wire: what came in, newest first. A search is a feed of its own, and its address is all there is to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from sagt import accounts, languages, shelf
from sagt.commands import day
from sagt.desk import pages
from sagt.desk.guard import needs
from sagt.desk.service import Desk
from sagt.errors import InputError
from sagt.ledger import Told
from sagt.search import Hit, Query, count, search, speakers
from sagt.standing import Standing
from sagt.store import Stored
from sagt.types import Act, SignalKind, Status

router = APIRouter(include_in_schema=False, dependencies=[Depends(needs("reader"))])

#: Parameters of a search, as they stand in an address.
FIELDS = ("q", "actor", "outlet", "agency", "act", "language", "standing", "status", "signal", "since", "until")
#: Items on a page, and lines of the ticker.
ITEMS, LINES = 25, 100
#: Reports whose claims are looked at to fill one page with those of a standing.
LOOKED_AT = 300
#: New items that are counted; more are "99+".
MOST_NEW = 99


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the wire, with the earlier takes of it that are folded under it."""

    hit: Hit
    speakers: tuple[str, ...]
    takes: tuple[Stored, ...]  #: older ones, newest first
    later: Stored | None  #: the newest take, where this is an older one
    story: str | None
    beside: int  #: reports of the story

    @property
    def is_read(self) -> bool:
        """Whether it has been read and put into a story."""
        return self.story is not None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the wire."""

    rows: tuple[Row, ...]
    newest: int  #: number of the newest report of it
    older: int | None  #: number that the next page goes on from


def query_of(form: Mapping[str, str], zone: tzinfo) -> Query:
    """The search that an address asks for. Raises InputError for a time that is none.

    `zone`: whose days `since` and `until` are."""

    def known(name: str, names: Iterable[str]) -> str | None:
        return form.get(name) if form.get(name) in set(names) else None

    return Query(
        words=form.get("q", ""), actor=form.get("actor"), outlet=form.get("outlet"), agency=form.get("agency"),
        act=known("act", Act), language=known("language", languages.CODES), status=known("status", Status),
        signal=known("signal", SignalKind), since=day(form.get("since"), "since", zone=zone),
        until=day(form.get("until"), "until", end=True, zone=zone), before=_number(form.get("before")), after=_number(form.get("after")),
    )  # fmt: skip


def standing_of(form: Mapping[str, str]) -> Standing | None:
    """The standing that an address asks for."""
    wanted = form.get("standing")
    return Standing(wanted) if wanted in set(Standing) else None


def found(desk: Desk, query: Query, standing: Standing | None, limit: int) -> list[Hit]:
    """The reports that fit, newest arrivals first; with a standing those that pass on a claim that stands so, among the newest ones."""
    if standing is None:
        return search(desk.store, query, limit)
    out: list[Hit] = []
    looked = 0
    while looked < LOOKED_AT and len(out) < limit and (hits := search(desk.store, query, 50)):
        seqs = with_standing(told_of(desk, [hit.seq for hit in hits]), standing)
        out += [hit for hit in hits if hit.seq in seqs]
        looked += len(hits)
        query = replace(query, before=hits[-1].seq)
    return out[:limit]


def told_of(desk: Desk, seqs: Iterable[int]) -> list[Told]:
    """The statements that these reports pass on."""
    with desk.store.reading() as connection:
        names = set(shelf.places(connection, seqs).values())
    return list(desk.ledger.statements(ids=names)) if names else []


def with_standing(told: Iterable[Told], standing: Standing) -> set[int]:
    """The numbers of the reports that pass on a claim that stands so."""
    return {item.seq for one in told if one.stands and one.stands.standing is standing for item in one.statement.reports}


def page(desk: Desk, query: Query, standing: Standing | None, limit: int) -> Page:
    """One page of the wire: items with their older takes folded under them."""
    hits = found(desk, query, standing, limit + 1)
    older = hits[limit - 1].seq if len(hits) > limit else None
    hits = hits[:limit]
    seqs = [hit.seq for hit in hits]
    chains = {seq: [one.stored for one in takes] for seq, takes in desk.store.chains(seqs).items()}
    with desk.store.reading() as connection:
        stories = shelf.stories_of(connection, seqs)
        sizes = shelf.sizes(connection, stories.values())
    names = speakers(desk.store, seqs)
    rows = [
        Row(
            hit,
            names.get(hit.seq, ()),
            *_folded(hit, chains.get(hit.seq, [])),
            stories.get(hit.seq),
            sizes.get(stories.get(hit.seq, ""), 0),
        )
        for hit in _foremost(hits, chains)
    ]
    return Page(tuple(rows), seqs[0] if seqs else 0, older)


def _foremost(hits: Sequence[Hit], chains: Mapping[int, Sequence[Stored]]) -> Iterable[Hit]:
    """The hits without those that have a newer take among them, each where the newest arrival of its item is."""
    there = {hit.seq: hit for hit in hits}
    shown: set[int] = set()
    for hit in hits:
        takes = [there[one.seq] for one in chains.get(hit.seq, []) if one.seq in there] or [hit]
        if takes[-1].seq not in shown:
            shown.add(takes[-1].seq)
            yield takes[-1]


def _folded(hit: Hit, chain: Sequence[Stored]) -> tuple[tuple[Stored, ...], Stored | None]:
    place = next((n for n, one in enumerate(chain) if one.seq == hit.seq), 0)
    return tuple(reversed(chain[:place])), chain[-1] if chain and chain[-1].seq != hit.seq else None


def _number(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 19 else None


# ---- routes ---------------------------------------------------------------------------------------------------------------------------


@router.get("/")
def wire(request: Request) -> HTMLResponse:
    """The wire, or one search of it."""
    desk: Desk = request.app.state.desk
    form = pages.form(request, (*FIELDS, "before"))
    ticker = request.query_params.get("view") == "ticker"
    newest = desk.mark().report  # looked at first: what comes in meanwhile is announced rather than missed
    problem = None
    try:
        query, standing, limit = query_of(form, pages.view(request).clock), standing_of(form), LINES if ticker else ITEMS
        # By the address rather than by the query: "7d" is another moment each time.
        key = "wire", tuple(form.items()), pages.view(request).zone, limit
        shown = desk.remembered(key, lambda: page(desk, query, standing, limit))
    except InputError:
        shown, problem = Page((), newest, None), "wire.bad_time"
    search_ = {name: form[name] for name in FIELDS if name in form}
    fields = dict.fromkeys((*FIELDS, "before"), "") | form
    return pages.render(
        request, "wire.html", 422 if problem else 200, page=shown, form=fields, search=search_, ticker=ticker, newest=newest,
        problem=problem, saved=accounts.searches(desk.store, request.state.user), acts=Act, standings=Standing, signals_=SignalKind,
        codes=sorted(languages.CODES),
    )  # fmt: skip


@router.get("/fresh")
def fresh(request: Request) -> HTMLResponse:
    """How many items came since the one with number `after`, as a line that leads to them; nothing if there are none."""
    form = pages.form(request, (*FIELDS, "after"))
    try:
        query = query_of(form, pages.view(request).clock)
        new = count(request.app.state.desk.store, query) if query.after is not None else 0
    except InputError:
        new = 0
    link = pages.address("/", **{name: form.get(name) for name in FIELDS}, view=request.query_params.get("view"))
    return pages.render(request, "fresh.html", new=new, most=MOST_NEW, link=link)


@router.post("/searches")
def save(
    request: Request, name: Annotated[str, Form(max_length=80)], query: Annotated[str, Form(max_length=2000)] = ""
) -> RedirectResponse:
    """Keep a search under a name."""
    accounts.save_search(request.app.state.desk.store, request.state.user, name.strip(), query)
    return RedirectResponse("/" + (f"?{query}" if query else ""), 303)


@router.post("/searches/drop")
def drop(request: Request, number: Annotated[int, Form()]) -> RedirectResponse:
    """Let go of a search that was kept."""
    accounts.drop_search(request.app.state.desk.store, request.state.user, number)
    return RedirectResponse("/", 303)
