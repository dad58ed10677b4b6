"""What the pages of devices and phones take in."""

from typing import Any

from django.core.exceptions import ValidationError

from tojimari.agent.codes import normal_code
from tojimari.assess.phones import SYSTEM_NAMES, versions
from tojimari.model.facts import DevicePhone
from tojimari.portal.forms import NameField, PortalForm, TypedField, YesField
from tojimari.portal.words import say

CODE_AT_MOST = 40


class DeviceForm(PortalForm):
    """The name people know a device by."""

    name = NameField(at_most=60)


class CodeForm(PortalForm):
    """A code as somebody typed it from a page or a paper."""

    code = TypedField(at_most=CODE_AT_MOST)

    def clean_code(self) -> str:
        """Return the code as it is kept; empty when none of it can stand in a code."""
        return normal_code(self.cleaned_data["code"])


class PhoneForm(DeviceForm):
    """What the person who holds a phone says of it. An empty answer is "don't know"."""

    refusal = "phone.problem"

    system = TypedField(at_most=20)
    version = TypedField(at_most=20)
    tablet = YesField()
    up_to_date = TypedField(at_most=3)
    screen_lock = TypedField(at_most=3)

    def clean(self) -> dict[str, Any]:
        """Refuse a system or a version that does not exist."""
        sent: dict[str, Any] = self.cleaned_data
        system, version = sent.get("system", ""), sent.get("version", "")
        if system not in SYSTEM_NAMES or (version and version not in versions(system)):
            raise ValidationError(say(self.refusal))
        return sent

    def phone(self) -> DevicePhone:
        """Return what was said of the phone."""
        sent: dict[str, Any] = self.cleaned_data
        said = {"yes": True, "no": False}
        return DevicePhone(
            system=sent["system"],
            tablet=sent["system"] == "ipados" or sent["tablet"],
            version=sent["version"] or None,
            up_to_date=said.get(sent["up_to_date"]),
            screen_lock=said.get(sent["screen_lock"]),
        )
