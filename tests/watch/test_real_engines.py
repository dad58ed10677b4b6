"""The engines themselves write, Tojimari hears: unbound, ulogd2 with nftables, clamd, fail2ban, laurel."""

import gzip
import os
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tojimari.catalog import load_catalog
from tojimari.watch.desk import Desk
from tojimari.watch.engine_settings import journal_command, settings_of
from tojimari.watch.engines import clamonacc
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import day_of, open_ledger

pytestmark = pytest.mark.programs
OWN_NET = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]


@pytest.fixture
def hears(tmp_path):
    """Return what adds a log, and then what waits until it has said a kind so often."""
    with open_ledger(tmp_path / "state.heard", {"knock": 1440}) as ledger:

        def add(engine, path):
            log = add_log(ledger, engine, path, "198.51.100.1", datetime.now(UTC))
            listener = Listener(ledger)

            def heard(kind, n):
                until = time.monotonic() + PATIENCE
                while time.monotonic() < until:
                    listener.listen()
                    day = ledger.day(log, day_of(datetime.now(UTC)))
                    if day.signals.get(kind, (0, 0))[0] >= n:
                        return day
                    time.sleep(0.1)
                raise AssertionError((day, path.exists() and path.read_text()[-2000:]))

            return heard

        yield add


@contextmanager
def running(*words, **options):
    started = subprocess.Popen(words, **options)
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait(PATIENCE)


def ask(port, name):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.sendto(question, ("127.0.0.1", port))
        try:
            asking.recv(999)
        except OSError:
            return False
        return True


def test_unbound_keeps_a_bad_name_away(tmp_path, hears):
    (tmp_path / "zone").write_text(
        "$TTL 60\n@ SOA localhost. root.localhost. 1 60 60 60 60\n@ NS localhost.\n"
        "bad.example CNAME .\npass.example CNAME rpz-passthru.\n"
    )
    port = free_port()
    (tmp_path / "conf").write_text(
        f'server:\n interface: 127.0.0.1\n port: {port}\n do-daemonize: no\n username: ""\n'
        f' chroot: ""\n directory: "{tmp_path}"\n pidfile: "{tmp_path}/pid"\n'
        f' logfile: "{tmp_path}/log"\n use-syslog: no\n module-config: "respip iterator"\n'
        f'rpz:\n name: list\n zonefile: "{tmp_path}/zone"\n rpz-log: yes\n'
        "remote-control:\n control-enable: no\n"
    )
    heard = hears("unbound", tmp_path / "log")
    with running("unbound", "-c", str(tmp_path / "conf")):
        until = time.monotonic() + PATIENCE
        while not ask(port, "bad.example") and time.monotonic() < until:
            time.sleep(0.1)
        day = heard("bad_name", 1)
    assert day.unread == 0
    assert day.signals["bad_name"][0] == day.signals["bad_name"][1]


def test_nftables_logs_knocks_through_ulogd(tmp_path, hears):
    plugins = "\n".join(
        f'plugin="{path}"'
        for name in (
            "inppkt_NFLOG",
            "raw2packet_BASE",
            "filter_IFINDEX",
            "filter_IP2STR",
            "output_JSON",
        )
        for path in [next(iter(sorted(_ulogd_folder().glob(f"ulogd_{name}.so"))))]
    )
    (tmp_path / "conf").write_text(
        f'[global]\nlogfile="{tmp_path}/own.log"\nloglevel=3\n{plugins}\n'
        "stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,json1:JSON\n"
        f'[log1]\ngroup=9\n[json1]\nsync=1\nfile="{tmp_path}/knocks.json"\n'
    )
    (tmp_path / "rules").write_text(
        "table inet t { chain input { type filter hook input priority 0; policy accept;\n"
        'ip daddr 198.51.100.1 ct state new log prefix "tojimari-knock " group 9 drop\n}\n}\n'
    )
    (tmp_path / "knock.py").write_text(
        "import socket, time\n"
        "while True:\n"
        "    for port in (23, 3389):\n"
        "        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "        s.bind(('203.0.113.9', 0)); s.sendto(b'x', ('198.51.100.1', port))\n"
        "    time.sleep(0.3)\n"
    )
    script = (
        "ip link set lo up; ip addr add 198.51.100.1/32 dev lo; ip addr add 203.0.113.9/32 dev lo;"
        f"nft -f {tmp_path}/rules; {sys.executable} {tmp_path}/knock.py & KNOCKS=$!;"
        f"ulogd -c {tmp_path}/conf & ULOGD=$!; trap 'kill $KNOCKS $ULOGD' TERM; wait; wait"
    )
    heard = hears("ulogd", tmp_path / "knocks.json")
    with running(*OWN_NET, "sh", "-c", script):
        day = heard("knock", 4)
    assert day.unread == 0
    assert day.signals["knock"][0] == day.signals["knock"][1]


def _ulogd_folder():
    [folder] = Path("/usr/lib").glob("*/ulogd")
    return folder


def test_clamd_finds_the_test_virus(tmp_path, hears):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "own.hdb").write_text(
        "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n"
    )
    (tmp_path / "conf").write_text(
        f"LogFile {tmp_path}/log\nLogTime yes\nDatabaseDirectory {tmp_path}/db\n"
        f"LocalSocket {tmp_path}/sock\nForeground yes\n"
        + ("User root\n" if os.geteuid() == 0 else "")
    )
    # In two parts, so that a scanner does not take this file for it.
    virus = tmp_path / "見積 (1).txt"
    virus.write_text("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
    heard = hears("clamav", tmp_path / "log")
    with running("clamd", "-c", str(tmp_path / "conf"), stdout=subprocess.DEVNULL):
        heard("protection_on", 1)
        until = time.monotonic() + PATIENCE
        while not (tmp_path / "sock").exists() and time.monotonic() < until:
            time.sleep(0.1)
        scan = ["clamdscan", "-c", str(tmp_path / "conf"), "--fdpass", str(virus)]
        subprocess.run(scan, stdout=subprocess.DEVNULL, check=False)
        day = heard("malware", 1)
    assert day.unread == 0


def test_fail2ban_shuts_somebody_out(tmp_path, hears):
    conf = tmp_path / "conf"
    shutil.copytree("/etc/fail2ban", conf)
    for own in (conf / "jail.d").iterdir():
        own.unlink()
    (conf / "action.d" / "nothing.conf").write_text(
        "[Definition]\nactionban = true\nactionunban = true\n"
    )
    (conf / "fail2ban.local").write_text("[Definition]\ndbfile = :memory:\n")
    (conf / "jail.local").write_text(
        "[DEFAULT]\nbanaction = nothing\n[sshd]\nenabled = true\nbackend = polling\nmaxretry = 3\n"
        f"logpath = {tmp_path}/auth.log\n"
    )
    auth, log = tmp_path / "auth.log", tmp_path / "fail2ban.log"
    auth.touch()
    heard = hears("fail2ban", log)
    words = [
        "fail2ban-server",
        "-f",
        "-c",
        str(conf),
        "-s",
        f"{tmp_path}/sock",
        "-p",
        f"{tmp_path}/pid",
    ]
    words += ["--logtarget", str(log), "--loglevel", "INFO"]
    with running(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        until = time.monotonic() + PATIENCE
        while "Jail 'sshd' started" not in (log.read_text() if log.exists() else ""):
            assert time.monotonic() < until
            time.sleep(0.1)
        stamp = datetime.now(UTC).astimezone().strftime("%b %e %H:%M:%S")
        with auth.open("a") as file:
            for n in range(4):
                file.write(
                    f"{stamp} gate sshd[{n}]: Failed password for root from 203.0.113.77 port 4 ssh2\n"
                )
        day = heard("ban", 1)
    assert day.unread == 0
    assert day.signals["guess"][0] >= 3


def test_laurel_tells_what_the_kernel_saw(tmp_path, hears):
    (tmp_path / "conf").write_text(
        f'directory = "{tmp_path}/out"\nstatusreport-period = 0\n[auditlog]\nfile = "audit.log"\n'
    )
    (tmp_path / "out").mkdir()
    head = f"msg=audit({time.time():.3f}:1)"
    path = "inode=1 dev=fe:01 mode=0100644 ouid=0 ogid=0 rdev=00:00"
    event = (
        f"type=SYSCALL {head}: arch=c000003e syscall=82 success=yes exit=0 a0=1 a1=2 a2=0 a3=0 items=2 ppid=1 pid=2 "
        'auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="x" '
        'exe="/usr/bin/x" subj=unconfined key="tojimari-rename"\n'
        f'type=PATH {head}: item=0 name="/h/a.xlsx" {path} nametype=DELETE\n'
        f'type=PATH {head}: item=1 name="/h/a.xlsx.locked" {path} nametype=CREATE\n'
        f"type=EOE {head}: \n"
    )
    heard = hears("laurel", tmp_path / "out" / "audit.log")
    subprocess.run(
        ["laurel", "-c", str(tmp_path / "conf")],
        input=event,
        text=True,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    assert heard("rename", 1).unread == 0


RECORDED = Path(__file__).parent / "recorded"


def test_imitated_ransomware_is_told_within_ten_seconds_and_ordinary_work_is_not(tmp_path):
    """The lines are auditd's own, of real programs in a folder: see recorded/README.md."""
    (tmp_path / "conf").write_text(
        f'directory = "{tmp_path}"\nstatusreport-period = 0\n[auditlog]\nfile = "audit.log"\n'
    )
    subprocess.run(
        ["laurel", "-c", str(tmp_path / "conf")],
        input=gzip.decompress((RECORDED / "audit.log.gz").read_bytes()),
        check=True,
        stderr=subprocess.DEVNULL,
    )
    written, log = tmp_path / "audit.log", tmp_path / "log"
    log.touch()
    catalog = load_catalog()
    slots = {kind.id: kind.together for kind in catalog.watch.kinds.values()}
    at = datetime(2026, 12, 1, 12, tzinfo=UTC)
    with open_ledger(tmp_path / "state.heard", slots) as ledger:
        heard = add_log(ledger, "laurel", log, "", at - timedelta(days=1))
        log.write_bytes(written.read_bytes())
        Listener(ledger, now=lambda: at).listen()
        day, desk = ledger.day(heard, day_of(at)), Desk(ledger, catalog)
        told = {(one.rule, one.names): one for one in desk.notices(at)}
        assert set(told) == {
            ("renaming", (".locked",)),
            ("renaming", (".k2x9",)),  # nothing of the old name was left
            ("renaming", (".enc",)),  # a shell's loop: each file by another process
            ("backup_wiped", ("btrfs",)),
            ("backup_wiped", ("lvremove",)),
        }
        assert {one.n for key, one in told.items() if key[0] == "renaming"} == {20}
        for key, one in told.items():
            soon = {
                (each.rule, each.names) for each in desk.notices(one.first + timedelta(seconds=10))
            }
            assert key in soon
    assert (day.unread, day.signals["rename"][0]) == (0, 60)
    # restic forget and borg delete, which is a script, are in the day's line.
    assert day.signals["backup_gone"][0] == 4
    assert day.lines > 200  # tar, zip, git, photos, rsync and an editor's copies were there


def test_what_clamonacc_refuses_is_told_as_stopped(tmp_path, hears, monkeypatch):
    """In a mount of its own, so that no file of anybody else's is held up."""
    if os.geteuid() != 0:
        pytest.skip("watching files as they are opened (fanotify) needs root")
    for name in ("db", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "db/own.hdb").write_text(
        "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature\n"
    )
    ours = settings_of("clamonacc", [tmp_path / "home"])[0].text
    conf = tmp_path / "conf"
    conf.write_text(
        f"LogFile {tmp_path}/log\nLogTime yes\nDatabaseDirectory {tmp_path}/db\n"
        f"LocalSocket {tmp_path}/sock\nForeground yes\nUser root\n{ours}"
    )
    monkeypatch.setattr(clamonacc, "SETTINGS", conf)
    virus = tmp_path / "home/見積.com"
    (tmp_path / "try.sh").write_text(
        f"cd {tmp_path}; mount -t tmpfs none home || exit 9\n"
        "clamd -c conf >/dev/null 2>&1 & CLAMD=$!\n"
        "while ! [ -S sock ]; do sleep 0.1; done\n"
        "clamonacc -c conf -F --fdpass --log=onacc.log >out 2>&1 & ON=$!\n"
        "trap 'kill $ON $CLAMD' EXIT\n"
        "while ! grep -q watching onacc.log; do kill -0 $ON || exit 8; sleep 0.1; done\n"
        "sleep 0.5; echo fine > home/fine.txt; cat home/fine.txt || exit 7\n"
        "printf '%s%s' 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-' "
        f"'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*' > '{virus}'\n"
        f"for n in 1 2 3 4 5 6; do sleep 0.5; cat '{virus}' || exit 0; done; exit 1\n"
    )
    heard = hears("clamonacc", tmp_path / "onacc.log")
    tried = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "bash", str(tmp_path / "try.sh")],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    if tried.returncode in (8, 9):
        pytest.skip("watching files as they are opened (fanotify) is not allowed here")
    assert (tried.returncode, tried.stdout) == (0, b"fine\n"), tried
    day = heard("malware", 1)
    assert day.unread == 0
    assert day.signals["malware"][0] == day.signals["malware"][1]  # all of it stopped


JOURNALD = Path("/lib/systemd/systemd-journald")
_JOURNAL = r"""
set -e
mount -t tmpfs run /run
mkdir -p /run/systemd/journal /run/log/journal
echo 0123456789abcdef0123456789abcdef > /run/machine-id
[ -s /etc/machine-id ] || mount --bind /run/machine-id /etc/machine-id
"$1" 2> /dev/null &
guess() {
    python3 - "$1" "$2" "$3" << 'END'
import socket, sys, time
at = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for _ in range(100):
    try: at.connect("/run/systemd/journal/socket"); break
    except OSError: time.sleep(0.1)
for n in range(int(sys.argv[1]), int(sys.argv[2])):
    said = f"MESSAGE={sys.argv[3]} password for root from 203.0.113.9 port {n} ssh2"
    at.send(f"SYSLOG_IDENTIFIER=sshd\n{said}\n".encode())
END
    journalctl --sync 2> /dev/null || sleep 0.5
}
shift
out=$1
shift
guess 100 160 Accepted  # long before anybody listened
guess 1 6 Failed; "$@" >> "$out"; "$@" >> "$out"
guess 6 9 Failed; mv "$out" "$out.1"; "$@" >> "$out"; "$@" >> "$out"
kill %1
"""


def test_a_real_journal_is_written_on_and_nothing_of_it_twice(tmp_path, hears):
    if os.geteuid() != 0:
        pytest.skip("a journald of its own needs root")
    if not JOURNALD.exists() or shutil.which("journalctl") is None:
        pytest.skip("systemd-journald is not installed")
    log = tmp_path / "journal.json"
    heard = hears("journal", log)
    command = journal_command(str(tmp_path / "cursor"), first=20)
    subprocess.run(
        [
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "bash",
            "-c",
            _JOURNAL,
            "sh",
            str(JOURNALD),
            str(log),
            *command,
        ],
        check=True,
        timeout=PATIENCE,
    )
    day = heard("guess", 8)
    assert day.signals["guess"] == (8, 0)
    assert day.unread == 0
    assert day.lines < 60
    service, timer, rotated = settings_of("journal")
    command = journal_command()
    assert f"ExecStart={shlex.join(command).replace('$', '$$')}\n" in service.text
    assert all("tojimari-journal" in one.file for one in (service, timer, rotated))
