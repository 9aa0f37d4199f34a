"""What pages and API share: one store, one ledger, and one thread that reads and links what comes in."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select

from sagt import schema
from sagt.desk.kept import Kept
from sagt.errors import SagtError
from sagt.ledger import Ledger, Payload
from sagt.store import Added, Store

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds between two looks for what other processes stored or judged.
PACE = 0.5
#: What was found for pages, boards of stories and what lists tell of stories: how many of each are kept.
PAGES, BOARDS, TALLIES = 128, 32, 1000
#: Seconds that what was found for a page is kept.
KEPT_FOR = 60.0


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """How far the record has come. Whatever changes what a reader sees makes it greater."""

    report: int  #: number of the newest report
    linked: int  #: number of the newest report that is linked
    judgement: int  #: number of the newest judgement

    def __str__(self) -> str:
        return f"{self.report}.{self.linked}.{self.judgement}"


class Desk:
    """One store, shared by all requests. Reading is for any thread; what comes in is read by one thread of its own."""

    def __init__(self, store: Store, ledger: Ledger | None = None) -> None:
        self.store = store
        self.ledger = ledger or Ledger(store)
        self.problem: str | None = None  #: why reading stopped, if it did
        self.closing = threading.Event()  #: set when the desk closes: whoever waits for news ends
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._reading = threading.Lock()
        self.behind = ThreadPoolExecutor(1, "sagt-maker")  #: makes ahead, or anew, what nobody should wait for
        self._pages, self.boards, self.tallies = (Kept(most, self.behind) for most in (PAGES, BOARDS, TALLIES))

    def start(self) -> None:
        """Begin to read what is stored and not yet read, now and whenever something comes in."""
        self._thread = threading.Thread(target=self._run, name="sagt-reader", daemon=True)
        self._work.set()
        self._thread.start()

    def stop(self, seconds: float = 30.0) -> None:
        """Let the reading thread finish its batch, and close the store."""
        self.closing.set()
        self._stop.set()
        self._work.set()
        self.behind.shutdown(wait=True, cancel_futures=True)
        if self._thread is not None:
            self._thread.join(seconds)
        self.store.close()

    @property
    def reads(self) -> bool:
        """True while the thread that reads what comes in is running."""
        return self._thread is not None and self._thread.is_alive()

    def add(self, payloads: Iterable[Payload]) -> list[Added]:
        """Store payloads; when this returns they are safe, and will be read in a moment."""
        added = list(self.ledger.add(payloads))
        self.wake()
        return added

    def wake(self) -> None:
        """Read now what others stored, rather than at the next look."""
        self._work.set()

    def with_reader(self, ask: Callable[[Ledger], object]) -> object:
        """Ask the ledger for what takes its reader; one at a time."""
        with self._reading:
            return ask(self.ledger)

    def mark(self) -> Mark:
        """How far the record has come."""
        with self.store.reading() as connection:
            report, linked, judgement = (
                connection.execute(select(func.max(column))).scalar() or 0
                for column in (schema.report.c.seq, schema.brief.c.seq, schema.judgement.c.id)
            )
        return Mark(report, linked, judgement)

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` finds. It is kept until the record changes, or for a minute, since not all that is looked at is in the mark."""
        return self._pages.get(key, make, self.mark(), KEPT_FOR)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work.wait(PACE * 4)
            self._work.clear()
            if self._stop.is_set():
                return
            try:
                with self._reading:
                    self.ledger.read_new()
                self.problem = None
            except Exception as error:
                if self._stop.is_set():
                    return  # what it reads with is being taken away; the next desk reads on
                # The thread must outlive whatever one report does to it; what it could not do, it tries again.
                problem = str(error) if isinstance(error, SagtError) else f"a fault of ours: {type(error).__name__}"
                if problem != self.problem:
                    _log.error("reading stopped", exc_info=error)
                self.problem = problem
