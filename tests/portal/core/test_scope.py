"""Forgetting the company raises: every model that has company data refuses to run without it."""

import pytest
from django.apps import apps

from tojimari.portal.core.models import AuditEvent
from tojimari.portal.core.scope import ForgotCompany, ScopedManager, company_model
from tojimari.portal.people.models import Membership
from tojimari.portal.supporters.models import Invitation


def models_of_companies():
    for config in apps.get_app_configs():
        if config.name.startswith("tojimari."):
            for model in config.get_models(include_auto_created=True):
                if any(f.related_model is company_model() for f in model._meta.concrete_fields):
                    yield model


def test_every_model_with_company_data_is_scoped():
    found = list(models_of_companies())
    names = {model.__name__ for model in found}
    assert {"Membership", "Invitation", "AuditEvent", "Notice", "Employee", "Job"} <= names
    assert len(found) >= 20
    assert [m for m in found if not isinstance(m._default_manager, ScopedManager)] == []


@pytest.mark.parametrize("model", list(models_of_companies()), ids=lambda model: model.__name__)
def test_a_query_without_a_company_raises(db, model):
    for asked in (
        model.objects.all,
        model.objects.first,
        lambda: model.objects.filter(company=None),
        lambda: model.objects.create(),
    ):
        with pytest.raises(ForgotCompany):
            asked()


def test_rows_reached_from_a_person_or_organisation_have_declared_no_company(world):
    for rows in (world.owner.memberships, world.chamber.grants, world.chamber.invitations):
        with pytest.raises(ForgotCompany):
            rows.count()
    assert world.company.memberships.count() == 2
    assert world.company.grants.count() == 2


def test_a_persons_own_rows_have_a_scope_with_a_name(world):
    (own,) = Membership.objects.of_user(world.owner)
    assert own.company == world.company
    assert {e.company for e in AuditEvent.objects.of_actor(world.stranger)} == {world.foreign}


def test_looking_across_companies_is_logged(world, caplog):
    with caplog.at_level("INFO", "tojimari.scope"):
        assert Invitation.objects.across("a test counts").count() == 0
    assert caplog.records[-1].why == "a test counts"
