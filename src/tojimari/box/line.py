"""Whether the line is alive, tried as a computer of the office goes: through the box, not from it.

A network namespace with one end of a pair of interfaces stands for that computer; the rules treat the
other end as the office's port. It asks the box for a name, then connects to what the name leads to.
"""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from tojimari.box.engines import program
from tojimari.box.rendering.file import CANARY, PROBE_INTERFACE, PROBE_IPV4, PROBE_IPV6
from tojimari.box.settings import Settings

_FAR = "tojimari-far"
_SPACE = "tojimari-probe"
_CONNECT_SECONDS = 4.0
PORT = 443


class LineState(msgspec.Struct, frozen=True):
    """What was seen of the line.

    Attributes:
        names: whether the box answered one of the names.
        ipv4, ipv6: whether something outside could be connected to.
        filtered: whether a name of the box's own list was kept away (see CANARY).
        wrong: what stood in the way of looking at all, or of the office; empty for nothing.
    """

    names: bool = False
    ipv4: bool = False
    ipv6: bool = False
    filtered: bool = False
    wrong: str = ""

    @property
    def alive(self) -> bool:
        """Whether people can work."""
        return self.names and (self.ipv4 or self.ipv6) and not self.wrong


class LineSeen(msgspec.Struct, frozen=True):
    """When the line was tried (UTC), and how it was."""

    at: datetime
    state: LineState


Probe = Callable[[Settings], LineState]


def connected(names: tuple[str, ...], port: int = PORT) -> LineState:
    """Look up and connect from where this runs, one name after the other until one answers."""
    state = LineState(filtered=_is_filtered())
    for name in names:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            continue
        # A name that is kept away is answered with addresses that lead nowhere.
        ends = [one for one in found if one[4][0] not in ("0.0.0.0", "::")]  # noqa: S104
        state = msgspec.structs.replace(state, names=state.names or bool(ends))
        for family, _, _, _, end in ends:
            key = "ipv4" if family == socket.AF_INET else "ipv6"
            if not getattr(state, key) and _answers(family, end):
                state = msgspec.structs.replace(state, **{key: True})
        if state.alive:
            break
    return state


def _is_filtered() -> bool:
    name, address = CANARY
    try:
        found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return False
    return [one[4][0] for one in found] == [address]


def _answers(family: int, end: tuple[object, ...]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as trying:
        trying.settimeout(_CONNECT_SECONDS)
        try:
            trying.connect(end)
        except ConnectionRefusedError:
            return True  # somebody out there answered
        except OSError:
            return False
        return True


def probe_office(settings: Settings, root: Path = Path("/")) -> LineState:
    """Try the line as the office goes. ``root``: the folder with /etc. Never raises.

    Where the box does not filter, translate or answer names itself, it is tried from the box.
    """
    try:
        wrong = office_port_wrong(settings)
        if wrong:
            return LineState(wrong=wrong)
        if settings.firewall is None or settings.dns is None:
            return connected(settings.line.names)
        with _far_end(settings, root):
            return _seen_there(settings.line.names)
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        said = getattr(error, "stderr", b"") or str(error).encode()
        return LineState(wrong=said.decode(errors="replace").strip()[:200])


def office_port_wrong(settings: Settings) -> str:
    """Return what is wrong with the office's port (its address is not on it); "" for nothing."""
    own = settings.office.own_ipv4
    shown = _ip("-o", "-4", "address", "show", "dev", settings.office.interface)
    if f" {own} " not in shown:
        return f"{settings.office.interface}: {own}?"
    return ""


def _ip(*words: str, space: str | None = None) -> str:
    ip = program("ip")
    if ip is None:
        raise FileNotFoundError(2, "iproute2 is not installed")
    inside = ["-n", space] if space else []
    done = subprocess.run(
        [ip, *inside, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=words[0] != "-o",
    )
    return done.stdout.decode(errors="replace")


@contextlib.contextmanager
def _far_end(settings: Settings, root: Path) -> Iterator[None]:
    """Have a namespace whose only way out is the box, as a computer's of the office."""
    _take_away()
    resolver = root / "etc/netns" / _SPACE
    near4, far4, length4 = PROBE_IPV4
    near6, far6, length6 = PROBE_IPV6
    try:
        resolver.mkdir(parents=True, exist_ok=True)
        # `ip netns exec` lays these over the system's own files, for what runs there only.
        own = settings.office.own_ipv4.ip
        (resolver / "resolv.conf").write_text(f"nameserver {own}\noptions timeout:2 attempts:2\n")
        (resolver / "nsswitch.conf").write_text("hosts: dns\n")
        _ip("netns", "add", _SPACE)
        pair = ("type", "veth", "peer", "name", _FAR, "netns", _SPACE)
        _ip("link", "add", PROBE_INTERFACE, *pair)
        _ip("address", "add", f"{near4}/{length4}", "dev", PROBE_INTERFACE)
        _ip("address", "add", f"{near6}/{length6}", "dev", PROBE_INTERFACE, "nodad")
        _ip("link", "set", PROBE_INTERFACE, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("address", "add", f"{far4}/{length4}", "dev", _FAR),
            ("address", "add", f"{far6}/{length6}", "dev", _FAR, "nodad"),
            ("link", "set", _FAR, "up"),
            ("route", "add", "default", "via", near4),
            ("-6", "route", "add", "default", "via", near6),
        ):
            _ip(*words, space=_SPACE)
        yield
    finally:
        _take_away()
        for name in ("resolv.conf", "nsswitch.conf"):
            (resolver / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # others may keep files of theirs there
            resolver.rmdir()
            resolver.parent.rmdir()


def _take_away() -> None:
    """Remove what a probe before this one left, if it was cut off."""
    for words in (("link", "del", PROBE_INTERFACE), ("netns", "del", _SPACE)):
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip(*words)


def _seen_there(names: tuple[str, ...]) -> LineState:
    # -P: root may stand in a folder of somebody else's, whose modules are not ours.
    words = ["netns", "exec", _SPACE, sys.executable, "-P", "-m", "tojimari.box.line", *names]
    done = subprocess.run(
        [program("ip") or "ip", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30 + 15 * len(names),
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=LineState)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(connected(tuple(sys.argv[1:]))))
