"""unattended-upgrades itself: it knows no root but /, so it gets a copy of this one that is thrown away."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.apt_repository import World
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]
_EMPTY = ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers")
_SCRIPT = """set -e
mount --make-rprivate /
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
"""


def _may() -> bool:
    if os.geteuid() != 0 or shutil.which("unattended-upgrade") is None:
        return False
    words = ["unshare", "--mount", "sh", "-c", _SCRIPT, "sh", "/mnt"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _may(), reason="needs root, overlayfs and unattended-upgrades")


def walk(world: World, *installed: Path, settings: str = "") -> dict:
    """Let it work in a copy of this system that has ``installed`` and the world's source alone."""
    release = dict(
        line.split("=", 1)
        for line in Path("/etc/os-release").read_text().splitlines()
        if "=" in line
    )
    code = release["VERSION_CODENAME"].strip('"')
    world.publish(
        label="Debian-Security",
        suite="stable-security",
        origin="Debian",
        codename=f"{code}-security",
    )
    folder = world.folder / "overlay"
    folder.mkdir()
    (world.folder / "apt.settings").write_text(f'APT::Sandbox::User "root";\n{settings}')
    script = f"""{_SCRIPT}
cd "$1/root"
for place in proc dev {sys.prefix.split("/")[1]} {str(ROOT).split("/")[1]} tmp; do
  mount --rbind "/$place" "$place"
done
rm -rf {" ".join(_EMPTY)} var/lib/apt/lists etc/apt/sources.list etc/apt/sources.list.d
mkdir -p {" ".join(_EMPTY)} var/lib/apt/lists/partial etc/apt/sources.list.d
: > var/lib/dpkg/status; rm -f var/lib/apt/extended_states var/lib/dpkg/lock*
cp "{world.root}/etc/apt/sources.list" etc/apt/
cp "{world.folder}/apt.settings" etc/apt/apt.conf.d/99tests
chroot . dpkg -i {" ".join(map(str, installed))} >&2
exec chroot . env PYTHONPATH={ROOT}/src:{ROOT} {sys.executable} -m tests.support.unattended_walk
"""
    words = ["unshare", "--mount", "sh", "-c", script, "sh", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    found: dict = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def world(tmp_path, signer):
    (tmp_path / "world").mkdir()
    return World(tmp_path / "world", signer)


@pytest.mark.parametrize(
    "settings",
    ["", 'Unattended-Upgrade::Automatic-Reboot "true";\n'],
    ids=["by itself", "by apt-get, where it would restart the device"],
)
def test_it_installs_security_updates(world, settings):
    old = world.package("shopapp", "1.0", publish=False)
    world.package("shopapp", "2.0")
    said = walk(world, old, settings=settings)
    assert said["present"]
    assert said["plan"] == said["changes"] == [["shopapp", "1.0", "2.0"]]
    assert (said["state"], said["reason"]) == ("done", None)


def test_what_its_owner_left_out_is_kept_back_and_said(world):
    olds = [world.package(name, "1.0", publish=False) for name in ("shopapp", "other")]
    for name in ("shopapp", "other"):
        world.package(name, "2.0")
    settings = 'Unattended-Upgrade::Package-Blacklist { "other"; };\n'
    said = walk(world, *olds, settings=settings)
    assert said["changes"] == [["shopapp", "1.0", "2.0"]]
    assert (said["state"], said["reason"]) == ("failed", "held_back")
    assert said["versions"] == {"shopapp": "2.0", "other": "1.0"}
