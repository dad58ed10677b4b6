"""Package URLs: read back they say which release, source package and version was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from tojimari.knowledge.package_urls import package_url


@pytest.mark.parametrize(
    ("release", "package", "version", "purl"),
    [
        (
            "debian-12",
            "curl",
            "7.88.1-10+deb12u5",
            "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5?arch=source&distro=bookworm",
        ),
        ("ubuntu-24.04", "g++", "1:2-1", "pkg:deb/ubuntu/g%2B%2B@1:2-1?arch=source&distro=noble"),
        ("debian-99", "x", "1", "pkg:deb/debian/x@1?arch=source&distro=debian-99"),
        (
            "rocky-9",
            "curl",
            "0:7.76-2.el9",
            "pkg:rpm/rocky/curl@7.76-2.el9?arch=src&distro=rocky-9",
        ),
        (
            "rhel-9",
            "bind",
            "32:9.16-2.el9",
            "pkg:rpm/redhat/bind@9.16-2.el9?arch=src&distro=rhel-9&epoch=32",
        ),
        ("pypi", "jinja2", "3.1", "pkg:pypi/jinja2@3.1"),
        ("debian-12", "linux", "", "pkg:deb/debian/linux?arch=source&distro=bookworm"),
    ],
)
def test_a_package_has_one_address(release, package, version, purl):
    assert package_url(release, package, version) == purl


@given(
    st.from_regex(r"[a-z0-9][a-z0-9+.-]{1,30}", fullmatch=True),
    st.from_regex(r"([0-9]{1,3}:)?[0-9][A-Za-z0-9.+~-]{0,30}", fullmatch=True),
)
def test_it_is_read_back_as_it_was(package, version):
    read = PackageURL.from_string(package_url("debian-12", package, version))
    assert (read.name, read.version, read.namespace) == (package, version, "debian")
