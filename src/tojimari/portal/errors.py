"""Plain pages for what goes wrong."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from tojimari.portal.words import say


def refused(
    request: HttpRequest, sentence: str, *, back: str = "", code: int = 400
) -> HttpResponse:
    """Say in one sentence why something was not done, and lead ``back``."""
    context = {"code": code, "sentence": sentence, "back": back or reverse("companies:start")}
    return render(request, "error.html", context, status=code)


def _answer(request: HttpRequest, code: int, key: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": key.split(".", 1)[1].replace("_", " ")}, status=code)
    return refused(request, say(key), code=code)


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
    """Answer 500."""
    return _answer(request, 500, "error.our_fault")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 when a form was too old or came from elsewhere."""
    return _answer(request, 403, "error.form_too_old")
