"""The door and the staff's pages in a browser: by keys and forms, at two widths, in two lights and languages, with nothing said on the
console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from browser import fits, looking, served
from door import WORD, hire
from playwright.sync_api import Browser, Page

from sagt.store import Store


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where `sagt serve` serves an empty store."""
    with served(f"sqlite:///{tmp_path}/desk.db") as found:
        yield found


@pytest.fixture(params=[(360, "da-DK", "dark"), (1280, "en-GB", "light")], ids=["narrow", "wide"])
def page(chromium: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, locale, light = request.param
    with looking(chromium, address, viewport={"width": width, "height": 800}, locale=locale, color_scheme=light) as found:
        yield found


def test_from_no_accounts_to_a_staff(page: Page) -> None:
    page.goto("/account")
    page.click("main a[href='/users']")
    page.fill("#name", "Ada Lund")
    page.fill("#password", WORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/login**")  # the role was set to admin for the first

    page.locator("input[name=name]:focus").wait_for()
    page.keyboard.type("Ada Lund")
    page.keyboard.press("Tab")
    page.keyboard.type(WORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/users")
    assert fits(page)
    page.fill("#name", "Rosa")
    page.fill("#password", WORD)
    page.press("#password", "Enter")
    assert page.locator("tbody tr").all_text_contents()[1].split()[0] == "Rosa" and fits(page)

    page.goto("/account")
    page.fill("#label", "archive")
    page.press("#label", "Enter")
    raw = page.locator("[role=status] code").text_content()
    assert raw and re.fullmatch(r"sagt_[\w-]{43}", raw) and fits(page)
    page.goto("/audit")
    assert page.locator("tbody tr").count() == 4 and fits(page)
    page.goto("/account")
    page.click("form[action='/logout'] button")
    page.wait_for_url("**/login")
    page.goto("/account")
    assert "/login" in page.url


# ---- a staff --------------------------------------------------------------------------------------------------------------------------


def send(page: Page, path: str, button: str, **fields: str) -> None:
    """Fill in a form of a page, and press its button, in whatever language."""
    page.goto(path)
    for name, value in fields.items():
        page.fill(f"{button.split(' button')[0]} [name={name}]", value)
    page.click(button)
    page.wait_for_load_state()


def without_barriers(page: Page, name: str) -> None:
    """No violation that axe knows of and no sideways scrolling, narrow and wide, in both lights."""
    for light in ("light", "dark"):
        page.emulate_media(color_scheme=light)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert fits(page), (name, width)
            found = Axe().run(page, options={"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}})
            assert not found.violations_count, (name, light, width, found.generate_report())


@pytest.mark.parametrize("locale", ["da-DK", "en-GB"])
def test_the_door_and_the_staffs_pages_are_without_barriers(chromium: Browser, tmp_path: Path, locale: str) -> None:
    """Also where a form comes back with what is wrong in it, on which a browser must report no failure."""
    store = f"sqlite:///{tmp_path}/staff.db"
    with Store(store) as opened:
        hire(opened)
    with served(store) as address, looking(chromium, address, locale=locale) as page:
        page.goto("/login")
        without_barriers(page, "the door")
        login = "form[action='/login']"
        send(page, "/login", f"{login} button", name="Ada Lund", password="wrong password")
        assert page.locator("[role=alert]").is_visible() and page.input_value("#name") == "Ada Lund"
        without_barriers(page, "a wrong password")
        send(page, "/login", f"{login} button", name="Ada Lund", password=WORD)

        make = "form[action='/account/tokens']"
        send(page, "/account", f"{make} button", label="archive")
        without_barriers(page, "a new token")
        change = "form[action='/account/password']"
        send(page, "/account", f"{change} button", old="wrong password", new=WORD, again=WORD)
        assert page.locator("[role=alert]").is_visible()
        without_barriers(page, "an old password that is wrong")

        send(page, "/users", "form[action='/users/Rosa/disable'] button")
        add = "form[action='/users']"
        send(page, "/users", f"{add} button", name="Erik", password=WORD)
        assert page.locator("[role=alert]").is_visible() and page.locator("tbody em").count() == 1
        page.locator("details summary").first.click()
        without_barriers(page, "the accounts")

        page.goto("/audit")
        told = page.locator("tbody tr").all_inner_texts()
        words = ("lukkede kontoen", "lavede en nøgle, der må læse", "loggede ind", "kunne ikke logge ind")
        english = ("disabled the account", "made a token that may read", "logged in", "failed to log in")
        assert len(told) == 4 and all(word in row for word, row in zip(words if locale == "da-DK" else english, told, strict=True))
        without_barriers(page, "the log")
        page.goto("/audit?who=nobody")
        without_barriers(page, "an empty log")
