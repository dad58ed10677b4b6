"""Middleware of our own: an id for each request, plain errors, nothing private in caches."""

import logging
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers

from tojimari.model import TojimariError
from tojimari.portal.errors import bad_request, only_a_button, refused
from tojimari.portal.words import current_lang

log = logging.getLogger("tojimari.request")

Answer = Callable[[HttpRequest], HttpResponse]


class RequestId:
    """Give each request an id, send it back, and log route, status and time without the user."""

    def __init__(self, answer: Answer) -> None:
        """Keep the next in line."""
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer and log."""
        request.id = secrets.token_hex(8)
        started = time.perf_counter()
        response = self.answer(request)
        response["X-Request-Id"] = request.id
        match = request.resolver_match
        log.info(
            "request",
            extra={
                "request_id": request.id,
                "method": request.method,
                "route": match.route if match else "",
                "status": response.status_code,
                "milliseconds": round(1000 * (time.perf_counter() - started), 1),
            },
        )
        return response


class PlainErrors:
    """A TojimariError that reaches the top is the user's to fix: one sentence and a 4xx."""

    def __init__(self, answer: Answer) -> None:
        """Keep the next in line."""
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; an address that only takes a form is explained instead of left blank."""
        response = self.answer(request)
        page = request.method in ("GET", "HEAD") and not request.path.startswith("/api/")
        return only_a_button(request) if page and response.status_code == 405 else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 400 with the sentence."""
        if not isinstance(error, TojimariError):
            return None
        said = error.say(current_lang())
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": said}, status=400)
        return refused(request, said)


class NoNul:
    """A NUL character is in no form a person fills in, and PostgreSQL cannot keep one: 400."""

    def __init__(self, answer: Answer) -> None:
        """Keep the next in line."""
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse, or pass on. The API reads its own bodies and checks what is in them itself."""
        given = () if request.path.startswith("/api/") else (request.GET, request.POST)
        for values in given:
            for key, entries in values.lists():
                if "\x00" in key or any("\x00" in entry for entry in entries):
                    return bad_request(request, ValueError("NUL"))
        return self.answer(request)


class NeverCached:
    """No page is kept by a browser or a proxy, unless it says so itself.

    Whoever answers by a link, or gives a phone's code, does so without an account, often on a
    computer that others use too.
    """

    def __init__(self, answer: Answer) -> None:
        """Keep the next in line."""
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        response = self.answer(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
