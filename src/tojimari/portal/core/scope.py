"""Company scope: every query of company data says whose rows it wants, or raises."""

import logging
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

log = logging.getLogger("tojimari.scope")

COMPANY = "companies.Company"
"""The model that a company is, for foreign keys; the ground does not import it."""


class ForgotCompany(RuntimeError):
    """A query did not say whose data it wants. That is our own mistake, never shown as data."""


def company_model() -> Any:
    """Return the model class of a company."""
    return apps.get_model(COMPANY)


def note_across(why: str) -> None:
    """Write to the log that rows of all companies are asked for."""
    log.info("across companies", extra={"why": why})


class ScopedManager(models.Manager):
    """Refuses every query that does not declare its company.

    ``of(company)`` gives one company's rows; ``across(why)`` gives all and is logged. The related
    manager of a company (``company.devices``) has declared it already; one of anything else
    (``user.memberships``) has not. A model whose rows also belong to a person adds a scope with a
    name for them (``of_user``).
    """

    def get_queryset(self) -> models.QuerySet:
        """Return the rows of a company's related manager; raises ForgotCompany otherwise."""
        if isinstance(getattr(self, "instance", None), company_model()):
            return super().get_queryset()
        raise ForgotCompany(f"{self.model.__name__}: say .of(company) or .across(why)")

    def of(self, company: Any | UUID | str) -> models.QuerySet:
        """Return the rows of one company, given as row or id."""
        return self._all().filter(company=company)

    def across(self, why: str) -> models.QuerySet:
        """Return the rows of all companies; ``why`` goes to the log."""
        note_across(why)
        return self._all()

    def _all(self) -> models.QuerySet:
        return super().get_queryset()
