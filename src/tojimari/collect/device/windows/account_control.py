"""User Account Control: whether administrators are asked before a program gets all rights."""

from tojimari.collect.device.windows.registry import signed_in, values_of
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSudo

SYSTEM_POLICY_KEY = rf"{HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"

UAC = "User Account Control (UAC)"
_WITHOUT_ASKING = 0
_WITH_PASSWORD = (1, 3)
_BY_A_PRESS = (2, 4, 5)
"""Values of ConsentPromptBehaviorAdmin (MS-GPSB): how administrators are asked."""


def _built_in_administrator(host: Host) -> bool:
    """Whether somebody is signed in as the first administrator, whom UAC does not ask by default."""
    rule = values_of(host, SYSTEM_POLICY_KEY).number("FilterAdministratorToken")
    return rule != 1 and any(name.endswith("-500") for name in signed_in(host))


@collector("windows", sees=(DeviceSudo,))
def account_control(host: Host) -> list[Seen]:
    """Read whether administrators are asked before a program gets all rights, and for what.

    Without ``EnableLUA`` nobody is asked. By default they press a button, and type no password.
    """
    rules = values_of(host, SYSTEM_POLICY_KEY)
    asks, behavior = rules.number("EnableLUA"), rules.number("ConsentPromptBehaviorAdmin")
    if asks == 0 or (asks == 1 and behavior == _WITHOUT_ASKING):
        return [saw(DeviceSudo((UAC,)))]
    if _built_in_administrator(host):
        return [saw(DeviceSudo(("Administrator",)))]
    if asks == 1 and behavior in (*_WITH_PASSWORD, *_BY_A_PRESS):
        return [saw(DeviceSudo((), confirms=behavior in _BY_A_PRESS))]
    return [missed(DeviceSudo, NotSeen("nonsense", detail="EnableLUA, ConsentPromptBehaviorAdmin"))]
