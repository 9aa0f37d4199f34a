"""What the API answers when something is wrong: problem details (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NotRequired

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import ConfigDict, TypeAdapter, with_config
from typing_extensions import TypedDict

from sagt.export.json import safe

MEDIA_TYPE = "application/problem+json"
#: Errors of one request that are told.
MOST_ERRORS = 20

_exact = with_config(ConfigDict(extra="forbid"))
Wrong = TypedDict("Wrong", {"in": str, "detail": str})
_exact(Wrong)


@_exact
class Problem(TypedDict):
    """What is wrong. `errors`: each part of the request that is, by where it stands ("query.limit")."""

    type: str
    title: str
    status: int
    detail: NotRequired[str]
    instance: str
    errors: NotRequired[list[Wrong]]


SCHEMA = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
_WORDS = {
    401: "nobody is logged in; send a token: Authorization: Bearer …",
    403: "this takes another role, or a token with another scope",
    404: "nothing is here",
    405: "this address does not take that method; Allow says which it takes",
    429: "too many requests; Retry-After says when to come again",
    500: "a fault of ours; the log has the rest",
    503: "the store does not answer; try again",
}


def raised(status: int, detail: str, **headers: str) -> HTTPException:
    """An error to raise; `detail` is shown to whoever asked."""
    return HTTPException(status, detail, headers or None)


def answer(request: Request, status: int, said: str, error: Exception | None = None) -> Response:
    """The answer to a request that failed. `said`: what may be told of it; of an error of ours nothing is."""
    title = HTTPStatus(status).phrase
    told = error.detail if isinstance(error, HTTPException) and error.detail != title else said
    record: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if (told if status < 500 else "") or status in _WORDS:
        record["detail"] = (told if status < 500 else "") or _WORDS[status]
    record["instance"] = request.url.path
    if isinstance(error, RequestValidationError):
        record["errors"] = [_wrong(one) for one in error.errors()[:MOST_ERRORS]]
    # Browsers are to show nothing of what was sent as if it were a page of ours.
    return Response(safe(json.dumps(record, ensure_ascii=False)), status, media_type=MEDIA_TYPE)


def _wrong(one: dict[str, Any]) -> dict[str, str]:
    return {"in": ".".join(map(str, one["loc"])), "detail": str(one["msg"])}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These problems, as OpenAPI has them."""
    inline = {**SCHEMA, "properties": SCHEMA["properties"] | {"errors": {"type": "array", "items": SCHEMA["$defs"]["Wrong"]}}}
    inline.pop("$defs")
    return {status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": inline}}} for status in statuses}
