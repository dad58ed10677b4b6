"""The box's own page for the office: one file, written anew by the guard, served and nothing else."""

import re
from collections.abc import Sequence
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tojimari.box.store import sync_folder
from tojimari.lib.files import write_whole
from tojimari.model import TojimariError

FOLDER = "var/lib/tojimari-box-page"
_FILE = "index.html"
_SECONDS = 10
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_STYLE = (
    "body{font:1.1rem/1.6 sans-serif;max-width:40rem;margin:1rem auto;padding:0 1rem}"
    "li{margin:.3rem 0}h2{border-top:1px solid #999;padding-top:.6rem}"
)


def _with_code(line: str) -> str:
    """Return a sentence as HTML, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(line))


def page(title: str, parts: Sequence[tuple[str, str, list[str]]]) -> bytes:
    """Return the page: for each language its code, a heading and sentences."""
    body = "".join(
        f'<section lang="{lang}"><h2>{escape(head)}</h2><ul>'
        + "".join(f"<li>{_with_code(line)}</li>" for line in lines)
        + "</ul></section>"
        for lang, head, lines in parts
    )
    return (
        f'<!doctype html><html lang="{parts[0][0]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="refresh" content="60"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>\n"
    ).encode()


def write_page(root: Path, data: bytes) -> None:
    """Write the page where ``serve`` finds it. Raises OSError."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    write_whole(folder / _FILE, data, mode=0o644)
    sync_folder(folder)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET / with the file; takes nothing."""

    timeout = _SECONDS
    server_version, sys_version = "box", ""
    path_of_page = Path()

    def do_GET(self) -> None:  # the library's name
        """Answer with the page, to this one address."""
        if self.path != "/":
            self.send_error(404)
            return
        try:
            data = self.path_of_page.read_bytes()
        except OSError:
            self.send_error(503)
            return
        self.send_response(200)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Keep nothing of who looked."""


def server(root: Path, address: str, port: int) -> ThreadingHTTPServer:
    """Return the server of the page, bound to one address. Raises TojimariError."""
    handler = type("Handler", (_Handler,), {"path_of_page": root / FOLDER / _FILE})
    try:
        made = ThreadingHTTPServer((address, port), handler)
    except (OSError, OverflowError) as error:
        raise TojimariError(
            f"{address}:{port}: 使えません ({error})。",
            f"{address}:{port}: cannot be used ({error}).",
        ) from error
    made.daemon_threads = True
    return made
