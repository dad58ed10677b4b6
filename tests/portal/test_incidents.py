"""When something is odd: the door and the ten minutes, one tap from every page."""

import html
import re

import pytest
from django.test import Client

from tojimari.portal.words import catalog, say
from tojimari.respond import calls, first_lines

PLAYBOOKS = catalog().incidents.playbooks


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.mark.django_db
def test_it_is_one_tap_from_the_first_page_and_from_a_companys(world):
    assert b'href="/odd/"' in Client().get("/").content
    base = f"/c/{world.company.pk}/"
    assert f'href="{base}odd/"' in text_of(world.client("owner").get(base))


@pytest.mark.django_db
@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("kind", PLAYBOOKS)
def test_each_kind_leads_through_its_questions_to_lines_and_contacts(kind, lang):
    client, playbook = Client(headers={"accept-language": lang}), PLAYBOOKS[kind]
    assert f'href="/odd/{kind}/"' in text_of(client.get("/odd/"))
    page = client.get(f"/odd/{kind}/")
    asked = 0
    while page.status_code == 200:
        shown, question = text_of(page), page.context["question"]
        assert playbook.at_once.say(lang) in shown or asked
        assert question.text.say(lang) in shown
        sent = [*page.context["given"], (question.id, question.options[0].id)]
        page = client.get(f"/odd/{kind}/", sent)
        asked += 1
    assert asked <= 8
    assert page.status_code == 302
    shown = client.get(page["Location"])
    answers = dict(re.findall(r"[?&](\w+)=(\w+)", page["Location"]))
    several = {q.id for q in catalog().incidents.questions.values() if q.type == "several"}
    answers = {id_: (value,) if id_ in several else value for id_, value in answers.items()}
    lines = first_lines(playbook, answers)
    assert 3 <= len(lines) <= 5
    for line in lines:
        assert line.say.say(lang) in text_of(shown)
    for contact in calls(playbook, answers, catalog().incidents):
        assert contact.name.say(lang) in text_of(shown)
    assert say("odd.first", lang) in text_of(shown)


@pytest.mark.django_db
def test_the_mail_button_stands_only_where_it_is_about_a_mail():
    button = say("odd.mail", "ja")
    for query, times in (("about=mail", 1), ("about=device", 0), ("", 0)):
        page = text_of(Client().get(f"/odd/question/now/?{query}"))
        assert page.count(f">{button}</a>") == times


@pytest.mark.django_db
def test_nothing_chosen_or_nonsense_is_said_in_one_sentence():
    for sent in (
        {"go": "let_in", "shows": "warning"},
        {"shows": "<b>"},
        {"shows": ["odd", "ransom"]},
    ):
        page = Client().get("/odd/screen/", sent)
        assert page.status_code == 400
        assert 'role="alert"' in page.content.decode()
    assert Client().get("/odd/screen/now/", {"shows": "<b>"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "after"),
    [("now/", "odd/"), ("now/scam/", "odd/screen/"), ("now/money/", "odd/money/")],
)
def test_addresses_of_before_lead_on(before, after):
    page = Client().get(f"/{before}")
    assert (page.status_code, page["Location"]) == (301, f"/{after}")


@pytest.mark.django_db
def test_what_nobody_thought_of_is_a_404():
    for address in ("/odd/earthquake/", "/odd/earthquake/now/", "/now/earthquake/"):
        assert Client().get(address).status_code == 404


@pytest.mark.django_db
def test_a_number_is_dialled_by_a_tap():
    page = Client().get("/odd/screen/now/").content.decode()
    assert 'href="tel:%239110"' in page
    assert 'href="mailto:cs-support@ipa.go.jp"' in page


@pytest.mark.django_db
def test_a_member_is_led_into_the_company_and_keeps_the_answers(world):
    page = world.client("staff").get("/odd/screen/?shows=ransom")
    assert page["Location"] == f"/c/{world.company.pk}/odd/screen/?shows=ransom"
    assert world.client("supporter").get("/odd/screen/").status_code == 200
