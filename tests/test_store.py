"""The store, on SQLite and on a real PostgreSQL: what is kept, found again, linked, looked after."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from sagt import InputError, Reader, ingest, keeping, schema
from sagt.errors import StoreError
from sagt.formats import Given
from sagt.ledger import Ledger, Payload, parser
from sagt.search import Query, count, search
from sagt.store import Store


def row(text: str = "Broen lukker, siger Karen Holt.", **fields: str) -> bytes:
    return json.dumps({"text": text} | fields, ensure_ascii=False).encode()


def wire(
    name: str,
    headline: str,
    text: str,
    at: str = "2026-03-03T06:12:00",
    *,
    slug: str = "BRO",
    replaces: str = "",
    flags: str = "",
    version: int = 1,
) -> bytes:
    chain = f"<Replaces><RelatedNews><NewsID>{replaces}</NewsID></RelatedNews></Replaces>" if replaces else ""
    body = "".join(f"&lt;p&gt;{p}&lt;/p&gt;" for p in text.split("\n"))
    return (
        f"<RBNews><NewsID>{name}</NewsID><PublishDate>{at}</PublishDate><strapline>{slug}</strapline><headline>{headline}</headline>"
        f"<version>{version}</version>{chain}<content>{body}</content>{flags}</RBNews>"
    ).encode()


def put(store: Store, *payloads: bytes, **given: str) -> list[str]:
    return [one.outcome for one in Ledger(store).add(Payload(p, Given(**given)) for p in payloads)]


def chain(store: Store, name: str) -> list[str | None]:
    return [one.stored.report.item.guid for one in store.chain(store.find(name))]


def test_the_same_payload_twice_is_one_report(store: Store) -> None:
    assert put(store, row(), row()) == ["stored", "known"]
    assert put(store, row()) == ["known"]
    assert store.counts() == {"report": 1, "payload": 1, "inbox": 0, "reading": 0}


def test_a_report_comes_back_as_it_was_parsed(store: Store) -> None:
    raw = wire(
        "a-1", "Broen åbner", "Broen åbner, siger Karen Holt.\n/ritzau/", version=2, flags="<TilRedaktionen>Mere følger</TilRedaktionen>"
    )
    put(store, raw)
    stored = store.find("a-1")
    [parsed] = ingest.parse(raw)
    assert stored.report == parsed
    assert store.payload_of(stored.report.id) == raw
    assert stored.received_from is None


@pytest.mark.parametrize("name", ["id", "short", "#1", "a-1", "https://avis.example/1"])
def test_reports_are_found_by_any_of_their_names(store: Store, name: str) -> None:
    put(store, row(id="a-1", url="https://avis.example/1"))
    whole = store.reports()[0].report.id
    assert store.find({"id": whole, "short": whole[7:15]}.get(name, name)).report.id == whole


def test_what_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(InputError, match="no report 'nothing'"):
        store.find("nothing")


# ---- takes ------------------------------------------------------------------------------------------------------------------------------

TAKES = {
    "named by the outlet": (
        [wire("a", "Broen lukker", "Broen lukker."), wire("b", "Bro åbner igen", "Broen åbner.", "2026-03-03T07:00:00", replaces="a")],
        ["a", "b"],
        "it says that it replaces a",
    ),
    "only (NY) in the slug, version 1 twice": (
        [
            wire("a", "Holt: Broen lukker fredag", "Broen lukker fredag, siger Holt.", slug="BRO/HAVNBY"),
            wire(
                "b",
                "Holt: Broen lukker på fredag",
                "Broen lukker på fredag, siger Holt. Mere.",
                "2026-03-03T06:40:00",
                slug="BRO/HAVNBY (NY)",
            ),
        ],
        ["a", "b"],
        "it says 'slug: (NY)'",
    ),
    "no mark, so another item": (
        [wire("a", "Kort om sport", "Holdet vandt."), wire("b", "Kort om sport", "Rytteren faldt.", "2026-03-03T09:00:00")],
        ["a"],
        None,
    ),
    "over midnight": (
        [
            wire("a", "Broen ved Havnby lukker", "Broen lukker.", "2026-03-03T23:50:00"),
            wire("b", "Broen ved Havnby lukker - NY", "Broen lukker nu.", "2026-03-04T00:20:00"),
        ],
        ["a", "b"],
        "it says 'headline: - NY'",
    ),
    "two days after": (
        [wire("a", "Broen lukker", "Broen lukker."), wire("b", "Broen lukker - NY", "Broen lukker.", "2026-03-05T07:00:00")],
        ["a"],
        None,
    ),
    "a kill of a correction": (
        [
            wire("a", "Broen lukker", "Broen lukker i ti år."),
            wire(
                "b",
                "RETTELSE: Broen lukker",
                "Broen lukker i ti dage.",
                "2026-03-03T07:00:00",
                replaces="a",
                flags="<Korrektion>true</Korrektion>",
            ),
            wire("c", "Broen lukker", "Trukket tilbage.", "2026-03-03T08:00:00", replaces="b", flags="<Annuleret>true</Annuleret>"),
        ],
        ["a", "b", "c"],
        "it says that it replaces a",
    ),
}


@pytest.mark.parametrize(("payloads", "names", "why"), TAKES.values(), ids=TAKES)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_takes_find_each_other(store: Store, payloads: list[bytes], names: list[str], why: str | None, backwards: bool) -> None:
    put(store, *(reversed(payloads) if backwards else payloads))
    assert chain(store, "a") == names
    if why:
        assert (store.chain(store.find("a"))[1].why or "").startswith(why)
        assert store.find(names[-1]).report.replaces == store.find(names[-2]).report.id


def test_a_changed_text_at_the_same_address_is_a_take(store: Store) -> None:
    one = {"url": "https://avis.example/bro", "outlet": "Havnby Avis", "title": "Broen lukker"}
    put(
        store,
        row("Broen lukker fredag.", date="2026-03-03T06:00:00Z", **one),
        row("Broen lukker lørdag.", date="2026-03-03T06:00:00Z", **one),
    )
    assert len(store.chain(store.find("https://avis.example/bro"))) == 2


def test_entries_that_link_to_the_front_page_are_not_takes(store: Store) -> None:
    one = {"url": "https://avis.example/", "outlet": "Havnby Avis"}
    put(store, row("Broen lukker.", title="Broen lukker", id="1", **one), row("Færgen sejler.", title="Ny færge fra mandag", id="2", **one))
    assert [len(store.chain(s)) for s in store.reports()] == [1, 1]


def test_an_entry_with_a_new_guid_or_counter_is_the_same_entry(store: Store) -> None:
    feed = """<rss><channel><title>Havnby Avis</title><item><title>Broen lukker</title><guid>{0}</guid>
    <link>https://avis.example/1</link><comments>{0}</comments><description>Broen lukker.</description></item></channel></rss>"""
    ledger = Ledger(store)
    for number in range(3):
        list(ledger.add([Payload(feed.format(number).encode())], entries=True))
    assert store.counts()["report"] == 1


# ---- writers --------------------------------------------------------------------------------------------------------------------------


def test_eight_writers_at_once_lose_and_double_nothing(address: Callable[[], str]) -> None:
    where = address()
    payloads = [wire(f"n{n}", f"Nyhed {n}", f"Nummer {n}.") for n in range(60)]
    Store(where).close()
    faults: list[BaseException] = []

    def write(seed: int) -> None:
        mine = payloads[:]
        random.Random(seed).shuffle(mine)
        try:
            with Store(where) as store:
                for payload in mine:
                    put(store, payload)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Store(where) as store:
        assert not faults
        assert store.counts() == {"report": 60, "payload": 60, "inbox": 0, "reading": 0}
        assert list(keeping.check(store, parser())) == []


# ---- quarantine -----------------------------------------------------------------------------------------------------------------------

BROKEN = {
    "JSON that breaks off": (b'{"uri": "a", "headline": "Bro', "not JSON"),
    "XML with entities": (
        b'<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel><item><title>&a;</title></item></channel></rss>',
        "declares entities",
    ),
    "a row without text": (b'{"uuid": 3}', "no text in the row"),
    "a package": (b'<packageItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="x"/>', "a packageItem"),
}


@pytest.mark.parametrize(("payload", "fault"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_kept_with_its_fault(store: Store, payload: bytes, fault: str) -> None:
    assert put(store, payload, payload, row()) == ["fault", "fault", "stored"]
    [held] = store.held()
    assert fault in (held.fault or "")
    assert store.payload_of(held.digest) == payload
    assert list(keeping.check(store, parser())) == []


def test_what_cannot_be_read_is_tried_again_after_an_upgrade(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, b'{"uuid": 3}', name="file.json")
    assert Ledger(store).take_in(again=True) == []
    monkeypatch.setattr("sagt.ledger.parser", lambda: "sagt 99")
    monkeypatch.setitem(ingest._ITEMS, "row", ingest._ITEMS["text"])
    assert [one.outcome for one in Ledger(store).take_in(again=True)] == ["stored"]
    assert store.held() == []
    assert store.reports()[0].received_from == "file.json"


def test_what_is_held_is_safe_before_it_is_read(store: Store) -> None:
    store.hold(b"<ListOfRBNews>" + wire("a", "A", "Et.") + wire("b", "B", "To.") + b"</ListOfRBNews>", Given(), "ritzau-queue", "ritzau")
    assert store.counts()["inbox"] == 1
    assert [one.outcome for one in Ledger(store).take_in()] == ["stored", "stored"]
    assert store.counts() == {"report": 2, "payload": 2, "inbox": 0, "reading": 0}
    assert store.find("a").received_from == "ritzau"


# ---- searching ------------------------------------------------------------------------------------------------------------------------

SHELF = [
    row("Broerne i Århus lukker, siger borgmesteren.", id="aarhus", outlet="Havnby Avis", date="2026-03-01T10:00:00Z", language="da"),
    row(
        "The bridges were closed in Aarhus, the mayor denied.",
        id="english",
        outlet="The Gazette",
        date="2026-03-02T10:00:00Z",
        language="en",
    ),
    row("Ål og ørred i Lindholm Å. Fiskene æder.", id="fish", outlet="Havnby Avis", date="2026-03-03T10:00:00Z", language="da"),
    row("Den lukkede bro åbner. /ritzau/", id="ritzau", outlet="Lindholm Tidende", date="2026-03-04T10:00:00Z", language="da"),
]
SEARCHES = {
    "in any form": (Query("broen"), ["ritzau", "aarhus"]),
    "the other language's forms": (Query("bridge"), ["english"]),
    "aa and å": (Query("aarhus"), ["english", "aarhus"]),
    "ø, not o": (Query("orred"), []),
    "capitals and å": (Query("ÅL ØRREDER"), ["fish"]),
    "a decomposed å": (Query("A\u030al"), ["fish"]),
    "a phrase": (Query('"den lukkede bro"'), ["ritzau"]),
    "a phrase in another order": (Query('"bro den lukkede"'), []),
    "a beginning": (Query("lindh*"), ["fish"]),
    "without": (Query("broerne -ritzau"), ["aarhus"]),
    "without alone": (Query("-bro -bridge"), ["fish"]),
    "an outlet": (Query(outlet="havnby avis"), ["fish", "aarhus"]),
    "an agency": (Query(agency="Ritzau"), ["ritzau"]),
    "a language": (Query(language="en"), ["english"]),
    "a time": (Query(since="2026-03-02T00:00:00.000000+00:00", until="2026-03-04T00:00:00.000000+00:00"), ["fish", "english"]),
    "signs of the databases' own": (Query('AND OR ( " * : & | ! <-> NEAR'), []),
}


@pytest.mark.parametrize(("query", "names"), SEARCHES.values(), ids=SEARCHES)
def test_search(store: Store, query: Query, names: list[str]) -> None:
    put(store, *SHELF)
    found = [store.find(hit.id).report.item.guid for hit in search(store, query)]
    assert found == names
    assert count(store, query) == len(names)


def test_pages_of_a_search_follow_each_other(store: Store) -> None:
    put(store, *(row(f"Bro nummer {n}") for n in range(7)))
    first = search(store, Query("bro"), 4)
    rest = search(store, Query("bro", before=first[-1].seq), 4)
    assert [hit.seq for hit in (*first, *rest)] == [7, 6, 5, 4, 3, 2, 1]


def test_a_snippet_shows_the_word(store: Store) -> None:
    put(store, row("Vejret er godt. " * 40 + "Så kom broerne. " + "Det regner. " * 40, language="da"))
    assert "Så kom broerne." in search(store, Query("bro"))[0].snippet


def test_search_by_who_said_what(store: Store, reader: Reader) -> None:
    ledger = Ledger(store, lambda: reader)
    put(
        store,
        row("Broen åbner fredag, siger borgmester Karen Holt.\n\nDet afviser minister Jonas Lund.", id="both"),
        row("Færgen sejler, oplyser rederiet ifølge Ritzau.", id="ferry"),
    )
    assert ledger.read_new() == 2
    assert ledger.read_new() == 0
    named = {
        "a surname": Query(actor="holt"),
        "a whole name": Query(actor="Karen Holt"),
        "not half a word": Query(actor="Hol"),
        "an act": Query(act="denies"),
        "theirs": Query(actor="Holt", act="denies"),
        "a carrier": Query(agency="ritzau"),
    }
    found = {what: [store.find(h.id).report.item.guid for h in search(store, query)] for what, query in named.items()}
    assert found == {
        "a surname": ["both"],
        "a whole name": ["both"],
        "not half a word": [],
        "an act": ["both"],
        "theirs": [],
        "a carrier": ["ferry"],
    }


def test_what_was_read_is_not_looked_at_each_time_and_yet_nothing_stays_unread(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(store, lambda: reader)
    put(store, row("Broen åbner fredag, siger borgmester Karen Holt.", id="a"))
    assert ledger.read_new() == 1
    put(store, row("Færgen sejler, oplyser rederiet.", id="b"))
    with store.writing() as connection:
        connection.execute(schema.saying.delete())
        connection.execute(schema.reading.delete())
    assert ledger.read_new() == 1, "what came since"
    monkeypatch.setattr("sagt.ledger.ALL_AGAIN", 0.0)
    assert ledger.read_new() == 1, "after a minute also what another process let go of"


# ---- readings and rebuilding ------------------------------------------------------------------------------------------------------------


def test_readings_are_kept_with_what_made_them(store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(store, lambda: reader)
    put(store, row())
    ledger.read_new()
    stored = store.reports()[0]
    assert store.reading_of(stored) == reader.read(stored.report)
    monkeypatch.setattr("sagt.ledger.rules", lambda: "other rules")
    assert ledger.read_new() == 1
    assert store.counts()["reading"] == 2


def test_a_rebuild_gives_the_same(store: Store, reader: Reader) -> None:
    for payloads, _, _ in TAKES.values():
        put(store, *payloads)
    Ledger(store, lambda: reader).read_new()
    before, after = store.rebuild()
    assert before == after
    assert len(set(store.rebuild())) == 1
    assert search(store, Query("broen"))


def test_judgements_outlive_a_rebuild(store: Store) -> None:
    put(store, row())
    with store.writing() as connection:
        connection.execute(
            sa.insert(schema.judgement).values(kind="attribution", target="{}", verdict="not one", by="a person", at=schema.now())
        )
    store.rebuild()
    with store.reading() as connection:
        assert connection.execute(sa.select(schema.judgement.c.verdict)).scalars().all() == ["not one"]


# ---- looking after ----------------------------------------------------------------------------------------------------------------------


def test_a_backup_is_a_store_and_gives_one_back(store: Store, address: Callable[[], str], tmp_path: Path, reader: Reader) -> None:
    put(store, *SHELF, b'{"uuid": 3}')
    Ledger(store, lambda: reader).read_new()
    assert keeping.backup(store, tmp_path / "backup.db") == 4
    with Store(f"sqlite:///{tmp_path}/backup.db") as copy:
        assert [s.report for s in copy.reports()] == [s.report for s in store.reports()]
    with Store(address()) as new:
        assert keeping.restore(tmp_path / "backup.db", new) == 4
        assert new.counts() == store.counts()
        assert [s.report for s in new.reports()] == [s.report for s in store.reports()]
        assert [hit.id for hit in search(new, Query("bro"))] == [hit.id for hit in search(store, Query("bro"))]
        assert list(keeping.check(new, parser())) == []
        assert put(new, row("Ny.")) == ["stored"]
    with pytest.raises(InputError, match="never writes over"):
        keeping.backup(store, tmp_path / "backup.db")
    with pytest.raises(InputError, match="empty store"):
        keeping.restore(tmp_path / "backup.db", store)


HARM = {
    "a payload changed": ("UPDATE payload SET packed = :junk", "can't be unpacked"),
    "a text changed": ("UPDATE report SET text = 'Broen'", "does not give the same report"),
    "a report lost": ("UPDATE report SET record = '{}'", "can't be read"),
    "a payload of nothing": ("INSERT INTO payload VALUES ('sha256:0', 1, :junk)", "a payload of no report"),
}


@pytest.mark.parametrize(("statement", "finding"), HARM.values(), ids=HARM)
def test_check_finds_what_is_wrong(store: Store, statement: str, finding: str) -> None:
    put(store, row())
    assert list(keeping.check(store, parser())) == []
    with store.writing() as connection:
        connection.execute(sa.text(statement), {"junk": b"junk"} if ":junk" in statement else {})
    assert any(finding in one.what for one in keeping.check(store, parser()))


# ---- opening --------------------------------------------------------------------------------------------------------------------------


def test_an_older_store_is_migrated(address: Callable[[], str]) -> None:
    def second(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE extra (n INTEGER)"))

    with Store(address()) as store:
        put(store, row())
        with store.writing() as connection:
            assert schema.migrate(connection) == 0
            assert schema.migrate(connection, (*schema.MIGRATIONS, second)) == 1
        with store.reading() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM extra")).scalar() == 0
        with pytest.raises(StoreError, match="newer sagt"):
            Store(store.url.render_as_string(hide_password=False))


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE report (id)")
    with pytest.raises(StoreError, match="another program"):
        Store(f"sqlite:///{tmp_path}/other.db")


WRONG = {
    "no address": ("nonsense", "sqlite:///path"),
    "another database": ("mysql://a:hemmelig@h/d", "not on mysql"),
    "nobody there": ("postgresql://a:hemmelig@127.0.0.1:1/d", "no PostgreSQL answers"),
    "no such folder": ("sqlite:////proc/none/store.db", "no folder for the store"),
    "no database": ("sqlite:///{0}/text.db", "no SQLite database"),
}


@pytest.mark.parametrize(("where", "said"), WRONG.values(), ids=WRONG)
def test_a_store_that_cannot_be_opened_says_what_to_do(where: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is no database at all, but a text of some length." * 30)
    with pytest.raises(StoreError, match=said) as caught:
        Store(where.format(tmp_path))
    assert "hemmelig" not in str(caught.value)


def test_a_full_disk_is_said_and_harms_nothing(tmp_path: Path) -> None:
    where = f"sqlite:///{tmp_path}/full.db"
    with Store(where) as store:
        put(store, row())
        with store.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        noise = "".join(random.Random(1).choices("abcdefghijklmnop ", k=400_000))
        with pytest.raises(StoreError, match="disk is full"):
            put(store, row(noise))
    with Store(where) as store:
        assert store.counts()["report"] == 1
        assert list(keeping.check(store, parser())) == []
        assert put(store, row("Nu er der plads.")) == ["stored"]


def test_secrets_of_the_address_are_not_shown(address: Callable[[], str]) -> None:
    with Store(address()) as store:
        assert ":***@" in store.address or ":@" not in store.address
