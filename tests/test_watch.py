"""Watching: feeds of every misbehaviour, folders, Ritzau's queue, lists."""

from __future__ import annotations

import http.server
import itertools
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from crash import news
from feeds import GOOD, KINDS, ROUNDS, FeedServer

from sagt import InputError, opml
from sagt.fetch import Fetcher, Limits
from sagt.ledger import Ledger
from sagt.schema import utc
from sagt.search import Query, search
from sagt.store import Source, Store
from sagt.watch import Outcome, Watcher, backoff, is_due


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path}/store.db") as store:
        yield store


def watcher(store: Store, gap: float = 0.0, seconds: float = 1.0) -> Watcher:
    return Watcher(Ledger(store), Fetcher(Limits(private=True, seconds=seconds, size=4_000_000)), gap)


def queue_watcher(store: Store) -> Watcher:
    """The queue of these tests looks into the store before it answers, which can take a second on a busy machine."""
    return watcher(store, seconds=30.0)


def ask(watching: Watcher) -> dict[str, Outcome]:
    return {one.address: one for one in watching.round(all_due=True)}


def test_feeds_of_every_misbehaviour(shelf: Store) -> None:
    server = FeedServer()
    stored: dict[str, list[int]] = {address: [] for address in server.addresses()}
    for number in range(ROUNDS):
        # A new watcher each time: it goes on where the last one stood.
        watching = watcher(shelf)
        for address in server.addresses():
            watching.add(address)
        server.now = number
        outcomes = ask(watching)
        for address, counts in stored.items():
            counts.append(outcomes[address].stored if address in outcomes else 0)
    problems = {one.address: one.problem for one in shelf.sources()}
    found = [fault for n, address in enumerate(server.addresses()) for fault in server.wrong(n, stored[address], problems[address])]
    server.close()
    assert "\n".join(found) == ""
    assert shelf.counts()["report"] == sum(sum(kind.stored) for kind in KINDS.values())


def test_an_edited_entry_is_a_new_take(shelf: Store) -> None:
    server = FeedServer()
    number = list(KINDS).index("edited")
    watching = watcher(shelf)
    watching.add(server.address(number))
    for server.now in range(2):
        ask(watching)
    server.close()
    takes = [one.stored.report.text.rpartition(" ")[2] for one in shelf.chain(shelf.reports()[0])]
    assert takes == ["fredag.", "lørdag."]


def test_one_host_is_asked_one_at_a_time(shelf: Store) -> None:
    times: list[float] = []
    server = FeedServer()
    played = server.answer
    server.answer = lambda handler: (times.append(time.monotonic()), played(handler))[1]  # type: ignore[method-assign]
    watching = watcher(shelf, gap=0.3)
    for path in ("a", "b", "c"):
        watching.add(server.address(2) + path)
    ask(watching)
    server.close()
    assert all(later - earlier >= 0.3 for earlier, later in itertools.pairwise(times))
    assert len(times) == 3


def test_when_a_source_is_due() -> None:
    moment = datetime(2026, 3, 3, 6, 12, tzinfo=UTC)
    one = Source("http://avis.example/", "feed", utc(moment), 600.0)
    asked = Source("http://avis.example/", "feed", utc(moment), 600.0, checked=utc(moment - timedelta(seconds=500)))
    left_alone = Source("http://avis.example/", "feed", utc(moment), 600.0, wait_until=utc(moment + timedelta(seconds=1)))
    assert [is_due(s, moment) for s in (one, asked, left_alone)] == [True, False, False]
    assert [is_due(s, moment, True) for s in (one, asked, left_alone)] == [True, True, False]
    assert not is_due(Source("x", "feed", "", 1.0, gone=1), moment, True)
    assert [backoff(600, n).total_seconds() for n in (1, 2, 3, 40)] == [600, 1200, 2400, 86400]


def test_secrets_stay_in_the_environment(shelf: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = FeedServer()
    asked: list[str] = []
    played = server.answer
    server.answer = lambda handler: (asked.append(handler.path), played(handler))[1]  # type: ignore[method-assign]
    watching = watcher(shelf)
    with pytest.raises(InputError, match="environment variable"):
        watching.add(server.address(2) + "?token=hemmelig")
    watching.add(server.address(2) + "?token=${MIN_KEY}")
    assert "MIN_KEY" in (ask(watching)[server.address(2) + "?token=${MIN_KEY}"].problem or "")
    monkeypatch.setenv("MIN_KEY", "hemmelig+1")
    [source] = shelf.sources()
    shelf.put_source(Source(**{**{f: getattr(source, f) for f in source.__slots__}, "wait_until": None}))
    assert [one.stored for one in ask(watching).values()] == [2]
    server.close()
    assert asked == ["/?token=hemmelig%2B1"]
    shelf.close()
    assert not any(b"hemmelig" in file.read_bytes() for file in tmp_path.iterdir())


# ---- folders ----------------------------------------------------------------------------------------------------------------------------


def test_a_folder(shelf: Store, tmp_path: Path) -> None:
    folder = tmp_path / "wire"
    (folder / "sub").mkdir(parents=True)

    def write(name: str, payload: bytes, age: float = 60) -> None:
        path = folder / name
        path.write_bytes(payload)
        import os

        os.utime(path, (time.time() - age,) * 2)

    write("a.xml", news(1))
    write("sub/b.xml", news(2))
    write(".hidden.xml", news(3))
    write("c.xml.part", news(4))
    write("new.xml", news(5), age=0)
    write("broken.json", b'{"uuid": 1}')
    watching = watcher(shelf)
    watching.add(str(folder))
    assert [one.outcome for one in ask(watching)[str(folder)].added] == ["stored", "fault", "stored"]
    assert ask(watching)[str(folder)].added == ()
    write("new.xml", news(5))
    write("a.xml", news(1).replace(b"Nummer", b"No."))
    assert ask(watching)[str(folder)].stored == 2
    assert len(shelf.chain(shelf.find("n-1"))) in (1, 2)


# ---- Ritzau ---------------------------------------------------------------------------------------------------------------------------


class Queue(http.server.BaseHTTPRequestHandler):
    """Ritzau's queue, with what it was asked."""

    waiting: list[int] = []  # noqa: RUF012
    asked: list[str] = []  # noqa: RUF012
    safe: list[bool] = []  # noqa: RUF012
    refuse = False
    error = b"0"
    store = ""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.path)
        parts = urlsplit(self.path)
        status, body = 200, b"<ok/>"
        if parts.path.endswith("QueueAcknowledge"):
            number = int(parse_qs(parts.query)["servicequeueid"][0])
            with Store(self.store) as other:
                held = b"".join(other.payload_of(one.digest) for one in other.held())
                there = {stored.report.item.guid for stored in other.reports()}
            self.safe.append(f"<NewsID>n-{number}</NewsID>".encode() in held or f"n-{number}" in there)
            if self.refuse:
                status = 500
            else:
                self.waiting.remove(number)
        else:
            items = b"".join(map(news, self.waiting[:2]))
            body = b"<XMLNewsQueuedResponse xmlns='http://tempuri.org/'><XMLNewsQueuedResult><error xmlns=''>" + self.error
            body += (
                b"</error><errormsg xmlns=''>Forkert kode</errormsg><ListOfRBNews xmlns=''>"
                + items
                + b"</ListOfRBNews></XMLNewsQueuedResult></XMLNewsQueuedResponse>"
            )
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def queue(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Queue]]:
    class Mine(Queue):
        waiting = [1, 2, 3]  # noqa: RUF012
        asked: list[str] = []  # noqa: RUF012
        safe: list[bool] = []  # noqa: RUF012
        store = shelf.address

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mine)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    monkeypatch.setenv("SAGT_RITZAU_URL", f"http://127.0.0.1:{running.server_port}/xml/news/")
    monkeypatch.setenv("SAGT_RITZAU_USER", "avis")
    monkeypatch.setenv("SAGT_RITZAU_PASSWORD", "hemmelig")
    yield Mine
    running.shutdown()


def test_ritzaus_queue_is_acknowledged_when_its_items_are_safe(shelf: Store, queue: type[Queue], tmp_path: Path) -> None:
    watching = queue_watcher(shelf)
    watching.add("ritzau")
    assert ask(watching)["ritzau"].stored == 3
    assert queue.waiting == []
    assert queue.safe == [True, True, True]
    assert shelf.counts() == {"report": 3, "payload": 3, "inbox": 0, "reading": 0}
    shelf.close()
    assert not any(b"hemmelig" in file.read_bytes() for file in tmp_path.iterdir())


def test_what_was_not_acknowledged_comes_again_and_is_not_doubled(shelf: Store, queue: type[Queue]) -> None:
    queue.refuse = True
    watching = queue_watcher(shelf)
    watching.add("ritzau")
    problem = ask(watching)["ritzau"].problem or ""
    assert "will come again" in problem
    assert "hemmelig" not in problem
    queue.refuse = False
    shelf.put_source(Source("ritzau", "ritzau", "", 20.0))
    ask(watching)
    assert sorted(stored.report.item.guid or "" for stored in shelf.reports()) == ["n-1", "n-2", "n-3"]


def test_ritzaus_own_errors_are_said(shelf: Store, queue: type[Queue]) -> None:
    queue.error = b"3"
    watching = queue_watcher(shelf)
    watching.add("ritzau")
    assert "error 3: Forkert kode" in (ask(watching)["ritzau"].problem or "")


def test_without_credentials_it_says_where_to_put_them(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAGT_RITZAU_USER", raising=False)
    watching = queue_watcher(shelf)
    watching.add("ritzau")
    assert "SAGT_RITZAU_USER" in (ask(watching)["ritzau"].problem or "")


# ---- lists ----------------------------------------------------------------------------------------------------------------------------


def test_opml_there_and_back() -> None:
    outlines = [
        opml.Outline("https://a.example/rss", "A & B", "Aviser/Lokale", "da"),
        opml.Outline("https://b.example/rss", "Bé", "Aviser"),
        opml.Outline("https://c.example/rss"),
    ]
    again = opml.read(opml.write(outlines))
    assert sorted(again, key=lambda o: o.address) == [*outlines[:2], opml.Outline("https://c.example/rss", "https://c.example/rss")]


@pytest.mark.parametrize("payload", [b"", b"hej", b"<html/>", GOOD])
def test_what_is_no_list(payload: bytes) -> None:
    with pytest.raises(InputError, match="no OPML"):
        opml.read(payload)


@pytest.mark.parametrize(
    "address", ["ftp://avis.example/", "http://[", "nosuchfolder", "https://me:pw@avis.example/", "https://avis.example/?apikey=x"]
)
def test_what_cannot_be_watched(shelf: Store, address: str) -> None:
    with pytest.raises(InputError) as caught:
        watcher(shelf).add(address)
    assert "pw@" not in str(caught.value)
    assert "=x" not in str(caught.value)


def test_what_came_is_found(shelf: Store) -> None:
    server = FeedServer()
    watching = watcher(shelf)
    watching.add(server.address(0))
    ask(watching)
    server.close()
    assert [hit.title for hit in search(shelf, Query("færge"))] == ["Færgen sejler"]
