"""The addresses of sharing, of invitations and of organisations."""

from django.urls import path

from tojimari.portal.routes import COMPANY, ORGANISATION
from tojimari.portal.supporters import (
    boxes,
    fleet,
    grants,
    incidents,
    invitations,
    join_links,
    mails,
    news,
    own_boxes,
    reports,
    show_page,
)
from tojimari.portal.supporters import company as granted

app_name = "supporters"

urlpatterns = [
    path(f"{COMPANY}/show/", show_page.show, name="show"),
    path(f"{COMPANY}/boxes/", own_boxes.own_boxes, name="own_boxes"),
    path(f"{COMPANY}/sharing/", grants.sharing, name="sharing"),
    path(f"{COMPANY}/sharing/invite/", grants.invite_organisation, name="invite_organisation"),
    path(f"{COMPANY}/sharing/<int:grant_id>/", grants.change_grant, name="change_grant"),
    path(
        f"{COMPANY}/sharing/invitations/<uuid:invitation_id>/cancel/",
        grants.cancel_invitation,
        name="cancel_invitation",
    ),
    path(f"{COMPANY}/settings/invite/", grants.invite_staff, name="invite_staff"),
    path(f"{ORGANISATION}/", fleet.fleet, name="fleet"),
    path(f"{ORGANISATION}/export.csv", fleet.export, name="fleet_export"),
    path(f"{ORGANISATION}/nudge/", fleet.nudge, name="nudge"),
    path(f"{ORGANISATION}/people/", grants.people, name="helpers"),
    path(
        f"{ORGANISATION}/people/<int:helper_id>/remove/",
        grants.remove_helper,
        name="remove_helper",
    ),
    path(f"{ORGANISATION}/invitations/", invitations.invitations, name="invitations"),
    path(f"{ORGANISATION}/invitations/list/", invitations.invite_list, name="invite_list"),
    path(f"{ORGANISATION}/invitations/again/", invitations.again, name="again"),
    path(
        f"{ORGANISATION}/invitations/<uuid:invitation_id>/resend/",
        invitations.resend,
        name="resend",
    ),
    path(
        f"{ORGANISATION}/invitations/<uuid:invitation_id>/cancel/",
        invitations.cancel,
        name="cancel",
    ),
    path(f"{ORGANISATION}/links/", join_links.make_link, name="make_link"),
    path(f"{ORGANISATION}/links/<uuid:link_id>/", join_links.join_link, name="join_link"),
    path(
        f"{ORGANISATION}/links/<uuid:link_id>/revoke/", join_links.revoke_link, name="revoke_link"
    ),
    path(f"{ORGANISATION}/mails/", mails.mails, name="mails"),
    path(f"{ORGANISATION}/mails/signs.<str:form>", mails.mail_signs, name="mail_signs"),
    path(f"{ORGANISATION}/mails/<slug:campaign>/warn/", mails.warn, name="warn"),
    path(f"{ORGANISATION}/news/", news.news, name="news"),
    path(f"{ORGANISATION}/news/news.<str:form>", news.news_file, name="news_file"),
    path(f"{ORGANISATION}/boxes/", boxes.boxes, name="boxes"),
    path(f"{ORGANISATION}/boxes/lend/", boxes.lend_box, name="lend_box"),
    path(f"{ORGANISATION}/boxes/<uuid:loan_id>/back/", boxes.box_back, name="box_back"),
    path(f"{ORGANISATION}/reports/", reports.reports, name="reports"),
    path(
        f"{ORGANISATION}/{COMPANY}/incidents/<uuid:incident_id>/",
        incidents.granted_incident,
        name="granted_incident",
    ),
    path(f"{ORGANISATION}/{COMPANY}/changes/", reports.granted_changes, name="granted_changes"),
    path(
        f"{ORGANISATION}/{COMPANY}/changes/<int:monthly_id>/",
        reports.granted_monthly,
        name="granted_monthly",
    ),
    path(
        f"{ORGANISATION}/{COMPANY}/changes/<int:monthly_id>/report.pdf",
        reports.granted_monthly_pdf,
        name="granted_monthly_pdf",
    ),
    path(f"{COMPANY}/changes/", reports.changes, name="changes"),
    path(f"{COMPANY}/changes/<int:monthly_id>/", reports.monthly, name="monthly"),
    path(f"{COMPANY}/changes/<int:monthly_id>/report.pdf", reports.monthly_pdf, name="monthly_pdf"),
    path(f"{ORGANISATION}/{COMPANY}/", granted.company, name="granted"),
    path(f"{ORGANISATION}/{COMPANY}/note/", granted.add_note, name="add_note"),
    path("j/<str:token>/", join_links.join_by_link, name="join_by_link"),
    path("j/<str:token>/accept/", join_links.accept_link, name="accept_link"),
    path("join/<str:secret>/", grants.join, name="join"),
    path("join/<str:secret>/accept/", grants.accept, name="accept"),
]
