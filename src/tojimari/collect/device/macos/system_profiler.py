"""Answers of ``system_profiler -json``: names are the same in every language, many values are not."""

import json
from typing import Any

from tojimari.collect.host import Host, Nonsense

_TOOL = "/usr/sbin/system_profiler"
LIMIT_SECONDS = 15.0

Section = list[dict[str, Any]]


def command(kind: str) -> tuple[str, ...]:
    """Return the command that asks for ``kind``, e.g. "SPAirPortDataType"."""
    return (_TOOL, kind, "-json")


def profile(host: Host, kind: str) -> Section:
    """Return the entries of ``kind``. Raises as ``Host.run``, and Nonsense."""
    text = host.run(command(kind), limit_seconds=LIMIT_SECONDS).out
    try:
        entries = json.loads(text)[kind]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Nonsense(f"system_profiler {kind}: {type(error).__name__}") from error
    if not isinstance(entries, list):
        raise Nonsense(f"system_profiler {kind}: no list")
    return [one for one in entries if isinstance(one, dict)]
