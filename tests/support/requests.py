"""A buyer's request with one supplier, and questionnaires as buyers send them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.support.workbooks import questionnaire_file
from tojimari.attest.requirements import asks_of
from tojimari.portal.requests.models import BuyerRequest, FormFile, Inquiry, plain_of
from tojimari.portal.words import catalog


def made_request(organisation: Any, requirement: str = "ipa-6", **more: Any) -> BuyerRequest:
    """Return a request of a buyer that still takes answers for three weeks."""
    controls = more.pop("controls", ())
    values: dict[str, Any] = {
        "title": "図面を預かる会社への確認",
        "purpose": "図面データをお預けしているため",
        "contact": "購買課 山本 03-0000-0000",
        "due": timezone.localdate() + timedelta(days=21),
    }
    return BuyerRequest.objects.create(
        organisation=organisation,
        requirement=requirement,
        asks=plain_of(asks_of(requirement, controls, catalog())),
        **values | more,
    )


def asked_supplier(request: BuyerRequest, email: str = "ito@example.jp", **more: Any) -> Inquiry:
    """Return a supplier that was asked."""
    rows = Inquiry.objects.across("a test")
    made: Inquiry = rows.create(
        **{"request": request, "email": email, "name": "ひみつ商店", "mail": Inquiry.TAKEN} | more
    )
    return made


def taken_form(company: Any) -> FormFile:
    """Return a questionnaire that a company handed in, with its questions found."""
    from tojimari.attest.workbook import read_workbook
    from tojimari.portal.requests.form_files import Place, first_layout, set_layout

    data = questionnaire_file()
    made: FormFile = FormFile.objects.of(company).create(
        company=company, name="ひみつ商店.xlsx", content=data
    )
    book = read_workbook(data)
    layout = first_layout(book)
    assert layout is not None
    set_layout(Place(company), made, book, layout)
    return made


def asked_and_taken(company: Any, organisation: Any) -> dict[str, object]:
    """Return the ids of what a buyer asked a company, and of a questionnaire it handed in."""
    inquiry = asked_supplier(made_request(organisation), company=company)
    form = taken_form(company)
    return {
        "request_id": inquiry.request_id,
        "inquiry_id": inquiry.pk,
        "form_id": form.pk,
        "row": 3,
    }


def request_keys() -> set[str]:
    """Return the keys of texts that the pages of requests put together from parts."""
    from tojimari.attest.questionnaire import ANSWER_STATES
    from tojimari.attest.replies import EVIDENCE, STATES
    from tojimari.portal.requests.buyer_pages import COLUMNS

    missing = ("title", "requirement", "purpose", "contact", "due", "rules")
    return {
        *(f"request.no_{one}" for one in missing),
        *(f"request.due_{one}" for one in ("past", "soon", "far")),
        *(f"reply.{one}" for one in (*STATES, "no_day", "past", "far", "no_reason")),
        *(f"evidence.{one}" for one in EVIDENCE),
        *(f"inquiry.{one}" for one in Inquiry.STATES),
        *(f"view.{way}" for way in ("list", "page", "file", "api", "sign")),
        *(f"form.{part}_{state}" for part in ("state", "word") for state in ANSWER_STATES),
        *(f"supplierscsv.{one}" for one in COLUMNS),
        *(
            f"mail.request_{one}{more}"
            for one in ("first", "reminder")
            for more in ("", "_subject")
        ),
        *(f"suppliers.mail_{state}" for state in (Inquiry.WAITING, Inquiry.REFUSED)),
        "suppliers.asked_n",
        "suppliers.reminded_n",
    }
