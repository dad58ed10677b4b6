"""The addresses of updates from afar."""

from django.urls import path

from tojimari.portal.routes import COMPANY, ORGANISATION
from tojimari.portal.updates import (
    company_pages,
    isolation_pages,
    organisation_pages,
    policy_pages,
    second_pages,
    sign_in_pages,
    wave_pages,
)

app_name = "updates"
OWN = f"{COMPANY}/updates"
THEIRS = f"{ORGANISATION}/updates"

urlpatterns = [
    path(f"{OWN}/", company_pages.updates, name="updates"),
    path(f"{OWN}/new/", company_pages.start_update, name="start_update"),
    path(f"{OWN}/second/", second_pages.change_second, name="change_second"),
    path(f"{OWN}/policies/new/", policy_pages.new_policy, name="new_policy"),
    path(f"{OWN}/policies/<uuid:policy_id>/", policy_pages.update_policy, name="update_policy"),
    path(
        f"{OWN}/policies/<uuid:policy_id>/answer/", policy_pages.answer_policy, name="answer_policy"
    ),
    path(f"{OWN}/<uuid:proposal_id>/", company_pages.update, name="update"),
    path(f"{OWN}/<uuid:proposal_id>/answer/", company_pages.answer_update, name="answer_update"),
    path(
        f"{COMPANY}/devices/<uuid:device_id>/isolation/",
        isolation_pages.isolation,
        name="isolation",
    ),
    path(
        f"{ORGANISATION}/{COMPANY}/isolation/",
        isolation_pages.granted_isolations,
        name="granted_isolations",
    ),
    path(
        f"{ORGANISATION}/{COMPANY}/isolation/<uuid:device_id>/",
        isolation_pages.granted_isolation,
        name="granted_isolation",
    ),
    path(f"{THEIRS}/", wave_pages.waves, name="waves"),
    path(f"{THEIRS}/new/", wave_pages.new_wave, name="new_wave"),
    path(f"{THEIRS}/<uuid:wave_id>/", wave_pages.wave, name="wave"),
    path(f"{THEIRS}/<uuid:wave_id>/wave.csv", wave_pages.wave_csv, name="wave_csv"),
    path(f"{THEIRS}/<uuid:wave_id>/stop/", wave_pages.stop_wave_now, name="stop_wave"),
    path(
        f"{ORGANISATION}/{COMPANY}/updates/",
        organisation_pages.propose_update,
        name="propose_update",
    ),
    path(
        f"{ORGANISATION}/{COMPANY}/updates/<uuid:proposal_id>/",
        organisation_pages.proposed_update,
        name="proposed_update",
    ),
    path(
        f"{ORGANISATION}/{COMPANY}/updates/<uuid:proposal_id>/withdraw/",
        organisation_pages.withdraw_update,
        name="withdraw_update",
    ),
    path("sign-in-anew/", sign_in_pages.sign_in_anew, name="sign_in_anew"),
]
