"""Accuracy of `sagt.language.identify` on whole news sentences (NTREX dev): python evaluation/language.py --data FOLDER"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sagt.language import KNOWN, identify


def main() -> None:
    """Print accuracy for each language and all, the commonest mistakes, time and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds ntrex/dev.jsonl")
    rows = [json.loads(line) for line in (parser.parse_args().data / "ntrex" / "dev.jsonl").open(encoding="utf-8")]
    right: Counter[str] = Counter()
    wrong: Counter[tuple[str, str | None]] = Counter()
    identify("Det er den første sætning, og den tælles ikke med.")
    start = time.perf_counter()
    for language in KNOWN:
        for row in rows:
            found = identify(row[language])
            right[language] += found == language
            wrong[language, found] += found != language
    spent = time.perf_counter() - start
    total = len(rows) * len(KNOWN)
    print("accuracy", round(right.total() / total, 5), {language: round(right[language] / len(rows), 4) for language in KNOWN})
    print("taken for another", [(pair, n) for pair, n in wrong.most_common(8) if n])
    print(f"{1000 * spent / total:.3f} ms a sentence, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
