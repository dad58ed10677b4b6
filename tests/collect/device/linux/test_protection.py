"""Security products on Linux, listed or not, and Linux that runs inside Windows."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.facts import judged, measured
from tests.support.hosts import HostWithout, RecordedHost, fact, write
from tests.support.patience import PATIENCE
from tests.support.protection import ASSETS, judged_here, looked, text
from tojimari.collect.device.linux import antimalware, security_products
from tojimari.collect.host import LocalHost, Output
from tojimari.model.facts import (
    AntimalwareProduct,
    DeviceAntimalware,
    DeviceAntimalware1,
    DeviceBoot,
    DeviceDiskEncryption,
    DeviceFirewall,
    DeviceListening,
    DeviceOs,
    DeviceTimeSync,
    plain_fact,
    read_fact,
)

LSBLK = ("lsblk", "-J", "-o", "NAME,TYPE,FSTYPE,MOUNTPOINTS,RM")


@contextmanager
def process(program: Path) -> Iterator[None]:
    """Run a real program of that name for a while."""
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_bytes(Path("/bin/sleep").read_bytes())
    program.chmod(0o755)
    running = subprocess.Popen([str(program), "60"])
    try:
        # The kernel gives a new program its name and arguments just after Python takes it as started.
        started = f"{program}\0".encode()
        until = time.monotonic() + PATIENCE
        while not Path(f"/proc/{running.pid}/cmdline").read_bytes().startswith(started):
            assert time.monotonic() < until
            time.sleep(0.01)
        yield
    finally:
        running.kill()
        running.wait()


def antivirus(root: Path, control: str, host: LocalHost | None = None):
    return judged_here(control, host or LocalHost(root), DeviceAntimalware, "linux")


# --- products -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("/opt/eset/eea/sbin/startd", "ESET Endpoint Antivirus"),
        ("/opt/eset/eea/lib/scand", "ESET Endpoint Antivirus"),
        ("/opt/eset/efs/sbin/startd", "ESET Server Security"),
        ("/opt/eset/esets/sbin/esets_daemon", "ESET File Security"),
        ("/opt/CrowdStrike/falcon-sensor-bpf", "CrowdStrike Falcon"),
        ("/opt/CrowdStrike/falcon-sensor", "CrowdStrike Falcon"),
        ("/opt/bitdefender-security-tools/bin/bdsecd", "Bitdefender Endpoint Security Tools"),
        ("/opt/sophos-spl/plugins/av/sbin/sophos_threat_detector_launcher", "Sophos Protection"),
        ("/opt/ds_agent/ds_am", "Trend Micro Deep Security"),
        ("/opt/carbonblack/psc/bin/cbagentd", "Carbon Black"),
        ("/opt/cybereason/sensor/bin/cybereason-sensor", "Cybereason"),
        ("/opt/Elastic/Endpoint/elastic-endpoint", "Elastic Defend"),
        ("/opt/McAfee/ens/tp/bin/mfetpd", "Trellix Endpoint Security"),
        ("/opt/drweb.com/bin/drweb-configd", "Dr.Web"),
    ],
)
def test_a_product_is_known_by_its_place_and_its_engine(tmp_path, engine, name):
    with process(tmp_path / engine.lstrip("/")):
        finding = antivirus(tmp_path, "antimalware-running")
        assert (finding.state, finding.numbers["names"]) == ("met", name)
    assert antivirus(tmp_path, "antimalware-installed").state == "met"
    as_user = HostWithout(tmp_path)
    assert antivirus(tmp_path, "antimalware-running", as_user).state == "unknown"


@pytest.mark.parametrize(
    "engine", ["falcon-sensor-bpf", "bdsecd", "esets_daemon", "oaeventd", "s1-agent"]
)
def test_an_engine_alone_is_a_product_too(tmp_path, engine):
    with process(tmp_path / "elsewhere" / engine):
        [product] = fact(LocalHost(tmp_path), DeviceAntimalware).products
    assert product.running is True


@pytest.mark.parametrize("engine", ["falcon-sensor2", "startd", "scand", "pmd", "avast"])
def test_a_name_that_others_bear_proves_nothing_by_itself(tmp_path, engine):
    with process(tmp_path / "elsewhere" / engine):
        assert fact(LocalHost(tmp_path), DeviceAntimalware).products == ()


def test_a_product_whose_engine_has_a_new_name_is_not_called_stopped(tmp_path):
    with process(tmp_path / "opt/CrowdStrike/falcon-kmod2"):
        finding = antivirus(tmp_path, "antimalware-running")
    assert (finding.state, finding.reason) == ("unknown", "not_told")


@pytest.mark.parametrize(
    "agent",
    [
        "/opt/sophos-spl/base/bin/sophos_managementagent",
        "/opt/ds_agent/ds_agent",
        "/opt/bitdefender-security-tools/bin/epagd",
    ],
)
def test_an_agent_that_only_reports_proves_no_guard(tmp_path, agent):
    with process(tmp_path / agent.lstrip("/")):
        finding = antivirus(tmp_path, "antimalware-running")
    assert (finding.state, finding.reason) == ("unknown", "not_told")


@pytest.mark.parametrize(
    ("state", "said"), [("rfm-state=true.", "partly"), ("rfm-state=false.", "met"), ("", "met")]
)
def test_falcon_on_a_kernel_it_does_not_know(tmp_path, monkeypatch, state, said):
    control = "/opt/CrowdStrike/falconctl"
    write(tmp_path, control, "")
    host = RecordedHost(tmp_path, {(control, "-g", "--rfm-state"): Output(0, state + "\n", "")})
    monkeypatch.setattr(host, "is_root", lambda: True)
    with process(tmp_path / "opt/CrowdStrike/falcon-sensor"):
        assert antivirus(tmp_path, "antimalware-running", host).state == said


@pytest.mark.parametrize(
    ("processes", "said"),
    [({"clamd", "clamonacc"}, "met"), ({"clamd"}, "partly"), ({"clamonacc"}, "unknown"), (set(), "not_met")],
)  # fmt: skip
@pytest.mark.parametrize("place", ["/usr/bin/clamscan", "/usr/local/sbin/clamd"])
def test_clamavs_watch_needs_its_daemon(tmp_path, monkeypatch, processes, said, place):
    write(tmp_path, place, "")
    monkeypatch.setattr(antimalware, "running_processes", lambda: frozenset(processes))
    assert antivirus(tmp_path, "antimalware-running").state == said


def test_rights_are_asked_for_only_where_root_sees_more(tmp_path, monkeypatch):
    write(tmp_path, "/usr/bin/clamscan", "")
    monkeypatch.setattr(antimalware, "running_processes", lambda: frozenset({"clamonacc"}))
    as_user = HostWithout(tmp_path)
    assert antivirus(tmp_path, "antimalware-running", as_user).not_seen.reason == "not_looked"
    (tmp_path / "opt/eset/efs").mkdir(parents=True)
    assert antivirus(tmp_path, "antimalware-running", as_user).not_seen.reason == "no_permission"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"/etc/cron.daily/scan": "#!/bin/sh\nclamscan -ri /home\n"}, "met"),
        ({"/var/spool/cron/crontabs/root": "0 3 * * * clamdscan /home\n"}, "met"),
        ({"/etc/cron.daily/scan": "#!/bin/sh\n# clamscan -ri /home\n"}, "not_met"),
        ({"/etc/systemd/system/scan.service": "[Service]\nExecStart=/usr/bin/clamscan -r /home\n"}, "not_met"),
        (
            {
                "/etc/systemd/system/scan.service": "[Service]\nExecStart=/usr/bin/clamscan -r /home\n",
                "/etc/systemd/system/timers.target.wants/scan.timer": "",
            },
            "met",
        ),
    ],
)  # fmt: skip
def test_a_scan_that_nothing_starts_is_none(tmp_path, files, said):
    for path, content in ({"/usr/bin/clamscan": ""} | files).items():
        write(tmp_path, path, content)
    assert antivirus(tmp_path, "antimalware-scan").state == said


@pytest.mark.parametrize(
    "there", ["/usr/local/maldetect/maldet", "/usr/bin/rkhunter", "/usr/sbin/chkrootkit"]
)
def test_a_scanner_that_is_not_judged_is_not_nothing(tmp_path, there):
    write(tmp_path, there, "")
    assert antivirus(tmp_path, "antimalware-installed").state == "unknown"


def test_a_daemon_of_clamav_from_somewhere_else_is_not_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(antimalware, "running_processes", lambda: frozenset({"clamd"}))
    assert antivirus(tmp_path, "antimalware-installed").state == "unknown"


def test_a_product_none_of_which_runs_is_stopped(tmp_path, monkeypatch):
    (tmp_path / "opt/eset/efs").mkdir(parents=True)
    monkeypatch.setattr(LocalHost, "is_root", lambda self: True)
    finding = antivirus(tmp_path, "antimalware-running")
    assert (finding.state, finding.reason) == ("not_met", "stopped")
    # Who may not see every process cannot tell.
    finding = antivirus(tmp_path, "antimalware-running", HostWithout(tmp_path))
    assert (finding.state, finding.not_seen.reason) == ("unknown", "no_permission")


def unit(root: Path, name: str, starts: str, folder: str = "/etc/systemd/system") -> None:
    write(root, f"{folder}/{name}.service", f"[Service]\nType=simple\nExecStart={starts}\n")


@pytest.mark.parametrize(
    ("name", "starts", "shown"),
    [
        ("acme-edr", "/opt/acme/bin/guardd --foreground", "acme-edr"),
        ("wazuh-agent", "/usr/bin/env /var/ossec/bin/wazuh-control start", "wazuh-agent"),
        ("panda", "-/usr/local/protection-agent/bin/service", "panda"),
        ("clam-own", "@/usr/local/sbin/clamd clamd -F", "clam-own"),
    ],
)
def test_a_service_from_elsewhere_may_be_a_product(tmp_path, name, starts, shown):
    unit(tmp_path, name, starts)
    for control in (
        "antimalware-installed",
        "antimalware-running",
        "antimalware-fresh",
        "antimalware-scan",
    ):
        finding = antivirus(tmp_path, control)
        assert (finding.state, finding.reason) == ("unknown", "not_recognised")
        assert finding.numbers == {"names": shown}


@pytest.mark.parametrize("folder", ["UnknownAV", "eset/next", "kaspersky/klnagent64"])
def test_a_folder_nobody_listed_may_be_a_product(tmp_path, folder):
    (tmp_path / "opt" / folder).mkdir(parents=True)
    finding = antivirus(tmp_path, "antimalware-installed")
    assert (finding.state, finding.numbers) == ("unknown", {"names": folder.split("/")[0]})


def test_what_came_with_the_system_or_guards_nothing_is_no_product(tmp_path):
    unit(tmp_path, "ssh", "/usr/sbin/sshd -D $SSHD_OPTS", "/usr/lib/systemd/system")
    unit(tmp_path, "backup", "/usr/bin/rsync -a /home /var/backups", "/usr/lib/systemd/system")
    unit(tmp_path, "containerd-own", "/opt/containerd/bin/containerd")
    unit(tmp_path, "tojimari-agent", '"/opt/own/bin/tojimari" "agent" "run"')
    (tmp_path / "opt/own/bin").mkdir(parents=True)
    write(tmp_path, "/opt/readme.txt", "")
    (tmp_path / "opt/google/chrome").mkdir(parents=True)
    (tmp_path / "opt/Signal").mkdir(parents=True)
    write(tmp_path, "/usr/share/applications/signal.desktop", "Exec=/opt/Signal/signal %U\n")
    found = fact(LocalHost(tmp_path), DeviceAntimalware)
    assert (found.products, found.unrecognised) == ((), ())
    finding = antivirus(tmp_path, "antimalware-installed")
    assert (finding.state, finding.reason) == ("not_met", "none")


def test_a_known_product_is_not_named_as_an_unknown_one(tmp_path):
    unit(tmp_path, "efs", "/opt/eset/efs/sbin/startd")
    (tmp_path / "opt/eset/efs").mkdir(parents=True)
    (tmp_path / "opt/ds_agent").mkdir(parents=True)
    assert fact(LocalHost(tmp_path), DeviceAntimalware).unrecognised == ()


def test_a_defender_whose_command_is_missing_is_still_there(tmp_path):
    (tmp_path / "opt/microsoft/mdatp").mkdir(parents=True)
    assert antivirus(tmp_path, "antimalware-installed").state == "met"
    assert antivirus(tmp_path, "antimalware-running").state == "unknown"
    with process(tmp_path / "opt/microsoft/mdatp/sbin/wdavdaemon"):
        assert antivirus(tmp_path, "antimalware-running").state == "met"


@pytest.mark.parametrize(
    ("health", "state"),
    [
        ({"healthy": True, "realTimeProtectionEnabled": {"value": True}}, "met"),
        # Unhealthy is also what is not licensed or has old signatures.
        ({"healthy": False, "realTimeProtectionEnabled": {"value": True}}, "met"),
        ({"healthy": True, "realTimeProtectionEnabled": {"value": False}}, "partly"),
        (
            {
                "healthy": True,
                "realTimeProtectionEnabled": {"value": True},
                "passiveModeEnabled": {"value": True},
            },
            "partly",
        ),
        ({"healthy": False, "realTimeProtectionEnabled": {"value": False}}, "not_met"),
        ({"realTimeProtectionEnabled": {"value": False}}, "unknown"),
    ],
)
def test_a_defender_guards_while_it_checks_files(tmp_path, health, state):
    printed = Output(0, json.dumps(health), "")
    host = RecordedHost(tmp_path, {("mdatp", "health", "--output", "json"): printed})
    assert antivirus(tmp_path, "antimalware-running", host).state == state


def test_every_place_of_the_list_is_a_folder_of_its_maker():
    for product in security_products.KNOWN:
        assert product.places
        assert all(len(name) <= 15 for name in (*product.engines, *product.common))


# --- signatures -----------------------------------------------------------------------------


def test_old_signatures_stay_old():
    host = LocalHost(ASSETS / "clam-stale" / "root")
    finding = antivirus(ASSETS, "antimalware-fresh", host)
    assert (finding.state, finding.numbers) == ("not_met", {"days": 53})


def head(day: str) -> bytes:
    return f"ClamAV-VDB:{day} 08-25 +0000:27800:1:90:x:x:builder:1".ljust(512).encode()


@pytest.mark.parametrize("conf", ["/etc/clamav/freshclam.conf", "/etc/clamd.d/scan.conf"])
def test_the_databases_are_where_clamav_is_told_to_keep_them(tmp_path, conf):
    write(tmp_path, "/usr/sbin/clamd", "")
    write(tmp_path, conf, "# DatabaseDirectory /nowhere\nDatabaseDirectory /srv/clam/\n")
    write(tmp_path, "/var/lib/clamav/daily.cld", head("22 Nov 2026"))
    write(tmp_path, "/srv/clam/daily.cld", head("01 Oct 2026"))
    assert antivirus(tmp_path, "antimalware-fresh").state == "not_met"


def product(name: str, **changed) -> AntimalwareProduct:
    fields = {
        "version": None,
        "running": True,
        "realtime": None,
        "signatures_at": None,
        "last_scan_at": None,
        "scan_scheduled": None,
    }
    return AntimalwareProduct(id=name, name=name, **fields | changed)


@pytest.mark.parametrize(
    ("products", "state", "reason"),
    [
        ([product("a", signatures_current=True)], "met", "said_current"),
        ([product("a", signatures_current=False)], "not_met", "said_old"),
        ([product("a")], "unknown", "no_signatures"),
        # The one that runs decides: the other's signatures guard nobody.
        (
            [product("a"), product("b", running=False, signatures_current=True)],
            "unknown",
            "no_signatures",
        ),
        (
            [
                product("a", signatures_current=False),
                product("b", running=False, signatures_current=True),
            ],
            "not_met",
            "said_old",
        ),
        (
            [product("a", signatures_current=False), product("b", signatures_current=True)],
            "met",
            "said_current",
        ),
    ],
)
def test_what_a_product_says_of_its_signatures_counts_where_no_date_is_known(
    products, state, reason
):
    finding = judged("antimalware-fresh", measured(DeviceAntimalware(tuple(products))))
    assert (finding.state, finding.reason) == (state, reason)


def test_a_fact_of_the_first_version_is_read():
    old = {
        "products": [
            {
                "id": "clamav",
                "name": "ClamAV",
                "version": None,
                "running": True,
                "realtime": False,
                "signatures_at": None,
                "last_scan_at": None,
                "scan_scheduled": True,
            }
        ]
    }
    read = read_fact(DeviceAntimalware.KIND, DeviceAntimalware1.VERSION, old)
    assert isinstance(read, DeviceAntimalware)
    assert plain_fact(read)["products"][0]["signatures_current"] is None
    assert read.unrecognised == ()


# --- Linux inside Windows -------------------------------------------------------------------

WSL_2 = {"/proc/sys/kernel/osrelease": "5.15.167.4-microsoft-standard-WSL2\n"}
WSL_1 = {"/proc/sys/kernel/osrelease": "4.4.0-26100-Microsoft\n"}
OWN_KERNEL = {
    "/proc/sys/kernel/osrelease": "6.9.0-own\n",
    "/proc/sys/fs/binfmt_misc/WSLInterop": "enabled\n",
}
AZURE = {"/proc/sys/kernel/osrelease": "6.8.0-1020-azure\n"}
PLAIN_DISK = (
    '{"blockdevices": [{"name": "sda", "type": "disk", "mountpoints": ["/"], "rm": false}]}'
)


def machine(root: Path, files: dict[str, str], lsblk: str = PLAIN_DISK) -> RecordedHost:
    for path, content in files.items():
        write(root, path, content)
    write(root, "/etc/os-release", "ID=ubuntu\nVERSION_ID=24.04\n")
    return RecordedHost(root, {LSBLK: Output(0, lsblk, "")})


@pytest.mark.parametrize("files", [WSL_2, WSL_1, OWN_KERNEL])
@pytest.mark.parametrize(
    ("control", "kind"),
    [
        ("disk-encryption", DeviceDiskEncryption),
        ("device-firewall", DeviceFirewall),
        ("antimalware-installed", DeviceAntimalware),
        ("time-sync", DeviceTimeSync),
        ("open-services", DeviceListening),
    ],
)
def test_what_windows_decides_is_unknown_inside_it(tmp_path, files, control, kind):
    finding = judged_here(control, machine(tmp_path, files), kind, "linux")
    assert (finding.state, finding.not_seen.reason) == ("unknown", "host_decides")
    assert finding.not_seen.see_with == ""


def test_the_disks_of_the_case_are_files_of_windows(tmp_path):
    host = machine(tmp_path, {}, text("wsl2", "lsblk.out"))
    finding = judged_here("disk-encryption", host, DeviceDiskEncryption, "linux")
    assert (finding.state, finding.not_seen.reason) == ("unknown", "host_decides")


def test_inside_windows_there_is_no_start_up_to_guard(tmp_path):
    host = machine(tmp_path, WSL_1)
    finding = judged("boot-security", looked(host, DeviceBoot), looked(host, DeviceOs))
    assert finding.state == "not_applicable"


def test_an_antivirus_that_runs_inside_is_one(tmp_path):
    host = machine(tmp_path, WSL_2)
    write(tmp_path, "/usr/bin/clamscan", "")
    assert judged_here("antimalware-installed", host, DeviceAntimalware, "linux").state == "met"


def test_a_machine_in_azure_is_one_of_its_own(tmp_path):
    host = machine(tmp_path, AZURE)
    assert judged_here("disk-encryption", host, DeviceDiskEncryption, "linux").state == "not_met"
