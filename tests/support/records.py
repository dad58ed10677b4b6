"""Incidents opened and written into as people do it, and their record checked.

Where it lies in the database its files are checked too.
"""

import html
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from tojimari.cli import main
from tojimari.portal.incidents.chain import lines_of, opened_file
from tojimari.portal.incidents.models import Incident, IncidentEntry, IncidentFile
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


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def opened(
    world, kind="screen", query="shows=ransom&system=windows", who="owner", **sent
) -> Incident:
    base = f"/c/{world.company.pk}/odd/{kind}"
    page = world.client(who).post(f"{base}/open/?{query}", sent)
    assert page.status_code == 302
    return Incident.objects.of(world.company).latest("opened_at")


def address(world, incident) -> str:
    return f"/c/{world.company.pk}/incidents/{incident.pk}/"


PHOTO = b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00" + bytes(range(256))


def rows(found):
    return IncidentEntry.objects.of(found.company_id).filter(incident=found).order_by("number")


def with_evidence(world, *, name="screen.jpg", text="脅しの画面") -> Incident:
    found = opened(world, summary="http://203.0.113.9/a にアクセスした")
    client, page = world.client("owner"), address(world, found)
    sent = {"file": SimpleUploadedFile(name, PHOTO), "text": text, "said_by": "山田"}
    assert client.post(f"{page}evidence/", sent).status_code == 302
    client.post(f"{page}entry/", {"kind": "device", "text": "受付のPC; 1番|左"})
    client.post(f"{page}entry/", {"kind": "person", "text": "佐藤"})
    return found


def taken(world, found, form="zip") -> bytes:
    answer = world.client("owner").get(f"{address(world, found)}record.{form}")
    assert answer.status_code == 200, form
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def verified(capsys, tmp_path: Path, data: bytes, *words: str, lang="en") -> tuple[int, str]:
    file = tmp_path / "record.zip"
    file.write_bytes(data)
    code = main(["incident", "verify", str(file), "--lang", lang, *words])
    told = capsys.readouterr()
    return code, told.out + told.err
