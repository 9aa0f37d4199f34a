# ruff: noqa: E501
"""Killing sagt at random moments: what was acknowledged must be there, once. Used by tests/test_crash.py and evaluation/crash.py."""

from __future__ import annotations

import http.server
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sagt import keeping
from sagt.ledger import parser
from sagt.store import Store


def news(number: int) -> bytes:
    """A made-up item of Ritzau's."""
    return (
        f"<RBNews><NewsID>n-{number}</NewsID><PublishDate>2026-03-03T06:{number % 60:02d}:00</PublishDate><headline>Nyhed {number}</headline>"
        f"<version>1</version><content>&lt;p&gt;Nummer {number}, siger Karen Holt.&lt;/p&gt;</content><ServiceQueueId>{number}</ServiceQueueId></RBNews>"
    ).encode()


@dataclass
class Queue:
    """Ritzau's queue: hands out items until they are acknowledged, ten at a time."""

    waiting: list[int] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)
    server: http.server.ThreadingHTTPServer | None = None

    def start(self) -> str:
        """Serve; returns the address."""
        queue = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path.endswith("QueueAcknowledge"):
                    number = int(parse_qs(parts.query)["servicequeueid"][0])
                    queue.acknowledged.add(number)
                    queue.waiting = [n for n in queue.waiting if n != number]
                    body = b"<ok/>"
                else:
                    items = b"".join(map(news, queue.waiting[:10]))
                    body = b"<XMLNewsQueuedResponse><error>0</error><ListOfRBNews>" + items + b"</ListOfRBNews></XMLNewsQueuedResponse>"
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass  # clients that are killed hang up

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/"


def sagt(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sagt", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )


def killed(process: subprocess.Popen[str], after: float) -> list[str]:
    """What a process said before it was killed `after` seconds, or ended."""
    try:
        said, _ = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
    return [line for line in said.splitlines() if line.endswith("}")]


def crash_add(address: str, folder: Path, times: int, seed: int) -> tuple[int, list[str]]:
    """Add files and kill that `times` times; the number of items acknowledged, and whatever is wrong in the end."""
    rng = random.Random(seed)
    files = []
    for number in range(150):
        files.append(folder / f"{number}.xml")
        files[-1].write_bytes(news(number))
    acknowledged: set[str] = set()
    slow = _needed(address)
    for number in range(times):
        if number % 10 == 0:
            # New work now and then, or there would be nothing left to interrupt.
            for extra in range(150):
                (folder / f"{number}-{extra}.xml").write_bytes(news(1000 * (number + 1) + extra))
        for line in killed(sagt("add", "--json", "--no-read", "--db", address, str(folder)), rng.uniform(0.4, 2.6) * slow):
            acknowledged.add(json.loads(line)["id"])
    sagt("add", "--no-read", "--db", address, str(folder)).wait()
    return len(acknowledged), _wrong(address, acknowledged, len(list(folder.iterdir())))


def crash_watch(address: str, times: int, seed: int) -> tuple[int, list[str]]:
    """Watch Ritzau's queue and kill that `times` times; the number of items acknowledged to it, and whatever is wrong in the end."""
    rng = random.Random(seed)
    queue = Queue()
    where = {"SAGT_RITZAU_URL": queue.start(), "SAGT_RITZAU_USER": "u", "SAGT_RITZAU_PASSWORD": "hemmelig", "SAGT_ALLOW_PRIVATE": "1"}
    slow = _needed(address)
    sent = 0
    for _ in range(times):
        queue.waiting += range(sent, sent + 30)
        sent += 30
        killed(sagt("watch", "ritzau", "--once", "--no-read", "--json", "--db", address, **where), rng.uniform(0.2, 1.6) * slow)
        # What is acknowledged is safe already, even if nobody has read it yet.
        with Store(address) as store:
            held = b"".join(store.payload_of(one.digest) for one in store.held())
            there = {s.report.item.guid for s in store.reports(limit=100_000)} | {n.decode() for n in re.findall(rb"<NewsID>([^<]+)", held)}
        lost = {f"n-{n}" for n in queue.acknowledged} - there
        if lost:
            return len(queue.acknowledged), [f"acknowledged but lost: {sorted(lost)[:5]}"]
    for _ in range(3):
        sagt("watch", "ritzau", "--once", "--no-read", "--db", address, **where).wait()
    assert queue.server is not None
    queue.server.shutdown()
    return len(queue.acknowledged), _wrong(address, set(), sent)


def _needed(address: str) -> float:
    """Seconds that an undisturbed command takes here and now."""
    begun = time.monotonic()
    sagt("search", "--db", address, "x").wait()
    return max(0.3, time.monotonic() - begun)


def _wrong(address: str, acknowledged: set[str], wanted: int) -> list[str]:
    with Store(address) as store:
        reports = store.reports(limit=100_000)
        found = [one.what for one in keeping.check(store, parser())]
    lost = acknowledged - {stored.report.id for stored in reports}
    found += [f"acknowledged but lost: {len(lost)}"] if lost else []
    names = [stored.report.item.guid for stored in reports]
    found += [f"stored twice: {len(names) - len(set(names))}"] if len(names) != len(set(names)) else []
    found += [f"{len(names)} reports instead of {wanted}"] if len(names) != wanted else []
    return found
