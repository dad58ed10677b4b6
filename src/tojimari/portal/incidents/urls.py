"""The addresses for when something is odd."""

from django.urls import path

from tojimari.portal.incidents import guide
from tojimari.portal.routes import COMPANY

app_name = "incidents"

ODD = "odd/"
"""The same words for everybody and inside a company."""

urlpatterns = [
    path(ODD, guide.door, name="door"),
    path(f"{ODD}<slug:kind>/", guide.kind, name="kind"),
    path(f"{ODD}<slug:kind>/now/", guide.now, name="now"),
    path(f"{COMPANY}/{ODD}", guide.company_door, name="company_door"),
    path(f"{COMPANY}/{ODD}<slug:kind>/", guide.company_kind, name="company_kind"),
    path(f"{COMPANY}/{ODD}<slug:kind>/now/", guide.company_now, name="company_now"),
    # Addresses of before, in bookmarks and on paper.
    path("now/", guide.earlier_door, name="earlier_door"),
    path("now/<slug:emergency>/", guide.earlier_kind, name="earlier_kind"),
]
