"""For whoever runs the desk: is it alive, is it ready, how is it doing. And a line in the log and an id for every request."""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Iterable, Mapping

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import sagt
from sagt import keeping, schema
from sagt.accounts import Role, User
from sagt.desk import guard, logs
from sagt.desk.logs import Answered
from sagt.desk.service import Desk
from sagt.errors import SagtError

_log = logging.getLogger("sagt.desk.request")
router = APIRouter(include_in_schema=False)

#: Seconds for which numbers of the store are kept: counting a large one takes time.
KEPT = 15.0
#: Upper ends of the histogram's buckets, in seconds; .1 and .3 are what is promised of the API and of pages.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
#: Routes that machines ask all day long; only what fails of them is logged.
QUIET = frozenset(("/health", "/ready", "/metrics", "/static", "/events"))
#: Ids of requests that a proxy may give.
_GIVEN = re.compile(r"[0-9a-fA-F-]{8,36}")
#: What is counted of a store, and how it is explained.
NUMBERS = {
    "reports_stored": "Reports in the store",
    "reports_read": "Reports that have a reading",
    "reports_linked": "Reports that are linked",
    "reports_unread": "Reports that wait for their first reading",
    "reports_failed": "Reports that could not be read or linked",
    "faults": "Payloads that could not be read",
    "payloads_waiting": "Payloads that nobody has tried to read yet",
    "feeds": "What is watched",
    "feeds_failing": "Feeds whose last try failed",
    "feeds_gone": "Feeds that are gone for good",
    "webhooks": "Webhooks",
    "webhooks_failing": "Webhooks whose last try failed, or that are given up",
    "schema": "Version of the store's schema",
}


def install(app: FastAPI) -> None:
    """Count and log every request of the application; the last to be added, so that it sees all that the others refuse."""
    app.state.meter = Meter(app.state.desk)
    app.add_middleware(Watch, meter=app.state.meter)


# ---- alive, ready ---------------------------------------------------------------------------------------------------------------------


@router.api_route("/health", methods=["GET", "HEAD"])
def health() -> Response:
    """The process answers."""
    return JSONResponse({"alive": True, "version": sagt.__version__}, headers={"Cache-Control": "no-store"})


@router.api_route("/ready", methods=["GET", "HEAD"])
def ready(request: Request) -> Response:
    """Requests may be sent here: the database answers, its schema is one that this sagt knows, and what comes in is read.

    503 otherwise. What exactly is wrong stands in the log: anybody may ask this."""
    wrong = {name: said for name, said in _checked(request.app.state.desk).items() if said is not None}
    for name, said in wrong.items():
        _log.warning("not ready: %s: %s", name, said)
    found = {"ready": not wrong} | {name: name not in wrong for name in ("database", "schema", "reader")}
    return JSONResponse(found, 503 if wrong else 200, headers={"Cache-Control": "no-store"})


def _checked(desk: Desk) -> Mapping[str, str | None]:
    """What is wrong with each part; None where nothing is."""
    try:
        at = keeping.schema_of(desk.store)
    except SagtError as error:
        return {"database": str(error), "schema": "unknown", "reader": _reader(desk)}
    # A newer sagt beside this one may have added to the schema; what this one knows of it is still there.
    known = len(schema.MIGRATIONS)
    return {"database": None, "schema": None if at >= known else f"at {at}, this sagt works with {known}", "reader": _reader(desk)}


def _reader(desk: Desk) -> str | None:
    if desk.closing.is_set():
        return "the desk is closing"
    return desk.problem or (None if desk.reads else "the thread that reads is not running")


# ---- counting -------------------------------------------------------------------------------------------------------------------------


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Numbers for Prometheus; for this machine itself, or an admin."""
    user: User | None = getattr(request.state, "user", None)
    if not guard.is_near(request) and not (user and user.may(Role.ADMIN)):
        raise HTTPException(403, "metrics are for this machine, or an admin's token")
    return PlainTextResponse(generate_latest(request.app.state.meter.registry), media_type=CONTENT_TYPE_LATEST)


class Meter:
    """What is counted, in a registry of its own. Labels are templates and codes: nothing of anybody's."""

    def __init__(self, desk: Desk) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each that nobody asks for
        self.registry = CollectorRegistry()
        self.requests = Counter("sagt_http_requests", "Requests answered", ("route", "method", "status"), registry=self.registry)
        self.seconds = Histogram(
            "sagt_http_request_seconds", "Seconds until the last byte (of streams: the first)", ("route", "method"), buckets=BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.open = Gauge("sagt_http_requests_open", "Requests that are being answered, streams among them", registry=self.registry)
        self.registry.register(_Record(desk))
        ProcessCollector(registry=self.registry)

    def count(self, one: Answered) -> None:
        """Count a request."""
        self.requests.labels(one.route, one.method, str(one.status)).inc()
        self.seconds.labels(one.route, one.method).observe(one.ms / 1000)


class _Record(Collector):
    """Numbers of the store, counted when somebody asks."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._lock = threading.Lock()
        self._at = 0.0
        self._found: keeping.State | None = None

    def collect(self) -> Iterable[Metric]:
        found = self._state()
        yield _info()
        yield GaugeMetricFamily("sagt_database_up", "Whether the database answers", value=float(found is not None))
        yield GaugeMetricFamily("sagt_reader_up", "Whether what comes in is read", value=float(_reader(self.desk) is None))
        yield GaugeMetricFamily("sagt_writers_waiting", "Writers of this process that wait for their turn", value=self.desk.store.waiting)
        for name, about in NUMBERS.items() if found else ():
            yield GaugeMetricFamily(f"sagt_{name}", about, value=getattr(found, name))

    def _state(self) -> keeping.State | None:
        with self._lock:
            if self._found is None or time.monotonic() - self._at > KEPT:
                try:
                    self._found, self._at = keeping.state(self.desk.store), time.monotonic()
                except SagtError:
                    self._found = None
            return self._found


def _info() -> Metric:
    found = GaugeMetricFamily("sagt_info", "Which sagt this is", labels=("version",))
    found.add_metric((sagt.__version__,), 1)
    return found


# ---- every request --------------------------------------------------------------------------------------------------------------------


class Watch:
    """Gives every request an id, counts it and logs it."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self.app = app
        self.meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = _id(scope)
        scope.setdefault("state", {})["request_id"] = name
        # Never taken back: each request has a context of its own, and what goes wrong is told after this returns.
        logs.request.set(name)
        answer = _Answer(name, send)
        self.meter.open.inc()
        try:
            await self.app(scope, receive, answer.send)
        except Exception:
            answer.status = answer.status or 500
            raise
        finally:
            self.meter.open.dec()
            self._told(answer.told(scope))

    def _told(self, one: Answered) -> None:
        self.meter.count(one)
        level = logging.DEBUG if one.route in QUIET and one.status < 400 else logging.INFO
        _log.log(level, "%s %s %d", one.method, one.route, one.status, extra={"answered": one})


class _Answer:
    """An answer as it goes out."""

    def __init__(self, name: str, send: Send) -> None:
        self.name, self._send = name, send
        self.status = 0
        self.begun = time.perf_counter()
        self.ended: float | None = None  #: of a stream: when it began

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self.name
            if headers.get("content-type", "").startswith("text/event-stream"):
                self.ended = time.perf_counter()
        await self._send(message)

    def told(self, scope: Scope) -> Answered:
        """What is logged of it. 499: who asked did not wait for the answer."""
        ms = 1000 * ((self.ended or time.perf_counter()) - self.begun)
        client = scope.get("client")
        method = scope["method"] if scope["method"] in METHODS else "other"
        return Answered(method, _route(scope), self.status or 499, round(ms, 1), logs.network(client[0] if client else None))


def _id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _GIVEN.fullmatch(given) else secrets.token_hex(8)


def _route(scope: Scope) -> str:
    """The template of the route that answered; "-" for what no route did."""
    found = getattr(scope.get("route"), "path", None)
    if found is None and scope.get("root_path", "") != scope.get("app_root_path", ""):
        return str(scope["root_path"])  # what is mounted
    return str(found or "-")
