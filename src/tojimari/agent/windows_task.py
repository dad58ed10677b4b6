"""The agent's task in Windows' Task Scheduler: at log-on and once a day, without a window.

Sources: Microsoft Learn, "Task Scheduler Schema Elements" (the definition), "Logon Trigger Example
(XML)" (``schtasks /Create /XML``), MS-TSCH 2.5. A task that names its own user in trigger and
principal, and asks for no more than that user has, is registered without an administrator.
"""

import subprocess
import sys
from pathlib import Path, PureWindowsPath
from xml.sax.saxutils import escape

from tojimari.agent.home import AgentError

FILE = "tojimari-agent.xml"
"""In the agent's folder as long as the task is registered."""
LIMIT_SECONDS = 60
_NO_WINDOW = 0x08000000  # CREATE_NO_WINDOW
_DEFINITION = """<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.3" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Tojimari agent: looks at this computer and sends what it saw</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>{user}</UserId>
      <Delay>PT1M</Delay>
    </LogonTrigger>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T09:00:00</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <AllowHardTerminate>true</AllowHardTerminate>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure>
      <Interval>PT5M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def name_for(user: str) -> str:
    """Return the task's name: people who share a computer have one each, as their own."""
    return f"Tojimari agent {user}"


def definition(home: PureWindowsPath | Path, user: str, interpreter: str) -> str:
    """Return the task's definition.

    Args:
        home: the agent's folder, which the task is told because it has no environment of its own.
        user: the SID of whom it runs for.
        interpreter: the path of ``python.exe``; the one without a console beside it is started.
    """
    program = str(PureWindowsPath(interpreter).with_name("pythonw.exe"))
    arguments = subprocess.list2cmdline(["-m", "tojimari.cli.windowed", "agent", str(home)])
    return _DEFINITION.format(
        user=escape(user), program=escape(program), arguments=escape(arguments)
    )


def signed_in_user() -> str:
    """Return the SID of the user of this process. Raises AgentError on every other system."""
    from tojimari.collect.device.windows.api.accounts import token
    from tojimari.collect.host import Unavailable

    try:
        found = token()
    except Unavailable as error:
        raise AgentError(
            "この設定は、Windowsのパソコンの上でだけ作れます。",
            "This can be made on a Windows computer only.",
        ) from error
    return str(found["sid"]) if isinstance(found, dict) else ""


def creating(user: str, file: Path) -> tuple[str, ...]:
    """Return the command that registers the task in ``file``."""
    return (_schtasks(), "/Create", "/TN", name_for(user), "/XML", str(file), "/F")


def deleting(user: str) -> tuple[str, ...]:
    """Return the command that deletes the task."""
    return (_schtasks(), "/Delete", "/TN", name_for(user), "/F")


def register(user: str, file: Path) -> bool:
    """Register the task in ``file`` and start it; returns whether it runs already.

    Where it could not be started it starts at the next log-on. Raises AgentError.
    """
    code = _run(creating(user, file))
    if code != 0:
        file.unlink(missing_ok=True)
        raise AgentError(
            f"自動で動かす設定を、Windowsが受け付けませんでした (番号 {code})。",
            f"Windows did not take the task that lets it run by itself (code {code}).",
        )
    return _run((_schtasks(), "/Run", "/TN", name_for(user))) == 0


def remove(user: str, file: Path) -> bool:
    """End the task and delete it; returns whether there was one. Raises AgentError."""
    if not file.is_file():
        return False
    name = name_for(user)
    _run((_schtasks(), "/End", "/TN", name))  # refused where it does not run
    code = _run(deleting(user))
    if code != 0 and _run((_schtasks(), "/Query", "/TN", name)) == 0:
        raise AgentError(
            f"自動で動く設定を消せませんでした (番号 {code})。",
            f"The task that lets it run by itself could not be deleted (code {code}).",
        )
    file.unlink(missing_ok=True)
    return True


def _schtasks() -> str:
    if sys.platform != "win32":
        return "schtasks"
    import win32api

    # By its full path: a program of that name in the working folder must not be taken for it.
    return str(Path(win32api.GetSystemDirectory()) / "schtasks.exe")


def _run(command: tuple[str, ...]) -> int:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=LIMIT_SECONDS,
            creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AgentError(
            f"{command[0]}: Windowsのタスク スケジューラが答えません。",
            f"{command[0]}: Windows' Task Scheduler does not answer.",
        ) from error
    return done.returncode
