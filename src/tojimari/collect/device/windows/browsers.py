"""Browsers and their versions: by their updaters, by the lists of programs, by their files."""

import re

import msgspec

from tojimari.collect.device.windows.registry import people, values_of
from tojimari.collect.device.windows.software import Program, programs
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import Browser, DeviceBrowsers


class Known(msgspec.Struct, frozen=True):
    """A browser and where Windows keeps its version.

    Attributes:
        id: product id.
        name: name for people.
        listed: pattern of its name in the lists of programs, the same in every language.
        updater: key below SOFTWARE where its updater keeps the version in use (``pv``); "" where
            it has none such.
        beacon: key below a person's SOFTWARE with the version that ran last (``version``).
        program: its program, as the start menu's list of browsers names it.
    """

    id: str
    name: str
    listed: str
    updater: str
    beacon: str
    program: str


KNOWN = (
    Known(
        "chrome",
        "Google Chrome",
        r"Google Chrome",
        r"Google\Update\Clients\{8A69D345-D564-463C-AFF1-A69D9E530F96}",
        r"Google\Chrome\BLBeacon",
        "chrome.exe",
    ),
    Known(
        "edge",
        "Microsoft Edge",
        r"Microsoft Edge",
        r"Microsoft\EdgeUpdate\Clients\{56EB18F8-B008-4CBD-B6D2-8C97FE7E9062}",
        r"Microsoft\Edge\BLBeacon",
        "msedge.exe",
    ),
    Known("firefox", "Firefox", r"Mozilla Firefox(?! ESR).*", "", "", "firefox.exe"),
    Known("firefox", "Firefox ESR", r"Mozilla Firefox ESR.*", "", "", ""),
    Known("vivaldi", "Vivaldi", r"Vivaldi", "", r"Vivaldi\BLBeacon", "vivaldi.exe"),
    Known(
        "brave",
        "Brave",
        r"Brave",
        r"BraveSoftware\Update\Clients\{AFE6A462-C574-4B8A-AF43-4CC60DF4563B}",
        r"BraveSoftware\Brave-Browser\BLBeacon",
        "brave.exe",
    ),
    Known("opera", "Opera", r"Opera(?: Stable)?(?: [\d.]+)?", "", "", "opera.exe"),
)
_CLIENTS = r"Clients\StartMenuInternet"
_SOFTWARE = ("SOFTWARE", r"SOFTWARE\WOW6432Node")
_VERSION = re.compile(r"\d{1,5}(?:\.\d{1,6}){0,4}")
_COMMAND = re.compile(r'\s*"?([A-Za-z]:\\[^"<>|?*]+?\.exe)\b', re.IGNORECASE)


def _plain(text: str) -> str:
    match = _VERSION.match(text)
    return match.group() if match else ""


def _updated(host: Host, one: Known, hive: str) -> str:
    """Return the version that the browser's updater keeps for all, or for one person."""
    if not one.updater:
        return ""
    keys = (rf"{hive}\{software}\{one.updater}" for software in _SOFTWARE)
    return next(filter(None, (_plain(values_of(host, key).text("pv")) for key in keys)), "")


def program_files(host: Host, hive: str) -> list[str]:
    """Return the programs of the browsers registered in the start menu. Raises Missing, Denied.

    Source: "Registering programs with client types" of the shell's reference.
    """
    found = []
    for software in _SOFTWARE:
        key = rf"{hive}\{software}\{_CLIENTS}"
        for name in host.windows.subkeys(key):
            command = values_of(host, rf"{key}\{name}\shell\open\command").text("")
            if match := _COMMAND.match(command):
                found.append(match.group(1))
    return found


def _of_file(host: Host, one: Known, files: list[str]) -> str:
    for path in files:
        if one.program and path.rpartition("\\")[2].lower() == one.program:
            try:
                return _plain(host.windows.file_version(path))
            except Unavailable:
                continue
    return ""


def versions(host: Host, one: Known, listed: list[Program]) -> set[str]:
    """Return every version of a browser that is installed, for all and for single people.

    An updater knows best; a list of programs may lag behind it; what a person last ran
    (``BLBeacon``) counts where nothing else tells.
    """
    found = set()
    for hive, scope in [(HKLM, "machine"), *((person, "person") for person in people(host))]:
        own = {
            _plain(p.version)
            for p in listed
            if p.scope == scope and re.fullmatch(one.listed, p.name)
        }
        updated = _updated(host, one, hive)
        found |= {updated} if updated else own
    found.discard("")
    if found:
        return found
    files = [path for hive in (HKLM, *people(host)) for path in program_files(host, hive)]
    if version := _of_file(host, one, files):
        return {version}
    return _last_run(host, one)


def _last_run(host: Host, one: Known) -> set[str]:
    if not one.beacon:
        return set()
    keys = (rf"{person}\SOFTWARE\{one.beacon}" for person in people(host))
    return {version for key in keys if (version := _plain(values_of(host, key).text("version")))}


@collector("windows", sees=(DeviceBrowsers,), limit_seconds=10.0)
def browsers(host: Host) -> list[Seen]:
    """List the browsers; each updates itself, Edge too, so none follows Windows' own updates."""
    listed = programs(host)
    rows = [
        Browser(one.id, one.name, version, from_system=False)
        for one in KNOWN
        for version in sorted(versions(host, one, listed))
    ]
    if not rows:
        return [missed(DeviceBrowsers, NotSeen("nonsense", detail="StartMenuInternet"))]
    return [saw(DeviceBrowsers(tuple(rows)))]
