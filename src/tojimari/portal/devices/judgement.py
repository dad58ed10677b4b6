"""What the index of advisories says of a package version, and whether it says it still."""

from tojimari.assess.advisories import weaknesses
from tojimari.knowledge.advisories.index import Index
from tojimari.knowledge.package_versions import versions_of
from tojimari.portal.devices.models import PackageVersion

_IDS_KEPT = 50


def judged(row: PackageVersion, read: Index | None) -> PackageVersion:
    """Write into ``row`` what ``read`` says of it, and by what it was judged. Does not save it."""
    row.fixed, row.ids, row.attacked, row.judged_by = "", [], False, ""
    if read is None:
        return row
    row.judged_by = read.said_of(row.release, row.package)
    found = [one for one in weaknesses(read, row.release, row.package, row.version) if one[1]]
    if not found:
        return row
    # One that mends all of them is the last in the archive's order.
    row.fixed = max((fixed for _, fixed, _ in found), key=versions_of(row.release))
    found.sort(key=lambda one: not one[2])
    row.ids = [number for numbers, _, _ in found for number in numbers][:_IDS_KEPT]
    row.attacked = any(attacked for _, _, attacked in found)
    return row
