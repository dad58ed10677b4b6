"""Which domain a host name belongs to, by the list of public suffixes."""

import contextlib
import ipaddress
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@cache
def suffixes(*, registries_only: bool = False) -> PublicSuffixList:
    """Return the list of public suffixes, read once; with or without providers' own names."""
    return PublicSuffixList(only_icann=registries_only)


def registered_domain(name: str) -> str:
    """Return the domain that stands in a register, e.g. example.co.jp of mail.example.co.jp.

    By the list of public suffixes that the library carries; names it does not know stay whole.
    """
    return str(suffixes(registries_only=True).privatesuffix(name) or name)


def organisational_domain(name: str) -> str:
    """Return the domain one owner holds, where providers hand out names: x.github.io is one.

    What RFC 7489 (3.2) calls so; names the list does not know stay whole.
    """
    return str(suffixes().privatesuffix(name) or name)


@lru_cache(maxsize=4096)
def owner_domain(host: str) -> str:
    """Return the domain one owner holds, as ``organisational_domain``; an IP address is itself."""
    address = host.strip("[]")
    if ":" in address or address[-1:].isdigit():
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(address))
    return str(suffixes().privatesuffix(host) or host)


@lru_cache(maxsize=4096)
def has_known_ending(name: str) -> bool:
    """Return whether a name ends as names in a register do; ``taro.yamada`` does not."""
    ending = suffixes(registries_only=True).publicsuffix(name, accept_unknown=False)
    return ending is not None and ending != name


def same_owner(host: str, other: str) -> bool:
    """Say whether two hosts belong to one registered name."""
    return host == other or owner_domain(host) == owner_domain(other)
