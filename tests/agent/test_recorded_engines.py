"""Engines that nobody here could run, held against recordings: behind the same interface, and off.

Tables of winget as people reported them (raycast/extensions 27331 in German, windirstat 641,
Devolutions/UniGetUI 153 for the Japanese headings and the cut columns); lists of softwareupdate as Macs
printed them; searches of the Windows Update Agent as recorded machines answered (tests/assets/windows).
"""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.tasks import KINDS, Bench, Giver, Quiet
from tojimari.agent.actor.command import Ran
from tojimari.agent.actor.engines import ENGINES, chooser
from tojimari.agent.actor.softwareupdate import SoftwareUpdate, offered
from tojimari.agent.actor.windows_update import WindowsUpdate
from tojimari.agent.actor.winget import Winget, versions
from tojimari.agent.task_report import Change

ANSWERS = Path(__file__).parents[1] / "assets/windows/answers"
GERMAN = """\
Name                                               ID                                Version       Verfügbar     Quelle
-----------------------------------------------------------------------------------------------------------------------
CPUID CPU-Z 2.16                                   CPUID.CPU-Z                       2.16          2.19          winget
Git                                                Git.Git                           2.49.0        2.54.0        winget
Mozilla Firefox (x64 de)                           Mozilla.Firefox.de                142.0.1       150.0         winget
Zen Browser (x64 en-US)                            Zen-Team.Zen-Browser              1.16b         1.19.8b       winget
"""
ENGLISH = """\
   - \r   \\ \r                                                                                \r\
Name             Id                    Version Available Source
---------------------------------------------------------------
WinDirStat 2.7.0 WinDirStat.WinDirStat 2.7.0   2.8.0     winget
1 upgrades available.
"""
JAPANESE = """\
名前             ID                    バージョン ソース
---------------------------------------------------------
WinDirStat 2.8.0 WinDirStat.WinDirStat 2.8.0      winget
"""
CUT = (
    "Microsoft Visual C++ 2005 Redistribu… Microsoft.VCRedist.2005…  8.0.59192  8.0.61000 winget\n"
)
NONE = "入力条件に一致するインストール済みのパッケージが見つかりませんでした。\n"


@pytest.mark.parametrize(
    ("text", "id_", "said"),
    [
        (GERMAN, "Mozilla.Firefox.de", ("142.0.1", "150.0")),
        (GERMAN, "Zen-Team.Zen-Browser", ("1.16b", "1.19.8b")),
        (GERMAN, "CPUID.CPU-Z", ("2.16", "2.19")),
        (GERMAN, "Git", None),
        (ENGLISH, "WinDirStat.WinDirStat", ("2.7.0", "2.8.0")),
        (JAPANESE, "WinDirStat.WinDirStat", ("2.8.0", "")),
        (NONE, "WinDirStat.WinDirStat", None),
        ("", "WinDirStat.WinDirStat", None),
    ],
)
def test_a_row_of_winget_is_known_by_its_id_in_any_language(text, id_, said):
    assert versions(text, id_) == said


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        (CUT, "Microsoft.VCRedist.2005.x64"),
        ("Zoom  Zoom.Zoom  < 5.9  6.1  winget\n", "Zoom.Zoom"),
        ("Zoom  Zoom.Zoom  Unknown  6.1  winget\n", "Zoom.Zoom"),
        ("A  Zoom.Zoom  5  6  winget\nB  Zoom.Zoom  4  6  winget\n", "Zoom.Zoom"),
    ],
)
def test_what_winget_does_not_tell_is_not_guessed(text, id_):
    with pytest.raises(ValueError, match=id_):
        versions(text, id_)
    engine = Winget(lambda _: Ran(0, text))
    assert engine.plan("package", {"name": id_}).failure == "engine_failed"


class Recorded:
    """A system that answers what was recorded, and notes every word it was started with."""

    def __init__(self, *answers):
        self.answers, self.words = list(answers), []

    def __call__(self, words):
        self.words.append(list(words))
        return Ran(*self.answers.pop(0))


def done(tmp_path, engine, kind, **changed):
    return Bench(tmp_path, Giver(), engine, conditions=Quiet(spare=0)).do(kind, **changed)


def test_winget_is_asked_before_and_after_through_the_actor(tmp_path):
    system = Recorded((0, ENGLISH), (0, ""), (0, JAPANESE))
    said = done(tmp_path, Winget(system), "package", parameters={"name": "WinDirStat.WinDirStat"})
    up = Change("WinDirStat.WinDirStat", "2.7.0", "2.8.0")
    assert (said.state, said.plan, said.changes) == ("done", [up], [up])
    assert [one[1] for one in system.words] == ["list", "upgrade", "list"]
    for words in system.words:
        assert words[2:5] == ["--id", "WinDirStat.WinDirStat", "--exact"]
        assert not {"--all", "--force", "--accept-package-agreements"} & set(words)


@pytest.mark.parametrize("code", [0, 1, None])
def test_winget_that_says_yes_and_did_nothing_has_failed(tmp_path, code):
    system = Recorded((0, ENGLISH), (code, "Successfully installed\n"), (0, ENGLISH))
    said = done(tmp_path, Winget(system), "package", parameters={"name": "WinDirStat.WinDirStat"})
    assert (said.state, said.changes) == ("failed", [])
    assert said.reason == ("took_too_long" if code is None else "held_back")


def test_what_winget_does_not_have_is_not_installed_and_options_are_no_ids():
    assert Winget(Recorded((0, NONE))).plan("package", {"name": "A.B"}).refusal == "not_installed"
    nobody = Winget(lambda _: pytest.fail("it was started"))
    for bad in ("--all", "-x", "a b", "", "a;b", "a\nb", "A.B --all"):
        assert nobody.plan("package", {"name": bad}).refusal == "bad_parameters"
    assert nobody.plan("all_updates", {"name": "A.B"}).refusal == "bad_parameters"


MAC = """Software Update Tool

Finding available software
Software Update found the following new or updated software:
* Label: Command Line Tools for Xcode-14.2
\tTitle: Command Line Tools for Xcode, Version: 14.2, Size: 687573KiB, Recommended: YES,
* Label: macOS Monterey 12.6.7-21G651
\tTitle: macOS Monterey 12.6.7, Version: 12.6.7, Size: 11395817K, Recommended: YES, Action: restart,
* Label: Safari17.1VenturaAuto-17.1
\tTitle: Safari, Version: 17.1, Size: 148920KiB, Recommended: YES,
* Label: macOS Ventura 13.4.1-22F82
\tTitle: macOS Ventura 13.4.1, Version: 13.4.1, Size: 11395817K, Recommended: YES,
* Label: Extra-1
\tTitle: Extra, Version: 1, Size: 1KiB, Recommended: NO,
* Label: --all
\tTitle: x, Version: 1, Size: 1KiB, Recommended: YES,
"""
NOTHING = "Software Update Tool\n\nFinding available software\nNo new software available.\n"
SYSTEM = (0, "12.1\n")


def test_softwareupdates_list_is_read():
    found = offered(MAC)
    assert [one.version for one in found] == ["14.2", "12.6.7", "17.1", "13.4.1", "1"]
    assert [one.restarts for one in found] == [False, True, False, False, False]
    assert found[2].size == 148920 * 1024
    assert offered(NOTHING) == []
    with pytest.raises(ValueError, match="softwareupdate"):
        offered("Can't connect to the Apple Software Update server\n")


def test_a_mac_gets_what_needs_nobody_and_no_other_macos(tmp_path):
    after = "\n".join(line for line in MAC.splitlines() if "Xcode" not in line)
    after = after.replace("Safari17.1VenturaAuto-17.1", "gone")
    system = Recorded(SYSTEM, (0, MAC), (0, ""), (0, ""), (0, after))
    said = done(tmp_path, SoftwareUpdate(system), "security_updates")
    names = ["Command Line Tools for Xcode-14.2", "Safari17.1VenturaAuto-17.1"]
    assert (said.state, [one.name for one in said.changes]) == ("done", names)
    assert "left_to_people" in said.notes
    assert [one[1:] for one in system.words[2:4]] == [["--install", name] for name in names]


def test_a_mac_that_installed_one_of_two_has_failed_and_says_which(tmp_path):
    after = "\n".join(line for line in MAC.splitlines() if "Xcode" not in line)
    system = Recorded(SYSTEM, (0, MAC), (0, ""), (0, "Done.\n"), (0, after))
    said = done(tmp_path, SoftwareUpdate(system), "security_updates")
    assert (said.state, said.reason) == ("failed", "held_back")
    assert [one.name for one in said.changes] == ["Command Line Tools for Xcode-14.2"]


@pytest.mark.parametrize(
    "answers", [(SYSTEM, (1, MAC)), (SYSTEM, (0, "no list")), ((0, "?"), (0, MAC))]
)
def test_a_mac_that_does_not_tell_gets_nothing(answers):
    plan = SoftwareUpdate(Recorded(*answers)).plan("all_updates", {})
    assert (plan.failure, plan.changes) == ("engine_failed", ())


class Windows:
    """The Windows Update Agent of a recorded machine; what is installed is offered no more."""

    def __init__(self, name, *, refuses=(), restarts=False, **more):
        self.held = json.loads((ANSWERS / f"{name}.json").read_text("utf-8"))["update_agent"]
        self.refuses, self.restarts, self.more = refuses, restarts, more
        self.installed: list[str] = []
        self.asked: list[str] = []

    def create(self, name):
        if "refused" in self.held:
            raise OSError(self.held["refused"])
        if name == "Microsoft.Update.UpdateColl":
            listed: list[object] = []
            return SimpleNamespace(Add=listed.append, listed=listed)
        return SimpleNamespace(
            CreateUpdateSearcher=lambda: SimpleNamespace(Search=self.search),
            CreateUpdateDownloader=lambda: SimpleNamespace(Download=lambda: None),
            CreateUpdateInstaller=self.installer,
        )

    def search(self, criteria):
        self.asked.append(criteria)
        offered_ = [
            self.update(one)
            for one in self.held["updates"]
            if not one["hidden"] and one["title"] not in self.installed
        ]
        return SimpleNamespace(
            ResultCode=self.held["search_result"] or 0, Updates=collection(offered_)
        )

    def update(self, one):
        asks = one["title"] in self.more.get("asks", ())
        return SimpleNamespace(
            Title=one["title"],
            KBArticleIDs=collection(one["kb"]),
            BrowseOnly=one["browse_only"],
            MsrcSeverity=one["severity"],
            Categories=collection([SimpleNamespace(CategoryID=c) for c in one["categories"]]),
            EulaAccepted=self.more.get("eula", True),
            InstallationBehavior=SimpleNamespace(CanRequestUserInput=asks),
            MaxDownloadSize=1_000_000,
        )

    def installer(self):
        made = SimpleNamespace(IsBusy=False, Updates=None)

        def install():
            titles = [one.Title for one in made.Updates.listed]
            self.installed += [one for one in titles if not any(kb in one for kb in self.refuses)]
            return SimpleNamespace(ResultCode=2, RebootRequired=self.restarts)

        made.Install = install
        return made


def collection(things):
    return SimpleNamespace(Count=len(things), Item=lambda number: things[number])


def test_windows_gets_what_is_for_security_and_nothing_hidden_or_optional(tmp_path):
    system = Windows("pro-11-waiting")
    said = done(tmp_path, WindowsUpdate(system.create), "security_updates")
    assert (said.state, [one.name for one in said.changes]) == ("done", ["KB5099001"])
    assert len(system.installed) == 1
    assert set(system.asked) == {"IsInstalled=0 and IsHidden=0 and Type='Software'"}
    everything = Windows("pro-11-waiting")
    said = done(tmp_path / "2", WindowsUpdate(everything.create), "all_updates")
    assert [one.name for one in said.changes] == ["KB5099001", "KB890830"]


def test_windows_that_says_yes_and_did_nothing_has_failed(tmp_path):
    system = Windows("pro-11-waiting", refuses=("KB5099001",))
    said = done(tmp_path, WindowsUpdate(system.create), "all_updates")
    assert (said.state, said.reason) == ("failed", "held_back")
    assert [one.name for one in said.changes] == ["KB890830"]


def test_what_windows_has_only_after_a_restart_is_not_said_to_be_there(tmp_path):
    system = Windows("pro-11-waiting", refuses=("KB5099001",), restarts=True)
    said = done(tmp_path, WindowsUpdate(system.create), "security_updates")
    assert (said.state, said.changes, said.restart_needed) == ("done", [], True)


def test_windows_answers_no_question_and_agrees_to_no_terms():
    title = Windows("pro-11-waiting").held["updates"][0]["title"]
    for system in (Windows("pro-11-waiting", asks=(title,)), Windows("pro-11-waiting", eula=False)):
        plan = WindowsUpdate(system.create).plan("security_updates", {})
        assert (plan.changes, plan.notes) == ((), ("left_to_people",))


@pytest.mark.parametrize("name", ["pro-10-service-off", "pro-10-never-searched"])
def test_windows_that_does_not_tell_gets_nothing(name):
    system = Windows(name)
    if system.held.get("search_result") in (2, 3):
        system.held["search_result"] = 4
    plan = WindowsUpdate(system.create).plan("all_updates", {})
    assert (plan.failure, plan.changes) == ("source_unreachable", ())


@pytest.mark.skipif(os.name == "nt", reason="there they would be")
@pytest.mark.parametrize("system", ["windows", "macos"])
def test_they_are_off_and_nowhere_but_on_their_own_system(system):
    for kind in KINDS.values():
        declared = kind.engines.get(system, ())
        assert not any(one.run_by_us for one in declared), kind.id
        assert chooser(KINDS, system)(kind.id) is None
        assert chooser(KINDS, system, untried=True)(kind.id) is None, "this is no such system"
        assert all(one.engine in ENGINES for one in declared)
