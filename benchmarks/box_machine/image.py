"""The disk of the machine: Debian 13 with the box's programs and Tojimari from wheels made here."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HOME = Path(__file__).parents[2]
PIP = (sys.executable, "-m", "pip")
PLAIN = ("-q", "--disable-pip-version-check", "--no-deps")
MIRROR = "http://deb.debian.org/debian"
PACKAGES = (
    # what starts a computer
    *("systemd-sysv", "udev", "dbus", "linux-image-amd64", "initramfs-tools", "kmod", "procps"),
    *("python3", "python3-venv", "ca-certificates", "iproute2", "iputils-ping", "logrotate"),
    # the engines of `tojimari box setup`, and who hears the knocks
    *("nftables", "unbound", "dnsmasq", "chrony", "unattended-upgrades", "suricata"),
    *("ulogd2", "ulogd2-json", "dns-root-data"),
)
SHELL = """
import json, os, subprocess, time
port = os.open("/dev/virtio-ports/proof", os.O_RDWR)
left = b""
while True:
    data = os.read(port, 65536)
    if not data:
        time.sleep(0.2)
        continue
    left += data
    *lines, left = left.split(b"\\n")
    for line in lines:
        try:
            asked = json.loads(line)
        except ValueError:
            continue
        try:
            doing = subprocess.Popen(["bash", "-c", asked["do"]], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
            said = [0, doing.communicate(timeout=asked["seconds"])[0].decode(errors="replace")]
            said[0] = doing.returncode
        except subprocess.TimeoutExpired:
            os.killpg(doing.pid, 9)  # its children too: they would hold the answer back
            said = [124, doing.communicate()[0].decode(errors="replace")]
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
        answer = json.dumps({"id": asked["id"], "code": said[0], "said": said[1], "boot": boot})
        os.write(port, answer.encode() + b"\\n")
"""
SHELL_UNIT = """[Unit]
Description=Takes the commands of the trial
DefaultDependencies=no
After=local-fs.target

[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/trial-shell.py
Restart=always
RestartSec=1
KillMode=process

[Install]
WantedBy=sysinit.target
"""


def run(*words: object, **more: Any) -> None:
    """Run a program to its end; its output is shown only where it fails."""
    done = subprocess.run(
        [str(word) for word in words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **more,
    )
    if done.returncode:
        raise SystemExit(f"{words[0]}: {done.stdout.decode(errors='replace')[-3000:]}")


def fetched_wheels(folder: Path) -> Path:
    """Fetch the wheels that the lock for a device names, for Debian 13's Python; once."""
    place = folder / "wheels"
    if not place.exists():
        making = folder / "wheels.making"
        tags = [word for one in ("cp313", "abi3", "none") for word in ("--abi", one)]
        for one in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"):
            tags += ["--platform", f"{one}_x86_64"]
        run(*PIP, "download", *PLAIN, "--require-hashes", "--only-binary=:all:",
            "--python-version", "313", "--implementation", "cp", *tags, "--platform", "any",
            "-r", HOME / "requirements/agent.txt", "-d", making)  # fmt: skip
        making.rename(place)
    return place


def _wheels(folder: Path) -> Path:
    """Make Tojimari's own wheel anew, beside the others."""
    place = fetched_wheels(folder)
    for old in place.glob("tojimari-*.whl"):
        old.unlink()
    run(*PIP, "wheel", *PLAIN, "--no-build-isolation", "-w", place, HOME)
    return place


def debian(folder: Path) -> Path:
    """Return a folder with Debian 13 as installed; made once."""
    place = folder / "debian"
    if not place.exists():
        making = folder / "debian.making"
        kept = folder / "packages"
        kept.mkdir(parents=True, exist_ok=True)
        run("debootstrap", "--variant=minbase", f"--cache-dir={kept}",
            f"--include={','.join(PACKAGES)}", "trixie", making, MIRROR)  # fmt: skip
        # What installing left mounted is no part of a disk.
        for name in ("proc", "sys"):
            subprocess.run(["umount", "-q", "-R", making / name], check=False)
        shutil.rmtree(making / "var/cache/apt/archives", ignore_errors=True)
        making.rename(place)
    return place


@contextlib.contextmanager
def _laid_over(base: Path, folder: Path) -> Iterator[Path]:
    """Give a copy that is changed and thrown away; what is not changed is not copied (overlayfs)."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("changed", "work", "root"):
        (folder / name).mkdir(parents=True)
    layers = f"lowerdir={base},upperdir={folder}/changed,workdir={folder}/work"
    run("mount", "-t", "overlay", "overlay", "-o", layers, folder / "root")
    try:
        yield folder / "root"
    finally:
        run("umount", folder / "root")
        shutil.rmtree(folder)


def write(root: Path, path: str, text: str, mode: int = 0o644) -> None:
    """Write a file below ``root``."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.write_text(text)
    place.chmod(mode)


def _prepare(root: Path, files: dict[str, str]) -> None:
    write(root, "usr/local/lib/trial-shell.py", SHELL)
    write(root, "etc/systemd/system/trial-shell.service", SHELL_UNIT)
    write(root, "etc/fstab", "/dev/vda / ext4 errors=remount-ro 0 1\n")
    write(root, "etc/hostname", "trial-box\n")
    write(root, "etc/hosts", "127.0.0.1 localhost trial-box\n::1 localhost\n")
    # Debian's installer leaves this; a minimal root has what the maker's machine had.
    write(root, "etc/resolv.conf", "nameserver 203.0.113.1\n")
    for path, text in files.items():
        write(root, path, text)
    run("systemctl", f"--root={root}", "enable", "trial-shell.service")
    run("chroot", root, "update-ca-certificates")


def make(folder: Path, files: dict[str, str], megabytes: int = 3000) -> Path:
    """Return the folder with ``disk`` (raw, ext4), ``kernel`` and ``initrd``, made anew from wheels.

    files: place on the machine -> text, beside what the image has of itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wheels, base = _wheels(folder), debian(folder)
    with _laid_over(base, folder / "over") as root:
        run("cp", "-a", wheels, root / "wheels")
        run("chroot", root, "python3", "-m", "venv", "/opt/tojimari")
        own = [f"/wheels/{one.name}" for one in wheels.iterdir()]
        run(
            "chroot",
            root,
            "/opt/tojimari/bin/pip",
            "install",
            "-q",
            "--no-index",
            "--no-deps",
            *own,
        )
        shutil.rmtree(root / "wheels")
        (root / "usr/local/bin/tojimari").symlink_to("/opt/tojimari/bin/tojimari")
        _prepare(root, files)
        (folder / "disk").unlink(missing_ok=True)
        run("mke2fs", "-q", "-t", "ext4", "-d", root, folder / "disk", f"{megabytes}M")
        for name, kind in (("kernel", "vmlinuz-*"), ("initrd", "initrd.img-*")):
            found = sorted((root / "boot").glob(kind))[-1]
            shutil.copyfile(found, folder / name)
    return folder
