"""systemd's units of the box itself: put back at start, guard, status page, watchdog, restarts."""

from collections.abc import Iterator

from tojimari.box.rendering.file import Engine, Places, RenderedFile, heading
from tojimari.box.settings import Settings
from tojimari.box.store import TRIAL

_FOLDER = "/etc/systemd/system"
RESTARTED: tuple[tuple[Engine, str], ...] = (
    ("dns", "unbound"),
    ("dhcp", "dnsmasq"),
    ("time", "chrony"),
)
"""Engines whose units Debian leaves dead after some kinds of end; Suricata's has its own file."""

OWN_FILES = (
    "/etc/systemd/system.conf.d/60-tojimari-box.conf",
    f"{_FOLDER}/tojimari-box-guard.timer",
    f"{_FOLDER}/tojimari-box-guard.service",
    f"{_FOLDER}/tojimari-box-restore.service",
)
"""What belongs to no engine, in the order in which it goes: what puts back at a start goes last."""


def _words(words: tuple[str, ...]) -> str:
    quoted = (
        word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
        for word in words
    )
    return " ".join(f'"{word}"' for word in quoted)


def unit_files(settings: Settings, places: Places) -> Iterator[RenderedFile]:
    """Return the units."""
    for engine, unit in RESTARTED:
        if getattr(settings, engine) is not None:
            text = f"{heading()}[Unit]\nStartLimitIntervalSec=0\n\n[Service]\nRestart=always\nRestartSec=5\n"
            yield RenderedFile(f"{_FOLDER}/{unit}.service.d/tojimari-box.conf", text, engine)
    yield RenderedFile(f"{_FOLDER}/tojimari-box-restore.service", _restore(places), "box")
    # Longer than a slow disk or a busy moment may keep systemd: a box that is started anew for nothing
    # cuts the line of everybody, as half a minute did on a machine that was merely slow.
    yield RenderedFile(
        "/etc/systemd/system.conf.d/60-tojimari-box.conf",
        f"{heading()}[Manager]\nRuntimeWatchdogSec=2min\nRebootWatchdogSec=5min\n",
        "box",
    )
    yield RenderedFile(f"{_FOLDER}/tojimari-box-guard.service", _guard(places), "box")
    yield RenderedFile(
        f"{_FOLDER}/tojimari-box-guard.timer",
        f"{heading()}[Unit]\nDescription=Tojimari box: looks at the line\n\n[Timer]\nOnBootSec=2min\n"
        "OnUnitInactiveSec=1min\n\n[Install]\nWantedBy=timers.target\n",
        "box",
    )
    if settings.page:
        yield RenderedFile(f"{_FOLDER}/tojimari-box-page.service", _page(settings, places), "page")


def _restore(places: Places) -> str:
    # Before anything that reads the files. It puts files back and starts nothing: a start from here
    # would wait for units that wait for this one.
    start = _words((*places.command, "box", "restore"))
    return (
        f"{heading()}[Unit]\nDescription=Tojimari box: the last good configuration, after a change that was cut off\n"
        # An ordinary start waits for nothing; one after a cut for as long as a slow box takes.
        f"DefaultDependencies=no\nConditionPathExists=/{TRIAL}\n"
        "RequiresMountsFor=/var/lib /etc\nAfter=local-fs.target\n"
        "Before=network-pre.target nftables.service systemd-networkd.service systemd-sysctl.service\n"
        "Wants=network-pre.target\n\n"
        f"[Service]\nType=oneshot\nExecStart={start}\nTimeoutStartSec=5min\n\n"
        "[Install]\nWantedBy=sysinit.target\n"
    )


def _guard(places: Places) -> str:
    start = _words((*places.command, "box", "guard"))
    return (
        f"{heading()}[Unit]\nDescription=Tojimari box: the last good configuration when the line died after a change\n\n"
        f"[Service]\nType=oneshot\nExecStart={start}\nTimeoutStartSec=15min\n"
    )


def _page(settings: Settings, places: Places) -> str:
    start = _words((*places.command, "box", "page", "--serve", str(settings.office.own_ipv4.ip)))
    return (
        f"{heading()}[Unit]\nDescription=Tojimari box: its state, for the office network\nAfter=network-online.target\n"
        "StartLimitIntervalSec=0\n\n"
        f"[Service]\nExecStart={start}\nRestart=always\nRestartSec=10\nDynamicUser=yes\n"
        "AmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"
        "NoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=yes\nPrivateDevices=yes\n"
        "RestrictAddressFamilies=AF_INET AF_INET6\nMemoryMax=64M\nTasksMax=24\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )
