"""The running Windows: every question and the module that asks it."""

import contextlib
import threading
from collections.abc import Callable, Sequence

from tojimari.collect.device.windows.api import (
    accounts,
    events,
    licences,
    shares,
    tpm,
    update_agent,
    volumes,
    wifi,
    wmi,
)
from tojimari.collect.device.windows.api.com import asked_in_com
from tojimari.collect.host import Missing
from tojimari.model.facts import Plain

_ASKED: dict[str, Callable[[], Plain]] = {
    "update_agent": update_agent.answer,
    "volumes": volumes.answer,
    "users": accounts.users,
    "administrators": accounts.administrators,
    "account_rules": accounts.rules,
    "membership": accounts.membership,
    "token": accounts.token,
    "shares": shares.answer,
    "wifi": wifi.answer,
    "tpm": tpm.answer,
    "longer_support": licences.longer_support,
}

_ONE_AT_A_TIME = threading.Lock()
"""Collectors ask side by side; providers of other makers are not trusted to bear that."""


class RealWindows:
    """See WindowsApi."""

    def ask(self, question: str) -> Plain:
        """See WindowsApi."""
        if question not in _ASKED:
            raise Missing(question)
        # A search for updates may take long and must keep nobody else waiting.
        with contextlib.nullcontext() if question == "update_agent" else _ONE_AT_A_TIME:
            return asked_in_com(_ASKED[question])

    def wmi(self, namespace: str, wmi_class: str, columns: Sequence[str]) -> Plain:
        """See WindowsApi."""
        with _ONE_AT_A_TIME:
            return asked_in_com(lambda: wmi.instances(namespace, wmi_class, columns))

    def events(self, channel: str, provider: str, event_id: int) -> Plain:
        """See WindowsApi."""
        return events.newest(channel, provider, event_id)
