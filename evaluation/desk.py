"""The desk under load: python -m evaluation.desk [N] [--readers R] [--seconds S] [--folder F] [--write].

What readers wait for while reports come in. The store is filled with copies of the press of our own (development half), each story
read and linked once and then stamped anew until there are N reports: other times, other names, other ids, and vectors with their numbers
in another order, so that copies are as near to each other as strangers are. Then `sagt serve` runs as a process of its own, and over HTTP
R readers look at pages and ask the API, each with a stream of news open, while one writer adds reports that are read and linked for
real. All of it on one machine: who asks takes its share of the cores."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright

from evaluation import press
from evaluation.ledger import payloads
from sagt import ingest, shelf, words
from sagt.formats import Given
from sagt.ledger import Ledger, Payload
from sagt.link import identity
from sagt.passages import Passage, Voice
from sagt.shelf import Brief, Edge, Row
from sagt.store import Store
from sagt.types import Reading

HERE = Path(__file__).parent
#: What is promised: milliseconds of the slowest twentieth, and until a browser paints; bytes of a page with all it needs but fonts.
PROMISED = {"pages": 300, "api": 100, "first paint": 1000, "page weight": 200_000}
#: Seconds between two reports of the store, and between two of the writer.
EVERY, WRITES = 100, 2.0
#: Different sets of names: somebody speaks in about N / 60 / NAMES stories.
NAMES = 100
#: Seconds that an answer may take before it counts as an error.
PATIENCE = 30


# ---- the store ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mould:
    """A story as it was read and linked once. Reports are named by their place in it."""

    rows: tuple[dict[str, str], ...]
    readings: tuple[Reading, ...]
    briefs: tuple[Brief, ...]
    groups: tuple[tuple[Row, tuple[tuple[int, str], ...]], ...]
    edges: tuple[Edge, ...]


@dataclass
class Known:
    """What readers may ask for."""

    reports: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)
    actors: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def mould(story: dict[str, object], ledger: Ledger) -> Mould:
    """Read and link a story by itself."""
    rows = [json.loads(raw) for raw in payloads(story)]
    seqs = [one.seq for row in rows for one in ledger.add([Payload(json.dumps(row).encode())])]
    ledger.read_new()
    stored = ledger.store.numbered([seq for seq in seqs if seq])
    at = {one.seq: number for number, one in enumerate(stored)}
    readings = [reading for one in stored if (reading := ledger.store.reading_of(one)) is not None]
    with ledger.store.reading() as connection:
        briefs = shelf.briefs(connection, at)
        nodes = shelf.members(connection, set(shelf.places(connection, at).values()))
        groups = [(row, tuple((at[seq], a) for seq, a in nodes[row.id])) for row in shelf.statements(connection, nodes)]
        edges = [replace(e, a=(at[e.a[0]], e.a[1]), b=(at[e.b[0]], e.b[1])) for e in shelf.edges_of(connection, at)]
    return Mould(tuple(rows), tuple(readings), tuple(briefs[seq] for seq in at), tuple(groups), tuple(edges))


def filled(store: Store, count: int, memo: Path) -> Known:
    """Fill the store, or know again what was put there."""
    maker = Ledger(store).linker.maker
    if memo.exists():
        there = json.loads(memo.read_text("utf-8"))
        if there["maker"] != maker or len(there["known"]["reports"]) < count:
            raise SystemExit(f"{memo.parent} holds fewer reports, or another sagt made them: give another folder")
        return Known(**there["known"])
    begun = time.perf_counter()
    known = fill(store, count, lambda done: print(f"\r{done} reports", end="", file=sys.stderr, flush=True))
    print(f", {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    memo.write_text(json.dumps({"maker": maker, "known": asdict(known)}), "utf-8")
    return known


def fill(store: Store, count: int, told: Callable[[int], None]) -> Known:
    """Put `count` reports there, the newest of this hour."""
    ledger, known = Ledger(store), Known()
    moulds = []
    for story in press.load("d"):
        with tempfile.TemporaryDirectory() as folder, Store(f"sqlite:///{folder}/mould.db") as own:
            moulds.append(mould(story, Ledger(own, lambda: ledger.reader)))
    done, copy = 0, 0
    begun = datetime.now(UTC) - timedelta(seconds=EVERY * count)
    while done < count:
        one = moulds[copy % len(moulds)]
        stamp(store, one, copy, begun + timedelta(seconds=EVERY * done), (ledger.maker, ledger.linker.maker), known)
        done, copy = done + len(one.rows), copy + 1
        told(done)
    return known


def stamp(store: Store, one: Mould, copy: int, at: datetime, makers: tuple[str, str], known: Known) -> None:
    """One more copy of a story, as reading and linking would leave it."""
    moments = [at + timedelta(seconds=EVERY * n) for n in range(len(one.rows))]
    rows = [
        row | {"date": moment.isoformat(), "id": f"copy-{copy}-{n}", "url": f"https://avis.example/{copy}/{n}", "title": _title(row, copy)}
        for n, (row, moment) in enumerate(zip(one.rows, moments, strict=True))
    ]
    added = store.add([item for row in rows for item in ingest.items(json.dumps(row).encode(), Given(), "row")], "load")
    seqs = [int(found.seq or 0) for found in added]
    order = np.random.default_rng(copy).permutation(len(one.briefs[0].lead))
    store.put_readings(((seq, _renamed_reading(reading, copy)) for seq, reading in zip(seqs, one.readings, strict=True)), makers[0])
    story = identity("t", added[0].id)
    with store.writing() as connection:
        for n, seq in enumerate(seqs):
            brief = _renamed(one.briefs[n], added[n].id, seq, moments[n].timestamp(), order, copy)
            shelf.put_brief(connection, brief, makers[1])
            shelf.put_plot(connection, seq, story, "made up")
        groups = [_regrouped(row, nodes, seqs, added[nodes[0][0]].id, moments, order, copy) for row, nodes in one.groups]
        shelf.put_statements(connection, groups, [])
        shelf.put_edges(connection, (replace(e, a=(seqs[e.a[0]], e.a[1]), b=(seqs[e.b[0]], e.b[1])) for e in one.edges))
    known.reports += [found.id for found in added]
    known.stories.append(story)
    known.statements += [row.id for row, _ in groups]
    known.claims += sorted({row.claim for row, _ in groups})
    known.actors += sorted({row.name for row, _ in groups if row.name})
    known.words += rows[0]["text"].split()[3:9]


def _title(row: dict[str, str], copy: int) -> str:
    """A headline so unlike those of other copies that none is held to be a take of one."""
    rng = random.Random(copy)
    return " ".join([*rng.choices(_LETTERS, k=12), row.get("title") or row["text"].splitlines()[0][:60], f"({copy})"])


def _name(name: str | None, copy: int) -> str | None:
    """The same name of somebody else."""
    return f"{name} {_LETTERS[copy % NAMES]}" if name else name


_LETTERS = ["".join((a, b)).capitalize() for a in "bdfghklmnp" for b in ("ak", "el", "ir", "of", "ud", "ys", "æn", "øm", "ål", "at")]


def _renamed_reading(one: Reading, copy: int) -> Reading:
    def told(name: str | None) -> str | None:
        return _name(name, copy)

    said = (replace(a, speaker=replace(a.speaker, name=told(a.speaker.name)) if a.speaker else None) for a in one.attributions)
    return replace(one, attributions=tuple(said), actors=tuple(replace(actor, name=told(actor.name) or "") for actor in one.actors))


def _renamed(one: Brief, name: str, seq: int, at: float, order: NDArray[np.int64], copy: int) -> Brief:
    def voice(v: Voice) -> Voice:
        found = _name(v.name, copy)
        return replace(v, name=found, key=words.key(found or ""))

    def passage(p: Passage) -> Passage:
        return replace(p, voice=voice(p.voice), witness=voice(p.witness) if p.witness else None)

    published = datetime.fromtimestamp(at, UTC).isoformat()
    item = replace(one.item, id=name, seq=seq, at=at, first_take=seq, replaces=None, published=published)
    return Brief(item, tuple(map(passage, one.passages)), one.lead[order], one.vectors[:, order], tuple(map(passage, one.narration)))


def _regrouped(
    row: Row, nodes: Sequence[tuple[int, str]], seqs: Sequence[int], first: str, moments: Sequence[datetime], order: NDArray[np.int64],
    copy: int,
) -> tuple[Row, list[tuple[int, str]]]:  # fmt: skip
    vector = np.frombuffer(row.about_vector, np.int8)
    found = Row(
        identity("s", first, f"{copy} {row.id}"), identity("c", str(copy), row.claim), min(moments[n] for n, _ in nodes).timestamp(),
        words.key(_name(row.name, copy) or "") if row.actor else row.actor, _name(row.name, copy),
        row.due + copy if row.due else row.due, row.about, vector[order].tobytes() if len(vector) == len(order) else row.about_vector,
    )  # fmt: skip
    return found, [(seqs[n], a) for n, a in nodes]


# ---- the desk -------------------------------------------------------------------------------------------------------------------------


class Server:
    """`sagt serve` on a store, as a process."""

    def __init__(self, address: str, log: Path) -> None:
        self._log = log.open("w", encoding="utf-8")
        command = [sys.executable, "-m", "sagt", "serve", "--db", address, "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._log, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"http://[^:/]+:(\d+)", said)
        if not found:
            raise SystemExit(f"the desk did not start: {said or log.read_text('utf-8')}")
        self.port = int(found[1])

    def memory(self) -> int:
        """Bytes that it holds, at most so far."""
        status = Path(f"/proc/{self.process.pid}/status")
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) if status.exists() else 0  # type: ignore[index]

    def stop(self) -> float:
        """Stop it; seconds that took."""
        begun = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)
        self._log.close()
        return time.perf_counter() - begun


# ---- readers and the writer -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as who asked saw it."""

    kind: str  #: "page /stories/…", "api /statements", "write"
    ms: float  #: until the last byte
    fault: str | None = None


#: Kinds of requests, how often each is made, and its path.
Ask = tuple[str, float, Callable[[random.Random, Known], str]]


def _recent(rng: random.Random, found: Sequence[str]) -> str:
    """One of them, rather a new one."""
    return found[-1 - min(len(found) - 1, int(rng.expovariate(1) * max(1, len(found) / 20)))]


PAGES: tuple[Ask, ...] = (
    ("/", 30, lambda rng, k: "/"),
    ("/?q", 10, lambda rng, k: "/?" + urlencode({"q": rng.choice(k.words)})),
    ("/?actor", 4, lambda rng, k: "/?" + urlencode({"actor": rng.choice(k.actors)})),
    ("/?view=ticker", 6, lambda rng, k: "/?view=ticker"),
    ("/reports/…", 20, lambda rng, k: f"/reports/{_recent(rng, k.reports)}"),
    ("/stories", 5, lambda rng, k: "/stories"),
    ("/stories/…", 10, lambda rng, k: f"/stories/{_recent(rng, k.stories)}"),
    ("/claims/…", 5, lambda rng, k: f"/claims/{_recent(rng, k.claims)}"),
    ("/statements/…", 4, lambda rng, k: f"/statements/{_recent(rng, k.statements)}"),
    ("/actors/…", 4, lambda rng, k: "/actors/" + quote(rng.choice(k.actors), safe="")),
    ("/due", 2, lambda rng, k: "/due"),
)
API: tuple[Ask, ...] = (
    ("/reports", 20, lambda rng, k: "/api/v1/reports?limit=20"),
    ("/reports?words", 10, lambda rng, k: "/api/v1/reports?" + urlencode({"words": rng.choice(k.words), "limit": 20})),
    ("/reports/…", 20, lambda rng, k: f"/api/v1/reports/{_recent(rng, k.reports)}"),
    ("/statements", 10, lambda rng, k: "/api/v1/statements?" + urlencode({"actor": rng.choice(k.actors), "limit": 20})),
    ("/statements/…", 10, lambda rng, k: f"/api/v1/statements/{_recent(rng, k.statements)}"),
    ("/claims/…", 10, lambda rng, k: f"/api/v1/claims/{_recent(rng, k.claims)}"),
    ("/stories", 5, lambda rng, k: "/api/v1/stories?limit=20"),
    ("/stories/…", 5, lambda rng, k: f"/api/v1/stories/{_recent(rng, k.stories)}"),
    ("/origins/…", 5, lambda rng, k: f"/api/v1/origins/{_recent(rng, k.statements)}"),
)


def reader(port: int, known: Known, seed: int, pause: float, until: float) -> Iterator[Answer]:
    """One reader: six pages for four calls of the API, with a while of reading between."""
    rng = random.Random(seed)
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    time.sleep(rng.random() * pause)
    while time.monotonic() < until:
        side, asks = ("page", PAGES) if rng.random() < 0.6 else ("api", API)
        [(name, _, path)] = rng.choices(asks, [weight for _, weight, _ in asks])
        yield asked(line, "GET", path(rng, known), f"{side} {name}")
        time.sleep(rng.expovariate(1 / pause))


def writer(port: int, until: float) -> Iterator[Answer]:
    """Adds reports that nobody has read yet."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    rows = [json.loads(raw) for story in press.load("d") for raw in payloads(story)]
    for number, row in enumerate(rows * 1000):
        if time.monotonic() >= until:
            return
        fresh = row | {"date": datetime.now(UTC).isoformat(), "id": f"fresh-{number}", "url": f"https://fresh.example/{number}"}
        body = json.dumps(fresh).encode()
        yield asked(line, "POST", "/api/v1/reports?store=true", "write", body)
        time.sleep(WRITES)


def asked(line: http.client.HTTPConnection, method: str, path: str, kind: str, body: bytes | None = None) -> Answer:
    """Ask, and wait for the last byte. As browsers do, ask once more where the server had closed a line that was left open."""
    begun = time.perf_counter()
    reused = line.sock is not None
    try:
        status = _status(line, method, path, body)
    except (ConnectionError, http.client.RemoteDisconnected) as error:
        line.close()
        if reused:
            return asked(line, method, path, kind, body)
        return Answer(kind, 1000 * (time.perf_counter() - begun), f"{type(error).__name__} {method} {path}")
    except (OSError, http.client.HTTPException) as error:
        line.close()
        return Answer(kind, 1000 * (time.perf_counter() - begun), f"{type(error).__name__} {method} {path}")
    if status >= 500:
        line.close()  # the server hangs up after a fault of its own
    return Answer(kind, 1000 * (time.perf_counter() - begun), f"{status} {method} {path}" if status >= 400 else None)


def _status(line: http.client.HTTPConnection, method: str, path: str, body: bytes | None) -> int:
    line.request(method, path, body, {"Accept-Encoding": "gzip"} | ({"Content-Type": "application/json"} if body else {}))
    answer = line.getresponse()
    answer.read()
    return answer.status


def listen(port: int, until: float, heard: list[int]) -> None:
    """A stream of news, as every open page has one."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    line.request("GET", "/events")
    answer = line.getresponse()
    while time.monotonic() < until and (row := answer.readline()):
        heard.append(1) if row.startswith(b"event: change") else None
    line.close()


def load(port: int, known: Known, readers: int, seconds: float, pause: float) -> tuple[list[Answer], int]:
    """All answers, and how many pieces of news the readers heard together."""
    until = time.monotonic() + seconds
    found: list[Answer] = []
    heard: list[int] = []

    def run(answers: Iterable[Answer]) -> None:
        for one in answers:
            found.append(one)

    threads = [threading.Thread(target=run, args=(reader(port, known, n, pause, until),)) for n in range(readers)]
    threads += [threading.Thread(target=listen, args=(port, until, heard), daemon=True) for _ in range(readers)]
    threads.append(threading.Thread(target=run, args=(writer(port, until),)))
    for one in threads:
        one.start()
    for one in threads:
        one.join(seconds + 2 * PATIENCE)
    return found, len(heard)


# ---- what came of it ------------------------------------------------------------------------------------------------------------------


def told(rows: Sequence[Answer]) -> dict[str, float]:
    """Milliseconds of some answers."""
    times = sorted(one.ms for one in rows)
    at = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else [times[0]] * 99
    return {"answers": len(times), "p50": round(at[49], 1), "p95": round(at[94], 1), "p99": round(at[98], 1), "worst": round(times[-1], 1)}


def weights(port: int, known: Known) -> dict[str, int]:
    """Bytes of each kind of page as they go over the line, with all that it needs but fonts; a page that fails has none."""

    def get(path: str, **headers: str) -> tuple[int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        line.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        with closing(line):
            return answer.status, answer.read()

    rng, found = random.Random(1), {}
    for name, _, path in PAGES:
        where = path(rng, known)
        status, page = get(where)
        if status == 200:
            needs = {m.decode() for m in re.findall(rb'(?:href|src)="(/(?:static|marks)/[^"]+\.(?:css|js|svg|png)[^"]*)"', page)}
            parts = [where, *(one.replace("&amp;", "&") for one in sorted(needs))]
            found[name] = sum(len(get(one, Accept_Encoding="gzip")[1]) for one in parts)
    return found


def paints(port: int, known: Known) -> dict[str, float]:
    """Milliseconds until Chromium has painted something of each kind of page, in a window that knows nothing of the desk yet."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        return {}
    rng, found = random.Random(2), {}
    with sync_playwright() as play, closing(play.chromium.launch(executable_path=path, args=["--no-sandbox"])) as browser:
        for name, _, where in PAGES:
            with closing(browser.new_context()) as window:
                page = window.new_page()
                page.goto(f"http://127.0.0.1:{port}{where(rng, known)}", wait_until="load")
                found[name] = round(page.evaluate(_PAINTED), 1)
    return found


_PAINTED = """() => new Promise(told => new PerformanceObserver((list, seen) => {
    for (const one of list.getEntriesByName("first-contentful-paint")) { seen.disconnect(); told(one.startTime) }
}).observe({type: "paint", buffered: true}))"""


def measured(count: int, readers: int, seconds: float, pause: float, folder: Path) -> dict[str, object]:
    """Fill, serve, load."""
    address = f"sqlite:///{folder}/desk.db"
    with Store(address) as store:
        known = filled(store, count, folder / "known.json")
    server = Server(address, folder / "desk.log")
    try:
        heavy = weights(server.port, known)
        load(server.port, known, readers, min(5.0, seconds), pause)  # the caches of a desk that has been open for a while
        answers, heard = load(server.port, known, readers, seconds, pause)
        painted = paints(server.port, known)
        memory = server.memory()
    finally:
        stopped = server.stop()
    good = [one for one in answers if one.fault is None]
    kinds = {kind: told([one for one in good if one.kind == kind]) for kind in sorted({one.kind for one in good})}
    return {
        "reports": len(known.reports), "readers": readers, "seconds": seconds, "pause of a reader, seconds": pause,
        "errors": [one.fault for one in answers if one.fault],
        **{name: told(rows) for name, sign in (("pages", "page"), ("api", "api"), ("writes", "write"))
           if (rows := [one for one in good if one.kind.startswith(sign)])},
        "kinds": kinds, "first paint": painted, "page weight": heavy, "news heard": heard, "memory, MB": round(memory / 1e6),
        "stopped in, seconds": round(stopped, 1),
    }  # fmt: skip


def missed(found: dict[str, object]) -> Iterator[str]:
    """What does not hold of what is promised."""
    if errors := found["errors"]:
        assert isinstance(errors, list)
        yield f"{len(errors)} errors: {', '.join(map(str, errors[:3]))}"
    for name in ("pages", "api"):
        one = found.get(name)
        if isinstance(one, dict) and one["p95"] > PROMISED[name]:
            yield f"{name}: p95 {one['p95']} ms, not under {PROMISED[name]}"
    for kind, unit in (("first paint", "ms"), ("page weight", "bytes")):
        rows, most = found[kind], PROMISED[kind]
        assert isinstance(rows, dict)
        yield from (f"{kind} of {name}: {size} {unit}, not under {most}" for name, size in rows.items() if size > most)


def main() -> int:
    """Print what came of it, and keep it; 1 if something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.desk")
    parser.add_argument("count", nargs="?", type=int, default=50_000)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pause", type=float, default=5, help="seconds that a reader reads before the next request, on the average")
    parser.add_argument("--folder", type=Path, help="where the store is kept, so that it need not be filled again (30 ms a report)")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = measured(args.count, args.readers, args.seconds, args.pause, folder)
    about = {"date": datetime.now(UTC).date().isoformat(), "machine": platform.platform(), "cores": os.cpu_count(), "unit": "milliseconds"}
    text = json.dumps(about | found | {"missed": list(missed(found))}, indent=1, ensure_ascii=False)
    print(text)
    if args.write:
        (HERE / "desk.json").write_text(text + "\n", "utf-8")
    return 1 if list(missed(found)) else 0


if __name__ == "__main__":
    sys.exit(main())
