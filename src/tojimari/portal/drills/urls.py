"""The addresses of mail drills: of a company, of a supporter, and of the mails themselves."""

from django.urls import path

from tojimari.portal.drills import (
    company_pages,
    landing_pages,
    organisation_pages,
    result_pages,
    staff_pages,
    template_pages,
)
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "drills"
_ONE = f"{COMPANY}/drills/<uuid:drill_id>"

urlpatterns = [
    # First, where many people press at once.
    path("d/<str:drill_token>/", landing_pages.landing, name="landing"),
    path("d/<str:drill_token>/f/", landing_pages.landing_of_file, name="landing_of_file"),
    path("d/<str:drill_token>/mark.svg", landing_pages.picture, name="landing_picture"),
    path("d/<str:drill_token>/step/", landing_pages.step, name="landing_step"),
    path("d/<str:drill_token>/typed/", landing_pages.typed, name="landing_typed"),
    path("d/<str:drill_token>/why/", landing_pages.why, name="why"),
    path("d/<str:drill_token>/no/", landing_pages.object_to, name="object_to"),
    path(f"{COMPANY}/drills/", company_pages.drills, name="drills"),
    path(f"{COMPANY}/drills/consent/", company_pages.consent, name="consent"),
    path(
        f"{COMPANY}/drills/consent/withdraw/",
        company_pages.withdraw_consent,
        name="withdraw_consent",
    ),
    path(f"{COMPANY}/drills/new/", company_pages.new_drill, name="new_drill"),
    path(f"{COMPANY}/drills/staff/", staff_pages.set_staff_page, name="set_staff_page"),
    path(f"{COMPANY}/drills/people/", company_pages.import_people, name="import_people"),
    path(f"{COMPANY}/drills/mails/", template_pages.templates, name="templates"),
    path(f"{COMPANY}/drills/mails/new/", template_pages.new_template, name="new_template"),
    path(f"{COMPANY}/drills/mails/take/", template_pages.import_template, name="import_template"),
    path(
        f"{COMPANY}/drills/mails/<uuid:drill_template_id>/remove/",
        template_pages.remove_template,
        name="remove_template",
    ),
    path(f"{COMPANY}/drills/mails/<slug:template_key>/", template_pages.template, name="template"),
    path(f"{_ONE}/", company_pages.drill, name="drill"),
    path(f"{_ONE}/stop/", company_pages.stop_drill, name="stop_drill"),
    path(f"{_ONE}/remove/", company_pages.remove_drill, name="remove_drill"),
    path(f"{_ONE}/results/", result_pages.results, name="results"),
    path(f"{_ONE}/results.csv", result_pages.results_file, name="results_file"),
    path(f"{_ONE}/report.pdf", result_pages.results_pdf, name="results_pdf"),
    path(f"{ORGANISATION}/drills/", organisation_pages.rounds, name="rounds"),
    path(f"{ORGANISATION}/drills/new/", organisation_pages.new_round, name="new_round"),
    path(f"{ORGANISATION}/drills/<uuid:round_id>/", organisation_pages.round_, name="round"),
    path(
        f"{ORGANISATION}/drills/<uuid:round_id>/report.pdf",
        organisation_pages.round_pdf,
        name="round_pdf",
    ),
    path(
        f"{ORGANISATION}/drills/<uuid:round_id>/figures.csv",
        organisation_pages.round_file,
        name="round_file",
    ),
    path("drill-mails/", landing_pages.abuse, name="abuse"),
    path("about-drills/<str:staff_secret>/", staff_pages.staff, name="staff"),
    path("about-drills/<str:staff_secret>/no/", staff_pages.ask_out, name="staff_ask_out"),
    path("about-drills/<str:staff_secret>/no/<str:signed>/", staff_pages.out, name="staff_out"),
]
