"""Accounts, passwords and rights to become administrator."""

import re
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tojimari.collect.host import Denied, Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceAccounts, DevicePasswords, DeviceSudo

UNUSED_DAYS = 90
_NO_LOGIN = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")
_ADMIN_GROUPS = ("sudo", "wheel", "admin")
_LASTLOG_RECORD = struct.Struct("<i32s256s")


class Account(NamedTuple):
    """One line of /etc/passwd."""

    name: str
    uid: int
    shell: str


def parse_passwd(text: str) -> list[Account]:
    """Return the accounts of a passwd file; broken lines are passed over."""
    found = []
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) == 7 and parts[0] and re.fullmatch(r"\d{1,10}", parts[2], re.ASCII):
            found.append(Account(parts[0], int(parts[2]), parts[6].strip()))
    return found


def parse_shadow(text: str) -> tuple[list[str], list[int]]:
    """Return (names with an empty password, maximum ages in days of those that have one)."""
    empty, ages = [], []
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) < 5 or not parts[0]:
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
    """Return the accounts no password opens (``!`` or ``*`` before it)."""
    rows = (line.split(":") for line in shadow.splitlines())
    return {row[0] for row in rows if len(row) > 1 and row[1][:1] in ("!", "*")}


def _members(text: str) -> dict[str, set[str]]:
    groups = {}
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) == 4:
            groups[parts[0]] = {name for name in parts[3].split(",") if name}
    return groups


def _auto_login(host: Host) -> bool:
    patterns = (
        ("/etc/gdm3/*.conf", r"^\s*AutomaticLoginEnable\s*=\s*(true|1)"),
        ("/etc/gdm/*.conf", r"^\s*AutomaticLoginEnable\s*=\s*(true|1)"),
        ("/etc/lightdm/lightdm.conf", r"^[ \t]*autologin-user[ \t]*=[ \t]*\S"),
        ("/etc/lightdm/lightdm.conf.d/*.conf", r"^[ \t]*autologin-user[ \t]*=[ \t]*\S"),
        ("/etc/sddm.conf", r"^[ \t]*User[ \t]*=[ \t]*\S"),
        ("/etc/sddm.conf.d/*.conf", r"^[ \t]*User[ \t]*=[ \t]*\S"),
    )
    return any(_any_line(host, place, pattern) for place, pattern in patterns)


def _guest(host: Host) -> bool:
    return _any_line(host, "/etc/lightdm/lightdm.conf*", r"^\s*allow-guest\s*=\s*true") or (
        _any_line(host, "/etc/lightdm/lightdm.conf.d/*.conf", r"^\s*allow-guest\s*=\s*true")
    )


def _any_line(host: Host, place: str, pattern: str) -> bool:
    for path in host.glob(place):
        try:
            if re.search(pattern, host.read(path), re.MULTILINE | re.IGNORECASE):
                return True
        except Unavailable:
            continue
    return False


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
        # Never logged in by lastlog, but a home that changes is used through another way in.
        home = host.mtime(f"/home/{account.name}")
        if home is None or home < limit:
            unused.append(account.name)
    return sorted(unused), True


@collector("linux", sees=(DeviceAccounts,))
def people(host: Host) -> list[Seen]:
    """Accounts with a login shell from UID 1000 on are people; groups sudo, wheel, admin rule."""
    accounts = parse_passwd(host.read("/etc/passwd"))
    persons = [
        a for a in accounts if 1000 <= a.uid < 60000 and a.shell and a.shell not in _NO_LOGIN
    ]
    names = {a.name for a in persons}
    try:
        groups = _members(host.read("/etc/group"))
    except Unavailable:
        groups = {}
    administrators = {name for group in _ADMIN_GROUPS for name in groups.get(group, set())}
    unused, known = _unused(host, persons)
    return [
        saw(
            DeviceAccounts(
                people=tuple(sorted(names)),
                administrators=tuple(sorted(administrators & names)),
                uid0=tuple(sorted(a.name for a in accounts if a.uid == 0 and a.name != "root")),
                inactive=tuple(unused),
                inactive_known=known or not persons,
                guest_enabled=_guest(host),
                auto_login=_auto_login(host),
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
    """Return the least length PAM asks of a new password; pam_unix alone asks for 6."""
    for path in ("/etc/pam.d/common-password", "/etc/pam.d/system-auth"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        rules = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
        found = re.search(r"pam_(?:pwquality|cracklib)\.so[^\n]*\bminlen=(\d{1,3})", rules)
        if found:
            return int(found.group(1))
        if re.search(r"pam_pwquality\.so", rules):
            try:
                conf = host.read("/etc/security/pwquality.conf")
            except Unavailable:
                return 8  # pwquality's own default
            found = re.search(r"^\s*minlen\s*=\s*(\d{1,3})", conf, re.MULTILINE)
            return int(found.group(1)) if found else 8
        found = re.search(r"pam_unix\.so[^\n]*\bminlen=(\d{1,3})", rules)
        if found:
            return int(found.group(1))
        if "pam_unix.so" in rules:
            return 6
    return None


@collector("linux", sees=(DevicePasswords,))
def passwords(host: Host) -> list[Seen]:
    """Rules are readable by everyone; whether a password is empty only by root."""
    hidden = {}
    empty: list[str] | None = None
    ages: list[int] = []
    try:
        empty, ages = parse_shadow(host.read("/etc/shadow"))
    except Denied:
        hidden["empty"] = NotSeen("no_permission", see_with="sudo awk -F: '$2==\"\"' /etc/shadow")
    except Missing:
        hidden["empty"] = NotSeen("not_looked", detail="no /etc/shadow")
    length = _least_length(host)
    if length is None:
        hidden["min_length"] = NotSeen("not_looked", detail="no PAM rules found")
    oldest = max(ages, default=None)
    if oldest is None:
        hidden["max_age_days"] = hidden.get("empty", NotSeen("not_looked"))
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


def parse_sudoers(text: str) -> list[str]:
    """Return who may run commands without a password (NOPASSWD), as written in sudoers(5).

    ``#`` begins a comment except before a number at the start of a line (a user by uid).
    """
    joined = re.sub(r"\\\n", " ", text)
    found = []
    for line in joined.splitlines():
        rule = line.strip()
        rule = rule if re.match(r"#\d", rule) else rule.split("#", 1)[0].strip()
        if rule.startswith("Defaults"):
            if re.search(r"!\s*authenticate\b", rule):
                found.append(re.sub(r"^Defaults[:@>!]?", "", rule.split()[0]) or "ALL")
        elif re.search(r"\bNOPASSWD\s*:", rule):
            found.append(rule.split()[0])
    return found


def _included_elsewhere(text: str) -> bool:
    """Whether the file takes in others than the usual folder; those are not followed."""
    places = re.findall(r"^\s*[@#]include(?:dir)?\s+(\S+)", text, re.MULTILINE)
    return any(place.rstrip("/") != "/etc/sudoers.d" for place in places)


@collector("linux", sees=(DeviceSudo,))
def sudo(host: Host) -> list[Seen]:
    """Read the sudoers files; sudo itself is never run, so nothing is logged or mailed."""
    if not host.exists("/etc/sudoers"):
        return [saw(DeviceSudo(()))]
    why = NotSeen("no_permission", see_with="sudo grep -r NOPASSWD /etc/sudoers /etc/sudoers.d")
    names: list[str] = []
    elsewhere = False
    try:
        for path in ["/etc/sudoers", *host.glob("/etc/sudoers.d/*")]:
            name = path.rsplit("/", 1)[-1]
            if path != "/etc/sudoers" and ("." in name or name.endswith("~")):
                continue  # sudo passes over these names
            text = host.read(path)
            elsewhere = elsewhere or _included_elsewhere(text)
            names += parse_sudoers(text)
    except Denied:
        return [missed(DeviceSudo, why)]
    if not host.is_root() and host.exists("/etc/sudoers.d") and not host.glob("/etc/sudoers.d/*"):
        # The folder's names are hidden from ordinary users: an empty list proves nothing.
        return [missed(DeviceSudo, why)]
    if elsewhere and not names:
        return [missed(DeviceSudo, NotSeen("not_looked", see_with="sudo -l"))]
    return [saw(DeviceSudo(tuple(sorted(set(names)))))]
