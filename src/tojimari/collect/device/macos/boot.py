"""What macOS may start from: the policy of the security chip."""

import os
from typing import Literal

from tojimari.collect.device.macos.system_profiler import LIMIT_SECONDS, profile
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceBoot

KIND = "SPiBridgeDataType"
# The values are written in the person's language; only the English ones are known, and a value
# that is not known says nothing.
_POLICIES = {
    "Full Security": True,
    "Reduced Security": True,
    "Permissive Security": False,
    "No Security": False,
}


@collector("macos", sees=(DeviceBoot,), limit_seconds=LIMIT_SECONDS + 2)
def boot(host: Host) -> list[Seen]:
    """Read the policy; a Mac without such a chip has none. Raises Nonsense."""
    entries = profile(host, KIND)
    if not entries:
        raise Nonsense("no security chip")
    policy = str(entries[0].get("ibridge_secure_boot", ""))
    secure = _POLICIES.get(policy)
    firmware: Literal["other", "uefi"] = "other" if os.uname().machine == "arm64" else "uefi"
    hidden = {"tpm": NotSeen("not_on_this_system", detail="Macs have a chip of their own")}
    if secure is None:
        hidden["secure_boot"] = NotSeen("not_told", detail="ibridge_secure_boot")
    return [saw(DeviceBoot(firmware=firmware, secure_boot=secure), **hidden)]
