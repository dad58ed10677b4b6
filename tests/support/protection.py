"""Computers rebuilt from what their commands print, looked at and judged as the product does."""

from pathlib import Path
from typing import Any

from tests.support.facts import judged, measured, not_measured
from tests.support.hosts import RecordedHost, seen
from tests.support.played_windows import PlayedWindows
from tojimari.collect.device.windows import defender, firewall_profiles
from tojimari.collect.device.windows.registry import CURRENT_VERSION_KEY, SERVICES_KEY
from tojimari.collect.device.windows.security_center import NAMESPACE, ProductClass
from tojimari.collect.host import LocalHost, Output
from tojimari.collect.look import System
from tojimari.model import Fact, Finding, Observation

ASSETS = Path(__file__).parents[1] / "assets" / "device"
NOT_THERE = Output(1, "", "ERROR: The system was unable to find the specified registry key")
LOCAL, POLICY = firewall_profiles.FIREWALL_KEY, firewall_profiles.POLICY_KEY


class Commands(dict[tuple[str, ...], Output]):
    """What commands print, and what Windows answers beside them."""

    def __init__(self, held: dict[tuple[str, ...], Output], answers: dict[str, Any]) -> None:
        super().__init__(held)
        self.answers = answers


def text(*parts: str) -> str:
    """Return a file of a case; "" where the case has none."""
    path = ASSETS.joinpath(*parts)
    return path.read_text("utf-8") if path.exists() else ""


def reg(path: str, **values: int | str) -> str:
    """Return what ``reg query`` prints of one key."""
    lines = [path]
    for name, value in values.items():
        kind, shown = ("REG_DWORD", hex(value)) if isinstance(value, int) else ("REG_SZ", value)
        lines.append(f"    {name}    {kind}    {shown}")
    return "\n".join([*lines, "", ""])


def profiles(key: str, name: str = "EnableFirewall", **values: int) -> str:
    """Return what ``reg query`` prints of one value in several profiles (Public=1)."""
    return "".join(
        reg(f"{key}\\{profile.replace('_', chr(92))}Profile", **{name: value})
        for profile, value in values.items()
    )


def _printed(out: str) -> Output:
    return Output(0, out, "") if out.strip() else NOT_THERE


def windows(
    *,
    ver: str = "10.0.26100.7019",
    current_version: str = "",
    local: str = "",
    policy: str = "",
    local_inbound: str = "",
    policy_inbound: str = "",
    service: str = "",
    network: str = "",
    signatures: str = "",
    registered: dict[ProductClass, str] | None = None,
) -> Commands:
    """Return the commands of a Windows; what is left out is as on one where nobody set anything.

    registered: lines of name and state in the Security Center; a class left out is not there.
    """
    ask = ("reg", "query")
    found = {
        ("cmd", "/c", "ver"): Output(0, f"\nMicrosoft Windows [Version {ver}]\n", ""),
        (*ask, CURRENT_VERSION_KEY): _printed(current_version),
        (*ask, LOCAL, "/s", "/v", "EnableFirewall"): _printed(local),
        (*ask, POLICY, "/s", "/v", "EnableFirewall"): _printed(policy),
        (*ask, LOCAL, "/s", "/v", "DefaultInboundAction"): _printed(local_inbound),
        (*ask, POLICY, "/s", "/v", "DefaultInboundAction"): _printed(policy_inbound),
        (*ask, rf"{SERVICES_KEY}\mpssvc", "/v", "Start"): _printed(service),
        (*ask, firewall_profiles.NETWORK_KEY, "/v", "Domain"): _printed(network),
        (*ask, defender.SIGNATURES_KEY, "/v", "AVSignatureApplied"): _printed(signatures),
    }
    answers = {f"{NAMESPACE}:{name}": entries(text) for name, text in (registered or {}).items()}
    return Commands(found, answers)


def entries(text: str) -> list[dict[str, Any]]:
    """Return the instances of a class from lines of "column: value"; the state ends each."""
    rows: list[dict[str, Any]] = [{}]
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition(":"))
        rows[-1][name] = int(value) if name == "productState" else value
        if name == "productState":
            rows.append({})
    return rows[:-1]


def windows_case(case: str) -> Commands:
    """Return the commands of a case's folder."""
    firewalls = text(case, "securitycenter2-firewallproduct.txt")
    found = windows(
        current_version=text(case, "currentversion.txt"),
        local=text(case, "reg.txt"),
        policy=text(case, "policy-reg.txt"),
        registered={"FirewallProduct": firewalls} if firewalls else None,
    )
    found[("cmd", "/c", "ver")] = Output(0, text(case, "ver.txt"), "")
    return found


def looked(host: LocalHost, kind: type[Fact], system: System = "linux") -> Observation:
    """Return what one look at ``kind`` on ``host`` saw, dated as the tests judge."""
    found = seen(host, kind, system)
    if found.fact is None:
        assert found.not_seen is not None
        return not_measured(kind, found.not_seen)
    return measured(found.fact, partly_not_seen=found.partly_not_seen)


def judged_here(control: str, host: LocalHost, kind: type[Fact], system: System) -> Finding:
    """Return the finding of ``control`` from one look at ``kind`` on ``host``."""
    return judged(control, looked(host, kind, system))


def recorded(root: Path, commands: Commands) -> RecordedHost:
    """Return the Windows that prints ``commands`` and answers as they say."""
    return RecordedHost(root, commands, windows_api=PlayedWindows(commands.answers))


def on_windows(control: str, root: Path, commands: Commands, kind: type[Fact]) -> Finding:
    """Return the finding of ``control`` on a Windows that prints ``commands``."""
    return judged_here(control, recorded(root, commands), kind, "windows")


def played(control: str, root: Path, windows: PlayedWindows, kind: type[Fact]) -> Finding:
    """Return the finding of ``control`` on a Windows that gives recorded answers."""
    return judged_here(control, RecordedHost(root, {}, windows_api=windows), kind, "windows")
