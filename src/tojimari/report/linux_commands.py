"""Which steps for Linux a company's own kinds of Linux can follow."""

import re
from collections.abc import Iterable, Mapping, Sequence

from tojimari.catalog import Catalog, Control
from tojimari.catalog.schema import Instruction
from tojimari.diagnose import Diagnosis
from tojimari.model import Lang
from tojimari.model.facts import DeviceAccounts, DeviceOs

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


def seen_linux(diagnosis: Diagnosis) -> dict[str, str]:
    """Return product id -> name of every kind of Linux that was seen."""
    return {
        o.fact.product: o.fact.name
        for o in diagnosis.observations
        if isinstance(o.fact, DeviceOs) and o.fact.family == "linux"
    }


def may_use_sudo(diagnosis: Diagnosis) -> bool:
    """Return False where no account that looked at a Linux may use sudo; True where that is not told."""
    linux = {
        o.subject
        for o in diagnosis.observations
        if isinstance(o.fact, DeviceOs) and o.fact.family == "linux"
    }
    said = [
        o.fact.may_use_sudo
        for o in diagnosis.observations
        if isinstance(o.fact, DeviceAccounts) and o.subject in linux
    ]
    return not said or any(one is not False for one in said)


def followed(steps: Sequence[Instruction], systems: Mapping[str, str]) -> list[Instruction]:
    """Return the steps that work on at least one of ``systems``; all of them where there is none."""
    return [s for s in steps if not systems or not all(_fails(s, system) for system in systems)]


def left_over(control: Control, systems: Mapping[str, str], catalog: Catalog, lang: Lang) -> str:
    """Return what those of ``systems`` do where the steps do not work as they stand; "" for none."""
    steps = control.how["linux"]
    without = [name for s, name in systems.items() if any(_fails(step, s) for step in steps)]
    if not without:
        return ""
    key = "how.other_linux" if len(without) == len(systems) else "how.some_linux"
    return catalog.ui(key).say(lang, systems=_listed(without), do=control.do.say(lang))


def _fails(step: Instruction, system: str) -> bool:
    """Return whether a step names commands this system has not, and not its own way beside them."""
    named = {
        words[0]
        for commands in re.findall(r"`([^`]+)`", step.say("en"))
        for one in re.split(r"&&|\|", commands)
        if (words := one.replace("sudo ", "").split()) and words[0] in _HAVE
    }
    missing = {word for word in named if system not in _HAVE[word]}
    own_way = missing <= _MANAGERS and bool((named - missing) & _MANAGERS)
    return bool(missing) and not own_way


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names))[:3])
