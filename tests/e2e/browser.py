"""A real Chromium for tests, and what every page is held to."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.support.patience import PATIENCE

FLAGS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; where it is there, the build without a window.

    It draws the same pages with two thirds of the work: no pages of the browser's own.
    """
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert found, "install chromium-headless-shell"
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield made
        made.close()


def watch(page: Page) -> list[str]:
    """Return a list that fills with what the page complains about or loads from elsewhere."""
    page.set_default_timeout(WAIT)
    complaints: list[str] = []
    own = "http://127.0.0.1", "data:", "http://localhost"

    def complain(message: object) -> None:
        text = getattr(message, "text", "")
        # The browser reports a page answered with 4xx here too; tests ask for some on purpose.
        if getattr(message, "type", "") == "error" and "Failed to load resource" not in text:
            complaints.append(text)

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(own) else complaints.append(asked.url),
    )
    return complaints


def _violations(page: Page) -> list[dict[str, Any]]:
    page.eval_on_selector_all("details", "nodes => nodes.forEach(n => n.open = true)")
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return found


def is_readable(page: Page) -> None:
    """Hold a page to axe (nothing serious), one h1, a language, and no sideways scrolling."""
    try:
        found = _violations(page)
    except Error:
        # The page was replaced while it was read: a click had not led to the next one yet.
        page.wait_for_load_state()
        found = _violations(page)
    bad = [
        (v["id"], v["nodes"][0]["html"][:160])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert not bad, (page.url, bad)
    is_laid_out(page)


def is_laid_out(page: Page) -> None:
    """Hold a page to one h1, a title, and no sideways scrolling: a tenth of the time of axe."""
    page.wait_for_load_state()
    assert page.locator("h1").count() == 1, page.url
    assert page.locator("main").count() == 1, page.url
    assert page.title().strip(" -"), page.url
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, (page.url, wide)


TAPS = 40
WAIT = PATIENCE * 1000
"""Milliseconds a journey waits for what must come."""


def answer_everything(page, *, check=lambda page: None) -> int:
    """Tap the first answer of every question; returns how many there were."""
    asked = 0
    while "/ask/" in page.url and asked < TAPS:
        check(page)
        asked += 1
        if page.locator("input[type=checkbox]").count():
            page.locator(".choices label").first.click()
            page.locator("button.big").click()
        else:
            page.locator(".choices button").first.click()
    return asked
