"""The addresses of requests: of buyers, of suppliers by link and by company, and of forms."""

from django.urls import path

from tojimari.portal.requests import answer_pages, buyer_pages, form_pages
from tojimari.portal.requests.doors import by_company, by_link
from tojimari.portal.requests.form_pages import by_owner, by_supporter
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "requests"

ASKED = f"{ORGANISATION}/requests/<uuid:request_id>"
LINK = "supplier/<str:token>"
INQUIRY = f"{COMPANY}/requests/<uuid:inquiry_id>"
FORMS = f"{COMPANY}/forms"
GRANTED = f"{ORGANISATION}/{COMPANY}/forms"

urlpatterns = [
    path(f"{ORGANISATION}/requests/", buyer_pages.buyer_requests, name="buyer_requests"),
    path(f"{ORGANISATION}/requests/new/", buyer_pages.new_request, name="new_request"),
    path(f"{ASKED}/", buyer_pages.buyer_request, name="buyer_request"),
    path(f"{ASKED}/suppliers/", buyer_pages.add_suppliers, name="add_suppliers"),
    path(f"{ASKED}/suppliers.csv", buyer_pages.suppliers_file, name="suppliers_file"),
    path(f"{ASKED}/remind/", buyer_pages.remind_all, name="remind_all"),
    path(f"{ASKED}/close/", buyer_pages.close_request, name="close_request"),
    path(f"{ASKED}/<uuid:inquiry_id>/", buyer_pages.buyer_inquiry, name="buyer_inquiry"),
    path(
        f"{ASKED}/<uuid:inquiry_id>/proof.<str:file_form>",
        buyer_pages.buyer_proof,
        name="buyer_proof",
    ),
    path(f"{LINK}/", by_link(answer_pages.front), name="inquiry"),
    path(f"{LINK}/ask/<int:number>/", by_link(answer_pages.ask), name="inquiry_ask"),
    path(f"{LINK}/check/", by_link(answer_pages.check), name="inquiry_check"),
    path(f"{LINK}/withdraw/", by_link(answer_pages.withdraw), name="inquiry_withdraw"),
    path(f"{LINK}/refuse/", by_link(answer_pages.refuse), name="inquiry_refuse"),
    path(f"{LINK}/take-over/", answer_pages.take_over, name="take_over"),
    path(f"{LINK}/stop/", answer_pages.stop, name="stop_mail"),
    path(f"{COMPANY}/requests/", answer_pages.company_requests, name="company_requests"),
    path(f"{INQUIRY}/", by_company(answer_pages.front), name="company_inquiry"),
    path(f"{INQUIRY}/ask/<int:number>/", by_company(answer_pages.ask), name="company_ask"),
    path(f"{INQUIRY}/check/", by_company(answer_pages.check), name="company_check"),
    path(f"{INQUIRY}/withdraw/", by_company(answer_pages.withdraw), name="company_withdraw"),
    path(f"{INQUIRY}/refuse/", by_company(answer_pages.refuse), name="company_refuse"),
    path(f"{FORMS}/", by_owner(form_pages.forms), name="forms"),
    path(f"{FORMS}/take/", by_owner(form_pages.take_form), name="take_form"),
    path(f"{FORMS}/<uuid:form_id>/", by_owner(form_pages.form), name="form"),
    path(f"{FORMS}/<uuid:form_id>/layout/", by_owner(form_pages.form_layout), name="form_layout"),
    path(f"{FORMS}/<uuid:form_id>/words/", by_owner(form_pages.form_words), name="form_words"),
    path(f"{FORMS}/<uuid:form_id>/row/<int:row>/", by_owner(form_pages.form_row), name="form_row"),
    path(f"{FORMS}/<uuid:form_id>/filled/", by_owner(form_pages.form_filled), name="form_filled"),
    path(f"{FORMS}/<uuid:form_id>/delete/", by_owner(form_pages.delete_form), name="delete_form"),
    path(f"{GRANTED}/", by_supporter(form_pages.forms), name="granted_forms"),
    path(f"{GRANTED}/take/", by_supporter(form_pages.take_form), name="granted_take_form"),
    path(f"{GRANTED}/<uuid:form_id>/", by_supporter(form_pages.form), name="granted_form"),
    path(
        f"{GRANTED}/<uuid:form_id>/layout/",
        by_supporter(form_pages.form_layout),
        name="granted_form_layout",
    ),
    path(
        f"{GRANTED}/<uuid:form_id>/words/",
        by_supporter(form_pages.form_words),
        name="granted_form_words",
    ),
    path(
        f"{GRANTED}/<uuid:form_id>/row/<int:row>/",
        by_supporter(form_pages.form_row),
        name="granted_form_row",
    ),
    path(
        f"{GRANTED}/<uuid:form_id>/filled/",
        by_supporter(form_pages.form_filled),
        name="granted_form_filled",
    ),
    path(
        f"{GRANTED}/<uuid:form_id>/delete/",
        by_supporter(form_pages.delete_form),
        name="granted_delete_form",
    ),
]
