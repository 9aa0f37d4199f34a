"""Watching feeds, folders and Ritzau's queue. Polite to hosts, patient with failures, and at every moment ready to be killed:
what is known of a source is kept with its reports, and a queue's items are acknowledged only once they are safe."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sagt import config, ingest, languages
from sagt.errors import InputError, SagtError, StoreError
from sagt.fetch import Answer, Fetcher, FetchError, Known, redacted
from sagt.formats import Given, Unreadable, identity, ritzau
from sagt.ledger import Ledger, Payload
from sagt.schema import now, utc
from sagt.store import Added, Source

#: Seconds between two tries of a feed that says nothing itself, of a folder, of Ritzau's queue.
PACE = {"feed": 600.0, "folder": 10.0, "ritzau": 20.0}
#: Longest that a failing source is left alone, and that a server's word of freshness is believed.
LONGEST_WAIT, LONGEST_FRESH = timedelta(hours=24), timedelta(hours=1)
#: Seconds between two requests to one host.
GAP = 1.0
#: Hosts that are asked at the same time.
WORKERS = 16
#: Seconds for which a file must be left alone by whoever writes it.
SETTLED = 1.0
#: Items that Ritzau's queue is asked for at a time; 50 is what its own documentation asks for.
QUEUE = 50
#: Rounds of the queue in one go, so that other sources have their turn.
MOST_ROUNDS = 100
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
_FEEDS = frozenset(
    (
        "feed",
        "json-feed",
        "rss",
        "atom",
        "newsmessage",
        "newsml-g2",
        "newsml",
        "nitf",
        "ninjs",
        "ninjs-list",
        "ritzau",
        "ritzau-queue",
        "jsonl",
    )
)
_PARTIAL = (".part", ".tmp", ".crdownload", ".filepart", "~")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try of a source brought."""

    address: str
    added: tuple[Added, ...] = ()
    status: int | None = None  #: of HTTP
    problem: str | None = None

    @property
    def stored(self) -> int:
        """New reports."""
        return sum(one.outcome == "stored" for one in self.added)


@dataclass(slots=True)
class Watcher:
    """Tries sources that are due. One thread calls it; it uses several."""

    ledger: Ledger
    fetcher: Fetcher
    gap: float = GAP
    seen: dict[Path, tuple[int, int]] = field(default_factory=dict)  #: files as they were when they were taken in: size, time

    def add(
        self, address: str, *, pace: float | None = None, title: str | None = None, section: str | None = None, language: str | None = None
    ) -> Source:
        """Watch an address of a feed, a folder, or "ritzau". What is watched already keeps its state.

        Raises InputError for what is none of them, or for an address with a password or token in it."""
        kind, name = kind_of(address)
        there = next((one for one in self.ledger.store.sources() if one.address == name), None)
        if there is not None and pace is None:
            return there
        source = there or Source(name, kind, now(), PACE[kind], title=title, section=section, language=language)
        source = replace(source, pace=pace or source.pace)
        self.ledger.store.put_source(source)
        return source

    def round(self, *, all_due: bool = False) -> Iterator[Outcome]:
        """Try every source that is due; with `all_due` also those whose pace is not up, but not those that asked to be left alone.

        One source never keeps another from its turn: what goes wrong with it is kept with it. Raises StoreError only."""
        self.ledger.take_in()
        due = [one for one in self.ledger.store.sources() if is_due(one, datetime.now(UTC), all_due)]
        by_host: dict[str, list[Source]] = defaultdict(list)
        for one in due:
            by_host[_host(one)].append(one)
        with ThreadPoolExecutor(WORKERS) as pool:
            for done in as_completed([pool.submit(self._host_round, group) for group in by_host.values()]):
                yield from done.result()

    def _host_round(self, sources: list[Source]) -> list[Outcome]:
        found = []
        for number, one in enumerate(sources):
            if number and one.kind == "feed":
                time.sleep(self.gap)
            found.append(self._try(one))
        return found

    def _try(self, one: Source) -> Outcome:
        tries: dict[str, Callable[[Source], Outcome]] = {"feed": self._feed, "folder": self._folder, "ritzau": self._ritzau}
        try:
            return tries[one.kind](one)
        except StoreError:
            raise
        except FetchError as error:
            return self._failed(one, f"{error.why}: {error}")
        except (SagtError, OSError) as error:
            return self._failed(one, str(error))

    # ---- feeds ------------------------------------------------------------------------------------------------------------------

    def _feed(self, one: Source) -> Outcome:
        answer = self.fetcher.get(config.expanded(one.moved_to or one.address), Known(one.etag, one.modified), ACCEPT)
        if answer.status == 304:
            return self._done(one, answer, ())
        if answer.status == 410:
            return self._failed(replace(one, gone=1), "gone for good (410)", answer)
        if answer.status != 200:
            return self._failed(one, f"the server answered {answer.status}", answer)
        if identity(answer.body) == one.digest:
            return self._done(one, answer, ())
        format = _feed_format(answer)
        if format not in _FEEDS:
            return self._failed(one, "no feed: " + ("an empty answer" if not answer.body.strip() else f"looks like {format}"), answer)
        given = Given(url=redacted(answer.url), outlet=one.outlet, language=one.language, encoding=None)
        added = tuple(self.ledger.add([Payload(answer.body, given, format)], entries=True))
        broken = next((a.fault for a in added if a.outcome == "fault"), None)
        if broken and not any(a.outcome != "fault" for a in added):
            return self._failed(one, broken, answer, added)
        return self._done(one, answer, added)

    def _done(self, one: Source, answer: Answer, added: tuple[Added, ...]) -> Outcome:
        new = sum(a.outcome == "stored" for a in added)
        moment = now()
        fresh = min(timedelta(seconds=answer.fresh_for or 0), LONGEST_FRESH)
        moved = redacted(answer.moved) if answer.moved and "${" not in one.address else None
        kept = replace(
            one, checked=moment, succeeded=moment, changed=moment if new else one.changed, failures=0, problem=None,
            reports=one.reports + new, wait_until=utc(datetime.now(UTC) + fresh) if fresh else None,
            moved_to=moved if moved and "***" not in moved else one.moved_to,
            etag=answer.etag or (one.etag if answer.status == 304 else None),
            modified=answer.modified or (one.modified if answer.status == 304 else None),
            digest=identity(answer.body) if answer.status == 200 else one.digest,
        )  # fmt: skip
        self.ledger.store.put_source(kept)
        return Outcome(one.address, added, answer.status)

    def _failed(self, one: Source, problem: str, answer: Answer | None = None, added: tuple[Added, ...] = ()) -> Outcome:
        wait = backoff(one.pace, one.failures + 1)
        if answer is not None and answer.retry_after is not None:
            wait = max(timedelta(seconds=min(answer.retry_after, LONGEST_WAIT.total_seconds())), timedelta(seconds=1))
        kept = replace(one, checked=now(), failures=one.failures + 1, problem=problem[:500], wait_until=utc(datetime.now(UTC) + wait))
        self.ledger.store.put_source(kept)
        return Outcome(one.address, added, answer.status if answer else None, problem)

    # ---- folders ----------------------------------------------------------------------------------------------------------------

    def _folder(self, one: Source) -> Outcome:
        fresh = list(self._fresh_files(Path(one.address)))
        payloads = (Payload(path.read_bytes(), Given(name=str(path), outlet=one.outlet, language=one.language)) for path, _ in fresh)
        added = tuple(self.ledger.add(payloads))
        self.seen.update(fresh)
        moment, new = now(), sum(a.outcome == "stored" for a in added)
        kept = replace(
            one,
            checked=moment,
            succeeded=moment,
            changed=moment if new else one.changed,
            failures=0,
            problem=None,
            reports=one.reports + new,
            wait_until=None,
        )
        self.ledger.store.put_source(kept)
        return Outcome(one.address, added)

    def _fresh_files(self, folder: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
        """Files that are new or changed, and left alone by whoever writes them."""
        if not folder.is_dir():
            raise InputError(f"no folder {folder}")
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder).parts
            if path.is_symlink() or not path.is_file() or any(part.startswith(".") for part in inside) or path.name.endswith(_PARTIAL):
                continue
            about = path.stat()
            state = (about.st_size, about.st_mtime_ns)
            if self.seen.get(path) != state and time.time() - about.st_mtime > SETTLED:
                yield path, state

    # ---- Ritzau's queue -----------------------------------------------------------------------------------------------------------

    def _ritzau(self, one: Source) -> Outcome:
        """Take from the queue until it is empty: kept, committed, and only then acknowledged."""
        base, credentials = config.ritzau()
        login = f"user={quote(credentials.user, safe='')}&password={quote(credentials.password, safe='')}"
        added: list[Added] = []
        for _ in range(MOST_ROUNDS):
            answer = self.fetcher.get(f"{base}NewsQueue?{login}&maksAntal={QUEUE}&waitAcknowledge=true")
            if answer.status != 200:
                return self._failed(one, f"Ritzau answered {answer.status}", answer, tuple(added))
            try:
                numbers = ritzau.queue_numbers(answer.body)
                problem = (
                    next((p.fault for p in ingest.items(answer.body, Given(), "ritzau-queue") if p.fault), None) if not numbers else None
                )
            except Unreadable as fault:
                numbers, problem = [], str(fault)
            if problem and "nothing in it" not in problem:
                return self._failed(one, problem, answer, tuple(added))
            if not numbers:
                break
            self.ledger.store.hold(answer.body, Given(url=redacted(base)), "ritzau-queue", "ritzau")
            for number in numbers:
                self._acknowledge(base, login, number)
            added += self.ledger.take_in()
        moment, new = now(), sum(a.outcome == "stored" for a in added)
        kept = replace(
            one,
            checked=moment,
            succeeded=moment,
            changed=moment if new else one.changed,
            failures=0,
            problem=None,
            reports=one.reports + new,
            wait_until=None,
        )
        self.ledger.store.put_source(kept)
        return Outcome(one.address, tuple(added), 200)

    def _acknowledge(self, base: str, login: str, number: str) -> None:
        answer = self.fetcher.get(f"{base}QueueAcknowledge?{login}&servicequeueid={quote(number, safe='')}")
        if answer.status != 200:
            raise InputError(f"Ritzau did not take the acknowledgement of {number}: it answered {answer.status}; the item will come again")


def is_due(one: Source, moment: datetime, all_due: bool = False) -> bool:
    """True if a source is to be tried: not gone, not asked to be left alone, and its pace up."""
    if one.gone or (one.wait_until and utc(moment) < one.wait_until):
        return False
    return all_due or one.checked is None or moment >= datetime.fromisoformat(one.checked) + timedelta(seconds=one.pace)


def backoff(pace: float, failures: int) -> timedelta:
    """How long a source is left alone after so many failures in a row: twice as long each time."""
    return min(timedelta(seconds=pace * 2 ** min(failures - 1, 20)), LONGEST_WAIT)


def kind_of(address: str) -> tuple[str, str]:
    """What an address is (feed, folder, ritzau), and the address to keep. Raises InputError for what cannot be watched."""
    if address == "ritzau":
        return "ritzau", address
    if "://" in address:
        if address.partition("://")[0].lower() not in ("http", "https"):
            raise InputError(f"{redacted(address)}: feeds are watched over http and https")
        if not languages.host_of(address):
            raise InputError(f"{redacted(address)}: no address of the web")
        if not _only_names(address):
            raise InputError(
                f"{redacted(address)}: put the secret into an environment variable and write ${{NAME}} for it, so that it is not stored"
            )
        return "feed", address
    path = Path(address).expanduser()
    if path.is_dir():
        return "folder", str(path.resolve())
    raise InputError(f"{address}: neither an address, nor a folder, nor ritzau")


def _only_names(address: str) -> bool:
    """True if every secret in the address stands as ${NAME}."""
    bare = re.sub(r"\$\{\w+\}", "", address)
    return redacted(bare).replace("***", "") == bare


def _host(one: Source) -> str:
    if one.kind != "feed":
        return f"{one.kind} {one.address}"
    address = one.moved_to or one.address
    return languages.host_of(address) or address


def _feed_format(answer: Answer) -> str:
    try:
        return ingest.sniff(answer.body)
    except InputError:
        return "unknown"


def watch(watcher: Watcher, told: Callable[[Outcome], None], *, read: bool = True, once: bool = False, pause: float = 1.0) -> None:
    """Go round until interrupted, or once; `told` hears of each source that was tried."""
    while True:
        busy = _tell(watcher.round(all_due=once), told)
        if read and busy:
            watcher.ledger.read_new()
        if once:
            return
        time.sleep(pause)


def _tell(outcomes: Iterable[Outcome], told: Callable[[Outcome], None]) -> int:
    stored = 0
    for one in outcomes:
        told(one)
        stored += one.stored
    return stored
