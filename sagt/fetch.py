"""The only module that opens the network. Addresses that redirect inwards, endless answers and bombs get nothing and nowhere."""

from __future__ import annotations

import ipaddress
import re
import socket
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from importlib.metadata import version
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError
from urllib3.exceptions import TimeoutError as PoolTimeout
from urllib3.util import connection as sockets
from urllib3.util import make_headers

from sagt.errors import SagtError

AGENT = f"sagt/{version('sagt')} (reads news for who said what)"
#: Seconds: the longest that a server's word about later is believed.
LONGEST_WAIT = 7 * 86_400.0
#: Bytes read from the network, and given out by the decompressor, at a time.
CHUNK = 64 * 1024
#: Characters of an address that is asked for.
LONGEST_ADDRESS = 4_000

_SECRETS = r"user(?:name)?|pass(?:word|wd)?|pwd|(?:[\w-]*[_-])?(?:key|token|secret|sig|signature|auth)|apikey|accesstoken"
_SECRET = re.compile(rf"([?&;](?:{_SECRETS})=)[^&;#\s]*", re.IGNORECASE)
_USERINFO = re.compile(r"(?<=//)[^/?#\s]*@")
_HOST = re.compile(r"[A-Za-z0-9.\-_\u0080-\uffff:]+")
_MOVED, _PERMANENT = frozenset((301, 302, 303, 307, 308)), frozenset((301, 308))
#: Prefixes by which IPv6 reaches IPv4 addresses: mapped, NAT64, 6to4; and how many bits stand before the address.
_INNER = (("::ffff:0:0/96", 96), ("64:ff9b::/96", 96), ("64:ff9b:1::/48", 96), ("2002::/16", 16))
_CARRIER_GRADE = ipaddress.ip_network("100.64.0.0/10")


class FetchError(SagtError):
    """Nothing usable came. Its text holds no secret."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(words)
        self.why = why  #: timeout, too big, private address, redirect loop, too many redirects, bad address, connection, TLS, bad encoding


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a fetch may go."""

    size: int = 20_000_000  #: bytes after decompression
    seconds: float = 30.0  #: for all of it, redirects and slow bodies included
    redirects: int = 5
    private: bool = False  #: whether loopback, private and other addresses that the world can't reach are asked, too


@dataclass(frozen=True, slots=True)
class Known:
    """Validators of the last answer."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    url: str  #: where it was said, after redirects
    moved: str | None  #: the new address, if the redirects from the first on were permanent
    status: int
    body: bytes  #: decompressed
    type: str | None  #: Content-Type
    etag: str | None
    modified: str | None
    retry_after: float | None  #: seconds from now
    fresh_for: float | None  #: seconds


@dataclass(frozen=True, slots=True)
class _Sent:
    """What is sent to a server."""

    body: bytes
    headers: Mapping[str, str]


class Fetcher:
    """Fetches addresses, as polite and as careful as one can be. Threads may share it."""

    def __init__(self, limits: Limits | None = None, agent: str = AGENT) -> None:
        self.limits = limits or Limits()
        self.agent = agent

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is kept open between fetches."""

    def get(self, url: str, known: Known | None = None, accept: str = "*/*") -> Answer:
        """What stands at `url`. Answers of any status are returned. Raises FetchError if none comes that can be used."""
        until = time.monotonic() + self.limits.seconds
        at, seen, moved, permanent = url, {url}, None, True
        for _ in range(self.limits.redirects + 1):
            parts = _checked(at)
            # Validators belong to the place that gave them; another host gets none.
            same = parts.netloc == _checked(url).netloc
            answer, location = self._once(at, parts, (known or Known()) if same else Known(), accept, until)
            if location is None:
                return _with(answer, url=at, moved=moved)
            target = _target(at, location)
            permanent = permanent and answer.status in _PERMANENT
            moved = target if permanent else moved
            if target in seen:
                raise FetchError("redirect loop", f"{redacted(url)} leads round in a circle")
            seen.add(target)
            at = target
        raise FetchError("too many redirects", f"{redacted(url)} redirects more than {self.limits.redirects} times")

    def post(self, url: str, body: bytes, type: str, headers: Mapping[str, str] | None = None, accept: str = "*/*") -> Answer:
        """What a server answers to a body of that content type, sent once: a redirect is an answer, since what is sent is for `url` alone.

        `headers`: more headers to send. Raises FetchError if no answer comes that can be used, or if a header can't be sent."""
        more = dict(headers or {}) | {"Content-Type": type}
        if not all(_plain(name) and _plain(value) for name, value in more.items()):
            raise FetchError("bad address", f"{redacted(url)}: a header holds what no header can hold")
        return self._once(url, _checked(url), Known(), accept, time.monotonic() + self.limits.seconds, _Sent(body, more))[0]

    def _once(
        self, url: str, parts: SplitResult, known: Known, accept: str, until: float, sent: _Sent | None = None
    ) -> tuple[Answer, str | None]:
        headers = {"User-Agent": self.agent, "Accept": accept, "Accept-Encoding": "gzip, deflate", "Connection": "close"}
        headers |= {
            name: value for name, value in (("If-None-Match", known.etag), ("If-Modified-Since", known.modified)) if value and _plain(value)
        }
        if parts.username:
            headers |= make_headers(basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")
        headers |= sent.headers if sent else {}
        pool = self._pool(parts, until)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            response = pool.request(
                "POST" if sent else "GET", _quoted(path), body=sent.body if sent else None, headers=headers, redirect=False, retries=False,
                preload_content=False, decode_content=False,
            )  # fmt: skip
            location = response.headers.get("Location") if response.status in _MOVED else None
            body = b"" if location is not None or response.status == 304 else b"".join(self._body(response, url, until))
            return _answer(url, response, body), location
        except FetchError:
            raise
        except (TimeoutError, PoolTimeout):
            raise FetchError("timeout", f"{redacted(url)} did not answer within {self.limits.seconds:g} seconds") from None
        except SSLError as error:
            raise FetchError("TLS", f"{redacted(url)}: {_cause(error)}") from None
        except (HTTPError, HTTPException, OSError, ValueError, UnicodeError) as error:
            if time.monotonic() >= until:
                raise FetchError("timeout", f"{redacted(url)} did not answer within {self.limits.seconds:g} seconds") from None
            raise FetchError("connection", f"{redacted(url)}: {_cause(error)}") from None
        finally:
            pool.close()

    def _pool(self, parts: SplitResult, until: float) -> HTTPConnectionPool:
        left = max(0.001, until - time.monotonic())
        secure = parts.scheme == "https"
        kind = HTTPSConnectionPool if secure else HTTPConnectionPool
        options: dict[str, Any] = {"cert_reqs": "CERT_REQUIRED", "ca_certs": certifi.where()} if secure else {}
        host = parts.hostname or ""
        pool = kind(
            f"[{host}]" if ":" in host else host,
            parts.port or (443 if secure else 80),
            timeout=Timeout(connect=left, read=left),
            maxsize=1,
            **options,
        )
        pool.ConnectionCls = _connection_class(secure, self.limits.private)
        return pool

    def _body(self, response: Any, url: str, until: float) -> Iterator[bytes]:
        """The body, decompressed, a piece at a time, never beyond the limits."""
        told = response.headers.get("Content-Length", "")
        if told.isascii() and told.isdigit() and int(told[:20]) > self.limits.size:
            raise FetchError("too big", f"{redacted(url)} sends {int(told[:20]):,} bytes; {self.limits.size:,} are the limit")
        machine = _decompressor(response.headers.get("Content-Encoding", ""), url)
        total = 0
        for chunk in self._chunks(response, url, until):
            for piece in machine.pieces(chunk):
                total += len(piece)
                if total > self.limits.size:
                    raise FetchError("too big", f"{redacted(url)} sends more than {self.limits.size:,} bytes")
                yield piece
        if not machine.complete:
            raise FetchError("bad encoding", f"{redacted(url)}: the compressed answer breaks off")

    def _chunks(self, response: Any, url: str, until: float) -> Iterator[bytes]:
        connection = getattr(response, "_connection", None)
        sock = getattr(connection, "sock", None)
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise FetchError("timeout", f"{redacted(url)} was not done after {self.limits.seconds:g} seconds")
            if sock is not None and sock.fileno() >= 0:
                sock.settimeout(left)
            # read1 gives what is there: read would wait for a full chunk from a server that drips.
            chunk = response.read1(CHUNK, decode_content=False)
            if not chunk:
                return
            yield chunk


class _Plain:
    """No compression."""

    complete = True

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk


class _Zlib:
    """gzip or deflate, which some servers send with zlib's header and some without."""

    def __init__(self, url: str, bits: int) -> None:
        self.url = url
        self.machine = zlib.decompressobj(bits)
        self.started = False
        self.bits = bits

    @property
    def complete(self) -> bool:
        return self.machine.eof or not self.started

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        rest = chunk
        while rest and not self.machine.eof:
            piece = self._out(rest)
            rest = self.machine.unconsumed_tail
            if piece:
                yield piece

    def _out(self, data: bytes) -> bytes:
        first, self.started = not self.started, True
        try:
            return self.machine.decompress(data, CHUNK)
        except zlib.error:
            if first and self.bits == zlib.MAX_WBITS:
                self.machine, self.bits = zlib.decompressobj(-zlib.MAX_WBITS), -zlib.MAX_WBITS
                return self._out(data)
            raise FetchError("bad encoding", f"{redacted(self.url)}: the compressed answer can't be read") from None


def _decompressor(encoding: str, url: str) -> _Plain | _Zlib:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip"):
        return _Zlib(url, zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _Zlib(url, zlib.MAX_WBITS)
    raise FetchError("bad encoding", f"{redacted(url)} answers in an encoding that was not asked for: {name[:40]!r}")


def _connection_class(secure: bool, private: bool) -> type[HTTPConnection]:
    """A connection that looks its host up once, checks every address, and connects to one that it checked."""
    base = HTTPSConnection if secure else HTTPConnection

    class Checked(base):  # type: ignore[misc, valid-type]
        def _new_conn(self) -> socket.socket:
            host = self._dns_host
            addresses = _addresses(host, self.port)
            if not private and any(map(is_private, addresses)):
                raise FetchError(
                    "private address", f"{host} is at an address that only this network reaches; allow that with --allow-private"
                )
            sock: socket.socket = sockets.create_connection(
                (addresses[0], self.port), self.timeout, source_address=self.source_address, socket_options=self.socket_options
            )
            return sock

    return Checked


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("connection", f"no such host: {host[:100]}") from None
    # IPv4 first: it is what reaches most places from most places.
    return list(dict.fromkeys(str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)))


def is_private(address: str) -> bool:
    """True for an address that is not of the open internet: loopback, private, link-local, multicast, reserved; IPv6 forms of these."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        for prefix, before in _INNER:
            if ip in ipaddress.ip_network(prefix):
                inner = ipaddress.IPv4Address((int(ip) >> (128 - before - 32)) & 0xFFFFFFFF)
                return is_private(str(inner))
    return not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified or (ip.version == 4 and ip in _CARRIER_GRADE)


def is_address(url: str) -> bool:
    """True for an address of the web without a name or password in it."""
    try:
        return "@" not in _checked(url).netloc
    except FetchError:
        return False


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port  # a port that is none raises ValueError
    except ValueError:
        raise FetchError("bad address", f"no address of the web: {redacted(url)[:200]!r}") from None
    if (
        port == 0
        or parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(host)
        or len(url) > LONGEST_ADDRESS
        or re.search("[\x00-\x20\x7f]", url)
    ):
        raise FetchError("bad address", f"no address of the web: {redacted(url)[:200]!r}")
    return parts


def _target(at: str, location: str) -> str:
    try:
        # What servers send is Latin-1 to http.client; addresses in it are UTF-8 if they are anything.
        target = urljoin(at, location.encode("latin-1", "replace").decode("utf-8", "replace").strip()).split("#")[0]
    except ValueError:
        raise FetchError("bad address", f"{redacted(at)} redirects to something that is no address") from None
    parts = _checked(target)
    if at.startswith("https:") and parts.scheme == "http":
        raise FetchError("bad address", f"{redacted(at)} redirects from https to http")
    return target


def _quoted(path: str) -> str:
    """A path that http.client sends: what is not ASCII as UTF-8 in percents."""
    return "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace")) for c in path)


def _answer(url: str, response: Any, body: bytes) -> Answer:
    headers: Mapping[str, str] = response.headers
    return Answer(
        url, None, response.status, body, headers.get("Content-Type"), headers.get("ETag"), headers.get("Last-Modified"),
        _retry_after(headers.get("Retry-After")), _fresh_for(headers),
    )  # fmt: skip


def _with(answer: Answer, *, url: str, moved: str | None) -> Answer:
    return Answer(url, moved, answer.status, answer.body, answer.type, answer.etag, answer.modified, answer.retry_after, answer.fresh_for)


def _retry_after(value: str | None) -> float | None:
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), LONGEST_WAIT)
    moment = _date(value)
    return None if moment is None else min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)


def _fresh_for(headers: Mapping[str, str]) -> float | None:
    control = (headers.get("Cache-Control") or "").lower()
    if re.search(r"\bno-(?:cache|store)\b", control):
        return 0.0
    if match := re.search(r"\bmax-age\s*=\s*\"?(\d{1,10})", control):
        age = headers.get("Age") or ""
        return min(max(0.0, float(match[1]) - (float(age[:10]) if age.isascii() and age.isdigit() else 0.0)), LONGEST_WAIT)
    expires = _date(headers.get("Expires") or "")
    begun = _date(headers.get("Date") or "") or datetime.now(UTC)
    return None if expires is None else min(max(0.0, (expires - begun).total_seconds()), LONGEST_WAIT)


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _plain(value: str) -> bool:
    """Fit for a header of a request."""
    return value.isascii() and value.isprintable()


def _cause(error: BaseException) -> str:
    """The innermost reason, without addresses."""
    inner: BaseException = error
    while (deeper := getattr(inner, "reason", None) or inner.__cause__) and isinstance(deeper, BaseException):
        inner = deeper
    said = getattr(inner, "strerror", None) or str(inner)
    return redacted(" ".join(str(said).split()))[:200] or type(inner).__name__


def redacted(url: str) -> str:
    """An address fit for logs, errors and the store: without name and password, and without values that are called secrets."""
    return _SECRET.sub(r"\1***", _USERINFO.sub("***@", url))
