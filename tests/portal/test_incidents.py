"""When something has happened: numbers one tap from every page, without signing in."""

import pytest
from django.test import Client

from tojimari.portal.words import say
from tojimari.respond import load_guide


@pytest.mark.django_db
def test_it_is_one_tap_from_the_first_page_and_from_a_companys(world):
    assert b'href="/now/"' in Client().get("/").content
    assert b'href="/now/"' in world.client("owner").get(f"/c/{world.company.pk}/").content


@pytest.mark.django_db
@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("key", load_guide().emergencies)
def test_each_emergency_shows_its_steps_and_numbers(key, lang):
    client = Client(headers={"accept-language": lang})
    start = client.get("/now/").content.decode()
    assert f'href="/now/{key}/"' in start
    page = client.get(f"/now/{key}/").content.decode()
    emergency = load_guide().emergencies[key]
    for text in (emergency.title, *emergency.first):
        assert text.say(lang).replace("'", "&#x27;") in page
    assert say("now.first", lang) in page
    for contact in emergency.contacts:
        assert load_guide().contacts[contact].name.say(lang) in page


@pytest.mark.django_db
def test_what_nobody_thought_of_is_a_404():
    assert Client().get("/now/earthquake/").status_code == 404


@pytest.mark.django_db
def test_a_number_is_dialled_by_a_tap():
    page = Client().get("/now/locked/").content.decode()
    assert 'href="tel:%239110"' in page
    assert 'href="mailto:cs-support@ipa.go.jp"' in page
