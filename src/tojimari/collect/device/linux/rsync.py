"""Copies made by rsync: where they go, and when one last succeeded.

rsync itself keeps no record. Where its command names a log (``--log-file``) that says how each run
ended; where a service runs it and nothing else, systemd remembers the last run since the start.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from tojimari.collect.device.linux.schedules import ScheduledTexts, runs_by_itself
from tojimari.collect.host import Host, Unavailable

_COMMAND = re.compile(r"\brsync\s+(.*)")
_ASSIGNED = re.compile(
    r"^\s*(?:export\s+|readonly\s+)?(\w+)=([\"']?)([^\"'$`;\s]*)\2\s*$", re.MULTILINE
)
_DRY = re.compile(r"-[A-Za-z]*n[A-Za-z]*|--dry-run")
_RUN = re.compile(
    r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\d+)\] (?:(sent [\d.,KMG]+ bytes .*total size ([\d.,KMG]+))"
    r"|(rsync error: .*))$",
    re.MULTILINE,
)


class Copy(NamedTuple):
    """One copy that a command makes.

    Attributes:
        target: a path or an address, as the command names it.
        last: when it last succeeded; None where that is not told.
        scheduled: whether the command runs by itself.
    """

    target: str
    last: datetime | None
    scheduled: bool


def rsync(host: Host, texts: ScheduledTexts) -> list[Copy]:
    """Return the copies of every command in ``texts``, by their target."""
    commands = [(path, words) for path, text in texts for words in _commands(text)]
    logs = [log for _, words in commands if (log := _log_of(words))]
    found: dict[str, Copy] = {}
    for path, words in commands:
        arguments = [w for w in words if not w.startswith("-") and ("/" in w or ":" in w)]
        log = _log_of(words)
        if log in arguments and f"--log-file={log}" not in words:
            arguments.remove(log)
        if len(arguments) < 2 or any(_DRY.fullmatch(word) for word in words):
            continue
        # The runs of several commands that share a log are not told apart in it.
        last = _logged(host, log) if log and logs.count(log) == 1 else None
        if last is None and path.endswith(".service"):
            last = _of_service(host, path, texts)
        before = found.get(arguments[-1])
        if before is not None and before.last is not None:
            last = max(last, before.last) if last else before.last
        runs = runs_by_itself(host, path) or (before is not None and before.scheduled)
        found[arguments[-1]] = Copy(arguments[-1], last, runs)
    return [found[target] for target in sorted(found)]


def _commands(text: str) -> list[list[str]]:
    """Return the words of each rsync command, with what plain assignments of the script say."""
    text = re.sub(r"\\\r?\n", " ", text)
    values: dict[str, str] = {name: value for name, _, value in _ASSIGNED.findall(text)}

    def filled(match: "re.Match[str]") -> str:
        return values.get(match.group(1) or match.group(2), str(match.group()))

    found = []
    for line in text.splitlines():
        if match := _COMMAND.search(line):
            whole = re.sub(r"\$\{(\w+)\}|\$(\w+)", filled, match.group(1))
            whole = re.split(r"(?:\s|^)[0-9&]?>|[;&|]", whole)[0]
            found.append(re.sub("[\"']", "", whole).split())
    return found


def _log_of(words: list[str]) -> str:
    for word, after in zip(words, [*words[1:], ""], strict=True):
        log = word.removeprefix("--log-file=") if "=" in word else after
        if word.split("=", 1)[0] == "--log-file" and log.startswith("/") and "$" not in log:
            return log
    return ""


def _logged(host: Host, log: str) -> datetime | None:
    """Return when a run last ended well, by its log; the one before it is read as well."""
    for path in (log, f"{log}.1"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        if (last := last_success(text)) is not None:
            return last
    return None


def last_success(text: str) -> datetime | None:
    """Return when the last run in an rsync log ended well; None where none did.

    A run is told by its process: it first says what it sent, then whether something went wrong (files
    that vanished meanwhile are only a warning). One that found nothing to copy at all copied nothing.
    """
    ended: dict[str, str] = {}
    good = []
    for at, process, sent, size, error in reversed(_RUN.findall(text)):
        if error:
            ended[process] = at
        elif sent and ended.pop(process, None) is None and size != "0":
            good.append(at)
    try:
        return _local(good[0]) if good else None
    except ValueError:
        return None


def _local(text: str) -> datetime:
    return datetime.strptime(text, "%Y/%m/%d %H:%M:%S").astimezone(UTC)


def _of_service(host: Host, path: str, texts: Iterable[tuple[str, str]]) -> datetime | None:
    """Return when a service that runs rsync and nothing else last ended well."""
    text = next(text for one, text in texts if one == path)
    starts = re.findall(r"^Exec\w*=[-@:+!]*(\S+)", text, re.MULTILINE)
    if len(starts) != 1 or starts[0].rsplit("/", 1)[-1] != "rsync" or "/.config/" in path:
        return None
    asked = [
        "systemctl",
        "show",
        "--timestamp=unix",
        "-p",
        "Result,ExecMainStatus,ExecMainExitTimestamp",
    ]
    try:
        said = host.run([*asked, path.rsplit("/", 1)[-1]])
    except Unavailable:
        return None
    values = dict(line.split("=", 1) for line in said.out.splitlines() if "=" in line)
    at = re.fullmatch(r"@(\d{9,11})", values.get("ExecMainExitTimestamp", ""), re.ASCII)
    if said.code != 0 or at is None or values.get("ExecMainStatus") != "0":
        return None
    good = values.get("Result") == "success"
    return datetime.fromtimestamp(int(at.group(1)), UTC) if good else None
