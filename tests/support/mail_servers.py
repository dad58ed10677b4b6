"""Debian's postfix on loopback, and small mail servers that behave badly."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import PATIENCE
from tests.support.ports import free_port

POSTFIX = shutil.which("postfix", path="/usr/sbin:/usr/bin:/sbin:/bin")
MAY_RUN = hasattr(os, "geteuid") and os.geteuid() == 0
"""Postfix changes to users of its own, so only root can start it."""


_DELIVERY = """\
qmgr unix n - n 300 1 qmgr
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
"""


@contextmanager
def postfix(pem: Path | None, *, delivers: bool = False, **settings: str) -> Iterator[int]:
    """Run postfix with the certificate in ``pem`` (no TLS at all without); yield its port.

    delivers: it also hands on what it takes, by the transports that ``settings`` name.
    """
    assert POSTFIX, "install postfix"
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="tojimari-mail-"))
    folder.chmod(0o755)
    queue, data = folder / "queue", folder / "data"
    queue.mkdir()
    data.mkdir()
    shutil.chown(data, "postfix")
    lines = {
        "compatibility_level": "3.6",
        "queue_directory": str(queue),
        "data_directory": str(data),
        "myhostname": "mx.shop.example",
        "mydestination": "",
        "inet_interfaces": "loopback-only",
        "inet_protocols": "ipv4",
        "maillog_file": f"{folder}/log",
        "maillog_file_prefixes": str(folder),
        "alias_maps": "",
        "alias_database": "",
        "smtpd_peername_lookup": "no",
    }
    if pem is not None:
        own = folder / "pem"
        shutil.copy(pem, own)
        lines |= {"smtpd_tls_chain_files": str(own), "smtpd_tls_security_level": "may"}
    config = folder / "config"
    config.mkdir()
    (config / "main.cf").write_text("\n".join(f"{k} = {v}" for k, v in (lines | settings).items()))
    (config / "master.cf").write_text(
        f"127.0.0.1:{port} inet n - n - - smtpd\n"
        "cleanup unix n - n - 0 cleanup\n"
        "rewrite unix - - n - - trivial-rewrite\n"
        "tlsmgr unix - - n 1000? 1 tlsmgr\n"
        "anvil unix - - n - 1 anvil\n"
        "proxymap unix - - n - - proxymap\n"
        "postlog unix-dgram n - n - 1 postlogd\n" + (_DELIVERY if delivers else "")
    )
    command = [POSTFIX, "-c", str(config)]
    try:
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=PATIENCE)
        for _ in range(100):
            if _greets(port):
                break
            time.sleep(0.1)
        else:
            raise AssertionError((folder / "log").read_text() if (folder / "log").exists() else "")
        yield port
    finally:
        subprocess.run([*command, "stop"], capture_output=True, timeout=PATIENCE, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _greets(port: int) -> bool:
    import socket

    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connected:
            return connected.recv(3) == b"220"
    except OSError:
        return False
