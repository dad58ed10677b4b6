"""Is this mail all right? In real Chromium: dropped, pasted, photographed, shared."""

import json
import shutil
import textwrap

import pytest

from tests.e2e.browser import WAIT, holds_in_both
from tests.mail.made import VERIFIED, screenshot

TEXT = {
    "ja": "【重要】お客様のアカウントを停止しました。24時間以内に下記より本人確認をお願いします。https://amazon-kakunin.example/login",
    "en": "Your account has been suspended. Verify your password within 24 hours: https://amazon-verify.example/login",
}


def drop(page, selector, file):
    """Drop a file of the desktop on what ``selector`` finds, as a hand with a mouse does."""
    box = page.locator(selector).bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    hand = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        hand.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})
    hand.detach()


def level(page):
    page.wait_for_selector(".verdict", timeout=WAIT)
    [found] = page.eval_on_selector_all(".verdict", "nodes => nodes.map(n => n.classList[1])")
    return found


@pytest.mark.parametrize(("lang", "width"), [("ja", 390), ("en", 1280)])
def test_a_strange_mail_is_judged_and_the_answer_makes_the_next_verdict_better(
    portal, opened, tmp_path, lang, width
):
    """Axe sees both languages and both widths, but not all four ways; the layout is held in all."""
    page = opened(portal, width=width, lang=lang)
    portal.enter(page)
    honest, lookalike = tmp_path / "honest.eml", tmp_path / "lookalike.eml"
    honest.write_bytes(VERIFIED)
    lookalike.write_bytes(VERIFIED.replace(b"yamada-shoji", b"yamada-shojl"))

    def hand_in(file):
        page.goto(f"{portal.address}/mail/")
        holds_in_both(page)
        drop(page, "#file", file)
        assert page.eval_on_selector("#file", "node => node.files[0].name") == file.name
        page.locator("button.big").click()
        page.wait_for_selector(".verdict")
        assert page.evaluate("document.documentElement.lang") == lang
        holds_in_both(page)

    hand_in(lookalike)
    assert level(page) != "dangerous"  # nobody said yet whom it imitates
    hand_in(honest)
    assert level(page) == "ordinary"
    page.locator("#expected button[value=yes]").click()
    page.wait_for_selector("#expected", state="detached")
    assert page.locator(".verdict").count() == 1  # the page stayed
    holds_in_both(page)
    hand_in(lookalike)
    assert level(page) == "dangerous"
    reasons = page.locator("ol.steps li")
    assert reasons.count() >= 1
    assert "yamada-shoji.example" in reasons.first.inner_text()
    assert "yamada-shojl" in page.locator(".mail-text mark").first.inner_text()
    box = page.locator(".verdict h1").bounding_box()
    assert box["y"] < 300
    assert page.locator("a[href='/odd/']").count() >= 1
    assert page.locator("a[href^=http][href*=yamada]").count() == 0


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_pasted_text_the_sample_and_a_photo_get_their_verdict_without_javascript(
    browser, portal, tmp_path, lang
):
    locale = {"ja": "ja-JP", "en": "en-US"}[lang]
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale=locale, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{portal.address}/mail/")  # nobody signed in
    page.fill("#text", TEXT[lang])
    page.locator("button.big").click()
    assert level(page) == "dangerous"
    assert page.locator("ol.steps li").count() == 3
    assert page.locator("#expected").count() == 0
    page.goto(f"{portal.address}/mail/")
    page.locator("button[name=sample]").click()
    assert level(page) == "dangerous"
    if shutil.which("tesseract"):
        photo = tmp_path / "photo.png"
        photo.write_bytes(screenshot("\n".join(textwrap.wrap(TEXT[lang], 28))))
        page.goto(f"{portal.address}/mail/")
        page.set_input_files("#photo", photo)
        page.locator("button.big").click()
        assert level(page) in ("dangerous", "careful")
        assert page.locator(".mail-text").count() >= 1
    context.close()


def test_what_a_phone_shares_is_posted_as_its_browser_does(browser, portal, tmp_path):
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page = context.new_page()
    portal.enter(page)
    page.goto(f"{portal.address}/mail/")
    place = page.get_attribute("link[rel=manifest]", "href")
    target = json.loads(page.request.get(f"{portal.address}{place}").text())["share_target"]
    names = target["params"]
    shared = tmp_path / "shared.eml"
    shared.write_bytes(VERIFIED.replace(b"Subject: estimate", b"Subject: invoice"))
    for file in (None, shared):  # another app hands over: no token of ours, an origin of its own
        page.goto("about:blank")
        page.set_content(
            f'<form method="{target["method"]}" enctype="{target["enctype"]}" action="{portal.address}{target["action"]}">'
            f'<textarea name="{names["text"]}"></textarea><input type="file" name="{names["files"][0]["name"]}"><button>x</button></form>'
        )
        if file:
            page.set_input_files("input", file)
        else:
            page.fill("textarea", TEXT["ja"])
        page.locator("button").click()
        page.wait_for_selector(".verdict")
        assert level(page) == ("ordinary" if file else "dangerous")
        assert page.locator("#expected").count() == 0
    context.close()
