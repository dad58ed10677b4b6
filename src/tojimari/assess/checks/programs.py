"""Which product of endoflife.date a program from elsewhere is, by its name."""

import re
from typing import NamedTuple

from tojimari.model.facts import SoftwareItem

# Names under which packages from outside the distribution are known to endoflife.date. Only exact
# names are matched: a wrong match would call something dead that is alive.
_PACKAGES = {
    "django": "django",
    "nodejs": "nodejs",
    "node": "nodejs",
    "php": "php",
    "postgresql": "postgresql",
    "mariadb": "mariadb",
    "mysql-server": "mysql",
    "mongodb-org": "mongodb",
    "redis": "redis",
    "nginx": "nginx",
    "docker-ce": "docker-engine",
    "grafana": "grafana",
    "gitlab-ce": "gitlab",
    "elasticsearch": "elasticsearch",
    "ansible-core": "ansible-core",
    "numpy": "numpy",
    "wagtail": "wagtail",
    "libreoffice": "libreoffice",
    "org.libreoffice.libreoffice": "libreoffice",
}

# Names in the lists of a Windows: the same in every language, some with a version in them. The
# version of an Office does not tell its year ("16.0" since 2016), its name does.
_LISTED = (
    (r"LibreOffice [\d.]+", "libreoffice"),
    (r"Python \d+\.\d+\.\d+ \((?:32|64)-bit\)", "python"),
    (r"Node\.js", "nodejs"),
    (r"PostgreSQL [\d.]+", "postgresql"),
    (r"MariaDB [\d.]+ \(x64\)", "mariadb"),
    (r"Oracle (?:VM )?VirtualBox [\d.]+", "virtualbox"),
    (
        r"Microsoft Office (?:LTSC )?(?:Professional(?: Plus)?|Standard|Personal|Home and (?:Business"
        r"|Student)) (?P<year>20\d\d)(?: - [a-z]{2}-[a-z]{2})?",
        "office",
    ),
)  # fmt: skip

KNOWN = frozenset({*_PACKAGES.values(), *(product for _, product in _LISTED)})
"""Ids of every product that is recognised."""


class Product(NamedTuple):
    """A program that is recognised.

    Attributes:
        id: product id at endoflife.date.
        version: its version, as that place counts them.
        shown: name and version for people.
    """

    id: str
    version: str
    shown: str


def product_of(item: SoftwareItem) -> Product | None:
    """Return what ``item`` is; None for a name that is on no list."""
    version = plain_version(item.version)
    if item.source == "registry":
        for pattern, product in _LISTED:
            match = re.fullmatch(pattern, item.name.strip())
            if match is None:
                continue
            year = match.groupdict().get("year")
            named = year is not None or (version and version in item.name)
            return Product(
                product, year or version, item.name if named else f"{item.name} {version}"
            )
        return None
    known = _PACKAGES.get(item.name.lower())
    return Product(known, version, f"{item.name} {version}") if known else None


def plain_version(version: str) -> str:
    """Return the numbers of a version without epoch and suffix ("1:2.3-4" is "2.3")."""
    match = re.match(r"\d+(?:\.\d+)*", version.split(":", 1)[-1])
    return match.group() if match else ""
