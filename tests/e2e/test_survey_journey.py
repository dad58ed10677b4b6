"""A survey in a real browser: a respondent on a phone, one without scripts, and those who ask."""

import re
import zipfile

from tests.e2e.browser import holds_in_both, reload_until
from tests.support.visitor import Visitor

MAKE = """
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


def answers_on_a_phone(page, address, held) -> None:
    """Answer as somebody in a hurry does who goes back once, up to what is shown of the own company."""
    page.goto(address)
    held(page)
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
            held(page)
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
    assert "ありがとうございました" in page.locator("h1").inner_text()
    assert page.locator(".peer").count() >= 1
    other = held(page, to=holds_in_both)  # nothing leads back to the answers
    assert "Thank you" in other.locator("h1").inner_text()
    assert other.locator("#own").count() == 0


def answers_without_a_browsers_scripts(begin: str) -> None:
    visitor = Visitor()
    page = visitor.press(visitor.get(begin), f"{begin}begin/")
    for _ in range(80):
        if 'id="own"' in page:
            break
        choice = re.search(r'name="answer" value="([^"]+)"', page)
        page = visitor.press(page, visitor.address, answer=choice.group(1))
    assert 'id="own"' in page


def test_three_answer_and_those_who_ask_watch_it_fill_and_take_the_report(server, opened, held):
    organisation, survey, session, one, *others = server.make(MAKE)
    answers_on_a_phone(opened(server), f"/q/{one}/", held)
    for other in others:
        answers_without_a_browsers_scripts(f"{server.address}/q/{other}/")
    page = opened(server, session)
    page.goto(f"/s/{organisation}/surveys/")
    held(page)
    page.goto(f"/s/{organisation}/surveys/{survey}/")
    held(page)
    assert "終わった回答 3件" in page.locator("main").inner_text()
    with page.expect_navigation():  # a reload on the way there would be lost
        page.locator("form[action$='/report/'] button").click()
    # Drawing pages meanwhile would take from the report's maker.
    reload_until(page, "a[href$='.zip']", every=1000)
    with page.expect_download() as taken:
        page.locator("a[href$='.zip']").click()
    with zipfile.ZipFile(taken.value.path()) as archive:
        names = set(archive.namelist())
        assert {"report.pdf", "report.html", "tables.csv", "tables.xlsx", "tables.json"} <= names
        assert sum(name.endswith(".svg") for name in names) >= 17
        assert archive.read("report.pdf").startswith(b"%PDF")
