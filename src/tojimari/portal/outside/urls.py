"""The addresses of sites and of a company's own line."""

from django.urls import path

from tojimari.portal.outside import pages
from tojimari.portal.routes import COMPANY

app_name = "outside"

urlpatterns = [
    path(f"{COMPANY}/sites/", pages.sites, name="sites"),
    path(f"{COMPANY}/sites/add/", pages.add, name="add_site"),
    path(f"{COMPANY}/sites/line/", pages.look_at_line, name="look_line"),
    path(f"{COMPANY}/sites/line/forget/", pages.forget_line, name="forget_line"),
    path(f"{COMPANY}/sites/<uuid:site_id>/prove/", pages.prove, name="prove_site"),
    path(f"{COMPANY}/sites/<uuid:site_id>/look/", pages.look, name="look_site"),
    path(f"{COMPANY}/sites/<uuid:site_id>/watch/", pages.watch, name="watch_site"),
    path(f"{COMPANY}/sites/<uuid:site_id>/accept/", pages.accept_watch, name="accept_watch"),
    path(f"{COMPANY}/sites/<uuid:site_id>/stop/", pages.stop_watch, name="stop_watch"),
    path(f"{COMPANY}/sites/<uuid:site_id>/remove/", pages.remove, name="remove_site"),
]
