"""A published weakness of one package in one release, and which versions have it."""

import re

import msgspec

from tojimari.knowledge.package_versions import NoVersion, versions_of

_ID = re.compile(r"[A-Za-z0-9:._+-]{1,100}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,99}")  # NetworkManager, python3.12-lxml


def is_named(id_: str, package: str) -> bool:
    """Say whether number and package are spelled as publishers spell them; files are hostile."""
    return bool(_ID.fullmatch(id_) and _NAME.fullmatch(package))


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Versions one after another that have the weakness.

    Attributes:
        first: the first that has it; "" from the very first on.
        fixed: the first that no longer has it; "" where there is none.
        last: the last that has it, where no fixed one is named; "" for all later ones.
    """

    first: str = ""
    fixed: str = ""
    last: str = ""


class Advisory(msgspec.Struct, frozen=True, array_like=True):
    """What a publisher says about one package of one release.

    Attributes:
        id: the publisher's number.
        release: "debian-12", "ubuntu-24.04", "rocky-9", or "pypi" for packages of Python.
        package: the source package; of Python its name as PEP 503 writes it.
        cves: CVE numbers.
        spans: which versions have it.
        versions: further ones that have it, spelled exactly so.
    """

    id: str
    release: str
    package: str
    cves: tuple[str, ...]
    spans: tuple[Span, ...]
    versions: tuple[str, ...] = ()

    def fixed_for(self, version: str) -> str | None:
        """Return the version that mends ``version``, "" where there is none yet, None if unaffected.

        Raises NoVersion for a text that is no version of this release.
        """
        read = versions_of(self.release)
        if read is None:
            raise NoVersion(version)
        installed = read(version)
        for span in self.spans:
            if span.first and installed < read(span.first):
                continue
            if span.fixed:
                if installed < read(span.fixed):
                    return span.fixed
            elif not span.last or installed <= read(span.last):
                return ""
        return "" if version in self.versions else None
