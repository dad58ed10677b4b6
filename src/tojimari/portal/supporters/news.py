"""News that concern: published weaknesses on the computers that companies let a supporter see."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.feedgenerator import Rss201rev2Feed
from django.views.decorators.http import require_safe

from tojimari.knowledge.advisories.place import is_there
from tojimari.knowledge.exploited import exploited_as_of
from tojimari.knowledge.package_urls import package_url
from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.permissions import companies_where
from tojimari.portal.devices.models import OpenWeakness
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import current_lang, say
from tojimari.report.weakness_exchange import MEDIA_TYPE, Weak, to_stix

if TYPE_CHECKING:
    from tojimari.knowledge.advisories.index import Index

ROWS_AT_MOST = 200
FORMS = ("json", "rss", "stix.json")
_COMPANIES_SHOWN = 5
_IDS_SHOWN = 3
_PURLS_AT_MOST = 50


class News(msgspec.Struct, frozen=True):
    """Weaknesses of one package, and whom they concern.

    Attributes:
        package: the source package.
        fixed: the versions that mend them, one for each release in use.
        ids: the publishers' numbers, those in use by attackers first.
        attacked: whether attackers are known to use one.
        companies, devices: how many have it.
        purls: Package URLs of the versions that are installed, as far as they are named.
    """

    package: str
    fixed: tuple[str, ...]
    ids: tuple[str, ...]
    attacked: bool
    companies: int
    devices: int
    purls: tuple[str, ...] = ()


def _granted(request: HttpRequest) -> QuerySet:
    rows = OpenWeakness.objects.across("weaknesses on devices that companies let be seen")
    return rows.filter(company__in=companies_where(request.actor, DEVICES_READ))


def news_of(rows: QuerySet) -> list[News]:
    """Return what concerns most first, that which attackers use before all."""
    hot = Count("pk", filter=Q(package__attacked=True))
    counted = (
        rows.values("package__package")
        .annotate(
            companies=Count("company", distinct=True),
            devices=Count("device", distinct=True),
            hot=hot,
        )
        .order_by("-hot", "-companies", "-devices", "package__package")[:ROWS_AT_MOST]
    )
    counted = sorted(counted, key=lambda one: one["hot"] == 0)
    told: dict[str, tuple[dict[str, None], dict[str, None], dict[str, None]]] = {}
    names = [one["package__package"] for one in counted]
    versions = (
        rows.filter(package__package__in=names)
        .order_by("-package__attacked", "package__release", "package__fixed", "package__version")
        .values_list(
            "package__package",
            "package__fixed",
            "package__ids",
            "package__release",
            "package__version",
        )
        .distinct()
    )
    for package, fixed, ids, release, version in versions:
        of_package = told.setdefault(package, ({}, {}, {}))
        of_package[0][fixed] = None
        of_package[1].update(dict.fromkeys(ids))
        if len(of_package[2]) < _PURLS_AT_MOST:
            of_package[2][package_url(release, package, version)] = None
    return [
        News(
            name,
            tuple(fixed),
            tuple(ids),
            one["hot"] > 0,
            one["companies"],
            one["devices"],
            tuple(purls),
        )
        for one in counted
        for name in [one["package__package"]]
        for fixed, ids, purls in [told[name]]
    ]


def _named(request: HttpRequest, found: list[News]) -> dict[str, list[Company]]:
    """Return package -> the first companies that have it, for the packages attackers use."""
    hot = [one.package for one in found if one.attacked]
    rows = _granted(request).filter(package__package__in=hot, package__attacked=True)
    named: dict[str, dict[Any, Company]] = {}
    for row in rows.select_related("company", "package").order_by("company__name", "pk"):
        of_package = named.setdefault(row.package.package, {})
        if len(of_package) < _COMPANIES_SHOWN:
            of_package.setdefault(row.company_id, row.company)
    return {package: list(companies.values()) for package, companies in named.items()}


@organisation_view
@require_safe
def news(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show which published weaknesses concern the organisation's companies."""
    found = news_of(_granted(request))
    named = _named(request, found)
    known = _known()
    note_as(request, organisation, "news.seen")
    return render(
        request,
        "organisation_news.html",
        {
            "organisation": organisation,
            "attacked": [
                (
                    one,
                    named[one.package],
                    max(0, one.companies - len(named[one.package])),
                    known.to_read(one.ids) if known is not None else (),
                )
                for one in found
                if one.attacked
            ],
            "others": [one for one in found if not one.attacked],
            "n": len(companies_where(request.actor, DEVICES_READ)),
            "as_of": _as_of(known),
            "attacked_as_of": exploited_as_of().isoformat(),
            "forms": FORMS,
            "ids_shown": _IDS_SHOWN,
        },
    )


def _known() -> "Index | None":
    if not is_there():
        return None
    from tojimari.knowledge.advisories.index import index

    return index()


def _as_of(known: "Index | None") -> str:
    """Return the day the data is from; "" where there is none."""
    return known.as_of.isoformat() if known is not None else ""


@organisation_view
@require_safe
def news_file(request: HttpRequest, organisation: Organisation, form: str) -> HttpResponse:
    """Hand the news out for another program. Names no company."""
    if form not in FORMS:
        raise Http404
    found = news_of(_granted(request))
    if form == "json":
        data = {"schema": "tojimari.news/1", "as_of": _as_of(_known()), "news": found}
        answer = HttpResponse(msgspec.json.encode(data), content_type="application/json")
    elif form == "stix.json":
        as_of = _as_of(_known())
        if not as_of:
            raise Http404  # without data nothing was compared: an empty file would say "none"
        weak = [Weak(one.package, one.fixed, one.ids, _sentence(one), one.purls) for one in found]
        content = to_stix(weak, by=organisation.name, as_of=date.fromisoformat(as_of))
        answer = HttpResponse(content, content_type=MEDIA_TYPE)
    else:
        feed = Rss201rev2Feed(
            title=say("news.title"),
            link=whole_address("supporters:news", organisation.pk),
            description=say("news.about"),
            language=current_lang(),
        )
        for item in _items(found):
            feed.add_item(**item)
        answer = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    return as_file(answer, f"news.{form}")


def _items(found: list[News]) -> Iterator[dict[str, Any]]:
    for one in found:
        yield {
            "title": one.package,
            "link": "",
            "description": _sentence(one),
            "unique_id": f"{one.package} {' '.join(one.fixed)}",
            "categories": one.purls,
        }


def _sentence(one: News) -> str:
    words: dict[str, Any] = {
        "companies": one.companies,
        "devices": one.devices,
        "fixed": ", ".join(one.fixed),
        "ids": ", ".join(one.ids),
    }
    return say("news.item_attacked", **words) if one.attacked else say("news.item", **words)
