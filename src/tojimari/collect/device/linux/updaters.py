"""Programs, timers and jobs that may install updates but whose settings are not read here."""

import re

from tojimari.collect.device.linux.dnf import RPM_DATABASES
from tojimari.collect.device.linux.units import fires, switched_on
from tojimari.collect.host import Denied, Host, Unavailable

# Desktop programs that fetch updates and may install them, and services that manage machines.
# PackageKit alone installs nothing: it waits for one of these, or for its job in the background.
_DESKTOP = {
    "/usr/bin/gnome-software": "GNOME Software",
    "/usr/bin/plasma-discover": "Plasma Discover",
    "/usr/bin/io.elementary.appcenter": "AppCenter",
    "/usr/bin/pop-system-updater": "Pop system updater",
}
_MANAGED = {
    "/usr/bin/landscape-client": "Landscape",
    "/opt/puppetlabs/bin/puppet": "Puppet",
    "/usr/bin/salt-minion": "Salt",
    "/usr/bin/chef-client": "Chef",
    "/usr/bin/google_osconfig_agent": "Google OS Config",
    "/usr/bin/amazon-ssm-agent": "AWS Systems Manager",
    "/opt/amagent/amagent": "Automox",
}
# Timers with such a name that update something else than the system's packages, or are known.
_UPDATING = re.compile(r"update|upgrade|patch|packagekit", re.IGNORECASE)
_OTHERS = re.compile(
    r"apt-daily.*|update-notifier.*|mintupdate-automation-.*|dnf5?-automatic.*|.*updatedb.*"
    r"|podman-auto-update.*|update-mime.*|.*freshclam.*|geoipupdate.*|pkgfile-update.*"
    r"|fwupd.*|flatpak.*|unattended-upgrades.*|.*(rules|signature|definition|certbot|grub).*",
    re.IGNORECASE,
)
_JOBS = (
    "/etc/crontab",
    "/etc/cron.d/*",
    "/etc/cron.hourly/*",
    "/etc/cron.daily/*",
    "/etc/cron.weekly/*",
    "/etc/cron.monthly/*",
    "/var/spool/cron/crontabs/root",
    "/var/spool/cron/root",
)
# Jobs of the packages themselves, which follow the settings that are read.
_OWN_JOBS = ("apt-compat", "apt", "apt-show-versions", "update-notifier-common", "mintupdate")
_COMMAND = re.compile(
    r"unattended-upgrade\b"
    r"|\b(?:apt|apt-get|aptitude)\s[^\n#;&|]*?\b(?:upgrade|dist-upgrade|full-upgrade|safe-upgrade)\b"
    r"|\b(?:dnf|dnf5|yum|microdnf)\s[^\n#;&|]*?(?<![\w-])(?:update|upgrade|distro-sync)(?![\w-])"
    r"|\bzypper\s[^\n#;&|]*?(?<![\w-])(?:update|up|patch|dup)(?![\w-])"
    r"|\bpkcon\s[^\n#;&|]*?\bupdate\b|\b(?:cron-apt|topgrade|ansible-pull|mintupdate-cli)\b"
)
_MOST_CHARACTERS = 200_000


def other_updaters(host: Host, *, set_up: bool) -> tuple[str, ...]:
    """Return the names of what may install updates, beside the mechanisms whose settings are read.

    set_up: whether one of those is set up; then a desktop's program is not what installs them.
    """
    found = [name for path, name in _MANAGED.items() if _there(host, path)]
    found += _timers(host)
    found += _jobs(host)
    if not set_up:
        found += [name for path, name in _DESKTOP.items() if _there(host, path)]
        if not any(_there(host, path) for path in ("/var/lib/dpkg/status", *RPM_DATABASES)):
            found.append("the system's own")
    return tuple(dict.fromkeys(found))


def _there(host: Host, path: str) -> bool:
    try:
        return host.exists(path)
    except Denied:
        return False


def _timers(host: Host) -> list[str]:
    names = [
        name
        for name in sorted(switched_on(host))
        if name.endswith(".timer") and _UPDATING.search(name) and not _OTHERS.fullmatch(name)
    ]
    return [name for name in names if fires(host, name)]


def _jobs(host: Host) -> list[str]:
    found = []
    for pattern in _JOBS:
        for path in host.glob(pattern) if "*" in pattern else [pattern]:
            if path.rsplit("/", 1)[-1] in _OWN_JOBS:
                continue
            try:
                text = host.read(path)[:_MOST_CHARACTERS]
            except Unavailable:
                continue
            lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
            if any(_COMMAND.search(line[:1000]) for line in lines):
                found.append(path)
    return found
