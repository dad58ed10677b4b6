"""Screen locks by the settings that hold: an administrator's lock, each person's own, defaults.

dconf's databases are compiled by the real dconf and read by the real gsettings.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import fact, seen, write
from tojimari.collect.device.linux import screen_lock, xfconf
from tojimari.collect.host import LocalHost
from tojimari.model.facts import DeviceRemovableMedia, DeviceScreenLock

SCHEMAS = """<schemalist>
  <schema id="org.cinnamon.desktop.screensaver" path="/org/cinnamon/desktop/screensaver/">
    <key name="idle-activation-enabled" type="b"><default>true</default></key>
    <key name="lock-enabled" type="b"><default>true</default></key>
    <key name="lock-delay" type="u"><default>0</default></key>
  </schema>
  <schema id="org.cinnamon.desktop.session" path="/org/cinnamon/desktop/session/">
    <key name="idle-delay" type="u"><default>900</default></key>
  </schema>
  <schema id="org.cinnamon.desktop.lockdown" path="/org/cinnamon/desktop/lockdown/">
    <key name="disable-lock-screen" type="b"><default>false</default></key>
  </schema>
  <schema id="org.cinnamon.desktop.media-handling" path="/org/cinnamon/desktop/media-handling/">
    <key name="autorun-never" type="b"><default>false</default></key>
  </schema>
  <schema id="org.mate.screensaver" path="/org/mate/screensaver/">
    <key name="idle-activation-enabled" type="b"><default>true</default></key>
    <key name="lock-enabled" type="b"><default>true</default></key>
    <key name="lock-delay" type="i"><default>0</default></key>
  </schema>
  <schema id="org.mate.session" path="/org/mate/desktop/session/">
    <key name="idle-delay" type="i"><default>5</default></key>
  </schema>
  <schema id="org.mate.lockdown" path="/org/mate/desktop/lockdown/">
    <key name="disable-lock-screen" type="b"><default>false</default></key>
  </schema>
  <schema id="apps.light-locker" path="/apps/light-locker/">
    <key name="lock-after-screensaver" type="u"><default>5</default></key>
  </schema>
</schemalist>
"""


class AsRoot(LocalHost):
    def is_root(self) -> bool:
        return True


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    (folder / "own.gschema.xml").write_text(SCHEMAS)
    subprocess.run(["glib-compile-schemas", str(folder)], check=True)
    return folder


@pytest.fixture
def machine(tmp_path: Path, schemas: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GSETTINGS_SCHEMA_DIR", str(schemas))
    monkeypatch.setenv("DCONF_PROFILE", str(write(tmp_path, "/profile", "user-db:user\n")))
    monkeypatch.delenv("GSETTINGS_BACKEND", raising=False)
    return tmp_path / "root"


def compiled(place: Path, text: str, locks: str = "") -> None:
    """Write a database of dconf as ``dconf update`` does."""
    keys = place.parent / f"{place.name}.d"
    write(keys, "/own", text)
    if locks:
        write(keys, "/locks/own", locks)
    subprocess.run(["dconf", "compile", str(place), str(keys)], check=True)


def person(root: Path, name: str, text: str) -> None:
    place = root / f"home/{name}/.config/dconf/user"
    place.parent.mkdir(parents=True, exist_ok=True)
    compiled(place, text)


def administrator(root: Path, text: str, locks: str = "") -> None:
    """Set values for everybody, as /etc/dconf/db/local.d does."""
    compiled(root.parent / "local", text, locks)
    write(root.parent, "/profile", f"user-db:user\nfile-db:{root.parent}/local\n")


def lock(root: Path, desktop: str) -> tuple[bool | None, int | None]:
    write(root, f"/usr/share/xsessions/{desktop}.desktop", "")
    found = fact(AsRoot(root), DeviceScreenLock)
    assert found.desktop == desktop
    return found.enabled, found.after_seconds


NEVER_IDLE = {
    "gnome": "[org/gnome/desktop/session]\nidle-delay=uint32 0\n",
    "cinnamon": "[org/cinnamon/desktop/session]\nidle-delay=uint32 0\n",
    "mate": "[org/mate/desktop/session]\nidle-delay=0\n",
}
NOT_LOCKED = {
    "gnome": "[org/gnome/desktop/screensaver]\nlock-enabled=false\n",
    "cinnamon": "[org/cinnamon/desktop/screensaver]\nlock-enabled=false\n",
    "mate": "[org/mate/screensaver]\nlock-enabled=false\n",
}
BARRED = {
    "gnome": "[org/gnome/desktop/lockdown]\ndisable-lock-screen=true\n",
    "cinnamon": "[org/cinnamon/desktop/lockdown]\ndisable-lock-screen=true\n",
    "mate": "[org/mate/desktop/lockdown]\ndisable-lock-screen=true\n",
}
DEFAULT = {"gnome": (True, 300), "cinnamon": (True, 900), "mate": (True, 300)}


@pytest.mark.parametrize("desktop", list(DEFAULT))
def test_each_persons_own_setting_counts_and_the_weakest_decides(machine, desktop):
    person(machine, "hanako", "")
    assert lock(machine, desktop) == DEFAULT[desktop]
    for name, texts in (("taro", NEVER_IDLE), ("jiro", NOT_LOCKED), ("goro", BARRED)):
        person(machine, name, texts[desktop])
        assert lock(machine, desktop) == (False, 0), name
        (machine / f"home/{name}/.config/dconf/user").unlink()


@pytest.mark.parametrize("desktop", list(DEFAULT))
def test_an_administrators_lock_goes_over_the_own_setting(machine, desktop):
    person(machine, "hanako", NOT_LOCKED[desktop])
    kept = NOT_LOCKED[desktop].replace("false", "true")
    administrator(machine, kept)  # a default: the own setting holds
    assert lock(machine, desktop) == (False, 0)
    section = kept.split("]")[0].lstrip("[")
    administrator(machine, kept, locks=f"/{section}/lock-enabled\n")
    assert lock(machine, desktop) == DEFAULT[desktop]
    administrator(machine, NOT_LOCKED[desktop], locks=f"/{section}/lock-enabled\n")
    person(machine, "hanako", kept)
    assert lock(machine, desktop) == (False, 0)


def test_how_long_it_takes_is_counted_in_the_desktops_own_unit(machine):
    person(
        machine,
        "a",
        "[org/mate/desktop/session]\nidle-delay=20\n[org/mate/screensaver]\nlock-delay=1\n",
    )
    assert lock(machine, "mate") == (True, 21 * 60)
    other = machine / "cinnamon"
    text = "[org/cinnamon/desktop/session]\nidle-delay=uint32 60\n[org/cinnamon/desktop/screensaver]\nlock-delay=uint32 15\n"
    person(other, "a", text)
    assert lock(other, "cinnamon") == (True, 75)


def test_plugged_in_media_by_the_desktop_in_use(machine):
    person(machine, "a", "[org/gnome/desktop/media-handling]\nautorun-never=true\n")
    write(machine, "/usr/share/xsessions/cinnamon.desktop", "")
    assert fact(AsRoot(machine), DeviceRemovableMedia).autorun is True
    person(machine, "a", "[org/cinnamon/desktop/media-handling]\nautorun-never=true\n")
    assert fact(AsRoot(machine), DeviceRemovableMedia).autorun is False


# --- Xfce -------------------------------------------------------------------------------------

SAVER, POWER = "xfce4-screensaver", "xfce4-power-manager"


def channel(name: str, settings: Mapping[str, object], attributes: str = "", mark: str = "") -> str:
    """Return a channel's file as xfconfd writes it; ``mark``: attributes of each property."""
    tree: dict[str, object] = {}
    for path, value in settings.items():
        *above, last = path.strip("/").split("/")
        place = tree
        for part in above:
            place = place.setdefault(part, {})  # type: ignore[assignment]
        place[last] = value

    def written(node: Mapping[str, object]) -> str:
        rows = []
        for key, value in node.items():
            if isinstance(value, dict):
                rows.append(f'<property name="{key}" type="empty">{written(value)}</property>')
            else:
                kind, text = (
                    ("bool", str(value).lower()) if isinstance(value, bool) else ("int", value)
                )
                rows.append(f'<property name="{key}" type="{kind}" value="{text}" {mark}/>')
        return "".join(rows)

    head = '<?xml version="1.0" encoding="UTF-8"?>\n\n'
    return f'{head}<channel name="{name}" version="1.0" {attributes}>{written(tree)}</channel>\n'


CHANNELS = ".config/xfce4/xfconf/xfce-perchannel-xml"


def xfce(
    root: Path,
    own: Mapping[str, str] | None = None,
    system: Mapping[str, str] | None = None,
    *,
    lockers: tuple[str, ...] = (SAVER,),
    files: Mapping[str, str] | None = None,
) -> Path:
    (root / "home/a/.config/xfce4").mkdir(parents=True, exist_ok=True)
    for name in lockers:
        write(root, f"/usr/bin/{name}", "")
        write(root, f"/etc/xdg/autostart/{name}.desktop", f"[Desktop Entry]\nExec={name}\n")
    for name, text in (own or {}).items():
        write(root, f"/home/a/{CHANNELS}/{name}.xml", text)
    for name, text in (system or {}).items():
        write(root, f"/etc/xdg/xfce4/xfconf/xfce-perchannel-xml/{name}.xml", text)
    for name, text in (files or {}).items():
        write(root, name, text)
    return root


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, (True, 300)),
        ({"/saver/idle-activation/delay": 10, "/lock/saver-activation/delay": 2}, (True, 720)),
        ({"/saver/idle-activation/delay": 0}, (True, 600)),  # below its least: ten minutes
        ({"/saver/enabled": False}, (False, 0)),
        ({"/saver/idle-activation/enabled": False}, (False, 0)),
        ({"/lock/enabled": False}, (False, 0)),
        ({"/lock/saver-activation/enabled": False}, (False, 0)),
        ({"/lock/sleep-activation": False}, (True, 300)),
    ],
)
def test_xfces_own_screen_saver(tmp_path, settings, expected):
    xfce(tmp_path, {SAVER: channel(SAVER, settings)})
    assert lock(tmp_path, "xfce") == expected


OFF = channel(SAVER, {"/lock/enabled": False})
ON = channel(SAVER, {"/lock/enabled": True})


@pytest.mark.parametrize(
    ("own", "system", "expected"),
    [
        ("", OFF, (False, 0)),
        (ON, OFF, (True, 300)),
        (ON, channel(SAVER, {"/lock/enabled": False}, mark='locked="*"'), (False, 0)),
        (OFF, channel(SAVER, {"/lock/enabled": True}, mark='locked="*"'), (True, 300)),
        (OFF, channel(SAVER, {"/lock/enabled": True}, attributes='unlocked="root"'), (True, 300)),
        (OFF, channel(SAVER, {"/saver/enabled": True}, mark='locked="*"'), (False, 0)),
        ("<channel", OFF, (False, 0)),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + ON.split("\n", 2)[2], "", (True, 300)),
    ],
)
def test_xfce_reads_the_systems_file_the_own_one_and_locks(tmp_path, own, system, expected):
    xfce(tmp_path, {SAVER: own}, {SAVER: system})
    assert lock(tmp_path, "xfce") == expected


PRESENTS = channel(POWER, {"/xfce4-power-manager/presentation-mode": True})
HIDDEN = "[Desktop Entry]\nHidden=true\n"


@pytest.mark.parametrize(
    ("lockers", "files", "expected"),
    [
        # switched off at start-up, and nothing else there
        ((SAVER,), {f"/home/a/.config/autostart/{SAVER}.desktop": HIDDEN}, (False, 0)),
        ((SAVER,), {f"/etc/xdg/autostart/{SAVER}.desktop": "[Desktop Entry]\nNotShowIn=XFCE;\n"}, (False, 0)),
        # taken away: its file in /etc stays behind
        ((), {f"/etc/xdg/autostart/{SAVER}.desktop": f"[Desktop Entry]\nExec={SAVER}\n", "/usr/bin/a": ""}, (None, None)),
        ((), {"/home/a/.config/autostart/x.desktop": "[Desktop Entry]\nExec=xautolock -time 5 -locker slock\n", "/usr/bin/slock": ""}, (None, None)),
        # one of two locks
        ((SAVER, "xscreensaver"), {"/home/a/.xscreensaver": "timeout:\t0:03:00\nlock:\t\tTrue\nlockTimeout:\t0:00:00\nmode:\t\tblank\n"}, (True, 180)),
        (("xscreensaver",), {"/home/a/.xscreensaver": "timeout:\t0:10:00\nlock:\t\tFalse\n"}, (False, 0)),
        (("xscreensaver",), {"/home/a/.xscreensaver": "timeout:\t1:00:00\nlock:\t\tTrue\nlockTimeout:\t0:05:00\n"}, (True, 3900)),
        (("xscreensaver",), {"/home/a/.xscreensaver": "timeout:\t0:10:00\nlock:\t\tTrue\nmode:\t\toff\n"}, (False, 0)),
        (("xscreensaver",), {}, (False, 0)),
        # while somebody presents nothing comes on
        ((SAVER,), {f"/home/a/{CHANNELS}/{POWER}.xml": PRESENTS}, (False, 0)),
    ],
)  # fmt: skip
def test_what_starts_with_the_session_is_what_locks(tmp_path, lockers, files, expected):
    xfce(tmp_path, lockers=lockers, files=files)
    assert lock(tmp_path, "xfce") == expected


@pytest.mark.parametrize(
    ("settings", "blank", "expected"),
    [
        ("", {}, (True, 605)),
        ("[apps/light-locker]\nlock-after-screensaver=uint32 0\n", {}, (False, 0)),
        ("[apps/light-locker]\nlock-after-screensaver=uint32 60\n", {"/xfce4-power-manager/blank-on-ac": 30}, (True, 1860)),
        ("", {"/xfce4-power-manager/blank-on-ac": 0}, (False, 0)),
    ],
)  # fmt: skip
def test_light_locker_waits_for_the_screen_to_go_dark(machine, settings, blank, expected):
    person(machine, "a", settings)
    xfce(machine, {POWER: channel(POWER, blank)}, lockers=("light-locker",))
    assert lock(machine, "xfce") == expected


def test_a_colleague_without_a_lock_is_not_passed_over(tmp_path):
    xfce(tmp_path)
    (tmp_path / "home/b/.config/xfce4").mkdir(parents=True)
    write(tmp_path, f"/home/b/{CHANNELS}/{SAVER}.xml", OFF)
    assert lock(tmp_path, "xfce") == (False, 0)


def test_what_thunar_does_with_plugged_in_media(tmp_path):
    write(tmp_path, "/usr/share/xsessions/xfce.desktop", "")
    xfce(tmp_path)
    assert fact(LocalHost(tmp_path), DeviceRemovableMedia).autorun is False
    xfce(tmp_path, {"thunar-volman": channel("thunar-volman", {"/autorun/enabled": True})})
    assert fact(LocalHost(tmp_path), DeviceRemovableMedia).autorun is True


@given(st.text() | st.from_regex(r"<channel[^>]{0,20}>(<property name=.{0,30}/?>){0,5}</channel>"))
def test_any_text_as_a_channel(text):
    xfconf.parse_channel(text)


@pytest.mark.parametrize(
    ("system", "own", "expected"),
    [
        ("[Daemon]\nAutolock[$i]=true\n", "[Daemon]\nAutolock=false\n", (True, 300)),
        ("[Daemon][$i]\nTimeout=5\n", "[Daemon]\nTimeout=90\n", (True, 300)),
        ("[$i]\n[Daemon]\nAutolock=false\n", "[Daemon]\nAutolock=true\n", (False, 0)),
        ("[Daemon]\nTimeout=5\n", "[Daemon]\nAutolock=false\n", (False, 0)),
    ],
)
def test_what_kde_was_told_to_keep_goes_over_the_own_setting(system, own, expected):
    assert screen_lock.parse_kscreenlocker(own, system) == expected


def test_without_anybodys_settings_root_cannot_tell(machine):
    write(machine, "/usr/share/xsessions/mate.desktop", "")
    assert fact(AsRoot(machine), DeviceScreenLock).enabled is None
    [why] = set(seen(AsRoot(machine), DeviceScreenLock).partly_not_seen.values())
    assert (why.reason, why.see_with) == (
        "not_looked",
        "gsettings get org.mate.screensaver lock-enabled",
    )
