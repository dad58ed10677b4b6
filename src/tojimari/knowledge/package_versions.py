"""The order of packages' versions, by each archive's own rules (the library univers)."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from univers.versions import DebianVersion, PypiVersion, RpmVersion, Version

from tojimari.knowledge.rpm_releases import major_release

_MOST_LETTERS = 200
_EVR = re.compile(r"(?:\d{1,9}:)?[A-Za-z0-9._+~^]{1,200}-[A-Za-z0-9._+~^]{1,200}")
_NUMBERED = re.compile(r"debian-\d{1,2}|ubuntu-\d\d\.\d\d")


class NoVersion(ValueError):
    """A text that is no version by the rules asked for."""


def versions_of(release: str) -> Callable[[str], Any] | None:
    """Return what reads a version of ``release``, for ``<`` and ``==``; None for no known rules.

    release: "debian-12", "ubuntu-24.04", "rocky-9" or "pypi". What is returned raises NoVersion.
    """
    if _NUMBERED.fullmatch(release):
        return _debian
    if release and major_release(release) == release:
        return _rpm
    return _pypi if release == "pypi" else None


def is_version(release: str, version: str) -> bool:
    """Say whether ``version`` is one by the rules of ``release``; False where none are known."""
    read = versions_of(release)
    try:
        return read is not None and read(version) is not None
    except NoVersion:
        return False


@lru_cache(maxsize=50_000)
def _debian(text: str) -> Version:
    return _read(DebianVersion, text)


@lru_cache(maxsize=50_000)
def _rpm(text: str) -> Version:
    # The library reads anything, and passes over letters that no version has.
    if not _EVR.fullmatch(text):
        raise NoVersion(text[:40])
    return _read(RpmVersion, text)


@lru_cache(maxsize=10_000)
def _pypi(text: str) -> Version:
    return _read(PypiVersion, text)


def _read(rules: type[Version], text: str) -> Version:
    if len(text) > _MOST_LETTERS:
        raise NoVersion(text[:40])
    try:
        return rules(text)
    except ValueError as error:  # its InvalidVersion is one
        raise NoVersion(text) from error
