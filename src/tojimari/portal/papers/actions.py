"""What is done on the page of a paper, wherever somebody stands."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from tojimari.catalog.paper import PaperKind
from tojimari.model import TojimariError
from tojimari.papers.answers import BadPaperAnswer, checked
from tojimari.portal.forms import PortalForm
from tojimari.portal.papers.drafting import Draft, draft_of
from tojimari.portal.papers.files import paper_file
from tojimari.portal.papers.forms import PaperAnswersForm, PaperFileForm, SectionForm
from tojimari.portal.papers.keeping import Changed, keep_answers, keep_file, keep_section
from tojimari.portal.papers.showing import Place, paper_context
from tojimari.portal.words import current_lang, say
from tojimari.report.papers.reading import FILE_BYTES, BadPaperFile, read_back

_NUMBER_LETTERS = 6


def _draft(place: Place, kind: PaperKind) -> Draft:
    return draft_of(place.company, kind, current_lang())


def page(
    request: HttpRequest,
    place: Place,
    kind: PaperKind,
    *,
    typed: dict[str, str] | None = None,
    sent: PortalForm | None = None,
    problem: str = "",
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the page of a paper; with what was just typed where that could not be kept."""
    given = sent.data.dict() if sent is not None else {}
    context = paper_context(place, _draft(place, kind), typed=typed, sent=given, problem=problem)
    template = "paper_granted.html" if place.organisation else "paper.html"
    return render(request, template, {**context, **(more or {})}, status=status)


def answers(request: HttpRequest, place: Place, kind: PaperKind) -> HttpResponse:
    """Keep the answers, and show what the paper says now."""
    form = PaperAnswersForm(request.POST)
    valid = form.is_valid()
    asked = {one.id for one in kind.questions}
    typed = {id_: text for id_, text in form.answers().items() if id_ in asked}
    if not valid:
        return page(
            request, place, kind, typed=typed, sent=form, problem=form.sentence(), status=400
        )
    sent = form.cleaned_data
    try:
        keep_answers(
            place.company,
            kind,
            checked(kind, typed, timezone.localdate()),
            plan_by=sent["plan_by"],
            owner=sent["owner"],
            prepared_by=sent["prepared_by"],
            seen=sent["seen"],
        )
    except (BadPaperAnswer, Changed) as error:
        status = 409 if isinstance(error, Changed) else 400
        words = error.say(current_lang())
        return page(request, place, kind, typed=typed, sent=form, problem=words, status=status)
    text = f"{place.to('paper', kind.id)}#text"
    return redirect(text)


def section(request: HttpRequest, place: Place, kind: PaperKind, part: str) -> HttpResponse:
    """Keep a section changed by hand, or decide about it. Nothing typed is lost."""
    form, draft = SectionForm(request.POST), _draft(place, kind)
    known = {one.id for one in draft.written.sections} | {c.section for c in draft.laid.conflicts}
    if part not in known:
        raise Http404
    if not form.is_valid():
        lost = {"lost": form.data.get("text", ""), "lost_title": part}
        return page(request, place, kind, problem=form.sentence(), status=400, more=lost)
    sent = form.cleaned_data
    try:
        keep_section(draft, part, what=sent["what"], text=sent["text"], seen=sent["seen"])
    except Changed as error:
        lost = {"lost": sent["text"], "lost_title": part} if sent["what"] == "keep" else {}
        words = error.say(current_lang())
        return page(request, place, kind, problem=words, status=409, more=lost)
    changed = f"{place.to('paper', kind.id)}#part-{part}"
    return redirect(changed)


def upload(request: HttpRequest, place: Place, kind: PaperKind) -> HttpResponse:
    """Take a file that comes back, and say which sections are others now."""
    form = PaperFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, place, kind, problem=form.sentence(), status=400)
    sent = form.cleaned_data["file"]
    if sent.size > FILE_BYTES:
        return page(request, place, kind, problem=form.sentence(), status=413)
    draft = _draft(place, kind)
    try:
        texts = read_back(bytes(sent.read()), draft.shown, rules=kind.form == "rules")
    except BadPaperFile as error:
        return page(request, place, kind, problem=error.say(current_lang()), status=400)
    except ImportError:
        return page(request, place, kind, problem=say("papers.no_reader"), status=501)
    changed = keep_file(draft, texts)
    return page(request, place, kind, more={"taken": changed, "was_taken": True})


def file(request: HttpRequest, place: Place, kind: PaperKind, form: str) -> HttpResponse:
    """Send the draft, or the version named in the address, as a file."""
    asked = request.GET.get("version", "")
    number = None
    if asked:
        if not (asked.isascii() and asked.isdigit() and len(asked) <= _NUMBER_LETTERS):
            raise Http404
        number = int(asked)
    try:
        return paper_file(_draft(place, kind), form, number)
    except TojimariError as error:
        return page(request, place, kind, problem=error.say(current_lang()), status=501)
