"""The addresses of money and help."""

from django.urls import path

from tojimari.portal.money import company_pages, organisation_pages
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "money"

urlpatterns = [
    path(f"{COMPANY}/money/", company_pages.money, name="money"),
    path(f"{COMPANY}/money/tell/", company_pages.tell_money, name="tell_money"),
    path(f"{COMPANY}/money/insurance/", company_pages.insurance, name="insurance"),
    path(
        f"{COMPANY}/money/insurance/answers.csv",
        company_pages.insurance_file,
        name="insurance_file",
    ),
    path(
        f"{COMPANY}/money/<slug:programme_id>/remind/",
        company_pages.remind_money,
        name="remind_money",
    ),
    path(f"{ORGANISATION}/money/", organisation_pages.programmes, name="programmes"),
    path(f"{ORGANISATION}/money/take/", organisation_pages.take_programmes, name="take_programmes"),
    path(
        f"{ORGANISATION}/money/<slug:programme_id>/",
        organisation_pages.programme,
        name="programme",
    ),
    path(
        f"{ORGANISATION}/money/<slug:programme_id>/companies.csv",
        organisation_pages.programme_file,
        name="programme_file",
    ),
    path(
        f"{ORGANISATION}/money/<slug:programme_id>/write/",
        organisation_pages.write_about,
        name="write_about",
    ),
    path(
        f"{ORGANISATION}/money/<slug:programme_id>/drop/",
        organisation_pages.drop_programme,
        name="drop_programme",
    ),
]
