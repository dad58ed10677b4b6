"""Lessons by a company's link: on a phone, without an account, with a name or without one."""

import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.catalog.lesson import Lesson
from tojimari.portal.core.permissions import Actor, why
from tojimari.portal.core.rights import COMPANY_WRITE, OWNER
from tojimari.portal.errors import refused
from tojimari.portal.lessons.certificate import certificate_answer
from tojimari.portal.lessons.models import LessonLink, LessonTaken, person_of
from tojimari.portal.lessons.showing import lesson_or_404, show, taken_by
from tojimari.portal.lessons.taking import take
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.words import catalog, say

COOKIE = "learner"
_SALT = "tojimari learner 1"
_YEARS = 3 * 365 * 86_400
_AN_HOUR = 120
"""Lessons from one address: an office of many people shares one."""


def _link_or_404(secret: str) -> LessonLink:
    found = LessonLink.find(secret)
    if found is None:
        raise Http404
    return found


class Learner:
    """Whoever follows the link: a person with an account of the company, else a phone or browser."""

    def __init__(self, request: HttpRequest, link: LessonLink) -> None:
        """Recognise somebody by their account, or by what their browser kept of the last time."""
        self.company = link.company
        self.user = None
        self.owner = False
        self.cookie = ""
        if request.user.is_authenticated:
            ruling = why(Actor(user=request.user), COMPANY_WRITE, link.company_id)
            if ruling.allowed:
                self.user, self.owner = request.user, ruling.role == OWNER
                self.person = person_of(link.company, request.user)
                return
        self.cookie = self._kept(request) or uuid.uuid4().hex
        # The same browser is another person in another company: nothing joins the two.
        self.person = uuid.uuid5(link.company_id, f"browser {self.cookie}")

    @staticmethod
    def _kept(request: HttpRequest) -> str:
        kept = request.get_signed_cookie(COOKIE, default="", salt=_SALT)
        return str(kept) if kept else ""

    def remember(self, response: HttpResponse) -> HttpResponse:
        """Let the browser keep who it is, for the lessons of this portal only."""
        if self.cookie:
            response.set_signed_cookie(
                COOKIE,
                self.cookie,
                salt=_SALT,
                max_age=_YEARS,
                path=reverse("lessons:lesson_link", args=["-"]).removesuffix("-/"),
                secure=settings.HTTPS,
                httponly=True,
                samesite="Lax",
            )
        return response

    def name(self) -> str:
        """Return the name they gave last; "" for none."""
        rows = LessonTaken.objects.of(self.company).filter(person=self.person).exclude(name="")
        found = rows.order_by("-at").values_list("name", flat=True).first()
        return found or (self.user.name if self.user is not None else "")


@require_safe
def learn(request: HttpRequest, secret: str) -> HttpResponse:
    """Offer every lesson, first those that whoever follows the link has not taken.

    They stand in the catalog's order: the order in which the company needs them would tell whoever
    holds the link what is open there.
    """
    link = _link_or_404(secret)
    learner = Learner(request, link)
    mine = taken_by(LessonTaken.objects.of(link.company), learner.person)
    offered = [{"lesson": one} for one in catalog().lessons.values()]
    offered.sort(key=lambda one: one["lesson"].id in mine)
    context = {
        "called": link.company.name,
        "secret": secret,
        "first": offered[0],
        "others": offered[1:],
        "mine": mine,
        "name": learner.name(),
    }
    return render(request, "learn.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def learn_lesson(request: HttpRequest, secret: str, lesson_id: str) -> HttpResponse:
    """Show a lesson, and take it down once it is answered."""
    link = _link_or_404(secret)
    found = lesson_or_404(lesson_id)
    if request.method == "POST" and too_often(
        f"lesson {link.company_id}", address_of(request), times=_AN_HOUR, seconds=3600
    ):
        return refused(request, say("error.too_often"), code=429)
    learner = Learner(request, link)

    def taken(lesson: Lesson, answers: list[int], name: str) -> LessonTaken:
        return take(
            link.company,
            lesson,
            answers,
            person=learner.person,
            name=name,
            user=learner.user,
            owner=learner.owner,
        )

    response = show(
        request,
        found,
        taken,
        name=learner.name(),
        secret=secret,
        base="base.html",
        called=link.company.name,
    )
    return learner.remember(response) if request.method == "POST" else response


@require_POST
def learn_certificate(request: HttpRequest, secret: str) -> HttpResponse:
    """Send the certificate of whoever follows the link."""
    link = _link_or_404(secret)
    if too_often("certificate", address_of(request), times=_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    learner = Learner(request, link)
    return certificate_answer(request, link.company, learner.person, learner.name())
