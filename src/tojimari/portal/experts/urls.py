"""The addresses of experts and their visits."""

from django.urls import path

from tojimari.portal.experts import company_pages, expert_pages, organisation_pages, profiles
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "experts"

OF_COMPANY = f"{COMPANY}/experts/<uuid:visit_id>"
ARRANGED = f"{ORGANISATION}/{COMPANY}/experts/<uuid:visit_id>"
OWN = "visits/<uuid:visit_id>"

urlpatterns = [
    path(f"{COMPANY}/experts/", company_pages.experts, name="experts"),
    path(f"{COMPANY}/experts/ask/", company_pages.ask_expert, name="ask_expert"),
    path(f"{OF_COMPANY}/", company_pages.company_visit, name="company_visit"),
    path(f"{OF_COMPANY}/answer/", company_pages.answer_visit, name="answer_visit"),
    path(f"{OF_COMPANY}/show/", company_pages.show_expert, name="show_expert"),
    path(f"{OF_COMPANY}/cancel/", company_pages.company_cancels, name="company_cancels"),
    path(f"{OF_COMPANY}/report/", company_pages.confirm_report, name="confirm_report"),
    path(f"{OF_COMPANY}/visit.ics", company_pages.company_calendar, name="company_calendar"),
    path(
        f"{ORGANISATION}/experts/",
        organisation_pages.organisation_experts,
        name="organisation_experts",
    ),
    path(f"{ORGANISATION}/experts/me/", profiles.my_profile, name="my_profile"),
    path(f"{ORGANISATION}/experts/invite/", profiles.invite_expert, name="invite_expert"),
    path(
        f"{ORGANISATION}/experts/<uuid:expert_id>/",
        profiles.organisation_profile,
        name="organisation_profile",
    ),
    path(
        f"{ORGANISATION}/experts/<uuid:expert_id>/remove/",
        profiles.remove_expert,
        name="remove_expert",
    ),
    path(f"{ORGANISATION}/experts/<uuid:expert_id>/link/", profiles.link_again, name="link_again"),
    path(f"{ARRANGED}/", organisation_pages.arranged_visit, name="arranged_visit"),
    path(f"{ARRANGED}/propose/", organisation_pages.propose_expert, name="propose_expert"),
    path(f"{ARRANGED}/move/", organisation_pages.move_arranged, name="move_arranged"),
    path(f"{ARRANGED}/cancel/", organisation_pages.cancel_arranged, name="cancel_arranged"),
    path(f"{ARRANGED}/visit.ics", organisation_pages.arranged_calendar, name="arranged_calendar"),
    path("visits/", expert_pages.expert_home, name="expert_home"),
    path("visits/join/<str:secret>/", profiles.join_expert, name="join_expert"),
    path("visits/join/<str:secret>/accept/", profiles.accept_expert, name="accept_expert"),
    path("visits/profile/<uuid:expert_id>/", profiles.own_profile, name="own_profile"),
    path("visits/profile/<uuid:expert_id>/leave/", profiles.leave_experts, name="leave_experts"),
    path(f"{OWN}/", expert_pages.own_visit, name="own_visit"),
    path(f"{OWN}/answer/", expert_pages.answer_as_expert, name="answer_as_expert"),
    path(f"{OWN}/move/", expert_pages.expert_moves, name="expert_moves"),
    path(f"{OWN}/cancel/", expert_pages.expert_cancels, name="expert_cancels"),
    path(f"{OWN}/visit.ics", expert_pages.expert_calendar, name="expert_calendar"),
    path(f"{OWN}/company/", expert_pages.shown_company, name="shown_company"),
    path(
        f"{OWN}/incidents/<uuid:incident_id>/",
        expert_pages.shown_incident,
        name="shown_incident",
    ),
    path(
        f"{OWN}/incidents/<uuid:incident_id>/line/<int:number>/file/",
        expert_pages.shown_evidence,
        name="shown_evidence",
    ),
    path(f"{OWN}/report/", expert_pages.visit_report, name="visit_report"),
]
