"""What the owners are told about their devices."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.companies.assessments import device_names
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.devices.rights import DEVICES_MANAGE
from tojimari.portal.words import say


def _devices(found: Notice) -> str:
    return reverse("devices:devices", args=[found.company_id])


def _silent(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: name; day, ISO, of the last report; days without one that are too many."""
    called = device_names(found.company).get(found.about)
    name = found.values["name"] or called or say("devices.nameless", lang)
    return {"name": name, "day": found.values["day"], "days": found.values["days"]}


DEVICE_SILENT = notice("device.silent", to=DEVICES_MANAGE, page=_devices, words=_silent)
"""A computer with the agent has not reported for long: nobody knows how it stands."""

DEVICE_ATTACKED = notice("device.attacked", to=DEVICES_MANAGE, page=_devices, urgent=True)
"""Attackers use a weakness that an update mends. Values: package; n, how many devices have it."""
