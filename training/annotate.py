"""From annotators' files to stand-off lines without text, and the agreement of two annotators.

python -m training.annotate join FOLDER… --data SHARED/data > training/annotations/cdt-da.jsonl
python -m training.annotate agree --data SHARED/data
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from evaluation.score import Attributed, score
from training import cdt, corpora

ANNOTATIONS = Path(__file__).parent / "annotations"


def stand_off(path: Path, corpus: Path) -> dict:
    """One annotated document as offsets alone: names of speakers and media become spans of the text, or are dropped."""
    document = path.name.split(".")[0]
    text = cdt.read_text(corpus / "parole-da" / f"{document}-da.tag")
    rows = json.loads(path.read_text("utf-8"))

    def place(words: str | None) -> list[int] | None:
        at = text.find(words) if words else -1
        return [at, at + len(words)] if words and at >= 0 else None

    def tidy(span: list[int] | None) -> list[int] | None:
        """Without white space at its ends, nor a comma: annotators add them to point at one of several like words."""
        if span is None:
            return None
        start, end = span
        while start < end and (text[start].isspace() or text[start] == ","):
            start += 1
        while end > start and (text[end - 1].isspace() or text[end - 1] == ","):
            end -= 1
        return [start, end]

    for row in rows:
        row["source"] = tidy(row["source"])
        row["cue"] = sorted(filter(None, map(tidy, row["cue"])))
        row["speaker"] = place(row.get("speaker"))
        row["via"] = [{"source": tidy(v["source"]), "cue": tidy(v["cue"])} for v in row["via"]]
        if "medium" in row:
            row["medium"] = place(row["medium"])
    return {"document": document, "sha256": hashlib.sha256(text.encode()).hexdigest(), "attributions": rows}


def join(folders: list[Path], data: Path) -> None:
    for path in sorted(p for folder in folders for p in folder.glob("*.gold.json")):
        print(json.dumps(stand_off(path, data / "cdt"), separators=(",", ":")))


def agree(data: Path) -> None:
    """The second annotators measured against the first."""
    first = {d.id: d for d in corpora.cdt_da(ANNOTATIONS / "cdt-da.jsonl", data / "cdt")}
    second = list(corpora.cdt_da(ANNOTATIONS / "cdt-da-second.jsonl", data / "cdt"))
    pairs = [(d.text, [Attributed.of(a) for a in first[d.id].attributions], [Attributed.of(a) for a in d.attributions]) for d in second]
    print(json.dumps({"documents": len(pairs), **score(pairs).figures()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["join", "agree"])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    if args.what == "join":
        join(args.folders, args.data)
    else:
        agree(args.data)
