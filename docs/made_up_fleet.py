"""Fills a fresh portal with made-up companies for the pictures; prints organisation and session."""

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.utils import timezone  # noqa: E402

from tojimari.portal.companies.assessments import refresh  # noqa: E402
from tojimari.portal.companies.questions import answer  # noqa: E402
from tojimari.portal.companies.start import found_company  # noqa: E402
from tojimari.portal.people.models import User  # noqa: E402
from tojimari.portal.supporters.models import Grant, Helper, Organisation  # noqa: E402
from tojimari.portal.words import catalog  # noqa: E402

NAMES = (
    (
        "角の酒屋 (見本) 山川工務店 (見本) 花田生花店 (見本) 北町整骨院 (見本) 青葉設計事務所 (見本) 浜田食堂 (見本) 中央印刷 (見本) "
        "さくら保育園 (見本) 西村米店 (見本) 大森自転車 (見本) みどり薬局 (見本) 岡部製作所 (見本)"
    )
    .replace(" (見本)", "(見本)")
    .split()
)
INDUSTRIES = ("retail", "construction", "lodging_food", "medical_welfare", "professional")
SIZES = ("one", "two_to_four", "five_to_nine", "ten_or_more")

helper = User.objects.create_user("helper@example.jp", name="会議所 (見本)")
chamber = Organisation.objects.create(
    name="町の商工会議所 (見本)", kind="supporter", approved_at=timezone.now()
)
Helper.objects.create(user=helper, organisation=chamber)
questions = catalog().questions
for number, name in enumerate(NAMES):
    company = found_company(User.objects.create_user(f"owner{number}@example.jp"), name)
    given = {
        "company-size": SIZES[number % 4],
        "industry": INDUSTRIES[number % 5],
        "updates": ("all", "some", "none")[number % 3],
        "antimalware": ("all", "all", "some", "none")[number % 4],
        "passwords": ("done", "partly", "not_done", "dont_know")[number % 4],
        "mfa": ("done", "not_done")[number % 2],
        "backup-where": ["none"] if number % 5 == 0 else ["cloud"],
    }
    for question, choice in given.items():
        answer(company, questions[question], choice)
    refresh(company)
    Grant.objects.of(company).create(
        company=company,
        organisation=chamber,
        scopes=("findings:read",) + ("reminders:send",) * (number % 3 > 0),
    )
session = SessionStore()
session[SESSION_KEY] = str(helper.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = helper.get_session_auth_hash()
session.create()
print(chamber.pk, session.session_key)
