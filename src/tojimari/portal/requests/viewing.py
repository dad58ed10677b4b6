"""Who of a buyer saw an answer: written down for the supplier, and in the log of its company."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from tojimari.portal.core.audit import note_each
from tojimari.portal.requests.models import Inquiry, InquiryView
from tojimari.portal.supporters.models import Organisation

SEEN_AGAIN = timedelta(hours=1)
"""The same person seeing the same answer in the same way within this time is one view."""


def note_views(
    request: HttpRequest,
    organisation: Organisation,
    inquiries: Iterable[Inquiry],
    way: str,
    by: Any,
) -> None:
    """Write down that a person of the buyer saw what these suppliers show; others are left out.

    Who asks for the head of a page alone saw nothing.

    way: ``list``, ``page``, ``file``, ``api`` or ``sign`` (the proof). by: the person.
    """
    if request.method == "HEAD":
        return
    shown = {one.pk: one.company_id for one in inquiries if one.is_shown}
    lately = InquiryView.objects.filter(
        inquiry__in=shown, user=by, way=way, at__gt=timezone.now() - SEEN_AGAIN
    )
    new = shown.keys() - set(lately.values_list("inquiry", flat=True)) if shown else set()
    if not new:
        return
    InquiryView.objects.bulk_create(
        [InquiryView(inquiry_id=key, user=by, way=way) for key in new], batch_size=1000
    )
    companies = {shown[key] for key in new if shown[key] is not None}
    note_each(request, organisation, f"answer.{way}", companies)
