"""A real Chromium for tests, and what every page is held to."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from tests.support.patience import PATIENCE

if TYPE_CHECKING:
    from playwright._impl._api_structures import SetCookieParam

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
    own = "http://127.0.0.1", "data:", "http://localhost", "file:"

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


# Four fifths of what axe takes goes into contrast, which it works out anew for every letter shown,
# and half of the rest into whether a link stands out of its text without its colour. Elements that
# look alike (same place in the structure, same colours and size, same state) are one kind; of each,
# the one with the most letters is judged, once a run. Kinds that axe could not decide on are asked
# about again on the next page. Returns the kinds judged, and (rule, element) of what is too faint.
_CONTRAST = """
async known => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const told = new Set(known), kinds = new Map(), places = new Map();
  const place = at => {
    if (!(at instanceof Element)) return "";
    if (!places.has(at)) {
      const style = getComputedStyle(at);
      places.set(at, [at.tagName, at.className, style.backgroundColor, style.backgroundImage,
        style.opacity, style.color, place(at.parentElement)].join(" "));
    }
    return places.get(at);
  };
  for (const node of document.body.querySelectorAll("*")) {
    const typed = node.matches("input, select, textarea");
    const letters = typed ? node.value ?? "" : [...node.childNodes]
      .map(part => part.nodeType === Node.TEXT_NODE ? part.data.trim() : "").join("");
    if (!letters || !node.checkVisibility({visibilityProperty: true})) continue;
    const style = getComputedStyle(node);
    const looks = [dark, node.matches(":disabled"), letters.length > 1, style.fontSize,
      style.fontWeight, style.textShadow, style.textDecorationLine, place(node)];
    const kind = looks.join(" ");
    if (!told.has(kind) && letters.length > (kinds.get(kind)?.letters ?? 0))
      kinds.set(kind, {node, letters: letters.length});
  }
  if (!kinds.size) return {judged: [], faint: []};
  const nodes = [...kinds.values()].map(each => each.node);
  nodes.forEach(node => node.setAttribute("data-of-its-kind", ""));
  const found = await axe.run({include: [["[data-of-its-kind]"]]},
    {runOnly: ["color-contrast", "link-in-text-block"], elementRef: true,
      resultTypes: ["violations", "incomplete"]});
  nodes.forEach(node => node.removeAttribute("data-of-its-kind"));
  const open = new Set(found.incomplete.filter(rule => rule.id === "color-contrast")
    .flatMap(rule => rule.nodes.map(each => each.element)));
  return {
    judged: [...kinds].filter(([, {node}]) => !open.has(node)).map(([kind]) => kind),
    faint: found.violations.flatMap(rule => rule.nodes.map(each => [rule.id, each.html])),
  };
}
"""
# What is fine is neither described nor sent: that took a third.
_SERIOUS = """
async elsewhere => {
  const rules = Object.fromEntries(elsewhere.map(rule => [rule, {enabled: false}]));
  const found = await axe.run({reporter: "no-passes", rules});
  return found.violations.filter(rule => ["serious", "critical"].includes(rule.impact))
    .map(rule => [rule.id, rule.nodes[0].html]);
}
"""
_judged: set[str] = set()
_ELSEWHERE = ("color-contrast", "link-in-text-block", "region", "heading-order")
"""Rules that are asked above, or are slow and by axe's own measure never serious."""


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.eval_on_selector_all("details", "nodes => nodes.forEach(n => n.open = true)")


def barriers(page: Page) -> list[tuple[str, str]]:
    """Return (rule, element) of what is serious on ``page``, with all that can be unfolded."""
    unfold(page)
    _with_axe(page)
    found = page.evaluate(_SERIOUS, list(_ELSEWHERE))
    too_faint = faint(page)
    # A menu that lies open covers what a person would press next.
    page.eval_on_selector_all("nav details", "nodes => nodes.forEach(n => n.open = false)")
    return [(rule, html[:160]) for rule, html in found] + too_faint


def _with_axe(page: Page) -> None:
    """Bring axe into the document, where it is not yet: half a million letters to send and to read."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)


def faint(page: Page) -> list[tuple[str, str]]:
    """Return (rule, element) of what can be told from its ground too badly, as far as it is unfolded.

    All that another choice of colours can change.
    """
    _with_axe(page)
    contrast = page.evaluate(_CONTRAST, sorted(_judged))
    if not contrast["faint"]:
        _judged.update(contrast["judged"])
    return [(rule, html[:160]) for rule, html in contrast["faint"]]


def is_readable(page: Page) -> None:
    """Hold a page to axe (nothing serious), one h1, a language, and no sideways scrolling."""

    def judge() -> None:
        bad = barriers(page)
        assert not bad, (page.url, bad)

    _once_it_stays(page, judge)
    is_laid_out(page)


def is_laid_out(page: Page) -> None:
    """Hold a page to one h1, a title, and no sideways scrolling: a tenth of the time of axe."""

    def judge() -> None:
        assert page.locator("h1").count() == 1, page.url
        assert page.locator("main").count() == 1, page.url
        assert page.title().strip(" -"), page.url
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, (page.url, wide)

    page.wait_for_load_state()
    _once_it_stays(page, judge)


def _once_it_stays(page: Page, judge: Callable[[], None]) -> None:
    """Judge a page; once more if it was replaced meanwhile, by a click before or by itself."""
    try:
        judge()
    except (Error, AssertionError):
        page.wait_for_load_state()
        judge()


class Twin:
    """A second tab with the visitor's cookies, wide and in English, for what is walked once.

    The walk itself goes through a narrow window in Japanese.
    """

    def __init__(self, browser: Browser, *, width: int = 1280, locale: str = "en-US") -> None:
        view = ViewportSize(width=width, height=844)
        self._context = browser.new_context(viewport=view, locale=locale)
        self.page = self._context.new_page()
        self.complaints = watch(self.page)

    def look(self, page: Page, hold: Callable[[Page], None]) -> Page:
        """Ask for the page that ``page`` shows once more, and ``hold`` it; returns it."""
        self._context.clear_cookies()
        self._context.add_cookies(cast("list[SetCookieParam]", page.context.cookies()))
        self.page.goto(page.url)
        assert self.page.evaluate("document.documentElement.lang") == "en"
        hold(self.page)
        return self.page

    def leave(self) -> None:
        """Ask the portal for nothing more until the next look."""
        self.page.goto("about:blank")

    def close(self) -> None:
        """Close the tab."""
        self._context.close()


def lies_well(page: Page) -> None:
    """Hold a page to ``is_laid_out`` on a phone and on a desktop."""
    had = page.viewport_size
    assert had
    for width in (1280 if had["width"] < 1280 else 390, had["width"]):
        page.set_viewport_size(ViewportSize(width=width, height=had["height"]))
        is_laid_out(page)


def holds_in_both(page: Page) -> None:
    """Hold a page to axe in its width, and to its layout on a phone and on a desktop."""
    is_readable(page)
    lies_well(page)


def reload_until(page: Page, what: str, *, every: int = 300) -> None:
    """Ask for the page again, ``every`` so many milliseconds, until the worker has made ``what``."""
    until = time.monotonic() + PATIENCE
    while not page.locator(what).count():
        assert time.monotonic() < until, f"{what} never came: {page.url}"
        page.wait_for_timeout(every)
        page.reload()


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
