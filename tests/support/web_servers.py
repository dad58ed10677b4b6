"""Debian's nginx and apache2 on loopback, each in a folder of its own, gone when stopped."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.patience import BOUNDED
from tests.support.ports import free_port

_PLACES = "/usr/sbin:/usr/bin:/sbin:/bin"
NGINX = shutil.which("nginx", path=_PLACES)
APACHE = shutil.which("apache2", path=_PLACES)
_MODULES = Path("/usr/lib/apache2/modules")
_WANTED = ("mpm_prefork", "authz_core", "dir", "mime", "headers", "rewrite", "ssl", "cgi")


@contextmanager
def running(command: list[str], folder: Path, ports: tuple[int, ...]) -> Iterator[None]:
    with (folder / "output").open("wb") as output:
        # A session of its own: when it ends, apache2 ends everybody in its process group.
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        until = time.monotonic() + BOUNDED
        for port in ports:
            while True:
                assert process.poll() is None, _said(folder)
                assert time.monotonic() < until, _said(folder)
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _said(folder: Path) -> str:
    return "".join(p.read_text() for p in (folder / "output", folder / "errors") if p.is_file())


@contextmanager
def _folder() -> Iterator[Path]:
    # Not pytest's folder: that one is closed to the user apache2 changes to when root starts it.
    folder = Path(tempfile.mkdtemp(prefix="tojimari-web-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def nginx(
    pem: Path, *, plain: str = "", secure: str = "", workers: int = 64
) -> Iterator[dict[int, int]]:
    """Serve a page that sets a session cookie; yield {80: port, 443: port}.

    plain, secure: lines of the ``server`` for http, and of the one for https, where requests are
    passed on to the program that makes the page.
    """
    http, https, behind = free_port(), free_port(), free_port()
    with _folder() as folder:
        (folder / "conf").write_text(
            f"""
{"user root;" if os.geteuid() == 0 else ""}
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections {workers}; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{behind};
    location / {{ add_header Set-Cookie "PHPSESSID=secretvalue; path=/";
      return 200 "<!doctype html><title>t</title><p>x</p>"; }} }}
  server {{ listen 127.0.0.1:{http}; {plain}
    location / {{ proxy_pass http://127.0.0.1:{behind}; }} }}
  server {{ listen 127.0.0.1:{https} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};
    {secure}
    location / {{ proxy_pass http://127.0.0.1:{behind}; }} }}
}}
"""
        )
        command = [str(NGINX), "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/conf"]
        with running(command, folder, (http, https, behind)):
            yield {80: http, 443: https}


@contextmanager
def apache(pem: Path, *, htaccess: str = "") -> Iterator[dict[int, int]]:
    """Serve a page made by a program that sets a session cookie; yield {80: port, 443: port}."""
    http, https = free_port(), free_port()
    with _folder() as folder:
        site = folder / "site"
        site.mkdir()
        page = site / "index.cgi"
        page.write_text(
            "#!/bin/sh\nprintf 'Content-Type: text/html\\r\\nSet-Cookie: PHPSESSID=secretvalue; "
            "path=/\\r\\n\\r\\n<!doctype html><title>t</title><p>x</p>'\n"
        )
        page.chmod(0o755)
        (site / ".htaccess").write_text(htaccess)
        loads = "\n".join(f"LoadModule {m}_module {_MODULES}/mod_{m}.so" for m in _WANTED)
        (folder / "conf").write_text(
            f"""
{loads}
ServerName shop.test
ServerRoot {folder}
DefaultRuntimeDir {folder}
TypesConfig /dev/null
PidFile {folder}/pid
ErrorLog {folder}/errors
Listen 127.0.0.1:{http}
Listen 127.0.0.1:{https}
StartServers 1
MinSpareServers 1
MaxSpareServers 2
{"User www-data" if os.geteuid() == 0 else ""}
{"Group www-data" if os.geteuid() == 0 else ""}
DocumentRoot {site}
DirectoryIndex index.cgi
AddHandler cgi-script .cgi
<Directory {site}>
  Options +ExecCGI
  AllowOverride All
  Require all granted
</Directory>
<VirtualHost 127.0.0.1:{https}>
  SSLEngine on
  SSLCertificateFile {pem}
</VirtualHost>
"""
        )
        command = [str(APACHE), "-d", str(folder), "-f", str(folder / "conf"), "-DFOREGROUND"]
        with running(command, folder, (http, https)):
            yield {80: http, 443: https}
