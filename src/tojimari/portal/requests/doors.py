"""Two ways to one inquiry: by the link in the mail, without an account, or from a company's pages."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.requests.models import Inquiry
from tojimari.portal.requests.rights import REQUESTS_ANSWER
from tojimari.portal.words import say

POSTS_AN_HOUR = 600
"""Answers from one address: an office of many people shares one."""


class Names(msgspec.Struct, frozen=True):
    """What the pages of one way are called."""

    front: str
    ask: str
    check: str
    withdraw: str
    refuse: str


BY_LINK = Names(
    "requests:inquiry",
    "requests:inquiry_ask",
    "requests:inquiry_check",
    "requests:inquiry_withdraw",
    "requests:inquiry_refuse",
)
BY_COMPANY = Names(
    "requests:company_inquiry",
    "requests:company_ask",
    "requests:company_check",
    "requests:company_withdraw",
    "requests:company_refuse",
)


class Door(msgspec.Struct, frozen=True):
    """An inquiry, and the way somebody came to it. ``company``: None for the link in the mail."""

    inquiry: Inquiry
    company: Company | None = None

    @property
    def base(self) -> str:
        """Return the template its pages extend."""
        return "company_base.html" if self.company else "base.html"

    @property
    def names(self) -> Names:
        """Return what its pages are called."""
        return BY_COMPANY if self.company else BY_LINK

    @property
    def _where(self) -> list[Any]:
        return [self.company.pk, self.inquiry.pk] if self.company else [self.inquiry.token]

    @property
    def front(self) -> str:
        """Return the address of the first page."""
        return reverse(self.names.front, args=self._where)

    @property
    def check(self) -> str:
        """Return the address of what would be shown."""
        return reverse(self.names.check, args=self._where)

    @property
    def withdraw(self) -> str:
        """Return where an answer is taken back."""
        return reverse(self.names.withdraw, args=self._where)

    @property
    def refuse(self) -> str:
        """Return where a request is declined as a whole."""
        return reverse(self.names.refuse, args=self._where)

    def ask(self, number: int) -> str:
        """Return the address of one question, counted from 1."""
        return reverse(self.names.ask, args=[*self._where, number])


View = Callable[..., HttpResponse]


def by_link(view: View) -> View:
    """Let a view be opened by whoever holds the link; a company that took over has its own pages."""

    @functools.wraps(view)
    def answer(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        inquiry = Inquiry.of_token(token)
        if inquiry is None:
            return refused(request, say("inquiry.no_link"), code=404)
        if inquiry.company_id is not None:
            return redirect("requests:company_inquiry", inquiry.company_id, inquiry.pk)
        if request.method == "POST" and too_often(
            "inquiry", address_of(request), times=POSTS_AN_HOUR, seconds=3600
        ):
            return refused(request, say("error.too_often"), code=429)
        return view(request, Door(inquiry), **more)

    return answer


def by_company(view: View) -> View:
    """Let a view be opened from the pages of the company that answers."""

    @company_view(REQUESTS_ANSWER)
    @functools.wraps(view)
    def answer(
        request: HttpRequest, company: Company, inquiry_id: uuid.UUID, **more: Any
    ) -> HttpResponse:
        rows = Inquiry.objects.of(company).select_related("request__organisation")
        inquiry = rows.filter(pk=inquiry_id).first()
        if inquiry is None:
            raise Http404
        return view(request, Door(inquiry, company), **more)

    return answer
