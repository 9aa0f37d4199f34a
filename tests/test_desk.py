"""The desk through HTTP: the wire, a report, what every answer carries, news, and the command that opens it."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from press import OUT, row

from sagt import Reader
from sagt.cli import main
from sagt.desk import phrases
from sagt.desk.app import create_app
from sagt.desk.kept import Kept
from sagt.desk.service import Desk
from sagt.desk.settings import Settings
from sagt.errors import StoreError
from sagt.ledger import Ledger, Payload
from sagt.store import Store

DESK = Path(__file__).parents[1] / "sagt" / "desk"
#: The Ritzau item again, five hours later and put right.
AGAIN = {
    "date": "2026-03-02T13:10:00+01:00", "title": "Rettelse: Havnebroen åbner til jul",
    "text": OUT["ritzau"]["text"].replace("elleve", "tolv") + "\n\nBroen har været lukket siden april.",
}  # fmt: skip
EVIL = '<script>alert(1)</script> "><img src=x onerror=alert(1)> \u202edrow'


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Iterator[Desk]:
    """A desk over the story of examples/press.jsonl, with a correction, and with a report that means harm."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('desk')}/press.db")
    desk = Desk(store, Ledger(store, lambda: reader))
    evil = row(
        "nordposten", id="evil", title=EVIL, text=f"{EVIL}\n\n- Det er {EVIL}, siger Karen Holt.", outlet=EVIL, url="https://evil.example/1"
    )
    desk.add(Payload(one) for one in (*map(row, OUT), row("ritzau", **AGAIN), evil))
    desk.ledger.read_new()
    yield desk
    store.close()


@pytest.fixture
def browser(filled: Desk) -> TestClient:
    return TestClient(
        create_app(filled, Settings(zone="Europe/Copenhagen")), base_url="http://127.0.0.1", headers={"Accept-Language": "en"}
    )


def titles(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'<h2[^>]*><a href="/reports/[0-9a-f]{12}" dir="auto">([^<]*)</a>', page)]


def links(page: str) -> list[str]:
    return re.findall(r'<h2[^>]*><a href="(/reports/[0-9a-f]{12})"', page)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def report(desk: Desk, name: str) -> str:
    return "/reports/" + desk.store.find(sha256(row(name)).hexdigest()).report.id.removeprefix("sha256:")[:12]


# ---- the wire -------------------------------------------------------------------------------------------------------------------------


def test_the_wire_shows_the_newest_arrivals_first_and_folds_takes_under_the_newest(browser: TestClient) -> None:
    page = browser.get("/").text
    found = titles(page)
    assert found[1] == AGAIN["title"] and found[2].startswith("Transportministeriet bekræfter")
    assert len(found) == len(OUT) + 1  # the first take is folded under the second
    assert "1 earlier take" in page
    assert 'href="/actors/Karen%20Holt"' in page and re.search(r'href="/stories/t[0-9a-f]+">Story of \d reports', page)


@pytest.mark.parametrize(
    ("search", "there", "not_there"),
    [
        ("q=havnebroen", "Ritzau", None),
        ("q=fisker", "Nordposten", "Sydposten"),
        ("outlet=Sydposten", "Sydposten", "Nordposten"),
        ("agency=Ritzau", "Sydposten", None),
        ("actor=Jens+Krog", "Nordposten", "Sydposten"),
        ("act=confirms", "Ritzau", "Sydposten"),
        ("language=en", "AP", "Sydposten"),
        ("until=2026-03-02T06:50", "AP", "Sydposten"),
        ("since=2026-03-04", "Ritzau", "AP"),
        ("standing=single+origin", "Ritzau", None),
    ],
)
def test_a_search_is_a_feed_and_its_address_says_all(browser: TestClient, search: str, there: str, not_there: str | None) -> None:
    outlets = set(re.findall(r'href="/\?outlet=(\w+)"', browser.get(f"/?{search}").text))
    assert there in outlets and not_there not in outlets


def test_a_time_that_is_none_is_told_and_nothing_fails(browser: TestClient) -> None:
    answer = browser.get("/?since=gestern")
    assert answer.status_code == 422
    assert "That time could not be understood" in answer.text and 'value="gestern"' in answer.text


def test_words_that_are_no_names_are_ignored_and_odd_words_are_words(browser: TestClient) -> None:
    for search in (
        "act=%00",
        "standing=x",
        "before=-1",
        "before=99999999999999999999999",
        "q=%22",
        "q=a*b(c",
        "q=%F0%9F%98%80",
        "language=xx",
    ):
        assert browser.get(f"/?{search}").status_code == 200, search


def test_pages_follow_each_other_without_gap_or_repeat(filled: Desk) -> None:
    from sagt.desk import wire
    from sagt.search import Query

    seen: list[int] = []
    before: int | None = None
    while True:
        page = wire.page(filled, Query(before=before), None, 2)
        seen += [shown.hit.seq for shown in page.rows] + [take.seq for shown in page.rows for take in shown.takes]
        if page.older is None:
            break
        before = page.older
    assert set(seen) == set(range(1, len(OUT) + 3))


def test_the_ticker_has_one_line_for_each_item(browser: TestClient) -> None:
    page = browser.get("/?view=ticker").text
    assert len(re.findall(r"<li data-item>", page)) == len(OUT) + 1 and 'class="snippet"' not in page


def test_a_search_is_kept_by_name_and_let_go(browser: TestClient) -> None:
    token = csrf(browser.get("/?actor=Holt").text)
    kept = browser.post("/searches", data={"csrf": token, "name": "The mayor", "query": "actor=Holt"})
    assert 'href="/?actor=Holt" aria-current="true"><bdi>The mayor</bdi>' in kept.text
    number = re.search(r'name="number" value="(\d+)"', kept.text)
    assert number
    assert "The mayor" not in browser.post("/searches/drop", data={"csrf": token, "number": number[1]}).text
    assert browser.post("/searches", data={"name": "x", "query": "q=y"}).status_code == 403


def test_what_is_new_is_counted_for_the_same_search(browser: TestClient) -> None:
    assert browser.get("/fresh?after=999").text.strip() == ""
    assert "2 new" in browser.get("/fresh?after=5").text
    assert 'href="/?outlet=Ritzau"' in browser.get("/fresh?after=5&outlet=Ritzau").text
    assert "1 new" in browser.get("/fresh?after=5&outlet=Ritzau").text


# ---- a report -------------------------------------------------------------------------------------------------------------------------


def test_the_text_of_a_report_is_its_text_with_every_attribution_marked(browser: TestClient, filled: Desk) -> None:
    page = browser.get(report(filled, "nordposten")).text
    stored = filled.store.find(OUT["nordposten"]["url"])
    text = re.search(r'<div class="text"[^>]*>(.*?)</div>\s*<section', page, re.DOTALL)
    assert text and html.unescape(re.sub(r"<[^>]+>", "", text[1])).strip() == stored.report.text.strip()
    reading = filled.store.reading_of(stored)
    assert reading
    for number in range(1, len(reading.attributions) + 1):
        assert f'id="r1a{number}"' in page and f'id="r1k{number}"' in page
    assert "Karen Holt" in page and "Passed on by" in page and "Confidence" in page
    assert re.search(r'href="/statements/s[0-9a-f]+">1 origin, in \d reports', page)


def test_each_attribution_can_be_corrected_where_it_stands(browser: TestClient, filled: Desk) -> None:
    page = browser.get(report(filled, "nordposten")).text
    id_ = filled.store.find(OUT["nordposten"]["url"]).report.id
    forms = [
        dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        for form in re.findall(r'<form method="post" action="/judgements">.*?</form>', page)
    ]
    assert {"kind": "attribution", "verdict": "no", "target": f"{id_}:a1"}.items() <= forms[0].items()
    assert {"kind": "source", "target": f"{id_}:a1"}.items() <= forms[1].items()
    assert all(form["csrf"] and form["next"].startswith("/reports/") for form in forms)


def test_a_correction_is_told_where_it_was_made_until_it_is_undone(browser: TestClient, filled: Desk) -> None:
    there = report(filled, "sydposten")
    form = re.search(r'<form method="post" action="/judgements">(.*?)</form>', browser.get(there).text)
    assert form
    judged = browser.post("/judgements", data=dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1])))
    assert "says that this is no attribution" in judged.text and judged.url.path == there
    undo = re.search(r'<form method="post" action="(/judgements/\d+/undo)"><input type="hidden" name="csrf" value="([^"]+)"', judged.text)
    assert undo
    assert "says that this is no attribution" not in browser.post(undo[1], data={"csrf": undo[2], "next": there}).text


def test_takes_stand_beside_each_other_with_what_changed(browser: TestClient, filled: Desk) -> None:
    newest = next(hit for hit in links(browser.get("/?q=Rettelse").text))
    page = browser.get(newest).text
    assert "Take 1" in page and "Take 2" in page
    assert "<del>elleve</del>" in page and "<ins>tolv</ins>" in page
    assert "Broen har været lukket siden april." in page
    assert "There is a newer take of this report" in browser.get(report_of_first_take(browser, newest)).text


def report_of_first_take(browser: TestClient, newest: str) -> str:
    found = re.search(r'<ol class="chain">\s*<li><a href="([^"]+)"', browser.get(newest).text)
    assert found
    return found[1]


def test_the_payload_is_shown_as_characters_and_handed_out_as_a_file(browser: TestClient, filled: Desk) -> None:
    there = report(filled, "ap")
    assert "HAVNBY, Denmark (AP)" in browser.get(f"{there}/payload").text
    answer = browser.get(f"{there}/payload/download")
    assert answer.content == filled.store.payload_of(filled.store.find(OUT["ap"]["url"]).report.id)
    assert answer.headers["content-disposition"].startswith("attachment") and answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_report_that_means_harm_is_nothing_but_text(browser: TestClient, filled: Desk) -> None:
    there = "/reports/" + filled.store.find("https://evil.example/1").report.id.removeprefix("sha256:")[:12]
    for path in (
        "/",
        "/?view=ticker",
        there,
        f"{there}/payload",
        "/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/?outlet=%22%3E%3Cimg%20src=x%3E",
    ):
        page = browser.get(path).text
        assert "alert(1)" not in re.sub(r"&lt;.*?&gt;", "", page) or "<script>alert" not in page
        assert (
            "<img" not in page
            and not re.search(r"<script(?! src=\"/static/)", page)
            and "\u202e" not in re.sub(r"<bdi class=\"turn\".*?</bdi>", "", page)
        )


def test_what_is_not_read_yet_is_shown_as_it_is_on_both_databases(store: Store) -> None:
    desk = Desk(store)
    desk.add([Payload(row("ritzau")), Payload(row("ritzau", **AGAIN))])
    client = TestClient(create_app(desk), base_url="http://127.0.0.1", headers={"Accept-Language": "en"})
    assert "being read" in client.get("/").text and "1 earlier take" in client.get("/?q=havnebroen&since=2026-03-02").text
    assert "1 new" in client.get("/fresh?after=1").text
    page = client.get("/reports/" + store.reports()[1].report.id).text
    assert "has not been read yet" in page and "their statements can&#39;t be compared" in page and "<ins>tolv</ins>" in page


# ---- what every answer carries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/reports/ffffffffffff", "/nowhere", "/static/desk.css", "/keys", "/view", "/marks/25-25.css", "/marks/7-7.css"]
)
def test_every_answer_tells_browsers_what_no_page_of_ours_needs(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin" and "camera=()" in answer.headers["permissions-policy"]


def test_a_fault_of_ours_is_a_page_with_the_same_headers_and_says_nothing_of_itself(filled: Desk) -> None:
    app = create_app(filled)

    def broken() -> None:
        raise RuntimeError("the password is swordfish")

    app.add_api_route("/broken", broken)
    answer = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False).get("/broken", headers={"Accept-Language": "da"})
    assert answer.status_code == 500 and "swordfish" not in answer.text
    assert "Det var vores fejl" in answer.text and "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_what_is_not_there_is_told_in_words_without_a_trace(browser: TestClient) -> None:
    for path, status, words in (("/reports/ffffffffffff", 404, "There is nothing here"), ("/nowhere", 404, "There is nothing here"),
                                ("/marks/1-1.css", 422, "That could not be understood"), ("/fresh", 200, "")):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == status and words in answer.text and "Traceback" not in answer.text
    assert browser.post("/view", data={"csrf": csrf(browser.get("/view").text)}).status_code == 422


def test_no_page_asks_for_anything_outside_or_carries_script_or_style_of_its_own() -> None:
    for template in sorted(DESK.joinpath("templates").glob("*.html")):
        text = template.read_text("utf-8")
        assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", text), template.name
        assert not re.search(r"\son[a-z]+=|\sstyle=|<style|javascript:|\shx-on", text), template.name
        assert not re.search(r"<script(?![^>]*src=)", text), template.name
    for sheet in DESK.joinpath("static").glob("*.css"):
        assert not re.search(r"@import|url\(", sheet.read_text("utf-8")), sheet.name


def test_a_page_can_be_asked_for_its_head_alone(browser: TestClient, filled: Desk) -> None:
    for path in ("/", report(filled, "ap"), "/keys"):
        assert browser.head(path).status_code == 200, path
    assert browser.head("/nowhere").status_code == 404


def test_what_was_found_is_kept_until_the_record_changes(filled: Desk) -> None:
    asked: list[int] = []

    def make() -> int:
        asked.append(len(asked))
        return asked[-1]

    assert [filled.remembered("key", make) for _ in range(3)] == [0, 0, 0]
    filled.ledger.undo(filled.ledger.judge("attribution", "no", [f"{filled.store.find(OUT['ap']['url']).report.id}:a1"], "Karen"), "Karen")
    assert filled.remembered("key", make) == 1


def test_what_has_lasted_is_shown_while_it_is_made_anew() -> None:
    with ThreadPoolExecutor(1) as behind:
        kept, count = Kept(2, behind), itertools.count()

        def ask(under: int = 0, lasts: float = 0.0, worn: float = 60.0) -> int:
            return kept.get("due", lambda: next(count), under, lasts, worn)

        def renewed() -> None:
            while kept._renewing:
                time.sleep(0.01)

        assert ask() == 0 and ask() == 0, "old already, and shown"
        renewed()
        assert ask(lasts=60) == 1, "meanwhile it was made anew"
        assert ask(under=1) == 2, "somebody judged: nobody sees the older one"
        assert ask(under=1, worn=0) == 3, "too old to be shown"


def test_what_cannot_be_made_anew_is_shown_until_it_is_too_old() -> None:
    def broken() -> int:
        raise StoreError("away")

    behind = ThreadPoolExecutor(1)
    kept = Kept(2, behind)
    assert kept.get("due", lambda: 7, 0, 0, 60) == 7
    assert kept.get("due", broken, 0, 0, 60) == 7
    behind.shutdown()
    assert kept.get("due", broken, 0, 0, 60) == 7, "nor when the desk closes"
    with pytest.raises(StoreError):
        kept.get("due", broken, 0, 0, 0)


def test_a_page_weighs_little(browser: TestClient, filled: Desk) -> None:
    for path in ("/", report(filled, "nordposten")):
        page = browser.get(path)
        parts = set(re.findall(r'(?:src|href)="((?:/static/[^"]+\.(?:css|js)|/marks/)[^"]*)"', page.text))
        assert len(page.content) + sum(len(browser.get(html.unescape(part)).content) for part in parts) < 200_000


# ---- language and clock ---------------------------------------------------------------------------------------------------------------


def test_the_interface_speaks_the_language_that_is_asked_for(browser: TestClient) -> None:
    assert '<html lang="da"' in browser.get("/", headers={"Accept-Language": "nb-NO, en;q=0.8"}).text
    assert '<html lang="en"' in browser.get("/", headers={"Accept-Language": "fr"}).text
    chosen = browser.get("/?lang=da")
    assert "Strømmen" in chosen.text and "Søg på hvem, hvor, hvornår" in chosen.text and "lang=da" in chosen.headers["set-cookie"]
    assert "Strømmen" in browser.get("/").text


def test_times_are_in_the_readers_clock_with_the_original_beside_it(browser: TestClient, filled: Desk) -> None:
    there = report(filled, "ritzau")
    assert "2 Mar 2026 08:10</time>" in browser.get(there).text
    browser.cookies.set("zone", "America/Chicago")
    away = browser.get(there).text
    assert '2 Mar 2026 01:10</time> <small class="clock">(08:10 Copenhagen)</small>' in away
    browser.cookies.set("zone", "Mars/Olympus")
    assert "2 Mar 2026 08:10</time>" in browser.get(there).text


def test_clock_language_and_light_are_kept_without_a_script(browser: TestClient) -> None:
    page = browser.get("/view?next=/due").text
    data = {"csrf": csrf(page), "language": "da", "zone": "America/Chicago", "light": "dark", "next": "//evil.example"}
    assert "There is no zone of that name" in browser.post("/view", data=data | {"zone": "Mars"}).text
    answer = browser.post("/view", data=data, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert '<html lang="da" data-light="dark">' in browser.get("/").text and "America/Chicago" in browser.get("/").text


def tables() -> dict[str, dict[str, str]]:
    return {code: dict(phrases.phrases(code)) for code in phrases.LANGUAGES}


def test_all_languages_have_the_same_phrases_with_the_same_fields() -> None:
    own = {
        code: dict(phrases._flat(tomllib.loads(DESK.joinpath("words", f"{code}.toml").read_text("utf-8")))) for code in phrases.LANGUAGES
    }
    assert own["da"].keys() == own["en"].keys()
    for key, said in own["en"].items():
        assert set(re.findall(r"{(\w+)}", said)) == set(re.findall(r"{(\w+)}", own["da"][key])), key


def test_every_phrase_that_a_template_asks_for_is_there() -> None:
    known = tables()["en"]
    for template in sorted(DESK.joinpath("templates").glob("*.html")):
        for key in re.findall(r"""["']([a-z]+(?:\.[a-z_0-9 ]+)?)["']\s*\|\s*t\b""", template.read_text("utf-8")):
            assert key in known, f"{template.name}: {key}"


# ---- the command ----------------------------------------------------------------------------------------------------------------------


def command(*words: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sagt", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | more
    )  # fmt: skip


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A process that serves an empty store: it, its address, and the store's."""
    db = f"sqlite:///{tmp_path}/served.db"
    process = command("serve", "--port", "0", "--db", db)
    assert process.stdout
    said = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found, process.stderr.read() if process.stderr else said
    yield process, found[0], db
    if process.poll() is None:
        process.kill()
    process.wait()


def test_news_of_another_process_arrives_in_two_seconds_and_a_stop_is_a_clean_one(
    served: tuple[subprocess.Popen[str], str, str], tmp_path: Path
) -> None:
    process, address, db = served
    line = urllib.request.urlopen(f"{address}/events", timeout=30)
    heard: list[str] = []
    came = threading.Event()

    def listen() -> None:
        for raw in line:
            heard.append(raw.decode())
            if raw.startswith(b"data: 1."):
                came.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    with Store(db) as store:
        list(Ledger(store).add([Payload(row("ritzau"))]))
    assert came.wait(2), heard
    assert "event: change\n" in heard
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    listener.join(5)
    assert not listener.is_alive()


def test_it_watches_in_the_same_process(tmp_path: Path) -> None:
    folder, db = tmp_path / "wire", f"sqlite:///{tmp_path}/watched.db"
    folder.mkdir()
    assert command("watch", str(folder), "--once", "--every", "1", "--no-read", "--db", db).wait(30) == 0
    process = command("serve", "--watch", "--port", "0", "--db", db)
    assert process.stdout
    address = process.stdout.readline().split(" at ")[1].split()[0]
    folder.joinpath("one.txt").write_text("Broen åbner fredag, siger Karen Holt.", "utf-8")
    end = time.monotonic() + 20
    while (there := b"Broen" in urllib.request.urlopen(address, timeout=10).read()) is False and time.monotonic() < end:
        time.sleep(0.5)
    process.terminate()
    assert process.wait(20) == 0 and there


def test_it_refuses_to_be_reached_from_outside_without_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0", "--port", "0", "--db", f"sqlite:///{tmp_path}/x.db"]) == 2
    assert "sagt users add" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "prot"), ("port = ", "no TOML"), ("port = 70000", "0 (any that is free) to 65535"), ("port = true", "no int"),
        ("host = 5", "no str"), ('zone = "Mars"', "zone Mars"), ('public_url = "desk"', "https://"), ("[oidc]\nname = 'x'", "issuer"),
        ("[limits]\nburst = 'many'", "limits.burst"), ('proxies = "10.0.0.1"', "no list"),
    ],
)  # fmt: skip
def test_wrong_settings_are_told(text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "desk.toml"
    file.write_text(text, "utf-8")
    assert main(["serve", "--settings", str(file), "--db", f"sqlite:///{tmp_path}/x.db"]) == 2
    assert words in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(served: tuple[subprocess.Popen[str], str, str], tmp_path: Path) -> None:
    port = served[1].rpartition(":")[2]
    process = command("serve", "--port", port, "--db", f"sqlite:///{tmp_path}/other.db")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2 and f"{port} is taken" in said and "Traceback" not in said


def test_logs_hold_no_words_that_were_looked_for(served: tuple[subprocess.Popen[str], str, str]) -> None:
    process, address, _ = served
    json.loads(urllib.request.urlopen(f"{address}/health", timeout=10).read())
    urllib.request.urlopen(f"{address}/?q=swordfish", timeout=10).read()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0 and "swordfish" not in said
