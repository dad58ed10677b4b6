"""Says what is wrong with this installation, and what to do about it."""

from django.conf import settings
from django.core.checks import WARNING, CheckMessage, run_checks

from tojimari.model import Text
from tojimari.portal.signs import DOCTOR, Sign, SignMessage

DJANGO = "check"
"""The name of what Django itself has to say of a portal for others."""
ORDER = (
    "database",
    "migrations",
    "home",
    "disk",
    "static",
    "worker",
    "mail",
    "https",
    "operator",
    "policies",
    DJANGO,
    "pdf",
    "knowledge",
)
"""As it is shown; signs that are not named here come last."""


def examine() -> list[Sign]:
    """Return everything the registered checks found, good and bad, in the order it is shown.

    On a computer that serves only its owner, Django's own advice for servers is left out.
    """
    tags = [DOCTOR] if settings.LOCAL else None
    found = run_checks(tags=tags, include_deployment_checks=True)
    return sorted(filter(None, map(_sign, found)), key=_place)


def _sign(message: CheckMessage) -> Sign | None:
    if isinstance(message, SignMessage):
        return message.sign
    if message.level < WARNING:
        return None
    words = f"{message.id}: {message.msg}"
    return Sign(DJANGO, "warn", Text(ja=words, en=words))


def _place(sign: Sign) -> tuple[int, str]:
    place = ORDER.index(sign.name) if sign.name in ORDER else len(ORDER)
    return place, sign.text.en if sign.name == DJANGO else sign.name
