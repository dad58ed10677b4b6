"""Ports that are open to the Internet on the company's own address."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tojimari.collect.host import TookTooLong, Unavailable, Unreachable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.visit import Visit, read_page
from tojimari.model.facts import NetworkOpenPorts, OpenPort

PORTS: dict[int, str] = {
    21: "FTP", 22: "SSH", 23: "Telnet", 135: "RPC", 139: "NetBIOS", 445: "SMB", 512: "rexec",
    513: "rlogin", 514: "rsh", 548: "AFP", 623: "IPMI", 873: "rsync", 1433: "SQL Server",
    1521: "Oracle", 1723: "PPTP", 2049: "NFS", 2375: "Docker", 3306: "MySQL",
    3389: "RDP", 5432: "PostgreSQL", 5555: "ADB", 5800: "VNC (web)", 5900: "VNC", 5901: "VNC",
    5985: "WinRM", 6379: "Redis", 7547: "TR-069", 8291: "Winbox", 9100: "printer",
    9200: "Elasticsearch", 11211: "memcached", 27017: "MongoDB",
}  # fmt: skip
"""The allow-list: port -> what usually listens there. No other port is ever tried."""
WEB_PORTS = {80: "http", 443: "https", 8080: "http", 8443: "https", 8888: "http"}
"""Where a router, a recorder or a disk box shows its log-in page; the first page is read there."""
_SECONDS = 2.0
_AT_ONCE = 4
_PAUSE = 0.1
"""Seconds before each try; so no more than forty ports are tried in a second."""
_BANNER_BYTES = 100
_SPEAKS_FIRST = (21, 22, 3306, 5900, 5901, 23)
_TITLE_CHARACTERS = 80
_PAGE_BYTES = 64 * 1024


@probe(sees=(NetworkOpenPorts,), needs="address", limit_seconds=60.0)
def ports(visit: Visit) -> list[Seen]:
    """See which ports of the allow-list are open.

    One ordinary connection each, nothing is sent but a plain GET where a web page may be. What
    refuses is closed, what stays silent is filtered. Raises NotPermitted for a private address.
    """
    address = visit.target.address
    visit.egress.addresses(address)

    def ask(port: int) -> tuple[int, str, str]:
        time.sleep(_PAUSE)
        try:
            with visit.egress.connect(address, port, seconds=_SECONDS) as connected:
                banner = ""
                if port in _SPEAKS_FIRST:
                    try:
                        connected.settimeout(_SECONDS)
                        banner = _printable(connected.recv(_BANNER_BYTES))
                    except OSError:
                        banner = ""
                return port, "open", banner
        except TookTooLong:
            return port, "silent", ""
        except Unreachable as error:
            # "No route" may be our own side; only a refusal comes from the other.
            refused = isinstance(error.__cause__, ConnectionRefusedError)
            return port, "closed" if refused else "silent", ""

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(ask, [*PORTS, *WEB_PORTS]))
    states = {port: state for port, state, _ in answers}
    found = [
        OpenPort(port, PORTS[port], banner, login=False)
        for port, state, banner in answers
        if state == "open" and port in PORTS
    ]
    web = [port for port in WEB_PORTS if states[port] == "open"]
    found += _pages(visit, address, web)
    return [
        saw(
            NetworkOpenPorts(
                tried=len(states),
                closed=sum(state == "closed" for state in states.values()),
                silent=sum(state == "silent" for state in states.values()),
                online=any(state != "silent" for state in states.values()) or _online(visit.egress),
                open=tuple(sorted(found, key=lambda row: row.port)),
            )
        )
    ]


def _online(egress: Egress) -> bool:
    """Say whether DNS answers at all."""
    try:
        egress.ask(".", "NS")
    except Unavailable:
        return False
    return True


def _pages(visit: Visit, address: str, web: list[int]) -> Iterator[OpenPort]:
    for port in web:
        shown = f"[{address}]" if ":" in address else address
        try:
            reply = visit.egress.get(
                f"{WEB_PORTS[port]}://{shown}:{port}/", limit=_PAGE_BYTES, follow=3, seconds=5.0
            ).last
            page = read_page(reply)
        except Unavailable:
            yield OpenPort(port, "web", "", login=False)
            continue
        title = page.tree.css_first("title")
        words = re.sub(r"\s+", " ", title.text() if title else "").strip()
        yield OpenPort(
            port,
            "web",
            _printable(words.encode())[:_TITLE_CHARACTERS],
            login=reply.status == 401
            or page.tree.css_first('input[type="password" i]') is not None,
        )


def _printable(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return "".join(character for character in text if character.isprintable()).strip()
