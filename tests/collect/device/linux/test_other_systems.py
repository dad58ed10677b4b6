"""Systems that are neither Debian's nor Fedora's, or carry something beside it: named, not guessed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import judged, measured
from tests.support.hosts import RecordedHost, fact, seen, write
from tests.support.protection import looked
from tojimari.collect.device.linux import antimalware
from tojimari.collect.device.linux.os_release import ubuntu_pro
from tojimari.collect.host import LocalHost, Output
from tojimari.collect.offered import that_works
from tojimari.model.facts import DeviceAutoUpdates, DeviceOs, DeviceTimeSync, DeviceUpdates

PRO = "/var/lib/ubuntu-advantage/status.json"


@pytest.mark.parametrize(
    ("path", "name", "command"),
    [
        ("/usr/bin/zypper", "zypper", "zypper list-patches"),
        ("/usr/bin/pacman", "pacman", "pacman -Qu"),
        ("/sbin/apk", "apk", "apk version -l '<'"),
        ("/usr/bin/xbps-install", "xbps", "xbps-install -Mun"),
        ("/usr/bin/emerge", "portage", "emerge -puD @world"),
        ("/usr/bin/yum", "yum", "yum check-update --security"),
        ("/run/ostree-booted", "rpm-ostree", "rpm-ostree upgrade --check"),
        ("/etc/NIXOS", "NixOS", ""),
    ],
)
def test_another_package_manager_is_named_and_not_called_missing(tmp_path, path, name, command):
    write(tmp_path, path, "")
    why = seen(RecordedHost(tmp_path, {}), DeviceUpdates).not_seen
    assert (why.reason, why.see_with) == ("not_looked", command)
    assert name in why.detail


def test_an_image_is_not_judged_by_the_package_manager_that_lies_in_it(tmp_path):
    write(tmp_path, "/run/ostree-booted", "")
    nothing = Output(0, "", "")
    ask = ("dnf", "-q", "-C", "check-update")
    host = RecordedHost(tmp_path, {ask: nothing, (*ask, "--security"): nothing})
    assert seen(host, DeviceUpdates).not_seen.see_with.startswith("rpm-ostree")


def machine_with(tmp_path, *programs):
    for program in ("sh", *programs):
        write(tmp_path, f"/bin/{program}", "")
    return LocalHost(tmp_path)


@pytest.mark.parametrize(
    ("programs", "command", "offered"),
    [
        (("sudo", "ss"), "sudo ss -lntup", "sudo ss -lntup"),
        (("doas", "ss"), "sudo ss -lntup", "doas ss -lntup"),  # Alpine
        (("su", "ss"), "sudo ss -lntup", "su -c 'ss -lntup'"),  # Debian with a root password
        (("sudo",), "sudo ss -lntup", ""),  # a busybox without it
        (("crontab",), "systemctl list-timers", ""),  # OpenRC, runit, sysvinit
        (("systemctl",), "systemctl list-timers", "systemctl list-timers"),
        (("su", "apt"), "sudo apt update && apt list", "su -c 'apt update && apt list'"),
        (("sudo", "apt"), "sudo apt update && apt list", "sudo apt update && apt list"),
        (("su", "awk"), "sudo awk '$2' /etc/shadow", "su -c 'awk '\\''$2'\\'' /etc/shadow'"),
        ((), "", ""),
        ((), "place:macos-sharing", "place:macos-sharing"),
    ],
)
def test_a_command_is_offered_only_where_it_works(tmp_path, programs, command, offered):
    assert that_works(machine_with(tmp_path, *programs), command) == offered


def test_a_machine_without_systemd_is_told_of_no_timers(tmp_path):
    write(tmp_path, "/etc/periodic/daily/up", "#!/bin/sh\napk -U upgrade\n")
    host = machine_with(tmp_path)
    assert seen(host, DeviceAutoUpdates).not_seen.see_with == ""


SNAPS = {
    "/usr/bin/unattended-upgrade": "",
    "/etc/apt/apt.conf.d/20auto-upgrades": (
        'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n'
    ),
    "/var/lib/dpkg/status": "Package: a\n",
    "/lib/systemd/system/apt-daily.timer": "[Timer]\nOnCalendar=daily\n",
    "/lib/systemd/system/apt-daily-upgrade.timer": "[Timer]\nOnCalendar=daily\n",
    "/lib/systemd/system/apt-daily.service": "[Service]\n",
    "/lib/systemd/system/apt-daily-upgrade.service": "[Service]\n",
    "/etc/systemd/system/timers.target.wants/apt-daily.timer": "",
    "/etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer": "",
}


@pytest.mark.parametrize(
    ("snap", "hold", "state"),
    [
        (True, "hold: forever\n", "unknown"),
        (True, "hold: 2315-03-07\n", "unknown"),  # how older versions print it
        (True, "hold: today at 23:00 JST\n", "unknown"),
        (True, "hold: 2024-03-07\n", "met"),  # long over
        (True, "", "met"),
        (False, "hold: forever\n", "met"),  # nothing there that could be held
    ],
)
def test_held_snaps_are_not_kept_up_to_date(tmp_path, snap, hold, state):
    for path, text in SNAPS.items():
        write(tmp_path, path, text)
    if snap:
        write(tmp_path, "/var/lib/snapd/snaps/firefox_4173.snap", "")
    printed = f"timer: 00:00~24:00/4\nlast: today at 10:25 JST\n{hold}next: today at 16:02 JST\n"
    host = RecordedHost(tmp_path, {("snap", "refresh", "--time"): Output(0, printed, "")})
    assert judged("auto-updates", looked(host, DeviceAutoUpdates)).state == state


def test_one_snap_that_is_held_by_itself(tmp_path):
    for path, text in SNAPS.items():
        write(tmp_path, path, text)
    write(tmp_path, "/var/lib/snapd/snaps/firefox_4173.snap", "")
    head = "Name     Version  Rev   Tracking       Publisher   Notes\n"
    for notes, state in (("held", "unknown"), ("classic,held", "unknown"), ("classic", "met")):
        row = f"firefox  131.0-1  4173  latest/stable  mozilla**   {notes}\n"
        host = RecordedHost(tmp_path, {("snap", "list"): Output(0, head + row, "")})
        found = looked(host, DeviceAutoUpdates)
        assert judged("auto-updates", found).state == state


NTPDATE = {"/etc/cron.hourly/clock": "#!/bin/sh\n/usr/sbin/ntpdate -s ntp.nict.jp\n"}


@pytest.mark.parametrize(
    ("processes", "files", "said"),
    [
        ({"ntp-daemon"}, {}, ("unknown", "service_only")),  # ntpd-rs
        ({"vmtoolsd"}, {}, ("unknown", "could_not_see")),
        ({"connmand"}, {}, ("unknown", "could_not_see")),
        (set(), NTPDATE, ("unknown", "could_not_see")),
        (set(), {"/etc/cron.hourly/clock": "#!/bin/sh\n# ntpdate -s ntp.nict.jp\n"}, ("not_met", "no_service")),
        (set(), {"/run/.containerenv": ""}, ("unknown", "could_not_see")),
        ({"sshd"}, {}, ("not_met", "no_service")),
    ],
)  # fmt: skip
def test_a_clock_is_set_in_more_ways_than_are_known(tmp_path, monkeypatch, processes, files, said):
    monkeypatch.setattr(antimalware, "running_processes", lambda: frozenset(processes))
    for path, text in files.items():
        write(tmp_path, path, text)
    finding = judged("time-sync", looked(LocalHost(tmp_path), DeviceTimeSync))
    assert (finding.state, finding.reason) == said


def ubuntu(tmp_path, version, status):
    write(tmp_path, "/etc/os-release", f'ID=ubuntu\nVERSION_ID="{version}"\nNAME=Ubuntu\n')
    if status is not None:
        write(tmp_path, PRO, status if isinstance(status, str) else json.dumps(status))
    return LocalHost(tmp_path)


def attached(esm):
    return {"attached": True, "services": [{"name": "esm-infra", "status": esm}]}


@pytest.mark.parametrize(
    ("version", "status", "state"),
    [
        ("20.04", attached("enabled"), "met"),
        ("20.04", attached("disabled"), "not_met"),
        ("20.04", {"attached": False, "services": []}, "not_met"),
        ("20.04", None, "partly"),  # nobody can say: both dates are told
        ("20.04", "{", "partly"),
        ("20.04", {"attached": "no"}, "partly"),
        ("20.04", {"attached": True, "services": 3}, "partly"),
        ("24.04", {"attached": False, "services": []}, "met"),
        ("14.04", attached("enabled"), "not_met"),  # even the longer one has ended
        ("23.10", attached("enabled"), "not_met"),  # no longer one for this version
    ],
)
def test_the_longer_support_of_ubuntu_is_for_those_who_switched_it_on(
    tmp_path, version, status, state
):
    system = fact(ubuntu(tmp_path, version, status), DeviceOs)
    assert judged("supported-os", measured(system)).state == state


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["attached", "services", "name", "status"]), inner)
        ),
        max_leaves=9,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_state_of_ubuntu_pro_is_read_or_unknown(tmp_path_factory, state):
    root = tmp_path_factory.mktemp("root")
    write(root, PRO, state)
    assert ubuntu_pro(LocalHost(root)) in ("esm", "no-esm", None)
