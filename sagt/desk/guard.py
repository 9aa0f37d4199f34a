"""Who is let in, and to what: every request passes here before any route. What is not open by name takes somebody known.

Checked in this order: the host asked for, who asks, how often, whether that opens anything, and, for what may change something, that
our own page sent it. Then what was changed is written down."""

from __future__ import annotations

import getpass
import hmac
import inspect
import ipaddress
import math
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException as Refusal
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sagt import accounts
from sagt.accounts import Role, User
from sagt.desk.settings import Limits, Settings
from sagt.errors import SagtError
from sagt.languages import host_of
from sagt.store import Store

#: What anybody may ask for. `/metrics` checks by itself who asks.
OPEN = frozenset(("/login", "/login/start", "/login/back", "/health", "/ready", "/metrics", "/favicon.ico", "/robots.txt"))
OPEN_UNDER = ("/static/",)
#: What is not counted against anybody's limit.
UNCOUNTED = ("/static/", "/health", "/ready", "/metrics")
API = "/api/"
SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
#: Bytes of a form that a browser may send; whole files go to the API.
FORM_LIMIT = 5_000_000
#: Whom a limiter remembers.
MOST_KEYS = 10_000
#: Tries at the door, (at once, a minute): of one address at one name, of all at one name, of one address at all names.
TRIES = {"both": (5, 2), "name": (50, 10), "address": (20, 6)}
#: Seconds between two looks whether who listens to a stream is still let in.
LOOK = 15.0
_END: Message = {"type": "http.response.body", "body": b"", "more_body": False}
#: Signs by which a browser is known; a program that asks for itself has none of them.
_BROWSER = ("origin", "sec-fetch-site", "cookie", "referer")
#: Signs that somebody else passed a request on.
_PROXIED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
_RAW = re.compile(r"[A-Za-z0-9_-]{43}")


def install(app: FastAPI) -> None:
    """Let every request of the application pass here. It needs `app.state.desk` and `app.state.settings` when it is asked."""
    app.state.door = Door()
    app.add_middleware(_Guard, desk=app)


def needs(role: Role | str) -> Callable[[Request], User]:
    """A dependency: who asks, who must have this role at least. 401 if nobody is known, 403 if the role does not reach."""
    wanted = Role(role)

    def allowed(request: Request) -> User:
        user: User | None = getattr(request.state, "user", None)
        if user is None:
            raise _unknown(request)
        if not user.may(wanted):
            raise HTTPException(403, f"this takes the role {wanted}; yours is {user.role}")
        return user

    allowed.needs = wanted  # type: ignore[attr-defined]
    return allowed


def in_person(role: Role | str) -> Callable[[Request], User]:
    """A dependency like `needs`, for what no token may do: a stolen one must not make others, nor let its thief in for good."""
    known = needs(role)

    def allowed(request: Request) -> User:
        user = known(request)
        if user.token is not None:
            raise HTTPException(403, "a token can't do this: log in")
        return user

    allowed.needs = Role(role)  # type: ignore[attr-defined]
    return allowed


def may_listen(host: str, store: Store, settings: Settings | None = None) -> str | None:
    """Why the desk must not listen on that host, or None: beyond this machine only those whom it knows may ask."""
    reach = [host, *([urlsplit(settings.public_url).hostname or ""] if settings and settings.public_url else [])]
    wide = [name for name in reach if not is_loopback(name)]
    if not wide or (settings and settings.oidc and settings.accounts is not False):
        return None
    if settings and settings.accounts is False:
        return f"without accounts the desk listens on this machine only, not on {wide[0]}"
    if accounts.exist(store):
        return None
    return f"to be reached on {wide[0]} the desk needs accounts: make the first with `sagt users add NAME --role admin`"


def is_loopback(host: str) -> bool:
    """True for names and addresses of this machine that nobody else reaches."""
    name = host.strip("[]").lower()
    with suppress(ValueError):
        return ipaddress.ip_address(name).is_loopback
    return name in LOOPBACK


def local(path: str | None, otherwise: str = "/") -> str:
    """The path to go on to, if it is one of the desk's own; else `otherwise`. Never another site."""
    if not path or not re.match(r"/(?![/\\])[^\\\x00-\x20\x7f]*\Z", path) or len(path) > 2_000:
        return otherwise
    parts = urlsplit(path)
    return otherwise if parts.scheme or parts.netloc else path


def note(request: Request, what: str, target: object = "") -> None:
    """Write down, once the answer is there, that this was changed. What notes nothing is noted by its route."""
    request.state.notes.append((what, str(target)))


def unchanged(request: Request) -> None:
    """Say that this request changed nothing, though its method could have."""
    request.state.changes = False


def address_of(request: Request) -> str:
    """The address that a request came from, as far as the proxies that are believed tell."""
    return request.client.host if request.client else ""


def session_cookie(settings: Settings) -> str:
    """The name of the cookie of a session; with TLS one that no other host or path can set."""
    return "__Host-sagt" if settings.secure else "sagt"


def set_cookie(response: Response, settings: Settings, name: str, value: str, seconds: int | None = None) -> None:
    """A cookie that scripts can't read and other sites can't send."""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=settings.secure, httponly=True, samesite="lax")


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Let the browser forget a cookie."""
    response.delete_cookie(name, path="/", secure=settings.secure, httponly=True, samesite="lax")


# ---- how often ------------------------------------------------------------------------------------------------------------------------


class Buckets:
    """So many at once, so many a minute, for each of many keys. Threads may share it."""

    def __init__(self, burst: float, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.burst, self.pace, self.clock = float(burst), per_minute / 60, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """Take one; returns 0, or in how many seconds there is one again."""
        with self._lock:
            left = self._now(key)
            self._keep(key, left - 1 if left >= 1 else left)
        return 0.0 if left >= 1 else (1 - left) / self.pace

    def give_back(self, key: str) -> None:
        """Undo one `take`."""
        with self._lock:
            self._keep(key, min(self.burst, self._now(key) + 1))

    def _now(self, key: str) -> float:
        left, at = self._left.get(key, (self.burst, self.clock()))
        return min(self.burst, left + (self.clock() - at) * self.pace)

    def _keep(self, key: str, left: float) -> None:
        self._left[key] = (left, self.clock())
        self._left.move_to_end(key)
        if len(self._left) > MOST_KEYS:
            self._left.popitem(last=False)


class Door:
    """How often somebody may try to enter."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = {kind: Buckets(burst, pace, clock) for kind, (burst, pace) in TRIES.items()}

    def knock(self, name: str, address: str) -> float:
        """Count a try; returns 0, or in how many seconds the next may be made."""
        waits = {kind: self._buckets[kind].take(key) for kind, key in _keys(name, address).items()}
        if longest := max(waits.values()):
            self._undo({kind for kind, wait in waits.items() if not wait}, name, address)
        return longest

    def opened(self, name: str, address: str) -> None:
        """A try that succeeded does not count."""
        self._undo(set(TRIES), name, address)

    def _undo(self, kinds: set[str], name: str, address: str) -> None:
        for kind in kinds:
            self._buckets[kind].give_back(_keys(name, address)[kind])


def _keys(name: str, address: str) -> dict[str, str]:
    name, place = accounts.folded(name)[: accounts.LONGEST_NAME], _place(address)
    return {"both": f"{place} {name}", "name": name, "address": place}


def _place(address: str) -> str:
    """Where somebody is: of IPv6 the network, since a household has billions of addresses."""
    with suppress(ValueError):
        ip = ipaddress.ip_address(address.partition("%")[0])
        return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)
    return address


# ---- every request --------------------------------------------------------------------------------------------------------------------


class _Guard:
    def __init__(self, app: ASGIApp, desk: FastAPI) -> None:
        self.app, self.desk = app, desk
        self._buckets: Buckets | None = None
        self._limits: Limits | None = None
        self._known = False  # whether the store has accounts: once true, always

    @property
    def settings(self) -> Settings:
        found: Settings = self.desk.state.settings
        return found

    @property
    def store(self) -> Store:
        found: Store = self.desk.state.desk.store
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        request.state.user, request.state.csrf, request.state.notes, request.state.changes = None, "", [], True
        fresh, touched = None, False
        try:
            self._check_host(request)
            touched = await run_in_threadpool(self._recognise, request)
            fresh = self._bind(request)
            self._count(request)
            self._check_known(request)
            receive = await self._check_own(request, receive)
        except Refusal as refusal:
            answer = await _answer(self.desk, request, refusal)
            await answer(scope, receive, self._closing(request, fresh, send))
            return
        await self.app(scope, receive, self._closing(request, fresh, send))
        if touched:
            # After the answer: the writer's turn may be long in coming.
            with suppress(SagtError):
                await run_in_threadpool(accounts.touch, self.store, request.state.user)

    def _check_host(self, request: Request) -> None:
        """Against names of other sites that are made to lead here (DNS rebinding)."""
        settings = self.settings
        host = _hostname(request.headers.get("host", ""))
        public = urlsplit(settings.public_url or "").hostname
        wide = not is_loopback(settings.host) and public is None
        if not (wide or host in LOOPBACK or host in (public, settings.host.strip("[]").lower())):
            raise HTTPException(421, f"the desk is not {host[:100]!r}; open {settings.address}, or set its public address to that name")

    def _recognise(self, request: Request) -> bool:
        """Find out who asks; returns whether that should be written down."""
        found: tuple[User, bool] | None = None
        try:
            if token := _bearer(request):
                found = accounts.of_token(self.store, token)
                if found is None:
                    raise HTTPException(
                        401, "the token is unknown, expired or revoked", {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                    )
            elif self._accounts_needed():
                found = accounts.of_session(self.store, request.cookies.get(session_cookie(self.settings), ""))
            elif is_near(request):
                found = accounts.local(_system_user()), False
        except SagtError:
            if not _is_open(request.url.path):
                raise HTTPException(503, "the store does not answer", {"Retry-After": "10"}) from None
        request.state.user = found[0] if found else None
        return bool(found and found[1])

    def _still_known(self, request: Request) -> bool:
        """Whether who was let in would be let in now."""
        user: User | None = request.state.user
        with suppress(SagtError):
            if user and user.token:
                return accounts.of_token(self.store, _bearer(request)) is not None
            if user and user.session:
                return accounts.of_session(self.store, request.cookies.get(session_cookie(self.settings), "")) is not None
        return True

    def _accounts_needed(self) -> bool:
        settings = self.settings
        public = urlsplit(settings.public_url or "").hostname or settings.host
        if settings.accounts or settings.oidc or not is_loopback(settings.host) or not is_loopback(public):
            return True
        self._known = self._known or (settings.accounts is None and accounts.exist(self.store))
        return self._known

    def _bind(self, request: Request) -> str | None:
        """Bind a token for forms to the session, or to the browser where there is none; returns a new mark for a browser without one."""
        user: User | None = request.state.user
        raw = request.cookies.get(session_cookie(self.settings), "") if user and user.session else request.cookies.get(self._visit, "")
        fresh = None if _RAW.fullmatch(raw) else secrets.token_urlsafe(32)
        request.state.csrf = hmac.digest((fresh or raw).encode(), b"sagt form", "sha256").hex()
        return fresh

    @property
    def _visit(self) -> str:
        return session_cookie(self.settings) + "-visit"

    def _count(self, request: Request) -> None:
        user: User | None = request.state.user
        limits = self.settings.limits
        if limits is None or (user and user.account is None) or request.url.path.startswith(UNCOUNTED):
            return
        if self._buckets is None or limits != self._limits:
            self._buckets, self._limits = Buckets(limits.burst, limits.per_minute), limits
        wait = self._buckets.take(f"account {user.account}" if user else f"address {_place(address_of(request))}")
        if wait:
            raise HTTPException(429, "too many requests; wait a moment", {"Retry-After": str(math.ceil(wait))})

    def _check_known(self, request: Request) -> None:
        if request.state.user is None and not _is_open(request.url.path):
            raise _unknown(request)

    async def _check_own(self, request: Request, receive: Receive) -> Receive:
        """That a page of ours sent what may change something; returns from where the body is to be read."""
        user: User | None = request.state.user
        if request.method in SAFE or (user and user.token):
            return receive
        if request.url.path.startswith(API) and user and user.account is None and not any(name in request.headers for name in _BROWSER):
            return receive
        self._check_origin(request)
        given = request.headers.get("x-csrf-token")
        if given is None:
            given, receive = await _token_of_form(request, receive)
        if not hmac.compare_digest(given.encode(), request.state.csrf.encode()):
            raise HTTPException(403, "the form is not from this page, or too old: go back, load the page again and send it once more")
        return receive

    def _check_origin(self, request: Request) -> None:
        origin, fetched = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        settings = self.settings
        if origin is not None:
            own = {request.headers.get("host", ""), urlsplit(settings.address).netloc}
            scheme, _, netloc = origin.partition("://")
            good = netloc in own and (not settings.secure or scheme == "https" or is_loopback(host_of(origin)))
        else:
            good = fetched in (None, "same-origin", "none")
        if not good:
            raise HTTPException(403, "another site sent this; the desk takes changes from its own pages only")

    def _closing(self, request: Request, fresh: str | None, send: Send) -> Send:
        """What goes out: with the browser's mark, after what was changed is written down, and no longer than its reader is let in."""
        looked, ended = time.monotonic(), False

        async def out(message: Message) -> None:
            nonlocal looked, ended
            if ended:
                return
            if message.get("more_body") and time.monotonic() - looked > LOOK:
                ended = not await run_in_threadpool(self._still_known, request)
                message, looked = _END if ended else message, time.monotonic()
            if message["type"] == "http.response.start":
                if request.state.notes or (request.method not in SAFE and request.state.changes and message["status"] < 400):
                    await run_in_threadpool(self._write_down, request)
                headers = MutableHeaders(scope=message)
                if fresh and headers.get("content-type", "").startswith("text/html"):
                    mark = Response()
                    set_cookie(mark, self.settings, self._visit, fresh)
                    headers.append("set-cookie", mark.headers["set-cookie"])
            await send(message)

        return out

    def _write_down(self, request: Request) -> None:
        user: User | None = request.state.user
        path = request.url.path
        notes = request.state.notes or [(f"{request.method} {getattr(request.scope.get('route'), 'path', path)}", path)]
        for what, target in notes:
            accounts.note(self.store, user.name if user else "", what, target, address_of(request))


def _bearer(request: Request) -> str:
    kind, _, raw = request.headers.get("authorization", "").partition(" ")
    return raw.strip() or "-" if kind.lower() == "bearer" else ""


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_UNDER)


def _unknown(request: Request) -> HTTPException:
    """Pages lead to the door; programs are told."""
    if "hx-request" in request.headers:
        return HTTPException(401, "log in first", {"HX-Redirect": "/login"})
    if request.method in ("GET", "HEAD") and not request.url.path.startswith(API) and "text/html" in request.headers.get("accept", ""):
        there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return HTTPException(303, "log in first", {"Location": "/login" if there == "/" else f"/login?next={quote(there, safe='')}"})
    return HTTPException(401, "log in first, or send a token", {"WWW-Authenticate": "Bearer"})


async def _answer(app: FastAPI, request: Request, refusal: Refusal) -> Response:
    """A refusal as the application shows its own."""
    if refusal.status_code == 303:
        return Response(status_code=303, headers=refusal.headers)
    handler: Any = app.exception_handlers.get(Refusal) or app.exception_handlers.get(HTTPException) or http_exception_handler
    answer: Any = handler(request, refusal)
    return await answer if inspect.isawaitable(answer) else answer  # type: ignore[no-any-return]


async def _token_of_form(request: Request, receive: Receive) -> tuple[str, Receive]:
    """The token that a form carries, and a way to read its body again."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return "", receive
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise HTTPException(413, f"a form holds at most {FORM_LIMIT:,} bytes; send larger files to the API, or use `sagt add`")
    form = await Request(request.scope, _again(bytes(body), receive)).form()
    found = form.get("csrf")
    await form.close()
    return found if isinstance(found, str) else "", _again(bytes(body), receive)


def _again(body: bytes, receive: Receive) -> Receive:
    told = False

    async def read() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return read


def _hostname(header: str) -> str:
    with suppress(ValueError):
        return (urlsplit(f"//{header}").hostname or "").rstrip(".").lower()
    return ""


def is_near(request: Request) -> bool:
    """True for what comes from this machine and was not passed on by a proxy; what has no address comes by a socket of it."""
    if any(name in request.headers for name in _PROXIED):
        return False
    try:
        return ipaddress.ip_address(address_of(request).partition("%")[0]).is_loopback
    except ValueError:
        return True


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"
