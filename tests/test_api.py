"""The API over HTTP, on the story of examples/press.jsonl: each address as it should be, and what it says to who asks wrongly."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from press import OUT, row, two_stories
from pydantic import TypeAdapter

from sagt import Reader, accounts
from sagt.accounts import Role, Scope
from sagt.desk import api, hooks, records
from sagt.desk.app import create_app
from sagt.desk.hooks import Deliveries
from sagt.desk.service import Desk
from sagt.export import json as as_json
from sagt.ledger import Ledger, Payload
from sagt.store import Store

API = "/api/v1"
NOTE = b"Karen Holt siger, at broen lukker fredag.\n\n- Den er ikke sikker, siger hun."


def opened(store: Store, reader: Reader, rows: Iterable[bytes] = tuple(map(row, OUT))) -> Desk:
    desk = Desk(store, Ledger(store, lambda: reader))
    list(desk.ledger.add(map(Payload, rows)))
    desk.ledger.read_new()
    return desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Iterator[Desk]:
    made = opened(Store(f"sqlite:///{tmp_path_factory.mktemp('api')}/press.db"), reader)
    made.start()
    yield made
    made.stop()


def client_of(desk: Desk, **headers: str) -> TestClient:
    return TestClient(create_app(desk), base_url="http://localhost", headers=headers, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(desk: Desk) -> TestClient:
    return client_of(desk)


def get(client: TestClient, path: str, status: int = 200, **query: object) -> Any:
    answer = client.get(API + path, params={key: str(value) for key, value in query.items()})
    assert answer.status_code == status, answer.text
    return answer.json()


def fits(record: object, of: Any) -> None:
    TypeAdapter(of).validate_python(record)


def holt(client: TestClient) -> dict[str, Any]:
    """What Karen Holt says of the money, which AP had first."""
    found = get(client, "/statements", actor="Karen Holt")["data"]
    return max(found, key=lambda one: len(one["reports"]))


# ---- reading --------------------------------------------------------------------------------------------------------------------------


def test_a_report_is_its_reading_and_how_the_store_holds_it(client: TestClient, desk: Desk) -> None:
    stored = desk.store.find("https://ritzau.example/1")
    record = get(client, f"/reports/{stored.report.id}")
    fits(record, records.StoredReading)
    reading = desk.store.reading_of(stored)
    assert reading is not None and {**record, "store": None} == as_json.record(reading) | {"store": None}
    assert record["store"]["number"] == stored.seq
    assert get(client, f"/reports/{stored.report.id[7:19]}") == record
    raw = client.get(f"{API}/reports/{stored.report.id}/payload")
    assert raw.content == row("ritzau") and "attachment" in raw.headers["content-disposition"]


def test_reports_are_found_by_all_that_a_search_takes(client: TestClient) -> None:
    assert {one["outlet"] for one in get(client, "/reports", words="penge", language="da")["data"]} >= {"Ritzau", "Nordposten"}
    assert [one["outlet"] for one in get(client, "/reports", outlet="ap")["data"]] == ["AP"]
    assert get(client, "/reports", since="2026-03-02T09:00:00+01:00", until="2026-03-02T10:00:00+01:00")["data"] == []
    assert get(client, "/reports", changed_after="2999-01-01")["data"] == []
    assert len(get(client, "/reports", changed_after="2020-01-01")["data"]) >= len(OUT)


@pytest.mark.parametrize("path", ["/reports", "/attributions", "/statements", "/actors", "/stories", "/changes"])
def test_pages_follow_each_other_without_a_gap(client: TestClient, path: str) -> None:
    whole = get(client, path, limit=1000)["data"]
    found: list[Any] = []
    page = get(client, path, limit=2)
    while page["data"]:
        found += page["data"]
        if page["next"] is None:
            break
        page = get(client, path, limit=2, cursor=page["next"])
    assert found == whole and len(whole) >= 1


@pytest.mark.parametrize(
    ("path", "of"),
    [("/reports", records.Hit), ("/attributions", records.Said), ("/statements", records.Statement), ("/actors", records.Counted),
     ("/stories", records.Story), ("/promises", records.Promise), ("/questions", records.Question), ("/changes", records.Change)],
)  # fmt: skip
def test_records_are_as_declared(client: TestClient, path: str, of: Any) -> None:
    for record in get(client, path)["data"]:
        fits(record, of)


def test_a_statement_its_claim_its_origins_and_why(client: TestClient) -> None:
    one = holt(client)
    assert get(client, f"/statements/{one['id']}") == one
    assert [o["carrier"] for o in get(client, f"/origins/{one['id']}")["origins"]] == ["AP"]
    claim, why = get(client, f"/claims/{one['claim']}"), get(client, f"/why/{one['id']}")
    fits(claim, records.Claim)
    fits(why, records.Why)
    assert one in claim["statements"] and why["pairs"] and claim["standing"] == one["standing"]
    assert one in get(client, "/actors/Karen Holt/statements")["data"]
    story = next(s for s in get(client, "/stories")["data"] if one["reports"][0] in s["reports"])
    assert get(client, f"/stories/{story['id']}") == story and one in get(client, "/statements", story=story["id"])["data"]


def test_as_it_was_known_then(client: TestClient) -> None:
    assert get(client, "/statements", at="2026-03-02T05:00:00Z")["data"] == []
    early = get(client, f"/statements/{holt(client)['id']}", at="2026-03-02T06:00:00Z")
    assert early["outlets"] == ["AP"]
    get(client, f"/claims/{holt(client)['claim']}", 404, at="2026-03-01")


def test_attributions_of_an_actor_across_reports(client: TestClient) -> None:
    found = get(client, "/attributions", actor="Holt")["data"]
    assert {one["report"]["outlet"] for one in found} >= {"AP", "Ritzau"}
    assert all("Holt" in (one["attribution"]["speaker"]["name"] or "") for one in found)
    assert get(client, "/attributions", actor="Holt", since="2999-01-01")["data"] == []
    assert {one["attribution"]["act"] for one in get(client, "/attributions", act="withholds")["data"]} <= {"withholds"}


def test_actors_with_counts(client: TestClient) -> None:
    counted = {one["name"]: one["statements"] for one in get(client, "/actors", name="holt")["data"]}
    said = get(client, "/statements", actor="holt")["data"]
    assert counted["Karen Holt"] > 1 and sum(counted.values()) == len(said)
    assert get(client, "/actors", name="holt", at="2026-03-01")["data"] == []


def test_a_diff_of_two_reports(client: TestClient, desk: Desk) -> None:
    before, after = (desk.store.find(f"https://{name}.example/1").report.id for name in ("ap", "ritzau"))
    record = get(client, f"/reports/{before}/diff/{after}")
    fits(record, records.Diff)
    assert record["from"] == before and record["sentences"]


ASKED = (
    "/reports?words=penge&actor=holt&act=states&since=2026-03-01&until=2026-03-30&changed_after=2020-01-01", "/attributions?actor=holt",
    "/statements?actor=holt&changed_after=2020-01-01", "/actors?name=holt", "/stories?at=2026-04-01", "/promises", "/questions", "/changes",
)  # fmt: skip


def test_the_same_on_both_databases(store: Store, reader: Reader, client: TestClient) -> None:
    other = client_of(opened(store, reader))
    for path in ASKED:
        here, there = get(other, path), get(client, path)
        assert len(here["data"]) == len(there["data"]) or path == "/changes", path
        first = get(other, path, limit=1)
        if first["next"]:
            assert first["data"] + get(other, path, cursor=first["next"])["data"] == here["data"], path


# ---- caching, methods, errors ---------------------------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_sent_again(client: TestClient, desk: Desk) -> None:
    first = client.get(f"{API}/statements")
    again = client.get(f"{API}/statements", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{API}/statements?limit=2", headers={"If-None-Match": first.headers["etag"]}).status_code == 200
    desk.ledger.undo(desk.ledger.judge("promise", "kept", [holt(client)["id"]], "Asta"), "Asta")
    assert client.get(f"{API}/statements", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_head_is_get_without_the_body(client: TestClient) -> None:
    whole, head = client.get(f"{API}/stories"), client.head(f"{API}/stories")
    assert (
        head.content == b"" and head.headers["content-length"] == str(len(whole.content)) and head.headers["etag"] == whole.headers["etag"]
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nothing", 404, "nothing is here"),
        ("GET", "/reports/000000000000", 404, "no report 000000000000"),
        ("GET", "/reports/xyz", 422, "pattern"),
        ("GET", "/statements/s000000000000", 404, "no statement s000000000000"),
        ("GET", "/statements?story=t000000000000", 404, "no story t000000000000"),
        ("GET", "/statements?limit=1001", 422, "limit"),
        ("GET", "/statements?at=yesterday", 422, "2026-03-03"),
        ("GET", "/statements?cursor=abcd", 400, "no cursor of this list"),
        ("GET", "/statements?cursor=WyJyIiwxXQ", 400, "no cursor of this list"),
        ("DELETE", "/reports", 405, "GET, HEAD, POST"),
        ("POST", "/judgements/99/undo", 404, "no judgement 99"),
        ("POST", "/reports", 400, "nothing was sent"),
    ],
)
def test_errors_are_problems_that_say_what_to_do(client: TestClient, method: str, path: str, status: int, said: str) -> None:
    answer = client.request(method, API + path)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    fits(problem, records.Problem)
    assert problem["status"] == status and said in problem["detail"]
    assert "Traceback" not in answer.text and "sqlite" not in answer.text


def test_405_says_what_is_taken(client: TestClient) -> None:
    assert client.delete(f"{API}/reports").headers["allow"] == "GET, HEAD, POST"


def test_a_fault_of_ours_tells_nothing(client: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.ledger, "stories", lambda *_, **__: 1 / 0)
    answer = client.get(f"{API}/stories?limit=7")
    assert answer.status_code == 500 and answer.headers["content-type"] == "application/problem+json" and "division" not in answer.text


def test_the_page_about_it_names_every_address(desk: Desk) -> None:
    page = client_of(desk).get("/api/docs").text
    assert all(f"{method.upper()} {path}" in page for path, methods in api.description()["paths"].items() for method in methods)


def test_every_example_of_the_documentation_answers(client: TestClient) -> None:
    paths = re.findall(r"`GET (/api/v1\S+)`", (Path(__file__).parents[1] / "docs" / "api.md").read_text("utf-8"))
    assert len(paths) > 8
    for path in paths:
        assert client.get(path).status_code == 200, path


# ---- handing in -----------------------------------------------------------------------------------------------------------------------


def test_a_text_is_read_without_being_stored(client: TestClient, desk: Desk) -> None:
    before = desk.mark()
    answer = client.post(f"{API}/reports", content=NOTE, params={"outlet": "Nordposten", "language": "da"})
    [item] = answer.json()["data"]
    fits(item, records.Handed)
    assert answer.status_code == 200 and item["outcome"] == "read" and item["reading"]["report"]["outlet"] == "Nordposten"
    assert item["reading"]["report"]["text"] == NOTE.decode()
    assert any(a["speaker"] and a["speaker"]["name"] == "Karen Holt" for a in item["reading"]["attributions"])
    assert desk.mark() == before


def test_any_format_is_told_by_its_content(client: TestClient) -> None:
    [item] = client.post(f"{API}/reports", content=row("ritzau", id="other"), headers={"Content-Type": "application/json"}).json()["data"]
    assert item["reading"]["report"]["outlet"] == "Ritzau"
    page = "<html lang='da'><title>Bro</title><body><article><p>Broen lukker fredag, siger Karen Holt.</p></article>".encode("latin-1")
    [item] = client.post(f"{API}/reports", content=page, headers={"Content-Type": "text/html; charset=latin-1"}).json()["data"]
    assert item["reading"]["report"]["format"] == "html" and "Karen Holt" in item["reading"]["report"]["text"]


def test_what_is_stored_is_read_and_can_be_asked_for(tmp_path: Any, reader: Reader) -> None:
    desk = opened(Store(f"sqlite:///{tmp_path}/own.db"), reader)
    desk.start()
    client = client_of(desk)
    start = get(client, "/changes")["now"]
    answer = client.post(
        f"{API}/reports", content=NOTE, params={"store": "true", "language": "da", "published": "2026-03-03T06:12:00+01:00"}
    )
    assert answer.status_code == 201, answer.text
    [item] = answer.json()["data"]
    assert client.get(answer.headers["location"]).json()["report"]["published"] == "2026-03-03T06:12:00+01:00"
    again = client.post(f"{API}/reports", content=NOTE, params={"store": "true"})
    assert again.status_code == 200 and again.json()["data"][0]["outcome"] == "known"
    kinds = [one["change"] for one in wait_for(lambda: get(client, "/changes", cursor=start)["data"], 2)]
    assert kinds == ["report", "linked"] and item["id"] in json.dumps(get(client, "/changes", cursor=start))
    desk.stop()


def wait_for(ask: Callable[[], Any], many: int) -> Any:
    for _ in range(100):
        if len(found := ask()) >= many:
            return found
        threading.Event().wait(0.1)
    raise AssertionError(found)


# ---- who may --------------------------------------------------------------------------------------------------------------------------


def test_roles_and_tokens(tmp_path: Any, reader: Reader) -> None:
    store = Store(f"sqlite:///{tmp_path}/own.db")
    desk = opened(store, reader)
    tokens = {}
    for name, role, scope in (("Eva", Role.ADMIN, Scope.READ), ("Ane", Role.READER, Scope.READ), ("Bo", Role.EDITOR, Scope.WRITE)):
        one = accounts.add(store, name, role, "en lang og god sætning")
        tokens[name] = accounts.make_token(store, accounts.User(one.name, one.role, one.id), "test", scope)
    nobody, ane, bo = client_of(desk), *(client_of(desk, Authorization=f"Bearer {tokens[name]}") for name in ("Ane", "Bo"))
    statement = holt(ane)["id"]
    decision = {"kind": "promise", "verdict": "kept", "of": [statement]}
    assert nobody.get(f"{API}/reports").status_code == 401
    assert ane.post(f"{API}/judgements", json=decision).status_code == 403
    assert ane.post(f"{API}/reports", content=NOTE, params={"store": "true"}).status_code == 403
    assert ane.get(f"{API}/webhooks").status_code == 403
    made = bo.post(f"{API}/judgements", json=decision)
    assert made.status_code == 201 and made.json()["by"] == "Bo"
    desk.stop()


def test_judgements_are_added_and_undone(client: TestClient) -> None:
    one = holt(client)
    made = client.post(f"{API}/judgements", json={"kind": "promise", "verdict": "kept", "of": [one["id"]], "note": "set det selv"})
    assert made.status_code == 201, made.text
    fits(made.json(), records.Judgement)
    number = made.json()["id"]
    undone = client.post(f"{API}/judgements/{number}/undo")
    assert undone.status_code == 200 and undone.json()["id"] == number
    rows = get(client, "/judgements")["data"]
    assert [r["id"] for r in rows if r["undoes"] == number] and client.post(f"{API}/judgements/{number}/undo").status_code == 404
    wrong = client.post(f"{API}/judgements", json={"kind": "promise", "verdict": "same", "of": [one["id"]]})
    lost = client.post(f"{API}/judgements", json={"kind": "promise", "verdict": "kept", "of": ["s000000000000"]})
    assert (wrong.status_code, lost.status_code) == (422, 409) and "s000000000000" in lost.json()["detail"]


def test_stories_are_judged_and_an_old_id_leads_to_the_new(tmp_path: Path, reader: Reader) -> None:
    client = client_of(opened(Store(f"sqlite:///{tmp_path}/parted.db"), reader, two_stories()))
    later, bridge = get(client, "/stories")["data"]

    def judge(verdict: str, *of: str) -> dict[str, Any]:
        made = client.post(f"{API}/judgements", json={"kind": "story", "verdict": verdict, "of": of})
        assert made.status_code == 201, made.text
        fits(made.json(), records.Judgement)
        return dict(made.json())

    merged = judge("merge", later["id"], bridge["id"])
    assert merged["target"] == [[bridge["id"], []], [later["id"], []]]
    assert get(client, f"/stories/{later['id']}") == get(client, f"/stories/{bridge['id']}")
    assert get(client, "/statements", story=later["id"]) == get(client, "/statements", story=bridge["id"])
    apart = judge("apart", bridge["reports"][0])
    told = [c["judgement"]["id"] for c in get(client, "/changes", limit=1000)["data"] if c["change"] == "judgement"]
    assert {merged["id"], apart["id"]} <= set(told) and len(get(client, "/stories")["data"]) == 2
    again = client.post(f"{API}/judgements", json={"kind": "story", "verdict": "apart", "of": [bridge["reports"][0]]})
    assert again.status_code == 409 and "alone in story" in again.json()["detail"]
    assert client.post(f"{API}/judgements", json={"kind": "story", "verdict": "apart", "of": ["s000000000000"]}).status_code == 422
    for one in (apart, merged):
        assert client.post(f"{API}/judgements/{one['id']}/undo").status_code == 200
    assert get(client, "/stories")["data"] == [later, bridge]


# ---- changes as they happen -----------------------------------------------------------------------------------------------------------


def test_events_begin_after_the_last_that_was_heard(client: TestClient) -> None:
    first = get(client, "/changes", limit=1)
    answer = client.get(f"{API}/events", params={"seconds": 0}, headers={"Last-Event-ID": first["next"]})
    told = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [json.loads(line[6:]) for line in told] == get(client, "/changes", cursor=first["next"], limit=1000)["data"]
    ids = [line[4:] for line in answer.text.splitlines() if line.startswith("id: ")]
    assert get(client, "/changes", cursor=ids[-1])["data"] == []


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent and answers what it is told to."""

    sent: list[tuple[dict[str, str], bytes]]
    answers: list[int]

    def do_POST(self) -> None:
        self.sent.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[Receiver]]]:
    kind = type("One", (Receiver,), {"sent": [], "answers": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", kind
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook(client: TestClient, receiver: tuple[str, type[Receiver]]) -> Iterator[dict[str, Any]]:
    made = client.post(f"{API}/webhooks", json={"url": receiver[0], "events": ["judgement"]})
    assert made.status_code == 201, made.text
    fits(made.json(), records.NewHook)
    yield made.json()
    client.delete(f"{API}/webhooks/{made.json()['id']}")


def judged(desk: Desk, client: TestClient) -> int:
    return desk.ledger.judge("promise", "kept", [holt(client)["id"]], "Asta")


def test_a_webhook_is_told_what_it_asked_for_signed(
    client: TestClient, desk: Desk, hook: dict[str, Any], receiver: tuple[str, type[Receiver]]
) -> None:
    number = judged(desk, client)
    assert Deliveries(desk, private=True).send_due() == 1
    [(headers, body)] = receiver[1].sent
    [change] = json.loads(body)["changes"]
    assert change["judgement"]["id"] == number
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    assert headers["Webhook-Signature"] == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert Deliveries(desk, private=True).send_due() == 0
    assert "secret" not in json.dumps(get(client, "/webhooks"))


def test_a_webhook_that_fails_is_tried_again_later_with_the_same_id(
    client: TestClient, desk: Desk, hook: dict[str, Any], receiver: tuple[str, type[Receiver]]
) -> None:
    receiver[1].answers[:] = [503]
    judged(desk, client)
    sender = Deliveries(desk, private=True)
    assert (sender.send_due(), sender.send_due()) == (1, 0)
    state = get(client, f"/webhooks/{hook['id']}")
    assert (state["failures"], state["disabled"]) == (1, False) and "503" in state["problem"]
    assert [hooks.wait(n) for n in (0, 1, 2, 3, 40)] == [0, 5, 10, 20, 3600]
    assert Deliveries(desk, private=True).send_due() == 1
    assert receiver[1].sent[0][0]["Webhook-Id"] == receiver[1].sent[1][0]["Webhook-Id"]
    assert get(client, f"/webhooks/{hook['id']}")["failures"] == 0


def test_a_webhook_stops_after_many_failures_or_when_nobody_is_there(
    client: TestClient, desk: Desk, hook: dict[str, Any], receiver: tuple[str, type[Receiver]]
) -> None:
    receiver[1].answers[:] = [500] * hooks.FAILURES
    judged(desk, client)
    for _ in range(hooks.FAILURES):
        assert Deliveries(desk, private=True).send_due() == 1
    assert get(client, f"/webhooks/{hook['id']}")["disabled"] and Deliveries(desk, private=True).send_due() == 0
    on = client.patch(f"{API}/webhooks/{hook['id']}", json={"disabled": False}).json()
    receiver[1].answers[:] = [410]
    assert (on["failures"], on["disabled"]) == (0, False) and Deliveries(desk, private=True).send_due() == 1
    assert get(client, f"/webhooks/{hook['id']}")["disabled"]


def test_a_webhook_never_reaches_private_addresses_unless_allowed(
    client: TestClient, desk: Desk, hook: dict[str, Any], receiver: tuple[str, type[Receiver]]
) -> None:
    judged(desk, client)
    assert Deliveries(desk, private=False).send_due() == 1
    assert receiver[1].sent == [] and "only this network reaches" in get(client, f"/webhooks/{hook['id']}")["problem"]


@pytest.mark.parametrize("url", ["http://name:word@news.example/hook", "https://", "http://a b.example/"])
def test_a_webhook_needs_an_address_without_secrets(client: TestClient, url: str) -> None:
    assert client.post(f"{API}/webhooks", json={"url": url}).status_code in (400, 422)
    assert client.post(f"{API}/webhooks", json={"url": "ftp://news.example/"}).status_code == 422
