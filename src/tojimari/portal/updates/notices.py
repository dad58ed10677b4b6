"""What the people of a company are told about updates from afar."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.companies.assessments import device_names
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.updates.kinds import title_of
from tojimari.portal.updates.rights import UPDATES_APPROVE, UPDATES_READ, UPDATES_SECOND
from tojimari.portal.words import say


def _proposal(found: Notice) -> str:
    return reverse("updates:update", args=[found.company_id, found.about])


def _updates(found: Notice) -> str:
    return reverse("updates:updates", args=[found.company_id])


def _words(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: organisation, kind; n, how many devices."""
    values = found.values
    return {**values, "what": title_of(values["kind"], values.get("parameters", {}), lang)}


UPDATE_WAITS = notice(
    "update.waits",
    to=UPDATES_APPROVE,
    page=_proposal,
    words=_words,
    mail="mail.update_waits",
    mail_words=_words,
)
"""A supporter proposes something, and an owner has to say yes or no. About: the proposal."""


def _named_page(found: Notice) -> str:
    return str(found.values["page"])


UPDATE_SECOND = notice(
    "update.second", to=UPDATES_SECOND, page=_named_page, mail="mail.update_second"
)
"""Somebody has to say yes besides an owner. About: the proposal or policy. Values: page."""
UPDATE_WAVE_STOPPED = notice(
    "update.wave_stopped",
    to=UPDATES_READ,
    page=_proposal,
    words=_words,
    mail="mail.update_wave_stopped",
    mail_words=_words,
)
"""It went wrong on too many devices, here or elsewhere. About: the company's proposal."""


def _devices(found: Notice, lang: Lang) -> Mapping[str, str]:
    ids, called = found.values["devices"], device_names(found.company)
    nameless = say("devices.nameless", lang)
    names = [called.get(one) or nameless for one in ids[:NAMED]]
    more = say("update.restart_more", lang, n=len(ids) - NAMED) if len(ids) > NAMED else ""
    return {"names": say("fleet.and", lang).join(names) + more}


def _isolation(found: Notice) -> str:
    return reverse("updates:isolation", args=[found.company_id, found.about])


def _isolated(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: who; hours."""
    called = device_names(found.company).get(found.about)
    return {**found.values, "name": called or say("devices.nameless", lang)}


DEVICE_ISOLATED = notice(
    "device.isolated",
    to=UPDATES_READ,
    page=_isolation,
    words=_isolated,
    mail="mail.device_isolated",
    mail_words=_isolated,
    urgent=True,
)
"""Somebody cuts a device off. About: the device. Points: the proposal. Values: who, hours."""
NAMED = 3
RESTARTS = "restarts"
UPDATE_RESTART = notice("update.restart", to=DEVICES_READ, page=_updates, words=_devices)
"""Devices have to be restarted. About: ``RESTARTS``. Points and values: ids of the devices."""
UPDATE_RESTORED = notice("update.restored", to=UPDATES_APPROVE, page=_updates, urgent=True)
"""An older backup was restored, and updates that it holds as approved were stopped. Values: n."""
