"""`sagt serve`: the desk as one process that listens, reads what comes in, and stops when it is told to."""

from __future__ import annotations

import argparse
import gc
import logging
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import uvicorn

from sagt import config
from sagt.commands import reader
from sagt.desk import board, guard, logs, phrases
from sagt.desk.app import create_app
from sagt.desk.hooks import Deliveries
from sagt.desk.service import Desk
from sagt.desk.settings import Limits, Oidc, Settings
from sagt.errors import InputError, SagtError
from sagt.ledger import Ledger
from sagt.store import Store

T = TypeVar("T")

_log = logging.getLogger(__name__)

#: Seconds that requests under way have, once the desk is told to stop.
GRACE = 10
#: Seconds that a line is kept open for the next request: longer than proxies keep theirs, which else meet a closed one.
KEPT_OPEN = 75
#: Seconds after which a thread that computes lets others go on. A database's rows are fetched one by one, and who fetches one waits that
#: long for its turn: with Python's 5 ms, a thousand rows beside a report that is being read are five seconds.
TURN = 0.001
#: When Python looks for rings of objects that nobody holds: after so many new objects; after so many such looks at those that were there
#: before; and at all after so many of these. Each look keeps all threads waiting: one at all, a quarter of a second, every other second.
LOOKS = (10_000, 10, 200)
#: Seconds between two rounds of what is watched.
ROUND = 1.0
#: What TOML has for the types of settings.
_TYPES: dict[str, type] = {"str": str, "int": int, "bool": bool, "tuple": list, "Mapping": dict}


def serve(args: argparse.Namespace) -> int:
    """Serve until told to stop. Raises InputError for settings that won't do, and where the desk must not listen."""
    settings = settings_of(args)
    store = Store(config.store_address(args.db))
    reason = guard.may_listen(settings.host, store, settings)
    if reason is not None:
        store.close()
        raise InputError(reason)
    logs.configure()
    sys.setswitchinterval(TURN)
    gc.set_threshold(*LOOKS)
    desk = Desk(store, Ledger(store, reader(args)))
    app = create_app(desk, settings)
    server = _Server(
        uvicorn.Config(
            app, settings.host, settings.port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE,
            timeout_keep_alive=KEPT_OPEN,
            proxy_headers=bool(settings.proxies), forwarded_allow_ips=list(settings.proxies), lifespan="off",
        ),
        desk, settings,
    )  # fmt: skip
    # uvicorn passes a signal on once it has stopped: what was begun is ended before the process is.
    signal.signal(signal.SIGTERM, _told_to_stop)
    watching = threading.Thread(target=_watch, args=(desk, args.allow_private), name="sagt-watcher", daemon=True) if args.watch else None
    deliveries = Deliveries(desk, args.allow_private or None)
    desk.start()
    board.make_ready(desk)
    desk.behind.submit(_settle)
    deliveries.start()
    try:
        if watching:
            watching.start()
        server.run()
    except KeyboardInterrupt:
        pass
    except SystemExit as end:
        if not server.started and end.code:
            raise InputError(f"{settings.host}:{settings.port} is taken, or may not be listened on; --port takes another") from None
    finally:
        desk.closing.set()
        deliveries.stop()
        if watching and watching.is_alive():
            watching.join(GRACE)
        desk.stop()
    return 0


class _Server(uvicorn.Server):
    """Says where it listens, and lets those who wait for news go before it stops."""

    def __init__(self, config: uvicorn.Config, desk: Desk, settings: Settings) -> None:
        super().__init__(config)
        self.desk = desk
        self.settings = settings

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            print(f"sagt serves {self.desk.store.address} at {replace(self.settings, port=port).address}  (Ctrl-C stops)", flush=True)

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        self.desk.closing.set()
        await super().shutdown(sockets)


def _settle() -> None:
    """What is there by now (code, word lists, weights) stays as long as the process: it need not be looked through again."""
    gc.collect()
    gc.freeze()


def _told_to_stop(*_: object) -> None:
    raise SystemExit(0)


def _watch(desk: Desk, private: bool) -> None:
    """Go round what is watched until the desk closes; a round that fails is told, and the next one tried."""
    from sagt.fetch import Fetcher, Limits
    from sagt.watch import Watcher

    with Fetcher(Limits(private=private or config.private_allowed())) as fetcher:
        watcher = Watcher(desk.ledger, fetcher)
        while not desk.closing.wait(ROUND):
            try:
                if any(one.stored for one in watcher.round()):
                    desk.wake()
            except SagtError as error:
                _log.warning("watching: %s", error)


# ---- settings -------------------------------------------------------------------------------------------------------------------------


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings: what the command says, else the file of settings, else how they are from the start. Raises InputError."""
    table = dict(config.table(args.settings)) if args.settings else {}
    oidc, limits = table.pop("oidc", None), table.pop("limits", None)
    given = {"host": args.host, "port": args.port, "public_url": args.public_url, "language": args.lang, "zone": args.zone}
    found = _record(Settings, table, "") if table else Settings()
    found = replace(found, **{name: value for name, value in given.items() if value is not None})
    if limits is not None:
        found = replace(found, limits=_record(Limits, limits, "limits."))
    if oidc is not None:
        found = replace(found, oidc=_record(Oidc, {"client_secret": config.oidc_secret(), **oidc}, "oidc."))
    return _checked(replace(found, proxies=tuple(found.proxies)))


def _record(kind: Callable[..., T], table: Mapping[str, Any], above: str) -> T:
    """A record from a table of the file."""
    known = {one.name: _TYPES[re.split(r"\W", str(one.type))[0]] for one in fields(kind) if one.name not in ("oidc", "limits")}  # type: ignore[arg-type]
    for name, value in table.items():
        if name not in known:
            raise InputError(f"the settings have {above}{name}, which means nothing; known are {', '.join(sorted(known))}")
        if type(value) is not known[name]:
            raise InputError(f"the settings have {above}{name} = {value!r}, which is no {known[name].__name__}")
    try:
        return kind(**table)
    except TypeError as error:
        raise InputError(f"the settings lack something under {above or 'the top'}: {error}") from None


def _checked(found: Settings) -> Settings:
    if not isinstance(found.port, int) or not 0 <= found.port <= 65_535:
        raise InputError(f"port {found.port}: give a number from 0 (any that is free) to 65535")
    if found.public_url and not found.public_url.lower().startswith(("https://", "http://")):
        raise InputError(f"public_url {found.public_url}: give the whole address, such as https://desk.example.org")
    if found.language and found.language not in phrases.LANGUAGES:
        raise InputError(f"language {found.language}: the interface speaks {', '.join(phrases.LANGUAGES)}")
    try:
        ZoneInfo(found.zone)
    except (ValueError, KeyError, OSError, TypeError):
        raise InputError(f"zone {found.zone}: give one that IANA knows, such as Europe/Copenhagen") from None
    return found
