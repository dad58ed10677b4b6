"""The address for a strange mail."""

from django.urls import path

from tojimari.portal.mailcheck import pages

app_name = "mailcheck"

urlpatterns = [
    path("mail/", pages.mail, name="mail"),
]
