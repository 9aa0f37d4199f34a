"""Whether sentences of one meaning are found across languages: python -m evaluation.meaning --data SHARED/data [--write].

How often a sentence's translation is the nearest of all: on NTREX (dev half: 915 sentences of news in six languages; among those of its
document, and of all, as if they were of one day) and on the Danish-English treebank (a tenth of its documents, which training left out;
which sentences belong together is told by its alignments of words)."""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from statistics import mean

import numpy as np

from sagt.meaning import Meaning, Vectors
from sagt.pack import open_pack

HERE = Path(__file__).parent
LANGUAGES = ("en", "da", "nb", "nn", "sv", "de")
#: Words of a sentence of the treebank: headlines and fragments of one word mean little.
LEAST = 4


def asked(name: str) -> bool:
    """True for the tenth of the treebank's documents (by the number that their names begin with) that nothing is trained on."""
    return hashlib.sha256(f"meaning/{name[:4]}".encode()).digest()[0] % 10 == 0


def rank_one(ours: Vectors, theirs: Vectors, document: Sequence[str] | None = None) -> float:
    """Share of rows whose fellow is the nearest, of all or, with `document`, of those of its document."""
    near = ours @ theirs.T
    if document is not None:
        of = np.array(document)
        near[of[:, None] != of[None]] = -2.0
    return float((near.argmax(1) == np.arange(len(ours))).mean())


def ntrex(meaning: Meaning, data: Path) -> dict[str, float]:
    """Rank one over all pairs of languages."""
    rows = [json.loads(line) for line in (data / "ntrex" / "dev.jsonl").read_text("utf-8").splitlines()]
    found = {code: meaning.vectors([row[code] for row in rows], code) for code in LANGUAGES}
    of_all = [rank_one(found[a], found[b]) for a, b in permutations(LANGUAGES, 2)]
    of_document = [rank_one(found[a], found[b], [row["doc"] for row in rows]) for a, b in permutations(LANGUAGES, 2)]
    return {
        "NTREX, of its document": mean(of_document), "NTREX, of its document, worst pair": min(of_document),
        "NTREX, of all": mean(of_all), "NTREX, of all, worst pair": min(of_all),
    }  # fmt: skip


def treebank(meaning: Meaning, data: Path) -> dict[str, float]:
    """Rank one between Danish sentences and their English translations."""
    pairs = [
        (path.stem, *pair) for path in sorted((data / "cdt" / "ddt-da-en").glob("*.atag")) if asked(path.name) for pair in aligned(path)
    ]
    names, danish, english = zip(*pairs, strict=True)
    ours, theirs = meaning.vectors(danish, "da"), meaning.vectors(english, "en")
    return {
        "treebank, pairs": len(pairs), "treebank, documents": len(set(names)),
        "treebank, of its document": (rank_one(ours, theirs, names) + rank_one(theirs, ours, names)) / 2,
        "treebank, of all": (rank_one(ours, theirs) + rank_one(theirs, ours)) / 2,
    }  # fmt: skip


def aligned(path: Path) -> Iterator[tuple[str, str]]:
    """The pairs of sentences of one document that are each other's: most of the words of each are aligned with the other's."""
    tagged = [path.parent.parent / f"ddt-{code}" / f"{path.name[:4]}-{code}.tag" for code in ("da", "en")]
    if not all(one.exists() for one in tagged):  # the treebank has alignments with texts that it lacks
        return
    ours, theirs = map(_sentences, tagged)
    of_ours, of_theirs = ({word: at for at, (_, words) in enumerate(rows) for word in words} for rows in (ours, theirs))
    met: Counter[tuple[int, int]] = Counter()
    for out, into in re.findall(r'<align out="([^"]*)"[^>]* in="([^"]*)"', path.read_text("utf-8", "replace")):
        a, b = {of_ours.get(int(w[1:])) for w in out.split()}, {of_theirs.get(int(w[1:])) for w in into.split()}
        if len(a) == len(b) == 1 and None not in a | b:
            met[a.pop(), b.pop()] += 1  # type: ignore[index]
    for (i, j), count in sorted(met.items()):
        whole = all(count == sum(n for pair, n in met.items() if pair[side] == at) for side, at in ((0, i), (1, j)))
        if whole and min(len(ours[i][1]), len(theirs[j][1])) >= LEAST:
            yield ours[i][0], theirs[j][0]


def _sentences(path: Path) -> list[tuple[str, list[int]]]:
    """The sentences of a tagged file, with the numbers of the lines that their words stand in."""
    found: list[tuple[str, list[int]]] = []
    held: list[tuple[int, str]] = []
    for at, line in enumerate(path.read_text("utf-8", "replace").splitlines()):
        if word := re.match(r"<W [^>]*>([^<]*)</W>", line):
            held.append((at, word[1]))
        elif line.startswith(("</s>", "<s>", "<s ")) and held:
            found.append((" ".join(w for _, w in held), [n for n, _ in held]))
            held = []
    return found + ([(" ".join(w for _, w in held), [n for n, _ in held])] if held else [])


def below(found: dict[str, float]) -> list[str]:
    """The figures that are below their floors in floors.toml."""
    floors = tomllib.loads((HERE / "floors.toml").read_text("utf-8"))["meaning"]
    return [f"meaning: {name} is {found[name]}, its floor {floor}" for name, floor in floors.items() if found[name] < floor]


def main() -> int:
    """Measure and print; 1 if a figure is below its floor."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.meaning", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds ntrex/dev.jsonl and cdt/")
    parser.add_argument("--pack", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    meaning = Meaning(open_pack(args.pack), 2)
    found = {name: round(value, 4) for name, value in (ntrex(meaning, args.data) | treebank(meaning, args.data)).items()}
    for name, value in found.items():
        print(f"{name:50} {value}")
    if args.write:
        about = {"date": datetime.now(UTC).date().isoformat(), "machine": platform.platform()}
        (HERE / "meaning.json").write_text(json.dumps(about | found, indent=1) + "\n", "utf-8")
    failures = below(found)
    print(*(failures or ["no figure is below its floor"]), sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
