"""Every command in the README is real: what it prints here is what stands there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
CALLS = [(command, output) for block in BLOCKS for command, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)]


def recipe(target: str) -> str:
    """The command that a make target runs."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return re.search(rf"^{target}:.*\n\t@\$\(BIN\)/(.*)$", makefile, re.MULTILINE)[1]


def run(command: str) -> str:
    if command.startswith("make "):
        command = recipe(command.split()[1])
    command = re.sub(r"(?<![\w./-])sagt(?= )", f"{shlex.quote(sys.executable)} -m sagt", command)
    env = {**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, env=env, timeout=120, check=False)
    return done.stdout + done.stderr


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_there_are_two_commands() -> None:
    assert {"make run", "make test"} <= {command for command, _ in CALLS}


@pytest.mark.parametrize(
    ("command", "output"), [c for c in CALLS if c[0] != "make test"], ids=lambda v: v[:40] if isinstance(v, str) else None
)
def test_the_output_is_real(command: str, output: str) -> None:
    assert tidy(run(command)) == tidy(output)


def test_the_library_example_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert tidy(done.stdout) == tidy("\n".join(re.findall(r"#> (.*)", code)))


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http|#)([^)]+)\)|src=\"(?!http)([^\"]+)\"", README):
        assert (ROOT / "".join(target).split("#")[0]).exists(), target
