"""Fills a fresh portal with made-up companies for the pictures; prints organisation and session."""

from datetime import timedelta

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Assessed
from tojimari.portal.companies.questions import answer
from tojimari.portal.companies.start import found_company
from tojimari.portal.devices.models import Device
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import (
    Grant,
    Helper,
    Invitation,
    Organisation,
)
from tojimari.portal.supporters.tasks import make_report
from tojimari.portal.words import catalog

TOWNS = ["角の", "北町", "南町", "東町", "西町", "中央", "港", "坂の上", "川端", "駅前"]
TRADES = ["酒屋", "工務店", "生花店", "整骨院"]
NAMES = [f"{town}{trade}(見本)" for town in TOWNS for trade in TRADES]
INDUSTRIES = ("retail", "construction", "lodging_food", "medical_welfare", "professional")
SIZES = ("one", "two_to_four", "five_to_nine", "ten_or_more")

helper = User.objects.create_user("helper@example.jp", name="会議所 (見本)")
chamber = Organisation.objects.create(
    name="町の商工会議所 (見本)", kind="supporter", approved_at=timezone.now()
)
Helper.objects.create(user=helper, organisation=chamber)
questions = catalog().questions
today = timezone.now()
for number, name in enumerate(NAMES):
    company = found_company(User.objects.create_user(f"owner{number}@example.jp"), name)
    given = {
        "company-size": SIZES[number % 4],
        "industry": INDUSTRIES[number % 5],
        "updates": ("all", "some", "none", "all", "dont_know")[number % 5],
        "antimalware": ("all", "all", "some", "none", "all", "all", "all")[number % 7],
        "passwords": ("done", "partly", "not_done", "dont_know", "done", "done")[number % 6],
        "mfa": ("done", "not_done", "done")[number % 3],
        "backup-where": ["none"] if number % 5 in (0, 3) else ["cloud"],
    }
    if number % 10 == 9:  # has joined, and answered nothing yet
        given = {}
    for question, choice in given.items():
        answer(company, questions[question], choice)
    if number % 4 == 1:
        heard = today - timedelta(days=45 if number % 8 == 1 else 1)
        Device.objects.of(company).create(
            company=company,
            kind=Device.COMPUTER,
            name="レジ",
            system="linux",
            enrolled_at=heard,
            last_report_at=heard,
        )
    refresh(company)
    Assessed.objects.of(company).update(as_of=today - timedelta(days=32))
    if number % 3 == 0:
        answer(company, questions["updates"], "all")
        answer(company, questions["mfa"], "done" if number % 2 else "not_done")
    refresh(company)
    shared = ("findings:read", "reports:monthly") if number % 6 else ()
    grant = Grant.objects.of(company).create(
        company=company,
        organisation=chamber,
        scopes=shared + ("reminders:send",) * (number % 3 > 0),
    )
    make_report.call(grant.pk)
for number in range(3):
    Invitation.make(
        "company",
        organisation=chamber,
        made_by=helper,
        email=f"shop{number}@example.jp",
        name=f"{TOWNS[number]}食堂(見本)",
    )
chamber.join_links.create(
    name="11月のセミナー",
    scopes=("findings:read",),
    at_most=50,
    expires_at=today + timedelta(days=30),
)
session = SessionStore()
session[SESSION_KEY] = str(helper.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = helper.get_session_auth_hash()
session.create()
print(chamber.pk, session.session_key)
