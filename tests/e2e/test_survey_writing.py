"""A questionnaire written on the portal in a real browser, looked at, and answered on a phone."""

MAKE = """
from django.utils import timezone
from tests.support.sessions import session_of
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Helper, Organisation
user = User.objects.create_user("researcher@example.jp", name="研究する人")
made = Organisation.objects.create(name="町の研究所", kind="researcher", approved_at=timezone.now())
Helper.objects.create(user=user, organisation=made)
print(made.pk, session_of(user))
"""


QUESTIONS = (
    ("single", {"text": "パソコンを使いますか", "options": "はい\nいいえ"}),
    ("number", {"text": "何台ですか", "minimum": "1", "unit": "台"}),
    ("single", {"text": "何に使いますか", "options": "会計\nメール\nどれもない"}),
    ("matrix", {"text": "満足していますか", "rows": "速さ\n値段", "options": "はい\nいいえ"}),
    ("text", {"text": "ひとこと"}),
)


def press(page, what):
    with page.expect_navigation():
        page.locator(what).first.click()


def is_asked(page, number):
    assert QUESTIONS[number - 1][1]["text"] in page.locator("h1").inner_text()


def answer_the_rest(page, words=""):
    """Answer the last three questions, from the one with several answers on."""
    is_asked(page, 3)
    page.locator(".choices input").first.check()
    press(page, "main form button.big")
    is_asked(page, 4)
    for row in page.locator("fieldset").all():
        row.locator("input").first.check()
    press(page, "main form button.big")
    is_asked(page, 5)
    page.fill("#answer", words)  # may be left empty
    press(page, "main form button.big")
    assert "ありがとうございました" in page.locator("h1").inner_text()


def test_a_questionnaire_with_a_skip_is_written_looked_at_asked_and_answered(server, opened, held):
    organisation, session = server.make(MAKE)
    page = opened(server, session)
    page.goto(f"/s/{organisation}/surveys/")
    held(page)
    page.fill("form[action$='/surveys/blank/'] input[name=title]", "会員の声")
    press(page, "form[action$='/surveys/blank/'] button")
    held(page)
    for kind, fields in QUESTIONS:
        press(page, f"a[href$='/add/{kind}/']")
        held(page)
        for name, words in fields.items():
            page.fill(f"#{name}", words)
        if "会計" in fields.get("options", ""):
            page.check("input[value=several]")
            page.check("input[name=last_alone]")
        press(page, "main form button.big")

    # Only those with computers are asked how many.
    press(page, "a[href$='/q2/when/']")
    press(page, "form[method=get] button")
    page.check("label.check:has-text('はい') >> input")
    held(page)
    press(page, "button[name=do][value=put]")
    held(page, "list")
    press(page, "a[href$='/q2/when/']")
    press(page, "form[method=get] button")
    assert page.locator("input[name=join]").count() == 3
    held(page)
    page.go_back()
    page.goto(f"{page.url.split('/questions/')[0]}/")
    held(page)
    press(page, "a[href$='/questions/']")

    press(page, "a[href$='/preview/']")
    press(page, "main form button.big")
    is_asked(page, 1)
    held(page)
    press(page, ".choices button:text-is('いいえ')")
    answer_the_rest(page)  # the second one was skipped
    press(page, ".card.ask a")
    press(page, "form[action$='/open/'] button")
    held(page, "survey")
    survey = page.url
    page.check("input[name=open_link]")
    press(page, "form[action$='/change/'] button")
    address = page.locator("form[action$='/change/'] pre").inner_text().strip()

    phone = opened(server)
    phone.goto(address)
    assert "町の研究所" in phone.locator("main").inner_text()
    held(phone)
    press(phone, "main form button.big")
    is_asked(phone, 1)
    held(phone)
    press(phone, ".choices button:text-is('はい')")
    # Who closes the page goes on where it was left.
    phone.goto(address)
    press(phone, "a.button.big")
    is_asked(phone, 2)
    held(phone)
    phone.fill("#answer", "3")
    press(phone, "main form button.big")
    held(phone)
    answer_the_rest(phone, "{braces} & <b>")
    held(phone)

    page.goto(survey)
    with page.expect_download() as taken:
        page.locator("a[href$='data.csv']").click()
    data = taken.value.path().read_text(encoding="utf-8-sig")
    assert "q3__a1" in data
    assert "{braces} & <b>" in data
