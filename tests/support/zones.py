"""A real authoritative DNS server (knot) with signed, unsigned and broken zones of a test's own."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from tests.support.names import wait_for_answers
from tests.support.ports import free_port

KNOT = shutil.which("knotd", path="/usr/sbin:/usr/bin:/sbin:/bin")
_SOA = "@ 60 IN SOA ns.{zone} admin.{zone} 1 3600 900 604800 60\n@ 60 IN NS ns.{zone}\n"


def _fill(zone: str, lines: Sequence[str]) -> dns.zone.Zone:
    own = "" if zone == "." else zone
    text = f"$TTL 60\n$ORIGIN {zone}\n" + _SOA.format(zone=own or ".") + "ns 60 IN A 127.0.0.1\n"
    text = text.replace("ns..", "ns.").replace("admin..", "admin.")
    return dns.zone.from_text(text + "\n".join(lines) + "\n", zone, relativize=False)


def _sign(zone: dns.zone.Zone) -> DNSKEY:
    """Sign a zone in place with a key of its own; return the key."""
    private = ec.generate_private_key(ec.SECP256R1())
    key = dns.dnssec.make_dnskey(private.public_key(), "ECDSAP256SHA256", flags=257)
    with zone.writer() as writer:
        dns.dnssec.sign_zone(
            zone, txn=writer, keys=[(private, key)], add_dnskey=True, lifetime=86400
        )
    return key


@contextmanager
def knot(
    folder: Path,
    zones: Mapping[str, Sequence[str]],
    *,
    signed: Mapping[str, str] | None = None,
    root: Sequence[str] = (),
) -> Iterator[str]:
    """Serve ``zones`` (name with a dot at its end -> zone file lines); yield "127.0.0.1:port".

    signed: zone -> "valid", "no_parent" (no DS), "wrong_key" (DS of another key) or "stale" (a
    record was changed after signing). Every other name does not exist; the root is signed.
    """
    assert KNOT, "install knot"
    folder.mkdir(parents=True, exist_ok=True)
    above = list(root)
    made: dict[str, dns.zone.Zone] = {}
    for name, lines in zones.items():
        zone = made[name] = _fill(name, lines)
        above.append(f"{name} 60 IN NS ns.{name}")
        above.append(f"ns.{name} 60 IN A 127.0.0.1")
        how = (signed or {}).get(name)
        if how is None:
            continue
        key = _sign(zone)
        if how == "wrong_key":
            key = _sign(_fill(name, ()))
        if how != "no_parent":
            ds = dns.dnssec.make_ds(dns.name.from_text(name), key, "SHA256")
            above.append(f"{name} 60 IN DS {ds.to_text()}")
        if how == "stale":
            soa = zone.find_rdataset(name, "SOA")
            changed = soa[0].replace(serial=2)
            soa.clear()
            soa.add(changed, ttl=60)
    made["."] = _fill(".", above)
    _sign(made["."])
    port = free_port()
    config = [
        "server:",
        f"    rundir: {folder}",
        f"    listen: 127.0.0.1@{port}",
        "    udp-workers: 1",
        "    tcp-workers: 1",
        "    background-workers: 1",
        "database:",
        f"    storage: {folder}/db",
        "log:",
        "  - target: stderr",
        "    any: error",
        "zone:",
    ]
    for number, (name, zone) in enumerate(made.items()):
        file = folder / f"{number}.zone"
        zone.to_file(str(file), relativize=False)
        config += [f"  - domain: {name}", f"    file: {file}", "    zonefile-sync: -1"]
    (folder / "knot.conf").write_text("\n".join(config) + "\n")
    with (folder / "output").open("wb") as output:
        running = subprocess.Popen(
            [KNOT, "-c", str(folder / "knot.conf")], stderr=output, stdout=output
        )
    try:
        wait_for_answers(port, running, (folder / "output").read_text)
        yield f"127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)
