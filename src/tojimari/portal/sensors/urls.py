"""The addresses of what watches a company."""

from django.urls import path

from tojimari.portal.routes import COMPANY
from tojimari.portal.sensors import knock_pages, pages

app_name = "sensors"

urlpatterns = [
    path(f"{COMPANY}/watch/", pages.watched, name="watched"),
    path(f"{COMPANY}/watch/knocks/", knock_pages.knocks, name="knocks"),
    path(f"{COMPANY}/watch/knocks/share/", knock_pages.share_knocks, name="share_knocks"),
    path(f"{COMPANY}/watch/knocks/keep/", knock_pages.keep_knocks, name="keep_knocks"),
    path(f"{COMPANY}/watch/<uuid:matter_id>/ours/", pages.ours, name="watch_ours"),
]
