"""Package URLs (purl): what other programs call a package of an archive.

The types deb, rpm and pypi of the purl specification (github.com/package-url/purl-spec): a source
package is said to be one (``arch``), the release is named as ``distro``, and an epoch of RPM apart.
"""

from packageurl import PackageURL

from tojimari.knowledge.distributions import DEBIAN, UBUNTU
from tojimari.knowledge.rpm_releases import major_release

_CODENAMES = {f"debian-{number}": name for name, number in DEBIAN.items()} | {
    f"ubuntu-{number}": name for name, number in UBUNTU.items()
}
_MAKERS = {"rhel": "redhat"}
"""Whom the specification names otherwise than /etc/os-release does."""


def package_url(release: str, package: str, version: str) -> str:
    """Return "pkg:deb/debian/curl@7.88.1-10?arch=source&distro=bookworm" and the like.

    release: "debian-12", "ubuntu-24.04", "rocky-9" or "pypi". package: its source package; of Python
    its name. Without a version ("") it stands for every one.
    """
    if release == "pypi":
        return str(PackageURL("pypi", None, package, version or None))
    maker = release.partition("-")[0]
    if major_release(release) != release:
        about = {"arch": "source", "distro": _CODENAMES.get(release, release)}
        return str(PackageURL("deb", maker, package, version or None, about))
    epoch, colon, rest = version.partition(":")
    about = {"arch": "src", "distro": release}
    if colon and epoch.strip("0"):
        about["epoch"] = epoch
    evr = rest if colon else version
    return str(PackageURL("rpm", _MAKERS.get(maker, maker), package, evr or None, about))
