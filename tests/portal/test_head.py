"""HEAD is answered wherever GET is, with the same status and headers and no body.

The same walk holds that help is one press away from every page, whoever is asked and whatever went
wrong.
"""

import re

import msgspec
import pytest

from tests.support.addresses import filled, routes
from tojimari.portal import api_updates  # noqa: F401  # it adds its operations
from tojimari.portal.api import api
from tojimari.portal.people.models import SCOPES, ApiToken
from tojimari.portal.surveys.models import Survey, SurveyInvitation
from tojimari.survey.loader import load_questionnaire

pytestmark = pytest.mark.django_db

ALL = sorted({(route, name) for route, name in routes() if name})
OTHERS = ["/accounts/login/", "/accounts/signup/", "/api/v1/openapi.json", "/no-such-page/"]
OF_EACH_ANSWER = {
    "Date",
    "Expires",
    "Set-Cookie",
    "X-Request-Id",
    "Content-Security-Policy",
    "Content-Length",
}
"""Made anew with each answer, or of what a page holds that is."""
HELP = re.compile(r'<a [^>]*href="(/c/[0-9a-f-]{36})?/odd/"')
"""Leads to what to do and whom to call, with telephone numbers."""


@pytest.fixture(scope="module")
def world(world_of_module):
    return world_of_module


@pytest.fixture(scope="module")
def ids(ids_of_module):
    return ids_of_module


def leads_to_help(answer) -> bool:
    """Whether an answer is no page, leads elsewhere by itself, or has help one press away."""
    page = answer.headers.get("Content-Type", "").startswith("text/html")
    moved = answer.status_code in (301, 302)
    return not page or moved or bool(HELP.search(answer.content.decode()))


def same(client, address, **more):
    """Ask by HEAD and then by GET, and return the status both have."""
    head, get = client.head(address, **more), client.get(address, **more)
    assert head.status_code == get.status_code, address
    names = (set(head.headers) | set(get.headers)) - OF_EACH_ANSWER
    assert {name: head.headers.get(name) for name in names} == {
        name: get.headers.get(name) for name in names
    }, address
    assert ("Content-Security-Policy" in head.headers) == ("Content-Security-Policy" in get.headers)
    assert leads_to_help(get), address
    body = b"".join(head.streaming_content) if head.streaming else head.content
    assert body == b"", address
    return head.status_code


ROOMS = {
    "owner": ALL,
    "supporter": [(route, name) for route, name in ALL if route.startswith("s/")],
    "operator": [(route, name) for route, name in ALL if route.startswith("operator/")],
    None: [(route, name) for route, name in ALL if "_id" not in route],
}
"""Who is asked about what: the owner about everything, others where their answers are their own."""


@pytest.mark.parametrize("who", list(ROOMS))
def test_every_page_answers_head_as_it_answers_get(client, world, ids, who):
    asked = world.client(who) if who else client
    found = [same(asked, filled(route, ids)) for route, _ in ROOMS[who]]
    assert 200 in found
    assert {same(asked, address) for address in OTHERS} <= {200, 302, 404}


def test_the_open_pages_answer_head(client, world):
    for address in ("/", "/health/", "/.well-known/jwks.json", "/accounts/login/"):
        assert same(client, address) == 200


def test_the_pages_of_a_survey_answer_head_and_nothing_is_begun(client, world):
    content = msgspec.to_builtins(load_questionnaire("jfc2021"))
    survey = Survey.objects.create(
        organisation=world.chamber, title="調査", questionnaire=content, open_link=True
    )
    (secret,) = SurveyInvitation.make(survey, 1)
    before = SurveyInvitation.objects.filter(survey=survey).count()
    assert same(client, f"/q/open/{survey.pk}/") == 200
    assert same(client, f"/q/{secret}/") == 200
    assert SurveyInvitation.objects.filter(survey=survey).count() == before
    assert not survey.responses.exists()
    first_question = client.post(f"/q/{secret}/begin/")["Location"]
    assert survey.responses.count() == 1
    assert same(client, f"/q/{secret}/") in (200, 302)
    assert same(client, first_question) == 200


def operations():
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items():
        assert "head" not in methods
        if "get" in methods:
            yield path


@pytest.mark.parametrize("path", list(operations()))
def test_every_operation_of_the_api_answers_head(client, world, ids, path):
    _, secret = ApiToken.make(world.owner, "mine", list(SCOPES), 30)
    headers = {"authorization": f"Bearer {secret}"}
    address = re.sub(r"\{(\w+)\}", lambda m: str(ids[m.group(1)]), path)
    assert same(client, address, headers=headers) in (200, 404)
    assert same(client, address) == 401


def test_a_link_is_not_used_up_by_head(client, settings):
    from tojimari.portal.companies.local import entrance

    settings.LOCAL = True
    address = "/" + entrance().split("/", 3)[3]
    assert client.head(address).status_code == 200
    assert client.get(address).status_code == 302
    assert client.head(address).status_code == 200
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/", "/health/", "/api/v1/companies"])
def test_a_foreign_host_is_refused_by_head_too(client, address):
    assert client.head(address, headers={"host": "elsewhere.example"}).status_code == 400
    assert client.get(address, headers={"host": "elsewhere.example"}).status_code == 400
