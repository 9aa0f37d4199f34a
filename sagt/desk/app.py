"""The desk as a web application: its routes, what every answer carries, and how it fails."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sagt.desk import api, board, downloads, guard, live, login, ops, pages, problems, report, wire
from sagt.desk.service import Desk
from sagt.desk.settings import Settings
from sagt.errors import InputError, SagtError

_log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
#: What no page of ours needs of a browser.
_DENIED = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "midi", "payment", "usb")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _DENIED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
#: Failures that the interface has words of their own for.
_WORDED = (400, 401, 403, 404, 405, 422, 429, 500, 503)


def create_app(desk: Desk, settings: Settings | None = None) -> FastAPI:
    """The application over one desk. Whoever made the desk starts and stops it."""
    app = FastAPI(title="sagt", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk, app.state.settings, app.state.pulse = desk, settings or Settings(), live.Pulse(desk)
    for part in (pages, wire, report, live, board, api, login, downloads, ops):
        if part is not live:  # a stream has no end, and so no head alone
            _answer_head(part.router)
        app.include_router(part.router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    for kind in (HTTPException, RequestValidationError, SagtError, Exception):
        app.add_exception_handler(kind, _failed)
    # The last that is added is the first that a request meets.
    guard.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(_Headers, headers=_headers(app.state.settings))
    ops.install(app)
    return app


def _answer_head(router: APIRouter) -> None:
    """Let pages be asked for their head alone, as checkers of links do; what the API takes, it says itself."""
    for route in router.routes:
        if isinstance(route, APIRoute) and not route.include_in_schema and route.methods and "GET" in route.methods:
            route.methods.add("HEAD")


def _headers(settings: Settings) -> Mapping[str, str]:
    return HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if settings.secure else {})


class _Headers:
    """Gives every answer the headers that keep browsers from doing what no page of ours asks for; what an answer has itself stays."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    there.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, told if scope["type"] == "http" else send)


class _Static(StaticFiles):
    """Our own files; those that are asked for by version stay in the browser."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        kept = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return answer


# ---- failing --------------------------------------------------------------------------------------------------------------------------


def _failed(request: Request, error: Exception) -> Response:
    """A page, or what the API answers, for anything that went wrong; of a fault of ours nothing but that it is one."""
    status, said = _status(request, error)
    if status >= 500:
        _log.error("%s %s failed", request.method, _route(request), exc_info=error)
    headers = dict(getattr(error, "headers", None) or {})
    if status < 400:
        return Response(status_code=status, headers=headers)
    if request.url.path.startswith(guard.API):
        answer = problems.answer(request, status, said, error)
    else:
        words = status if status in _WORDED else 500 if status >= 500 else 400
        answer = pages.render(request, "error.html", status, code=status, words=words, said=said)
    # A fault that nobody expected is answered outside of all that adds headers.
    answer.headers.update(dict(_headers(request.app.state.settings)) | {"X-Request-ID": request.state.request_id} | headers)
    return answer


def _status(request: Request, error: Exception) -> tuple[int, str]:
    match error:
        case HTTPException():
            return error.status_code, error.detail if error.status_code not in (404, 405) else ""
        case RequestValidationError():
            return 422, "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()[:5])
        case InputError():
            return (404, "") if request.method in ("GET", "HEAD") else (400, str(error))
        case SagtError():
            return 503, ""
    return 500, ""


def _route(request: Request) -> str:
    """The route's template, not the address: that may hold what people look for."""
    return str(getattr(request.scope.get("route"), "path", "-"))
