"""Every address of the portal: each app names its own."""

from django.urls import URLPattern, URLResolver, include, path

from tojimari.portal import api_proofs, api_requests, api_updates, errors
from tojimari.portal.api import api

whole_api = api
"""The API with every router."""
whole_api.add_router("", api_requests.router)
whole_api.add_router("", api_proofs.router)
whole_api.add_router("", api_updates.router)

urlpatterns: list[URLPattern | URLResolver] = [
    # First: everybody in a drill presses within minutes, and each pattern before costs them time.
    path("", include("tojimari.portal.drills.urls")),
    path("", include("tojimari.portal.core.urls")),
    path("", include("tojimari.portal.companies.urls")),
    path("", include("tojimari.portal.devices.urls")),
    path("", include("tojimari.portal.outside.urls")),
    path("", include("tojimari.portal.incidents.urls")),
    path("", include("tojimari.portal.mailcheck.urls")),
    path("", include("tojimari.portal.sensors.urls")),
    path("", include("tojimari.portal.lessons.urls")),
    path("", include("tojimari.portal.papers.urls")),
    path("", include("tojimari.portal.proofs.urls")),
    path("", include("tojimari.portal.supporters.urls")),
    path("", include("tojimari.portal.updates.urls")),
    path("", include("tojimari.portal.experts.urls")),
    path("", include("tojimari.portal.money.urls")),
    path("", include("tojimari.portal.requests.urls")),
    path("", include("tojimari.portal.chains.urls")),
    path("", include("tojimari.portal.lenders.urls")),
    path("", include("tojimari.portal.desk.urls")),
    path("", include("tojimari.portal.surveys.urls")),
    path("", include("tojimari.portal.people.urls")),
    path("", include("tojimari.portal.operate.urls")),
    path("accounts/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("api/v1/", whole_api.urls),
]

handler400 = errors.bad_request
handler403 = errors.denied
handler404 = errors.not_found
handler500 = errors.our_fault
