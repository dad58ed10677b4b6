"""The addresses of sharing, of invitations and of organisations."""

from django.urls import path

from tojimari.portal.routes import COMPANY, ORGANISATION
from tojimari.portal.supporters import company as granted
from tojimari.portal.supporters import fleet, grants

app_name = "supporters"

urlpatterns = [
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
    path(f"{ORGANISATION}/{COMPANY}/", granted.company, name="granted"),
    path(f"{ORGANISATION}/{COMPANY}/note/", granted.add_note, name="add_note"),
    path("join/<str:secret>/", grants.join, name="join"),
    path("join/<str:secret>/accept/", grants.accept, name="accept"),
]
