"""The addresses of a person's own page."""

from django.urls import path

from tojimari.portal.people import pages

app_name = "people"

urlpatterns = [
    path("unsubscribe/<str:token>/", pages.unsubscribe, name="unsubscribe"),
    path("account/", pages.account, name="account"),
    path("account/tokens/", pages.make_token, name="make_token"),
    path("account/tokens/<uuid:token_id>/remove/", pages.remove_token, name="remove_token"),
    path("account/my-data/", pages.my_data, name="my_data"),
    path("account/leave/", pages.leave, name="leave"),
]
