"""The ground's own addresses."""

from django.urls import path

from tojimari.portal.core import pages
from tojimari.portal.routes import COMPANY

app_name = "core"

urlpatterns = [
    path(".well-known/jwks.json", pages.jwks, name="jwks"),
    path(f"{COMPANY}/notices/<int:notice_id>/seen/", pages.notice_seen, name="notice_seen"),
]
