"""The commands over the store, as a user runs them: a process each, one after the other on one store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from payloads import PAYLOADS
from test_cli import sagt

from sagt.store import Store
from sagt.types import Fault, Reading

FIRST = (
    PAYLOADS["ritzau"].replace(b"BRO (NY)", b"BRO").replace(b"<Replaces><RelatedNews><NewsID>a-0</NewsID></RelatedNews></Replaces>", b"")
)
FIRST = FIRST.replace(b"&amp;quot;Holt&amp;quot;", b"Karen Holt")
SECOND = FIRST.replace(b"a-1", b"a-2").replace(b"T06:12", b"T08:40").replace(b">BRO<", b">BRO (NY)<").replace("åbner,".encode(), b"lukker,")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of two takes, a mail, a broken file and a picture."""
    here = tmp_path_factory.mktemp("commands")
    files = {
        "1.xml": FIRST,
        "2.xml": SECOND,
        "3.eml": PAYLOADS["mail"],
        "4.json": b'{"x":',
        "5.png": b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9,
    }
    (here / "in").mkdir()
    for name, payload in files.items():
        (here / "in" / name).write_bytes(payload)
    done = run(here, "add", "in")
    assert done.returncode == 1 and b"3 reports stored, 2 could not be read and are kept (sagt faults), 3 read" in done.stderr + done.stdout
    return here


def run(folder: Path, *args: str, stdin: bytes = b""):  # type: ignore[no-untyped-def]
    return sagt(*args, stdin=stdin, cwd=folder, SAGT_DB=f"sqlite:///{folder}/store.db", PYTHONIOENCODING="utf-8", COLUMNS="100")


def rows(folder: Path, *args: str) -> list[dict[str, object]]:
    done = run(folder, *args, "--json")
    assert b"Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_adding_again_adds_nothing(folder: Path) -> None:
    assert [row["outcome"] for row in rows(folder, "add", "in/1.xml", "in/2.xml")] == ["known", "known"]


def test_a_search_finds_any_form_of_a_word(folder: Path) -> None:
    assert {row["outlet"] for row in rows(folder, "search", "bro")} == {"Ritzau", "Havnby Kommune"}
    assert rows(folder, "search", "--actor", "Holt", "--act", "denies") == []
    assert len(rows(folder, "search", "--actor", "Holt", "--agency", "ritzau")) == 2


def test_versions_tell_what_changed(folder: Path) -> None:
    first, second = rows(folder, "versions", "a-1")
    assert first["changes"] == [] and second["signal"] == "update" and second["evidence"] == ["slug: (NY)"]
    assert ["åbner", "lukker"] in [pair for change in second["changes"] for pair in change["words"]]  # type: ignore[attr-defined]


def test_the_original_bytes_come_back(folder: Path) -> None:
    assert run(folder, "show", "a-2", "--payload").stdout == SECOND
    [shown] = rows(folder, "show", "a-2")
    assert shown["report"]["text"] and shown["attributions"]  # type: ignore[index]


def test_what_cannot_be_read_is_listed(folder: Path) -> None:
    told = {str(row["received_from"]): str(row["fault"]) for row in rows(folder, "faults")}
    assert told["in/5.png"] == "binary data, no text" and told["in/4.json"].startswith("not JSON")


def test_what_could_not_be_read_by_a_fault_of_ours_is_listed(folder: Path) -> None:
    with Store(f"sqlite:///{folder}/store.db") as store:
        one, why = store.find("a-1"), "could not be read: KeyError: 'what'"
        reading = store.reading_of(one)
        assert reading is not None
        store.put_readings([(one.seq, Reading(one.report, (), faults=(Fault(why, ours=True),)))], "another version")
        assert {"report": one.report.id, "received": one.received, "fault": why} in rows(folder, "faults")
        assert b"1 report could not be read or linked" in run(folder, "faults").stdout
        assert b"could not be read: KeyError" in run(folder, "show", "a-1").stdout
        store.put_readings([(one.seq, reading)], "another version")
        assert len(rows(folder, "faults")) == 2


def test_a_store_is_checked_rebuilt_copied_and_restored(folder: Path) -> None:
    assert run(folder, "check").returncode == 0
    [again] = rows(folder, "rebuild")
    assert again["same"] and again["read"] == 0
    assert run(folder, "backup", "copy.db").returncode == 0
    assert run(folder, "backup", "copy.db").returncode == 2, "a backup writes over nothing"
    other = f"sqlite:///{folder}/other.db"
    assert run(folder, "restore", "copy.db", "--db", other).returncode == 0
    assert [r["id"] for r in rows(folder, "search", "bro", "--db", other)] == [r["id"] for r in rows(folder, "search", "bro")]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["show", "nosuch"], "no report 'nosuch'"),
        (["search", "--since", "banana"], "--since banana: give a day"),
        (["add", "nofile"], "no such file: nofile"),
        (["watch"], "nothing to watch"),
        (["watch", "ftp://x.example/feed"], "over http and https"),
        (["restore", "nofile"], "no such file"),
        (["check", "--db", "mysql://x"], "SQLite and PostgreSQL"),
        (["check", "--db", "postgresql://u:hemmelig@127.0.0.1:1/x"], "no PostgreSQL answers there"),
    ],
)
def test_a_wrong_call_says_what_to_do(folder: Path, args: list[str], said: str) -> None:
    done = run(folder, *args)
    assert done.returncode == 2 and said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode() and "hemmelig" not in done.stderr.decode()
