"""Accounts, who of them may become administrator, and passwords."""

import re
import struct
from datetime import UTC, datetime, timedelta
from glob import escape

from tojimari.collect.device.linux.automatic_login import guest_may_log_in, logs_in_by_itself
from tojimari.collect.device.linux.passwd import (
    Account,
    group_members,
    of_a_directory,
    parse_passwd,
)
from tojimari.collect.device.linux.rights import SudoRules, read_doas, read_polkit
from tojimari.collect.device.linux.sudo_user import may_use_sudo
from tojimari.collect.device.linux.sudoers import amounts_to_root
from tojimari.collect.host import Denied, Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceAccounts, DevicePasswords

UNUSED_DAYS = 90
_NO_LOGIN = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")
# The last ones may start containers or machines that hold the whole disk, or write to it as such.
_ADMIN_GROUPS = (
    *("sudo", "wheel", "admin"),
    *("docker", "lxd", "incus-admin", "libvirt", "disk"),
)
_MOST_LOOKED_AT = 3000
_LASTLOG_RECORD = struct.Struct("<i32s256s")


def parse_shadow(text: str) -> tuple[list[str], list[int]]:
    """Return (names with an empty password, maximum ages in days of those that have one)."""
    empty, ages = [], []
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) < 5 or not parts[0] or of_a_directory(parts[0]):
            continue
        if parts[1] == "":
            empty.append(parts[0])
        elif parts[1].startswith("$") and re.fullmatch(r"\d{1,6}", parts[4], re.ASCII):
            ages.append(int(parts[4]))
    return empty, ages


def parse_lastlog(data: bytes, uids: list[int]) -> dict[int, datetime | None]:
    """Return uid -> last login (None: never) from the binary /var/log/lastlog."""
    found: dict[int, datetime | None] = {}
    for uid in uids:
        record = data[uid * _LASTLOG_RECORD.size : (uid + 1) * _LASTLOG_RECORD.size]
        seconds = _LASTLOG_RECORD.unpack(record)[0] if len(record) == _LASTLOG_RECORD.size else 0
        found[uid] = datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    return found


def _locked(shadow: str) -> set[str]:
    """Return the accounts no password opens (``!`` or ``*`` before it), or that have run out."""
    today = (datetime.now(UTC) - datetime.fromtimestamp(0, UTC)).days
    found = set()
    for line in shadow.splitlines():
        parts = line.split(":")
        ran_out = len(parts) > 7 and re.fullmatch(r"\d{1,6}", parts[7], re.ASCII)
        if len(parts) > 1 and (parts[1][:1] in ("!", "*") or (ran_out and int(parts[7]) <= today)):
            found.add(parts[0])
    return found


def _administrators(host: Host, accounts: list[Account]) -> set[str]:
    """Return who may have all rights: by group, or by the rules of sudo, doas and polkit."""
    try:
        groups = group_members(host.read("/etc/group"), accounts)
    except Unavailable:
        groups = {}
    rules = [right.who for right in read_doas(host) if amounts_to_root(right.command)]
    rules += [*SudoRules(host).said.administrators(), *read_polkit(host)[0]]
    names: set[str] = set()
    for who in (*(f"%{group}" for group in _ADMIN_GROUPS), *rules):
        if who == "ALL":
            names |= {a.name for a in accounts}
        elif who.startswith("%"):
            names |= groups.get(who[1:], set())
        elif who.startswith("#"):
            names |= {a.name for a in accounts if str(a.uid) == who[1:]}
        else:
            names.add(who)
    return names


def _unused(host: Host, persons: list[Account]) -> tuple[list[str], bool]:
    """Return (people unused for 90 days, whether records of last use could be read)."""
    known = False
    last: dict[int, datetime | None] = {}
    try:
        last = parse_lastlog(host.read_bytes("/var/log/lastlog"), [a.uid for a in persons])
        # Newer systems keep lastlog2.db and leave this file behind, empty.
        known = any(last.values()) and not host.exists("/var/lib/lastlog/lastlog2.db")
    except Unavailable:
        last = {}
    try:
        locked = _locked(host.read("/etc/shadow"))
    except Missing:
        locked = set()
    except Denied:
        # Whether an unused account can be entered at all is hidden from this user.
        return [], False
    if not known:
        return [], False
    limit = datetime.now(UTC) - timedelta(days=UNUSED_DAYS)
    never = datetime.fromtimestamp(0, UTC)
    unused = []
    for account in persons:
        if account.name in locked or (last.get(account.uid) or never) >= limit:
            continue
        # Display managers write no lastlog: a home that changes is used through another way in.
        if not _changed_since(host, account.home, limit):
            unused.append(account.name)
    return sorted(unused), True


def _changed_since(host: Host, home: str, limit: datetime) -> bool:
    """Whether anything in a home, down to three folders, is newer than ``limit``."""
    layer = [home] if home.startswith("/") and home.strip("/") else []
    looked_at = 0
    for _ in range(4):
        inner: list[str] = []
        for path in layer:
            changed = host.mtime(path)
            if changed is not None and changed >= limit:
                return True
            looked_at += 1
            if looked_at < _MOST_LOOKED_AT:
                inner += host.glob(f"{escape(path)}/*")
        layer = inner[:_MOST_LOOKED_AT]
    return False


@collector("linux", sees=(DeviceAccounts,))
def people(host: Host) -> list[Seen]:
    """Accounts with a login shell from UID 1000 on are people."""
    accounts = parse_passwd(host.read("/etc/passwd"))
    persons = [
        a for a in accounts if 1000 <= a.uid < 60000 and a.shell and a.shell not in _NO_LOGIN
    ]
    names = {a.name for a in persons}
    unused, known = _unused(host, persons)
    return [
        saw(
            DeviceAccounts(
                people=tuple(sorted(names)),
                administrators=tuple(sorted(_administrators(host, accounts) & names)),
                uid0=tuple(sorted(a.name for a in accounts if a.uid == 0 and a.name != "root")),
                inactive=tuple(unused),
                inactive_known=known or not persons,
                guest_enabled=guest_may_log_in(host),
                auto_login=logs_in_by_itself(host),
                may_use_sudo=may_use_sudo(host),
            )
        )
    ]


def _lockout(host: Host) -> int:
    """Return after how many failures PAM locks; 0 when no lock-out module is configured."""
    for path in (
        "/etc/pam.d/common-auth",
        "/etc/pam.d/system-auth",
        "/etc/pam.d/password-auth",
        "/etc/pam.d/login",
    ):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        line = re.search(r"^\s*[^#\n]*pam_(?:faillock|tally2)\.so[^\n]*", text, re.MULTILINE)
        if line:
            deny = re.search(r"\bdeny=(\d{1,4})", line.group())
            if deny:
                return int(deny.group(1))
            try:
                conf = host.read("/etc/security/faillock.conf")
            except Unavailable:
                return 3  # pam_faillock's own default
            deny = re.search(r"^\s*deny\s*=\s*(\d{1,4})", conf, re.MULTILINE)
            return int(deny.group(1)) if deny else 3
    return 0


def _least_length(host: Host) -> int | None:
    """Return the least length PAM asks of a new password; pam_unix alone asks for 6.

    An argument of the module counts before its files, as with the modules themselves.
    """
    for path in ("/etc/pam.d/common-password", "/etc/pam.d/system-auth", "/etc/pam.d/passwd"):
        try:
            text = re.sub(r"\\\r?\n", " ", host.read(path))
        except Unavailable:
            continue
        rules = "\n".join(line.split("#", 1)[0] for line in text.splitlines())
        for module, own_default in (
            ("pwquality", _pwquality_length(host)),
            ("cracklib", 9),
            ("passwdqc", _passwdqc_length(host)),
            ("unix", 6),
        ):
            line = re.search(rf"^\s*-?password\s.*\bpam_{module}\.so\b(.*)", rules, re.MULTILINE)
            if line is None:
                continue
            said = re.search(r"\bminlen=(\d{1,3})", line.group(1))
            if module == "passwdqc":
                said = re.search(r"\bmin=(?:\w+,)*(\d{1,3})\b", line.group(1))
            return int(said.group(1)) if said else own_default
    return None


def _pwquality_length(host: Host) -> int:
    """Return libpwquality's length: its folder's files by name, then its one file; later wins."""
    length = 8
    folder = host.glob("/etc/security/pwquality.conf.d/*.conf")
    for path in [*folder, "/etc/security/pwquality.conf"]:
        try:
            conf = host.read(path)
        except Unavailable:
            continue
        for said in re.findall(r"^\s*minlen\s*=?\s*(\d{1,3})", conf, re.MULTILINE):
            length = int(said)
    return length


def _passwdqc_length(host: Host) -> int:
    """Return the least length of a password of all kinds of characters (passwdqc's last one)."""
    try:
        conf = host.read("/etc/passwdqc.conf")
    except Unavailable:
        return 7
    said = re.search(r"^\s*min=(?:\w+,)*(\d{1,3})\b", conf, re.MULTILINE)
    return int(said.group(1)) if said else 7


def _empty_in_passwd(host: Host) -> list[str]:
    try:
        accounts = parse_passwd(host.read("/etc/passwd"))
    except Unavailable:
        return []
    return sorted(a.name for a in accounts if a.password == "")


@collector("linux", sees=(DevicePasswords,))
def passwords(host: Host) -> list[Seen]:
    """Rules are readable by everyone; whether a password is empty only by root.

    A password that /etc/passwd itself holds, or leaves empty, counts before /etc/shadow.
    """
    hidden = {}
    found, ages, no_shadow = _empty_in_passwd(host), list[int](), None
    try:
        in_shadow, ages = parse_shadow(host.read("/etc/shadow"))
        found = sorted({*found, *in_shadow})
    except Denied:
        no_shadow = NotSeen("no_permission", see_with="sudo awk -F: '$2==\"\"' /etc/shadow")
    except Missing:
        no_shadow = NotSeen("not_looked", detail="no /etc/shadow")
    empty = None if no_shadow and not found else found
    if no_shadow and empty is None:
        hidden["empty"] = no_shadow
    length = _least_length(host)
    if length is None:
        hidden["min_length"] = NotSeen("not_looked", detail="no PAM rules found")
    oldest = max(ages, default=None)
    if oldest is None:
        hidden["max_age_days"] = no_shadow or NotSeen("not_looked")
    return [
        saw(
            DevicePasswords(
                empty=None if empty is None else tuple(empty),
                max_age_days=oldest,
                min_length=length,
                lockout_tries=_lockout(host),
            ),
            **hidden,
        )
    ]
