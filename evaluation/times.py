"""Measure time expressions: python -m evaluation.times [--data SHARED/data] [--half t|d] [--write] [--errors]

Our own reports (intervals exactly right), Duckling's phrases read as news, TBAQ (English) and KRAUTS (German) as TempEval-3 scores
them: strict detection, and value of those found. `--half d` are the halves that rules may be developed on; `t` the others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from evaluation import reports
from evaluation.record import Tally, below
from sagt import Reader, Report
from sagt.clock import clock
from sagt.export.json import line
from sagt.mentions import Sentences
from sagt.segment import paragraphs
from sagt.times import timed
from sagt.types import Time

HERE = Path(__file__).parent
#: Duckling's moment: Tuesday 12 February 2013, 4.30 in the morning, two hours behind Greenwich.
DUCKLING = "2013-02-12T04:30:00"
_MOMENT = re.compile(r"\(\d+(?:, \d+){5}\)")


def in_half(name: str, half: str) -> bool:
    """Documents are halved by a digest of their name: `t` is not looked at when rules are made."""
    return (hashlib.sha256(name.encode()).digest()[0] % 2 == 0) == (half == "t")


def times_of(text: str, language: str, published: str, zone: str | None = None) -> tuple[Time, ...]:
    """The times of a text, without a network: no attributions, no actors."""
    report = Report("x", text, language=language, published=published, zone=zone)
    return timed(report, clock(report), Sentences.of(text, paragraphs(text)), (), ())[0]


def own(half: str, language: str, reader: Reader) -> dict[str, Any]:
    """Intervals of our own reports: share that is exactly right; and how many were found at all, and too many."""
    right, found, extra, wrong = Tally(), Tally(), Tally(), []
    rows = list(reports.load(half, language))
    texts = [Report(r["id"], r["text"], language=language, published=r["published"], zone=r["zone"], outlet=r["outlet"]) for r in rows]
    for row, reading in zip(rows, reader.read_all(texts), strict=True):
        mine = [t for t in json.loads(line(reading))["times"] if t["start"]]
        for gold in row["times"]:
            start, end = gold["span"]
            fits = [t for t in mine if t["span"][0] < end and start < t["span"][1]]
            same = [
                t for t in fits if (datetime.fromisoformat(t["start"]), datetime.fromisoformat(t["end"])) == (gold["start"], gold["end"])
            ]
            found.count(bool(fits), "")
            right.count(bool(same), "")
            if not same:
                got = [(row["text"][slice(*t["span"])], t["start"][:16], t["end"][:16], t["zone"], t["why"]) for t in fits]
                wanted = f"{gold['start']:%m-%d %H:%M}-{gold['end']:%m-%d %H:%M} {gold['zone']}"
                wrong.append(
                    f"{row['id']} ({row['published'][:16]}): {gold['words']!r} {wanted}, not {got} in {_around(row['text'], start, end)}"
                )
        for t in mine:
            hit = any(t["span"][0] < g["span"][1] and g["span"][0] < t["span"][1] for g in row["times"])
            extra.count(hit, "")
            if not hit:
                wrong.append(f"{row['id']}: too many: {row['text'][slice(*t['span'])]!r} in {_around(row['text'], *t['span'])}")
    return {"interval": right.f1, "found": found.f1, "precision": extra.f1, "times": right.gold, "wrong": wrong}


def _around(text: str, start: int, end: int) -> str:
    """A place with what stands beside it."""
    return repr(f"…{text[max(0, start - 60) : start]}[{text[start:end]}]{text[end : end + 40]}…")


def duckling(data: Path, language: str, half: str) -> dict[str, Any]:
    """Duckling's phrases, read as news; its feast days (kind "datetimeHoliday", most of them in no calendar of ours) counted apart."""
    rows = [json.loads(row) for row in (data / "timex" / "duckling" / f"{language}.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if in_half(f"{language} {row['text']}", half) and _MOMENT.fullmatch(row.get("value") or "")]
    right: Counter[str] = Counter()
    wrong = []
    for row in rows:
        wanted = _moment(row["value"])
        found = times_of(row["text"], language, DUCKLING, "Etc/GMT+2")
        good = any(_fits(t, wanted, row["grain"]) for t in found)
        right[row["kind"]] += good
        if not good:
            wrong.append(f"{row['text']!r}: {wanted} {row['grain']}, not {[(t.value, str(t.start)) for t in found]}")
    plain = [row for row in rows if row["kind"] == "datetime"]
    return {
        "right": round(right["datetime"] / max(1, len(plain)), 4), "phrases": len(plain),
        "with feasts": round(right.total() / max(1, len(rows)), 4), "all": len(rows), "wrong": wrong,
    }  # fmt: skip


def _moment(value: str) -> datetime:
    """Duckling's "(2013, 2, 12, 4, 30, 0)"; a field may overflow, as its own reader allows."""
    year, month, day, *clock = map(int, re.findall(r"\d+", value))
    hour, minute, second = clock
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1) + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)


def _fits(time: Time, wanted: datetime, grain: str) -> bool:
    """Right as news has it, which tells of what was where a diary tells of what is to be: a bare weekday may be the last one, a bare date
    that of last year, a bare hour today's; "in three days" is that day, "two weeks ago" that week; a part of day begins when ours does."""
    if time.start is None:
        return time.value == "PRESENT_REF" and grain == "Second"
    start = time.start.astimezone(ZoneInfo("Etc/GMT+2")).replace(tzinfo=None)
    assert time.end is not None
    end = start + (time.end - time.start)
    if start == wanted:
        return True
    if re.search(r"\d+ \w+ (?:before|after) the report", time.why):
        return start <= wanted < end
    if "nearest" in time.why and ((wanted - start).days == 7 or 360 < (wanted - start).days < 372):
        return True
    if "the day of the report" in time.why and abs((wanted - start).days) <= 1 and start.time() == wanted.time():
        return True
    return time.grain == "part of day" and start.date() == wanted.date()


def timeml(paths: list[Path], language: str) -> dict[str, Any]:
    """TempEval-3: strict F1 of spans over a corpus in TimeML, and the share of those found that have the right value."""
    gold = mine = hit = value = kind = 0
    wrong = []
    for path in paths:
        text, created, spans = _document(path)
        found = {(t.span.start, t.span.end): t for t in times_of(text, language, created, "UTC")}
        gold, mine = gold + len(spans), mine + len(found)
        for span, (wanted, type_) in spans.items():
            if time := found.get(span):
                hit += 1
                value += time.value == wanted
                kind += time.type.upper() == type_
                if time.value != wanted:
                    wrong.append(f"VALUE {path.stem} ({created}): {wanted}, not {time.value} {_around(text, *span)}")
            else:
                near = [text[slice(*s)] for s in found if s[0] < span[1] and span[0] < s[1]]
                wrong.append(f"MISS {text[slice(*span)]!r} {wanted} {near} {_around(text, *span)}")
        for span in found.keys() - spans.keys():
            if not any(s[0] < span[1] and span[0] < s[1] for s in spans):
                wrong.append(f"EXTRA {text[slice(*span)]!r} {found[span].value} {_around(text, *span)}")
    f1 = 2 * hit / max(1, gold + mine)
    return {
        "strict f1": round(f1, 4), "precision": round(hit / max(1, mine), 4), "recall": round(hit / max(1, gold), 4),
        "value": round(value / max(1, hit), 4), "type": round(kind / max(1, hit), 4), "expressions": gold, "documents": len(paths),
        "wrong": wrong,
    }  # fmt: skip


def _document(path: Path) -> tuple[str, str, dict[tuple[int, int], tuple[str, str]]]:
    """Text, date of publication, and marked expressions of a TimeML file."""
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    created = next(t.get("value", "") for t in root.iter("TIMEX3") if t.get("functionInDocument") in ("CREATION_TIME", "PUBLICATION_TIME"))
    body = root.find(".//TEXT")
    body = root if body is None else body
    spans: dict[tuple[int, int], tuple[str, str]] = {}
    parts: list[str] = []

    def walk(node: Any) -> None:
        start = sum(map(len, parts))
        parts.append(node.text or "")
        for child in node:
            walk(child)
            parts.append(child.tail or "")
        if node.tag == "TIMEX3" and node.get("functionInDocument", "NONE") == "NONE" and node is not body:
            end = sum(map(len, parts))
            if end > start:
                spans[start, end] = node.get("value", ""), node.get("type", "")

    walk(body)
    return "".join(parts), created[:10], spans


def corpora(data: Path, half: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every corpus that is there."""
    for language in ("da", "en", "nb", "sv", "de"):
        yield f"duckling {language}", duckling(data, language, half)
    yield "tbaq", timeml([p for p in sorted((data / "timex" / "tbaq").rglob("*.tml")) if in_half(p.stem, half)], "en")
    yield "krauts", timeml([p for p in sorted((data / "timex" / "krauts").rglob("*.tml")) if in_half(p.stem, half)], "de")


def main() -> int:
    """Print every figure that can be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--half", choices=["t", "d"], default="t", help="the halves that no rule was made on, or those that they were")
    parser.add_argument("--write", action="store_true", help="keep the figures in evaluation/times.json")
    parser.add_argument("--errors", action="store_true", help="print what is wrong (never of the `t` halves)")
    parser.add_argument("--only", default="", help="sets whose name begins so")
    args = parser.parse_args()
    results: dict[str, Any] = {}
    if not args.only or args.only.startswith("reports"):
        reader = Reader()
        results |= {f"reports {code}": own(args.half, code, reader) for code in ("da", "en")}
    if args.data:
        results |= {name: got for name, got in corpora(args.data, args.half) if name.startswith(args.only)}
    for name, got in results.items():
        wrong = got.pop("wrong")
        print(f"{name}: " + "  ".join(f"{k} {v}" for k, v in got.items()))
        if args.errors and args.half == "d":
            print(*wrong, sep="\n   ")
    if args.write:
        about = {"date": date.today().isoformat(), "machine": platform.processor() or platform.machine()}
        (HERE / "times.json").write_text(json.dumps(about | {"sets": results}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    failures = below(results, tomllib.loads((HERE / "floors.toml").read_text("utf-8")).get("times", {})) if args.half == "t" else []
    print("\n".join(failures or ["no figure is below its floor"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
