"""Asks the event log, by channel, source and number: the words of an event differ by language.

https://learn.microsoft.com/windows/win32/wes/windows-event-log
"""

import re

from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.collect.host import Nonsense
from tojimari.model.facts import Plain

_MOST = 20
_NAMESPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"
_LIMIT_MS = 3000


def newest(channel: str, provider: str, event_id: int) -> Plain:
    """Return the newest events, newest first. See ``WindowsApi.events``."""
    what = f"{channel}/{provider}/{event_id}"
    if not re.fullmatch(r"[\w ./-]+", channel + provider):
        raise Nonsense(what)
    query = f"*[System[Provider[@Name='{provider}'] and (EventID={event_id})]]"
    with refused_as_unavailable(what):
        import win32evtlog

        flags = win32evtlog.EvtQueryChannelPath | win32evtlog.EvtQueryReverseDirection
        found = win32evtlog.EvtQuery(channel, flags, query, None)
        events = win32evtlog.EvtNext(found, _MOST, _LIMIT_MS, 0)
        return [
            event_of(win32evtlog.EvtRender(one, win32evtlog.EvtRenderEventXml)) for one in events
        ]


def event_of(text: str) -> dict[str, Plain]:
    """Return ``at`` (ISO 8601), ``level`` and ``data`` of an event's XML.

    data: name -> value; those without a name are named by their place ("0"). Raises Nonsense.
    """
    if "<!" in text:
        raise Nonsense("event: declarations are none of an event's")
    from xml.etree import ElementTree  # most computers have no such event

    try:
        event = ElementTree.fromstring(text)  # noqa: S314  # without declarations, as just seen
    except ElementTree.ParseError as error:
        raise Nonsense("event: no XML") from error
    created = event.find(f"{_NAMESPACE}System/{_NAMESPACE}TimeCreated")
    level = event.findtext(f"{_NAMESPACE}System/{_NAMESPACE}Level", "")
    data = event.findall(f"{_NAMESPACE}EventData/{_NAMESPACE}Data")
    return {
        "at": None if created is None else created.get("SystemTime"),
        "level": int(level) if level.isdecimal() else None,
        "data": {one.get("Name") or str(place): one.text or "" for place, one in enumerate(data)},
    }
