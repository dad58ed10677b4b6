"""Plain pages for what goes wrong."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from tojimari.portal.words import catalog, current_lang, say
from tojimari.respond import FIRST_CONTACTS


def refused(
    request: HttpRequest, sentence: str, *, back: str = "", code: int = 400
) -> HttpResponse:
    """Say in one sentence why something was not done, and lead ``back``."""
    return _page(request, sentence, code, back=back or reverse("companies:start"))


def _page(request: HttpRequest, sentence: str, code: int, **more: Any) -> HttpResponse:
    context = {"code": code, "sentence": sentence, "back": reverse("companies:start"), **more}
    return render(request, "error.html", context, status=code)


def _answer(request: HttpRequest, code: int, key: str, **more: Any) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": key.split(".", 1)[1].replace("_", " ")}, status=code)
    return _page(request, say(key), code, **more)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return _answer(request, 400, "error.bad_request")


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _answer(request, 403, "error.denied")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return _answer(request, 404, "error.not_found")


def only_a_button(request: HttpRequest) -> HttpResponse:
    """Answer 405 when an address that only takes a form's answer was opened like a page."""
    return _answer(request, 405, "error.only_a_button")


def our_fault(request: HttpRequest) -> HttpResponse:
    """Answer 500, without the database, which may be what failed.

    The page of help may fail likewise, so whom to call stands on this one.
    """
    known, lang = catalog().incidents.contacts, current_lang()
    calls = [
        {"name": known[id_].name.say(lang), "phone": known[id_].phone, "mail": known[id_].mail}
        for id_ in FIRST_CONTACTS
    ]
    alone = {"user": AnonymousUser(), "messages": [], "calls": calls}
    return _answer(request, 500, "error.our_fault", **alone)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 when a form was too old or came from elsewhere."""
    return _answer(request, 403, "error.form_too_old")
