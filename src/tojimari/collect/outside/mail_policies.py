"""checkdmarc's parsers of SPF, DMARC and MTA-STS, with the library's cache of answers switched off.

The library remembers answers of DNS for half an hour in the whole process: a record that was just
mended, or another resolver, would be answered from there. How long it remembers is its own setting,
read from the environment at the moment it is imported; so it is imported here only.
"""

import os
from importlib import import_module
from typing import Any

_SETTINGS = {
    "DNS_CACHE_MAX_AGE_SECONDS": "0",
    "DNSSEC_CACHE_MAX_AGE_SECONDS": "0",
    "DNS_CACHE_MAX_LEN": "1",
}


def _imported(*names: str) -> list[Any]:
    before = {name: os.environ.get(name) for name in _SETTINGS}
    os.environ.update(_SETTINGS)
    try:
        return [import_module(f"checkdmarc.{name}") for name in names]
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


dmarc, mta_sts, spf = _imported("dmarc", "mta_sts", "spf")
