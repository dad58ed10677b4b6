"""Lets systemd start the actor: when something was dropped, and now and then for what waits."""

import shutil
import sys
from pathlib import Path

from tojimari.agent.actor.command import run
from tojimari.agent.actor.store import ActorError
from tojimari.lib.files import write_whole

FOLDER = Path("/etc/systemd/system")
NAME = "tojimari-actor"
ISOLATION = "tojimari-isolation"
_SECONDS = 60.0


def _word(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{quoted}"'


def texts(inbox: str) -> dict[str, str]:
    """Return file name -> content of the units that watch ``inbox``, and of the one for a start.

    That one keeps a device isolated over a restart: it is done before the network is there, and
    after what else writes packet filters.

    The service is not fenced in: what a package's own scripts do, nobody knows. What is limited is
    what it takes in. Its children outlive it, so that a package is never set up by half.

    Whoever may write to the inbox can wake the service, which then finds nothing that is signed.
    After ten starts in a minute systemd watches the inbox no more until the next start of the
    computer; the timer goes on, so work is late by minutes at most and never lost.
    """
    if "\n" in inbox:
        raise ActorError(f"{inbox!r}: 使えないフォルダーです。", f"{inbox!r}: cannot be used.")
    python = _word(sys.executable)
    service = f"""[Unit]
Description=Tojimari: does work that this device's owner approved
ConditionPathExists=/var/lib/tojimari-actor/pin.json
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=oneshot
ExecStart={python} -I -m tojimari agent act
KillMode=process
TimeoutStartSec=infinity
TimeoutStopSec=900
UMask=0022
Nice=10
IOSchedulingClass=idle
"""
    path = f"""[Unit]
Description=Tojimari: sees when work was dropped

[Path]
PathChanged={inbox.replace("%", "%%")}
Unit={NAME}.service

[Install]
WantedBy=multi-user.target
"""
    timer = f"""[Unit]
Description=Tojimari: work that waits for its time

[Timer]
OnBootSec=3min
OnUnitInactiveSec=5min
RandomizedDelaySec=60
Unit={NAME}.service

[Install]
WantedBy=timers.target
"""
    return {
        f"{NAME}.service": service,
        f"{NAME}.path": path,
        f"{NAME}.timer": timer,
        f"{ISOLATION}.service": _isolation(python),
    }


def _isolation(python: str) -> str:
    """Return the unit that keeps a device isolated over a restart."""
    return f"""[Unit]
Description=Tojimari: this device stays isolated over a restart
DefaultDependencies=no
ConditionPathExists=/var/lib/tojimari-actor/isolation.json
RequiresMountsFor=/var/lib/tojimari-actor
After=local-fs.target nftables.service
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart={python} -I -m tojimari agent act --isolation
TimeoutStartSec=120

[Install]
WantedBy=sysinit.target
"""


def install(inbox: str) -> bool:
    """Write the units and start them; returns whether systemd took them. Raises ActorError."""
    try:
        for name, text in texts(inbox).items():
            write_whole(FOLDER / name, text.encode(), mode=0o644)
    except OSError as error:
        raise ActorError(
            f"{FOLDER}: 書き込めません ({error.strerror})。",
            f"{FOLDER}: cannot be written ({error.strerror}).",
        ) from error
    if not _systemd():
        return False
    each = (
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", "--now", f"{NAME}.path", f"{NAME}.timer"],
        ["systemctl", "enable", f"{ISOLATION}.service"],
    )
    return all(run(words, seconds=_SECONDS).code == 0 for words in each)


def remove() -> None:
    """Take the units away. A run that is under way comes to its end."""
    if _systemd():
        run(["systemctl", "disable", "--now", f"{NAME}.path", f"{NAME}.timer"], seconds=_SECONDS)
        run(["systemctl", "disable", f"{ISOLATION}.service"], seconds=_SECONDS)
    for name in texts("/"):
        (FOLDER / name).unlink(missing_ok=True)
    if _systemd():
        run(["systemctl", "daemon-reload"], seconds=_SECONDS)


def _systemd() -> bool:
    return shutil.which("systemctl") is not None and Path("/run/systemd/system").is_dir()
