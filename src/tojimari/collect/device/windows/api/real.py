"""The running Windows: every question and the module that asks it."""

from collections.abc import Callable, Sequence

from tojimari.collect.device.windows.api import (
    Question,
    accounts,
    events,
    shares,
    update_agent,
    volumes,
    wifi,
    wmi,
)
from tojimari.collect.host import Missing
from tojimari.model.facts import Plain

_ASKED: dict[Question, Callable[[], Plain]] = {
    "update_agent": update_agent.answer,
    "volumes": volumes.answer,
    "users": accounts.users,
    "administrators": accounts.administrators,
    "account_rules": accounts.rules,
    "membership": accounts.membership,
    "token": accounts.token,
    "shares": shares.answer,
    "wifi": wifi.answer,
}


class RealWindows:
    """See WindowsApi."""

    def ask(self, question: Question) -> Plain:
        """See WindowsApi."""
        if question not in _ASKED:
            raise Missing(question)
        return _ASKED[question]()

    def wmi(self, namespace: str, wmi_class: str, columns: Sequence[str]) -> Plain:
        """See WindowsApi."""
        return wmi.instances(namespace, wmi_class, columns)

    def events(self, channel: str, provider: str, event_id: int) -> Plain:
        """See WindowsApi."""
        return events.newest(channel, provider, event_id)
