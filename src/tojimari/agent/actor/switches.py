"""Small switches of a Debian system: automatic updates, the firewall, a restart."""

import re
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from tojimari.agent.actor.apt import AptEngine
from tojimari.agent.actor.command import run
from tojimari.agent.actor.conditions import Conditions, package_manager_works
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change
from tojimari.lib.files import write_whole

_SECONDS = 120.0
_PERIODIC = ("APT::Periodic::Update-Package-Lists", "APT::Periodic::Unattended-Upgrade")
AUTOMATIC = "etc/apt/apt.conf.d/90tojimari-auto-upgrades"
_NEVER = (
    "Automatic-Reboot",
    "Remove-Unused-Dependencies",
    "Remove-New-Unused-Dependencies",
    "Remove-Unused-Kernel-Packages",
)
"""What unattended-upgrades must not do beside installing updates."""
_RESTART_MINUTES = 2
_LOOK_SECONDS = 5.0
_ANNOUNCED = "Tojimari: approved restart / 承認された再起動"
_CALLED_OFF = "Tojimari: restart called off / 再起動をやめました"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class _Switch:
    fetches = False

    def busy(self) -> bool:
        """Return False: nothing else holds a switch."""
        return False


class AutomaticUpdates(_Switch):
    """Lets unattended-upgrades, where it is installed, work every day."""

    def __init__(self, root: Path = Path("/"), config: Path | None = None) -> None:
        """Write below ``root``; config is apt's own in tests."""
        self.root = root
        self.environment = {"APT_CONFIG": str(config)} if config else {}

    def present(self) -> bool:
        """Return whether unattended-upgrades is installed."""
        return (self.root / "usr/bin/unattended-upgrade").exists()

    def _now(self) -> dict[str, str]:
        answer = run(["apt-config", "dump"], seconds=_SECONDS, environment=self.environment)
        said = dict(re.findall(r'^(\S+) "(.*)";$', answer.text, re.MULTILINE))
        return {name: said.get(name, "0") for name in _PERIODIC}

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return which settings are not on yet."""
        off = [(name, value) for name, value in self._now().items() if value in ("", "0")]
        return Plan(tuple(Change(name, value, "1") for name, value in off))

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Write one small file of our own; files of others stay as they are."""
        if not plan.changes:
            return Outcome("done", notes=("nothing_to_do",))
        text = "".join(f'{name} "1";\n' for name in _PERIODIC)
        try:
            write_whole(self.root / AUTOMATIC, text.encode(), mode=0o644)
        except OSError:
            return Outcome("failed", "engine_failed")
        return self._seen(plan.changes)

    def _seen(self, wanted: tuple[Change, ...]) -> Outcome:
        off = [name for name, value in self._now().items() if value in ("", "0")]
        if off:
            return Outcome("failed", "not_seen_after")
        return Outcome("done", changes=wanted)

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look whether it was written before the cut."""
        seen = self._seen(targets)
        return seen if seen.state == "done" else Outcome("interrupted", "was_cut_off")


class Firewall(_Switch):
    """Switches ufw on, and leaves the door open through which somebody administers the device."""

    def present(self) -> bool:
        """Return whether ufw is installed."""
        return Path("/usr/sbin/ufw").exists()

    def _active(self) -> bool:
        answer = run(["ufw", "status"], seconds=_SECONDS)
        return answer.code == 0 and "Status: active" in answer.text

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return whether it is off."""
        return Plan(() if self._active() else (Change("ufw", "off", "on"),))

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Let SSH in where it listens, then switch on."""
        if not plan.changes:
            return Outcome("done", notes=("nothing_to_do",))
        for port in ssh_ports():
            if run(["ufw", "allow", f"{port}/tcp"], seconds=_SECONDS).code != 0:
                return Outcome("failed", "engine_failed")  # rather off than locked out
        run(["ufw", "--force", "enable"], seconds=_SECONDS)
        return self.recover(kind, plan.changes)

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look whether it is on."""
        if self._active():
            return Outcome("done", changes=targets)
        return Outcome("failed", "not_seen_after")


def ssh_ports() -> list[int]:
    """Return the ports on which an SSH server listens."""
    found: set[int] = set()
    for one in psutil.net_connections("tcp"):
        if one.status != psutil.CONN_LISTEN or not one.pid or not one.laddr:
            continue
        try:
            name = psutil.Process(one.pid).name()
        except psutil.Error:
            continue
        # systemd itself listens where SSH is started by its socket.
        if name in ("sshd", "dropbear") or (name == "systemd" and one.laddr.port == 22):
            found.add(int(one.laddr.port))
    return sorted(found)


class Restart(_Switch):
    """Restarts the device after two minutes, so that whoever sits there can read why.

    Whoever begins to work meanwhile, or to install something, calls it off.
    """

    def __init__(
        self,
        somebody_works: Callable[[], bool] | None = None,
        installing: Callable[[], bool] | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask the device, or in tests what is given; installing: whether software is installed now."""
        self.somebody_works = somebody_works or Conditions().somebody_works
        self.wait = wait
        self.installing = installing or _installing

    def present(self) -> bool:
        """Return whether systemd runs here."""
        return Path("/run/systemd/system").exists()

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return the present start of the device: another one shows that it was restarted."""
        return Plan((Change("boot", _boot(), ""),))

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Announce the restart and look on until it comes; whether it came is seen afterwards."""
        words = ["shutdown", "-r", f"+{_RESTART_MINUTES}", _ANNOUNCED]
        if run(words, seconds=_SECONDS).code != 0:
            return Outcome("failed", "engine_failed")
        for _ in range(int(_RESTART_MINUTES * 60 / _LOOK_SECONDS) - 1):
            self.wait(_LOOK_SECONDS)
            if self.somebody_works() or self.installing():
                run(["shutdown", "-c", _CALLED_OFF], seconds=_SECONDS)
                return Outcome("failed", "somebody_came")
        return Outcome("running")

    def busy(self) -> bool:
        """Return whether a restart is under way already, or software is being installed."""
        return Path("/run/systemd/shutdown/scheduled").exists() or self.installing()

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look whether the device was started anew."""
        before = targets[0].before if targets else ""
        if before and before != _boot():
            return Outcome("done", changes=(Change("boot", before[:8], _boot()[:8]),))
        return Outcome("interrupted", "was_cut_off")


def _installing() -> bool:
    return package_manager_works() or AptEngine().busy()


def _boot() -> str:
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""


class UnattendedUpgrades(AptEngine):
    """Security updates by unattended-upgrades, which goes in small steps; the plan is apt's.

    Its owner's settings hold: what they leave out is kept back, and said to be. Where they would
    remove something or restart the device, apt-get does the work instead.
    """

    def present(self) -> bool:
        """Return whether it is installed. It knows no other root than /."""
        return self.root == Path("/") and Path("/usr/bin/unattended-upgrade").exists()

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Let it work, and read from dpkg what came of it."""
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as quiet:
            quiet.write("".join(f'Unattended-Upgrade::{one} "false";\n' for one in _NEVER))
            quiet.flush()
            environment = {"APT_CONFIG": quiet.name}
            if not plan.changes or _does_more(environment):
                return super().run(kind, parameters, plan)
            before, aside = self.dpkg.versions(), self.dpkg.settings_aside()
            words = ["unattended-upgrade", "-v"]
            ran = run(words, seconds=self.seconds, environment=environment)
        reason = None if ran.code == 0 else "took_too_long" if ran.code is None else "engine_failed"
        return self._outcome(before, aside, plan.changes, reason, plan.notes)


def _does_more(environment: Mapping[str, str]) -> bool:
    """Return whether unattended-upgrades is set to remove or restart; ours counts before /etc's."""
    said = run(["apt-config", "dump"], seconds=_SECONDS, environment=environment)
    values = dict(re.findall(r'^Unattended-Upgrade::(\S+) "(.*)";$', said.text, re.MULTILINE))
    # Some of these are on while nobody says anything: unread is no "no".
    return any(values.get(one, "true").lower() not in ("false", "0", "no") for one in _NEVER)
