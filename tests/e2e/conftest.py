"""One browser for every journey of a run, one portal of an owner and one for many, emptied between."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from weakref import WeakSet

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.e2e.browser import Twin, chromium, is_laid_out, is_readable, watch
from tests.e2e.portals import OwnersPortal, ServersPortal
from tests.support.forked import Forker
from tests.support.names import unbound
from tests.support.ports import free_port
from tojimari.collect.outside.probes.ports import PORTS, WEB_PORTS

WITHOUT_SCRIPTS: WeakSet[Page] = WeakSet()
PICTURES = os.environ.get("TOJIMARI_PICTURES", "")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="package")
def lab(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A site on loopback with real DNS: the environment for the portal."""
    root = tmp_path_factory.mktemp("site")
    (root / "index.html").write_text(
        '<meta charset="utf-8"><title>まちの時計店</title><h1>まちの時計店</h1>'
        '<form action="http://www.tokei.example/send"><input type="password" name="p"></form>',
        encoding="utf-8",
    )
    handler = functools.partial(Quiet, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    names = ["www.tokei.example. A 127.0.0.1", "tokei.example. MX 10 mx.tokei.example."]
    shut = free_port()
    doors = ",".join(f"{port}={shut}" for port in [*PORTS, *WEB_PORTS] if port != 80)
    with unbound(tmp_path_factory.mktemp("dns"), names) as resolver:
        yield {
            "TOJIMARI_LAB": "yes",
            "TOJIMARI_RESOLVER": resolver,
            "TOJIMARI_LAB_PORTS": f"80={server.server_port},25=1,{doors}",
        }
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def _owners_portal(tmp_path_factory, browser, empty_database, lab) -> Iterator[OwnersPortal]:
    folder = tmp_path_factory.mktemp("owner")
    made = OwnersPortal(folder, browser, empty_database, lab)
    yield made
    made.started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def portal(_owners_portal: OwnersPortal) -> OwnersPortal:
    """`tojimari up`, as new."""
    _owners_portal.forget()
    return _owners_portal


@pytest.fixture(scope="package")
def _servers_portal(tmp_path_factory, forker: Forker) -> Iterator[ServersPortal]:
    folder = tmp_path_factory.mktemp("server")
    made = ServersPortal(folder, forker)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(_servers_portal: ServersPortal) -> ServersPortal:
    """A portal for many, as new."""
    _servers_portal.forget()
    return _servers_portal


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open the window of somebody, ``session`` being the key of who is signed in already.

    Afterwards every window is closed, and none has complained.
    """
    contexts, complaints = [], []

    def open_(portal, session: str = "", *, width: int = 390, lang: str = "ja-JP", **more) -> Page:
        view = ViewportSize(width=width, height=844)
        context = browser.new_context(viewport=view, locale=lang, base_url=portal.address, **more)
        contexts.append(context)
        if session:
            context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
        page = context.new_page()
        complaints.append(watch(page))
        if not more.get("java_script_enabled", True):
            WITHOUT_SCRIPTS.add(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [each for each in complaints if each] == []


@pytest.fixture(scope="package")
def _twin(browser: Browser) -> Iterator[Twin]:
    made = Twin(browser)
    yield made
    made.close()


@pytest.fixture
def held(_twin: Twin) -> Iterator[Callable[..., Page]]:
    """Hold a page to what every page is held to: narrow in Japanese, and wide in English.

    Returns the second one. Named, both are kept as pictures where TOJIMARI_PICTURES says so.
    """
    _twin.complaints.clear()

    def hold(page: Page, name: str = "", *, to: Callable[[Page], None] = is_readable) -> Page:
        # Without scripts the browser cannot be asked about contrast: there the other one is.
        (is_laid_out if page in WITHOUT_SCRIPTS else to)(page)
        other = _twin.look(page, to)
        if name and PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-ja-390.png", full_page=True)
            other.screenshot(path=Path(PICTURES) / f"{name}-en-1280.png", full_page=True)
        return other

    yield hold
    _twin.leave()
    assert _twin.complaints == []
