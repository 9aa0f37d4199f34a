"""The desk in a browser: keys, cards, news that moves nothing, and nothing said on the console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import fits, looking, served
from playwright.sync_api import Browser, Page
from press import OUT, row

from sagt import Reader
from sagt.ledger import Ledger, Payload
from sagt.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path_factory.mktemp('browser')}/press.db") as opened:
        ledger = Ledger(opened, lambda: reader)
        list(ledger.add(Payload(row(name)) for name in OUT))
        ledger.read_new()
        yield opened


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    """Where `sagt serve` serves that store."""
    with served(store.address) as found:
        yield found


@pytest.fixture(params=[360, 1280])
def page(chromium: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page at two widths; whatever it says on the console, or asks of others, fails the test."""
    with looking(chromium, address, viewport={"width": request.param, "height": 800}, timezone_id="America/Chicago") as found:
        yield found


def in_focus(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent"))


def test_keys_walk_the_wire_and_open_a_report(page: Page) -> None:
    page.goto("/")
    titles = page.locator(".item h2 a").all_text_contents()
    page.keyboard.press("j")
    assert in_focus(page) == titles[0]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert in_focus(page) == titles[1]
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/*")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/")


def test_slash_searches_and_question_mark_shows_the_keys(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    dialog = page.locator("dialog#keys")
    dialog.locator("kbd").first.wait_for()
    assert "the next item" in dialog.inner_text()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.keyboard.press("/")
    page.keyboard.type("fisker")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=fisker")
    assert page.locator(".item").count() == 1


def report(page: Page) -> None:
    page.goto("/?outlet=Nordposten")
    page.locator(".item h2 a").first.click()
    page.locator("mark").first.wait_for()


def test_a_marked_passage_shows_its_card_by_pointing_by_tapping_and_by_keys(page: Page) -> None:
    report(page)
    card = page.locator(".card.k1")
    assert not card.is_visible()
    page.locator("mark.l1").first.hover()
    assert card.is_visible() and "Karen Holt" in card.inner_text() and "Passed on by" in card.inner_text()
    page.mouse.move(1, 1)
    assert not card.is_visible()
    page.locator("mark.l1").first.click()
    page.mouse.move(1, 1)
    assert card.is_visible()
    page.keyboard.press("Escape")
    assert not card.is_visible()
    page.locator("mark.l2[tabindex='0']").focus()
    assert page.locator(".card.k2").is_visible()


def test_the_card_stays_open_while_it_is_used(page: Page) -> None:
    report(page)
    page.locator("mark.l1").first.click()
    page.locator(".card.k1 .mend summary").click()
    field = page.locator(".card.k1 input[name=verdict]:not([type=hidden])")
    field.fill("Karen Holm")
    page.mouse.move(1, 1)
    assert page.locator(".card.k1").is_visible() and field.input_value() == "Karen Holm"


def test_news_is_announced_within_two_seconds_and_moves_nothing(page: Page, store: Store) -> None:
    page.goto("/")
    page.wait_for_timeout(1000)  # until the line to the desk stands
    before = page.locator(".item").first.bounding_box()
    number = len(store.reports())
    list(Ledger(store).add([Payload(row("sydposten", id=f"late-{number}", url=f"https://late.example/{number}", title=f"Late {number}"))]))
    page.locator("a.fresh").wait_for(timeout=2000)
    assert page.locator(".item").first.bounding_box() == before
    page.locator("a.fresh").click()
    page.get_by_text(f"Late {number}", exact=True).wait_for()


def test_the_clock_is_the_readers_from_the_second_page_on(page: Page) -> None:
    page.goto("/?outlet=Nordposten")
    page.reload()
    assert "2 Mar 2026 03:30" in page.locator(".item .credits").first.inner_text()


def test_no_page_is_wider_than_the_window(page: Page) -> None:
    for path in ("/", "/?view=ticker", "/?q=havnebroen&actor=Holt", "/keys", "/view"):
        page.goto(path)
        assert fits(page), path


def test_all_can_be_read_without_script(chromium: Browser, address: str) -> None:
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?outlet=Nordposten")
    page.locator(".item h2 a").first.click()
    page.locator("mark.l1").first.hover()
    assert page.locator(".card.k1").is_visible()
    page.locator("footer a", has_text="Keys").click()
    assert "the next item" in page.inner_text("main")
    context.close()


def test_it_prints_without_what_is_for_the_screen(page: Page, tmp_path: Path) -> None:
    report(page)
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible() and not page.locator(".cards").is_visible()
    assert page.locator(".text").is_visible() and page.locator(".list").is_visible()
