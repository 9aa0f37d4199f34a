"""How a store grows: adding, searching and versions while reports pile up. `python -m evaluation.store [N] [--db URL] [--write]`.

The reports are made up of words by chance (a seed makes them the same each time); one in ten is a new take of an item of the hour
before. Nothing is read by the network: reading a report costs the same however many there are."""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sagt import ingest
from sagt.formats import Given
from sagt.search import Query, search
from sagt.store import Store

HERE = Path(__file__).parent
BATCH = 100
OUTLETS = [f"Avis {n}" for n in range(40)]
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_ONSETS = ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "br", "st", "sk")
_SYLLABLES = [onset + rhyme for onset in _ONSETS for rhyme in ("a", "e", "i", "o", "u", "y", "æ", "ø", "å", "an", "er", "il", "om", "ud")]


def words(rng: random.Random, count: int) -> list[str]:
    """Words of which some are common and most are rare, as in any language."""
    return [
        "".join(rng.choice(_SYLLABLES) for _ in range(1 + min(3, int(rng.expovariate(0.9)))))
        if rng.random() < 0.5
        else rng.choice(("broen", "byen", "siger", "og", "at", "det"))
        for _ in range(count)
    ]


def rss(rng: random.Random, number: int, before: list[tuple[str, str, str]]) -> bytes:
    """An entry of a feed; `before`: outlet, headline and address of the last ones, of which it may be a new take."""
    outlet, title, url = rng.choice(OUTLETS), " ".join(words(rng, 7)).capitalize(), f"https://avis.example/{number}"
    if before and number % 10 == 0:
        outlet, title, url = rng.choice(before[-200:])
        title = f"UPDATE {number % 7 + 1}-{title}" if not title.startswith("UPDATE") else title
        url = url if number % 20 == 0 else f"https://avis.example/{number}"
    before.append((outlet, title, url))
    moment = (BEGUN + timedelta(seconds=20 * number)).isoformat()
    row = {
        "text": " ".join(words(rng, 60)) + f". Nummer {number}.",
        "title": title,
        "outlet": outlet,
        "url": url,
        "date": moment,
        "language": "da",
        "id": url,
    }
    return json.dumps(row, ensure_ascii=False).encode()


def grow(store: Store, count: int, steps: int) -> Iterator[dict[str, float]]:
    """Add `count` reports; after each step of them, what adding and looking costs, in milliseconds."""
    rng, spent, done = random.Random(7), 0.0, 0
    before: list[tuple[str, str, str]] = []
    for start in range(0, count, BATCH):
        payloads = [rss(rng, start + n, before) for n in range(min(BATCH, count - start))]
        items = [parsed for raw in payloads for parsed in ingest.items(raw, Given(), "row")]
        begun = time.perf_counter()
        store.add(items, "bench", parser="bench")
        spent += time.perf_counter() - begun
        done += len(items)
        if (start + BATCH) % (count // steps) < BATCH:
            added = 1000 * spent / done
            spent, done = 0.0, 0
            yield {"reports": start + len(items), "add": added, **looked(store, rng, before)}


def looked(store: Store, rng: random.Random, before: list[tuple[str, str, str]]) -> dict[str, float]:
    """Medians of searches and of versions."""
    rare = [Query(words=rng.choice(rng.choice(before)[1].split()[1:])) for _ in range(30)]
    two = [Query(words=" ".join(rng.sample(rng.choice(before)[1].split()[1:], 2))) for _ in range(30)]
    common = [Query(words=w) for w in ("broen", "siger", "byen og", '"broen og"', "br*")] * 3
    outlets = [Query(outlet=rng.choice(OUTLETS), since="2026-01-01") for _ in range(15)]
    found = {name: _median(lambda q: search(store, q), queries) for name, queries in
             {"search rare": rare, "search two": two, "search common": common, "search outlet": outlets}.items()}  # fmt: skip
    found["search worst"] = max(_times(lambda q: search(store, q), [*rare, *two, *common, *outlets]))
    urls = [rng.choice(before)[2] for _ in range(30)]
    found["versions"] = _median(lambda url: store.chain(store.find(url)), urls)
    return found


def _times(run: object, over: list) -> list[float]:  # type: ignore[type-arg]
    found = []
    for one in over:
        begun = time.perf_counter()
        run(one)  # type: ignore[operator]
        found.append(1000 * (time.perf_counter() - begun))
    return found


def _median(run: object, over: list) -> float:  # type: ignore[type-arg]
    return statistics.median(_times(run, over))


def main() -> None:
    """Print the curve, and keep it with the date and the machine."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.store")
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--db", help="an empty store (default: a SQLite file in a temporary folder)")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store(args.db or f"sqlite:///{folder}/bench.db") as store:
        rows = []
        for row in grow(store, args.count, 10):
            rows.append(row)
            print(
                "  ".join(f"{name} {value:,.1f}" if name != "reports" else f"{int(value):>8,}" for name, value in row.items()), flush=True
            )
        begun = time.perf_counter()
        same = len(set(store.rebuild())) == 1
        print(f"rebuild {time.perf_counter() - begun:.0f} s, the same: {same}")
        if args.write:
            kind = "sqlite" if store.is_sqlite else "postgresql"
            record = {
                "date": datetime.now(UTC).date().isoformat(),
                "machine": platform.platform(),
                "unit": "milliseconds",
                "rows": rows,
                "rebuilt the same": same,
            }
            (HERE / f"store-{kind}.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
