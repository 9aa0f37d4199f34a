"""What the desk writes about itself: JSON, a line each, or short lines where a person looks on.

What nobody who reads logs needs is not in them: no query strings, names, tokens or passwords, and of addresses only the network."""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import sys
import threading
import traceback
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from sagt.errors import PackError, StoreError
from sagt.export import json as as_json
from sagt.export.clean import for_label

#: Id of the request that is being answered.
request: ContextVar[str | None] = ContextVar("request", default=None)
#: Bits of an address that are written: a network of some 250 addresses, and of IPv6 about one site.
BITS = {4: 24, 6: 48}
#: Places in the code that are told of an error, the last first.
PLACES = 8
_NAMES = r"(?:password|passwd|token|secret|authorization|cookie|api[_-]?key)"
#: What others may write into a message, and what is left of it.
_SECRETS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), r"\1 …"),
    (re.compile(rf"(?i)({_NAMES}[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+"), r"\1…"),
    (re.compile(r"//[^/\s@\"']+@"), "//…@"),
    (re.compile(r"\?[^\s\"'<>]+"), "?…"),
)  # fmt: skip
#: Errors whose words tell of the machine or of the code, and not of what somebody wrote.
_PLAIN = (StoreError, PackError, AttributeError, TypeError, NameError, ImportError)
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})(?![\w.])")


@dataclass(frozen=True, slots=True)
class Answered:
    """One request, as it is logged."""

    method: str
    route: str  #: its template, never the address
    status: int
    ms: float  #: until the last byte; of a stream of events until the first
    network: str | None  #: where it came from


def configure(human: bool | None = None, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Let all that is logged go to standard error (or `stream`) in one form: for a person (by default if that is a terminal), or JSON."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Short() if (out.isatty() if human is None else human) else _Line())
    handler.addFilter(_told_already)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.raiseExceptions = False
    for name in ("sagt", "uvicorn", "uvicorn.error"):
        logging.getLogger(name).setLevel(level)
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # It has addresses and query strings; each request has a line of ours.
    logging.getLogger("uvicorn.access").disabled = True
    threading.excepthook = _ended


def network(address: str | None) -> str | None:
    """The network that an address is in; None if it is none. This machine's own addresses stay as they are."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return (
        str(found)
        if found.is_loopback or found.is_unspecified
        else str(ipaddress.ip_network(f"{found}/{BITS[found.version]}", strict=False))
    )


def scrubbed(message: str) -> str:
    """A message of others without what does not belong in a log."""
    for pattern, rest in _SECRETS:
        message = pattern.sub(rest, message)
    return _ADDRESS.sub(lambda m: network(m[0]) or m[0], message)


def fault(error: BaseException) -> dict[str, object]:
    """An error: its kind, where in the code it came from, and its words where they tell of the machine or of the code.

    Words of other errors are left out: they may hold what somebody looked for, or a secret."""
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    found: dict[str, object] = {
        "error": type(error).__name__,
        "at": [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in reversed(frames)],
    }
    if isinstance(error, _PLAIN):
        found["says"] = scrubbed(str(error))
    elif isinstance(error, OSError) and error.strerror:
        found["says"] = error.strerror
    if (cause := error.__cause__) is not None:
        found["because"] = fault(cause)
    return found


def row(record: logging.LogRecord) -> dict[str, object]:
    """What is written of a record."""
    answered: Answered | None = getattr(record, "answered", None)
    found: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(), "logger": record.name, "message": scrubbed(record.getMessage()), "request": request.get(),
    }  # fmt: skip
    if answered is not None:
        found |= asdict(answered)
    if record.exc_info and record.exc_info[1] is not None:
        found |= fault(record.exc_info[1])
    return {name: value for name, value in found.items() if value is not None}


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return as_json.safe(json.dumps(row(record), ensure_ascii=False))


class _Short(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = row(record)
        clock = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        ms = f" {told['ms']} ms" if "ms" in told else ""
        error = _in_short(told) if "error" in told else ""
        return for_label(f"{clock} {level}{told['message']}{ms}{error}")


def _ended(end: threading.ExceptHookArgs) -> None:
    """A thread that ends by a fault of ours is told of like any other fault."""
    if end.exc_value is not None:
        name = end.thread.name if end.thread else "-"
        logging.getLogger("sagt").critical("the thread %s ended", name, exc_info=end.exc_value)


def _in_short(told: dict[str, object]) -> str:
    where = told["at"]
    places = " < ".join(map(str, where)) if isinstance(where, list) else ""
    return f": {told['error']}" + (f" ({told['says']})" if "says" in told else "") + f" at {places}"


def _told_already(record: logging.LogRecord) -> bool:
    """False for the server's traceback of a fault that the desk has told of itself."""
    return not (record.name == "uvicorn.error" and str(record.msg).startswith("Exception in ASGI application"))
