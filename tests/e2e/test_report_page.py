"""The report page in real Chromium: readable, reachable by keyboard, nothing loaded from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import barriers, faint, unfold
from tests.support.command import Command

ANSWERS = """answers:
  company-size: two_to_four
  industry: retail
  pc-count: 1
  phones: [company_phone]
  website: rented
  updates: all
  antimalware: all
  passwords: partly
  mfa: not_done
  backup-where: [external_disk, cloud]
  backup-detached: not_done
"""


LANGS, WIDTHS = ("ja", "en"), (390, 1280)


@pytest.fixture(scope="module")
def pages(tmp_path_factory, forker) -> dict[str, Path]:
    """Look at this machine for real, answer, and write the page in both languages."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "answers.yaml").write_text(ANSWERS, "utf-8")
    command = Command(folder, forker)

    def run(*words: str) -> None:
        done = command(*words)
        assert done.returncode in (0, 1), done.stderr

    run("check")
    run("ask", "--answers", "answers.yaml")
    run("evidence", "add", "security-policy", "--date", "2024-01-01", "--note", "shelf")
    for lang in LANGS:
        run("report", "--lang", lang, "--html", f"{lang}.html")
    return {lang: folder / f"{lang}.html" for lang in LANGS}


@pytest.fixture(scope="module", params=LANGS)
def lang(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def page(browser, pages, lang) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    opened.requests = []
    opened.on("request", lambda asked: opened.requests.append(asked.url))
    opened.goto(pages[lang].as_uri())
    yield opened
    opened.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_next_step_is_the_first_thing_and_fits_the_screen(page, lang, width):
    page.set_viewport_size({"width": width, "height": 844})
    box = page.locator("section.next .do").bounding_box()
    assert box["y"] < 400
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.documentElement.lang") == lang


def test_the_order_is_step_difference_basics_peers_detail(page):
    heads = page.eval_on_selector_all("h2", "nodes => nodes.map(n => n.id)")
    assert heads[:4] == ["next", "differ", "basics", "peers"]
    assert heads[-2:] == ["all", "honest"]


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious_even_with_everything_open(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    assert barriers(page) == []


def test_the_keyboard_opens_what_is_folded(page):
    page.reload()  # everything is folded again
    scheme = page.locator("details.scheme").first
    scheme.locator("summary").focus()
    page.keyboard.press("Enter")
    assert scheme.evaluate("node => node.open")


def test_every_figure_shows_n_year_and_source(page):
    for origin in page.locator(".peer .origin").all_text_contents():
        assert "n=" in origin
        assert "20" in origin


def test_dark_colours_have_enough_contrast(page):
    page.emulate_media(color_scheme="dark")
    unfold(page)
    assert faint(page) == []


def test_nothing_is_loaded_from_anywhere_else(page):
    """The last of them: whatever was done before."""
    assert [url for url in page.requests if not url.startswith("file:")] == []
