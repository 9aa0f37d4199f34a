"""Measure the quality of reading: python -m evaluation.run [--data SHARED/data] [--pack FOLDER] [--write]

Everything goes through the JSON that `sagt read --json` prints. Without --data only our own stories are measured, which is
what CI does. Exits with 1 when a figure is below its floor (evaluation/floors.toml); --write keeps the figures in results.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evaluation.score import Attributed, matches, score
from sagt import Reader, Report, quotes, segment
from sagt.attribute import kind_of
from sagt.export.json import line
from sagt.types import spans_of
from training import corpora

HERE = Path(__file__).parent
ANNOTATIONS = HERE.parent / "training" / "annotations"


@dataclass(frozen=True, slots=True)
class Result:
    """A gold document and the record that sagt printed of it."""

    document: corpora.Document
    record: dict[str, Any]

    @property
    def predicted(self) -> list[Attributed]:
        """The record's attributions."""
        return [Attributed(*(spans_of(a[role]) for role in ("source", "cue", "content"))) for a in self.record["attributions"]]

    @property
    def gold(self) -> list[Attributed]:
        """The annotators' attributions."""
        return [Attributed.of(a) for a in self.document.attributions]


def german(folder: Path) -> list[corpora.Document]:
    """German Wikinews quotations (Petersen-Frey and Biemann 2024), for evaluation only."""
    return [_german(json.loads(path.read_text("utf-8")), path.stem) for path in sorted(folder.glob("*.json"))]


def _german(row: dict[str, Any], name: str) -> corpora.Document:
    def spans(part: Any) -> Any:
        return spans_of((s["charBegin"], s["charEnd"]) for s in part["spans"]) if part else ()

    golds = tuple(corpora.Gold(spans(a["speaker"]), spans(a["cue"]), spans(a["quote"]), kind=a["type"].lower()) for a in row["annotations"])
    return corpora.Document(name, "de", row["originalText"], golds)


def _cdt_double(data: Path) -> list[corpora.Document]:
    twice = {json.loads(row)["document"] for row in (ANNOTATIONS / "cdt-da-second.jsonl").read_text("utf-8").splitlines()}
    return [d for d in corpora.cdt_da(ANNOTATIONS / "cdt-da.jsonl", data / "cdt") if d.id in twice]


#: Sets that need the corpora. None of them is trained on or tuned on.
SETS: dict[str, Callable[[Path], list[corpora.Document]]] = {
    "polnear-dev": lambda data: corpora.polnear(data / "polnear" / "dev"),
    "attribution-da-fifth": lambda data: [d for d in corpora.attribution_da(data / "attribution-da") if corpora.in_fifth(d.id)],
    "cdt-da-double": _cdt_double,
    "de-quotes-dev": lambda data: german(data / "de-quotes" / "dev"),
}


def read(documents: Sequence[corpora.Document], reader: Reader) -> list[Result]:
    """The record of each document, as printed."""
    reports = [Report(d.id, d.text, language=d.language) for d in documents]
    return [Result(d, json.loads(line(r))) for d, r in zip(documents, reader.read_all(reports), strict=True)]


def figures(results: Sequence[Result]) -> dict[str, Any]:
    """All figures of one set."""
    out = score((r.document.text, r.gold, r.predicted) for r in results).figures()
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    acts: Counter[tuple[str, str]] = Counter()
    for result in results:
        _count(result, found, total, acts)
    out["found"] = {key: f"{found[key]}/{n} = {found[key] / n:.3f}" for key, n in sorted(total.items())}
    if direct := total["direct"]:
        out["direct found"] = round(found["direct"] / direct, 4)
    if acts:
        out["act accuracy"] = round(sum(n for (a, b), n in acts.items() if a == b) / sum(acts.values()), 4)
        out["act f1"] = _act_f1(acts)
    out["reliability"] = reliability(results)
    return out


def _count(result: Result, found: Counter[str], total: Counter[str], acts: Counter[tuple[str, str]]) -> None:
    document = result.document
    hits = dict(matches(document.text, result.gold, result.predicted))
    marks = quotes.find(document.text, segment.paragraphs(document.text))
    for i, gold in enumerate(document.attributions):
        if not gold.content:
            continue
        kind = gold.kind or str(kind_of(gold.content, marks))
        for key in (kind, "with cue" if gold.cue else "without cue", *([f"act {gold.act}"] if gold.act else [])):
            total[key] += 1
            found[key] += i in hits
        if gold.act and i in hits:
            acts[gold.act, result.record["attributions"][hits[i]]["act"]] += 1


def _act_f1(acts: Counter[tuple[str, str]]) -> dict[str, float]:
    gold, predicted = Counter[str](), Counter[str]()
    for (a, b), n in acts.items():
        gold[a] += n
        predicted[b] += n
    return {act: round(2 * acts[act, act] / (gold[act] + predicted[act]), 3) for act in sorted(gold)}


def reliability(results: Sequence[Result]) -> list[list[float]]:
    """Rows (mean confidence, share that matches a gold attribution, count) by tenths of confidence."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for result in results:
        right = {j for _, j in matches(result.document.text, result.gold, result.predicted)}
        for j, one in enumerate(result.record["attributions"]):
            bins[min(9, int(one["confidence"] * 10))].append((one["confidence"], j in right))
    return [
        [round(sum(c for c, _ in rows) / len(rows), 3), round(sum(ok for _, ok in rows) / len(rows), 3), len(rows)]
        for _, rows in sorted(bins.items())
    ]


def below(name: str, got: dict[str, Any], floors: dict[str, Any]) -> list[str]:
    """One line for each figure that is under its floor."""
    wanted = floors.get(name, {})
    return [f"{name}: {key} is {got.get(key)}, the floor is {floor}" for key, floor in wanted.items() if (got.get(key) or 0) < floor]


def show(name: str, got: dict[str, Any]) -> None:
    """Print the figures of one set."""
    flat = {key: value for key, value in got.items() if not isinstance(value, (dict, list))}
    print(f"\n{name}: " + "  ".join(f"{key} {value}" for key, value in flat.items()))
    for key in ("found", "act f1"):
        if key in got:
            print(f"  {key}: " + "  ".join(f"{k} {v}" for k, v in got[key].items()))
    print("  confidence (mean, right, count): " + "  ".join(f"{a:.2f} {b:.2f} {n}" for a, b, n in got["reliability"]))


def markdown(results: dict[str, Any]) -> str:
    """The figures as a page to read."""
    keys = (
        "gold",
        "predicted",
        "content@.5",
        "attr@.5",
        "exact",
        "tok",
        "joint@.3",
        "seg source",
        "seg cue",
        "seg content",
        "direct found",
    )
    lines = [
        "# How well sagt reads",
        f"\n{results['date']}, pack {results['pack']}, from `make eval`. Definitions: `evaluation/score.py`.",
        "None of these texts was trained or tuned on.\n",
        "| set | " + " | ".join(keys) + " |",
        "|---|" + "---|" * len(keys),
        *(f"| {name} | " + " | ".join(str(got.get(key, "")) for key in keys) + " |" for name, got in results["sets"].items()),
    ]
    for name, got in results["sets"].items():
        lines.append(f"\n## {name}\n\nFound (content@.5) of all, by kind, cue and act:\n\n| what | found |\n|---|---|")
        lines += [f"| {key} | {value} |" for key, value in got["found"].items()]
        if "act f1" in got:
            scores = ", ".join(f"{act} {value}" for act, value in got["act f1"].items())
            lines.append(f"\nActs of those found: accuracy {got['act accuracy']}; F1 {scores}.")
        lines.append("\nReliability (mean confidence, share that is right, number):\n\n| confidence | right | n |\n|---|---|---|")
        lines += [f"| {a:.2f} | {b:.2f} | {n} |" for a, b, n in got["reliability"]]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run every set that can be run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the corpora; without it only our own stories are read")
    parser.add_argument("--pack", type=Path)
    parser.add_argument("--write", action="store_true", help="keep the figures in evaluation/results.json")
    args = parser.parse_args()
    reader, out, failures = Reader(args.pack), {}, []
    floors = tomllib.loads((HERE / "floors.toml").read_text("utf-8"))
    documents = {"stories": corpora.stories(HERE / "stories")}
    if args.data:
        documents |= {name: load(args.data) for name, load in SETS.items()}
    for name, group in documents.items():
        got = figures(read(group, reader))
        show(name, got)
        failures += below(name, got, floors)
        out[name] = got
    if args.write:
        about = {"date": date.today().isoformat(), "machine": platform.processor() or platform.machine(), "pack": reader.pack.id}
        results = about | {"sets": out}
        (HERE / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (HERE / "results.md").write_text(markdown(results), "utf-8")
    print("\n" + "\n".join(failures or ["no figure is below its floor"]))
    return 1 if failures else 0


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(status)
