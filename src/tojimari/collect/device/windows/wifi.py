"""Encryption of the Wi-Fi in use, by the numbers of its methods.

https://learn.microsoft.com/windows/win32/nativewifi/dot11-auth-algorithm
https://learn.microsoft.com/windows/win32/nativewifi/dot11-cipher-algorithm
"""

from typing import Literal

import msgspec

from tojimari.collect.device.windows.api import api_of, rows
from tojimari.collect.host import Denied, Host, Missing
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceWifi

Encryption = Literal["none", "wep", "wpa", "wpa2", "wpa3"]

_CONNECTED = 1  # wlan_interface_state_connected
_OPEN, _SHARED_KEY = 1, 2
_NO_CIPHER = 0x00
_WEP_CIPHERS = {0x01, 0x05, 0x101}  # WEP with 40 and 104 bits, and of any length
_TKIP = 0x02
_BY_METHOD: dict[int, Encryption] = {
    3: "wpa",  # WPA
    4: "wpa",  # WPA_PSK
    6: "wpa2",  # RSNA
    7: "wpa2",  # RSNA_PSK
    8: "wpa3",  # WPA3 with 192 bits
    9: "wpa3",  # WPA3_SAE
    10: "wpa3",  # OWE: encrypted without a password, for guests
    11: "wpa3",  # WPA3_ENT
}
_WEAKEST_FIRST: tuple[Encryption, ...] = ("none", "wep", "wpa", "wpa2", "wpa3")


class _Adapter(msgspec.Struct):
    state: int | None = None
    secured: bool | None = None
    authentication: int | None = None
    cipher: int | None = None

    @property
    def encryption(self) -> Encryption | None:
        """What its numbers say; None for any that is not documented."""
        method, cipher = self.authentication, self.cipher
        if cipher in _WEP_CIPHERS or method == _SHARED_KEY:
            return "wep"
        if method == _OPEN:
            return "none" if cipher == _NO_CIPHER else None
        found = _BY_METHOD.get(-1 if method is None else method)
        if found == "wpa2" and cipher == _TKIP:
            return "wpa"  # the cipher of WPA in the clothes of its successor
        return None if found is not None and cipher == _NO_CIPHER else found


@collector("windows", sees=(DeviceWifi,), limit_seconds=10.0)
def wifi(host: Host) -> list[Seen]:
    """Tell the weakest encryption in use; without an adapter or its service none is in use."""
    try:
        adapters = rows(api_of(host).ask("wifi"), _Adapter)
    except Denied as error:
        # From Windows 11 24H2 on whoever may not know where the computer is may not know this
        # either, administrators too: more rights would show nothing
        # (https://learn.microsoft.com/windows/win32/nativewifi/wi-fi-access-location-changes).
        return [missed(DeviceWifi, NotSeen("not_told", detail=str(error)))]
    except Missing as error:
        if "0x80070426" not in str(error):
            raise
        adapters = []
    in_use = [one.encryption for one in adapters if one.state == _CONNECTED]
    if not in_use:
        return [saw(DeviceWifi(connected=False, encryption=None))]
    known = sorted((one for one in in_use if one), key=_WEAKEST_FIRST.index)
    if None in in_use and (not known or known[0] not in ("none", "wep")):
        return [saw(DeviceWifi(connected=True, encryption=None), encryption=NotSeen("not_told"))]
    return [saw(DeviceWifi(connected=True, encryption=known[0]))]
