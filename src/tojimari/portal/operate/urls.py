"""The addresses for those who run the portal."""

from django.urls import path

from tojimari.portal.operate import pages
from tojimari.portal.operate.joining import joining

app_name = "operate"

urlpatterns = [
    path("operator/", pages.operator, name="operator"),
    path("about/", pages.about, name="about"),
    path("about/<str:name>/", pages.policy, name="policy"),
    path("here/", pages.here, name="here"),
    path("here/stop/", pages.stop_here, name="stop"),
    path("here/join/", joining, name="join_here"),
    path("health/", pages.health, name="health"),
]
