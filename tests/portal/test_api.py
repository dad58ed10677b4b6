"""The API keeps its own promises: schemathesis against every operation, and the examples in docs."""

import functools
import json
from collections.abc import Mapping

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings

from tojimari.portal.api import openapi
from tojimari.portal.people.models import SCOPES, ApiToken
from tojimari.portal.urls import whole_api
from tojimari.portal.wsgi import application

DOCUMENT = json.loads(json.dumps(whole_api.get_openapi_schema(path_prefix="/api/v1/"), default=str))


@pytest.fixture(scope="module")
def operations():
    """The operations of the API as schemathesis reads them, once: with the constants that it looks
    for in our code it takes as long as all requests.

    It is imported here: every process that collects this file would spend a second on it.
    """
    import schemathesis

    @schemathesis.serializer("application/jose")
    def as_it_is(_context, value):
        """Send a made-up message as it is: it is text already."""
        return str(value).encode("utf-8", "surrogatepass")

    return functools.cache(
        lambda: schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    )


OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]


@pytest.fixture
def secret(world):
    _, made = ApiToken.make(world.owner, "fuzz", list(SCOPES), 30)
    return made


@pytest.fixture
def _one_connection():
    """Keep the test's connection: a server closes it around each request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_operation_answers_as_it_says(world, secret, monkeypatch, operations, path, method):
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    from tojimari.portal import api as module

    monkeypatch.setattr(module, "TOKEN_CALLS_A_MINUTE", 10**6)
    monkeypatch.setattr(module, "ENROLMENTS_AN_HOUR", 10**6)
    operation = operations()[path][method.upper()]

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def keeps_its_word(case):
        # A made-up company is 404 and done with; the token's own goes deeper.
        if "company_id" in case.path_parameters:
            case.path_parameters["company_id"] = str(world.company.pk)
        # No schema can say "signed with your key", nor which answers the catalog's questions
        # have, or which devices a company:
        # what is well-formed may still be refused there.
        knows_more = method == "put" or path.endswith(("reports", "ping", "actor", "updates"))
        not_asked = [positive_data_acceptance] if knows_more else []
        case.call_and_validate(
            headers={"Authorization": f"Bearer {secret}"}, excluded_checks=not_asked
        )

    keeps_its_word()


def test_the_document_is_openapi_3_1_and_names_every_scope():
    document = json.loads(openapi(whole_api))
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) >= 9
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"], path
            assert set(operation["responses"]) - {"200"}


def test_put_and_read_an_answer(client, world, secret):
    headers = {"authorization": f"Bearer {secret}"}
    page = f"/api/v1/companies/{world.company.pk}/answers"
    body = json.dumps({"choices": ["done"]})
    put = client.put(f"{page}/mfa", body, "application/json", headers=headers)
    assert put.json() == {"question": "mfa", "choices": ["done"], "number": None}
    assert client.get(page, headers=headers).json() == [put.json()]
    bad: Mapping[str, object]
    for bad in ({"choices": ["nonsense"]}, {"choices": []}, {"number": 3}, {}):
        answer = client.put(f"{page}/mfa", json.dumps(bad), "application/json", headers=headers)
        assert answer.status_code == 400
    assert client.put(f"{page}/nope", body, "application/json", headers=headers).status_code == 404
    state = client.get(f"/api/v1/companies/{world.company.pk}/assessment", headers=headers).json()
    step = state["next_step"]
    assert step["title"] == step["titles"]["ja"] != step["titles"]["en"]
    address = f"/api/v1/companies/{world.company.pk}/assessment"
    for asked, lang in (("en-GB,en;q=0.9", "en"), ("ja", "ja"), ("ko", "ja")):
        told = client.get(address, headers={**headers, "accept-language": asked}).json()
        assert told["next_step"]["title"] == step["titles"][lang]
    by_control = {c["control"]: c for c in state["controls"]}
    assert by_control["mfa-cloud"]["said"] == "met"
    assert by_control["mfa-cloud"]["measured"] == []


def test_the_fleet_by_api(client, world):
    _, secret = ApiToken.make(world.supporter, "fleet", ["fleet:read"], 30)
    headers = {"authorization": f"Bearer {secret}"}
    page = f"/api/v1/organisations/{world.chamber.pk}/companies"
    body = client.get(page, headers=headers).json()
    assert body["total"] == 1
    [row] = body["companies"]
    assert row["name"] == "ひみつ商店"
    assert row["concerns"] == [
        {"ja": "基本の6つがどれもわからない", "en": "nothing known of the six basics"}
    ]
    assert client.get(f"{page}?wrong=nothing_known", headers=headers).json()["total"] == 1
    assert client.get(f"{page}?wrong=fine", headers=headers).json()["total"] == 0
    assert client.get(f"{page}?page=0", headers=headers).status_code == 422
