"""What sshd_config(5) files say for a connection: who comes, from where, to which address."""

import ipaddress
import re
from collections.abc import Callable, Collection, Iterator
from itertools import product
from typing import Literal, NamedTuple

from tojimari.model.facts import SshException

Read = Callable[[str], list[tuple[str, str]]]
"""Gives (path, text) of every file that an Include's pattern names."""

_DEEPEST = 16
_MOST_LINES = 20_000
ANYBODY = "somebody"
"""Stands for an account that no line names."""
_ADDRESSES = ("203.0.113.7", "192.168.1.7", "10.0.0.7", "2001:db8::7")
_NOBODY = "invalid-user"
"""Criterion of accounts that do not exist: who is meant by it never gets in."""
_CRITERIA = ("user", "group", "host", "address", "localaddress", "localport", "rdomain", _NOBODY)
_OTHER_NAMES = {
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "skeyauthentication": "kbdinteractiveauthentication",
}
_LISTS = ("allowusers", "denyusers", "allowgroups", "denygroups")
_DEFAULTS = {
    "passwordauthentication": "yes",
    "kbdinteractiveauthentication": "yes",
    "permitrootlogin": "prohibit-password",
    "permitemptypasswords": "no",
    "usepam": "no",
    "authenticationmethods": "any",
}
RootLogin = Literal["yes", "no", "prohibit-password", "forced-commands-only"]
ROOT_LOGIN: dict[str, RootLogin] = {
    "yes": "yes",
    "no": "no",
    "prohibit-password": "prohibit-password",
    "without-password": "prohibit-password",  # its former name
    "forced-commands-only": "forced-commands-only",
}
"""What PermitRootLogin may say, and what it means."""
_SWITCHES = (
    *("passwordauthentication", "kbdinteractiveauthentication", "permitemptypasswords", "usepam"),
)


class Connection(NamedTuple):
    """Somebody who connects, as Match lines tell connections apart.

    Attributes:
        groups: those of the user that matter; sshd itself looks up a real account's.
        rdomain: routing domain; "" where it is none.
    """

    user: str = ANYBODY
    groups: tuple[str, ...] = ()
    host: str = "client.example"
    address: str = _ADDRESSES[0]
    local_address: str = "192.168.1.2"
    local_port: str = "22"
    rdomain: str = ""

    def specification(self) -> str:
        """Return it as ``sshd -T -C`` takes it."""
        parts = {
            "user": self.user,
            "host": self.host,
            "addr": self.address,
            "laddr": self.local_address,
            "lport": self.local_port,
            "rdomain": self.rdomain,
        }
        return ",".join(f"{key}={value}" for key, value in parts.items() if value)


Match = tuple[tuple[str, str], ...]
"""The (criterion, value) pairs of one Match line; none for ``Match all``."""


class Line(NamedTuple):
    """One setting, and the Match lines that must all hold for it."""

    within: tuple[Match, ...]
    key: str
    value: str


Settings = dict[str, str]
"""Setting -> value, in lower case; the lists of users and groups joined by spaces."""


def _words(line: str) -> list[str]:
    found = re.findall(r'"([^"]*)"|([^\s"=#]+|#)', line.replace("=", " ", 1))
    words = [quoted or plain for quoted, plain in found]
    return words[: words.index("#")] if "#" in words else words


def _match_of(words: list[str]) -> Match:
    """Return the criteria of a Match line. Raises ValueError for what sshd would refuse."""
    if [word.lower() for word in words] == ["all"]:
        return ()
    pairs: list[tuple[str, str]] = []
    left = iter(words)
    for word in left:
        alone = word.lower() == _NOBODY
        value = "" if alone else next(left, None)
        if value is None:
            raise ValueError("Match: " + " ".join(words))
        pairs.append((word.lower(), value))
    if not pairs:
        raise ValueError("Match")
    if unknown := [name for name, _ in pairs if name not in _CRITERIA]:
        raise ValueError(f"Match {unknown[0]}")
    return tuple(pairs)


def parse_sshd_config(text: str, read: Read) -> list[Line]:
    """Return the settings of a file and of those it includes, in sshd's order.

    Raises ValueError for a Match line that sshd would refuse or this program does not know, and
    where files include each other without end.
    """
    found: list[Line] = []
    _take_in(text, read, (), 0, found)
    return found


def _take_in(
    text: str, read: Read, outer: tuple[Match, ...], depth: int, found: list[Line]
) -> None:
    within = outer
    for line in text.splitlines():
        words = _words(line.strip())
        if not words or line.lstrip().startswith("#"):
            continue
        if len(found) > _MOST_LINES or depth > _DEEPEST:
            raise ValueError("more lines than can be meant")
        key = _OTHER_NAMES.get(words[0].lower(), words[0].lower())
        if key == "match":
            # It ends with its file; an included file's settings hold within the outer one too.
            within = (*outer, _match_of(words[1:]))
            found.append(Line(within, "match", ""))
        elif key == "include":
            for pattern in words[1:]:
                for _, inner in read(pattern):
                    _take_in(inner, read, within, depth + 1, found)
        elif len(words) > 1:
            found.append(Line(within, key, " ".join(words[1:])))


def matches_pattern(pattern: str, text: str) -> bool:
    """Return whether one pattern of sshd, with its ``*`` and ``?``, takes the whole text."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.IGNORECASE | re.DOTALL) is not None


def _matches_address(pattern: str, text: str) -> bool:
    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return matches_pattern(pattern, text)


def _in_list(patterns: str, text: str, matches: Callable[[str, str], bool]) -> bool:
    """Whether a comma-separated list names ``text``; what stands behind ``!`` is taken out."""
    named = False
    for pattern in patterns.split(","):
        if pattern.startswith("!"):
            if matches(pattern[1:], text):
                return False
        elif matches(pattern, text):
            named = True
    return named


def holds(match: Match, connection: Connection) -> bool:
    """Return whether a Match line takes a connection."""
    for name, value in match:
        if name == _NOBODY:
            taken = False
        elif name == "group":
            taken = any(_in_list(value, group, matches_pattern) for group in connection.groups)
        elif name in ("address", "localaddress"):
            text = connection.address if name == "address" else connection.local_address
            taken = _in_list(value, text, _matches_address)
        else:
            text = {
                "user": connection.user,
                "host": connection.host,
                "localport": connection.local_port,
                "rdomain": connection.rdomain,
            }[name]
            taken = _in_list(value, text, matches_pattern)
        if not taken:
            return False
    return True


def settings_for(lines: list[Line], connection: Connection) -> Settings:
    """Return what holds for a connection: the first Match that says it, else the first line.

    Raises ValueError where sshd would refuse the value.
    """
    said: Settings = {}
    lists: dict[str, list[str]] = {}
    for inside in (True, False):
        for line in lines:
            if bool(line.within) != inside or not all(holds(m, connection) for m in line.within):
                continue
            if line.key in _LISTS:
                lists.setdefault(line.key, []).append(line.value)
            else:
                said.setdefault(line.key, line.value)
    settings = {**_DEFAULTS, **said, **{key: " ".join(values) for key, values in lists.items()}}
    for key in _SWITCHES:
        settings[key] = settings[key].lower()
        if settings[key] not in ("yes", "no"):
            raise ValueError(f"{key} {settings[key]}")
    settings["permitrootlogin"] = settings["permitrootlogin"].lower()
    if settings["permitrootlogin"] not in ROOT_LOGIN:
        raise ValueError(f"permitrootlogin {settings['permitrootlogin']}")
    return settings


def matches_of(lines: list[Line]) -> list[tuple[Match, ...]]:
    """Return the Match lines, each with those around it; every one once, ``Match all`` left out."""
    return [one for one in dict.fromkeys(line.within for line in lines) if any(one)]


def _concrete(patterns: str) -> list[str]:
    """Return texts that the patterns of a list are likely to take."""
    positive = [one for one in patterns.split(",") if one and not one.startswith("!")]
    return [one.replace("*", "").replace("?", "a") or ANYBODY for one in positive]


def _addresses(patterns: str) -> list[str]:
    found = []
    for pattern in patterns.split(","):
        try:
            network = ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            # 192.168.1.* and the like
            found.append(re.sub(r"[*?]", "7", pattern))
            continue
        found.append(str(network[1] if network.num_addresses > 1 else network[0]))
    return [one for one in [*found, *_ADDRESSES] if _is_address(one)]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _only_from_here(connection: Connection) -> bool:
    return any(
        ipaddress.ip_address(one).is_loopback
        for one in (connection.address, connection.local_address)
    )


def connections_for(
    matches: tuple[Match, ...], members: Callable[[str], list[str] | None]
) -> list[Connection]:
    """Return connections that Match lines take: one as root and one as somebody else, if any.

    members: gives the users of a group, None for a group that this machine's files do not hold.
    Those from this very machine are left out: nobody enters through them from afar. Raises
    ValueError where no connection was found that they take.
    """
    values: dict[str, list[str]] = {}
    for match in matches:
        for name, value in match:
            values.setdefault(name, []).append(value)
    found: list[Connection] = []
    nobody = _NOBODY in values
    here = False
    for user, group in _people(values, members):
        if user is None:
            nobody = True
            continue
        for connection in _from_somewhere(values, user, group):
            if not all(holds(match, connection) for match in matches):
                continue
            if _only_from_here(connection):
                here = True
                continue
            found.append(connection)
            break
    if not found and not nobody and not here:
        raise ValueError(f"Match {matches[-1]}")
    as_root = [one for one in found if one.user == "root"][:1]
    return as_root + [one for one in found if one.user != "root"][:1]


def _people(
    values: dict[str, list[str]], members: Callable[[str], list[str] | None]
) -> Iterator[tuple[str | None, str]]:
    """Yield (user, group) that may be meant; (None, group) for a group without members."""
    named = [one for value in values.get("user", []) for one in _concrete(value)]
    users = ["root", *named, ANYBODY] if "user" in values else ["root", ANYBODY]
    if "group" not in values:
        for user in users:
            yield user, ""
        return
    for group in dict.fromkeys(one for value in values["group"] for one in _concrete(value)):
        inside = members(group)
        if inside == []:
            yield None, group
        for user in inside if inside is not None else [u for u in users if u != "root"]:
            yield user, group


def _from_somewhere(values: dict[str, list[str]], user: str, group: str) -> Iterator[Connection]:
    base = Connection()

    def options(name: str, stock: str, concrete: Callable[[str], list[str]]) -> list[str]:
        said = [one for value in values.get(name, []) for one in concrete(value)]
        return list(dict.fromkeys([*said, stock]))[:16] if said else [stock]

    for host, address, local_address, local_port, rdomain in product(
        options("host", base.host, _concrete),
        options("address", base.address, _addresses),
        options("localaddress", base.local_address, _addresses),
        options("localport", base.local_port, _concrete),
        options("rdomain", base.rdomain, _concrete),
    ):
        groups = (group,) if group else ()
        yield Connection(user, groups, host, address, local_address, local_port, rdomain)


def in_words(matches: tuple[Match, ...]) -> str:
    """Return Match lines as they are written."""
    return ", ".join(" ".join(f"{name} {value}" for name, value in match) for match in matches)


def exceptions_by_name(
    lines: list[Line], *, asked_by: Collection[str], with_root: bool
) -> tuple[SshException, ...]:
    """Return what Match lines allow by name; whom they take is not asked: they may be anybody.

    asked_by: the settings that let a password in; any of them is enough.
    with_root: whether this system has an account that PermitRootLogin speaks of.
    """
    found = []
    for within in matches_of(lines):
        said = {line.key: line.value.lower() for line in reversed(lines) if line.within == within}
        password = any(said.get(key) == "yes" for key in asked_by)
        root = with_root and password and said.get("permitrootlogin") == "yes"
        empty = said.get("permitemptypasswords") == "yes"
        if password or empty:
            found.append(SshException(in_words(within), password, root, empty))
    return tuple(found)
