"""Whether updates install by themselves, and whether what they need is fetched by itself too."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from tojimari.catalog.lifecycle import ended, load_lifecycle
from tojimari.collect.device.linux.apt_conf import AptConf, apt_conf
from tojimari.collect.device.linux.apt_pins import Source
from tojimari.collect.device.linux.debian import kept_by_dpkg, sources
from tojimari.collect.device.linux.os_release import (
    Distribution,
    parse_os_release,
    read_distribution,
)
from tojimari.collect.device.linux.units import ETC, fires, rarest_days, switched_on
from tojimari.collect.device.linux.updaters import other_updaters
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceAutoUpdates

_PERIODIC = "APT::Periodic::"
_SHORTHAND = "Unattended-Upgrade::Allowed-Origins"
_PATTERNS = "Unattended-Upgrade::Origins-Pattern"
_LEFT_OUT = "Unattended-Upgrade::Package-Blacklist"
_ALONE = "Unattended-Upgrade::Package-Whitelist"
_LONGER = "UbuntuESM"
"""Origin of the updates that Ubuntu Pro brings after the regular end."""
_EVERY = {".", ".*", ".+", "^.*", "^.*$"}
"""Expressions that every package's name fits."""
_MINT_FLAG = "/var/lib/linuxmint/mintupdate-automatic-upgrades-enabled"
_DNF_CONF = ("/usr/share/dnf5/dnf5-plugins/automatic.conf", "/etc/dnf/automatic.conf")


def _often(conf: AptConf, name: str) -> bool:
    """Return whether a periodic job is set to run at all; apt's own default is never."""
    return conf.value(f"{_PERIODIC}{name}", "0") not in ("", "0")


def _cron_runs_apt(host: Host) -> bool:
    """Return whether cron does what apt's timers do: so it is where systemd is not installed."""
    return host.exists("/etc/cron.daily/apt-compat") and not _has_systemd(host)


def _has_systemd(host: Host) -> bool:
    places = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd", f"{ETC}/timers.target.wants")
    return any(host.exists(path) for path in places)


def _filled(pattern: str, host: Host, system: Distribution) -> str:
    """Put in what unattended-upgrades takes from lsb_release: the distribution's id and code name."""
    try:
        told = parse_os_release(host.read("/etc/lsb-release"))
    except Unavailable:
        told = {}
    id_ = told.get("DISTRIB_ID") or system.id
    codename = told.get("DISTRIB_CODENAME") or system.codename or "*"
    filled = pattern.replace("${distro_id}", id_).replace("${distro_codename}", codename)
    return filled.lower()


def _low(source: Source) -> Source:
    head = source.release
    return Source(
        head._replace(
            origin=head.origin.lower(),
            label=head.label.lower(),
            suite=head.suite.lower(),
            codename=head.codename.lower(),
        ),
        source.site.lower(),
        "",
    )


def _origins(host: Host, conf: AptConf, system: Distribution) -> list[str]:
    """Return where unattended-upgrades may take from, each as "letter=value" parted by commas."""
    wanted = [_filled(one, host, system) for one in conf.entries(_PATTERNS)]
    for entry in conf.entries(_SHORTHAND):
        # "origin:suite", formerly "origin suite".
        parted = entry if ":" in entry else entry.replace(" ", ":", 1)
        origin, _, suite = _filled(parted, host, system).rpartition(":")
        wanted.append(f"o={origin},a={suite}")
    # The components differ within a source: they are not compared.
    return [re.sub(r",\s*(?:c|component)\s*=[^,]*", "", f",{one}")[1:] for one in wanted]


def _brings_security(host: Host, conf: AptConf) -> bool:
    """Return whether unattended-upgrades may take from the source of security updates.

    Its origins are held against the fetched heads of the distribution's own sources. Without
    origins or without heads there is nothing to hold against each other.
    """
    if not (conf.states(_SHORTHAND) or conf.states(_PATTERNS)):
        return True
    try:
        system = read_distribution(host)
    except Unavailable:
        return True
    wanted = _origins(host, conf, system)
    if not wanted:
        return False
    own = [one for one in sources(host) if system.made(one.release.origin)]
    longer = [one for one in own if one.release.origin == _LONGER]
    if longer and _past_regular_end(system):
        own = longer  # nothing arrives in the others any more
    bringing = [
        one
        for one in own
        if one.release.security
        or (one.release.origin == "Ubuntu" and one.release.suite.endswith("-updates"))
    ]
    looked_at = [_low(one) for one in (bringing or own)]
    return not looked_at or any(one.matches(origin) for origin in wanted for one in looked_at)


def _past_regular_end(system: Distribution) -> bool:
    """Return whether the regular support of the Ubuntu below has ended."""
    product, version = system.base or (system.id, system.version)
    cycle = load_lifecycle().cycle(product, version) if product == "ubuntu" else None
    return cycle is not None and ended(cycle.eol, datetime.now(UTC).date()) is True


def _days(conf: AptConf, name: str) -> int:
    """Return every how many days a periodic job runs; less than one is none."""
    match = re.fullmatch(r"(\d{1,6})(d?)", conf.value(f"{_PERIODIC}{name}", "0"))
    return int(match.group(1)) if match else 0


def _unattended(host: Host, conf: AptConf) -> DeviceAutoUpdates | None:
    """Return whether unattended-upgrades works from the list to the install; None when not set up."""
    set_up = conf.value(f"{_PERIODIC}Unattended-Upgrade") != ""
    if not set_up or not host.exists("/usr/bin/unattended-upgrade"):
        return None
    wanted = _often(conf, "Unattended-Upgrade") and _often(conf, "Update-Package-Lists")
    wanted = wanted and conf.value(f"{_PERIODIC}Enable", "1") != "0"
    runs = fires(host, "apt-daily.timer") and fires(host, "apt-daily-upgrade.timer")
    wanted = wanted and not _EVERY & set(conf.entries(_LEFT_OUT))
    on = wanted and (runs or _cron_runs_apt(host)) and _brings_security(host, conf)
    days = max(_days(conf, "Unattended-Upgrade"), _days(conf, "Update-Package-Lists"))
    if runs:
        timers = ("apt-daily.timer", "apt-daily-upgrade.timer")
        days = max(days, *(rarest_days(host, timer) for timer in timers))
    return DeviceAutoUpdates(
        on,
        "unattended-upgrades",
        True if on else None,
        deferred_days=days if on and days > 1 else 0,
    )


def _some_alone(host: Host) -> str:
    """Return the packages that alone may be installed by unattended-upgrades; "" for all."""
    named = apt_conf(host).entries(_ALONE) if kept_by_dpkg(host) else ()
    return "" if not named or _EVERY & set(named) else ", ".join(named[:5])


def _mint(host: Host) -> DeviceAutoUpdates | None:
    """Return what Mint's Update Manager is set to: its mark and its timer; None where it is not."""
    if not host.exists("/usr/bin/mintupdate-automation"):
        return None
    on = host.exists(_MINT_FLAG) and fires(host, "mintupdate-automation-upgrade.timer")
    return DeviceAutoUpdates(on, "mintupdate-automation", security_only=None)


def _settings(host: Host, paths: tuple[str, ...], section: str) -> dict[str, str]:
    """Return the ``key = value`` lines of one section of INI files; the last file wins."""
    found: dict[str, str] = {}
    for path in paths:
        try:
            text = host.read(path)
        except Unavailable:
            continue
        here = ""
        for line in text.splitlines():
            if line.startswith("["):
                here = line.strip().strip("[]").lower()
            elif here == section and not line.lstrip().startswith(("#", ";")):
                key, equals, value = line.partition("=")
                if equals:
                    found[key.strip().lower()] = value.strip().lower()
    return found


_TRUE = ("yes", "true", "1", "on")


def _id(host: Host) -> str:
    try:
        return read_distribution(host).id
    except Unavailable:
        return ""


def _dnf(host: Host) -> DeviceAutoUpdates | None:
    """Return what dnf-automatic (dnf 4, dnf 5) or yum-cron is set to; None where none is set up."""
    timers = ("dnf-automatic-install.timer", "dnf-automatic.timer", "dnf5-automatic.timer")
    found = None
    for timer in timers:
        if not fires(host, timer):
            continue
        settings = _settings(host, _DNF_CONF, "commands")
        on = timer == timers[0] or settings.get("apply_updates") in _TRUE
        security = settings.get("upgrade_type") == "security" if on else None
        # CentOS publishes no notices: of what is about security alone there is never anything.
        on = on and not (security and _id(host) == "centos")
        days = rarest_days(host, timer) if on else 0
        found = DeviceAutoUpdates(
            on, timer.removesuffix(".timer"), security, deferred_days=days if days > 1 else 0
        )
        if on:
            return found
    if "yum-cron.service" in switched_on(host, "multi-user.target"):
        settings = _settings(host, ("/etc/yum/yum-cron.conf",), "commands")
        return DeviceAutoUpdates(settings.get("apply_updates") in _TRUE, "yum-cron", None)
    return found


def _known(host: Host) -> list[DeviceAutoUpdates]:
    """Return what each mechanism that is known here says; those that are not set up are left out."""
    if kept_by_dpkg(host):
        conf = apt_conf(host)
        looks: tuple[Callable[[], DeviceAutoUpdates | None], ...] = (
            lambda: _unattended(host, conf),
            lambda: _mint(host),
        )
    else:
        looks = (lambda: _dnf(host),)
    return [said for look_at in looks if (said := look_at()) is not None]


def _printed(host: Host, *argv: str) -> str:
    try:
        return host.run(list(argv)).out
    except Unavailable:
        return ""


def snaps_held(host: Host, now: datetime) -> NotSeen | None:
    """Return that somebody keeps snaps, all or one, from updating themselves; None when nobody does.

    Of a hold on all snapd prints a day or "forever", without one no such line; one that is held
    alone bears a note in the list.
    """
    if not host.glob("/snap/*/current") and not host.glob("/var/lib/snapd/snaps/*.snap"):
        return None
    printed = _printed(host, "snap", "refresh", "--time")
    held = re.search(r"^hold:[ \t]*(\S.{0,60}?)[ \t]*$", printed, re.MULTILINE)
    until = held.group(1) if held else ""
    day = re.match(r"\d{4}-\d\d-\d\d", until)
    over = until in ("", "n/a", "-") or (day and day.group() < now.date().isoformat())
    if not over:
        detail = f"snaps are held back: {until}"
        return NotSeen("not_looked", see_with="snap refresh --time", detail=detail)
    rows = [line.split() for line in _printed(host, "snap", "list").splitlines()[1:]]
    names = [row[0] for row in rows if len(row) > 5 and "held" in row[-1].split(",")]
    if not names:
        return None
    detail = f"held back: {', '.join(names[:5])}"
    return NotSeen("not_looked", see_with="snap list", detail=detail)


@collector("linux", sees=(DeviceAutoUpdates,))
def look(host: Host) -> list[Seen]:
    """Updates install by themselves when lists are fetched, and installed from, by themselves.

    Where none of the mechanisms known here does it but something else may, that is unknown.
    """
    said = _known(host)
    for one in said:
        if one.enabled:
            if why := snaps_held(host, datetime.now(UTC)):
                # The system updates itself, its snaps (often the browser) do not.
                return [missed(DeviceAutoUpdates, why)]
            if one.mechanism == "unattended-upgrades" and (few := _some_alone(host)):
                why = NotSeen("not_looked", detail=f"installed by themselves are only: {few}"[:300])
                return [missed(DeviceAutoUpdates, why)]
            return [saw(one)]
    others = other_updaters(host, set_up=bool(said))
    if others:
        detail = f"may install updates: {', '.join(others)}"[:300]
        see_with = "systemctl list-timers" if _has_systemd(host) else ""
        why = NotSeen("not_looked", see_with=see_with, detail=detail)
        return [missed(DeviceAutoUpdates, why)]
    if said:
        return [saw(said[0])]
    return [saw(DeviceAutoUpdates(enabled=False, mechanism="none", security_only=None))]
