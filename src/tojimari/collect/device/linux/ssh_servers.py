"""The SSH server: OpenSSH's effective settings for everybody and for whom it makes exceptions."""

import re
import shlex
from typing import NamedTuple

from tojimari.collect.device.linux import units
from tojimari.collect.device.linux.antimalware import running_processes
from tojimari.collect.device.linux.config_text import read_beginning
from tojimari.collect.device.linux.ssh_addresses import only_here
from tojimari.collect.device.sshd_config import (
    ANYBODY,
    ROOT_LOGIN,
    Connection,
    Line,
    Match,
    RootLogin,
    Settings,
    connections_for,
    in_words,
    matches_of,
    matches_pattern,
    parse_sshd_config,
    settings_for,
)
from tojimari.collect.host import Denied, Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSshd, SshException

_CONFIGS = ("/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config")
SEE_SSHD = "sudo sshd -T"
_SEE_CONNECTION = f"{SEE_SSHD} -C {Connection(user='root').specification()}"
# Servers of their own kind, by their processes' names; how they are set up is not read.
_OTHERS = ("lshd", "wolfsshd", "ssh-server-g3", "sshd2")
_MOST_ASKED = 40


class Entry(NamedTuple):
    """What a server accepts from one connection."""

    password: bool
    root: RootLogin
    empty: bool


class Options(NamedTuple):
    """What sshd is started with beside its file."""

    config: str
    arguments: tuple[str, ...]
    lines: tuple[Line, ...]


def parse_sshd(text: str) -> Settings:
    """Return the settings ``sshd -T`` prints, one "key value" a line; the first one counts.

    Lists of users and groups, one name a line, are joined by spaces.
    """
    settings: Settings = {}
    for line in text.splitlines():
        key, space, value = line.strip().partition(" ")
        key = key.lower()
        if space and key in ("allowusers", "denyusers", "allowgroups", "denygroups"):
            settings[key] = f"{settings.get(key, '')} {value.strip()}".strip()
        elif space:
            settings.setdefault(key, value.strip())
    return settings


# Of starters without units: the variables of their settings that sshd is given.
_VARIABLES = ("SSHD_OPTS", "OPTIONS")
_SETTINGS = ("/etc/default/ssh", "/etc/sysconfig/sshd", "/etc/sysconfig/ssh", "/etc/conf.d/sshd")
_UNITS = ("ssh.service", "sshd.service", "ssh@.service", "sshd@.service")


def _variables(text: str) -> dict[str, str]:
    """Return the variables of a file of settings, quotes removed."""
    return {
        name: value.strip().strip("\"'")
        for name, value in re.findall(r"^\s*(\w+)=(.*)$", text, re.MULTILINE)
    }


def _words_of_unit(host: Host, name: str) -> list[str]:
    """Return the command of a unit that starts sshd, its variables filled in; none for others."""
    unit = units.text_of(host, name)
    command = units.setting(unit, "ExecStart")[-1:]
    if not command or not re.match(r"[-@:+!|]*\S*/sshd(?:\s|$)", command[0]):
        return []
    known: dict[str, str] = {}
    for path in units.setting(unit, "EnvironmentFile"):
        known |= _variables(read_beginning(host, path.removeprefix("-")))
    return _split(re.sub(r"\$\{?(\w+)\}?", lambda m: known.get(m.group(1), ""), command[0]))


def _started_with(host: Host) -> list[str]:
    """Return the words sshd is started with: by systemd's unit, else by the usual settings."""
    for name in _UNITS:
        if words := _words_of_unit(host, name):
            return words
    words = []
    for path in _SETTINGS:
        said = _variables(read_beginning(host, path))
        words += _split(" ".join(said.get(name, "") for name in _VARIABLES))
    return words


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _options(host: Host, words: list[str]) -> Options:
    """Return what the command of a server adds: ``-o`` counts before every file."""
    config = next((path for path in _CONFIGS if host.exists(path)), _CONFIGS[0])
    arguments: list[str] = []
    for at, word in enumerate(words):
        value = word[2:] or (words[at + 1] if at + 1 < len(words) else "")
        if word.startswith("-o") and value:
            arguments += ["-o", value]
        elif word.startswith("-f") and value:
            config = value
    text = "\n".join(value for value in arguments if value != "-o")
    try:
        lines = parse_sshd_config(text, lambda pattern: [])
    except ValueError:
        lines = []
    return Options(config, tuple(arguments), tuple(lines))


class Configuration:
    """The files of sshd, and sshd itself, asked about connections."""

    def __init__(self, host: Host, options: Options) -> None:
        """Read the file and what it includes. Nothing is raised: ``problem`` says what failed."""
        self._host, self._options = host, options
        self.lines: list[Line] = []
        self.problem: NotSeen | None = None
        """Why the files could not be read whole; None when they were."""
        self._of_a_folder = False
        self._errors = ""
        try:
            text = host.read(options.config)
            self.lines = [*options.lines, *parse_sshd_config(text, self._included)]
        except Denied:
            self.problem = NotSeen("no_permission", see_with=_SEE_CONNECTION)
        except (Unavailable, ValueError) as error:
            self.problem = NotSeen("nonsense", see_with=SEE_SSHD, detail=str(error)[:200])

    def _included(self, pattern: str) -> list[tuple[str, str]]:
        root = str(self._host.root).rstrip("/")
        if root and pattern.startswith(f"{root}/"):
            pattern = pattern.removeprefix(root)
        elif not pattern.startswith("/"):
            pattern = f"{self._options.config.rsplit('/', 1)[0]}/{pattern}"
            self._of_a_folder = bool(root)
        elif root and self._host.glob(pattern):
            self._of_a_folder = True
        return [(path, self._host.read(path)) for path in self._host.glob(pattern)]

    def settings(self, connection: Connection | None) -> Settings:
        """Return what holds for a connection, for everybody when None.

        sshd itself is asked where it can run, the files are read where it cannot. Raises
        ValueError where neither tells.
        """
        # Groups are those of this machine's accounts, included files those of its own root.
        if not self._of_a_folder and not (connection and connection.groups):
            asked = self._ask(connection)
            if asked is not None:
                return asked
        return settings_for(self.lines, connection or Connection())

    def why(self) -> NotSeen:
        """Return why the settings could not be told."""
        why = self.problem or NotSeen("nonsense", see_with=SEE_SSHD)
        return NotSeen(why.reason, why.see_with, self._errors or why.detail)

    def _ask(self, connection: Connection | None) -> Settings | None:
        config = str(self._host.path(self._options.config))
        argv = ["sshd", "-T", "-f", config, *self._options.arguments]
        if connection is not None:
            argv += ["-C", connection.specification()]
        try:
            output = self._host.run(argv)
        except Unavailable:
            return None
        settings = parse_sshd(output.out)
        if output.code != 0 or "passwordauthentication" not in settings:
            self._errors = output.err[:200]
            return None
        return settings


def _may_enter(settings: Settings, user: str, groups: tuple[str, ...] | None) -> bool:
    """Return whether AllowUsers, DenyUsers and their groups let a user in at all.

    groups: the user's; None where they are not known, which shuts nobody out.
    """

    def named(key: str, names: tuple[str, ...], *, from_anywhere: bool = False) -> bool:
        patterns = [one.partition("@") for one in settings.get(key, "").split()]
        return any(
            matches_pattern(pattern, name)
            for pattern, at, place in patterns
            for name in names
            # Who is denied from one place comes from another.
            if not (from_anywhere and at and place.strip("*"))
        )

    if named("denyusers", (user,), from_anywhere=True):
        return False
    if settings.get("allowusers") and not named("allowusers", (user,)):
        return False
    if groups is None:
        return True
    return not named("denygroups", groups) and (
        not settings.get("allowgroups") or named("allowgroups", groups)
    )


def _entry(settings: Settings, user: str = "", groups: tuple[str, ...] | None = None) -> Entry:
    """Return what these settings accept, from anybody or from one user."""
    keyboard = settings.get("kbdinteractiveauthentication") == "yes"
    pam = settings.get("usepam") == "yes"
    methods = settings.get("authenticationmethods", "any").lower().split()
    alone = methods in ([], ["any"]) or any(
        all(one.startswith(("password", "keyboard-interactive")) for one in way.split(","))
        for way in methods
    )
    # Keyboard-interactive through PAM asks for the very same password.
    password = alone and (settings.get("passwordauthentication") == "yes" or (keyboard and pam))
    root = ROOT_LOGIN.get(settings.get("permitrootlogin", ""))
    if root is None:
        raise ValueError("permitrootlogin")
    if user and not _may_enter(settings, user, groups):
        root, password = "no", False
    return Entry(password, root, settings.get("permitemptypasswords") == "yes" and password)


def _members(host: Host, group: str) -> list[str] | None:
    try:
        groups = [line.split(":") for line in host.read("/etc/group").splitlines()]
        accounts = [line.split(":") for line in host.read("/etc/passwd").splitlines()]
    except Unavailable:
        return None
    here = [parts for parts in groups if len(parts) == 4 and parts[0] == group]
    if not here:
        return None
    primary = [a[0] for a in accounts if len(a) == 7 and a[3] in {parts[2] for parts in here}]
    return [name for parts in here for name in parts[3].split(",") if name] + primary


def _groups_of_root(host: Host) -> tuple[str, ...]:
    try:
        groups = [line.split(":") for line in host.read("/etc/group").splitlines()]
    except Unavailable:
        return ("root",)
    mine = [g[0] for g in groups if len(g) == 4 and "root" in g[3].split(",")]
    return ("root", *mine)


def _exception(host: Host, found: Configuration, matches: tuple[Match, ...]) -> SshException | None:
    """Return what Match lines let in; None for nothing. Raises ValueError where it is unclear."""
    password = root = empty = False
    for connection in connections_for(matches, lambda group: _members(host, group)):
        is_root = connection.user == "root"
        user = "" if connection.user == ANYBODY else connection.user
        groups = _groups_of_root(host) if is_root else None
        entry = _entry(found.settings(connection), user, groups)
        if is_root:
            # Root enters with a password only where both are allowed for him, and he has one.
            allowed = entry.password and entry.root == "yes"
            root = root or (allowed and _root_has_a_password(host) is not False)
        else:
            password = password or entry.password
        empty = empty or (entry.empty and (not is_root or entry.root == "yes"))
    if not (password or root or empty):
        return None
    return SshException(in_words(matches), password, root, empty)


def _second_servers(host: Host) -> list[SshException | None]:
    """Return what further units let in that start sshd with a file or options of their own.

    Raises ValueError where that cannot be told.
    """
    names = {path.rsplit("/", 1)[-1] for path in host.glob(f"{units.ETC}/*.service")}
    found = []
    for name in sorted(names - {"ssh.service", "sshd.service"}):
        words = _words_of_unit(host, name)
        if not words or not units.enabled(host, name):
            continue
        server = Configuration(host, _options(host, words))
        if server.problem is not None:
            raise ValueError(name)
        if not only_here(host, server.lines, waits_itself=True):
            found.append(_let_in(host, server, name))
    return found


def _let_in(host: Host, server: Configuration, name: str) -> SshException | None:
    """Return what a whole server lets in, as an exception to the one that is judged."""
    entry = _entry(server.settings(None))
    as_root = _entry(server.settings(Connection(user="root")), "root", _groups_of_root(host))
    root = as_root.password and as_root.root == "yes" and _root_has_a_password(host) is not False
    if not (entry.password or root):
        return None
    return SshException(name.removesuffix(".service"), entry.password, root, entry.empty)


def _openssh(host: Host, *, running: bool) -> Seen:
    """Return what OpenSSH accepts from everybody, and what its Match lines accept besides."""
    found = Configuration(host, _options(host, _started_with(host)))
    here = found.problem is None and only_here(host, found.lines)
    bare = DeviceSshd(True, running, None, None, None, only_here=here)
    try:
        if found.problem is not None:
            raise ValueError(found.problem.detail)
        matches = matches_of(found.lines)
        if len(matches) > _MOST_ASKED:
            raise ValueError("more Match lines than can be asked about")
        within = any(line.within for line in found.lines)
        for_all = found.settings(Connection() if within else None)
        somebody = _entry(for_all)
        # sshd is started a second time only where the files tell one person from another.
        for_root = found.settings(Connection(user="root")) if within else for_all
        as_root = _entry(for_root, "root", _groups_of_root(host))
        exceptions = [_exception(host, found, one) for one in matches] + _second_servers(host)
    except ValueError:
        why = found.why()
        return saw(bare, password_login=why, root_login=why, empty_passwords=why)
    # Where root alone is refused passwords, or has none, a key is what he may come with.
    refused = not as_root.password or _root_has_a_password(host) is False
    keys_alone = as_root.root == "yes" and somebody.password and refused
    return saw(
        DeviceSshd(
            installed=True,
            running=running,
            password_login=somebody.password,
            root_login="prohibit-password" if keys_alone else as_root.root,
            empty_passwords=somebody.empty,
            exceptions=tuple(one for one in exceptions if one is not None),
            only_here=here,
        )
    )


def _enabled(host: Host, *units: str) -> bool:
    """Whether systemd starts one of these by itself, or waits for a connection in its place."""
    return any(host.glob(f"/etc/systemd/system/*.wants/{unit}") for unit in units)


def parse_dropbear(text: str) -> Entry:
    """Return what dropbear's options (-s, -g, -w, -B ...) accept.

    text: the shell variables of its settings, or OpenWrt's list of options.
    """
    said = re.findall(
        r"^\s*(?:DROPBEAR_EXTRA_ARGS|DROPBEAR_OPTS|DROPBEAR_OPTIONS|OPTIONS)=(.*)$",
        text,
        re.MULTILINE,
    )
    flags = set(re.findall(r"(?<![\w-])-([a-zA-Z])", " ".join(said[-1:])))
    for cluster in re.findall(r"(?<![\w-])-([sgwBtjkaFEm]{2,})\b", " ".join(said[-1:])):
        flags |= set(cluster)

    def off(option: str) -> bool:
        pattern = rf"^\s*option\s+'?{option}'?\s+['\"]?(?:off|0|no|false)\b"
        return re.search(pattern, text, re.MULTILINE | re.IGNORECASE) is not None

    password = "s" not in flags and "t" not in flags and not off("PasswordAuth")
    root: RootLogin = "yes"
    if "w" in flags or off("RootLogin"):
        root = "no"
    elif "g" in flags or off("RootPasswordAuth") or not password:
        root = "prohibit-password"
    return Entry(password, root, "B" in flags and password)


def _root_has_a_password(host: Host) -> bool | None:
    try:
        lines = host.read("/etc/shadow").splitlines()
    except Unavailable:
        return None
    fields = [line.split(":")[1] for line in lines if line.startswith("root:")]
    return bool(fields) and fields[0][:1] not in ("!", "*")


def _dropbear(host: Host, processes: frozenset[str]) -> Seen | None:
    text, there = "", False
    for path in (
        *("/etc/default/dropbear", "/etc/sysconfig/dropbear", "/etc/conf.d/dropbear"),
        "/etc/config/dropbear",
    ):
        try:
            text += host.read(path) + "\n"
            there = True
        except Denied:
            there = True
        except Unavailable:
            continue
    started = "dropbear" in processes or _enabled(host, "dropbear.service", "dropbear*.socket")
    if not there and not started:
        return None
    no_start = re.search(r"^\s*NO_START=[\"']?(\d)", text, re.MULTILINE)
    running: bool | None = True if started or (no_start and no_start.group(1) == "0") else None
    if not started and no_start and no_start.group(1) != "0":
        running = False
    entry = parse_dropbear(text)
    root: RootLogin | None = entry.root
    hidden = {}
    if root == "yes":
        # It lets root in by his password, where he has one.
        has_one = _root_has_a_password(host)
        if has_one is None:
            root = None
            hidden["root_login"] = NotSeen("no_permission", see_with="sudo passwd -S root")
        elif not has_one:
            root = "prohibit-password"
    return saw(DeviceSshd(True, running, entry.password, root, entry.empty), **hidden)


def _tinyssh(host: Host, processes: frozenset[str]) -> Seen | None:
    """TinySSH knows keys alone; there is nothing to set."""
    started = "tinysshd" in processes or _enabled(host, "tinyssh*.socket", "tinyssh*.service")
    if not started and not host.exists("/etc/tinyssh/sshkeydir"):
        return None
    running = True if started else None
    return saw(DeviceSshd(True, running, False, "prohibit-password", False))


def _other(processes: frozenset[str]) -> Seen | None:
    names = sorted(processes & set(_OTHERS))
    if not names:
        return None
    why = NotSeen("not_looked", detail=names[0])
    fact = DeviceSshd(True, True, None, None, None)
    return saw(fact, password_login=why, root_login=why, empty_passwords=why)


@collector("linux", sees=(DeviceSshd,))
def sshd(host: Host) -> list[Seen]:
    """See which SSH server is there; one that runs counts before one that does not."""
    processes = running_processes()
    found: list[Seen] = []
    program = host.which("sshd") is not None or host.exists("/usr/sbin/sshd")
    if program and any(host.exists(path) for path in _CONFIGS):
        # With socket activation (ssh.socket) no sshd runs until somebody connects.
        running = "sshd" in processes or _enabled(host, "ssh.socket", "sshd.socket")
        found.append(_openssh(host, running=running))
    found += [one for one in (_dropbear(host, processes), _tinyssh(host, processes)) if one]
    if other := _other(processes):
        found.append(other)
    if not found:
        return [saw(DeviceSshd(False, False, None, None, None))]
    return [max(found, key=_running)]


def _running(seen: Seen) -> int:
    fact = seen.fact
    running = fact.running if isinstance(fact, DeviceSshd) else None
    return {True: 2, None: 1, False: 0}[running]
