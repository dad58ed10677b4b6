"""COM objects of the running Windows, bound late, and their values as JSON can hold them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.model.facts import Plain

ComObject = Any
"""What pywin32 hands out for an IDispatch; Any because it exists on Windows alone."""

MAX_ITEMS = 1000


def created(program_id: str) -> ComObject:
    """Return a new COM object. Raises Missing, Denied, TookTooLong or Nonsense.

    Each collector runs in a thread of its own, and COM must be started in each. It is never ended
    there: objects may outlive the call in a traceback, and the thread's end cleans up.
    """
    with refused_as_unavailable(program_id):
        import pythoncom
        from win32com.client import dynamic

        pythoncom.CoInitializeEx(pythoncom.COINIT_MULTITHREADED)
        # Never ``win32com.client.Dispatch``: that writes and reads generated code in a folder.
        return dynamic.Dispatch(program_id)


def value(owner: ComObject, name: str) -> Plain:
    """Return a property as JSON can hold it; None where it is not there or cannot be read.

    Older versions of Windows lack properties of newer interfaces.
    """
    try:
        return plain(getattr(owner, name))
    except Exception:  # noqa: BLE001  # pywin32's error types exist on Windows alone
        return None


def plain(held: Any) -> Plain:
    """Return a COM value as JSON can hold it; None for what it cannot hold.

    VT_DATE has no zone; the interfaces that are asked here document theirs as UTC, as which
    pywin32 hands it out.
    """
    if held is None or isinstance(held, bool | int | float | str):
        return held
    if isinstance(held, datetime):
        return datetime.fromisoformat(held.isoformat()).isoformat()
    if isinstance(held, tuple | list):
        return [plain(one) for one in held]
    return None


def items(collection: ComObject) -> Iterator[ComObject]:
    """Yield the objects of a collection with ``Count`` and ``Item``, at most ``MAX_ITEMS``."""
    for index in range(min(int(collection.Count), MAX_ITEMS)):
        yield collection.Item(index)
