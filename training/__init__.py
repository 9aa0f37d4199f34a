"""How the weights were made. Not part of the installed package; needs training/requirements.txt."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: The first story that teaches no encoder: what is fitted on its vectors must see them as they are of stories that it does not know.
_UNTAUGHT = "e27"
#: What answers do.
ANSWERS = ("denies", "withholds", "confirms")


def stories(taught: bool | None = None) -> Iterator[dict[str, Any]]:
    """What `press` finds, read."""
    return (json.loads(path.read_text("utf-8")) for path in press(taught))


def press(taught: bool | None = None) -> list[Path]:
    """Our training stories: all, those that teach the encoder of meaning, or the others."""
    found = sorted((Path(__file__).parent / "press").glob("*.json"))
    return [path for path in found if taught is None or (path.stem < _UNTAUGHT) == taught]


def teaching() -> Iterator[dict[str, Any]]:
    """The stories that teach the encoder of meaning: those of `press` that do, and all of `promised`."""
    yield from stories(taught=True)
    yield from _of_promised()


def promised() -> Iterator[dict[str, Any]]:
    """All of these, and the stories of `promised`, which have twice as many promises and answers: what is fitted to promises."""
    yield from stories()
    yield from _of_promised()


def scenes() -> Iterator[dict[str, Any]]:
    """Small affairs in two or three short reports, with who answers what (training.claims)."""
    for path in sorted((Path(__file__).parent / "scenes").glob("*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


def _of_promised() -> Iterator[dict[str, Any]]:
    folder = Path(__file__).parent / "promised" / "stories"
    yield from (json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json")))
