"""The board through the browser's door: what is known of a story, on what it rests, and judging what the machine made of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from lxml import html as markup
from press import OUT, row, two_stories

from sagt import Reader
from sagt.desk.app import create_app
from sagt.desk.service import Desk
from sagt.desk.settings import Settings
from sagt.ledger import Ledger, Payload
from sagt.store import Source, Store
from sagt.types import Fault, Reading

PRESS = Path(__file__).parents[1] / "evaluation" / "press" / "d01.json"


@dataclass(frozen=True, slots=True)
class Board:
    """A desk and a browser before it."""

    desk: Desk
    browser: TestClient

    def page(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.text

    def send(self, path: str, **fields: object) -> str:
        """Send the form as a page of ours would, and give the page that it leads to."""
        token = re.search(r'name="csrf" value="([^"]*)"', self.page("/judgements") + self.page("/feeds"))
        answer = self.browser.post(path, data={"csrf": token[1] if token else "", **fields})
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.text

    def story(self) -> str:
        return max(self.desk.ledger.stories(), key=lambda s: len(s.reports)).id


def made(address: str, reader: Reader, *rows: bytes) -> Board:
    store = Store(address)
    ledger = Ledger(store, lambda: reader)
    desk = Desk(store, ledger)
    list(ledger.add(map(Payload, rows)))
    ledger.read_new()
    browser = TestClient(create_app(desk, Settings(limits=None)), base_url="http://localhost", headers={"accept-language": "en"},
                         client=("127.0.0.1", 50000))  # fmt: skip
    return Board(desk, browser)


@pytest.fixture(scope="module")
def bridge(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The small story of the bridge. Tests that judge undo it again."""
    board = made(f"sqlite:///{tmp_path_factory.mktemp('desk')}/bridge.db", reader, *map(row, OUT))
    yield board
    board.desk.store.close()


@pytest.fixture(scope="module")
def parted(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """The bridge, and what the machine takes for another story. Tests that judge undo it again."""
    board = made(f"sqlite:///{tmp_path_factory.mktemp('desk')}/parted.db", reader, *two_stories())
    yield board
    board.desk.store.close()


@pytest.fixture(scope="module")
def bank(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """A story of thirteen reports in five languages: a phone call about a bank."""
    reports = json.loads(PRESS.read_text("utf-8"))["reports"]
    rows = [json.dumps({"id": r["id"], "outlet": r["outlet"], "date": r["published"], "language": r["language"], "title": r["title"] or "",
                        "text": r["text"], "url": r["url"]}, ensure_ascii=False).encode() for r in reports]  # fmt: skip
    board = made(f"sqlite:///{tmp_path_factory.mktemp('desk')}/bank.db", reader, *rows)
    yield board
    board.desk.store.close()


def said(board: Board, words: str) -> str:
    """The id of the statement with these words that stands in most reports."""
    found = [t.statement for t in board.desk.ledger.statements() if any(words in m.passage.content for m in t.statement.members)]
    return max(found, key=lambda s: len(s.reports)).id


def text(page: str) -> str:
    """What a reader sees of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page[page.index("<main") :])).split())


def part(page: str, start: str, end: str) -> str:
    """A piece of a page's source."""
    return page.split(start, 1)[1].split(end, 1)[0]


def place(board: Board, words: str, outlet: str) -> str:
    """An attribution as a judgement names it."""
    one = board.desk.ledger.statement(said(board, words)).statement
    return next(f"{m.item.id}:{m.passage.attribution}" for m in one.members if m.item.outlet == outlet)


def count(page: str) -> dict[str, int]:
    """How many claims rest on what, as the board counts them."""
    return {name: int(n) for name, n in re.findall(r'<li class="(\w+)"><a [^>]*><b>(\d+)</b>', page)}


# ---- a story --------------------------------------------------------------------------------------------------------------------------


def test_one_sees_at_a_glance_which_claims_have_only_one_origin(bank: Board) -> None:
    page = bank.page(f"/stories/{bank.story()}")
    alone = page.count('<article class="claim alone"')
    assert alone == count(page)["alone"] > 0
    assert "rest on only one origin" in text(page) and "Only from Reuters" in text(page)
    only = bank.page(f"/stories/{bank.story()}?show=alone")
    assert only.count('<article class="claim') == only.count('<article class="claim alone"') == alone


def test_stories_are_listed_with_what_they_rest_on(bank: Board) -> None:
    page = bank.page("/stories")
    assert "Kestrian PM phoned Danish bank chief" in page and "on only one origin" in text(page)


def test_as_it_was_known_then(bank: Board) -> None:
    path = f"/stories/{bank.story()}"
    early, now = bank.page(f"{path}?at=2026-03-09T09:00"), bank.page(path)
    assert "This is what was known at" in text(early) and "Back to now" in text(early)
    assert count(early)["claims"] < count(now)["claims"]
    assert "the conversation lasted 12 minutes" in now and "the conversation lasted 12 minutes" not in early
    moments = re.findall(r'href="[^"]*\?at=([\d.]+)"', now[now.index('class="moments"') :])
    assert len(moments) > 5 and moments == sorted(moments, key=float)
    assert bank.browser.get(f"{path}?at=the day before").status_code == 422
    assert bank.browser.get(f"{path}?at={moments[0]}").status_code == 200


def test_nothing_was_known_before_the_first_report(bank: Board) -> None:
    page = bank.page(f"/stories/{bank.story()}?at=2020-01-01")
    assert count(page)["claims"] == 0 and "Kestrian PM" in page


def test_accounts_stand_side_by_side(bank: Board) -> None:
    page = bank.page(f"/stories/{bank.story()}")
    table = part(page, '<table class="accounts">', "</table>")
    assert "Henrik Aabye" in table and "Ilona Tarvel" in table and "says nothing to it" in table
    assert "What only one says" in text(page)


def test_the_line_of_time_has_both_clocks_and_a_list(bank: Board) -> None:
    page = bank.page(f"/stories/{bank.story()}")
    picture = part(page, '<svg class="line"', "</svg>")
    assert "Europe/Copenhagen" in picture and ">UTC<" in picture  # the reader's clock, and that of London in March
    assert picture.count("<use class=") == part(page, '<ol class="events">', "</ol>").count("<li>") > 10


def test_what_is_new_since_one_last_looked(reader: Reader, tmp_path: Path) -> None:
    names = list(OUT)
    board = made(f"sqlite:///{tmp_path}/new.db", reader, *(row(name) for name in names[:2]))
    path = f"/stories/{board.story()}"
    assert 'class="news"' not in board.page(path), "whoever looks for the first time has missed nothing"
    assert "Nothing is new since you last looked" in text(board.page(path))
    state = re.search(r'hx-get="([^"]*/fresh[^"]*)"', board.page(path))
    assert state is not None and board.page(html.unescape(state[1])).strip() == ""
    list(board.desk.ledger.add([Payload(row(names[2]))]))
    board.desk.ledger.read_new()
    assert "The story has changed" in board.page(html.unescape(state[1]))
    page = board.page(path)
    assert "1 new report" in text(page) and 'class="news"' in page
    board.send(f"{path}/seen")
    assert 'class="news"' not in board.page(path)
    assert 'class="news"' in board.page(f"{path}?since=2026-03-02T09:00"), "or since any moment that one names"
    board.desk.store.close()


# ---- statements, claims, actors -------------------------------------------------------------------------------------------------------


def test_a_statement_shows_the_hands_it_went_through(bridge: Board) -> None:
    page = bridge.page(f"/statements/{said(bridge, 'penge på bordet')}")
    graph = part(page, '<svg class="graph"', "</svg>")
    assert [name in graph for name in ("Karen Holt", "AP", "Ritzau", "Nordposten", "Sydposten")] == [True] * 5
    assert graph.count('<a href="/reports/') == 4, "each outlet leads to its report"
    assert "through Ritzau" in page or "the report credits ritzau" in page
    table = part(page, '<table class="passages">', "</table>")
    assert table.count("<tr data-item") >= 4


def test_quotations_stand_beside_the_first_words(bank: Board) -> None:
    found = [bank.page(f"/statements/{t.statement.id}") for t in bank.desk.ledger.statements() if len(t.statement.reports) > 2]
    quoted = [page for page in found if "Quotations, word by word" in page]
    assert quoted and any("<del>" in page or "<ins>" in page for page in quoted)
    assert any("translated" in page for page in quoted)


def test_a_claim_tells_how_it_stood_and_on_which_rows(bank: Board) -> None:
    claim = next(t.statement.claim for t in bank.desk.ledger.statements() if t.stands and t.stands.standing.value == "corroborated")
    page = bank.page(f"/claims/{claim}")
    history = part(page, '<ol class="history">', "</ol>")
    assert "single origin" in history and "corroborated" in history and "/reports/" in history
    then = re.search(r'href="(/claims/[^"]*at=[^"]*)"', history)
    assert then is not None and "This is what was known at" in text(bank.page(html.unescape(then[1])))


@pytest.mark.parametrize("kind", ["statements", "claims"])
def test_why_it_is_one_is_told_down_to_characters_and_can_be_judged(bridge: Board, kind: str) -> None:
    one = bridge.desk.ledger.statement(said(bridge, "penge på bordet")).statement
    path = f"/{kind}/{one.id if kind == 'statements' else one.claim}"
    assert f'href="{path}/why"' in bridge.page(path)
    page = bridge.page(f"{path}/why")
    assert "% likely: AP – Ritzau" in text(page) and "same speaker" in page and re.search(r"<small>\d+–\d+", page)
    if kind == "statements":
        pair = re.findall(r'name="target" value="([^"]+)"', part(page, '<div id="pairs">', "</details>"))
        judged = bridge.send("/judgements", kind="statement", verdict="different", target=pair, next=path)
        assert "different statements" in text(judged) or "is noted" in text(judged)
        undo_all(bridge)
        assert bridge.desk.ledger.statement(one.id).statement == one


def test_an_actor_has_all_they_said_and_promised(bank: Board) -> None:
    page = bank.page("/actors/Ilona%20Tarvel")
    assert "The state guarantee will be signed on Tuesday night" in page
    assert "Promises" in text(page) and '<article class="promise"' in page
    assert bank.browser.get("/actors/Nobody%20At%20All").status_code == 404


def test_an_actor_who_said_much_is_shown_in_portions(bank: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sagt.desk.board.STATEMENTS", 2)
    wanted = {t.statement.claim for t in bank.desk.ledger.statements(actor="Ilona Tarvel")}
    path, shown, pages = "/actors/Ilona%20Tarvel", [], 0
    while path:
        page = bank.page(path)
        shown += re.findall(r'<h3[^>]*><a href="/claims/(c\w+)"', page)
        older, pages = re.search(r'rel="next" href="([^"]+)"', page), pages + 1
        assert ("To the newest" in text(page)) == (pages > 1)
        path = html.unescape(older[1]) if older else ""
    assert set(shown) >= wanted and pages > 2


def test_of_two_people_who_share_a_name_one_is_chosen(reader: Reader, tmp_path: Path) -> None:
    said = {"fodboldtræner": "Vi mangler stadig to angribere", "miljøminister": "Vandet i søen indeholder for meget kvælstof"}
    rows = [
        json.dumps(
            {
                "text": f"- {words}, siger {about} Karen Holt.",
                "outlet": "Ritzau",
                "language": "da",
                "date": f"2026-03-0{day}T08:00:00+01:00",
            }
        ).encode()
        for day, (about, words) in enumerate(said.items(), 1)
    ]
    board = made(f"sqlite:///{tmp_path}/two.db", reader, *rows)
    people = {t.statement.actor for t in board.desk.ledger.statements(actor="Holt") if t.statement.actor}
    page = board.page("/actors/Holt")
    assert len(people) == 2 and "Several are called so" in text(page)
    link = re.search(r'href="(/actors/Holt\?id=[^"]*)"', page)
    assert link is not None and board.page(html.unescape(link[1])) != page
    board.desk.store.close()


# ---- due ------------------------------------------------------------------------------------------------------------------------------


def test_what_is_due_is_listed_by_what_became_of_it(bank: Board) -> None:
    page = bank.page("/due")
    assert "overdue (" in text(page) and "kept (" in text(page) and "Open questions" in text(page)
    only = bank.page("/due?outcome=kept")
    assert "overdue (" not in text(only) and "kept (" in text(only)
    assert bank.browser.get("/due?outcome=eaten").status_code == 422


@pytest.mark.parametrize("path", ["/due.ics", "/due.ics?story={story}"])
def test_the_calendar_can_be_taken_along(bank: Board, path: str) -> None:
    answer = bank.browser.get(path.format(story=bank.story()))
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.text.startswith("BEGIN:VCALENDAR\r\n") and "BEGIN:VEVENT" in answer.text


# ---- judging --------------------------------------------------------------------------------------------------------------------------


def undo_all(board: Board) -> None:
    for one in board.desk.ledger.judgements():
        board.send(f"/judgements/{one.id}/undo")


def test_a_judgement_is_made_where_one_sees_it_and_undone(bridge: Board) -> None:
    path = f"/statements/{said(bridge, 'penge på bordet')}"
    before = bridge.page(path)
    there = place(bridge, "penge på bordet", "Nordposten")
    assert f'name="target" value="{there}"' in before
    after = bridge.send("/judgements", kind="attribution", verdict="no", target=there, next=path)
    assert "is noted" in text(after) and "Nordposten" not in part(after, '<table class="passages">', "</table>")
    report = bridge.page(f"/reports/{there.removeprefix('sha256:')[:12]}")
    assert "says that this is no attribution" in text(report), "the report tells it, too, though the attribution says several things"
    mine = bridge.page("/judgements")
    assert "not an attribution" in text(mine) and 'aria-label="Undo judgement' in mine
    undo_all(bridge)
    assert "Nordposten" in bridge.page(path) and "Nobody has judged anything" in text(bridge.page("/judgements"))


def test_a_wrong_source_is_set_right(bridge: Board) -> None:
    there = place(bridge, "når jeg kører over", "Nordposten")
    report, _, attribution = there.rpartition(":")
    page = bridge.send("/judgements", kind="source", verdict="Mette Dahl", target=there, next=f"/statements/at/{report}/{attribution}")
    assert "Mette Dahl" in page and "the source is Mette Dahl" in text(page)
    assert "når jeg kører over" in bridge.page("/actors/Mette%20Dahl")
    undo_all(bridge)
    assert bridge.browser.get("/actors/Mette%20Dahl").status_code == 404


def test_two_statements_are_said_to_be_one_and_the_address_of_one_will_do(bridge: Board) -> None:
    one, other = said(bridge, "penge på bordet"), said(bridge, "når jeg kører over")
    page = bridge.send(
        "/judgements",
        kind="statement",
        verdict="same",
        target=[one, f"http://localhost/statements/{other}?at=1"],
        next=f"/statements/{one}",
    )
    assert "the same statement" in text(page) and "når jeg kører over" in page
    undo_all(bridge)
    assert said(bridge, "penge på bordet") != said(bridge, "når jeg kører over")


@pytest.mark.parametrize("verdict", ["kept", "broken", "moved"])
def test_what_became_of_a_promise_is_for_people_to_say(bank: Board, verdict: str) -> None:
    promise = next(told.statement.id for told, found in bank.desk.ledger.promises() if found.outcome.value != verdict)
    page = bank.send("/judgements", kind="promise", verdict=verdict, target=promise, next=f"/statements/{promise}")
    assert f"outcome {verdict}" in page and "said so" in text(page)
    undo_all(bank)


def test_an_answered_question_is_closed(bank: Board) -> None:
    question = next(told.statement.id for told, found in bank.desk.ledger.questions() if found is None)
    page = bank.send(
        "/judgements", kind="question", verdict="answered", target=question, note="It  was\n12 minutes", next=f"/statements/{question}"
    )
    assert "It was 12 minutes" in text(page) and "answered" in text(page)
    undo_all(bank)


def test_two_stories_are_made_one_on_the_page_and_two_again(parted: Board) -> None:
    later, story = parted.desk.ledger.stories()
    page = parted.page(f"/stories/{later.id}")
    near = part(page, 'aria-labelledby="reports"', "</section>")
    assert "May be the same story" in text(f"<main{near}") and f'name="target" value="{story.id}"' in near
    assert 'form="apart"' not in near, "the only report of a story is not taken out of it"
    page = parted.send("/judgements", kind="story", verdict="merge", target=[later.id, f"http://localhost/stories/{story.id}?at=1"],
                       next=f"/stories/{later.id}")  # fmt: skip
    assert "is noted" in text(page) and "5 reports" in text(page) and "staten betaler" in page
    answer = parted.browser.get(f"/stories/{later.id}?show=alone", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/stories/{story.id}?show=alone")
    assert "one story" in part(page, 'aria-labelledby="judged"', "</section>")
    assert later.id not in parted.page("/stories") and "one story" in text(parted.page("/judgements"))
    assert parted.page(f"/stories/{later.id}/fresh?after=1.0").count("/stories/") == 1
    undo_all(parted)
    assert parted.desk.ledger.stories() == [later, story] and "4 reports" in text(parted.page(f"/stories/{story.id}"))


def test_a_report_is_said_to_be_of_another_story_or_of_none(parted: Board) -> None:
    later, story = parted.desk.ledger.stories()
    path, first, second = f"/stories/{story.id}", *story.reports[:2]
    listed = part(parted.page(path), 'aria-labelledby="reports"', "</section>")
    assert listed.count('form="move"') == listed.count('form="apart"') == len(story.reports)
    page = parted.send("/judgements", kind="story", verdict="move", target=[first, later.id], next=path)
    assert "is noted" in text(page) and first not in page
    assert "the report is of that story" in text(parted.page(f"/stories/{later.id}"))
    page = parted.send("/judgements", kind="story", verdict="apart", target=second, next=path)
    own = next(one for one in parted.desk.ledger.stories() if one.reports == (second,))
    page = parted.page(f"/stories/{own.id}")
    assert "a story of its own" in text(page) and 'name="next" value="/judgements"' in page, "undone, the story is no more"
    assert "artiklen hører til den historie" in text(parted.page("/judgements?lang=da"))
    parted.browser.cookies.delete("lang")
    undo_all(parted)
    assert parted.desk.ledger.stories() == [later, story]


def test_a_judged_statement_that_is_no_more_leads_to_its_report(bridge: Board) -> None:
    there = place(bridge, "når jeg kører over", "Nordposten")
    report, _, attribution = there.rpartition(":")
    bridge.desk.ledger.judge("attribution", "no", [there], "Ida")
    answer = bridge.browser.get(f"/statements/at/{report}/{attribution}", follow_redirects=False)
    assert answer.status_code == 302 and answer.headers["location"].startswith("/reports/")
    undo_all(bridge)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "weather", "verdict": "no", "target": "s1"}, "no kind of judgement"),
        ({"kind": "statement", "verdict": "same", "target": "s1"}, "is of 2"),
        ({"kind": "promise", "verdict": "kept", "target": "s000000000000"}, "no statement"),
        ({"kind": "source", "verdict": "", "target": "sha256:00:a1"}, "give the name"),
        ({"kind": "story", "verdict": "merge", "target": "t000000000000"}, "is of 2"),
        ({"kind": "story", "verdict": "apart", "target": "00000000"}, "no report"),
    ],
)
def test_what_is_no_judgement_is_said(bridge: Board, fields: dict[str, str], says: str) -> None:
    token = re.search(r'name="csrf" value="([^"]*)"', bridge.page("/feeds"))
    assert token is not None
    answer = bridge.browser.post("/judgements", data=fields | {"csrf": token[1]})
    assert answer.status_code == 400 and says in text(answer.text)
    assert bridge.desk.ledger.judgements() == []


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://[", "null"])
@pytest.mark.parametrize("path", ["/judgements", "/judgements/1/undo", "/faults/retry", "/feeds", "/feeds/ask", "/feeds/drop"])
def test_nothing_is_changed_from_another_page(bridge: Board, path: str, origin: str) -> None:
    answer = bridge.browser.post(path, data={"kind": "promise", "verdict": "kept", "target": "s1", "address": "https://x.example/"},
                                 headers={"origin": origin})  # fmt: skip
    assert answer.status_code == 403


def test_a_judgement_never_leads_to_another_site(bridge: Board) -> None:
    token = re.search(r'name="csrf" value="([^"]*)"', bridge.page("/feeds"))
    fields = {
        "kind": "attribution",
        "verdict": "no",
        "target": place(bridge, "når jeg kører over", "Nordposten"),
        "next": "//elsewhere.example/",
    }
    answer = bridge.browser.post("/judgements", data=fields | {"csrf": token[1] if token else ""}, follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    undo_all(bridge)


# ---- faults, feeds --------------------------------------------------------------------------------------------------------------------


def test_what_could_not_be_read_is_listed_and_can_be_taken_out(reader: Reader, tmp_path: Path) -> None:
    board = made(f"sqlite:///{tmp_path}/faults.db", reader, b'{"text": 3')
    page = board.page("/faults")
    link = re.search(r'href="(/faults/[0-9a-f]+)"', page)
    assert link is not None and "What to do" in text(page)
    answer = board.browser.get(link[1])
    assert answer.content == b'{"text": 3' and "attachment" in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "application/octet-stream" and answer.headers["x-content-type-options"] == "nosniff"
    assert "None of it can be read yet" in text(board.send("/faults/retry"))
    assert board.browser.get("/faults/000000000000").status_code == 404
    board.desk.store.close()


def test_what_could_not_be_read_or_linked_by_a_fault_of_ours_is_listed(reader: Reader, tmp_path: Path) -> None:
    board = made(f"sqlite:///{tmp_path}/failed.db", reader, row("ap"))
    store = board.desk.store
    assert "Everything that came in could be read" in text(board.page("/faults"))
    (ap,) = store.reports()
    failed = Reading(ap.report, (), faults=(Fault("could not be read: KeyError: '<b>what'", ours=True),))
    store.put_readings([(ap.seq, failed)], "another version")
    page = board.page("/faults")
    assert "could not be read: KeyError: &#39;&lt;b&gt;what&#39;" in page and "Everything that came in" not in page
    link = re.search(r'<th scope="row"><a href="(/reports/[0-9a-f]+)"', page)
    assert link is not None and "could not be read: KeyError" in text(board.page(link[1]))
    assert "kunne ikke læses: KeyError" in text(board.browser.get("/faults", headers={"accept-language": "da"}).text)
    store.close()


def test_feeds_are_watched_asked_again_and_let_go(bridge: Board) -> None:
    store = bridge.desk.store
    store.put_source(
        Source("https://ill.example/feed", "feed", "2026-03-01T00:00:00+00:00", 600, title="Ill", failures=5, problem="it answers 500")
    )
    page = bridge.page("/feeds")
    assert "failing" in text(page) and "it answers 500" in text(page)
    bridge.send("/feeds/ask", address="https://ill.example/feed")
    assert [one.failures for one in store.sources()] == [0]
    page = bridge.send("/feeds", address="https://well.example/rss", title="Well & good", outlet="Well")
    assert "Well &amp; good" in page
    opml = bridge.browser.get("/feeds.opml")
    assert opml.text.count("xmlUrl=") == 2 and 'xmlUrl="https://well.example/rss"' in opml.text
    for one in store.sources():
        bridge.send("/feeds/drop", address=one.address)
    assert "Nothing is watched yet" in text(bridge.page("/feeds"))


@pytest.mark.parametrize("address", ["/etc", "ritzau", "ftp://x.example/feed", "https://user:secret@x.example/feed"])
def test_only_feeds_are_watched_by_the_page(bridge: Board, address: str) -> None:
    token = re.search(r'name="csrf" value="([^"]*)"', bridge.page("/feeds"))
    answer = bridge.browser.post("/feeds", data={"csrf": token[1] if token else "", "address": address})
    assert (
        answer.status_code == 400 and "secret" not in re.sub("put the secret", "", text(answer.text)) and bridge.desk.store.sources() == []
    )


# ---- all pages ------------------------------------------------------------------------------------------------------------------------


def paths(board: Board) -> list[str]:
    told = next(t for t in board.desk.ledger.statements() if t.statement.actor)
    return ["/stories", f"/stories/{board.story()}", f"/statements/{told.statement.id}", f"/claims/{told.statement.claim}",
            f"/actors/{told.statement.actor.name if told.statement.actor else ''}", "/due", "/faults", "/feeds", "/judgements"]  # fmt: skip


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_phrase_is_there_in_both_languages(bank: Board, language: str) -> None:
    """A key without a phrase is shown as it stands: none is to be seen."""
    for path in paths(bank):
        page = bank.page(f"{path}?lang={language}")
        assert not re.findall(
            r"(?<![\w./@-])(?:story|stories|claim|tally|stance|outcome|due|graph|sign|quotation|fidelity|why|actor|judge|faults|feeds|health|question|standing|acts)\.[a-z_]+(?![\w.])",
            text(page),
        ), path
    bank.browser.cookies.delete("lang")


def test_what_a_report_says_is_never_code(reader: Reader, tmp_path: Path) -> None:
    evil = '<script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="x'
    words = (
        f"- {evil} lover jeg at betale tilbage på fredag, siger borgmester Karen <i>Holt</i>.\n\n"
        "Det står ikke klart, hvor mange <b>biler</b> der kører over broen."
    )
    record = {"language": "da", "title": evil, "text": words, "outlet": 'Ond & "<b>Avis</b>"', "url": "javascript:alert(3)"}
    rows = [json.dumps(record | {"id": f"evil{n}", "date": f"2026-03-0{n}T10:00:00+01:00"}).encode() for n in (2, 3)]
    board = made(f"sqlite:///{tmp_path}/evil.db", reader, *rows)
    for path in [*paths(board), "/actors/" + evil.replace("/", "%2F")]:
        page = board.browser.get(path).text
        tree = markup.fromstring(page)
        assert all(str(one.get("src", "")).startswith("/static/") for one in tree.iter("script", "img")), path
        assert not [name for one in tree.iter() for name in one.attrib if str(name).startswith("on") or name == "style"], path
        assert not [one for one in tree.iter("a", "form") if "script:" in one.get("href", one.get("action", ""))], path
        assert not [one for one in tree.iter("b", "i") if one.text in ("Avis", "Holt", "biler")], path
    board.desk.store.close()


@pytest.mark.parametrize(
    "path",
    ["/stories/t000000000000", "/statements/s000000000000", "/claims/c000000000000", "/stories?after=x", "/statements/at/00000000/a1"],
)
def test_what_is_not_there_is_said_without_a_traceback(bridge: Board, path: str) -> None:
    answer = bridge.browser.get(path)
    assert answer.status_code in (404, 422) and "Traceback" not in answer.text and "<main" in answer.text
