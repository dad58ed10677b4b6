"""The lists of an RPM repository, as createrepo_c writes them (``repodata/``), made up."""

import bz2
import gzip
import hashlib
import lzma
from collections.abc import Callable

_PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: b"\x28\xb5\x2f\xfd" + data,
}


def updateinfo(number: str, source: str, version: str) -> bytes:
    """Return an ``updateinfo.xml`` with one update about security."""
    version_, _, release = version.rpartition("-")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<updates><update from="t" status="final" type="security" version="2"><id>{number}</id>
<issued date="2026-11-30 00:00:00"/>
<references><reference href="x" id="CVE-2026-0001" title="CVE-2026-0001" type="cve"/></references>
<pkglist><collection><package name="{source}" version="{version_}" release="{release}" epoch="0"
 arch="x86_64" src="{source}-{version_}-{release}.src.rpm"><filename>f.rpm</filename></package>
</collection></pkglist></update></updates>
""".encode()


def repodata(
    content: bytes,
    *,
    packing: str = ".gz",
    algorithm: str = "sha256",
    digest: str | None = None,
    location: str = "",
    type_: str = "updateinfo",
    more: str = "",
) -> dict[str, bytes]:
    """Return path -> content of the list and of the file it names; what is given is told instead."""
    packed = _PACK[packing](content)
    told = hashlib.sha256(packed).hexdigest() if digest is None else digest
    place = f"repodata/{told[:8] or 'x'}-updateinfo.xml{packing}"
    listed = f"""<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">
 <revision>1796000000</revision>{more}
 <data type="group"><checksum type="sha256">{"1" * 64}</checksum><location href="repodata/comps.xml"/></data>
 <data type="{type_}"><checksum type="{algorithm}">{told}</checksum>
  <open-checksum type="sha256">{hashlib.sha256(content).hexdigest()}</open-checksum>
  <location href="{location or place}"/><timestamp>1796000000</timestamp><size>{len(packed)}</size>
 </data>
</repomd>
"""
    return {"repodata/repomd.xml": listed.encode(), place: packed}
