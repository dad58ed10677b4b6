"""Pages of the mails that drills are made of: the list, the preview, a company's own."""

import uuid
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.catalog.drill_template import DrillTemplate
from tojimari.catalog.phish_scale import APPLIES
from tojimari.drills.gophish import BadGophishFile, read_template
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.drills.forms import PREMISES, FileForm, OwnTemplateForm
from tojimari.portal.drills.likeness import people_in, what_speaks_against
from tojimari.portal.drills.models import OwnTemplate
from tojimari.portal.drills.rights import DRILLS_MANAGE
from tojimari.portal.drills.shown import cues_of, level_word, preview_of
from tojimari.portal.drills.templates import OWN, OWN_AT_MOST, template_of, templates_of
from tojimari.portal.errors import refused
from tojimari.portal.words import catalog, current_lang, say

NAME = {"ja": "山田 花子", "en": "Hanako Yamada"}
"""Somebody to whom a mail would go, on previews."""


def _row(template: DrillTemplate) -> dict[str, Any]:
    return {
        "template": template,
        "title": template.title.say(current_lang()),
        "kind": say(f"drill.kind_{template.kind}"),
        "level": level_word(template),
        "difficulty": say(f"drill.difficulty_{template.difficulty}"),
        "cues": len(template.cues),
        "own": template.id.startswith(OWN),
    }


@company_view(DRILLS_MANAGE)
@require_safe
def templates(request: HttpRequest, company: Company) -> HttpResponse:
    """List every mail a drill can be made of, with how hard it is to detect."""
    rows = [_row(one) for one in templates_of(company).values()]
    return render(request, "drill_templates.html", {"company": company, "rows": rows})


@company_view(DRILLS_MANAGE)
@require_safe
def template(request: HttpRequest, company: Company, template_key: str) -> HttpResponse:
    """Show a mail as it is received, on a phone and on a computer, and the cues in it."""
    found = template_of(company, template_key)
    if found is None:
        raise Http404
    lang, own = current_lang(), found.id.startswith(OWN)
    context = {
        "company": company,
        **_row(found),
        "problem": what_speaks_against(found, people_in(company)) if own else "",
        "preview": preview_of(found, lang, name=NAME[lang], company=str(company)),
        "cues": cues_of(found, lang, name=NAME[lang], company=str(company)),
        "rating": found.premise.rating,
        "removes": uuid.UUID(found.id.removeprefix(OWN)) if own else None,
    }
    return render(request, "drill_template.html", context)


@company_view(DRILLS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_template(request: HttpRequest, company: Company) -> HttpResponse:
    """Write a mail of one's own; it is checked before it is kept."""
    form, problem = OwnTemplateForm(request.POST), ""
    if request.method == "POST":
        problem = "" if form.is_valid() else form.sentence()
        problem = problem or what_speaks_against(form.template(), people_in(company))
        if not problem:
            return _keep(request, company, form.content())
    lang = current_lang()
    context = {
        "company": company,
        "typed": form.data,
        "ticked": form.data.getlist("cues") if hasattr(form.data, "getlist") else [],
        "cues": [(key, one.name.say(lang)) for key, one in catalog().drill_cues.items()],
        "premises": [
            (name, say(f"drillpremise.{name}"), str(form.data.get(name, ""))) for name in PREMISES
        ],
        "applies": [(str(one), say(f"drillapplies.{one}")) for one in APPLIES],
        "problem": problem,
    }
    return render(request, "drill_template_new.html", context, status=400 if problem else 200)


def _keep(request: HttpRequest, company: Company, content: Any) -> HttpResponse:
    own = OwnTemplate.objects.of(company)
    if own.count() >= OWN_AT_MOST:
        back = reverse("drills:templates", args=[company.pk])
        return refused(request, say("drilltemplate.full", n=OWN_AT_MOST), back=back)
    made = own.create(company=company, content=content)
    note_by(request, "drill.template", company)
    return redirect("drills:template", company.pk, f"{OWN}{made.pk.hex}")


@company_view(DRILLS_MANAGE)
@require_POST
def import_template(request: HttpRequest, company: Company) -> HttpResponse:
    """Take over a template of GoPhish (JSON); what cannot be taken over is named."""
    back = reverse("drills:templates", args=[company.pk])
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    try:
        read = read_template(form.cleaned_data["file"])
    except BadGophishFile as error:
        return refused(request, error.say(current_lang()), back=back)
    made = read.as_template("own", timezone.localdate())
    if made.kind == "link" and not read.text.strip():
        return refused(request, say("drilltemplate.empty"), back=back)
    if problem := what_speaks_against(made, people_in(company)):
        return refused(request, problem, back=back)
    own = OwnTemplate.objects.of(company)
    if own.count() >= OWN_AT_MOST:
        return refused(request, say("drilltemplate.full", n=OWN_AT_MOST), back=back)
    row = own.create(company=company, content=msgspec.to_builtins(made))
    note_by(request, "drill.template", company)
    context = {
        "company": company,
        "title": read.name,
        "key": f"{OWN}{row.pk.hex}",
        "lost": [(say(f"drilllost.{one.kind}"), one.what) for one in read.lost],
    }
    return render(request, "drill_template_taken.html", context)


@company_view(DRILLS_MANAGE)
@require_POST
def remove_template(
    request: HttpRequest, company: Company, drill_template_id: uuid.UUID
) -> HttpResponse:
    """Delete a mail of one's own."""
    if not OwnTemplate.objects.of(company).filter(pk=drill_template_id).delete()[0]:
        raise Http404
    note_by(request, "drill.template_removed", company)
    return redirect("drills:templates", company.pk)
