"""Emergencies, their first ten minutes, and the places that help, from ``first_steps.yaml``."""

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from tojimari.model import Text


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place that helps in an emergency.

    Attributes:
        phone: as it is dialled; "" where there is none or the company itself must know it.
        mail: an address; "" where there is none.
        hours: when it answers; None where the source does not say.
        checked: the day on which the source was read.
        mark: ``publisher`` read on its own page, ``secondary`` in a page that cites it,
            ``unverified`` general knowledge.
    """

    name: Text
    purpose: Text
    source: Text
    checked: date
    mark: Literal["publisher", "secondary", "unverified"]
    phone: str = ""
    mail: str = ""
    hours: Text | None = None


class Emergency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that has happened.

    Attributes:
        title: as the person in trouble would say it.
        first: what to do in the first ten minutes, in order.
        contacts: ids of whom to call, in order.
    """

    title: Text
    first: list[Text]
    contacts: list[str]


class Guide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file: ``always`` holds for every emergency; contacts by id."""

    always: list[Text]
    contacts: dict[str, Contact]
    emergencies: dict[str, Emergency]


@cache
def load_guide() -> Guide:
    """Return the guide that comes with the product. Raises ValueError for a contact not in it."""
    raw = (files("tojimari.respond") / "first_steps.yaml").read_bytes()
    guide = msgspec.yaml.decode(raw, type=Guide)
    for key, emergency in guide.emergencies.items():
        if missing := set(emergency.contacts) - set(guide.contacts):
            raise ValueError(
                f"first_steps.yaml: {key} names {sorted(missing)}, which is no contact"
            )
    return guide
