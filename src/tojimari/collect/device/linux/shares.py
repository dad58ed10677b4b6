"""Folders shown to other machines: Samba through testparm, NFS through its exports."""

import configparser
import ipaddress
import re
from collections.abc import Mapping
from typing import Literal

from tojimari.collect.device.linux.installing import install
from tojimari.collect.device.linux.units import enabled, masked
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceShares, Share

SMB_CONF = "/etc/samba/smb.conf"
_USERSHARES = "/var/lib/samba/usershares"
_SMBD = ("/usr/sbin/smbd", "/usr/local/sbin/smbd", "/usr/local/samba/sbin/smbd", "/sbin/smbd")
_NFSD = ("/usr/sbin/rpc.nfsd", "/sbin/rpc.nfsd", "/usr/local/sbin/rpc.nfsd")
_SMB_UNITS = ("smbd.service", "smb.service", "samba.service", "samba-ad-dc.service")
_NFS_UNITS = ("nfs-server.service", "nfs-kernel-server.service", "nfsserver.service")
_OTHER_SERVERS: tuple[tuple[Literal["samba", "nfs"], str, str, str], ...] = (
    ("samba", "ksmbd", "/usr/sbin/ksmbd.mountd", "/etc/ksmbd/ksmbd.conf"),
    ("nfs", "nfs-ganesha", "/usr/bin/ganesha.nfsd", "/etc/ganesha/ganesha.conf"),
)
# Not folders: the printers, their drivers, and the pipe for questions to the server.
_NO_FOLDERS = ("global", "printers", "print$", "ipc$")
# How testparm's "everybody" is written in a user's own share.
_EVERYBODY = ("s-1-1-0", "everyone")


class _Section:
    """What holds for one share: its own settings, and [global] as the default of each."""

    def __init__(self, own: Mapping[str, str], general: Mapping[str, str]) -> None:
        self.own, self.general = own, general

    def word(self, *keys: str, default: str = "") -> str:
        """Return the value under any of the names of one setting."""
        for settings in (self.own, self.general):
            for key in keys:
                if key in settings:
                    return str(settings[key] or "").strip().strip('"')
        return default

    def yes(self, *keys: str, default: bool = False) -> bool:
        """Return a setting that is yes or no."""
        value = self.word(*keys).lower()
        if value in ("yes", "true", "on", "1"):
            return True
        return False if value in ("no", "false", "off", "0") else default

    def read_only(self) -> bool:
        """Return "read only" under any of its names, three of which mean the opposite."""
        for settings in (self.own, self.general):
            one = _Section(settings, {})
            if any(key in settings for key in ("writable", "writeable", "write ok")):
                return not one.yes("writable", "writeable", "write ok")
            if "read only" in settings:
                return one.yes("read only", default=True)
        return True

    def names(self, *keys: str) -> tuple[str, ...]:
        """Return a list of people and groups, in lower case."""
        return tuple(re.split(r"[\s,]+", value.lower())) if (value := self.word(*keys)) else ()


def _names_guest(names: tuple[str, ...], account: str) -> bool:
    """Return whether a list names the guest account, or the group it is in."""
    people = {account.lower(), "nobody"}
    groups = {f"{mark}{group}" for mark in "@+&" for group in (*people, "nogroup")}
    return bool(set(names) & (people | groups | {f"+&{g}" for g in people}))


def _only_this_machine(section: _Section) -> bool:
    """Return whether nobody but this very machine may connect."""
    own = re.compile(r"127\.[\d.]*(/\d+)?|localhost|::1|\[::1\]")
    allowed = section.names("hosts allow", "allow hosts")
    if allowed:
        return all(own.fullmatch(one) for one in allowed)
    if set(section.names("hosts deny", "deny hosts")) & {"all", "0.0.0.0/0", "0.0.0.0/0.0.0.0"}:
        return True
    interfaces = section.names("interfaces")
    lone = bool(interfaces) and all(one == "lo" or own.fullmatch(one) for one in interfaces)
    return lone and section.yes("bind interfaces only")


def _guests_come_in(general: _Section) -> bool:
    """Return whether the server lets anybody in who gives no name, or a wrong one.

    Without a name anybody comes in unless "restrict anonymous" is 2; whoever gives an unknown one
    becomes a guest by "map to guest".
    """
    mapped = general.word("map to guest", default="never").lower()
    if mapped in ("bad user", "bad password", "1", "2"):
        return True
    return general.word("security").lower() == "share" or (
        general.word("restrict anonymous", default="0") != "2"
    )


def _guest_may(section: _Section) -> tuple[bool, bool]:
    """Return whether a guest may enter this share, and whether a guest may write there.

    Who is in no list of those who may enter stays outside; who is in the list of those who may
    write does so even where the share is read only.
    """
    account = section.word("guest account", default="nobody")
    valid = section.names("valid users")
    enters = (
        section.yes("guest ok", "public")
        and (not valid or _names_guest(valid, account))
        and not _names_guest(section.names("invalid users"), account)
        and not _only_this_machine(section)
    )
    if _names_guest(section.names("write list"), account):
        return enters, True
    if _names_guest(section.names("read list"), account):
        return enters, False
    return enters, not section.read_only()


def _parsed(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(
        interpolation=None,
        strict=False,
        delimiters=("=",),
        comment_prefixes=("#", ";"),
        default_section="\0",
        allow_no_value=True,
    )
    parser.read_string(text)
    return parser


def parse_testparm(text: str) -> list[Share]:
    """Return the shares testparm prints, what stands in [global] applied to each.

    Where guests may enter, "writable" speaks of them. Raises configparser.Error.
    """
    parser = _parsed(text)
    general = _general(parser)
    shares = []
    for name in parser.sections():
        section = _Section(parser[name], general.own)
        if (
            name.lower() in _NO_FOLDERS
            or section.yes("printable", "print ok")
            or not section.yes("available", default=True)
            or not section.yes("-valid", default=True)
        ):
            continue
        enters, writes = _guest_may(section)
        guest = enters and _guests_come_in(general)
        writable = writes if guest else not section.read_only()
        shares.append(Share("samba", name, section.word("path", "directory"), guest, writable))
    return shares


def _general(parser: configparser.ConfigParser) -> _Section:
    name = next((one for one in parser.sections() if one.lower() == "global"), "")
    return _Section(parser[name] if name else {}, {})


_CLIENT = re.compile(r"([^()]*)(?:\(([^()]*)\))?")


def _anyone(client: str) -> bool:
    """Return whether an NFS client stands for every machine, or for the better part of them.

    A netgroup (@name), a name and a domain (*.example) stand for some.
    """
    if client == "" or (set(client) <= set("*?.") and "*" in client):
        return True
    try:
        network = ipaddress.ip_network(client.strip("[]"), strict=False)
    except ValueError:
        return client in ("0/0", "default")
    return network.prefixlen < (8 if network.version == 4 else 16)


def _nfs_rights(options: str) -> tuple[bool, bool]:
    """Return whether whoever is there may enter by itself, and whether it may write.

    A client that has to show a Kerberos ticket is not just anybody. What follows "sec=" holds for
    those flavours alone.
    """
    before = False
    written: dict[str, bool] = {}
    now: tuple[str, ...] = ()
    for option in re.split(r"[,\s]+", options):
        if option.startswith("sec="):
            now = tuple(option[4:].split(":"))
            written |= dict.fromkeys(now, before)
        elif option in ("rw", "ro"):
            if not now:
                before = option == "rw"
            written |= dict.fromkeys(now, option == "rw")
    if not written:
        return True, before
    plain = [writes for flavour, writes in written.items() if not flavour.startswith("krb5")]
    return bool(plain), any(plain or written.values())


def _clients(rest: str) -> list[tuple[str, str]]:
    """Return (client, options) of the part of an export that follows its path.

    "-options" hold for the clients after them. A space between a client and its parentheses makes
    two clients of it: one with no options, and everybody with these.
    """
    default = ""
    found = []
    with_tickets = False
    for word in re.findall(r'(?:"[^"]*"|[^\s"(])*\([^)]*\)|(?:"[^"]*"|\S)+', rest):
        if word.startswith("-"):
            default = word[1:]
            continue
        match = _CLIENT.fullmatch(word.replace('"', ""))
        client, options = match.groups() if match else (word, "")
        if client.startswith("gss/"):
            with_tickets = True  # whoever comes this way has to show a Kerberos ticket
        else:
            found.append((client, ",".join(filter(None, (default, options)))))
    return found if found or with_tickets else [("", default)]


def parse_exports(text: str) -> list[Share]:
    """Return NFS exports; one that names no host, or ``*``, is open to anyone.

    Where anyone may enter, "writable" speaks of anyone.
    """
    rows = []
    joined = re.sub(r"\\\n", " ", text)
    for line in joined.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        match = re.match(r'("([^"]+)"|[^\s(]+)(.*)', line)
        if not match:
            continue
        path = re.sub(
            r"\\([0-7]{3})", lambda m: chr(int(m.group(1), 8)), match.group(2) or match.group(1)
        )
        rights = [(_anyone(client), *_nfs_rights(o)) for client, o in _clients(match.group(3))]
        open_ = [writes for anyone, enters, writes in rights if anyone and enters]
        writable = any(open_ or [writes for _, _, writes in rights])
        rows.append(Share("nfs", path, path, guest=bool(open_), writable=writable))
    return rows


def _readable(host: Host, folder: str) -> bool:
    """A folder whose names are hidden may hold anything; one that is not there holds nothing."""
    try:
        list(host.path(folder).iterdir())
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def _usershares(host: Host, general: _Section, folder: str) -> list[Share]:
    """Return the shares people made themselves; guests need the server's leave as well."""
    rows = []
    guests = general.yes("usershare allow guests") and _guests_come_in(general)
    for path in host.glob(f"{folder}/*"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        place = re.search(r"^path=(.*)$", text, re.MULTILINE)
        acl = re.search(r"^usershare_acl=(.*)$", text, re.MULTILINE | re.IGNORECASE)
        rights = [one.lower().rpartition(":") for one in acl.group(1).split(",")] if acl else []
        full = [who for who, _, right in rights if right == "f"]
        guest = guests and re.search(r"^guest_ok=y", text, re.MULTILINE) is not None
        rows.append(
            Share(
                system="samba",
                name=path.rsplit("/", 1)[-1],
                path=place.group(1) if place else "",
                guest=guest,
                writable=any(who in _EVERYBODY for who in full) if guest else bool(full),
            )
        )
    return rows


def _served(host: Host, programs: tuple[str, ...], services: tuple[str, ...]) -> bool:
    """Return whether the server of these services is installed and may start."""
    if not any(host.exists(program) for program in programs):
        return False
    known = [unit for unit in services if masked(host, unit)]
    return not known or any(enabled(host, unit) for unit in services)


_TESTPARM = {
    "apt-get": "samba-common-bin",
    "dnf": "samba-common-tools",
    "yum": "samba-common-tools",
    "zypper": "samba",
    "pacman": "samba",
}


def _samba(host: Host) -> list[Share] | NotSeen:
    """Return what Samba shows, through testparm, which applies includes, copies and defaults."""
    if not host.exists(SMB_CONF) or not _served(host, _SMBD, _SMB_UNITS):
        return []
    if host.which("testparm") is None:
        return NotSeen(
            "tool_missing", see_with=install(host, "testparm", _TESTPARM), detail="testparm"
        )
    output = host.run(["testparm", "-s", "--suppress-prompt", str(host.path(SMB_CONF))])
    if output.code != 0:
        detail = output.err[:200]
        # Settings kept in the registry, or in a file that is hidden, root can read.
        hidden = re.search(r"registry|permission|access denied", output.err, re.IGNORECASE)
        if hidden and not host.is_root():
            return NotSeen("no_permission", see_with="sudo testparm -s", detail=detail)
        return NotSeen("nonsense", see_with="testparm -s", detail=detail)
    try:
        shares = parse_testparm(output.out)
        general = _general(_parsed(output.out))
    except configparser.Error:
        return NotSeen("nonsense", see_with="testparm -s")
    if general.word("usershare max shares") == "0":
        return shares
    folder = general.word("usershare path", default=_USERSHARES)
    if not _readable(host, folder):
        return NotSeen("no_permission", see_with="sudo net usershare info -l")
    return shares + _usershares(host, general, folder)


_OLD_PROTOCOLS = ("core", "coreplus", "lanman1", "lanman2", "nt1")


def _answers_smb1(host: Host) -> bool | NotSeen:
    """Return whether Samba still answers SMBv1; what it does unasked depends on its version.

    testparm tells the value that holds, the version's own default included.
    """
    if not host.exists(SMB_CONF) or not _served(host, _SMBD, _SMB_UNITS):
        return False
    named = "--parameter-name=server min protocol"
    try:
        said = host.run(["testparm", "-s", "--suppress-prompt", named, str(host.path(SMB_CONF))])
    except Unavailable as error:
        return NotSeen("tool_missing", see_with="testparm", detail=str(error)[:100])
    least = said.out.strip().lower()
    if said.code != 0 or not re.fullmatch(r"\w{3,12}", least):
        return NotSeen("nonsense", see_with="testparm -s", detail=said.err[:200])
    return least in _OLD_PROTOCOLS


def _other_servers(host: Host) -> list[Share]:
    """Return what servers show whose settings are not read here: anybody may enter, or nobody."""
    return [
        Share(system, name, config, guest=None, writable=None)
        for system, name, program, config in _OTHER_SERVERS
        if host.exists(program) and host.exists(config)
    ]


@collector("linux", sees=(DeviceShares,))
def look(host: Host) -> list[Seen]:
    """Read what servers that are there show; settings without their server show nothing."""
    samba = _samba(host)
    if isinstance(samba, NotSeen):
        return [missed(DeviceShares, samba)]
    others = _other_servers(host)
    shares = samba + others
    if _served(host, _NFSD, _NFS_UNITS):
        for path in ["/etc/exports", *host.glob("/etc/exports.d/*.exports")]:
            try:
                shares += parse_exports(host.read(path))
            except Unavailable:
                continue
    smb1 = _answers_smb1(host)
    if smb1 is False and any(share.system == "samba" for share in others):
        smb1 = NotSeen("not_looked", detail="ksmbd")
    if isinstance(smb1, NotSeen):
        return [saw(DeviceShares(tuple(shares), None), smb1=smb1)]
    return [saw(DeviceShares(tuple(shares), smb1))]
