"""Updates and programs of computers as they are met: what each is judged, by files and outputs."""

import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import AS_OF, judged, measured, not_measured
from tests.support.hosts import RecordedHost, fact, seen, write
from tests.support.patience import PATIENCE
from tojimari.collect.device.linux.apt_conf import AptConf
from tojimari.collect.device.linux.apt_pins import parse_pins
from tojimari.collect.device.linux.debian import installed, offers
from tojimari.collect.device.linux.dnf import parse_check_update
from tojimari.collect.device.linux.kernel import RunningKernel, deb_kernels, newer_kernel_waits
from tojimari.collect.host import LocalHost, Output
from tojimari.model import Fact, Finding
from tojimari.model.facts import (
    Browser,
    DeviceAutoUpdates,
    DeviceBrowsers,
    DeviceOs,
    DeviceSoftware,
    DeviceUpdates,
)

CASES = Path(__file__).parents[3] / "assets" / "updates"
READS: dict[str, type[Fact]] = {
    "os-updates-pc": DeviceUpdates,
    "auto-updates": DeviceAutoUpdates,
    "supported-software": DeviceSoftware,
    "supported-os": DeviceOs,
    "browser-updates": DeviceBrowsers,
}
EVERY = ("dnf", "-q", "-C", "check-update")
SECURITY = (*EVERY, "--security")
RESTART = ("dnf", "-C", "needs-restarting", "-r")
NO_RESTART = Output(0, "Reboot should not be necessary.\n", "")


def finding(host: LocalHost, control: str) -> Finding:
    """Look at ``host`` and judge ``control`` as the product does; lists were fetched yesterday."""
    yesterday = (AS_OF - timedelta(days=1)).timestamp()
    for folder in ("var/lib/apt/lists", "var/cache/dnf", "var/cache/libdnf5"):
        for path in (host.root / folder).rglob("*"):
            os.utime(path, (yesterday, yesterday))
    kind = READS[control]
    look = seen(host, kind)
    if look.fact is None:
        assert look.not_seen is not None
        return judged(control, not_measured(kind, look.not_seen))
    return judged(control, measured(look.fact, partly_not_seen=look.partly_not_seen))


def said(host: LocalHost, control: str) -> tuple[str, str]:
    found = finding(host, control)
    return found.state, found.reason


def computer(tmp_path: Path, case: str) -> Path:
    return Path(shutil.copytree(CASES / case / "root", tmp_path / "root"))


def dnf(root: Path, every: str, security: str = "", restart: Output | None = None) -> RecordedHost:
    """A computer on which dnf prints these; exit code 100 where it lists something."""
    outputs: dict[tuple[str, ...], Output] = {
        argv: Output(100 if text.strip() else 0, text, "")
        for argv, text in ((EVERY, every), (SECURITY, security))
    }
    return RecordedHost(root, outputs | ({RESTART: restart} if restart else {}))


def recorded(tmp_path: Path, case: str, restart: Output | None = None) -> RecordedHost:
    every, security = (
        (CASES / case / name).read_text()
        for name in ("check-update.out", "check-update-security.out")
    )
    return dnf(computer(tmp_path, case), every, security, restart)


# --- updates held, pinned, phased, of unknown kind -------------------------------------------------


def debian(root: Path, *packages: str, held: tuple[str, ...] = ()) -> LocalHost:
    """Debian 12 with its lists; each package is "name installed offered where"."""
    write(root, "/etc/os-release", 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    return _apt(root, packages, held)


def ubuntu(root: Path, *packages: str, held: tuple[str, ...] = ()) -> LocalHost:
    write(
        root,
        "/etc/os-release",
        'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n',
    )
    return _apt(root, packages, held)


HEADS = {
    "main": "Origin: Debian\nLabel: Debian\nSuite: oldstable\nCodename: bookworm\n",
    "security": (
        "Origin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\n"
        "Codename: bookworm-security\n"
    ),
    "noble": "Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble\nCodename: noble\n",
    "noble-updates": "Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble-updates\nCodename: noble\n",
    "noble-security": "Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble-security\nCodename: noble\n",
    "backports": (
        "Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble-backports\nCodename: noble\n"
        "NotAutomatic: yes\nButAutomaticUpgrades: yes\n"
    ),
    "docker": "Origin: Docker\nLabel: Docker CE\nSuite: noble\n",
    "nameless": "Suite: stable\n",
    "ppa": "Origin: LP-PPA-ubuntu-toolchain-r-test\nLabel: Toolchain\nSuite: noble\n",
    "xia": "Origin: linuxmint\nLabel: linuxmint\nSuite: xia\nCodename: xia\n",
    "pop": "Origin: pop-os-release\nLabel: Pop!_OS Release\nSuite: jammy\nCodename: jammy\n",
    "bullseye": (
        "Origin: Debian\nLabel: Debian-Security\nSuite: oldoldstable-security\n"
        "Codename: bullseye-security\n"
    ),
    "jammy-updates": "Origin: Ubuntu\nLabel: Ubuntu\nSuite: jammy-updates\nCodename: jammy\n",
    "focal-security": "Origin: Ubuntu\nLabel: Ubuntu\nSuite: focal-security\nCodename: focal\n",
    "esm": "Origin: UbuntuESM\nLabel: UbuntuESM\nSuite: focal-infra-security\nCodename: focal\n",
    "devuan": "Origin: Devuan\nLabel: Devuan\nSuite: stable\nCodename: excalibur\n",
    "devuan-security": (
        "Origin: Devuan\nLabel: Devuan-Security\nSuite: stable-security\n"
        "Codename: excalibur-security\n"
    ),
    "raspbian": "Origin: Raspbian\nLabel: Raspbian\nSuite: oldstable\nCodename: bookworm\n",
}


MORE = "Maintainer: A <a@example.com>\nFilename: a.deb\nSize: 1\nDescription: A\n"


def _apt(root: Path, packages: tuple[str, ...], held: tuple[str, ...] = ()) -> LocalHost:
    status: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for package in packages:
        name, now, offered, where, *more = package.split()
        status[name] = now
        extra = f"Phased-Update-Percentage: {more[0]}\n" if more else ""
        entry = f"Package: {name}\nArchitecture: amd64\nVersion: {offered}\n{MORE}{extra}"
        lists.setdefault(where, []).append(entry)
    text = "\n".join(
        f"Package: {name}\nStatus: {'hold' if name in held else 'install'} ok installed\n"
        f"Architecture: amd64\nVersion: {version}\n{MORE}"
        for name, version in status.items()
    )
    write(root, "/var/lib/dpkg/status", text)
    for where, entries in lists.items():
        listed(root, where, "\n".join(entries))
    return LocalHost(root)


def listed(root: Path, where: str, text: str = "", component: str = "main") -> None:
    """Write a fetched list and its head."""
    place = f"/var/lib/apt/lists/{where}.example_dists_{where}_"
    write(root, f"{place}InRelease", HEADS[where])
    write(root, f"{place}{component}_binary-amd64_Packages", text)


def test_held_packages_that_miss_a_security_fix_count(tmp_path):
    host = LocalHost(computer(tmp_path, "apt-held-security"))
    assert finding(host, "os-updates-pc").numbers == {"n": 2}
    assert said(host, "os-updates-pc") == ("not_met", "security_waiting")


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("openssl 1 2 noble-security", ("not_met", "security_waiting")),
        ("openssl 1 2 noble-updates", ("met", "current")),
        ("docker-ce 1 2 docker", ("unknown", "kind_unknown")),
    ],
)
def test_a_hold_is_fine_only_where_no_security_fix_can_be_missed(tmp_path, package, expected):
    host = ubuntu(tmp_path, package, "bash 1 1 noble-security", held=(package.split()[0],))
    assert said(host, "os-updates-pc") == expected


@pytest.mark.parametrize(
    ("pins", "kept"),
    [
        ("Package: openssl\nPin: version 1\nPin-Priority: 1001\n", True),
        ("Package: open*\nPin: release a=noble-security\nPin-Priority: -1\n", True),
        ("Package: openssl\nPin: release o=Ubuntu\nPin-Priority: -1\n", True),
        ("Package: other\nPin: version 1\nPin-Priority: 1001\n", False),
        ("Package: *\nPin: release o=Ubuntu\nPin-Priority: 500\n", False),
    ],
)
def test_a_pin_that_keeps_a_security_fix_away_is_like_a_hold(tmp_path, pins, kept):
    host = ubuntu(tmp_path, "openssl 1 2 noble-security", "openssl 1 1 noble")
    write(tmp_path, "/etc/apt/preferences.d/mine", pins)
    assert said(host, "os-updates-pc") == ("not_met", "security_waiting")
    offered = offers(host, installed(host))
    assert (offered.pinned == {"openssl"}, "openssl" in offered.newest) == (kept, not kept)


def apt_would_install(root: Path) -> set[tuple[str, str]]:
    """Ask the real apt, on the same files, what it would install: (package, version)."""
    for folder in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
        (root / folder).mkdir(parents=True)
    heads = sorted(root.glob("var/lib/apt/lists/*_InRelease"))
    names = [head.name.partition(".example")[0] for head in heads]
    lines = [f"deb [trusted=yes arch=amd64] http://{name}.example {name} main" for name in names]
    write(root, "/etc/apt/sources.list", "\n".join(lines) + "\n")
    settings = {
        "Dir": str(root),
        "Dir::State::status": str(root / "var/lib/dpkg/status"),
        "Debug::NoLocking": "1",
        "APT::Architecture": "amd64",
        "APT::Machine-ID": "0123456789abcdef0123456789abcdef",
        "Dir::Bin::dpkg": "/usr/bin/dpkg",
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    argv = ["apt-get", "-q", "-s", *options, "dist-upgrade"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=PATIENCE)
    lines = [line for line in said.stdout.splitlines() if line.startswith("Inst ")]
    return {(line.split()[1], line.split("(")[1].split()[0]) for line in lines}


def pin(packages: str, which: str, priority: int) -> str:
    return f"Package: {packages}\nPin: {which}\nPin-Priority: {priority}\n\n"


@pytest.mark.programs
@pytest.mark.parametrize(
    "pins",
    [
        "",
        pin("a", "version 1", 1001),
        pin("a", "version 1*", 400),
        pin("a", "release a=noble-security", -1),
        pin("*", "release o=Ubuntu", 400),
        pin("*", "release o=Docker", -10),
        pin("b", "release n=noble,a=noble", 990),
        pin("c d", "origin docker.example", 50),
        pin("c", 'origin "docker.example"', 50),
        pin("*", "release o=LP-PPA*", 50),
        pin("*", "release c=main,l=Ubuntu", 50),
        pin("*", "origin nowhere.example", 700) + pin("*", "release o=Docker", 90),
        pin("*", "release o=Docker", 90) + pin("*", "release o=Docker", 900),
        pin("/^[ab]$/", "release o=Ubuntu", -1),
        pin("?", "release o=Ubuntu", -1),
        "Explanation: why\n# a remark\n" + pin("a", "release a=noble-security", 90),
    ],
)
def test_pins_are_read_as_apt_reads_them(tmp_path, pins):
    host = ubuntu(
        tmp_path,
        "a 1 2 noble-security",
        "a 1 1 noble",
        "b 1 3 noble-updates",
        "b 1 2 noble",
        "c 1 9 docker",
        "d 1 2 ppa",
        "e 1 1 noble-updates",
        "f 2 3 backports",
        "f 2 2 backports",
        "g 1 2 backports",
        "g 1 1 noble",
        "h 1 2 noble-updates 0",
        "held 1 2 noble-security",
        held=("held",),
    )
    write(tmp_path, "/etc/apt/preferences.d/mine", pins)
    have = installed(host)
    newest = offers(host, have).newest
    ours = {(name, version) for name, (version, _) in newest.items() if not have[name].held}
    assert ours == apt_would_install(tmp_path)


def test_phased_updates_wait_for_their_turn(tmp_path):
    host = LocalHost(computer(tmp_path, "apt-phased"))
    assert said(host, "os-updates-pc") == ("met", "current")


@pytest.mark.parametrize(
    ("packages", "conf", "expected"),
    [
        (["a 1 2 noble-updates 100"], "", ("partly", "others_waiting")),
        (["a 1 2 noble-updates 0"], "", ("met", "current")),
        (
            ["a 1 2 noble-updates 30"],
            'APT::Get::Always-Include-Phased-Updates "true";',
            ("partly", "others_waiting"),
        ),
        (["a 1 2 noble-updates 10", "a 1 2 noble-security"], "", ("not_met", "security_waiting")),
        (["a 1 3 noble-updates 10", "a 1 2 noble-updates"], "", ("partly", "others_waiting")),
    ],
)
def test_only_what_every_machine_gets_by_now_is_waiting(tmp_path, packages, conf, expected):
    host = ubuntu(tmp_path, "bash 1 1 noble-security", *packages)
    write(tmp_path, "/etc/apt/apt.conf.d/99phased", conf)
    assert said(host, "os-updates-pc") == expected


def test_a_source_that_tells_no_kind_leaves_the_kind_unknown(tmp_path):
    host = LocalHost(computer(tmp_path, "chrome-behind"))
    assert said(host, "os-updates-pc") == ("unknown", "kind_unknown")


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        (["docker-ce 1 2 docker"], ("unknown", "kind_unknown")),
        (["tool 1 2 nameless"], ("unknown", "kind_unknown")),
        (["gcc-13 1 2 ppa"], ("unknown", "kind_unknown")),
        (["docker-ce 1 2 docker", "b 1 2 noble-security"], ("not_met", "security_waiting")),
        (["docker-ce 2 2 docker"], ("met", "current")),
        (["b 1 2 noble-updates"], ("partly", "others_waiting")),
    ],
)
def test_updates_of_third_parties_are_of_unknown_kind(tmp_path, packages, expected):
    host = ubuntu(tmp_path, "bash 1 1 noble-security", *packages)
    assert said(host, "os-updates-pc") == expected


def test_raspbian_keeps_its_security_updates_among_the_others(tmp_path):
    write(tmp_path, "/etc/os-release", 'ID=raspbian\nID_LIKE=debian\nVERSION_ID="12"\n')
    assert said(_apt(tmp_path, ("a 1 1 raspbian",)), "os-updates-pc") == ("met", "current")
    host = _apt(tmp_path, ("a 1 2 raspbian",))
    assert said(host, "os-updates-pc") == ("unknown", "kind_unknown")


@pytest.mark.parametrize(
    ("release", "lists", "complete"),
    [
        # after an upgrade that left one line behind: security updates of another release
        ("ID=debian\nVERSION_CODENAME=bookworm\n", ("main", "bullseye"), False),
        ("ID=debian\nVERSION_CODENAME=bookworm\n", ("main", "bullseye", "security"), True),
        ("ID=ubuntu\nVERSION_CODENAME=noble\n", ("noble", "jammy-updates"), False),
        ("ID=ubuntu\nVERSION_CODENAME=noble\n", ("noble", "noble-updates"), True),
        ("ID=devuan\nID_LIKE=debian\nVERSION_CODENAME=excalibur\n", ("devuan",), False),
        ("ID=devuan\nID_LIKE=debian\nVERSION_CODENAME=excalibur\n", ("devuan", "devuan-security"), True),
        ("ID=debian\nPRETTY_NAME=sid\n", ("main", "security"), True),
    ],
)  # fmt: skip
def test_security_updates_are_those_of_this_release(tmp_path, release, lists, complete):
    write(tmp_path, "/etc/os-release", release)
    host = _apt(tmp_path, tuple(f"p{n} 1 1 {where}" for n, where in enumerate(lists)))
    expected = ("met", "current") if complete else ("unknown", "count_unknown")
    assert said(host, "os-updates-pc") == expected


@pytest.mark.parametrize("where", ["noble", "docker"])
def test_without_the_list_of_security_updates_nothing_is_claimed(tmp_path, where):
    host = ubuntu(tmp_path, f"a 1 1 {where}")
    assert said(host, "os-updates-pc") == ("unknown", "count_unknown")


def test_debian_without_its_security_archive_is_unknown(tmp_path):
    assert said(debian(tmp_path, "a 1 1 main"), "os-updates-pc") == ("unknown", "count_unknown")
    listed(tmp_path, "security")
    assert said(LocalHost(tmp_path), "os-updates-pc") == ("met", "current")


# --- dnf -------------------------------------------------------------------------------------------


def rocky(root: Path) -> Path:
    write(root, "/etc/os-release", 'ID="rocky"\nVERSION_ID="9.5"\n')
    write(root, "/var/cache/dnf/baseos.solv", "x")
    return root


@pytest.mark.parametrize(
    ("case", "started_days_ago", "expected"),
    [
        # What was installed last is older than the start: nothing waits for a restart.
        ("dnf-obsoletes-only", 1, ("met", "current")),
        ("dnf-current-kernel-old", 1, ("met", "current")),
        ("dnf-obsoletes-only", 5, ("unknown", "restart_unknown")),
        ("dnf-current-kernel-old", 5, ("unknown", "restart_unknown")),
        ("dnf-obsoletes-only", None, ("unknown", "restart_unknown")),
    ],
)
def test_without_the_plugin_the_start_and_the_last_install_tell_whether_a_restart_may_be_due(
    tmp_path, case, started_days_ago, expected
):
    host = recorded(tmp_path, case)
    installed_at = (AS_OF - timedelta(days=3)).timestamp()
    os.utime(host.root / "var/lib/rpm/rpmdb.sqlite", (installed_at, installed_at))
    if started_days_ago is not None:
        start = int((AS_OF - timedelta(days=started_days_ago)).timestamp())
        write(host.root, "/proc/stat", f"cpu 1 2 3\nbtime {start}\nprocesses 4\n")
    assert said(host, "os-updates-pc") == expected


def test_the_start_of_the_machine_around_a_container_tells_nothing(tmp_path):
    host = recorded(tmp_path, "dnf-obsoletes-only")
    start = int((AS_OF + timedelta(days=400)).timestamp())
    write(host.root, "/proc/stat", f"btime {start}\n")
    write(host.root, "/run/.containerenv", "")
    assert said(host, "os-updates-pc") == ("unknown", "restart_unknown")


def test_what_only_replaces_other_packages_is_no_update(tmp_path):
    host = recorded(tmp_path, "dnf-obsoletes-only", NO_RESTART)
    assert said(host, "os-updates-pc") == ("met", "current")
    found = fact(host, DeviceUpdates)
    assert (found.pending, found.pending_security) == (0, 0)


def test_a_long_name_stands_on_a_line_of_its_own(tmp_path):
    host = recorded(tmp_path, "dnf-wrapped")
    assert said(host, "os-updates-pc") == ("not_met", "security_waiting")
    found = fact(host, DeviceUpdates)
    assert (found.pending, found.pending_security) == (2, 1)
    [name] = found.pending_security_names
    assert name == "texlive-collection-fontsrecommended-doc-extra"


def test_where_nobody_looked_for_a_restart_nothing_is_met(tmp_path):
    host = recorded(tmp_path, "dnf-current-kernel-old")
    assert said(host, "os-updates-pc") == ("unknown", "restart_unknown")


KERNEL_WAITS = """
Security: kernel-core-5.14.0-503.15.1.el9_5.x86_64 is an installed security update
Security: kernel-core-5.14.0-503.11.1.el9_5.x86_64 is the currently running version
"""


@pytest.mark.parametrize(
    ("every", "restart", "expected"),
    [
        ("", NO_RESTART, ("met", "current")),
        ("", Output(1, "Reboot is required to fully utilize these updates.\n", ""), None),
        ("", Output(1, "", "No such command: needs-restarting."), ("unknown", "restart_unknown")),
        ("", Output(2, "", "Unknown argument"), ("unknown", "restart_unknown")),
        ("", Output(0, "", ""), ("unknown", "restart_unknown")),
        (KERNEL_WAITS, NO_RESTART, None),
    ],
)
def test_a_restart_that_is_due_with_dnf(tmp_path, every, restart, expected):
    host = dnf(rocky(tmp_path), "", restart=restart)
    if every:
        # The kernel's two lines are no update: the exit code stays 0.
        host.commands[EVERY] = host.commands[SECURITY] = Output(0, every, "")
    assert said(host, "os-updates-pc") == (expected or ("partly", "restart_due"))


@pytest.mark.parametrize(
    ("ready", "due"),
    [
        ("/boot/vmlinuz-5.14.0-503.15.1.el9_5.x86_64", True),
        ("/lib/modules/5.14.0-503.15.1.el9_5.x86_64/vmlinuz", True),
        ("/boot/vmlinuz-5.14.0-503.11.1.el9_5.x86_64", False),
        ("/boot/vmlinuz-5.15.0-3.60.5.1.el9uek.x86_64", False),
        ("/boot/vmlinuz-0-rescue-0123456789abcdef", False),
    ],
)
def test_a_newer_rpm_kernel_of_the_same_line_lies_ready(tmp_path, ready, due):
    write(tmp_path, "/proc/sys/kernel/osrelease", "5.14.0-503.11.1.el9_5.x86_64\n")
    write(tmp_path, ready, "")
    host = dnf(rocky(tmp_path), "", restart=NO_RESTART)
    assert said(host, "os-updates-pc") == (("partly", "restart_due") if due else ("met", "current"))


DNF_4 = """
bash.x86_64                      5.1.8-9.el9                   baseos
kernel-rt.x86_64                 5.14.0-503.15.1.rt14.el9_5.with.a.long.release
                                                               rt
Obsoleting Packages
mpich.x86_64                     3.4.2-2.el9                   appstream
    mpich2.x86_64                1.2.1-2.el9                   @appstream
Security: kernel-core-5.14.0-503.15.1.el9_5.x86_64 is an installed security update
Security: kernel-core-5.14.0-503.11.1.el9_5.x86_64 is the currently running version
"""
DNF_5 = """Updating and loading repositories:
Repositories loaded.
Upgrades
bash.x86_64 5.2.37-1.fc41 updates
vim-data.noarch 2:9.1.1202-1.fc41 updates

Obsoleting packages
mpich.x86_64 4.2.2-1.fc41 updates
    mpich2.x86_64 1.2.1-2.fc41 @System
"""


@pytest.mark.parametrize(
    ("text", "names", "kernel"),
    [
        (DNF_4, {"bash", "kernel-rt"}, True),
        (DNF_5, {"bash", "vim-data"}, False),
        ("Updating Subscription Management repositories.\n\nbash.x86_64 5-1 b\n", {"bash"}, False),
        ("Last metadata expiration check: 0:10:00 ago on Mon Nov 23 2026.\n", set(), False),
    ],
)
def test_sections_and_marks_of_dnf_4_and_5(text, names, kernel):
    waiting = parse_check_update(text)
    assert set(waiting.updates) == names
    assert waiting.newer_kernel is kernel


def test_an_answer_that_is_not_understood_is_not_an_empty_one(tmp_path):
    host = dnf(rocky(tmp_path), "{'some': 'other format'}", "")
    assert said(host, "os-updates-pc")[0] == "unknown"


@pytest.mark.parametrize(
    ("system", "repository", "expected"),
    [
        ("rocky", "baseos", ("partly", "others_waiting")),
        ("rocky", "google-chrome", ("unknown", "kind_unknown")),
        ("centos", "baseos", ("unknown", "kind_unknown")),
        ("fedora", "updates", ("partly", "others_waiting")),
        ("fedora", "copr:copr.fedorainfracloud.org:a:b", ("unknown", "kind_unknown")),
    ],
)
def test_a_repository_without_notices_tells_no_kind(tmp_path, system, repository, expected):
    host = dnf(rocky(tmp_path), f"a.x86_64 1-2 {repository}\n", restart=NO_RESTART)
    write(tmp_path, "/etc/os-release", f'ID="{system}"\nVERSION_ID="9"\n')
    write(tmp_path, "/var/cache/libdnf5/updates-1a2b/solv/updates.solv", "")
    assert said(host, "os-updates-pc") == expected


@pytest.mark.parametrize(
    ("system", "said_", "known"),
    [
        ('ID="amzn"\nVERSION_ID="2023"\n', None, False),  # its repositories stand still
        ('ID="amzn"\nVERSION_ID="2023"\n', "latest\n", True),
        ('ID="amzn"\nVERSION_ID="2"\n', None, True),
        ('ID="rhel"\nVERSION_ID="9.2"\n', "9.2\n", False),
        ('ID="rhel"\nVERSION_ID="9.2"\n', "9\n", True),
    ],
)
def test_repositories_held_at_one_release_list_no_later_update(tmp_path, system, said_, known):
    write(tmp_path, "/etc/os-release", system)
    write(tmp_path, "/var/lib/rpm/rpmdb.sqlite", "")
    for name in ("amazonlinux", "rhel-9-for-x86_64-baseos-rpms"):
        write(tmp_path, f"/var/cache/dnf/{name}.solv", "")
    if said_:
        write(tmp_path, "/etc/dnf/vars/releasever", said_)
    expected = ("met", "current") if known else ("unknown", "count_unknown")
    assert said(dnf(tmp_path, "", restart=NO_RESTART), "os-updates-pc") == expected


@pytest.mark.parametrize(
    ("system", "lists", "off", "known"),
    [
        ("rhel", ("dnf/epel",), "", False),  # not registered
        ("rhel", ("dnf/epel", "dnf/rhel-9-for-x86_64-baseos-rpms"), "", True),
        ("rhel", ("dnf/rhui-rhel-9-for-x86_64-baseos-rhui-rpms",), "", True),
        ("fedora", ("libdnf5/fedora-1/solv/fedora",), "", False),
        ("fedora", ("libdnf5/fedora-1/solv/fedora", "libdnf5/updates-2/solv/updates"), "", True),
        ("fedora", ("libdnf5/updates-2/solv/updates",), "/etc/yum.repos.d/fedora-updates.repo", False),
        ("fedora", ("libdnf5/updates-2/solv/updates",), "/etc/dnf/repos.override.d/99-x.repo", False),
        ("ol", ("dnf/ol9_baseos_latest",), "", True),
        ("miraclelinux", ("dnf/anything",), "", True),  # its repositories' names are not known
    ],
)  # fmt: skip
def test_a_third_partys_fresh_list_says_nothing_of_the_system(tmp_path, system, lists, off, known):
    write(tmp_path, "/etc/os-release", f'ID="{system}"\nVERSION_ID="9"\n')
    write(tmp_path, "/var/lib/rpm/rpmdb.sqlite", "")
    for one in lists:
        write(tmp_path, f"/var/cache/{one}.solv", "")
    write(tmp_path, "/etc/yum.repos.d/a.repo", "[updates]\nname=Updates\nenabled=1\n")
    if off:
        write(tmp_path, off, "[updates]\nenabled=0\n")
    expected = ("met", "current") if known else ("unknown", "count_unknown")
    assert said(dnf(tmp_path, "", restart=NO_RESTART), "os-updates-pc") == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("/etc/dnf/plugins/versionlock.list", "# none\n", ("met", "current")),
        ("/etc/dnf/plugins/versionlock.list", "kernel-0:5.14.0-503.*\n", None),
        ("/etc/dnf/versionlock.toml", 'version = "1.0"\npackages = []\n', ("met", "current")),
        ("/etc/dnf/versionlock.toml", 'version = "1.0"\n[[packages]]\nname = "bash"\n', None),
        ("/etc/dnf/dnf.conf", "[main]\nexcludepkgs=kernel*\n", None),
        ("/etc/dnf/dnf.conf", "[main]\n#exclude=kernel*\nexclude=\n", ("met", "current")),
        ("/etc/yum.repos.d/epel.repo", "[epel]\nexclude = nginx*\n", None),
    ],
)
def test_locked_packages_are_missing_from_the_list(tmp_path, path, text, expected):
    host = dnf(rocky(tmp_path), "", restart=NO_RESTART)
    write(tmp_path, path, text)
    assert said(host, "os-updates-pc") == (expected or ("unknown", "count_unknown"))
    host = dnf(tmp_path, "a.x86_64 1-2 baseos\n", "a.x86_64 1-2 baseos\n", NO_RESTART)
    assert said(host, "os-updates-pc") == ("not_met", "security_waiting")


@given(st.text(max_size=300))
def test_any_text_as_the_output_of_dnf(text):
    parse_check_update(text)


def test_a_database_that_cannot_be_read_is_not_an_empty_one(tmp_path):
    root = rocky(tmp_path)
    write(root, "/var/lib/rpm/rpmdb.sqlite", "x")
    query = "%{NAME}\\t%{EVR}\\t%{VENDOR}\\t%{SOURCERPM}\\n"
    rpm = ("rpm", "--root", str(root), "-qa", "--qf", query)
    host = dnf(root, "", restart=NO_RESTART)
    host.commands[rpm] = Output(1, "", "error: cannot open Packages database in /var/lib/rpm")
    assert finding(host, "supported-software").state == "unknown"
    assert finding(host, "browser-updates").state == "unknown"
    assert said(host, "os-updates-pc") == ("met", "current")
    host.commands[rpm] = Output(0, "firefox\t120.0-1.el9\tx\tfirefox-120.0-1.el9.src.rpm\n", "")
    assert said(host, "browser-updates") == ("not_met", "ended")


@pytest.mark.parametrize(
    ("release", "vendor", "own"),
    [
        (
            'ID="rocky"\nID_LIKE="rhel centos fedora"\n',
            "Rocky Enterprise Software Foundation",
            True,
        ),
        ('ID="almalinux"\nID_LIKE="rhel centos fedora"\n', "AlmaLinux", True),
        ('ID="ol"\nID_LIKE="fedora"\n', "Oracle America", True),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "Fedora Project", None),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "NodeSource", False),
        ('ID="ol"\nID_LIKE="fedora"\n', "Oracle and/or its affiliates", False),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "(none)", None),
        ("ID=nobara\nID_LIKE=fedora\nVERSION_ID=43\n", "Fedora Project", True),
        ('ID="miraclelinux"\nID_LIKE="rhel fedora"\n', "Cybertrust Japan Co., Ltd.", None),
    ],
)
def test_whose_rpm_packages_they_are(tmp_path, release, vendor, own):
    root = rocky(tmp_path)
    write(root, "/etc/os-release", release)
    write(root, "/var/lib/rpm/rpmdb.sqlite", "x")
    host = dnf(root, "")
    query = "%{NAME}\\t%{EVR}\\t%{VENDOR}\\t%{SOURCERPM}\\n"
    rpm = ("rpm", "--root", str(root), "-qa", "--qf", query)
    text = (
        f"nodejs\t1:16.20.2-8.el9\t{vendor}\tnodejs-16.20.2-8.el9.src.rpm\n"
        "gpg-pubkey\t350d275d-6279464b\t(none)\t(none)\n"
    )
    host.commands[rpm] = Output(0, text, "")
    [item] = fact(host, DeviceSoftware).items
    assert (item.name, item.from_system) == ("nodejs", own)
    assert (item.built_from, item.built_from_version) == ("nodejs", "16.20.2-8.el9")
    states = {True: "met", None: "unknown", False: "not_met"}
    assert finding(host, "supported-software").state == states[own]


def test_without_any_database_of_packages_nothing_is_fine(tmp_path):
    write(tmp_path, "/etc/os-release", "ID=arch\n")
    for control in ("supported-software", "browser-updates", "os-updates-pc"):
        assert finding(LocalHost(tmp_path), control).state == "unknown"
    write(tmp_path, "/snap/firefox/current/meta/snap.yaml", "name: firefox\nversion: 120.0-2\n")
    assert said(LocalHost(tmp_path), "browser-updates") == ("not_met", "ended")


# --- the running kernel ----------------------------------------------------------------------------


def running(root: Path, release: str, build: str = "#1 SMP") -> None:
    write(root, "/proc/sys/kernel/osrelease", release + "\n")
    write(root, "/proc/version", f"Linux version {release} (build@x) (gcc) {build}\n")


def test_the_running_kernel_is_behind_the_installed_one(tmp_path):
    root = computer(tmp_path, "kernel-old-running")
    running(root, "6.1.0-37-amd64")
    assert said(LocalHost(root), "os-updates-pc") == ("partly", "restart_due")
    running(root, "6.1.0-41-amd64")
    assert said(LocalHost(root), "os-updates-pc") == ("met", "current")
    assert fact(LocalHost(root), DeviceOs).kernel == "6.1.0-41-amd64"
    (root / "proc/sys/kernel/osrelease").unlink()
    assert fact(LocalHost(root), DeviceOs).kernel == "6.1.0-41-amd64"


@pytest.mark.parametrize(
    ("release", "build", "packages", "due"),
    [
        (
            "6.1.0-41-amd64",
            "#1 SMP Debian 6.1.158-1 (2025-11-09)",
            {"41-amd64": "6.1.158-1"},
            False,
        ),
        ("6.1.0-41-amd64", "#1 SMP Debian 6.1.158-1 (2025-11-09)", {"41-amd64": "6.1.159-1"}, True),
        ("6.1.0-41-amd64", "#1 SMP", {"37-amd64": "6.1.140-1"}, None),
        ("6.1.0-37-cloud-amd64", "", {"37-cloud-amd64": "1", "41-amd64": "2"}, False),
        ("6.1.0-37-cloud-amd64", "", {"37-cloud-amd64": "1", "41-cloud-amd64": "2"}, True),
        ("6.18.44-fc-v595", "", {"41-amd64": "1"}, None),
        ("5.15.167.4-microsoft-standard-WSL2", "", {}, False),
    ],
)
def test_which_kernel_the_next_start_takes(release, build, packages, due):
    have = {f"linux-image-6.1.0-{name}": version for name, version in packages.items()}
    have |= {"linux-image-amd64": "6.1.159-1", "linux-image-6.1.0-99-amd64-dbg": "9"}
    assert newer_kernel_waits(RunningKernel(release, build), deb_kernels(have)) is due


@pytest.mark.parametrize(
    ("release", "build", "package", "version", "due"),
    [
        (
            "6.8.0-50-generic",
            "#51~22.04.1-Ubuntu SMP",
            "linux-image-6.8.0-50-generic",
            "6.8.0-50.51~22.04.1",
            False,
        ),
        (
            "6.8.0-50-generic",
            "#50-Ubuntu SMP",
            "linux-image-6.8.0-50-generic",
            "6.8.0-50.51",
            True,
        ),
        (
            "6.8.12-4-pve",
            "#1 SMP PREEMPT_DYNAMIC PMX 6.8.12-4",
            "proxmox-kernel-6.8.12-9-pve-signed",
            "6.8.12-9",
            True,
        ),
        (
            "6.12.25+rpt-rpi-v8",
            "#1 SMP PREEMPT Debian 1:6.12.25-1+rpt1 (2025-04-30)",
            "linux-image-6.12.47+rpt-rpi-v8",
            "1:6.12.47-1+rpt1",
            True,
        ),
        (
            "5.15.23-76051523-generic",
            "#1 SMP",
            "linux-image-5.15.23-76051523-generic",
            "5.15.23-76051523.1",
            False,
        ),
    ],
)
def test_kernels_of_other_makers(release, build, package, version, due):
    installed = deb_kernels({package: version})
    assert newer_kernel_waits(RunningKernel(release, build), installed) is due


def test_an_older_kernel_beside_the_running_one_is_no_restart(tmp_path):
    """As the smallest installation of Ubuntu keeps one."""
    host = ubuntu(
        tmp_path, *(f"linux-image-6.8.0-{n}-generic 1 1 noble-security" for n in (31, 100))
    )
    running(tmp_path, "6.8.0-100-generic", "#100-Ubuntu SMP")
    write(tmp_path, "/var/lib/dpkg/status", "")
    for number in (31, 100):
        write(tmp_path, f"/boot/vmlinuz-6.8.0-{number}-generic", "")
    assert said(host, "os-updates-pc") == ("met", "current")
    write(tmp_path, "/boot/vmlinuz-6.8.0-101-generic", "")
    assert said(host, "os-updates-pc") == ("partly", "restart_due")


@pytest.mark.parametrize(
    "mark",
    ["/run/systemd/container", "/.dockerenv", "/run/.containerenv", "/run/WSL/1_interop"],
)
def test_a_container_has_no_kernel_of_its_own_to_start(tmp_path, mark):
    root = computer(tmp_path, "kernel-old-running")
    running(root, "6.8.12-4-pve")
    assert said(LocalHost(root), "os-updates-pc") == ("unknown", "restart_unknown")
    write(root, mark, "lxc\n")
    assert said(LocalHost(root), "os-updates-pc") == ("met", "current")


@pytest.mark.parametrize(
    ("modules", "due"), [("6.1.21-v8+", False), ("6.6.20-v8+", True), ("", False)]
)
def test_the_modules_of_a_small_computers_kernel_go_with_it(tmp_path, modules, due):
    """As Raspberry Pi OS had it: a kernel whose package and file bear no version."""
    host = ubuntu(tmp_path, "bash 1 1 noble-security")
    running(tmp_path, "6.1.21-v8+")
    if modules:
        write(tmp_path, f"/lib/modules/{modules}/modules.dep", "")
    assert (said(host, "os-updates-pc") == ("partly", "restart_due")) is due


def test_a_kernel_of_ones_own_leaves_the_restart_unknown(tmp_path):
    root = computer(tmp_path, "kernel-old-running")
    running(root, "6.18.44-fc-v595")
    assert said(LocalHost(root), "os-updates-pc") == ("unknown", "restart_unknown")


# --- derivatives -----------------------------------------------------------------------------------


def test_mint_takes_its_programs_from_ubuntu_and_updates_by_its_own_timer(tmp_path):
    host = LocalHost(computer(tmp_path, "mint-automation"))
    assert said(host, "auto-updates") == ("met", "on")
    assert said(host, "supported-software") == ("met", "follows_system")


MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22.1"\nUBUNTU_CODENAME=noble\n'
LMDE = (
    'NAME="LMDE"\nPRETTY_NAME="LMDE 6 (faye)"\nID=linuxmint\nID_LIKE=debian\nVERSION_ID="6"\n'
    "VERSION_CODENAME=faye\nDEBIAN_CODENAME=bookworm\n"
)
POP = 'ID=pop\nID_LIKE="ubuntu debian"\nVERSION_ID="22.04"\nUBUNTU_CODENAME=jammy\n'
ZORIN = 'ID=zorin\nID_LIKE="ubuntu debian"\nVERSION_ID="17"\nVERSION_CODENAME=jammy\n'
MINT_PINS = """Package: *
Pin: origin live.linuxmint.com
Pin-Priority: 750

Package: *
Pin: release o=linuxmint,c=upstream
Pin-Priority: 700

Package: *
Pin: release o=Ubuntu
Pin-Priority: 500
"""


@pytest.mark.parametrize(
    ("release", "where", "own"),
    [
        (MINT, "noble-updates", True),
        (MINT, "xia", True),
        (MINT, "docker", False),
        (LMDE, "main", True),
        (LMDE, "noble", False),
        (POP, "pop", True),
        (POP, "noble", True),
        (ZORIN, "noble", True),
        ("ID=ubuntu\nID_LIKE=debian\n", "ppa", False),
        ("ID=ubuntu\nID_LIKE=debian\n", "pop", False),
        ("ID=ubuntu\nID_LIKE=debian\n", "nameless", None),
        ('ID=feren\nID_LIKE="ubuntu debian"\n', "noble", True),
    ],
)
def test_whose_programs_they_are(tmp_path, release, where, own):
    write(tmp_path, "/etc/os-release", release)
    [item] = fact(_apt(tmp_path, (f"nodejs 1 1 {where}",)), DeviceSoftware).items
    assert item.from_system is own


def test_mints_firefox_is_not_behind_ubuntus_hull_of_it(tmp_path):
    write(tmp_path, "/etc/os-release", MINT)
    write(tmp_path, "/etc/apt/preferences.d/official-package-repositories.pref", MINT_PINS)
    version = "140.0+linuxmint1+xia"
    host = _apt(
        tmp_path,
        (f"firefox {version} 1:1snap1-0ubuntu5 noble", f"bash {version} {version} noble-security"),
    )
    listed(tmp_path, "xia", f"Package: firefox\nVersion: {version}\n", component="upstream")
    assert said(host, "os-updates-pc") == ("met", "current")
    assert said(host, "browser-updates") == ("met", "follows_system")


@pytest.mark.parametrize(
    ("release", "product", "version", "state"),
    [
        (MINT, "linuxmint", "22.1", "met"),
        (LMDE, "linuxmint", "lmde6", "not_met"),
        (POP, "pop-os", "22.04", "met"),
        (ZORIN, "ubuntu", "22.04", "met"),
        (ZORIN.replace("jammy", "bionic"), "ubuntu", "18.04", "partly"),
        ('ID=zorin\nID_LIKE=ubuntu\nVERSION_ID="15"\n', "zorin", "15", "unknown"),
        ('NAME="CentOS Stream"\nID="centos"\nVERSION_ID="9"\n', "centos-stream", "9", "met"),
        ('NAME="CentOS Stream"\nID="centos"\nVERSION_ID="8"\n', "centos-stream", "8", "not_met"),
        ('NAME="CentOS Linux"\nID="centos"\nVERSION_ID="7"\n', "centos", "7", "not_met"),
        ('ID="ol"\nID_LIKE="fedora"\nVERSION_ID="9.5"\n', "oracle-linux", "9", "met"),
        (
            'ID="miraclelinux"\nID_LIKE="rhel fedora"\nVERSION_ID="9.4"\n',
            "miraclelinux",
            "9.4",
            "unknown",
        ),
        ('ID=nobara\nID_LIKE="fedora"\nVERSION_ID=42\n', "fedora", "42", "not_met"),
        ('ID=kali\nID_LIKE=debian\nVERSION_ID="2026.3"\n', "kali", "2026.3", "unknown"),
    ],
)
def test_the_life_of_a_derivative(tmp_path, release, product, version, state):
    write(tmp_path, "/etc/os-release", release)
    host = LocalHost(tmp_path)
    found = fact(host, DeviceOs)
    assert (found.product, found.version) == (product, version)
    assert finding(host, "supported-os").state == state


# --- automatic updates -----------------------------------------------------------------------------

LISTS_ON = 'APT::Periodic::Update-Package-Lists "1";\n'
UPGRADE_ON = 'APT::Periodic::Unattended-Upgrade "1";\n'
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
UBUNTU_ORIGINS = """
Unattended-Upgrade::Allowed-Origins {
    "${distro_id}:${distro_codename}";
    "${distro_id}:${distro_codename}-security"; // see http://example.com
//  "${distro_id}:${distro_codename}-updates";
};
"""
DEBIAN_ORIGINS = """
Unattended-Upgrade::Origins-Pattern {
    "origin=Debian,codename=${distro_codename},label=Debian";
    "origin=Debian,codename=${distro_codename}-security,label=Debian-Security";
};
"""


def periodic(
    root: Path, text: str = LISTS_ON + UPGRADE_ON, timers: tuple[str, ...] = TIMERS
) -> None:
    write(root, "/usr/bin/unattended-upgrade", "")
    write(root, "/etc/apt/apt.conf.d/20auto-upgrades", text)
    for timer in timers:
        write(root, f"/etc/systemd/system/timers.target.wants/{timer}", "")


def test_a_masked_fetching_timer_lets_no_update_arrive(tmp_path):
    root = computer(tmp_path, "uu-apt-daily-masked")
    assert said(LocalHost(root), "auto-updates") == ("not_met", "off")
    timer = root / "etc/systemd/system/apt-daily.timer"
    timer.unlink()
    timer.symlink_to("/dev/null")
    assert said(LocalHost(root), "auto-updates") == ("not_met", "off")
    timer.unlink()
    write(root, "/etc/systemd/system/timers.target.wants/apt-daily.timer", "")
    assert said(LocalHost(root), "auto-updates") == ("met", "on")


def test_lists_that_are_never_fetched_let_no_update_arrive(tmp_path):
    host = LocalHost(computer(tmp_path, "uu-lists-off"))
    assert said(host, "auto-updates") == ("not_met", "off")


@pytest.mark.parametrize(
    ("text", "timers", "state"),
    [
        (LISTS_ON + UPGRADE_ON, TIMERS, "met"),
        (UPGRADE_ON, TIMERS, "not_met"),
        (LISTS_ON + UPGRADE_ON, TIMERS[1:], "not_met"),
        (LISTS_ON + UPGRADE_ON, TIMERS[:1], "not_met"),
        (LISTS_ON, TIMERS, "not_met"),
        ('apt { periodic { update-package-lists "1"; unattended-upgrade "1"; }; };', TIMERS, "met"),
        (LISTS_ON + UPGRADE_ON + 'APT::Periodic::Enable "0";', TIMERS, "not_met"),
        (LISTS_ON + UPGRADE_ON + "#clear APT::Periodic::Update-Package-Lists;", TIMERS, "not_met"),
        (LISTS_ON + "/* " + UPGRADE_ON + " */", TIMERS, "not_met"),
    ],
)
def test_fetching_and_installing_must_both_run(tmp_path, text, timers, state):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(tmp_path, text, timers)
    assert finding(host, "auto-updates").state == state


@pytest.mark.parametrize(
    ("days", "expected"),
    [("7", ("met", "on")), ("always", ("met", "on")), ("30", ("partly", "deferred")), ("60d", ("partly", "deferred")), ("12h", ("met", "on"))],
)  # fmt: skip
@pytest.mark.parametrize("text", [LISTS_ON, UPGRADE_ON])
def test_updates_once_in_a_while_are_too_late(tmp_path, text, days, expected):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(tmp_path, LISTS_ON + UPGRADE_ON + text.replace("1", days))
    assert said(host, "auto-updates") == expected


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("monthly", "partly"),
        ("*-*-01 04:00", "partly"),
        ("*-*~1", "partly"),
        ("2027-01-05 03:00", "partly"),
        ("yearly", "partly"),
        ("weekly", "met"),
        ("Sun *-*-* 04:00", "met"),
        ("*-*-01,15", "met"),
        ("*-*-* 6,18:00", "met"),
        ("yearly\nOnCalendar=daily", "met"),
        ("something else", "met"),
    ],
)
@pytest.mark.parametrize("timer", TIMERS)
def test_a_timer_set_to_once_in_a_while_is_too_late(tmp_path, timer, moment, state):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(tmp_path)
    write(tmp_path, f"/usr/lib/systemd/system/{timer}", "[Timer]\nOnCalendar=*-*-* 6,18:00\n")
    drop_in = f"[Timer]\nOnCalendar=\nOnCalendar={moment}\n"
    write(tmp_path, f"/etc/systemd/system/{timer}.d/mine.conf", drop_in)
    assert finding(host, "auto-updates").state == state


@pytest.mark.parametrize(("systemd", "command"), [(True, "systemctl list-timers"), (False, "")])
def test_no_command_of_systemd_is_named_where_it_is_not_installed(tmp_path, systemd, command):
    write(tmp_path, "/etc/os-release", "ID=alpine\n")
    if systemd:
        write(tmp_path, "/usr/lib/systemd/systemd", "")
    assert finding(LocalHost(tmp_path), "auto-updates").not_seen.see_with == command


@pytest.mark.parametrize(
    ("named", "state"), [('"nginx"; "openssl"', "unknown"), ('".*"', "met"), ("", "met")]
)
def test_where_only_named_packages_are_installed_it_is_unknown(tmp_path, named, state):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(
        tmp_path, LISTS_ON + UPGRADE_ON + f"Unattended-Upgrade::Package-Whitelist {{ {named}; }};"
    )
    assert finding(host, "auto-updates").state == state


@pytest.mark.parametrize(
    ("lists", "origins", "state"),
    [
        # 20.04 after its regular end: only Ubuntu Pro's archive still brings something
        (("focal-security", "esm"), '"Ubuntu:focal-security";', "not_met"),
        (("focal-security", "esm"), '"Ubuntu:focal-security"; "${distro_id}ESM:${distro_codename}-infra-security";', "met"),
        (("focal-security",), '"Ubuntu:focal-security";', "met"),
    ],
)  # fmt: skip
def test_after_its_regular_end_ubuntus_longer_support_must_be_installed_from(
    tmp_path, lists, origins, state
):
    write(tmp_path, "/etc/os-release", 'ID=ubuntu\nVERSION_ID="20.04"\nVERSION_CODENAME=focal\n')
    write(tmp_path, "/var/lib/dpkg/status", "")
    periodic(tmp_path)
    text = f"Unattended-Upgrade::Allowed-Origins {{ {origins} }};"
    write(tmp_path, "/etc/apt/apt.conf.d/50unattended-upgrades", text)
    for where in lists:
        listed(tmp_path, where)
    assert finding(LocalHost(tmp_path), "auto-updates").state == state


@pytest.mark.parametrize("unit", ["apt-daily.service", "apt-daily-upgrade.service", *TIMERS])
@pytest.mark.parametrize("folder", ["etc", "run"])
def test_a_mask_anywhere_on_the_way_cuts_it_off(tmp_path, unit, folder):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(tmp_path)
    for name in (*TIMERS, "apt-daily.service", "apt-daily-upgrade.service"):
        write(tmp_path, f"/usr/lib/systemd/system/{name}", "[Timer]\n[Service]\n")
    assert finding(host, "auto-updates").state == "met"
    path = tmp_path / folder / "systemd/system" / unit
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/dev/null")
    assert finding(host, "auto-updates").state == "not_met"


@pytest.mark.parametrize(
    ("release", "lists", "origins", "state"),
    [
        ("ubuntu", ("noble", "noble-security"), UBUNTU_ORIGINS, "met"),
        ("debian", ("main", "security"), DEBIAN_ORIGINS, "met"),
        # The suite is oldstable-security: what is written so finds nothing on Debian.
        ("debian", ("main", "security"), UBUNTU_ORIGINS, "not_met"),
        ("mint", ("xia", "noble-security"), UBUNTU_ORIGINS, "not_met"),
        ("mint", ("xia", "noble-security"), 'Unattended-Upgrade::Allowed-Origins { "Ubuntu:noble-security"; };', "met"),
        ("ubuntu", ("noble", "noble-security"), "Unattended-Upgrade::Allowed-Origins { };", "not_met"),
        ("ubuntu", ("docker", "noble-security"), 'Unattended-Upgrade::Allowed-Origins { "Docker:noble"; };', "not_met"),
        ("ubuntu", ("noble-security",), 'Unattended-Upgrade::Origins-Pattern:: "site=other.example";', "not_met"),
        ("ubuntu", ("noble-security",), 'Unattended-Upgrade::Origins-Pattern:: "site=noble-security.example,c=main";', "met"),
        ("ubuntu", ("noble-security",), 'Unattended-Upgrade::Origins-Pattern:: "origin=*";', "met"),
        ("ubuntu", ("noble-security",), UBUNTU_ORIGINS + "#clear Unattended-Upgrade::Allowed-Origins;", "not_met"),
        ("ubuntu", (), UBUNTU_ORIGINS, "met"),
    ],
)  # fmt: skip
def test_the_origins_must_reach_the_security_updates(tmp_path, release, lists, origins, state):
    releases = {
        "ubuntu": "ID=ubuntu\nVERSION_CODENAME=noble\n",
        "debian": "ID=debian\nVERSION_CODENAME=bookworm\n",
        "mint": MINT + "VERSION_CODENAME=xia\n",
    }
    write(tmp_path, "/etc/os-release", releases[release])
    write(tmp_path, "/var/lib/dpkg/status", "")
    periodic(tmp_path)
    write(tmp_path, "/etc/apt/apt.conf.d/50unattended-upgrades", origins)
    for where in lists:
        listed(tmp_path, where)
    assert finding(LocalHost(tmp_path), "auto-updates").state == state


@pytest.mark.parametrize(
    ("drop_in", "state"),
    [
        ("[Timer]\nOnCalendar=\n", "not_met"),
        ("[Timer]\nOnCalendar=\nOnCalendar=Mon *-*-* 04:00\n", "met"),
        ("[Timer]\nRandomizedDelaySec=1h\n", "met"),
    ],
)
def test_a_timer_that_has_no_moment_left_never_fires(tmp_path, drop_in, state):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(tmp_path)
    write(tmp_path, "/usr/lib/systemd/system/apt-daily.timer", "[Timer]\nOnCalendar=*-*-* 6:00\n")
    write(tmp_path, "/etc/systemd/system/apt-daily.timer.d/override.conf", drop_in)
    assert finding(host, "auto-updates").state == state


@pytest.mark.parametrize(("left_out", "state"), [(".*", "not_met"), ("linux-", "met")])
def test_where_every_package_is_left_out_nothing_is_installed(tmp_path, left_out, state):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(tmp_path)
    text = f'Unattended-Upgrade::Package-Blacklist {{ "{left_out}"; }};'
    write(tmp_path, "/etc/apt/apt.conf.d/51mine", text)
    assert finding(host, "auto-updates").state == state


@pytest.mark.parametrize("gone", ["flag", "timer"])
def test_mints_timer_does_nothing_without_its_mark(tmp_path, gone):
    root = computer(tmp_path, "mint-automation")
    path = {
        "flag": "var/lib/linuxmint/mintupdate-automatic-upgrades-enabled",
        "timer": "etc/systemd/system/timers.target.wants/mintupdate-automation-upgrade.timer",
    }[gone]
    (root / path).unlink()
    assert said(LocalHost(root), "auto-updates") == ("not_met", "off")


WANTED = "/etc/systemd/system/timers.target.wants"


@pytest.mark.parametrize(
    ("timer", "command"),
    [
        ("nightly", "/usr/bin/apt-get -y dist-upgrade"),
        ("nightly", "/usr/local/sbin/nightly.sh"),
        ("rpm-ostreed-automatic", "/usr/bin/rpm-ostree upgrade --trigger-automatic-update-policy"),
        ("uupd", "/usr/bin/uupd"),
        ("care", "/usr/bin/transactional-update cleanup dup"),
        ("care", "/usr/bin/zypper --non-interactive patch"),
        ("care", "/usr/bin/pacman --noconfirm -Syu"),
    ],
)
def test_a_timer_of_any_name_that_may_install_updates_is_unknown(tmp_path, timer, command):
    write(tmp_path, "/etc/os-release", "ID=fedora\nVERSION_ID=43\n")
    write(tmp_path, "/usr/lib/sysimage/rpm/rpmdb.sqlite", "x")
    write(tmp_path, "/usr/local/sbin/nightly.sh", "#!/bin/sh\ndnf -y upgrade\n")
    units = "/usr/lib/systemd/system"
    write(tmp_path, f"{units}/{timer}.service", f"[Service]\nExecStart={command}\n")
    write(tmp_path, f"{units}/{timer}.timer", "[Timer]\nOnCalendar=daily\n")
    # A unit that nothing switches on starts nothing.
    assert said(LocalHost(tmp_path), "auto-updates") == ("not_met", "off")
    write(tmp_path, f"{WANTED}/{timer}.timer", "[Timer]\nOnCalendar=daily\n")
    assert finding(LocalHost(tmp_path), "auto-updates").state == "unknown"


def test_a_timer_that_only_speaks_of_updates_installs_none(tmp_path):
    write(tmp_path, "/etc/os-release", "ID=fedora\nVERSION_ID=43\n")
    write(tmp_path, "/usr/lib/sysimage/rpm/rpmdb.sqlite", "x")
    unit = "[Unit]\nDescription=Mail after apt upgrade\n[Service]\nExecStart=/usr/bin/true\n"
    write(tmp_path, "/etc/systemd/system/mail.service", unit)
    write(tmp_path, f"{WANTED}/mail.timer", "[Timer]\nOnCalendar=daily\n")
    assert said(LocalHost(tmp_path), "auto-updates") == ("not_met", "off")


@pytest.mark.parametrize("base", ["/usr/lib/sysimage/rpm/rpmdb.sqlite", "/var/lib/pacman/local/x"])
def test_dpkg_as_a_tool_beside_another_package_manager_keeps_nothing(tmp_path, base):
    write(tmp_path, "/etc/os-release", "ID=other\n")
    write(tmp_path, "/var/lib/dpkg/status", "")
    write(tmp_path, base, "x")
    host = RecordedHost(tmp_path, {})
    for control in ("os-updates-pc", "supported-software", "browser-updates"):
        assert finding(host, control).state == "unknown", control
    write(tmp_path, "/etc/dnf/automatic.conf", "[commands]\napply_updates = yes\n")
    write(tmp_path, f"{WANTED}/dnf-automatic.timer", "[Timer]\nOnCalendar=daily\n")
    if "rpm" in base:
        assert said(host, "auto-updates") == ("met", "on")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/usr/bin/gnome-software", ""),
        ("/usr/bin/plasma-discover", ""),
        ("/usr/bin/landscape-client", ""),
        ("/etc/cron.d/mine", "0 3 * * * root apt-get update && apt-get -y dist-upgrade\n"),
        ("/etc/cron.weekly/up", "#!/bin/sh\nunattended-upgrade -v\n"),
        ("/etc/cron.daily/packagekit-background.cron", "#!/bin/bash\npkcon -ny update\n"),
        ("/etc/systemd/system/timers.target.wants/packagekit-background.timer", ""),
        ("/etc/systemd/system/timers.target.wants/apt-upgrade.timer", ""),
        ("/etc/systemd/system/timers.target.wants/upm-auto-upgrade.timer", ""),
    ],
)
def test_another_updater_whose_settings_are_not_read_is_unknown(tmp_path, path, text):
    host = debian(tmp_path, "a 1 1 main")
    assert said(host, "auto-updates") == ("not_met", "off")
    write(tmp_path, path, text)
    assert finding(host, "auto-updates").state == "unknown"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/etc/cron.d/mine", "# 0 3 * * * root apt-get -y upgrade\n"),
        ("/etc/cron.daily/clean", "apt-get autoclean\n"),
        ("/usr/libexec/packagekitd", ""),
        ("/etc/systemd/system/timers.target.wants/plocate-updatedb.timer", ""),
        ("/etc/systemd/system/timers.target.wants/update-notifier-motd.timer", ""),
        ("/etc/systemd/system/timers.target.wants/certbot.timer", ""),
    ],
)
def test_what_updates_something_else_is_no_updater(tmp_path, path, text):
    host = debian(tmp_path, "a 1 1 main")
    write(tmp_path, path, text)
    assert said(host, "auto-updates") == ("not_met", "off")


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("dist-upgrade -d -y -o APT::Get::Show-Upgraded=true\n", "not_met"),  # as it is shipped
        ("dist-upgrade -y\n", "unknown"),
        ("upgrade --download-only -y\n", "not_met"),
        ("# dist-upgrade -d -y\n", "unknown"),
    ],
)
def test_cron_apt_as_it_is_shipped_only_fetches(tmp_path, action, state):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    write(
        tmp_path,
        "/etc/cron.d/cron-apt",
        "0 4 * * * root test -x /usr/sbin/cron-apt && /usr/sbin/cron-apt\n",
    )
    write(tmp_path, "/etc/cron-apt/action.d/3-download", "autoclean -y\n" + action)
    assert finding(host, "auto-updates").state == state


def test_what_was_switched_off_by_hand_is_off_whatever_the_desktop_shows(tmp_path):
    host = ubuntu(tmp_path, "a 1 1 noble-security")
    periodic(tmp_path, LISTS_ON + 'APT::Periodic::Unattended-Upgrade "0";')
    write(tmp_path, "/usr/bin/gnome-software", "")
    assert said(host, "auto-updates") == ("not_met", "off")


def test_where_cron_stands_in_for_the_timers(tmp_path):
    host = debian(tmp_path, "a 1 1 main")
    periodic(tmp_path, timers=())
    assert finding(host, "auto-updates").state == "not_met"
    write(tmp_path, "/etc/cron.daily/apt-compat", "exec /usr/lib/apt/apt.systemd.daily\n")
    assert finding(host, "auto-updates").state == "met"


APPLY = "[commands]\nupgrade_type = security\napply_updates = Yes\n"


@pytest.mark.parametrize(
    ("timer", "path", "text", "state"),
    [
        ("dnf-automatic.timer", "/etc/dnf/automatic.conf", APPLY, "met"),
        ("dnf-automatic.timer", "/etc/dnf/automatic.conf", "[commands]\n", "not_met"),
        ("dnf-automatic.timer", "/etc/dnf/automatic.conf", "[email]\napply_updates = yes\n", "not_met"),
        ("dnf-automatic-install.timer", "/etc/dnf/automatic.conf", "[commands]\napply_updates = no\n", "met"),
        ("dnf-automatic-download.timer", "/etc/dnf/automatic.conf", APPLY, "not_met"),
        ("dnf5-automatic.timer", "/etc/dnf/automatic.conf", APPLY, "met"),
        ("dnf5-automatic.timer", "/usr/share/dnf5/dnf5-plugins/automatic.conf", APPLY, "met"),
        ("dnf5-automatic.timer", "/etc/dnf/automatic.conf", "", "not_met"),
        ("rpm-ostreed-update.timer", "/etc/x", "", "unknown"),
    ],
)  # fmt: skip
def test_dnf_automatic_of_both_versions(tmp_path, timer, path, text, state):
    write(tmp_path, "/var/lib/rpm/rpmdb.sqlite", "")
    write(tmp_path, f"/etc/systemd/system/timers.target.wants/{timer}", "")
    write(tmp_path, path, text)
    assert finding(LocalHost(tmp_path), "auto-updates").state == state


@pytest.mark.parametrize(("system", "state"), [("rocky", "met"), ("centos", "not_met")])
def test_of_what_no_notice_tells_nothing_is_ever_installed(tmp_path, system, state):
    write(tmp_path, "/etc/os-release", f'ID="{system}"\n')
    write(tmp_path, "/var/lib/rpm/rpmdb.sqlite", "")
    write(tmp_path, "/etc/systemd/system/timers.target.wants/dnf-automatic.timer", "")
    write(tmp_path, "/etc/dnf/automatic.conf", APPLY + "upgrade_type = security\n")
    assert finding(LocalHost(tmp_path), "auto-updates").state == state


def test_a_masked_dnf_timer_and_yum_cron(tmp_path):
    write(tmp_path, "/var/lib/rpm/Packages", "")
    wants = "/etc/systemd/system/timers.target.wants"
    write(tmp_path, f"{wants}/dnf-automatic-install.timer", "")
    write(tmp_path, "/etc/systemd/system/dnf-automatic-install.timer", "")
    assert finding(LocalHost(tmp_path), "auto-updates").state == "not_met"
    write(tmp_path, "/etc/systemd/system/multi-user.target.wants/yum-cron.service", "")
    write(tmp_path, "/etc/yum/yum-cron.conf", "[commands]\napply_updates = yes\n")
    assert finding(LocalHost(tmp_path), "auto-updates").state == "met"


def test_a_system_of_neither_kind_has_updaters_that_are_not_known_here(tmp_path):
    write(tmp_path, "/etc/os-release", "ID=arch\n")
    assert finding(LocalHost(tmp_path), "auto-updates").state == "unknown"


@given(st.text(max_size=300))
def test_any_text_as_a_setting_of_apt(text):
    AptConf().add(text)
    parse_pins(text)


# --- browsers --------------------------------------------------------------------------------------


def test_a_browser_newer_than_the_data_is_unknown(tmp_path):
    host = LocalHost(computer(tmp_path, "firefox-old-data"))
    assert said(host, "browser-updates") == ("unknown", "not_known")


def test_the_hull_of_a_snap_is_no_browser(tmp_path):
    root = computer(tmp_path, "ubuntu-firefox-transitional")
    assert said(LocalHost(root), "browser-updates") == ("met", "supported")


@pytest.mark.parametrize(
    ("package", "version", "about", "browsers"),
    [
        ("firefox", "1:1snap1-0ubuntu5", "", 0),
        ("firefox", "1:1snap1-0ubuntu7", "Installs Firefox snap and provides some system integration", 0),
        ("chromium-browser", "1:85.0.4183.83-0ubuntu2.22.04.1", "", 0),
        ("chromium-browser", "85.0.4183.83-0ubuntu0.20.04.3", "", 0),
        ("chromium-browser", "2:1snap1-0ubuntu2", "", 0),
        ("chromium-browser", "85.0.4183.83-0ubuntu0.18.04.2", "", 1),
        ("firefox-esr", "140.4.0esr-1~deb12u1", "Mozilla Firefox web browser", 1),
        ("chromium-browser", "9-1", "transitional dummy package", 0),
        ("firefox", "140.0+linuxmint1+xia", "The Firefox web browser", 1),
    ],
)  # fmt: skip
def test_which_packages_hold_a_browser(tmp_path, package, version, about, browsers):
    text = f"Package: {package}\nStatus: install ok installed\nVersion: {version}\n"
    write(tmp_path, "/var/lib/dpkg/status", f"{text}Description: {about}\n")
    assert len(fact(LocalHost(tmp_path), DeviceBrowsers).browsers) == browsers


@pytest.mark.parametrize("package", ["google-chrome-beta", "librewolf", "brave-browser"])
def test_a_browser_without_known_ends_is_unknown(tmp_path, package):
    write(
        tmp_path,
        "/var/lib/dpkg/status",
        f"Package: {package}\nStatus: install ok installed\nVersion: 150.0-1\n",
    )
    assert said(LocalHost(tmp_path), "browser-updates") == ("unknown", "not_known")


def test_a_persons_own_flatpak_is_seen(tmp_path):
    write(tmp_path, "/var/lib/dpkg/status", "")
    app = "/home/u/.local/share/flatpak/app/org.mozilla.firefox/current/active"
    info = '<component><releases><release version="120.0"/></releases></component>'
    write(tmp_path, f"{app}/metadata", "[Application]\n")
    write(tmp_path, f"{app}/files/share/metainfo/org.mozilla.firefox.metainfo.xml", info)
    assert said(LocalHost(tmp_path), "browser-updates") == ("not_met", "ended")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("153.0.2-1", ("not_met", "behind")),  # 154 is out
        ("153.0esr-1", ("not_met", "behind")),
        ("153.1.0esr-1", ("met", "supported")),
        ("115.38.0esr-1", ("met", "supported")),
        ("115.20.0esr-1", ("not_met", "behind")),
        ("140.0.4-1", ("not_met", "ended")),
    ],
)
def test_a_firefox_that_became_the_base_of_another_is_not_it(tmp_path, version, expected):
    host = ubuntu(tmp_path, "bash 1 1 noble-security")
    write(tmp_path, "/snap/firefox/current/meta/snap.yaml", f"name: firefox\nversion: {version}\n")
    assert said(host, "browser-updates") == expected


INI = "[App]\nVendor=Mozilla\nName={}\nVersion={}\n"


@pytest.mark.parametrize(
    ("path", "name", "version", "expected"),
    [
        ("/opt/firefox", "Firefox", "100.0", ("not_met", "ended")),
        ("/home/hana/firefox", "Firefox", "100.0", ("not_met", "ended")),
        ("/home/hana/.local/opt/waterfox", "Waterfox", "6.0", ("unknown", "not_known")),
        ("/opt/thunderbird", "", "", ("not_applicable", "none")),
    ],
)
def test_a_browser_that_was_unpacked_by_hand_is_one(tmp_path, path, name, version, expected):
    host = ubuntu(tmp_path, "bash 1 1 noble-security")
    write(tmp_path, f"{path}/application.ini", INI.format(name, version))
    write(tmp_path, f"{path}/browser/omni.ja", "")
    assert said(host, "browser-updates") == expected


def test_snaps_are_mounted_elsewhere_on_other_systems(tmp_path):
    host = ubuntu(tmp_path, "bash 1 1 noble-security")
    write(
        tmp_path,
        "/var/lib/snapd/snap/firefox/current/meta/snap.yaml",
        "name: firefox\nversion: 100.0-1\n",
    )
    assert said(host, "browser-updates") == ("not_met", "ended")


def test_a_hull_does_not_hide_an_old_browser_beside_it(tmp_path):
    root = computer(tmp_path, "ubuntu-firefox-transitional")
    write(root, "/snap/firefox/current/meta/snap.yaml", "name: firefox\nversion: 120.0-2\n")
    assert said(LocalHost(root), "browser-updates") == ("not_met", "ended")


@pytest.mark.parametrize(
    ("id_", "version", "state"),
    [
        ("firefox", "154.0", "unknown"),
        ("firefox", "155.0", "unknown"),
        ("firefox", "153.4.0", "met"),
        ("firefox", "152.0.6", "not_met"),
        ("chrome", "151.0.1.2", "not_met"),
        ("chrome", "154.0.1.2", "unknown"),
        ("edge", "150.0", "unknown"),
    ],
)
def test_data_older_than_a_release_lives_says_nothing_of_it(id_, version, state):
    found = DeviceBrowsers((Browser(id_, id_, version, from_system=False),))
    assert judged("browser-updates", measured(found)).state == state
