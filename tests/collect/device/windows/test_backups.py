"""Backups of Windows: what leaves a state is dated, what does not is only named."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import AS_OF, judged, measured
from tests.support.hosts import RecordedHost, fact, seen, write
from tests.support.played_windows import PlayedWindows, machine
from tests.support.registry_exports import RecordedWindows
from tojimari.collect.device.windows.api.events import event_of
from tojimari.collect.device.windows.backups import (
    FILE_HISTORY,
    FOLDERS,
    HISTORY_POLICY_KEY,
    ONEDRIVE,
    SERVICES,
)
from tojimari.collect.host import Nonsense
from tojimari.model.facts import DeviceBackups

HIVE = r"HKEY_USERS\S-1-5-21-1-2-3-1001"
LOCAL = r"C:\Users\hanako\AppData\Local"
SAVED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ENGINE = "Microsoft-Windows-Backup/Microsoft-Windows-Backup/4"
VEEAM = "Veeam Agent/Veeam Agent/190"


def filetime(at):
    return int((at - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7


def history(at=SAVED):
    return {
        rf"{HIVE}\{FILE_HISTORY}": {"ProtectedUpToTime": filetime(at) if at else 0},
        rf"{HIVE}\{FOLDERS}": {"Local AppData": LOCAL},
    }


def host(root, keys=None, answers=None, services=None):
    system = RecordedWindows(keys or {}, {"services": services or {}})
    return RecordedHost(root, {}, system, PlayedWindows(answers or {}))


def jobs(root, *given):
    return fact(host(root, *given), DeviceBackups, "windows").jobs


def configured(root, target, *, encoding="utf-8", number=1):
    text = f"<DataProtectionUserConfig><Target><TargetUrl>{target}</TargetUrl></Target>"
    name = rf"{LOCAL}\Microsoft\Windows\FileHistory\Configuration\Config{number}.xml"
    return write(root, name, text.encode(encoding))


@pytest.mark.parametrize(
    ("target", "machine_name", "kind", "attached", "always"),
    [
        ("E:\\", "pro-11-waiting", "removable", True, None),  # a disk at a USB port
        ("F:\\", "pro-11-waiting", "removable", False, False),  # taken out
        ("D:\\", "pro-11-restart-due", "same_disk", True, True),
        ("C:\\", "pro-11-waiting", "same_disk", True, True),
        ("\\\\nas\\backup", "pro-11-waiting", "network", None, None),
        ("\\\\?\\Volume{1}\\", "pro-11-waiting", "unknown", None, None),
    ],
)
def test_where_file_history_writes(tmp_path, target, machine_name, kind, attached, always):
    configured(tmp_path, target)
    [job] = jobs(tmp_path, history(), machine(machine_name).answers)
    assert (job.tool, job.target, job.last_success_at) == ("File History", target, SAVED)
    assert (job.target_kind, job.attached_now, job.always_attached) == (kind, attached, always)


def test_a_letter_of_the_network_is_no_disk_that_was_taken_out(tmp_path):
    configured(tmp_path, "Z:\\History")
    answers = machine("pro-11-waiting").answers
    mapped = history() | {rf"{HIVE}\Network\z": {"RemotePath": r"\\nas\backup"}}
    [job] = jobs(tmp_path, mapped, answers)
    assert (job.target_kind, job.attached_now) == ("network", None)
    # The same while it is attached, as a folder of the network or as a disc.
    for kind, told in ((4, "network"), (5, "unknown")):
        drives = [*answers["volumes"]["drives"], {"root": "Z:\\", "type": kind, "bitlocker": None}]
        volumes = answers["volumes"] | {"drives": drives}
        [job] = jobs(tmp_path, history(), answers | {"volumes": volumes})
        assert (job.target_kind, job.attached_now) == (told, None)


def test_a_file_history_that_a_policy_turned_off_runs_no_more(tmp_path):
    off = history() | {HISTORY_POLICY_KEY: {"Disabled": 1}}
    assert [job.scheduled for job in jobs(tmp_path, off)] == [False]
    assert [job.scheduled for job in jobs(tmp_path, history())] == [True]


def test_events_that_may_not_be_read_are_said(tmp_path):
    answers = {ENGINE: {"refused": "0x80070005"}, VEEAM: {"refused": "0x5"}}
    found = seen(
        host(tmp_path, history(), answers, {"VeeamEndpointBackupSvc": True}),
        DeviceBackups,
        "windows",
    )
    why = found.partly_not_seen["jobs"]
    assert (why.reason, why.detail) == ("no_permission", "Veeam Agent, Windows Server Backup")


def test_the_newer_of_two_files_holds_in_any_encoding(tmp_path):
    old = configured(tmp_path, "E:\\")
    os.utime(old, (1, 1))
    configured(tmp_path, "F:\\", encoding="utf-16", number=2)
    [job] = jobs(tmp_path, history(), machine("pro-11-waiting").answers)
    assert job.target == "F:\\"


def test_while_a_backup_runs_there_is_no_date(tmp_path):
    [job] = jobs(tmp_path, history(at=None))
    assert (job.last_success_at, job.target, job.target_kind) == (None, "", "unknown")


@pytest.mark.parametrize(
    ("at", "state", "reason"),
    [
        (AS_OF - timedelta(days=1), "met", "found"),
        (AS_OF - timedelta(days=60), "not_met", "stopped"),
        (None, "unknown", "never_ran"),
    ],
)
def test_a_backup_counts_while_it_is_young(tmp_path, at, state, reason):
    configured(tmp_path, "F:\\")
    found = fact(
        host(tmp_path, history(at), machine("pro-11-waiting").answers), DeviceBackups, "windows"
    )
    finding = judged("backup-exists", measured(found))
    assert (finding.state, finding.reason) == (state, reason)
    if state == "met":
        assert judged("backup-detached", measured(found)).state == "met"


@pytest.mark.parametrize(("bits", "found"), [(3584, True), (512, True), (0, False), (None, False)])
def test_onedrive_keeps_folders_without_saying_when(tmp_path, bits, found):
    held = {} if bits is None else {"KfmFoldersProtectedNow": bits}
    kept = jobs(tmp_path, {rf"{HIVE}\{ONEDRIVE}\Personal": held})
    assert [(job.tool, job.target_kind, job.last_success_at) for job in kept] == (
        [("OneDrive", "cloud", None)] if found else []
    )


@pytest.mark.parametrize(
    ("moved", "target"),
    [
        (("Desktop", "Personal", "My Pictures"), "OneDrive"),
        (("Desktop", "Personal"), "OneDrive (Desktop, Documents)"),
        ((), "OneDrive"),
    ],
)
def test_onedrive_that_keeps_only_some_folders_is_called_so(tmp_path, moved, target):
    root = r"C:\Users\hanako\OneDrive - 商店"
    folders = {
        name: (root if name in moved else r"C:\Users\hanako") + rf"\{name}"
        for name in ("Desktop", "Personal", "My Pictures")
    }
    account = {"KfmFoldersProtectedNow": 512, "UserFolder": root}
    held = {rf"{HIVE}\{ONEDRIVE}\Business1": account, rf"{HIVE}\{FOLDERS}": folders}
    assert [job.target for job in jobs(tmp_path, held)] == [target]


def event(at, level=4, **data):
    return {"at": at, "level": level, "data": data}


def test_a_system_image_is_dated_by_its_event(tmp_path):
    answers = machine("pro-11-waiting").answers | {
        ENGINE: [event("2026-11-21T18:00:00Z", BackupTarget="E:"), event("2026-11-22T18:00:00Z")]
    }
    [job] = jobs(tmp_path, {}, answers)
    assert job.last_success_at == datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert (job.tool, job.target_kind) == ("Windows Server Backup", "unknown")
    answers[ENGINE] = answers[ENGINE][:1]
    assert jobs(tmp_path, {}, answers)[0].target_kind == "removable"


def test_a_product_that_leaves_no_trace_is_named_with_its_reason(tmp_path):
    services = dict.fromkeys(SERVICES, False)
    answers = {VEEAM: [event("2026-11-22T18:00:00Z", level=2), event("2026-11-20T18:00:00Z")]}
    found = seen(host(tmp_path, {}, answers, services), DeviceBackups, "windows")
    dated = {job.tool: job.last_success_at for job in found.fact.jobs}
    # An error is no success.
    assert dated.pop("Veeam Agent") == datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert set(dated) == {"Macrium Reflect", "Acronis", "AOMEI Backupper"}
    assert set(dated.values()) == {None}
    assert found.partly_not_seen["jobs"].detail == "AOMEI Backupper, Acronis, Macrium Reflect"


def test_nothing_found_is_no_proof(tmp_path):
    found = fact(host(tmp_path, {}), DeviceBackups, "windows")
    assert judged("backup-exists", measured(found)).state == "unknown"


EVENT = (
    '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
    "<Provider Name='Veeam Agent'/><EventID Qualifiers='0'>190</EventID><Level>4</Level>"
    "<TimeCreated SystemTime='2026-11-20T18:00:00.1234567Z'/></System>"
    "<EventData><Data>a</Data><Data Name='BackupTarget'>E:</Data><Data/></EventData></Event>"
)


def test_an_event_is_read_by_its_parts():
    told = event_of(EVENT)
    assert told["at"] == "2026-11-20T18:00:00.1234567Z"
    assert (told["level"], told["data"]) == (4, {"0": "a", "BackupTarget": "E:", "2": ""})


def test_the_moment_of_an_event_has_seven_digits(tmp_path):
    answers = {ENGINE: [event_of(EVENT)]}
    assert jobs(tmp_path, {}, answers)[0].last_success_at.second == 0


@given(st.text(max_size=60) | st.just("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>") | st.just("<x/>"))
def test_what_is_no_event_is_nonsense_or_empty(text):
    try:
        told = event_of(text)
    except Nonsense:
        return
    assert (told["at"], told["data"]) == (None, {})
