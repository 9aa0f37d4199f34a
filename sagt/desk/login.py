"""Entering and leaving, what is one's own, and, for admins, the others' accounts and the audit log.

A form that comes back with what was wrong in it is a page like any other: its status is 200, and browsers report no failure."""

from __future__ import annotations

import hmac
import math
from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from sagt import accounts
from sagt.accounts import Account, Refused, Role, Scope, User
from sagt.desk import guard, oidc, pages
from sagt.desk.guard import in_person
from sagt.desk.settings import Settings
from sagt.store import Store

router = APIRouter(include_in_schema=False)

#: Days that a token may be asked to live.
DAYS = (1, 7, 30, 90, 180, 365)
#: Notes on a page of the audit log.
NOTES = 100

#: By what browsers and systems are known in what they call themselves; the first that is found counts, since most claim to be others, too.
_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Vivaldi": "Vivaldi", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS X": "macOS", "Linux": "Linux"}

Own = Annotated[User, Depends(in_person("reader"))]
Admin = Annotated[User, Depends(in_person("admin"))]
Field = Annotated[str, Form(max_length=2_000)]


def _store(request: Request) -> Store:
    store: Store = request.app.state.desk.store
    return store


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)


# ---- entering -------------------------------------------------------------------------------------------------------------------------


@router.get("/login")
def login(request: Request, next: str = "/") -> Response:
    """The door."""
    return _to(guard.local(next)) if request.state.user else _door(request, next)


@router.post("/login")
def enter(request: Request, name: Field = "", password: Field = "", next: Field = "/") -> Response:
    """Let somebody in who has a name and a password."""
    where = guard.address_of(request)
    if wait := request.app.state.door.knock(name, where):
        answer = _door(request, next, 429, name, "login.wait", minutes=math.ceil(wait / 60))
        answer.headers["Retry-After"] = str(math.ceil(wait))
        return answer
    found = accounts.entered(_store(request), name, password)
    if found is None:
        guard.note(request, "failed to log in", accounts.folded(name)[: accounts.LONGEST_NAME])
        return _door(request, next, 200, name, "login.wrong")
    request.app.state.door.opened(name, where)
    return _let_in(request, found, next)


@router.get("/login/start")
def start(request: Request, next: str = "/") -> Response:
    """Send somebody to the provider."""
    provider = _provider(request)
    try:
        # Without a public address the browser goes back to the name that it used: under another it would bring no cookie.
        home = _settings(request).public_url or str(request.base_url)
        there, attempt = provider.start(f"{home.rstrip('/')}/login/back", guard.local(next))
    except oidc.OidcError as error:
        return _door(request, next, 502, "", "login.provider_failed", str(error))
    answer = _to(there)
    guard.set_cookie(answer, _settings(request), _entry(request), attempt.packed(), oidc.PATIENCE)
    return answer


@router.get("/login/back")
def back(request: Request) -> Response:
    """Let somebody in for whom the provider vouches."""
    provider, attempt = _provider(request), oidc.unpacked(request.cookies.get(_entry(request), ""))
    if attempt is None:
        return _door(request, "/", 403, "", "login.provider_failed", pages.say(request, "login.too_late"))
    try:
        person = provider.finish(dict(request.query_params), attempt)
        found = accounts.vouched(_store(request), person.issuer, person.subject, person.name, person.role)
        answer = _let_in(request, found, attempt.then)
    except (oidc.OidcError, Refused) as error:
        guard.note(request, "failed to log in", "by the provider")
        answer = _door(request, attempt.then, 403, "", "login.provider_failed", _said(request, error))
    guard.drop_cookie(answer, _settings(request), _entry(request))
    return answer


@router.post("/logout")
def leave(request: Request, user: Own) -> Response:
    """End the session."""
    if user.session:
        accounts.end(_store(request), user, user.session)
        guard.note(request, "logged out")
    answer = _to("/login")
    guard.drop_cookie(answer, _settings(request), guard.session_cookie(_settings(request)))
    return answer


def _let_in(request: Request, found: Account, then: str) -> Response:
    """Begin a session under a new id, whatever the browser brought, and end the one that it had."""
    settings, store = _settings(request), _store(request)
    raw = accounts.begin(store, found, guard.address_of(request), request.headers.get("user-agent"))
    if old := accounts.of_session(store, request.cookies.get(guard.session_cookie(settings), "")):
        accounts.end(store, old[0], old[0].session)
    request.state.user = User(found.name, found.role, found.id)
    guard.note(request, "logged in")
    answer = _to(guard.local(then))
    guard.set_cookie(answer, settings, guard.session_cookie(settings), raw, int(accounts.LONGEST_SESSION.total_seconds()))
    return answer


def _door(
    request: Request, then: str, status: int = 200, name: str = "", problem: str = "", detail: str = "", **values: object
) -> Response:
    own = _settings(request).oidc
    return pages.render(
        request, "login.html", status, then=guard.local(then), named=name[: accounts.LONGEST_NAME], problem=problem, detail=detail,
        values=values, provider=own.name or own.issuer if own else "", empty=not own and not accounts.exist(_store(request)),
    )  # fmt: skip


def _provider(request: Request) -> oidc.Provider:
    """The provider, made when it is first needed. 404 if the settings name none."""
    settings, state = _settings(request), request.app.state
    if settings.oidc is None:
        raise HTTPException(404)
    there: oidc.Provider | None = getattr(state, "provider", None)
    if there is None:
        there = state.provider = oidc.Provider(settings.oidc)
    return there


def _entry(request: Request) -> str:
    return guard.session_cookie(_settings(request)) + "-entry"


def _said(request: Request, error: Exception) -> str:
    """What went wrong, in the reader's language where it has it."""
    return pages.say(request, f"login.refused_{error.why}", **error.values) if isinstance(error, Refused) else str(error)


# ---- one's own ------------------------------------------------------------------------------------------------------------------------


@router.get("/account")
def account(request: Request, user: Own, done: str = "") -> Response:
    """What is one's own: password, tokens, sessions."""
    return _account(request, user, done=done if done in ("password", "revoked", "ended") else "")


@router.post("/account/password")
def change_password(request: Request, user: Own, old: Field = "", new: Field = "", again: Field = "") -> Response:
    """Another password, for who knows the old one; every session ends, and this browser gets a new one."""
    store, where = _store(request), guard.address_of(request)
    _has_account(user)
    if wait := request.app.state.door.knock(user.name, where):
        return _account(request, user, 429, pages.say(request, "login.wait", minutes=math.ceil(wait / 60)))
    if accounts.entered(store, user.name, old) is None:
        return _account(request, user, problem=pages.say(request, "login.old_wrong"))
    request.app.state.door.opened(user.name, where)
    if not hmac.compare_digest(new.encode(), again.encode()):
        return _account(request, user, problem=pages.say(request, "login.not_alike"))
    try:
        found = accounts.set_password(store, user.name, new)
    except Refused as error:
        return _account(request, user, problem=_said(request, error))
    guard.note(request, "changed the password", found.name)
    return _let_in(request, found, "/account?done=password")


@router.post("/account/tokens")
def make_token(request: Request, user: Own, label: Field = "", scope: Field = "read", days: Annotated[int, Form()] = 90) -> Response:
    """A new token, shown this once."""
    _has_account(user)
    try:
        raw = accounts.make_token(_store(request), user, label, _scope(scope), days)
    except Refused as error:
        return _account(request, user, problem=_said(request, error))
    guard.note(request, f"made a token of scope {scope}", " ".join(label.split()))
    return _account(request, user, made=raw)


@router.post("/account/tokens/{number}/revoke")
def revoke_token(request: Request, user: Own, number: int) -> Response:
    """Let a token open nothing any more."""
    try:
        accounts.revoke(_store(request), user, number)
    except Refused:
        raise HTTPException(404) from None
    guard.note(request, "revoked a token", number)
    return _to("/account?done=revoked")


@router.post("/account/sessions/end")
def end_sessions(request: Request, user: Own, handle: Field = "") -> Response:
    """End one of one's sessions, or all; who ends the present one is outside."""
    ended = accounts.end(_store(request), user, handle or None)
    if not ended:
        raise HTTPException(404)
    guard.note(request, "ended a session" if handle else "ended all sessions", handle)
    return _to("/account?done=ended")


def _account(request: Request, user: User, status: int = 200, problem: str = "", made: str = "", done: str = "") -> Response:
    if problem:
        guard.unchanged(request)
    store = _store(request)
    sessions = accounts.sessions(store, user) if user.account else []
    return pages.render(
        request, "account.html", status, account=accounts.account_of(store, user), problem=problem, made=made, done=done,
        tokens=accounts.tokens(store, user) if user.account else [], sessions=[(one, _browser(one.agent or "")) for one in sessions],
        scopes=[scope for scope in Scope if user.may(accounts.most(scope))], days=DAYS, longest=accounts.LONGEST_LABEL,
        shortest=accounts.SHORTEST_PASSWORD,
    )  # fmt: skip


def _browser(agent: str) -> str:
    """What a browser calls itself, in words that its user knows."""
    name = next((name for sign, name in _BROWSERS.items() if sign in agent), agent[:40] or "–")
    system = next((system for sign, system in _SYSTEMS.items() if sign in agent), "")
    return f"{name}, {system}" if system else name


def _has_account(user: User) -> None:
    if user.account is None:
        raise HTTPException(409, "there are no accounts yet; make the first under /users")


def _scope(given: str) -> Scope:
    try:
        return Scope(given)
    except ValueError:
        raise HTTPException(422, f"no such scope; there are {', '.join(Scope)}") from None


# ---- others' --------------------------------------------------------------------------------------------------------------------------


@router.get("/users")
def users(request: Request, user: Admin) -> Response:
    """All accounts."""
    return _users(request)


@router.post("/users")
def add_user(request: Request, user: Admin, name: Field = "", password: Field = "", role: Field = "reader") -> Response:
    """A new account."""
    try:
        found = accounts.add(_store(request), name, _role(role), password)
    except Refused as error:
        return _users(request, _said(request, error), {"name": name[: accounts.LONGEST_NAME], "role": role})
    guard.note(request, f"made an account with the role {found.role}", found.name)
    return _to("/users")


@router.post("/users/{name}/role")
def change_role(request: Request, user: Admin, name: str, role: Field = "") -> Response:
    """Another role for an account."""
    wanted = _role(role)
    return _changed(request, f"gave the role {wanted}", name, lambda store: accounts.set_role(store, name, wanted))


@router.post("/users/{name}/password")
def reset_password(request: Request, user: Admin, name: str, password: Field = "") -> Response:
    """Another password for an account."""
    return _changed(request, "set the password", name, lambda store: accounts.set_password(store, name, password))


@router.post("/users/{name}/disable")
def disable(request: Request, user: Admin, name: str) -> Response:
    """Shut an account out."""
    return _changed(request, "disabled", name, lambda store: accounts.set_disabled(store, name, True))


@router.post("/users/{name}/enable")
def enable(request: Request, user: Admin, name: str) -> Response:
    """Let an account in again."""
    return _changed(request, "enabled", name, lambda store: accounts.set_disabled(store, name, False))


@router.get("/audit")
def audit(request: Request, user: Admin, before: int | None = None, who: str = "") -> Response:
    """Who changed what, when, from where."""
    found = accounts.notes(_store(request), before, NOTES + 1, who.strip() or None)
    return pages.render(
        request, "audit.html", notes=found[:NOTES], who=who.strip(), older=found[NOTES - 1].id if len(found) > NOTES else None
    )


def _users(request: Request, problem: str = "", given: Mapping[str, str] | None = None) -> Response:
    if problem:
        guard.unchanged(request)
    found = accounts.accounts(_store(request))
    return pages.render(
        request, "users.html", accounts=found, roles=list(Role), problem=problem, given=given or {"name": "", "role": "reader"},
        shortest=accounts.SHORTEST_PASSWORD,
    )  # fmt: skip


def _changed(request: Request, what: str, name: str, change: Callable[[Store], Account]) -> Response:
    try:
        found = change(_store(request))
    except Refused as error:
        if error.why == "no_account":
            raise HTTPException(404) from None
        return _users(request, _said(request, error))
    guard.note(request, what, found.name)
    return _to("/users")


def _role(given: str) -> Role:
    try:
        return Role(given)
    except ValueError:
        raise HTTPException(422, f"no such role; there are {', '.join(Role)}") from None
