"""The way back without a terminal: menu entry, autostart, a second start, ending it from the page."""

import configparser
import re
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE
from tests.support.servers import Portal
from tests.support.visitor import Visitor
from tojimari.portal.companies import local
from tojimari.portal.operate import desktop, desktop_freedesktop
from tojimari.portal.operate.server import running_port, stop


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_the_menu_entry_is_well_formed_and_starts_this_very_program(folders):
    desktop.put_menu_entry(True)
    path = folders / "data/applications/tojimari.desktop"
    entry = configparser.ConfigParser(interpolation=None, strict=True)
    entry.read(path, "utf-8")
    found = entry["Desktop Entry"]
    assert found["name"] == "戸締まり"
    assert found["name[en]"] == "Tojimari"
    assert found["exec"].endswith(" -m tojimari up")
    assert Path(found["icon"]).is_file()
    desktop.put_menu_entry(False)
    assert not path.exists()
    desktop.put_menu_entry(False)


def test_a_folder_with_odd_letters_is_quoted(folders, monkeypatch):
    monkeypatch.setattr("sys.executable", '/opt/a b/100%/"$x`\\/python')
    desktop.put_autostart(True)
    text = (folders / "config/autostart/tojimari.desktop").read_text("utf-8")
    wanted = 'Exec="/opt/a b/100%%/\\\\"\\\\$x\\\\`\\\\\\\\/python" -m tojimari up --no-browser'
    assert wanted in text


def test_a_relative_folder_in_the_variable_is_ignored(monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert desktop_freedesktop.menu_entry().is_absolute()


@pytest.mark.django_db
def test_the_page_changes_both_and_only_on_ones_own_computer(world, settings, folders):
    settings.LOCAL = False
    client = world.client("owner")
    assert client.get("/here/").status_code == 404
    assert client.post("/here/stop/").status_code == 404
    settings.LOCAL = True
    assert client.post("/here/", {"menu": "yes", "autostart": "yes"}).status_code == 302
    assert desktop.has_menu_entry()
    assert desktop.has_autostart()
    assert client.get("/here/").content.count(b" checked") == 2
    client.post("/here/", {"menu": "yes"})
    assert not desktop.has_autostart()


def test_nothing_is_ended_that_was_not_started_for_its_owner():
    assert stop() is False


@pytest.mark.django_db
def test_the_link_of_a_second_start_works_once_and_only_signed(settings):
    settings.LOCAL = True
    token = local.second_entrance(1).rstrip("/").rsplit("/", 1)[1]
    assert local.admit(token + "x") is False
    assert local.admit(token) is True
    assert local.admit(token) is False


@pytest.mark.django_db
def test_a_link_signed_before_this_process_started_is_not_taken(settings, monkeypatch):
    settings.LOCAL = True
    token = local.second_entrance(1).rstrip("/").rsplit("/", 1)[1]
    monkeypatch.setattr(local, "_started", local._started + 3600)
    assert local.admit(token) is False


@pytest.mark.parametrize(
    "note", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "started": 0, "port": 1}', '{"pid": "x"}']
)
def test_a_note_of_a_process_that_is_gone_is_not_believed(settings, tmp_path, note):
    settings.HOME = tmp_path
    (tmp_path / "running.json").write_text(note)
    assert running_port() is None


@pytest.mark.any_database
def test_a_second_start_opens_the_running_one_and_the_page_ends_it(tmp_path):
    portal = Portal(tmp_path, "up", "--no-browser")
    try:
        portal.entrance()
        again = portal.run("up", "--no-browser")
        assert again.returncode == 0, again.stderr
        assert "もう動いています" in again.stdout
        link = re.search(r"http://\S+/start/\S+", again.stdout)
        assert link is not None
        visitor = Visitor()
        assert "<main" in visitor.get(link[0])
        page = visitor.get(f"{portal.address}/here/")
        assert "戸締まりを終わりました" in visitor.press(page, f"{portal.address}/here/stop/")
        assert portal.processes[0].wait(PATIENCE) == 0
        assert not (tmp_path / "portal" / "running.json").exists()
    finally:
        portal.stop()


@pytest.mark.any_database
def test_a_running_one_is_ended_by_the_command(tmp_path, empty_database):
    portal = Portal(tmp_path, "up", "--no-browser", database=empty_database)
    try:
        portal.entrance()
        assert "終わりました" in portal.run("up", "--end").stdout
        assert portal.processes[0].wait(PATIENCE) is not None
        assert "動いていません" in portal.run("up", "--end").stdout
    finally:
        portal.stop()
