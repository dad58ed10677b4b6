"""Every page and every mail of the portal is in one language, for whoever may open it."""

import re
from pathlib import Path

import allauth
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone, translation

from tests.support.addresses import filled, routes
from tests.support.one_language import wrong_in_page, wrong_language
from tests.support.unseen_computer import nothing_seen
from tests.support.workbooks import QUESTIONS
from tojimari.model import LANGS, Subject
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.observations import keep
from tojimari.portal.devices.models import Device
from tojimari.portal.words import texts

pytestmark = pytest.mark.django_db

TYPED = (
    *("ひみつ商店", "よその会社", "町の会議所", "町の銀行", "事務所のパソコン"),
    *("owner", "staff", "supporter", "buyer", "operator", "own", "専門家の山田"),
    *("size one 300", "variable,group,share"),  # the form of what a researcher types
    *("size", "one", "about", "consent"),  # and what one typed
    *QUESTIONS,  # a buyer's workbook, and the words it takes as answers
    *("対象外", "セキュリティ質問票", "質問票", "番号", "分類", "質問", "回答", "備考"),
    *("セキュリティ", "基本", "集計"),
    # What a buyer and a supplier wrote.
    "図面を預かる会社への確認",
    "図面データをお預けしているため",
    "購買課 山本 03-0000-0000",
    "ひみつ商店",
    "ひみつ商店.xlsx",
)
"""What people typed, and what they are to type: it is shown as it is written."""
IN_THE_COMPANYS_LANGUAGE = {"granted_changes", "granted_monthly"}
"""Pages that a helper opens beside an owner: in the owner's language, with a way to the other."""


def of_accounts():
    """Yield the pages of signing in and of one's account that need nothing in their address."""
    [found] = [
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and str(entry.pattern) == "accounts/"
    ]
    for route, name in routes(found):
        if not re.search(r"[<(]", route) and "social" not in route:
            yield f"accounts/{route.strip('^$')}", name


NAMED = [(route, name) for route, name in routes() if name]
ROOMS = {
    "owner": [r for r in NAMED if not r[0].startswith(("s/", "operator"))],
    "supporter": [r for r in NAMED if r[0].startswith(("s/", "visits/"))],
    "operator": [r for r in NAMED if r[0].startswith("operator")],
    "nobody": [r for r in NAMED if "company_id" not in r[0] and "organisation_id" not in r[0]],
}


CONTROLS = ("screen-lock", "disk-encryption", "device-firewall", "website-headers")


@pytest.fixture(scope="module")
def world(world_of_module):
    """The same company with a Windows on which nothing could be seen."""
    company = world_of_module.company
    device = Device.objects.of(company).create(company=company, kind=Device.HERE, name="7")
    subject = Subject("device", str(device.pk))
    keep(company, nothing_seen("windows 11", subject, timezone.now()))
    refresh(company)
    return world_of_module


def client_of(world, who, lang):
    client = Client() if who == "nobody" else world.client(who)
    client.cookies["django_language"] = lang
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = lang
    return client


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_of_the_portal(lang):
    found = {key: wrong_language(getattr(text, lang), lang) for key, text in texts().items()}
    assert {key: wrong for key, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("who", ROOMS)
def test_every_page(world, ids, who, lang):
    client = client_of(world, who, lang)
    asked = [(filled(route, ids), name) for route, name in ROOMS[who]]
    if who in ("owner", "nobody"):
        asked += [(f"/{route}", name) for route, name in of_accounts()]
    if who == "owner":
        asked += [(f"/c/{world.company.pk}/control/{id_}/", "control") for id_ in CONTROLS]
    found: dict[str, str | list[str]] = {}
    pages = 0
    for route, name in asked:
        response = client.get(route)
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            continue
        if 300 <= response.status_code < 400 or not response.content:
            continue
        page = response.content.decode()
        pages += 1
        says = re.search(r'<html lang="(ja|en)"', page)
        if says is None or (says[1] != lang and name not in IN_THE_COMPANYS_LANGUAGE):
            found[route] = "the page is in another language"
        elif wrong := wrong_in_page(page, TYPED):
            found[route] = sorted(map(str, set(wrong)))[:8]
    assert found == {}
    assert pages > {"operator": 0, "nobody": 20}.get(who, 30)


@pytest.mark.parametrize("lang", LANGS)
def test_every_mail_about_an_account(lang):
    """The mails of allauth, ours or its own: all that it could ever send."""
    about = {"user": "7", "code": "7", "ip": "7", "user_agent": "7", "timestamp": "7"}
    about |= {"email": "a@example.jp", "from_email": "a@example.jp", "to_email": "b@example.jp"}
    about |= dict.fromkeys(("activate_url", "password_reset_url"), "https://7.example/")
    own = Path(allauth.__file__).parent / "templates"
    mails = sorted(own.rglob("email/*.txt"))
    assert len(mails) > 30
    with translation.override(lang):
        for path in mails:
            said = render_to_string(path.relative_to(own).as_posix(), about)
            assert wrong_language(said, lang) == [], path.name
