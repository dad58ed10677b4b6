"""What Windows answers through COM, WMI and its C functions, as plain values.

A ``WindowsApi`` asks and hands back what JSON can hold; what an answer means is read elsewhere. So
the same reading works on a real Windows and on answers that were recorded on one.
"""

from collections.abc import Sequence
from typing import Literal, Protocol, TypeVar, runtime_checkable

import msgspec

from tojimari.collect.host import Host, Missing, Nonsense, Unavailable
from tojimari.model.facts import Plain

Question = Literal[
    "update_agent",
    "volumes",
    "users",
    "administrators",
    "account_rules",
    "membership",
    "token",
    "shares",
    "wifi",
    "firewall_rules",
    "tpm",
    "longer_support",
]
"""What is asked of COM and of C functions; ``tojimari.collect.device.windows.api.real`` says how."""

Row = TypeVar("Row", bound=msgspec.Struct)


class WindowsApi(Protocol):
    """What collectors may ask of Windows. Nothing here changes anything or sends anything away."""

    def ask(self, question: Question) -> Plain:
        """Return the answer to ``question``. Raises as ``Host.run``."""

    def wmi(self, namespace: str, wmi_class: str, columns: Sequence[str]) -> Plain:
        r"""Return the instances of a class in a namespace (``root\SecurityCenter2``).

        A list of mappings, column -> value, None where the class has no such column; dates are
        text of CIM_DATETIME. Raises as ``Host.run``: Missing where there is no such namespace.
        """

    def events(self, channel: str, provider: str, event_id: int) -> Plain:
        """Return the newest events of that id, newest first: ``at``, ``level`` and ``data``.

        Raises as ``Host.run``: Missing where there is no such channel.
        """


@runtime_checkable
class HasWindowsApi(Protocol):
    """A host that brings the answers of its own, such as recorded ones."""

    @property
    def windows_api(self) -> WindowsApi:
        """What is asked in the place of the running Windows."""


def api_of(host: Host) -> WindowsApi:
    """Return what to ask about ``host``. Raises Missing where nobody is there to be asked."""
    if isinstance(host, HasWindowsApi):
        return host.windows_api
    # Only here: the modules behind it exist on Windows alone.
    from tojimari.collect.device.windows.api.real import RealWindows

    return RealWindows()


def row(answer: Plain, shape: type[Row]) -> Row:
    """Return the columns of ``answer`` that fit ``shape``; every other column keeps its default.

    Windows versions have different columns, and what a provider of another maker puts into them
    is its own choice: a column of the wrong type is one that was not told.
    """
    if not isinstance(answer, dict):
        raise Nonsense(f"{shape.__name__}: {type(answer).__name__}")
    held = {}
    for field in msgspec.structs.fields(shape):
        if field.encode_name in answer:
            try:
                held[field.name] = msgspec.convert(answer[field.encode_name], field.type)
            except (msgspec.ValidationError, ValueError, OverflowError):
                continue
    return shape(**held)


def rows(answer: Plain, shape: type[Row]) -> list[Row]:
    """Return the rows of ``answer``; what is no row is left out. Raises Nonsense for no list."""
    if not isinstance(answer, list):
        raise Nonsense(f"{shape.__name__}: {type(answer).__name__}")
    return [row(one, shape) for one in answer if isinstance(one, dict)]


def instances(host: Host, namespace: str, wmi_class: str, shape: type[Row]) -> list[Row]:
    """Return the instances of a WMI class as rows of ``shape``. Raises as ``Host.run``."""
    columns = [field.encode_name for field in msgspec.structs.fields(shape)]
    return rows(api_of(host).wmi(namespace, wmi_class, columns), shape)


def instances_or_none(
    host: Host, namespace: str, wmi_class: str, shape: type[Row]
) -> list[Row] | None:
    """Return as ``instances``; None where nothing was answered."""
    try:
        return instances(host, namespace, wmi_class, shape)
    except Unavailable:
        return None


__all__ = [
    "HasWindowsApi",
    "Missing",
    "Question",
    "WindowsApi",
    "api_of",
    "instances",
    "instances_or_none",
    "row",
    "rows",
]
