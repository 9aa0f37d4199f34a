"""Searching a store: words, who spoke, outlet, agency, act, language, time. Newest arrivals first, so that a page once seen stays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.engine import Connection

from sagt import gazetteer, words
from sagt.schema import agency, mark, reading, report, saying
from sagt.store import Store, report_of

#: Characters shown around the first word found.
AROUND = 90
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Every part that is given must hold."""

    words: str = ""  #: words, "phrases", beginnings*, -without; in any of the languages, in any form
    actor: str | None = None  #: a name, or part of one, of who is passed on; their other names in the gazetteer count, too
    outlet: str | None = None
    agency: str | None = None  #: credited in the report, or a carrier in it
    act: str | None = None
    language: str | None = None
    status: str | None = None
    signal: str | None = None
    since: str | None = None  #: UTC as the store writes it: published at or after
    until: str | None = None  #: published before
    before: int | None = None  #: number of the report that the page before ended with
    after: int | None = None  #: number of the newest report that is known already
    changed_after: str | None = None  #: came, or was read, after that


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


def speakers(store: Store, seqs: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """The names of those whom each of these reports passes on, in the order of its text."""
    with store.reading() as connection:
        query_ = select(saying.c.seq, saying.c.attribution, saying.c.speaker)
        rows = connection.execute(query_.where(saying.c.seq.in_(list(seqs)), saying.c.speaker.is_not(None))).all()
    found: dict[int, dict[str, None]] = {}
    for row in sorted(rows, key=lambda row: (row.seq, len(row.attribution), row.attribution)):
        found.setdefault(row.seq, {})[row.speaker] = None
    return {seq: tuple(names) for seq, names in found.items()}


def sayings(store: Store, query: Query, after: tuple[int, str] | None = None, limit: int = 20) -> list[tuple[int, str]]:
    """The attributions that fit, in reports that fit, as (number of the report, id there): newest arrivals first, in the order of the
    text. `after`: from the one after that."""
    with store.reading() as connection:
        found = _statement(connection, query)
        if found is None:
            return []
        has = select(saying.c.seq).where(saying.c.seq == report.c.seq).correlate(report).exists()
        chosen = found.with_only_columns(report.c.seq).where(has, *([report.c.seq <= after[0]] if after else []))
        # Each report has one at least, beside that of the page before.
        seqs = connection.execute(chosen.order_by(report.c.seq.desc()).limit(limit + 1)).scalars().all()
        fits = _of(query, _names(connection, query))
        rows = connection.execute(select(saying.c.seq, saying.c.attribution).where(saying.c.seq.in_(seqs), *fits)).all()
    order = sorted((-row.seq, len(row.attribution), row.attribution) for row in rows)
    begin = (-after[0], len(after[1]), after[1]) if after else None
    return [(-seq, name) for seq, size, name in order if begin is None or (seq, size, name) > begin][:limit]


def _statement(connection: Connection, query: Query) -> Select[Any] | None:
    where: list[ColumnElement[bool]] = []
    plain = {"language": query.language, "status": query.status, "signal": query.signal}
    where += [report.c[name] == value for name, value in plain.items() if value]
    if query.outlet:
        where.append(func.lower(report.c.outlet) == query.outlet.lower())
    if query.agency:
        where.append(report.c.seq.in_(select(agency.c.seq).where(agency.c.name == words.key(query.agency))))
    where += _when(query)
    if query.before is not None:
        where.append(report.c.seq < query.before)
    if query.after is not None:
        where.append(report.c.seq > query.after)
    if query.changed_after:
        came = select(report.c.seq).where(report.c.received > query.changed_after)
        where.append(report.c.seq.in_(sa.union(came, select(reading.c.seq).where(reading.c.made > query.changed_after))))
    where += _spoken(query, _names(connection, query))
    terms = list(words.terms(query.words))
    if query.words.strip() and not terms:
        return None
    make = _fts5 if connection.dialect.name == "sqlite" else _tsquery
    return select(report).where(*where, *make(terms))


def _when(query: Query) -> Iterable[ColumnElement[bool]]:
    """That a report was published then, or came then where it does not say; told by the index of the moments."""
    parts = [(report.c.instant, report.c.instant.is_not(None)), (report.c.received, report.c.instant.is_(None))]
    if query.since or query.until:
        yield sa.or_(*(
            sa.and_(known, *([moment >= query.since] if query.since else []), *([moment < query.until] if query.until else []))
            for moment, known in parts
        ))  # fmt: skip


def _names(connection: Connection, query: Query) -> list[str]:
    """The folded names of the actor."""
    return [words.key(query.actor), *gazetteer.other_names(connection, query.actor)] if query.actor else []


def _spoken(query: Query, names: list[str]) -> Iterable[ColumnElement[bool]]:
    """An attribution that fits both the actor and the act."""
    if not names and not query.act:
        return
    if names and all(names):
        yield sa.or_(*(sa.and_(*map(_marked, dict.fromkeys(name.split()))) for name in names))
    yield select(saying.c.seq).where(saying.c.seq == report.c.seq, *_of(query, names)).correlate(report).exists()


def _marked(word: str) -> ColumnElement[bool]:
    """That a report has the word in the name of a speaker."""
    return report.c.seq.in_(select(mark.c.seq).where(mark.c.kind == "speaker", mark.c.value == word))


def _of(query: Query, names: list[str]) -> Iterable[ColumnElement[bool]]:
    """What an attribution that fits actor and act is."""
    if query.act:
        yield saying.c.act == query.act
    if names:
        yield sa.or_(*((" " + saying.c.speaker_key + " ").contains(f" {name} ", autoescape=True) for name in names))


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
