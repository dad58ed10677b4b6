"""What sudoers(5) files allow, to whom, and whether a password is asked for it."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_ALIAS = re.compile(r"(User|Runas|Host|Cmnd|Cmd)_Alias\s+(.+)")
_INCLUDE = re.compile(r"[@#]include(dir)?\s+(.+)")
_TAG = re.compile(r"(?:NO)?(?:PASSWD|EXEC|SETENV|LOG_INPUT|LOG_OUTPUT|MAIL|FOLLOW|INTERCEPT)\s*:")
_OPTION = re.compile(
    r"(?:ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER)=\S+"
)
_MORE_HOSTS = re.compile(r"\s:\s*[^\s=:()]+\s*=\s*(?=[(\w/!^])")
_RUNAS = re.compile(r"\(([^)]*)\)")
_DIGEST = re.compile(r"sha(?:224|256|384|512):\S+")

# Programs that start others, write any file or change accounts when they run as root: whoever may
# run one of them with arguments of his own choice has all rights.
_RUNS_ANYTHING = frozenset(
    """ansible-playbook apt apt-get aptitude at awk bash busybox chmod chown chroot cp crontab csh
    dash dd dnf docker dpkg ed emacs env expect find fish flatpak gawk gcc gdb git install
    journalctl ksh less ln lua make man mawk mksh more mount mv nano nc ncat nerdctl nmap node
    nsenter passwd perl php pip pip3 pkexec podman python python2 python3 rpm rsync ruby run0 screen
    script sed sh snap socat ssh strace su sudo sudoedit systemctl systemd-run tar tclsh tcpdump tee
    tmux unshare useradd usermod vi view vim vimdiff vipw virsh visudo watch wget xargs yum zip
    zsh zypper""".split()  # noqa: SIM905 - a plain list of words
)
# With these a person types commands of his own, whatever file they were started with.
_TAKES_COMMANDS = frozenset("ed emacs less man more nano vi view vim vimdiff vipw visudo".split())  # noqa: SIM905
_ROOT = frozenset({"root", "#0", "%root", "%#0"})
_OWN_FILES = ("/home/", "/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108 - not written to


class Right(NamedTuple):
    """One thing somebody may do as root.

    Attributes:
        who: as written: a user, ``%group``, ``#uid`` or ALL.
        command: ALL, or the command as written.
        password: whether a password is asked for.
    """

    who: str
    command: str
    password: bool


class Include(NamedTuple):
    """Another file, or a folder of files, to be read in this place."""

    path: str
    folder: bool


def amounts_to_root(command: str) -> bool:
    """Return whether a command, run as root by somebody, gives him all rights."""
    program, _, arguments = command.strip().partition(" ")
    arguments = arguments.strip()
    name = program.rsplit("/", 1)[-1]
    if program == "ALL":
        return True
    if program.startswith("^"):  # a regular expression
        return ".*" in program or ".+" in program
    if program.endswith("/") or "*" in name or program.startswith(_OWN_FILES):
        return True
    if name in _TAKES_COMMANDS:
        return True
    if name == "su":
        return all(word.startswith("-") or word == "root" for word in arguments.split())
    if arguments and "*" not in arguments and not arguments.startswith("^"):
        return False
    return re.sub(r"[\d.]+$", "", name) in _RUNS_ANYTHING or name in _RUNS_ANYTHING


def without_password(rights: Iterable[Right]) -> tuple[list[str], list[str]]:
    """Return (who has all rights without a password, "who: command" of what is less).

    The last rule for the same person counts, as with sudo and doas; root has all rights anyhow.
    """
    full: dict[str, None] = {}
    some: dict[str, list[str]] = {}
    for right in rights:
        if right.who in _ROOT:
            continue
        if right.password:
            if right.command == "ALL":
                full.pop(right.who, None)
                some.pop(right.who, None)
        elif amounts_to_root(right.command):
            full[right.who] = None
        else:
            some.setdefault(right.who, []).append(right.command)
    less = [f"{who}: {one}" for who, all_ in some.items() if who not in full for one in all_]
    return sorted(full), sorted(set(less))


class Sudoers:
    """What a set of sudoers files says, fed line by line in sudo's order."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.rights: list[Right] = []
        self._asks_nobody: dict[str, None] = {}
        self._unasked_commands: list[str] = []
        self._exempt: dict[str, None] = {}
        self._aliases: dict[tuple[str, str], list[str]] = {}
        self.target_password = False
        """Whether the password asked for is the target's (root's), not one's own."""

    def feed(self, line: str) -> None:
        """Take in one logical line, without its comment. Any text is taken."""
        if line.startswith("Defaults"):
            self._defaults(line)
        elif alias := _ALIAS.match(line):
            kind = "Cmnd" if alias.group(1) == "Cmd" else alias.group(1)
            for part in re.split(r"\s+:\s+(?=[A-Z][A-Z0-9_]*\s*=)", alias.group(2)):
                name, _, members = part.partition("=")
                self._aliases[kind, name.strip()] = _listed(members)
        elif "=" in line:
            users, hosts_and_rest = _first_word(re.sub(r"\s*,\s*", ",", line))
            _, _, rest = hosts_and_rest.partition("=")
            for commands in _MORE_HOSTS.split(rest):
                self._user_line(users, commands)

    def without_password(self) -> tuple[list[str], list[str]]:
        """Return (who has all rights without a password, "who: command" of what is less)."""
        full, some = without_password(self.rights)
        unasked = {f"ALL: {one}" for one in self._unasked_commands if not amounts_to_root(one)}
        everybody = {"ALL" for one in self._unasked_commands if amounts_to_root(one)}
        full = sorted({*full, *self._asks_nobody, *self._exempt, *everybody} - _ROOT)
        return full, sorted({*some, *unasked})

    def administrators(self) -> list[str]:
        """Return who may have all rights, with a password of his own or without one."""
        return sorted(
            {
                right.who
                for right in self.rights
                if amounts_to_root(right.command) and not (right.password and self.target_password)
            }
        )

    def _defaults(self, line: str) -> None:
        match = re.match(r"Defaults(?:([:@>!])(\S+))?\s+(.*)", line)
        if match is None:
            return
        kind, scope, settings = match.groups()
        # Limited to hosts (@) or to the account that commands run as (>) it holds for everybody.
        name = scope if kind == ":" else "ALL"
        for setting in settings.split(","):
            said = re.sub(r"\s+", "", setting)
            if said == "!authenticate" and kind == "!":
                self._unasked_commands += self._expanded("Cmnd", [scope])
            elif said == "!authenticate":
                self._asks_nobody.update(dict.fromkeys(self._expanded("User", [name])))
            elif said == "authenticate":
                self._asks_nobody.pop(name, None)
            elif said.startswith("exempt_group="):
                self._exempt["%" + said.partition("=")[2].strip("\"'")] = None
            elif said.lstrip("!") in ("targetpw", "rootpw", "runaspw"):
                self.target_password = not said.startswith("!")

    def _user_line(self, users: str, commands: str) -> None:
        who = [one for one in self._expanded("User", _listed(users)) if not one.startswith("!")]
        as_root, password = True, True
        for part in re.split(r"(?<!\\),(?![^(]*\))", commands):
            spec = part.strip()
            if runas := _RUNAS.match(spec):
                as_root = self._is_root(runas.group(1))
                spec = spec[runas.end() :].strip()
            while tag := (_TAG.match(spec) or _OPTION.match(spec) or _DIGEST.match(spec)):
                if tag.group().startswith(("NOPASSWD", "PASSWD")):
                    password = tag.group().startswith("PASSWD")
                spec = spec[tag.end() :].strip()
            if not spec or spec.startswith("!") or not as_root:
                continue
            for command in self._expanded("Cmnd", [spec]):
                if not command.startswith("!"):
                    self.rights += [Right(one, command, password) for one in who]

    def _is_root(self, runas: str) -> bool:
        users = self._expanded("Runas", _listed(runas.partition(":")[0]))
        if "!root" in users or "!#0" in users:
            return False
        # Without a user, "()" is root's; "(:group)" is one's own account with that group.
        return ("root" in users or "ALL" in users or "#0" in users) if users else ":" not in runas

    def _expanded(self, kind: str, names: list[str], depth: int = 0) -> list[str]:
        found: list[str] = []
        for name in names:
            members = self._aliases.get((kind, name))
            if members is None or depth > 8 or len(found) > 10_000:
                found.append(name)
            else:
                found += self._expanded(kind, members, depth + 1)
        return found


def _first_word(line: str) -> tuple[str, str]:
    match = re.match(r'((?:"[^"]*"|\\.|[^\s"\\])+)\s*(.*)', line)
    return (match.group(1), match.group(2)) if match else (line, "")


def _listed(text: str) -> list[str]:
    return [one.strip().strip('"') for one in re.split(r"(?<!\\),", text) if one.strip()]


def logical_lines(text: str) -> list[str | Include]:
    """Return the lines of a sudoers file, joined where they go on, without their comments.

    ``#`` begins a comment except before a number, where it is a user or group by its number.
    """
    found: list[str | Include] = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = line.strip()
        if include := _INCLUDE.match(line):
            path = include.group(2).strip().strip('"').replace("\\ ", " ")
            found.append(Include(path, folder=bool(include.group(1))))
            continue
        line = re.sub(r"(?<!\\)#(?!\d)[^\n]*", "", line).strip()
        if line:
            found.append(line)
    return found


def parse_sudoers(text: str) -> Sudoers:
    """Return what one file says, without those it includes."""
    said = Sudoers()
    for line in logical_lines(text):
        if isinstance(line, str):
            said.feed(line)
    return said
