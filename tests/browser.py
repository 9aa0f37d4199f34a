"""What tests in a browser share: Debian's Chromium, a desk that is served, and pages on which nothing unasked happens."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "the desk is tested in Chromium, and there is none: apt-get install chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(store: str) -> Iterator[str]:
    """Where `sagt serve` serves the store at an address, in a process of its own."""
    command = [sys.executable, "-m", "sagt", "serve", "--port", "0", "--db", store]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert found
    try:
        yield found[0]
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def looking(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page of a desk. Whatever it says on the console, asks of others or lets pop up fails the test."""
    context = browser.new_context(**{"base_url": address, "locale": "en-GB", "timezone_id": "Europe/Copenhagen", **options})
    context.set_default_timeout(10_000)
    page = context.new_page()
    wrong: list[str] = []

    def alarmed(dialog: Dialog) -> None:
        wrong.append(f"{page.url}: {dialog.message}")
        dialog.dismiss()

    page.on("console", lambda said: wrong.append(f"{page.url}: {said.text}"))
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("dialog", alarmed)
    page.on("request", lambda asked: None if asked.url.startswith(address) else wrong.append(asked.url))
    try:
        yield page
    finally:
        context.close()
    assert not wrong


def fits(page: Page) -> bool:
    """Whether one need not scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
