"""The commands that ask the ledger, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from press import two_stories
from test_cli import sagt

EXAMPLE = Path(__file__).parents[1] / "examples" / "press.jsonl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of the example story."""
    here = tmp_path_factory.mktemp("ledger")
    assert run(here, "add", str(EXAMPLE)).returncode == 0
    return here


def run(folder: Path, *args: str):  # type: ignore[no-untyped-def]
    return sagt(*args, cwd=folder, SAGT_DB=f"sqlite:///{folder}/store.db", PYTHONIOENCODING="utf-8", COLUMNS="100")


def rows(folder: Path, *args: str) -> list[dict[str, Any]]:
    done = run(folder, *args, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def money(folder: Path) -> dict[str, Any]:
    return next(
        s
        for s in rows(folder, "statements", "--actor", "Holt")
        if "penge på bordet" in s["content"] or "money on the table" in s["content"]
    )


def test_statements_have_the_keys_that_are_promised(folder: Path) -> None:
    one = money(folder)
    assert one["actor"]["name"] == "Karen Holt" and one["actor"]["id"]
    assert len(one["reports"]) == 4 and set(one["outlets"]) == {"AP", "Ritzau", "Nordposten", "Sydposten"}
    assert [(o["carrier"], o["root"]) for o in one["origins"]] == [("AP", one["reports"][0])]
    assert one["witnesses"] == ["Karen Holt"] and one["act"] == "states" and one["due"] is None
    assert {"id", "claim", "standing"} <= one.keys()


def test_as_it_was_known_then(folder: Path) -> None:
    assert rows(folder, "statements", "--at", "2026-03-01") == []
    assert {o for s in rows(folder, "statements", "--at", "2026-03-02T06:00Z") for o in s["outlets"]} == {"AP"}


@pytest.mark.parametrize(
    "args",
    [["statements"], ["story"], ["who", "Holt"], ["promises"], ["open"], ["diff", "#1", "#2"], ["judge", "--list"]],
    ids=lambda a: a[0],
)
def test_each_command_speaks_to_people_and_to_programs(folder: Path, args: list[str]) -> None:
    done = run(folder, *args)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    assert all(len(line) <= 100 for line in done.stdout.decode().splitlines())
    rows(folder, *args)


def test_a_statement_is_explained_down_to_characters(folder: Path) -> None:
    [told] = rows(folder, "why", money(folder)["id"])
    pair = told["pairs"][0]
    text = rows(folder, "show", pair["a"]["report"])[0]["report"]["text"]
    assert " … ".join(text[a:b] for a, b in pair["a"]["spans"]) == pair["a"]["content"]
    assert pair["reasons"] and pair["likelihood"] > 0


def test_origins_and_claims(folder: Path) -> None:
    one = money(folder)
    [told] = rows(folder, "origins", one["id"])
    assert told["summary"] == "4 reports in 4 outlets, 1 origin (AP)"
    [claim] = rows(folder, "claim", one["claim"])
    assert claim["standing"] and claim["history"] and {q["is"] for q in claim["quotations"]} <= {"same", "translated", "shortened"}


def test_a_judgement_and_its_undoing(folder: Path) -> None:
    found = [s["id"] for s in rows(folder, "statements")]
    [made] = rows(folder, "judge", "same", found[0], found[-1], "--by", "Ida", "--note", "for a test")
    assert [(j["verdict"], j["by"]) for j in rows(folder, "judge", "--list")] == [("same", "Ida")]
    assert len(rows(folder, "statements")) == len(found) - 1
    assert run(folder, "judge", "undo", str(made["id"])).returncode == 0
    assert [s["id"] for s in rows(folder, "statements")] == found and rows(folder, "judge", "--list") == []


def test_a_place_is_no_attribution_or_has_another_source(folder: Path) -> None:
    before = rows(folder, "statements")
    there = money(folder)["passages"][-1]
    place = f"{there['report']}:{there['attribution']}"
    [made] = rows(folder, "judge", "source", place, "Mette", "Dahl")
    assert [s["passages"][0]["report"] for s in rows(folder, "statements", "--actor", "Mette Dahl")] == [there["report"]]
    assert run(folder, "judge", "undo", str(made["id"])).returncode == 0
    [made] = rows(folder, "judge", "no", place)
    assert len(money(folder)["reports"]) == 3
    assert run(folder, "judge", "undo", str(made["id"])).returncode == 0
    assert rows(folder, "statements") == before


def test_stories_are_merged_and_parted(tmp_path: Path) -> None:
    folder = tmp_path  # of its own: the example is one story
    folder.joinpath("press.jsonl").write_bytes(b"\n".join(two_stories()))
    assert run(folder, "add", "press.jsonl").returncode == 0
    before = rows(folder, "story")
    later, bridge = before
    [made] = rows(folder, "judge", "merge", later["id"], bridge["id"], "--by", "Ida")
    assert made["story"] == bridge["id"] and [s["id"] for s in rows(folder, "story")] == [bridge["id"]]
    assert rows(folder, "story", later["id"]) == rows(folder, "story", bridge["id"]), "both ids lead there"
    exported = run(folder, "export", "jsonl", "--reports", "--story", later["id"]).stdout.splitlines()
    assert len(exported) == len(bridge["reports"]) + 1
    done = run(folder, "judge", "move", "#1", later["id"])
    assert done.returncode == 2 and f"of story {bridge['id']} already" in done.stderr.decode()
    [apart] = rows(folder, "judge", "apart", "#1", "--note", "on another bridge")
    assert rows(folder, "story", apart["story"])[0]["reports"] == bridge["reports"][:1]
    [moved] = rows(folder, "judge", "move", "#2", apart["story"])
    assert moved["story"] == apart["story"] and rows(folder, "rebuild")[0]["same"]
    listed = run(folder, "judge", "--list").stdout.decode()
    assert "story · merge · Ida" in listed and f"{bridge['id']} {later['id']}" in listed
    for one in (moved, apart, made):
        assert run(folder, "judge", "undo", str(one["id"])).returncode == 0
    assert rows(folder, "story") == before


def test_promises_as_a_calendar(folder: Path) -> None:
    lines = run(folder, "promises", "--at", "2026-03-05", "--ics", "-").stdout.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and lines[-2] == b"END:VCALENDAR" and all(len(line) <= 75 for line in lines)
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") >= 1


def test_a_rebuild_gives_the_same(folder: Path) -> None:
    [told] = rows(folder, "rebuild")
    assert told["same"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["claim", "nosuch"], "no claim or statement 'nosuch'"),
        (["origins", "s0"], "no statement 's0'"),
        (["story", "t0"], "no story 't0'"),
        (["diff", "#1", "#99"], "no report '#99'"),
        (["judge"], "give a verdict"),
        (["judge", "same", "s0"], "same takes 2 statements, not 1"),
        (["judge", "source", "#1:a1"], "source takes a place and a name"),
        (["judge", "no", "s0"], "of a place"),
        (["judge", "undo", "77"], "no judgement 77"),
        (["judge", "merge", "t0"], "merge takes 2 stories, not 1"),
        (["judge", "merge", "t0", "t1"], "no story 't0'; `sagt story` lists them"),
        (["judge", "move", "#1"], "move takes a report and a story, not 1"),
        (["judge", "apart", "#99"], "no report '#99'"),
        (["statements", "--at", "banana"], "--at banana: give a day"),
        (["why", "s0"], "no statement 's0'"),
    ],
)
def test_a_wrong_call_says_what_to_do(folder: Path, args: list[str], said: str) -> None:
    done = run(folder, *args)
    assert done.returncode == 2 and said in done.stderr.decode() and "Traceback" not in done.stderr.decode()
