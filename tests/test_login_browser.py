"""From no accounts to a staff, in a browser: by keys and forms, at two widths, in two languages, with nothing said on the console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import fits, looking, served
from door import WORD
from playwright.sync_api import Browser, Page


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

    page.keyboard.type("Ada Lund")  # the name has the focus
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
