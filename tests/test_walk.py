"""A walk through the desk as an editor takes it: every page from links, every correction made and undone, by mouse and by keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from browser import fits, looking, served
from playwright.sync_api import Browser, Locator, Page
from press import OUT, row

from sagt import Reader
from sagt.desk import phrases
from sagt.export import reasons
from sagt.ledger import Ledger, Payload
from sagt.store import Source, Store

ROOT = Path(__file__).parents[1]
#: A closed bridge: promises that are kept and broken, a correction, what is not known.
STORY = json.loads((ROOT / "evaluation" / "press" / "d02.json").read_text("utf-8"))["reports"]
AGAIN = {
    "date": "2026-03-02T13:10:00+01:00", "title": "Rettelse: Havnebroen åbner til jul",
    "text": OUT["ritzau"]["text"].replace("elleve", "tolv") + "\n\nHvem der betaler, vides ikke.",
}  # fmt: skip
#: Each kind of page, and what is asked of it beyond its path.
KINDS = {
    "/", "/?view=ticker", "/reports/…", "/reports/…/payload", "/stories", "/stories/…", "/statements/…", "/statements/…/why", "/claims/…",
    "/claims/…/why", "/actors/…", "/due", "/faults", "/feeds", "/judgements", "/keys", "/view", "/account", "/users", "/audit", "/api/docs",
}  # fmt: skip
#: What links lead to that is no page, but a file.
FILE = re.compile(r"^/(export/|feed\.atom|due\.ics|feeds\.opml|faults/\w|reports/\w+/payload/download|api/v1/|api/openapi)")
#: Pages of one kind that a walk opens.
SOME = 2
#: What a page says in words of its own: not what is quoted, nor what is marked as another language's.
OWN_WORDS = """code => {
  const page = document.body.cloneNode(true);
  page.querySelectorAll("[lang]:not([lang=''])").forEach(one => { if (one.lang !== code) one.remove(); });
  page.querySelectorAll("q, .text, .record, .envelope, pre, dialog").forEach(one => one.remove());
  return page.innerText;
}"""
#: What a page tells, without the notice of what was just judged.
BUT_JUDGING = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll(".done").forEach(one => one.remove());
  return main.textContent;
}"""
HURT = "document.body.dataset.hurt = 1"
EVIL = f'<script>{HURT}</script>"><img src=x onerror="{HURT}"><svg onload="{HURT}"> \u202edrow\u2066 \x07'
HUGE = "Aabc" * 2500


def filled(address: str, reader: Reader, *rows: bytes) -> None:
    with Store(address) as store:
        ledger = Ledger(store, lambda: reader)
        list(ledger.add(map(Payload, rows)))
        ledger.read_new()
        store.put_source(Source("https://nordposten.example/rss", "feed", "2026-03-02T08:00:00+00:00", 300, title="Nordposten"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Iterator[tuple[str, str]]:
    """The address of a desk, and of its store: the press of two bridges, a correction, and something that can't be read."""
    store = f"sqlite:///{tmp_path_factory.mktemp('walk')}/press.db"
    told = (
        json.dumps(
            {"id": r["id"], "outlet": r["outlet"], "date": r["published"], "language": r["language"], "title": r["title"] or "",
             "text": r["text"], "url": r["url"]}, ensure_ascii=False,
        ).encode()
        for r in STORY
    )  # fmt: skip
    filled(store, reader, *map(row, OUT), row("ritzau", **AGAIN), *told, b'{"text": 3')
    with served(store) as address:
        yield address, store


@pytest.fixture
def page(chromium: Browser, desk: tuple[str, str]) -> Iterator[Page]:
    with looking(chromium, desk[0], viewport={"width": 1280, "height": 900}) as found:
        yield found


# ---- every page -----------------------------------------------------------------------------------------------------------------------


def kind(href: str) -> str:
    """The kind of page that an address is one of."""
    parts = urlsplit(href)
    path = re.sub(r"^/(reports|stories|statements|claims|actors)/(?:at/)?[^/]+(?:/[^/]+(?=$))?(?<!/why)(?<!/payload)", r"/\1/…", parts.path)
    path = re.sub(r"^/(reports|statements|claims)/[^/…]+/(why|payload)$", r"/\1/…/\2", path)
    return path + ("?view=ticker" if path == "/" and "view=ticker" in parts.query else "")


def walk(page: Page, start: str = "/") -> Iterator[str]:
    """Open what links lead to, some of each kind."""
    waiting, seen, opened = [start], {start}, dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        if opened.get(kind(path), 0) >= SOME:
            continue
        opened[kind(path)] = opened.get(kind(path), 0) + 1
        answer = page.goto(path)
        assert answer and answer.status == 200, path
        yield path
        for href in page.eval_on_selector_all("a[href]", "all => all.map(a => new URL(a.getAttribute('href'), document.baseURI).href)"):
            assert not href.lower().startswith("javascript"), (path, href)
            there = urlsplit(href)
            to = there.path + (f"?{there.query}" if there.query else "")
            if f"{there.scheme}://{there.netloc}" == origin(page) and to not in seen and "lang=" not in there.query:
                seen.add(to)
                waiting.append(to)
                if FILE.match(to):
                    waiting.remove(to)


def origin(page: Page) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(page.url))


@pytest.fixture(scope="module")
def paths(chromium: Browser, desk: tuple[str, str]) -> list[str]:
    """A page or two of each kind, found by following links; nothing was said on the console, nobody else was asked for anything."""
    with looking(chromium, desk[0], viewport={"width": 1280, "height": 900}) as page:
        return list(walk(page))


def test_links_lead_to_every_page(paths: list[str]) -> None:
    assert {kind(path) for path in paths} >= KINDS


def test_every_page_is_without_barriers_and_as_wide_as_the_window(page: Page, paths: list[str]) -> None:
    axe = Axe()
    for path in paths:
        page.goto(path)
        for light in ("light", "dark"):
            page.emulate_media(color_scheme=light)
            for width in (360, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                assert fits(page), (path, width)
                found = axe.run(page, options={"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}})
                assert not found.violations_count, (path, light, width, found.generate_report())


def test_danish_pages_are_danish_and_english_ones_english(chromium: Browser, desk: tuple[str, str], paths: list[str]) -> None:
    because = [(f"{kind}: {form.key}", form) for kind, table in reasons.forms().items() for form in table]
    words = {code: phrases.phrases(code) | {key: form.of(code) for key, form in because} for code in phrases.LANGUAGES}
    for code, other, locale in (("da", "en", "da-DK"), ("en", "da", "en-GB")):
        # Whole phrases of the other language, where no name or title may chance to be one.
        strange = {said for key, said in words[other].items() if words[code].get(key) != said}
        alien = [said for said in strange if " " in said.strip() and "{" not in said and len(said) > 9]
        with looking(chromium, desk[0], locale=locale) as page:
            for path in paths:
                if kind(path) == "/api/docs":
                    continue
                page.goto(path)
                assert page.locator("html").get_attribute("lang") == code
                text = page.evaluate(OWN_WORDS, code)
                assert not [said for said in alien if said in text], path


def test_every_page_can_be_read_without_script(chromium: Browser, desk: tuple[str, str], paths: list[str]) -> None:
    with looking(chromium, desk[0]) as scripted, looking(chromium, desk[0], java_script_enabled=False) as page:
        for path in paths:
            scripted.goto(path)
            page.goto(path)
            assert page.locator("main").inner_text() == scripted.locator("main").inner_text(), path


def test_two_looks_show_what_rests_on_one_origin_alone(page: Page) -> None:
    """What a newcomer does: opens the desk, chooses the story of the first report."""
    page.goto("/")
    page.locator(".item a.story").first.click()
    alone = page.locator(".tally .alone")
    assert "rest on only one origin" in alone.inner_text() and int(alone.locator("b").inner_text()) > 0
    bottom = alone.bounding_box()
    assert page.locator("article.claim.alone").count() == int(alone.locator("b").inner_text())
    assert page.locator("article.claim.alone .stands:is(.corroborated, .several)").count() == 0
    assert bottom and bottom["y"] + bottom["height"] < 900  # in the window without scrolling


# ---- pictures for the docs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wire", "story"])
def test_pictures_for_the_docs(chromium: Browser, desk: tuple[str, str], name: str, tmp_path: Path) -> None:
    """Made anew where SAGT_SCREENSHOTS=1 is set; else only that they can be."""
    folder = ROOT / "docs" if os.environ.get("SAGT_SCREENSHOTS") else tmp_path
    with looking(chromium, desk[0], viewport={"width": 1280, "height": 860}, color_scheme="light") as page:
        page.goto("/")
        if name == "story":
            board(page)
        picture = page.screenshot(path=folder / f"desk-{name}.png")
    assert 20_000 < len(picture) < 200_000


# ---- correcting ------------------------------------------------------------------------------------------------------------------------


def told(page: Page) -> str:
    """What a page tells, without what it says of judging."""
    return str(page.evaluate(BUT_JUDGING))


def undo(page: Page) -> None:
    """By the button beside the notice of what was just judged."""
    page.locator(".notice.done button").click()
    page.locator(".notice.done").wait_for()
    assert "undone" in page.url


def report(page: Page, outlet: str) -> None:
    page.goto(f"/?outlet={outlet}")
    page.locator(".item h2 a").first.click()
    page.locator("mark").first.wait_for()


def mending(page: Page, number: int) -> Locator:
    """The card of an attribution, with what can be corrected of it."""
    page.locator(f"mark.l{number}").first.click()
    card = page.locator(f".card.k{number}")
    card.locator(".mend summary").click()
    return card


def take_back(page: Page, number: int) -> None:
    """Undo what was judged of an attribution."""
    page.locator(f"mark.l{number}").first.click()
    page.locator(f".card.k{number} .judged button").click()
    page.wait_for_load_state()


def test_what_is_no_attribution_is_said_and_taken_back(page: Page) -> None:
    report(page, "Nordposten")
    before = told(page)
    card = mending(page, 2)
    card.get_by_role("button", name="Not an attribution").click()
    page.locator(".judged").first.wait_for()
    assert "this is no attribution" in told(page)
    take_back(page, 2)
    assert told(page) == before


def test_a_wrong_source_is_set_right_and_back(page: Page) -> None:
    report(page, "Nordposten")
    before = told(page)
    card = mending(page, 3)
    card.locator("input[name=verdict]:not([type=hidden])").fill("Jens Krogh")
    card.get_by_role("button", name="Change source").click()
    page.locator(".judged").first.wait_for()
    assert "Jens Krogh" in told(page)
    page.goto("/actors/Jens%20Krogh")
    assert page.locator(".course").count() == 1
    page.go_back()
    take_back(page, 3)
    assert told(page) == before


def board(page: Page) -> None:
    """The board of the story with most reports."""
    page.goto("/stories")
    items = page.locator(".item")
    sizes = [int(found[1]) if (found := re.search(r"(\d+) reports", words)) else 1 for words in items.all_inner_texts()]
    items.nth(sizes.index(max(sizes))).locator("h2 a").click()
    page.locator("article.claim").first.wait_for()


def test_two_statements_are_made_one_and_two_again(page: Page) -> None:
    board(page)
    links = page.locator("article.claim h3 a").evaluate_all("all => all.map(a => a.href)")
    for link in links:
        page.goto(link)
        page.locator(".says .saying a").first.click()
        if page.locator("section[aria-labelledby=near] form button").count() > 1:
            break
    before, address = told(page), page.url
    page.locator("section[aria-labelledby=near] li form button").first.click()
    page.locator(".notice.done").wait_for()
    assert told(page) != before and page.locator("section[aria-labelledby=judged] li").count() == 1
    undo(page)
    page.goto(address)  # the two were the page of whichever came first
    assert told(page) == before


def test_a_statement_is_parted_and_joined_again(page: Page) -> None:
    page.goto("/actors/Karen%20Holt")
    page.locator(".course", has_text="4 reports").get_by_role("link", name="Statement").first.click()
    before, address = told(page), page.url
    page.get_by_role("link", name="Show what was compared").click()
    pairs = page.locator("#pairs li")
    pairs.first.wait_for()
    pairs.last.locator("summary").click()
    pairs.last.get_by_role("button").click()
    page.locator(".notice.done").wait_for()
    undo(page)
    page.goto(address)
    assert told(page) == before


@pytest.mark.parametrize(("verdict", "word"), [("Kept", "kept"), ("Broken", "broken"), ("Moved", "moved")])
def test_what_became_of_a_promise_is_said_and_taken_back(page: Page, verdict: str, word: str) -> None:
    page.goto("/due")
    promise = page.locator("article.promise", has_text="open again before Christmas")
    before = told(page)
    assert word not in promise.locator(".outcome").inner_text()
    promise.get_by_role("button", name=verdict, exact=True).click()
    page.locator(".notice.done").wait_for()
    assert word in promise.locator(".outcome").inner_text()
    undo(page)
    assert told(page) == before


def test_a_question_is_answered_and_open_again(page: Page) -> None:
    page.goto("/due")
    before = told(page)
    question = page.locator("section[aria-labelledby=questions] article", has_text="Hvem der betaler")
    assert "open" in question.locator(".outcome").inner_text()
    question.get_by_role("button", name="Answered").click()
    page.locator(".notice.done").wait_for()
    assert "answered" in question.locator(".outcome").inner_text()
    undo(page)
    assert told(page) == before


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_a_story_is_parted_and_merged_and_as_it_was_again(chromium: Browser, desk: tuple[str, str], script: bool) -> None:
    with looking(chromium, desk[0], java_script_enabled=script) as page:
        board(page)
        reports, address = page.locator("section[aria-labelledby=reports] .of li"), page.url
        before, count = reports.all_inner_texts(), reports.count()
        title = reports.first.locator("a").first.inner_text()
        reports.first.get_by_role("button", name="Not of this story").click()
        page.locator(".notice.done").wait_for()
        assert page.url.startswith(address) and reports.count() == count - 1
        own = page.locator("section[aria-labelledby=reports] .says li", has_text=title)
        own.get_by_role("button", name="Merge").click()
        page.locator(".notice.done").wait_for()
        assert reports.all_inner_texts() == before
        undo(page)
        page.goto("/judgements")
        page.locator(".judgements button").click()
        page.goto(address)
        other = page.locator("#near-stories option").first.get_attribute("value")
        reports.nth(1).locator("input").check()
        page.locator("#into").fill(f"{origin(page)}/stories/{other}")
        page.get_by_role("button", name="Move", exact=True).click()
        page.locator(".notice.done").wait_for()
        assert reports.count() == count - 1
        undo(page)
        assert reports.all_inner_texts() == before


def test_judgements_are_listed_and_undone_in_their_list(page: Page) -> None:
    page.goto("/due")
    page.locator("article.promise").first.get_by_role("button", name="Kept", exact=True).click()
    page.locator("footer").get_by_role("link", name="Judgements").click()
    assert page.locator(".judgements li[data-item]").count() == 1
    page.locator(".judgements button").click()
    page.wait_for_load_state()
    assert page.locator(".judgements li[data-item]").count() == 0


# ---- live, keys ------------------------------------------------------------------------------------------------------------------------


def test_what_another_process_adds_is_announced_within_two_seconds(page: Page, desk: tuple[str, str], tmp_path: Path) -> None:
    page.goto("/")
    page.wait_for_timeout(1000)  # until the line to the desk stands
    first = page.locator(".item").first.bounding_box()
    (tmp_path / "late.txt").write_text("Broen åbner fredag, siger Karen Holt.", "utf-8")
    command = [sys.executable, "-m", "sagt", "add", "--no-read", "--outlet", "Østposten", "--db", desk[1], str(tmp_path / "late.txt")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    page.locator("a.fresh").wait_for(timeout=2000)
    assert page.locator(".item").first.bounding_box() == first
    page.locator("a.fresh").click()
    page.locator(".item", has_text="Østposten").wait_for()


def pressed(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_walk_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/")
    pressed(page, "Tab", "Enter")  # past what every page begins with
    assert page.evaluate("document.activeElement.id") == "main"
    pressed(page, "j", "j", "k", "j", "Enter")
    page.locator("mark").first.wait_for()
    seen: list[str] = []
    for _ in range(60):
        pressed(page, "Tab")
        if page.evaluate("document.activeElement.matches('mark')"):
            seen += [card.inner_text() for card in page.locator(".card").all() if card.is_visible()]
    assert len(set(seen)) == page.locator(".card").count() > 2
    pressed(page, "g", "s")
    page.wait_for_url("**/stories")
    pressed(page, "j", "Enter")
    page.locator("article.claim").first.wait_for()
    pressed(page, "j", "Enter")
    page.wait_for_url("**/claims/*")
    pressed(page, "?")
    page.locator("dialog#keys kbd").first.wait_for()
    pressed(page, "Escape", "/")
    page.keyboard.type("imponeret")
    pressed(page, "Enter")
    page.wait_for_url("**/?q=imponeret")
    assert page.locator(".item").count() == 1
    page.goto("/due")
    pressed(page, "j", "Tab", "Enter")  # from what was promised to the first thing that can be said of it
    page.locator(".notice.done").wait_for()
    undo(page)


# ---- what means harm --------------------------------------------------------------------------------------------------------------------


def test_a_report_that_means_harm_does_none_on_any_page(chromium: Browser, reader: Reader, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/evil.db"
    text = (
        f"{EVIL}\n\n- Broen åbner {EVIL} fredag, siger borgmester {HUGE}.\n\n- Broen lukker ikke, lover Karen Holt til {HUGE}."
        f"\n\nHvem der betaler {EVIL}, vides ikke."
    )
    evil = {"title": EVIL + HUGE, "outlet": EVIL + HUGE, "url": f"javascript:{HURT}"}
    rows = [
        row("nordposten", **evil, text=text, id=EVIL),
        row("nordposten", **evil, text=text + "\n\nMere.", id=EVIL),
        row("ap", text=text),
    ]
    filled(store, reader, *rows, f'{{"text": "{EVIL}'.encode())
    with Store(store) as opened:
        opened.put_source(Source(f"https://evil.example/{EVIL}", "feed", "2026-03-02T08:00:00+00:00", 300, title=EVIL + HUGE))
    with served(store) as address, looking(chromium, address, viewport={"width": 360, "height": 800}) as page:
        met = set()
        for path in walk(page):
            met.add(kind(path))
            assert page.evaluate("document.body.dataset.hurt") is None, path
            assert fits(page), path
    assert met >= {
        "/",
        "/?view=ticker",
        "/reports/…",
        "/reports/…/payload",
        "/stories/…",
        "/claims/…",
        "/actors/…",
        "/due",
        "/faults",
        "/feeds",
    }
