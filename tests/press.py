"""A small story of our own as its reports came (examples/press.jsonl), for tests of the ledger."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = Path(__file__).parents[1] / "examples" / "press.jsonl"
#: The rows, by name.
OUT = {record["id"].removesuffix("-1"): record for record in map(json.loads, _FILE.read_text("utf-8").splitlines())}


def row(name: str, **more: str) -> bytes:
    """A report as a row of a corpus."""
    return json.dumps(OUT[name] | more, ensure_ascii=False).encode()


def ministry(**more: str) -> bytes:
    """What the ministry says two days later without a word of the bridge: the machine takes it for another story."""
    said = "Transportministeriet bekræfter nu aftalen om, at staten betaler.", "- Der er penge på bordet nu, siger minister Lars Vang."
    return row("later", text="\n\n".join([*said, "/ritzau/"]), **more)


def two_stories() -> list[bytes]:
    """Four reports of the bridge, and what the ministry says."""
    return [*(row(name) for name in OUT if name != "later"), ministry()]
