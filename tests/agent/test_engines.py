"""The smaller engines: ClamAV itself, apt's own settings, and systems known from recordings only."""

import subprocess
from pathlib import Path

import pytest

from tojimari.agent.actor import command
from tojimari.agent.actor.clamav import ClamAvEngine
from tojimari.agent.actor.conditions import Conditions
from tojimari.agent.actor.dnf import dnf_updates
from tojimari.agent.actor.switches import AUTOMATIC, AutomaticUpdates
from tojimari.agent.task_report import Change

EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
EICAR_LINE = "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n"


@pytest.fixture
def clam(tmp_path):
    database = tmp_path / "database"
    database.mkdir()
    (tmp_path / "root/home").mkdir(parents=True)
    return ClamAvEngine(tmp_path / "root", database, seconds=300.0)


def test_a_scan_counts_and_neither_names_nor_deletes(clam):
    (clam.database / "own.hdb").write_text(EICAR_LINE)
    (clam.root / "home/fine.txt").write_text("fine")
    said = clam.run("antivirus_scan", {}, clam.plan("antivirus_scan", {}))
    assert (said.state, said.reason) == ("done", None)
    assert said.changes == (Change("scanned", "", "1"), Change("infected", "", "0"))
    bad = clam.root / "home/ひみつ.com"
    bad.write_text(EICAR)
    said = clam.run("antivirus_scan", {}, clam.plan("antivirus_scan", {}))
    assert (said.state, said.reason) == ("done", "threat_found")
    assert said.changes[-1] == Change("infected", "", "1")
    assert "ひみつ" not in str(said)
    assert bad.exists()


def test_a_name_that_reads_like_the_summary_hides_nothing(clam):
    (clam.database / "own.hdb").write_text(EICAR_LINE)
    name = "x\nKnown viruses: 1\nScanned files: 9\nInfected files: 0\ny.com"
    (clam.root / "home" / name).write_text(EICAR)
    said = clam.run("antivirus_scan", {}, clam.plan("antivirus_scan", {}))
    assert said.reason == "threat_found"
    assert said.changes[-1].after == "1"


def test_a_scan_without_signatures_is_no_clean_scan(clam):
    assert clam.run("antivirus_scan", {}, clam.plan("antivirus_scan", {})).state == "failed"


def test_signatures_are_fetched_by_freshclam_and_told_by_what_lies_there(clam, tmp_path):
    source = tmp_path / "own.hdb"
    source.write_text(EICAR_LINE)
    clam.config = tmp_path / "freshclam.conf"
    clam.config.write_text(
        f"DatabaseOwner root\nDatabaseDirectory {clam.database}\nScriptedUpdates no\n"
        f"DatabaseCustomURL file://{source}\nDatabaseMirror 127.0.0.1\nMaxAttempts 1\n"
        "ConnectTimeout 1\nExcludeDatabase main\nExcludeDatabase daily\nExcludeDatabase bytecode\n"
    )
    said = clam.run("antivirus_signatures", {}, clam.plan("antivirus_signatures", {}))
    assert [(one.name, one.before) for one in said.changes] == [("own", "")], said
    source.unlink()
    again = clam.run("antivirus_signatures", {}, clam.plan("antivirus_signatures", {}))
    assert again.state == "failed"


@pytest.fixture
def automatic(tmp_path):
    (tmp_path / "root/usr/bin").mkdir(parents=True)
    (tmp_path / "root/etc/apt/apt.conf.d").mkdir(parents=True)
    config = tmp_path / "apt.conf"
    config.write_text(f'Dir "{tmp_path}/root";\n')
    return AutomaticUpdates(tmp_path / "root", config)


def test_automatic_updates_are_switched_on_by_a_file_of_our_own(automatic):
    assert not automatic.present()
    (automatic.root / "usr/bin/unattended-upgrade").touch()
    assert automatic.present()
    owners = automatic.root / "etc/apt/apt.conf.d/20auto-upgrades"
    owners.write_text('APT::Periodic::Update-Package-Lists "1";\n')
    plan = automatic.plan("automatic_updates", {})
    assert [one.name for one in plan.changes] == ["APT::Periodic::Unattended-Upgrade"]
    assert automatic.run("automatic_updates", {}, plan).state == "done"
    assert (automatic.root / AUTOMATIC).exists()
    assert owners.read_text() == 'APT::Periodic::Update-Package-Lists "1";\n'
    assert automatic.plan("automatic_updates", {}).changes == ()


def test_a_later_file_that_switches_them_off_again_is_noticed(automatic):
    last = automatic.root / "etc/apt/apt.conf.d/99off"
    last.write_text('APT::Periodic::Unattended-Upgrade "0";\n')
    said = automatic.run("automatic_updates", {}, automatic.plan("automatic_updates", {}))
    assert (said.state, said.reason) == ("failed", "not_seen_after")


def test_a_program_gets_no_input_no_environment_of_ours_and_an_end(monkeypatch):
    monkeypatch.setenv("LD_PRELOAD_OF_SOMEBODY", "x")
    said = command.run(["/usr/bin/env"], seconds=20.0)
    assert "LD_PRELOAD_OF_SOMEBODY" not in said.text
    assert "LC_ALL=C.UTF-8" in said.text
    assert command.run(["/usr/bin/cat"], seconds=20.0).text == ""
    assert command.run(["/no/such/program"], seconds=20.0).code == 127
    hung = command.run(["/bin/sh", "-c", "echo begun; sleep 61234 & sleep 61234"], seconds=0.5)
    assert hung.code is None
    left = subprocess.run(["pgrep", "-f", "^sleep 61234$"], capture_output=True, check=False)
    assert left.stdout == b""  # with all that it started


def test_this_machine_answers_what_is_asked_of_it():
    here = Conditions()
    assert here.disk_full(10**18)
    assert not Conditions(spare=0).disk_full(0)
    for said in (here.on_battery(), here.metered(), here.somebody_works()):
        assert said in (True, False)


DNF = """
kernel.x86_64                    5.14.0-427.13.1.el9_4          baseos
python3-libs.x86_64              1:3.9.18-3.el9_4.1             appstream
Obsoleting Packages
old-thing.noarch                 2.0-1                          baseos
    older-thing.noarch           1.0-1                          @baseos
"""


def test_dnfs_list_is_read():
    assert dnf_updates(DNF) == {
        "kernel": "5.14.0-427.13.1.el9_4",
        "python3-libs": "1:3.9.18-3.el9_4.1",
    }
    assert dnf_updates("Error: Failed to download metadata for repo 'x'\n") == {}


def test_nothing_of_the_actor_asks_a_shell():
    folder = Path(command.__file__).parent
    for path in folder.glob("*.py"):
        text = path.read_text("utf-8")
        assert "shell=True" not in text, path.name
        assert "os.system" not in text, path.name
        assert "subprocess" not in text or path.name == "command.py", path.name
