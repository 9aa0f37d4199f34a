"""Running the desk: `sagt serve` as a process that is asked whether it lives, counted, logged, and told to stop while it works."""

from __future__ import annotations

import http.client
import io
import json
import logging
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from press import OUT, row
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from sagt import cli, keeping, schema
from sagt.desk import logs
from sagt.desk.app import create_app
from sagt.desk.service import Desk
from sagt.store import Store

ROOT = Path(__file__).parents[1]
#: What must stand in no log, wherever it came from.
SECRETS = ("hemmelig", "Grosbøl", "Grosb%C3%B8l", "203.0.113.77", "2001:db8:aa:bb", "correct-horse")


@dataclass
class Served:
    """A desk that runs as a process of its own."""

    process: subprocess.Popen[str]
    port: int
    log: Path

    def ask(self, path: str, method: str = "GET", body: str | bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        """An answer, read to its end."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = line.getresponse()
            answer.words = answer.read().decode()  # type: ignore[attr-defined]
            return answer

    def metrics(self, **headers: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """What Prometheus would take from it."""
        families = text_string_to_metric_families(self.ask("/metrics", **headers).words)  # type: ignore[attr-defined]
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for one in families for s in one.samples}

    def lines(self) -> list[dict[str, object]]:
        """The log, each line of which is an object."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def stop(self) -> int:
        """Stop it as an init system does; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def serve(folder: Path, *more: str) -> Served:
    log = folder / "desk.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "sagt", "serve", "--db", f"sqlite:///{folder}/desk.db", "--port", "0", *more],
            stdout=subprocess.PIPE, stderr=out, text=True,
        )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
    assert found, said + log.read_text("utf-8")
    return Served(process, int(found[1]), log)


def until(what: object, seconds: float = 30.0) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A desk with a small story in it, read and linked."""
    folder = tmp_path_factory.mktemp("ops")
    (folder / "press.jsonl").write_bytes(b"\n".join(map(row, OUT)))
    (folder / "broken.bin").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    command = [sys.executable, "-m", "sagt", "add", "--db", f"sqlite:///{folder}/desk.db", str(folder / "press.jsonl")]
    subprocess.run([*command, str(folder / "broken.bin")], check=False, capture_output=True, timeout=120)
    served = serve(folder)
    yield served
    if served.process.poll() is None:
        served.stop()


# ---- alive, ready ---------------------------------------------------------------------------------------------------------------------


def test_alive_and_ready_for_anybody_who_asks(desk: Served) -> None:
    assert (desk.ask("/health").status, desk.ask("/health", "HEAD").status) == (200, 200)
    until(lambda: desk.ask("/ready").status == 200)
    said = json.loads(desk.ask("/ready").words)  # type: ignore[attr-defined]
    assert said == {"ready": True, "database": True, "schema": True, "reader": True}


def test_not_ready_without_weights_and_the_log_says_why(tmp_path: Path) -> None:
    served = serve(tmp_path, "--pack", str(tmp_path / "nothing"))
    try:
        until(lambda: served.ask("/ready").status == 503)
        answer = served.ask("/ready")
        assert json.loads(answer.words) == {"ready": False, "database": True, "schema": True, "reader": False}  # type: ignore[attr-defined]
        assert served.ask("/health").status == 200, "alive all the same: to start it again would not help"
        assert any(line["level"] == "warning" and "reader" in str(line["message"]) for line in served.lines())
    finally:
        served.stop()


def test_not_ready_on_an_older_schema_but_beside_a_newer_sagt(tmp_path: Path) -> None:
    desk = Desk(Store(f"sqlite:///{tmp_path}/desk.db"))
    desk.start()
    client = TestClient(create_app(desk), base_url="http://localhost", client=("127.0.0.1", 1))
    try:
        assert client.get("/ready").json()["schema"] is True
        known = len(schema.MIGRATIONS)
        _set_schema(desk.store, known, known + 1)
        assert client.get("/ready").json()["schema"] is True, "a rolling update: migrations only add"
        _set_schema(desk.store, known + 1, known - 1)
        answer = client.get("/ready")
        assert (answer.status_code, answer.json()["schema"]) == (503, False)
    finally:
        desk.stop()


def _set_schema(store: Store, old: int, new: int) -> None:
    with store.writing() as connection:
        connection.execute(schema.version.delete().where(schema.version.c.number >= min(old, new)))
        connection.execute(schema.version.insert().values(number=new, since=schema.now()))


def test_not_ready_without_its_database(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    desk = Desk(Store(f"sqlite:///{file}"))
    client = TestClient(create_app(desk), base_url="http://localhost", client=("127.0.0.1", 1))
    desk.store.close()
    for part in (file, tmp_path / "desk.db-wal", tmp_path / "desk.db-shm"):
        part.unlink(missing_ok=True)
    file.write_bytes(b"no database any more" * 100)
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
    assert client.get("/health").status_code == 200
    assert "sagt_database_up 0.0" in client.get("/metrics").text


# ---- counting -------------------------------------------------------------------------------------------------------------------------


def test_numbers_of_the_store_and_of_the_requests(desk: Served) -> None:
    desk.ask("/reports/000000000000")
    found = desk.metrics()
    assert found["sagt_reports_stored", ()] == len(OUT) == found["sagt_reports_linked", ()]
    assert (found["sagt_reports_unread", ()], found["sagt_faults", ()], found["sagt_feeds_failing", ()]) == (0, 1, 0)
    routes = {dict(labels).get("route", "") for name, labels in found if name == "sagt_http_requests_total"}
    assert any(route.startswith("/reports/{") for route in routes) and not any("000000" in route for route in routes)
    assert {key for _, labels in found for key, _ in labels} <= {"route", "method", "status", "le", "version"}


def test_methods_that_nobody_knows_are_one_label(desk: Served) -> None:
    for method in ("BREW", "PROPFIND"):
        desk.ask("/health", method)
    methods = {dict(labels).get("method") for name, labels in desk.metrics() if name == "sagt_http_requests_total"}
    assert "other" in methods and not methods & {"BREW", "PROPFIND"}


def test_metrics_are_for_this_machine_or_an_admin(tmp_path: Path) -> None:
    tokens = {}
    for name, role, scope in (("Anne", "admin", "admin"), ("Rikke", "reader", "read")):
        _users(tmp_path, "add", name, "--role", role, said="correct-horse-battery-7\n")
        said = _users(tmp_path, "token", name, "--label", "metrics", "--scope", scope)
        [tokens[name]] = re.findall(r"\bsagt_[\w-]{40,}", said)
    served = serve(tmp_path)
    elsewhere = {"X-Forwarded-For": "203.0.113.77"}
    try:
        assert served.ask("/metrics").status == 200
        assert served.ask("/metrics", **elsewhere).status == 403
        assert served.ask("/metrics", Authorization=f"Bearer {tokens['Rikke']}", **elsewhere).status == 403
        assert served.ask("/metrics", Authorization=f"Bearer {tokens['Anne']}", **elsewhere).status == 200
        log = served.log.read_text("utf-8")
        assert not any(token in log for token in tokens.values())
    finally:
        served.stop()


def _users(folder: Path, *words: str, said: str = "") -> str:
    command = [sys.executable, "-m", "sagt", "users", words[0], "--db", f"sqlite:///{folder}/desk.db", *words[1:]]
    done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_store_in_numbers(store: Store) -> None:
    assert keeping.state(store) == keeping.State(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, len(schema.MIGRATIONS))
    assert store.waiting == 0


# ---- logs -----------------------------------------------------------------------------------------------------------------------------


def test_a_request_has_one_id_in_its_answer_and_in_the_log(desk: Served) -> None:
    ours = desk.ask("/nowhere").headers["X-Request-ID"]
    assert ours and ours != desk.ask("/nowhere").headers["X-Request-ID"]
    given = "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert desk.ask("/nowhere", X_Request_ID=given).headers["X-Request-ID"] == given
    assert desk.ask("/nowhere", X_Request_ID="hemmelig name").headers["X-Request-ID"] != "hemmelig name"
    until(lambda: {ours, given} <= {line.get("request") for line in desk.lines()})
    [line] = [line for line in desk.lines() if line.get("request") == ours]
    assert (line["method"], line["route"], line["status"], line["network"]) == ("GET", "-", 404, "127.0.0.1")
    assert isinstance(line["ms"], float) and str(line["time"]).endswith("+00:00")


def test_nothing_in_the_log_that_does_not_belong_there(desk: Served) -> None:
    desk.ask("/?q=hemmelig+Grosb%C3%B8l&actor=hemmelig")
    desk.ask("/actors/" + quote("Grosbøl"))
    desk.ask("/api/v1/statements?actor=hemmelig", Authorization="Bearer hemmelig-token")
    desk.ask("/", Cookie="sagt=hemmelig", Referer="http://localhost/?q=hemmelig", User_Agent="hemmelig")
    desk.ask("/", X_Forwarded_For="203.0.113.77, 2001:db8:aa:bb::1", Forwarded="for=203.0.113.77")
    desk.ask("/login", "POST", "name=Grosb%C3%B8l&password=hemmelig", Content_Type="application/x-www-form-urlencoded")
    desk.ask("/api/v1/reports?outlet=hemmelig", "POST", "Broen lukker, siger hemmelig Grosbøl.".encode(), Content_Type="text/plain")
    desk.ask("/nowhere/hemmelig")
    with closing(socket.create_connection(("127.0.0.1", desk.port))) as line:
        line.sendall(b"GET /hemmelig HTTP/9.9\r\nhemmelig\r\n\r\n")
        line.recv(1000)
    until(lambda: sum("nowhere" not in str(one) and one.get("status") is not None for one in desk.lines()) >= 6)
    said = desk.log.read_text("utf-8")
    assert desk.lines() and not [word for word in SECRETS if word in said]


def test_a_fault_is_told_by_its_kind_and_place_and_not_by_its_words(tmp_path: Path) -> None:
    desk, out = Desk(Store(f"sqlite:///{tmp_path}/desk.db")), io.StringIO()
    app = create_app(desk)

    @app.get("/fails/{what}")
    def fails(what: str) -> None:
        raise KeyError(what)

    before = logging.getLogger().handlers[:]
    logs.configure(human=False, stream=out)
    try:
        client = TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1), raise_server_exceptions=False)
        answer = client.get("/fails/hemmelig")
    finally:
        logging.getLogger().handlers[:] = before
        desk.stop()
    assert answer.status_code == 500 and "KeyError" not in answer.text
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    [fault] = [line for line in lines if "error" in line]
    assert fault["error"] == "KeyError" and "test_ops.py" in fault["at"][0] and "hemmelig" not in out.getvalue()
    assert {line["request"] for line in lines} == {answer.headers["X-Request-ID"]}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("GET https://a.example/feed?key=abc HTTP", "GET https://a.example/feed?… HTTP"),
        ("postgresql://ida:pw@db.example/sagt is away", "postgresql://…@db.example/sagt is away"),
        ("Authorization: Bearer abc.def", "Authorization: … …"),
        ("api_key='abc' password=xyz;", "api_key='…' password=…;"),
        ("192.0.2.44:5123 - gone, 2001:db8:1:2::7 too", "192.0.2.0/24:5123 - gone, 2001:db8:1::/48 too"),
        ("at 06:12:03 on http://127.0.0.1:8420", "at 06:12:03 on http://127.0.0.1:8420"),
    ],
)
def test_what_others_write_is_cut(said: str, kept: str) -> None:
    assert logs.scrubbed(said) == kept


@pytest.mark.parametrize(
    ("address", "network"),
    [("198.51.100.23", "198.51.100.0/24"), ("2001:db8:1:2:3::4", "2001:db8:1::/48"), ("::ffff:198.51.100.23", "198.51.100.0/24"),
     ("::1", "::1"), ("testclient", None), (None, None)],
)  # fmt: skip
def test_an_address_is_told_by_its_network(address: str | None, network: str | None) -> None:
    assert logs.network(address) == network


def test_a_person_who_looks_on_has_short_lines() -> None:
    before, out = logging.getLogger().handlers[:], io.StringIO()
    logs.configure(human=True, stream=out)
    try:
        one = logs.Answered("GET", "/reports/{id}", 200, 12.3, "127.0.0.1")
        logging.getLogger("sagt.desk.request").info("%s %s %d", one.method, one.route, one.status, extra={"answered": one})
        logging.getLogger("sagt.desk.request").warning("a line\nwith \x1b[31m colour")
    finally:
        logging.getLogger().handlers[:] = before
    first, second = out.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d GET /reports/\{id\} 200 12\.3 ms", first)
    assert "warning: a line" in second and "\x1b" not in second


# ---- stopping -------------------------------------------------------------------------------------------------------------------------


def test_told_to_stop_it_answers_what_it_has_begun_ends_its_streams_and_loses_nothing(tmp_path: Path) -> None:
    served = serve(tmp_path)
    stream = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    stream.request("GET", "/events")
    news = stream.getresponse()
    assert news.status == 200

    body = row("ritzau")
    head = "POST /api/v1/reports?store=true HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", served.port), timeout=30)) as line:
        line.sendall(head.encode())
        assert line.recv(10_000).startswith(b"HTTP/1.1 100"), "it has begun: it waits for the rest"
        line.sendall(body[:100])
        served.process.send_signal(signal.SIGTERM)
        until(lambda: not _listens(served.port), 10)
        assert served.process.poll() is None, "it waits for what it has begun"
        line.sendall(body[100:])
        assert re.match(rb"HTTP/1\.1 20[012]", line.recv(10_000))
    assert news.read() is not None, "the stream ends rather than break"
    assert served.process.wait(60) == 0
    with Store(f"sqlite:///{tmp_path}/desk.db") as store:
        assert store.counts()["report"] == 1
        assert list(keeping.check(store, "")) == []


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


# ---- deploying ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["sagt.service", "sagt-watch.service"])
def test_units_call_commands_that_there_are_and_are_well_hardened(unit: str, tmp_path: Path) -> None:
    text = (ROOT / "deploy" / unit).read_text("utf-8")
    [command] = re.findall(r"^ExecStart=/opt/sagt/bin/sagt (.*)$", text, re.MULTILINE)
    assert cli._parser().parse_args(command.split())
    if not shutil.which("systemd-analyze"):
        return
    here = tmp_path / unit
    here.write_text(re.sub(r"^(User|Group)=sagt$", r"\1=daemon", text, flags=re.MULTILINE).replace("/opt/sagt/bin/sagt", "/bin/true"))
    checked = subprocess.run(["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and not checked.stderr, checked.stderr
    rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(here)], capture_output=True, check=False)
    assert rated.returncode == 0, "exposure above 2.0"


def test_the_container_runs_what_the_tests_ran() -> None:
    ours, tested = ({line for line in (ROOT / name).read_text("utf-8").splitlines() if "==" in line}
                    for name in ("deploy/requirements.lock", "requirements.lock"))  # fmt: skip
    pinned = {line.split(" ")[0] for line in tested}
    assert ours and {line.split(" ")[0] for line in ours} <= pinned
    assert not {name for name in ("pytest==", "playwright==", "mypy==") if any(line.startswith(name) for line in ours)}
    text = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*)", text, re.MULTILINE) for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in copied)
    [command] = re.findall(r"^CMD (\[.*\])", text, re.MULTILINE)
    assert cli._parser().parse_args(json.loads(command))
    assert re.search(r"^USER [1-9]\d*", text, re.MULTILINE)
