"""Who could come to a company, the field that is near, and the programmes that send experts."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from tojimari.catalog.money import OPEN_POINTS, Programme
from tojimari.portal.companies.account import prefecture_choices
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.core.permissions import Actor
from tojimari.portal.experts.models import Expert
from tojimari.portal.experts.rights import still_expert
from tojimari.portal.experts.visits import comes_to
from tojimari.portal.incidents.models import Incident
from tojimari.portal.incidents.record import seen_by
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.words import catalog, current_lang, say

CHECK_AGAIN_AFTER = timedelta(days=92)
"""What is older than this of a programme is to be checked again."""
SHOWN_AT_MOST = 100


def field_title(id_: str) -> str:
    """Return what a field is called; the id of one the catalog does not have any more."""
    field = catalog().expertise.fields.get(id_)
    return field.title.say(current_lang()) if field else id_


def field_choices() -> list[tuple[str, str, str]]:
    """Return (id, title, what such an expert does) of every field."""
    lang = current_lang()
    return [
        (one.id, one.title.say(lang), one.plain.say(lang))
        for one in catalog().expertise.fields.values()
    ]


def suggested_field(actor: Actor, company: Company) -> str:
    """Return the field that is near: by an open incident the actor may see, or by the next step.

    "" where neither says anything.
    """
    fields = catalog().expertise.fields.values()
    open_ones = seen_by(actor, company).filter(state=Incident.OPEN).order_by("-known_at")
    for kind in open_ones.values_list("kind", flat=True)[:1]:
        return next((one.id for one in fields if kind in one.kinds), "")
    standing = Standing.objects.of(company).first()
    control = catalog().controls.get(standing.step) if standing else None
    if control is None:
        return ""
    return next((one.id for one in fields if control.theme in one.themes), "")


def senders(company: Company) -> list[Organisation]:
    """Return the supporters that look after a company: those it lets look."""
    grants = Grant.objects.of(company).filter(
        withdrawn_at=None,
        organisation__approved_at__isnull=False,
        organisation__kind=Organisation.SUPPORTER,
    )
    found = grants.select_related("organisation").order_by("given_at", "pk")
    return [grant.organisation for grant in found]


def experts_for(company: Company, field: str) -> list[Expert]:
    """Return who could come: of the company's supporters, for the field, to its prefecture.

    field: "" for any.
    """
    found = (
        Expert.objects.filter(
            still_expert(""),
            organisation__in=senders(company),
            is_on=True,
            user__isnull=False,
        )
        .select_related("organisation")
        .order_by("name", "pk")
    )
    near = [one for one in found if comes_to(one, company) and (not field or field in one.fields)]
    return near[:SHOWN_AT_MOST]


def cards(found: list[Expert]) -> list[dict[str, Any]]:
    """Return experts as pages show them, in the reader's language."""
    names = dict(prefecture_choices())
    comma = "、" if current_lang() == "ja" else ", "
    return [
        {
            "expert": one,
            "fields": comma.join(field_title(id_) for id_ in one.fields),
            "prefectures": comma.join(names[n] for n in one.prefectures if n in names),
            "days": comma.join(say(f"day.{day}") for day in one.days),
            "languages": comma.join(say(f"speaks.{code}") for code in one.languages),
        }
        for one in found
    ]


def programmes_for(company: Company | None = None) -> list[dict[str, Any]]:
    """Return the programmes that send or pay experts where the company is, as pages show them.

    Those for its prefecture come first; without a prefecture all come. What no source says is
    named, and what is old asks to be checked again.
    """
    prefecture, lang = (company.prefecture if company else ""), current_lang()
    found = [
        one
        for one in catalog().money.programmes.values()
        if one.sends_experts
        and (not one.prefectures or not prefecture or prefecture in one.prefectures)
    ]
    comma = "、" if lang == "ja" else ", "
    return [
        {
            "name": one.name.say(lang),
            "rows": _rows(one),
            "open": comma.join(say(f"programme.{name}") for name in one.open_points),
            "as_of": one.seen,
            "old": one.seen is None or _old(one.seen),
            "sources": comma.join(catalog().sources[id_].title.say(lang) for id_ in one.sources),
        }
        for one in sorted(found, key=lambda one: not one.prefectures)
    ]


def _old(as_of: date) -> bool:
    return timezone.localdate() - as_of > CHECK_AGAIN_AFTER


def _rows(one: Programme) -> list[tuple[str, str]]:
    lang = current_lang()
    said = [("by", one.runner), ("who", one.who), ("what", one.gives)]
    said += [(name, getattr(one, name)) for name in OPEN_POINTS]
    return [(say(f"programme.{name}"), text.say(lang)) for name, text in said if text]
