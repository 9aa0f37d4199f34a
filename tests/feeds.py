# ruff: noqa: E501
"""A server of feeds that misbehave in every way we know of, each on a host of its own (127.x.y.z), and what must come of each.

Used by tests/test_watch.py with one feed of each kind and by evaluation/feeds.py with five hundred."""

from __future__ import annotations

import gzip
import http.server
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from html import escape

ROUNDS = 3


def entry(
    title: str,
    *,
    guid: str | None = "",
    link: str | None = "",
    text: str = "",
    date: str = "Tue, 03 Mar 2026 06:12:00 +0100",
    more: str = "",
) -> str:
    """One RSS item; without `guid` or `link` where those are None."""
    parts = [f"<title>{escape(title)}</title>"]
    parts += [f"<guid isPermaLink='false'>{guid or title}</guid>"] if guid is not None else []
    parts += [f"<link>{link or 'http://HOST/' + title.replace(' ', '-')}</link>"] if link is not None else []
    parts += [f"<pubDate>{date}</pubDate>"] if date else []
    return f"<item>{''.join(parts)}<description>{escape(text or f'{title}, siger Karen Holt.')}</description>{more}</item>"


def rss(*items: str) -> bytes:
    """A feed."""
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Avis</title>{''.join(items)}</channel></rss>".encode()


@dataclass(frozen=True)
class Play:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None  #: instead of HTTP
    drip: bool = False


@dataclass(frozen=True)
class Kind:
    """How a feed behaves, and what must come of it in three rounds."""

    play: Callable[[int, str], Play]  #: round of this feed (from 0) and rest of the path
    stored: tuple[int, int, int]  #: new reports in each round
    full: int | None = None  #: answers with a body that it may give in all; None: as many as there are rounds
    asked: int | None = None  #: times that it may be asked in all
    problem: str | None = None  #: part of what is said of it in the end
    etag: bool = False
    modified: bool = False
    dress: Callable[[bytes], bytes] = bytes  #: encodes what is sent


GOOD = rss(entry("Broen lukker"), entry("Færgen sejler"))
ATOM = (
    b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Avis</title><entry><id>tag:1</id><title>Broen</title><link href='http://HOST/1'/>"
    b"<updated>2026-03-03T06:12:00Z</updated><content type='html'>&lt;p&gt;Broen lukker.&lt;/p&gt;</content></entry></feed>"
)
JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":"Avis","items":[{"id":"1","url":"http://HOST/1","title":"Broen","content_text":"Broen lukker."}]}'
BOMB = gzip.compress(bytes(40_000_000))
PAGE = b"<!doctype html><html><body><p>Siden er flyttet.</p></body></html>"


def _always(
    body: bytes = GOOD, status: int = 200, raw: bytes | None = None, drip: bool = False, **headers: str
) -> Callable[[int, str], Play]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda number, rest: Play(status, body, named, raw, drip)


def _moved(status: int) -> Callable[[int, str], Play]:
    steps = {"": "/step", "step": "/new", "new": ""}

    def play(number: int, rest: str) -> Play:
        return Play(body=GOOD) if rest == "new" else Play(status, headers={"Location": steps[rest]})

    return play


def _each(*bodies: bytes) -> Callable[[int, str], Play]:
    return lambda number, rest: Play(body=bodies[min(number, len(bodies) - 1)])


KINDS: dict[str, Kind] = {
    "ETag": Kind(_always(), (2, 0, 0), full=1, etag=True),
    "Last-Modified only": Kind(_always(), (2, 0, 0), full=1, modified=True),
    "no validators": Kind(_always(), (2, 0, 0)),
    "one more each round": Kind(lambda n, _: Play(body=rss(*(entry(f"Nyhed {i}") for i in range(n + 1)))), (1, 1, 1)),
    "edited": Kind(_each(*(rss(entry("Broen lukker", text=f"Broen lukker {day}.")) for day in ("fredag", "lørdag", "lørdag"))), (1, 1, 0)),
    "changing GUIDs": Kind(lambda n, _: Play(body=rss(entry("Broen lukker", guid=f"{n}-{time.time()}"))), (1, 0, 0)),
    "counters": Kind(lambda n, _: Play(body=rss(entry("Broen lukker", more=f"<comments>{n}</comments>"))), (1, 0, 0)),
    "lastBuildDate": Kind(lambda n, _: Play(body=rss(f"<lastBuildDate>{n}</lastBuildDate>", entry("Broen"))), (1, 0, 0)),
    "all link to the front page": Kind(_always(rss(entry("Broen lukker", link="http://HOST/"), entry("Ny færge mandag", link="http://HOST/"))), (2, 0, 0)),
    "no guid, no link": Kind(_always(rss(entry("Broen lukker HOST", guid=None, link=None), entry("Ny færge HOST", guid=None, link=None))), (2, 0, 0)),
    "no dates": Kind(_always(rss(entry("Broen lukker", date=""))), (1, 0, 0)),
    "bad dates": Kind(_always(rss(entry("Broen lukker", date="i går"))), (1, 0, 0)),
    "2,000 entries": Kind(_always(rss(*(entry(f"Nyhed {n}") for n in range(2000))), ETag='"1"'), (2000, 0, 0), full=1, etag=True),
    "Atom": Kind(_always(ATOM), (1, 0, 0)),
    "JSON Feed": Kind(_always(JSON), (1, 0, 0)),
    "RSS 1.0": Kind(_always(b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><item><title>Broen lukker</title><link>http://HOST/1</link></item></rdf:RDF>"), (1, 0, 0)),
    "empty feed": Kind(_always(rss()), (0, 0, 0)),
    "moved for ever": Kind(_moved(301), (2, 0, 0), asked=5),
    "moved for now": Kind(_moved(302), (2, 0, 0), asked=9),
    "redirect loop": Kind(_always(b"", 301, Location="/"), (0, 0, 0), problem="loop", asked=2),
    "redirect to a file": Kind(_always(b"", 302, Location="file:///etc/passwd"), (0, 0, 0), problem="bad address"),
    "gone": Kind(_always(b"", 410), (0, 0, 0), problem="gone for good", asked=1),
    "not found": Kind(_always(b"", 404), (0, 0, 0), problem="404", asked=1),
    "error, then well": Kind(lambda n, _: Play(500) if n == 0 else Play(body=GOOD), (0, 0, 0), problem="500", asked=1),
    "429": Kind(_always(b"", 429, Retry_After="3600"), (0, 0, 0), problem="429", asked=1),
    "503 until a date": Kind(lambda n, _: Play(503, headers={"Retry-After": formatdate(time.time() + 3600, usegmt=True)}), (0, 0, 0), problem="503", asked=1),
    "fresh for an hour": Kind(_always(Cache_Control="max-age=3600"), (2, 0, 0), full=1, asked=1),
    "RSS as text/html": Kind(_always(Content_Type="text/html"), (2, 0, 0)),
    "a page as RSS": Kind(_always(PAGE, Content_Type="application/rss+xml"), (0, 0, 0), problem="no feed"),
    "Latin-1 as UTF-8": Kind(_always(rss(entry("Færgen sejler på søndag")).decode().encode("latin-1")), (1, 0, 0)),
    "UTF-16": Kind(_always(rss(entry("Færgen sejler"))), (1, 0, 0), dress=lambda body: body.decode().replace("utf-8", "utf-16").encode("utf-16")),
    "gzip": Kind(_always(Content_Encoding="gzip"), (2, 0, 0), dress=gzip.compress),
    "deflate": Kind(_always(Content_Encoding="deflate"), (2, 0, 0), dress=zlib.compress),
    "gzip bomb": Kind(_always(BOMB, Content_Encoding="gzip"), (0, 0, 0), problem="too big"),
    "gzip cut off": Kind(_always(Content_Encoding="gzip"), (0, 0, 0), problem="bad encoding", dress=lambda body: gzip.compress(body)[:60]),
    "unknown encoding": Kind(_always(GOOD, Content_Encoding="br"), (0, 0, 0), problem="bad encoding"),
    "empty answer": Kind(_always(b""), (0, 0, 0), problem="empty"),
    "noise": Kind(_always(raw=b"\x00\x01 no HTTP\r\n\r\n"), (0, 0, 0), problem="connection"),
    "closed": Kind(_always(raw=b""), (0, 0, 0), problem="connection"),
    "drips": Kind(_always(drip=True), (0, 0, 0), problem="timeout"),
    "entities": Kind(_always(b"<!DOCTYPE rss [<!ENTITY a 'aaaa'>]><rss><channel><item><title>&a;</title></item></channel></rss>"), (0, 0, 0), problem="entities"),
    "not well-formed": Kind(_always(rss(entry("Broen lukker")).replace(b"</channel></rss>", b"<item><title>Bro HOST")), (2, 0, 0)),
    "undeclared entities": Kind(_always(rss(entry("Broen")).replace(b"Broen,", b"Broen&nbsp;&oslash;,")), (1, 0, 0)),
}  # fmt: skip


class FeedServer:
    """Serves feed number n, of kind number n modulo the kinds, to whoever asks host 127.1.x.y."""

    def __init__(self, count: int = len(KINDS)) -> None:
        self.count = count
        self.asked: Counter[int] = Counter()
        self.full: Counter[int] = Counter()
        self.rounds: Counter[int] = Counter()
        self.now = 0  #: the round that is going on
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                outer.answer(self)

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 512
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass  # clients that hang up are what is tried here

        self.server = Server(("0.0.0.0", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kind(self, number: int) -> str:
        """The name of a feed's kind."""
        return list(KINDS)[number % len(KINDS)]

    def address(self, number: int) -> str:
        """The address of a feed."""
        return f"http://127.1.{number // 250}.{number % 250 + 1}:{self.server.server_port}/"

    def addresses(self) -> list[str]:
        """All of them."""
        return [self.address(number) for number in range(self.count)]

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Play the feed that the host stands for."""
        _, _, third, fourth = handler.headers.get("Host", "127.1.0.1").partition(":")[0].split(".")
        number = int(third) * 250 + int(fourth) - 1
        kind = KINDS[self.kind(number)]
        self.asked[number] += 1
        play = kind.play(self.now, handler.path.strip("/"))
        body = kind.dress(play.body.replace(b"HOST", handler.headers.get("Host", "").encode()))
        headers = dict(play.headers)
        known = handler.headers.get("If-None-Match"), handler.headers.get("If-Modified-Since")
        if kind.etag:
            headers["ETag"] = '"1"'
        if kind.modified:
            headers["Last-Modified"] = "Tue, 03 Mar 2026 06:12:00 GMT"
        if (kind.etag and known[0] == '"1"') or (kind.modified and known[1] == headers["Last-Modified"]):
            play, body = Play(304), b""
        if play.raw is not None:
            handler.wfile.write(play.raw)
            handler.close_connection = True
            return
        self.full[number] += bool(play.status == 200 and play.body)
        handler.send_response(play.status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) if play.body else 0))
        handler.end_headers()
        if play.drip:
            for _ in range(100):
                handler.wfile.write(b" ")
                time.sleep(0.3)
        handler.wfile.write(body if play.body else b"")

    def wrong(self, number: int, stored: list[int], problem: str | None) -> list[str]:
        """What did not come of a feed as it must have."""
        kind = KINDS[self.kind(number)]
        found = [f"stored {stored}, not {list(kind.stored)}"] if tuple(stored) != kind.stored else []
        if kind.full is not None and self.full[number] > kind.full:
            found.append(f"given in full {self.full[number]} times, not {kind.full}")
        if kind.asked is not None and self.asked[number] > kind.asked:
            found.append(f"asked {self.asked[number]} times, not {kind.asked}")
        if (kind.problem is None) != (problem is None) or (kind.problem and kind.problem not in (problem or "")):
            found.append(f"problem {problem!r}, not {kind.problem!r}")
        return [f"{self.kind(number)}: {one}" for one in found]

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()
