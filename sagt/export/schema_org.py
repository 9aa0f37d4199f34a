"""Reports, quotations and claims in the words of schema.org, as JSON-LD with its context inside.

It says what was claimed and where, never whether it is true: nothing here is a ClaimReview. Terms of our own begin with `sagt:`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sagt.export.extract import Entry, Extract, Names, once, web_address
from sagt.export.lines import array, dumped
from sagt.ledger import Told
from sagt.origins import Item
from sagt.passages import Stance
from sagt.tellings import Statement
from sagt.types import Report

CONTEXT = {"@vocab": "https://schema.org/", "sagt": "urn:sagt:term:", "url": {"@type": "@id"}}


def write(extract: Extract) -> Iterator[bytes]:
    """A graph of articles, quotations and claims."""
    yield from array(f'{{"@context": {dumped(CONTEXT)}, "@graph": ', _nodes(extract), "}")


def _nodes(extract: Extract) -> Iterator[object]:
    seen: set[str] = set()
    claims: dict[str, list[Told]] = {}
    for part in once(extract.parts):
        for entry in part.entries:
            seen.add(entry.stored.report.id)
            yield _article(entry, extract.names)
        for told in part.told:
            claims.setdefault(told.statement.claim, []).append(told)
            if found := _quotation(told.statement, extract.names):
                yield found
    for rows in claims.values():
        yield _claim(rows, extract.names)
    around = {item.id: item for rows in claims.values() for told in rows for item in told.statement.reports}
    yield from (_beside(item, extract.names) for id, item in around.items() if id not in seen)


def _article(entry: Entry, names: Names) -> dict[str, Any]:
    report: Report = entry.stored.report
    replaced = report.replaces if report.replaces and report.replaces.startswith("sha256:") else None
    return _filled({
        "@type": "NewsArticle", "@id": names.report(report.id), "identifier": report.id, "headline": report.title,
        "datePublished": _moment(report.published), "inLanguage": report.language, "url": web_address(report.url),
        "publisher": _organisation(report.outlet, names), "creditText": report.item.credit,
        "sourceOrganization": [_organisation(name, names) for name in report.agencies],
        "isBasedOn": {"@id": names.report(replaced)} if replaced else None,
    })  # fmt: skip


def _beside(item: Item, names: Names) -> dict[str, Any]:
    """A report that passes on what was asked for, and was not asked for itself."""
    return _filled({
        "@type": "NewsArticle", "@id": names.report(item.id), "identifier": item.id, "headline": item.title,
        "datePublished": _moment(item.published), "inLanguage": item.language, "url": web_address(item.url),
        "publisher": _organisation(item.outlet, names),
    })  # fmt: skip


def _quotation(one: Statement, names: Names) -> dict[str, Any] | None:
    quoted = [member for member in one.members if member.passage.quoted]
    if not quoted:
        return None
    return _filled({
        "@type": "Quotation", "@id": names.statement(one.id), "text": quoted[0].passage.content,
        "inLanguage": quoted[0].passage.language, "spokenByCharacter": _actor(one, names),
        "isPartOf": _references((member.item.id for member in quoted), names),
    })  # fmt: skip


def _claim(rows: Sequence[Told], names: Names) -> dict[str, Any]:
    order = sorted((told.statement for told in rows), key=lambda s: (s.first.item.at, s.id))
    stands = rows[0].stands
    return _filled({
        "@type": "Claim", "@id": names.claim(order[0].claim), "text": order[0].first.passage.content,
        "inLanguage": order[0].first.passage.language,
        "author": _unique(_actor(s, names) for s in order if s.stance in (Stance.ASSERTS, Stance.CONFIRMS)),
        "firstAppearance": {"@id": names.report(order[0].first.item.id)},
        "appearance": _references((item.id for s in order for item in s.reports), names),
        "sagt:standing": stands.standing.value if stands else None,
        "sagt:origins": len({row.way for row in stands.rows}) if stands else None,
        "sagt:deniedBy": _unique(_actor(s, names) for s in order if s.stance is Stance.DENIES),
        "sagt:statement": [{"@id": names.statement(s.id)} for s in order],
    })  # fmt: skip


def _actor(one: Statement, names: Names) -> dict[str, Any] | None:
    if one.actor is None:
        return None
    kind = "Person" if any(member.passage.voice.person for member in one.members) else "Organization"
    return _filled({"@type": kind, "@id": names.actor(one.actor), "name": one.actor.name, "description": one.actor.about})


def _organisation(name: str | None, names: Names) -> dict[str, Any] | None:
    return {"@type": "Organization", "@id": names.outlet(name), "name": name} if name else None


def _references(ids: Iterable[str], names: Names) -> list[dict[str, str]]:
    return [{"@id": names.report(id)} for id in dict.fromkeys(ids)]


def _unique(found: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    return list({one["@id"]: one for one in found if one}.values())


def _moment(published: str | None) -> str | None:
    """A time as the report gives it, if it is one."""
    try:
        datetime.fromisoformat(published or "")
    except ValueError:
        return None
    return published


def _filled(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value not in (None, "", [])}
