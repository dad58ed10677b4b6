"""The package for Windows: made, compared, unpacked under Wine, and used by double click and by page."""

import json
import re
import shutil
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from distribution.windows import interpreter
from distribution.windows.__main__ import build
from distribution.windows.problems import NotBuilt

from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.visitor import Visitor
from tests.support.windows_package import UnpackedPackage, unpacked
from tojimari import __version__

MOST_BYTES = 60_000_000


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(None, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def windows(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnpackedPackage]:
    """A Japanese Windows with the package in it."""
    with unpacked(package, tmp_path_factory.mktemp("windows"), "ja_JP.UTF-8") as made:
        yield made


def test_two_builds_are_the_same_bytes_and_small(package: Path, tmp_path: Path) -> None:
    again = build(None, tmp_path)
    assert again.read_bytes() == package.read_bytes()
    assert again.with_suffix(".exe").read_bytes() == package.with_suffix(".exe").read_bytes()
    assert package.stat().st_size < MOST_BYTES
    parts = again.with_suffix(".cdx.json")
    assert parts.read_text() == package.with_suffix(".cdx.json").read_text()


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


def test_an_operator_signs_with_a_certificate_of_their_own(package: Path, tmp_path: Path) -> None:
    """As docs/windows.md says; ours is then named, and nobody is taken for Python's publisher."""
    with zipfile.ZipFile(package) as packed:
        [name] = [one for one in packed.namelist() if one.endswith("/戸締まり.exe")]
        (tmp_path / "戸締まり.exe").write_bytes(packed.read(name))
    subject = "/CN=Python Software Foundation"
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", subject]
    openssl += [
        "-addext",
        "extendedKeyUsage=codeSigning",
        "-keyout",
        "mine.key",
        "-out",
        "mine.pem",
    ]
    subprocess.run(openssl, cwd=tmp_path, check=True, capture_output=True)
    sign = ["osslsigncode", "sign", "-certs", "mine.pem", "-key", "mine.key", "-n", "戸締まり"]
    sign += ["-in", "戸締まり.exe", "-out", "python.exe"]
    subprocess.run(sign, cwd=tmp_path, check=True, capture_output=True)
    told = ["osslsigncode", "verify", "-CAfile", "mine.pem", "-in", "python.exe"]
    assert subprocess.run(told, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    folder = tmp_path / "programs"
    folder.mkdir()
    (tmp_path / "python.exe").rename(folder / "python.exe")
    with pytest.raises(NotBuilt, match=r"python\.exe"):
        interpreter.verify(folder, tmp_path)


def test_what_is_no_package_of_python_is_one_sentence(tmp_path: Path) -> None:
    given = tmp_path / "x.zip"
    given.write_bytes(b"no zip")
    with pytest.raises(NotBuilt, match=r"x\.zip"):
        build(given, tmp_path / "dist")


def test_the_command_speaks_the_language_and_encoding_of_this_windows(
    windows: UnpackedPackage,
) -> None:
    done = windows.run("tojimari.exe", "check")
    said = done.stdout.decode("cp932")
    assert done.returncode == 1, done.stderr
    assert "次の一歩" in said
    assert "■" in said


def _until_open(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(port)


def test_a_double_click_opens_the_portal_a_second_one_too_and_the_page_ends_it(
    windows: UnpackedPackage,
) -> None:
    port = free_port()
    words = ["--no-browser", "--port", str(port)]
    assert windows.double_click(*words) == 0
    _until_open(port)
    visitor = Visitor()
    link = re.search(r"http://\S+/start/\S+", windows.started())
    assert link is not None
    assert "<main" in visitor.get(link[0])
    menu = windows.prefix / "drive_c/users"
    assert list(menu.glob("*/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/戸締まり.lnk"))

    assert windows.double_click(*words) == 0
    end = time.monotonic() + PATIENCE
    while "もう動いています" not in windows.started() and time.monotonic() < end:
        time.sleep(0.1)
    again = re.search(r"http://\S+/start/\S+", windows.started())
    assert again is not None
    address = f"http://127.0.0.1:{port}"
    assert "<main" in Visitor().get(again[0])

    page = visitor.get(f"{address}/here/")
    page = visitor.press(page, f"{address}/here/", menu="yes", autostart="yes")
    assert page.count(" checked") == 2
    asked = windows.run("reg", "query", r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run")
    assert "戸締まり.exe" in asked.stdout.decode("cp932")
    assert "戸締まりを終わりました" in visitor.press(page, f"{address}/here/stop/")
    noted = windows.state / "portal/running.json"
    while noted.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not noted.exists()

    assert windows.double_click(*words) == 0
    while not noted.exists() and time.monotonic() < end:
        time.sleep(0.1)
    _until_open(port)
    ended = windows.run("tojimari.exe", "up", "--end")
    assert "戸締まりを終わりました" in ended.stdout.decode("cp932")
    with socket.socket() as called:
        assert called.connect_ex(("127.0.0.1", port)) != 0


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


def _query(windows: UnpackedPackage, value: str) -> str:
    key = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Tojimari"
    return windows.run("reg", "query", key, "/v", value).stdout.decode("cp932")


def test_the_installer_lays_it_down_refuses_to_go_back_and_leaves_what_was_answered(
    windows: UnpackedPackage, package: Path
) -> None:
    setup = str(package.with_suffix(".exe"))
    assert windows.run(setup, "/S").returncode == 0
    [folder] = (windows.prefix / "drive_c/users").glob("*/AppData/Local/Programs/Tojimari")
    with zipfile.ZipFile(package) as packed:
        wanted = {name.partition("/")[2] for name in packed.namelist()}
    laid = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert laid == wanted | {"uninstall.exe"}
    assert __version__ in _query(windows, "DisplayVersion")

    (folder / "site/left_behind.py").write_text("")
    assert windows.run(setup, "/S").returncode == 0
    assert not (folder / "site/left_behind.py").exists()

    key = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Tojimari"
    windows.run("reg", "add", key, "/v", "DisplayVersion", "/d", "99.0.0", "/f")
    (folder / "tojimari.exe").unlink()
    assert windows.run(setup, "/S").returncode == 2
    assert not (folder / "tojimari.exe").exists()

    (folder / "mine.txt").write_text("mine")
    windows.state.mkdir(parents=True, exist_ok=True)
    (windows.state / "answers").write_text("kept")
    # With this word it works where it lies, is waited for, and cannot take itself away.
    place = "C:" + str(folder).partition("drive_c")[2].replace("/", "\\")
    windows.run(str(folder / "uninstall.exe"), "/S", f"_?={place}")
    assert {path.name for path in folder.iterdir()} == {"mine.txt", "uninstall.exe"}
    assert (windows.state / "answers").read_text() == "kept"
    assert "0" not in _query(windows, "DisplayVersion")
