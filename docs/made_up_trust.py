"""Fills a fresh portal with a made-up buyer, bank and supplier for the pictures; prints what is where."""

import json
import uuid

from django.utils import timezone
from msgspec import to_builtins
from msgspec.structs import replace
from tests.support.requests import asked_supplier, made_request
from tests.support.sessions import session_of

from tojimari.portal.chains.models import ChainMember, Disclosure, Purchase, SupplyLink
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.questions import answer
from tojimari.portal.companies.rights import CHAIN_READ, LOAN_JUDGE
from tojimari.portal.companies.start import found_company
from tojimari.portal.core.models import Hold
from tojimari.portal.lenders.models import PolicyVersion
from tojimari.portal.people.models import User
from tojimari.portal.proofs.models import Proof
from tojimari.portal.proofs.signing import ask_for, claims_of, seen_digest
from tojimari.portal.supporters.models import Grant, Helper, Organisation
from tojimari.portal.words import catalog

FRAMEWORK = "ipa-6"
NAMES = (
    "角の製作所(見本)",
    "北町めっき(見本)",
    "港の運送(見本)",
    "川端印刷(見本)",
    "坂の上樹脂(見本)",
)
SHARES = (30, 25, 15, 10, 5)


def buyer(name: str, mail: str, person: str) -> tuple[Organisation, User]:
    """Return an approved buyer and somebody who works there."""
    user = User.objects.create_user(mail, name=person)
    made = Organisation.objects.create(name=name, kind="buyer", approved_at=timezone.now())
    Helper.objects.create(user=user, organisation=made)
    return made, user


def answered(company: Company, number: int) -> None:
    """Let a company answer every question of its check-up; the first well, the later ones less."""
    for place, question in enumerate(catalog().questions.values()):
        options = [one.id for one in question.options if not one.alone]
        if options:
            worse = number and not (place + number) % (6 - number)
            answer(company, question, [options[-1 if worse else 0]])
    answer(company, catalog().questions["pc-count"], 3)
    if not number:
        answer(company, catalog().questions["backup-detached"], ["not_done"])
    refresh(company)


firm, purchaser = buyer("組立工業(見本)", "buyer@example.jp", "山本")
bank, clerk = buyer("町の信用金庫(見本)", "bank@example.jp", "中村")
owners, companies = [], []
for number, name in enumerate(NAMES):
    owners.append(User.objects.create_user(f"owner{number}@example.jp", name="伊藤"))
    companies.append(found_company(owners[-1], name))
    answered(companies[-1], number)
    for organisation, scope in ((firm, CHAIN_READ), (bank, LOAN_JUDGE)):
        Grant.objects.of(companies[-1]).create(
            company=companies[-1], organisation=organisation, scopes=(scope,)
        )
    Purchase.objects.of(companies[-1]).create(
        organisation=firm, company=companies[-1], percent=SHARES[number], replace="months"
    )
for place, name in enumerate(("特殊鋼の山田(見本)", "ねじの佐藤(見本)")):
    link = SupplyLink.objects.of(companies[place]).create(
        company=companies[place],
        name=name,
        percent=40,
        replace="hard",
        partner=companies[4 - place],
    )
    ChainMember.objects.of(companies[4 - place]).get_or_create(company=companies[4 - place])
    Disclosure.objects.of(companies[place]).create(
        company=companies[place], link=link, organisation=firm
    )
inquiry = asked_supplier(made_request(firm, FRAMEWORK), company=companies[0], name=NAMES[0])
sample = replace(catalog().policies["support-loan"], sample=False)
PolicyVersion.objects.create(
    organisation=bank, version=1, content=to_builtins(sample), switched_on_at=timezone.now()
)
claims = claims_of(companies[0], FRAMEWORK)
proof = Proof.objects.of(companies[0]).create(
    company=companies[0],
    framework=FRAMEWORK,
    audience=bank.name,
    nonce="融資 12",
    shown=[one.id for one in claims.items][:4],
    seen=seen_digest(claims),
    made_by=owners[0],
)
ask_for(proof)
for kind, values in (
    ("grant", {"to": "町の商工会議所(見本)"}),
    ("proof", {"to": bank.name, "what": {"ja": "6か条", "en": "Six basics"}}),
    ("answer", {"to": firm.name, "what": inquiry.request.title}),
):
    Hold.objects.of(companies[1]).create(
        company=companies[1],
        kind=kind,
        about=str(uuid.uuid4()) if kind != "grant" else "0",
        values=values,
    )
print(
    json.dumps(
        {
            "firm": str(firm.pk),
            "bank": str(bank.pk),
            "company": str(companies[0].pk),
            "other": str(companies[1].pk),
            "request": str(inquiry.request_id),
            "inquiry": str(inquiry.pk),
            "proof": str(proof.pk),
            "secret": proof.secret,
            "sessions": {
                "buyer": session_of(purchaser),
                "bank": session_of(clerk),
                "owner": session_of(owners[0]),
                "other": session_of(owners[1]),
            },
        }
    )
)
