"""Whether macOS installs updates by itself, as profiles and the Mac's own settings say.

Source: the payloads ``com.apple.SoftwareUpdate`` and ``com.apple.applicationaccess`` of Apple's
reference on device management. Both lose these keys in macOS 27 to declarations, which write to no
file that can be read without rights.
"""

from tojimari.collect.device.macos.places import SOFTWARE_UPDATE
from tojimari.collect.device.macos.preferences import (
    Plist,
    Settings,
    flag,
    managed,
    number,
    settings,
)
from tojimari.collect.device.macos.versions import major, version_of
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceAutoUpdates

_DOMAIN, _RESTRICTIONS = "com.apple.SoftwareUpdate", "com.apple.applicationaccess"
_FIRST_BY_DECLARATION = 27
_DEFAULT_DELAY_DAYS, _MOST_DELAY_DAYS = 30, 90
_FIRST_WITHOUT_CHECK = 15
"""From macOS 15 on there is no switch for looking by itself: the switches for installing imply it."""


def installs(rules: Settings, version: int) -> bool | None:
    """Return whether updates of macOS install by themselves; None where nobody set it.

    What looks for updates and what fetches them must not be off either. Where a key is missing
    Apple's reference names no default, so it is not taken for "on".
    """
    needed = ["AutomaticDownload", "AutomaticallyInstallMacOSUpdates"]
    if version < _FIRST_WITHOUT_CHECK:
        needed.append("AutomaticCheckEnabled")
    switches = [rules.flag(name) for name in needed]
    if False in switches:
        return False
    if any(
        said is None and rules.held(name) is not None
        for name, said in zip(needed, switches, strict=True)
    ):
        return None  # something that is no switch stands in its place
    return rules.flag("AutomaticallyInstallMacOSUpdates")


def delay_days(restrictions: Plist) -> int:
    """Return for how many days a profile hides the updates of this macOS; 0 for none."""
    if not flag(restrictions.get("forceDelayedSoftwareUpdates")):
        return 0
    for name in (
        "enforcedSoftwareUpdateMinorOSDeferredInstallDelay",
        "enforcedSoftwareUpdateDelay",
    ):
        days = number(restrictions.get(name))
        if days is not None:
            return max(0, min(days, _MOST_DELAY_DAYS))
    return _DEFAULT_DELAY_DAYS


@collector("macos", sees=(DeviceAutoUpdates,))
def auto_updates(host: Host) -> list[Seen]:
    """Read the switches; where a management by declarations may decide, nothing is said.

    Such a management leaves notes that begin with "DDM" beside the switches (seen on macOS 26).
    """
    version = major(version_of(host))
    rules = settings(host, _DOMAIN)
    restrictions = managed(host, _RESTRICTIONS)
    delay = delay_days(restrictions)
    of_old = version >= _FIRST_BY_DECLARATION and (rules.managed or delay)
    by_declaration = of_old or any(name.startswith("DDM") for name in rules.own)
    on = None if by_declaration else installs(rules, version)
    if on is None:
        return [
            missed(DeviceAutoUpdates, NotSeen("not_told", see_with=SOFTWARE_UPDATE, detail=_DOMAIN))
        ]
    return [
        saw(
            DeviceAutoUpdates(
                enabled=on, mechanism="macOS", security_only=False, deferred_days=delay
            )
        )
    ]
