"""The command as a user runs it: a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

STORY = "Broen lukker fredag, siger borgmester Karen Holt ifølge AP.\n\nDet står ikke klart, hvor længe.\n"


def sagt(*args: object, stdin: bytes = b"", cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "sagt", *map(str, args)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env={**os.environ, **env},
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.txt").write_text(STORY, "utf-8")
    (tmp_path / "a.html").write_text("<html><title>Bro</title><body><p>Broen lukker, siger Holt.</p></body></html>", "utf-8")
    (tmp_path / "deep" / "c.txt").write_text("“It is over,” Vale said.\n", "utf-8")
    (tmp_path / ".hidden").write_text("not this one")
    return tmp_path


def test_a_pipe_to_the_terminal() -> None:
    done = sagt("read", stdin=STORY.encode(), PYTHONIOENCODING="utf-8")
    assert done.returncode == 0
    out = done.stdout.decode()
    assert "Karen Holt" in out
    assert "AP" in out
    assert "\x1b" not in out, "no colour into a pipe"
    assert "\x1b" in sagt("read", "--colour", "always", stdin=STORY.encode(), PYTHONIOENCODING="utf-8").stdout.decode()


def test_json_lines_in_the_order_given(folder: Path) -> None:
    done = sagt("read", "--json", folder / "b.txt", folder / "deep", "*.html", cwd=folder)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert [Path(r["report"]["name"]).name for r in rows] == ["b.txt", "c.txt", "a.html"]
    assert [r["report"]["language"] for r in rows[:2]] == ["da", "en"]
    assert all(r["attributions"] for r in rows)


def test_a_folder_leaves_hidden_files_out(folder: Path) -> None:
    assert len(sagt("read", "--json", folder).stdout.splitlines()) == 3


def test_a_page(folder: Path) -> None:
    done = sagt("read", "--html", folder / "out.html", folder / "b.txt")
    assert done.returncode == 0
    page = (folder / "out.html").read_text("utf-8")
    assert "Karen Holt" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_faults_are_counted(folder: Path) -> None:
    (folder / "empty.txt").write_bytes(b"")
    done = sagt("read", "--json", folder)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 4


WRONG = {
    "no such file": ["read", "missing.txt"],
    "no such format": ["read", "--format", "papyrus", "b.txt"],
    "no such encoding": ["read", "--encoding", "martian", "b.txt"],
    "no time": ["read", "--published", "last Tuesday", "b.txt"],
    "no zone": ["read", "--zone", "Europe/Vesterlund", "b.txt"],
    "no pack": ["read", "--pack", "deep", "b.txt"],
    "two outputs": ["read", "--json", "--html", "x.html", "b.txt"],
    "no threads": ["read", "--threads", "0", "b.txt"],
    "page into nowhere": ["read", "--html", "no/where/x.html", "b.txt"],
    "no command": [],
    "empty folder": ["read", "nothing"],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_is_told_so(folder: Path, name: str) -> None:
    (folder / "nothing").mkdir()
    done = sagt(*WRONG[name], cwd=folder)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.strip()
    assert done.stdout == b""


@pytest.mark.parametrize("args", [["--help"], ["read", "--help"]])
def test_help_has_an_example(args: list[str]) -> None:
    done = sagt(*args)
    assert done.returncode == 0
    assert b"sagt read" in done.stdout
    assert b"example" in done.stdout


def test_a_reader_that_goes_away() -> None:
    command = f"yes '{STORY.splitlines()[0]}' | head -n 2000 | {sys.executable} -m sagt read --json - | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=120, check=False)
    assert done.stderr == b""
