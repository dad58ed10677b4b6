"""What a company says of itself: kept as said, the newest word counts."""

from typing import Any

import msgspec
from django.http import QueryDict
from django.utils import timezone

from tojimari.ask.company_profile import CHOICE_WORDS, CHOICES
from tojimari.diagnose import Diagnosis
from tojimari.model import Subject, seen
from tojimari.model.facts.company_profile import CompanyProfile
from tojimari.plan.money import ASKED, KnownCompany, profile_of
from tojimari.portal.companies.account import prefecture_choices
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.words import say

MANY = ("branches",)
"""Fields of which several may be chosen."""


def said_of(company: Company) -> CompanyProfile:
    """Return the newest word of a company on itself."""
    return profile_of(current(company, CompanyProfile.KIND), timezone.now())


def tell(company: Company, said: dict[str, Any]) -> bool:
    """Keep what was said, field by field; returns whether anything is new.

    The prefecture is kept where the settings keep it, too.
    """
    before = said_of(company)
    after = msgspec.structs.replace(before, **said)
    if after == before:
        return False
    subject = Subject("company", str(company.pk))
    keep(company, [seen(after, subject=subject, source="answered", at=timezone.now())])
    if after.prefecture and after.prefecture != company.prefecture:
        company.prefecture = after.prefecture
        company.save(update_fields=["prefecture"])
        Standing.objects.of(company).update(prefecture=company.prefecture)
    mark_stale(company)
    return True


def fields(
    result: Diagnosis, names: tuple[str, ...], typed: QueryDict | None = None
) -> list[dict[str, Any]]:
    """Return the questions of ``names`` as a page asks them, with what is known already.

    typed: what was just sent and could not be kept; it stands where it was typed.
    """
    known, said = result.known_company, profile_of(result.observations, result.assessment.as_of)
    return [
        {
            "name": name,
            "label": say(f"money.ask_{name}"),
            "options": _options(name),
            "many": name in MANY,
            "value": _typed(name, typed)
            if typed is not None and name in typed
            else _value(name, known, said),
            "number": name in ("capital_yen", "staff"),
        }
        for name in names
    ]


def _typed(name: str, typed: QueryDict) -> Any:
    return typed.getlist(name) if name in MANY else typed.get(name, "")


def others(asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that are not asked now, which can still be put right."""
    return tuple(name for name in ASKED if name not in asked)


def _options(name: str) -> list[tuple[str, str]]:
    if name in ("prefecture", "branches"):
        return prefecture_choices()
    word = CHOICE_WORDS.get(name, "")
    return [(one, say(f"money.{word}_{one}")) for one in CHOICES.get(name, ())]


def _value(name: str, known: KnownCompany, said: CompanyProfile) -> Any:
    """Return what stands in the field: as it was said, or as it is known from elsewhere."""
    if name == "prefecture":
        return known.prefecture
    value = getattr(said, name)
    if name == "branches":
        return list(value) if value else ["none"] if value is not None else []
    if name == "old_declaration":
        return "" if value is None else "yes" if value else "no"
    return "" if value is None else value
