"""Accounts and what is theirs, on both databases: what opens them, what ends, who may have what, and the commands over them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from door import OTHER_WORD, WORD, Browser, hire, user_of

from sagt import accounts, keeping, schema
from sagt.accounts import Refused, Role, Scope, User
from sagt.cli import main
from sagt.desk.app import create_app
from sagt.desk.service import Desk
from sagt.store import Store


@pytest.fixture
def staff(store: Store) -> Store:
    """A store with an admin, an editor, a reader."""
    return hire(store)


# ---- accounts ---------------------------------------------------------------------------------------------------------------------------


def test_a_name_and_its_password_open_an_account(store: Store) -> None:
    accounts.add(store, "Ada Lund", Role.ADMIN, WORD)
    found = accounts.entered(store, "  ada   LUND ", WORD)
    assert found and (found.name, found.role) == ("Ada Lund", Role.ADMIN)
    assert accounts.entered(store, "Ada Lund", WORD + "x") is None
    assert accounts.entered(store, "Nobody", WORD) is None
    assert accounts.entered(store, "Ada Lund", WORD * 20) is None


def test_no_secret_is_in_the_store(staff: Store) -> None:
    ada = user_of(staff, "Ada Lund")
    raw = accounts.begin(staff, accounts.find(staff, "Ada Lund"), None, None)
    token = accounts.make_token(staff, ada, "archive", Scope.READ)
    with staff.reading() as connection:
        kept = repr([connection.execute(sa.select(table)).all() for table in (schema.account, schema.session, schema.token)])
    assert "$argon2id$" in kept
    assert WORD not in kept and raw not in kept and token not in kept and token.removeprefix("sagt_") not in kept


@pytest.mark.parametrize(
    ("password", "why"),
    [("short", "length"), ("x" * 201, "length"),
     ("karenholt-1234", "holds_name"), ("KARENHOLT 12345", "holds_name"), ("abab" * 4, "too_even")],
)  # fmt: skip
def test_a_password_that_will_not_do_is_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        accounts.checked(password, "KarenHolt")
    assert refused.value.why == why


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "<b>", "a/b", "a\nb\x00", "-rm", "ada\u202elund"])
def test_a_name_that_will_not_do_is_refused(store: Store, name: str) -> None:
    with pytest.raises(Refused):
        accounts.add(store, name, Role.ADMIN, WORD)


def test_names_that_look_alike_are_one(store: Store) -> None:
    accounts.add(store, "Søren", Role.ADMIN, WORD)
    with pytest.raises(Refused, match="already"):
        accounts.add(store, "ＳØREN", Role.READER, WORD)


def test_there_is_always_an_admin(staff: Store) -> None:
    with pytest.raises(Refused, match="last admin"):
        accounts.set_role(staff, "Ada Lund", Role.EDITOR)
    with pytest.raises(Refused, match="last admin"):
        accounts.set_disabled(staff, "Ada Lund", True)
    accounts.set_role(staff, "Erik", Role.ADMIN)
    assert accounts.set_disabled(staff, "Ada Lund", True).disabled


def test_the_first_account_is_an_admins(store: Store) -> None:
    with pytest.raises(Refused, match="first account"):
        accounts.add(store, "Rosa", Role.READER, WORD)
    assert not accounts.exist(store)


def test_unknown_names_take_as_long_as_wrong_passwords(staff: Store) -> None:
    """By counting the hashes, not the seconds: each way makes exactly one."""
    made: list[str] = []
    real = accounts._HASHER

    class Counting:
        def verify(self, hashed: str, password: str) -> bool:
            made.append(hashed)
            return real.verify(hashed, password)

        def hash(self, password: str) -> str:
            return real.hash(password)

    accounts._nobody()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", Counting())
        for name, password in (("Rosa", "wrong password"), ("Nobody", "wrong password"), ("Rosa", "w" * 5_000)):
            made.clear()
            assert accounts.entered(staff, name, password) is None
            assert len(made) == 1 and made[0].rpartition("$")[0].rpartition("$")[0] == "$argon2id$v=19$m=65536,t=3,p=4"


def test_a_provider_vouches_for_an_account_that_it_made(staff: Store) -> None:
    first = accounts.vouched(staff, "https://id.example", "u-17", "Rosa", Role.READER)
    assert (first.name, first.by) == ("Rosa-2", "https://id.example")
    raw = accounts.begin(staff, first, None, None)
    again = accounts.vouched(staff, "https://id.example", "u-17", "Another Name", Role.EDITOR)
    assert (again.id, again.name, again.role) == (first.id, "Rosa-2", Role.EDITOR)
    assert accounts.of_session(staff, raw) is None, "what was open under the old role ends"
    assert accounts.vouched(staff, "https://other.example", "u-17", "Rosa", Role.READER).id != first.id


def test_a_store_of_before_gets_the_tables(address: Callable[[], str]) -> None:
    where = address()
    with Store(where) as opened, opened.writing() as connection:
        for table in (schema.session, schema.token, schema.account, schema.saved_search, schema.audit, schema.webhook):
            table.drop(connection)
        connection.execute(sa.delete(schema.version).where(schema.version.c.number > 2))
    with Store(where) as again:
        accounts.add(again, "Ada Lund", Role.ADMIN, WORD)
        assert accounts.exist(again)


def test_a_backup_brings_accounts_and_tokens_but_no_sessions(staff: Store, address: Callable[[], str], tmp_path: Path) -> None:
    rosa = user_of(staff, "Rosa")
    token, session = (
        accounts.make_token(staff, rosa, "archive", Scope.READ),
        accounts.begin(staff, accounts.find(staff, "Rosa"), None, None),
    )
    accounts.save_search(staff, rosa, "Bro", "q=bro")
    keeping.backup(staff, tmp_path / "copy.db")
    with Store(address()) as new:
        keeping.restore(tmp_path / "copy.db", new)
        assert accounts.of_token(new, token) and not accounts.of_session(new, session)
        assert [one.title for one in accounts.searches(new, rosa)] == ["Bro"]
        # Numbers go on where they stood.
        assert accounts.add(new, "Nils", Role.READER, WORD).id > accounts.find(new, "Rosa").id
        with pytest.raises(Exception, match="restore into an empty store"):
            keeping.restore(tmp_path / "copy.db", new)


# ---- sessions and tokens ----------------------------------------------------------------------------------------------------------------


def turned(store: Store, table: sa.Table, **columns: timedelta) -> None:
    """Set the clock back for rows of a table."""
    values = {name: schema.utc(datetime.now(UTC) - span) for name, span in columns.items()}
    with store.writing() as connection:
        connection.execute(sa.update(table).values(**values))


def test_a_session_ends_unused_and_at_all(staff: Store) -> None:
    one = accounts.find(staff, "Rosa")
    raw = accounts.begin(staff, one, None, None)
    found = accounts.of_session(staff, raw)
    assert found and found[0].name == "Rosa"
    turned(staff, schema.session, used=accounts.IDLE + timedelta(seconds=1))
    assert accounts.of_session(staff, raw) is None
    raw = accounts.begin(staff, one, None, None)
    turned(staff, schema.session, expires=timedelta(seconds=1))
    assert accounts.of_session(staff, raw) is None


def test_use_is_written_down_now_and_then(staff: Store) -> None:
    raw = accounts.begin(staff, accounts.find(staff, "Rosa"), None, None)
    assert accounts.of_session(staff, raw) == (
        User("Rosa", Role.READER, user_of(staff, "Rosa").account, accounts.hashed_secret(raw)),
        False,
    )
    turned(staff, schema.session, used=timedelta(minutes=10))
    found = accounts.of_session(staff, raw)
    assert found and found[1]
    accounts.touch(staff, found[0])
    again = accounts.of_session(staff, raw)
    assert again and not again[1]


def test_an_account_has_so_many_sessions_and_no_more(staff: Store) -> None:
    one = accounts.find(staff, "Rosa")
    raws = [accounts.begin(staff, one, None, None) for _ in range(accounts.MOST_SESSIONS + 2)]
    assert [accounts.of_session(staff, raw) is not None for raw in raws] == [False] * 2 + [True] * accounts.MOST_SESSIONS


@pytest.mark.parametrize(
    ("name", "scope", "role"),
    [("Ada Lund", Scope.READ, Role.READER), ("Ada Lund", Scope.WRITE, Role.EDITOR), ("Ada Lund", Scope.ADMIN, Role.ADMIN),
     ("Erik", Scope.WRITE, Role.EDITOR), ("Rosa", Scope.READ, Role.READER)],
)  # fmt: skip
def test_a_token_may_what_its_scope_and_role_allow(staff: Store, name: str, scope: Scope, role: Role) -> None:
    found = accounts.of_token(staff, accounts.make_token(staff, user_of(staff, name), "archive", scope))
    assert found and found[0].role is role


def test_a_token_ends_by_time_by_hand_and_with_its_account(staff: Store) -> None:
    rosa = user_of(staff, "Rosa")
    expired, revoked, shut = (accounts.make_token(staff, rosa, label, Scope.READ) for label in ("a", "b", "c"))
    turned_id = next(one.id for one in accounts.tokens(staff, rosa) if one.label == "a")
    with staff.writing() as connection:
        connection.execute(sa.update(schema.token).where(schema.token.c.id == turned_id).values(expires=schema.now()))
    accounts.revoke(staff, rosa, next(one.id for one in accounts.tokens(staff, rosa) if one.label == "b"))
    assert accounts.of_token(staff, expired) is None and accounts.of_token(staff, revoked) is None
    assert accounts.of_token(staff, shut) is not None
    accounts.set_disabled(staff, "Rosa", True)
    assert accounts.of_token(staff, shut) is None


def test_less_of_a_role_is_less_of_its_tokens(staff: Store) -> None:
    raw = accounts.make_token(staff, user_of(staff, "Erik"), "archive", Scope.WRITE)
    accounts.set_role(staff, "Erik", Role.READER)
    found = accounts.of_token(staff, raw)
    assert found and found[0].role is Role.READER


def test_one_can_have_no_token_for_more_than_one_may(staff: Store) -> None:
    with pytest.raises(Refused, match="scope"):
        accounts.make_token(staff, user_of(staff, "Rosa"), "archive", Scope.WRITE)
    with pytest.raises(Refused, match="days"):
        accounts.make_token(staff, user_of(staff, "Rosa"), "archive", Scope.READ, 10_000)


def test_what_is_one_users_is_not_anothers(staff: Store) -> None:
    erik, rosa = user_of(staff, "Erik"), user_of(staff, "Rosa")
    search = accounts.save_search(staff, erik, "Bro", "?q=bro")
    accounts.make_token(staff, erik, "archive", Scope.READ)
    accounts.begin(staff, accounts.find(staff, "Erik"), None, None)
    [token], [session] = accounts.tokens(staff, erik), accounts.sessions(staff, erik)
    assert (accounts.searches(staff, rosa), accounts.tokens(staff, rosa), accounts.sessions(staff, rosa)) == ([], [], [])
    with pytest.raises(Refused):
        accounts.drop_search(staff, rosa, search.id)
    with pytest.raises(Refused):
        accounts.revoke(staff, rosa, token.id)
    assert accounts.end(staff, rosa, session.handle) == 0
    assert accounts.searches(staff, erik) == [replace(search, query="q=bro")] and accounts.tokens(staff, erik)[0].alive
    accounts.drop_search(staff, erik, search.id)
    assert accounts.searches(staff, erik) == []


def test_a_search_of_the_same_title_is_replaced(staff: Store) -> None:
    rosa = user_of(staff, "Rosa")
    first, second = accounts.save_search(staff, rosa, "Bro", "q=bro"), accounts.save_search(staff, rosa, " Bro ", "q=bro+havn")
    assert first.id == second.id and accounts.searches(staff, rosa) == [second]


def test_from_the_first_account_on_everybody_logs_in(store: Store) -> None:
    browser = Browser(create_app(Desk(store)))
    assert 'role="alert"' in browser.send("/users", "/users", name="Ada Lund", password=WORD, role="reader").text
    assert browser.send("/users", "/users", name="Ada Lund", password=WORD, role="admin").status_code == 303
    assert browser.get("/users").headers["location"] == "/login?next=%2Fusers"
    answer = browser.enter("ada lund", next="/users")
    assert (answer.status_code, answer.headers["location"]) == (303, "/users")
    assert "Ada Lund" in browser.get("/users").text


# ---- by command -------------------------------------------------------------------------------------------------------------------------


def ran(monkeypatch: pytest.MonkeyPatch, store: Store, *args: str, said: str = "") -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    return main(["users", *args, "--db", store.url.render_as_string(hide_password=False)])


def test_accounts_are_made_and_changed_by_command(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ran(monkeypatch, store, "add", "Ada Lund", "--role", "admin", said=WORD + "\n") == 0
    assert ran(monkeypatch, store, "add", "Rosa", said=WORD + "\n") == 0
    assert accounts.entered(store, "Rosa", WORD)
    assert ran(monkeypatch, store, "role", "Rosa", "editor") == 0
    assert ran(monkeypatch, store, "password", "Rosa", said=OTHER_WORD + "\n") == 0
    assert accounts.entered(store, "Rosa", OTHER_WORD)
    capsys.readouterr()
    assert ran(monkeypatch, store, "token", "Rosa", "--label", "archive", "--scope", "write") == 0
    told = capsys.readouterr()
    found = accounts.of_token(store, told.out.strip())
    assert found and found[0].role is Role.EDITOR and "once" in told.err
    assert ran(monkeypatch, store, "disable", "Rosa") == 0
    assert ran(monkeypatch, store, "list", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["name"], row["role"], bool(row["disabled"])) for row in rows] == [("Ada Lund", "admin", False), ("Rosa", "editor", True)]
    assert ran(monkeypatch, store, "enable", "Rosa") == 0
    assert accounts.notes(store)[0].what == "enabled" and accounts.notes(store)[0].address == "command line"


@pytest.mark.parametrize(
    ("args", "said", "words"),
    [(("add", "Rosa"), WORD, "first account"),
     (("add", "Rosa", "--role", "admin"), "short", "characters"), (("role", "Rosa", "admin"), "", "no account")],
)  # fmt: skip
def test_a_wrong_call_says_what_to_do(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str, words: str
) -> None:
    assert ran(monkeypatch, store, *args, said=said) == 2
    assert words in capsys.readouterr().err


def test_a_password_is_never_an_argument() -> None:
    told = subprocess.run([sys.executable, "-m", "sagt", "users", "add", "--help"], capture_output=True, text=True, check=True).stdout
    assert "--password" not in told
