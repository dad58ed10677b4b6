"""The doctor stands on Django's checks: what it looks at is registered beside each app."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry
from django.utils import timezone

from tojimari.portal.operate.doctor import ORDER, examine
from tojimari.portal.outside import checks
from tojimari.portal.signs import DOCTOR, SignMessage


def ours():
    every = registry.get_checks(include_deployment_checks=True)
    return [check for check in every if check.__module__.startswith("tojimari.")]


def test_every_check_of_ours_has_the_doctors_tag_and_stands_beside_its_app():
    assert {check.__module__.split(".")[2] for check in ours()} == {
        "companies",
        "devices",
        "operate",
        "outside",
        "proofs",
        "updates",
    }
    assert all(check.tags == (DOCTOR,) for check in ours())
    assert all(check.__module__.endswith(".checks") for check in ours())


def test_a_plain_check_does_not_ask_the_mail_server_or_the_database():
    # No database is allowed in this test: asking it would fail.
    assert not [found for found in run_checks() if isinstance(found, SignMessage)]


@pytest.mark.django_db
@pytest.mark.parametrize("local", [True, False])
def test_the_doctor_says_everything_in_both_languages_and_in_order(settings, tmp_path, local):
    settings.LOCAL, settings.HTTPS, settings.HOME = local, False, tmp_path / "not-there"
    signs = examine()
    names = [sign.name for sign in signs]
    assert names == sorted(names, key=ORDER.index)
    assert {"database", "migrations", "home", "worker", "mail", "knowledge"} <= set(names)
    assert ("https" in names) is ("check" in names) is not local
    for sign in signs:
        assert sign.text.ja
        assert sign.text.en
        assert sign.health in ("good", "warn", "bad")
    assert next(sign for sign in signs if sign.name == "home").health == "bad"


@pytest.mark.parametrize(
    ("days", "health"), [(0, "good"), (60, "good"), (61, "warn"), (400, "warn")]
)
def test_old_knowledge_is_not_called_good(monkeypatch, days, health):
    day = timezone.localdate() - timedelta(days=days)
    monkeypatch.setattr(checks, "as_of", lambda *_: day)
    [found] = checks.knowledge()
    assert found.sign.health == health
    assert str(day) in found.sign.text.ja
