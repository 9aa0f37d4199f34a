"""What pages and API share: one store, one ledger, and one thread that reads and links what comes in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from sagt import schema
from sagt.errors import SagtError
from sagt.ledger import Ledger, Payload
from sagt.store import Added, Store

#: Seconds between two looks for what other processes stored or judged.
PACE = 0.5


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
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._reading = threading.Lock()

    def start(self) -> None:
        """Begin to read what is stored and not yet read, now and whenever something comes in."""
        self._thread = threading.Thread(target=self._run, name="sagt-reader", daemon=True)
        self._work.set()
        self._thread.start()

    def stop(self, seconds: float = 30.0) -> None:
        """Let the reading thread finish its batch, and close the store."""
        self._stop.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join(seconds)
        self.store.close()

    def add(self, payloads: Iterable[Payload]) -> list[Added]:
        """Store payloads; when this returns they are safe, and will be read in a moment."""
        added = list(self.ledger.add(payloads))
        self._work.set()
        return added

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
            except SagtError as error:
                self.problem = str(error)
