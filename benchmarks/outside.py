"""The encryption of a site: our findings and testssl.sh's on the same real nginx servers.

    PYTHONPATH=. python benchmarks/outside.py            (writes benchmarks/outside.md)
    PYTHONPATH=. python benchmarks/outside.py --whole    (seconds of whole looks alone)

Debian's testssl.sh looks at each server in the same run, at what ours looks at; what both say is
put side by side. Also measured: a whole look at one site (web, mail domain, ports).
"""

import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.support.facts import fields_of
from tests.support.names import unbound
from tests.support.tls_sites import SITES, lab_door, sites
from tests.support.zones import knot

from tojimari.catalog import load_catalog
from tojimari.collect.outside.egress import REQUESTS_A_SECOND, Egress
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes.ports import PORTS, WEB_PORTS
from tojimari.collect.outside.target import Target

HERE = Path(__file__).parent
PEER = ["testssl", "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1"]
# Protocols, cipher categories, server and certificate, Heartbleed, CCS, ROBOT, renegotiation,
# compression, forward secrecy: what our look at the encryption covers.
PARTS = ["-p", "-s", "-S", "-H", "-I", "-BB", "-R", "-C", "-f"]
VERSIONS = {"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLS1": "TLSv1.0", "TLS1_1": "TLSv1.1",
            "TLS1_2": "TLSv1.2", "TLS1_3": "TLSv1.3"}  # fmt: skip
WEAK = ("cipherlist_NULL", "cipherlist_aNULL", "cipherlist_EXPORT", "cipherlist_LOW",
        "cipherlist_3DES_IDEA")  # fmt: skip
HOLES = {"heartbleed": "heartbleed", "CCS": "ccs_injection", "ROBOT": "robot",
         "CRIME_TLS": "compression", "secure_client_renego": "renegotiation"}  # fmt: skip
DIFFERENCES = {
    "forward secrecy": "We call forward secrecy given when every suite accepted has it; testssl.sh "
    'says "offered" when one has.',
}


Row = tuple[str, dict[str, object], dict[str, object], float, float]
"""Server, what we say, what the peer says, our seconds, its seconds."""


def peers(host: str, port: int, authority: Path) -> tuple[dict[str, dict[str, str]], float]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [*PEER, *PARTS, "--add-ca", str(authority), "--jsonfile", str(out)]
        before = time.monotonic()
        subprocess.run([*command, f"{host}:{port}"], capture_output=True, check=False, timeout=600)
        took = time.monotonic() - before
        rows = json.loads(out.read_text())
    return {row["id"].split()[0]: row for row in rows}, took


def said_by_peer(rows: dict[str, dict[str, str]]) -> dict[str, object]:
    def text(name: str) -> str:
        return rows.get(name, {}).get("finding", "")

    trusted = text("cert_chain_of_trust").startswith("passed")
    return {
        "versions": [v for k, v in VERSIONS.items() if text(k).startswith("offered")],
        "weak ciphers": any(text(name).startswith("offered") for name in WEAK),
        "forward secrecy": text("PFS").startswith("offered") or text("FS").startswith("offered"),
        "trust": trusted
        and "expired" not in text("cert_expirationStatus")
        and not text("cert_trust").startswith("certificate does not match"),
        "key": text("cert_keySize"),
        "ends": text("cert_notAfter")[:10],
        "stapled": text("OCSP_stapling").startswith("offered"),
        "weaknesses": sorted(
            ours for name, ours in HOLES.items() if text(name).upper().startswith("VULNERABLE")
        ),
    }


def said_by_us(fields: dict[str, object]) -> dict[str, object]:
    return {
        "versions": fields["versions"],
        "weak ciphers": bool(fields["weak_ciphers"]),
        "forward secrecy": fields["forward_secrecy"],
        "trust": fields["trusted"],
        "key": fields["key"],
        "ends": str(fields["not_after"] or "")[:10],
        "stapled": fields["ocsp_stapled"],
        "weaknesses": fields["weaknesses"],
    }


def same(what: str, ours: object, theirs: object) -> bool:
    if what == "key":
        return str(ours).split()[-1] in str(theirs)
    return ours == theirs


def main() -> None:
    if sys.argv[1:] == ["--whole"]:
        with sites() as (ports, authority):
            print(", ".join(f"{one:.1f} s" for one in whole_look(ports, authority)))
        return
    if shutil.which(PEER[0]) is None:
        sys.exit("testssl is not there: install Debian's package testssl.sh")
    catalog, at = load_catalog(), datetime.now(UTC)
    rows, ours_all, peer_all = [], 0.0, 0.0
    with (
        tempfile.TemporaryDirectory() as folder,
        sites() as (ports, authority),
        unbound(Path(folder), [f"{site}.example. A 127.0.0.1" for site in SITES]) as dns,
    ):
        for site in SITES:
            host, (http, https) = f"{site}.example", ports[site]
            egress = lab_door(dns, http, https, authority)
            before = time.monotonic()
            found = look_outside(Target(host), egress, catalog=catalog, at=at, kinds={"site.tls"})
            took = time.monotonic() - before
            seen, peer_took = peers(host, https, authority)
            ours_all, peer_all = ours_all + took, peer_all + peer_took
            mine, theirs = said_by_us(fields_of(found[0]) or {}), said_by_peer(seen)
            rows.append((site, mine, theirs, took, peer_took))
            print(f"{site:12} {took:5.2f} s {peer_took:6.1f} s", flush=True)
        whole = whole_look(ports, authority)
    (HERE / "outside.md").write_text(report(rows, ours_all, peer_all, whole), encoding="utf-8")


def whole_look(ports: dict[str, tuple[int, int]], authority: Path) -> list[float]:
    """Seconds of whole looks at the good site at the usual pace: web, mail domain, ports."""
    zone = ["@ A 127.0.0.1", "@ MX 10 mx", "mx A 127.0.0.1", '@ TXT "v=spf1 mx -all"']
    catalog, took = load_catalog(), []
    with (
        tempfile.TemporaryDirectory() as folder,
        knot(Path(folder), {"good.example.": zone}) as names,
    ):
        resolver = lab_door(names, *ports["good"], authority).resolver
        shut = dict.fromkeys([*PORTS, *WEB_PORTS, 25], 1)
        there = {**shut, 80: ports["good"][0], 443: ports["good"][1]}
        for _ in range(3):
            egress = Egress(
                lab=True,
                resolver=resolver,
                ports=there,
                trust=authority,
                requests_a_second=REQUESTS_A_SECOND,
            )
            target = Target("good.example", "good.example", address="127.0.0.1")
            before = time.monotonic()
            seen = look_outside(target, egress, catalog=catalog, at=datetime.now(UTC))
            took.append(time.monotonic() - before)
            # Nobody takes mail there, so one fact cannot be seen.
            unseen = {one.kind for one in seen if one.fact is None}
            assert unseen == {"mail_domain.transport"}, unseen
    return took


def report(rows: list[Row], ours_all: float, peer_all: float, whole: list[float]) -> str:
    names = list(rows[0][1])
    lines = [
        "# The encryption of a site: our findings and testssl.sh's",
        "",
        f"Made by `PYTHONPATH=. python benchmarks/outside.py` on {datetime.now(UTC):%Y-%m-%d} "
        f"({platform.machine()}, 2 cores, Python {platform.python_version()}). Peer: Debian's "
        f"testssl.sh 3.0.8, on the same {len(rows)} nginx servers in the same run, with the parts "
        f"that ours covers (`{' '.join(PARTS)}`).",
        "",
        f"**Speed**: ours {ours_all:.1f} s, testssl.sh {peer_all:.1f} s for all servers: "
        f"{peer_all / ours_all:.0f} times as fast. A whole look at one local site (encryption, "
        "headers, content, files, software, mail domain with 400 imitations, 37 ports) at the "
        "usual pace of twenty requests a second, three "
        f"times: {', '.join(f'{one:.1f}' for one in whole)} s.",
        "",
        "| what | agreed | differed on |",
        "|---|---|---|",
    ]
    for name in names:
        differ = [
            site for site, mine, theirs, *_ in rows if not same(name, mine[name], theirs[name])
        ]
        lines.append(f"| {name} | {len(rows) - len(differ)} of {len(rows)} | {', '.join(differ)} |")
    lines += ["", "## Every difference", ""]
    for name in names:
        for site, mine, theirs, *_ in rows:
            if not same(name, mine[name], theirs[name]):
                why = DIFFERENCES.get(name, "not explained")
                lines.append(
                    f"- **{site}, {name}**: ours {mine[name]!r}, testssl.sh {theirs[name]!r}. {why}"
                )
    lines += [
        "",
        "## Security headers",
        "",
        "Beside @mdn/mdn-http-observatory on the same servers: [outside_headers.md](outside_headers.md), "
        "with every difference.",
    ]
    lines += ["", "## Seconds", "", "| server | ours | testssl.sh |", "|---|---|---|"]
    lines += [f"| {site} | {took:.2f} | {peer:.1f} |" for site, _, _, took, peer in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
