"""Many sites at once: each comes out, also when the process that looks at it dies."""

import contextlib
import json
import os
import signal
import socketserver
import threading
from datetime import UTC, datetime

import psutil
import pytest

from tests.support.names import unbound
from tests.support.stage import Authority
from tests.support.web_servers import nginx
from tojimari.collect.outside.batch import look_at_many
from tojimari.collect.outside.egress import EgressSettings
from tojimari.collect.outside.probe import LONG, probes
from tojimari.collect.outside.target import Target

NOW = datetime.now(UTC)
# One that is killed, one beside it in work, one that has not begun: each look costs seconds.
SITES = [f"shop{number}.example" for number in range(3)]
KINDS = {
    kind for found in probes() for kind in found.sees if kind.startswith(("site.", "mail_domain."))
} - {*LONG, "mail_domain.registration"}


class _Nemesis(socketserver.ThreadingTCPServer):
    lives: int


class _Killer(socketserver.BaseRequestHandler):
    """Kills the process that asks for SITES[0], the first ``server.lives`` times; else hangs up."""

    server: _Nemesis

    def handle(self) -> None:
        self.request.settimeout(5)
        with contextlib.suppress(OSError):
            if SITES[0].encode() in self.request.recv(4096) and self.server.lives > 0:
                self.server.lives -= 1
                self._kill()

    def _kill(self) -> None:
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if self.client_address[1] in {c.laddr.port for c in process.net_connections()}:
                    os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
def killer():
    """A web server that kills who comes; ``lives`` says how often."""
    with _Nemesis(("127.0.0.1", 0), _Killer) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The shops on one nginx, and a name server that knows them."""
    folder = tmp_path_factory.mktemp("many")
    records = [f"{name}. A 127.0.0.1" for name in SITES]
    pem = Authority(folder).pem(("*.example",))
    with nginx(pem, workers=256) as ports, unbound(folder, records) as resolver:
        yield ports, resolver


def way(lab, killer) -> EgressSettings:
    """Send everybody to nginx for TLS, and to the killer for plain http."""
    ports, resolver = lab
    host, port = resolver.split(":")
    return EgressSettings(
        True, (host, int(port)), {80: killer.server_address[1], 443: ports[443], 25: 1}
    )


def test_a_file_of_names_is_looked_at_and_no_name_is_lost(tojimari, lab, tmp_path):
    ports, resolver = lab
    names = tmp_path / "names.txt"
    names.write_text("# our members\n" + "\n".join([*SITES, SITES[0], "nobody.example"]))
    options = ["--lab", "--resolver", resolver, "--lab-ports", f"80={ports[80]},443={ports[443]}"]
    done = tojimari("site", "--many", str(names), "--json", *options)
    assert done.returncode == 1, done.stderr
    rows = {row["site"]: row["seen"] for row in map(json.loads, done.stdout.splitlines())}
    assert set(rows) == {*SITES, "nobody.example"}
    assert len(done.stdout.splitlines()) == len(SITES) + 1
    for name in SITES:
        seen = {one["kind"]: one for one in rows[name]}
        assert set(seen) == KINDS
        assert [k for k, one in seen.items() if one["fields"] is None] == [], name
        assert seen["site.tls"]["fields"]["versions"][:1] == ["TLSv1.2"]
    assert {one["not_seen"]["reason"] for one in rows["nobody.example"]} == {"unreachable"}


def test_sites_in_work_when_a_process_dies_are_looked_at_again(lab, killer):
    killer.lives = 1
    targets = [Target(name, name) for name in SITES]
    found = list(look_at_many(targets, way(lab, killer), at=NOW, at_once=2))
    assert killer.lives == 0
    assert sorted(target.site for target, _ in found) == sorted(SITES)
    for _, seen in found:
        reasons = {one.not_seen.reason for one in seen if one.not_seen}
        assert "our_bug" not in reasons
        assert next(one for one in seen if one.kind == "site.tls").fact is not None


def test_a_site_that_kills_every_process_costs_only_itself(lab, killer):
    killer.lives = 1000
    targets = [Target(name, name) for name in SITES[:2]]
    found = {t.site: seen for t, seen in look_at_many(targets, way(lab, killer), at=NOW, at_once=2)}
    assert set(found) == set(SITES[:2])
    reasons = {
        site: {one.not_seen.reason for one in seen if one.not_seen} for site, seen in found.items()
    }
    assert reasons[SITES[0]] == {"our_bug"}
    assert {one.kind for one in found[SITES[0]]} == KINDS
    assert "our_bug" not in reasons[SITES[1]]
