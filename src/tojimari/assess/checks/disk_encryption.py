"""Would a lost or stolen device keep its contents unread?"""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

_START_UP = frozenset({"/boot", "/boot/efi", "/efi"})
"""Hold the start-up program, no data; an encrypted system leaves them readable by design."""


@check("disk-encryption", reads=("device.disk_encryption",))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met only when every volume that holds data is known to be encrypted.

    Follows CIS safeguard 3.6 (end-user devices) and SCS 4-3-1 (stored data). One readable system
    volume gives the whole company's mail away: not met. A readable disk that can be taken out:
    partly.
    """
    volumes = [
        volume
        for volume in facts["device.disk_encryption"]["volumes"]
        if volume["mount"] not in _START_UP
    ]
    system = [volume for volume in volumes if volume["system"]]
    open_system = sorted(volume["mount"] for volume in system if volume["encrypted"] is False)
    open_other = sorted(
        volume["mount"]
        for volume in volumes
        if not volume["system"] and volume["encrypted"] is False
    )
    if open_system:
        return Verdict("not_met", "system_open", {"mounts": ", ".join(open_system)})
    if open_other:
        return Verdict("partly", "removable_open", {"mounts": ", ".join(open_other)})
    not_known = sorted(volume["mount"] for volume in volumes if volume["encrypted"] is None)
    if not_known or not system:
        return Verdict(
            "unknown",
            "not_known" if not_known else "no_volume",
            {"mounts": ", ".join(not_known)},
            not_seen=NotSeen("not_looked"),
            because_of=("device.disk_encryption", "volumes"),
        )
    return Verdict("met", "encrypted", {"volumes": len(volumes)})
