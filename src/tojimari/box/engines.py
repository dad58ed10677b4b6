"""Existing engines: which program checks an engine's files, which units run it."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from tojimari.box.rendering import clock, dhcp, dns, downloads, firewall, intrusion, updates
from tojimari.box.rendering.file import Engine

_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
_CHECK_SECONDS = 120


class EngineKind(msgspec.Struct, frozen=True):
    """One engine.

    Attributes:
        id: what its part of the settings is called.
        title: its own name.
        packages: Debian packages that bring it.
        units: systemd units that run it; restarted, in this order, when its files change.
        reloads: how a change of its files is taken up; ``restart`` cuts what is under way.
        checks: commands that check files before they are put in place; ``{FILE}`` stands for the
            file of that place wherever it lies now.
        whole: the command that checks it with all its other files, once ours are in place.
    """

    id: Engine
    title: str
    packages: tuple[str, ...]
    units: tuple[str, ...]
    reloads: Literal["reload", "restart"] = "restart"
    checks: tuple[tuple[str, ...], ...] = ()
    whole: tuple[str, ...] = ()


def _at(path: str) -> str:
    return f"{{{path}}}"


ENGINES: tuple[EngineKind, ...] = (
    EngineKind("ports", "systemd-networkd", ("systemd",), ("systemd-sysctl", "systemd-networkd")),
    EngineKind(
        "firewall",
        "nftables",
        ("nftables",),
        ("nftables",),
        reloads="reload",
        checks=(("nft", "-c", "-f", _at(firewall.RULES)),),
    ),
    # Before unbound: as installed, dnsmasq answers names too and holds the port.
    EngineKind(
        "dhcp",
        "dnsmasq",
        ("dnsmasq",),
        ("dnsmasq",),
        checks=(("dnsmasq", "--test", "-C", _at(dhcp.CONFIG)),),
    ),
    EngineKind(
        "dns",
        "unbound",
        ("unbound",),
        ("unbound",),
        checks=(("unbound-checkconf", _at(dns.CONFIG)),),
        whole=("unbound-checkconf",),
    ),
    EngineKind(
        "time",
        "chrony",
        ("chrony",),
        ("chrony",),
        checks=(("chronyd", "-p", "-f", _at(clock.CONFIG)),),
    ),
    EngineKind(
        "intrusion",
        "Suricata",
        ("suricata",),
        ("suricata",),
        checks=(
            (
                "suricata",
                "-T",
                "-l",
                _at("/"),
                "-c",
                intrusion.SYSTEMS_OWN,
                "--include",
                _at(intrusion.CONFIG),
            ),
        ),
    ),
    EngineKind(
        "downloads",
        "squid, c-icap, ClamAV",
        ("squid", "c-icap", "libc-icap-mod-virus-scan", "clamav-daemon"),
        ("clamav-daemon", "tojimari-box-scanner", "squid"),
        checks=(("squid", "-k", "parse", "-f", _at(downloads.SQUID)),),
        whole=("squid", "-k", "parse"),
    ),
    EngineKind(
        "updates",
        "unattended-upgrades",
        ("unattended-upgrades",),
        ("apt-daily-upgrade.timer",),
        checks=(("apt-config", "-c", _at(updates.CONFIG), "dump"),),
    ),
    EngineKind("page", "Tojimari", (), ("tojimari-box-page",)),
    EngineKind("box", "Tojimari", (), ("tojimari-box-guard.timer",)),
)


def engine_kind(id_: str) -> EngineKind:
    """Return the engine called ``id_``, which is one."""
    return next(one for one in ENGINES if one.id == id_)


def program(name: str) -> str | None:
    """Return where a program is, or None where it is not installed."""
    return shutil.which(name, path=_PATH)


class Checked(msgspec.Struct, frozen=True):
    """What an engine's own checker said.

    Attributes:
        engine: the engine.
        program: the checker; empty where the engine has none.
        state: ``missing``: the checker is not installed; ``none``: there is no checker.
        said: the last lines of what it said, where it refused.
    """

    engine: str
    program: str
    state: Literal["fine", "refused", "missing", "none"]
    said: str = ""


def check_files(engines: Iterable[str], folder: Path) -> list[Checked]:
    """Let each engine check its files below ``folder``, as they would be put in place.

    Where a checker writes files of its own it does so in temporary folders of the system.
    """
    wanted = set(engines)
    found = []
    for engine in ENGINES:
        if engine.id not in wanted:
            continue
        if not engine.checks:
            found.append(Checked(engine.id, "", "none"))
        for words in engine.checks:
            filled = [_filled(word, folder) for word in words]
            found.append(_run(engine.id, filled))
    return found


def check_whole(engines: Iterable[str]) -> list[Checked]:
    """Let each engine check its whole configuration, ours and the system's own."""
    wanted = set(engines)
    return [_run(one.id, list(one.whole)) for one in ENGINES if one.whole and one.id in wanted]


def _filled(word: str, folder: Path) -> str:
    if word.startswith("{") and word.endswith("}"):
        return str(folder / word[1:-1].lstrip("/"))
    return word


def _run(engine: str, words: list[str]) -> Checked:
    where = program(words[0])
    if where is None:
        return Checked(engine, words[0], "missing")
    try:
        done = subprocess.run(
            [where, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_CHECK_SECONDS,
            check=False,
            env={"PATH": _PATH, "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Checked(engine, words[0], "refused", str(error)[:300])
    if done.returncode == 0:
        return Checked(engine, words[0], "fine")
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    return Checked(engine, words[0], "refused", " ".join(lines[-3:])[:600])
