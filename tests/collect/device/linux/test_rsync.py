"""When a copy by rsync last succeeded: as its log tells, which rsync 3.5.0 wrote."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import fact, write
from tojimari.collect.device.linux import rsync
from tojimari.collect.host import LocalHost, Missing, Output
from tojimari.model.facts import DeviceBackups

GOOD = """2026/11/20 03:00:01 [2444] building file list
2026/11/20 03:00:02 [2444] >f+++++++++ a
2026/11/20 03:00:09 [2444] sent 175 bytes  received 59 bytes  total size 4
"""
NO_TARGET = """2026/11/25 03:00:01 [2448] building file list
2026/11/25 03:00:01 [2448] sent 65 bytes  received 8 bytes  total size 4
2026/11/25 03:00:01 [2448] rsync error: error in file IO (code 11) at io.c(1892) [sender=3.5.0]
"""
IN_PART = """2026/11/26 03:00:01 [2451] building file list
2026/11/26 03:00:01 [2451] rsync: [sender] link_stat "/srv/none" failed: No such file or directory (2)
2026/11/26 03:00:01 [2451] sent 81 bytes  received 17 bytes  total size 4
2026/11/26 03:00:01 [2451] rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394) [sender=3.5.0]
"""
VANISHED = """2026/11/27 03:00:01 [2461] sent 1,234,567 bytes  received 23 bytes  total size 209,715,204
2026/11/27 03:00:01 [2461] rsync warning: some files vanished before they could be transferred (code 24) at main.c(1338) [sender=3.5.0]
"""
CUT_OFF = "2026/11/28 03:00:01 [2470] building file list\n"
NOTHING = "2026/11/28 03:00:01 [2480] sent 20 bytes  received 12 bytes  total size 0\n"


@pytest.mark.parametrize(
    ("log", "day"),
    [
        (GOOD, 20),
        (GOOD + NO_TARGET, 20),
        (GOOD + IN_PART, 20),
        (GOOD + VANISHED, 27),
        (GOOD + CUT_OFF, 20),
        (GOOD + NOTHING, 20),  # what is copied was not mounted
        (NO_TARGET + IN_PART, None),
        ("", None),
        ("2026/99/99 03:00:00 [1] sent 1 bytes  received 1 bytes  total size 1\n", None),
    ],
)
def test_a_log_tells_when_a_run_ended_well(log, day):
    last = rsync.last_success(log)
    expected = None if day is None else datetime(2026, 11, day).astimezone().date()
    assert (last and last.astimezone().date()) == expected


def only(root: Path) -> tuple[str, int | None, bool | None]:
    [job] = fact(LocalHost(root), DeviceBackups).jobs
    last = job.last_success_at
    return job.target, None if last is None else last.astimezone().day, job.scheduled


@pytest.mark.parametrize(
    "script",
    [
        "rsync -a --log-file=/var/log/copy.log /srv/ nas:/srv",
        "rsync -a --log-file /var/log/copy.log /srv/ nas:/srv >/dev/null 2>&1",
        'LOG=/var/log/copy.log\nDEST="nas:/srv"\nrsync -a --log-file="$LOG" \\\n  /srv/ \\\n  "${DEST}"',
        "/usr/bin/rsync -a --log-file=/var/log/copy.log /srv/ nas:/srv || exit 1",
    ],
)
def test_the_log_that_a_command_names_is_read(tmp_path, script):
    write(tmp_path, "/etc/cron.daily/copy", f"#!/bin/sh\n{script}\n")
    write(tmp_path, "/var/log/copy.log", GOOD + IN_PART)
    assert only(tmp_path) == ("nas:/srv", 20, True)


def test_a_log_that_was_begun_anew_is_followed_to_the_one_before(tmp_path):
    write(tmp_path, "/etc/cron.daily/copy", "rsync -a --log-file=/var/log/c /srv/ nas:/srv\n")
    write(tmp_path, "/var/log/c", CUT_OFF)
    write(tmp_path, "/var/log/c.1", GOOD)
    assert only(tmp_path)[1] == 20


@pytest.mark.parametrize(
    "script",
    [
        "rsync -a /srv/ nas:/srv",  # no log
        "rsync -a /srv/ nas:/srv >> /var/log/copy.log",  # one without times
        'rsync -a --log-file="/var/log/$(date +%F).log" /srv/ nas:/srv',
        # one for two copies: which of them a run was is not told
        "rsync -a --log-file=/var/log/copy.log /home/ /mnt/x\nrsync -a --log-file=/var/log/copy.log /srv/ nas:/srv",
    ],
)
def test_what_tells_nothing_of_this_copy_is_no_success(tmp_path, script):
    write(tmp_path, "/etc/cron.daily/copy", f"#!/bin/sh\n{script}\n")
    write(tmp_path, "/var/log/copy.log", GOOD if "--log" in script else "sent 1 bytes\n")
    found = fact(LocalHost(tmp_path), DeviceBackups).jobs
    assert {job.last_success_at for job in found} == {None}
    assert "nas:/srv" in {job.target for job in found}


@pytest.mark.parametrize("option", ["-avn", "-n", "--dry-run"])
def test_a_rehearsal_is_no_copy(tmp_path, option):
    write(tmp_path, "/etc/cron.daily/copy", f"rsync -a {option} /srv/ nas:/srv\n")
    assert fact(LocalHost(tmp_path), DeviceBackups).jobs == ()


class Systemd(LocalHost):
    said = ""

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        if argv[0] == "systemctl" and argv[-1] == "copy.service":
            return Output(0, self.said, "")
        raise Missing(argv[0])


RAN = "Result=success\nExecMainExitTimestamp=@1795000000\nExecMainStatus=0\n"


@pytest.mark.parametrize(
    ("start", "said", "known"),
    [
        ("ExecStart=/usr/bin/rsync -a /srv/ nas:/srv", RAN, True),
        ("ExecStart=/usr/bin/rsync -a /srv/ nas:/srv", RAN.replace("success", "exit-code").replace("=0\n", "=23\n"), False),
        ("ExecStart=/usr/bin/rsync -a /srv/ nas:/srv", "Result=success\nExecMainExitTimestamp=\nExecMainStatus=0\n", False),
        ("ExecStart=/bin/sh -c 'rsync -a /srv/ nas:/srv; true'", RAN, False),
        ("ExecStart=/usr/bin/rsync -a /home/ /mnt/x\nExecStart=/usr/bin/rsync -a /srv/ nas:/srv", RAN, False),
    ],
)  # fmt: skip
def test_systemd_remembers_the_last_run_of_a_service(tmp_path, start, said, known):
    write(tmp_path, "/etc/systemd/system/copy.service", f"[Service]\nType=oneshot\n{start}\n")
    host = Systemd(tmp_path)
    host.said = said
    jobs = {job.target: job.last_success_at for job in fact(host, DeviceBackups).jobs}
    found = next(at for target, at in jobs.items() if target.startswith("nas:"))
    assert (found is not None) is known


@given(st.text())
def test_any_text_as_a_log(text):
    rsync.last_success(text)
