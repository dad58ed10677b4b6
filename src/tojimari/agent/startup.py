"""Lets the agent start with the computer: a systemd unit, a Windows task, or a launchd job."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec

from tojimari.agent import windows_task
from tojimari.agent.home import AgentError
from tojimari.agent.wire import System
from tojimari.lib.files import write_whole

_LABEL = "jp.tojimari.agent"


class Unit(msgspec.Struct, frozen=True):
    """What to write, where, and the commands that switch it on and take it away again."""

    path: Path
    text: str
    command: str
    removal: str
    encoding: str = "utf-8"


def _program() -> list[str]:
    return [sys.executable, "-m", "tojimari", "agent", "run"]


def unit(system: System, home: Path) -> Unit:
    """Return the unit for ``system``, running as the user who asks."""
    match system:
        case "linux":
            return _systemd(home)
        case "macos":
            return _launchd(home)
        case "windows":
            return _task(home)


def _systemd_word(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{quoted}"'


def _systemd(home: Path) -> Unit:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    folder = Path("/etc/systemd/system") if root else Path.home() / ".config/systemd/user"
    command = " ".join(_systemd_word(word) for word in _program())
    text = f"""[Unit]
Description=Tojimari agent: looks at this computer and sends what it saw
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
Environment={_systemd_word(f"TOJIMARI_AGENT_HOME={home}")}
Restart=on-failure
RestartSec=300
# Exit code 2: the portal refuses this device; starting again cannot help.
RestartPreventExitStatus=2
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
Nice=10
IOSchedulingClass=idle

[Install]
WantedBy={"multi-user.target" if root else "default.target"}
"""
    user = "" if root else "--user "
    return Unit(
        folder / "tojimari-agent.service",
        text,
        f"systemctl {user}daemon-reload && systemctl {user}enable --now tojimari-agent.service",
        f"systemctl {user}disable --now tojimari-agent.service",
    )


def _launchd(home: Path) -> Unit:
    words = "\n".join(f"    <string>{escape(word)}</string>" for word in _program())
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{_LABEL}</string>
  <key>ProgramArguments</key>
  <array>
{words}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>TOJIMARI_AGENT_HOME</key>
    <string>{escape(str(home))}</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>ThrottleInterval</key>
  <integer>300</integer>
  <key>KeepAlive</key>
  <dict>
    <key>Crashed</key>
    <true/>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
"""
    path = Path.home() / f"Library/LaunchAgents/{_LABEL}.plist"
    return Unit(
        path,
        text,
        f'launchctl bootstrap gui/$(id -u) "{path}"',
        f"launchctl bootout gui/$(id -u)/{_LABEL} && rm {shlex.quote(str(path))}",
    )


def _task(home: Path) -> Unit:
    user = windows_task.signed_in_user()
    path = home / windows_task.FILE
    text = windows_task.definition(home, user, sys.executable)
    return Unit(
        path,
        text,
        subprocess.list2cmdline(windows_task.creating(user, path)),
        subprocess.list2cmdline(windows_task.deleting(user)),
        encoding="utf-16",
    )


def write(made: Unit) -> None:
    """Write the unit's file. Raises AgentError."""
    try:
        made.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(made.path, made.text.encode(made.encoding), mode=0o644)
    except OSError as error:
        raise AgentError(
            f"{made.path}: 書き込めません ({error.strerror})。権限を確かめてください。",
            f"{made.path}: cannot be written ({error.strerror}). Check permissions.",
        ) from error


def available() -> bool:
    """Return whether ``install`` can do something on this system."""
    return sys.platform == "win32"


def install(home: Path) -> bool:
    """Let the agent in ``home`` run by itself on this Windows; returns whether it runs already.

    Raises AgentError, on every other system too: there its administrator starts the unit.
    """
    made = _task(home)
    write(made)
    return windows_task.register(windows_task.signed_in_user(), made.path)


def uninstall(home: Path) -> bool:
    """Take back what ``install`` did; returns whether anything was there. Raises AgentError."""
    file = home / windows_task.FILE
    return file.is_file() and windows_task.remove(windows_task.signed_in_user(), file)
