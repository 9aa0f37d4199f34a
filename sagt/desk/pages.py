"""Pages: how a template becomes an answer, and in whose language and clock."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from sagt.desk import phrases
from sagt.desk.guard import local, unchanged
from sagt.desk.settings import Settings
from sagt.export import reasons
from sagt.export.clean import for_label
from sagt.export.moments import interval
from sagt.export.page import shown

router = APIRouter(include_in_schema=False)

#: Seconds from midnight to noon.
HALF_DAY = 43_200
#: Seconds that a choice of language, clock or light is kept: a year.
KEPT = 31_536_000
#: Characters of the text that stand for a title.
HEADLINE = 90
#: How a page may be lit; "auto" leaves it to the system.
LIGHTS = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class View:
    """How somebody sees pages."""

    language: str
    zone: str  #: IANA
    light: str

    @property
    def clock(self) -> ZoneInfo:
        """The reader's clock."""
        return ZoneInfo(self.zone)


# Templates, and the macros that they import, find it here; what Jinja passes on does not reach imported macros.
_VIEW: ContextVar[View] = ContextVar("view")


def view(request: Request) -> View:
    """The language, clock and light that a request asks for: by address, else by cookie, else by what the browser says it likes."""
    settings: Settings = request.app.state.settings
    language = next((code for code in (request.query_params.get("lang"), request.cookies.get("lang")) if code in phrases.LANGUAGES), None)
    zone = request.cookies.get("zone", "").replace("%2F", "/")
    light = request.cookies.get("light", "auto")
    return View(
        language or _liked(request.headers.get("accept-language", "")) or settings.language or phrases.LANGUAGES[0],
        zone if zone in _zones() else settings.zone,
        light if light in LIGHTS else "auto",
    )


def render(request: Request, name: str, status: int = 200, **context: object) -> HTMLResponse:
    """The template as an answer. It finds `request`, `view`, `user`, `csrf`, `here` (the address asked for) and what is given."""
    seen = view(request)
    token = _VIEW.set(seen)
    try:
        text = environment().get_template(name).render(
            request=request, view=seen, user=getattr(request.state, "user", None), csrf=getattr(request.state, "csrf", ""),
            here=here(request), settings=request.app.state.settings, **context,
        )  # fmt: skip
    finally:
        _VIEW.reset(token)
    answer = HTMLResponse(text, status, headers={"Vary": "Cookie, Accept-Language", "Content-Language": seen.language})
    if request.query_params.get("lang") == seen.language:
        keep(answer, "lang", seen.language, request)
    return answer


def keep(answer: Response, name: str, value: str, request: Request) -> None:
    """Let the browser keep a choice of the reader's."""
    answer.set_cookie(name, value, max_age=KEPT, samesite="lax", secure=request.app.state.settings.secure, path="/")


def say(request: Request, key: str, **values: object) -> str:
    """A phrase in the language of a request, for handlers."""
    return phrases.phrase(view(request).language, key, **values)


def here(request: Request) -> str:
    """The path and query asked for, to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def address(path: str, **query: object) -> str:
    """A path with a query of what is given; what is empty or None is left out."""
    pairs = [(name, str(value)) for name, value in query.items() if value not in (None, "", False)]
    return path + (f"?{urlencode(pairs)}" if pairs else "")


@cache
def asset(name: str) -> str:
    """The address of a file of ours, with its version, so that browsers keep it for good."""
    raw = files("sagt.desk").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={sha256(raw).hexdigest()[:10]}"


@cache
def environment() -> Environment:
    """Jinja with our templates, and with the macros of the page of a reading."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader("sagt.desk"), PackageLoader("sagt.export", "")]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {"t": _each_time(translate), "clock": _each_time(clock), "between": _each_time(between), "because": _each_time(because)}
    made.filters |= {"shown": shown, "label": for_label, "short": short, "headline": headline}
    made.globals |= {"address": address, "asset": asset, "languages": phrases.LANGUAGES, "lights": LIGHTS}
    return made


def _each_time(filter_: Callable[..., str]) -> Callable[..., str]:
    """A filter that Jinja must not work out once and for all, where its value stands in the template: it depends on the reader."""

    @pass_context
    def asked(_: Context, *values: Any, **more: Any) -> str:
        return filter_(*values, **more)

    return asked


# ---- filters --------------------------------------------------------------------------------------------------------------------------


def translate(key: str, **values: object) -> Markup:
    """The phrase for a key, in the reader's language, with its fields filled in; all is escaped but fields that are HTML already."""
    return escape(phrases.pattern(_VIEW.get().language, key, values.get("count"))).format(**values)


def because(reason: str, kind: str) -> str:
    """A reason that the engine gives, in the reader's words; `kind`: as in `reasons.in_words`."""
    return reasons.in_words(kind, reason, _VIEW.get().language)


def clock(value: str | float | datetime | None, original: str | None = None, brief: bool = False) -> Markup:
    """A moment in the reader's clock as a <time>, with the original clock beside it where that shows other hands.

    `value`: ISO 8601, seconds since 1970, or a datetime; a day alone stays a day, and what is no moment is shown as it stands.
    `original`: IANA name of the clock it was told in, where its own offset does not say. `brief`: the hour alone, on the day itself."""
    moment = _moment(value)
    if isinstance(value, str) and (moment is None or len(value) <= 10):
        return _day(value)
    if moment is None:
        return Markup("")
    seen = _VIEW.get()
    there = moment.astimezone(seen.clock)
    own = moment.astimezone(ZoneInfo(original)) if original in _zones() else moment
    # UTC is how moments are stored, not anybody's clock.
    told = own.utcoffset() != there.utcoffset() and (original is not None or own.utcoffset() != UTC.utcoffset(None))
    words = _words(there, seen.language, brief)
    beside = ""
    if told:
        hands = own.strftime("%H:%M") if own.date() == there.date() else _words(own, seen.language, False)
        place = original.rpartition("/")[2].replace("_", " ") if original else own.isoformat()[-6:]
        beside = f' <small class="clock">({hands} {escape(place)})</small>'
    return Markup(f'<time datetime="{there.isoformat(timespec="minutes")}" title="{there:%Y-%m-%d %H:%M %Z}">{words}</time>{beside}')


def headline(title: str | None, text: str) -> str:
    """The title of a report, on one line; where it has none, how its text begins."""
    told = for_label(title or "") or for_label(text[: 4 * HEADLINE])
    return told if title or len(told) <= HEADLINE else told[: told.rfind(" ", HEADLINE // 2, HEADLINE) + 1 or HEADLINE].rstrip() + " …"


def between(pair: tuple[float, float]) -> Markup:
    """A half-open interval, in seconds since 1970, in the reader's clock: whole days without hours."""
    from babel.dates import get_month_names

    seen = _VIEW.get()
    start, end = (datetime.fromtimestamp(moment, seen.clock) for moment in pair)
    if pair[1] > pair[0] and abs((pair[1] - pair[0] + HALF_DAY) % (2 * HALF_DAY) - HALF_DAY) <= 3600:
        # Whole days stay the days that they were called, whatever clock they were told in.
        first, last = (datetime.fromtimestamp(at, seen.clock).date() for at in (pair[0] + HALF_DAY, pair[1] - HALF_DAY))
        start, end = (datetime.combine(day, time(), seen.clock) for day in (first, last + timedelta(days=1)))
    months = list(get_month_names("abbreviated", locale=seen.language).values())
    words = interval(start, end, months, "." if seen.language == "da" else "")
    return Markup('<time datetime="{}">{}</time>').format(start.isoformat(timespec="minutes"), words)


def short(digest: str) -> str:
    """As much of a report's id as addresses need."""
    return digest.removeprefix("sha256:")[:12]


def _moment(value: str | float | datetime | None) -> datetime | None:
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        elif isinstance(value, int | float):
            value = datetime.fromtimestamp(value, UTC)
        if value is not None and value.tzinfo is None:
            value = value.replace(tzinfo=_VIEW.get().clock)
        return None if value is None else value.astimezone(value.tzinfo)
    except (ValueError, OverflowError, OSError):
        return None


def _day(value: str) -> Markup:
    try:
        told = date.fromisoformat(value)
    except ValueError:
        return Markup("<bdi>{}</bdi>").format(for_label(value))
    return Markup('<time datetime="{}">{}</time>').format(value, _date(told, _VIEW.get().language))


def _words(moment: datetime, language: str, brief: bool) -> str:
    hands = moment.strftime("%H.%M" if language == "da" else "%H:%M")
    if brief and moment.date() == datetime.now(moment.tzinfo).date():
        return hands
    return f"{_date(moment.date(), language)} {hands}"


def _date(told: date, language: str) -> str:
    from babel.dates import format_date

    return format_date(told, "d. MMM y" if language == "da" else "d MMM y", locale=language)


def _liked(header: str) -> str | None:
    """The language of ours that a browser likes best."""
    liked: list[tuple[float, int, str]] = []
    for number, part in enumerate(header.split(",")[:20]):
        code, _, more = part.strip().partition(";")
        try:
            weight = float(more.strip().removeprefix("q=") or 1) if more else 1.0
        except ValueError:
            weight = 0.0
        code = code.strip().lower().partition("-")[0]
        code = "da" if code in ("nb", "nn", "no") else code
        if code in phrases.LANGUAGES and weight > 0:
            liked.append((-weight, number, code))
    return min(liked)[2] if liked else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zones() -> list[str]:
    """The zones that people live in, by name."""
    return sorted(name for name in _zones() if "/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/")))


def form(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    """These parameters of the address, those that are given, trimmed and no longer than anybody means."""
    return {name: value[:500] for name in names if (value := request.query_params.get(name, "").strip())}


@router.get("/keys")
def keys(request: Request) -> HTMLResponse:
    """What keys do."""
    return render(request, "keys.html")


@router.get("/view")
def chosen(request: Request) -> HTMLResponse:
    """How pages are shown, to be chosen."""
    return _choices(request, local(request.query_params.get("next")), view(request).zone)


@router.post("/view")
def choose(
    request: Request, language: Annotated[str, Form()], zone: Annotated[str, Form()], light: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",
) -> Response:  # fmt: skip
    """Keep how this browser shows pages."""
    unchanged(request)
    if zone not in _zones() or language not in phrases.LANGUAGES or light not in LIGHTS:
        return _choices(request, local(next), zone, "view.bad_zone")
    answer = RedirectResponse(local(next), 303)
    for name, value in (("lang", language), ("zone", zone), ("light", light)):
        keep(answer, name, value, request)
    return answer


def _choices(request: Request, next: str, zone: str, problem: str | None = None) -> HTMLResponse:
    return render(request, "view.html", next=next, zone=zone, zones=zones(), problem=problem)
