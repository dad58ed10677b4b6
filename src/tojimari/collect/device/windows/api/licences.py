"""Asks which licences for longer support (ESU) of Windows 10 are active.

Everybody may ask. The ids are those that Microsoft lists for companies, the same on every device
(https://learn.microsoft.com/windows/whats-new/enable-extended-security-updates). What a person
enrolled by an account of Microsoft's leaves no trace that is documented.
"""

from tojimari.collect.device.windows.api import wmi
from tojimari.model.facts import Plain

YEARS = {
    "f520e45e-7413-4a34-a497-d2765967d094": 1,
    "1043add5-23b1-4afb-9a0f-64343c8f3f8d": 2,
    "83d49986-add3-41d7-ba33-87c7bfb5c0fb": 3,
}
"""Id of a licence -> the year of the longer support that it covers."""


def longer_support() -> Plain:
    """Return the licences that are known here: ``ID`` and ``LicenseStatus`` (1: licensed).

    Only these three are asked for: a Windows knows hundreds. Raises as ``Host.run``.
    """
    where = " OR ".join(f"ID='{id_}'" for id_ in YEARS)
    columns = ("ID", "LicenseStatus")
    return [*wmi.instances(r"root\cimv2", "SoftwareLicensingProduct", columns, where)]
