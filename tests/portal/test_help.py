"""Help is one press away from every page: whom to call, and what to do in the first ten minutes.

The walk over every address (`test_head.py`) holds it for what answers; here is what that walk does
not reach.
"""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client

import tojimari.portal
from tojimari.portal.words import catalog
from tojimari.respond import FIRST_CONTACTS

TEMPLATES = Path(tojimari.portal.__file__).parent / "templates"
HELP = 'href="/odd/"'


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_page_leaves_out_the_way_to_help(path):
    """A company's pages have it in their menu, papers are printed; all others keep the frame's."""
    own = path.read_text("utf-8")
    frame = re.match(r"\{% extends (\S+) %\}", own)
    if path.name == "base.html":
        assert "{% url 'incidents:door' %}" in own
    elif path.name == "company_base.html":
        assert "{% url 'incidents:company_door' company.pk %}" in own
    elif frame is None:
        assert path.stem.endswith("_paper") or path.name == "scorm_lesson.html"
    else:
        assert not re.search(r"\{% block (now|menu) %\}", own) or path.name in MENUS


MENUS = {"organisation_base.html"}
"""Frames that add a menu of their own, and keep what stands above it."""


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_without_its_database_the_portal_still_says_whom_to_call(lang, settings, django_db_blocker):
    """Whatever asks the database fails, as it does when the disk is full."""
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "0123456789abcdefghijklmnopqrstuv"
    client.cookies["django_language"] = lang
    with django_db_blocker.block():
        answer = client.get("/account/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert f'<html lang="{lang}">' in page
    assert HELP in page
    assert 'href="tel:"' not in page
    assert 'href="tel:110"' in page
    for one in map(catalog().incidents.contacts.__getitem__, FIRST_CONTACTS):
        assert one.phone or one.mail
        for scheme, where in (("tel", quote(one.phone)), ("mailto", one.mail)):
            assert not where or f'href="{scheme}:{where}"' in page


@pytest.mark.django_db
def test_a_refused_form_and_a_strange_address_lead_to_help():
    strict = Client(enforce_csrf_checks=True)
    for answer, code in (
        (strict.post("/language/setlang/", {"language": "en"}), 403),
        (strict.get("/no-such-page/"), 404),
        (strict.get("/", headers={"host": "elsewhere.example"}), 400),
        (strict.get("/delete/"), 404),
    ):
        assert answer.status_code == code
        assert HELP in answer.content.decode()
