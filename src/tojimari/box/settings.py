"""The settings of a gateway box: what the owner's one file holds."""

import ipaddress
from typing import Annotated, Literal

import msgspec


def _words(ja: str, en: str) -> dict[str, str]:
    return {"ja": ja, "en": en}


Port = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[a-z][a-z0-9]{1,14}\Z",
        extra=_words(
            "enp1s0 のような差し込み口の名前ではありません (`ip link` で出ます)",
            "is no name of a port such as enp1s0 (`ip link` lists them)",
        ),
    ),
]
HostName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z",
        extra=_words(
            "example.jp のような名前ではありません (英小文字、数字、- だけ)",
            "is no name such as example.jp (small letters, digits and - only)",
        ),
    ),
]
ShortName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[a-z][a-z0-9-]{0,30}\Z",
        extra=_words(
            "英小文字で始まる短い名前ではありません (英小文字、数字、- だけ)",
            "is no short name (small letters, digits and -, beginning with a letter)",
        ),
    ),
]
Mac = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A([0-9a-f]{2}:){5}[0-9a-f]{2}\Z",
        extra=_words(
            "00:11:22:aa:bb:cc のような機器の番号ではありません",
            "is no hardware address such as 00:11:22:aa:bb:cc",
        ),
    ),
]
File = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A/[A-Za-z0-9._/-]{1,200}\Z",
        extra=_words(
            "/ で始まるファイルの場所ではありません", "is no place of a file that begins with /"
        ),
    ),
]
Clock = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z",
        extra=_words("03:00 のような時刻ではありません", "is no time of day such as 03:00"),
    ),
]
WhenDead = Literal["let_through", "stop_everything"]
"""What happens to traffic while an engine does not run: fail-open or fail-closed."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the settings: no key that nobody knows."""


class Outer(_Part, frozen=True):
    """The port towards the provider.

    Attributes:
        port: its name.
        ipv4: ``dhcp``, or an address with its prefix length.
        gateway: the provider's side of the line; only with an address of one's own.
        ipv6: whether addresses that the provider announces are taken.
    """

    port: Port
    ipv4: str = "dhcp"
    gateway: str | None = None
    ipv6: bool = True


class FixedAddress(_Part, frozen=True):
    """A device that always gets the same address."""

    name: ShortName
    mac: Mac
    ipv4: str


class Network(_Part, frozen=True):
    """A network behind the box.

    Attributes:
        port: the port its cable is in.
        vlan: number of the VLAN on that port, 1 to 4094; None for what comes without a tag.
        ipv4: the box's own address in it, with the prefix length.
        ipv6: the same for IPv6 (/64), or None.
        dhcp_from, dhcp_to: addresses given out; neither for none.
        fixed: devices that always get the same address.
        reached_from_office: whether devices of the office may open connections into it.
    """

    port: Port
    ipv4: str
    vlan: Annotated[int, msgspec.Meta(ge=1, le=4094)] | None = None
    ipv6: str | None = None
    dhcp_from: str | None = None
    dhcp_to: str | None = None
    fixed: tuple[FixedAddress, ...] = ()
    reached_from_office: bool = False

    @property
    def interface(self) -> str:
        """What the system calls the network's interface."""
        return self.port if self.vlan is None else f"{self.port}.{self.vlan}"

    @property
    def own_ipv4(self) -> ipaddress.IPv4Interface:
        """The box's address in it."""
        return ipaddress.IPv4Interface(self.ipv4)

    @property
    def own_ipv6(self) -> ipaddress.IPv6Interface | None:
        """The box's IPv6 address in it, where there is one."""
        return ipaddress.IPv6Interface(self.ipv6) if self.ipv6 else None


class Firewall(_Part, frozen=True):
    """nftables.

    Attributes:
        knocks: whether knocks at the outer port are handed to ulogd2 (group 5) to be counted.
        ssh_from_office: whether the box can be logged in to from the office network.
    """

    knocks: bool = True
    ssh_from_office: bool = False


class NameList(_Part, frozen=True):
    """A list of harmful names in the form of a response policy zone (RPZ), from a file or by https."""

    name: ShortName
    file: File | None = None
    url: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"\Ahttps://[A-Za-z0-9.-]{1,253}/[A-Za-z0-9._~/?=&%-]{0,500}\Z",
                extra=_words(
                    "https:// で始まる場所ではありません", "is no address that begins with https://"
                ),
            ),
        ]
        | None
    ) = None


class Dns(_Part, frozen=True):
    """unbound.

    Attributes:
        lists: lists of harmful names.
        block: names that nobody may look up, with all below them.
        allow: names that are never blocked, whatever a list says, with all below them.
        only_here: whether questions to other name servers come here too (port 53).
        forward_to: addresses of name servers to ask; empty: the box asks the roots itself.
    """

    lists: tuple[NameList, ...] = ()
    block: tuple[HostName, ...] = ()
    allow: tuple[HostName, ...] = ()
    only_here: bool = True
    forward_to: tuple[str, ...] = ()


class Dhcp(_Part, frozen=True):
    """dnsmasq, which gives out addresses and nothing else.

    Attributes:
        lease_hours: for how long an address is lent.
        name_servers: IPv4 addresses that devices are told to ask; only where dns is left out.
    """

    lease_hours: Annotated[int, msgspec.Meta(ge=1, le=168)] = 12
    name_servers: tuple[str, ...] = ()


class Time(_Part, frozen=True):
    """chrony; servers: names to take the time from, empty for the system's own."""

    servers: tuple[HostName, ...] = ()


class Intrusion(_Part, frozen=True):
    """Suricata.

    Attributes:
        mode: ``tell``: it looks on and writes; ``stop``: traffic goes through it, and what a rule
            says ``drop`` to is stopped.
        when_dead: what happens to traffic while it does not run; only with ``stop``.
        rules: files of rules.
    """

    mode: Literal["tell", "stop"]
    rules: tuple[File, ...]
    when_dead: WhenDead | None = None


class Downloads(_Part, frozen=True):
    """squid and ClamAV for unencrypted downloads of the office network.

    Attributes:
        when_dead: what happens to downloads while the virus scanner does not run.
        biggest_mb: larger downloads are not looked at.
    """

    when_dead: WhenDead
    biggest_mb: Annotated[int, msgspec.Meta(ge=1, le=500)] = 25


class Updates(_Part, frozen=True):
    """Security updates of the box itself.

    Attributes:
        at: when they are put in, by the box's clock.
        reboot: whether it starts anew by itself, an hour later, where an update needs it.
    """

    at: Clock = "03:00"
    reboot: bool = True


class LineCheck(_Part, frozen=True):
    """How the box sees that the line is alive after a change.

    Attributes:
        names: names that are looked up and connected to (port 443), one of which must answer.
        wait_seconds: how long the line may take after a change before the last good one returns.
    """

    names: tuple[HostName, ...]
    wait_seconds: Annotated[int, msgspec.Meta(ge=5, le=600)] = 60


class Settings(_Part, frozen=True):
    """All settings of a box. What is None is left out: another program may do it, or nobody.

    Attributes:
        name: what the box is called.
        ports_by: who gives the ports their addresses: the box (systemd-networkd) or others.
        page: whether the office network can see a page with the box's state.
    """

    schema: Literal["tojimari.box/1"]
    name: ShortName
    outer: Outer
    office: Network
    line: LineCheck
    guest: Network | None = None
    iot: Network | None = None
    ports_by: Literal["box", "others"] = "box"
    firewall: Firewall | None = None
    dns: Dns | None = None
    dhcp: Dhcp | None = None
    time: Time | None = None
    intrusion: Intrusion | None = None
    downloads: Downloads | None = None
    updates: Updates | None = None
    page: bool = False

    @property
    def networks(self) -> dict[str, Network]:
        """The networks behind the box by name; the office first."""
        named = {"office": self.office, "guest": self.guest, "iot": self.iot}
        return {name: one for name, one in named.items() if one is not None}
