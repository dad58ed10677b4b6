"""The offline page says the same as the command, in a real browser and without a network."""

import random
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import WAIT, barriers, chromium
from tests.support.statements import (
    ASKED,
    BUYER,
    KEY,
    KEYS,
    NONCE,
    NOW,
    STRANGER,
    attacks,
    bound,
    issued,
    status_list,
)
from tojimari.attest.keys import write_jwks
from tojimari.attest.offline_page import MAX_BYTES, offline_page
from tojimari.attest.sd_jwt import Expected, bind, present
from tojimari.attest.statement import check, issue_statement
from tojimari.catalog import load_catalog

CATALOG = load_catalog()
JWKS = write_jwks([KEY]).decode()
CALL = """async ([text, keys, status, asked, now]) => {
  const r = await check(text, keys, {status, asked, now});
  return [r.state, r.why ?? null, r.as_of ?? null];
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    file = tmp_path_factory.mktemp("offline") / "verify.html"
    file.write_text(offline_page(CATALOG, "en", CATALOG.frameworks["ipa-6"]), "utf-8")
    with chromium() as browser:
        context = browser.new_context(offline=True)
        opened = context.new_page()
        asked_for: list[str] = []
        opened.on("request", lambda request: asked_for.append(request.url))
        opened.on("pageerror", lambda error: asked_for.append(str(error)))
        opened.goto(file.as_uri())
        yield opened
        assert asked_for == [file.as_uri()]
        context.close()


def in_the_browser(page, text, status="", expected=None):
    asked = expected and {"audience": expected.audience, "nonce": expected.nonce}
    return tuple(page.evaluate(CALL, [text, JWKS, status, asked, NOW]))


def by_the_command(text, status="", expected=None):
    found = check(text, KEYS, now=NOW, expected=expected, status=status)
    as_of = int(found.as_of.timestamp()) if found.as_of else None
    return found.state, found.why, as_of


def test_every_attack_is_refused_for_the_same_reason(page):
    for name, attack in attacks().items():
        found = in_the_browser(page, attack.text, expected=attack.expected)
        assert found == by_the_command(attack.text, expected=attack.expected), name


def test_what_holds_holds_there_too(page):
    made = issued()
    right = bound(made)
    lists = [
        "",
        *(
            status_list(set_)
            for set_ in (
                {},
                {77: "revoked"},
                {77: "suspended"},
                {77: "superseded"},
            )
        ),
        status_list({}, at=NOW - 90_000),
        status_list({}, at=NOW - 80_000),
        status_list({}, key=STRANGER),
        "x",
        right,
    ]
    asked = [None, ASKED, Expected(BUYER, "another"), Expected("other", NONCE)]
    for text in (right, present(made.signed, []), made.summary):
        for status in lists:
            found = in_the_browser(page, text, status)
            assert found == by_the_command(text, status)
        for one in asked:
            assert in_the_browser(page, text, "", one) == by_the_command(text, "", one)
    other = bind(present(made.signed, []), STRANGER, audience=BUYER, nonce=NONCE, at=NOW)
    assert in_the_browser(page, other) == by_the_command(other) == ("refused", "altered", None)


def test_changed_bytes_are_refused_for_the_same_reason(page):
    draw = random.Random(7)
    made = issued()
    right = bound(made)
    for text in (right, made.summary):
        for _ in range(60):
            at = draw.randrange(1, len(text) - 1)
            changed = text[:at] + chr(draw.randrange(33, 127)) + text[at + 1 :]
            assert in_the_browser(page, changed) == by_the_command(changed)


def test_somebody_hands_in_files_and_reads_the_answer(page, tmp_path):
    import time

    from tests.support import statements

    day = int(time.time())
    about = statements.about()
    fresh = issue_statement(
        statements.some_claims(),
        type(about)(about.issuer, about.company, day, day + 9999, about.status),
        KEY,
        holder=None,
    )
    names = {"tf": present(fresh.signed, list(fresh.shows.values())[:2]), "kf": JWKS}
    for name, text in {**names, "sf": status_list({}, at=day)}.items():
        (tmp_path / name).write_text(text)
        page.set_input_files(f"#{name}", tmp_path / name)
    expect(page.locator("#s")).not_to_have_value("", timeout=WAIT)
    page.click("button")
    page.wait_for_selector("#o h2.y")
    shown = page.inner_text("#o")
    assert "小売店 Example" in shown
    assert statements.ISSUER in shown
    assert page.locator("#o tr").count() == 5 + 4 + 2
    assert page.locator("#o tr td").last.inner_text().count(" / ") == 1
    (tmp_path / "sf").write_text("newer, of the same name")
    with page.expect_file_chooser() as chosen:
        page.click("#sf")
    chosen.value.set_files(tmp_path / "sf")
    expect(page.locator("#s")).to_have_value(re.compile("^newer"), timeout=WAIT)
    assert barriers(page) == []
    page.fill("#t", "x")
    page.click("button")
    page.wait_for_selector("#o h2.n")
    assert page.inner_text("#o p") == CATALOG.ui("proof.why.malformed").en


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_is_small_and_fetches_nothing(lang):
    for framework in (None, *CATALOG.frameworks.values()):
        made = offline_page(CATALOG, lang, framework)
        assert len(made.encode()) < MAX_BYTES
        assert "default-src 'none'" in made
        assert "http:" not in made
        assert "https:" not in made
        assert "unsafe" not in made
        assert "@" not in made.replace("@media", "")
