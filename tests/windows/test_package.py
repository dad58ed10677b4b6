"""The package for Windows: made, compared, unpacked under Wine, and used by double click and by page."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from distribution.windows import interpreter, launchers, libraries, sbom
from distribution.windows.__main__ import REQUIREMENTS, Parts, assemble, build, pack
from distribution.windows.problems import NotBuilt
from distribution.windows.signing import Signer

import tojimari
from tests.e2e.browser import WAIT, chromium, watch
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.servers import Portal
from tests.support.visitor import Visitor
from tests.support.windows_package import MADE_FOR_WINE, UnpackedPackage, for_wine, unpacked
from tojimari import __version__

MOST_BYTES = 60_000_000
MOST_MEMORY = 80 * 1024 * 1024
"""Bytes of a check at most, with what Windows (here Wine) maps for it; 78 to 79.4 million were measured.
Windows counts 1,024 to the kilobyte."""
ASSEMBLED_AGAIN = ("pywin32", "idna", "rich", "dnspython")
"""Wheels of the second assembly: libraries that lie beside the interpreter, tables, classes."""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies between the parts and the package."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def package(scratch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of it. Its installer is not compressed: a small one that is gets installed over it."""
    return build(None, tmp_path_factory.mktemp("dist"), scratch, compressed=False)


@pytest.fixture(scope="module")
def windows(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnpackedPackage]:
    """A Japanese Windows with the package in it."""
    with unpacked(package, tmp_path_factory.mktemp("windows"), "ja_JP.UTF-8") as made:
        yield made


def test_the_package_is_small(package: Path) -> None:
    assert package.stat().st_size < MOST_BYTES


def test_assembled_again_it_is_the_same_files(package: Path, scratch: Path, tmp_path: Path) -> None:
    """Our wheel, the programs, the icon, what is compiled of ours and of a few libraries, the list.
    What was fetched is the same by its hash; that the same files give the same zip and installer is
    asked below."""
    wheels = sorted((scratch / "fetched").glob("*.whl"))
    few = [wheel for wheel in wheels if wheel.name.startswith(ASSEMBLED_AGAIN)]
    assert len(few) == len(ASSEMBLED_AGAIN)
    again = assemble(Parts(scratch / "cpython", few), tmp_path)
    files = {path.relative_to(again).as_posix(): path for path in again.rglob("*")}
    made = {name for name, path in files.items() if path.is_file()}
    with zipfile.ZipFile(package) as packed:
        held = {name.partition("/")[2]: name for name in packed.namelist()}
        ours = {name for name in held if not name.startswith("site/")}
        assert (ours | {n for n in held if n.startswith("site/tojimari/")}) <= made <= held.keys()
        assert [n for n in made if packed.read(held[n]) != files[n].read_bytes()] == []
    icons = [(folder / launchers.ICON).read_bytes() for folder in (scratch, tmp_path)]
    assert icons[0] == icons[1]
    listed = package.with_suffix(".cdx.json")
    moment = datetime.fromisoformat(json.loads(listed.read_text())["metadata"]["timestamp"])
    sbom.write(tmp_path / "list", again, wheels, int(moment.timestamp()))
    assert (tmp_path / "list").read_text() == listed.read_text()


@pytest.mark.usefixtures("package")
def test_wheels_made_of_source_again_are_the_same_bytes(scratch: Path, tmp_path: Path) -> None:
    libraries.make(REQUIREMENTS / "windows.txt", tmp_path)
    made = list(tmp_path.glob("*.whl"))
    assert len(made) == len(libraries.SOURCE_ONLY)
    for wheel in made:
        assert wheel.read_bytes() == (scratch / "fetched" / wheel.name).read_bytes()


def test_the_same_files_are_the_same_zip_and_installer(tmp_path: Path) -> None:
    """Whatever order and times they lie in their folder with."""
    launchers.icon(tmp_path / launchers.ICON)
    held = {f"site/{folder}/{n}.py": f"{n} = {n}" * n for folder in "ab" for n in range(20)}
    held |= {"戸締まり.exe": "MZ", "python.exe": "MZ " * 20}
    made: list[tuple[bytes, bytes]] = []
    for order in (sorted(held), sorted(held, reverse=True)):
        folder, out = tmp_path / str(len(made)), tmp_path / f"out{len(made)}"
        out.mkdir()
        for age, name in enumerate(order):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(held[name])
            os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))
        zipped = pack(folder, tmp_path / launchers.ICON, out)
        made.append((zipped.read_bytes(), zipped.with_suffix(".exe").read_bytes()))
    assert made[0] == made[1]


def test_the_list_of_parts_names_what_is_in_it(package: Path) -> None:
    listed = json.loads(package.with_suffix(".cdx.json").read_text())
    names = {one["name"].lower() for one in listed["components"]}
    with zipfile.ZipFile(package) as packed:
        inside = {
            re.split(r"-\d", Path(name).parts[2])[0].lower().replace("_", "-")
            for name in packed.namelist()
            if ".dist-info/" in name
        }
    assert inside - {"tojimari"} == {name.replace("_", "-") for name in names - {"cpython"}}


def test_a_changed_interpreter_is_refused(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    with zipfile.ZipFile(package) as packed:
        [name] = [one for one in packed.namelist() if one.endswith("/python.exe")]
        program = bytearray(packed.read(name))
    (folder / "python.exe").write_bytes(program)
    assert interpreter.verify(folder, tmp_path) == ["python.exe"]
    program[program.index(b"This program cannot")] ^= 1
    (folder / "python.exe").write_bytes(program)
    with pytest.raises(NotBuilt, match=r"python\.exe"):
        interpreter.verify(folder, tmp_path)


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    """An operator's own certificate, made by themselves."""
    folder = tmp_path_factory.mktemp("an operator")  # a blank in the path is nothing odd
    made = Signer(folder / "mine.pem", folder / "mine.key")
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(made.key)]
    openssl += ["-subj", "/CN=Python Software Foundation", "-out", str(made.certificate)]
    openssl += ["-addext", "extendedKeyUsage=codeSigning"]
    subprocess.run(openssl, check=True, capture_output=True)
    return made


def _signed_by(operator: Signer, file: Path) -> bool:
    told = ["osslsigncode", "verify", "-CAfile", str(operator.certificate), "-in", str(file)]
    return subprocess.run(told, check=False, capture_output=True).returncode == 0


def test_an_operator_signs_with_a_certificate_of_their_own(
    operator: Signer, next_setup: Path, tmp_path: Path
) -> None:
    """As docs/windows.md says: every program of ours, and nobody is taken for Python's publisher."""
    assert _signed_by(operator, next_setup)
    with zipfile.ZipFile(next_setup.with_suffix(".zip")) as packed:
        names = {name for name in packed.namelist() if name.endswith(".exe")}
        assert {name.partition("/")[2] for name in names} == set(launchers.PROGRAMS)
        for name in names:
            (tmp_path / "python.exe").write_bytes(packed.read(name))
            assert _signed_by(operator, tmp_path / "python.exe")
    folder = tmp_path / "programs"
    folder.mkdir()
    (tmp_path / "python.exe").rename(folder / "python.exe")
    with pytest.raises(NotBuilt, match=r"python\.exe"):
        interpreter.verify(folder, tmp_path)
    with pytest.raises(NotBuilt, match=r"nosuch"):
        Signer(operator.certificate, tmp_path / "nosuch").sign(folder / "python.exe")


def test_what_is_no_package_of_python_is_one_sentence(tmp_path: Path) -> None:
    given = tmp_path / "x.zip"
    given.write_bytes(b"no zip")
    with pytest.raises(NotBuilt, match=r"x\.zip"):
        build(given, tmp_path / "dist", tmp_path / "scratch")


def test_the_command_speaks_the_language_and_encoding_of_this_windows(
    windows: UnpackedPackage,
) -> None:
    done = windows.run("tojimari.exe", "check")
    said = done.stdout.decode("cp932")
    assert done.returncode == 1, done.stderr
    assert "次の一歩" in said
    assert "■" in said


LOOK_AND_WEIGH = """
import ctypes, sys
from importlib import import_module
from tojimari.cli import main
try:
    code = main(["check", "--json"])
except SystemExit as ended:
    code = ended.code
held = (ctypes.c_size_t * 10)(72)  # PROCESS_MEMORY_COUNTERS: its size, then the peak of the working set
kernel = ctypes.WinDLL("kernel32")
kernel.GetCurrentProcess.restype = ctypes.c_void_p
kernel.K32GetProcessMemoryInfo.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
assert kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), held, 72)
for name in sys.argv[1:]:
    import_module(name)
print(code, held[1], file=sys.stderr)
"""
_OF_WINDOWS = re.compile(
    r"""(?:import|from) (win32\w*(?:\.\w+)*|pythoncom|pywintypes)|_of_windows\("([\w.]+)"\)"""
)


def test_a_check_needs_little_memory_and_finds_all_that_asks_windows(
    windows: UnpackedPackage,
) -> None:
    """Modules of pywin32 are left out of the package by name: what is missing would be taken for
    something that this Windows lacks."""
    sources = (Path(tojimari.__file__).parent).rglob("*.py")
    named = [one for path in sources for one in _OF_WINDOWS.findall(path.read_text("utf-8"))]
    wanted = {module or asked for module, asked in named}
    assert {"pythoncom", "win32com.shell.shell", "win32event", "win32net"} <= wanted
    script = windows.prefix / "weigh.py"
    script.write_text(LOOK_AND_WEIGH)
    done = windows.run("python.exe", f"Z:{script}", *sorted(wanted))
    said = done.stderr.decode("cp932")
    last = re.search(r"^1 (\d+)\s*\Z", said, re.MULTILINE)
    assert last is not None, said
    assert int(last[1]) < MOST_MEMORY
    assert not re.findall(rb': (?:win|pywin|pythoncom|_win|ntsec)\w*"', done.stdout)


def _wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


def _open(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def test_a_double_click_opens_the_portal_a_second_one_too_and_the_page_ends_it(
    windows: UnpackedPackage,
) -> None:
    port = free_port()
    words = ["--no-browser", "--port", str(port)]
    assert windows.double_click(*words) == 0
    _wait(lambda: _open(port))
    visitor = Visitor()
    link = re.search(r"http://\S+/start/\S+", windows.started())
    assert link is not None
    assert "<main" in visitor.get(link[0])
    menu = windows.prefix / "drive_c/users"
    assert list(menu.glob("*/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/戸締まり.lnk"))

    assert windows.double_click(*words) == 0
    _wait(lambda: "もう動いています" in windows.started())
    again = re.search(r"http://\S+/start/\S+", windows.started())
    assert again is not None
    address = f"http://127.0.0.1:{port}"
    assert "<main" in Visitor().get(again[0])

    page = visitor.get(f"{address}/here/")
    page = visitor.press(page, f"{address}/here/", menu="yes", autostart="yes")
    assert page.count(" checked") == 2
    asked = windows.run("reg", "query", r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run")
    assert "戸締まり.exe" in asked.stdout.decode("cp932")
    noted = windows.state / "portal/running.json"
    assert noted.exists()
    assert "戸締まりを終わりました" in visitor.press(page, f"{address}/here/stop/")
    _wait(lambda: not noted.exists())


def test_an_owner_answers_looks_and_reads_the_report_in_a_browser(
    windows: UnpackedPackage,
) -> None:
    """In Chromium of this machine; Windows' own browsers, which would print, are not in Wine."""
    port = free_port()
    link, address = windows.open("--no-browser", "--port", str(port)), f"http://127.0.0.1:{port}"
    with chromium() as browser:
        page = browser.new_page(locale="ja-JP")
        complaints = watch(page)
        page.goto(link)
        # Which page comes first depends on what other tests asked this company.
        base = "/".join(page.url.split("/")[:5])
        page.locator("a.button.big").click()
        page.wait_for_url("**/ask/**")
        asked = page.url
        page.locator(".choices button").first.click()
        page.wait_for_url(lambda url: url != asked)
        page.goto(f"{base}/check/")
        page.locator("form[action$='/look/'] button").first.click()
        page.wait_for_selector("section.next", timeout=WAIT)
        page.goto(f"{base}/report/")
        page.locator("form[action$='/report/pdf/'] button").click()
        page.get_by_text("Microsoft Edge").wait_for(timeout=WAIT)
        assert "Windows" in page.request.get(f"{base}/report/file.html").text()
        page.goto(f"{address}/here/")
        page.locator("form[action$='/here/stop/'] button").click()
        page.get_by_text("戸締まりを終わりました").wait_for(timeout=WAIT)
        assert not complaints


def test_a_start_that_fails_is_told_in_a_file_and_by_its_code(
    windows: UnpackedPackage,
) -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        # As a command: a message box would wait for somebody.
        done = windows.run("tojimari.exe", "up", "--no-browser", "--port", str(port))
    assert done.returncode == 2
    assert "--port" in done.stderr.decode("cp932")


def test_a_part_that_is_missing_is_said(windows: UnpackedPackage, tmp_path: Path) -> None:
    shutil.copy(windows.program / "tojimari.exe", tmp_path)
    done = windows.run(str(tmp_path / "tojimari.exe"), "--version")
    assert done.returncode == 3
    assert "install it again" in done.stderr.decode("utf-8")


def test_an_english_windows_with_a_read_only_folder_of_the_program_and_a_long_path(
    windows: UnpackedPackage, tmp_path: Path
) -> None:
    """Longer than the 260 signs that Windows allowed once (Wine has no such limit)."""
    known = tmp_path.joinpath(*["long" * 25] * 3, "state.json")
    place = f"'{windows.program}'"
    alone = f"mount --bind {place} {place} && mount -o remount,ro,bind {place} && cd {place}"
    read_only = f"{alone} && ! touch new 2>/dev/null"
    windows.environment["TOJIMARI_STATE"] = f"Z:{known}"
    with windows.speaking("en_US.UTF-8"):
        try:
            done = windows.run_where(read_only, "tojimari.exe", "check")
        finally:
            del windows.environment["TOJIMARI_STATE"]
        said = done.stdout.decode("cp1252")
        assert done.returncode == 1, done.stderr
        # This encoding lacks the signs that Japanese ones have: others stand for them.
        assert "# Your next step" in said
        assert "# The basics" in said
    assert known.exists()


def _cannot_start(windows: UnpackedPackage, home: str, prepared: str = "") -> str:
    """Start it with its state below ``home``; return its one sentence of why it could not."""
    words = ("tojimari.exe", "up", "--no-browser")
    windows.environment["TOJIMARI_HOME"] = home
    try:
        done = windows.run_where(prepared, *words) if prepared else windows.run(*words)
    finally:
        del windows.environment["TOJIMARI_HOME"]
    lines = done.stderr.decode("cp932").splitlines()
    said = [line for line in lines if line.strip() and not line.startswith("wine:")]
    assert done.returncode == 2, said
    assert len(said) == 1
    return said[0]


def test_a_place_that_cannot_be_written_is_one_sentence(windows: UnpackedPackage) -> None:
    """A folder in which nobody may write, not even root; a disk that is full soon."""
    assert "空き容量" in _cannot_start(windows, r"Z:\proc\tojimari")
    small = "mount -t tmpfs -o size=300k tmpfs /mnt"
    assert "空き容量" in _cannot_start(windows, r"Z:\mnt\tojimari", small)


LOOK_ELEVATED = """
import datetime, os, tempfile, uuid
from tojimari.collect import elevation
from tojimari.model import Subject
device, at = Subject("device", str(uuid.uuid4())), datetime.datetime.now(datetime.UTC)
for one in elevation.look_elevated(["device.os", "device.logging"], device=device, at=at):
    print(one.kind, one.fact is not None)
print([name for name in os.listdir(tempfile.gettempdir()) if name.startswith("tojimari-")])
"""


def test_one_look_with_more_rights_comes_back_and_nothing_stays(windows: UnpackedPackage) -> None:
    """By Windows' own "runas", which asks nobody in Wine; its prompt is not tried."""
    script = windows.prefix / "look.py"
    script.write_text(LOOK_ELEVATED)
    done = windows.run("python.exe", f"Z:{script}")
    said = done.stdout.decode("cp932").split("\r\n")
    assert said[:3] == ["device.logging True", "device.os True", "[]"], done.stderr


def test_nothing_is_written_into_the_programs_folder(
    windows: UnpackedPackage, package: Path
) -> None:
    """So that it may be read-only; after all that was done above."""
    with zipfile.ZipFile(package) as packed:
        held = {name.partition("/")[2] for name in packed.namelist()}
    program = windows.program
    there = {path.relative_to(program).as_posix() for path in program.rglob("*") if path.is_file()}
    assert there - held == {MADE_FOR_WINE}


def _query(windows: UnpackedPackage, value: str) -> str:
    key = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Tojimari"
    return windows.run("reg", "query", key, "/v", value).stdout.decode("cp932")


def _invitation(portal: Portal, folder: Path) -> Path:
    """Add a computer on the ``portal``, as its owner does; return the file that comes."""
    visitor = Visitor()
    page = visitor.get(portal.entrance())
    [company] = set(re.findall(r"/c/([\w-]+)/", page))
    page = visitor.press(page, f"{portal.address}/c/{company}/devices/code/computer/")
    [setup] = set(re.findall(r"/computer/[\w-]+/", page))
    asked = f"{portal.address}{setup}file/"
    with urllib.request.urlopen(asked, timeout=PATIENCE) as sent:
        [name] = re.findall(r'filename="(.+)"', sent.headers["Content-Disposition"])
        file = folder / name
        file.write_bytes(sent.read())
    return file


@pytest.fixture(scope="module")
def portal(
    package: Path, tmp_path_factory: pytest.TempPathFactory, empty_database: Path
) -> Iterator[Portal]:
    """The portal of somebody else, which hands out the installer."""
    folder, env = tmp_path_factory.mktemp("portal"), {"TOJIMARI_INSTALLERS": str(package.parent)}
    made = Portal(folder, "up", "--no-browser", env=env, database=empty_database)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def installed(windows: UnpackedPackage, package: Path, portal: Portal) -> Path:
    """Where the portal's installer laid the program down."""
    setup = _invitation(portal, portal.folder)
    assert setup.read_bytes() == package.with_suffix(".exe").read_bytes()
    assert windows.run(str(setup), "/S").returncode == 0
    [folder] = (windows.prefix / "drive_c/users").glob("*/AppData/Local/Programs/Tojimari")
    return folder


@pytest.fixture(scope="module")
def next_setup(
    scratch: Path, package: Path, operator: Signer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A next installer, compressed and signed, of few files: Wine takes milliseconds for each."""
    assert package.exists()
    folder, out = tmp_path_factory.mktemp("next"), tmp_path_factory.mktemp("next-dist")
    (folder / "site").mkdir()
    (folder / "site/laid_down.py").write_text("")
    for name in ("tojimari.exe", "戸締まり.exe", "_wmi.pyd"):
        shutil.copy(scratch / "package" / name, folder)
    return pack(folder, scratch / launchers.ICON, out, signer=operator).with_suffix(".exe")


def test_the_installer_lays_down_what_is_in_the_zip(package: Path, installed: Path) -> None:
    with zipfile.ZipFile(package) as packed:
        wanted = {name.partition("/")[2] for name in packed.namelist()}
    laid = {p.relative_to(installed).as_posix() for p in installed.rglob("*") if p.is_file()}
    assert laid == wanted | {"uninstall.exe"}


def test_a_computer_joins_by_the_name_of_its_installer_and_survives_a_kill_and_a_newer_one(
    windows: UnpackedPackage, portal: Portal, installed: Path, next_setup: Path, operator: Signer
) -> None:
    """From the page of the portal that asks to the task on the computer: nobody types anything."""
    port = free_port()
    link = windows.open("--no-browser", "--port", str(port))
    visitor, address = Visitor(), f"http://127.0.0.1:{port}/here/join/"
    page = visitor.get(link)
    assert f"{portal.address} に加わりますか" in page
    page = visitor.press(page, address, do="accept", server=portal.address)
    assert "毎日、自動で見て送ります" in page
    tasks = windows.prefix / "drive_c/windows/system32/tasks"
    # Wine keeps the task, without most of what it says; what it was given is beside the key.
    assert len(list(tasks.glob("Tojimari agent S-1-5-21-*"))) == 1
    given = ElementTree.parse(windows.state / "agent/tojimari-agent.xml")
    command = given.findtext(".//{*}Exec/{*}Command")
    assert command is not None
    assert command.endswith(r"\pythonw.exe")

    done = windows.run("tojimari.exe", "agent", "run", "--once")
    assert done.returncode == 0, done.stderr
    status = windows.run("tojimari.exe", "agent", "status").stdout.decode("cp932")
    assert "待っている: 0件" in status

    page = visitor.press(page, address, do="leave")
    assert "アドレスとコードを受け取った" in page
    assert not list(tasks.glob("Tojimari agent S-1-5-21-*"))

    # One that was killed starts again as it was laid down, with all that it knew.
    known = (windows.state / "portal/portal.sqlite3").stat().st_size
    noted = windows.state / "portal/running.json"
    windows.run("taskkill", "/F", "/PID", str(json.loads(noted.read_text())["pid"]))
    for_wine(installed)
    link = windows.open("--no-browser", "--port", str(port), program=installed)
    assert "もう動いています" not in windows.started()
    assert "<main" in Visitor().get(link)
    assert (windows.state / "portal/portal.sqlite3").stat().st_size >= known

    # Installed over one that runs: it is ended, its files are new, what it knows stays.
    assert windows.run(str(next_setup), "/S").returncode == 0
    assert not noted.exists()
    assert not _open(port)
    assert [path.name for path in (installed / "site").iterdir()] == ["laid_down.py"]
    assert (installed / "_wmi.pyd").exists()
    assert _signed_by(operator, installed / "uninstall.exe")
    assert (windows.state / "portal/portal.sqlite3").stat().st_size >= known


def test_the_installer_refuses_to_go_back_and_leaves_what_was_answered(
    windows: UnpackedPackage, installed: Path, next_setup: Path
) -> None:
    setup, folder = str(next_setup), installed
    assert windows.run(setup, "/S").returncode == 0
    assert __version__ in _query(windows, "DisplayVersion")

    key = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Tojimari"
    windows.run("reg", "add", key, "/v", "DisplayVersion", "/d", "99.0.0", "/f")
    (folder / "tojimari.exe").unlink()
    assert windows.run(setup, "/S").returncode == 2
    assert not (folder / "tojimari.exe").exists()

    (folder / "mine.txt").write_text("mine")
    windows.state.mkdir(parents=True, exist_ok=True)
    (windows.state / "answers").write_text("kept")
    # It goes on as a copy of itself, so that it can take itself away, and is not waited for.
    windows.run(str(folder / "uninstall.exe"), "/S")
    _wait(lambda: "0" not in _query(windows, "DisplayVersion"))
    assert {path.name for path in folder.iterdir()} == {"mine.txt"}
    assert (windows.state / "answers").read_text() == "kept"
