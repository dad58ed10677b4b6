"""``tojimari box`` on a folder that stands for /."""

import json
import threading
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.support.boxes import files_in, text_of
from tests.support.one_language import wrong_language
from tojimari.box.page import server
from tojimari.catalog import load_catalog

CATALOG = load_catalog()
_LEFT_OUT = {"firewall": None, "dns": None}
"""Nothing that a checker is needed for."""


def said(key, **values):
    return CATALOG.ui(f"box.{key}").say("en", **values)


@pytest.fixture
def box(tojimari, tmp_path):
    """Return what runs a verb on a box with two ports, below ``tmp_path``."""
    for port in ("out0", "in0"):
        (tmp_path / "sys/class/net" / port).mkdir(parents=True)

    def verb(what, *words, lang="en", **changed):
        path = tmp_path / "etc/tojimari-box/settings.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        if changed:
            path.write_text(text_of(**changed))
        return tojimari("box", what, "--root", str(tmp_path), "--lang", lang, *words)

    return verb


def test_a_dry_run_shows_everything_and_changes_nothing(box, tmp_path):
    before = files_in(tmp_path)
    done = box("setup", "--dry-run", updates=None)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (said("plain.outside"), said("dry"), "+++ /etc/nftables.conf", "+  chain input {"):
        assert words in done.stdout
    assert {*files_in(tmp_path)} == {*before}
    assert not (tmp_path / "var").exists()


def test_from_settings_to_generations_and_back(box, tmp_path):
    text = text_of(**_LEFT_OUT)
    done = box("setup", "--offline", **_LEFT_OUT)
    assert (done.returncode, done.stderr) == (0, "")
    assert said("in_place", n=1) in done.stdout
    again = box("setup", "--offline")
    assert said("nothing") in again.stdout
    assert (tmp_path / "var/lib/tojimari-box/key").stat().st_mode & 0o077 == 0
    assert box("restore").stdout == box("guard").stdout == ""
    (tmp_path / "var/lib/tojimari-box/trial").write_text("2")
    assert said("undone", n=2) in box("guard").stdout
    refused = box("reset")
    assert refused.returncode == 2
    done = box("reset", "--yes")
    assert said("reset")[:40] in done.stdout
    assert not files_in(tmp_path)
    assert (tmp_path / "etc/tojimari-box/settings.yaml").read_text() == text


def test_nothing_is_changed_while_something_is_in_the_way(box, tmp_path):
    done = box("setup", "--offline", outer={"port": "out9"}, **_LEFT_OUT)
    assert done.returncode == 1
    assert said("refused") in done.stdout
    assert not files_in(tmp_path)
    # Above all that would change nobody sees it any more: it is said again below.
    assert "out9" in done.stdout.rpartition("+++")[2]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_each_language_alone(box, tmp_path, lang):
    names = ("Tojimari", "systemd", "nftables", "unbound", "dnsmasq", "chrony", "nft", "-checkconf")
    for words in (("check",), ("setup", "--dry-run"), ("status",)):
        done = box(*words, lang=lang, guest={"port": "in0", "vlan": 9, "ipv4": "10.2.0.1/24"})
        shown = done.stdout.partition("--- ")[0]
        assert not wrong_language(shown, lang, [str(tmp_path), *names]), shown


def test_bad_input_is_one_sentence(box, tmp_path):
    for words, changed in (
        (("check",), {}),
        (("setup",), {"name": "No Name", "guest": {"port": 3}}),
        (("allow", "a.example"), {"dns": None}),
        (("allow", "a b"), {"name": "box"}),
        (("back", "7"), {}),
        (("setup", "--settings", str(Path("/nowhere"))), {}),
    ):
        done = box(*words, **changed)
        assert done.returncode == 2, words
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr


def test_the_state_is_said_and_its_page_served_to_one_address(box, tmp_path):
    assert said("no_generation") in box("status").stdout
    changed = {**_LEFT_OUT, "page": True}
    assert box("setup", "--offline", **changed).returncode == 0
    status = json.loads(box("status", "--json").stdout)
    assert (status["generation"], status["proven"], status["line_at"]) == (1, False, None)
    assert status["filtering"] is status["names_filtered"] is None
    shown = box("status")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert said("not_proven") in " ".join(shown.stdout.split())
    assert box("guard").returncode == 0
    with server(tmp_path, "127.0.0.1", 0) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        port = serving.server_address[1]
        with urlopen(f"http://127.0.0.1:{port}/", timeout=60) as answer:
            page = answer.read().decode()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        for words in ("?x", "../key", "key"):
            with pytest.raises(HTTPError):
                urlopen(f"http://127.0.0.1:{port}/{words}", timeout=60)
        serving.shutdown()
    assert said("not_proven") in page
    assert CATALOG.ui("box.not_proven").ja in page
    assert "<form" not in page


def test_an_allowed_name_goes_into_the_settings(box, tmp_path):
    assert box("setup", "--dry-run", dns={"allow": ["x.example"]}).returncode == 0
    done = box("allow", "日本.example")
    assert said("allowed", name="xn--wgv71a.example") in done.stdout
    assert "xn--wgv71a.example" in (tmp_path / "etc/tojimari-box/settings.yaml").read_text()
