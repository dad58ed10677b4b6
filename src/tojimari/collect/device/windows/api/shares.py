"""Asks for the folders shown to other computers.

https://learn.microsoft.com/windows/win32/api/lmshare/nf-lmshare-netshareenum
Everybody sees their names; where they lie and who may enter is told to administrators alone.
"""

from typing import Any

from tojimari.collect.device.windows.api.errors import number_of, refused_as_unavailable
from tojimari.collect.host import Denied
from tojimari.model.facts import Plain

_SERVER_NOT_STARTED = 2114  # NERR_ServerNotStarted
_WITH_RIGHTS, _FOR_EVERYBODY = 502, 1
_MOST = 1000
_EVERYONE, _GENERIC_ALL = "S-1-1-0", 0x10000000


def answer() -> Plain:
    """Return the shares: ``name``, ``type`` (STYPE_...), ``path``, ``entries``.

    path and entries are None without administrator's rights. An entry is one of the access list:
    ``type`` (0 allows, 1 denies), ``mask``, ``sid``; no list at all allows everyone everything.
    Nothing is shown where the server is not running.
    """
    try:
        return _listed(_WITH_RIGHTS)
    except Denied:
        return _listed(_FOR_EVERYBODY)


def _listed(level: int) -> Plain:
    with refused_as_unavailable(f"NetShareEnum {level}"):
        import win32net

        try:
            found, _, _ = win32net.NetShareEnum(None, level)
        except Exception as error:
            if number_of(error) == _SERVER_NOT_STARTED:
                return []
            raise
        return [
            {
                "name": one["netname"],
                "type": one["type"],
                "path": one.get("path"),
                "entries": _entries(one["security_descriptor"]) if level == _WITH_RIGHTS else None,
            }
            for one in found[:_MOST]
        ]


def _entries(descriptor: Any) -> Plain:
    import win32security

    acl = descriptor.GetSecurityDescriptorDacl() if descriptor else None
    if acl is None:
        return [{"type": 0, "mask": _GENERIC_ALL, "sid": _EVERYONE}]
    found = [acl.GetAce(place) for place in range(acl.GetAceCount())]
    return [
        {
            "type": one[0][0],
            "mask": one[1],
            "sid": str(win32security.ConvertSidToStringSid(one[-1])),
        }
        for one in found
    ]
