"""An answer and the page it leads to read what is known once and judge it once."""

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from tojimari import diagnose
from tojimari.assess.assessment import assess
from tojimari.portal.companies import assessments, questions
from tojimari.portal.companies.models import Standing
from tojimari.portal.devices.models import Device
from tojimari.portal.outside.models import Site


@pytest.fixture
def counted(monkeypatch):
    """Count the real calls that read a company's observations, and those that judge them."""
    calls = {"read": 0, "judged": 0}

    def count(name, real):
        def call(*args, **more):
            calls[name] += 1
            return real(*args, **more)

        return call

    for module in (assessments, questions):
        monkeypatch.setattr(module, "current", count("read", module.current))
    monkeypatch.setattr(diagnose, "assess", count("judged", assess))
    return calls


def selects(queries) -> list[str]:
    table = 'FROM "companies_observation"'
    return [q["sql"] for q in queries if q["sql"].startswith("SELECT") and table in q["sql"]]


WHOLE = "ROW_NUMBER()"  # the one query that reads what is current; keeping looks at one slot


@pytest.mark.parametrize(
    ("address", "leads_to", "judged"),
    [
        ("ask/mfa/?then=result", "", 1),
        ("ask/mfa/?then=weekly", "weekly/", 1),
        ("ask/mfa/?of=basics", "ask/?of=basics", 0),
    ],
)
def test_an_answer_and_its_page_read_once_and_judge_once(world, counted, address, leads_to, judged):
    client, base = world.client("owner"), f"/c/{world.company.pk}/"
    with CaptureQueriesContext(
        connection,
    ) as caught:
        sent = client.post(base + address, {"choice": "done"})
        assert sent.headers["Location"] == base + leads_to
        client.get(sent.headers["Location"])
    assert counted == {"read": 1, "judged": judged}
    found = selects(caught.captured_queries)
    assert sum(WHOLE in sql for sql in found) == 1
    assert len(found) <= 3  # besides: the rows before and after the new one in its own slot


def test_the_result_keeps_what_was_answered_for_the_lists(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}/"
    before = Standing.objects.of(world.company).get()
    client.post(f"{base}ask/mfa/?then=result", {"choice": "done"})
    assert Standing.objects.of(world.company).get().stale_since is not None
    client.get(base)
    after = Standing.objects.of(world.company).get()
    assert after.stale_since is None
    assert after.unknown < before.unknown


def test_a_paper_and_the_result_read_once_and_judge_once(world, counted):
    client, base = world.client("owner"), f"/c/{world.company.pk}/"
    kept = {"done_on": "2026-01-05", "note": "金庫の2段目"}
    sent = client.post(f"{base}control/security-policy/evidence/", kept)
    assert client.get(sent.headers["Location"]).status_code == 200
    assert counted == {"read": 1, "judged": 1}


@override_settings(LOCAL=True)  # only there a look is seconds, and the page after the questions
def test_after_the_last_basic_question_a_worker_judges_who_goes_on_to_look(world, counted):
    from tests.support.pressing import run_tasks

    client, base = world.client("owner"), f"/c/{world.company.pk}/"
    address = f"{base}ask/?of=basics"
    for _ in range(60):
        shown = client.get(address)
        if "/ask/" not in shown.headers["Location"]:
            break
        sent = client.post(shown.headers["Location"], {"choice": "dont_know"})
        address = sent.headers["Location"]
    assert shown.headers["Location"] == f"{base}check/"
    assert counted["judged"] == 0
    run_tasks()
    assert counted["judged"] == 1
    assert Standing.objects.of(world.company).get().stale_since is None


def test_what_is_taken_away_is_judged_by_the_next_page(world, counted):
    site = Site.objects.of(world.company).create(
        company=world.company, name="shop.example", mail_domain="shop.example"
    )
    device = Device.objects.of(world.company).create(
        company=world.company, kind="computer", name="PC", public_key="0" * 64
    )
    client, base = world.client("owner"), f"/c/{world.company.pk}/"
    for address, sent in (
        ("sites/line/forget/", {"address": "192.0.2.1"}),
        (f"sites/{site.pk}/remove/", {}),
        (f"devices/{device.pk}/remove/", {}),
    ):
        client.get(base)
        counted["judged"] = 0
        answer = client.post(base + address, sent)
        assert answer.status_code == 302, address
        assert counted["judged"] == 0, address
        assert Standing.objects.of(world.company).get().stale_since is not None, address
        client.get(base)
        assert counted["judged"] == 1, address
