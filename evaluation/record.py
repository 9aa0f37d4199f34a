"""Measure the record of one report: python -m evaluation.record [--data SHARED/data] [--half t|d] [--pack FOLDER] [--write] [--errors]

Speakers, carriers, media, acts, promises, questions, answers on our own reports (evaluation/reports) and on the fixed fifth of
attribution-da; names on Universal NER's test sets. Everything but names goes through the JSON that `sagt read --json` prints.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from evaluation import reports
from evaluation.score import Attributed, matches
from sagt import Reader, Report
from sagt.export.json import line
from sagt.types import Span, spans_of
from training import corpora

HERE = Path(__file__).parent


@dataclass(slots=True)
class Tally:
    """Counts of one figure; `wrong` keeps what was missed, to be read."""

    hit: int = 0
    predicted: int = 0
    gold: int = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, right: bool, note: str) -> None:
        """One gold item for which there is one prediction."""
        self.hit += right
        self.predicted += 1
        self.gold += 1
        if not right:
            self.wrong.append(note)

    @property
    def f1(self) -> float:
        """F1; for figures with one prediction a gold item, the share that is right."""
        return round(2 * self.hit / max(1, self.predicted + self.gold), 4)


def same_name(gold: str, predicted: str | None) -> bool:
    """As the acceptance scorer has it: equal, same last word, or one within the other."""
    a, b = (re.findall(r"\w+", (words or "").lower()) for words in (gold, predicted))
    return bool(a and b) and (a == b or a[-1] == b[-1] or " ".join(b) in " ".join(a) or " ".join(a) in " ".join(b))


def overlap(gold: Iterable[Any], predicted: Iterable[Any], text: str, tally: Tally, what: str) -> None:
    """Spans of a document, matched one to one where they overlap."""
    left = [Span(*p) for p in predicted]
    found = sorted(Span(*g) for g in gold)
    tally.gold += len(found)
    tally.predicted += len(left)
    for span in found:
        match = next((p for p in left if p.overlaps(span)), None)
        if match:
            left.remove(match)
            tally.hit += 1
        else:
            tally.wrong.append(f"{what} missed: {span.of(text)!r}")
    tally.wrong += [f"{what} too many: {p.of(text)!r}" for p in left]


def read(texts: Sequence[Report], reader: Reader) -> Iterator[dict[str, Any]]:
    """The records, as printed."""
    for reading in reader.read_all(texts):
        yield json.loads(line(reading))


def carriers(record: dict[str, Any]) -> set[tuple[int, int]]:
    """Hands that a sentence names: with a cue of their own, and not the speaker of an outer statement."""
    speakers = {tuple(s) for a in record["attributions"] for s in a["source"]}
    return {
        tuple(link["span"])
        for a in record["attributions"]
        for link in a["chain"]
        if link["role"] == "carrier" and link["span"] and link.get("cue") and not link.get("why") and tuple(link["span"]) not in speakers
    }


class Figures:
    """All figures of one set of documents."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self.acts: Counter[tuple[str, str]] = Counter()

    def __getitem__(self, name: str) -> Tally:
        return self.tallies.setdefault(name, Tally())

    def attribution(self, gold: dict[str, Any], mine: dict[str, Any], text: str, id: str) -> None:
        """One attribution that was found: its speaker, act and medium."""
        words = " ".join(text[s:e] for s, e in gold["content"])[:60]
        if gold.get("speaker_name"):
            name = (mine["speaker"] or {}).get("name")
            right = same_name(gold["speaker_name"], name)
            note = f"{id}: {gold['speaker_name']!r}, not {mine['speaker']} ({words!r})"
            self["speaker"].count(right, note)
            if gold.get("kind") in ("direct", "mixed") or mine["kind"] == "direct":
                self["speaker of quotations"].count(right, note)
        self.acts[gold["act"], mine["act"]] += 1
        if gold["act"] != mine["act"]:
            cue = "/".join(text[s:e] for s, e in mine["cue"])
            self["act"].wrong.append(f"{id}: {gold['act']}, not {mine['act']}: cue {cue!r} ({words!r})")
        wanted, got = gold.get("medium_type"), (mine["medium"] or {}).get("type")
        if wanted is not None or (got is not None and "medium_type" in gold):
            tally = self["medium"]
            tally.gold += wanted is not None
            tally.predicted += got is not None
            tally.hit += wanted == got
            if wanted != got:
                tally.wrong.append(f"{id}: {wanted}, not {got} ({text[slice(*gold['cue'][0])] if gold['cue'] else ''}: {words!r})")

    def result(self) -> dict[str, Any]:
        """The figures as numbers."""
        out: dict[str, Any] = {name: tally.f1 for name, tally in sorted(self.tallies.items()) if tally.gold}
        out["counts"] = {name: tally.gold for name, tally in sorted(self.tallies.items()) if tally.gold}
        if self.acts:
            gold, mine = Counter[str](), Counter[str]()
            for (a, b), n in self.acts.items():
                gold[a] += n
                mine[b] += n
            f1 = {act: round(2 * self.acts[act, act] / (gold[act] + mine[act]), 3) for act in sorted(gold)}
            out["act macro f1"] = round(sum(f1.values()) / len(f1), 4)
            out["act f1"] = f1
        return out


def attribution_da(data: Path, reader: Reader, fifth: bool) -> Figures:
    """The project's Danish web news: the fixed fifth, or what rules may be developed on."""
    rows = [json.loads(p.read_text("utf-8")) for p in sorted((data / "attribution-da").glob("n*.json"))]
    rows = [row for row in rows if corpora.in_fifth(row["id"]) == fifth]
    out = Figures()
    for row, record in zip(rows, read([Report(r["id"], r["text"], language="da") for r in rows], reader), strict=True):
        golds = [
            g | {"content": g["content"], "source": [g["source"]] if g["source"] else [], "speaker_name": g["speaker"]}
            for g in row["attributions"]
        ]
        _pairs(out, row["id"], row["text"], golds, record)
        spans = {tuple(v["source"]) for g in row["attributions"] for v in g["via"] or [] if v["source"]}
        overlap(spans, carriers(record), row["text"], out["carriers"], row["id"])
    return out


def _pairs(out: Figures, id: str, text: str, golds: Sequence[dict[str, Any]], record: dict[str, Any]) -> dict[int, int]:
    def attributed(row: dict[str, Any]) -> Attributed:
        return Attributed(*(spans_of(row[key]) for key in ("source", "cue", "content")))

    found = dict(matches(text, [attributed(g) for g in golds], [attributed(a) for a in record["attributions"]]))
    for i, j in found.items():
        out.attribution(golds[i], record["attributions"][j], text, id)
    out["attributions found"].hit += len(found)
    out["attributions found"].gold += len([g for g in golds if g["content"]])
    out["attributions found"].predicted += len(record["attributions"])
    return found


def own(half: str, language: str, reader: Reader) -> Figures:
    """Our own reports of a half in a language."""
    rows = list(reports.load(half, language))
    texts = [
        Report(r["id"], r["text"], language=language, published=r["published"], zone=r["zone"], outlet=r["outlet"],
               agencies=tuple(r.get("credits") or ())) for r in rows
    ]  # fmt: skip
    out = Figures()
    for row, record in zip(rows, read(texts, reader), strict=True):
        text, id = row["text"], row["id"]
        names = {x["id"]: x["name"] for x in row["actors"]}
        golds = [
            a | {
                "source": [a["source"]] if a["source"] else [],
                "speaker_name": names.get(a["speaker"]),
                "medium_type": a["medium"]["type"] if a["medium"] else None,
            }
            for a in row["attributions"]
        ]  # fmt: skip
        found = _pairs(out, id, text, golds, record)
        overlap({c["span"] for a in row["attributions"] for c in a["carriers"]}, carriers(record), text, out["carriers"], id)
        overlap([q["asks"] for q in row["questions"]], [q["asks"][0] for q in record["questions"] if q["asks"]], text, out["questions"], id)
        overlap([p["what"] for p in row["promises"]], [p["what"][0] for p in record["promises"]], text, out["promises"], id)
        overlap([e["span"] for e in row["events"]], [e["span"] for e in record["events"]], text, out["events"], id)
        hedges = [h for a in row["attributions"] for h in a["hedges"]]
        overlap(hedges, [h for a in record["attributions"] for h in a["hedges"]], text, out["hedges"], id)
        _links(out, id, text, row, record, found)
        _mentions(out, id, text, row, record)
    return out


def _links(out: Figures, id: str, text: str, row: dict[str, Any], record: dict[str, Any], found: dict[int, int]) -> None:
    """Answers and times of saying and falling due, of attributions that were found."""
    mine = record["attributions"]
    at = {mine[j]["id"]: i for i, j in found.items()}
    for i, j in found.items():
        gold = row["attributions"][i]
        if gold.get("answers") is not None or mine[j]["answers"]:
            tally, answer = out["answers"], mine[j]["answers"]
            right = bool(answer) and at.get(answer["to"]) == gold.get("answers") and gold.get("answers") is not None
            tally.gold += gold.get("answers") is not None
            tally.predicted += bool(answer)
            tally.hit += right
            if not right:
                tally.wrong.append(f"{id}: attribution {i} answers {gold.get('answers')}, not {answer}")
        for key in ("said", "due"):
            if gold.get(key) is not None or mine[j][key]:
                tally = out[key]
                tally.gold += gold.get(key) is not None
                tally.predicted += bool(mine[j][key])
                right = (
                    bool(mine[j][key]) and gold.get(key) is not None and _interval(mine[j][key]) == (gold[key]["start"], gold[key]["end"])
                )
                tally.hit += right
                if not right:
                    tally.wrong.append(f"{id}: {key} of attribution {i}: {gold.get(key) and gold[key]['words']}, not {mine[j][key]}")


def _interval(time: dict[str, Any]) -> tuple[datetime, datetime] | None:
    return (datetime.fromisoformat(time["start"]), datetime.fromisoformat(time["end"])) if time["start"] else None


def _mentions(out: Figures, id: str, text: str, row: dict[str, Any], record: dict[str, Any]) -> None:
    """Pairs of mentions of persons and bodies that belong to one actor (of mentions that both have)."""

    def clusters(actors: Sequence[dict[str, Any]]) -> dict[tuple[int, int], str]:
        return {tuple(m): x["id"] for x in actors if x["kind"] != "place" for m in x["mentions"]}

    gold, mine = clusters(row["actors"]), clusters(record["actors"])
    both: dict[tuple[int, int], tuple[str, str]] = {}
    for span, actor in gold.items():
        match = next((m for m in mine if m[0] < span[1] and span[0] < m[1]), None)
        if match:
            both[span] = actor, mine[match]
    tally = out["mention pairs"]
    rows = list(both.values())
    for i, (a, b) in enumerate(rows):
        for c, d in rows[i + 1 :]:
            tally.gold += a == c
            tally.predicted += b == d
            tally.hit += a == c and b == d
    out["mentions found"].gold += len(gold)
    out["mentions found"].hit += len(both)
    out["mentions found"].predicted += len(gold)


def uner(path: Path, reader: Reader, language: str) -> dict[str, Any]:
    """F1 of names, by exact span and kind, over a Universal NER file read as running text."""
    text, gold = "", set()
    for i, (words, labels) in enumerate(corpora.uner(path)):
        line_text, spans = corpora.joined(words)
        names: list[tuple[int, int, str]] = []
        for span, label in zip(spans, labels, strict=True):
            begin, end = span.start + len(text), span.end + len(text)
            if label.startswith("I-") and names and names[-1][2] == label[2:]:
                names[-1] = (names[-1][0], end, label[2:])
            elif label != "O":
                names.append((begin, end, label[2:]))
        gold |= set(names)
        text += line_text + ("\n" if i % 4 == 3 else " ")
    mine = {(n.span.start, n.span.end, n.kind) for n in reader.names(Report("uner", text, language=language))}
    hit = len(gold & mine)
    return {"f1": round(2 * hit / (len(gold) + len(mine)), 4), "precision": round(hit / len(mine), 4), "recall": round(hit / len(gold), 4)}


def below(results: dict[str, Any], floors: dict[str, Any]) -> list[str]:
    """One line for each figure under its floor."""
    out = []
    for name, wanted in floors.items():
        for key, floor in wanted.items():
            group, _, inner = key.partition("/")
            value = results.get(name, {}).get(group, None)
            value = value.get(inner) if inner and value else value
            if name in results and (value or 0) < floor:
                out.append(f"{name}: {key} is {value}, the floor is {floor}")
    return out


def main() -> int:
    """Print every figure that can be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--pack", type=Path)
    parser.add_argument("--half", choices=["t", "d"], default="t", help="our reports' test half, or the one rules are developed on")
    parser.add_argument("--write", action="store_true", help="keep the figures in evaluation/record.json")
    parser.add_argument("--errors", action="store_true", help="print what is wrong (never with the test half)")
    args = parser.parse_args()
    reader = Reader(args.pack)
    sets: dict[str, Figures] = {f"reports {code}": own(args.half, code, reader) for code in ("da", "en")}
    if args.data:
        fifth = args.half == "t"
        sets["attribution-da fifth" if fifth else "attribution-da rest"] = attribution_da(args.data, reader, fifth)
    results: dict[str, Any] = {name: figures.result() for name, figures in sets.items()}
    if args.data:
        part = "test" if args.half == "t" else "dev"
        for code, name in (("da", "Danish-DDT/da_ddt"), ("sv", "Swedish-Talbanken/sv_talbanken"), ("en", "English-EWT/en_ewt")):
            results[f"names {code}"] = uner(args.data / "uner" / f"UNER_{name}-ud-{part}.iob2", reader, code)
    for name, got in results.items():
        print(f"\n{name}: " + "  ".join(f"{k} {v}" for k, v in got.items()))
    if args.errors and args.half == "d":
        for name, figures in sets.items():
            for key, tally in figures.tallies.items():
                print(f"\n== {name}: {key}", *tally.wrong, sep="\n   ")
    if args.write:
        about = {"date": date.today().isoformat(), "machine": platform.processor() or platform.machine(), "pack": reader.pack.id}
        (HERE / "record.json").write_text(json.dumps(about | {"sets": results}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    failures = below(results, tomllib.loads((HERE / "floors.toml").read_text("utf-8")).get("record", {})) if args.half == "t" else []
    print("\n" + "\n".join(failures or ["no figure is below its floor"]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
