"""The whole OpenAPI, played by schemathesis on a store with a story: no address fails, answers otherwise than it says, or lets wrong
input in."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from press import OUT, row
from pydantic import Field, TypeAdapter, ValidationError
from schemathesis.config import ChecksConfig, PositiveDataAcceptanceConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from sagt import Reader
from sagt.desk import api
from sagt.desk.app import create_app
from sagt.desk.service import Desk
from sagt.ledger import Ledger, Payload
from sagt.store import Store

#: Tries of each operation; more by SAGT_EXAMPLES.
EXAMPLES = int(os.environ.get("SAGT_EXAMPLES", "12"))
#: A cursor or an address may have the right form and still be none (400): no schema tells.
CHECKS = ChecksConfig(
    positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=["2xx", "304", "400", "401", "403", "404", "409"])
)


#: How long a stream may last, as the API checks it.
SECONDS = TypeAdapter(Annotated[int, Field(ge=0, le=86_400)])


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    # A stream is to end with what there is; what must be refused stays as it is.
    if not context.operation.path.endswith("/events"):
        return query
    given = (query or {}).get("seconds", "0")
    try:
        SECONDS.validate_python(given[-1] if isinstance(given, list) and given else given)
    except ValidationError:
        return query
    return {**(query or {}), "seconds": "0"}


schema = schemathesis.openapi.from_dict(
    api.description(), config=SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(checks=CHECKS)))
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Iterator[str]:
    """A desk that listens on this machine."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('openapi')}/press.db")
    ledger = Ledger(store, lambda: reader)
    list(ledger.add(Payload(row(name)) for name in OUT))
    ledger.read_new()
    ledger.judge("promise", "kept", [next(iter(ledger.statements())).statement.id], "Asta")
    desk = Desk(store, ledger)
    desk.start()
    server = uvicorn.Server(uvicorn.Config(create_app(desk), port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
    desk.stop()


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_operation_does_what_it_says(case: Any, address: str) -> None:
    case.call_and_validate(base_url=address)


def test_what_is_served_is_what_was_played(address: str) -> None:
    with urllib.request.urlopen(f"{address}/api/v1/openapi.json") as answer:
        assert json.load(answer) == api.description()
