"""The ledger on the press of our own: python -m evaluation.ledger [--errors] [--write]

Every report goes through the public door: rows of JSON Lines into a store, read, linked, asked. What is compared is which passages are one
statement, how many origins it has, how its claim stands at a moment, what becomes of promises, what changes between two reports, and
how quotations are true to what was said. Gold: evaluation/press/README.md."""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from evaluation import press
from evaluation.reports import place
from sagt import Reader, quotations
from sagt.ledger import Ledger, Payload, Told
from sagt.meaning import Meaning
from sagt.passages import worded
from sagt.store import Store
from sagt.types import Span

HERE = Path(__file__).parent
#: A passage is found where its words and an attribution's content overlap so far (Dice), or most of its words lie in that content.
DICE, MOST = 0.3, 0.7


def payloads(story: dict[str, Any]) -> Iterator[bytes]:
    """The reports of a story as rows of a corpus."""
    for one in story["reports"]:
        row = {key: one.get(key) for key in ("text", "title", "outlet", "url", "language", "slug")}
        row |= {"date": one["published"], "id": one.get("url") or f"{story['id']}-{one['id']}"}
        yield json.dumps({k: v for k, v in row.items() if v}, ensure_ascii=False).encode()


@dataclass
class Held:
    """A story in the ledger: what the gold calls a report, and the ids that it has there."""

    story: dict[str, Any]
    ids: dict[str, str]
    told: list[Told]
    texts: dict[str, str]
    gold: dict[str, set[tuple[str, int]]] = field(default_factory=dict)  #: statement -> (report, character)

    def characters(self, report: str, words: Iterable[str]) -> set[tuple[str, int]]:
        """The characters that pieces of a report's text are, as the store has it."""
        text = next(one["text"] for one in self.story["reports"] if one["id"] == report)
        ours = self.texts[self.ids[report]]
        off = max(0, ours.find(text[:60]))
        return {(self.ids[report], at + off) for piece in words for at in range(*place(text, piece))}


def put(ledger: Ledger, story: dict[str, Any]) -> Held:
    """Add a story, read and link it."""
    added = [next(iter(ledger.add([Payload(raw)]))) for raw in payloads(story)]
    ledger.read_new()
    ids = dict(zip((one["id"] for one in story["reports"]), (a.id for a in added), strict=True))
    here = set(ids.values())
    told = [t for t in ledger.statements() if any(item.id in here for item in t.statement.reports)]
    return Held(story, ids, told, {i: ledger.store.find(i).report.text for i in ids.values()})


def each(stories: Iterable[dict[str, Any]], reader: Reader | None = None) -> Iterator[tuple[Held, Ledger]]:
    """Every story in a ledger of its own, which is open until the next one is asked for; all are read by one reader."""
    reader = reader or Reader()
    with tempfile.TemporaryDirectory() as folder:
        for story in stories:
            with Store(f"sqlite:///{folder}/{story['id']}.db") as store:
                ledger = Ledger(store, lambda: reader)
                yield put(ledger, story), ledger


@dataclass
class Matched:
    """Gold passages and what the ledger has for them."""

    gold_of: dict[tuple[str, str], set[str]]  #: (report, attribution) -> gold statements
    system_of: dict[tuple[str, str], str]  #: (report, attribution) -> statement


def matched(held: Held) -> Matched:
    """Which attributions pass on which gold statements."""
    passages = {(m.item.id, m.passage.attribution): (t.statement.id, {(m.item.id, at) for s in m.passage.spans for at in range(*s)})
                for t in held.told for m in t.statement.members}  # fmt: skip
    gold_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in held.story["statements"]:
        for passage in one["passages"]:
            wanted = held.characters(passage["report"], passage["content"])
            for key, (_, have) in passages.items():
                shared = len(wanted & have)
                if shared and (2 * shared / (len(wanted) + len(have)) >= DICE or shared / len(wanted) >= MOST):
                    gold_of[key].add(one["id"])
    return Matched(dict(gold_of), {key: system for key, (system, _) in passages.items()})


def pairs(held: Held, found: Matched, counts: Counter[str]) -> None:
    """Pairs of reports that pass on one statement: found, missed, wrong; those across languages apart."""
    language = {held.ids[r["id"]]: r["language"] for r in held.story["reports"]}
    by_gold: dict[str, set[str]] = {s["id"]: {held.ids[p["report"]] for p in s["passages"]} for s in held.story["statements"]}
    by_system: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for key, name in found.system_of.items():
        by_system[name].add(key)
    joined: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for keys in by_system.values():
        for a, b in combinations(sorted(k for k in keys if k in found.gold_of), 2):
            if a[0] != b[0]:
                common = found.gold_of[a] & found.gold_of[b]
                for gold in common:
                    joined[gold].add((a[0], b[0]))
                if not common:
                    counts["wrong"] += 1
                    counts["wrong across"] += language[a[0]] != language[b[0]]
    for gold, reports in by_gold.items():
        for pair in combinations(sorted(reports), 2):
            what = "found" if pair in joined[gold] else "missed"
            counts[what] += 1
            counts[f"{what} across"] += language[pair[0]] != language[pair[1]]


def f1(counts: Counter[str], suffix: str = "") -> float:
    """F1 of pairs."""
    right, missed, wrong = (counts[f"{what}{suffix}"] for what in ("found", "missed", "wrong"))
    return 2 * right / max(1, 2 * right + missed + wrong)


def best(held: Held, found: Matched) -> dict[str, Told]:
    """For each gold statement the ledger's that has most of its passages."""
    by_id = {t.statement.id: t for t in held.told}
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for key, golds in found.gold_of.items():
        for gold in golds:
            votes[gold][found.system_of[key]] += 1
    return {gold: by_id[max(sorted(v), key=lambda name: v[name])] for gold, v in votes.items()}


def origins(held: Held, of: dict[str, Told], counts: Counter[str]) -> None:
    """Number of origins, of the statements found."""
    for one in held.story["statements"]:
        if one["id"] not in of:
            counts["statements not found"] += 1
            continue
        more = len(of[one["id"]].statement.origins) - len(one["origins"])
        several = len({p["report"] for p in one["passages"]}) > 1
        for kind in ("", " several") if several else ("",):
            counts[f"origins{kind}"] += 1
            counts[f"origins right{kind}"] += more == 0
        counts["most origins too many"] = max(counts["most origins too many"], more)


def standings(held: Held, ledger: Ledger, of: dict[str, Told], counts: Counter[str], errors: Counter[str]) -> None:
    """How claims stand at moments."""
    for claim in held.story["claims"]:
        statements = [s for s in held.story["statements"] if s["claim"] == claim["id"]]
        votes = Counter(of[s["id"]].statement.claim for s in statements if s["id"] in of for _ in s["passages"])
        ours = max(sorted(votes), key=lambda name: votes[name], default=None)
        for state in claim["standing"]:
            at = datetime.fromisoformat(state["at"]).timestamp()
            told = next(iter(ledger.statements(claim=ours, at=at)), None) if ours else None
            is_ = told.stands.standing.value if told and told.stands else "none"
            counts["standings"] += 1
            counts["standings right"] += is_ == state["is"]
            errors[f"{state['is']} told as {is_}"] += is_ != state["is"]


def promised(held: Held, ledger: Ledger, of: dict[str, Told], counts: Counter[str], errors: Counter[str]) -> None:
    """What becomes of promises, at the end of the story."""
    end = max(datetime.fromisoformat(r["published"]).timestamp() for r in held.story["reports"]) + 60
    for one in held.story["promises"]:
        counts["promises"] += 1
        if one["statement"] not in of:
            errors[f"promise {one['outcome']} told as none"] += 1
            continue
        found = ledger.outcome(of[one["statement"]].statement, end).outcome.value
        is_ = found if found in ("kept", "broken", "moved") else "open"
        counts["promises right"] += is_ == one["outcome"]
        errors[f"promise {one['outcome']} told as {is_}"] += is_ != one["outcome"]


def retold(held: Held, ledger: Ledger, counts: Counter[str], told: list[str]) -> None:
    """Lost hedges, lost hands and changed numbers from one report to another."""
    for pair in held.story["diffs"]:
        ids = held.ids[pair["from"]], held.ids[pair["to"]]
        wanted = [c for c in pair["changes"] if c["kind"] in ("hedge lost", "chain lost", "number changed")]
        before, after, found = ledger.diff(*ids)
        ours = [c for c in found if c.shift.value in ("hedge lost", "chain lost", "number changed")]
        met = set()
        for change in ours:
            hit = next(
                (
                    n
                    for n, c in enumerate(wanted)
                    if n not in met and c["kind"] == change.shift.value and _about(held, pair, c, change, before, after)
                ),
                None,
            )
            if hit is None and any(c["kind"] == change.shift.value and _about(held, pair, c, change, before, after) for c in wanted):
                continue
            counts["changes right"] += hit is not None
            counts["changes wrong"] += hit is None
            if hit is None:
                words = " > ".join(p.content[:90] if p else "" for p in (change.before, change.after))
                told.append(f"{held.story['id']} {pair['from']}>{pair['to']} wrong {change.shift} {change.what!r}: {words}")
            else:
                met.add(hit)
        counts["changes missed"] += len(wanted) - len(met)
        told += [f"{held.story['id']} {pair['from']}>{pair['to']} missed {c}" for n, c in enumerate(wanted) if n not in met]


def _about(held: Held, pair: dict[str, Any], gold: dict[str, Any], change: Any, before: Any, after: Any) -> bool:
    """True if a change is told at the words that the gold has it at, or in their sentence."""
    for side, report, passage, stored in (("from", gold["before"], change.before, before), ("to", gold.get("after"), change.after, after)):
        if report and passage is not None:
            wanted = {at for _, at in held.characters(pair[side], [report])}
            low, high = min(wanted), max(wanted)
            text = stored.report.text
            low, high = max(text.rfind("\n", 0, low), 0), text.find("\n", high) if text.find("\n", high) > 0 else len(text)
            if any(s.start < high and s.end > low for s in passage.spans):
                return True
    return False


def quoted(held: Held, meaning: Meaning, counts: Counter[str], told: list[str]) -> None:
    """How true quotations are, given what they quote, and who speaks."""
    items = {item.id: item for t in held.told for item in t.statement.reports}
    for one in held.story["quotations"]:
        a, b = one["primary"], one["quoted"]
        speaker = _speaker(held.story, a) or _speaker(held.story, b)
        codes, vectors = [], []
        for side in (a, b):
            text = next(r["text"] for r in held.story["reports"] if r["id"] == side["report"])
            item = items.get(held.ids[side["report"]])
            codes.append(item.language if item else None)
            vectors.append(meaning.vectors([worded(text, Span(*place(text, side["words"])), speaker)], codes[-1])[0])
        near = float(vectors[0] @ vectors[1])
        found = quotations.check(_bare(a["words"]), _bare(b["words"]), codes[0], codes[1], near).fidelity.value
        counts["quotations"] += 1
        counts["quotations right"] += found == one["is"]
        counts["altered"] += one["is"] == "altered"
        counts["altered right"] += found == one["is"] == "altered"
        counts["altered wrong"] += found == "altered" != one["is"]
        if found != one["is"]:
            told.append(f"{held.story['id']} {one['is']} told as {found}: {a['words']!r} > {b['words']!r}")


def _speaker(story: dict[str, Any], side: dict[str, str]) -> str | None:
    """The name of who says these words in this report."""
    names = {actor["id"]: actor["name"] for actor in story["actors"]}
    words = _bare(side["words"])
    return next(
        (names.get(s["actor"]) for s in story["statements"] for p in s["passages"]
         if p["report"] == side["report"] and any(words in piece or _bare(piece) in words for piece in p["content"])),
        None,
    )  # fmt: skip


def _bare(words: str) -> str:
    return re.sub(r"@\d+$", "", words)


def measure(half: str, errors: Counter[str] | None = None, told: list[str] | None = None) -> dict[str, float]:
    """The figures of a half, or of the stories that came later; what was wrong goes into `errors` and `told`."""
    errors, told = Counter() if errors is None else errors, [] if told is None else told
    counts: Counter[str] = Counter()
    for held, ledger in each(press.load(half)):
        own: Counter[str] = Counter()
        found = matched(held)
        of = best(held, found)
        pairs(held, found, own)
        origins(held, of, own)
        standings(held, ledger, of, own, errors)
        promised(held, ledger, of, own, errors)
        retold(held, ledger, own, told)
        quoted(held, ledger.linker.meaning, own, told)
        most = max(counts["most origins too many"], own.pop("most origins too many"))
        counts += own
        counts["most origins too many"] = most
    return figures(counts)


def below(half: str, found: dict[str, float]) -> list[str]:
    """The figures that are below their floors in floors.toml."""
    floors = tomllib.loads((HERE / "floors.toml").read_text("utf-8"))["ledger"][half]
    return [f"ledger {half}: {name} is {found[name]}, its floor {floor}" for name, floor in floors.items() if found[name] < floor]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.ledger", description=__doc__)
    parser.add_argument("--errors", action="store_true", help="what was wrong in the development half; nobody looks at the others'")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    errors: Counter[str] = Counter()
    told: list[str] = []
    found = {"d": measure("d", errors, told), "t": measure("t"), "h": measure("h")}
    for name in found["d"]:
        print(f"{name:60} d {found['d'][name]:<8} t {found['t'][name]:<8} h {found['h'][name]}")
    if args.errors:
        print(*errors.most_common(30), *told, sep="\n")
    if args.write:
        about = {"date": datetime.now(UTC).date().isoformat(), "machine": platform.platform()}
        (HERE / "ledger.json").write_text(json.dumps(about | found, indent=1) + "\n", "utf-8")
    failures = [failure for half, got in found.items() for failure in below(half, got)]
    print(*(failures or ["no figure is below its floor"]), sep="\n")
    return 1 if failures else 0


def figures(counts: Counter[str]) -> dict[str, float]:
    """The figures of the issue."""
    return {
        "same-statement pairs, F1": round(f1(counts), 4),
        "same-statement pairs across languages, F1": round(f1(counts, " across"), 4),
        "pairs, precision": round(counts["found"] / max(1, counts["found"] + counts["wrong"]), 4),
        "pairs, recall": round(counts["found"] / max(1, counts["found"] + counts["missed"]), 4),
        "origins exactly right": round(counts["origins right"] / max(1, counts["origins"]), 4),
        "origins exactly right, statements in several reports": round(
            counts["origins right several"] / max(1, counts["origins several"]), 4
        ),
        "most origins too many": counts["most origins too many"],
        "standing right": round(counts["standings right"] / max(1, counts["standings"]), 4),
        "promises' outcome right": round(counts["promises right"] / max(1, counts["promises"]), 4),
        "lost hedges, hands, changed numbers: recall": round(
            counts["changes right"] / max(1, counts["changes right"] + counts["changes missed"]), 4
        ),
        "lost hedges, hands, changed numbers: precision": round(
            counts["changes right"] / max(1, counts["changes right"] + counts["changes wrong"]), 4
        ),
        "quotations told right": round(counts["quotations right"] / max(1, counts["quotations"]), 4),
        "altered quotations found": round(counts["altered right"] / max(1, counts["altered"]), 4),
        "altered quotations, precision": round(counts["altered right"] / max(1, counts["altered right"] + counts["altered wrong"]), 4),
    }


if __name__ == "__main__":
    sys.exit(main())
