"""The gazetteer: names of a file in, one actor for each entity out; and nothing else changed."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from press import OUT, row
from test_board import made
from test_ledger import put, said, state

from sagt import Reader, cli, gazetteer, keeping
from sagt.errors import InputError
from sagt.gazetteer import Entry, Fault
from sagt.ledger import Ledger
from sagt.search import Query, search
from sagt.store import Store

TABLE = """item,label,lang,human
http://www.wikidata.org/entity/Q901,European Harbour Commission,en,false
http://www.wikidata.org/entity/Q901,EU's havnekommission,da,false
http://www.wikidata.org/entity/Q901,Havnekommissionen,da,false
http://www.wikidata.org/entity/Q902,Oleksiy Derkach,en,true
http://www.wikidata.org/entity/Q902,Oleksij Derkatsj,da,true
http://www.wikidata.org/entity/Q902,Derkatsj,da,true
"""
DUMP = """[
{"type":"item","id":"Q902","labels":{"en":{"language":"en","value":"Oleksiy Derkach"},"fr":{"language":"fr","value":"Oleksii"}},
 "aliases":[],"claims":{"P31":[{"mainsnak":{"snaktype":"value","datavalue":{"value":{"id":"Q5"}}}}]}},
{"type":"item","id":"Q901","labels":{"en":{"language":"en","value":"European Harbour Commission"}},
 "aliases":{"da":[{"language":"da","value":"Havnekommissionen"}]},"claims":{"P31":[{"mainsnak":{"datavalue":{"value":{"id":"Q43229"}}}}]}}
]
""".replace(",\n ", ",")


def told(name: str, outlet: str, language: str, text: str, day: int = 2) -> bytes:
    """A report of an outlet on a day in March."""
    when = f"2026-03-{day:02}T08:00:00+01:00"
    return json.dumps({"id": name, "outlet": outlet, "language": language, "date": when, "text": text}, ensure_ascii=False).encode()


#: One body and one person by two names each, in two languages; each says two things.
REPORTS = (
    told("a", "Nordposten", "da", "Tolv havne skal lukke i maj, siger Havnekommissionen.\n\n"
         "Øernes præsident, Oleksij Derkatsj, siger, at krigen om øerne kan ende i september."),
    told("b", "Harbour Times", "en", "The European Harbour Commission said that ferries will be free of charge next year.\n\n"
         "The president of the islands, Oleksiy Derkach, said that he will marry a teacher.", 20),
)  # fmt: skip


def read(text: str | bytes) -> list[Entry | Fault]:
    return list(gazetteer.read(io.BufferedReader(io.BytesIO(text.encode() if isinstance(text, str) else text))))  # type: ignore[arg-type]


def take_in(store: Store, text: str, language: str = "en") -> None:
    gazetteer.add(store, (one for one in read(text) if isinstance(one, Entry)), language)


def actors(ledger: Ledger, name: str) -> set[tuple[str, str, str | None]]:
    """The actors whose statements are found by a name: as they are shown, their ids, what they are in the gazetteer."""
    found = (t.statement.actor for t in ledger.statements(actor=name))
    return {(one.name, one.id, one.entity) for one in found if one}


@pytest.fixture
def ledger(store: Store, reader: Reader) -> Ledger:
    return Ledger(store, lambda: reader)


# ---- what it does ---------------------------------------------------------------------------------------------------------------------


def test_one_actor_whatever_reports_call_it(ledger: Ledger) -> None:
    put(ledger, *REPORTS)
    assert len(actors(ledger, "European Harbour Commission") | actors(ledger, "Havnekommissionen")) == 2
    take_in(ledger.store, TABLE)
    ledger.read_new()
    for name in ("European Harbour Commission", "Havnekommissionen", "EU's havnekommission", "Commission"):
        [(shown, _, entity)] = actors(ledger, name)
        assert (shown, entity) == ("European Harbour Commission", "Q901"), "by a name that no report has, and by a part of one, too"
    [(shown, _, entity)] = actors(ledger, "Oleksij Derkatsj")
    assert (shown, entity) == ("Oleksiy Derkach", "Q902")
    contents = [t.statement.first.passage.content for t in ledger.statements(actor="Derkatsj")]
    assert any("september" in one for one in contents) and any("teacher" in one for one in contents)


def test_a_search_finds_all_names(ledger: Ledger) -> None:
    put(ledger, *REPORTS)
    assert len(search(ledger.store, Query(actor="Oleksij Derkatsj"))) == 1
    take_in(ledger.store, TABLE)
    assert len(search(ledger.store, Query(actor="Oleksij Derkatsj"))) == 2
    assert len(search(ledger.store, Query(actor="Karen Holt"))) == 0 and len(search(ledger.store, Query(act="states"))) == 2


def test_why_names_the_entity(ledger: Ledger) -> None:
    take_in(ledger.store, TABLE)
    put(ledger, REPORTS[0], told("c", "Harbour Times", "en", "The war over the islands may end in September, said Oleksiy Derkach, the "
                                                             "president of the island republic."))  # fmt: skip
    one = said(ledger, "krigen om øerne").statement
    assert {m.item.language for m in one.members} == {"da", "en"}
    assert any(r.feature == "same speaker: Q902 in the gazetteer" for why in ledger.why(one.id) for r in why.reasons)


def test_two_people_of_one_name_stay_two(ledger: Ledger) -> None:
    put(ledger, told("a", "Nordposten", "da", "Havnen lukker i maj, siger statsminister Jens Krog."),
        told("b", "Sydposten", "da", "Der er færre sild i fjorden, siger fisker Jens Krog.", 20))  # fmt: skip
    before = actors(ledger, "Jens Krog")
    assert len(before) == 2
    take_in(ledger.store, "item\tlabel\tlang\nQ903\tJens Krog\tda\nQ904\tJens Krog\tda\n")
    ledger.read_new()
    assert actors(ledger, "Jens Krog") == before, "the name stands for two"
    gazetteer.clear(ledger.store)
    take_in(ledger.store, "item\tlabel\tlang\thuman\nQ903\tJens Krog\tda\ttrue\n")
    ledger.read_new()
    assert len(actors(ledger, "Jens Krog")) == 2, "the gazetteer does not know everybody"


@pytest.mark.parametrize(
    "table", ["item,label\nQ905,Krog\n", "item,label,human\nQ905,Jens Krog,false\n", "item,label\nQ905,Krog\nQ905,Jens\n"]
)
def test_a_family_name_or_one_of_another_kind_stands_for_nobody(ledger: Ledger, table: str) -> None:
    take_in(ledger.store, table)
    put(ledger, told("a", "Nordposten", "da", "Havnen lukker i maj, siger statsminister Jens Krog."),
        told("b", "Sydposten", "da", "Færgen sejler igen, siger Krog.", 20))  # fmt: skip
    assert {entity for _, _, entity in actors(ledger, "Krog")} == {None}


def test_a_corrected_source_is_known_by_it_too(ledger: Ledger) -> None:
    take_in(ledger.store, TABLE)
    put(ledger, *REPORTS)
    one = next(t for t in ledger.statements() if "Tolv havne" in t.statement.first.passage.content).statement.first
    ledger.judge("source", "Oleksiy Derkach", [f"{one.item.id}:{one.passage.attribution}"], "Ida")
    assert any("Tolv havne" in t.statement.first.passage.content for t in ledger.statements(actor="Oleksij Derkatsj"))


def test_the_desk_and_the_api_follow(tmp_path: Path, reader: Reader) -> None:
    take_in(Store(address := f"sqlite:///{tmp_path}/press.db"), TABLE)
    board = made(address, reader, *REPORTS)
    page = board.page("/actors/Havnekommissionen")
    assert "By all its names in the gazetteer (Q901)" in page and "Tolv havne" in page and "ferries" in page and "Several" not in page
    found = board.browser.get("/api/v1/actors/Oleksij Derkatsj/statements").json()["data"]
    assert len({one["actor"]["id"] for one in found}) == 1 and {one["actor"]["entity"] for one in found} == {"Q902"}
    names = {one["name"] for one in board.browser.get("/api/v1/actors", params={"name": "Oleksij Derkatsj"}).json()["data"]}
    assert names == {"Oleksij Derkatsj", "Oleksiy Derkach"}


# ---- when ------------------------------------------------------------------------------------------------------------------------------


def test_without_names_nothing_changes_and_with_others_all_is_linked_anew(ledger: Ledger) -> None:
    put(ledger, *map(row, OUT), *REPORTS)
    plain, before = ledger.linker.maker, state(ledger)
    take_in(ledger.store, TABLE)
    known = ledger.linker.maker
    assert known != plain and ledger.linker.link_new() == len(OUT) + 2
    there = state(ledger)
    take_in(ledger.store, TABLE)
    assert ledger.linker.maker == known and ledger.linker.link_new() == 0, "the same names, taken in again"
    assert len(set(ledger.rebuild())) == 1 and state(ledger) == there
    gazetteer.clear(ledger.store)
    assert ledger.linker.maker == plain and ledger.linker.link_new() == len(OUT) + 2 and state(ledger) == before


def test_a_backup_has_it(store: Store, address: Callable[[], str], tmp_path: Path) -> None:
    take_in(store, TABLE)
    keeping.backup(store, tmp_path / "copy.db")
    with Store(address()) as other:
        keeping.restore(tmp_path / "copy.db", other)
        with store.reading() as here, other.reading() as there:
            assert gazetteer.state(here) == gazetteer.state(there) is not None
            assert list(gazetteer.listed(here)) == list(gazetteer.listed(there))
        with pytest.raises(InputError, match="holds a gazetteer"):
            keeping.restore(tmp_path / "copy.db", other)


def test_an_older_store_gets_its_tables(address: Callable[[], str], reader: Reader) -> None:
    there = address()
    with Store(there) as store, store.writing() as connection:
        for what in ("TABLE gazetteer", "TABLE entity_name", "TABLE entity", "INDEX statement_entity", "TABLE in_story", "TABLE merged"):
            connection.execute(sa.text(f"DROP {what}"))
        connection.execute(sa.text("ALTER TABLE statement DROP COLUMN entity"))
        connection.execute(sa.text("DELETE FROM schema_version WHERE number >= 5"))
    with Store(there) as store:
        take_in(store, TABLE)
        put(ledger := Ledger(store, lambda: reader), *REPORTS)
        assert {entity for _, _, entity in actors(ledger, "Havnekommissionen")} == {"Q901"}


# ---- files -----------------------------------------------------------------------------------------------------------------------------


def test_a_dump_a_table_and_what_is_packed_tell_the_same() -> None:
    people, bodies = Entry("Q902", (("en", "Oleksiy Derkach"),), True), Entry(
        "Q901", (("en", "European Harbour Commission"), ("da", "Havnekommissionen")), False)  # fmt: skip
    assert read(DUMP) == read("\ufeff" + DUMP) == read(gzip.compress(DUMP.encode())) == [people, bodies]
    assert read(TABLE)[0] == read(TABLE.replace(",", "\t"))[0] == read(TABLE.replace(",", ";"))[0] == Entry(
        "Q901", (("en", "European Harbour Commission"),), False)  # fmt: skip
    assert read("item,label\nQ1,Havnby\n") == [Entry("Q1", (("mul", "Havnby"),))] and read("") == []


@pytest.mark.parametrize(
    "line",
    [b'{"id": "Q1"', b'{"labels": {}}', b'{"id": "P31", "type": "property"}', b'{"id": "Q1", "labels": 3}', b'{"id": "x"}', b"plain",
     b"\xff\xfe", b"[" * 100_000, b'{"id": "Q1", "aliases": {"da": [{"value": null}]}}'],
)  # fmt: skip
def test_a_line_of_another_shape_is_told_and_the_rest_is_read(line: bytes) -> None:
    found = read(DUMP.encode().replace(b"]\n", line + b"\n]\n"))
    assert [type(one) for one in found] == [Entry, Entry, Fault] and isinstance(found[2], Fault) and found[2].line == 4 and found[2].why


def test_names_that_cannot_be_a_speakers_do_not_count() -> None:
    rows = "item,label,lang\nQ1,Q1,da\nQ1,,da\nQ1,!?,da\nQ1,Le Port,fr\nQ1," + "x" * 200 + ",da\n"
    assert {one.names for one in read(rows) if isinstance(one, Entry)} == {()}


@pytest.mark.parametrize("text", [b"name,country\nHavnby,DK\n", b"\x00\x01\x02", gzip.compress(DUMP.encode())[:-20], b"\x1f\x8bnothing"])
def test_what_is_no_such_file_is_refused_whole(store: Store, text: bytes) -> None:
    with pytest.raises(InputError, match="the file"):
        gazetteer.add(store, (one for one in read(text) if isinstance(one, Entry)))
    with store.reading() as connection:
        assert gazetteer.state(connection) is None


def test_the_name_that_is_shown_is_in_the_language_asked_for(store: Store) -> None:
    take_in(store, TABLE, "da")
    with store.reading() as connection:
        assert [one.label for one, _ in gazetteer.listed(connection)] == ["EU's havnekommission", "Oleksij Derkatsj"]


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*args: str) -> tuple[int, str, str]:
        code = cli.main(["gazetteer", *args, "--db", f"sqlite:///{tmp_path}/press.db"])
        return code, *capsys.readouterr()

    (tmp_path / "names.csv").write_text(TABLE + "nonsense,Ingen,da,true\n", "utf-8")
    code, out, err = run("add", str(tmp_path / "names.csv"))
    assert code == 1 and out.startswith("the gazetteer holds 6 names of 2 actors") and "line 8 is left out" in err
    assert run("list", "havnekommissionen")[1].startswith("Q901 · European Harbour Commission · body")
    assert json.loads(run("list", "Derkatsj", "--json")[1])["person"] is True
    assert run("clear")[0] == 0 and "is empty" in run("list")[1]
    assert "can't be taken in" in run("add", str(tmp_path / "nothing.csv"))[2]
