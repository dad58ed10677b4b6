"""The installer with an invitation in its name: handed out, read strictly, and joined by a press."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.agent import invitation, startup
from tojimari.agent.codes import ALPHABET, CODE_LENGTH
from tojimari.agent.home import Home
from tojimari.agent.invitation import Invitation, named, to_portal
from tojimari.portal.devices.installer import FILE_NAME
from tojimari.portal.devices.models import EnrolCode

CODES = st.text(ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH)
LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PORTS = st.none() | st.integers(1, 65_535)


@pytest.fixture
def world(new_world):
    return new_world


@given(HOSTS | st.ip_addresses(v=4).map(str), PORTS, CODES, st.sampled_from(["", " (1)", "(12)"]))
def test_what_a_name_carries_comes_back_whatever_the_browser_adds(host, port, code, added):
    invited = Invitation(host, port, code)
    name = invited.file_name
    assert named(name) == invited
    assert named(name.removesuffix(".exe") + added + ".exe") == invited
    assert not re.search(r'[<>:"/\\|?*\s]', name)  # what a file's name may not hold on Windows


@given(st.text(max_size=60) | st.from_regex(r"tojimari-setup_.{0,40}_.{0,10}\.exe", fullmatch=True))
def test_any_name_is_read_or_carries_nothing(name):
    invited = named(name)
    if invited is not None:
        assert invited.server.startswith(("https://", "http://127.0.0.1", "http://localhost"))
        assert re.fullmatch(r"https?://[a-z0-9.-]+(:[1-9]\d{0,4})?", invited.server)
        assert invited.file_name.removesuffix(".exe") in name


@pytest.mark.parametrize(
    "name",
    [
        "tojimari-setup.exe",
        "tojimari-setup_portal.example.jp_ABCDEFGH",
        "tojimari-setup_portal.example.jp_ABCDEFG0.exe",
        "tojimari-setup_Portal.example.jp_ABCDEFGH.exe",
        "tojimari-setup_portal.example.jp_ABCDEFGH.exe.exe",
        "x tojimari-setup_portal.example.jp_ABCDEFGH.exe",
        "tojimari-setup_portal.example.jp_ABCDEFGH.exe\n",
        "tojimari-setup_portal.example.jp@evil.example_ABCDEFGH.exe",
        "tojimari-setup_portal..jp_ABCDEFGH.exe",
        "tojimari-setup_-portal.jp_ABCDEFGH.exe",
        "tojimari-setup_рortal.example.jp_ABCDEFGH.exe",
        "tojimari-setup_portal.jp+0_ABCDEFGH.exe",
        "tojimari-setup_portal.jp+65536_ABCDEFGH.exe",
        "tojimari-setup_127.1_ABCDEFGH.exe",
        "tojimari-setup_0x7f.0x1_ABCDEFGH.exe",
        "tojimari-setup_2130706433_ABCDEFGH.exe",
        "tojimari-setup_127.0.0.01_ABCDEFGH.exe",
        f"tojimari-setup_{'a.' * 130}jp_ABCDEFGH.exe",
    ],
)
def test_a_name_that_is_not_whole_carries_nothing(name):
    assert named(name) is None


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://portal.example.jp", "tojimari-setup_portal.example.jp_ABCDEFGH.exe"),
        ("https://Portal.example.jp:8443", "tojimari-setup_portal.example.jp+8443_ABCDEFGH.exe"),
        ("http://127.0.0.1:8765", "tojimari-setup_127.0.0.1+8765_ABCDEFGH.exe"),
        ("http://portal.example.jp", None),
        ("https://[::1]:8443", None),
        ("https://戸締まり.example.jp", None),
        ("https://me@portal.example.jp", None),
    ],
)
def test_a_portals_address_goes_into_a_name_or_is_typed(address, name):
    made = to_portal(address, "abcd-efgh")
    assert (made.file_name if made else None) == name


@pytest.fixture
def installers(settings, tmp_path):
    settings.INSTALLERS = str(tmp_path)
    settings.PUBLIC_URL = "https://portal.example.jp"
    (tmp_path / FILE_NAME).write_bytes(b"MZ signed bytes")
    return tmp_path


@pytest.mark.django_db
class TestHandingOut:
    def test_the_page_of_the_code_leads_to_the_installer_named_after_it(
        self, client, world, installers
    ):
        owner = world.client("owner")
        page = owner.post(f"/c/{world.company.pk}/devices/code/computer/", follow=True)
        text = page.content.decode()
        [address] = set(re.findall(r"https://portal\.example\.jp(/computer/[\w-]+/)", text))
        windows = text[text.index("Windows</summary>") : text.index("Mac</summary>")]
        assert "pip install" not in windows
        shown = client.get(address).content.decode()
        assert "https://portal.example.jp" in shown
        sent = client.get(f"{address}file/")
        assert b"".join(sent.streaming_content) == b"MZ signed bytes"
        [name] = re.findall(r'filename="(.+)"', sent["Content-Disposition"])
        invited = named(name)
        assert invited.server == "https://portal.example.jp"
        assert EnrolCode.hashed(invited.code) == EnrolCode.objects.of(world.company).get().hash

    def test_who_has_no_good_code_gets_no_file(self, client, world, installers):
        _, phone = EnrolCode.make(world.company, "phone", world.owner)
        for letters in ("AAAA-AAAA", "x", phone):
            for more in ("", "file/"):
                assert client.get(f"/computer/{letters}/{more}").status_code == 404

    def test_without_an_installer_there_are_commands_and_the_doctor_says_so(
        self, client, world, installers
    ):
        from tojimari.portal.operate.doctor import examine

        def health() -> str:
            return next(sign.health for sign in examine() if sign.name == "installer")

        assert health() == "good"
        _, letters = EnrolCode.make(world.company, "computer", world.owner)
        (installers / FILE_NAME).unlink()
        assert health() == "warn"
        assert client.get(f"/computer/{letters}/file/").status_code == 404
        page = world.client("owner").get(f"/c/{world.company.pk}/devices/code/{letters}/")
        assert b"pip install" in page.content


@pytest.fixture
def own_computer(world, settings, agent_home, monkeypatch):
    """The owner's own portal, on a system where the agent can be set to run by itself."""
    settings.LOCAL = True
    monkeypatch.setattr(startup, "available", lambda: True)
    agent_home.folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("TOJIMARI_AGENT_HOME", str(agent_home.folder))
    return world.client("owner")


def left_by_the_installer(home: Home, name: str) -> None:
    (home.folder / invitation.FILE).write_bytes(name.encode("utf-16"))


@pytest.mark.django_db(transaction=True)
class TestJoining:
    PAGE = "/here/join/"

    def invited(self, live_server, world, home) -> str:
        _, letters = EnrolCode.make(world.company, "computer", world.owner)
        made = to_portal(live_server.url, letters)
        left_by_the_installer(home, made.file_name)
        return made.server

    def test_is_asked_once_and_joins_where_it_was_asked(
        self, own_computer, live_server, world, agent_home
    ):
        server = self.invited(live_server, world, agent_home)
        assert server in own_computer.get(self.PAGE).content.decode()
        done = own_computer.post(self.PAGE, {"do": "accept", "server": server})
        assert world.company.devices.get().kind == "computer"
        assert agent_home.identity().server == server
        assert invitation.pending(agent_home.folder) is None
        # Nothing but a Windows can be told to start it: joined, and the rest is said.
        assert done.status_code == 400
        assert "もう一度押してください" in done.content.decode()
        page = own_computer.get(self.PAGE).content.decode()
        assert "自動で送る設定が、まだできていません" in page
        own_computer.post(self.PAGE, {"do": "leave"})
        assert not agent_home.enrolled

    def test_another_server_than_the_one_shown_is_not_joined(
        self, own_computer, live_server, world, agent_home
    ):
        self.invited(live_server, world, agent_home)
        for shown in ("https://other.example", "", None):
            sent = {"do": "accept"} | ({} if shown is None else {"server": shown})
            own_computer.post(self.PAGE, sent)
        assert not agent_home.enrolled

    def test_who_says_no_is_not_asked_again(self, own_computer, live_server, world, agent_home):
        self.invited(live_server, world, agent_home)
        own_computer.post(self.PAGE, {"do": "refuse"})
        assert invitation.pending(agent_home.folder) is None
        assert not agent_home.enrolled

    def test_a_code_is_typed_once_where_the_file_was_renamed(
        self, own_computer, live_server, world, agent_home
    ):
        left_by_the_installer(agent_home, "setup(3).exe")
        _, letters = EnrolCode.make(world.company, "computer", world.owner)
        typed = {"do": "type", "server": live_server.url, "code": f" {letters.lower()} "}
        own_computer.post(self.PAGE, typed)
        assert agent_home.identity().device == world.company.devices.get().pk

    def test_a_used_code_is_said_in_one_sentence(
        self, own_computer, live_server, world, agent_home
    ):
        server = self.invited(live_server, world, agent_home)
        EnrolCode.objects.of(world.company).all().delete()
        page = own_computer.post(self.PAGE, {"do": "accept", "server": server})
        assert page.status_code == 400
        assert "新しい番号" in page.content.decode()
        assert not agent_home.enrolled

    @pytest.mark.parametrize(
        ("server", "code"),
        [
            ("", ""),
            ("http://portal.example.jp", "ABCDEFGH"),
            ("javascript:alert(1)", "ABCDEFGH"),
            ("portal.example.jp", "ABC"),
            ("https://u:p@portal.example.jp", "ABCDEFGH"),
            ("https://[", "ABCDEFGH"),
            ("127.0.0.1:99999999", "ABCDEFGH"),
            ("\0", "\0"),
            ("https://127.0.0.1:1", "ABCDEFGH"),
            ('"><script>', "ABCDEFGH"),
        ],
    )
    def test_odd_input_is_one_sentence(self, own_computer, agent_home, server, code):
        page = own_computer.post(self.PAGE, {"do": "type", "server": server, "code": code})
        assert page.status_code == 400
        assert b"<script>" not in page.content
        assert not agent_home.enrolled

    def test_nobody_elses_portal_offers_it(self, own_computer, settings):
        settings.LOCAL = False
        assert own_computer.get(self.PAGE).status_code == 404
        assert own_computer.post(self.PAGE, {"do": "accept"}).status_code == 404
