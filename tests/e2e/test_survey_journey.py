"""A survey in a real browser: a respondent on a phone and on a desktop, and those who ask."""

import re
import subprocess
import sys
import zipfile

import pytest

from tests.e2e.browser import is_readable, watch
from tests.support.servers import Portal
from tests.support.visitor import Visitor

MAKE = """
import django
django.setup()
import msgspec
from django.utils import timezone
from tests.support.sessions import session_of
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Helper, Organisation
from tojimari.portal.surveys.models import Survey, SurveyInvitation
from tojimari.survey.loader import load_questionnaire
user = User.objects.create_user("researcher@example.jp", name="研究する人")
made = Organisation.objects.create(name="町の研究所", kind="researcher", approved_at=timezone.now())
Helper.objects.create(user=user, organisation=made)
content = msgspec.to_builtins(load_questionnaire("jfc2021"))
survey = Survey.objects.create(organisation=made, title="実態調査", questionnaire=content)
print(made.pk, survey.pk, session_of(user), *SurveyInvitation.make(survey, 3))
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory, empty_database):
    started = Portal(
        tmp_path_factory.mktemp("survey"),
        "serve",
        worker=True,
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


@pytest.mark.parametrize(
    ("number", "width", "locale", "thanks"),
    [
        (3, 390, "ja-JP", "ありがとうございました"),
        (4, 1280, "en-GB", "Thank you"),
    ],
)
def test_a_respondent_answers_and_sees_the_own_company(
    browser, portal, made, number, width, locale, thanks
):
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=locale, base_url=portal.address
    )
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"/q/{made[number]}/")
    is_readable(page)
    with page.expect_navigation():
        page.locator("main form button.big").click()
    seen = set()
    for count in range(80):
        if page.locator("#own").count():
            break
        if count == 3:  # the back button keeps what was said
            with page.expect_navigation():
                page.locator(".place a").click()
            assert page.locator("[aria-pressed=true], input:checked").count() == 1
        kind = "several" if page.locator("input[type=checkbox]").count() else "single"
        if kind not in seen:
            is_readable(page)
            seen.add(kind)
        if kind == "several":
            page.locator(".choices input").first.check()
            # "None of these" goes with nothing else.
            if page.locator("input[data-alone]").count():
                page.locator("input[data-alone]").first.check()
                assert page.locator("input:checked").count() == 1
            button = page.locator("main form button.big")
        else:
            button = page.locator(".choices button").first
        with page.expect_navigation():
            button.evaluate("it => { it.click(); it.click(); }")  # an impatient thumb
    assert seen == {"single", "several"}
    assert thanks in page.locator("h1").inner_text()
    is_readable(page)
    assert page.locator(".peer").count() >= 1
    assert complaints == []
    context.close()


def test_a_third_answers_without_a_browsers_scripts(portal, made):
    visitor, begin = Visitor(), f"{portal.address}/q/{made[5]}/"
    page = visitor.press(visitor.get(begin), f"{begin}begin/")
    for _ in range(80):
        if 'id="own"' in page:
            break
        choice = re.search(r'name="answer" value="([^"]+)"', page)
        page = visitor.press(page, visitor.address, answer=choice.group(1))
    assert 'id="own"' in page


def test_those_who_ask_watch_it_fill_and_take_the_report(browser, portal, made):
    organisation, survey, session = made[:3]
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ja-JP", base_url=portal.address
    )
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"/s/{organisation}/surveys/")
    is_readable(page)
    page.goto(f"/s/{organisation}/surveys/{survey}/")
    is_readable(page)
    assert "終わった回答 3件" in page.locator("main").inner_text()
    with page.expect_navigation():  # a reload on the way there would be lost
        page.locator("form[action$='/report/'] button").click()
    for _ in range(600):
        page.reload()
        if page.locator("a[href$='.zip']").count():
            break
        page.wait_for_timeout(1000)  # drawing pages meanwhile would take from the report's maker
    with page.expect_download() as taken:
        page.locator("a[href$='.zip']").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        names = set(archive.namelist())
        assert {"report.pdf", "report.html", "tables.csv", "tables.xlsx", "tables.json"} <= names
        assert sum(name.endswith(".svg") for name in names) >= 17
        assert archive.read("report.pdf").startswith(b"%PDF")
    assert complaints == []
    context.close()


@pytest.mark.parametrize(
    ("width", "locale"), [(1280, "ja-JP"), (390, "en-GB")], ids=["desktop", "phone"]
)
def test_a_questionnaire_is_written_previewed_asked_and_answered(
    browser, portal, made, width, locale, tmp_path
):
    organisation, _, session = made[:3]
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=locale, base_url=portal.address
    )
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    page = context.new_page()
    complaints = watch(page)

    def press(selector):
        with page.expect_navigation():
            page.locator(selector).click()

    page.goto(f"/s/{organisation}/surveys/")
    page.locator("#write-title").fill("会員の声")
    press("form[action$='/blank/'] button")
    is_readable(page)
    listed = page.url
    for kind, fields in (
        ("single", {"text": "パソコンを使いますか", "options": "はい\nいいえ"}),
        ("number", {"text": "何台ですか", "minimum": "1", "unit": "台"}),
        ("single", {"text": "何に使いますか", "options": "会計\nメール\nどれもない"}),
        ("matrix", {"text": "満足していますか", "rows": "速さ\n値段", "options": "はい\nいいえ"}),
        ("text", {"text": "ひとこと"}),
    ):
        press(f"a[href$='/add/{kind}/']")
        is_readable(page)
        for name, words in fields.items():
            page.locator(f"#{name}").fill(words)
        if "会計" in fields.get("options", ""):
            page.locator("input[value=several]").check()
            page.locator("input[name=last_alone]").check()
        press("main form button.big")
    press("a[href$='/questions/q2/when/']")
    press("main form[method=get] button")
    page.locator("input[name=options]").first.check()
    is_readable(page)
    press("button[value=put]")
    is_readable(page)
    page.screenshot(path=tmp_path / "list.png", full_page=True)
    press("a[href$='/preview/']")
    press("main form button.big")
    is_readable(page)
    page.goto(listed)
    press("form[action$='/open/'] button")
    is_readable(page)
    page.screenshot(path=tmp_path / "survey.png", full_page=True)
    page.locator("input[name=open_link]").check()
    press("form[action$='/change/'] button")
    address = page.locator("pre").first.inner_text().strip()
    survey = page.url
    page.goto(f"/q/open/{address.rstrip('/').rsplit('/', 1)[1]}/")
    page.set_viewport_size({"width": 390, "height": 844})
    is_readable(page)
    press("main form button.big")
    press(".choices button >> nth=1")  # no computer: their number is not asked
    page.locator(".choices input").first.check()
    press("main form button.big")
    for row in page.locator("fieldset").all():
        row.locator("input").first.check()
    press("main form button.big")
    is_readable(page)
    press("main form button.big")  # free text may be left empty
    assert page.locator("h1").inner_text() in ("ありがとうございました", "Thank you")
    page.goto(survey)
    with page.expect_download() as taken:
        page.locator("a[href$='data.csv']").click()
    assert "q3__a1" in taken.value.path().read_text(encoding="utf-8-sig")
    assert complaints == []
    context.close()
