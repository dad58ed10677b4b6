"""Proofs made in a portal, by the pages and the worker."""

import html
import re

from django.urls import reverse

from tests.support.pressing import run_tasks
from tojimari.portal.companies.questions import answer
from tojimari.portal.proofs.models import Proof
from tojimari.portal.words import catalog

FRAMEWORK = "ipa-6"


def form_of(client, company, framework=FRAMEWORK) -> dict[str, str]:
    """Return the hidden value and the items of the page that makes a proof."""
    page = client.get(reverse("proofs:new_proof", args=[company.pk, framework])).content.decode()
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', page)[1])
    return {"seen": seen}


def make_proof(client, company, *, audience="買い手の会社", framework=FRAMEWORK, **sent) -> Proof:
    """Press "make a proof" and let a worker sign it."""
    given = {**form_of(client, company, framework), "audience": audience, **sent}
    answer = client.post(reverse("proofs:new_proof", args=[company.pk, framework]), given)
    assert answer.status_code == 302, answer.content.decode()
    run_tasks()
    return Proof.objects.of(company).latest("made_at")


def answer_everything(company, best=True) -> None:
    """Let the company answer each question of the framework with its first option, or its last."""
    items = catalog().frameworks[FRAMEWORK].items
    asked = {control for item in items for control in item.controls}
    for question in catalog().questions.values():
        if not asked & set(question.controls()):
            continue
        options = [option.id for option in question.options if not option.alone]
        if options:
            answer(company, question, [options[0 if best else -1]])
