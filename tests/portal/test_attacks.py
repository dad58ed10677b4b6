"""Attacks on the doors of the portal: forged forms, strange ways back, headers, foreign parts, caches."""

import re
import uuid
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from tests.support.addresses import filled, routes
from tojimari.portal.core.models import Employee, Job, Notice
from tojimari.portal.devices.models import Device
from tojimari.portal.outside.models import Site
from tojimari.portal.supporters.models import Grant, Invitation
from tojimari.portal.surveys.models import Survey, SurveyInvitation

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
ALL = sorted({(route, name) for route, name in routes() if name})
EVIL = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "/%0d%0aSet-Cookie:x=1",
    "\r\nLocation: https://evil.example/",
    " //evil.example",
    "http://testserver@evil.example/",
)


@pytest.fixture(scope="module")
def world(world_of_module):
    return world_of_module


@pytest.mark.parametrize(
    ("who", "room"), [("owner", ""), ("supporter", ("s/", "visits/")), ("operator", "operator")]
)
def test_a_form_from_elsewhere_changes_nothing(world, ids, who, room):
    """Without the page's own token every address that takes a form refuses it: the owner is asked
    for all, others where they may do something."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(getattr(world, who), backend=BACKEND)
    asked = [(route, name) for route, name in ALL if route.startswith(room)]
    tried = 0
    for route, name in asked:
        # Mail programs press the link they got, which is signed; what a phone shares comes without
        # a token, and is judged as a stranger's: it reads no session and keeps nothing.
        if name in ("unsubscribe", "share"):
            continue
        answer = client.post(filled(route, ids), {"name": "x", "all": "yes", "text": "x"})
        assert answer.status_code in (403, 404, 405), (route, answer.status_code)
        tried += answer.status_code == 403
    assert tried > len(asked) // 3


@pytest.mark.parametrize("where", EVIL)
@pytest.mark.parametrize(
    "route",
    [
        "/accounts/login/?next={}",
        "/accounts/signup/?next={}",
        "/accounts/logout/?next={}",
        "/c/{company}/ask/updates/?then={}",
        "/home/?next={}",
    ],
)
def test_no_page_leads_or_points_elsewhere(world, where, route):
    client = world.client("owner") if "{company}" in route else Client()
    address = route.replace("{company}", str(world.company.pk)).replace("{}", "")
    name = address.rpartition("?")[2].rstrip("=")
    answer = client.get(address.partition("?")[0], {name: where})
    _stays_here(answer)
    for link in re.findall(r'(?:href|action)="([^"]*)"', answer.content.decode()):
        assert "evil.example" not in urlsplit(link.strip()).netloc, link
        assert not link.strip().lower().startswith(("javascript:", "\\", "/\\", "//", "https:evil"))


@pytest.mark.parametrize("where", EVIL)
def test_no_form_leads_elsewhere(world, where):
    owner, company = world.client("owner"), world.company.pk
    for address, fields in (
        ("/language/setlang/", {"language": "en", "next": where}),
        (f"/c/{company}/ask/updates/?then={where}", {"choice": "all", "then": where}),
        ("/accounts/login/", {"login": "owner@example.jp", "next": where}),
        (f"/c/{company}/weekly/done/", {"next": where}),
    ):
        _stays_here(owner.post(address, fields, headers={"referer": where.strip()}))


def _stays_here(answer) -> None:
    lines = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    assert "\r" not in lines
    assert "\n" not in lines
    to = answer.headers.get("Location", "")
    assert urlsplit(to).netloc in ("", "testserver"), to
    assert not to.startswith(("//", "/\\", "\\", "javascript")), to


LINES = "x\r\nBcc: victim@example.jp\r\n\r\nbody"


@pytest.mark.parametrize("field", ["company", "organisation", "words", "person"])
def test_no_name_becomes_a_line_of_a_mail(world, settings, field):
    """Whatever is typed, a mail has one subject, one receiver, and no lines of anybody's."""
    settings.MAIL_CONFIGURED = True
    supporter = world.client("supporter")
    if field == "company":
        world.client("owner").post(f"/c/{world.company.pk}/settings/", {"name": LINES})
        type(world.company).objects.filter(pk=world.company.pk).update(name=LINES[:60])
    if field == "organisation":
        type(world.chamber).objects.filter(pk=world.chamber.pk).update(name=LINES[:60])
    if field == "person":
        type(world.supporter).objects.filter(pk=world.supporter.pk).update(name=LINES[:60])
    people = f"/s/{world.chamber.pk}/people/"
    sent = {"email": "new@example.jp", "to": "company", "name": LINES if field == "words" else "x"}
    supporter.post(people, sent)
    owner = world.client("owner")
    owner.post(f"/c/{world.company.pk}/settings/invite/", {"email": "mate@example.jp"})
    owner.post(f"/c/{world.company.pk}/sharing/invite/", {"email": "it@example.jp"})
    assert len(mail.outbox) >= 2
    for one in mail.outbox:
        made = one.message()
        assert one.recipients() == one.to
        assert made["Bcc"] is None
        assert "\n" not in one.subject
        assert len(made.get_all("Subject")) == len(made.get_all("To")) == 1


@pytest.mark.parametrize(
    "email", ["a@b.jp\r\nBcc: v@b.jp", "a@b.jp, v@b.jp", "a@b.jp;v@b.jp", "<a@b.jp>"]
)
def test_an_address_is_one_address(world, email):
    world.client("owner").post(f"/c/{world.company.pk}/settings/invite/", {"email": email})
    assert not Invitation.objects.across("test").filter(email__contains="v@b.jp").exists()
    assert mail.outbox == []


OF_THE_CATALOG = ("company_id", "control_id", "question_id", "lesson_id", "framework_id")


def test_parts_of_another_company_are_not_reached_through_the_own(world, ids):
    """The stranger owns a company: under its address nobody else's devices, sites, jobs open."""
    stranger, own = world.client("stranger"), world.foreign
    mixed = {**ids, "company_id": own.pk}
    before = _counts(world.company)
    tried = 0
    for route, name in ALL:
        inner = re.findall(r"<(?:\w+:)?(\w+_id)>", route)
        inner = [part for part in inner if part not in OF_THE_CATALOG]
        if not route.startswith("c/<uuid:company_id>") or not inner or "step_id" in inner:
            continue
        for method in ("get", "post"):
            answer = getattr(stranger, method)(filled(route, mixed), {"withdraw": "yes"})
            assert answer.status_code in (404, 405), (method, route, name)
            tried += 1
    assert tried >= 20
    assert _counts(world.company) == before


def test_parts_of_another_organisation_are_not_reached_through_the_own(world, ids):
    buyer, mixed = world.client("buyer"), {**ids, "organisation_id": world.bank.pk}
    before = Survey.objects.count(), Invitation.objects.across("test").count()
    for route, _ in ALL:
        parts = re.findall(r"<(?:\w+:)?(\w+_id)>", route)
        if not route.startswith("s/<uuid:organisation_id>"):
            continue
        if not {"survey_id", "link_id", "invitation_id", "helper_id", "monthly_id"} & set(parts):
            continue
        for method in ("get", "post"):
            answer = getattr(buyer, method)(filled(route, mixed), {"sure": "yes"})
            assert answer.status_code in (404, 405), (method, route)
    assert (Survey.objects.count(), Invitation.objects.across("test").count()) == before


def _counts(company) -> tuple[int, ...]:
    kept = (Device, Site, Job, Notice, Employee)
    rows = tuple(one.objects.of(company).count() for one in kept)
    grants = Grant.objects.of(company).filter(withdrawn_at=None).count()
    return (
        *rows,
        grants,
        company.memberships.count(),
        Device.objects.of(company).filter(removed_at=None).count(),
    )


def test_what_is_not_there_and_what_is_not_yours_look_the_same(world):
    """An id that exists tells no more than one that does not."""
    stranger = world.client("stranger")

    def page(address: str) -> tuple[int, str]:
        answer = stranger.get(address)
        return answer.status_code, re.sub(r"[0-9a-f-]{36}|\w{64}", "", answer.content.decode())

    nobody = uuid.uuid4()
    for there, not_there in (
        (f"/c/{world.company.pk}/", f"/c/{nobody}/"),
        (f"/s/{world.chamber.pk}/", f"/s/{nobody}/"),
        (f"/s/{world.chamber.pk}/c/{world.company.pk}/", f"/s/{nobody}/c/{world.company.pk}/"),
    ):
        assert page(there)[0] == 404
        assert page(there) == page(not_there)


def test_pages_with_a_secret_in_their_address_are_kept_by_nobody(world, ids):
    """Answers somebody gives without an account stay in no cache of a shared computer or proxy."""
    survey = Survey.objects.get(pk=ids["survey_id"])
    Survey.objects.filter(pk=survey.pk).update(open_link=True)
    secret = SurveyInvitation.make(survey, 1)[0]
    joining = Invitation.make("staff", company=world.company, made_by=world.owner)[1]
    client = Client()
    for address in (f"/q/{secret}/", f"/q/open/{survey.pk}/", f"/join/{joining}/", "/phone/", "/"):
        answer = client.get(address)
        assert "no-store" in answer.headers.get("Cache-Control", ""), address
        assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        ("/nowhere/", 404),
        ("/accounts/login/", 200),
        ("/api/v1/companies", 401),
        ("/c/x/", 404),
    ],
)
def test_every_answer_bears_the_guards(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"


RARER = ("options", "patch", "delete", "trace")


@pytest.mark.parametrize("method", ["put", "others in turn"])
def test_other_methods_change_nothing_and_tell_nothing(world, ids, method):
    """A page that forgets to say which methods it takes takes them all, so PUT finds it."""
    owner = world.client("owner")
    for place, (route, name) in enumerate(ALL):
        asked = RARER[place % len(RARER)] if method == "others in turn" else method
        answer = getattr(owner, asked)(filled(route, ids))
        if name == "set_language":  # leads back to the first page, whatever it is asked by
            assert not answer.cookies
            continue
        assert answer.status_code in (200, 404, 405), (method, route, answer.status_code)
        if answer.status_code == 200:
            assert asked == "options"
            assert not answer.content
