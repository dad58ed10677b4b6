"""The addresses of the desk: a company's own pages, and the helpers' queue."""

from django.urls import path

from tojimari.portal.desk import (
    arrangements,
    aside,
    company_pages,
    figures,
    queue,
    referrals,
    ticket_page,
)
from tojimari.portal.routes import COMPANY, ORGANISATION

app_name = "desk"

_OWN = f"{COMPANY}/desk"
_OWN_TICKET = f"{_OWN}/<uuid:ticket_id>"
_DESK = f"{ORGANISATION}/desk"
_TICKET = f"{_DESK}/<uuid:ticket_id>"

urlpatterns = [
    path(f"{_OWN}/", company_pages.desk, name="desk"),
    path(f"{_OWN}/ask/", company_pages.ask, name="ask"),
    path(f"{_OWN_TICKET}/", company_pages.own_ticket, name="own_ticket"),
    path(f"{_OWN_TICKET}/write/", company_pages.own_write, name="own_write"),
    path(f"{_OWN_TICKET}/close/", company_pages.own_close, name="own_close"),
    path(f"{_OWN_TICKET}/rate/", company_pages.own_rate, name="own_rate"),
    path(f"{_OWN_TICKET}/files/<uuid:attachment_id>/", company_pages.own_file, name="own_file"),
    path(
        f"{_OWN_TICKET}/appointments/<uuid:appointment_id>.ics",
        company_pages.own_appointment,
        name="own_appointment",
    ),
    path(
        f"{_OWN_TICKET}/handovers/<uuid:handover_id>/",
        company_pages.own_handover,
        name="own_handover",
    ),
    path(f"{_OWN_TICKET}/experts/<uuid:referral_id>/", referrals.own_referral, name="own_referral"),
    path(
        "visits/<uuid:visit_id>/conversation/",
        referrals.visit_conversation,
        name="visit_conversation",
    ),
    path(
        "visits/<uuid:visit_id>/conversation/files/<uuid:attachment_id>/",
        referrals.visit_file,
        name="visit_file",
    ),
    path(f"{_DESK}/", queue.queue, name="queue"),
    path(f"{_DESK}/settings/", queue.desk_settings, name="desk_settings"),
    path(f"{_DESK}/call/", queue.phone, name="phone_call"),
    path(f"{_DESK}/figures/", figures.figures, name="figures"),
    path(f"{_DESK}/figures.csv", figures.figures_csv, name="figures_csv"),
    path(f"{_DESK}/mails/", aside.aside_mails, name="aside"),
    path(f"{_DESK}/mails/<uuid:aside_id>/", aside.decide_aside, name="decide_aside"),
    path(f"{_DESK}/mails/<uuid:aside_id>/mail.eml", aside.aside_file, name="aside_file"),
    path(f"{_TICKET}/", ticket_page.ticket, name="ticket"),
    path(f"{_TICKET}/answer/", ticket_page.answer, name="answer"),
    path(f"{_TICKET}/assign/", ticket_page.assign, name="assign"),
    path(f"{_TICKET}/close/", ticket_page.close_ticket, name="close_ticket"),
    path(f"{_TICKET}/merge/", ticket_page.merge_ticket, name="merge_ticket"),
    path(f"{_TICKET}/split/", ticket_page.split_ticket, name="split_ticket"),
    path(f"{_TICKET}/again/", ticket_page.send_again, name="send_again"),
    path(f"{_TICKET}/files/<uuid:attachment_id>/", ticket_page.ticket_file, name="ticket_file"),
    path(f"{_TICKET}/appointments/", arrangements.appoint, name="appoint"),
    path(f"{_TICKET}/appointments/off/", arrangements.call_off, name="call_off"),
    path(
        f"{_TICKET}/appointments/<uuid:appointment_id>.ics",
        ticket_page.ticket_appointment,
        name="ticket_appointment",
    ),
    path(f"{_TICKET}/experts/", referrals.suggest_expert, name="suggest_expert"),
    path(f"{_TICKET}/handovers/", arrangements.hand_over, name="hand_over"),
    path(f"{_TICKET}/handovers/end/", arrangements.take_back, name="take_back"),
]
