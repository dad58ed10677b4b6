"""Nobody sees another company: every address and every API operation, asked by a stranger."""

import json
import re
import uuid

import pytest
from django.db import transaction

from tests.support.addresses import filled, routes
from tojimari.portal import api_updates  # noqa: F401  # it adds its operations
from tojimari.portal.api import api
from tojimari.portal.devices.models import EnrolCode
from tojimari.portal.people.models import SCOPES, ApiToken
from tojimari.portal.supporters.models import Invitation

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(world_of_module):
    return world_of_module


@pytest.fixture(scope="module")
def ids(ids_of_module):
    return ids_of_module


# Addresses that belong to nobody's company: everybody may open them.
OPEN = {
    "sample",
    "start",
    "home",
    "make_company",
    "phone_code",
    "account",
    "make_token",
    "my_data",
    "leave",
    "health",
    "jwks",
    "statement_keys",
    "set_language",
    "fleet",
    "about",
    "door",
    "kind",
    "now",
    "earlier_door",
    "earlier_kind",
    "emergency_code",
    "mail",
    "share",
    "confirm",
    "manifest",
    "sign_in_anew",
    "abuse",
}
SECRET = "ひみつ商店"


ALL = sorted({(route, name) for route, name in routes() if name})


def test_the_walk_really_walks():
    assert len(ALL) > 45
    assert sum("company_id" in route for route, _ in ALL) > 30


def answers(client, routes, ids):
    """Ask each address by GET and POST; yields (method, route, name, answer), and what an answer
    changed, or who it signed out, is undone for the next."""
    client.get("/health/")  # what the first request of a session writes is not written at each
    signed_in = client.cookies.copy()
    for route, name in routes:
        for method in ("get", "post"):
            client.cookies = signed_in.copy()
            with transaction.atomic():
                answer = getattr(client, method)(filled(route, ids))
                transaction.set_rollback(True)
            yield method, route, name, answer


def test_a_stranger_gets_nothing(world, ids):
    found = []
    for method, route, name, answer in answers(world.client("stranger"), ALL, ids):
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        refused = (404, 405) if "_id" in route else (400, 403, 404, 405)
        open_to_all = "_id" not in route and name in OPEN
        if SECRET in body.decode() or not (open_to_all or answer.status_code in refused):
            found.append((method, route, answer.status_code))
    assert found == []


def test_nobody_signed_in_is_led_to_the_door(client, world, ids):
    inner = [(route, name) for route, name in ALL if "_id" in route]
    found = [
        (method, route, answer.status_code)
        for method, route, _, answer in answers(client, inner, ids)
        if answer.status_code not in (302, 404, 405)
        or not answer.get("Location", "/accounts/login/").startswith("/accounts/login/")
    ]
    assert found == []


FITS = {"choices": ["all"], "kind": "x", "devices": [str(uuid.uuid4())], "until": "2099-01-01"}
"""What fits the form of every operation: the answer is about whose it is."""
OWNER_ONLY = {
    "holds",
    "decide_hold",
    "decide_all_holds",
    "sharing",
    "invite_organisation",
    "change_grant",
    "cancel_invitation",
    "settings",
    "employees",
    "remove_employee",
    "invite_staff",
    "remove_person",
    "export",
    "delete",
    "rename_device",
    "remove_device",
    "new_address",
    "contacts",
    "still_right",
    "remove_contact",
    "new_code",
    "ask_expert",
    "answer_visit",
    "show_expert",
    "company_cancels",
    "confirm_report",
    "erase_line",
    "watch_ours",
    "set_lesson_link",
    "new_lesson_link",
    "remove_lesson_taken",
    "scorm",
    "lesson_statements",
    "money",
    "tell_money",
    "remind_money",
    "insurance",
    "insurance_file",
    "paper_answers",
    "paper_section",
    "paper_upload",
    "approve_paper",
    "withdraw_paper",
    "remind_papers",
    "proofs",
    "new_proof",
    "proof",
    "withdraw_proof",
    "renew_proof",
    "start_update",
    "new_policy",
    "answer_update",
    "answer_policy",
    "change_second",
    "company_requests",
    "company_inquiry",
    "company_ask",
    "company_check",
    "company_withdraw",
    "company_refuse",
    "forms",
    "take_form",
    "form",
    "form_layout",
    "form_words",
    "form_row",
    "form_filled",
    "delete_form",
    "own_chain",
    "add_supplier",
    "chain_member",
    "remove_supplier",
    "disclose",
    "own_loans",
    "loan_letter",
}


@pytest.mark.parametrize("who", ["supporter", "buyer", "operator", "staff"])
def test_other_roles_stay_in_their_rooms(world, ids, who):
    client = world.client(who)
    for route, name in ALL:
        if not route.startswith("c/<uuid:company_id>"):
            continue
        address = filled(route, ids)
        if who == "staff" and name not in OWNER_ONLY:
            continue
        for method in ("get", "post"):
            assert getattr(client, method)(address).status_code in (404, 405), (who, route)
    world.company.refresh_from_db()


def test_a_supporter_sees_only_what_is_granted(world, ids):
    page = f"/s/{world.chamber.pk}/c/{world.company.pk}/"
    client = world.client("supporter")
    assert SECRET in client.get(page).content.decode()
    assert "事務所のパソコン" in client.get(page).content.decode()
    world.company.grants.filter(pk=world.grant.pk).update(
        scopes=("findings:read", "reminders:send")
    )
    assert "事務所のパソコン" not in client.get(page).content.decode()
    owner = world.client("owner")
    owner.post(f"/c/{world.company.pk}/sharing/{world.grant.pk}/", {"withdraw": "yes"})
    assert client.get(page).status_code == 404
    assert SECRET not in client.get(f"/s/{world.chamber.pk}/").content.decode()
    export = client.get(f"/s/{world.chamber.pk}/export.csv")
    assert SECRET not in b"".join(export.streaming_content).decode()
    assert client.post(f"{page}note/", {"text": "x"}).status_code == 404


def test_a_buyer_sees_the_basics_and_no_more(world, ids):
    shown = world.client("buyer").get(f"/s/{world.bank.pk}/c/{world.company.pk}/").content.decode()
    assert "基本の6つ" in shown
    assert "すべての対策" not in shown
    assert "事務所のパソコン" not in shown


def test_a_closed_organisation_sees_nothing(world):
    page = f"/s/{world.chamber.pk}/"
    world.client("operator").post(
        "/operator/", {"organisation": str(world.chamber.pk), "close": "yes"}
    )
    assert world.client("supporter").get(page).status_code == 404


def operations():
    schema = api.get_openapi_schema(path_prefix="/api/v1/")
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize(("path", "method"), [(p, m) for p, m, _ in operations()])
def test_every_api_operation_with_a_strangers_token(client, world, ids, path, method):
    _, secret = ApiToken.make(world.stranger, "mine", list(SCOPES), 30)
    address = re.sub(r"\{(\w+)\}", lambda m: str(ids[m.group(1)]), path)
    response = client.generic(
        method.upper(),
        address,
        json.dumps(FITS),
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"},
    )
    assert SECRET not in response.content.decode()
    if "{" in path:
        assert response.status_code in (403, 404), path
        assert client.generic(method.upper(), address).status_code == 401
    else:
        assert response.status_code in (200, 400, 422)


def test_a_scope_is_needed(client, world):
    _, secret = ApiToken.make(world.owner, "read", ["company:read"], 30)
    headers = {"authorization": f"Bearer {secret}"}
    address = f"/api/v1/companies/{world.company.pk}/answers"
    assert client.get(address, headers=headers).status_code == 200
    body = json.dumps({"choices": ["all"]})
    put = client.put(f"{address}/updates", body, "application/json", headers=headers)
    assert put.status_code == 403
    fleet = f"/api/v1/organisations/{world.chamber.pk}/companies"
    assert client.get(fleet, headers=headers).status_code == 403


def test_an_expired_or_removed_token_is_useless(client, world):
    from django.utils import timezone

    token, secret = ApiToken.make(world.owner, "old", ["company:read"], 30)
    headers = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/companies", headers=headers).status_code == 200
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert client.get("/api/v1/companies", headers=headers).status_code == 401
    assert secret not in str(ApiToken.objects.values())


def test_forgetting_the_company_raises(world):
    from tojimari.portal.companies.models import Observation
    from tojimari.portal.core.scope import ForgotCompany

    with pytest.raises(ForgotCompany):
        Observation.objects.all()
    with pytest.raises(ForgotCompany):
        Observation.objects.filter(company=world.company)
    assert Observation.objects.of(world.company).count() == 0


def test_secrets_of_links_and_codes_are_not_kept(world):
    _, letters = EnrolCode.make(world.company, "computer", world.owner)
    _, secret = Invitation.make("staff", company=world.company, made_by=world.owner)
    kept = str(list(EnrolCode.objects.of(world.company).values())) + str(
        list(Invitation.objects.of(world.company).values())
    )
    assert letters.replace("-", "") not in kept
    assert secret not in kept
    assert uuid.UUID(str(world.company.pk))
