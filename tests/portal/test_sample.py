"""A sample result before signing up: made up, and marked so; judged like a real one."""

import pytest
from django.test import Client
from django.utils import timezone

from tojimari.portal.companies.sample import sample_diagnosis
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_it_is_one_tap_from_the_first_page_and_says_what_it_is(lang):
    client = Client(headers={"accept-language": lang})
    assert 'href="/sample/"' in client.get("/").content.decode()
    page = client.get("/sample/").content.decode()
    assert say("sample.made_up", lang) in page
    assert say("report.next", lang) in page
    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main
    assert "/c/" not in main


def test_the_shop_has_something_that_is_not_as_it_was_thought():
    found = sample_diagnosis(timezone.now())
    assert found.disagreements
    assert found.next_step is not None
    assert found.basics.counts["met"] + found.basics.counts["partly"] > 0
