"""What is seen on a computer or phone."""

from typing import ClassVar, Literal

from tojimari.model.facts.base import Fact, Moment, Row


class DeviceAccounts1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without who looked and what the device is joined to.

    Attributes:
        people, administrators, uid0, inactive, inactive_known, guest_enabled, auto_login: as of
            DeviceAccounts.
    """

    KIND: ClassVar[str] = "device.accounts"
    VERSION: ClassVar[int] = 1

    people: tuple[str, ...]
    administrators: tuple[str, ...]
    uid0: tuple[str, ...]
    inactive: tuple[str, ...]
    inactive_known: bool
    guest_enabled: bool | None
    auto_login: bool | None

    def upgrade(self) -> "DeviceAccounts2":
        """Keep what was seen: neither of the two was looked at."""
        return DeviceAccounts2(
            people=self.people,
            administrators=self.administrators,
            uid0=self.uid0,
            inactive=self.inactive,
            inactive_known=self.inactive_known,
            guest_enabled=self.guest_enabled,
            auto_login=self.auto_login,
        )


class DeviceAccounts2(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 2: without whether who looked may use sudo.

    Attributes:
        people, administrators, uid0, inactive, inactive_known, guest_enabled, auto_login,
            user_is_administrator, joined: as of DeviceAccounts.
    """

    KIND: ClassVar[str] = "device.accounts"
    VERSION: ClassVar[int] = 2

    people: tuple[str, ...]
    administrators: tuple[str, ...]
    uid0: tuple[str, ...]
    inactive: tuple[str, ...]
    inactive_known: bool
    guest_enabled: bool | None
    auto_login: bool | None
    user_is_administrator: bool | None = None
    joined: Literal["none", "domain", "entra"] | None = None

    def upgrade(self) -> "DeviceAccounts":
        """Keep what was seen: that was not looked at."""
        return DeviceAccounts(
            people=self.people,
            administrators=self.administrators,
            uid0=self.uid0,
            inactive=self.inactive,
            inactive_known=self.inactive_known,
            guest_enabled=self.guest_enabled,
            auto_login=self.auto_login,
            user_is_administrator=self.user_is_administrator,
            joined=self.joined,
        )


class DeviceAccounts(Fact, frozen=True, forbid_unknown_fields=True):
    """Accounts for people, and administrator rights.

    Attributes:
        people: names of accounts for people.
        administrators: names with administrator rights.
        uid0: names other than root with all rights.
        inactive: names unused for 90 days or more.
        inactive_known: whether records of last use could be read.
        guest_enabled: whether a guest may log in; None when it was not seen.
        auto_login: whether it logs in by itself; None when it was not seen.
        user_is_administrator: whether the one who looked is an administrator; None when
            it was not seen.
        joined: what decides over accounts beside the device (domain, Entra ID); None
            when it was not seen.
    """

    KIND: ClassVar[str] = "device.accounts"
    VERSION: ClassVar[int] = 3

    people: tuple[str, ...]
    administrators: tuple[str, ...]
    uid0: tuple[str, ...]
    inactive: tuple[str, ...]
    inactive_known: bool
    guest_enabled: bool | None
    auto_login: bool | None
    user_is_administrator: bool | None = None
    joined: Literal["none", "domain", "entra"] | None = None
    may_use_sudo: bool | None = None


class AntimalwareProduct1(Row, frozen=True, forbid_unknown_fields=True):
    """Products found, as of version 1.

    Attributes:
        id, name, version, running, realtime, signatures_at, last_scan_at, scan_scheduled: as
            today.
    """

    id: str
    name: str
    version: str | None
    running: bool | None
    realtime: bool | None
    signatures_at: Moment | None
    last_scan_at: Moment | None
    scan_scheduled: bool | None


class DeviceAntimalware1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without what products say of their own signatures, and what nobody recognised.

    Attributes:
        products: products found.
    """

    KIND: ClassVar[str] = "device.antimalware"
    VERSION: ClassVar[int] = 1

    products: tuple[AntimalwareProduct1, ...]

    def upgrade(self) -> "DeviceAntimalware2":
        """Keep the products; neither of the two was looked at."""
        rows = (
            AntimalwareProduct(
                id=product.id,
                name=product.name,
                version=product.version,
                running=product.running,
                realtime=product.realtime,
                signatures_at=product.signatures_at,
                signatures_current=None,
                last_scan_at=product.last_scan_at,
                scan_scheduled=product.scan_scheduled,
            )
            for product in self.products
        )
        return DeviceAntimalware2(tuple(rows))


class AntimalwareProduct(Row, frozen=True, forbid_unknown_fields=True):
    """Products found.

    Attributes:
        id: product id (clamav, defender ...).
        name: product name.
        version: version; None when it was not seen.
        running: whether it is running; None when it was not seen.
        realtime: whether files are checked as they are opened; None when it was not
            seen.
        signatures_at: date of the signatures; None when it was not seen.
        last_scan_at: last full scan; None when it was not seen.
        scan_scheduled: whether scans are scheduled; None when it was not seen.
        signatures_current: whether the product calls its signatures current; None when
            it was not seen.
    """

    id: str
    name: str
    version: str | None
    running: bool | None
    realtime: bool | None
    signatures_at: Moment | None
    last_scan_at: Moment | None
    scan_scheduled: bool | None
    signatures_current: bool | None = None


class DeviceAntimalware2(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 2: without what Defender leaves out and how it guards itself.

    Attributes:
        products, unrecognised: as of DeviceAntimalware.
    """

    KIND: ClassVar[str] = "device.antimalware"
    VERSION: ClassVar[int] = 2

    products: tuple[AntimalwareProduct, ...]
    unrecognised: tuple[str, ...] = ()

    def upgrade(self) -> "DeviceAntimalware3":
        """Keep what was seen: the rest was not looked at."""
        return DeviceAntimalware3(self.products, self.unrecognised)


class DeviceAntimalware3(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 3: without whether programs from the Internet are checked.

    Attributes:
        products, unrecognised, tamper_protected, opened, folders_guarded: as of
            DeviceAntimalware.
    """

    KIND: ClassVar[str] = "device.antimalware"
    VERSION: ClassVar[int] = 3

    products: tuple[AntimalwareProduct, ...]
    unrecognised: tuple[str, ...] = ()
    tamper_protected: bool | None = None
    opened: tuple[str, ...] | None = None
    folders_guarded: bool | None = None

    def upgrade(self) -> "DeviceAntimalware":
        """Keep what was seen: the rest was not looked at."""
        return DeviceAntimalware(
            products=self.products,
            unrecognised=self.unrecognised,
            tamper_protected=self.tamper_protected,
            opened=self.opened,
            folders_guarded=self.folders_guarded,
        )


class DeviceAntimalware(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether security software is there, running, and how fresh its signatures are.

    Attributes:
        products: products found.
        unrecognised: software from elsewhere that may be security software; empty when
            there is none.
        tamper_protected: whether programs cannot switch it off; None when it was not
            seen.
        opened: what it is told to leave out although nearly everything lies there;
            None when it was not seen.
        folders_guarded: whether only known programs may change people's folders; None
            when it was not seen.
        downloads_checked: whether programs from the Internet are checked before they
            first run; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.antimalware"
    VERSION: ClassVar[int] = 4

    products: tuple[AntimalwareProduct, ...]
    unrecognised: tuple[str, ...] = ()
    tamper_protected: bool | None = None
    opened: tuple[str, ...] | None = None
    folders_guarded: bool | None = None
    downloads_checked: bool | None = None


class DeviceAutoUpdates1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without what puts updates off.

    Attributes:
        enabled, mechanism, security_only: as of DeviceAutoUpdates.
    """

    KIND: ClassVar[str] = "device.auto_updates"
    VERSION: ClassVar[int] = 1

    enabled: bool
    mechanism: str
    security_only: bool | None

    def upgrade(self) -> "DeviceAutoUpdates":
        """Keep what was seen: nothing puts updates off where version 1 was made."""
        return DeviceAutoUpdates(self.enabled, self.mechanism, self.security_only)


class DeviceAutoUpdates(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether updates install by themselves.

    Attributes:
        enabled: whether they install by themselves.
        mechanism: name of the mechanism.
        security_only: whether only security updates; None when it was not seen.
        paused_until: when a pause ends; empty when there is none.
        deferred_days: days security updates are held back after they appear.
    """

    KIND: ClassVar[str] = "device.auto_updates"
    VERSION: ClassVar[int] = 2

    enabled: bool
    mechanism: str
    security_only: bool | None
    paused_until: Moment | None = None
    deferred_days: int = 0


class BackupJob(Row, frozen=True, forbid_unknown_fields=True):
    """Backup jobs.

    Attributes:
        tool: tool.
        target: target.
        target_kind: kind of target.
        last_success_at: last success; None when it was not seen.
        attached_now: whether it is attached and writable now; None when it was not
            seen.
        always_attached: whether it is set up to be attached all the time; None when it
            was not seen.
        scheduled: whether it runs by itself; None when it was not seen.
    """

    tool: str
    target: str
    target_kind: Literal["same_disk", "other_disk", "removable", "network", "cloud", "unknown"]
    last_success_at: Moment | None
    attached_now: bool | None
    always_attached: bool | None
    scheduled: bool | None


class DeviceBackups(Fact, frozen=True, forbid_unknown_fields=True):
    """Backup jobs, their last success and where they write.

    Attributes:
        jobs: backup jobs.
    """

    KIND: ClassVar[str] = "device.backups"

    jobs: tuple[BackupJob, ...]


class DeviceBoot1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without the security chip.

    Attributes:
        firmware, secure_boot: as of DeviceBoot.
    """

    KIND: ClassVar[str] = "device.boot"
    VERSION: ClassVar[int] = 1

    firmware: Literal["uefi", "bios", "other"]
    secure_boot: bool | None

    def upgrade(self) -> "DeviceBoot":
        """Keep what was seen: the chip was not looked at."""
        return DeviceBoot(self.firmware, self.secure_boot)


class DeviceBoot(Fact, frozen=True, forbid_unknown_fields=True):
    """What keeps the start-up from being swapped.

    Attributes:
        firmware: firmware.
        secure_boot: whether Secure Boot is on; None when it was not seen.
        tpm: version of the security chip (TPM), none where there is none; None when it
            was not seen.
    """

    KIND: ClassVar[str] = "device.boot"
    VERSION: ClassVar[int] = 2

    firmware: Literal["uefi", "bios", "other"]
    secure_boot: bool | None
    tpm: Literal["none", "1.2", "2.0"] | None = None


class Browser(Row, frozen=True, forbid_unknown_fields=True):
    """Browsers.

    Attributes:
        id: id.
        name: name.
        version: version.
        from_system: whether the maker of the system maintains it; None when it was not
            seen.
    """

    id: str
    name: str
    version: str
    from_system: bool | None


class DeviceBrowsers(Fact, frozen=True, forbid_unknown_fields=True):
    """Browsers and their versions.

    Attributes:
        browsers: browsers.
    """

    KIND: ClassVar[str] = "device.browsers"

    browsers: tuple[Browser, ...]


class Volume1(Row, frozen=True, forbid_unknown_fields=True):
    """Volumes that hold data, as of version 1.

    Attributes:
        mount, device, encrypted, removable, system: as today.
    """

    mount: str
    device: str
    encrypted: bool | None
    removable: bool | None
    system: bool


class DeviceDiskEncryption1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without how far the encryption is.

    Attributes:
        volumes: volumes that hold data.
    """

    KIND: ClassVar[str] = "device.disk_encryption"
    VERSION: ClassVar[int] = 1

    volumes: tuple[Volume1, ...]

    def upgrade(self) -> "DeviceDiskEncryption":
        """Keep the volumes: how far each is was not looked at."""
        return DeviceDiskEncryption(
            tuple(
                Volume(one.mount, one.device, one.encrypted, one.removable, one.system)
                for one in self.volumes
            )
        )


class Volume(Row, frozen=True, forbid_unknown_fields=True):
    """Volumes that hold data.

    Attributes:
        mount: where it is mounted.
        device: device name.
        encrypted: whether it is encrypted; None when it was not seen.
        removable: whether the device can be taken out; None when it was not seen.
        system: whether it holds the system or its data.
        state: how far the encryption is, suspended where the key lies beside it; None
            when it was not seen.
    """

    mount: str
    device: str
    encrypted: bool | None
    removable: bool | None
    system: bool
    state: Literal["on", "off", "suspended", "encrypting", "decrypting", "locked"] | None = None


class DeviceDiskEncryption(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether a lost or stolen device keeps its contents unread.

    Attributes:
        volumes: volumes that hold data.
    """

    KIND: ClassVar[str] = "device.disk_encryption"
    VERSION: ClassVar[int] = 2

    volumes: tuple[Volume, ...]


class DeviceDns(Fact, frozen=True, forbid_unknown_fields=True):
    """The DNS servers this device asks.

    Attributes:
        servers: addresses of the DNS servers.
        encrypted: whether queries are encrypted; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.dns"

    servers: tuple[str, ...]
    encrypted: bool | None


class DeviceFirewall1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without what is let in beside the default.

    Attributes:
        backend, active, default_inbound, inbound_rules: as of DeviceFirewall.
    """

    KIND: ClassVar[str] = "device.firewall"
    VERSION: ClassVar[int] = 1

    backend: str
    active: bool
    default_inbound: Literal["drop", "reject", "accept"] | None
    inbound_rules: int | None

    def upgrade(self) -> "DeviceFirewall2":
        """Keep what was seen: what is let in beside it was not looked at."""
        return DeviceFirewall2(
            backend=self.backend,
            active=self.active,
            default_inbound=self.default_inbound,
            inbound_rules=self.inbound_rules,
        )


class LetIn(Row, frozen=True, forbid_unknown_fields=True):
    """Ports that the rules let anybody reach.

    Attributes:
        way: inbound, or published where they lead past the rules on incoming traffic to a
            container or a virtual machine.
        ip: version of the Internet protocol it holds for.
        protocol: protocol.
        first: first port.
        last: last port.
    """

    way: Literal["inbound", "published"]
    ip: Literal["ipv4", "ipv6", "both"]
    protocol: Literal["tcp", "udp"]
    first: int
    last: int


class DeviceFirewall2(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 2: without whether the device keeps silent.

    Attributes:
        backend, active, default_inbound, inbound_rules, let_in: as of DeviceFirewall.
    """

    KIND: ClassVar[str] = "device.firewall"
    VERSION: ClassVar[int] = 2

    backend: str
    active: bool
    default_inbound: Literal["drop", "reject", "accept"] | None
    inbound_rules: int | None
    let_in: tuple[LetIn, ...] = ()

    def upgrade(self) -> "DeviceFirewall":
        """Keep what was seen: whether the device keeps silent was not looked at."""
        return DeviceFirewall(
            backend=self.backend,
            active=self.active,
            default_inbound=self.default_inbound,
            inbound_rules=self.inbound_rules,
            let_in=self.let_in,
        )


class DeviceFirewall(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether rules that stop connections from outside are really loaded.

    Attributes:
        backend: mechanism.
        active: whether rules on incoming traffic are really loaded.
        default_inbound: what happens to connections no rule names; None when it was
            not seen.
        inbound_rules: rules on incoming traffic; None when it was not seen.
        let_in: ports let in although the rest is stopped.
        stealth: whether the device keeps silent where nothing waits; None when it was
            not seen.
    """

    KIND: ClassVar[str] = "device.firewall"
    VERSION: ClassVar[int] = 3

    backend: str
    active: bool
    default_inbound: Literal["drop", "reject", "accept"] | None
    inbound_rules: int | None
    let_in: tuple[LetIn, ...] = ()
    stealth: bool | None = None


class ListeningSocket(Row, frozen=True, forbid_unknown_fields=True):
    """Listening sockets.

    Attributes:
        protocol: protocol.
        address: address.
        port: port.
        program: program, empty when it could not be told; None when it was not seen.
    """

    protocol: Literal["tcp", "udp"]
    address: str
    port: int
    program: str | None


class DeviceListening(Fact, frozen=True, forbid_unknown_fields=True):
    """Listening sockets other machines can reach, and the program behind each.

    Attributes:
        sockets: listening sockets.
    """

    KIND: ClassVar[str] = "device.listening"

    sockets: tuple[ListeningSocket, ...]


class DeviceLogging1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without whether every log could be looked at.

    Attributes:
        service, persistent, kept_days, sent_elsewhere: as of DeviceLogging.
    """

    KIND: ClassVar[str] = "device.logging"
    VERSION: ClassVar[int] = 1

    service: str
    persistent: bool | None
    kept_days: int | None
    sent_elsewhere: bool | None

    def upgrade(self) -> "DeviceLogging":
        """Keep what was seen: where version 1 was made one rule held for every log."""
        return DeviceLogging(self.service, self.persistent, self.kept_days, self.sent_elsewhere)


class DeviceLogging(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether logs are kept that can be looked at later.

    Attributes:
        service: name of the service.
        persistent: whether they survive a restart; None when it was not seen.
        kept_days: days kept, empty when not set; None when it was not seen.
        sent_elsewhere: whether they also go elsewhere; None when it was not seen.
        all_seen: whether it could be seen of every log how far back it goes.
    """

    KIND: ClassVar[str] = "device.logging"
    VERSION: ClassVar[int] = 2

    service: str
    persistent: bool | None
    kept_days: int | None
    sent_elsewhere: bool | None
    all_seen: bool = True


class DeviceOs1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without the patch level, and without the longer support that was bought.

    Attributes:
        family, product, name, version, edition, kernel, arch, virtual: as of DeviceOs.
    """

    KIND: ClassVar[str] = "device.os"
    VERSION: ClassVar[int] = 1

    family: Literal["linux", "windows", "macos"]
    product: str
    name: str
    version: str
    edition: str | None
    kernel: str | None
    arch: str
    virtual: bool | None

    def upgrade(self) -> "DeviceOs":
        """Keep what was seen: neither of the two was looked at."""
        return DeviceOs(
            self.family,
            self.product,
            self.name,
            self.version,
            self.edition,
            self.kernel,
            self.arch,
            self.virtual,
        )


class DeviceOs(Fact, frozen=True, forbid_unknown_fields=True):
    """The operating system this device runs.

    Attributes:
        family: family of the system.
        product: product id at endoflife.date (debian, ubuntu, windows, macos ...).
        name: name for people.
        version: version, in the form of its release cycle.
        edition: edition (Windows Home, Pro ...; on Ubuntu esm or no-esm); None when it was not seen.
        kernel: kernel version; None when it was not seen.
        arch: processor architecture.
        virtual: whether it is a virtual machine or container; None when it was not
            seen.
        patch: number of the patch level of a Windows; None when it was not seen.
        longer_support: last year of the longer support of Windows 10 (ESU) that a licence
            on it covers (1 to 3; 0 is no licence); None when it was not seen.
    """

    KIND: ClassVar[str] = "device.os"
    VERSION: ClassVar[int] = 2

    family: Literal["linux", "windows", "macos"]
    product: str
    name: str
    version: str
    edition: str | None
    kernel: str | None
    arch: str
    virtual: bool | None
    patch: int | None = None
    longer_support: int | None = None


class DevicePasswords(Fact, frozen=True, forbid_unknown_fields=True):
    """Empty passwords, and rules on length and failures.

    Attributes:
        empty: accounts with an empty password; None when it was not seen.
        max_age_days: days until a change is asked for; None when it was not seen.
        min_length: least length (characters); None when it was not seen.
        lockout_tries: failures until it locks (0: never) (tries); None when it was not
            seen.
    """

    KIND: ClassVar[str] = "device.passwords"

    empty: tuple[str, ...] | None
    max_age_days: int | None
    min_length: int | None
    lockout_tries: int | None


class DevicePhone(Fact, frozen=True, forbid_unknown_fields=True):
    """What the person holding it read from its screen. Not measured.

    Attributes:
        system: kind (product id at endoflife.date).
        tablet: whether it is a tablet.
        version: version; None when it was not seen.
        up_to_date: whether its settings say it is up to date; None when it was not
            seen.
        screen_lock: whether its screen locks; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.phone"

    system: Literal["ios", "ipados", "android"]
    tablet: bool
    version: str | None
    up_to_date: bool | None
    screen_lock: bool | None


class DeviceRemoteDesktop1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without what is only installed, and without ports.

    Attributes:
        enabled, products, network_auth: as of DeviceRemoteDesktop.
    """

    KIND: ClassVar[str] = "device.remote_desktop"
    VERSION: ClassVar[int] = 1

    enabled: bool
    products: tuple[str, ...]
    network_auth: bool | None

    def upgrade(self) -> "DeviceRemoteDesktop":
        """Keep what was seen: neither of the two was looked at."""
        return DeviceRemoteDesktop(self.enabled, self.products, self.network_auth)


class DeviceRemoteDesktop(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether something lets others drive this screen from afar.

    Attributes:
        enabled: whether it is on.
        products: names (rdp, vnc, anydesk ...).
        network_auth: whether the user is checked before connecting; None when it was
            not seen.
        installed: names of those that are there and do not run.
        ports: ports on which it is set to wait.
    """

    KIND: ClassVar[str] = "device.remote_desktop"
    VERSION: ClassVar[int] = 2

    enabled: bool
    products: tuple[str, ...]
    network_auth: bool | None
    installed: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()


class DeviceRemovableMedia(Fact, frozen=True, forbid_unknown_fields=True):
    """What happens when media is plugged in, and what is attached.

    Attributes:
        autorun: whether plugging in opens or runs something; None when it was not
            seen.
        blocked: whether USB storage is blocked; None when it was not seen.
        attached: media attached now.
    """

    KIND: ClassVar[str] = "device.removable_media"

    autorun: bool | None
    blocked: bool | None
    attached: tuple[str, ...]


class DeviceScreenLock(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether the screen locks by itself.

    Attributes:
        desktop: desktop (gnome, kde, cinnamon, mate, xfce, windows, macos, none).
        enabled: whether it locks by itself; None when it was not seen.
        after_seconds: from last use to lock; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.screen_lock"

    desktop: str
    enabled: bool | None
    after_seconds: int | None


class Share(Row, frozen=True, forbid_unknown_fields=True):
    """Shares.

    Attributes:
        system: system.
        name: name.
        path: path.
        guest: whether anyone may enter; None when it was not seen.
        writable: whether it can be written; None when it was not seen.
    """

    system: Literal["samba", "nfs", "windows", "macos"]
    name: str
    path: str
    guest: bool | None
    writable: bool | None


class DeviceShares1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without the protocol of old.

    Attributes:
        shares: as of DeviceShares.
    """

    KIND: ClassVar[str] = "device.shares"
    VERSION: ClassVar[int] = 1

    shares: tuple[Share, ...]

    def upgrade(self) -> "DeviceShares":
        """Keep what was seen: the protocol was not looked at."""
        return DeviceShares(self.shares)


class DeviceShares(Fact, frozen=True, forbid_unknown_fields=True):
    """Folders shown to other machines, and whether anyone may enter.

    Attributes:
        shares: shares.
        smb1: whether the protocol SMBv1 is answered; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.shares"
    VERSION: ClassVar[int] = 2

    shares: tuple[Share, ...]
    smb1: bool | None = None


class SoftwareItem(Row, frozen=True, forbid_unknown_fields=True):
    """List of software.

    Attributes:
        name: name.
        version: version.
        source: kind of source.
        from_system: whether the maker of the system maintains it (false: a third
            party); None when it was not seen.
        built_from: name of the source package it was built from, which is what
            advisories of distributions name; "" where there is none or it was not seen.
        built_from_version: version of that source package; "" likewise.
    """

    name: str
    version: str
    source: Literal["dpkg", "rpm", "flatpak", "snap", "pip", "registry", "app"]
    from_system: bool | None
    built_from: str = ""
    built_from_version: str = ""


class SoftwareItem1(Row, frozen=True, forbid_unknown_fields=True):
    """List of software, as of version 1.

    Attributes:
        name, version, source, from_system: as of SoftwareItem.
    """

    name: str
    version: str
    source: Literal["dpkg", "rpm", "flatpak", "snap", "pip", "registry", "app"]
    from_system: bool | None


class SoftwareCount(Row, frozen=True, forbid_unknown_fields=True):
    """Count by source.

    Attributes:
        source: source.
        count: count (packages).
    """

    source: str
    count: int


class DeviceSoftware1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without the source packages and the release they belong to.

    Attributes:
        items, counts_by_source: as of DeviceSoftware.
    """

    KIND: ClassVar[str] = "device.software"
    VERSION: ClassVar[int] = 1

    items: tuple[SoftwareItem1, ...]
    counts_by_source: tuple[SoftwareCount, ...]

    def upgrade(self) -> "DeviceSoftware":
        """Keep what was seen: what packages were built from was not looked at."""
        items = tuple(
            SoftwareItem(one.name, one.version, one.source, one.from_system) for one in self.items
        )
        return DeviceSoftware(items, self.counts_by_source)


class DeviceSoftware(Fact, frozen=True, forbid_unknown_fields=True):
    """Installed software, versions and where they came from.

    Attributes:
        items: list of software.
        counts_by_source: count by source.
        release: the distribution and release whose archives the packages of dpkg or rpm
            come from, as "debian-12" or "ubuntu-24.04" (of a derivative: that of the
            release below); "" where there is none or it was not seen.
    """

    KIND: ClassVar[str] = "device.software"
    VERSION: ClassVar[int] = 2

    items: tuple[SoftwareItem, ...]
    counts_by_source: tuple[SoftwareCount, ...]
    release: str = ""


class DeviceSshd1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without those for whom the server makes an exception.

    Attributes:
        installed, running, password_login, root_login, empty_passwords: as of DeviceSshd.
    """

    KIND: ClassVar[str] = "device.sshd"
    VERSION: ClassVar[int] = 1

    installed: bool
    running: bool | None
    password_login: bool | None
    root_login: Literal["yes", "no", "prohibit-password", "forced-commands-only"] | None
    empty_passwords: bool | None

    def upgrade(self) -> "DeviceSshd":
        """Keep what was seen: exceptions were not looked for."""
        return DeviceSshd(
            installed=self.installed,
            running=self.running,
            password_login=self.password_login,
            root_login=self.root_login,
            empty_passwords=self.empty_passwords,
        )


class SshException(Row, frozen=True, forbid_unknown_fields=True):
    """What the server accepts from some users, addresses or ports alone.

    Attributes:
        match: whom it is made for, as the settings say it.
        password_login: whether passwords are accepted.
        root_login: whether root may log in with a password.
        empty_passwords: whether empty passwords are accepted.
    """

    match: str
    password_login: bool
    root_login: bool
    empty_passwords: bool


class DeviceSshd2(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 2: without where the server waits.

    Attributes:
        installed, running, password_login, root_login, empty_passwords, exceptions: as of
            DeviceSshd.
    """

    KIND: ClassVar[str] = "device.sshd"
    VERSION: ClassVar[int] = 2

    installed: bool
    running: bool | None
    password_login: bool | None
    root_login: Literal["yes", "no", "prohibit-password", "forced-commands-only"] | None
    empty_passwords: bool | None
    exceptions: tuple[SshException, ...] = ()

    def upgrade(self) -> "DeviceSshd":
        """Keep what was seen: where it waits was not looked at, so others may reach it."""
        return DeviceSshd(
            installed=self.installed,
            running=self.running,
            password_login=self.password_login,
            root_login=self.root_login,
            empty_passwords=self.empty_passwords,
            exceptions=self.exceptions,
        )


class DeviceSshd(Fact, frozen=True, forbid_unknown_fields=True):
    """Effective settings of the SSH server.

    Attributes:
        installed: whether it is installed.
        running: whether it is running; None when it was not seen.
        password_login: whether passwords are accepted; None when it was not seen.
        root_login: whether root may log in; None when it was not seen.
        empty_passwords: whether empty passwords are accepted; None when it was not
            seen.
        exceptions: what it accepts from some alone.
        only_here: whether it takes connections of this machine alone.
    """

    KIND: ClassVar[str] = "device.sshd"
    VERSION: ClassVar[int] = 3

    installed: bool
    running: bool | None
    password_login: bool | None
    root_login: Literal["yes", "no", "prohibit-password", "forced-commands-only"] | None
    empty_passwords: bool | None
    exceptions: tuple[SshException, ...] = ()
    only_here: bool = False


class DeviceSudo1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without telling single commands from all rights.

    Attributes:
        without_password: as of DeviceSudo.
    """

    KIND: ClassVar[str] = "device.sudo"
    VERSION: ClassVar[int] = 1

    without_password: tuple[str, ...]

    def upgrade(self) -> "DeviceSudo":
        """Keep what was seen: for what commands the rules hold was not recorded."""
        return DeviceSudo(self.without_password)


class DeviceSudo2(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 2: without telling a press of a button from a password.

    Attributes:
        without_password, commands: as of DeviceSudo.
    """

    KIND: ClassVar[str] = "device.sudo"
    VERSION: ClassVar[int] = 2

    without_password: tuple[str, ...]
    commands: tuple[str, ...] = ()

    def upgrade(self) -> "DeviceSudo":
        """Keep what was seen: where version 2 was made a password is what is asked for."""
        return DeviceSudo(self.without_password, self.commands)


class DeviceSudo(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether administrator rights can be had without a password.

    Attributes:
        without_password: names or rules that need no password.
        commands: single commands that need none, and for whom.
        confirms: whether administrators only confirm, and type no password.
    """

    KIND: ClassVar[str] = "device.sudo"
    VERSION: ClassVar[int] = 3

    without_password: tuple[str, ...]
    commands: tuple[str, ...] = ()
    confirms: bool = False


class DeviceTimeSync(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether the clock is set by itself.

    Attributes:
        service: name of the service, none when there is none.
        synchronised: whether it is in step; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.time_sync"

    service: str
    synchronised: bool | None


class DeviceUpdates1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without the age and the severity of what waits.

    Attributes:
        manager, pending, pending_security, pending_security_names, lists_refreshed_at,
            last_update_at, reboot_required: as of DeviceUpdates.
    """

    KIND: ClassVar[str] = "device.updates"
    VERSION: ClassVar[int] = 1

    manager: str
    pending: int | None
    pending_security: int | None
    pending_security_names: tuple[str, ...]
    lists_refreshed_at: Moment | None
    last_update_at: Moment | None
    reboot_required: bool | None

    def upgrade(self) -> "DeviceUpdates":
        """Keep what was seen: age and severity were not looked at."""
        return DeviceUpdates(
            manager=self.manager,
            pending=self.pending,
            pending_security=self.pending_security,
            pending_security_names=self.pending_security_names,
            lists_refreshed_at=self.lists_refreshed_at,
            last_update_at=self.last_update_at,
            reboot_required=self.reboot_required,
        )


class DeviceUpdates(Fact, frozen=True, forbid_unknown_fields=True):
    """Updates not yet installed, and when the last one was.

    Attributes:
        manager: update manager (apt, dnf, windows_update, softwareupdate).
        pending: updates waiting (packages); None when it was not seen.
        pending_security: of which security updates (packages); None when it was not
            seen.
        pending_security_names: names of those, at most 50.
        lists_refreshed_at: when the list of updates was last fetched; None when it was
            not seen.
        last_update_at: when anything was last updated; None when it was not seen.
        reboot_required: whether a restart is due; None when it was not seen.
        oldest_security_at: when the oldest security update that waits came out; None
            when it was not seen.
        critical: security updates waiting that their maker rates critical (packages);
            None when it was not seen.
    """

    KIND: ClassVar[str] = "device.updates"
    VERSION: ClassVar[int] = 2

    manager: str
    pending: int | None
    pending_security: int | None
    pending_security_names: tuple[str, ...]
    lists_refreshed_at: Moment | None
    last_update_at: Moment | None
    reboot_required: bool | None
    oldest_security_at: Moment | None = None
    critical: int | None = None


class DeviceWifi(Fact, frozen=True, forbid_unknown_fields=True):
    """Encryption of the Wi-Fi in use.

    Attributes:
        connected: whether a Wi-Fi is in use.
        encryption: encryption; None when it was not seen.
    """

    KIND: ClassVar[str] = "device.wifi"

    connected: bool
    encryption: Literal["none", "wep", "wpa", "wpa2", "wpa3"] | None
