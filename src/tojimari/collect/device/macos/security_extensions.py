"""Security software of other makers, by the system extensions that watch for it.

Since macOS 10.15 such software watches files and programs through an extension of the category
"endpoint security"; ``systemextensionsctl list`` names them to everybody.
"""

import re
from collections.abc import Mapping

import msgspec

from tojimari.collect.host import Host, Nonsense
from tojimari.model.facts import AntimalwareProduct

LIST = ("/usr/bin/systemextensionsctl", "list")
_CATEGORY = "com.apple.system_extension.endpoint_security"
# How identifiers of extensions begin, as their makers sign them.
_MAKERS: Mapping[str, tuple[str, str]] = {
    "com.broadcom.mes.": ("symantec", "Symantec"),
    "com.crowdstrike.falcon.": ("crowdstrike", "CrowdStrike Falcon"),
    "com.eset.": ("eset", "ESET"),
    "com.microsoft.wdav": ("defender-macos", "Microsoft Defender"),
    "com.paloaltonetworks.cortex.": ("cortex", "Cortex XDR"),
    "com.sentinelone.": ("sentinelone", "SentinelOne"),
    "com.sophos.endpoint.": ("sophos", "Sophos"),
    "com.symantec.mes.": ("norton", "Norton"),
    "com.trendmicro.icore.": ("trendmicro", "Trend Micro"),
}
_MOST = 50
_ROW = re.compile(r"^[* ]?\t[* ]?\t\S*\t(\S+) \(([^/)]*)[^)]*\)\t(.*?)\t\[([^\]]*)\]\s*$")


class Extension(msgspec.Struct, frozen=True):
    """An extension that watches.

    Attributes:
        id: its identifier.
        version: its version.
        name: its name, as its maker gave it.
        on: whether macOS runs it; it may still wait for somebody to allow it.
    """

    id: str
    version: str
    name: str
    on: bool


def parse_extensions(text: str) -> list[Extension]:
    """Return the extensions of the category; those that are being taken away are left out.

    Raises Nonsense where the tool did not even say how many there are.
    """
    if not re.search(r"^\d+ extension\(s\)", text, re.MULTILINE):
        raise Nonsense("systemextensionsctl printed no list")
    found = []
    within = False
    for line in text.splitlines():
        if line.startswith("--- "):
            within = line.split()[1:2] == [_CATEGORY]
        elif within and (match := _ROW.match(line)) and match.group(4).startswith("activated"):
            identifier, version, name, state = match.groups()
            found.append(Extension(identifier, version, name.strip(), state == "activated enabled"))
    return found[:_MOST]


def products(host: Host) -> tuple[list[AntimalwareProduct], list[str]]:
    """Return (the products that are known, the names of the others that watch).

    What watches need not be against viruses. Raises as ``Host.run``, and Nonsense.
    """
    known: dict[str, AntimalwareProduct] = {}
    others: dict[str, None] = {}
    for one in parse_extensions(host.run(LIST).out):
        maker = next((m for start, m in _MAKERS.items() if one.id.startswith(start)), None)
        if maker is None:
            others |= {one.name or one.id: None} if one.on else {}
        elif maker[0] not in known or one.on:
            known[maker[0]] = AntimalwareProduct(
                id=maker[0],
                name=maker[1],
                version=one.version or None,
                running=one.on,
                realtime=None,
                signatures_at=None,
                last_scan_at=None,
                scan_scheduled=None,
            )
    return list(known.values()), list(others)
