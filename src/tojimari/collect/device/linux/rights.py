"""Who may become administrator, and who without a password: sudo, doas, polkit and su."""

import re

from tojimari.collect.device.linux.key_files import read_key_files
from tojimari.collect.device.linux.sudoers import (
    Include,
    Right,
    Sudoers,
    logical_lines,
    without_password,
)
from tojimari.collect.host import Denied, Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSudo

SEE_SUDO = "sudo grep -r NOPASSWD /etc/sudoers /etc/sudoers.d"
_MOST_FILES = 200
_DEEPEST = 16


class SudoRules:
    """What sudo's files say, and what of them could not be read."""

    def __init__(self, host: Host) -> None:
        """Read /etc/sudoers and what it includes; sudo itself is never run: nothing is logged."""
        self.said = Sudoers()
        self.hidden = False
        """Whether some may not be read by this user."""
        self.elsewhere = _in_a_directory(host)
        """Whether some stand where nothing can be read: a missing file, a directory service."""
        self._host = host
        self._read = 0
        # sudo-rs has a file of its own, which counts in place of sudo's where it is there.
        own = host.exists("/etc/sudoers-rs") and _is_sudo_rs(host)
        path = "/etc/sudoers-rs" if own else "/etc/sudoers"
        if host.exists(path):
            self._file(path, 0)

    def _file(self, path: str, depth: int) -> None:
        self._read += 1
        if depth > _DEEPEST or self._read > _MOST_FILES:
            self.elsewhere = True
            return
        try:
            lines = logical_lines(self._host.read(path))
        except Denied:
            self.hidden = True
            return
        except Unavailable:
            self.elsewhere = True
            return
        for line in lines:
            if isinstance(line, Include):
                self._include(line, path, depth)
            else:
                self.said.feed(line)

    def _include(self, include: Include, within: str, depth: int) -> None:
        target = include.path.rstrip("/")
        if not target.startswith("/"):
            target = f"{within.rsplit('/', 1)[0]}/{target}"
        if not include.folder:
            self._file(target, depth + 1)
            return
        paths = self._host.glob(f"{target}/*")
        if not paths and not self._host.is_root() and self._there(target):
            # The folder's names are hidden from ordinary users: an empty list proves nothing.
            self.hidden = True
        for path in paths:
            name = path.rsplit("/", 1)[-1]
            if "." not in name and not name.endswith("~"):  # sudo passes over these names
                self._file(path, depth + 1)

    def _there(self, path: str) -> bool:
        try:
            return self._host.exists(path)
        except Denied:
            return True


def _is_sudo_rs(host: Host) -> bool:
    """Whether the sudo of this machine is sudo-rs, as Ubuntu's links say since 25.10."""
    if not host.exists("/usr/bin/sudo"):
        return True
    place = host.path("/usr/bin/sudo")
    try:
        for _ in range(4):
            if not place.is_symlink():
                break
            target = str(place.readlink())
            if re.search(r"sudo-rs|/cargo/", target):
                return True
            place = host.path(target) if target.startswith("/") else place.parent / target
    except OSError:
        return False
    return not host.glob("/usr/lib*/sudo/sudoers.so") and not host.glob(
        "/usr/libexec/sudo/sudoers.so"
    )


def _in_a_directory(host: Host) -> bool:
    """Whether sudo also asks a directory service that is set up here."""
    try:
        text = host.read("/etc/nsswitch.conf")
        if re.search(r"^\s*sudoers:.*\b(?:sss|ldap)\b", text, re.MULTILINE) is None:
            return False
        return host.exists("/etc/sssd/sssd.conf") or host.exists("/etc/sudo-ldap.conf")
    except Denied:
        return True
    except Unavailable:
        return False


def parse_doas(text: str) -> list[Right]:
    """Return what a doas.conf(5) lets people do as root; groups are written as in sudoers."""
    found = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"setenv\s*\{[^}]*\}", "", line.split("#", 1)[0])
        words = [word.strip('"') for word in line.split()]
        if not words or words[0] not in ("permit", "deny"):
            continue
        options = {"nopass", "nolog", "persist", "keepenv"}
        said = [word for word in words[1:] if word not in options]
        if not said or (words[0] == "permit" and _doas_target(said) not in ("root", "0")):
            continue
        who = "%" + said[0][1:] if said[0].startswith(":") else said[0]
        command = "ALL"
        if "cmd" in said[1:]:
            at = said.index("cmd", 1)
            arguments = said[at + 3 :] if said[at + 2 : at + 3] == ["args"] else []
            # "args" alone allows the command without any argument, as "" does in sudoers.
            fixed = " ".join(arguments) or '""' if "args" in said[at:] else ""
            command = " ".join([*said[at + 1 : at + 2], fixed]).strip()
        # What is denied is not had without a password.
        asks = words[0] == "deny" or "nopass" not in words
        found.append(Right(who, command, asks))
    return found


def _doas_target(said: list[str]) -> str:
    return said[2] if len(said) > 2 and said[1] == "as" else "root"


def read_doas(host: Host) -> list[Right]:
    """Return the rights of doas, where it has rules; what may not be read gives none."""
    found: list[Right] = []
    for path in ["/etc/doas.conf", *host.glob("/etc/doas.d/*.conf")]:
        try:
            found += parse_doas(host.read(path))
        except Unavailable:
            continue
    return found


_BLOCK = re.compile(r"polkit\.(addRule|addAdminRule)\s*\(")
_GROUP = re.compile(r"isInGroup\s*\(\s*[\"']([^\"']+)[\"']\s*\)")
_USER = re.compile(r"subject\.user\s*={2,3}\s*[\"']([^\"']+)[\"']")
_ADMIN = re.compile(r"unix-(user|group):([\w.-]+)")


def parse_polkit(text: str) -> tuple[list[str], list[str]]:
    """Return (administrators, who is never asked for a password) of a polkit rules file.

    A rule counts as "never asked" where it says yes to every action, or to running programs
    (pkexec); one about other actions gives less than all rights.
    """
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"(?<!:)//[^\n]*", "", text)
    parts = _BLOCK.split(text)
    administrators, unasked = [], []
    for kind, block in zip(parts[1::2], parts[2::2], strict=True):
        names = [f"%{name}" for name in _GROUP.findall(block)] + _USER.findall(block)
        if kind == "addAdminRule":
            found = _ADMIN.findall(block)
            administrators += [name if of == "user" else f"%{name}" for of, name in found]
        elif re.search(r"Result\.YES\b|return\s+[\"']yes[\"']", block) and (
            "action" not in re.sub(r"function\s*\([^)]*\)", "", block)
            or "org.freedesktop.policykit.exec" in block
        ):
            unasked += names or ["ALL"]
    return administrators, unasked


def read_polkit(host: Host) -> tuple[list[str], list[str]]:
    """Return (administrators, who is never asked for a password) by polkit's own files."""
    administrators: list[str] = []
    unasked: list[str] = []
    # A file in /etc stands in for one of its name elsewhere.
    files = {
        path.rsplit("/", 1)[-1]: path
        for folder in ("/usr/share", "/usr/local/share", "/run", "/etc")
        for path in host.glob(f"{folder}/polkit-1/rules.d/*.rules")
    }
    for path in (files[name] for name in sorted(files)):
        try:
            more, others = parse_polkit(host.read(path))
        except Unavailable:
            continue
        administrators += more
        unasked += others
    for setting in read_key_files(host, "/etc/polkit-1/localauthority.conf.d/*.conf"):
        if setting.key == "AdminIdentities":
            found = _ADMIN.findall(setting.value)
            administrators += [name if of == "user" else f"%{name}" for of, name in found]
    for path in host.glob("/etc/polkit-1/localauthority/*/*.pkla"):
        rules: dict[str, dict[str, str]] = {}
        for setting in read_key_files(host, path):
            rules.setdefault(setting.section, {})[setting.key] = setting.value
        for rule in rules.values():
            actions = re.split(r"[;\s]+", rule.get("Action", ""))
            said = [rule.get(f"Result{when}") for when in ("Any", "Active", "Inactive")]
            if "yes" in said and {"*", "org.freedesktop.policykit.exec"} & set(actions):
                found = _ADMIN.findall(rule.get("Identity", ""))
                unasked += [name if of == "user" else f"%{name}" for of, name in found]
    return administrators, unasked


def pam_asks_nobody(host: Host) -> list[str]:
    """Return whom PAM lets become root without a password (su and sudo's own rules of PAM)."""
    found: list[str] = []
    for service in ("su", "su-l", "sudo", "sudo-i", "doas", "polkit-1"):
        try:
            text = re.sub(r"\\\r?\n", " ", host.read(f"/etc/pam.d/{service}"))
        except Unavailable:
            continue
        for line in text.splitlines():
            rule = re.match(r"\s*auth\s+(?:sufficient|\[[^\]]*success=done[^\]]*\])\s+(.*)", line)
            if rule is None:
                continue
            module = rule.group(1).split("#", 1)[0]
            if re.match(r"\S*pam_permit\.so", module):
                found.append("ALL")
            elif re.match(r"\S*pam_wheel\.so\b.*\btrust\b", module):
                group = re.search(r"\bgroup=(\S+)", module)
                found.append("%" + (group.group(1) if group else "wheel"))
            elif group := re.search(r"pam_succeed_if\.so\b.*\bingroup\s+(\S+)", module):
                found.append("%" + group.group(1))
    return found


@collector("linux", sees=(DeviceSudo,))
def sudo(host: Host) -> list[Seen]:
    """Read what sudo, doas, polkit and su are told; none of them is run."""
    rules = SudoRules(host)
    full, some = rules.said.without_password()
    doas_full, doas_some = without_password(read_doas(host))
    names = {*full, *doas_full, *read_polkit(host)[1], *pam_asks_nobody(host)} - {"root"}
    if not names:
        # What was found open stands; "nobody" can only be said of rules that were all read.
        if rules.hidden:
            return [missed(DeviceSudo, NotSeen("no_permission", see_with=SEE_SUDO))]
        if rules.elsewhere:
            return [missed(DeviceSudo, NotSeen("not_looked", see_with="sudo -l"))]
    return [saw(DeviceSudo(tuple(sorted(names)), tuple(sorted({*some, *doas_some}))))]
