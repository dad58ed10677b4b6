"""Run by test_firewall in a network and with settings of its own: prints what each step came to.

Usage: unshare --mount --net python -m tests.support.ufw_walk FOLDER (holding a copy of /etc/ufw)
"""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

from tojimari.agent.actor.switches import Firewall, ssh_ports

_HERE, _THERE = "192.0.2.1", "192.0.2.2"
_SSH, _OTHER = 2222, 8080


def _do(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _neighbour() -> subprocess.Popen[bytes]:
    """Start a second network, with a line to ours."""
    words = ["unshare", "--net", "sh", "-c", "echo; exec sleep 600"]
    other = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    _do("ip", "link", "set", "lo", "up")
    _do("ip", "link", "add", "here", "type", "veth", "peer", "name", "there")
    _do("ip", "link", "set", "there", "netns", str(other.pid))
    _do("ip", "addr", "add", f"{_HERE}/24", "dev", "here")
    _do("ip", "link", "set", "here", "up")
    inside = ["nsenter", "-t", str(other.pid), "-n", "ip"]
    _do(*inside, "addr", "add", f"{_THERE}/24", "dev", "there")
    _do(*inside, "link", "set", "there", "up")
    return other


def _reached(other: subprocess.Popen[bytes], port: int) -> bool:
    """Say whether somebody over there comes through to ``port`` here."""
    asked = f"import socket; socket.create_connection(('{_HERE}', {port}), timeout=1.5).close()"
    words = ["nsenter", "-t", str(other.pid), "-n", sys.executable, "-c", asked]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _sshd(folder: Path) -> subprocess.Popen[bytes]:
    Path("/run/sshd").mkdir(exist_ok=True)
    _do("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
    words = ["/usr/sbin/sshd", "-D", "-f", "/dev/null", "-p", str(_SSH), "-h", str(folder / "key")]
    server = subprocess.Popen([*words, "-o", f"PidFile={folder}/pid"])
    while _SSH not in ssh_ports():
        assert server.poll() is None
        time.sleep(0.05)
    return server


def main(folder: Path) -> None:
    """Walk, print, leave nothing."""
    _do("mount", "--make-rprivate", "/")
    _do("mount", "--bind", str(folder / "ufw"), "/etc/ufw")
    other, server = _neighbour(), _sshd(folder)
    try:
        with socket.create_server((_HERE, _OTHER)):
            engine = Firewall()
            said: dict[str, object] = {}
            said["before"] = [_reached(other, port) for port in (_SSH, _OTHER)]
            # Where the door for SSH cannot be kept open, it stays off.
            rules = Path("/etc/ufw/user.rules")
            kept = rules.read_bytes()
            rules.unlink()
            said["broken"] = _outcome(engine)
            said["broken_reaches"] = _reached(other, _OTHER)
            rules.write_bytes(kept)
            rules.chmod(0o640)
            said["on"] = _outcome(engine)
            said["after"] = [_reached(other, port) for port in (_SSH, _OTHER)]
            said["again"] = _outcome(engine)
            said["cut"] = engine.recover("firewall_on", ()).state
            print(json.dumps(said))
    finally:
        server.terminate()
        other.terminate()


def _outcome(engine: Firewall) -> list[object]:
    plan = engine.plan("firewall_on", {})
    outcome = engine.run("firewall_on", {}, plan)
    return [outcome.state, outcome.reason, [[c.name, c.before, c.after] for c in outcome.changes]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
