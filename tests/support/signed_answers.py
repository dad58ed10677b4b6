"""A supplier's answer with its proof: sent from the page, signed by a worker, read by the buyer."""

import html
import re

from django.urls import reverse

from tests.support.pressing import run_tasks
from tojimari.portal.requests.models import Inquiry


def own(inquiry, name, *rest):
    return reverse(f"requests:{name}", args=[inquiry.company_id, inquiry.pk, *rest])


def of_buyer(inquiry, *form):
    organisation = inquiry.request.organisation_id
    name = "buyer_proof" if form else "buyer_inquiry"
    return reverse(f"requests:{name}", args=[organisation, inquiry.request_id, inquiry.pk, *form])


def send(world, inquiry, **more):
    """Send what is known already, as the page before sending shows it; returns the answer."""
    client = world.client("owner")
    page = client.get(own(inquiry, "company_check")).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    values = {"person": "伊藤", "sure": "yes", "proof": "yes"}
    values |= {"seen": html.unescape(seen[1])} if seen else {}
    return client.post(own(inquiry, "company_check"), values | more)


def sent(world, inquiry, **more):
    answer = send(world, inquiry, **more)
    assert answer.status_code == 302, answer.content.decode()
    run_tasks()
    return again(inquiry)


def again(inquiry):
    return Inquiry.objects.across("test").select_related("request__organisation", "proof").get(pk=inquiry.pk)  # fmt: skip
