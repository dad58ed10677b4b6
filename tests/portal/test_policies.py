"""What a public service owes: operator, contact, privacy policy, terms; asked for by the doctor."""

import json

import pytest
from django.test import Client

from tojimari.portal.operate.checks import operator
from tojimari.portal.operate.policies import write_templates

pytestmark = pytest.mark.django_db


def filled(folder) -> None:
    for path in write_templates(folder):
        path.write_text(path.read_text("utf-8").replace("【", "").replace("】", ""), "utf-8")


def test_the_operator_is_named_one_tap_from_the_first_page(settings):
    settings.LOCAL = False
    settings.OPERATOR_NAME, settings.OPERATOR_CONTACT = "例市商工会議所", "security@example.jp"
    client = Client()
    assert b'href="/about/"' in client.get("/").content
    page = client.get("/about/").content.decode()
    assert "例市商工会議所" in page
    assert "security@example.jp" in page
    assert client.get("/about/else/").status_code == 404


@pytest.mark.parametrize("name", ["privacy", "terms"])
def test_a_text_is_shown_once_it_has_no_blank_left(settings, tmp_path, name):
    settings.LOCAL = False
    settings.POLICIES = str(tmp_path)
    client = Client()
    assert "まだ公開していません" in client.get(f"/about/{name}/").content.decode()
    write_templates(tmp_path)
    assert "まだ公開していません" in client.get(f"/about/{name}/").content.decode()
    for path in tmp_path.iterdir():
        path.unlink()
    filled(tmp_path)
    assert "<h2>" in client.get(f"/about/{name}/").content.decode()
    (tmp_path / f"{name}.en.md").unlink()
    english = client.get(f"/about/{name}/", headers={"accept-language": "en"}).content.decode()
    assert "exists in Japanese only" in english


def test_markup_in_the_operators_file_is_text(settings, tmp_path):
    settings.POLICIES = str(tmp_path)
    (tmp_path / "terms.ja.md").write_text(
        "# 規約\n\n<script>alert(1)</script> ![x](https://evil.example/a.png) "
        "[x](javascript:alert(1))",
        "utf-8",
    )
    page = Client().get("/about/terms/").content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"x" * 300_000])
def test_a_file_that_cannot_be_read_is_not_shown(settings, tmp_path, body):
    settings.POLICIES = str(tmp_path)
    (tmp_path / "terms.ja.md").write_bytes(body)
    assert Client().get("/about/terms/").status_code == 200


def test_the_doctor_asks_a_server_for_all_of_them(settings, tmp_path):
    settings.LOCAL = True
    assert not list(operator())
    settings.LOCAL = False
    settings.POLICIES = str(tmp_path)
    assert [sign.sign.name for sign in operator()] == ["operator", "policies"]
    settings.OPERATOR_NAME, settings.OPERATOR_CONTACT = "例市商工会議所", "security@example.jp"
    write_templates(tmp_path)
    assert [sign.sign.health for sign in operator()] == ["bad"]
    for path in tmp_path.iterdir():
        path.unlink()
    filled(tmp_path)
    assert [sign.sign.health for sign in operator()] == ["good"]


def test_the_command_writes_templates_and_overwrites_nothing(tmp_path, tojimari):
    folder = tmp_path / "policies"
    done = tojimari(tmp_path, "portal", "policies", str(folder))
    assert done.returncode == 0
    assert len(list(folder.iterdir())) == 4
    (folder / "terms.ja.md").write_text("ours", "utf-8")
    again = tojimari(tmp_path, "portal", "policies", str(folder))
    assert again.returncode == 2
    assert "terms.ja.md" in again.stderr
    assert (folder / "terms.ja.md").read_text("utf-8") == "ours"
    signs = json.loads(tojimari(tmp_path, "doctor", "--json", TOJIMARI_MODE="server").stdout)
    assert {"operator", "policies"} <= {sign["name"] for sign in signs["signs"]}
