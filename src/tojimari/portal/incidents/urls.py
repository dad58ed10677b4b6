"""The addresses for when something has happened."""

from django.urls import path

from tojimari.portal.incidents import pages

app_name = "incidents"

urlpatterns = [
    path("now/", pages.now, name="now"),
    path("now/<slug:emergency>/", pages.first_steps, name="first_steps"),
]
