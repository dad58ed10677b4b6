"""Asks WMI through its scripting interface.

https://learn.microsoft.com/windows/win32/wmisdk/scripting-api-for-wmi
"""

import itertools
import re
from collections.abc import Sequence

from tojimari.collect.device.windows.api.com import MAX_ITEMS, ComObject, created, value
from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.collect.host import Nonsense
from tojimari.model.facts import Plain

_FORWARD_ONLY = 0x20
_RETURN_IMMEDIATELY = 0x10


def instances(
    namespace: str, wmi_class: str, columns: Sequence[str], where: str = ""
) -> list[dict[str, Plain]]:
    """Return the instances of a class: column -> value. See ``WindowsApi.wmi``.

    where: a condition of WQL, of our own words alone; "" for all.
    """
    what = f"{namespace}:{wmi_class}"
    if not re.fullmatch(r"\w+", wmi_class):
        raise Nonsense(what)
    locator = created("WbemScripting.SWbemLocator")
    with refused_as_unavailable(what):
        found = locator.ConnectServer(".", namespace).ExecQuery(
            # Not the columns by name: one that this version of Windows lacks would be refused.
            f"SELECT * FROM {wmi_class}{f' WHERE {where}' if where else ''}",  # noqa: S608  # a checked name, and words of our own
            "WQL",
            _FORWARD_ONLY | _RETURN_IMMEDIATELY,
        )
        return [
            {column: _column(one.Properties_, column) for column in columns}
            for one in itertools.islice(found, MAX_ITEMS)
        ]


def _column(properties: ComObject, name: str) -> Plain:
    """Return the value of a column; None where the class has none of that name."""
    try:
        return value(properties.Item(name), "Value")
    except Exception:  # noqa: BLE001  # pywin32's error types exist on Windows alone
        return None
