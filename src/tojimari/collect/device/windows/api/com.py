"""COM objects of the running Windows, bound late, and their values as JSON can hold them."""

import gc
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.collect.host import Unavailable
from tojimari.model.facts import Plain

ComObject = Any
"""What pywin32 hands out for an IDispatch; Any because it exists on Windows alone."""

MAX_ITEMS = 1000


def asked_in_com(ask: Callable[[], Plain]) -> Plain:
    """Return what ``ask`` answers, with COM started in this thread and ended again.

    Each collector runs in a thread of its own. A thread that leaves COM open, or an object that
    outlives it, keeps the whole program from ending; so what is raised leaves without the frames
    that hold objects. The shell's objects live in single-threaded apartments alone.
    """
    with refused_as_unavailable("COM"):
        import pythoncom

        pythoncom.CoInitializeEx(pythoncom.COINIT_APARTMENTTHREADED)
    told: Unavailable
    try:
        try:
            return ask()
        except Unavailable as error:
            told = type(error)(*error.args)
    finally:
        gc.collect()
        pythoncom.CoUninitialize()
    raise told


def created(program_id: str) -> ComObject:
    """Return a new COM object. Raises Missing, Denied, TookTooLong or Nonsense.

    Only inside ``asked_in_com``, in whose thread the object stays.
    """
    with refused_as_unavailable(program_id):
        from win32com.client import dynamic

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
