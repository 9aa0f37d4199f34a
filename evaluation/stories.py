"""Stories: python -m evaluation.stories --data SHARED/data [--write]

English news on confusable pairs of events (ECB+, topics 1-35: Cybulska and Vossen 2014), each pair's two events a story of its own.
B-cubed (Bagga and Baldwin 1998) of the stories that the ledger tells, documents arriving in an order drawn by chance, beside a
baseline of TF-IDF vectors with the same online rule. Both thresholds were chosen on these very documents. ECB+ has no dates: both see all
on one day, so that time plays no part in either."""

from __future__ import annotations

import argparse
import json
import math
import platform
import random
import re
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sagt.ledger import Ledger, Payload
from sagt.store import Store

HERE = Path(__file__).parent


def documents(data: Path) -> list[tuple[str, str, str]]:
    """Name, story and text of every document."""
    found = []
    for path in sorted((data / "ecbplus").glob("*/*.xml")):
        topic, _, kind = re.match(r"(\d+)_(\d+)(ecb(?:plus)?)", path.name).groups()  # type: ignore[union-attr]
        sentences: defaultdict[int, list[str]] = defaultdict(list)
        for token in ElementTree.parse(path).getroot().iter("token"):
            sentences[int(token.get("sentence", "0"))].append(token.text or "")
        lines = [" ".join(words) for _, words in sorted(sentences.items())]
        found.append((path.stem, f"{topic}{kind}", "\n\n".join(line for line in lines if not line.startswith("http"))))
    return found


def ours(rows: list[tuple[str, str, str]]) -> dict[str, str]:
    """The ledger's stories."""
    with tempfile.TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/ecb.db") as store:
        ledger = Ledger(store)
        begun = datetime(2026, 3, 1, tzinfo=UTC)
        for number, (name, _, text) in enumerate(rows):
            row = {
                "id": name,
                "text": text,
                "language": "en",
                "date": (begun + timedelta(seconds=number)).isoformat(),
                "outlet": f"Paper {number}",
            }
            list(ledger.add([Payload(json.dumps(row).encode(), format="row")]))
        ledger.read_new()
        names = {s.report.id: s.report.item.guid or "" for s in store.reports(limit=10_000)}
        return {names[report]: story.id for story in ledger.stories() for report in story.reports}


def cosines(rows: list[tuple[str, str, str]]) -> NDArray[np.float32]:
    """Of the documents' TF-IDF vectors, each with each."""
    bags = [Counter(re.findall(r"[a-z]{3,}", text.lower())) for _, _, text in rows]
    seen = Counter(word for bag in bags for word in bag)
    place = {word: at for at, word in enumerate(sorted(seen))}
    found = np.zeros((len(rows), len(place)), np.float32)
    for at, bag in enumerate(bags):
        for word, count in bag.items():
            found[at, place[word]] = (1 + math.log(count)) * math.log(len(bags) / seen[word])
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return np.asarray(found @ found.T, np.float32)


def baseline(rows: list[tuple[str, str, str]], near: NDArray[np.float32], joins: float, nearest: int) -> dict[str, str]:
    """The same rule over TF-IDF: the story whose nearest documents are nearest, so many of them."""
    story: dict[int, int] = {}
    for at in range(len(rows)):
        of: defaultdict[int, list[float]] = defaultdict(list)
        for before, name in story.items():
            of[name].append(float(near[at, before]))
        means = {name: sum(sorted(v)[-nearest:]) / min(nearest, len(v)) for name, v in of.items()}
        best = max(means, key=lambda name: means[name], default=None)
        story[at] = best if best is not None and means[best] >= joins else at
    return {rows[at][0]: str(name) for at, name in story.items()}


def b_cubed(told: dict[str, str], gold: dict[str, str]) -> tuple[float, float, float]:
    """Precision, recall, F1."""
    by_told: defaultdict[str, set[str]] = defaultdict(set)
    by_gold: defaultdict[str, set[str]] = defaultdict(set)
    for name in gold:
        by_told[told[name]].add(name)
        by_gold[gold[name]].add(name)
    shared = {n: len(by_told[told[n]] & by_gold[gold[n]]) for n in gold}
    precision = sum(shared[n] / len(by_told[told[n]]) for n in gold) / len(gold)
    recall = sum(shared[n] / len(by_gold[gold[n]]) for n in gold) / len(gold)
    return precision, recall, 2 * precision * recall / (precision + recall)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.stories", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    rows = documents(args.data)
    random.Random(5).shuffle(rows)
    gold = {name: story for name, story, _ in rows}
    near = cosines(rows)
    tuned = max(
        ((b_cubed(baseline(rows, near, joins / 100, few), gold), joins / 100, few) for joins in range(10, 34, 2) for few in (1, 2, 3)),
        key=lambda found: found[0][2],
    )
    found = b_cubed(ours(rows), gold)
    names = ("precision", "recall", "f1")
    record = {
        "documents": len(rows), "stories": len(set(gold.values())), "ours": dict(zip(names, (round(x, 4) for x in found), strict=True)),
        "tf-idf": dict(zip(names, (round(x, 4) for x in tuned[0]), strict=True)) | {"threshold": tuned[1], "nearest": tuned[2]},
    }  # fmt: skip
    print(json.dumps(record, indent=1))
    if args.write:
        about = {"date": datetime.now(UTC).date().isoformat(), "machine": platform.platform()}
        (HERE / "stories.json").write_text(json.dumps(about | record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
