"""How a program that is missing is installed on this system, by the package manager it has."""

from collections.abc import Mapping

from tojimari.collect.host import Host

_COMMANDS = {
    "apt-get": "sudo apt-get install {}",
    "dnf": "sudo dnf install {}",
    "yum": "sudo yum install {}",
    "zypper": "sudo zypper install {}",
    "pacman": "sudo pacman -S {}",
    "apk": "sudo apk add {}",
}


def install(host: Host, program: str, packages: Mapping[str, str], package: str = "") -> str:
    """Return the command that brings ``program``; its bare name where none is known to.

    packages: manager -> package that holds it. package: that of every manager that is not among them.
    """
    for manager, command in _COMMANDS.items():
        name = packages.get(manager, package)
        if name and host.which(manager) is not None:
            return command.format(name)
    return program
