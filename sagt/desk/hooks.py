"""Webhooks: changes sent to addresses that asked for them, signed, as often as it takes. Signatures are those of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from sagt import config, schema
from sagt.desk.changes import Changed, Kind, changes, now
from sagt.desk.service import PACE, Desk
from sagt.errors import InputError, SagtError
from sagt.export.json import safe
from sagt.fetch import Fetcher, FetchError, Limits, is_address
from sagt.schema import webhook
from sagt.shelf import Reached
from sagt.store import Store

_log = logging.getLogger(__name__)

#: Changes of one delivery, and webhooks of one desk.
BATCH, MOST = 100, 100
#: Seconds until the first new try; each is twice as long after, up to the longest.
FIRST, LONGEST = 5.0, 3600.0
#: Failures in a row after which a webhook is stopped: with these waits about a day.
FAILURES = 30
#: Seconds that a receiver may take, and bytes of its answer that are read.
SECONDS, ANSWER = 10.0, 64_000
#: "gone": whoever was there wants no more.
GONE = 410


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom to tell of what, and how it stands with them."""

    id: int
    url: str
    events: tuple[Kind, ...]
    created_by: str
    created: str
    reached: Reached  #: how far it has been told
    failures: int  #: in a row
    problem: str | None
    disabled: str | None  #: since when


def record(one: Hook) -> dict[str, Any]:
    """A webhook, without its secret."""
    return {"id": one.id, "url": one.url, "events": list(one.events), "created_by": one.created_by, "created": one.created,
            "failures": one.failures, "problem": one.problem, "disabled": one.disabled is not None}  # fmt: skip


# ---- keeping --------------------------------------------------------------------------------------------------------------------------


def hooks(store: Store) -> list[Hook]:
    """All webhooks, oldest first."""
    with store.reading() as connection:
        return [_hook(row) for row in connection.execute(select(webhook).order_by(webhook.c.id))]


def find(store: Store, number: int) -> Hook:
    """A webhook by its number. Raises InputError if there is none."""
    with store.reading() as connection:
        row = connection.execute(select(webhook).where(webhook.c.id == number)).first()
    if row is None:
        raise InputError(f"no webhook {number}")
    return _hook(row)


def add(desk: Desk, url: str, events: Sequence[Kind], by: str) -> tuple[Hook, str]:
    """Tell that address of changes from now on; the webhook, and the secret that signs what it is sent.

    Raises InputError for what is no address, holds a password, or is one webhook too many."""
    _check(url)
    if len(hooks(desk.store)) >= MOST:
        raise InputError(f"there are {MOST} webhooks already; drop one first")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    values = {"url": url, "secret": secret, "created_by": by, "created": schema.now(), "events": json.dumps(sorted(set(events))),
              "last_mark": _written(now(desk))}  # fmt: skip
    with desk.store.writing() as connection:
        number = connection.execute(insert(webhook).values(**values).returning(webhook.c.id)).scalar_one()
    return find(desk.store, int(number)), secret


def change(desk: Desk, number: int, url: str | None, events: Sequence[Kind] | None, disabled: bool | None) -> Hook:
    """Change a webhook; one that is let go on is told what happened meanwhile. Raises InputError as `add` and `find` do."""
    one = find(desk.store, number)
    if url is not None:
        _check(url)
    stopped = {True: one.disabled or schema.now(), False: None, None: one.disabled}[disabled]
    values: dict[str, object] = {"url": url or one.url, "events": json.dumps(sorted(set(events or one.events))), "disabled": stopped}
    if disabled is False or url is not None:
        values |= {"failures": 0, "problem": None}
    _update(desk.store, number, **values)
    return find(desk.store, number)


def drop(store: Store, number: int) -> None:
    """Tell that webhook no more. Raises InputError if there is none of that number."""
    with store.writing() as connection:
        if not connection.execute(delete(webhook).where(webhook.c.id == number)).rowcount:
            raise InputError(f"no webhook {number}")


def _check(url: str) -> None:
    if not is_address(url):
        raise InputError("give an address that begins with https:// and holds no name or password: anybody who sees webhooks sees it")


def _update(store: Store, number: int, **values: object) -> None:
    with store.writing() as connection:
        connection.execute(update(webhook).where(webhook.c.id == number).values(**values))


def _hook(row: Row[Any]) -> Hook:
    return Hook(row.id, row.url, tuple(json.loads(row.events)), row.created_by, row.created, _read(row.last_mark), row.failures,
                row.problem, row.disabled)  # fmt: skip


def _written(reached: Reached) -> str:
    return f"{reached.report}.{reached.linked}.{reached.judgement}"


def _read(mark: str | None) -> Reached:
    return Reached(*map(int, mark.split("."))) if mark else Reached()


# ---- sending --------------------------------------------------------------------------------------------------------------------------


def signature(secret: str, name: str, timestamp: int, body: bytes) -> str:
    """What proves that a delivery is ours: HMAC-SHA256 of its id, its time and its body. `secret`: "whsec_…"."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, f"{name}.{timestamp}.".encode() + body, hashlib.sha256)).decode()


def wait(failures: int) -> float:
    """Seconds until the next try after so many failures in a row."""
    return 0.0 if not failures else float(min(FIRST * 2 ** (failures - 1), LONGEST))


class Deliveries:
    """Sends what changed, by one thread of its own, as long as the desk is open."""

    def __init__(self, desk: Desk, private: bool | None = None) -> None:
        """`private`: whether private and loopback addresses may be told, too; None: as the environment says (SAGT_ALLOW_PRIVATE)."""
        self.desk = desk
        allowed = config.private_allowed() if private is None else private
        self._fetcher = Fetcher(Limits(size=ANSWER, seconds=SECONDS, redirects=0, private=allowed))
        self._next: dict[int, float] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send, now and whenever something changes."""
        self._thread = threading.Thread(target=self._run, name="sagt-webhooks", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = SECONDS) -> None:
        """Wait for the delivery under way; the desk is to be closing."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self.desk.closing.wait(PACE):
            try:
                self.send_due()
            except SagtError as error:
                _log.warning("webhooks: %s", error)

    def send_due(self) -> int:
        """Tell each webhook whose turn it is what it does not know yet; how many deliveries were made or tried."""
        done, here = 0, now(self.desk)
        for one in hooks(self.desk.store):
            if one.disabled is None and one.reached != here and time.monotonic() >= self._next.get(one.id, 0.0):
                done += self._tell(one)
            if self.desk.closing.is_set():
                break
        return done

    def _tell(self, one: Hook) -> int:
        found = changes(self.desk.store, one.reached, BATCH)
        if not found:
            return 0
        wanted = [each for each in found if each.record["change"] in one.events]
        problem, gone = self._post(one, wanted) if wanted else (None, False)
        if problem is None:
            self._next.pop(one.id, None)
            _update(self.desk.store, one.id, last_mark=_written(found[-1].reached), failures=0, problem=None)
        else:
            self._failed(one, problem, gone)
        return 1 if wanted else 0

    def _failed(self, one: Hook, problem: str, gone: bool) -> None:
        failures = one.failures + 1
        self._next[one.id] = time.monotonic() + wait(failures)
        stopped = schema.now() if gone or failures >= FAILURES else None
        _update(self.desk.store, one.id, failures=failures, problem=problem[:500], disabled=stopped)

    def _post(self, one: Hook, wanted: Sequence[Changed]) -> tuple[str | None, bool]:
        """What was wrong with a delivery, and whether the receiver wants no more."""
        body = safe(json.dumps({"webhook": one.id, "changes": [each.record for each in wanted]}, ensure_ascii=False)).encode()
        # The same changes again have the same id, by which a receiver knows them.
        name = f"msg_{one.id}_{_written(one.reached).replace('.', '_')}"
        timestamp = int(time.time())
        with self.desk.store.reading() as connection:
            secret = connection.execute(select(webhook.c.secret).where(webhook.c.id == one.id)).scalar()
        if secret is None:
            return None, False
        headers = {"Webhook-Id": name, "Webhook-Timestamp": str(timestamp),
                   "Webhook-Signature": signature(secret, name, timestamp, body)}  # fmt: skip
        try:
            answer = self._fetcher.post(one.url, body, "application/json", headers)
        except FetchError as error:
            return str(error), False
        return (None, False) if 200 <= answer.status < 300 else (f"it answered {answer.status}", answer.status == GONE)
