"""How the ledger grows: python -m evaluation.growth [N] [--write]. What linking one more report costs, and what answers cost.

The N reports are made up (words by chance, a seed); their briefs are put there as linking would leave them, a story of ten reports at
a time with vectors near each other, since reading fifty thousand takes hours. After each step real reports, of the press of our own,
are read and linked among them, and asked about."""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from evaluation import press
from evaluation.ledger import payloads
from evaluation.store import words
from sagt import ingest, shelf
from sagt.formats import Given
from sagt.ledger import Ledger, Payload
from sagt.link import identity
from sagt.meaning import SIZE
from sagt.origins import Item, sketch
from sagt.passages import Passage, Stance, Voice
from sagt.shelf import Brief, Row
from sagt.store import Store
from sagt.types import Act, Span, Wording

HERE = Path(__file__).parent
STORY, PASSAGES, BATCH = 10, 6, 500
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def made_up(store: Store, rng: random.Random, start: int, count: int) -> None:
    """Add reports with their briefs and statements."""
    noise = np.random.default_rng(start)
    items = []
    for n in range(start, start + count):
        text = " ".join(words(rng, 60)) + f". Nummer {n}."
        moment = (BEGUN + timedelta(seconds=100 * n)).isoformat()
        row = {"text": text, "title": f"Sag {n // STORY}", "outlet": f"Avis {n % 40}", "date": moment, "language": "da", "id": f"g{n}"}
        items += list(ingest.items(json.dumps(row).encode(), Given(), "row"))
    added = store.add(items, "growth")
    with store.writing() as connection:
        for n, (one, parsed) in enumerate(zip(added, items, strict=True), start):
            assert one.seq is not None
            base = np.random.default_rng(10_000_000 + n // STORY).normal(size=(PASSAGES + 1, SIZE))
            vectors = base + 0.5 * noise.normal(size=base.shape)
            rows = shelf.quantised(np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32))
            text, at = parsed.report.text, (BEGUN + timedelta(seconds=100 * n)).timestamp()
            item = Item(one.seq, one.id, at, parsed.report.outlet, f"avis {n % 40}", False, "da", parsed.report.title, sketch=sketch(text))
            said = tuple(_passage(text, k, n) for k in range(PASSAGES))
            shelf.put_brief(connection, Brief(item, said, rows[0], np.concatenate([rows[1:]] * 3)), "growth")
            groups = []
            for p in said:
                name = identity("s", one.id, p.attribution)
                groups.append((Row(name, "c" + name[1:], at, p.voice.key, p.voice.name, None), [(one.seq, p.attribution)]))
            shelf.put_statements(connection, groups, [])
            shelf.put_plot(connection, one.seq, f"t{n // STORY}", "made up")


def _passage(text: str, number: int, report: int) -> Passage:
    content = text[30 * number : 30 * number + 30]
    voice = Voice(f"Navn {report % 500}", f"navn {report % 500}", True, True, ("borgmester",))
    span = Span(30 * number, 30 * number + 30)
    return Passage(f"a{number}", (span,), content, (Wording.whole(content),), voice, Stance.ASSERTS, Act.STATES, False, language="da")


def measured(ledger: Ledger, rows: list[bytes]) -> dict[str, float]:
    """Milliseconds: of linking a report beside reading it, and of answers; medians, and the worst."""
    link, brief, read = [], [], []
    reader = ledger.reader
    for raw in rows:
        [added] = ledger.add([Payload(raw)])
        stored = ledger.store.find(added.id)
        begun = time.perf_counter()
        reading = reader.read(stored.report)
        read.append(time.perf_counter() - begun)
        ledger.store.put_readings([(stored.seq, reading)], ledger.maker)
        begun = time.perf_counter()
        made = ledger.linker.brief(stored, reading)
        brief.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        ledger.linker.link([made])
        link.append(time.perf_counter() - begun)
    return {
        "read": 1000 * statistics.median(read), "meanings": 1000 * statistics.median(brief), "link": 1000 * statistics.median(link),
        "beside reading, worst": 1000 * max(a + b for a, b in zip(brief, link, strict=True)), **answers(ledger),
    }  # fmt: skip


def answers(ledger: Ledger) -> dict[str, float]:
    """Milliseconds that answers take."""
    some = [t.statement for t in ledger.statements(actor="navn 7")][:20]
    story = ledger.stories(limit=1)[0].id
    asked: dict[str, Callable[[], object]] = {
        "statement": lambda: ledger.statement(some[3].id), "claim": lambda: ledger.claim(some[5].id), "why": lambda: ledger.why(some[5].id),
        "page of statements": lambda: next(iter(ledger.statements())), "story": lambda: list(ledger.statements(story=story)),
        "who": lambda: [t for _, t in zip(range(20), ledger.statements(actor="navn 9"), strict=False)],
        "promise": lambda: ledger.outcome(some[3]), "stories": lambda: ledger.stories(limit=20),
    }  # fmt: skip
    found: dict[str, float] = {}
    for name, ask in asked.items():
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            ask()
            times.append(1000 * (time.perf_counter() - begun))
        found[name] = statistics.median(times)
    return found


def grow(store: Store, count: int, steps: int) -> Iterator[dict[str, float]]:
    """The curve."""
    rng, ledger = random.Random(7), Ledger(store)
    stories = [list(payloads(story)) for story in press.load("d")]
    for step in range(steps):
        for start in range(step * count // steps, (step + 1) * count // steps, BATCH):
            made_up(store, rng, start, BATCH)
        yield {"reports": (step + 1) * count // steps, **measured(ledger, stories[step % len(stories)])}


def main() -> None:
    """Print the curve, and keep it."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.growth")
    parser.add_argument("count", nargs="?", type=int, default=50_000)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/growth.db") as store:
        rows = []
        for row in grow(store, args.count, 5):
            rows.append({name: round(value, 1) for name, value in row.items()})
            print(rows[-1], flush=True)
    if args.write:
        about = {"date": datetime.now(UTC).date().isoformat(), "machine": platform.platform(), "unit": "milliseconds", "rows": rows}
        (HERE / "growth.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
