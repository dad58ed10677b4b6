"""A real DNS server (unbound) that answers for names of a test."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.resolver

from tests.support.patience import BOUNDED
from tests.support.ports import free_port
from tojimari.collect.outside.egress import Egress

UNBOUND = shutil.which("unbound", path="/usr/sbin:/usr/bin:/sbin:/bin")


def wait_for_answers(
    port: int, running: "subprocess.Popen[bytes]", said: Callable[[], str]
) -> None:
    """Wait until a name server that was just started answers; ``said``: its last words."""
    asked = dns.resolver.Resolver(configure=False)
    asked.nameservers, asked.port, asked.lifetime = ["127.0.0.1"], port, 0.2
    until = time.monotonic() + BOUNDED
    while time.monotonic() < until:
        assert running.poll() is None, said()
        try:
            asked.resolve(".", "SOA")
            return
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return
        except dns.exception.DNSException:
            time.sleep(0.05)
    raise AssertionError("the name server never answered")


@contextmanager
def unbound(folder: Path, records: Sequence[str]) -> Iterator[str]:
    """Serve ``records`` (zone file lines) and nothing else; yield "127.0.0.1:port"."""
    assert UNBOUND, "install unbound"
    port = free_port()
    quoted = "\n".join(f"  local-data: '{line}'" for line in records)
    config = folder / "unbound.conf"
    config.write_text(
        f"""server:
  verbosity: 0
  interface: 127.0.0.1@{port}
  do-ip6: no
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  num-threads: 1
  module-config: "iterator"
  local-zone: "." static
{quoted}
"""
    )
    running = subprocess.Popen(
        [UNBOUND, "-d", "-c", str(config)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        wait_for_answers(
            port, running, lambda: running.stderr.read().decode() if running.stderr else ""
        )
        yield f"127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)


def answers_of(resolver: str) -> Egress:
    asked = dns.resolver.Resolver(configure=False)
    host, _, port = resolver.partition(":")
    asked.nameservers, asked.port = [host], int(port)
    return Egress(lab=True, resolver=asked, requests_a_second=1000)
