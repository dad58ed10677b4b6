"""The addresses of what watches a company."""

from django.urls import path

from tojimari.portal.routes import COMPANY
from tojimari.portal.sensors import pages

app_name = "sensors"

urlpatterns = [
    path(f"{COMPANY}/watch/", pages.watched, name="watched"),
    path(f"{COMPANY}/watch/<uuid:matter_id>/ours/", pages.ours, name="watch_ours"),
]
