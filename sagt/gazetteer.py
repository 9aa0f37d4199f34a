"""Names in several languages that stand for one person or body, from a file that a newsroom gives, such as a part of Wikidata.

A file is read line by line, its names are kept in the store, and speakers that bear one of them are known by it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, BinaryIO, cast

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from sagt import languages, schema, words
from sagt.errors import InputError
from sagt.passages import LONGEST_NAME, Passage, Voice
from sagt.schema import entity, entity_name, gazetteer
from sagt.store import Store

#: Languages whose names count, as Wikidata calls them; "mul" is a name that is the same in all.
LANGUAGES = ("mul", "en", "da", "nb", "no", "nn", "sv", "de")
#: Bytes of one line; no entity of Wikidata has more.
LONGEST_LINE = 64_000_000
#: Entities that are kept or listed in one go.
BATCH = 500
_HUMAN = "Q5"
_ID = re.compile(r"(?:^|/)(Q[1-9]\d{0,11})$")
_TOLD = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Entity:
    """A person or body."""

    id: str  #: "Q…", as Wikidata has it
    label: str  #: the name that is shown
    person: bool | None  #: None: the file does not tell
    language: str = "mul"  #: of the label


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line of a file tells of an entity."""

    id: str
    names: tuple[tuple[str, str], ...]  #: language and name; of each language the label comes first
    person: bool | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is of no known shape."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class State:
    """What the gazetteer holds."""

    digest: str  #: the same for the same names
    since: str
    entities: int
    names: int


# ---- files ----------------------------------------------------------------------------------------------------------------------------


def read(file: BinaryIO) -> Iterator[Entry | Fault]:
    """The entities of a file, a line after the other: JSON as Wikidata's dumps have it, or a table with columns item, label, and perhaps
    lang and human; as it is or packed by gzip. Raises InputError for a file that is neither."""
    try:
        packed = file.peek(2)[:2] == b"\x1f\x8b"  # type: ignore[attr-defined]
        yield from _entries(cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"the file can't be read to its end ({error}); nothing of it is taken in: fetch it again") from None


def _entries(file: BinaryIO) -> Iterator[Entry | Fault]:
    lines = enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1)
    first = next(((number, line) for number, line in lines if line.strip()), None)
    if first is not None:
        rest = chain([first], lines)
        yield from _from_json(rest) if first[1].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in b"[{" else _from_table(rest)


@dataclass(frozen=True, slots=True)
class _Text:
    value: str


@dataclass(frozen=True, slots=True)
class _Value:
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Snak:
    datavalue: _Value | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    mainsnak: _Snak


@dataclass(frozen=True, slots=True)
class _Claims:
    P31: tuple[_Claim, ...] = ()  #: what it is an instance of


@dataclass(frozen=True, slots=True)
class _Item:
    """An entity of Wikidata; what is empty there is written as a list."""

    id: str
    type: str = "item"
    labels: dict[str, _Text] | list[Any] = field(default_factory=dict)
    aliases: dict[str, list[_Text]] | list[Any] = field(default_factory=dict)
    claims: _Claims | list[Any] = _Claims()


_ITEMS = msgspec.json.Decoder(_Item)


def _from_json(lines: Iterable[tuple[int, bytes]]) -> Iterator[Entry | Fault]:
    for number, line in lines:
        written = line.removeprefix(b"\xef\xbb\xbf").strip().rstrip(b",")
        if written in (b"", b"[", b"]"):
            continue
        try:
            item = _ITEMS.decode(written)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield Fault(number, str(error))
            continue
        yield _of_item(item) if item.type == "item" and _ID.match(item.id) else Fault(number, f"{item.type} {item.id[:20]!r} is no item")


def _of_item(item: _Item) -> Entry:
    labels = item.labels if isinstance(item.labels, dict) else {}
    aliases = item.aliases if isinstance(item.aliases, dict) else {}
    names = [(code, text.value) for code, text in labels.items()]
    names += [(code, text.value) for code, texts in aliases.items() for text in texts]
    kinds = item.claims.P31 if isinstance(item.claims, _Claims) else ()
    known = [claim.mainsnak.datavalue.value.get("id") for claim in kinds if claim.mainsnak.datavalue]
    return _entry(item.id, names, _HUMAN in known if known else None)


def _from_table(lines: Iterable[tuple[int, bytes]]) -> Iterator[Entry | Fault]:
    texts = (line.decode("utf-8", "replace").removeprefix("\ufeff") for _, line in lines)
    head = next(texts)
    rows = csv.reader(chain([head], texts), delimiter=max(",\t;", key=head.count))
    columns = [name.strip().lower() for name in next(rows)]
    if not {"item", "label"} <= set(columns):
        raise InputError("the file has no entities: give Wikidata's JSON, a line each, or a table whose first line is item,label,lang")
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Fault(rows.line_num, str(error))
            continue
        if row is None:
            return
        if row:
            yield _of_row(dict(zip(columns, map(str.strip, row), strict=False)), rows.line_num)


def _of_row(row: Mapping[str, str], number: int) -> Entry | Fault:
    found = _ID.search(row.get("item", ""))
    if found is None:
        return Fault(number, f"item {row.get('item', '')[:40]!r} does not end in the number of an item, Q…")
    if "\ufffd" in row.get("label", ""):
        return Fault(number, "the line is not UTF-8")
    return _entry(found[1], [(row.get("lang") or "mul", row.get("label", ""))], _TOLD.get(row.get("human", "").lower()))


def _entry(id_: str, names: Iterable[tuple[str, str]], person: bool | None) -> Entry:
    """An entity with the names that count. Where Wikidata has no label it writes the item's number."""
    return Entry(id_, tuple((code, " ".join(name.split())) for code, name in names if code in LANGUAGES and _counts(name, id_)), person)


def _counts(name: str, id_: str) -> bool:
    return name != id_ and len(name) <= LONGEST_NAME and bool(words.key(name))


# ---- keeping --------------------------------------------------------------------------------------------------------------------------


def add(store: Store, found: Iterable[Entry], language: str = "en") -> State | None:
    """Keep the names of these entities beside those that are there, all or none; what is held then, None if that is nothing.

    `language`: of the names that are shown, where an entity has one in it."""
    # A file may be hours long: others write to the store meanwhile.
    with tempfile.TemporaryFile() as spool:
        spool.writelines(msgspec.json.encode(one) + b"\n" for one in found if one.names)
        spool.seek(0)
        with store.writing() as connection:
            while batch := [msgspec.json.decode(line, type=Entry) for line in islice(spool, BATCH)]:
                _put(connection, batch, (language, *LANGUAGES))
            _stamp(connection)
            return state(connection)


def _put(connection: Connection, batch: Sequence[Entry], order: Sequence[str]) -> None:
    ids = {one.id for one in batch}
    there = {one.id: one for one in _entities(connection, entity.c.id.in_(ids))}
    for one in batch:
        there[one.id] = _merged(there.get(one.id), one, order)
    connection.execute(delete(entity).where(entity.c.id.in_(ids)))
    connection.execute(insert(entity), [{"id": e.id, "label": e.label, "person": e.person, "language": e.language} for e in there.values()])
    known = {tuple(row) for row in connection.execute(select(entity_name).where(entity_name.c.entity.in_(ids)))}
    new = {(words.key(name), one.id) for one in batch for _, name in one.names} - known
    if new:
        connection.execute(insert(entity_name), [{"key": key, "entity": id_} for key, id_ in sorted(new)])


def _merged(old: Entity | None, one: Entry, order: Sequence[str]) -> Entity:
    language, name = min(one.names, key=lambda pair: order.index(pair[0]))
    person = one.person if one.person is not None else old.person if old else None
    if old is not None and order.index(old.language) <= order.index(language):
        return replace(old, person=person)
    return Entity(one.id, name, person, language)


def _stamp(connection: Connection) -> None:
    """Note what is held now."""
    query = select(entity_name.c.key, entity.c.id, entity.c.person).join(entity, entity.c.id == entity_name.c.entity)
    total, names = 0, 0
    # A sum, since the two databases have orders of their own.
    for key, id_, person in connection.execute(query, execution_options={"yield_per": 10_000}):
        total += int.from_bytes(hashlib.blake2b(f"{key}\0{id_}\0{person}".encode(), digest_size=8).digest())
        names += 1
    connection.execute(delete(gazetteer))
    if names:
        entities = connection.execute(select(func.count()).select_from(entity)).scalar()
        values = {"digest": f"{total % 2**64:016x}", "since": schema.now(), "entities": entities, "names": names}
        connection.execute(insert(gazetteer).values(**values))


def clear(store: Store) -> None:
    """Let go of all names."""
    with store.writing() as connection:
        for table in schema.GAZETTEER:
            connection.execute(delete(table))


# ---- looking up -----------------------------------------------------------------------------------------------------------------------


def state(connection: Connection) -> State | None:
    """What is held; None if nothing is."""
    row = connection.execute(select(gazetteer)).first()
    return State(*row) if row else None


def entities(connection: Connection, ids: Iterable[str]) -> dict[str, Entity]:
    """Those of these entities that are known."""
    return {one.id: one for part in schema.parts(ids) for one in _entities(connection, entity.c.id.in_(part))}


def listed(connection: Connection, name: str | None = None) -> Iterator[tuple[Entity, list[str]]]:
    """The entities with their folded names, in order; `name`: those that it is a name of."""
    called = select(entity_name.c.entity).where(entity_name.c.key == words.key(name or ""))
    after = ""
    while found := _entities(connection, entity.c.id > after, *([entity.c.id.in_(called)] if name is not None else []), limit=BATCH):
        names = names_of(connection, (one.id for one in found))
        yield from ((one, sorted(names.get(one.id, ()))) for one in found)
        after = found[-1].id


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    """The folded names of these entities."""
    found: dict[str, list[str]] = {}
    for part in schema.parts(ids):
        for row in connection.execute(select(entity_name).where(entity_name.c.entity.in_(part))):
            found.setdefault(row.entity, []).append(row.key)
    return found


def named(connection: Connection, keys: Iterable[str]) -> dict[str, list[Entity]]:
    """The entities of each of these folded names."""
    found: dict[str, list[Entity]] = {}
    for part in schema.parts(keys):
        query = select(entity_name.c.key, entity).join(entity, entity.c.id == entity_name.c.entity).where(entity_name.c.key.in_(part))
        for key, *row in connection.execute(query):
            found.setdefault(key, []).append(Entity(*row))
    return found


def other_names(connection: Connection, name: str) -> list[str]:
    """The folded names that stand for none but an entity of this name, this name left out."""
    key = words.key(name)
    keys = {other for one in names_of(connection, (e.id for e in named(connection, [key]).get(key, ()))).values() for other in one}
    return sorted(k for k, found in named(connection, keys - {key}).items() if len(found) == 1 and not _may_be_family(k, found[0].person))


def recognised(connection: Connection, found: Sequence[Passage]) -> tuple[Passage, ...]:
    """Passages whose speakers are known by the entity that their name stands for."""
    known = named(connection, {key for one in found for key in _keys(one.voice, one.language)})
    return tuple(replace(one, voice=recognise(one.voice, one.language, known)) for one in found) if known else tuple(found)


def recognise(voice: Voice, language: str | None, known: Mapping[str, Sequence[Entity]]) -> Voice:
    """A voice with the entity that its name stands for, if that is one alone and of its kind.

    `known`: the entities of each name."""
    found = {one.id: one for key in _keys(voice, language) for one in known.get(key, ())}
    if len(found) != 1:
        return voice
    [one] = found.values()
    fits = one.person in (None, voice.person) and not _may_be_family(voice.key, one.person)
    return replace(voice, entity=one.id) if fits else voice


def _may_be_family(key: str, person: bool | None) -> bool:
    """True for a single word that others may bear, too: that of anything that is not told to be no person."""
    return person is not False and " " not in key


def _keys(voice: Voice, language: str | None) -> tuple[str, ...]:
    """The names by which a voice may be known: of a body also that without its article."""
    if not voice.named or not voice.key:
        return ()
    first, _, rest = voice.key.partition(" ")
    articles = languages.load(language).inflection.articles if language in languages.CODES else frozenset[str]()
    return (voice.key, rest) if rest and not voice.person and first in articles else (voice.key,)


def _entities(connection: Connection, *where: ColumnElement[bool], limit: int | None = None) -> list[Entity]:
    return [Entity(*row) for row in connection.execute(select(entity).where(*where).order_by(entity.c.id).limit(limit))]
