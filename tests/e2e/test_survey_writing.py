"""A questionnaire written on the portal in a real browser, looked at, and answered on a phone."""

import subprocess
import sys

import pytest

from tests.e2e.browser import is_readable, watch
from tests.support.servers import Portal

MAKE = """
import django
django.setup()
from django.utils import timezone
from tests.support.sessions import session_of
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Helper, Organisation
user = User.objects.create_user("researcher@example.jp", name="研究する人")
made = Organisation.objects.create(name="町の研究所", kind="researcher", approved_at=timezone.now())
Helper.objects.create(user=user, organisation=made)
print(made.pk, session_of(user))
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory, empty_database):
    started = Portal(
        tmp_path_factory.mktemp("writing"),
        "serve",
        env={"TOJIMARI_MODE": "server"},
        database=empty_database,
    )
    yield started
    started.stop()


@pytest.fixture(scope="module")
def made(portal):
    done = subprocess.run(
        [sys.executable, "-c", MAKE],
        env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def press(page, what):
    with page.expect_navigation():
        page.locator(what).first.click()


def write(page, kind, words, options=()):
    """Add a question by its page, and come back to the list."""
    press(page, f"a[href$='/add/{kind}/']")
    page.fill("#text", words)
    if options:
        page.fill("#options", "\n".join(options))
    is_readable(page)
    press(page, "main form button.big")


def answer(page, heading, option):
    assert heading in page.locator("h1").inner_text()
    is_readable(page)
    press(page, f".choices button:text-is('{option}')")


@pytest.mark.parametrize(
    ("locale", "words", "thanks"),
    [
        (
            "ja-JP",
            {
                "title": "控えの調査",
                "first": "控えをとっていますか。",
                "second": "どこに置いていますか。",
                "third": "ほかに困っていることがあれば書いてください。",
                "yes": "とっている",
                "no": "とっていない",
                "here": "会社の中",
                "there": "会社の外",
            },
            "ありがとうございました",
        ),
        (
            "en-GB",
            {
                "title": "About copies",
                "first": "Do you keep copies?",
                "second": "Where are they?",
                "third": "What else troubles you?",
                "yes": "We do",
                "no": "We do not",
                "here": "In the office",
                "there": "Elsewhere",
            },
            "Thank you",
        ),
    ],
)
def test_three_questions_with_a_skip_are_written_looked_at_and_answered(
    browser, portal, made, locale, words, thanks
):
    organisation, session = made
    own = browser.new_context(
        viewport={"width": 1000, "height": 900}, locale=locale, base_url=portal.address
    )
    own.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    page = own.new_page()
    complaints = watch(page)
    page.goto(f"/s/{organisation}/surveys/")
    is_readable(page)
    page.fill("form[action$='/surveys/blank/'] input[name=title]", words["title"])
    press(page, "form[action$='/surveys/blank/'] button")
    is_readable(page)
    write(page, "single", words["first"], (words["yes"], words["no"]))
    write(page, "single", words["second"], (words["here"], words["there"]))
    write(page, "text", words["third"])

    # Only those with copies are asked where they are.
    press(page, "a[href$='/q2/when/']")
    press(page, "form[method=get] button")
    page.check(f"label.check:has-text('{words['yes']}') >> input")
    is_readable(page)
    press(page, "button[name=do][value=put]")
    is_readable(page)
    press(page, "a[href$='/q2/when/']")
    press(page, "form[method=get] button")
    assert page.locator("input[name=join]").count() == 3
    is_readable(page)
    page.go_back()
    page.goto(f"{page.url.split('/questions/')[0]}/")
    is_readable(page)
    press(page, "a[href$='/questions/']")

    press(page, "a[href$='/preview/']")
    press(page, "main form button.big")
    answer(page, words["first"], words["no"])
    assert words["third"] in page.locator("h1").inner_text()  # the second one was skipped
    press(page, "main form button.big")  # free text may be left empty
    assert thanks in page.locator("h1").inner_text()
    press(page, ".card.ask a")
    press(page, "form[action$='/open/'] button")
    page.check("input[name=open_link]")
    press(page, "form[action$='/change/'] button")
    address = page.locator("form[action$='/change/'] pre").inner_text().strip()
    assert complaints == []
    own.close()

    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, locale=locale, base_url=portal.address
    )
    page = phone.new_page()
    complaints = watch(page)
    page.goto(address[address.index("/q/") :])
    assert "町の研究所" in page.locator("main").inner_text()
    is_readable(page)
    press(page, "main form button.big")
    answer(page, words["first"], words["yes"])
    # Who closes the page goes on where it was left.
    page.goto(address[address.index("/q/") :])
    press(page, "a.button.big")
    answer(page, words["second"], words["there"])
    assert words["third"] in page.locator("h1").inner_text()
    page.fill("#answer", "{braces} & <b>")
    press(page, "main form button.big")
    assert thanks in page.locator("h1").inner_text()
    is_readable(page)
    assert complaints == []
    phone.close()
