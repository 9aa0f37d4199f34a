"""Searching a store: words, who spoke, outlet, agency, act, language, time. Newest arrivals first, so that a page once seen stays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.engine import Connection

from sagt import words
from sagt.schema import agency, mark, report, saying
from sagt.store import Store, report_of

#: Characters shown around the first word found.
AROUND = 90
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Every part that is given must hold."""

    words: str = ""  #: words, "phrases", beginnings*, -without; in any of the languages, in any form
    actor: str | None = None  #: a name, or part of one, of who is passed on
    outlet: str | None = None
    agency: str | None = None  #: credited in the report, or a carrier in it
    act: str | None = None
    language: str | None = None
    status: str | None = None
    signal: str | None = None
    since: str | None = None  #: UTC as the store writes it: published at or after
    until: str | None = None  #: published before
    before: int | None = None  #: number of the report that the page before ended with


@dataclass(frozen=True, slots=True)
class Hit:
    """A report found."""

    seq: int
    id: str
    title: str | None
    outlet: str | None
    agencies: tuple[str, ...]
    language: str | None
    published: str | None
    received: str
    status: str
    signal: str | None
    url: str | None
    snippet: str  #: the text around the first word found, or its beginning


def search(store: Store, query: Query, limit: int = 20) -> list[Hit]:
    """The reports that fit, newest arrivals first."""
    with store.reading() as connection:
        statement = _statement(connection, query)
        if statement is None:
            return []
        rows = connection.execute(statement.order_by(report.c.seq.desc()).limit(limit)).all()
    wanted = _wanted(query.words)
    return [_hit(row, wanted) for row in rows]


def count(store: Store, query: Query) -> int:
    """How many reports fit."""
    with store.reading() as connection:
        statement = _statement(connection, query)
        if statement is None:
            return 0
        return connection.execute(select(func.count()).select_from(statement.with_only_columns(report.c.seq).subquery())).scalar() or 0


def _statement(connection: Connection, query: Query) -> Select[Any] | None:
    where: list[ColumnElement[bool]] = []
    plain = {"language": query.language, "status": query.status, "signal": query.signal}
    where += [report.c[name] == value for name, value in plain.items() if value]
    if query.outlet:
        where.append(func.lower(report.c.outlet) == query.outlet.lower())
    if query.agency:
        where.append(report.c.seq.in_(select(agency.c.seq).where(agency.c.name == words.key(query.agency))))
    if query.since:
        where.append(func.coalesce(report.c.instant, report.c.received) >= query.since)
    if query.until:
        where.append(func.coalesce(report.c.instant, report.c.received) < query.until)
    if query.before is not None:
        where.append(report.c.seq < query.before)
    where += _spoken(query)
    terms = list(words.terms(query.words))
    if query.words.strip() and not terms:
        return None
    make = _fts5 if connection.dialect.name == "sqlite" else _tsquery
    return select(report).where(*where, *make(terms))


def _spoken(query: Query) -> Iterable[ColumnElement[bool]]:
    """An attribution that fits both the actor and the act."""
    if not query.actor and not query.act:
        return
    there = [saying.c.seq == report.c.seq]
    if query.act:
        there.append(saying.c.act == query.act)
    if query.actor:
        name = words.key(query.actor)
        there.append((" " + saying.c.speaker_key + " ").contains(f" {name} ", autoescape=True))
        for word in dict.fromkeys(name.split()):
            yield report.c.seq.in_(select(mark.c.seq).where(mark.c.kind == "speaker", mark.c.value == word))
    yield select(saying.c.seq).where(*there).exists()


def _fts5(terms: list[tuple[str, tuple[str, ...]]]) -> Iterable[ColumnElement[bool]]:
    wanted = [
        _either(kind, forms, quote=lambda w: f'"{w}"', phrase=lambda ws: '"' + " ".join(ws) + '"', star="{}*")
        for kind, forms in terms
        if kind != "not"
    ]
    if wanted:
        yield sa.text("report.seq IN (SELECT rowid FROM words WHERE words MATCH :wanted)").bindparams(wanted=" AND ".join(wanted))  # type: ignore[misc]
    for number, (kind, forms) in enumerate(terms):
        if kind == "not":
            name = f"without{number}"
            unwanted = " OR ".join(f'"{word}"' for word in forms)
            yield sa.text(f"report.seq NOT IN (SELECT rowid FROM words WHERE words MATCH :{name})").bindparams(**{name: unwanted})  # type: ignore[misc]


def _tsquery(terms: list[tuple[str, tuple[str, ...]]]) -> Iterable[ColumnElement[bool]]:
    parts = []
    for kind, forms in terms:
        either = _either(
            kind,
            forms,
            quote=lambda w: f"'{w}'",
            phrase=lambda ws: "(" + " <-> ".join(f"'{w}'" for w in ws) + ")",
            star="{}:*",
            joint=" | ",
        )
        parts.append(f"!{either}" if kind == "not" else either)
    if parts:
        found = "report.seq IN (SELECT seq FROM words WHERE vector @@ to_tsquery('simple', :wanted))"
        yield sa.text(found).bindparams(wanted=" & ".join(parts))  # type: ignore[misc]


def _either(kind: str, forms: tuple[str, ...], *, quote: Any, phrase: Any, star: str, joint: str = " OR ") -> str:
    if kind == "prefix":
        return star.format(quote(forms[0]))
    if kind == "phrase":
        languages: tuple[str | None, ...] = (None, *words.STEMMERS)
        found = dict.fromkeys(tuple(words.stem(words.fold(word), code) for word in forms) for code in languages)
        return "(" + joint.join(map(phrase, found)) + ")"
    return "(" + joint.join(map(quote, forms)) + ")"


def _wanted(query: str) -> frozenset[str]:
    """Stems that a snippet is to show."""
    found: set[str] = set()
    for kind, forms in words.terms(query):
        if kind == "phrase":
            found |= {form for word in forms for form in words.forms(word)}
        elif kind != "not":
            found |= set(forms)
    return frozenset(found)


def _hit(row: Any, wanted: frozenset[str]) -> Hit:
    one = report_of(row)
    return Hit(
        row.seq, row.id, one.title, one.outlet, one.agencies, one.language, one.published, row.received, row.status, row.signal, one.url,
        _snippet(row.text, one.title, one.language, wanted),
    )  # fmt: skip


def _snippet(text: str, title: str | None, language: str | None, wanted: frozenset[str]) -> str:
    start = len(title) if title and text.startswith(title) else 0
    at = next((m.start() for m in _WORD.finditer(text, start) if wanted and words.stem(words.fold(m[0]), language) in wanted), start)
    begin = max(start, at - AROUND)
    if begin > start:
        begin = text.find(" ", begin, at) + 1 or begin
    end = min(len(text), at + 2 * AROUND)
    cut = " ".join(text[begin:end].split())
    return ("… " if begin > start else "") + cut + (" …" if end < len(text) else "")
