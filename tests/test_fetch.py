"""Fetching: what a server may do, and what no server may make sagt do."""

from __future__ import annotations

import gzip
import http.server
import threading
import time
import zlib
from collections.abc import Iterator
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagt.fetch import Fetcher, FetchError, Known, Limits, is_private, redacted

LIMITS = Limits(private=True, seconds=1.0, size=1_000_000)
PAGE = b"Broen lukker. " * 20


class Handler(http.server.BaseHTTPRequestHandler):
    """Plays what the path says."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **{n.replace("_", "-"): v for n, v in headers.items()}}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/").replace("-", "_")
        getattr(self, f"play_{name}", lambda: self.say(404))()

    def do_POST(self) -> None:
        if self.path == "/moved":
            return self.say(307, Location="/echo")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        return self.say(200, body + b"|" + self.headers["Content-Type"].encode() + b"|" + (self.headers["X-Mark"] or "").encode())

    def play_page(self) -> None:
        if self.headers.get("If-None-Match") == '"1"' or self.headers.get("If-Modified-Since") == "Tue, 03 Mar 2026 06:12:00 GMT":
            return self.say(304, ETag='"1"')
        return self.say(200, PAGE, ETag='"1"', Last_Modified="Tue, 03 Mar 2026 06:12:00 GMT", Content_Type="text/plain")

    def play_for_ever(self) -> None:
        self.say(301, Location="/then")

    def play_then(self) -> None:
        self.say(302, Location="/page")

    def play_loop(self) -> None:
        self.say(301, Location="/round")

    def play_round(self) -> None:
        self.say(301, Location="/loop")

    def play_far(self) -> None:
        number = int(self.path.partition("?")[2] or 0)
        self.say(302, Location=f"/far?{number + 1}")

    def play_inwards(self) -> None:
        self.say(302, Location="http://169.254.169.254/latest/meta-data")

    def play_file(self) -> None:
        self.say(302, Location="file:///etc/passwd")

    def play_nonsense(self) -> None:
        self.say(302, Location="http://[::1/%zz")

    def play_gzip(self) -> None:
        self.say(200, gzip.compress(PAGE), Content_Encoding="gzip")

    def play_deflate(self) -> None:
        self.say(200, zlib.compress(PAGE), Content_Encoding="deflate")

    def play_raw(self) -> None:
        self.say(200, zlib.compress(PAGE)[2:-4], Content_Encoding="deflate")

    def play_bomb(self) -> None:
        self.say(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")

    def play_cut(self) -> None:
        self.say(200, gzip.compress(PAGE)[:30], Content_Encoding="gzip")

    def play_nested(self) -> None:
        self.say(200, gzip.compress(gzip.compress(PAGE)), Content_Encoding="gzip, gzip")

    def play_noise(self) -> None:
        self.say(200, b"no gzip at all", Content_Encoding="gzip")

    def play_big(self) -> None:
        self.say(200, bytes(2_000_000))

    def play_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(bytes(100_000))
        except OSError:
            pass
        self.close_connection = True

    def play_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            for _ in range(20):
                self.wfile.write(b"x")
                time.sleep(0.2)
        except OSError:
            pass

    def play_short(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x")
        self.close_connection = True

    def play_garbage(self) -> None:
        self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        self.close_connection = True

    def play_closed(self) -> None:
        self.close_connection = True

    def play_headers(self) -> None:
        self.say(200, PAGE, **{f"X-{n}": "y" * 70_000 for n in range(1)})

    def play_later(self) -> None:
        self.say(429, Retry_After="120")

    def play_date(self) -> None:
        self.say(503, Retry_After=formatdate(time.time() + 60, usegmt=True))

    def play_past(self) -> None:
        self.say(503, Retry_After="Tue, 03 Mar 2020 06:12:00 GMT")

    def play_fresh(self) -> None:
        self.say(200, PAGE, Cache_Control="public, max-age=600", Age="100")

    def play_expires(self) -> None:
        self.say(200, PAGE, Expires=formatdate(time.time() + 50, usegmt=True))

    def play_stale(self) -> None:
        self.say(200, PAGE, Cache_Control="no-store")

    def play_gone(self) -> None:
        self.say(410)

    def play_who(self) -> None:
        self.say(200, (self.headers.get("Authorization") or "nobody").encode())


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()


def test_a_page_and_that_it_is_unchanged(server: str) -> None:
    fetcher = Fetcher(LIMITS)
    answer = fetcher.get(server + "page")
    assert (answer.status, answer.body, answer.etag, answer.type, answer.moved) == (200, PAGE, '"1"', "text/plain", None)
    assert fetcher.get(server + "page", Known(etag=answer.etag)).status == 304
    assert fetcher.get(server + "page", Known(modified=answer.modified)).status == 304


@pytest.mark.parametrize("name", ["gzip", "deflate", "raw"])
def test_compressed_answers(server: str, name: str) -> None:
    assert Fetcher(LIMITS).get(server + name).body == PAGE


def test_only_permanent_moves_are_remembered(server: str) -> None:
    answer = Fetcher(LIMITS).get(server + "for-ever")
    assert (answer.url, answer.moved) == (server + "page", server + "then")
    assert Fetcher(LIMITS).get(server + "then").moved is None


WAITS = {
    "later": (120, None),
    "date": (60, None),
    "past": (0, None),
    "fresh": (None, 500),
    "expires": (None, 50),
    "stale": (None, 0),
    "page": (None, None),
}


@pytest.mark.parametrize(("name", "waits"), WAITS.items())
def test_what_a_server_says_of_later(server: str, name: str, waits: tuple[float | None, float | None]) -> None:
    answer = Fetcher(LIMITS).get(server + name)
    for found, wanted in zip((answer.retry_after, answer.fresh_for), waits, strict=True):
        assert found == (None if wanted is None else pytest.approx(wanted, abs=3))


@pytest.mark.parametrize(("name", "status"), [("gone", 410), ("nosuch", 404), ("later", 429)])
def test_other_answers_are_answers(server: str, name: str, status: int) -> None:
    assert Fetcher(LIMITS).get(server + name).status == status


REFUSED = {
    "loop": "redirect loop",
    "far": "too many redirects",
    "file": "bad address",
    "nonsense": "bad address",
    "bomb": "too big",
    "big": "too big",
    "endless": "too big",
    "cut": "bad encoding",
    "nested": "bad encoding",
    "noise": "bad encoding",
    "drip": "timeout",
    "short": "connection",
    "garbage": "connection",
    "closed": "connection",
    "headers": "connection",
}


@pytest.mark.parametrize(("name", "why"), REFUSED.items())
def test_misbehaviour_is_an_error_that_says_what(server: str, name: str, why: str) -> None:
    begun = time.monotonic()
    with pytest.raises(FetchError) as caught:
        Fetcher(LIMITS).get(f"{server}{name}?token=hemmelig" if name != "far" else server + name)
    assert caught.value.why == why
    assert "hemmelig" not in str(caught.value)
    assert time.monotonic() - begun < 3


INWARDS = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://10.1.2.3/",
    "http://192.168.0.1/",
    "http://169.254.169.254/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://224.0.0.1/",
    "http://[fc00::1]:80/",
]


@pytest.mark.parametrize("address", INWARDS)
def test_addresses_inside_are_refused(address: str) -> None:
    with pytest.raises(FetchError) as caught:
        Fetcher(Limits(seconds=2)).get(address)
    assert caught.value.why == "private address"


@pytest.mark.parametrize("address", INWARDS)
def test_nothing_is_sent_inside(address: str) -> None:
    with pytest.raises(FetchError) as caught:
        Fetcher(Limits(seconds=2)).post(address, b"{}", "application/json")
    assert caught.value.why == "private address"


def test_what_is_sent_reaches_its_address_and_no_other(server: str) -> None:
    fetcher = Fetcher(LIMITS)
    answer = fetcher.post(server + "echo", "Broen åbner".encode(), "text/plain", {"X-Mark": "a"})
    assert (answer.status, answer.body.decode()) == (200, "Broen åbner|text/plain|a")
    moved = fetcher.post(server + "moved", b"secret", "text/plain")
    assert (moved.status, moved.body) == (307, b"")
    with pytest.raises(FetchError):
        fetcher.post(server + "echo", b"", "text/plain", {"X-Mark": "a\r\nHost: evil.example"})


def test_a_name_that_leads_inside_is_refused_however_it_looks(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(server.rstrip("/").rpartition(":")[2])
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", port))])
    with pytest.raises(FetchError) as caught:
        Fetcher(Limits(seconds=1)).get(f"http://news.example:{port}/page")
    assert caught.value.why == "private address"


def test_a_redirect_inwards_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The server stands for one of the open internet; where it leads to does not.
    monkeypatch.setattr("sagt.fetch.is_private", lambda address: address != "127.0.0.1" and is_private(address))
    with pytest.raises(FetchError) as caught:
        Fetcher(Limits(seconds=1)).get(server + "inwards")
    assert caught.value.why == "private address"


BAD = [
    "ftp://avis.example/",
    "avis.example",
    "",
    "http://",
    "http://a b/",
    "http://x\r\nHost: y/",
    "http://x:99999/",
    "http://x:0/",
    "file:///etc/passwd",
    "http://[::1",
]


@pytest.mark.parametrize("address", BAD)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(FetchError) as caught:
        Fetcher(Limits(seconds=1)).get(address)
    assert caught.value.why == "bad address"


def test_name_and_password_reach_their_server_only(server: str) -> None:
    with_password = server.replace("//", "//me:p%40ss@")
    assert Fetcher(LIMITS).get(with_password + "who").body == b"Basic bWU6cEBzcw=="


SHOWN = {
    "https://me:secret@avis.example/a?b=1": "https://***@avis.example/a?b=1",
    "https://avis.example/rss?user=me&password=secret&n=3": "https://avis.example/rss?user=***&password=***&n=3",
    "https://avis.example/rss?API_KEY=secret;x": "https://avis.example/rss?API_KEY=***;x",
    "https://avis.example/rss?page=2&keyword=bro": "https://avis.example/rss?page=2&keyword=bro",
    "https://avis.example/?access_token=secret#x": "https://avis.example/?access_token=***#x",
}


@pytest.mark.parametrize(("address", "shown"), SHOWN.items())
def test_redacted(address: str, shown: str) -> None:
    assert redacted(address) == shown


@given(
    st.text(),
    st.sampled_from(["//me:{}@h/", "http://h/?password={}", "http://h/?a=b&Token={}&c"]),
    st.from_regex(r"[A-Za-z0-9]{8,12}", fullmatch=True),
)
def test_no_password_is_ever_shown(before: str, form: str, password: str) -> None:
    assert password not in redacted("http:" + form.format(password)) or password in form
    assert isinstance(redacted(before + form.format(password)), str)
