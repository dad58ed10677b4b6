"""FileVault: whether the disk the Mac starts from is encrypted, and how far."""

import re
from typing import Literal

from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, saw
from tojimari.model.facts import DeviceDiskEncryption, Volume

FDESETUP = ("/usr/bin/fdesetup", "status")
State = Literal["on", "off", "encrypting", "decrypting"]


def parse_status(text: str) -> State:
    """Return the state from ``fdesetup status``; its sentences are the same in every language.

    While the encryption is on its way, also while that is paused or waits for the power supply
    ("Pending"), part of the disk is plain. One that was put off until somebody signs in
    ("Deferred enablement") or the Mac starts again is off. Raises Nonsense.
    """
    way = re.search(r"\b(En|De)cryption (?:in progress|paused)", text, re.IGNORECASE)
    if way:
        return "encrypting" if way.group(1).lower() == "en" else "decrypting"
    match = re.search(r"FileVault is (On|Off)\b", text)
    if match is None:
        raise Nonsense("fdesetup printed neither on nor off")
    if re.search(r"Percent completed", text, re.IGNORECASE):
        return "encrypting" if match.group(1) == "On" else "decrypting"
    return "on" if match.group(1) == "On" else "off"


@collector("macos", sees=(DeviceDiskEncryption,))
def filevault(host: Host) -> list[Seen]:
    """Ask fdesetup; other volumes and disks that are plugged in are not looked at."""
    state = parse_status(host.run(FDESETUP).out)
    volume = Volume("/", "FileVault", state == "on", removable=False, system=True, state=state)
    return [saw(DeviceDiskEncryption((volume,)))]
