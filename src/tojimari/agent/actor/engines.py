"""Which engine does a kind of task on this device."""

from collections.abc import Callable, Mapping

from tojimari.agent.actor.apt import AptEngine
from tojimari.agent.actor.clamav import ClamAvEngine
from tojimari.agent.actor.dnf import Dnf
from tojimari.agent.actor.engine import Engine
from tojimari.agent.actor.gateway import GatewayEngine
from tojimari.agent.actor.isolation import IsolationEngine
from tojimari.agent.actor.softwareupdate import SoftwareUpdate
from tojimari.agent.actor.switches import AutomaticUpdates, Firewall, Restart, UnattendedUpgrades
from tojimari.agent.actor.windows_update import WindowsUpdate
from tojimari.agent.actor.winget import Winget
from tojimari.catalog.task_kind import EngineName, TaskKind, TaskSystem

ENGINES: Mapping[EngineName, Callable[[], Engine]] = {
    "apt": AptEngine,
    "unattended-upgrades": UnattendedUpgrades,
    "automatic-updates": AutomaticUpdates,
    "clamav": ClamAvEngine,
    "ufw": Firewall,
    "restart": Restart,
    "nftables": IsolationEngine,
    "box": GatewayEngine,
    "dnf": Dnf,
    "winget": Winget,
    "windows-update": WindowsUpdate,
    "softwareupdate": SoftwareUpdate,
}


def chooser(
    kinds: Mapping[str, TaskKind],
    system: TaskSystem,
    *,
    untried: bool = False,
    engines: Mapping[EngineName, Callable[[], Engine]] = ENGINES,
) -> Callable[[str], Engine | None]:
    """Return what finds the engine for a kind: the first of the catalog's that is here.

    untried: whether root said that engines may work which were never run by us.
    """

    def choose(kind: str) -> Engine | None:
        for declared in kinds[kind].engines.get(system, ()) if kind in kinds else ():
            if declared.run_by_us or untried:
                engine = engines[declared.engine]()
                if engine.present():
                    return engine
        return None

    return choose
