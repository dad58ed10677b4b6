"""Which published weaknesses concern a computer, by its list of software."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from tojimari.knowledge.advisories.advisory import Advisory, is_named
from tojimari.knowledge.advisories.index import Index
from tojimari.knowledge.advisories.osv import python_name
from tojimari.knowledge.exploited import exploited
from tojimari.knowledge.package_versions import NoVersion, is_version, versions_of
from tojimari.knowledge.rpm_releases import is_modular, major_release
from tojimari.model.facts import DeviceSoftware, SoftwareItem

Source = tuple[str, str, str]
"""(release, source package, version)."""
_KERNEL = "linux-image-"
_SIGNED = re.compile(r"(linux)-signed(-(?!amd64$|arm64$|i386$).+|-(?:amd64|arm64|i386))?")


class Concern(msgspec.Struct, frozen=True):
    """Published weaknesses that an installed package has, and one version mends.

    Attributes:
        ids: the publishers' numbers: CVE numbers where there are some.
        release: the archive it comes from, as "debian-12", or "pypi".
        package: the source package.
        installed: its version.
        fixed: the version that mends it; "" while there is none.
        programs: the installed packages built from it.
        attacked: whether attackers are known to use them.
    """

    ids: tuple[str, ...]
    release: str
    package: str
    installed: str
    fixed: str
    programs: tuple[str, ...]
    attacked: bool


class Concerns(msgspec.Struct, frozen=True):
    """What concerns a computer, and how much of its software could be compared.

    Attributes:
        found: those in use by attackers first, then those that can be mended.
        compared: packages whose source and release the index knows.
        not_compared: all others; nothing is known of them.
    """

    found: tuple[Concern, ...]
    compared: int
    not_compared: int


def concerns(software: DeviceSoftware, index: Index) -> Concerns:
    """Return what of ``index`` concerns a computer.

    Advisories of a distribution speak of source packages of one release, so only packages that the
    distribution itself keeps are compared, by the version of their source, in that archive's order:
    a mended package is not weak, however old its number looks. Every (source, version) is asked
    once, for however many computers.
    """
    sources = sources_of(software, index.releases)
    other = len(software.items) - sum(len(names) for names in sources.values())
    found = [
        Concern(ids, release, package, version, fixed, tuple(sorted(programs)), attacked)
        for (release, package, version), programs in newest_kernels(sources).items()
        for ids, fixed, attacked in weaknesses(index, release, package, version)
    ]
    found.sort(key=lambda one: (not one.attacked, not one.fixed, one.package, one.ids))
    return Concerns(tuple(found), len(software.items) - other, other)


def sources_of(software: DeviceSoftware, releases: Collection[str]) -> dict[Source, list[str]]:
    """Return what can be compared: (release, source package, version) -> the packages built of it.

    releases: whose advisories are known.
    """
    # Without any list of an archive nobody can say of a package whether the archive keeps it.
    listed = any(item.source == "dpkg" and item.from_system for item in software.items)
    release = archive_of(software)
    sources: defaultdict[Source, list[str]] = defaultdict(list)
    for item in software.items:
        if item.source == "rpm":
            key = _rpm_source(item, release, releases)
        else:
            key = _source_of(item, release, releases, listed=listed)
        if key is not None and is_named(key[0], key[1]) and is_version(key[0], key[2]):
            sources[key].append(item.name)
    return sources


def archive_of(software: DeviceSoftware) -> str:
    """Return the release that advisories for a computer's own packages name, as "rocky-9"."""
    return major_release(software.release) or software.release


def _source_of(
    item: SoftwareItem, release: str, known: Collection[str], *, listed: bool
) -> Source | None:
    """Return (release, source package, version) of what can be compared, else None."""
    if item.source == "pip":
        return ("pypi", python_name(item.name), item.version) if "pypi" in known else None
    if item.source != "dpkg" or release not in known or not item.built_from:
        return None
    if item.from_system is False or (listed and item.from_system is None):
        return None  # somebody else's package of that name has other versions
    if item.name.startswith(_KERNEL):
        return release, _kernel_source(item.built_from), item.version
    if item.built_from == "linux" or item.built_from.startswith("linux-"):
        return None  # its headers and tools: not the kernel that runs
    return release, item.built_from, item.built_from_version or item.version


def _rpm_source(item: SoftwareItem, release: str, known: Collection[str]) -> Source | None:
    """Return what a package of rpm was built from, with the epoch, which no source names itself.

    The epoch is the package's own where it was built under its source's number; of packages with
    numbers of their own (those of perl), and of modules, whose streams are not seen, nothing is known.
    """
    version = item.version.split(":", 1)[-1]
    if release not in known or not item.from_system or version != item.built_from_version:
        return None
    if is_modular(version.rsplit("-", 1)[-1]):
        return None
    source = item.built_from
    if _is_rpm_kernel(source) and item.name not in (source, f"{source}-core"):
        return None  # its headers, tools and modules: not the kernel that runs
    return release, source, item.version


def _is_rpm_kernel(source: str) -> bool:
    return source == "kernel" or source.startswith("kernel-")


def _kernel_source(source: str) -> str:
    """Return whose advisories hold for a signed kernel: its package carries the source's version."""
    match = _SIGNED.fullmatch(source)
    if match is None:
        return source
    flavour = match.group(2) or ""
    return "linux" if flavour in ("-amd64", "-arm64", "-i386") else f"linux{flavour}"


def newest_kernels(
    sources: dict[Source, list[str]],
) -> dict[Source, list[str]]:
    """Leave the older kernels out: they stay installed, and a restart takes the newest."""
    newest: dict[tuple[str, str], Source] = {}
    rest = dict(sources)
    for key, names in sources.items():
        # Of rpm nothing but the image itself was let in, under the source's name.
        image = names[0].startswith(_KERNEL) or (major_release(key[0]) and _is_rpm_kernel(key[1]))
        if not image:
            continue
        before = newest.setdefault(key[:2], key)
        if before != key:
            older = before if _is_older(before, key) else key
            newest[key[:2]] = key if older == before else before
            del rest[older]
    return rest


def _is_older(one: Source, other: Source) -> bool:
    read = versions_of(one[0])
    return read is not None and bool(read(one[2]) < read(other[2]))


class _Published(NamedTuple):
    """What is published of a package, made ready for many versions of it.

    Attributes:
        ends: versions that mend, read, in order: all before one of them are weak.
        simple: the advisories of ``ends``, one each.
        others: advisories of another shape.
    """

    ends: list[Any]
    simple: list[Advisory]
    others: list[Advisory]


@lru_cache(maxsize=4_000)
def _published(index: Index, release: str, package: str) -> _Published:
    read = versions_of(release)
    simple, others = [], []
    for advisory in index.of(release, package):
        spans = advisory.spans
        plain = len(spans) == 1 and not spans[0].first and spans[0].fixed and not advisory.versions
        try:
            if plain and read is not None:
                simple.append((read(spans[0].fixed), advisory))
                continue
        except NoVersion:
            continue
        others.append(advisory)
    simple.sort(key=lambda pair: pair[0])
    return _Published([end for end, _ in simple], [one for _, one in simple], others)


@lru_cache(maxsize=100_000)
def weaknesses(
    index: Index, release: str, package: str, version: str
) -> tuple[tuple[tuple[str, ...], str, bool], ...]:
    """Return (numbers, mending version, whether they are attacked) of a package, in few rows.

    Several publishers may name one number: it counts once, with the version that mends it.
    """
    read = versions_of(release)
    published = _published(index, release, package)
    if read is None or not (published.simple or published.others):
        return ()
    begins = bisect_right(published.ends, read(version))
    weak = [(one, one.spans[0].fixed) for one in published.simple[begins:]]
    weak += [
        (one, fixed) for one in published.others if (fixed := one.fixed_for(version)) is not None
    ]
    mended_by: dict[str, str] = {}
    for advisory, fixed in weak:
        for number in advisory.cves or (advisory.id,):
            mended_by[number] = mended_by.get(number) or fixed
    used = exploited() if mended_by else frozenset()
    rows: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
    for number, fixed in mended_by.items():
        rows[fixed, number in used].append(number)
    return tuple((tuple(sorted(ids)), fixed, hot) for (fixed, hot), ids in rows.items())
