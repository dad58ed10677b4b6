"""Buyers' questionnaires as files: handed in, understood, answered, and handed back filled in."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.attest.questionnaire import ANSWER_STATES, BadForm
from tojimari.attest.similarity import index_of
from tojimari.attest.workbook import BadWorkbook, column_letters, read_workbook
from tojimari.portal.companies.assessments import up_to_date
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import FORMS_FILL
from tojimari.portal.core.access import company_or_404, company_view
from tojimari.portal.core.audit import note_as, note_by
from tojimari.portal.core.downloads import download
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.requests.form_files import (
    OpenForm,
    Place,
    answers_of,
    filled,
    first_layout,
    known_answer,
    opened,
    remember,
    set_layout,
)
from tojimari.portal.requests.forms import (
    FormFileForm,
    FormRowForm,
    LayoutForm,
    SureForm,
    WordsForm,
    row_of,
)
from tojimari.portal.requests.models import FormFile, plain_of
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say

FILES_AN_HOUR = 30
FORMS_AT_MOST = 50
FORMS_BYTES_AT_MOST = 50_000_000
"""Of all questionnaires of a company: anybody may have a company, and backups hold them all."""
LIKELY = 0.15
"""From here on a suggestion is ticked beforehand; a person confirms it all the same."""


class Names(msgspec.Struct, frozen=True):
    """What the pages of one way are called."""

    forms: str
    take: str
    form: str
    layout: str
    words: str
    row: str
    filled: str
    delete: str


OWN = Names(
    "requests:forms",
    "requests:take_form",
    "requests:form",
    "requests:form_layout",
    "requests:form_words",
    "requests:form_row",
    "requests:form_filled",
    "requests:delete_form",
)
GRANTED = Names(
    "requests:granted_forms",
    "requests:granted_take_form",
    "requests:granted_form",
    "requests:granted_form_layout",
    "requests:granted_form_words",
    "requests:granted_form_row",
    "requests:granted_form_filled",
    "requests:granted_delete_form",
)


class Desk(Place, frozen=True):
    """A place with the addresses of its pages."""

    @property
    def names(self) -> Names:
        """Return what its pages are called."""
        return OWN if self.organisation is None else GRANTED

    @property
    def where(self) -> list[Any]:
        """Return the ids its addresses begin with."""
        return [*([self.organisation.pk] if self.organisation else []), self.company.pk]

    @property
    def forms(self) -> str:
        """Return the list of forms."""
        return reverse(self.names.forms, args=self.where)

    @property
    def take(self) -> str:
        """Return where a file is handed in."""
        return reverse(self.names.take, args=self.where)

    def note(self, request: HttpRequest, action: str, **about: Any) -> None:
        """Write an event into the company's log."""
        if self.organisation is None:
            note_by(request, action, self.company, **about)
        else:
            note_as(request, self.organisation, action, self.company, **about)

    @property
    def base(self) -> dict[str, Any]:
        """Return what every page needs."""
        template = "organisation_base.html" if self.organisation else "company_base.html"
        found = {"desk": self, "base": template, "company": self.company}
        return {**found, "organisation": self.organisation} if self.organisation else found


class FormAddresses(msgspec.Struct, frozen=True):
    """The addresses of one form's pages."""

    form: str
    layout: str
    words: str
    filled: str
    delete: str


def addresses(desk: Desk, pk: uuid.UUID) -> FormAddresses:
    """Return the addresses of a form's pages."""
    where, names = [*desk.where, pk], desk.names
    return FormAddresses(
        form=reverse(names.form, args=where),
        layout=reverse(names.layout, args=where),
        words=reverse(names.words, args=where),
        filled=reverse(names.filled, args=where),
        delete=reverse(names.delete, args=where),
    )


def _row_address(desk: Desk, pk: uuid.UUID, row: int) -> str:
    return reverse(desk.names.row, args=[*desk.where, pk, row])


View = Callable[..., HttpResponse]


def by_owner(view: View) -> View:
    """Let a view be opened by the company's own people."""

    @company_view(FORMS_FILL)
    @functools.wraps(view)
    def answer(request: HttpRequest, company: Company, **more: Any) -> HttpResponse:
        return view(request, Desk(company), **more)

    return answer


def by_supporter(view: View) -> View:
    """Let a view be opened by a supporter whom the company lets fill in forms."""

    @organisation_view
    @functools.wraps(view)
    def answer(
        request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, **more: Any
    ) -> HttpResponse:
        company, _ = company_or_404(request.actor, company_id, FORMS_FILL)
        if organisation.kind != Organisation.SUPPORTER:
            raise Http404
        return view(request, Desk(company, organisation), **more)

    return answer


def _form_or_404(desk: Desk, form_id: uuid.UUID) -> FormFile:
    found: FormFile | None = FormFile.objects.of(desk.company).filter(pk=form_id).first()
    if found is None:
        raise Http404
    return found


@require_safe
def forms(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the questionnaires that were handed in, and take another."""
    rows = FormFile.objects.of(desk.company).defer("content").order_by("-made_at")
    listed = [(one, addresses(desk, one.pk).form) for one in rows[:FORMS_AT_MOST]]
    return render(request, "forms.html", {**desk.base, "listed": listed})


@require_POST
def take_form(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Take a questionnaire, and say where its questions seem to stand."""
    form = FormFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form.sentence(), back=desk.forms)
    if too_often("form-file", str(desk.company.pk), times=FILES_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), back=desk.forms, code=429)
    if FormFile.objects.of(desk.company).count() >= FORMS_AT_MOST:
        return refused(request, say("form.too_many", n=FORMS_AT_MOST), back=desk.forms)
    name, data = form.cleaned_data["file"]
    held = FormFile.objects.of(desk.company).aggregate(n=Sum(Length("content")))["n"] or 0
    if held + len(data) > FORMS_BYTES_AT_MOST:
        mega = FORMS_BYTES_AT_MOST // 1_000_000
        return refused(request, say("form.too_large_together", n=mega), back=desk.forms)
    try:
        book = read_workbook(data)
        made = FormFile(company=desk.company, name=name, content=data, made_by=request.user)
        layout = first_layout(book)
        with transaction.atomic():  # a file that is refused leaves nothing behind
            FormFile.objects.of(desk.company).bulk_create([made])
            if layout is not None:
                set_layout(desk, made, book, layout)
    except (BadWorkbook, BadForm) as error:
        return refused(request, error.say(current_lang()), back=desk.forms)
    desk.note(request, "form.taken", name=name[:60])
    return redirect(addresses(desk, made.pk).form)


@require_safe
def form(request: HttpRequest, desk: Desk, form_id: uuid.UUID) -> HttpResponse:
    """Show the questions that were found, what each is about, and what goes into its cell."""
    return _page(request, desk, _form_or_404(desk, form_id))


def _page(request: HttpRequest, desk: Desk, kept: FormFile, problem: str = "") -> HttpResponse:
    try:
        found = opened(kept)
    except (BadForm, BadWorkbook) as error:
        problem, found = error.say(current_lang()), OpenForm(kept, read_workbook(bytes(kept.content)), None, ())  # fmt: skip
    answers = answers_of(found, up_to_date(desk.company).assessment) if found.mapping else {}
    mapping, words = found.mapping, found.words
    rows = [
        {
            "q": one,
            "confirmed": one.row in mapping,
            "answer": words.get(answers[one.row].state, "") if one.row in answers else "",
            "state": answers[one.row].state if one.row in answers else "",
            "page": _row_address(desk, kept.pk, one.row),
        }
        for one in found.questions
    ]
    waiting = next((row["page"] for row in rows if not row["confirmed"]), "")
    context = {
        **desk.base,
        "kept": kept,
        "form": addresses(desk, kept.pk),
        "rows": rows,
        "n": len(rows),
        "done": len([row for row in rows if row["confirmed"]]),
        "ready": len([row for row in rows if row["answer"]]),
        "waiting": waiting,
        "layout": found.layout,
        "sheets": [one for one in found.book.sheets if not one.hidden],
        "hidden": [one.name for one in found.book.sheets if one.hidden],
        "macros": found.book.macros,
        "columns": _columns(found),
        "words": [(s, say(f"form.state_{s}"), words.get(s, "")) for s in ANSWER_STATES],
        "problem": problem,
    }
    return render(request, "form.html", context, status=400 if problem else 200)


def _columns(found: OpenForm) -> list[tuple[int, str]]:
    """Return the columns of the sheet in use, with the first words that stand in each."""
    name = found.layout.sheet if found.layout else found.book.sheets[0].name
    sheet = next((one for one in found.book.sheets if one.name == name), found.book.sheets[0])
    first: dict[int, str] = {}
    for (_, column), text in sorted(sheet.cells.items()):
        first.setdefault(column, " ".join(text.split())[:20])
    last = max([*first, found.layout.answer if found.layout else 1]) + 2
    return [
        (n, f"{column_letters(n)} {first.get(n, '')}".strip()) for n in range(1, min(last, 60) + 1)
    ]


@require_POST
def form_layout(request: HttpRequest, desk: Desk, form_id: uuid.UUID) -> HttpResponse:
    """Keep where a person says the questions stand."""
    kept, sent = _form_or_404(desk, form_id), LayoutForm(request.POST)
    if not sent.is_valid():
        return _page(request, desk, kept, sent.sentence())
    try:
        set_layout(desk, kept, read_workbook(bytes(kept.content)), sent.layout())
    except (BadForm, BadWorkbook) as error:
        return _page(request, desk, kept, error.say(current_lang()))
    return redirect(addresses(desk, kept.pk).form)


@require_POST
def form_words(request: HttpRequest, desk: Desk, form_id: uuid.UUID) -> HttpResponse:
    """Keep which words the form wants."""
    kept, sent = _form_or_404(desk, form_id), WordsForm(request.POST)
    if not sent.is_valid():
        return _page(request, desk, kept, sent.sentence())
    FormFile.objects.of(desk.company).filter(pk=kept.pk).update(words=sent.words())
    return redirect(addresses(desk, kept.pk).form)


@require_http_methods(["GET", "HEAD", "POST"])
def form_row(request: HttpRequest, desk: Desk, form_id: uuid.UUID, row: int) -> HttpResponse:
    """Ask what one question is about, and what is written there; then the next."""
    kept = _form_or_404(desk, form_id)
    try:
        found = opened(kept)
    except (BadForm, BadWorkbook) as error:
        return refused(request, error.say(current_lang()), back=addresses(desk, kept.pk).form)
    question = row_of(found.questions, row)
    if question is None:
        raise Http404
    if request.method == "POST":
        sent = FormRowForm(request.POST)
        chosen = dict.fromkeys(sent.cleaned_data["control"] if sent.is_valid() else ())
        if not sent.is_valid() or any(id_ not in catalog().controls for id_ in chosen):
            return refused(request, say("form.bad_row"), back=addresses(desk, kept.pk).form)
        _keep_row(kept, row, tuple(chosen), sent)
        return redirect(_next(desk, found, row))
    about = f"{question.under} {question.text}"
    suggested = index_of(catalog()).nearest(about)
    chosen_now = found.mapping.get(row)
    ticked = (
        chosen_now
        if chosen_now is not None
        else tuple(one.control for one in suggested[:1] if one.likeness >= LIKELY)
    )
    assessment = up_to_date(desk.company).assessment
    known = known_answer(tuple(ticked), assessment)
    order = list(dict.fromkeys([*ticked, *(one.control for one in suggested)]))
    context = {
        **desk.base,
        "kept": kept,
        "form": addresses(desk, kept.pk),
        "question": question,
        "number": [one.row for one in found.questions].index(row) + 1,
        "n": len(found.questions),
        "offered": [
            (catalog().controls[id_], id_ in ticked, assessment.controls[id_].state)
            for id_ in order
        ],
        "others": [one for one in catalog().controls.values() if one.id not in order],
        "known": known,
        "known_words": found.words.get(known.state, "") if known else "",
        "written": found.written.get(row),
        "left": row in kept.left,
        "states": [(s, say(f"form.state_{s}"), found.words.get(s, "")) for s in ANSWER_STATES],
    }
    return render(request, "form_row.html", context)


def _keep_row(kept: FormFile, row: int, controls: tuple[str, ...], sent: FormRowForm) -> None:
    kept.mapping = {**kept.mapping, str(row): list(controls)}
    answers = {key: value for key, value in kept.answers.items() if key != str(row)}
    written = sent.written()
    if written is not None:
        answers[str(row)] = plain_of(written)
    kept.answers = answers
    leaves = sent.cleaned_data["answer"] == "leave"
    kept.left = sorted({one for one in kept.left if one != row} | ({row} if leaves else set()))
    kept.save(update_fields=["mapping", "answers", "left"])


def _next(desk: Desk, found: OpenForm, row: int) -> str:
    rows = [one.row for one in found.questions]
    following = [r for r in rows if r > row] + [r for r in rows if r < row]
    waiting = next((r for r in following if r not in found.mapping), None)
    if waiting is None:
        return addresses(desk, found.row.pk).form
    return _row_address(desk, found.row.pk, waiting)


@require_safe
def form_filled(request: HttpRequest, desk: Desk, form_id: uuid.UUID) -> HttpResponse:
    """Send the same file with the answers in its cells, and remember what its questions are about."""
    kept = _form_or_404(desk, form_id)
    try:
        found = opened(kept)
        data, made = filled(found, up_to_date(desk.company).assessment)
    except (BadForm, BadWorkbook) as error:
        return refused(request, error.say(current_lang()), back=addresses(desk, kept.pk).form)
    remember(desk, found)
    FormFile.objects.of(desk.company).filter(pk=kept.pk).update(filled_at=timezone.now())
    desk.note(request, "form.filled", name=kept.name[:60], n=len(made.cells))
    return download(data, kept.name)


@require_POST
def delete_form(request: HttpRequest, desk: Desk, form_id: uuid.UUID) -> HttpResponse:
    """Throw a questionnaire away, with its answers."""
    kept = _form_or_404(desk, form_id)
    if SureForm(request.POST).is_valid():
        FormFile.objects.of(desk.company).filter(pk=kept.pk).delete()
        desk.note(request, "form.deleted", name=kept.name[:60])
    return redirect(desk.forms)
