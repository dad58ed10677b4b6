"""Encryption of the Wi-Fi in use. Its name is hidden by macOS and not wanted here."""

import re
from typing import Any, Literal

from tojimari.collect.device.macos.system_profiler import LIMIT_SECONDS, profile
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceWifi

KIND = "SPAirPortDataType"
Encryption = Literal["none", "wep", "wpa", "wpa2", "wpa3"]
_CURRENT = "spairport_current_network_information"
# A network that still takes the older of two is as good as that one.
_MODES: dict[str, Encryption] = {
    "none": "none",
    "wep": "wep",
    "wpa_personal": "wpa",
    "wpa_enterprise": "wpa",
    "wpa2_personal_mixed": "wpa",
    "wpa2_enterprise_mixed": "wpa",
    "wpa2_personal": "wpa2",
    "wpa2_enterprise": "wpa2",
    "wpa3_transition": "wpa2",
    "wpa3_personal": "wpa3",
    "wpa3_enterprise": "wpa3",
}


def encryption_of(mode: str) -> Encryption | None:
    """Return what a mode of macOS stands for; None for one that is not known.

    One of them is written without its first letter ("pairport_security_mode_wpa3_transition").
    """
    match = re.fullmatch(r"s?pairport_security_mode_(\w+)", mode)
    return _MODES.get(match.group(1)) if match else None


def _networks(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for entry in entries:
        cards = entry.get("spairport_airport_interfaces")
        for card in cards if isinstance(cards, list) else []:
            # "awdl0" is what AirDrop uses between two Macs.
            if isinstance(card, dict) and str(card.get("_name", "")).startswith("en"):
                network = card.get(_CURRENT)
                found += [network] if isinstance(network, dict) and network else []
    return found


@collector("macos", sees=(DeviceWifi,), limit_seconds=LIMIT_SECONDS + 2)
def wifi(host: Host) -> list[Seen]:
    """Say how the network in use is encrypted. Raises as ``profile``."""
    networks = _networks(profile(host, KIND))
    if not networks:
        return [saw(DeviceWifi(connected=False, encryption=None))]
    mode = str(networks[0].get("spairport_security_mode", ""))
    encryption = encryption_of(mode)
    hidden = {}
    if encryption is None:
        hidden["encryption"] = NotSeen("nonsense", detail=mode[:60] or _CURRENT)
    return [saw(DeviceWifi(connected=True, encryption=encryption), **hidden)]
