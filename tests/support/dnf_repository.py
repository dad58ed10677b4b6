"""A root of rpm's own and a signed repository, as dnf finds them on a device of its kind."""

import os
import shutil
import subprocess
from pathlib import Path

TOOLS = ("dnf", "rpmbuild", "rpmsign", "createrepo_c", "gpg")
MISSING = [one for one in TOOLS if shutil.which(one) is None]
_SPEC = """Name: {name}
Version: {version}
Release: {release}
Summary: made for a test
License: none
BuildArch: noarch
{more}
%description
Made for a test.
%install
mkdir -p %{{buildroot}}/etc
echo {version} > %{{buildroot}}/etc/{name}.conf
%files
%config(noreplace) /etc/{name}.conf
"""
_UPDATE = """<update from="x" status="final" type="security" version="1"><id>RLSA-2026:{n}</id>
<title>t</title><issued date="2026-11-01 00:00:00"/><severity>Important</severity><references/>
<pkglist><collection short="c"><name>c</name><package name="{name}" version="{version}" release="1"
epoch="0" arch="noarch"><filename>{name}-{version}-1.noarch.rpm</filename></package></collection>
</pkglist></update>"""


class RpmWorld:
    """A folder with the root, the packages, the key that signs them, and dnf's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.repository = folder, folder / "root", folder / "repository"
        (self.root / "etc").mkdir(parents=True)
        self.repository.mkdir()
        # Debian's rpm keeps its database in the home of whoever runs it, others where this leads.
        (self.root / "var/lib/rpm").mkdir(parents=True)
        for home in {"/root", os.environ.get("HOME", "/root")}:
            place = self.root / home.lstrip("/") / ".rpmdb"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(os.path.relpath(self.root / "var/lib/rpm", place.parent))
        self.config = folder / "dnf.conf"
        self.gpg = folder / "gpg"
        self.gpg.mkdir(mode=0o700)
        self._run(
            "gpg", "--batch", "--passphrase", "", "--quick-gen-key", "shop", "rsa2048", "sign"
        )
        key = folder / "key.asc"
        key.write_bytes(self._run("gpg", "--export", "--armor", "shop"))
        self._rpm("--initdb")
        self._rpm("--import", str(key))
        self.config.write_text(
            f"[main]\nreposdir={folder}/none\ncachedir={folder}/cache\npersistdir={folder}/persist\n"
            f"logdir={folder}/log\nmodule_platform_id=platform:el9\nbest=True\n"
            f"[shop]\nname=shop\nbaseurl=file://{self.repository}\ngpgcheck=0\n"
        )

    def _run(self, *words: str) -> bytes:
        environment = {**os.environ, "GNUPGHOME": str(self.gpg), "LC_ALL": "C.UTF-8"}
        environment["HOME"] = str(self.folder)  # rpm writes into it
        done = subprocess.run(words, check=True, capture_output=True, env=environment)
        return done.stdout

    def _rpm(self, *words: str) -> bytes:
        return self._run("rpm", "--root", str(self.root), "--dbpath", "/var/lib/rpm", *words)

    def package(
        self, name: str, version: str, more: str = "", *, signed: bool = True, release: str = "1"
    ) -> Path:
        """Build a package; returns its file, in the repository."""
        spec = self.folder / "made.spec"
        spec.write_text(_SPEC.format(name=name, version=version, release=release, more=more))
        places = {"_topdir": "build", "_rpmdir": "repository", "_dbpath": "builddb"}
        defined = [
            word
            for key, place in places.items()
            for word in ("--define", f"{key} {self.folder}/{place}")
        ]
        self._run("rpmbuild", "-bb", "--quiet", *defined, str(spec))
        file = self.repository / "noarch" / f"{name}-{version}-{release}.noarch.rpm"
        if signed:
            words = ["--define", "_gpg_name shop", "--define", "__gpg /usr/bin/gpg"]
            self._run("rpmsign", "--addsign", *words, str(file))
        return file

    def publish(self, *security: tuple[str, str]) -> None:
        """Write the repository's lists; ``security``: name and version of what is about security."""
        self._run("createrepo_c", "-q", str(self.repository))
        made = [_UPDATE.format(n=n, name=one, version=v) for n, (one, v) in enumerate(security)]
        info = self.folder / "updateinfo.xml"
        info.write_text(f'<?xml version="1.0"?><updates>{"".join(made)}</updates>')
        self._run("modifyrepo_c", str(info), str(self.repository / "repodata"))

    def install(self, *files: Path, more: str = "--nodeps") -> None:
        self._rpm(*([] if more == "-U" else ["-i"]), more, *map(str, files))

    def installed(self) -> list[str]:
        names = self._rpm("-qa", "--qf", "%{NAME}-%{VERSION}\\n").decode().split()
        return sorted(one for one in names if not one.startswith("gpg-pubkey"))
