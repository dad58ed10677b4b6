"""From naming the web site to what is seen from outside, in a real browser: phone and desktop."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest

from tests.e2e.browser import WAIT, answer_everything, is_readable, watch
from tests.support.names import unbound
from tests.support.ports import free_port
from tests.support.servers import Portal
from tojimari.collect.outside.probes.ports import PORTS, WEB_PORTS


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
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


@pytest.mark.parametrize(
    ("width", "locale", "seen"), [(390, "ja-JP", "見えたこと"), (1280, "en-GB", "What was seen")]
)
def test_a_site_is_named_proven_and_looked_at(
    browser, lab, tmp_path, empty_database, width, locale, seen
):
    portal = Portal(tmp_path, "up", "--no-browser", env=lab, database=empty_database)
    try:
        context = browser.new_context(viewport={"width": width, "height": 844}, locale=locale)
        page = context.new_page()
        complaints = watch(page)
        page.goto(portal.entrance())
        page.locator("a.button.big").click()
        answer_everything(page)
        page.locator("nav.menu summary").click()
        page.locator("nav.menu a[href$='/sites/']").click()
        is_readable(page)
        page.locator("#name").fill("www.tokei.example")
        page.locator("form[action$='/add/'] button").click()
        assert "tojimari=" in page.locator("code.copy").first.text_content()
        is_readable(page)
        page.locator("form[action$='/prove/'] button").click()
        page.wait_for_selector("form[action$='/look/']", timeout=WAIT)
        is_readable(page)
        page.locator("form[action$='/look/'] button").click()
        page.wait_for_selector(f"text={seen}", timeout=WAIT)
        is_readable(page)
        page.locator("form[action$='/line/'] button").click()
        page.wait_for_selector("section[aria-labelledby=line] ul", timeout=WAIT)
        is_readable(page)
        # The watch: begun, then somebody puts a stranger's program into the page.
        page.locator("form[action$='/watch/'] button").click()
        page.wait_for_selector("form[action$='/stop/']", timeout=WAIT)
        is_readable(page)
        # There is one next step in the whole product; what is open here leads to what to do.

        if folder := os.environ.get("TOJIMARI_PICTURES"):
            page.screenshot(path=str(Path(folder) / f"sites-{width}.png"), full_page=True)
        page.locator("section.card ul.rows a").first.click()
        is_readable(page)
        if folder := os.environ.get("TOJIMARI_PICTURES"):
            page.screenshot(path=str(Path(folder) / f"sites-step-{width}.png"), full_page=True)
        page.locator("form[action$='/done/'] button.big").click()
        assert "/sites/?asked=" in page.url
        is_readable(page)
        assert complaints == []
        context.close()
    finally:
        portal.stop()
