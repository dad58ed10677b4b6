"""The list of parts (CycloneDX 1.6, JSON) that lies beside the package."""

import hashlib
import uuid
import zipfile
from datetime import UTC, datetime
from email.parser import BytesParser
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tojimari import __version__


def write(path: Path, folder: Path, wheels: list[Path], moment: int) -> None:
    """Write the list to ``path``: our program, CPython as it lies in ``folder``, and ``wheels``."""
    bom = Bom(components=[_python(folder), *map(_wheel, wheels)])
    # Two builds of the same parts are one list: neither time nor number of this build is in it.
    bom.metadata.timestamp = datetime.fromtimestamp(moment, UTC)
    bom.metadata.component = Component(
        type=ComponentType.APPLICATION,
        name="tojimari",
        version=__version__,
        purl=PackageURL("pypi", name="tojimari", version=__version__),
        bom_ref="tojimari",
    )
    bom.register_dependency(bom.metadata.component, bom.components)
    parts = sorted(str(component.bom_ref) for component in bom.components)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, "\n".join([__version__, *parts]))
    path.write_text(JsonV1Dot6(bom).output_as_string(indent=1) + "\n", "utf-8")


def _python(folder: Path) -> Component:
    [library] = [p for p in folder.glob("python3*.dll") if p.name != "python3.dll"]
    version = _version_of(library)
    return Component(
        type=ComponentType.APPLICATION,
        name="cpython",
        version=version,
        licenses=[DisjunctiveLicense(id="PSF-2.0")],
        purl=PackageURL("generic", name="cpython", version=version),
        hashes=[_hash(library)],
        bom_ref=f"cpython@{version}",
    )


def _version_of(library: Path) -> str:
    """Return the ProductVersion in the resources of a program (UTF-16, after its key)."""
    key = "ProductVersion".encode("utf-16-le")
    after = library.read_bytes().rpartition(key)[2][:60].decode("utf-16-le", "replace")
    return after.strip("\0").partition("\0")[0]


def _wheel(wheel: Path) -> Component:
    with zipfile.ZipFile(wheel) as packed:
        [place] = [n for n in packed.namelist() if n.count("/") == 1 and n.endswith("/METADATA")]
        about = BytesParser().parsebytes(packed.read(place), headersonly=True)
    name, version = str(about["Name"]), str(about["Version"])
    expression = about["License-Expression"]
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        licenses=[LicenseExpression(str(expression))]
        if expression
        else _declared(about["License"]),
        purl=PackageURL("pypi", name=name.lower(), version=version),
        hashes=[_hash(wheel)],
        bom_ref=f"{name.lower()}@{version}",
    )


def _declared(words: object) -> list[DisjunctiveLicense]:
    """Return what a package of before License-Expression says in its own words, if it is short."""
    text = str(words or "").strip()
    return [DisjunctiveLicense(name=text)] if text and len(text) < 80 and "\n" not in text else []


def _hash(path: Path) -> HashType:
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return HashType(alg=HashAlgorithm.SHA_256, content=content)
