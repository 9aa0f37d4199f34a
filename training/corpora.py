"""Annotated corpora as one kind of record. Each reader takes the folder it lies in; none is shipped with sagt."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sagt.types import Span, Spans, spans_of
from training import cdt

Row = dict[str, Any]  #: an attribution as shared/annotation/check.py writes it


@dataclass(frozen=True, slots=True)
class Gold:
    """An annotated attribution. `via`: (source, cue) of each carrier, from the speaker outwards."""

    source: Spans
    cue: Spans
    content: Spans
    speaker: str | None = None
    kind: str | None = None
    act: str | None = None
    via: tuple[tuple[Spans, Spans], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A text with all its attributions."""

    id: str
    language: str
    text: str
    attributions: tuple[Gold, ...] = field(default=())


def in_fifth(document: str) -> bool:
    """True for the fifth of a corpus that is evaluated on and never trained on, by hash of the document's id."""
    return hashlib.sha256(document.encode()).digest()[0] % 5 == 0


def held_out(document: str) -> bool:
    """True for the twentieth of every training corpus that decoding is tuned and calibrated on, and no step is trained on."""
    return hashlib.sha256(f"tune/{document}".encode()).digest()[0] % 20 == 0


def polnear(folder: Path) -> list[Document]:
    """PolNeAR 1.0 (Newell et al. 2018), brat stand-off; of several annotators' files the first."""
    first: dict[str, Path] = {}
    for path in sorted((folder / "attributions").glob("*.ann")):
        first.setdefault(path.stem.rsplit("_", 1)[0], path)
    return [_brat(stem, folder / "text" / f"{stem}.txt", path) for stem, path in first.items()]


def _brat(stem: str, text_path: Path, ann_path: Path) -> Document:
    with text_path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    spans: dict[str, Spans] = {}
    events: list[list[tuple[str, str]]] = []
    for line in ann_path.read_text("utf-8").splitlines():
        if match := re.match(r"(T\d+)\t\S+ ([\d ;]+)\t", line):
            spans[match[1]] = spans_of([int(n) for n in part.split()] for part in match[2].split(";"))
        elif line.startswith("E"):
            parts = [part.split(":", 1) for part in line.split("\t")[1].split()]
            events.append([(role.rstrip("0123456789"), ref) for role, ref in parts])
    golds = []
    for event in events:

        def role(name: str, event: list[tuple[str, str]] = event) -> Spans:
            return tuple(sorted(s for r, ref in event if r == name for s in spans.get(ref, ())))

        if role("Cue") or role("Content"):
            golds.append(Gold(role("Source"), role("Cue"), role("Content")))
    return Document(stem, "en", text, tuple(golds))


def from_json(id: str, language: str, text: str, rows: list[Row]) -> Document:
    """A document from rows in the shape that shared/annotation/check.py writes."""
    return Document(id, language, text, tuple(_gold(row) for row in rows))


def _gold(row: Row) -> Gold:
    via = tuple((spans_of([v["source"]] if v["source"] else []), spans_of([v["cue"]] if v["cue"] else [])) for v in row.get("via") or [])
    return Gold(
        spans_of([row["source"]] if row["source"] else []), spans_of(row["cue"]), spans_of(row["content"]),
        row.get("speaker"), row.get("kind"), row.get("act"), via,
    )  # fmt: skip


def attribution_da(folder: Path) -> list[Document]:
    """The project's Danish web news: one JSON file a document."""
    return [from_json(d["id"], "da", d["text"], d["attributions"]) for d in map(_load, sorted(folder.glob("n*.json")))]


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def cdt_da(annotations: Path, corpus: Path) -> Iterator[Document]:
    """Our stand-off annotations (JSON Lines: document, digest, attributions) joined to the treebank's own texts."""
    for line in annotations.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = cdt.read_text(corpus / "parole-da" / f"{row['document']}-da.tag")
        if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
            raise ValueError(f"{row['document']}: the corpus text is not the one that was annotated")
        for gold in row["attributions"]:
            gold["speaker"] = text[slice(*gold["speaker"])] if gold["speaker"] else None
        yield from_json(row["document"], "da", text, row["attributions"])


def stories(folder: Path) -> list[Document]:
    """Our own written stories: NAME.txt beside NAME.gold.json; the name begins with the language."""
    return [
        from_json(path.stem, path.stem.rstrip("0123456789"), path.read_text("utf-8"), _load(path.with_suffix(".gold.json")))
        for path in sorted(folder.glob("*.txt"))
    ]


def press(annotations: Path, folder: Path) -> Iterator[Document]:
    """Our own press (folder of stories), with its attributions (JSON Lines: "story/report", attributions)."""
    told = {path.stem: {one["id"]: one for one in _load(path)["reports"]} for path in folder.glob("*.json")}
    for line in annotations.read_text("utf-8").splitlines():
        row = json.loads(line)
        story, _, name = row["document"].partition("/")
        report = told[story][name]
        yield from_json(row["document"], report["language"], report["text"], row["attributions"])


def wire(path: Path) -> Iterator[Document]:
    """Reports of our own writing with all their attributions (JSON Lines: document, language, text, attributions)."""
    for row in map(json.loads, path.read_text("utf-8").splitlines()):
        yield from_json(row["document"], row["language"], row["text"], row["attributions"])


Labelled = list[tuple[list[str], list[str]]]
#: Marks that stand close to the word after them, or before them.
_OPENS = set("([{«“„")
_CLOSES = set(".,;:!?)]}»”%’")


def uner(path: Path) -> Labelled:
    """Universal NER (Mayhew et al. 2024), IOB2: PER, ORG, LOC."""
    out: Labelled = []
    words: list[str] = []
    labels: list[str] = []
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        if line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) > 2 and parts[0].isdigit():
            words.append(parts[1])
            labels.append(parts[2] if parts[2][2:] in ("PER", "ORG", "LOC") else "O")
        elif not line.strip() and words:
            out.append((words, labels))
            words, labels = [], []
    return out


def joined(words: list[str]) -> tuple[str, list[Span]]:
    """A sentence with ordinary spaces, and where its words stand."""
    text, spans, glue = "", [], True
    for word in words:
        if not glue and word[0] not in _CLOSES:
            text += " "
        spans.append(Span(len(text), len(text) + len(word)))
        text += word
        glue = word[-1] in _OPENS
    return text, spans
