"""Whether Windows' event logs are written, how far back they go, and whether they go elsewhere."""

from datetime import UTC, datetime

from tojimari.collect.device.windows.registry import SERVICES_KEY, service_disabled, values_of
from tojimari.collect.host import Denied, Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceLogging

FORWARDING_KEY = (
    rf"{HKLM}\SOFTWARE\Policies\Microsoft\Windows\EventLog\EventForwarding\SubscriptionManager"
)
LOGS = ("System", "Application", "Security")
# Programs that send logs to a place of the company's, by the names of their services.
_SENDERS = ("SplunkForwarder", "winlogbeat", "elastic agent", "nxlog", "WazuhSvc", "OssecSvc")


def days_kept(host: Host, log: str, now: datetime) -> int | None:
    """Return how many days back a log goes once it throws old events away; None before.

    Windows limits logs by size and not by age, so the age of the oldest event is what tells.
    Raises Missing, Denied, and Nonsense for an empty log.
    """
    oldest = host.windows.oldest_event(log)
    if oldest is None:
        raise Nonsense(f"event log: {log}")
    if oldest.number <= 1:
        return None
    return max(0, (now - oldest.at).days)


def sent_elsewhere(host: Host) -> bool | None:
    """Return True where events go to a collector or a sending program runs; None: others may.

    Source: the policy "Configure target Subscription Manager" of Windows Event Forwarding.
    Raises Missing, Denied.
    """
    if values_of(host, FORWARDING_KEY):
        return True
    return True if any(host.windows.running(name) for name in _SENDERS) else None


@collector("windows", sees=(DeviceLogging,))
def event_logs(host: Host) -> list[Seen]:
    """Read whether the service writes, and how far back the three classic logs go.

    The shortest of those that may be read counts. "Security" is for administrators: without it
    only that one of the others is too short is known.
    """
    disabled = service_disabled(host, "EventLog")
    if disabled is None:
        return [missed(DeviceLogging, NotSeen("nonsense", detail=rf"{SERVICES_KEY}\EventLog"))]
    sent = sent_elsewhere(host)
    hidden = {} if sent is not None else {"sent_elsewhere": NotSeen("not_looked")}
    if disabled:
        fact = DeviceLogging("none", persistent=False, kept_days=None, sent_elsewhere=sent)
        return [saw(fact, **hidden)]
    days: list[int] = []
    now = datetime.now(UTC)
    for log in LOGS:
        try:
            if (kept := days_kept(host, log, now)) is not None:
                days.append(kept)
        except Denied as error:
            hidden["kept_days"] = NotSeen("no_permission", detail=str(error))
        except Unavailable as error:
            hidden["kept_days"] = NotSeen("not_on_this_system", detail=str(error))
    shortest = min(days, default=None)
    fact = DeviceLogging(
        service="eventlog",
        persistent=True,
        kept_days=shortest,
        sent_elsewhere=sent,
        all_seen="kept_days" not in hidden,
    )
    if shortest is not None:
        hidden.pop("kept_days", None)
    return [saw(fact, **hidden)]
