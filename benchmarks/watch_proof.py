"""Staged attacks with real packets and a real Suricata: is each told, and is an ordinary hour quiet?

    PYTHONPATH=src:. python benchmarks/watch_proof.py [--root DIR] [--keep FILE]

As root, on Linux. A gateway, a PC, a file server, a stranger's device and the Internet are network
namespaces with real kernels' packets between them; dnsmasq gives the addresses. What passes the
gateway is recorded and played to Suricata (``-r``) with its time stretched: a beacon of every 60
seconds for 40 minutes takes ten seconds to make. What Suricata writes is heard as any eve.json is,
on a line that has been learned for eight days.

root: a root with Suricata where this machine has none, made once with
``debootstrap --variant=minbase --include=suricata trixie DIR``. keep: what Suricata wrote, for tests.
"""

import argparse
import bisect
import gzip
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tojimari.catalog import load_catalog
from tojimari.watch.desk import Desk
from tojimari.watch.engine_settings import settings_of
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import day_of, open_ledger

BEGIN = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
LEARNED_DAYS = 8
GATE, PC, FILES, ROGUE = "192.168.77.1", "192.168.77.20", "192.168.77.30", "192.168.77.99"
OUTER, NET, EVIL, CLOCK = "203.0.113.1", "203.0.113.10", "203.0.113.66", "203.0.113.123"
Frame = tuple[float, bytes]

SERVE = r"""
import socket, struct, sys, threading
def tcp(address, port, answer):
    at = socket.create_server((address, port), backlog=200)
    def one(peer):
        try:
            peer.settimeout(5)
            if answer.startswith(b"SSH"): peer.send(answer); peer.recv(99)
            else: peer.recv(4000); peer.send(answer)
        except OSError: pass
        peer.close()
    while True: threading.Thread(target=one, args=(at.accept()[0],), daemon=True).start()
def names(address):
    at = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); at.bind((address, 53))
    while True:
        asked, peer = at.recvfrom(999)
        to = b"\xcb\x00\x71\x0a"  # 203.0.113.10
        at.sendto(asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + asked[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + to, peer)
def echo(address, port):
    at = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); at.bind((address, port))
    while True:
        data, peer = at.recvfrom(2000); at.sendto(data[:48], peer)
def mail(address, port):
    def answer(peer):
        peer.settimeout(5); lines = peer.makefile("rb"); peer.send(b"220 mail.example ESMTP\r\n"); data = False
        for line in lines:
            if data: data = line != b".\r\n"
            else: data = line.upper().startswith(b"DATA"); peer.send(b"354 go on\r\n" if data else b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n"); continue
            if not data: peer.send(b"250 taken\r\n")
    each(address, port, answer)
def pop(address, port):
    def answer(peer):
        peer.settimeout(5); peer.send(b"+OK ready\r\n")
        for line in peer.makefile("rb"):
            peer.send(b"+OK\r\n" + (letter + b"\r\n.\r\n" if line.startswith(b"RETR") else b""))
    each(address, port, answer)
def each(address, port, answer):
    at = socket.create_server((address, port), backlog=200)
    def one(peer):
        try: answer(peer)
        except OSError: pass
        peer.close()
    while True: threading.Thread(target=one, args=(at.accept()[0],), daemon=True).start()
page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
virus = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
import email.message
made = email.message.EmailMessage(); made["From"] = "a@a.example"; made["To"] = "b@b.example"; made["Subject"] = "invoice"
made.set_content("See the file."); made.add_attachment(virus, maintype="application", subtype="octet-stream", filename="invoice.com")
letter = made.as_bytes().replace(b"\n", b"\r\n")
bad = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 68\r\nConnection: close\r\n\r\n" + virus
for what in sys.argv[1:]:
    kind, address, port = what.split("_")
    way = {"web": (tcp, page), "bad": (tcp, bad), "ssh": (tcp, b"SSH-2.0-made\r\n"), "beat": (tcp, b"ok"),
           "rdp": (tcp, bytes.fromhex("030000130ed000001234000209080002000000")), "mail": (mail,),
           "pop": (pop,),
           "dns": (names,), "udp": (echo,)}[kind]
    args = (address,) if kind == "dns" else (address, int(port), *way[1:])
    threading.Thread(target=way[0], args=args, daemon=True).start()
print("ready", flush=True); sys.stdin.read()
"""
DO = r"""
import random, socket, struct, sys
def name(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".")) + b"\0"
def udp(address, port, data):
    at = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); at.settimeout(1)
    at.sendto(data, (address, int(port)))
    try: return at.recv(2000)
    except OSError: return b""
    finally: at.close()
def look(server, text): return udp(server, 53, b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + name(text) + b"\0\1\0\1")
def get(address, port, data):
    try:
        at = socket.create_connection((address, int(port)), 1); at.send(data); got = at.recv(4000); at.close(); return got
    except OSError: return b""
for line in sys.stdin:
    what, *words = line.split()
    if what == "get": get(words[0], words[1], f"GET / HTTP/1.1\r\nHost: {words[2]}\r\nConnection: close\r\n\r\n".encode())
    elif what == "tcp": get(words[0], words[1], b"x")
    elif what == "rdp": get(words[0], words[1], bytes.fromhex("030000130ee000000000000100080003000000"))
    elif what == "mail":
        import smtplib
        from email.message import EmailMessage
        made = EmailMessage(); made["From"] = "a@a.example"; made["To"] = "b@b.example"; made["Subject"] = "invoice"
        made.set_content("See the file.")
        virus = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
        made.add_attachment(virus, maintype="application", subtype="octet-stream", filename="invoice.com")
        with smtplib.SMTP(words[0], int(words[1]), timeout=5) as sending: sending.send_message(made)
    elif what == "pop":
        import poplib
        fetching = poplib.POP3(words[0], int(words[1]), timeout=5); fetching.user("b"); fetching.pass_("b"); fetching.retr(1); fetching.quit()
    elif what == "look": look(words[0], words[1])
    elif what == "udp": udp(words[0], words[1], b"\x23" + bytes(47))
    elif what == "scan":
        for port in range(int(words[1]), int(words[2])):
            at = socket.socket(); at.settimeout(0.05); at.connect_ex((words[0], port)); at.close()
    elif what == "tunnel":
        for n in range(int(words[1])):
            look(words[0], random.Random(n).randbytes(30).hex() + "." + random.Random(-n).randbytes(15).hex() + ".t.example")
    print("done", flush=True)
"""


def ip(*words: str) -> None:
    """Run ``ip``."""
    subprocess.run(["ip", *" ".join(words).split()], check=True)


class Network:
    """The namespaces, what serves in them, and what passes the gateway."""

    def __init__(self, folder: Path) -> None:
        """Make nothing yet."""
        self.folder, self.open = folder, list[subprocess.Popen[str]]()
        self.hosts = {one: f"wp-{one}" for one in ("gate", "pc", "files", "rogue", "net")}

    def __enter__(self) -> "Network":
        """Make it all."""
        for space in self.hosts.values():
            ip("netns add", space)
            ip("-n", space, "link set lo up")
        gate = self.hosts["gate"]
        ip("-n", gate, "link add br0 type bridge")
        for number, one in enumerate(("pc", "files", "rogue"), 1):
            mac = f"00:00:5e:00:53:{number:02x}"
            ip("-n", gate, "link add", one, "type veth peer name eth0 netns", self.hosts[one])
            ip("-n", gate, "link set", one, "master br0 up")
            ip("-n", self.hosts[one], "link set eth0 address", mac)
            ip("-n", self.hosts[one], "link set eth0 up")
        ip("-n", gate, "link add wan type veth peer name eth0 netns", self.hosts["net"])
        ip("-n", gate, "link set wan up")
        ip("-n", gate, "link set br0 up")
        ip("-n", gate, f"addr add {GATE}/24 dev br0")
        ip("-n", gate, f"addr add {OUTER}/24 dev wan")
        for address in (NET, EVIL, CLOCK):
            ip("-n", self.hosts["net"], f"addr add {address}/24 dev eth0")
        ip("-n", self.hosts["net"], "link set eth0 up")
        ip("-n", self.hosts["net"], f"route add 192.168.77.0/24 via {OUTER}")
        for one, address in (("pc", PC), ("files", FILES), ("rogue", ROGUE)):
            ip("-n", self.hosts[one], f"addr add {address}/24 dev eth0")
            ip("-n", self.hosts[one], f"route add default via {GATE}")
        self.run("gate", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        serves = [f"web_{NET}_80", f"bad_{NET}_8000", f"beat_{EVIL}_443", f"udp_{CLOCK}_123"]
        self._python("net", SERVE, *serves, f"udp_{NET}_3478", f"mail_{NET}_25", f"pop_{NET}_110")
        self._python("gate", SERVE, f"dns_{GATE}_53")
        serves = [f"ssh_{FILES}_22", f"web_{FILES}_631", f"rdp_{FILES}_3389"]
        self._python("files", SERVE, *serves)
        self.pc = self._python("pc", DO, wait=False)
        return self

    def __exit__(self, *_: object) -> None:
        """Take it all away."""
        for one in self.open:
            one.kill()
            one.wait()
        for space in self.hosts.values():
            subprocess.run(["ip", "netns", "del", space], check=False)

    def run(self, host: str, *words: str, check: bool = True) -> None:
        """Run a program at a host to its end."""
        quiet = subprocess.DEVNULL
        inside = ["ip", "netns", "exec", self.hosts[host], *words]
        subprocess.run(inside, check=check, stdout=quiet, stderr=quiet)

    def _python(
        self, host: str, program: str, *words: str, wait: bool = True
    ) -> "subprocess.Popen[str]":
        made = subprocess.Popen(
            ["ip", "netns", "exec", self.hosts[host], sys.executable, "-I", "-c", program, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.open.append(made)
        if wait and made.stdout is not None:
            assert made.stdout.readline() == "ready\n"
        return made

    def do(self, line: str) -> None:
        """Let the PC do one thing."""
        assert self.pc.stdin is not None
        assert self.pc.stdout is not None
        self.pc.stdin.write(f"{line}\n")
        self.pc.stdin.flush()
        self.pc.stdout.readline()

    @contextmanager
    def gives_addresses(self, host: str, address: str) -> Iterator[None]:
        """Let dnsmasq give addresses at a host."""
        pool = address.rpartition(".")[0]
        words = ["dnsmasq", "-k", "-p", "0", "-C", "/dev/null", "--bind-interfaces", "--user=root"]
        words += [f"--listen-address={address}", f"--dhcp-range={pool}.100,{pool}.150,1h"]
        words += [f"--dhcp-leasefile={self.folder}/leases-{host}", "--dhcp-authoritative"]
        words += [
            f"--log-facility={self.folder}/dnsmasq-{host}.log",
            f"--pid-file={self.folder}/pid",
        ]
        with subprocess.Popen(["ip", "netns", "exec", self.hosts[host], *words]) as serving:
            time.sleep(1)
            yield
            serving.terminate()

    def asks_for_address(self, name: str, mac: str) -> None:
        """Let a device with a hardware address of its own ask for an address at the bridge."""
        space, short = f"wp-own-{mac[-2:]}", mac[-2:]
        ip("netns add", space)
        try:
            link = f"d{short}"
            ip("-n", self.hosts["gate"], "link add", link, "type veth peer name eth0 netns", space)
            ip("-n", self.hosts["gate"], "link set", link, "master br0 up")
            ip("-n", space, "link set eth0 address", mac)
            ip("-n", space, "link set eth0 up")
            time.sleep(0.3)
            words = ["busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "4", "-T", "1"]
            words += ["-x", f"hostname:{name}", "-s", "/bin/true"]
            quiet = subprocess.DEVNULL
            inside = ["ip", "netns", "exec", space, *words]
            subprocess.run(inside, check=True, stdout=quiet, stderr=quiet)
        finally:
            subprocess.run(["ip", "netns", "del", space], check=False)

    @contextmanager
    def recorded(self) -> Iterator[list[Frame]]:
        """Record what passes the gateway's bridge; the list is filled when the block ends."""
        frames: list[Frame] = []
        path = self.folder / "frames"
        program = (
            "import socket, struct, sys, time\n"
            "at = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); at.bind(('br0', 0))\n"
            "at.setsockopt(263, 1, struct.pack('IHH8s', socket.if_nametoindex('br0'), 1, 0, b''))\n"
            "at.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)\n"
            "print('ready', flush=True)\n"
            "with open(sys.argv[1], 'wb') as out:\n"
            "    while True:\n"
            "        data = at.recv(65535); out.write(struct.pack('<dI', time.time(), len(data)) + data); out.flush()\n"
        )
        child = self._python("gate", program, str(path))
        yield frames
        time.sleep(0.3)
        child.kill()
        child.wait()
        data, at = path.read_bytes(), 0
        while at + 12 <= len(data):
            moment, length = struct.unpack_from("<dI", data, at)
            frames.append((moment, data[at + 12 : at + 12 + length]))
            at += 12 + length


Deed = Callable[[Network], list[Frame]]


def at_once(*lines: str) -> Deed:
    """Return a deed of the PC that is played as fast as it was."""

    def play(network: Network) -> list[Frame]:
        with network.recorded() as frames:
            for line in lines:
                network.do(line)
        return _from(frames, 0.0)

    return play


def every(seconds: float, times: int, *lines: str) -> Deed:
    """Return a deed of the PC that is done ``times`` times and played as if every ``seconds``."""

    def play(network: Network) -> list[Frame]:
        began: list[float] = []
        with network.recorded() as frames:
            for n in range(times):
                began.append(time.time())
                network.do(lines[n % len(lines)])
                time.sleep(0.05)
        found = []
        for at, data in frames:
            n = max(0, bisect.bisect(began, at) - 1)
            # A program's timer is not exact either.
            found.append((n * seconds + (n * 7919 % 13) / 13 + at - began[n], data))
        return found

    return play


def _from(frames: list[Frame], begin: float) -> list[Frame]:
    first = frames[0][0] if frames else 0.0
    return [(begin + at - first, data) for at, data in frames]


def addresses(*servers: tuple[str, str], name: str, mac: str) -> Deed:
    """Return the deed of a device that asks for an address where these hosts give them."""

    def play(network: Network) -> list[Frame]:
        found: list[Frame] = []
        for n, (host, address) in enumerate(servers):
            with network.gives_addresses(host, address), network.recorded() as frames:
                network.asks_for_address(name, mac)
            found += _from(frames, 600.0 * n)
        return found

    return play


def ordinary(network: Network) -> list[Frame]:
    """Return an hour of a small office, made in a minute."""
    found: list[Frame] = []
    pages = [f"page{n}.example" for n in range(12)]
    for n, page in enumerate(pages):
        found += [
            (300.0 * n + at, data)
            for at, data in at_once(
                f"look {GATE} {page}", *[f"get {NET} 80 {page}"] * 4, f"look {GATE} cdn.{page}"
            )(network)
        ]
    found += every(64, 50, f"udp {CLOCK} 123")(network)  # the time, by the address of its server
    found += every(60, 50, f"get {NET} 80 sync.example")(network)  # a program that syncs, by name
    found += every(300, 12, f"get {FILES} 631 printer")(network)
    found += [(900 + at, data) for at, data in at_once(*[f"udp {NET} 3478"] * 300)(network)]
    found += [(1800 + at, d) for at, d in at_once(*[f"get {NET} 80 updates.example"] * 60)(network)]
    found += [(2400 + at, d) for at, d in at_once(*[f"tcp {FILES} 22"] * 5)(network)]
    found += addresses(("gate", GATE), name="pc", mac="00:00:5e:00:53:21")(network)
    return sorted(found)


def bad_name(network: Network, folder: Path) -> list[str]:
    """Return what unbound writes when the PC asks forty times for a name on its list."""
    (folder / "zone").write_text(
        "$TTL 60\n@ SOA localhost. root.localhost. 1 60 60 60 60\n@ NS localhost.\nbad.example CNAME .\n"
    )
    log = folder / "unbound.log"
    (folder / "unbound.conf").write_text(
        f"server:\n interface: {OUTER}\n access-control: 192.168.77.0/24 allow\n do-daemonize: no\n"
        f' username: ""\n chroot: ""\n directory: "{folder}"\n pidfile: "{folder}/unbound.pid"\n'
        f' logfile: "{log}"\n use-syslog: no\n module-config: "respip iterator"\n'
        f'rpz:\n name: list\n zonefile: "{folder}/zone"\n rpz-log: yes\n'
        "remote-control:\n control-enable: no\n"
    )
    words = [
        "ip",
        "netns",
        "exec",
        network.hosts["gate"],
        "unbound",
        "-c",
        f"{folder}/unbound.conf",
    ]
    with subprocess.Popen(words) as serving:
        time.sleep(2)
        for _ in range(40):
            network.do(f"look {OUTER} bad.example")
        time.sleep(1)
        serving.terminate()
    return log.read_text().splitlines()


def _shared(network: Network, *, encrypted: bool) -> list[Frame]:
    """Let the PC fetch the test virus from a real Samba at the file server."""
    home = network.folder / "samba"
    for name in ("share", "private", "state", "cache", "lock", "pid", "log"):
        (home / name).mkdir(parents=True, exist_ok=True)
    virus = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    (home / "share/invoice.com").write_bytes(virus)
    folders = {"private dir": "private", "state directory": "state", "cache directory": "cache",
               "lock directory": "lock", "pid directory": "pid"}  # fmt: skip
    (home / "smb.conf").write_text(
        "[global]\nserver role = standalone server\nmap to guest = Bad User\nload printers = no\n"
        f"disable spoolss = yes\nlog file = {home}/log/log\nserver min protocol = SMB2\n"
        + "".join(f"{key} = {home}/{name}\n" for key, name in folders.items())
        + f"[share]\npath = {home}/share\nguest ok = yes\nforce user = root\nread only = yes\n"
    )
    subprocess.run(["smbpasswd", "-c", home / "smb.conf", "-a", "-s", "root"], check=True,
                   input=b"made-up-1\nmade-up-1\n", stdout=subprocess.DEVNULL)  # fmt: skip
    inside = ["ip", "netns", "exec", network.hosts["files"]]
    serving = subprocess.Popen([*inside, "smbd", "-F", "-s", home / "smb.conf"])
    try:
        time.sleep(3)
        with network.recorded() as frames:
            more = ["--client-protection=encrypt"] if encrypted else []
            get = f"get invoice.com {network.folder}/got"
            network.run(
                "pc", "smbclient", f"//{FILES}/share", "-U", "root%made-up-1", *more, "-c", get
            )
        assert (network.folder / "got").read_bytes() == virus
    finally:
        serving.terminate()
        serving.wait()
    return _from(frames, 0.0)


shared_folder = partial(_shared, encrypted=False)
shared_folder_encrypted = partial(_shared, encrypted=True)


ATTACKS: dict[str, tuple[str, Deed]] = {
    "port scan inside": ("scan_inside", at_once(f"scan {FILES} 1 200", f"scan {GATE} 1 60")),
    "SSH guessing inside": ("guess_inside", every(2, 60, f"tcp {FILES} 22")),
    "beacon every 60 s to an unknown address": ("steady_unknown", every(60, 40, f"tcp {EVIL} 443")),
    "DNS tunnel": ("beacon", at_once(f"tunnel {GATE} 300")),
    "EICAR by http": ("malware_open", at_once(f"get {NET} 8000 files.example")),
    "RDP guessing inside": ("guess_inside", every(2, 60, f"rdp {FILES} 3389")),
    "EICAR by a sent mail (SMTP)": ("malware_open", at_once(f"mail {NET} 25")),
    "EICAR by a shared folder (SMB)": ("malware_open", shared_folder),
    "EICAR by a fetched mail (POP3): not told": ("", at_once(f"pop {NET} 110")),
    "EICAR by a shared folder, encrypted (SMB 3): not told": ("", shared_folder_encrypted),
    "rogue DHCP": (
        "two_give_addresses",
        addresses(("gate", GATE), ("rogue", ROGUE), name="pc", mac="00:00:5e:00:53:21"),
    ),
    "new device": (
        "new_device_here",
        addresses(("gate", GATE), name="unknown", mac="00:00:5e:00:53:77"),
    ),
}
"""What is done -> the rule that has to tell it, and the deed."""


def pcap(frames: list[Frame], begin: datetime) -> bytes:
    """Return frames as a pcap file (microseconds, Ethernet)."""
    made = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
    for at, data in sorted(frames):
        moment = begin.timestamp() + at
        head = struct.pack("<IIII", int(moment), int(moment % 1 * 1e6), len(data), len(data))
        made.append(head + data)
    return b"".join(made)


def suricata(root: Path | None, folder: Path, capture: bytes) -> list[str]:
    """Return what Suricata writes about a capture."""
    rules, settings = settings_of("suricata")
    work = (root or Path("/")) / "tmp" / f"watch-proof-{folder.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    inside = Path("/tmp") / work.name  # within the root
    (work / "own.rules").write_text(rules.text)
    (work / "x.pcap").write_bytes(capture)
    head = (
        "%YAML 1.1\n---\nvars:\n  address-groups:\n    HOME_NET: '[192.168.0.0/16]'\n"
        "    EXTERNAL_NET: '!$HOME_NET'\n"
        "classification-file: /etc/suricata/classification.config\n"
        "app-layer: {protocols: {dhcp: {enabled: yes}, dns: {udp: {enabled: yes}, tcp: {enabled: yes}}, "
        "http: {enabled: yes}, tls: {enabled: yes}, ssh: {enabled: yes}, "
        "smb: {enabled: yes, detection-ports: {dp: 139, 445}}, smtp: {enabled: yes, "
        "mime: {decode-mime: yes, decode-base64: yes}}}}\n"
    )
    (work / "conf.yaml").write_text(head + settings.text.split("rule-files:")[0])
    words = ["chroot", str(root)] if root else []
    words += ["suricata", "-r", f"{inside}/x.pcap", "-c", f"{inside}/conf.yaml", "-k", "none"]
    words += ["-S", f"{inside}/own.rules", "-l", str(inside)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise SystemExit(ran.stdout + ran.stderr)
    lines = (work / "eve.json").read_text().splitlines()
    shutil.rmtree(work)
    return [line for line in lines if '"event_type":"stats"' not in line]


def _same(moment: datetime) -> datetime:
    return moment


def told(
    learned: list[str],
    lines: list[str],
    folder: Path,
    engine: str = "suricata",
    begin: datetime = BEGIN,
) -> tuple[dict[str, str], int]:
    """Return rule -> what is said, and the signals, after a line was learned for eight days."""
    catalog = load_catalog()
    slots = {kind.id: kind.together for kind in catalog.watch.kinds.values()}
    end = begin + timedelta(hours=2)
    before = begin - timedelta(days=LEARNED_DAYS)
    (folder / "eve.json").write_text("")
    (folder / "x.heard").unlink(missing_ok=True)
    with open_ledger(folder / "x.heard", slots) as ledger:
        log = add_log(ledger, engine, folder / "eve.json", "line", before)
        for batch, now in ((learned, before + timedelta(hours=2)), (lines, end)):
            with (folder / "eve.json").open("a") as file:
                file.writelines(f"{line}\n" for line in batch)
            Listener(ledger, now=partial(_same, now)).listen()
        found = Desk(ledger, catalog).notices(end)
        rules = catalog.watch.rules
        said = {
            one.rule: rules[one.rule].what.say("en", **one.values())
            for one in found
            if one.rule != "engine_silent"
        }
        return said, sum(n for n, _ in ledger.day(log, day_of(end)).signals.values())


def row(name: str, rule: str, said: dict[str, str], signals: int, seen: int) -> None:
    """Print a row of the table."""
    right = set(said) == ({rule} if rule else set())
    words = "; ".join(said.values()) or f"nothing ({signals} signals in {seen} frames)"
    how = "as it should" if right else "NOT as it should"
    print(f"| {name} | {how} | {', '.join(said)} | {words} |", flush=True)


def main() -> None:
    """Make, play, hear, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    if not chosen.root and not shutil.which("suricata"):
        raise SystemExit("No Suricata here. Name a root that has one with --root (see above).")
    kept: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as made, Network(Path(made)) as network:
        folder = Path(made)
        hour = ordinary(network)
        before = BEGIN - timedelta(days=LEARNED_DAYS)
        kept["learned"] = suricata(chosen.root, folder, pcap(hour, before))
        print(f"recorded: an hour of {len(hour)} frames")
        print("| staged | told | by | said |\n|---|---|---|---|")
        asked, now = bad_name(network, folder), datetime.now(UTC) - timedelta(hours=1)
        row(
            "a known bad name",
            "bad_name_again",
            *told([], asked, folder, "unbound", now),
            len(asked),
        )
        staged: dict[str, tuple[str, Deed]] = {"an ordinary hour": ("", lambda _: hour), **ATTACKS}
        for name, (rule, deed) in staged.items():
            frames = deed(network)
            kept[name] = suricata(chosen.root, folder, pcap(frames, BEGIN))
            row(name, rule, *told(kept["learned"], kept[name], folder), len(frames))
    if chosen.keep:
        chosen.keep.write_bytes(gzip.compress(json.dumps(kept).encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
