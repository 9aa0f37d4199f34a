"""Who works with a store: accounts, what they enter with, what is theirs, and who changed what. Secrets are kept as hashes only."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from sagt import schema
from sagt.errors import InputError
from sagt.schema import account, audit, saved_search, session, token
from sagt.store import Store

#: Characters of a password. Twelve is beyond guessing through the throttled door; the upper end keeps hashing cheap.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
#: Fewest different characters of a password.
FEWEST_CHARACTERS = 5
LONGEST_NAME = 64
LONGEST_LABEL = 100
#: How long a session lives unused, and at all.
IDLE, LONGEST_SESSION = timedelta(hours=12), timedelta(days=14)
#: Sessions that one account may have; the least used ends for a new one.
MOST_SESSIONS = 20
#: Days that a token lives if nobody says, and at most.
TOKEN_DAYS, MOST_TOKEN_DAYS = 90, 366
MOST_TOKENS, MOST_SEARCHES = 50, 100
#: Characters of a saved search.
LONGEST_QUERY = 2_000
#: A use is written down once in this time, so that reading does not write.
TOUCH = timedelta(minutes=5)
#: What a token begins with, so that scanners of secrets know it.
PREFIX = "sagt_"
#: Hex digits of a session's hash by which its owner names it.
HANDLE = 16

_NAME = re.compile(r"[^\W_][\w.@+'-]*(?: [\w.@+'-]+)*")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_HASHER = PasswordHasher()
# A hash takes 64 MiB; without turns, many at the door at once would take the machine's memory.
_TURNS = threading.BoundedSemaphore(2)


class Role(StrEnum):
    """What an account may do; each may also what those before it may."""

    READER = "reader"  #: read
    EDITOR = "editor"  #: judge, add reports, watch sources
    ADMIN = "admin"  #: accounts, the audit log

    def covers(self, other: Role) -> bool:
        """True if whoever has this role may do what takes `other`."""
        return _RANK[self] >= _RANK[other]


class Scope(StrEnum):
    """What may be done with a token: never more than its account may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Refused(InputError):
    """Something about an account that can't be done. `why` and `values` say it again for pages, in the reader's language."""

    def __init__(self, why: str, words: str, **values: object) -> None:
        super().__init__(words.format(**values))
        self.why = why
        self.values = values


_RANK = {role: rank for rank, role in enumerate(Role)}
_MOST = {Scope.READ: Role.READER, Scope.WRITE: Role.EDITOR, Scope.ADMIN: Role.ADMIN}


def most(scope: Scope) -> Role:
    """The most that a token of this scope may do."""
    return _MOST[scope]


@dataclass(frozen=True, slots=True)
class User:
    """Who asks, and by what."""

    name: str
    role: Role
    account: int | None = None  #: None: the system's user, where there are no accounts
    session: str | None = None  #: hash of the session
    token: int | None = None  #: number of the token

    def may(self, role: Role | str) -> bool:
        """True if this user may do what takes `role`."""
        return self.role.covers(Role(role))

    @property
    def key(self) -> str:
        """The name as what is this user's own is kept under."""
        return folded(self.name)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may enter. Moments are UTC as the store writes them."""

    id: int
    name: str
    role: Role
    created: str
    disabled: str | None  #: since when
    seen: str | None  #: last entered
    by: str  #: what it enters with: "password", or the address of who vouches for it


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without itself."""

    id: int
    label: str
    scope: Scope
    created: str
    expires: str
    used: str | None
    revoked: str | None

    @property
    def alive(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked is None and self.expires > schema.now()


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is logged in."""

    handle: str  #: beginning of its hash
    created: str
    used: str
    expires: str
    address: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """A search that somebody kept."""

    id: int
    title: str
    query: str  #: as it stands in an address, without "?"


@dataclass(frozen=True, slots=True)
class Note:
    """That somebody changed something."""

    id: int
    at: str
    who: str
    what: str
    target: str
    address: str


# ---- accounts -------------------------------------------------------------------------------------------------------------------------


def exist(store: Store) -> bool:
    """Whether the store has any accounts, enabled or not. Once it has, it has for good: accounts are disabled, never deleted."""
    with store.reading() as connection:
        return connection.execute(select(account.c.id).limit(1)).first() is not None


def add(store: Store, name: str, role: Role, password: str | None) -> Account:
    """A new account; without a password nobody enters it until it has one. Raises Refused for a name or password that won't do."""
    name = _named(name)
    hashed = None if password is None else _hash(checked(password, name))
    with store.writing() as connection:
        if _row(connection, name) is not None:
            raise Refused("taken", "there is an account {name} already", name=name)
        if role is not Role.ADMIN and not _others(connection, 0):
            raise Refused("first_admin", "the first account is an admin's, since somebody has to look after the others: give it that role")
        values = {"name": name, "key": folded(name), "password": hashed, "role": role.value, "created": schema.now()}
        connection.execute(insert(account).values(**values))
        return _account(_row(connection, name))


def accounts(store: Store) -> list[Account]:
    """All accounts, by name."""
    with store.reading() as connection:
        return [_account(row) for row in connection.execute(select(account).order_by(account.c.key))]


def account_of(store: Store, user: User) -> Account | None:
    """The account of a user; None where there are no accounts."""
    with store.reading() as connection:
        row = connection.execute(select(account).where(account.c.id == user.account)).first()
    return None if row is None else _account(row)


def find(store: Store, name: str) -> Account:
    """The account of that name. Raises Refused if there is none."""
    with store.reading() as connection:
        return _account(_known(connection, name))


def set_role(store: Store, name: str, role: Role) -> Account:
    """Give an account another role. Raises Refused if no admin would be left."""
    with store.writing() as connection:
        row = _known(connection, name)
        if row.role == Role.ADMIN and role is not Role.ADMIN:
            _spare(connection, row.id)
        connection.execute(update(account).where(account.c.id == row.id).values(role=role.value))
        return _account(_known(connection, name))


def set_disabled(store: Store, name: str, disabled: bool) -> Account:
    """Shut an account out, which ends its sessions and stops its tokens, or let it in again. Raises Refused for the last admin."""
    with store.writing() as connection:
        row = _known(connection, name)
        if disabled and row.role == Role.ADMIN:
            _spare(connection, row.id)
        since = (row.disabled or schema.now()) if disabled else None
        connection.execute(update(account).where(account.c.id == row.id).values(disabled=since))
        if disabled:
            connection.execute(delete(session).where(session.c.account == row.id))
        return _account(_known(connection, name))


def set_password(store: Store, name: str, password: str) -> Account:
    """Give an account another password, which ends all its sessions. Raises Refused for one that won't do."""
    with store.reading() as connection:
        own = _known(connection, name).name
    hashed = _hash(checked(password, own))
    with store.writing() as connection:
        row = _known(connection, name)
        connection.execute(update(account).where(account.c.id == row.id).values(password=hashed))
        connection.execute(delete(session).where(session.c.account == row.id))
        return _account(_known(connection, name))


def checked(password: str, name: str) -> str:
    """The password, if it will do for an account of that name. Raises Refused that says why not."""
    plain, own = folded(password), folded(name)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused("length", "a password has {least} to {most} characters", least=SHORTEST_PASSWORD, most=LONGEST_PASSWORD)
    if len(own) > 2 and own in plain:
        raise Refused("holds_name", "a password must not hold the name")
    if len(set(plain)) < FEWEST_CHARACTERS:
        raise Refused("too_even", "a password has at least {least} different characters", least=FEWEST_CHARACTERS)
    return password


def folded(name: str) -> str:
    """A name as names are compared: without case, width and doubled spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


# ---- entering -------------------------------------------------------------------------------------------------------------------------


def entered(store: Store, name: str, password: str) -> Account | None:
    """The account that this name and password open, or None: unknown name, wrong password and shut account all take the same time."""
    with store.reading() as connection:
        row = _row(connection, name)
    usable = row is not None and row.password is not None and len(password) <= LONGEST_PASSWORD
    hashed = row.password if usable and row is not None else _nobody()
    right = _matches(hashed, password[:LONGEST_PASSWORD])
    if row is None or not usable or not right or row.disabled is not None:
        return None
    if _HASHER.check_needs_rehash(hashed):
        with store.writing() as connection:
            connection.execute(update(account).where(account.c.id == row.id, account.c.password == hashed).values(password=_hash(password)))
    return _account(row)


def vouched(store: Store, issuer: str, subject: str, name: str, role: Role) -> Account:
    """The account for which a provider vouches, with the role that it tells; made if it is new. It may be disabled.

    A name that somebody else has gets a number: a provider's word about a name opens no account that it did not make."""
    there = (account.c.issuer == issuer) & (account.c.subject == subject)
    with store.writing() as connection:
        row = connection.execute(select(account).where(there)).first()
        if row is None:
            free = _free(connection, name)
            values = {"name": free, "key": folded(free), "role": role.value, "created": schema.now(), "issuer": issuer, "subject": subject}
            connection.execute(insert(account).values(**values))
        elif row.role != role:
            connection.execute(update(account).where(there).values(role=role.value))
            connection.execute(delete(session).where(session.c.account == row.id))
        return _account(connection.execute(select(account).where(there)).first())


def begin(store: Store, one: Account, address: str | None, agent: str | None) -> str:
    """Begin a session; returns what the browser keeps, which the store does not. Raises Refused if the account is shut meanwhile."""
    raw, moment = secrets.token_urlsafe(32), schema.now()
    with store.writing() as connection:
        row = connection.execute(select(account).where(account.c.id == one.id)).first()
        if row is None or row.disabled is not None:
            raise Refused("disabled", "this account is disabled")
        connection.execute(delete(session).where(session.c.expires <= moment))
        mine = select(session.c.hash).where(session.c.account == one.id).order_by(session.c.used.desc())
        for old in connection.execute(mine.offset(MOST_SESSIONS - 1)).scalars().all():
            connection.execute(delete(session).where(session.c.hash == old))
        values = {"hash": hashed_secret(raw), "account": one.id, "created": moment, "used": moment, "expires": _later(LONGEST_SESSION),
                  "address": address, "agent": (agent or "")[:200] or None}  # fmt: skip
        connection.execute(insert(session).values(**values))
        connection.execute(update(account).where(account.c.id == one.id).values(seen=moment))
    return raw


def of_session(store: Store, raw: str) -> tuple[User, bool] | None:
    """Who has this session, and whether its use should be written down (`touch`); None if it opens nothing (any more)."""
    if not _SECRET.fullmatch(raw):
        return None
    moment, hashed = schema.now(), hashed_secret(raw)
    query = (
        select(session.c.used, account.c.id, account.c.name, account.c.role)
        .join(account, account.c.id == session.c.account)
        .where(session.c.hash == hashed, session.c.expires > moment, session.c.used > _later(-IDLE), account.c.disabled.is_(None))
    )
    with store.reading() as connection:
        row = connection.execute(query).first()
    return None if row is None else (User(row.name, Role(row.role), row.id, session=hashed), row.used < _later(-TOUCH))


def of_token(store: Store, raw: str) -> tuple[User, bool] | None:
    """Who has this token, with as much of the role as its scope leaves, and whether its use should be written down; None if nobody."""
    if not raw.startswith(PREFIX) or not _SECRET.fullmatch(raw.removeprefix(PREFIX)):
        return None
    query = (
        select(token.c.id.label("token"), token.c.scope, token.c.used, account.c.id, account.c.name, account.c.role)
        .join(account, account.c.id == token.c.account)
        .where(
            token.c.hash == hashed_secret(raw), token.c.expires > schema.now(), token.c.revoked.is_(None), account.c.disabled.is_(None)
        )
    )  # fmt: skip
    with store.reading() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    role, limit = Role(row.role), most(Scope(row.scope))
    return User(row.name, role if limit.covers(role) else limit, row.id, token=row.token), (row.used or "") < _later(-TOUCH)


def touch(store: Store, user: User) -> None:
    """Write down that a session or token was used now."""
    with store.writing() as connection:
        if user.session is not None:
            connection.execute(update(session).where(session.c.hash == user.session).values(used=schema.now()))
        elif user.token is not None:
            connection.execute(update(token).where(token.c.id == user.token).values(used=schema.now()))


def hashed_secret(raw: str) -> str:
    """The hash by which a session or token is found. They are random and long, so a quick hash is a safe one."""
    return hashlib.sha256(raw.encode()).hexdigest()


# ---- what is somebody's own -----------------------------------------------------------------------------------------------------------


def sessions(store: Store, user: User) -> list[Session]:
    """The user's sessions, the last used first."""
    with store.reading() as connection:
        rows = connection.execute(
            select(session).where(session.c.account == user.account, session.c.expires > schema.now(), session.c.used > _later(-IDLE))
            .order_by(session.c.used.desc())
        ).all()  # fmt: skip
    return [Session(r.hash[:HANDLE], r.created, r.used, r.expires, r.address, r.agent) for r in rows]


def end(store: Store, user: User, handle: str | None = None) -> int:
    """End the user's session whose hash begins so, or all of them; returns how many ended."""
    mine = session.c.account == user.account
    if handle is not None:
        mine &= session.c.hash.between(handle, handle + "g") if re.fullmatch(f"[0-9a-f]{{{HANDLE},64}}", handle) else sa.false()
    with store.writing() as connection:
        return int(connection.execute(delete(session).where(mine)).rowcount)


def make_token(store: Store, user: User, label: str, scope: Scope, days: int = TOKEN_DAYS) -> str:
    """A new token, which is told this once and kept nowhere. Raises Refused for a label, scope or time that won't do."""
    label = " ".join(label.split())
    if not 0 < len(label) <= LONGEST_LABEL:
        raise Refused("label", "say in 1 to {most} characters what the token is for", most=LONGEST_LABEL)
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Refused("days", "a token lives 1 to {most} days", most=MOST_TOKEN_DAYS)
    if not user.may(most(scope)):
        raise Refused("scope", "the role {role} can't have a token of scope {scope}", role=user.role.value, scope=scope.value)
    raw = PREFIX + secrets.token_urlsafe(32)
    with store.writing() as connection:
        alive = (token.c.account == user.account) & token.c.revoked.is_(None) & (token.c.expires > schema.now())
        if (connection.execute(select(func.count()).select_from(token).where(alive)).scalar() or 0) >= MOST_TOKENS:
            raise Refused("tokens", "{most} tokens are in use; revoke one first", most=MOST_TOKENS)
        values = {"account": user.account, "label": label, "hash": hashed_secret(raw), "scope": scope.value, "created": schema.now(),
                  "expires": _later(timedelta(days=days))}  # fmt: skip
        connection.execute(insert(token).values(**values))
    return raw


def tokens(store: Store, user: User) -> list[Token]:
    """The user's tokens, the newest first."""
    with store.reading() as connection:
        rows = connection.execute(select(token).where(token.c.account == user.account).order_by(token.c.id.desc())).all()
    return [Token(r.id, r.label, Scope(r.scope), r.created, r.expires, r.used, r.revoked) for r in rows]


def revoke(store: Store, user: User, number: int) -> None:
    """Let a token of the user's open nothing any more. Raises Refused if the user has none of that number."""
    with store.writing() as connection:
        mine = (token.c.id == number) & (token.c.account == user.account) & token.c.revoked.is_(None)
        if not connection.execute(update(token).where(mine).values(revoked=schema.now())).rowcount:
            raise Refused("no_token", "there is no such token of yours")


def searches(store: Store, user: User) -> list[Search]:
    """The searches that the user keeps, the oldest first."""
    with store.reading() as connection:
        rows = connection.execute(select(saved_search).where(saved_search.c.owner == user.key).order_by(saved_search.c.id)).all()
    return [Search(r.id, r.title, r.query) for r in rows]


def save_search(store: Store, user: User, title: str, query: str) -> Search:
    """Keep a search; one of the same title is replaced. Raises Refused for one that won't do."""
    title, query = " ".join(title.split()), query.strip().removeprefix("?")
    if not 0 < len(title) <= LONGEST_LABEL:
        raise Refused("title", "give the search a title of 1 to {most} characters", most=LONGEST_LABEL)
    if len(query) > LONGEST_QUERY:
        raise Refused("query", "a saved search has at most {most} characters", most=LONGEST_QUERY)
    mine = saved_search.c.owner == user.key
    with store.writing() as connection:
        same = connection.execute(select(saved_search).where(mine, saved_search.c.title == title)).first()
        if same is not None:
            connection.execute(update(saved_search).where(saved_search.c.id == same.id).values(query=query))
            return Search(same.id, title, query)
        if (connection.execute(select(func.count()).select_from(saved_search).where(mine)).scalar() or 0) >= MOST_SEARCHES:
            raise Refused("searches", "{most} searches are kept; drop one first", most=MOST_SEARCHES)
        values = {"owner": user.key, "title": title, "query": query, "created": schema.now()}
        number = connection.execute(insert(saved_search).values(**values)).inserted_primary_key
        return Search(int(number[0]) if number else 0, title, query)


def drop_search(store: Store, user: User, number: int) -> None:
    """Keep a search of the user's no longer. Raises Refused if the user has none of that number."""
    with store.writing() as connection:
        mine = (saved_search.c.id == number) & (saved_search.c.owner == user.key)
        if not connection.execute(delete(saved_search).where(mine)).rowcount:
            raise Refused("no_search", "there is no such search of yours")


# ---- who changed what -----------------------------------------------------------------------------------------------------------------


def note(store: Store, who: str, what: str, target: str, address: str) -> None:
    """Write down for good that somebody changed something."""
    values = {"at": schema.now(), "who": who[:200], "what": what[:200], "target": target[:500], "address": address[:100]}
    with store.writing() as connection:
        connection.execute(insert(audit).values(**values))


def notes(store: Store, before: int | None = None, limit: int = 100, who: str | None = None) -> list[Note]:
    """What was written down, the newest first: before a number, of somebody."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    query = query if before is None else query.where(audit.c.id < before)
    query = query if who is None else query.where(audit.c.who == who)
    with store.reading() as connection:
        return [Note(r.id, r.at, r.who, r.what, r.target, r.address) for r in connection.execute(query)]


# ---- inside ---------------------------------------------------------------------------------------------------------------------------


def _row(connection: Connection, name: str) -> Any:
    return connection.execute(select(account).where(account.c.key == folded(name))).first()


def _known(connection: Connection, name: str) -> Any:
    row = _row(connection, name)
    if row is None:
        raise Refused("no_account", "no account {name}; `sagt users list` shows them", name=name[:LONGEST_NAME])
    return row


def _account(row: Any) -> Account:
    return Account(row.id, row.name, Role(row.role), row.created, row.disabled, row.seen, row.issuer or "password")


def _named(name: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", name).split())
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Refused(
            "name", "a name begins with a letter or digit and has up to {most} letters, digits, spaces and . @ + ' - _", most=LONGEST_NAME
        )
    return name


def _free(connection: Connection, name: str) -> str:
    """A name that can stand and that nobody has, as like the given one as can be."""
    plain = re.sub(r"[^\w.@+' -]+", " ", unicodedata.normalize("NFC", name))[: LONGEST_NAME - 8].lstrip(" _.@+'-")
    plain = " ".join(plain.split()) or "user"
    number, found = 1, plain
    while _row(connection, found) is not None:
        number += 1
        found = f"{plain}-{number}"
    return found


def _spare(connection: Connection, number: int) -> None:
    """Raises Refused if this is the only admin who can enter."""
    if not _others(connection, number):
        raise Refused("last_admin", "this is the last admin: make another one first")


def _others(connection: Connection, number: int) -> bool:
    query = select(account.c.id).where(account.c.role == Role.ADMIN.value, account.c.disabled.is_(None), account.c.id != number)
    return connection.execute(query.limit(1)).first() is not None


def _later(span: timedelta) -> str:
    return schema.utc(datetime.now(UTC) + span)


def _hash(password: str) -> str:
    with _TURNS:
        return _HASHER.hash(unicodedata.normalize("NFKC", password))


def _matches(hashed: str, password: str) -> bool:
    try:
        with _TURNS:
            return _HASHER.verify(hashed, unicodedata.normalize("NFKC", password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password opens, to be as slow for unknown names as for known ones."""
    return _hash(secrets.token_urlsafe(32))


def local(name: str) -> User:
    """The system's user, who may everything where there are no accounts."""
    return User(name, Role.ADMIN)
