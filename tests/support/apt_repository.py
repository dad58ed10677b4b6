"""A signed repository of small packages, and a root of its own that installs from it.

The machine's own packages stay untouched: apt and dpkg are told another root.
"""

import shutil
import subprocess
from pathlib import Path

from tests.support.signers import Signer
from tests.support.signers import run as _run

STANZA = """Package: {name}
Version: {version}
Architecture: all
Maintainer: Tests <tests@example.com>
Description: a package of the tests
"""
NOT_OURS = ("--force-not-root", "--force-script-chrootless")


class World:
    """A root with apt and dpkg of its own, and the repository it installs from."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder, self.signer = folder, signer
        self.root, self.repository = folder / "root", folder / "repository"
        for name in (
            "etc/apt/apt.conf.d",
            "etc/apt/preferences.d",
            "var/lib/dpkg/info",
            "var/lib/dpkg/updates",
            "var/lib/dpkg/triggers",
            "var/lib/apt/lists/partial",
            "var/cache/apt/archives/partial",
            "var/log/apt",
            "run",
        ):
            (self.root / name).mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").touch()
        self.repository.mkdir()
        shutil.copy(signer.public, folder / "trusted.gpg")
        self.config = folder / "apt.conf"
        self.config.write_text(
            f'Dir "{self.root}";\nDir::State::status "{self.root}/var/lib/dpkg/status";\n'
            f'Dir::Log "{self.root}/var/log/apt";\nAPT::Sandbox::User "root";\n'
            f'DPkg::Options {{ "--root={self.root}"; "--force-not-root"; '
            f'"--force-script-chrootless"; "--log={self.root}/var/log/dpkg.log"; }};\n'
        )
        self.source()

    def source(self, options: str = "") -> None:
        line = f"deb [signed-by={self.folder}/trusted.gpg {options}] file:{self.repository} ./\n"
        (self.root / "etc/apt/sources.list").write_text(line)

    def package(
        self,
        name: str,
        version: str,
        *,
        control: str = "",
        files: dict[str, str] | None = None,
        conffiles: tuple[str, ...] = (),
        publish: bool = True,
        **scripts: str,
    ) -> Path:
        """Build a package; ``scripts``: postinst=..., with /bin/sh."""
        made = self.folder / "build" / f"{name}-{version}"
        (made / "DEBIAN").mkdir(parents=True)
        (made / "DEBIAN/control").write_text(
            STANZA.format(name=name, version=version).replace(
                "Description", control + "Description"
            )
        )
        for path, text in {f"usr/share/{name}": version, **(files or {})}.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_text(text)
        if conffiles:
            (made / "DEBIAN/conffiles").write_text("".join(f"/{one}\n" for one in conffiles))
        for script, text in scripts.items():
            (made / "DEBIAN" / script).write_text("#!/bin/sh\n" + text)
            (made / "DEBIAN" / script).chmod(0o755)
        out = (self.repository if publish else self.folder) / f"{name}_{version}_all.deb"
        _run("dpkg-deb", "--root-owner-group", "-Znone", "-b", made, out)
        return out

    def installed(self, *packages: Path) -> None:
        _run("dpkg", f"--root={self.root}", *NOT_OURS, "--force-confold", "-i", *packages)

    def publish(
        self,
        *,
        label: str = "Tests",
        suite: str = "stable",
        days: int = 7,
        origin: str = "",
        codename: str = "",
    ) -> None:
        """Write the lists anew and sign them."""
        ftp = ["apt-ftparchive", "-q"]
        packages = subprocess.run(
            [*ftp, "packages", "."], cwd=self.repository, capture_output=True, text=True, check=True
        ).stdout
        (self.repository / "Packages").write_text(packages)
        for name in ("InRelease", "Release"):
            (self.repository / name).unlink(missing_ok=True)
        options = [
            f"APT::FTPArchive::Release::{one}" for one in (f"Label={label}", f"Suite={suite}")
        ]
        options += [f"APT::FTPArchive::Release::Origin={origin or label}"]
        options += [f"APT::FTPArchive::Release::Codename={codename}"] if codename else []
        words = [word for one in options for word in ("-o", one)]
        release = subprocess.run(
            [*ftp, *words, "release", "."],
            cwd=self.repository,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        if days < 0:
            release += "Valid-Until: Thu, 01 Jan 2026 00:00:00 UTC\n"
        path = self.repository / "Release"
        path.write_text(release)
        self.signer.sign(path)

    def held(self, name: str) -> None:
        admin = f"--admindir={self.root}/var/lib/dpkg"
        subprocess.run(
            ["dpkg", admin, "--set-selections"], input=f"{name} hold\n", text=True, check=True
        )

    def status(self) -> dict[str, str]:
        """Return name -> "version status" as dpkg keeps it."""
        asked = "${Package} ${Version} ${db:Status-Abbrev}\\n"
        admin = f"--admindir={self.root}/var/lib/dpkg"
        rows = _run("dpkg-query", admin, "-W", f"-f={asked}").splitlines()
        return {row.split()[0]: " ".join(row.split()[1:]) for row in rows}
