"""The ground's own addresses."""

from django.urls import path

from tojimari.portal.core import hold_pages, pages
from tojimari.portal.routes import COMPANY

app_name = "core"

urlpatterns = [
    path(".well-known/jwks.json", pages.jwks, name="jwks"),
    path(f"{COMPANY}/notices/<int:notice_id>/seen/", pages.notice_seen, name="notice_seen"),
    path(f"{COMPANY}/holds/", hold_pages.holds, name="holds"),
    path(f"{COMPANY}/holds/all/", hold_pages.decide_all_holds, name="decide_all_holds"),
    path(f"{COMPANY}/holds/<int:hold_id>/", hold_pages.decide_hold, name="decide_hold"),
]
