"""The addresses of devices, of phones, and of what is installed on them."""

from django.urls import path

from tojimari.portal.devices import pages
from tojimari.portal.devices.installation import download
from tojimari.portal.devices.installer import setup, setup_file
from tojimari.portal.routes import COMPANY

app_name = "devices"

urlpatterns = [
    path(f"{COMPANY}/devices/", pages.devices, name="devices"),
    path(f"{COMPANY}/devices/code/computer/", pages.code, {"kind": "computer"}, name="code"),
    path(f"{COMPANY}/devices/code/phone/", pages.code, {"kind": "phone"}, name="phone_code_for"),
    path(f"{COMPANY}/devices/code/<str:letters>/", pages.shown_code, name="shown_code"),
    path(f"{COMPANY}/devices/<uuid:device_id>/name/", pages.rename, name="rename_device"),
    path(f"{COMPANY}/devices/<uuid:device_id>/remove/", pages.remove, name="remove_device"),
    path("download/<str:name>", download, name="download"),
    path("computer/<str:letters>/", setup, name="setup"),
    path("computer/<str:letters>/file/", setup_file, name="setup_file"),
    path("phone/", pages.phone_code, name="phone_code"),
    path("phone/<str:letters>/", pages.phone, name="phone"),
]
