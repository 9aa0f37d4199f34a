"""The press of our own: python -m evaluation.press FILE … checks files (form: evaluation/press/README.md)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from evaluation.reports import Wrong, place

FOLDER = Path(__file__).with_name("press")
KINDS = {"agency", "paper", "broadcaster", "post", "release", "transcript"}
STATUSES = {"usable", "corrected", "canceled"}
STANCES = {"asserts", "denies", "withholds", "asks", "confirms", "promises"}
STANDINGS = {"withdrawn", "disputed", "denied", "confirmed", "corroborated", "unconfirmed", "single origin", "open"}
OUTCOMES = {"kept", "broken", "moved", "open"}
QUOTATIONS = {"same", "shortened", "altered", "translated"}
CHANGES = {"hedge lost", "chain lost", "number changed", "speaker changed", "act changed"}


def load(half: str) -> list[dict[str, Any]]:
    """The stories of a half, "t" or "d", or those that came later, "h"."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob(f"{half}*.json"))]


def faults(story: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the form of a story."""
    texts = {one["id"]: one["text"] for one in story["reports"]}
    yield from _reports(story["reports"])
    claims, actors = ({one["id"] for one in story[key]} for key in ("claims", "actors"))
    for claim in story["claims"]:
        for state in claim["standing"]:
            if state["is"] not in STANDINGS or datetime.fromisoformat(state["at"]).tzinfo is None:
                yield f"{claim['id']}: standing {state}"
    for one in story["statements"]:
        if one["actor"] not in actors or one["claim"] not in claims or one["stance"] not in STANCES or not one["passages"]:
            yield f"{one['id']}: actor, claim, stance or passages"
        if not one["origins"] or any(o["root"] not in {p["report"] for p in one["passages"]} for o in one["origins"]):
            yield f"{one['id']}: every origin's root must be a report of its passages"
        yield from (f for p in one["passages"] for words in p["content"] for f in _stands(texts, p["report"], words))
    statements = {one["id"] for one in story["statements"]}
    for one in story["promises"]:
        if one["statement"] not in statements or one["outcome"] not in OUTCOMES or (one["outcome"] != "open") != bool(one.get("evidence")):
            yield f"promise {one}"
        if one.get("due"):
            date.fromisoformat(one["due"][:10])
    places = [p["evidence"] for p in story["promises"] if p.get("evidence")] + story["questions"]
    places += [q["answered"] for q in story["questions"] if q.get("answered")]
    places += [q[side] for q in story["quotations"] for side in ("primary", "quoted")]
    yield from (f for one in places for f in _stands(texts, one["report"], one["words"]))
    yield from (f"quotation {one}" for one in story["quotations"] if one["is"] not in QUOTATIONS)
    for one in story["diffs"]:
        for change in one["changes"]:
            if change["kind"] not in CHANGES:
                yield f"diff {change}"
            yield from _stands(texts, one["from"], change["before"])
            if change.get("after"):
                yield from _stands(texts, one["to"], change["after"])


def _reports(reports: list[dict[str, Any]]) -> Iterator[str]:
    times = [datetime.fromisoformat(one["published"]) for one in reports]
    if times != sorted(times):
        yield "reports are not in order of time"
    seen: dict[str, str] = {}
    for one in reports:
        ZoneInfo(one["zone"])
        if one["kind"] not in KINDS or one["status"] not in STATUSES:
            yield f"{one['id']}: kind or status"
        if one.get("takes") and seen.get(one["takes"]) != one["outlet"]:
            yield f"{one['id']}: takes {one['takes']}, which is no earlier report of its outlet"
        seen[one["id"]] = one["outlet"]


def _stands(texts: dict[str, str], report: str, words: str) -> Iterator[str]:
    try:
        place(texts[report], words)
    except (Wrong, KeyError) as error:
        yield f"{report}: {error}"


def main() -> None:
    """Print what is wrong, and how much there is."""
    bad = False
    for name in sys.argv[1:] or map(str, sorted(FOLDER.glob("*.json"))):
        story = json.loads(Path(name).read_text("utf-8"))
        found = list(faults(story))
        bad |= bool(found)
        counts = ", ".join(
            f"{len(story[key])} {key}" for key in ("reports", "claims", "statements", "promises", "questions", "quotations", "diffs")
        )
        print(f"{name}: {counts}", *(found or ["sound"]), sep="\n  ")
    sys.exit(bad)


if __name__ == "__main__":
    main()
