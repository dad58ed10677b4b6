"""What the registry alone decides of accounts: logging in by itself, and User Account Control.

Names of accounts, groups and passwords are not in the part of the registry that may be read.
"""

from tojimari.collect.device.windows.registry import CURRENT_VERSION_KEY, people, values_of
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSudo

WINLOGON_KEY = rf"{CURRENT_VERSION_KEY}\Winlogon"
SYSTEM_POLICY_KEY = rf"{HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"

UAC = "User Account Control (UAC)"
_WITHOUT_ASKING = 0
_WITH_PASSWORD = (1, 3)
_BY_A_PRESS = (2, 4, 5)
"""Values of ConsentPromptBehaviorAdmin (MS-GPSB): how administrators are asked."""


def logs_in_by_itself(host: Host) -> bool:
    """Return whether Windows logs somebody in at start-up (``AutoAdminLogon``, Winlogon).

    Whether the password lies in the registry for everybody to read (``DefaultPassword``) or is
    kept where only the system reads it makes no difference to who sits down. Raises Missing,
    Denied.
    """
    held = values_of(host, WINLOGON_KEY)
    return held.text("AutoAdminLogon") == "1" or held.number("AutoAdminLogon") == 1


def _built_in_administrator(host: Host) -> bool:
    """Whether somebody is signed in as the first administrator, whom UAC does not ask by default."""
    rule = values_of(host, SYSTEM_POLICY_KEY).number("FilterAdministratorToken")
    return rule != 1 and any(person.endswith("-500") for person in people(host))


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
