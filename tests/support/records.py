"""Checks the record of an incident as it lies in the database, its files included."""

from tojimari.portal.incidents.chain import lines_of, opened_file
from tojimari.portal.incidents.models import Incident, IncidentFile
from tojimari.respond.record import Checked, Leaf, blind, check_lines


def checked(incident: Incident) -> Checked:
    lines = lines_of(incident)
    rows = IncidentFile.objects.of(incident.company_id).select_related("entry")
    files = {row.entry.number: row for row in rows.filter(entry__incident=incident)}
    by_salt = {
        line.leaves["file"].salt: files.get(line.entry.number)
        for line in lines
        if "file" in line.leaves
    }

    def digest(leaf: Leaf, size: int) -> str | None:
        kept = by_salt.get(leaf.salt)
        if kept is None or kept.size != size:
            return ""
        return blind(leaf.salt, opened_file(kept))

    return check_lines(str(incident.pk), lines, digest)
