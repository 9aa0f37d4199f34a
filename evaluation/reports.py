"""Our own short reports with their answers: python -m evaluation.reports FILE … checks files (form: evaluation/reports/README.md)."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).with_name("reports")
KINDS = {"person", "organisation", "group", "document", "place"}
CLASSES = {"named person", "unnamed person", "official body", "organisation", "document", "social-media account", "crowd"}
ACTS = {"states", "asks", "promises", "denies", "confirms", "believes", "intends", "withholds", "unclear"}
MEDIA = {
    "phone call", "interview", "press conference", "speech", "parliament", "social post", "written statement", "press release",
    "letter", "report", "court document", "leaked document", "e-mail", "broadcast",
}  # fmt: skip
PROMISES = {"promise", "intention", "demand", "announcement"}
GRAINS = {
    "minute", "hour", "part of day", "day", "weekend", "week", "part of week", "month", "part of month", "quarter", "season",
    "part of year", "year", "decade", "part of decade", "century",
}  # fmt: skip
_COUNT = re.compile(r"(.*)@(\d+)", re.DOTALL)


class Wrong(ValueError):
    """A report is not in the form."""


def place(text: str, words: str) -> tuple[int, int]:
    """Where "words" or "words@n" stand. Raises Wrong unless exactly one place is meant."""
    match = _COUNT.fullmatch(words)
    plain, wanted = (match[1], int(match[2])) if match else (words, 0)
    starts = [m.start() for m in re.finditer(f"(?={re.escape(plain)})", text)] if plain else []
    if not starts or wanted > len(starts) or (not wanted and len(starts) > 1):
        raise Wrong(f"{words!r} occurs {len(starts)} times")
    start = starts[max(wanted, 1) - 1]
    return start, start + len(plain)


def interval(record: dict[str, Any]) -> tuple[datetime, datetime]:
    """Start and end of a time, with their zone."""
    zone = ZoneInfo(record["zone"])
    start, end = (datetime.fromisoformat(record[key]).replace(tzinfo=zone) for key in ("start", "end"))
    if not start < end:
        raise Wrong(f"{record} ends before it starts")
    return start, end


def load(half: str, language: str | None = None) -> Iterator[dict[str, Any]]:
    """The reports of a half ("t" or "d"), resolved: every piece of words becomes a pair of offsets."""
    for path in sorted(FOLDER.glob(f"{language or '*'}-{half}*.json")):
        yield resolved(json.loads(path.read_text("utf-8")))


def resolved(report: dict[str, Any]) -> dict[str, Any]:
    """A report with spans for words and datetimes for times. Raises Wrong with what is wrong."""
    text = report["text"]
    datetime.fromisoformat(report["published"])
    ids = {actor["id"] for actor in report["actors"]}

    def spot(words: str | None) -> tuple[int, int] | None:
        return None if words is None else place(text, words)

    def time(record: dict[str, Any] | None) -> dict[str, Any] | None:
        if record is None:
            return None
        start, end = interval(record)
        return record | {"span": spot(record.get("words")), "start": start, "end": end}

    def among(value: Any, allowed: set[Any], what: str) -> Any:
        if value not in allowed:
            raise Wrong(f"{what} {value!r}")
        return value

    def actor(one: dict[str, Any]) -> dict[str, Any]:
        among(one["kind"], KINDS, "kind")
        if one["kind"] != "place":
            among(one["class"], CLASSES, "class")
        return one | {"mentions": sorted(place(text, m) for m in one["mentions"])}

    def attribution(one: dict[str, Any]) -> dict[str, Any]:
        among(one["act"], ACTS, "act")
        among(one["speaker"], ids | {None}, "speaker")
        for other in (one.get("answers"), one.get("inside")):
            among(other, {None, *range(len(report["attributions"]))}, "index")
        medium = one.get("medium")
        if medium:
            medium = medium | {"type": among(medium["type"], MEDIA, "medium"), "span": spot(medium["words"])}
        return one | {
            "source": spot(one["source"]),
            "cue": [place(text, c) for c in one["cue"]],
            "content": [place(text, c) for c in one["content"]],
            "carriers": [c | {"span": spot(c["words"]), "cue": spot(c.get("cue"))} for c in one.get("carriers") or []],
            "medium": medium,
            "said": time(one.get("said")),
            "due": time(one.get("due")),
            "hedges": [place(text, h) for h in one.get("hedges") or []],
        }

    def promise(one: dict[str, Any]) -> dict[str, Any]:
        among(one["kind"], PROMISES, "promise")
        among(one["who"], ids | {None}, "who")
        return one | {"what": spot(one["what"]), "due": time(one.get("due"))}

    def question(one: dict[str, Any]) -> dict[str, Any]:
        return {"cue": spot(one["cue"]), "asks": spot(one["asks"])}

    def event(one: dict[str, Any]) -> dict[str, Any]:
        among(one["time"], {None, *range(len(report["times"]))}, "time")
        among(one["on_word_of"], {"narrator", *range(len(report["attributions"]))}, "on_word_of")
        return one | {"span": spot(one["words"]), "place": spot(one.get("place"))}

    times = [time(one) for one in report["times"]]
    for one in report["times"]:
        among(one["grain"], GRAINS, "grain")
    return report | {
        "actors": [actor(one) for one in report["actors"]],
        "attributions": [attribution(one) for one in report["attributions"]],
        "times": times,
        "promises": [promise(one) for one in report["promises"]],
        "questions": [question(one) for one in report["questions"]],
        "events": [event(one) for one in report["events"]],
    }


def problems(path: Path) -> list[str]:
    """What is wrong with a file, one line each; each record is tried by itself."""
    try:
        report = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        return [f"{path.name}: {error}"]
    out = []
    for key in ("actors", "attributions", "times", "promises", "questions", "events"):
        for i, one in enumerate(report.get(key, [])):
            blank = {k: [] for k in ("promises", "questions", "events")} | {"times": report["times"] if key == "events" else []}
            trial = report | blank | {"attributions": report["attributions"] if key == "events" else []}
            trial["actors"] = report["actors"]
            try:
                if key == "actors":
                    resolved(trial | {"actors": [one]})
                elif key == "attributions":
                    fake = one | {"answers": None, "inside": None}
                    resolved(trial | {"attributions": [fake]})
                else:
                    resolved(trial | {key: [one]})
            except (ValueError, KeyError, TypeError) as error:
                out.append(f"{path.name}: {key}[{i}]: {error!r}")
    try:
        resolved(report)
    except (ValueError, KeyError, TypeError) as error:
        out = out or [f"{path.name}: {error!r}"]
    return out


if __name__ == "__main__":
    found = [line for name in sys.argv[1:] for line in problems(Path(name))]
    print("\n".join(found) or "sound")
    sys.exit(bool(found))
