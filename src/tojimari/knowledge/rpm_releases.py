"""Releases of systems with RPM packages, as their advisories and packages name them."""

import re

FAMILIES = ("fedora", "rhel", "rocky", "almalinux", "ol")
"""Names of /etc/os-release whose makers publish advisories with numbers of their own."""
_PREFIXES = {"RHSA-": "rhel", "RLSA-": "rocky", "ALSA-": "almalinux", "ELSA-": "ol"}
_FEDORA = re.compile(r"FEDORA-\d{4}-")  # FEDORA-EPEL-... is about packages beside the system's own
_TAG = re.compile(r"\.(el|fc)(\d{1,3})(?:_\d+)?(?:\.|$)")
_MODULAR = re.compile(r"\.module[+_]")
_ECOSYSTEMS = {"Rocky Linux": "rocky", "AlmaLinux": "almalinux"}
_DEVICE = re.compile(rf"({'|'.join(FAMILIES)})-(\d{{1,3}})(?:\.\d+)*")


def release_of(id_: str, number: str) -> str:
    """Return the release an advisory's package is for, as "rocky-9"; "" where it is none known here.

    id_: the publisher's number, as "RLSA-2026:1234"; its beginning says whose it is.
    number: the release of the package, as "24.el9_4"; its tag says for which of them.
    """
    tag = _TAG.search(number)
    if tag is None:
        return ""
    if tag.group(1) == "fc":
        return f"fedora-{tag.group(2)}" if _FEDORA.match(id_) else ""
    family = next((f for prefix, f in _PREFIXES.items() if id_.startswith(prefix)), "")
    return f"{family}-{tag.group(2)}" if family else ""


def ecosystem_release(ecosystem: str) -> str:
    """Return "rocky-9" for "Rocky Linux:9"; "" for ecosystems of OSV that are not of this kind."""
    name, _, number = ecosystem.partition(":")
    family = _ECOSYSTEMS.get(name, "")
    return f"{family}-{number}" if family and re.fullmatch(r"\d{1,3}", number) else ""


def is_security(id_: str) -> bool:
    """Say whether an advisory with this number mends weaknesses; others mend or add something else."""
    return id_.startswith(tuple(_PREFIXES))


def major_release(release: str) -> str:
    """Return the release advisories speak of: "rocky-9" for the "rocky-9.4" of a computer; else ""."""
    match = _DEVICE.fullmatch(release)
    return f"{match.group(1)}-{match.group(2)}" if match else ""


def is_modular(number: str) -> bool:
    """Say whether a package belongs to a module's stream, by its release ("1.module+el8.9.0+...")."""
    return bool(_MODULAR.search(f".{number}"))


def source_of(file: str) -> tuple[str, str]:
    """Return (name, version-release) of "openssl-3.0.7-24.el9.src.rpm"; ("", "") for "(none)".

    The name of the file leaves the epoch out. A path or an address before it is passed over.
    """
    stem = re.sub(r"\.(?:no)?src\.rpm$", "", file.strip().rsplit("/", 1)[-1])
    parts = stem.rsplit("-", 2)
    return (parts[0], f"{parts[1]}-{parts[2]}") if len(parts) == 3 else ("", "")
