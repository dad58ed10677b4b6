"""The kernel that runs, those that are installed, and whether a newer one waits for a restart."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from tojimari.collect.device.linux.versions import version_key
from tojimari.collect.device.linux.wsl import inside_windows
from tojimari.collect.host import Host, Unavailable

_RELEASE = re.compile(r"(\d[\d.]*(?:-\d[\w.]*)?(?:[+~][\w.~]*)?)-([a-zA-Z][\w.+-]*)")
_PACKAGE = re.compile(r"(?:linux-image-(?:unsigned-)?|(?:pve|proxmox)-kernel-)(\d.*?)(?:-signed)?")
_IMAGE_FILE = re.compile(r"/(?:boot/vmlinuz-|lib/modules/)(\d[^/]*)(?:/vmlinuz)?")


class RunningKernel(NamedTuple):
    """What runs: ``release`` (uname -r) and ``build`` (uname -v)."""

    release: str
    build: str


def running_kernel(host: Host) -> RunningKernel:
    """Return the kernel that the machine runs, by /proc; without one by what runs us."""
    here = os.uname()
    try:
        whole = host.read("/proc/version")
    except Unavailable:
        whole = ""
    told = re.match(r"Linux version (\S+)", whole)
    try:
        release = host.read("/proc/sys/kernel/osrelease").strip()
    except Unavailable:
        release = told.group(1) if told else ""
    if not release:
        return RunningKernel(here.release, here.version)
    build = whole[whole.index("#") :].strip() if "#" in whole else ""
    return RunningKernel(release, build)


def _split(release: str) -> tuple[str, str]:
    """Return (version, flavour): "6.1.0-37-cloud-amd64" -> ("6.1.0-37", "cloud-amd64")."""
    match = _RELEASE.fullmatch(release)
    return (match.group(1), match.group(2)) if match else (release, "")


def deb_kernels(packages: Mapping[str, str]) -> dict[str, str]:
    """Return the releases of the installed kernels -> version of the package.

    packages: name -> version of what dpkg has installed. Metapackages name no release.
    """
    found = {}
    for name, version in packages.items():
        match = _PACKAGE.fullmatch(name)
        if match and not name.endswith(("-dbg", "-dbgsym")):
            found[match.group(1)] = version
    return found


def in_container(host: Host) -> bool:
    """Return whether this is a container or WSL: it runs the kernel of the machine around it."""
    return inside_windows(host) or any(
        host.exists(path)
        for path in (
            "/.dockerenv",
            "/run/.containerenv",
            "/run/systemd/container",
            "/run/host/container-manager",
        )
    )


def deb_kernel_waits(host: Host, packages: Mapping[str, str]) -> bool | None:
    """Return whether a newer kernel than the running one waits for a restart of a dpkg system.

    packages: name -> version of what dpkg has installed. None where that cannot be told.
    """
    if in_container(host):
        return False
    images = [
        match.group(1)
        for path in host.glob("/boot/vmlinuz-*")
        if (match := _IMAGE_FILE.fullmatch(path))
    ]
    installed = {**dict.fromkeys(images, ""), **deb_kernels(packages)}
    if not installed:
        # Small computers keep kernels under other names; its modules go with the one that runs.
        modules = [path.rsplit("/", 1)[-1] for path in host.glob("/lib/modules/[0-9]*")]
        return bool(modules) and running_kernel(host).release not in modules
    return newer_kernel_waits(running_kernel(host), installed)


def newer_kernel_waits(running: RunningKernel, installed: Mapping[str, str]) -> bool | None:
    """Return whether a newer kernel than the running one is installed.

    installed: release -> version of the package, "" where no package told of it. False where none
    is installed at all (a container, WSL). None where a kernel runs that is not among them: which
    one the next start takes cannot be told.
    """
    if not installed:
        return False
    version, flavour = _split(running.release)
    same = {
        _split(name)[0]: package
        for name, package in installed.items()
        if _split(name)[1] == flavour
    }
    if not same:
        return None
    newest = max(same, key=version_key)
    if version_key(version) < version_key(newest):
        return True
    if version not in same:
        return None
    return bool(same[version]) and _rebuilt(running.build, same[version])


def _rebuilt(build: str, package: str) -> bool:
    """Return whether the package is another build of the same release than the one that runs."""
    if debian := re.search(r"\bDebian (\d\S*)", build):
        return version_key(debian.group(1)) < version_key(package)
    if ubuntu := re.match(r"#(\d\S*?)-Ubuntu\b", build):
        return not package.endswith(f".{ubuntu.group(1)}")
    return False


def rpm_newer_kernel(host: Host, running: RunningKernel) -> bool:
    """Return whether a newer kernel of the same sort than the running one lies ready.

    False proves nothing: other packages may want a restart too.
    """
    paths = [*host.glob("/boot/vmlinuz-*"), *host.glob("/lib/modules/*/vmlinuz")]
    releases = [match.group(1) for path in paths if (match := _IMAGE_FILE.fullmatch(path))]
    own = _sort(running.release)
    return any(
        _sort(release) == own and version_key(release) > version_key(running.release)
        for release in releases
    )


def _sort(release: str) -> tuple[str, ...]:
    """Return what tells one line of kernels from another: uek, rt, debug; processor architecture."""
    marks = tuple(mark for mark in ("uek", "rt", "debug", "64k") if mark in release)
    return (*marks, release.rsplit(".", 1)[-1].partition("+")[0])
