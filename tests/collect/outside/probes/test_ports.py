"""Which doors stand open on an address: real listeners on loopback."""

import socket
import threading
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.facts import fields_of, typed_facts
from tests.support.ports import free_port
from tojimari.assess.check import checks_of
from tojimari.catalog import load_catalog
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes.ports import PORTS, WEB_PORTS
from tojimari.collect.outside.target import Target

NOW = datetime.now(UTC)
CATALOG = load_catalog()


@contextmanager
def listener(greeting: bytes = b""):
    """Accept, say ``greeting`` and note what is sent; yield (port, what came)."""
    came: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connected, _ = server.accept()
            except OSError:
                return
            with connected:
                connected.settimeout(5)
                try:
                    connected.sendall(greeting)
                    came.append(connected.recv(100))
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], came
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


@contextmanager
def web(body: bytes, status: int = 200):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def look(ports: dict[int, int], address="127.0.0.1"):
    every = {port: ports.get(port, ports.get(0, 1)) for port in [*PORTS, *WEB_PORTS]}
    egress = Egress(lab=True, ports=every, requests_a_second=1000)
    target = Target(address=address)
    (found,) = look_outside(target, egress, catalog=CATALOG, at=NOW)
    assert (found.subject.kind, found.subject.id) == ("network", address)
    return found


def judged(found, control="outside-doors"):
    (check,) = [one for one in checks_of(control) if one.about == "network"]
    verdict = check.judge(typed_facts({found.kind: found.fact}, NOW), CATALOG)
    said = CATALOG.controls[control].reasons[verdict.reason].text
    assert said.say("ja", **verdict.numbers)
    return verdict.state, verdict.reason


def test_nothing_open():
    found = look({0: free_port()})
    assert fields_of(found)["closed"] == fields_of(found)["tried"] == len(PORTS) + len(WEB_PORTS)
    assert judged(found) == ("met", "none")
    assert judged(found, "remote-desktop-exposure") == ("met", "closed_outside")


def test_remote_desktop_is_open_and_nothing_is_said_to_it():
    with listener() as (port, came):
        found = look({0: free_port(), 3389: port})
    assert [(row["port"], row["service"]) for row in fields_of(found)["open"]] == [(3389, "RDP")]
    assert judged(found) == ("not_met", "risky")
    assert judged(found, "remote-desktop-exposure") == ("not_met", "open_outside")
    assert b"".join(came) == b""


@pytest.mark.parametrize("port", sorted(set(PORTS) - {22}))
def test_each_door_of_the_list_is_told(port):
    check = checks_of("outside-doors")[0]
    row = {"port": port, "service": PORTS[port], "banner": "", "login": False}
    fields = {"tried": 37, "closed": 36, "silent": 0, "online": True, "open": [row]}
    verdict = check.judge(typed_facts({"network.open_ports": fields}, NOW), CATALOG)
    assert verdict.state == "not_met"


def test_banners_are_kept_without_what_could_steer_a_terminal():
    with ExitStack() as stack:
        ssh, _ = stack.enter_context(listener(b"SSH-2.0-OpenSSH_9.2\x1b[2J\r\n"))
        found = look({0: free_port(), 22: ssh})
    (row,) = fields_of(found)["open"]
    assert row["banner"] == "SSH-2.0-OpenSSH_9.2[2J"
    assert judged(found) == ("partly", "guarded")


def test_a_web_page_is_no_danger_but_a_devices_log_in_is():
    with web(b"<title>My shop</title>") as shop:
        found = look({0: free_port(), 80: shop})
        assert judged(found) == ("met", "harmless")
    body = b"<title>Router</title><form><input type='PASSWORD'></form>"
    with web(body) as router:
        found = look({0: free_port(), 8080: router})
        (row,) = fields_of(found)["open"]
        assert (row["banner"], row["login"]) == ("Router", True)
        assert judged(found) == ("not_met", "login")
    with web(b"", status=401) as recorder:
        assert judged(look({0: free_port(), 8888: recorder})) == ("not_met", "login")


def test_silence_counts_only_when_we_are_online():
    fields = {"tried": 37, "closed": 0, "silent": 37, "online": False, "open": []}
    for online, wanted in ((False, ("unknown", "offline")), (True, ("met", "quiet"))):
        check = checks_of("outside-doors")[0]
        facts = typed_facts({"network.open_ports": fields | {"online": online}}, NOW)
        verdict = check.judge(facts, CATALOG)
        assert (verdict.state, verdict.reason) == wanted


def test_a_private_address_is_refused_outside_a_lab():
    egress = Egress()
    for address in ("127.0.0.1", "192.168.1.1", "169.254.169.254", "::1"):
        (found,) = look_outside(Target(address=address), egress, catalog=CATALOG, at=NOW)
        assert found.fact is None
        assert found.not_seen.reason == "no_permission"
