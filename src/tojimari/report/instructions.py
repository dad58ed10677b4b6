"""Instructions of a control, without commands that a company's kinds of Linux do not have."""

import re
from collections.abc import Iterable

from tojimari.catalog import Catalog, Control
from tojimari.catalog.schema import Platform
from tojimari.diagnose import Diagnosis
from tojimari.model import Lang, Text
from tojimari.model.facts import DeviceOs

# By the ids of endoflife.date, and of os-release where a system stands in no data.
_APT = frozenset(
    {"debian", "ubuntu", "linuxmint", "pop-os", "devuan", "kali", "zorin", "elementary", "parrot"}
)
_DNF = frozenset(
    {
        *("fedora", "rhel", "rocky-linux", "almalinux", "centos", "centos-stream"),
        *("oracle-linux", "amazon-linux"),
    }
)
_ZYPPER = frozenset({"opensuse", "opensuse-tumbleweed", "sles"})
_SYSTEMD = (_APT - {"devuan"}) | _DNF | _ZYPPER | {"arch", "manjaro", "endeavouros"}
_HAVE = {
    **dict.fromkeys(("apt", "apt-get", "dpkg-reconfigure", "pam-auth-update", "ufw"), _APT),
    "dnf": _DNF,
    "zypper": _ZYPPER,
    **dict.fromkeys(("systemctl", "timedatectl", "journalctl"), _SYSTEMD),
}

# A line may name one of them for each kind of Linux.
_MANAGERS = frozenset({"apt", "apt-get", "dnf", "zypper"})


def steps_on(
    control: Control, platform: Platform, diagnosis: Diagnosis, catalog: Catalog, lang: Lang
) -> list[str]:
    """Return the instructions of a control for a system, as the company's computers can do them.

    What fails on all of its computers with Linux is left out, and said; where it fails on some that
    is said of those. Where none was looked at nothing is left out.
    """
    lines = control.how[platform]
    if platform != "linux":
        return [line.say(lang) for line in lines]
    systems = {
        o.fact.product: o.fact.name
        for o in diagnosis.observations
        if isinstance(o.fact, DeviceOs) and o.fact.family == "linux"
    }
    kept = [line for line in lines if not systems or not all(_fails(line, s) for s in systems)]
    said = [line.say(lang) for line in kept]
    without = [name for s, name in systems.items() if any(_fails(line, s) for line in lines)]
    if not without:
        return said
    key = "how.other_linux" if len(without) == len(systems) else "how.some_linux"
    text = catalog.ui(key).say(lang, systems=_listed(without), do=control.do.say(lang))
    return [*said, text]


def _fails(line: Text, system: str) -> bool:
    """Return whether a line names commands this system has not, and not its own way beside them."""
    named = {
        words[0]
        for commands in re.findall(r"`([^`]+)`", line.say("en"))
        for one in re.split(r"&&|\|", commands)
        if (words := one.replace("sudo ", "").split()) and words[0] in _HAVE
    }
    missing = {word for word in named if system not in _HAVE[word]}
    own_way = missing <= _MANAGERS and bool((named - missing) & _MANAGERS)
    return bool(missing) and not own_way


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))[:3])
