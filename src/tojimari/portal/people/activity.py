"""When a signed-in browser was last seen, and from where: what the page of sessions shows."""

from collections.abc import Callable
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tojimari.portal.core.prepared import Given, Prepared

NOTED_EVERY = timedelta(minutes=1)
"""The page of sessions says the minute: what is noted more often, nobody sees."""


class SessionActivity:
    """Note that a session is used: at most once a minute, and at once when the browser changes.

    In place of allauth's UserSessionsMiddleware, which reads and writes the row at every request.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next in line."""
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note, and pass on."""
        if request.session.session_key and request.user.is_authenticated and not _noted(request):
            UserSession.objects.create_from_request(request)
        return self.answer(request)


def _noted_lately() -> QuerySet:
    field = UserSession._meta.get_field
    same = {name: Given(name, field(name)) for name in ("session_key", "user", "ip", "user_agent")}
    found = UserSession.objects.filter(**same, last_seen_at__gt=Given("after", DateTimeField()))
    return found.values_list("pk")[:1]


_NOTED_LATELY = Prepared("", _noted_lately)
"""Asked at every request of everybody who is signed in."""


def _noted(request: HttpRequest) -> bool:
    """Return whether this very browser of this person was noted within the last minute."""
    longest = UserSession._meta.get_field("user_agent").max_length
    return bool(
        _NOTED_LATELY.rows(
            session_key=request.session.session_key,
            user=request.user.pk,
            ip=get_adapter().get_client_ip(request),
            user_agent=request.META.get("HTTP_USER_AGENT", "")[:longest],
            after=timezone.now() - NOTED_EVERY,
        )
    )
