"""The door: what happened, a few plain questions, and the first ten minutes.

Open to everybody, without signing in and without JavaScript; the answers stand in the address and
nowhere else, so a bookmark works and nothing is kept of a stranger.
"""

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from tojimari.ask import BadAnswer
from tojimari.ask.answers import parse
from tojimari.ask.flow import next_question, previous_question, progress, valid_answers
from tojimari.ask.playbooks import guide_questions
from tojimari.ask.questionnaire import AnyQuestion, Questionnaire, options_of
from tojimari.ask.wording import DIAGNOSIS
from tojimari.catalog.playbook import Contact, Playbook
from tojimari.model import Answers, Given
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import companies_of
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.incidents.contacts import with_own
from tojimari.portal.words import catalog, current_lang
from tojimari.respond import FIRST_CONTACTS, calls, first_lines, leads_to_mail

EARLIER = {
    "locked": "screen",
    "scam": "screen",
    "taken": "account",
    "site": "website",
    "other": "question",
}
"""Addresses of before -> playbooks; the others kept their name."""
_GO = "go"
"""Sent with a page of boxes, so that none ticked is told apart from not asked yet."""


class Place(msgspec.Struct, frozen=True):
    """Where the guide is open: for everybody, or inside one company.

    Attributes:
        company: None for everybody.
    """

    company: Any = None

    @property
    def frame(self) -> dict[str, Any]:
        """What every page of the guide is drawn in."""
        base = "base.html" if self.company is None else "company_base.html"
        return {"base": base, "company": self.company, "door": self.door}

    @property
    def door(self) -> str:
        """The address of the door."""
        if self.company is None:
            return reverse("incidents:door")
        return reverse("incidents:company_door", args=[self.company.pk])

    def question(self, kind: str, answers: Answers) -> str:
        """Return the address that asks the next question of a playbook."""
        if self.company is None:
            return _with(reverse("incidents:kind", args=[kind]), answers)
        return _with(reverse("incidents:company_kind", args=[self.company.pk, kind]), answers)

    def minutes(self, kind: str, answers: Answers) -> str:
        """Return the address of a playbook's ten minutes."""
        if self.company is None:
            return _with(reverse("incidents:now", args=[kind]), answers)
        return _with(reverse("incidents:company_now", args=[self.company.pk, kind]), answers)


def _with(path: str, answers: Answers) -> str:
    sent = query_of(answers)
    return f"{path}?{sent}" if sent else path


def query_of(answers: Answers) -> str:
    """Return answers as they stand in an address."""
    return urlencode([(id_, value) for id_, given in answers.items() for value in values_of(given)])


def values_of(given: Given) -> tuple[str, ...]:
    """Return the options of an answer, of one as of several."""
    return given if isinstance(given, tuple) else (str(given),)


def whom_to_call(playbook: Playbook, answers: Answers, company: Any) -> list[dict[str, Any]]:
    """Return whom to call, in order, each with what the company named for it."""
    shown = [shown_contact(one) for one in calls(playbook, answers, catalog().incidents)]
    return with_own(shown, company)


def playbook_or_404(kind: str) -> Playbook:
    """Return a playbook. Raises Http404."""
    found = catalog().incidents.playbooks.get(kind)
    if found is None:
        raise Http404
    return found


def answers_in(
    sent: QueryDict, questionnaire: Questionnaire
) -> tuple[dict[str, Given], AnyQuestion | None, str]:
    """Return the answers of an address, and the question whose answer does not fit, with why."""
    answers: dict[str, Given] = {}
    for question in questionnaire.questions:
        if question.id not in sent and sent.get(_GO) != question.id:
            continue
        try:
            given = parse(question, sent.getlist(question.id), answers, DIAGNOSIS)
        except BadAnswer as error:
            lang = current_lang()
            return valid_answers(questionnaire, answers), question, error.plain.say(lang)
        if given is not None:
            answers[question.id] = given
    return valid_answers(questionnaire, answers), None, ""


def _own(request: HttpRequest) -> Any:
    """Return the only company of whoever is signed in; None for everybody else."""
    if not request.user.is_authenticated:
        return None
    own = companies_of(request.user, COMPANY_READ)
    return own[0] if len(own) == 1 else None


@require_safe
def door(request: HttpRequest) -> HttpResponse:
    """Ask what happened."""
    own = _own(request)
    return redirect(Place(own).door) if own else show_door(request, Place(), {})


@require_safe
def kind(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask the next question of a playbook, or go to the ten minutes."""
    own = _own(request)
    if own:
        return redirect(_same_page(request, "incidents:company_kind", own, kind))
    return show_question(request, Place(), playbook_or_404(kind))


@require_safe
def now(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the first ten minutes."""
    own = _own(request)
    if own:
        return redirect(_same_page(request, "incidents:company_now", own, kind))
    return show_ten_minutes(request, Place(), playbook_or_404(kind), {})


@require_safe
def earlier_door(request: HttpRequest) -> HttpResponse:
    """Lead from the address of before."""
    return redirect("incidents:door", permanent=True)


@require_safe
def earlier_kind(request: HttpRequest, emergency: str) -> HttpResponse:
    """Lead from an address of before. Raises Http404 for what never was."""
    found = playbook_or_404(EARLIER.get(emergency, emergency))
    return redirect("incidents:kind", found.id, permanent=True)


def _same_page(request: HttpRequest, name: str, company: Company, kind: str) -> str:
    playbook_or_404(kind)
    sent = request.GET.urlencode()
    path = reverse(name, args=[company.pk, kind])
    return f"{path}?{sent}" if sent else path


def show_door(request: HttpRequest, place: Place, more: dict[str, Any]) -> HttpResponse:
    """Answer with the list of what may have happened."""
    lang, known = current_lang(), catalog().incidents
    return render(
        request,
        "odd.html",
        {
            **place.frame,
            "kinds": [
                (one.title.say(lang), place.question(one.id, {}))
                for one in known.playbooks.values()
            ],
            "always": [text.say(lang) for text in known.always],
            "contacts": [shown_contact(known.contacts[id_]) for id_ in FIRST_CONTACTS],
            **more,
        },
    )


def show_question(request: HttpRequest, place: Place, playbook: Playbook) -> HttpResponse:
    """Answer with the next question; with the ten minutes' address when none is left."""
    questionnaire = guide_questions(playbook, catalog().incidents)
    answers, question, problem = answers_in(request.GET, questionnaire)
    if question is None:
        question = next_question(questionnaire, answers)
    if question is None:
        return redirect(place.minutes(playbook.id, answers))
    before = previous_question(questionnaire, answers, question.id)
    back = {id_: given for id_, given in answers.items() if before and id_ != before.id}
    lang = current_lang()
    return render(
        request,
        "odd_question.html",
        {
            **place.frame,
            "title": playbook.title.say(lang),
            "at_once": playbook.at_once.say(lang),
            "first": not answers,
            "question": question,
            "options": options_of(question),
            "given": [(id_, value) for id_, each in answers.items() for value in values_of(each)],
            "problem": problem,
            "progress": round(100 * progress(questionnaire, answers)),
            "now": place.minutes(playbook.id, answers),
            "back": place.question(playbook.id, back) if before else "",
        },
        status=400 if problem else 200,
    )


def show_ten_minutes(
    request: HttpRequest, place: Place, playbook: Playbook, more: dict[str, Any]
) -> HttpResponse:
    """Answer with the lines that hold, and whom to call."""
    knowledge, lang = catalog().incidents, current_lang()
    answers, _, _ = answers_in(request.GET, guide_questions(playbook, knowledge))
    return render(
        request,
        "odd_now.html",
        {
            **place.frame,
            "questions": place.question(playbook.id, {}) if playbook.asks else "",
            **ten_minutes(playbook, answers),
            "always": [text.say(lang) for text in knowledge.always],
            "contacts": whom_to_call(playbook, answers, place.company),
            **more,
        },
    )


def ten_minutes(playbook: Playbook, answers: Answers) -> dict[str, Any]:
    """Return title, lines, and what leads on, in the reader's language."""
    lang, texts = current_lang(), catalog()
    sources = [texts.sources[id_] for id_ in playbook.sources]
    return {
        "title": playbook.title.say(lang),
        "lines": [
            (line.say.say(lang), line.more.say(lang) if line.more else "")
            for line in first_lines(playbook, answers)
        ],
        "mail": leads_to_mail(playbook, answers),
        "as_of": playbook.as_of.isoformat(),
        "sources": [(one.title.say(lang), one.publisher.say(lang)) for one in sources],
    }


def shown_contact(contact: Contact) -> dict[str, Any]:
    """Return a contact as the pages show it."""
    lang = current_lang()
    return {
        "id": contact.id,
        "name": contact.name.say(lang),
        "purpose": contact.purpose.say(lang),
        "phone": contact.phone,
        "mail": contact.mail,
        "hours": contact.hours.say(lang) if contact.hours else "",
        "source": contact.source.say(lang),
        "checked": contact.checked.isoformat(),
        "own": contact.own,
    }
