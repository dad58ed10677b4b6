"""The order of packages' versions, by each archive's own rules (the library univers)."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from univers.versions import DebianVersion, PypiVersion, Version

_MOST_LETTERS = 200
_NUMBERED = re.compile(r"debian-\d{1,2}|ubuntu-\d\d\.\d\d")


class NoVersion(ValueError):
    """A text that is no version by the rules asked for."""


def versions_of(release: str) -> Callable[[str], Any] | None:
    """Return what reads a version of ``release``, for ``<`` and ``==``; None for no known rules.

    release: "debian-12", "ubuntu-24.04" or "pypi". What is returned raises NoVersion.
    """
    if _NUMBERED.fullmatch(release):
        return _debian
    return _pypi if release == "pypi" else None


@lru_cache(maxsize=50_000)
def _debian(text: str) -> Version:
    return _read(DebianVersion, text)


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
