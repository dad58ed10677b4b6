"""The addresses for a strange mail, and for what a company remembers of its own."""

from django.urls import path

from tojimari.portal.mailcheck import company_pages, confirming, pages
from tojimari.portal.routes import COMPANY

app_name = "mailcheck"

_OWN = f"{COMPANY}/mails"

urlpatterns = [
    path("mail/", pages.mail, name="mail"),
    path("mail/confirm/<str:token>/", confirming.confirm, name="confirm"),
    path("mail/share/", pages.share, name="share"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
    path(f"{_OWN}/", company_pages.months, name="months"),
    path(f"{_OWN}/address/", company_pages.new_address, name="new_address"),
    path(f"{_OWN}/people/<uuid:employee_id>/", confirming.ask, name="ask_employee"),
    path(f"{_OWN}/contacts/", company_pages.contacts, name="mail_contacts"),
    path(f"{_OWN}/contacts/import/", company_pages.import_contacts, name="import_contacts"),
    path(
        f"{_OWN}/contacts/<uuid:mail_contact_id>/remove/",
        company_pages.remove_contact,
        name="remove_mail_contact",
    ),
    path(f"{_OWN}/kept/<uuid:kept_id>/", company_pages.kept_file, name="kept_file"),
    path(f"{_OWN}/kept/<uuid:kept_id>/remove/", company_pages.remove_kept, name="remove_kept"),
    path(f"{_OWN}/signs.<str:form>", company_pages.signs, name="signs"),
    path(f"{_OWN}/<uuid:judged_id>/expected/", company_pages.expected, name="expected"),
]
